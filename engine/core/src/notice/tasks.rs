//! Makes the tasks out of the chosen items: their words, units and deadline, out of all paragraphs below their number.

use std::collections::BTreeMap;
use std::ops::Range;

use super::Task;
use super::assignment;
use super::deadline::{self, Deadline};
use super::diagnostic::{Code, Diagnostic};
use super::reader::{Draft, Reader, made};
use super::subject;
use super::text::{Passage, Place};

/// What a task says about its time.
#[derive(Default)]
struct Due {
    /// Behind a label or in a bracket: outranks dates in running text.
    stated: Option<(Deadline, bool)>,
    /// In running text.
    scanned: Vec<(Deadline, bool)>,
    /// In the heading above.
    handed: Vec<(Deadline, bool)>,
}

impl Due {
    fn all(self) -> Vec<(Deadline, bool)> {
        // 年内 says less than a month or a day.
        let within = |d: &Deadline| d.text.ends_with("年内");
        let mut scanned = self.scanned;
        if scanned.iter().any(|(d, _)| d.date.is_some() && !within(d)) {
            scanned.retain(|(d, _)| !within(d));
        }
        match self.stated {
            Some(stated) => vec![stated],
            None if scanned.is_empty() => self.handed,
            None => scanned,
        }
    }
}

impl Reader {
    /// Makes the tasks out of the chosen items.
    pub(super) fn tasks(&mut self) {
        let mut members: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (i, owner) in self.owner.iter().enumerate() {
            if let Some(owner) = owner {
                members.entry(*owner).or_default().push(i);
            }
        }
        for (owner, members) in members {
            self.task(owner, &members);
        }
    }

    fn task(&mut self, owner: usize, members: &[usize]) {
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
        let mut due = Due::default();
        for i in members {
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
                for free in free_ranges(block, start, assigns) {
                    let scanned = deadline::scan(block, free, self.year);
                    due.scanned.extend(scanned.into_iter().map(|f| made(block, &f)));
                }
                if let Some(stated) = stated(block, assigns) {
                    due.stated = Some(stated);
                }
                if let Some(range) = assigns.iter().find_map(|f| f.unread_deadline.clone()) {
                    let unread = Deadline {
                        text: block.text(range.clone()),
                        date: None,
                        rhythm: None,
                        place: block.place(range),
                    };
                    self.diagnostics.push(
                        Diagnostic::new(Code::DeadlineUnread)
                            .at(unread.place)
                            .arg("number", &number)
                            .arg("text", &unread.text),
                    );
                    due.stated = Some((unread, false));
                }
                if unclosed(block) {
                    self.diagnostics
                        .push(Diagnostic::new(Code::BracketOpen).at(whole).arg("number", &number));
                }
                due.handed.extend(assigns.iter().flat_map(|f| f.handed.iter().cloned()));
                found.extend(assigns.iter().cloned());
            }
        }
        let strong = found.iter().any(|f| !f.sentence && !f.inherited && !f.units.is_empty());
        found.retain(|f| !strong || !f.sentence);
        if !strong && found.iter().all(|f| !f.inherited) {
            found.extend(self.subjects(members, &found));
        }
        let units = self.units(&number, &found, place);
        let deadline = self.deadline(&number, due.all());
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

    /// The units that are subjects in the running text of a task, beside those that its sentences of assignment name.
    fn subjects(&self, members: &[usize], named: &[assignment::Found]) -> Option<assignment::Found> {
        let known = |name: &str| named.iter().flat_map(|f| &f.units).any(|u| u.name == name);
        let mut units: Vec<assignment::Named> = Vec::new();
        for i in members {
            for (n, block) in self.items[*i].blocks.iter().enumerate() {
                let start = if n == 0 { self.items[*i].mark.len } else { 0 };
                for unit in subject::subjects(block, start.min(block.len())) {
                    if !known(&unit.name) && units.iter().all(|u| u.name != unit.name) {
                        units.push(unit);
                    }
                }
            }
        }
        // Beside units that a sentence names nobody is proposed.
        if named.iter().all(|f| f.units.is_empty()) {
            assignment::propose_lead(&mut units, false);
        }
        (!units.is_empty()).then(|| assignment::Found {
            units,
            sentence: true,
            ..assignment::Found::default()
        })
    }
}

/// The deadline that the assignments of a paragraph state: the last with a day, else the last.
pub(super) fn stated(block: &Passage, assigns: &[assignment::Found]) -> Option<(Deadline, bool)> {
    let all = || assigns.iter().flat_map(|f| &f.deadlines);
    let one = all().rfind(|d| d.date.is_some()).or_else(|| all().next_back())?;
    Some(made(block, one))
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
