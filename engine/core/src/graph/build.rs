//! From assignments to the graph.

use crate::id::{TaskId, UnitId};
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
///
/// Units have places: their rank by number. Edges are kept in one list ordered by (support, lead), with the ranges of
/// each support and a second order by lead, so that every question walks plain arrays.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    tasks: BTreeMap<TaskId, BTreeMap<UnitId, Part>>,
    via: BTreeMap<(TaskId, UnitId), String>,
    doubled: BTreeSet<(TaskId, UnitId)>,
    units: Vec<UnitId>,
    edges: Vec<Edge>,
    /// Places of support and lead of each edge.
    ends: Vec<(usize, usize)>,
    /// Where the edges of each support begin; one more at the end.
    out: Vec<usize>,
    /// Edges ordered by (lead, support).
    by_lead: Vec<usize>,
    /// Where the edges of each lead begin in `by_lead`; one more at the end.
    into: Vec<usize>,
}

/// One unit's share of a task.
pub(super) struct Share {
    /// The unit's place.
    pub(super) place: usize,
    /// What it is to the task.
    pub(super) part: Part,
    /// In millionths of a task.
    pub(super) share: u64,
}

pub(super) const WHOLE: u64 = 1_000_000;

impl Graph {
    /// Builds the graph. A unit named twice for a task counts once, as lead if it leads (and is told by
    /// [`Graph::doubled`]); a unit named itself and through a collective name counts as named.
    pub fn new(assignments: &[Assignment]) -> Self {
        let mut graph = Self::default();
        let mut leading: BTreeSet<(TaskId, UnitId)> = BTreeSet::new();
        let mut helping: BTreeSet<(TaskId, UnitId)> = BTreeSet::new();
        for assignment in assignments {
            let place = (assignment.task, assignment.unit);
            let parts = graph.tasks.entry(assignment.task).or_default();
            let part = parts.entry(assignment.unit).or_insert(Part::Co);
            if assignment.leads {
                *part = Part::Lead;
                leading.insert(place);
            } else {
                helping.insert(place);
            }
        }
        graph.doubled = leading.intersection(&helping).copied().collect();
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
        self.units = self.tasks.values().flat_map(|parts| parts.keys().copied()).collect();
        self.units.sort_unstable();
        self.units.dedup();
        // (support, lead, task, share)
        let mut waits: Vec<(usize, usize, TaskId, u64)> = Vec::new();
        for (task, parts) in &self.tasks {
            if !parts.values().any(|part| *part == Part::Lead) {
                continue;
            }
            let shares = self.shares(*task, parts);
            for lead in shares.iter().filter(|one| one.part == Part::Lead) {
                let others = shares.iter().filter(|other| other.place != lead.place);
                waits.extend(others.map(|other| (other.place, lead.place, *task, other.share)));
            }
        }
        waits.sort_unstable();
        for (support, lead, task, share) in waits {
            if self.ends.last() != Some(&(support, lead)) {
                let (Some(from), Some(to)) = (self.units.get(support), self.units.get(lead)) else {
                    continue;
                };
                self.ends.push((support, lead));
                self.edges.push(Edge {
                    support: *from,
                    lead: *to,
                    weight: Weight::default(),
                    tasks: BTreeSet::new(),
                });
            }
            if let Some(edge) = self.edges.last_mut() {
                edge.weight.millionths += share;
                edge.weight.tasks += 1;
                edge.tasks.insert(task);
            }
        }
        self.out = starts(self.units.len(), self.ends.iter().map(|(support, _)| *support));
        self.by_lead = (0..self.edges.len()).collect();
        let ends = &self.ends;
        self.by_lead
            .sort_by_key(|edge| ends.get(*edge).map(|(support, lead)| (*lead, *support)));
        self.into = starts(self.units.len(), self.ends.iter().map(|(_, lead)| *lead));
    }

    /// The shares of a task. A party's share is one divided by the number of parties; members of a collective name
    /// share one party's share.
    pub(super) fn shares(&self, task: TaskId, parts: &BTreeMap<UnitId, Part>) -> Vec<Share> {
        let mut parties = 0_u64;
        let mut collectives: BTreeMap<&str, u64> = BTreeMap::new();
        for member in parts.keys() {
            match self.via(task, *member) {
                Some(name) => *collectives.entry(name).or_default() += 1,
                None => parties += 1,
            }
        }
        parties += collectives.len() as u64;
        let share = |unit: &UnitId| {
            let members = self.via(task, *unit).and_then(|name| collectives.get(name));
            WHOLE / (parties * members.copied().unwrap_or(1)).max(1)
        };
        let placed = parts.iter().filter_map(|(unit, part)| {
            Some(Share {
                place: self.place(*unit)?,
                part: *part,
                share: share(unit),
            })
        });
        placed.collect()
    }

    /// Every unit with a part in some task, by number.
    pub fn units(&self) -> BTreeSet<UnitId> {
        self.units.iter().copied().collect()
    }

    /// The tasks with each unit's part: the task × unit matrix.
    pub fn tasks(&self) -> &BTreeMap<TaskId, BTreeMap<UnitId, Part>> {
        &self.tasks
    }

    /// The collective name through which `unit` came into `task`; none when it is named itself or has no part.
    pub fn via(&self, task: TaskId, unit: UnitId) -> Option<&str> {
        self.via.get(&(task, unit)).map(String::as_str)
    }

    /// Units that are named for one task both as its lead and among those who support.
    pub fn doubled(&self) -> &BTreeSet<(TaskId, UnitId)> {
        &self.doubled
    }

    /// The edges by (support, lead): the unit × unit weights.
    pub fn edges(&self) -> impl Iterator<Item = &Edge> {
        self.edges.iter()
    }

    /// The edge "`lead` waits for `support`", if there is one.
    pub fn edge(&self, support: UnitId, lead: UnitId) -> Option<&Edge> {
        let found = self
            .edges
            .binary_search_by_key(&(support, lead), |edge| (edge.support, edge.lead));
        self.edges.get(found.ok()?)
    }

    /// The edges of those who wait for `unit`.
    pub fn waited_by(&self, unit: UnitId) -> impl Iterator<Item = &Edge> {
        let place = self.place(unit);
        place
            .into_iter()
            .flat_map(|place| self.edges_from(place))
            .map(|(edge, _)| edge)
    }

    /// The edges of those for whom `unit` waits.
    pub fn waits_for(&self, unit: UnitId) -> impl Iterator<Item = &Edge> {
        let place = self.place(unit);
        place
            .into_iter()
            .flat_map(|place| self.edges_into(place))
            .map(|(edge, _)| edge)
    }

    pub(super) fn size(&self) -> usize {
        self.units.len()
    }

    pub(super) fn place(&self, unit: UnitId) -> Option<usize> {
        self.units.binary_search(&unit).ok()
    }

    pub(super) fn unit_at(&self, place: usize) -> Option<UnitId> {
        self.units.get(place).copied()
    }

    /// Places of support and lead of every edge, in the order of [`Graph::edges`].
    pub(super) fn ends(&self) -> &[(usize, usize)] {
        &self.ends
    }

    /// Edges whose support stands at `place`, with the place of the lead.
    pub(super) fn edges_from(&self, place: usize) -> impl Iterator<Item = (&Edge, usize)> {
        let found = range(&self.out, place);
        let edges = self.edges.get(found.clone()).unwrap_or_default();
        let ends = self.ends.get(found).unwrap_or_default();
        edges.iter().zip(ends.iter().map(|(_, lead)| *lead))
    }

    /// Edges whose lead stands at `place`, with the place of the support.
    pub(super) fn edges_into(&self, place: usize) -> impl Iterator<Item = (&Edge, usize)> {
        let found = self.by_lead.get(range(&self.into, place)).unwrap_or_default();
        found
            .iter()
            .filter_map(|edge| Some((self.edges.get(*edge)?, self.ends.get(*edge)?.0)))
    }
}

fn range(starts: &[usize], place: usize) -> std::ops::Range<usize> {
    match (starts.get(place), starts.get(place + 1)) {
        (Some(from), Some(until)) => *from..*until,
        _ => 0..0,
    }
}

/// For each of `size` places where its run begins in a list that is ordered by place; one more at the end.
fn starts(size: usize, places: impl Iterator<Item = usize>) -> Vec<usize> {
    let mut starts = vec![0; size + 1];
    for place in places {
        if let Some(count) = starts.get_mut(place + 1) {
            *count += 1;
        }
    }
    let mut sum = 0;
    for start in &mut starts {
        sum += *start;
        *start = sum;
    }
    starts
}
