//! `GET /inbox`: the four boxes.

use crate::error::PageError;
use crate::extract::Signed;
use crate::pages::document::DueView;
use crate::visit::Page;
use axum::extract::Query;
use duban_service::inbox::{InboxPage, Row, Which};
use serde::{Deserialize, Serialize};

/// What the address may say.
#[derive(Debug, Default, Deserialize)]
pub struct InboxQuery {
    /// Which box.
    #[serde(rename = "box")]
    which: Option<String>,
    /// Where this page begins.
    after: Option<String>,
}

#[derive(Serialize)]
struct InboxView {
    which: &'static str,
    tabs: Vec<TabView>,
    rows: Vec<RowView>,
    pager: PagerView,
    late: usize,
    /// Some of these papers can be agreed to together.
    batch: bool,
}

#[derive(Serialize)]
struct TabView {
    code: &'static str,
    current: bool,
    count: Option<u64>,
}

#[derive(Serialize)]
struct RowView {
    id: i64,
    title: String,
    unit: String,
    kind: String,
    stage: String,
    status: &'static str,
    light: &'static str,
    due: DueView,
    since: String,
    waiting: String,
    visits: usize,
    act: String,
    unread: bool,
    lent_by: Option<String>,
    /// What its tick sends; empty where it is not agreed to in a batch.
    tick: String,
}

#[derive(Serialize)]
struct PagerView {
    previous: String,
    next: String,
    shown: usize,
}

/// Shows one page of a box.
pub async fn show(signed: Signed, Query(query): Query<InboxQuery>) -> Result<Page, PageError> {
    let which = query.which.as_deref().and_then(Which::from_code).unwrap_or_default();
    let found = signed
        .app
        .service
        .inbox(&signed.caller, which, query.after.as_deref())
        .await?;
    let address = format!("/inbox?box={}", which.code());
    let rows: Vec<_> = found.rows.iter().map(|row| row_view(&signed, &found, row)).collect();
    let view = InboxView {
        batch: rows.iter().filter(|row| !row.tick.is_empty()).count() > 1,
        which: which.code(),
        tabs: tabs(&found, which),
        late: found
            .rows
            .iter()
            .filter(|row| row.light == duban_core::clock::Light::Red)
            .count(),
        rows,
        pager: PagerView {
            // Pages are reached forwards by key; backwards is the beginning.
            previous: if query.after.is_some() {
                address.clone()
            } else {
                String::new()
            },
            next: found
                .next
                .as_ref()
                .map_or_else(String::new, |next| format!("{address}&after={next}")),
            shown: found.rows.len(),
        },
    };
    signed.page("pages/inbox", &view)
}

fn tabs(found: &InboxPage, current: Which) -> Vec<TabView> {
    let count = |which| match which {
        Which::Todo => u64::try_from(found.todo).ok(),
        Which::Cc => Some(found.unread).filter(|unread| *unread > 0),
        Which::Done | Which::Mine => None,
    };
    Which::ALL
        .into_iter()
        .map(|which| TabView {
            code: which.code(),
            current: which == current,
            count: count(which),
        })
        .collect()
}

fn row_view(signed: &Signed, found: &InboxPage, row: &Row) -> RowView {
    RowView {
        id: row.document.id.0,
        title: row.document.title.clone(),
        unit: row.unit.clone(),
        kind: row.document.document_type.clone(),
        stage: row
            .stage
            .as_ref()
            .map_or_else(String::new, |text| text.get(signed.locale.tag()).to_owned()),
        status: row.document.status.code(),
        light: row.light.code(),
        due: DueView::new(row.due_on, found.at.day, &found.calendar),
        since: row.since.to_rfc3339(),
        waiting: row.waiting.join("、"),
        visits: row.visits,
        act: row.act.clone().unwrap_or_default(),
        unread: row.unread,
        lent_by: row.lent_by.clone(),
        tick: match signed.app.service.is_batchable(row) {
            Ok(true) => super::batch::paper_value(row),
            Ok(false) | Err(_) => String::new(),
        },
    }
}
