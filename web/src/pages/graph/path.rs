//! Rings with the order in which plans can become final, and the critical path.

use super::{Scene, TaskLink, UnitView};
use chrono::NaiveDate;
use duban_core::graph::{Group, Step, Wait};
use serde::Serialize;

/// The most rings of one group that are drawn.
pub(super) const RINGS: usize = 6;

#[derive(Serialize)]
pub(super) struct RingsView {
    groups: Vec<RingGroupView>,
    order: Vec<OrderView>,
}

#[derive(Serialize)]
struct RingGroupView {
    units: Vec<UnitView>,
    rings: Vec<RingView>,
    tasks: Vec<TaskLink>,
}

#[derive(Serialize)]
struct RingView {
    svg: String,
    waits: Vec<WaitView>,
}

#[derive(Serialize)]
struct WaitView {
    lead: String,
    support: String,
    task: TaskLink,
}

#[derive(Serialize)]
struct OrderView {
    units: Vec<UnitView>,
    ring: bool,
}

pub(super) fn rings(scene: &Scene) -> RingsView {
    let net = &scene.graph.graph;
    let mut drawn = 0;
    let wait = |wait: &Wait| WaitView {
        lead: scene.graph.labels.unit(wait.lead),
        support: scene.graph.labels.unit(wait.support),
        task: scene.task(wait.task),
    };
    let mut group = |group: Group| RingGroupView {
        units: scene.units(group.units.iter().copied()),
        rings: net
            .rings_in(&group, RINGS)
            .iter()
            .map(|ring| {
                drawn += 1;
                RingView {
                    svg: scene.ring_svg(ring, drawn, true),
                    waits: ring.iter().map(wait).collect(),
                }
            })
            .collect(),
        tasks: scene.tasks(&group.tasks),
    };
    let groups = net.rings().into_iter().map(&mut group).collect();
    // Neighbours in the order that do not wait for each other are shown in one step: the list stays short.
    let mut order: Vec<OrderView> = Vec::new();
    for group in net.order() {
        let units = scene.units(group.units.iter().copied());
        let waits = |last: &OrderView| {
            let supports = group.units.iter().flat_map(|unit| net.waits_for(*unit));
            let mut supports = supports.map(|edge| edge.support.0);
            supports.any(|support| last.units.iter().any(|unit| unit.id == support))
        };
        match order.last_mut() {
            Some(last) if !last.ring && !group.is_ring() && !waits(last) => last.units.extend(units),
            _ => order.push(OrderView {
                units,
                ring: group.is_ring(),
            }),
        }
    }
    RingsView { groups, order }
}

#[derive(Serialize)]
pub(super) struct CriticalView {
    svg: String,
    path: Vec<StepView>,
    others: Vec<StepView>,
    last: Option<NaiveDate>,
}

#[derive(Serialize)]
struct StepView {
    units: Vec<UnitView>,
    slowest: String,
    own: NaiveDate,
    day: NaiveDate,
    /// True when it waits for others longer than it needs itself.
    waits: bool,
    slack: i64,
    tasks: Vec<TaskLink>,
}

pub(super) fn critical(scene: &Scene) -> CriticalView {
    let found = scene.graph.graph.critical(&scene.graph.courses, scene.graph.clock());
    let step = |step: &Step| StepView {
        units: scene.units(step.units.iter().copied()),
        slowest: scene.graph.labels.unit(step.slowest),
        own: step.own,
        day: step.day,
        waits: step.day > step.own,
        slack: step.slack,
        tasks: scene.tasks(&step.tasks),
    };
    CriticalView {
        svg: if found.path.is_empty() {
            String::new()
        } else {
            scene.critical_svg(&found, true)
        },
        last: found.path.last().map(|step| step.day),
        path: found.path.iter().map(step).collect(),
        others: found.others.iter().map(step).collect(),
    }
}
