//! What is odd about the assignments, and who links others.

use super::{Scene, TaskLink, UnitView, hundredths};
use serde::Serialize;

/// The most bridges that are shown.
const BRIDGES: usize = 20;

#[derive(Serialize)]
pub(super) struct CheckView {
    unassigned: Vec<UnitView>,
    odd: Vec<OddView>,
    doubled: Vec<DoubledView>,
    bridges: Vec<BridgeView>,
}

#[derive(Serialize)]
struct OddView {
    task: TaskLink,
    leads: Vec<UnitView>,
    units: usize,
}

#[derive(Serialize)]
struct DoubledView {
    task: TaskLink,
    unit: UnitView,
}

#[derive(Serialize)]
struct BridgeView {
    unit: UnitView,
    neighbours: usize,
    pairs: usize,
    weight: String,
}

pub(super) fn view(scene: &Scene) -> CheckView {
    let (graph, net) = (scene.graph, &scene.graph.graph);
    let odd = net.odd_leads(graph.labels.tasks.keys().copied()).into_iter();
    let bridges = net.bridges().into_iter().take(BRIDGES);
    CheckView {
        unassigned: scene.units(net.unassigned(&graph.units, graph.on)),
        odd: odd
            .map(|odd| OddView {
                task: scene.task(odd.task),
                leads: scene.units(odd.leads),
                units: odd.units,
            })
            .collect(),
        doubled: net
            .doubled()
            .iter()
            .map(|(task, unit)| DoubledView {
                task: scene.task(*task),
                unit: scene.unit(*unit),
            })
            .collect(),
        bridges: bridges
            .map(|bridge| BridgeView {
                unit: scene.unit(bridge.unit),
                neighbours: bridge.neighbours,
                pairs: bridge.pairs,
                weight: hundredths(bridge.weight),
            })
            .collect(),
    }
}
