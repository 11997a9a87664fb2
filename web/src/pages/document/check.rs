//! The last page before a submission: what is missing on top, coverage, the whole paper in reading order, submit.

use super::reading::{self, ReadingView};
use super::{HeaderView, ProblemView};
use crate::error::PageError;
use crate::extract::Signed;
use crate::visit::Page;
use axum::extract::Path;
use duban_core::document::coverage::{Coverage, Row};
use duban_core::document::field::Part;
use duban_core::id::DocumentId;
use duban_core::reason::Reason;
use duban_core::workflow::ActKind;
use duban_service::paper::Paper;
use serde::Serialize;

/// What keeps a submission from being sent, when one was refused.
#[derive(Debug, Default)]
pub struct Refused {
    /// Why.
    pub reasons: Vec<Reason>,
    /// The typed note.
    pub note: String,
    /// The statement was not ticked.
    pub unstated: bool,
}

#[derive(Serialize)]
struct CheckView {
    document: HeaderView,
    problem_count: usize,
    problems: Vec<super::ProblemGroup>,
    warnings: Vec<ProblemView>,
    coverage: CoverageView,
    content: ReadingView,
    submit: Option<SubmitView>,
    reasons: Vec<Reason>,
    unstated: bool,
    note: String,
    command: String,
    expected: u32,
}

#[derive(Serialize)]
struct SubmitView {
    label: String,
    next: String,
    can: bool,
}

/// The coverage table.
#[derive(Debug, Serialize)]
pub struct CoverageView {
    tasks: duban_core::document::coverage::Count,
    indicators: duban_core::document::coverage::Count,
    full: bool,
    rows: Vec<CoverageRow>,
}

#[derive(Debug, Serialize)]
struct CoverageRow {
    #[serde(flatten)]
    row: Row,
    role_label: String,
    state: &'static str,
    href: String,
}

/// The coverage table of a paper; rows link to the editor for whoever may edit, else to the line on the page.
pub fn coverage_view(paper: &Paper, coverage: &Coverage) -> CoverageView {
    let rows = coverage.rows.iter().map(|row| CoverageRow {
        row: row.clone(),
        role_label: match row.role.as_str() {
            "" => String::new(),
            role => paper.kind().option_label(Part::Line, "role", role),
        },
        state: match row.cover {
            duban_core::document::coverage::Cover::Missing => "missing",
            duban_core::document::coverage::Cover::Partial => "partial",
            duban_core::document::coverage::Cover::Full => "full",
        },
        href: match row.line {
            Some(line) if paper.is_editable() => format!("/documents/{}/lines/{line}", paper.id),
            Some(line) => format!("#line-{line}"),
            None => String::new(),
        },
    });
    CoverageView {
        tasks: coverage.tasks,
        indicators: coverage.indicators,
        full: coverage.tasks.is_full() && coverage.indicators.is_full(),
        rows: rows.collect(),
    }
}

/// `GET /documents/{id}/check`.
pub async fn show(signed: Signed, Path(id): Path<DocumentId>) -> Result<Page, PageError> {
    let paper = signed.app.service.paper(&signed.caller, id).await?;
    page(&signed, &paper, Refused::default())
}

/// The check page, possibly with what a refused submission said.
pub fn page(signed: &Signed, paper: &Paper, refused: Refused) -> Result<Page, PageError> {
    let content = &super::tasks::working(paper)?.content;
    let problems = paper.problems(content);
    let coverage = paper.demand.coverage(content);
    let submit = paper.offers_of(ActKind::Submit).next().map(|offer| {
        let stage = paper.definition.stage(&offer.stage);
        let own = stage.and_then(|stage| stage.labels.submit.as_ref());
        let next = stage.and_then(|stage| stage.next.last()).map(|route| &route.to);
        SubmitView {
            label: own.map_or_else(
                || signed.text("act.submit"),
                |text| text.get(signed.locale.tag()).to_owned(),
            ),
            next: next.map_or_else(String::new, |to| super::stage_title(signed, paper, to)),
            can: problems.is_empty() && offer.unready.is_empty(),
        }
    });
    let view = CheckView {
        document: super::header(signed, paper),
        problem_count: problems.len(),
        problems: super::problem_groups(paper, content, &problems),
        warnings: super::problem_views(paper, content, &coverage.warnings),
        coverage: coverage_view(paper, &coverage),
        content: reading::view(
            paper.kind(),
            content,
            &paper.open_groups(),
            &format!("/documents/{}", paper.id),
        ),
        submit,
        reasons: refused.reasons,
        unstated: refused.unstated,
        note: refused.note,
        command: super::fresh_command(),
        expected: paper.instance.version.0,
    };
    signed.page("pages/document/check", &view)
}
