//! Who waits for whom now, whose next act frees most, and what slips when somebody is late.

use super::{ChoiceView, Scene, UnitView, hundredths};
use chrono::NaiveDate;
use duban_core::graph::Turn;
use duban_core::id::{TaskId, UnitId};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// Longest lateness that the page plays through, in working days.
const LATEST: u32 = 60;
/// Units that are shown before the others are folded.
const FIRST: usize = 12;

#[derive(Serialize)]
pub(super) struct NowView {
    /// The first of those who can act, and all others.
    freeing: Vec<FreeingView>,
    freeing_rest: Vec<FreeingView>,
    waits: Vec<WaitingView>,
    mutual: Vec<Vec<UnitView>>,
    choices: Vec<ChoiceView>,
    late: u32,
    late_unit: String,
    slips: Option<Vec<SlipView>>,
}

#[derive(Serialize)]
struct FreeingView {
    unit: UnitView,
    turns: Vec<TurnView>,
    frees: Vec<UnitView>,
    waited_by: usize,
    in_the_end: usize,
    weight: String,
}

#[derive(Serialize)]
struct TurnView {
    owner: String,
    own: bool,
    stage: String,
    role: &'static str,
    since: NaiveDate,
    due_on: Option<NaiveDate>,
}

/// One unit with all it waits for.
#[derive(Serialize)]
struct WaitingView {
    unit: UnitView,
    /// Units with which its papers lie.
    papers: Vec<TurnView>,
    /// Units for whose plans it waits, with the tasks.
    plans: Vec<HeldView>,
}

#[derive(Serialize)]
struct HeldView {
    name: String,
    numbers: String,
}

#[derive(Serialize)]
struct SlipView {
    name: String,
    planned: NaiveDate,
    now: NaiveDate,
    days: i64,
    because: String,
}

pub(super) fn view(scene: &Scene) -> NowView {
    let graph = scene.graph;
    let now = graph.now();
    let freeing = now.freeing();
    let late = scene.query.late.filter(|late| (1..=LATEST).contains(late));
    let late_unit = scene.query.unit.map(UnitId);
    let slips = late.zip(late_unit).map(|(late, unit)| slips(scene, unit, late));
    let able = freeing.iter().map(|one| one.unit).collect::<Vec<_>>();
    let rows = freeing.into_iter().map(|one| FreeingView {
        turns: one.turns.iter().map(|turn| turn_view(scene, turn, one.unit)).collect(),
        unit: scene.unit(one.unit),
        frees: scene.units(one.frees),
        waited_by: one.waited_by,
        in_the_end: one.in_the_end,
        weight: hundredths(one.weight),
    });
    let mut freeing: Vec<FreeingView> = rows.collect();
    let freeing_rest = freeing.split_off(freeing.len().min(FIRST));
    NowView {
        freeing,
        freeing_rest,
        waits: waiting(scene, &now),
        mutual: now.mutual().into_iter().map(|units| scene.units(units)).collect(),
        choices: scene.choices(able, late_unit),
        late: late.unwrap_or(3),
        late_unit: late_unit.map(|unit| graph.labels.unit(unit)).unwrap_or_default(),
        slips,
    }
}

fn turn_view(scene: &Scene, turn: &Turn, seen_by: UnitId) -> TurnView {
    let stage = scene.graph.stages.get(&(turn.document, turn.stage.clone()));
    let shown = if turn.owner == seen_by { turn.unit } else { turn.owner };
    TurnView {
        owner: scene.graph.labels.unit(shown),
        own: turn.owner == turn.unit,
        stage: stage.map_or_else(
            || turn.stage.0.clone(),
            |title| title.get(scene.signed.locale.tag()).to_owned(),
        ),
        role: turn.role.code(),
        since: turn.since,
        due_on: turn.due_on,
    }
}

/// The tasks through which a plan waits, by whom it waits for.
type Plans = BTreeMap<String, BTreeSet<TaskId>>;

/// Whoever waits, in the order of units; a plan that waits for members of a collective name waits for that name.
fn waiting(scene: &Scene, now: &duban_core::graph::Now) -> Vec<WaitingView> {
    let net = &scene.graph.graph;
    let mut found: BTreeMap<UnitId, (Vec<TurnView>, Plans)> = BTreeMap::new();
    for wait in now.waits() {
        let (papers, plans) = found.entry(wait.waits).or_default();
        let lie = scene.graph.turns.iter().filter(|turn| {
            turn.owner == wait.waits && turn.unit == wait.awaited && wait.papers.contains(&turn.document)
        });
        let mut lie: Vec<TurnView> = lie.map(|turn| turn_view(scene, turn, wait.waits)).collect();
        // Two seats of one unit in one stage are one wait.
        lie.dedup_by_key(|turn| (turn.owner.clone(), turn.stage.clone()));
        papers.extend(lie);
        if let Some(edge) = net.edge(wait.awaited, wait.waits).filter(|_| wait.tasks > 0) {
            for task in &edge.tasks {
                let name = net.via(*task, wait.awaited).map(str::to_owned);
                let name = name.unwrap_or_else(|| scene.graph.labels.unit(wait.awaited));
                plans.entry(name).or_default().insert(*task);
            }
        }
    }
    let rows = found.into_iter().map(|(unit, (papers, plans))| WaitingView {
        unit: scene.unit(unit),
        papers,
        plans: plans
            .into_iter()
            .map(|(name, tasks)| HeldView {
                name,
                numbers: scene.numbers(&tasks),
            })
            .collect(),
    });
    rows.collect()
}

fn slips(scene: &Scene, unit: UnitId, late: u32) -> Vec<SlipView> {
    let graph = scene.graph;
    let slips = graph.graph.impact(&graph.courses, unit, late, graph.clock());
    let rows = slips.into_iter().map(|slip| SlipView {
        name: graph.labels.unit(slip.unit),
        planned: slip.planned,
        now: slip.now,
        days: slip.days,
        because: slip.because.map(|unit| graph.labels.unit(unit)).unwrap_or_default(),
    });
    rows.collect()
}
