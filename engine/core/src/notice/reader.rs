//! Puts the parts together: which items are tasks, what belongs to each.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use super::assignment;
use super::deadline::{self, Deadline};
use super::diagnostic::{Code, Diagnostic};
use super::head::{self, Head};
use super::indicator::{self, Indicator, Setting};
use super::mark::Kind;
use super::outline::{self, Item};
use super::table;
use super::text::{Line, Passage, Place};
use super::words::{CLOSINGS, FRAMES, SAFEGUARDS};
use super::{Guarantee, HeadPlaces, Notice, Task};

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
    let items = outline::split_inline(outline::build(&rest));
    let number = head.doc_number.as_ref().map(|(n, _)| n.as_str());
    let year = deadline::reference_year(head.year, head.issued_on.map(|(d, _)| d), number, lines);
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
            self.frame[i] = outer && has(title, &FRAMES) || closing || up.is_some_and(|p| self.frame[p]);
            self.safeguard[i] = outer && has(title, &SAFEGUARDS) || up.is_some_and(|p| self.safeguard[p]);
        }
        let mut is_task: Vec<bool> = (0..self.items.len())
            .map(|i| self.assigned(i) || !self.frame[i] && self.found[i].iter().flatten().next().is_some())
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

    /// Makes the tasks out of the chosen items.
    fn tasks(&mut self) {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, owner) in self.owner.iter().enumerate() {
            if let Some(owner) = owner {
                members.entry(*owner).or_default().push(i);
            }
        }
        for (owner, members) in members {
            let item = &self.items[owner];
            let (number, title) = (item.mark.number.clone(), item.title());
            let section = item.parent.map(|p| self.items[p].heading());
            if item.title_cut {
                let place = self.place_of(owner);
                self.diagnostics.push(
                    Diagnostic::new(Code::TitleCut)
                        .at(place)
                        .arg("number", &number)
                        .arg("title", &title),
                );
            }
            let mut words = String::new();
            let mut found: Vec<assignment::Found> = Vec::new();
            let mut place = self.place_of(owner);
            let mut scanned: Vec<(Deadline, bool)> = Vec::new();
            let mut handed: Vec<(Deadline, bool)> = Vec::new();
            for i in &members {
                for (n, (block, assigns)) in self.items[*i].blocks.iter().zip(&self.found[*i]).enumerate() {
                    let start = if *i == owner && n == 0 {
                        self.items[*i].mark.len
                    } else {
                        0
                    };
                    if !words.is_empty() {
                        words.push('\n');
                    }
                    words.push_str(&block.written(start..block.len()));
                    let whole = block.place(0..block.len());
                    place = Place {
                        end_line: whole.end_line.max(place.end_line),
                        end: if whole.end_line >= place.end_line {
                            whole.end
                        } else {
                            place.end
                        },
                        ..place
                    };
                    let body = free_ranges(block, start, assigns);
                    for free in body {
                        scanned.extend(
                            deadline::scan(block, free, self.year)
                                .into_iter()
                                .map(|f| made(block, &f)),
                        );
                    }
                    let read: Vec<(Deadline, bool)> = assigns
                        .iter()
                        .flat_map(|f| &f.deadlines)
                        .map(|f| made(block, f))
                        .collect();
                    if let Some((deadline, _)) = read.last() {
                        // A deadline that is stated as such outranks dates in the text.
                        scanned.insert(0, (deadline.clone(), read.last().is_some_and(|r| r.1)));
                        scanned.truncate(1);
                    }
                    if let Some(range) = assigns.iter().find_map(|f| f.unread_deadline.clone()) {
                        let text = block.text(range.clone());
                        let place = block.place(range);
                        self.diagnostics.push(
                            Diagnostic::new(Code::DeadlineUnread)
                                .at(place)
                                .arg("number", &number)
                                .arg("text", &text),
                        );
                        scanned.insert(
                            0,
                            (
                                Deadline {
                                    text,
                                    date: None,
                                    rhythm: None,
                                    place,
                                },
                                false,
                            ),
                        );
                        scanned.truncate(1);
                    }
                    if unclosed(block) {
                        self.diagnostics
                            .push(Diagnostic::new(Code::BracketOpen).at(whole).arg("number", &number));
                    }
                    handed.extend(assigns.iter().flat_map(|f| f.handed.iter().cloned()));
                    found.extend(assigns.iter().cloned());
                }
            }
            let strong = found.iter().any(|f| !f.sentence && !f.inherited && !f.units.is_empty());
            found.retain(|f| !strong || !f.sentence);
            if scanned.is_empty() {
                scanned = handed;
            }
            let units = self.units(&number, &found, place);
            let deadline = self.deadline(&number, scanned);
            let task = Task {
                number,
                section,
                title,
                text: words,
                units,
                deadline,
                place,
            };
            self.drafts.push(Draft {
                line: place.line,
                kind: Some(self.items[owner].mark.kind),
                value: self.items[owner].mark.value,
                task,
            });
        }
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

    /// Reads the indicators of all items; of every line where nothing is numbered.
    fn measure(&mut self, lines: &[Line]) {
        if self.items.is_empty() {
            let setting = Setting {
                task: None,
                year: self.head.year,
                reference: self.year,
                carry: true,
            };
            for p in outline::paragraphs(lines) {
                let all = 0..p.len();
                indicator::find(&p, all, &[], &setting, &mut self.indicators, &mut self.diagnostics);
            }
        }
        let mut years: Vec<Option<i32>> = vec![self.head.year; self.items.len()];
        for i in 0..self.items.len() {
            let inherited = self.items[i].parent.map_or(self.head.year, |p| years[p]);
            let owner = self.owner[i];
            let number = owner.map(|o| self.items[o].mark.number.clone());
            let mut year = inherited;
            for (n, (block, assigns)) in self.items[i].blocks.iter().zip(&self.found[i]).enumerate() {
                let skip: Vec<Range<usize>> = assigns
                    .iter()
                    .filter(|f| !f.sentence)
                    .map(|f| f.range.clone())
                    .collect();
                let mut start = if n == 0 { self.items[i].mark.len } else { 0 };
                let setting = Setting {
                    task: number.as_deref(),
                    year,
                    reference: self.year,
                    carry: owner.is_none(),
                };
                // 2.编制规划 覆盖率达到70%: a title that a space ends is no part of a name.
                let title = self.items[i].title_end;
                if n == 0 && block.chars.get(title) == Some(&' ') {
                    let out = (&mut self.indicators, &mut self.diagnostics);
                    indicator::find(block, start..title, &[], &setting, out.0, out.1);
                    start = title + 1;
                }
                let end = indicator::find(
                    block,
                    start..block.len(),
                    &skip,
                    &setting,
                    &mut self.indicators,
                    &mut self.diagnostics,
                );
                if owner.is_none() {
                    year = end;
                }
            }
            years[i] = year;
        }
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

/// The parts of a block outside its assignments.
fn free_ranges(block: &Passage, start: usize, assigns: &[assignment::Found]) -> Vec<Range<usize>> {
    let mut taken: Vec<Range<usize>> = assigns.iter().map(|f| f.range.clone()).collect();
    taken.sort_by_key(|r| r.start);
    let mut free = Vec::new();
    let mut from = start;
    for range in taken {
        if range.start > from {
            free.push(from..range.start);
        }
        from = from.max(range.end);
    }
    if from < block.len() {
        free.push(from..block.len());
    }
    free
}

/// True if a bracket at the end of a block is never closed.
fn unclosed(block: &Passage) -> bool {
    let mut depth = 0_i32;
    for c in &block.chars {
        match c {
            '（' => depth += 1,
            '）' if depth > 0 => depth -= 1,
            _ => {}
        }
    }
    depth > 0
}
