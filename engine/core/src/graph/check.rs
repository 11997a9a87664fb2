//! What is odd about the assignments: units without any, tasks with two leads or none, units that lead and support
//! one task.

use super::build::{Graph, Part};
use crate::id::{TaskId, UnitId};
use crate::org::{Unit, UnitKind};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A task without exactly one lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OddLead {
    /// The task.
    pub task: TaskId,
    /// Its leads: none, or two and more.
    pub leads: Vec<UnitId>,
    /// How many units have a part in it.
    pub units: usize,
}

impl Graph {
    /// Units that exist on `day` and have no part in any task. The government's own units owe nothing and are left
    /// out.
    pub fn unassigned(&self, units: &BTreeMap<UnitId, Unit>, day: NaiveDate) -> Vec<UnitId> {
        let there = units
            .values()
            .filter(|unit| unit.exists_on(day) && unit.kind != UnitKind::Government);
        there
            .map(|unit| unit.id)
            .filter(|unit| self.place(*unit).is_none())
            .collect()
    }

    /// Tasks of `all` with no confirmed lead or with more than one.
    pub fn odd_leads(&self, all: impl IntoIterator<Item = TaskId>) -> Vec<OddLead> {
        let none = BTreeMap::new();
        let tasks = all.into_iter().map(|task| {
            let parts = self.tasks().get(&task).unwrap_or(&none);
            let leads = parts.iter().filter(|(_, part)| **part == Part::Lead);
            OddLead {
                task,
                leads: leads.map(|(unit, _)| *unit).collect(),
                units: parts.len(),
            }
        });
        tasks.filter(|odd| odd.leads.len() != 1).collect()
    }
}
