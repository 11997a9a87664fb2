//! Groups of units that wait on each other, and the order in which plans can become final.

use super::build::Graph;
use crate::id::{TaskId, UnitId};
use petgraph::algo::kosaraju_scc;
use petgraph::graph::{DiGraph, NodeIndex};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

/// Units that wait on each other in a ring (a strongly connected component), or a single unit outside any ring.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Group {
    /// The units, by number.
    pub units: BTreeSet<UnitId>,
    /// The tasks whose edges lie inside the group; empty for a single unit.
    pub tasks: BTreeSet<TaskId>,
    /// A shortest ring through the smallest unit and its tasks: "a waits for b by this task, b for c, …, back to a".
    /// Empty for a single unit.
    pub ring: Vec<Wait>,
}

/// "`lead` waits for `support` because of `task`".
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// Who waits.
    pub lead: UnitId,
    /// For whom.
    pub support: UnitId,
    /// Because of which task (the first of several).
    pub task: TaskId,
}

impl Group {
    /// True when its units wait on each other.
    pub fn is_ring(&self) -> bool {
        self.units.len() > 1
    }
}

/// The groups as places: each in rising order, no group waits for one that comes later.
pub(super) struct Condensed {
    /// The groups in order.
    pub(super) groups: Vec<Vec<usize>>,
    /// The group of each place.
    pub(super) home: Vec<usize>,
}

/// The groups of `size` places over arrows (awaited, waiting). Among groups that are free to go, the one with the
/// smallest place comes first, so the same arrows always give the same order.
pub(super) fn condense(size: usize, arrows: impl Iterator<Item = (usize, usize)> + Clone) -> Condensed {
    let mut net: DiGraph<(), ()> = DiGraph::with_capacity(size, 0);
    for _ in 0..size {
        net.add_node(());
    }
    for (awaited, waiting) in arrows.clone() {
        net.add_edge(NodeIndex::new(awaited), NodeIndex::new(waiting), ());
    }
    let mut groups: Vec<Vec<usize>> = kosaraju_scc(&net)
        .into_iter()
        .map(|group| {
            let mut places: Vec<usize> = group.into_iter().map(NodeIndex::index).collect();
            places.sort_unstable();
            places
        })
        .collect();
    groups.sort_unstable();
    let home = home(size, &groups);
    let of = |place: usize| home.get(place).copied().unwrap_or_default();
    let mut between: Vec<(usize, usize)> = arrows
        .map(|(awaited, waiting)| (of(awaited), of(waiting)))
        .filter(|(awaited, waiting)| awaited != waiting)
        .collect();
    between.sort_unstable();
    between.dedup();
    let mut missing = vec![0_usize; groups.len()];
    for (_, waiting) in &between {
        if let Some(count) = missing.get_mut(*waiting) {
            *count += 1;
        }
    }
    let free = missing.iter().enumerate().filter(|(_, count)| **count == 0);
    let mut free: BinaryHeap<Reverse<usize>> = free.map(|(group, _)| Reverse(group)).collect();
    let mut order = Vec::with_capacity(groups.len());
    while let Some(Reverse(next)) = free.pop() {
        order.push(next);
        let from = between.partition_point(|(awaited, _)| *awaited < next);
        let waiting = between.get(from..).unwrap_or_default().iter();
        for (_, waiting) in waiting.take_while(|(awaited, _)| *awaited == next) {
            if let Some(count) = missing.get_mut(*waiting) {
                *count -= 1;
                if *count == 0 {
                    free.push(Reverse(*waiting));
                }
            }
        }
    }
    let groups: Vec<Vec<usize>> = order
        .into_iter()
        .filter_map(|group| groups.get_mut(group).map(std::mem::take))
        .collect();
    Condensed {
        home: self::home(size, &groups),
        groups,
    }
}

fn home(size: usize, groups: &[Vec<usize>]) -> Vec<usize> {
    let mut home = vec![0; size];
    for (index, group) in groups.iter().enumerate() {
        for place in group {
            if let Some(found) = home.get_mut(*place) {
                *found = index;
            }
        }
    }
    home
}

impl Graph {
    pub(super) fn condensed(&self) -> Condensed {
        condense(self.size(), self.ends().iter().copied())
    }

    /// All groups in an order in which plans can become final: no group waits for one that comes later. A ring has
    /// no order inside; it becomes final together. Among groups that are free to go, the one with the smallest unit
    /// number comes first, so the same graph always gives the same order.
    pub fn order(&self) -> Vec<Group> {
        let condensed = self.condensed();
        let mut groups: Vec<Group> = condensed
            .groups
            .iter()
            .map(|places| Group {
                units: places.iter().filter_map(|place| self.unit_at(*place)).collect(),
                tasks: BTreeSet::new(),
                ring: places
                    .first()
                    .map(|place| self.ring(*place, &condensed.home))
                    .unwrap_or_default(),
            })
            .collect();
        for (edge, (support, lead)) in self.edges().zip(self.ends()) {
            let (from, to) = (condensed.home.get(*support), condensed.home.get(*lead));
            if from == to
                && let Some(group) = from.and_then(|group| groups.get_mut(*group))
            {
                group.tasks.extend(edge.tasks.iter());
            }
        }
        groups
    }

    /// The groups that wait on each other, the largest first.
    pub fn rings(&self) -> Vec<Group> {
        let mut rings: Vec<Group> = self.order().into_iter().filter(Group::is_ring).collect();
        rings.sort_by_key(|group| (Reverse(group.units.len()), group.units.first().copied()));
        rings
    }

    /// Up to `most` different rings inside a group: for each unit a shortest one through it.
    pub fn rings_in(&self, group: &Group, most: usize) -> Vec<Vec<Wait>> {
        let mut home = vec![0; self.size()];
        for place in group.units.iter().filter_map(|unit| self.place(*unit)) {
            if let Some(found) = home.get_mut(place) {
                *found = 1;
            }
        }
        let mut known: BTreeSet<BTreeSet<UnitId>> = BTreeSet::new();
        let mut rings = Vec::new();
        for place in group.units.iter().filter_map(|unit| self.place(*unit)) {
            if rings.len() == most {
                break;
            }
            let ring = self.ring(place, &home);
            if !ring.is_empty() && known.insert(ring.iter().map(|wait| wait.lead).collect()) {
                rings.push(ring);
            }
        }
        rings
    }

    /// A shortest ring through `start` inside its group, by breadth-first search against the edges' direction.
    fn ring(&self, start: usize, home: &[usize]) -> Vec<Wait> {
        let mut reached: Vec<Option<Wait>> = vec![None; self.size()];
        let mut front = vec![start];
        let closed = |reached: &[Option<Wait>]| reached.get(start).is_some_and(Option::is_some);
        while !front.is_empty() && !closed(&reached) {
            let mut next = Vec::new();
            for lead in front {
                for (edge, support) in self.edges_into(lead) {
                    let inside = home.get(support) == home.get(start);
                    let (true, Some(task)) = (inside, edge.tasks.first()) else {
                        continue;
                    };
                    if let Some(place @ None) = reached.get_mut(support) {
                        *place = Some(Wait {
                            lead: edge.lead,
                            support: edge.support,
                            task: *task,
                        });
                        next.push(support);
                    }
                }
            }
            front = next;
        }
        let mut ring = Vec::new();
        let mut place = start;
        while let Some(Some(wait)) = reached.get(place) {
            ring.push(*wait);
            match self.place(wait.lead) {
                Some(lead) if lead != start => place = lead,
                _ => break,
            }
        }
        ring.reverse();
        ring
    }
}
