//! Who co-signs (会签) whose plan.
//!
//! Sharing a task is not enough: a collective name such as 各街镇园区 puts two dozen units into nearly every task, and
//! if all who share a task co-signed, every plan would wait for every unit. So:
//!
//! 1. A unit that leads tasks is co-signed by the other units which the notice itself names in those tasks: it
//!    writes down what they are to do.
//! 2. A unit that leads nothing but is named itself is co-signed by the leads of the tasks in which it is named: it
//!    writes down what it does for them.
//! 3. A unit that came in through a collective name only is co-signed by at most [`COLLECTIVE_PARTNERS`] leads of its
//!    tasks, those with whom it shares most tasks first.
//! 4. A unit that came in through a collective name never co-signs for that task.
//!
//! Nobody co-signs their own plan. The list may be empty; a workflow guards against that.

use super::build::{Graph, Part};
use crate::id::UnitId;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// How many leads co-sign the plan of a unit that is only meant by a collective name.
pub const COLLECTIVE_PARTNERS: usize = 3;

impl Graph {
    /// The units that co-sign the plan of `unit`, by number. The rule is told at the top of this module.
    pub fn partners(&self, unit: UnitId) -> BTreeSet<UnitId> {
        let named = |task, member| self.via(task, member).is_none();
        let mine = || self.tasks().iter().filter(move |(_, parts)| parts.contains_key(&unit));

        let led: BTreeSet<UnitId> = mine()
            .filter(|(_, parts)| parts.get(&unit) == Some(&Part::Lead))
            .flat_map(|(task, parts)| parts.keys().filter(move |member| named(*task, **member)))
            .copied()
            .filter(|member| *member != unit)
            .collect();
        if mine().any(|(_, parts)| parts.get(&unit) == Some(&Part::Lead)) {
            return led;
        }
        let leads_of = |only_named: bool| {
            let mut shared: BTreeMap<UnitId, usize> = BTreeMap::new();
            for (_, parts) in mine().filter(|(task, _)| !only_named || named(**task, unit)) {
                for (lead, _) in parts.iter().filter(|(_, part)| **part == Part::Lead) {
                    *shared.entry(*lead).or_default() += 1;
                }
            }
            shared
        };
        if mine().any(|(task, _)| named(*task, unit)) {
            return leads_of(true).into_keys().collect();
        }
        let mut leads: Vec<(UnitId, usize)> = leads_of(false).into_iter().collect();
        leads.sort_by_key(|(lead, tasks)| (Reverse(*tasks), *lead));
        leads
            .into_iter()
            .take(COLLECTIVE_PARTNERS)
            .map(|(lead, _)| lead)
            .collect()
    }
}
