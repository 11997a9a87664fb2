//! `/dev/mail`: the built-in mailbox of `duban demo` without a relay. Everybody at this machine reads everything.

use super::reminders::mail_frame;
use crate::error::PageError;
use crate::extract::Visitor;
use crate::visit::Page;
use axum::extract::{Path, Query};
use axum::response::Response;
use chrono::{DateTime, Utc};
use duban_service::outbox::Mail;
use serde::{Deserialize, Serialize};

/// Mails on one page.
const PAGE: u64 = 50;

/// What the address may say.
#[derive(Debug, Default, Deserialize)]
pub struct ListQuery {
    before: Option<i64>,
}

#[derive(Serialize)]
struct MailboxView {
    relay: bool,
    mails: Vec<MailView>,
    older: String,
}

#[derive(Serialize)]
struct MailView {
    id: i64,
    name: String,
    address: Option<String>,
    subject: String,
    at: Option<DateTime<Utc>>,
}

#[derive(Serialize)]
struct MessageView {
    mail: MailView,
    text: String,
    headers: String,
    frame: String,
}

/// `GET /dev/mail`.
pub async fn list(visitor: Visitor, Query(query): Query<ListQuery>) -> Result<Page, PageError> {
    let mails = visitor.app.service.kept_mails(query.before, PAGE).await?;
    let older = match mails.last() {
        Some(last) if mails.len() as u64 == PAGE => format!("/dev/mail?before={}", last.id),
        _ => String::new(),
    };
    let view = MailboxView {
        relay: visitor.app.config.smtp.is_some(),
        mails: mails.iter().map(row).collect(),
        older,
    };
    visitor.page("pages/mailbox", &view)
}

/// `GET /dev/mail/{id}`.
pub async fn show(visitor: Visitor, Path(id): Path<i64>) -> Result<Page, PageError> {
    let mail = visitor.app.service.kept_mail(id).await?;
    let view = MessageView {
        mail: row(&mail),
        text: part(&mail, "text"),
        headers: part(&mail, "headers"),
        frame: format!("/dev/mail/{id}/html"),
    };
    visitor.page("pages/mailbox_message", &view)
}

/// `GET /dev/mail/{id}/html`: the HTML part alone, for the frame.
pub async fn html(visitor: Visitor, Path(id): Path<i64>) -> Result<Response, PageError> {
    let mail = visitor.app.service.kept_mail(id).await?;
    Ok(mail_frame(part(&mail, "html")))
}

fn row(mail: &Mail) -> MailView {
    MailView {
        id: mail.id,
        name: mail.person.as_ref().map(|(_, name)| name.clone()).unwrap_or_default(),
        address: mail.payload["rendered"]["address"].as_str().map(str::to_owned),
        subject: part(mail, "subject"),
        at: mail.sent_at,
    }
}

fn part(mail: &Mail, name: &str) -> String {
    mail.payload["rendered"][name].as_str().unwrap_or_default().to_owned()
}
