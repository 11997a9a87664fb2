//! The task × unit matrix as a picture. Words and marks come in as arguments.

use super::build::{Graph, Part};
use super::export::Labels;
use crate::id::{TaskId, UnitId};
use crate::picture::{Picture, fit, group, line, rect, text, text_width};
use std::collections::{BTreeMap, BTreeSet};

/// The words of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What the picture is called.
    pub title: String,
    /// What it shows, in a sentence.
    pub description: String,
    /// One sign each for leading, supporting, sharing.
    pub marks: BTreeMap<Part, String>,
}

const SIZE: i32 = 13;
const CELL: i32 = 26;
const TASKS: i32 = 300;
const PAD: i32 = 12;

impl Graph {
    /// Tasks as rows, units that are named themselves as columns (those that lead most first), then one column for
    /// each collective name.
    pub fn to_svg(&self, labels: &Labels, words: &Words) -> String {
        let (units, collectives) = self.columns();
        let names: Vec<String> = units
            .iter()
            .map(|unit| labels.unit(*unit))
            .chain(collectives.iter().cloned())
            .collect();
        let head = names.iter().map(|name| text_width(name, SIZE)).max().unwrap_or(0) + PAD;
        let columns = i32::try_from(names.len()).unwrap_or(0);
        let rows = i32::try_from(self.tasks().len()).unwrap_or(0);
        let (left, top) = (PAD + TASKS, PAD + head);
        let (right, bottom) = (left + columns * CELL, top + rows * CELL);
        let mut picture = Picture::new("graph", (right + PAD, bottom + PAD), &words.title, &words.description);
        for (x, name) in (0..).map(|index| left + index * CELL).zip(&names) {
            let (cx, cy) = (x + CELL / 2 + SIZE / 3, top - PAD / 2);
            let turned = text(cx, cy, name).with("transform", format_args!("rotate(-90 {cx} {cy})"));
            picture.add(turned.with("font-size", SIZE).class("matrix-unit"));
            picture.add(line(x, top, x, bottom).with("stroke", "#d5dce3").class("matrix-line"));
        }
        for (y, (task, parts)) in (0..).map(|index| top + index * CELL).zip(self.tasks()) {
            picture.add(line(PAD, y, right, y).with("stroke", "#d5dce3").class("matrix-line"));
            let label = format!("{} {}", labels.task_number(*task), labels.task_title(*task));
            let label = text(PAD, y + CELL - 8, &fit(&label, SIZE, TASKS - PAD));
            picture.add(label.with("font-size", SIZE).class("matrix-task"));
            let named = units.iter().map(|unit| self.named_part(*task, *unit, parts));
            let meant = collectives.iter().map(|name| self.meant_part(*task, name, parts));
            for (x, part) in (0..).map(|index| left + index * CELL).zip(named.chain(meant)) {
                let (Some(part), Some(mark)) = (part, part.and_then(|part| words.marks.get(&part))) else {
                    continue;
                };
                let leads = part == Part::Lead;
                let (fill, ink) = if leads {
                    ("#1d4e89", "#ffffff")
                } else {
                    ("#e8f0f8", "#143a68")
                };
                let sign = text(x + CELL / 2, y + CELL - 8, mark).with("text-anchor", "middle");
                picture.add(
                    group([
                        rect(x + 2, y + 2, CELL - 4, CELL - 4).with("rx", 3).with("fill", fill),
                        sign.with("font-size", SIZE).with("fill", ink),
                    ])
                    .class(format_args!("matrix-{}", part.code())),
                );
            }
        }
        picture.to_svg()
    }

    /// Units that are named somewhere, those that lead most first, and the collective names.
    fn columns(&self) -> (Vec<UnitId>, BTreeSet<String>) {
        let mut named: BTreeMap<UnitId, (usize, usize)> = BTreeMap::new();
        let mut collectives = BTreeSet::new();
        for (task, parts) in self.tasks() {
            for (unit, part) in parts {
                if let Some(name) = self.via(*task, *unit) {
                    collectives.insert(name.to_owned());
                } else {
                    let counts = named.entry(*unit).or_default();
                    counts.0 += usize::from(*part == Part::Lead);
                    counts.1 += 1;
                }
            }
        }
        let mut units: Vec<(UnitId, (usize, usize))> = named.into_iter().collect();
        units.sort_by_key(|(unit, (leads, all))| (std::cmp::Reverse(*leads), std::cmp::Reverse(*all), *unit));
        (units.into_iter().map(|(unit, _)| unit).collect(), collectives)
    }

    fn named_part(&self, task: TaskId, unit: UnitId, parts: &BTreeMap<UnitId, Part>) -> Option<Part> {
        parts.get(&unit).copied().filter(|_| self.via(task, unit).is_none())
    }

    fn meant_part(&self, task: TaskId, name: &str, parts: &BTreeMap<UnitId, Part>) -> Option<Part> {
        let mut members = parts.iter().filter(|(unit, _)| self.via(task, **unit) == Some(name));
        members.next().map(|(_, part)| *part)
    }
}
