//! Tables whose cells are parted by one space, as text copied out of a page has them.

use std::ops::Range;

use super::fit::{Effort, Fitted, Piece, fit};
use super::label::Label;
use super::mark::Kind;
use super::table::{Column, Row, Table, column, has_task_and_more};
use super::text::{self, Passage};
use super::{margins, mark};

/// How far ahead the next row is looked for.
const AHEAD: usize = 15;

/// The table whose head stands at `at`, if one does: the first column numbers the rows.
pub(super) fn table(passages: &[Passage], at: usize, effort: &mut Effort) -> Option<Table> {
    let (columns, first) = heads(passages, at)?;
    // 类别 in front of the number is told once for several rows.
    let merged = columns[0] != Column::Number;
    let columns = if merged { columns[1..].to_vec() } else { columns };
    let mut rows: Vec<Found> = Vec::new();
    let mut section: Option<Passage> = None;
    let mut end = first;
    let above_it = margins::Above::of(passages, at);
    for (i, p) in passages.iter().enumerate().skip(first) {
        let number = leading(p);
        let expected = rows.last().map_or(number, |last| last.number.checked_add(1));
        // A number alone in its line is that of a row if it is its turn, else that of a page.
        let page = margins::is_page_number(&p.chars) && (number.is_none() || number != expected);
        if p.len() == 0 || page || head(p).is_some() || above_it.has(p) {
            if rows.is_empty() && i > first + AHEAD {
                break;
            }
            continue;
        }
        let begins = rows.is_empty();
        let follows = || {
            let ahead = passages.iter().skip(i + 1).take(AHEAD);
            ahead
                .map(leading)
                .any(|found| found.is_some() && (found == expected || begins))
        };
        let ahead = merged.then(|| in_front(p, expected)).flatten();
        let above = || {
            let mut next = passages.iter().skip(i + 1).filter(|p| p.len() > 0).take(2);
            merged && p.len() <= 12 && next.any(|p| leading(p).is_some_and(|n| begins || Some(n) == expected))
        };
        if let Some((words, rest)) = ahead {
            section = Some(p.part(words));
            let line = p.part(rest);
            let number = leading(&line).or(expected).unwrap_or(1);
            rows.push(Found::new(number, vec![line], section.clone()));
        } else if let Some(number) = number.filter(|_| number == expected) {
            rows.push(Found::new(number, vec![p.clone()], section.clone()));
        } else if is_section(p) && p.len() <= 30 && follows() {
            section = Some(p.clone());
        } else if above() && rows.last_mut().is_none_or(|last| last.ended(p, &columns, effort)) {
            // 城市更新 / 提速: the second line of a section.
            let goes_on = end == i
                && section
                    .as_ref()
                    .is_some_and(|s| s.place(0..1).line + 1 == p.place(0..1).line);
            match section.as_mut().filter(|_| goes_on) {
                Some(section) => section.append(p),
                None => section = Some(p.clone()),
            }
        } else if rows
            .last_mut()
            .is_some_and(|last| follows() || !last.ended(p, &columns, effort))
            && let Some(last) = rows.last_mut()
        {
            // A row goes on in the next line, over the end of a page as well.
            last.lines.push(p.clone());
        } else {
            break;
        }
        end = i + 1;
    }
    let mut table = Table {
        lines: at..end,
        rows: Vec::new(),
        unread: Vec::new(),
    };
    for row in rows {
        match row.read(&columns, effort) {
            Some(read) => table.rows.push(read),
            None => table.unread.push(row.whole()),
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

/// A heading between rows: 一、产业发展, 一 产业发展.
fn is_section(p: &Passage) -> bool {
    let parts = words(p, 0..p.len());
    mark::is_chapter(&p.chars) || parts.len() == 2 && mark::is_han_numeral(&p.chars[parts[0].clone()])
}

/// The lines of one row.
struct Found {
    number: u32,
    lines: Vec<Passage>,
    /// The heading that stands above it, within the table.
    section: Option<Passage>,
    /// How its first so many lines fit the columns, if that was asked.
    known: Option<(usize, Fitted)>,
}

impl Found {
    fn new(number: u32, lines: Vec<Passage>, section: Option<Passage>) -> Self {
        Self {
            number,
            lines,
            section,
            known: None,
        }
    }

    fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for line in &self.lines {
            for (n, range) in words(line, 0..line.len()).into_iter().enumerate() {
                pieces.push(Piece {
                    passage: line.part(range),
                    line: n == 0,
                });
            }
        }
        pieces
    }

    fn fitted(&self, columns: &[Column], effort: &mut Effort) -> Option<Fitted> {
        let mut pieces = self.pieces();
        let number = (pieces.len() > 1).then(|| pieces.remove(0).passage)?;
        let mut found = fit(&pieces, &columns[1..], effort)?;
        found.cells.insert(0, (Column::Number, number));
        Some(found)
    }

    fn read(&self, columns: &[Column], effort: &mut Effort) -> Option<Row> {
        let Fitted {
            mut cells, doubtful, ..
        } = self.fitted(columns, effort)?;
        if let Some(section) = self.section.clone().filter(|_| !columns.contains(&Column::Section)) {
            cells.insert(1, (Column::Section, section));
        }
        Some(Row { cells, doubtful })
    }

    fn whole(&self) -> Passage {
        let mut whole = Passage::default();
        self.lines.iter().for_each(|line| whole.append(line));
        whole
    }

    /// True if the row is whole and fits its columns worse with the line than without.
    fn ended(&mut self, line: &Passage, columns: &[Column], effort: &mut Effort) -> bool {
        let small = |kind: Kind| {
            matches!(
                kind,
                Kind::Arabic | Kind::Decimal(_) | Kind::ArabicBracket | Kind::Circled
            )
        };
        if line.len() > 60 || mark::mark(&line.chars).is_some_and(|m| !small(m.kind)) {
            return true;
        }
        // What the row was with its last line is what it is now.
        if self.known.take_if(|(lines, _)| *lines != self.lines.len()).is_some() || self.known.is_none() {
            self.known = self.fitted(columns, effort).map(|now| (self.lines.len(), now));
        }
        let Some((_, now)) = &self.known else {
            return self.lines.len() > 1;
        };
        let mut more = Self::new(self.number, self.lines.clone(), None);
        more.lines.push(line.clone());
        let Some(then) = more.fitted(columns, effort) else {
            return true;
        };
        let typed = |found: &Fitted| -> Vec<String> {
            let cells = found.cells.iter();
            cells
                .filter(|(c, _)| matches!(c, Column::Assign(Label::Units(_) | Label::Deadline)))
                .map(|(_, p)| p.text(0..p.len()))
                .collect()
        };
        let wanted = columns
            .iter()
            .filter(|c| matches!(c, Column::Assign(Label::Units(_) | Label::Deadline)))
            .count();
        let whole = typed(now).len() == wanted;
        // 2026年11月 / 底前: a last cell that the line completes.
        let completed = typed(now) != typed(&then) && then.cost == now.cost;
        let ended = match whole {
            true => then.cost >= now.cost && !completed,
            false => then.cost > now.cost + 8,
        };
        if !ended {
            self.known = Some((self.lines.len() + 1, then));
        }
        ended
    }
}

/// The longest head that begins at a line, and the line behind it; it may be broken over lines as rows are.
fn heads(passages: &[Passage], at: usize) -> Option<(Vec<Column>, usize)> {
    // The word that a head begins with may itself be broken: 序 / 号.
    let begins = words(&passages[at], 0..passages[at].len()).into_iter().next()?;
    if column(&passages[at].text(begins.clone())).is_none() && begins.len() > 3 {
        return None;
    }
    let mut whole = Passage::default();
    // Heads of one word a line belong to a table of one cell a line.
    let mut several = false;
    let mut found = None;
    for (n, line) in passages[at..].iter().take(10).enumerate() {
        let broken = whole.len() > 0 && column(&last_word(&whole)).is_none();
        whole.join(line, whole.len() > 0 && !broken);
        several |= words(line, 0..line.len()).len() > 1;
        if whole.len() > 60 {
            break;
        }
        if several && let Some(columns) = head(&whole) {
            found = Some((columns, at + n + 1));
        }
    }
    found
}

fn last_word(p: &Passage) -> String {
    words(p, 0..p.len()).pop().map_or_else(String::new, |r| p.text(r))
}

/// A line of nothing but heads of columns, the first that of the number.
fn head(p: &Passage) -> Option<Vec<Column>> {
    let parts = words(p, 0..p.len());
    if parts.len() < 4 || p.len() > 60 {
        return None;
    }
    let columns: Option<Vec<Column>> = parts.into_iter().map(|r| column(&p.text(r))).collect();
    let mut columns = columns.filter(|c| c.iter().take(2).any(|c| *c == Column::Number))?;
    if columns[0] != Column::Number {
        columns[0] = Column::Section;
    }
    let known: Vec<Option<Column>> = columns.iter().copied().map(Some).collect();
    has_task_and_more(&known).then_some(columns)
}

/// 民生福祉 7 加强水环境治理: a section in front of the number. Where its words and those of the row stand.
fn in_front(p: &Passage, expected: Option<u32>) -> Option<(Range<usize>, Range<usize>)> {
    let parts = words(p, 0..p.len());
    let (first, second) = (parts.first()?, parts.get(1)?);
    let number = text::numeral(&p.chars[second.clone()])?;
    let digits = p.chars[second.clone()].iter().all(char::is_ascii_digit);
    let fits = expected.map_or(number == 1, |value| value == number);
    (digits && fits && first.len() <= 12).then(|| (first.clone(), second.start..p.len()))
}

/// The number that a row begins with; it may have the line to itself.
fn leading(p: &Passage) -> Option<u32> {
    let n = p.chars.iter().take(4).take_while(|c| c.is_ascii_digit()).count();
    p.chars
        .get(n)
        .is_none_or(|c| *c == ' ')
        .then(|| text::numeral(&p.chars[..n]))
        .flatten()
}

fn words(p: &Passage, range: Range<usize>) -> Vec<Range<usize>> {
    p.pieces(range, |c| c == ' ')
}
