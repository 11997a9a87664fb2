//! The two matrices as tables: task × unit, and unit × unit.

use super::{Scene, TaskLink, UnitView, hundredths};
use duban_core::graph::{Part, Party};
use duban_core::id::UnitId;
use serde::Serialize;
use std::collections::BTreeSet;

#[derive(Serialize)]
pub(super) struct MatrixView {
    columns: Vec<ColumnView>,
    rows: Vec<TaskRow>,
    lights: Vec<LightView>,
}

/// A light as a filter, with the number of plans that have it.
#[derive(Serialize)]
struct LightView {
    code: &'static str,
    count: usize,
    current: bool,
}

/// A unit, or a collective name that stands for many.
#[derive(Serialize)]
struct ColumnView {
    name: String,
    unit: Option<UnitView>,
    members: usize,
    leads: usize,
    supports: usize,
}

#[derive(Serialize)]
struct TaskRow {
    task: TaskLink,
    cells: Vec<Option<&'static str>>,
    parties: usize,
}

pub(super) fn matrix(scene: &Scene) -> MatrixView {
    let net = &scene.graph.graph;
    let parties = net.parties();
    let wanted = scene.query.light.as_deref().unwrap_or_default();
    let known = ["red", "yellow", "green", "grey", "done"];
    let wanted = known.into_iter().find(|code| *code == wanted);
    let lights = known.into_iter().map(|code| LightView {
        code,
        count: scene
            .graph
            .plans
            .iter()
            .filter(|(unit, plan)| plan.light.code() == code && parties.units.contains(unit))
            .count(),
        current: wanted == Some(code),
    });
    let shown: Vec<Party> = parties
        .all()
        .filter(|party| match (wanted, party) {
            (None, _) => true,
            (Some(_), Party::Collective(_)) => false,
            (Some(code), Party::Unit(unit)) => scene
                .graph
                .plans
                .get(unit)
                .is_some_and(|plan| plan.light.code() == code),
        })
        .collect();
    let rows: Vec<TaskRow> = net
        .tasks()
        .keys()
        .map(|task| {
            let parts = net.parties_of(*task);
            TaskRow {
                task: scene.task(*task),
                cells: shown
                    .iter()
                    .map(|party| parts.get(party).map(|part| part.code()))
                    .collect(),
                parties: parts.len(),
            }
        })
        .filter(|row| wanted.is_none() || row.cells.iter().any(Option::is_some))
        .collect();
    let columns = shown.iter().enumerate().map(|(index, party)| {
        let count = |leads: bool| {
            let cells = rows.iter().filter_map(|row| row.cells.get(index).copied().flatten());
            cells.filter(|code| (*code == Part::Lead.code()) == leads).count()
        };
        ColumnView {
            name: scene.party(party),
            unit: match party {
                Party::Unit(unit) => Some(scene.unit(*unit)),
                Party::Collective(_) => None,
            },
            members: parties.members(party).unwrap_or_default(),
            leads: count(true),
            supports: count(false),
        }
    });
    MatrixView {
        columns: columns.collect(),
        lights: lights.filter(|light| light.count > 0).collect(),
        rows,
    }
}

#[derive(Serialize)]
pub(super) struct WeightsView {
    leads: Vec<UnitView>,
    rows: Vec<WeightRow>,
    collectives: usize,
    pair: Option<PairView>,
}

#[derive(Serialize)]
struct WeightRow {
    unit: UnitView,
    cells: Vec<Option<WeightCell>>,
    tasks: u32,
    weight: String,
}

#[derive(Serialize)]
struct WeightCell {
    lead: i64,
    lead_name: String,
    tasks: u32,
    numbers: String,
}

/// The tasks through which one unit waits for another.
#[derive(Serialize)]
struct PairView {
    lead: UnitView,
    support: UnitView,
    tasks: Vec<TaskLink>,
    weight: String,
}

pub(super) fn weights(scene: &Scene) -> WeightsView {
    let net = &scene.graph.graph;
    let ranked = net.ranked();
    let leads: Vec<UnitId> = ranked
        .iter()
        .copied()
        .filter(|unit| net.waits_for(*unit).next().is_some())
        .collect();
    let rows = ranked.iter().map(|support| {
        let cells = leads.iter().map(|lead| {
            net.edge(*support, *lead).map(|edge| WeightCell {
                lead: lead.0,
                lead_name: scene.graph.labels.unit(*lead),
                tasks: edge.weight.tasks,
                numbers: scene.numbers(&edge.tasks),
            })
        });
        let awaited = net.awaited(*support);
        WeightRow {
            unit: scene.unit(*support),
            cells: cells.collect(),
            tasks: awaited.tasks,
            weight: hundredths(awaited.millionths),
        }
    });
    let pair = scene.query.support.zip(scene.query.lead);
    let pair = pair.and_then(|(support, lead)| net.edge(UnitId(support), UnitId(lead)));
    WeightsView {
        rows: rows.collect(),
        leads: scene.units(leads.iter().copied()),
        collectives: net.parties().collectives.values().map(BTreeSet::len).sum(),
        pair: pair.map(|edge| PairView {
            lead: scene.unit(edge.lead),
            support: scene.unit(edge.support),
            tasks: scene.tasks(&edge.tasks),
            weight: hundredths(edge.weight.millionths),
        }),
    }
}
