//! `/alerts`: what a person is told inside the service. The count in the head of every page follows by itself where
//! scripts run; without them the page is as good.

use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::visit::{Page, done};
use axum::extract::Query;
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use duban_core::reason::Reason;
use serde::{Deserialize, Serialize};
use std::convert::Infallible;
use std::time::{Duration, Instant};

/// Alerts on one page.
const PAGE: u64 = 50;
/// How often an open stream looks for something new.
const LOOK: Duration = Duration::from_secs(3);
/// How long a stream lasts before the browser opens it anew, with whatever session it has by then.
const LIFE: Duration = Duration::from_secs(600);

/// What the address may say.
#[derive(Debug, Default, Deserialize)]
pub struct ListQuery {
    before: Option<i64>,
}

#[derive(Serialize)]
struct AlertsView {
    alerts: Vec<AlertView>,
    unread: u64,
    last: i64,
    older: String,
}

#[derive(Serialize)]
struct AlertView {
    code: String,
    title: String,
    name: String,
    detail: String,
    /// Why, where that has a sentence of its own.
    why: Option<Reason>,
    document: Option<i64>,
    at: DateTime<Utc>,
    new: bool,
}

/// `GET /alerts`.
pub async fn show(signed: Signed, Query(query): Query<ListQuery>) -> Result<Page, PageError> {
    let service = &signed.app.service;
    let found = service.alerts(&signed.caller, query.before, PAGE).await?;
    let older = match found.last() {
        Some((last, _)) if found.len() as u64 == PAGE => format!("/alerts?before={}", last.id),
        _ => String::new(),
    };
    let last = found.first().map_or(0, |(alert, _)| alert.id);
    let alerts = found.into_iter().map(|(alert, title)| {
        let arg = |name: &str| alert.args[name].as_str().unwrap_or_default().to_owned();
        AlertView {
            title: title.unwrap_or_default(),
            name: arg("name"),
            detail: signed.mail_error(&arg("detail")),
            why: serde_json::from_value(alert.args["reason"].clone()).ok(),
            document: alert.document.map(|id| id.0),
            at: alert.created_at,
            new: alert.read_at.is_none(),
            code: alert.code,
        }
    });
    let view = AlertsView {
        alerts: alerts.collect(),
        unread: service.unread_alerts(signed.caller.person).await?,
        last,
        older,
    };
    signed.page("pages/alerts", &view)
}

impl Signed {
    /// An error of a mail: a sentence where there is one for its code, otherwise what the relay said.
    fn mail_error(&self, error: &str) -> String {
        let key = format!("mail_error.{error}");
        if !error.is_empty() && self.app.texts.has(self.locale, &key) {
            self.text(&key)
        } else {
            error.to_owned()
        }
    }
}

/// Up to where the alerts were seen.
#[derive(Deserialize)]
pub struct ReadForm {
    last: i64,
}

/// `POST /alerts/read`.
pub async fn read(signed: Signed, CsrfForm(form): CsrfForm<ReadForm>) -> Result<Response, PageError> {
    signed.app.service.read_alerts(&signed.caller, form.last).await?;
    Ok(done("/alerts", "alerts_read"))
}

/// `GET /alerts/stream`: the number of unseen alerts as server-sent events, whenever it changes. Ends when the server
/// is asked to stop.
pub async fn stream(signed: Signed) -> Response {
    let started = Instant::now();
    let stopping = signed.app.stopping.subscribe();
    let begin = (signed, stopping, None);
    let events = futures_util::stream::unfold(begin, move |(signed, mut stopping, mut last)| async move {
        loop {
            if *stopping.borrow() || started.elapsed() > LIFE {
                return None;
            }
            let unread = signed.app.service.unread_alerts(signed.caller.person).await.ok()?;
            if last != Some(unread) {
                last = Some(unread);
                let event = Event::default().event("alerts").data(unread.to_string());
                return Some((Ok::<_, Infallible>(event), (signed, stopping, last)));
            }
            tokio::select! {
                () = tokio::time::sleep(LOOK) => {}
                _ = stopping.changed() => {}
            }
        }
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}
