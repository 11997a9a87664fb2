//! `/admin/people/{id}/hand-over`: what somebody who leaves or is away leaves behind, and who takes it. The system
//! administrator proposes, the security administrator confirms.

use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::visit::{Page, done};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use duban_core::document::field::read_date;
use duban_core::id::{PersonId, PostId};
use duban_core::org::{Post, Role};
use duban_core::policy::{LONGEST_LOAN_DAYS, may_be_lent};
use duban_service::hand_over::Waiting;
use duban_service::proposal::{Change, Succession};
use duban_service::{Error, FieldProblem};
use serde::Serialize;
use std::collections::BTreeMap;

/// What was typed: `from`, and `successor_<post>` and `until_<post>` for each post.
type Form = BTreeMap<String, String>;

#[derive(Serialize)]
struct View {
    id: i64,
    name: String,
    proposes: bool,
    from: String,
    today: String,
    longest: i64,
    posts: Vec<PostView>,
    loans: Vec<LoanView>,
    problems: Vec<FieldProblem>,
    /// Seats that nobody else could answer.
    alone: usize,
    drafts: usize,
}

#[derive(Serialize)]
struct PostView {
    id: i64,
    unit: String,
    role: &'static str,
    from: String,
    until: Option<String>,
    lendable: bool,
    waiting: Vec<WaitingView>,
    people: Vec<PersonView>,
    lent_until: String,
}

#[derive(Serialize)]
struct PersonView {
    id: i64,
    name: String,
    chosen: bool,
}

#[derive(Serialize)]
struct WaitingView {
    unit: String,
    stage: String,
    due: Option<String>,
    only_them: bool,
    draft: bool,
}

#[derive(Serialize)]
struct LoanView {
    given: bool,
    unit: String,
    role: &'static str,
    other: String,
}

async fn page(signed: &Signed, id: i64, form: &Form, problems: Vec<FieldProblem>) -> Result<Page, PageError> {
    let found = signed.app.service.estate(&signed.caller, PersonId(id)).await?;
    let typed = |name: &str| form.get(name).cloned().unwrap_or_default();
    let today = signed.caller.today.to_string();
    let waits: Vec<_> = found.posts.iter().flat_map(|(_, _, waiting)| waiting).collect();
    let view = View {
        id,
        proposes: signed.caller.has(Role::Sysadmin),
        from: form.get("from").cloned().unwrap_or_else(|| today.clone()),
        today,
        longest: LONGEST_LOAN_DAYS,
        alone: waits.iter().filter(|seat| seat.only_them).count(),
        drafts: waits.iter().filter(|seat| seat.draft).count(),
        posts: found
            .posts
            .iter()
            .map(|(post, unit, waiting)| PostView {
                id: post.id.0,
                unit: unit.clone(),
                role: post.role.code(),
                from: post.from.to_string(),
                until: post.until.map(|day| day.to_string()),
                lendable: may_be_lent(post.role),
                waiting: waiting.iter().map(|seat| waiting_view(signed, seat)).collect(),
                people: found
                    .people
                    .iter()
                    .map(|(person, name)| PersonView {
                        id: person.0,
                        name: name.clone(),
                        chosen: typed(&format!("successor_{}", post.id)) == person.to_string(),
                    })
                    .collect(),
                lent_until: typed(&format!("until_{}", post.id)),
            })
            .collect(),
        loans: found
            .loans
            .into_iter()
            .map(|loan| LoanView {
                given: loan.given,
                unit: loan.post.0,
                role: loan.post.1.code(),
                other: loan.other,
            })
            .collect(),
        name: found.name,
        problems,
    };
    signed.page("pages/hand_over", &view)
}

fn waiting_view(signed: &Signed, seat: &Waiting) -> WaitingView {
    let (definition, version) = &seat.definition;
    let definition = signed.app.service.definitions().get(definition, *version);
    let title = definition
        .as_deref()
        .and_then(|definition| definition.title_of(&seat.stage));
    WaitingView {
        unit: seat.unit.clone(),
        stage: title.map_or_else(
            || seat.stage.to_string(),
            |title| title.get(signed.locale.tag()).to_owned(),
        ),
        due: seat.due_on.map(|day| day.to_string()),
        only_them: seat.only_them,
        draft: seat.draft,
    }
}

/// `GET /admin/people/{id}/hand-over`.
pub async fn show(signed: Signed, Path(id): Path<i64>) -> Result<Page, PageError> {
    page(&signed, id, &Form::new(), Vec::new()).await
}

/// `POST /admin/people/{id}/hand-over`.
pub async fn propose(
    signed: Signed,
    Path(id): Path<i64>,
    CsrfForm(form): CsrfForm<Form>,
) -> Result<Response, PageError> {
    let service = &signed.app.service;
    let posts = service.estate(&signed.caller, PersonId(id)).await?.posts;
    let posts: Vec<Post> = posts.into_iter().map(|(post, _, _)| post).collect();
    let proposed = match read(PersonId(id), &posts, &form) {
        Ok(change) => service.propose(&signed.caller, &change).await,
        Err(error) => Err(error),
    };
    match proposed {
        Ok(_) => Ok(done("/admin/people?part=proposals", "proposed")),
        Err(Error::Invalid(problems)) => Ok(page(&signed, id, &form, problems).await?.refused().into_response()),
        Err(other) => Err(other.into()),
    }
}

/// What the form asks for: posts without a successor stay as they are.
fn read(person: PersonId, posts: &[Post], form: &Form) -> Result<Change, Error> {
    let typed = |name: &str| form.get(name).map_or("", |text| text.trim());
    let mut found = Vec::new();
    for PostId(post) in posts.iter().map(|post| post.id) {
        let field = format!("successor_{post}");
        let successor = typed(&field);
        if successor.is_empty() {
            continue;
        }
        let number: i64 = successor
            .parse()
            .map_err(|_| Error::invalid(&field, "unknown_person"))?;
        let field = format!("until_{post}");
        let until = Some(typed(&field)).filter(|text| !text.is_empty());
        let day = |text: &str| read_date(text).ok_or_else(|| Error::invalid(&field, "date_missing"));
        found.push(Succession {
            post: PostId(post),
            successor: PersonId(number),
            until: until.map(day).transpose()?,
        });
    }
    Ok(Change::HandOver {
        person,
        from: read_date(typed("from")).ok_or_else(|| Error::invalid("from", "date_missing"))?,
        posts: found,
    })
}
