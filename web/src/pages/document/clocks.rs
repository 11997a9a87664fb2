//! The two clocks of a paper as shown: budgets and used days, what was late, the colours of every visit, extensions.

use super::ActorView;
use crate::extract::Signed;
use duban_core::clock::record::{Record, Visit};
use duban_core::clock::{Clock, Side};
use duban_core::workflow::ActKind;
use duban_service::paper::Paper;
use serde::Serialize;

/// The panel.
#[derive(Debug, Serialize)]
pub struct ClocksView {
    clocks: Vec<ClockView>,
    visits: Vec<VisitView>,
    extensions: Vec<ExtensionView>,
    /// True when a request waits for a decision.
    asked: bool,
    ask: Option<AskView>,
}

/// One clock.
#[derive(Debug, Serialize)]
struct ClockView {
    /// `unit` or `reviewer`.
    side: &'static str,
    /// Working days allowed; none where no last day was ever set.
    budget: Option<u32>,
    /// Working days used by the end of today.
    used: u32,
    /// Working days left; 0 when overdrawn.
    left: i64,
    /// Working days late, all visits together.
    late: u32,
    runs: bool,
    /// Its last day while it runs, ISO 8601; empty otherwise.
    due: String,
    /// For the bar: what of the budget is used.
    shown: u32,
}

#[derive(Debug, Serialize)]
struct VisitView {
    stage: String,
    side: &'static str,
    opened: String,
    /// Empty while it lasts.
    closed: String,
    due: String,
    used: u32,
    late: u32,
    lights: Vec<LightView>,
}

#[derive(Debug, Serialize)]
struct LightView {
    code: &'static str,
    since: String,
}

#[derive(Debug, Serialize)]
struct ExtensionView {
    state: &'static str,
    due: String,
    until: String,
    reason: String,
    note: String,
    asked_by: ActorView,
    asked_at: String,
    decided_by: Option<ActorView>,
    decided_at: String,
}

/// The form for asking, where it is not part of the decision bar.
#[derive(Debug, Serialize)]
struct AskView {
    command: String,
    expected: u32,
}

fn side(side: Side) -> &'static str {
    match side {
        Side::Unit => "unit",
        Side::Reviewer => "reviewer",
    }
}

/// The clocks of `paper`; with the form for asking for a later day where the reader may and `asking` says so.
pub fn view(signed: &Signed, paper: &Paper, asking: bool) -> ClocksView {
    let record = paper.clocks();
    let extensions = &paper.instance.extensions;
    let may_ask = asking && paper.offers_of(ActKind::AskExtension).next().is_some();
    ClocksView {
        clocks: vec![
            clock(paper, &record, (Side::Unit, &record.clocks.unit), record.has_budget),
            clock(
                paper,
                &record,
                (Side::Reviewer, &record.clocks.reviewer),
                record.clocks.reviewer.budget > 0,
            ),
        ],
        visits: record.visits.iter().map(|one| visit(signed, paper, one)).collect(),
        asked: paper.instance.extension_asked().is_some(),
        extensions: extensions
            .iter()
            .rev()
            .map(|one| ExtensionView {
                state: one.state.code(),
                due: one.due_on.to_string(),
                until: one.until.to_string(),
                reason: one.reason.clone(),
                note: one.note.clone(),
                asked_by: super::actor_view(paper, &one.asked_by),
                asked_at: one.asked.now.to_rfc3339(),
                decided_by: one.decided_by.as_ref().map(|actor| super::actor_view(paper, actor)),
                decided_at: one.decided.map_or_else(String::new, |at| at.now.to_rfc3339()),
            })
            .collect(),
        ask: may_ask.then(|| AskView {
            command: super::fresh_command(),
            expected: paper.instance.version.0,
        }),
    }
}

fn clock(paper: &Paper, record: &Record, (of, clock): (Side, &Clock), has_budget: bool) -> ClockView {
    let today = paper.instance.suspended.map_or(paper.at.day, |since| since.day);
    let used = clock.used_on(today, &paper.calendar);
    let running = record
        .visits
        .iter()
        .filter(|visit| visit.side == of && visit.closed.is_none());
    let due = running.filter_map(|visit| visit.due_on).min();
    ClockView {
        side: side(of),
        budget: has_budget.then_some(clock.budget),
        used,
        left: clock.left_on(today, &paper.calendar).max(0),
        late: record.late(of),
        runs: clock.since.is_some() && paper.instance.suspended.is_none() && paper.instance.finish.is_none(),
        due: due.map_or_else(String::new, |day| day.to_string()),
        shown: used.min(clock.budget),
    }
}

fn visit(signed: &Signed, paper: &Paper, one: &Visit) -> VisitView {
    let lights = one.lights.iter().map(|(since, light)| LightView {
        code: light.code(),
        since: since.to_string(),
    });
    VisitView {
        stage: super::stage_title(signed, paper, &one.stage),
        side: side(one.side),
        opened: one.opened.to_string(),
        closed: one.closed.map_or_else(String::new, |day| day.to_string()),
        due: one.due_on.map_or_else(String::new, |day| day.to_string()),
        used: one.used,
        late: one.late,
        lights: lights.collect(),
    }
}
