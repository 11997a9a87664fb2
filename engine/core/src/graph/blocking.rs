//! What is held up now: a lead's plan can only become final once the plans of those it waits for are.

use super::build::Graph;
use crate::id::{TaskId, UnitId};
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// One unapproved plan with what it waits for and what it holds up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// Whose plan.
    pub unit: UnitId,
    /// Unapproved plans it waits for itself, each with the shared tasks.
    pub waits_for: BTreeMap<UnitId, BTreeSet<TaskId>>,
    /// Unapproved plans that wait for it directly, each with the shared tasks.
    pub holds_up: BTreeMap<UnitId, BTreeSet<TaskId>>,
    /// Unapproved plans that wait for it over any number of others; the direct ones included, itself never.
    pub holds_up_in_the_end: BTreeSet<UnitId>,
    /// Sum of the weights of the edges to those it holds up directly, in millionths of a task.
    pub weight: u64,
}

impl Graph {
    /// Every unit whose plan is not final, the one that holds up most first: by weight of what it holds up
    /// directly, then by how many it holds up in the end, then by number. `done` are the units whose plan is final
    /// or that owe none.
    pub fn blocked_now(&self, done: &BTreeSet<UnitId>) -> Vec<Blocked> {
        let open: BTreeSet<UnitId> = self.units().difference(done).copied().collect();
        let mut found: Vec<Blocked> = open
            .iter()
            .map(|unit| Blocked {
                unit: *unit,
                waits_for: BTreeMap::new(),
                holds_up: BTreeMap::new(),
                holds_up_in_the_end: self.downstream(*unit, &open),
                weight: 0,
            })
            .collect();
        let place: BTreeMap<UnitId, usize> = found.iter().enumerate().map(|(i, b)| (b.unit, i)).collect();
        for edge in self.edges() {
            let (Some(support), Some(lead)) = (place.get(&edge.support), place.get(&edge.lead)) else {
                continue;
            };
            if let Some(blocked) = found.get_mut(*support) {
                blocked.holds_up.insert(edge.lead, edge.tasks.clone());
                blocked.weight += edge.weight.millionths;
            }
            if let Some(blocked) = found.get_mut(*lead) {
                blocked.waits_for.insert(edge.support, edge.tasks.clone());
            }
        }
        found.sort_by_key(|b| (Reverse(b.weight), Reverse(b.holds_up_in_the_end.len()), b.unit));
        found
    }

    /// How much each unit holds up, in millionths of a task: the order in which reminders go out. Units that hold up
    /// nothing are left out.
    pub fn weights(&self, done: &BTreeSet<UnitId>) -> BTreeMap<UnitId, u64> {
        self.blocked_now(done)
            .into_iter()
            .filter(|blocked| blocked.weight > 0)
            .map(|blocked| (blocked.unit, blocked.weight))
            .collect()
    }

    /// Units of `within` that wait for `unit`, directly or over others of `within`.
    pub(super) fn downstream(&self, unit: UnitId, within: &BTreeSet<UnitId>) -> BTreeSet<UnitId> {
        let mut reached = BTreeSet::new();
        let mut front = vec![unit];
        while let Some(support) = front.pop() {
            for lead in self.net().neighbors(support) {
                if within.contains(&lead) && reached.insert(lead) {
                    front.push(lead);
                }
            }
        }
        reached.remove(&unit);
        reached
    }
}
