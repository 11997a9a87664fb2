//! `/audit`: the trail, for the audit administrator: search, state of the chain, export.

use crate::error::PageError;
use crate::extract::Signed;
use crate::visit::Page;
use axum::body::Body;
use axum::extract::Query;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Days, NaiveDate, NaiveTime, TimeZone, Utc};
use duban_core::audit::Record;
use duban_store::audit::Filter;
use serde::{Deserialize, Serialize};

/// Rows on a page.
const PAGE: u64 = 50;

/// What to look for.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct AuditQuery {
    /// A sign-in name.
    person: String,
    verb: String,
    object_kind: String,
    object_id: String,
    from: String,
    until: String,
    /// Where this page begins.
    before: String,
    /// Anything: check the whole chain now.
    check: String,
}

#[derive(Serialize)]
struct AuditView {
    query: AuditQuery,
    unknown_person: bool,
    rows: Vec<RowView>,
    next: String,
    chain: Option<ChainView>,
}

#[derive(Serialize)]
struct ChainView {
    good: bool,
    records: i64,
    head: String,
    fault: &'static str,
    seq: i64,
}

#[derive(Serialize)]
struct RowView {
    seq: i64,
    at: String,
    person: String,
    for_whom: String,
    verb: String,
    kind: String,
    object: String,
    source: String,
    detail: Vec<(String, String)>,
}

/// `GET /audit`.
pub async fn show(signed: Signed, Query(query): Query<AuditQuery>) -> Result<Page, PageError> {
    let service = &signed.app.service;
    let org = service.organisation().await?;
    let mut filter = Filter {
        verb: given(&query.verb),
        object_kind: given(&query.object_kind),
        object_id: given(&query.object_id),
        from: day(&query.from).map(|day| midnight(&signed, day)),
        until: day(&query.until)
            .and_then(|day| day.checked_add_days(Days::new(1)))
            .map(|day| midnight(&signed, day)),
        person: None,
    };
    let mut unknown_person = false;
    if let Some(text) = given(&query.person) {
        let found = service.person_called(&signed.caller, &text).await?;
        unknown_person = found.is_none();
        filter.person = Some(found.map_or(-1, |id| id.0));
    }
    let before = query.before.parse().ok();
    let mut found = service.audit_search(&signed.caller, &filter, before, PAGE + 1).await?;
    let more = found.len() as u64 > PAGE;
    found.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
    let next = match found.last() {
        Some(last) if more => address(&query, last.seq),
        _ => String::new(),
    };
    let chain = if query.check.is_empty() {
        None
    } else {
        let state = service.audit_state(&signed.caller).await?;
        let (fault, seq) = state.fault.as_ref().map_or(("", 0), fault);
        Some(ChainView {
            good: state.fault.is_none(),
            records: state.records,
            head: state.head,
            fault,
            seq,
        })
    };
    let name = |id: Option<i64>| id.map_or_else(String::new, |id| org.person_name(id.into()));
    let view = AuditView {
        rows: found.into_iter().map(|record| row(record, &name)).collect(),
        unknown_person,
        query,
        next,
        chain,
    };
    signed.page("pages/audit", &view)
}

fn row(record: Record, name: &dyn Fn(Option<i64>) -> String) -> RowView {
    RowView {
        seq: record.seq,
        at: record.at.to_rfc3339(),
        person: record.name.unwrap_or_default(),
        for_whom: name(record.on_behalf_of),
        verb: record.verb,
        kind: record.object_kind,
        object: record.object_id,
        source: record.source.unwrap_or_default(),
        detail: record.detail.into_iter().collect(),
    }
}

fn fault(fault: &duban_core::audit::ChainFault) -> (&'static str, i64) {
    use duban_core::audit::ChainFault;
    match fault {
        ChainFault::Gap { expected, .. } => ("gap", *expected),
        ChainFault::Unchained { seq } => ("unchained", *seq),
        ChainFault::Altered { seq } => ("altered", *seq),
        ChainFault::Cut { found, .. } => ("cut", *found),
    }
}

fn given(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

fn day(text: &str) -> Option<NaiveDate> {
    text.trim().parse().ok()
}

fn midnight(signed: &Signed, day: NaiveDate) -> DateTime<Utc> {
    let local = day.and_time(NaiveTime::MIN);
    let found = signed.app.service.zone().from_local_datetime(&local).earliest();
    found.map_or_else(|| local.and_utc(), |local| local.with_timezone(&Utc))
}

fn address(query: &AuditQuery, before: i64) -> String {
    let escape =
        |text: &str| percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC).to_string();
    let parts = [
        ("person", &query.person),
        ("verb", &query.verb),
        ("object_kind", &query.object_kind),
        ("object_id", &query.object_id),
        ("from", &query.from),
        ("until", &query.until),
    ];
    let mut address = format!("/audit?before={before}");
    for (name, value) in parts.into_iter().filter(|(_, value)| !value.is_empty()) {
        address.push_str(&format!("&{name}={}", escape(value)));
    }
    address
}

/// `POST /audit/export` (an export is itself recorded): the whole chain, one link a line, for checking with `duban audit verify`.
pub async fn export(signed: Signed) -> Result<Response, PageError> {
    let service = signed.app.service.clone();
    let mut lines = Vec::new();
    let mut after = 0;
    loop {
        let links = service.audit_export(&signed.caller, after).await?;
        let Some(last) = links.last() else { break };
        after = last.seq;
        for link in &links {
            serde_json::to_writer(&mut lines, link).map_err(PageError::internal)?;
            lines.push(b'\n');
        }
    }
    let mut response = Body::from(lines).into_response();
    let headers = response.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/x-ndjson; charset=utf-8"),
    );
    headers.insert(
        header::CONTENT_DISPOSITION,
        HeaderValue::from_static("attachment; filename=\"duban-audit.jsonl\""),
    );
    Ok(response)
}
