//! Groups of units that wait on each other, and the order in which plans can become final.

use super::build::{Edge, Graph};
use crate::id::{TaskId, UnitId};
use petgraph::algo::tarjan_scc;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

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

impl Graph {
    /// All groups in an order in which plans can become final: no group waits for one that comes later. A ring has
    /// no order inside; it becomes final together. Among groups that are free to go, the one with the smallest unit
    /// number comes first, so the same graph always gives the same order.
    pub fn order(&self) -> Vec<Group> {
        let mut groups: Vec<Group> = tarjan_scc(self.net())
            .into_iter()
            .map(|units| self.group(units.into_iter().collect()))
            .collect();
        groups.sort_by_key(|group| group.units.first().copied());
        let home: BTreeMap<UnitId, usize> = groups
            .iter()
            .enumerate()
            .flat_map(|(index, group)| group.units.iter().map(move |unit| (*unit, index)))
            .collect();
        let mut waits: BTreeMap<usize, BTreeSet<usize>> = (0..groups.len()).map(|i| (i, BTreeSet::new())).collect();
        for edge in self.edges() {
            if let (Some(support), Some(lead)) = (home.get(&edge.support), home.get(&edge.lead))
                && support != lead
            {
                waits.entry(*lead).or_default().insert(*support);
            }
        }
        let mut order = Vec::with_capacity(groups.len());
        // Groups form no ring among themselves, so one is always free; `find` ends the loop when all are placed.
        while let Some(next) = waits
            .iter()
            .find(|(_, pending)| pending.is_empty())
            .map(|(index, _)| *index)
        {
            waits.remove(&next);
            for pending in waits.values_mut() {
                pending.remove(&next);
            }
            order.push(next);
        }
        order
            .into_iter()
            .filter_map(|index| groups.get(index).cloned())
            .collect()
    }

    /// The groups that wait on each other, the largest first.
    pub fn rings(&self) -> Vec<Group> {
        let mut rings: Vec<Group> = self.order().into_iter().filter(Group::is_ring).collect();
        rings.sort_by_key(|group| (std::cmp::Reverse(group.units.len()), group.units.first().copied()));
        rings
    }

    fn group(&self, units: BTreeSet<UnitId>) -> Group {
        let inside = |edge: &&Edge| units.contains(&edge.support) && units.contains(&edge.lead);
        let tasks = self
            .edges()
            .filter(inside)
            .flat_map(|edge| edge.tasks.iter().copied())
            .collect();
        let ring = self.ring(&units);
        Group { units, tasks, ring }
    }

    /// A shortest ring through the smallest unit, by breadth-first search against the edges' direction.
    fn ring(&self, units: &BTreeSet<UnitId>) -> Vec<Wait> {
        let Some(start) = units.first().copied().filter(|_| units.len() > 1) else {
            return Vec::new();
        };
        let mut reached: BTreeMap<UnitId, Wait> = BTreeMap::new();
        let mut front = vec![start];
        while !front.is_empty() && !reached.contains_key(&start) {
            let mut next = Vec::new();
            for lead in front {
                for edge in self
                    .edges()
                    .filter(|edge| edge.lead == lead && units.contains(&edge.support))
                {
                    let (false, Some(task)) = (reached.contains_key(&edge.support), edge.tasks.first()) else {
                        continue;
                    };
                    let wait = Wait {
                        lead,
                        support: edge.support,
                        task: *task,
                    };
                    reached.insert(edge.support, wait);
                    next.push(edge.support);
                }
            }
            front = next;
        }
        let mut ring = Vec::new();
        let mut unit = start;
        while let Some(wait) = reached.get(&unit) {
            ring.push(*wait);
            unit = wait.lead;
            if unit == start {
                break;
            }
        }
        ring.reverse();
        ring
    }
}
