//! A frozen revision exactly as it was decided on, and its difference from any other.

use super::difference::{self, DifferenceView, Layout};
use super::reading::{self, ReadingView};
use super::{EntryView, HeaderView};
use crate::error::PageError;
use crate::extract::Signed;
use crate::visit::Page;
use axum::extract::{Path, Query};
use duban_core::document::coverage::Count;
use duban_core::id::{DocumentId, RevisionNo};
use serde::{Deserialize, Serialize};

/// What the address of a revision may say.
#[derive(Debug, Default, Deserialize)]
pub struct RevisionQuery {
    /// The revision to compare with.
    compare: Option<u32>,
    /// The layout of the difference.
    view: Option<String>,
}

#[derive(Serialize)]
struct RevisionView {
    document: HeaderView,
    no: u32,
    newest: bool,
    submitted_by: String,
    submitted_at: String,
    hash: String,
    others: Vec<OtherView>,
    compare: Option<u32>,
    difference: Option<DifferenceView>,
    content: ReadingView,
    tasks: Count,
    indicators: Count,
    decisions: Vec<EntryView>,
    line_prefix: &'static str,
}

#[derive(Serialize)]
struct OtherView {
    no: u32,
    at: String,
    current: bool,
    compared: bool,
}

/// `GET /documents/{id}/revisions/{no}`.
pub async fn show(
    signed: Signed,
    Path((id, no)): Path<(DocumentId, RevisionNo)>,
    Query(query): Query<RevisionQuery>,
) -> Result<Page, PageError> {
    let service = &signed.app.service;
    let paper = service.paper(&signed.caller, id).await?;
    let found = paper
        .revisions
        .iter()
        .find(|revision| revision.no == no)
        .ok_or(PageError::NotFound)?;
    let (_, content) = service.revision(&signed.caller, id, no).await?;
    let known = |other: u32| paper.revisions.iter().any(|r| r.no.0 == other && r.no != no);
    let compare = query.compare.filter(|other| known(*other));
    let layout = Layout::from_code(query.view.as_deref().unwrap_or_default());
    let difference = match compare {
        Some(other) => {
            let (_, old) = service.revision(&signed.caller, id, RevisionNo(other)).await?;
            Some(difference::view(paper.kind(), &old, &content, layout))
        }
        None => None,
    };
    let coverage = paper.demand.coverage(&content);
    let decisions = paper.history.iter().filter(|entry| entry.revision == Some(no));
    let view = RevisionView {
        document: super::header(&signed, &paper),
        no: no.0,
        newest: paper.newest() == Some(no),
        submitted_by: paper.org.person_name(found.submitted_by),
        submitted_at: found.submitted_at.to_rfc3339(),
        hash: found.hash.clone(),
        others: paper
            .revisions
            .iter()
            .map(|other| OtherView {
                no: other.no.0,
                at: other.submitted_at.to_rfc3339(),
                current: other.no == no,
                compared: Some(other.no.0) == compare,
            })
            .collect(),
        compare,
        difference,
        tasks: coverage.tasks,
        indicators: coverage.indicators,
        decisions: decisions
            .map(|entry| super::entry_view(&signed, &paper, entry, &content))
            .collect(),
        content: reading::view(paper.kind(), &content, &[], ""),
        line_prefix: "line-",
    };
    signed.page("pages/document/revision", &view)
}
