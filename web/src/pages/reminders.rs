//! `/admin/reminders`: what will go out, to whom, by which rules, and what did not go out.
//!
//! The queue shows addresses and states, never what a mail says; the preview shows digests (titles, dates, units),
//! never the text of a return.

use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::mail::dkim::base64;
use crate::mail::entry::CalendarFile;
use crate::mail::message;
use crate::visit::{Page, done};
use axum::extract::{Path, Query};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use duban_core::id::PersonId;
use duban_core::org::Role;
use duban_core::reminder::{Hours, Recipient, Rule, Rung, Step};
use duban_service::outbox::{Mail, MailState, Outgoing};
use duban_service::reminder::{AHEAD, BACK, PlannedRun, RuleState, Statistics};
use duban_service::{Error, FieldProblem};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeSet;

/// Who reaches these pages.
pub const READERS: &[Role] = &[Role::Sysadmin, Role::Coordinator, Role::Office];
/// Rows of the queue on one page.
const PAGE: u64 = 50;
/// How a form writes a time of day.
const CLOCK: &str = "%H:%M";
/// The sender in a preview where no relay is configured.
const PREVIEW_FROM: &str = "duban@localhost";
/// How an address writes a local time.
const LOCAL: &str = "%Y-%m-%dT%H:%M";

/// What the address of the page may say.
#[derive(Debug, Default, Deserialize)]
pub struct ListQuery {
    #[serde(default)]
    state: Option<String>,
    #[serde(default)]
    before: Option<i64>,
}

#[derive(Serialize)]
struct RemindersView {
    ahead: u64,
    counts: Vec<CountView>,
    failed: u64,
    relay: Option<String>,
    mailbox: bool,
    gap: Option<i32>,
    statistics: Statistics,
    back: i64,
    runs: Vec<RunView>,
    rules: Vec<RuleView>,
    queue: Vec<MailView>,
    tabs: Vec<CountView>,
    older: String,
    can_retry: bool,
    can_edit: bool,
    from: String,
    until: String,
    problems: Vec<FieldProblem>,
}

#[derive(Serialize)]
struct CountView {
    code: &'static str,
    count: u64,
    current: bool,
}

#[derive(Serialize)]
struct RunView {
    day: NaiveDate,
    time: String,
    at: String,
    first: bool,
    mails: Vec<RunMailView>,
}

#[derive(Serialize)]
struct RunMailView {
    person: i64,
    name: String,
    address: Option<String>,
    lines: usize,
    escalations: usize,
}

#[derive(Serialize)]
struct RuleView {
    id: String,
    title: String,
    watch: &'static str,
    time: String,
    rungs: Vec<RungView>,
    mutable: bool,
    paused: bool,
    edited: bool,
    /// What people call the one stage it is for; none for all.
    stage: Option<String>,
    catch_up: &'static str,
    window: u32,
}

#[derive(Serialize)]
struct RungView {
    step: &'static str,
    days: u32,
    every: u32,
    to: Vec<&'static str>,
}

#[derive(Serialize)]
struct MailView {
    id: i64,
    kind: String,
    name: String,
    address: Option<String>,
    state: &'static str,
    attempts: u32,
    next_try_at: DateTime<Utc>,
    sent_at: Option<DateTime<Utc>>,
    created_at: DateTime<Utc>,
    error: Option<String>,
    /// True when `error` is a code with a text of its own.
    known_error: bool,
}

/// `GET /admin/reminders`.
pub async fn show(signed: Signed, Query(query): Query<ListQuery>) -> Result<Page, PageError> {
    page(&signed, query, None).await
}

/// The page; with the hours as typed and what is wrong with them, when they could not be taken.
async fn page(
    signed: &Signed,
    query: ListQuery,
    again: Option<(HoursForm, Vec<FieldProblem>)>,
) -> Result<Page, PageError> {
    let service = &signed.app.service;
    let caller = &signed.caller;
    let counts = service.mail_counts(caller).await?;
    let failed = counts
        .iter()
        .find(|(state, _)| *state == MailState::Failed)
        .map_or(0, |(_, n)| *n);
    let chosen = query.state.as_deref().and_then(MailState::from_code);
    // What needs somebody comes first: without a choice, failures when there are any.
    let chosen = chosen.unwrap_or(if failed > 0 {
        MailState::Failed
    } else {
        MailState::Waiting
    });
    let queue = service.mail_queue(caller, &[chosen], query.before, PAGE).await?;
    let older = match queue.last() {
        Some(last) if queue.len() as u64 == PAGE => format!("?state={}&before={}", chosen.code(), last.id),
        _ => String::new(),
    };
    let hours = service.mail_hours().await?;
    let (typed, problems) = again.unwrap_or_else(|| {
        let typed = HoursForm {
            from: hours.from.format(CLOCK).to_string(),
            until: hours.until.format(CLOCK).to_string(),
        };
        (typed, Vec::new())
    });
    let view = RemindersView {
        ahead: AHEAD,
        failed,
        relay: signed
            .app
            .config
            .smtp
            .as_ref()
            .map(|smtp| format!("{}:{}", smtp.host, smtp.port)),
        mailbox: signed.app.config.smtp.is_none() && signed.app.config.demo,
        gap: service.calendar_gap().await?,
        statistics: service.mail_statistics(caller).await?,
        back: BACK,
        runs: runs(service.next_mails(caller).await?),
        rules: rules(signed, service.reminder_rules(caller).await?),
        queue: queue.into_iter().map(|mail| mail_view(signed, mail)).collect(),
        tabs: tabs(&counts, Some(chosen)),
        counts: tabs(&counts, None),
        older,
        can_retry: caller.has(Role::Sysadmin),
        can_edit: caller.has_any(super::reminder_rule::EDITORS),
        from: typed.from,
        until: typed.until,
        problems,
    };
    signed.page("pages/reminders", &view)
}

fn tabs(counts: &[(MailState, u64)], current: Option<MailState>) -> Vec<CountView> {
    counts
        .iter()
        .map(|(state, count)| CountView {
            code: state.code(),
            count: *count,
            current: current == Some(*state),
        })
        .collect()
}

fn runs(planned: Vec<PlannedRun>) -> Vec<RunView> {
    let runs = planned.into_iter().enumerate().map(|(index, run)| RunView {
        day: run.at.date(),
        time: run.at.format("%H:%M").to_string(),
        at: run.at.format(LOCAL).to_string(),
        first: index == 0,
        mails: run
            .mails
            .into_iter()
            .map(|mail| RunMailView {
                person: mail.person.0,
                name: mail.name,
                address: mail.address,
                lines: mail.lines,
                escalations: mail.escalations,
            })
            .collect(),
    });
    runs.collect()
}

fn rules(signed: &Signed, states: Vec<RuleState>) -> Vec<RuleView> {
    states
        .into_iter()
        .map(|state| RuleView {
            title: rule_title(&state.rule, signed.locale.tag()),
            stage: super::reminder_rule::stage_title(signed, &state.rule),
            catch_up: state.rule.catch_up.code(),
            window: super::reminder_rule::window(&state.rule),
            id: state.rule.id,
            watch: state.rule.watch.code(),
            time: state.rule.at.format("%H:%M").to_string(),
            rungs: state.rule.rungs.iter().map(rung).collect(),
            mutable: state.rule.mutable,
            paused: state.paused,
            edited: state.edits.first().is_some_and(|edit| edit.rule.is_some()),
        })
        .collect()
}

/// What a rule is called in this language.
pub fn rule_title(rule: &Rule, locale: &str) -> String {
    let language = if locale.starts_with("zh") { "zh" } else { "en" };
    rule.title.get(language).unwrap_or(&rule.id).clone()
}

fn rung(rung: &Rung) -> RungView {
    let (step, days, every) = match rung.step {
        Step::Opened(days) => ("opened", days, 0),
        Step::Before(days) => ("before", days, 0),
        Step::On => ("on", 0, 0),
        Step::After(days) => ("after", days, 0),
        Step::Every { from, step: 1 } => ("daily", from, 1),
        Step::Every { from, step } => ("every", from, step),
    };
    RungView {
        step,
        days,
        every,
        to: rung.to.iter().copied().map(Recipient::code).collect(),
    }
}

fn mail_view(signed: &Signed, mail: Mail) -> MailView {
    let known_error = mail
        .error
        .as_deref()
        .is_some_and(|error| signed.app.texts.has(signed.locale, &format!("mail_error.{error}")));
    MailView {
        id: mail.id,
        kind: mail.kind,
        name: mail.person.map(|(_, name)| name).unwrap_or_default(),
        address: mail.address,
        state: mail.state.code(),
        attempts: mail.attempts,
        next_try_at: mail.next_try_at,
        sent_at: mail.sent_at,
        created_at: mail.created_at,
        error: mail.error,
        known_error,
    }
}

/// A form with nothing to say but that it was sent.
#[derive(Debug, Deserialize)]
pub struct PauseForm {
    paused: String,
}

/// `POST /admin/reminders/rules/{id}/pause`.
pub async fn pause(
    signed: Signed,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<PauseForm>,
) -> Result<Response, PageError> {
    let paused = form.paused == "1";
    signed.app.service.pause_rule(&signed.caller, &id, paused).await?;
    let key = if paused { "rule_paused" } else { "rule_resumed" };
    Ok(done("/admin/reminders", key))
}

/// The hours of mail.
#[derive(Debug, Deserialize)]
pub struct HoursForm {
    from: String,
    until: String,
}

/// `POST /admin/reminders/hours`.
pub async fn change_hours(signed: Signed, CsrfForm(form): CsrfForm<HoursForm>) -> Result<Response, PageError> {
    let time = |field: &str, text: &str| {
        NaiveTime::parse_from_str(text.trim(), CLOCK).map_err(|_| Error::invalid(field, "hours_order"))
    };
    let read = || -> Result<Hours, Error> {
        Ok(Hours {
            from: time("from", &form.from)?,
            until: time("until", &form.until)?,
        })
    };
    let changed = match read() {
        Ok(hours) => signed.app.service.change_mail_hours(&signed.caller, hours).await,
        Err(error) => Err(error),
    };
    match changed {
        Ok(()) => Ok(done("/admin/reminders#hours", "hours_saved")),
        Err(Error::Invalid(problems)) => {
            let page = page(&signed, ListQuery::default(), Some((form, problems))).await?;
            Ok(page.refused().into_response())
        }
        Err(other) => Err(other.into()),
    }
}

/// A form without fields of its own.
#[derive(Debug, Deserialize)]
pub struct NoFields {}

/// `POST /admin/reminders/mails/{id}/retry`.
pub async fn retry(
    signed: Signed,
    Path(id): Path<i64>,
    CsrfForm(NoFields {}): CsrfForm<NoFields>,
) -> Result<Response, PageError> {
    signed.app.service.retry_mail(&signed.caller, id).await?;
    Ok(done("/admin/reminders", "mail_retried"))
}

/// Whose digest of which moment is looked at.
#[derive(Debug, Deserialize)]
pub struct PreviewQuery {
    person: i64,
    at: String,
}

#[derive(Serialize)]
struct PreviewView {
    name: String,
    address: Option<String>,
    day: NaiveDate,
    time: String,
    subject: String,
    text: String,
    frame: String,
    /// The lines over the mail as they go over the wire; empty where there is no address or no sender.
    headers: String,
    calendar: Vec<CalendarFile>,
    person: i64,
    at: String,
    /// Where a copy would go; none when the reader has no address.
    own: Option<String>,
}

/// `GET /admin/reminders/preview`.
pub async fn preview(signed: Signed, Query(query): Query<PreviewQuery>) -> Result<Page, PageError> {
    let (outgoing, rendered, at) = rendered(&signed, &query).await?;
    let from = signed
        .app
        .config
        .smtp
        .as_ref()
        .map_or(PREVIEW_FROM, |smtp| smtp.from.as_str());
    let now = signed.app.service.moment().now;
    let message = message::build(from, &outgoing, &rendered, now);
    let headers = message.map_or_else(|_| String::new(), |message| message::headers(&message));
    let to = outgoing.to;
    let own = signed.app.service.account(&signed.caller).await?.email;
    let view = PreviewView {
        name: to.name,
        address: to.address,
        day: at.date(),
        time: at.format("%H:%M").to_string(),
        subject: rendered.subject,
        text: rendered.text,
        headers,
        calendar: rendered.calendar,
        person: query.person,
        at: at.format(LOCAL).to_string(),
        own,
        frame: format!(
            "/admin/reminders/preview/html?person={}&at={}",
            query.person,
            at.format(LOCAL)
        ),
    };
    signed.page("pages/reminder_preview", &view)
}

/// `POST /admin/reminders/preview`: a copy of it to the reader's own address.
pub async fn send_sample(signed: Signed, CsrfForm(form): CsrfForm<PreviewQuery>) -> Result<Response, PageError> {
    let at = NaiveDateTime::parse_from_str(&form.at, LOCAL).map_err(|_| PageError::NotFound)?;
    let service = &signed.app.service;
    service.send_sample(&signed.caller, PersonId(form.person), at).await?;
    Ok(done("/admin/reminders", "sample_sent"))
}

/// `GET /admin/reminders/preview/html`: the HTML part alone, for the frame on the preview.
pub async fn preview_html(signed: Signed, Query(query): Query<PreviewQuery>) -> Result<Response, PageError> {
    let (_, rendered, _) = rendered(&signed, &query).await?;
    Ok(mail_frame(rendered.html))
}

async fn rendered(
    signed: &Signed,
    query: &PreviewQuery,
) -> Result<(Outgoing, message::Rendered, NaiveDateTime), PageError> {
    let at = NaiveDateTime::parse_from_str(&query.at, LOCAL).map_err(|_| PageError::NotFound)?;
    let service = &signed.app.service;
    let found = service
        .preview_digest(&signed.caller, PersonId(query.person), at)
        .await?;
    let outgoing = found.ok_or(Error::NotFound)?;
    let rendered = message::render(&signed.app, &outgoing).map_err(PageError::internal)?;
    Ok((outgoing, rendered, at))
}

/// The HTML part of a mail as a page of its own inside a frame: no scripts, no forms, no other host, only the styles
/// that the mail itself carries, named by their hashes.
pub fn mail_frame(html: String) -> Response {
    let style = html
        .split_once("<style>")
        .and_then(|(_, rest)| rest.split_once("</style>"))
        .map_or("", |(style, _)| style);
    let attributes = html.split("style=\"").skip(1).filter_map(|rest| rest.split_once('"'));
    let inline: BTreeSet<&str> = attributes.map(|(style, _)| style).collect();
    let hashes: Vec<String> = std::iter::once(style)
        .chain(inline)
        .map(|style| format!("'sha256-{}'", base64(&Sha256::digest(style.as_bytes()))))
        .collect();
    let policy = format!(
        "default-src 'none'; style-src 'unsafe-hashes' {}; sandbox allow-popups; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'self'",
        hashes.join(" ")
    );
    let headers = [
        (header::CONTENT_TYPE, "text/html; charset=utf-8".to_owned()),
        (header::CONTENT_SECURITY_POLICY, policy),
    ];
    (headers, html).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mail_in_a_frame_may_use_its_own_style_and_nothing_else() {
        let response = mail_frame("<html><style>a{color:red}</style><p style=\"margin:0\">x</p></html>".to_owned());
        let policy = response.headers()[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        let hash = base64(&Sha256::digest(b"a{color:red}"));
        let inline = base64(&Sha256::digest(b"margin:0"));
        let styles = format!("style-src 'unsafe-hashes' 'sha256-{hash}' 'sha256-{inline}';");
        assert!(policy.contains(&styles), "{policy}");
        assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe-inline"));
    }
}
