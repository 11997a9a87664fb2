//! `/me`: one's own profile: mail and language, posts, loans of posts, sessions, tokens.

use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::visit::{Page, done};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use duban_core::document::field::document_type_codes;
use duban_core::id::{DelegationId, PersonId, PostId};
use duban_core::policy::{LONGEST_LOAN_DAYS, may_be_lent};
use duban_service::delegation::NewLoan;
use duban_service::session::Scope;
use duban_service::{Error, FieldProblem};
use serde::{Deserialize, Serialize};

/// How many things that were done for somebody their profile shows.
const DONE_FOR: u64 = 20;

#[derive(Serialize)]
struct MeView {
    name: String,
    username: String,
    email: String,
    locale: String,
    posts: Vec<PostView>,
    lendable: Vec<ChoiceView>,
    colleagues: Vec<ChoiceView>,
    types: Vec<ChoiceView>,
    longest: i64,
    today: String,
    loan: LoanForm,
    loans: Vec<LoanView>,
    /// What others did for them on a loan, the newest first.
    done_for: Vec<DoneForView>,
    sessions: Vec<SessionView>,
    tokens: Vec<TokenView>,
    /// A token just made: shown this once.
    secret: Option<String>,
    problems: Vec<FieldProblem>,
    reader: bool,
    reminders: Vec<MuteView>,
}

/// A kind of reminder that may be switched off.
#[derive(Serialize)]
struct MuteView {
    id: String,
    title: String,
    off: bool,
}

#[derive(Serialize)]
struct PostView {
    unit: String,
    role: &'static str,
    from: String,
    until: Option<String>,
}

#[derive(Serialize)]
struct ChoiceView {
    id: String,
    text: String,
    chosen: bool,
}

#[derive(Serialize)]
struct LoanView {
    id: i64,
    unit: String,
    role: &'static str,
    lender: String,
    delegate: String,
    mine: bool,
    from: String,
    to: String,
    document_type: String,
    state: &'static str,
}

#[derive(Serialize)]
struct DoneForView {
    document: i64,
    title: String,
    what: String,
    by: String,
    at: String,
}

#[derive(Serialize)]
struct SessionView {
    id: i64,
    here: bool,
    source: String,
    agent: String,
    created_at: String,
    seen_at: String,
}

#[derive(Serialize)]
struct TokenView {
    id: i64,
    name: String,
    scope: String,
    expires_at: String,
    used_at: Option<String>,
    over: bool,
}

/// Mail and language.
#[derive(Deserialize)]
pub struct ProfileForm {
    email: String,
    locale: String,
}

/// A loan to be made.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct LoanForm {
    post: String,
    delegate: String,
    from: String,
    to: String,
    document_type: String,
}

/// A token to be made.
#[derive(Deserialize)]
pub struct TokenForm {
    name: String,
    scope: String,
    days: String,
}

/// What a page that comes back carries besides what is stored.
#[derive(Default)]
struct Again {
    problems: Vec<FieldProblem>,
    loan: LoanForm,
    secret: Option<String>,
}

async fn page(signed: &Signed, again: Again) -> Result<Page, PageError> {
    let service = &signed.app.service;
    let caller = &signed.caller;
    let account = service.account(caller).await?;
    let units = service.units().await?;
    let unit = |id| {
        units
            .get(&id)
            .map_or_else(String::new, |unit: &duban_core::org::Unit| unit.name.clone())
    };
    let now = service.moment().now;
    let done_for = service
        .done_for(caller, DONE_FOR)
        .await?
        .into_iter()
        .map(|done| DoneForView {
            document: done.document.0,
            title: done.title,
            what: signed.text(&format!("history.verb.{}", done.what)),
            by: done.by,
            at: done.at.to_rfc3339(),
        });
    let loans = service.loans(caller).await?.into_iter().map(|loan| LoanView {
        id: loan.delegation.id.0,
        unit: loan.unit,
        role: loan.post.role.code(),
        mine: loan.lender.0 == caller.person,
        lender: loan.lender.1,
        delegate: loan.delegate.1,
        from: loan.days.0.to_string(),
        to: loan.days.1.to_string(),
        document_type: loan.delegation.document_type.unwrap_or_default(),
        state: match (loan.over, loan.in_force) {
            (true, _) => "over",
            (false, true) => "in_force",
            (false, false) => "coming",
        },
    });
    let sessions = service.sessions(caller).await?.into_iter().map(|session| SessionView {
        id: session.id,
        here: caller.session == Some(session.id),
        source: session.source.unwrap_or_default(),
        agent: session.agent.unwrap_or_default(),
        created_at: session.created_at.to_rfc3339(),
        seen_at: session.seen_at.to_rfc3339(),
    });
    let tokens = service.tokens(caller).await?.into_iter().map(|token| TokenView {
        id: token.id,
        name: token.name,
        scope: token.scope,
        expires_at: token.expires_at.to_rfc3339(),
        used_at: token.used_at.map(|at| at.to_rfc3339()),
        over: token.expires_at <= now,
    });
    let lendable = caller.posts.iter().filter(|post| may_be_lent(post.role));
    let role = |code: &str| signed.text(&format!("role.{code}"));
    let view = MeView {
        name: account.person.name,
        username: account.username,
        email: account.email.unwrap_or_default(),
        locale: account.locale,
        posts: caller
            .posts
            .iter()
            .map(|post| PostView {
                unit: unit(post.unit),
                role: post.role.code(),
                from: post.from.to_string(),
                until: post.until.map(|day| day.to_string()),
            })
            .collect(),
        lendable: lendable
            .map(|post| ChoiceView {
                id: post.id.to_string(),
                text: format!("{} {}", unit(post.unit), role(post.role.code())),
                chosen: again.loan.post == post.id.to_string(),
            })
            .collect(),
        colleagues: service
            .colleagues(caller)
            .await?
            .into_iter()
            .map(|(id, text)| ChoiceView {
                chosen: again.loan.delegate == id.to_string(),
                id: id.to_string(),
                text,
            })
            .collect(),
        types: document_type_codes()
            .into_iter()
            .map(|code| ChoiceView {
                id: code.to_owned(),
                text: signed.text(&format!("document_type.{code}")),
                chosen: again.loan.document_type == code,
            })
            .collect(),
        longest: LONGEST_LOAN_DAYS,
        today: caller.today.to_string(),
        loan: again.loan,
        loans: loans.collect(),
        done_for: done_for.collect(),
        sessions: sessions.collect(),
        tokens: tokens.collect(),
        secret: again.secret,
        problems: again.problems,
        reader: caller.has_any(crate::visit::BUSINESS),
        reminders: service
            .own_reminders(caller)
            .await?
            .into_iter()
            .map(|(rule, off)| MuteView {
                title: super::reminders::rule_title(&rule, signed.locale.tag()),
                id: rule.id,
                off,
            })
            .collect(),
    };
    signed.page("pages/me", &view)
}

/// `GET /me`.
pub async fn show(signed: Signed) -> Result<Page, PageError> {
    page(&signed, Again::default()).await
}

/// The page again with what is wrong, for a form that could not be taken.
async fn again(signed: &Signed, error: Error, loan: LoanForm) -> Result<Response, PageError> {
    let problems = match error {
        Error::Invalid(problems) => problems,
        Error::Refused(why) => why
            .reasons
            .into_iter()
            .map(|reason| FieldProblem {
                reason,
                ..FieldProblem::new("name", "")
            })
            .collect(),
        other => return Err(other.into()),
    };
    let again = Again {
        problems,
        loan,
        secret: None,
    };
    Ok(page(signed, again).await?.refused().into_response())
}

/// `POST /me/profile`.
pub async fn save_profile(signed: Signed, CsrfForm(form): CsrfForm<ProfileForm>) -> Result<Response, PageError> {
    let service = &signed.app.service;
    match service.change_profile(&signed.caller, &form.email, &form.locale).await {
        Ok(()) => Ok(done("/me", "saved")),
        Err(error) => again(&signed, error, LoanForm::default()).await,
    }
}

/// `POST /me/loans`.
pub async fn lend(signed: Signed, CsrfForm(form): CsrfForm<LoanForm>) -> Result<Response, PageError> {
    let read = || -> Result<NewLoan, Error> {
        let day = |field: &str, text: &str| -> Result<NaiveDate, Error> {
            duban_core::document::field::read_date(text).ok_or_else(|| Error::invalid(field, "date_missing"))
        };
        let number = |field: &str, text: &str| -> Result<i64, Error> {
            text.parse().map_err(|_| Error::invalid(field, "required"))
        };
        Ok(NewLoan {
            post: PostId(number("post", &form.post)?),
            delegate: PersonId(number("delegate", &form.delegate)?),
            from: day("from", &form.from)?,
            to: day("to", &form.to)?,
            document_type: Some(form.document_type.clone()).filter(|kind| !kind.is_empty()),
        })
    };
    let lent = match read() {
        Ok(loan) => signed.app.service.lend(&signed.caller, &loan).await,
        Err(error) => Err(error),
    };
    match lent {
        Ok(_) => Ok(done("/me#loans", "loan_made")),
        Err(error) => again(&signed, error, form).await,
    }
}

/// `POST /me/loans/{id}/revocation`.
pub async fn take_back(signed: Signed, Path(id): Path<i64>) -> Result<Response, PageError> {
    let service = &signed.app.service;
    service.take_back_loan(&signed.caller, DelegationId(id)).await?;
    Ok(done("/me#loans", "loan_over"))
}

/// Whether a kind of reminder is wanted.
#[derive(Debug, Deserialize)]
pub struct MuteForm {
    off: String,
}

/// `POST /me/reminders/{rule}`.
pub async fn mute(
    signed: Signed,
    Path(rule): Path<String>,
    CsrfForm(form): CsrfForm<MuteForm>,
) -> Result<Response, PageError> {
    let off = form.off == "1";
    signed.app.service.mute_rule(&signed.caller, &rule, off).await?;
    let key = if off { "reminder_muted" } else { "reminder_unmuted" };
    Ok(done("/me#reminders", key))
}

/// `POST /me/sessions/{id}/end`.
pub async fn end_session(signed: Signed, Path(id): Path<i64>) -> Result<Response, PageError> {
    signed.app.service.end_session(&signed.caller, id).await?;
    Ok(done("/me#sessions", "session_over"))
}

/// `POST /me/tokens`. The secret is on the answer itself, once; a redirect would have to keep it somewhere.
pub async fn issue_token(signed: Signed, CsrfForm(form): CsrfForm<TokenForm>) -> Result<Response, PageError> {
    let scope = Scope::from_code(&form.scope).unwrap_or(Scope::Read);
    let days = form.days.trim().parse().unwrap_or(0);
    let service = &signed.app.service;
    match service.issue_token(&signed.caller, &form.name, scope, days).await {
        Ok(made) => {
            let again = Again {
                secret: Some(made.secret),
                ..Again::default()
            };
            Ok(page(&signed, again).await?.into_response())
        }
        Err(error) => again(&signed, error, LoanForm::default()).await,
    }
}

/// `POST /me/tokens/{id}/revocation`.
pub async fn revoke_token(signed: Signed, Path(id): Path<i64>) -> Result<Response, PageError> {
    signed.app.service.revoke_token(&signed.caller, id).await?;
    Ok(done("/me#tokens", "token_over"))
}
