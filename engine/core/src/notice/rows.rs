//! Tasks out of the rows of a flattened table.

use std::ops::Range;

use chrono::Datelike;

use super::Task;
use super::assignment::{self, Role};
use super::deadline::{self, Deadline};
use super::diagnostic::{Code, Diagnostic};
use super::indicator::{self, Setting};
use super::label::Label;
use super::reader::{Draft, Reader, made};
use super::table::{Column, Row, Table};
use super::text::{Line, Passage, Place};

impl Reader {
    /// Makes tasks out of the rows of a table.
    pub(super) fn table(&mut self, table: &Table, lines: &[Line]) {
        for row in &table.unread {
            let place = row.place(0..row.len());
            self.diagnostics.push(
                Diagnostic::new(Code::RowUnread)
                    .at(place)
                    .arg("text", row.text(0..row.len())),
            );
        }
        let first = lines.get(table.lines.start).map_or(1, |l| l.number);
        let above = (0..self.items.len())
            .rev()
            .find(|i| self.place_of(*i).line < first)
            .map(|i| self.items[i].heading());
        for (n, row) in table.rows.iter().enumerate() {
            self.row(row, n, above.as_deref());
        }
    }

    fn row(&mut self, row: &Row, n: usize, above: Option<&str>) {
        let text = |p: &Passage| p.text(p.trim(0..p.len(), &['。', '；']));
        let cell = |kind: Column| {
            row.cells
                .iter()
                .find(|(c, p)| *c == kind && p.len() > 0)
                .map(|(_, p)| p)
        };
        let number = cell(Column::Number).map_or_else(|| (n + 1).to_string(), text);
        let Some(main) = cell(Column::Task).or(cell(Column::Text)) else {
            return;
        };
        let section = cell(Column::Section).map(text).or_else(|| above.map(str::to_owned));
        let stop = main
            .chars
            .iter()
            .position(|c| matches!(c, '。' | '：' | '；'))
            .unwrap_or(main.len());
        let title = main.text(main.trim(0..stop, &[]));
        let words: Vec<String> = row
            .cells
            .iter()
            .filter(|(c, p)| matches!(c, Column::Task | Column::Text) && p.len() > 0)
            .map(|(_, p)| p.written(0..p.len()))
            .collect();
        let mut found = Vec::new();
        let mut deadlines = Vec::new();
        let mut skips: Vec<(usize, Vec<Range<usize>>)> = Vec::new();
        for (k, (kind, p)) in row.cells.iter().enumerate() {
            match kind {
                Column::Assign(Label::Other) | Column::Number | Column::Section | Column::Other => {}
                Column::Assign(Label::Deadline) if p.len() > 0 => match deadline::whole(p, 0..p.len(), self.year) {
                    Some(one) => deadlines.push(made(p, &one)),
                    None => deadlines.push((
                        Deadline {
                            text: text(p),
                            date: None,
                            rhythm: None,
                            place: p.place(0..p.len()),
                        },
                        false,
                    )),
                },
                Column::Assign(label) => found.push(assignment::content(p, 0..p.len(), Some(*label), self.year)),
                Column::Task | Column::Text => {
                    let inside = assignment::find(p, self.year);
                    skips.push((k, inside.iter().map(|f| f.range.clone()).collect()));
                    found.extend(inside.into_iter().filter(|f| !f.sentence));
                }
            }
        }
        let first = row.cells.first().map_or(main, |(_, p)| p).place(0..1);
        let filled = row.cells.iter().filter(|(_, p)| p.len() > 0);
        let ends = filled.map(|(_, p)| p.place(0..p.len())).map(|p| (p.end_line, p.end));
        let (end_line, end) = ends.fold((first.end_line, first.end), std::cmp::max);
        let place = Place { end_line, end, ..first };
        if row.doubtful {
            let words: Vec<String> = row.cells.iter().skip(1).map(|(_, p)| text(p)).collect();
            self.diagnostics.push(
                Diagnostic::new(Code::RowDoubtful)
                    .at(place)
                    .arg("number", &number)
                    .arg("text", words.join(" | ")),
            );
        }
        // One cell with one name under 责任单位 leads only if no other column names a lead.
        let leads = row
            .cells
            .iter()
            .any(|(c, _)| *c == Column::Assign(Label::Units(Role::Lead)));
        for one in &mut found {
            for unit in &mut one.units {
                unit.first &= !leads;
            }
        }
        let units = self.units(&number, &found, place);
        if deadlines.is_empty() {
            for (_, p) in row
                .cells
                .iter()
                .filter(|(c, _)| matches!(c, Column::Task | Column::Text))
            {
                let scanned = deadline::scan(p, 0..p.len(), self.year);
                deadlines.extend(scanned.iter().filter(|f| f.date.is_some()).map(|f| made(p, f)));
            }
        }
        let told = deadlines.iter().filter(|(_, assumed)| !assumed);
        let due = told.filter_map(|(d, _)| d.date).max();
        let deadline = self.deadline(&number, deadlines);
        for (k, skip) in skips {
            let p = &row.cells[k].1;
            let setting = Setting {
                task: Some(&number),
                year: self.head.year.or(due.map(|date| date.year())),
                reference: self.year,
                carry: false,
            };
            indicator::find(
                p,
                0..p.len(),
                &skip,
                &setting,
                &mut self.indicators,
                &mut self.diagnostics,
            );
        }
        let value = number.parse().unwrap_or(0);
        let task = Task {
            number,
            section,
            title,
            text: words.join("\n"),
            units,
            deadline,
            place,
        };
        self.drafts.push(Draft {
            line: place.line,
            kind: None,
            value,
            task,
        });
    }
}
