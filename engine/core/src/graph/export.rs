//! The graph written down: as values for JSON, and as DOT. The same graph gives the same bytes.

use super::build::{Edge, Graph, Part, Weight};
use super::order::Group;
use crate::id::{TaskId, UnitId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

/// The words the graph is shown with; numbers are shown where a word is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Labels {
    /// Names of units.
    pub units: BTreeMap<UnitId, String>,
    /// Number and title of tasks as in the notice.
    pub tasks: BTreeMap<TaskId, (String, String)>,
}

impl Labels {
    /// The name of a unit.
    pub fn unit(&self, unit: UnitId) -> String {
        self.units.get(&unit).cloned().unwrap_or_else(|| unit.to_string())
    }

    /// The number of a task as in the notice.
    pub fn task_number(&self, task: TaskId) -> String {
        self.tasks
            .get(&task)
            .map_or_else(|| task.to_string(), |(number, _)| number.clone())
    }

    /// The title of a task; empty when unknown.
    pub fn task_title(&self, task: TaskId) -> &str {
        self.tasks.get(&task).map_or("", |(_, title)| title.as_str())
    }
}

/// The whole graph as values.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exported {
    /// The units.
    pub units: Vec<ExportedUnit>,
    /// The tasks with each unit's part.
    pub tasks: Vec<ExportedTask>,
    /// "lead waits for support".
    pub edges: Vec<Edge>,
    /// In an order in which plans can become final.
    pub order: Vec<Group>,
}

/// A unit with what it weighs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedUnit {
    /// Its number.
    pub id: UnitId,
    /// Its name.
    pub name: String,
    /// How many tasks it leads.
    pub leads: usize,
    /// How many it has another part in.
    pub supports: usize,
    /// What all others together wait for it.
    pub awaited: Weight,
}

/// A task with its units.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedTask {
    /// Its id in the database.
    pub id: TaskId,
    /// Its number in the notice.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Each unit's part.
    pub parts: Vec<ExportedPart>,
}

/// A unit's part in a task.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportedPart {
    /// The unit.
    pub unit: UnitId,
    /// What it is to the task.
    pub part: Part,
    /// The collective name through which it came in, if it did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
}

impl Graph {
    /// The graph as values, for JSON.
    pub fn export(&self, labels: &Labels) -> Exported {
        let counts = self.part_counts();
        let units = self
            .units()
            .into_iter()
            .map(|id| ExportedUnit {
                id,
                name: labels.unit(id),
                leads: counts.get(&id).map_or(0, |(leads, _)| *leads),
                supports: counts.get(&id).map_or(0, |(_, supports)| *supports),
                awaited: self.awaited(id),
            })
            .collect();
        let tasks = self
            .tasks()
            .iter()
            .map(|(id, parts)| ExportedTask {
                id: *id,
                number: labels.task_number(*id),
                title: labels.task_title(*id).to_owned(),
                parts: parts
                    .iter()
                    .map(|(unit, part)| ExportedPart {
                        unit: *unit,
                        part: *part,
                        via: self.via(*id, *unit).map(str::to_owned),
                    })
                    .collect(),
            })
            .collect();
        Exported {
            units,
            tasks,
            edges: self.edges().cloned().collect(),
            order: self.order(),
        }
    }

    /// How many tasks each unit leads, and in how many it has another part.
    pub fn part_counts(&self) -> BTreeMap<UnitId, (usize, usize)> {
        let mut counts: BTreeMap<UnitId, (usize, usize)> = BTreeMap::new();
        for (unit, part) in self.tasks().values().flatten() {
            let (leads, others) = counts.entry(*unit).or_default();
            match part {
                Part::Lead => *leads += 1,
                Part::Support | Part::Co => *others += 1,
            }
        }
        counts
    }

    /// What all others together wait for `unit`: the sum of its edges, and the number of its supported tasks.
    pub fn awaited(&self, unit: UnitId) -> Weight {
        let mut tasks: BTreeSet<TaskId> = BTreeSet::new();
        let mut millionths = 0;
        for edge in self.waited_by(unit) {
            millionths += edge.weight.millionths;
            tasks.extend(edge.tasks.iter());
        }
        Weight {
            millionths,
            tasks: u32::try_from(tasks.len()).unwrap_or(u32::MAX),
        }
    }

    /// The graph in Graphviz' language: an edge from support to lead, labelled with the numbers of the tasks.
    pub fn to_dot(&self, labels: &Labels) -> String {
        let mut out = String::from("digraph units {\n  rankdir=LR;\n  node [shape=box];\n");
        for unit in self.units() {
            let _ = writeln!(out, "  u{unit} [label={}];", quoted(&labels.unit(unit)));
        }
        for edge in self.edges() {
            let numbers: Vec<String> = edge.tasks.iter().map(|task| labels.task_number(*task)).collect();
            let _ = writeln!(
                out,
                "  u{} -> u{} [label={}, weight={}];",
                edge.support,
                edge.lead,
                quoted(&numbers.join(", ")),
                edge.weight.tasks
            );
        }
        out.push_str("}\n");
        out
    }
}

/// A double-quoted DOT string. A backslash stays a backslash, a line break becomes a blank.
fn quoted(text: &str) -> String {
    let mut out = String::from("\"");
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            c if c.is_control() => out.push(' '),
            c => out.push(c),
        }
    }
    out.push('"');
    out
}
