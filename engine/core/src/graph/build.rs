//! From assignments to the graph.

use crate::id::{TaskId, UnitId};
use petgraph::graphmap::DiGraphMap;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a unit is to a task.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// 牵头: leads it, confirmed by a person.
    Lead,
    /// 配合: supports the lead.
    Support,
    /// 负责: one of a plain list whose lead nobody has confirmed. Makes no edges.
    Co,
}

impl Part {
    /// The stable code used in classes, the API and locale keys (`graph.part.<code>`).
    pub fn code(self) -> &'static str {
        match self {
            Self::Lead => "lead",
            Self::Support => "support",
            Self::Co => "co",
        }
    }
}

/// A unit's part in a task, as confirmed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Assignment {
    /// The task.
    pub task: TaskId,
    /// The unit.
    pub unit: UnitId,
    /// True for the confirmed lead.
    pub leads: bool,
    /// The collective name through which the unit came in, when the notice does not name the unit itself.
    pub via: Option<String>,
}

/// How much one unit's work weighs for another.
///
/// A task weighs one in all, shared among its parties; a collective name is one party, shared among its members. So
/// a task with eleven units does not outweigh ten tasks with two.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Weight {
    /// The sum over the tasks of one party's share, in millionths of a task (rounded down for each task).
    pub millionths: u64,
    /// The number of tasks.
    pub tasks: u32,
}

/// "`lead` waits for `support`", over all tasks they share in these parts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// The unit that supports.
    pub support: UnitId,
    /// The unit that leads and waits.
    pub lead: UnitId,
    /// How much it weighs.
    pub weight: Weight,
    /// The tasks, in order.
    pub tasks: BTreeSet<TaskId>,
}

/// The graph of one campaign. Same assignments, same graph, whatever their order.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    tasks: BTreeMap<TaskId, BTreeMap<UnitId, Part>>,
    via: BTreeMap<(TaskId, UnitId), String>,
    edges: BTreeMap<(UnitId, UnitId), Edge>,
    net: DiGraphMap<UnitId, ()>,
}

const WHOLE: u64 = 1_000_000;

impl Graph {
    /// Builds the graph. A unit named twice for a task counts once, as lead if it leads; a unit named itself and
    /// through a collective name counts as named.
    pub fn new(assignments: &[Assignment]) -> Self {
        let mut graph = Self::default();
        for assignment in assignments {
            let parts = graph.tasks.entry(assignment.task).or_default();
            let part = parts.entry(assignment.unit).or_insert(Part::Co);
            if assignment.leads {
                *part = Part::Lead;
            }
        }
        let named: BTreeSet<_> = assignments
            .iter()
            .filter(|a| a.via.is_none() || a.leads)
            .map(|a| (a.task, a.unit))
            .collect();
        for assignment in assignments {
            let place = (assignment.task, assignment.unit);
            if let (Some(via), false) = (&assignment.via, named.contains(&place)) {
                graph.via.insert(place, via.clone());
            }
        }
        for parts in graph.tasks.values_mut() {
            if parts.values().any(|part| *part == Part::Lead) {
                for part in parts.values_mut().filter(|part| **part == Part::Co) {
                    *part = Part::Support;
                }
            }
        }
        graph.connect();
        graph
    }

    fn connect(&mut self) {
        for unit in self.units() {
            self.net.add_node(unit);
        }
        for (task, parts) in &self.tasks {
            let leads = parts.iter().filter(|(_, part)| **part == Part::Lead);
            for (lead, _) in leads {
                for support in parts.keys().filter(|unit| *unit != lead) {
                    let edge = self.edges.entry((*support, *lead)).or_insert_with(|| Edge {
                        support: *support,
                        lead: *lead,
                        weight: Weight::default(),
                        tasks: BTreeSet::new(),
                    });
                    edge.weight.millionths += share(*task, *support, parts, &self.via);
                    edge.weight.tasks += 1;
                    edge.tasks.insert(*task);
                    self.net.add_edge(*support, *lead, ());
                }
            }
        }
    }

    /// Every unit with a part in some task, by number.
    pub fn units(&self) -> BTreeSet<UnitId> {
        self.tasks.values().flat_map(|parts| parts.keys().copied()).collect()
    }

    /// The tasks with each unit's part: the task × unit matrix.
    pub fn tasks(&self) -> &BTreeMap<TaskId, BTreeMap<UnitId, Part>> {
        &self.tasks
    }

    /// The collective name through which `unit` came into `task`; none when it is named itself or has no part.
    pub fn via(&self, task: TaskId, unit: UnitId) -> Option<&str> {
        self.via.get(&(task, unit)).map(String::as_str)
    }

    /// The edges by (support, lead): the unit × unit weights.
    pub fn edges(&self) -> impl Iterator<Item = &Edge> {
        self.edges.values()
    }

    /// The edge "`lead` waits for `support`", if there is one.
    pub fn edge(&self, support: UnitId, lead: UnitId) -> Option<&Edge> {
        self.edges.get(&(support, lead))
    }

    /// The bare graph: nodes are units, edges run from support to lead.
    pub fn net(&self) -> &DiGraphMap<UnitId, ()> {
        &self.net
    }
}

/// One party's share of a task in millionths; members of a collective share one party's share.
fn share(task: TaskId, unit: UnitId, parts: &BTreeMap<UnitId, Part>, via: &BTreeMap<(TaskId, UnitId), String>) -> u64 {
    let mut parties = 0_u64;
    let mut collectives: BTreeMap<&str, u64> = BTreeMap::new();
    for member in parts.keys() {
        match via.get(&(task, *member)) {
            Some(name) => *collectives.entry(name).or_default() += 1,
            None => parties += 1,
        }
    }
    parties += collectives.len() as u64;
    let members = via
        .get(&(task, unit))
        .and_then(|name| collectives.get(name.as_str()))
        .copied()
        .unwrap_or(1);
    WHOLE / (parties * members).max(1)
}
