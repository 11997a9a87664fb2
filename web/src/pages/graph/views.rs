//! Three columns, and one unit in the middle.

use super::{ChoiceView, Scene, TaskLink, UnitView, hundredths};
use duban_core::graph::around::{Far, Tie};
use duban_core::graph::picture::Focus;
use duban_core::graph::{Part, Party};
use duban_core::id::{TaskId, UnitId};
use serde::Serialize;

#[derive(Serialize)]
pub(super) struct ColumnsView {
    svg: String,
    /// What the picture dwells on, in words.
    focus: String,
    choices: Vec<ChoiceView>,
    bundles: Vec<BundleView>,
}

#[derive(Serialize)]
struct BundleView {
    lead: Option<UnitView>,
    tasks: Vec<BundleTask>,
}

#[derive(Serialize)]
struct BundleTask {
    task: TaskLink,
    supports: String,
}

pub(super) fn columns(scene: &Scene) -> ColumnsView {
    let net = &scene.graph.graph;
    let focus = focus(scene);
    let choices = net.parties();
    let choices = choices.all().map(|party| ChoiceView {
        id: match &party {
            Party::Unit(unit) => format!("u{unit}"),
            Party::Collective(name) => format!("c{name}"),
        },
        name: scene.party(&party),
        chosen: focus == Some(Focus::Party(party)),
    });
    let bundles = net.bundles().into_iter().map(|(lead, tasks)| BundleView {
        lead: lead.map(|unit| scene.unit(unit)),
        tasks: tasks
            .into_iter()
            .map(|task| {
                let parts = net.parties_of(task);
                let supports = parts.iter().filter(|(_, part)| **part != Part::Lead);
                let names: Vec<String> = supports.map(|(party, _)| scene.party(party)).collect();
                BundleTask {
                    task: scene.task(task),
                    supports: names.join("、"),
                }
            })
            .collect(),
    });
    ColumnsView {
        svg: scene.columns_svg(focus.as_ref(), true),
        choices: choices.collect(),
        bundles: bundles.collect(),
        focus: match &focus {
            None => String::new(),
            Some(Focus::Party(party)) => scene.party(party),
            Some(Focus::Task(task)) => {
                let link = scene.task(*task);
                format!("{} {}", link.number, link.title)
            }
        },
    }
}

/// What the address says to dwell on; none when it names nothing of this graph.
pub(super) fn focus(scene: &Scene) -> Option<Focus> {
    let net = &scene.graph.graph;
    let text = scene.query.focus.as_deref()?;
    if let Some(name) = text.strip_prefix('c') {
        let known = net.parties().collectives.contains_key(name);
        return known.then(|| Focus::Party(Party::Collective(name.to_owned())));
    }
    if let Some(unit) = text.strip_prefix('u').and_then(|text| text.parse().ok()) {
        let known = net.units().contains(&UnitId(unit));
        return known.then_some(Focus::Party(Party::Unit(UnitId(unit))));
    }
    let task = TaskId(text.strip_prefix('t')?.parse().ok()?);
    net.tasks().contains_key(&task).then_some(Focus::Task(task))
}

#[derive(Serialize)]
pub(super) struct EgoView {
    svg: String,
    unit: Option<UnitView>,
    choices: Vec<ChoiceView>,
    waits_for: Vec<TieView>,
    waited_by: Vec<TieView>,
    further: Vec<FarView>,
    beyond: Vec<FarView>,
}

#[derive(Serialize)]
struct TieView {
    name: String,
    unit: Option<i64>,
    tasks: Vec<TaskLink>,
    weight: String,
}

#[derive(Serialize)]
struct FarView {
    unit: UnitView,
    over: String,
}

pub(super) fn ego(scene: &Scene) -> EgoView {
    let net = &scene.graph.graph;
    let chosen = middle(scene);
    let around = chosen.and_then(|unit| net.around(unit));
    let mut units: Vec<UnitId> = net.parties().units;
    units.extend(
        net.units()
            .into_iter()
            .filter(|unit| !net.parties().units.contains(unit)),
    );
    let ties = |ties: &[Tie]| -> Vec<TieView> {
        let tie = |tie: &Tie| TieView {
            name: scene.party(&tie.party),
            unit: match &tie.party {
                Party::Unit(unit) => Some(unit.0),
                Party::Collective(_) => None,
            },
            tasks: scene.tasks(&tie.tasks),
            weight: hundredths(tie.weight),
        };
        ties.iter().map(tie).collect()
    };
    let far = |units: &[Far]| -> Vec<FarView> {
        let far = |far: &Far| {
            let names: Vec<String> = far.over.iter().map(|unit| scene.graph.labels.unit(*unit)).collect();
            FarView {
                unit: scene.unit(far.unit),
                over: names.join("、"),
            }
        };
        units.iter().map(far).collect()
    };
    EgoView {
        svg: around
            .as_ref()
            .map(|around| scene.ego_svg(around, true))
            .unwrap_or_default(),
        unit: chosen.map(|unit| scene.unit(unit)),
        choices: scene.choices(units, chosen),
        waits_for: around
            .as_ref()
            .map(|around| ties(&around.waits_for))
            .unwrap_or_default(),
        waited_by: around
            .as_ref()
            .map(|around| ties(&around.waited_by))
            .unwrap_or_default(),
        further: around.as_ref().map(|around| far(&around.further)).unwrap_or_default(),
        beyond: around.as_ref().map(|around| far(&around.beyond)).unwrap_or_default(),
    }
}

/// The unit that the address asks for, else one of the reader's own, else the one that leads most.
pub(super) fn middle(scene: &Scene) -> Option<UnitId> {
    let net = &scene.graph.graph;
    let there = net.units();
    let asked = scene.query.unit.map(UnitId).filter(|unit| there.contains(unit));
    let own = scene.signed.caller.posts.iter().map(|post| post.unit);
    let own = own.into_iter().find(|unit| there.contains(unit));
    asked.or(own).or_else(|| net.parties().units.first().copied())
}
