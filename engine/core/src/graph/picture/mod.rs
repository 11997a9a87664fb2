//! The graph as pictures, one file a view. Words and addresses come in as arguments; colours are attributes that the
//! site's sheet overrides through classes, so that a downloaded picture looks the same.

mod columns;
mod critical;
mod ego;
mod matrix;
mod rings;
mod units;

pub use columns::Focus;

use super::build::{Graph, Part};
use super::export::Labels;
use super::parties::{Parties, Party};
use crate::id::{TaskId, UnitId};
use crate::picture::{Element, fit, group, line, link, path, rect, text, text_width};
use chrono::NaiveDate;
use std::collections::BTreeSet;

/// Something that a picture has to say besides names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Say {
    /// The one sign for a part.
    Mark(Part),
    /// What a part is called.
    Part(Part),
    /// So many members behind a collective name.
    Members(usize),
    /// So many more that are not drawn.
    More(usize),
    /// The tasks with these numbers.
    Tasks(String),
    /// A civil date.
    Day(NaiveDate),
    /// So many working days of slack.
    Slack(i64),
    /// "The first waits for the second because of these tasks."
    Waits(String, String, String),
    /// The heading of a column.
    Head(Head),
}

/// Headings of columns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// Leads.
    Leads,
    /// Tasks.
    Tasks,
    /// Supports.
    Supports,
    /// The unit in the middle.
    Middle,
    /// For whom it waits.
    WaitsFor,
    /// Who waits for it.
    WaitedBy,
    /// For whom those wait.
    Further,
    /// Who waits for those.
    Beyond,
    /// Tasks without a confirmed lead.
    NoLead,
}

impl Head {
    /// The stable code of the locale keys (`graph.head.<code>`).
    pub fn code(self) -> &'static str {
        match self {
            Self::Leads => "leads",
            Self::Tasks => "tasks",
            Self::Supports => "supports",
            Self::Middle => "middle",
            Self::WaitsFor => "waits_for",
            Self::WaitedBy => "waited_by",
            Self::Further => "further",
            Self::Beyond => "beyond",
            Self::NoLead => "no_lead",
        }
    }
}

/// Where something in a picture leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// A unit.
    Unit(UnitId),
    /// A task.
    Task(TaskId),
    /// A collective name.
    Collective(String),
    /// The tasks through which the second unit waits for the first.
    Pair(UnitId, UnitId),
}

impl From<&Party> for Target {
    fn from(party: &Party) -> Self {
        match party {
            Party::Unit(unit) => Self::Unit(*unit),
            Party::Collective(name) => Self::Collective(name.clone()),
        }
    }
}

/// What every picture needs besides the graph.
pub struct Drawing<'a> {
    /// Names of units and tasks.
    pub labels: &'a Labels,
    /// What the picture is called.
    pub title: String,
    /// What it shows, in a sentence.
    pub description: String,
    /// Says things.
    pub say: &'a dyn Fn(Say) -> String,
    /// Addresses inside the site; empty for no link.
    pub address: &'a dyn Fn(Target) -> String,
}

const SIZE: i32 = 13;
const PAD: i32 = 12;
const INK: &str = "#1c2733";
const LINE: &str = "#d5dce3";
const STRONG: &str = "#8794a1";
const BRAND: &str = "#1d4e89";
const WASH: &str = "#e8f0f8";
const BAD: &str = "#b3261e";

impl Drawing<'_> {
    fn party(&self, party: &Party, parties: &Parties) -> String {
        match party {
            Party::Unit(unit) => self.labels.unit(*unit),
            Party::Collective(name) => {
                let members = parties.members(party).unwrap_or_default();
                format!("{name}{}", (self.say)(Say::Members(members)))
            }
        }
    }

    fn numbers(&self, tasks: &BTreeSet<TaskId>) -> String {
        let numbers: Vec<String> = tasks.iter().map(|task| self.labels.task_number(*task)).collect();
        numbers.join("、")
    }

    fn tasks(&self, tasks: &BTreeSet<TaskId>) -> String {
        (self.say)(Say::Tasks(self.numbers(tasks)))
    }

    /// A task's number and title.
    fn task(&self, task: TaskId) -> String {
        format!("{} {}", self.labels.task_number(task), self.labels.task_title(task))
    }

    /// Elements as a link that screen readers call `name`; as a group where there is no address.
    fn link(&self, target: Target, name: &str, elements: impl IntoIterator<Item = Element>) -> Element {
        let href = (self.address)(target);
        let found = link(&href, elements);
        let found = if href.is_empty() {
            found
        } else {
            found.with("aria-label", name)
        };
        found.tip(name)
    }
}

/// A box with one line of text in it.
fn card((x, y, width, height): (i32, i32, i32, i32), words: &str, class: &'static str) -> [Element; 2] {
    let (fill, stroke, ink) = match class {
        "graph-lead" => (BRAND, BRAND, "#ffffff"),
        "graph-task" => ("#ffffff", STRONG, INK),
        _ => (WASH, BRAND, INK),
    };
    let frame = rect(x, y, width, height)
        .with("rx", 4)
        .with("fill", fill)
        .with("stroke", stroke);
    let words = text(x + 8, y + height / 2 + SIZE / 3 + 1, &fit(words, SIZE, width - 14));
    [
        frame.class(format_args!("{class}-box")),
        words
            .with("font-size", SIZE)
            .with("fill", ink)
            .class(format_args!("{class}-name")),
    ]
}

/// A heading.
fn heading(x: i32, y: i32, words: &str) -> Element {
    let words = text(x, y, words).with("font-size", SIZE).with("font-weight", 600);
    words.with("fill", INK).class("graph-head")
}

/// A curve from one box to another.
fn curve((x1, y1): (i32, i32), (x2, y2): (i32, i32), class: &str, stroke: &str) -> Element {
    let middle = (x1 + x2) / 2;
    path(&format!("M{x1} {y1}C{middle} {y1} {middle} {y2} {x2} {y2}"))
        .with("fill", "none")
        .with("stroke", stroke)
        .class(class.to_owned())
}

/// The point of an arrow at (x, y); `dx`, `dy` say where it points: -1, 0 or 1.
fn point(x: i32, y: i32, (dx, dy): (i32, i32), fill: &str) -> Element {
    let (back_x, back_y) = (x - dx * 9, y - dy * 9);
    let d = format!(
        "M{x} {y}L{} {}L{} {}Z",
        back_x + dy * 5,
        back_y + dx * 5,
        back_x - dy * 5,
        back_y - dx * 5
    );
    path(&d).with("fill", fill).class("graph-tip")
}

/// A straight line.
fn stroke((x1, y1): (i32, i32), (x2, y2): (i32, i32), colour: &str) -> Element {
    line(x1, y1, x2, y2)
        .with("stroke", colour)
        .with("stroke-width", 2)
        .class("graph-way")
}

fn count(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX / 100_000)
}
