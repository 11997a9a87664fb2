//! The task list of a paper that is being written: what is done, what is missing, what a reviewer asked for.

use super::clocks::ClocksView;
use super::fields::{self, Posted, Surroundings, value};
use super::{EntryView, HeaderView, ProblemView};
use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::visit::{Page, done, see_other};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use duban_core::document::content::{Content, Line, Place};
use duban_core::document::coverage::Count;
use duban_core::document::field::{Progress, head_progress, line_progress};
use duban_core::document::trail::open_returns;
use duban_core::document::validate;
use duban_core::id::DocumentId;
use duban_core::reason::Reason;
use duban_core::workflow::{ActKind, Mark};
use duban_service::Error;
use duban_service::paper::{Paper, Working};
use serde::Serialize;

#[derive(Serialize)]
struct TasksView {
    document: HeaderView,
    returns: Vec<EntryView>,
    saved_at: String,
    saved_by: Option<String>,
    tasks: Count,
    indicators: Count,
    head: RowView,
    rows: Vec<RowView>,
    orphans: Vec<ProblemView>,
    finished: usize,
    total: usize,
    own_lines: bool,
    has_lines: bool,
    edit_version: u32,
    withdraw: bool,
    revisions: usize,
    clocks: ClocksView,
    history: Vec<EntryView>,
}

/// One row of the list.
#[derive(Debug, Serialize)]
struct RowView {
    number: String,
    title: String,
    role: String,
    href: String,
    gap: String,
    state: &'static str,
    gaps: usize,
    marks: usize,
    own: bool,
}

/// The text that is being written. Only papers that the reader may edit have one to show.
pub fn working(paper: &Paper) -> Result<&Working, PageError> {
    let working = paper.working.as_ref().filter(|_| paper.is_editable());
    working.ok_or_else(|| PageError::Forbidden(vec![Reason::new("not_editable")]))
}

/// The task list.
pub fn page(signed: &Signed, paper: &Paper) -> Result<Page, PageError> {
    let working = working(paper)?;
    let content = &working.content;
    let marks = paper.open_marks();
    let coverage = paper.demand.coverage(content);
    let head = head_row(paper, content, &marks);
    let rows: Vec<_> = content.lines.iter().map(|line| row(paper, line, &marks)).collect();
    let finished = rows.iter().chain([&head]).filter(|row| row.state == "done").count();
    // What has no place of its own (a task without a line) cannot be reached from a row.
    let orphans: Vec<_> = coverage
        .problems
        .iter()
        .filter(|p| p.place == Place::default())
        .cloned()
        .collect();
    let view = TasksView {
        document: super::header(signed, paper),
        returns: open_returns(&paper.history)
            .into_iter()
            .map(|entry| super::entry_view(signed, paper, entry, content))
            .collect(),
        saved_at: working.edited_at.to_rfc3339(),
        saved_by: working.edited_by.clone(),
        tasks: coverage.tasks,
        indicators: coverage.indicators,
        total: rows.len() + 1,
        finished,
        head,
        rows,
        orphans: super::problem_views(paper, content, &orphans),
        has_lines: paper.kind().has_lines(),
        own_lines: paper.kind().own_lines && paper.groups.contains(&paper.kind().shape),
        edit_version: working.edit_version,
        withdraw: paper.offers_of(ActKind::Withdraw).next().is_some(),
        revisions: paper.revisions.len(),
        clocks: super::clocks::view(signed, paper, true),
        history: super::history(signed, paper, content),
    };
    signed.page("pages/document/tasks", &view)
}

fn head_row(paper: &Paper, content: &Content, marks: &[Mark]) -> RowView {
    let href = format!("/documents/{}/head", paper.id);
    let (state, gaps) = state(head_progress(paper.kind(), content, &paper.open_groups()));
    let first = validate::head(paper.kind(), content, &paper.open_groups())
        .into_iter()
        .next();
    RowView {
        number: String::new(),
        title: String::new(),
        role: String::new(),
        gap: first.map_or_else(|| href.clone(), |p| super::href_of(paper.id, &p.place)),
        href,
        state,
        gaps,
        marks: marks.iter().filter(|mark| mark.place.line.is_none()).count(),
        own: false,
    }
}

fn row(paper: &Paper, line: &Line, marks: &[Mark]) -> RowView {
    let href = format!("/documents/{}/lines/{}", paper.id, line.id);
    let (state, gaps) = state(line_progress(paper.kind(), line, &paper.open_groups()));
    let first = validate::line(paper.kind(), line, &paper.open_groups())
        .into_iter()
        .next();
    let role = line.field("role");
    RowView {
        number: line.field("number").to_owned(),
        title: paper.kind().heading(line).to_owned(),
        role: if role.is_empty() {
            String::new()
        } else {
            paper
                .kind()
                .option_label(duban_core::document::field::Part::Line, "role", role)
        },
        gap: first.map_or_else(|| href.clone(), |p| super::href_of(paper.id, &p.place)),
        href,
        state,
        gaps,
        marks: marks.iter().filter(|mark| mark.place.line == Some(line.id)).count(),
        own: line.source.is_none() && paper.demand.is_any(),
    }
}

/// The state as the badge and the text key name it, with the number of gaps.
fn state(progress: Progress) -> (&'static str, usize) {
    match progress {
        Progress::NotStarted => ("untouched", 0),
        Progress::Filling(gaps) => ("doing", gaps),
        Progress::Done => ("done", 0),
    }
}

#[derive(Serialize)]
struct HeadView {
    document: HeaderView,
    fields: Vec<fields::FieldView>,
    edit_version: u32,
    base: String,
    first_line: Option<u32>,
    conflict: Option<Option<String>>,
    action: String,
}

/// `GET /documents/{id}/head`.
pub async fn head(signed: Signed, Path(id): Path<DocumentId>) -> Result<Page, PageError> {
    let paper = signed.app.service.paper(&signed.caller, id).await?;
    let working = working(&paper)?;
    head_page(&signed, &paper, &working.content, None)
}

/// The head's editor. `conflict`: who saved meanwhile; `content` is then what was typed.
fn head_page(
    signed: &Signed,
    paper: &Paper,
    content: &Content,
    conflict: Option<Option<String>>,
) -> Result<Page, PageError> {
    let working = working(paper)?;
    let marks = paper.open_marks();
    let groups = paper.open_groups();
    let around = Surroundings {
        kind: paper.kind(),
        groups: &groups,
        units: &super::unit_names(paper),
        problems: &[],
        marks: &marks,
    };
    let mut form = around.head(content);
    if conflict.is_some() {
        super::line::show_theirs(&mut form, &around.head(&working.content));
    }
    let view = HeadView {
        document: super::header(signed, paper),
        fields: form,
        edit_version: working.edit_version,
        base: super::line::digest(&working.content.head)?,
        first_line: content.lines.first().map(|line| line.id),
        conflict,
        action: format!("/documents/{}/head", paper.id),
    };
    signed.page("pages/document/head", &view)
}

/// `POST /documents/{id}/head`.
pub async fn save_head(
    signed: Signed,
    Path(id): Path<DocumentId>,
    CsrfForm(posted): CsrfForm<Posted>,
) -> Result<Response, PageError> {
    let paper = signed.app.service.paper(&signed.caller, id).await?;
    let working = working(&paper)?;
    let mut content = working.content.clone();
    fields::take_head(paper.kind(), &mut content, &posted);
    let moved_on = value(&posted, "base") != Some(super::line::digest(&working.content.head)?.as_str());
    if moved_on && content.head != working.content.head {
        let page = head_page(&signed, &paper, &content, Some(working.edited_by.clone()))?;
        return Ok(page.with_status(axum::http::StatusCode::CONFLICT).into_response());
    }
    let lines = content.lines.first().map(|line| line.id);
    match super::line::save(&signed, &paper, content.clone()).await {
        Ok(saved) if super::line::wants_json(&posted) => {
            super::line::saved_json(&signed, saved, &super::line::digest(&content.head)?)
        }
        Ok(_) => Ok(match (value(&posted, "do"), lines) {
            (Some("next"), Some(line)) => see_other(&format!("/documents/{id}/lines/{line}")),
            (Some("check"), _) => see_other(&format!("/documents/{id}/check")),
            (Some("stay"), _) => done(&format!("/documents/{id}/head"), "saved"),
            _ => done(&format!("/documents/{id}"), "saved"),
        }),
        Err(Error::Conflict(conflict)) => {
            let page = head_page(&signed, &paper, &content, Some(conflict.by))?;
            Ok(page.with_status(axum::http::StatusCode::CONFLICT).into_response())
        }
        Err(other) => Err(other.into()),
    }
}

/// `POST /documents/{id}/lines`: adds a line of the unit's own and goes to its editor.
pub async fn add_line(signed: Signed, Path(id): Path<DocumentId>, _: CsrfForm<Posted>) -> Result<Response, PageError> {
    let paper = signed.app.service.paper(&signed.caller, id).await?;
    let mut content = working(&paper)?.content.clone();
    let line = Line {
        id: content.next_id(),
        ..Line::default()
    };
    let at = format!("/documents/{id}/lines/{}", line.id);
    content.lines.push(line);
    super::line::save(&signed, &paper, content).await?;
    Ok(see_other(&at))
}
