//! `GET /inbox/approvals`: the papers chosen in the inbox once more, by stage, before they are agreed to;
//! `POST /inbox/approvals`: agreeing to those of one stage, and what became of each.

use super::document::DueView;
use super::document::fields::{Posted, value};
use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::visit::Page;
use axum::extract::Query;
use axum::http::StatusCode;
use duban_core::document::edit::clean;
use duban_core::id::{CommandId, DocumentId, SeatNo, Version};
use duban_core::reason::Reason;
use duban_service::batch::{Item, Told};
use duban_service::inbox::Row;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct ConfirmView {
    groups: Vec<GroupView>,
    /// Titles of papers that have changed since they were ticked.
    changed: Vec<LinkView>,
    /// How many wait for the reader no longer.
    gone: usize,
}

/// The papers at one stage of one workflow: one form.
#[derive(Serialize)]
struct GroupView {
    no: usize,
    kind: String,
    stage: String,
    papers: Vec<PaperView>,
}

#[derive(Serialize)]
struct PaperView {
    id: i64,
    title: String,
    unit: String,
    light: &'static str,
    due: DueView,
    lent_by: Option<String>,
    /// What the form sends.
    item: String,
}

#[derive(Serialize)]
struct LinkView {
    id: i64,
    title: String,
}

#[derive(Serialize)]
struct ResultView {
    agreed: usize,
    refused: usize,
    results: Vec<ToldView>,
}

#[derive(Serialize)]
struct ToldView {
    id: i64,
    title: String,
    agreed: bool,
    stage: String,
    reasons: Vec<Reason>,
    /// The key below `error.` when there are no reasons.
    kind: &'static str,
    by: Option<String>,
}

/// A ticked paper.
fn read_paper(text: &str) -> Option<(DocumentId, Version)> {
    let (document, version) = text.split_once(':')?;
    Some((DocumentId(document.parse().ok()?), Version(version.parse().ok()?)))
}

/// How a ticked paper is written.
pub fn paper_value(row: &Row) -> String {
    format!("{}:{}", row.document.id, row.document.version)
}

/// A paper of a batch, as `document:version:seat:command`.
fn read_item(text: &str) -> Option<Item> {
    let mut parts = text.split(':');
    let item = Item {
        document: DocumentId(parts.next()?.parse().ok()?),
        expected: Version(parts.next()?.parse().ok()?),
        seat: Some(SeatNo(parts.next()?.parse().ok()?)),
        command: parts.next()?.parse::<CommandId>().ok()?,
    };
    parts.next().is_none().then_some(item)
}

/// `GET /inbox/approvals`. The address says which papers were ticked: `paper=document:version`, repeated.
pub async fn confirm(signed: Signed, Query(query): Query<Posted>) -> Result<Page, PageError> {
    let ticked = query.iter().filter(|(name, _)| name == "paper");
    let chosen: Option<BTreeMap<DocumentId, Version>> = ticked.map(|(_, text)| read_paper(text)).collect();
    let chosen = chosen.ok_or_else(|| PageError::refused("malformed"))?;
    if chosen.is_empty() {
        return Err(PageError::refused("batch_empty"));
    }
    let service = &signed.app.service;
    let rows = service
        .waiting_among(&signed.caller, &chosen.keys().copied().collect())
        .await?;
    let calendar = service.calendar().await?;
    let mut view = ConfirmView {
        groups: Vec::new(),
        changed: Vec::new(),
        gone: chosen.len() - rows.len(),
    };
    // Papers at one stage of one workflow go together, whatever its version.
    let mut groups: BTreeMap<(String, String), Vec<PaperView>> = BTreeMap::new();
    for row in rows {
        let version = chosen.get(&row.document.id).copied();
        if version != Some(row.document.version) {
            view.changed.push(LinkView {
                id: row.document.id.0,
                title: row.document.title,
            });
            continue;
        }
        let Some((stage, seat)) = row.asks.clone().filter(|_| service.is_batchable(&row).unwrap_or(false)) else {
            view.gone += 1;
            continue;
        };
        let definition = service.definition(&row.document.definition.0, row.document.definition.1)?;
        let tag = signed.locale.tag();
        let title = definition.title_of(&stage).map_or("", |title| title.get(tag));
        let key = (definition.title.get(tag).to_owned(), title.to_owned());
        groups.entry(key).or_default().push(PaperView {
            id: row.document.id.0,
            unit: row.unit,
            light: row.light.code(),
            due: DueView::new(row.due_on, service.moment().day, &calendar),
            lent_by: row.lent_by,
            item: format!(
                "{}:{}:{seat}:{}",
                row.document.id,
                row.document.version,
                super::document::fresh_command()
            ),
            title: row.document.title,
        });
    }
    let groups = groups.into_iter().enumerate();
    view.groups = groups
        .map(|(index, ((kind, stage), papers))| GroupView {
            no: index + 1,
            kind,
            stage,
            papers,
        })
        .collect();
    signed.page("pages/batch/confirm", &view)
}

/// `POST /inbox/approvals`. The answer is the page with the results: sending the same form again gives them again.
pub async fn approve(signed: Signed, CsrfForm(posted): CsrfForm<Posted>) -> Result<Page, PageError> {
    let items = posted.iter().filter(|(name, _)| name == "item");
    let items: Option<Vec<Item>> = items.map(|(_, text)| read_item(text)).collect();
    let items = items.ok_or_else(|| PageError::refused("malformed"))?;
    let note = clean(value(&posted, "text").unwrap_or_default());
    let told = signed.app.service.approve_batch(&signed.caller, &note, &items).await?;
    let agreed = told.iter().filter(|one| one.answer.is_ok()).count();
    let view = ResultView {
        agreed,
        refused: told.len() - agreed,
        results: told.into_iter().map(|one| told_view(&signed, one)).collect(),
    };
    let page = signed.page("pages/batch/results", &view)?;
    Ok(if agreed == 0 {
        page.with_status(StatusCode::UNPROCESSABLE_ENTITY)
    } else {
        page
    })
}

fn told_view(signed: &Signed, told: Told) -> ToldView {
    let stage = told.stage.map(|stage| stage.get(signed.locale.tag()).to_owned());
    let agreed = told.answer.is_ok();
    let error = told.answer.err().map(|error| PageError::from(error).view(true));
    let (reasons, kind, by) = error.map_or((Vec::new(), "", None), |error| (error.reasons, error.kind, error.by));
    ToldView {
        id: told.document.0,
        title: told.title,
        agreed,
        stage: stage.unwrap_or_default(),
        reasons,
        kind,
        by,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_form_says_is_read_and_nothing_else_is() {
        let command = "0198c7a0-0000-7000-8000-000000000000";
        let item = read_item(&format!("7:3:12:{command}")).unwrap();
        assert_eq!((item.document, item.expected), (DocumentId(7), Version(3)));
        assert_eq!(item.seat, Some(SeatNo(12)));
        assert_eq!(read_paper("7:3"), Some((DocumentId(7), Version(3))));
        for text in ["", "7", "7:x", "x:3", "7:3:4"] {
            assert_eq!(read_paper(text), None, "{text}");
        }
        for text in [
            "7:3",
            "7:3:12:x",
            &format!("7:3::{command}"),
            &format!("7:3:12:{command}:1"),
        ] {
            assert!(read_item(text).is_none(), "{text}");
        }
    }
}
