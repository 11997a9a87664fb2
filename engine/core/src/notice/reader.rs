//! Puts the parts together: which items are tasks, what belongs to each.

use std::collections::{BTreeMap, BTreeSet};

use super::assignment;
use super::deadline::{self, Deadline};
use super::diagnostic::{Code, Diagnostic};
use super::head::{self, Head};
use super::indicator::{self, Indicator};
use super::mark::Kind;
use super::outline::{self, Item};
use super::subject;
use super::table;
use super::text::{Line, Passage, Place};
use super::words::{CLOSINGS, FRAMES, SAFEGUARDS};
use super::{Guarantee, HeadPlaces, Notice, Task};
use super::{day, unnumbered};

/// A task with what is needed until all are known.
pub(super) struct Draft {
    pub task: Task,
    /// Index of its line, for the order among items and rows of tables.
    pub line: u32,
    pub kind: Option<Kind>,
    pub value: u32,
}

pub(super) struct Reader {
    pub head: Head,
    pub items: Vec<Item>,
    /// Assignments of each block of each item.
    pub found: Vec<Vec<Vec<assignment::Found>>>,
    frame: Vec<bool>,
    safeguard: Vec<bool>,
    /// The task each item belongs to: itself or the nearest above it.
    pub owner: Vec<Option<usize>>,
    pub year: Option<i32>,
    pub drafts: Vec<Draft>,
    pub indicators: Vec<Indicator>,
    pub diagnostics: Vec<Diagnostic>,
}

pub(super) fn read(lines: &[Line]) -> Notice {
    let mut head = head::read(lines);
    let tables = table::find(lines);
    let mut rest: Vec<Line> = lines.to_vec();
    for taken in tables.iter().flat_map(|t| t.lines.clone()) {
        rest[taken].text.clear();
    }
    rest.iter_mut().for_each(Line::close_up);
    let items = unnumbered::split_inline(outline::build(&rest));
    let number = head.doc_number.as_ref().map(|(n, _)| n.as_str());
    let year = day::reference_year(head.year, head.issued_on.map(|(d, _)| d), number, lines);
    let mut found: Vec<Vec<Vec<assignment::Found>>> = items
        .iter()
        .map(|i| i.blocks.iter().map(|b| assignment::find(b, year)).collect())
        .collect();
    // 排名第一的为牵头单位，下同: said once, it holds for every list.
    if found.iter().flatten().flatten().any(|f| f.first_leads) {
        found
            .iter_mut()
            .flatten()
            .flatten()
            .for_each(assignment::Found::promote);
    }
    let diagnostics = std::mem::take(&mut head.diagnostics);
    let n = items.len();
    let mut reader = Reader {
        head,
        items,
        found,
        frame: vec![false; n],
        safeguard: vec![false; n],
        owner: vec![None; n],
        year,
        drafts: Vec::new(),
        indicators: Vec::new(),
        diagnostics,
    };
    reader.hoist();
    let headings = reader.lead_headings();
    reader.choose(!tables.is_empty(), &headings);
    reader.bequeath(&headings);
    reader.tasks();
    reader.measure(&rest);
    for table in &tables {
        reader.table(table, lines);
    }
    let blank = lines.iter().all(|l| l.text.is_empty());
    reader.finish(blank)
}

impl Reader {
    /// True if an item carries a bracket or a label that assigns.
    pub(super) fn assigned(&self, i: usize) -> bool {
        self.found[i].iter().flatten().any(|f| !f.sentence)
    }

    /// Decides which items are tasks.
    fn choose(&mut self, tables: bool, headings: &[(usize, Vec<assignment::Found>)]) {
        let titles: Vec<String> = self.items.iter().map(Item::title).collect();
        let has = |title: &str, words: &[&str]| words.iter().any(|w| title.contains(w)) && title.chars().count() <= 16;
        for (i, title) in titles.iter().enumerate() {
            let up = self.items[i].parent;
            let outer = self.items[i].parent.is_none()
                || matches!(self.items[i].mark.kind, Kind::HanBracket | Kind::Han | Kind::Part);
            let closing = CLOSINGS.iter().any(|w| title.contains(w));
            // 一、目标任务 without points of its own tells what all tasks come to.
            let goals = title == "目标任务" && !self.items.iter().any(|item| item.parent == Some(i));
            self.frame[i] = outer && (has(title, &FRAMES) || goals) || closing || up.is_some_and(|p| self.frame[p]);
            self.safeguard[i] = outer && has(title, &SAFEGUARDS) || up.is_some_and(|p| self.safeguard[p]);
        }
        // A chapter on organisation in which one point assigns is one of tasks as far as its points name somebody.
        let shared: BTreeSet<usize> = (0..self.items.len())
            .filter(|i| self.assigned(*i))
            .filter_map(|i| self.items[i].parent)
            .collect();
        let open = |i: usize| !self.frame[i] || self.items[i].parent.is_some_and(|p| shared.contains(&p));
        let names = |i: usize| {
            let item = &self.items[i];
            let first = item.blocks.first();
            let units = || first.map(|b| subject::subjects(b, item.mark.len.min(b.len())));
            self.frame[i] && open(i) && units().is_some_and(|units| units.iter().any(|u| !u.collective))
        };
        let mut is_task: Vec<bool> = (0..self.items.len())
            .map(|i| self.assigned(i) || open(i) && self.found[i].iter().flatten().next().is_some() || names(i))
            .collect();
        let parents: BTreeSet<usize> = self.items.iter().filter_map(|i| i.parent).collect();
        for (heading, _) in headings {
            for (i, task) in is_task.iter_mut().enumerate() {
                let child = self.items[i].parent == Some(*heading);
                *task |= child && !self.frame[i] && !parents.contains(&i);
            }
        }
        // An item above tasks that only introduces them is a section, unless it assigns itself.
        let kinds: BTreeSet<Kind> = (0..self.items.len())
            .filter(|i| is_task[*i])
            .map(|i| self.items[i].mark.kind)
            .collect();
        let mut above = vec![false; self.items.len()];
        for i in (0..self.items.len()).rev() {
            if (is_task[i] || above[i])
                && let Some(parent) = self.items[i].parent
            {
                above[parent] = true;
            }
        }
        let leaf = |i: usize| !above[i];
        if kinds.is_empty() {
            if self.head.official && !tables {
                let mut parent = vec![false; self.items.len()];
                self.items
                    .iter()
                    .filter_map(|i| i.parent)
                    .for_each(|p| parent[p] = true);
                for i in 0..self.items.len() {
                    let small = matches!(
                        self.items[i].mark.kind,
                        Kind::Circled | Kind::HanIs | Kind::ArabicBracket
                    );
                    let fits = if parent[i] { self.points_only(i) } else { !small };
                    is_task[i] = fits && !self.frame[i];
                }
            }
        } else {
            let mut under_task = vec![false; self.items.len()];
            for i in 0..self.items.len() {
                under_task[i] = self.items[i].parent.is_some_and(|p| is_task[p] || under_task[p]);
                let sibling = kinds.contains(&self.items[i].mark.kind);
                is_task[i] |= sibling && leaf(i) && !self.frame[i] && !under_task[i];
            }
        }
        for (i, task) in is_task.iter().enumerate() {
            let inherited = self.items[i].parent.and_then(|p| self.owner[p]);
            self.owner[i] = if *task { Some(i) } else { inherited };
        }
    }

    /// True if everything below an item is small points of it.
    fn points_only(&self, i: usize) -> bool {
        self.items
            .iter()
            .filter(|c| c.parent == Some(i))
            .all(|c| matches!(c.mark.kind, Kind::Circled | Kind::HanIs | Kind::ArabicBracket))
    }

    pub(super) fn place_of(&self, i: usize) -> Place {
        self.items[i].blocks.first().map_or(
            Place {
                line: 1,
                start: 0,
                end_line: 1,
                end: 0,
            },
            |b| b.place(0..b.len()),
        )
    }

    /// The safeguards: leaf items of chapters on organisation.
    fn guarantees(&self) -> Vec<Guarantee> {
        let mut parents = vec![false; self.items.len()];
        self.items
            .iter()
            .filter_map(|i| i.parent)
            .for_each(|p| parents[p] = true);
        (0..self.items.len())
            .filter(|i| self.safeguard[*i] && self.owner[*i].is_none() && !parents[*i])
            .map(|i| {
                let item = &self.items[i];
                Guarantee {
                    section: item.parent.map(|p| self.items[p].heading()),
                    number: item.mark.number.clone(),
                    title: item.title(),
                    units: self.found[i].iter().flatten().flat_map(|f| f.units.clone()).collect(),
                    place: self.place_of(i),
                }
            })
            .collect()
    }

    /// Checks the order of the numbers.
    fn numbers(&mut self) {
        let mut last: BTreeMap<Kind, u32> = BTreeMap::new();
        for draft in &self.drafts {
            let Some(kind) = draft.kind else { continue };
            let number = &draft.task.number;
            match last.insert(kind, draft.value) {
                Some(before) if draft.value == before => self.diagnostics.push(
                    Diagnostic::new(Code::NumberRepeated)
                        .at(draft.task.place)
                        .arg("number", number),
                ),
                Some(before) if draft.value > before + 1 => self.diagnostics.push(
                    Diagnostic::new(Code::NumberGap)
                        .at(draft.task.place)
                        .arg("expected", (before + 1).to_string())
                        .arg("found", number),
                ),
                _ => {}
            }
        }
    }

    fn finish(mut self, blank: bool) -> Notice {
        self.drafts.sort_by_key(|d| d.line);
        self.numbers();
        self.indicators.sort_by_key(|i| (i.place.line, i.place.start));
        indicator::join(&mut self.indicators);
        if blank {
            self.diagnostics.clear();
            self.diagnostics.push(Diagnostic::new(Code::Empty));
        } else if self.drafts.is_empty() {
            let code = if self.head.official {
                Code::NoTasks
            } else {
                Code::NotANotice
            };
            self.diagnostics.push(Diagnostic::new(code));
        }
        let guarantees = self.guarantees();
        let head = self.head;
        let mut diagnostics = self.diagnostics;
        diagnostics.sort_by_key(|d| (d.severity, d.place));
        let places = HeadPlaces {
            title: head.title.as_ref().map(|t| t.1),
            issuer: head.issuer.as_ref().map(|t| t.1),
            doc_number: head.doc_number.as_ref().map(|t| t.1),
            issued_on: head.issued_on.as_ref().map(|t| t.1),
        };
        Notice {
            title: head.title.map(|t| t.0),
            issuer: head.issuer.map(|t| t.0),
            doc_number: head.doc_number.map(|t| t.0),
            issued_on: head.issued_on.map(|t| t.0),
            tasks: self.drafts.into_iter().map(|d| d.task).collect(),
            indicators: self.indicators,
            guarantees,
            places,
            diagnostics,
        }
    }
}

/// A deadline with its words and place, and whether its year was supplied.
pub(super) fn made(block: &Passage, found: &deadline::Found) -> (Deadline, bool) {
    let deadline = Deadline {
        text: block.text(found.range.clone()),
        date: found.date,
        rhythm: found.rhythm,
        place: block.place(found.range.clone()),
    };
    (deadline, found.assumed)
}
