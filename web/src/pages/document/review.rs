//! The review page: may this pass? First what changed since the reader last decided, then coverage and doubts, the
//! text, who else waits, what happened, and the decision bar.

use super::check::{CoverageView, coverage_view};
use super::clocks::ClocksView;
use super::decision::{Bar, BarView};
use super::difference::{self, DifferenceView, Layout};
use super::reading::{self, LineView, ReadingView};
use super::{EntryView, HeaderView, ProblemView, SeatView};
use crate::error::PageError;
use crate::extract::Signed;
use crate::visit::Page;
use duban_core::document::content::Content;
use duban_core::document::trail::default_base;
use duban_core::id::RevisionNo;
use duban_core::workflow::ActKind;
use duban_core::workflow::Mark;
use duban_service::paper::Paper;
use duban_service::urge::URGERS;
use serde::{Deserialize, Serialize};

/// What the address of a review page may say.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct ReviewQuery {
    /// The revision to compare with; 0 for none.
    base: Option<u32>,
    /// The layout of the difference.
    view: Option<String>,
    /// `read` for a writer who wants to see the paper as others do.
    mode: Option<String>,
}

impl ReviewQuery {
    /// True when a writer asked for the page of the others.
    pub fn is_reading(&self) -> bool {
        self.mode.as_deref() == Some("read")
    }
}

#[derive(Serialize)]
struct ReviewView {
    document: HeaderView,
    /// The reader may ask whoever it waits for.
    may_urge: bool,
    shown: Option<u32>,
    draft: bool,
    bases: Vec<BaseView>,
    base: Option<u32>,
    layouts: Vec<LayoutView>,
    difference: Option<DifferenceView>,
    content: ReadingView,
    concerning: Vec<LineView>,
    others: usize,
    coverage: CoverageView,
    warnings: Vec<ProblemView>,
    marks: Vec<super::MarkView>,
    seats: Vec<SeatView>,
    clocks: ClocksView,
    last_one: bool,
    history: Vec<EntryView>,
    bar: BarView,
    /// Before the numbers of lines in element ids; the lines of the folded whole text must not repeat those above.
    line_prefix: &'static str,
    editable: bool,
}

#[derive(Serialize)]
struct BaseView {
    no: u32,
    at: String,
    href: String,
    current: bool,
    mine: bool,
}

#[derive(Serialize)]
struct LayoutView {
    code: &'static str,
    href: String,
    current: bool,
}

/// The review page with what a refused act left in the decision bar.
pub async fn page(signed: &Signed, paper: &Paper, query: &ReviewQuery, bar: Bar) -> Result<Page, PageError> {
    let service = &signed.app.service;
    // Reviewers see what was submitted, not what is being written now.
    let content = match (paper.newest(), &paper.working) {
        (Some(newest), _) => service.revision(&signed.caller, paper.id, newest).await?.1,
        (None, Some(working)) => working.content.clone(),
        (None, None) => Content::default(),
    };
    let chosen = base(paper, signed, query);
    let old = match chosen {
        Some(no) => Some(service.revision(&signed.caller, paper.id, no).await?.1),
        None => None,
    };
    let layout = Layout::from_code(query.view.as_deref().unwrap_or_default());
    let concerns = concerns(paper, &content);
    let difference = old.as_ref().map(|old| {
        let mut view = difference::view(paper.kind(), old, &content, layout);
        if let Some(concerns) = &concerns {
            view.put_first(|line| concerns.contains(&line));
        }
        view
    });
    let coverage = paper.demand.coverage(&content);
    let text = reading::view(paper.kind(), &content, &[], "");
    let concerning = concerns.map_or_else(Vec::new, |concerns| {
        let lines = content.lines.iter().filter(|line| concerns.contains(&line.id));
        lines.map(|line| reading::line(paper.kind(), line, &[], "")).collect()
    });
    let seats = super::open_seats(paper);
    let marks: Vec<Mark> = paper.open_marks();
    let view = ReviewView {
        document: super::header(signed, paper),
        may_urge: signed.caller.has_any(&URGERS)
            && !paper.instance.open_seats().is_empty()
            && paper.offers_of(ActKind::Urge).next().is_none(),
        shown: paper.newest().map(|no| no.0),
        draft: paper.newest().is_none(),
        bases: bases(paper, signed, chosen),
        base: chosen.map(|no| no.0),
        layouts: layouts(paper, chosen, layout),
        others: content.lines.len() - concerning.len().min(content.lines.len()),
        difference,
        content: text,
        coverage: coverage_view(paper, &coverage),
        warnings: super::problem_views(paper, &content, &coverage.warnings),
        marks: marks
            .iter()
            .map(|mark| super::mark_view(paper, &content, mark))
            .collect(),
        last_one: seats.len() == 1 && seats.iter().all(|seat| seat.is_mine()),
        seats,
        clocks: super::clocks::view(signed, paper, false),
        history: super::history(signed, paper, &content),
        bar: bar.view(signed, paper, &content),
        line_prefix: if concerning.is_empty() { "line-" } else { "all-" },
        concerning,
        editable: paper.is_editable(),
    };
    signed.page("pages/document/review", &view)
}

/// The revision to compare with: as asked for, else what the reader last decided on.
fn base(paper: &Paper, signed: &Signed, query: &ReviewQuery) -> Option<RevisionNo> {
    let newest = paper.newest()?;
    match query.base {
        Some(0) => None,
        Some(asked) => Some(RevisionNo(asked)).filter(|no| *no < newest && no.0 > 0),
        None => default_base(&paper.history, signed.caller.person, newest),
    }
}

fn bases(paper: &Paper, signed: &Signed, chosen: Option<RevisionNo>) -> Vec<BaseView> {
    let Some(newest) = paper.newest() else {
        return Vec::new();
    };
    let decided = duban_core::document::trail::last_decided(&paper.history, signed.caller.person);
    paper
        .revisions
        .iter()
        .filter(|revision| revision.no < newest)
        .map(|revision| BaseView {
            no: revision.no.0,
            at: revision.submitted_at.to_rfc3339(),
            href: format!("/documents/{}?base={}", paper.id, revision.no),
            current: Some(revision.no) == chosen,
            mine: Some(revision.no) == decided,
        })
        .collect()
}

fn layouts(paper: &Paper, base: Option<RevisionNo>, current: Layout) -> Vec<LayoutView> {
    let Some(base) = base else { return Vec::new() };
    [Layout::Merged, Layout::Side, Layout::New]
        .into_iter()
        .map(|layout| LayoutView {
            code: layout.code(),
            href: format!("/documents/{}?base={base}&view={}", paper.id, layout.code()),
            current: layout == current,
        })
        .collect()
}

/// For somebody who is asked by another unit: the lines whose task that unit shares. None for everybody else.
fn concerns(paper: &Paper, content: &Content) -> Option<Vec<u32>> {
    let units = paper.speaking_for();
    let shares = |line: &duban_core::document::content::Line| {
        let task = paper.demand.task(line.source);
        task.is_some_and(|task| task.partners.iter().any(|partner| units.contains(&partner.unit)))
    };
    let lines: Vec<_> = content
        .lines
        .iter()
        .filter(|line| shares(line))
        .map(|line| line.id)
        .collect();
    (!lines.is_empty() && lines.len() < content.lines.len()).then_some(lines)
}
