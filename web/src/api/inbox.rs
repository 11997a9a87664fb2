//! The four boxes.

use super::Page;
use super::bearer::{Asked, Bearer};
use super::problem::{ApiError, Problem};
use axum::Json;
use chrono::{DateTime, NaiveDate, Utc};
use duban_service::inbox::Which;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which page of which box.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct InboxQuery {
    /// `todo` (the default), `done`, `mine` or `cc`.
    #[serde(rename = "box")]
    which: Option<String>,
    /// What the page before gave as `next`.
    after: Option<String>,
}

/// A row of a box.
#[derive(Serialize, ToSchema)]
pub struct InboxRow {
    /// The document.
    document: i64,
    /// Its type.
    #[serde(rename = "type")]
    document_type: String,
    /// Its title.
    title: String,
    /// Its unit's name.
    unit: String,
    /// Where it stands.
    status: &'static str,
    /// The title of its stage.
    stage: Option<String>,
    /// Its version.
    version: u32,
    /// Its light.
    light: &'static str,
    /// The last day that counts now.
    due_on: Option<NaiveDate>,
    /// Since when it waits; for what is over, when it was done or sent (UTC).
    since: DateTime<Utc>,
    /// Units that are waited for.
    waiting: Vec<String>,
    /// What the asker did last.
    act: Option<String>,
    /// A copy that was not opened yet.
    unread: bool,
}

/// One page of a box: what waits (the most urgent first), what was done, what one's units started, copies.
#[utoipa::path(get, path = "/api/v1/inbox", tag = "inbox", params(InboxQuery),
    responses((status = 200, body = Page<InboxRow>), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn list(bearer: Bearer, Asked(asked): Asked<InboxQuery>) -> Result<Json<Page<InboxRow>>, ApiError> {
    let which = match asked.which.as_deref() {
        None => Which::default(),
        Some(code) => Which::from_code(code).ok_or_else(|| ApiError::malformed("box"))?,
    };
    let service = &bearer.app().service;
    let found = service.inbox(&bearer.caller, which, asked.after.as_deref()).await?;
    let locale = bearer.locale();
    let items = found.rows.into_iter().map(|row| InboxRow {
        document: row.document.id.0,
        document_type: row.document.document_type,
        title: row.document.title,
        unit: row.unit,
        status: row.document.status.code(),
        stage: row.stage.map(|text| text.get(locale).to_owned()),
        version: row.document.version.0,
        light: row.light.code(),
        due_on: row.due_on,
        since: row.since,
        waiting: row.waiting,
        act: row.act,
        unread: row.unread,
    });
    Ok(Json(Page {
        items: items.collect(),
        next: found.next,
    }))
}
