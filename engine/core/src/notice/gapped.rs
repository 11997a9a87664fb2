//! Tables whose columns are kept apart by wide gaps, as a page laid out in a fixed width has them: the lines of a row stand
//! below one another, and each has words for some of the columns.

use super::fit::{Effort, Piece, cost, doubtful};
use super::table::{Column, Row, Table, cells, head};
use super::text::{self, Passage};
use super::{mark, outline};

/// How far ahead the next row is looked for.
const AHEAD: usize = 15;
/// What it weighs that words do not stand below the head of their column.
const ASIDE: usize = 3;
/// A table of numbered rows below the head at `at`, or none where no row begins with a number.
pub(super) fn table(passages: &[Passage], at: usize, columns: &[Column], effort: &mut Effort) -> Option<Table> {
    if columns.first() != Some(&Column::Number) || columns.len() > 9 {
        return None;
    }
    let places: Vec<usize> = cells(&passages[at])
        .into_iter()
        .map(|r| place(&passages[at], r.start))
        .collect();
    let mut rows: Vec<Open> = Vec::new();
    let mut end = at + 1;
    for (i, p) in passages.iter().enumerate().skip(at + 1) {
        let parts = cells(p);
        let page = outline::is_page_number(&p.chars);
        if p.len() == 0 || page || head(p, &parts).is_some() {
            if rows.is_empty() && i > at + AHEAD {
                break;
            }
            continue;
        }
        let held = rows.last().map_or(1, |row| row.cells.iter().map(Vec::len).sum());
        effort.spend(parts.len() * columns.len() * held)?;
        let expected = rows.last().map_or(leading(p), |row| row.number.checked_add(1));
        let follows = || {
            let mut ahead = passages.iter().skip(i + 1).take(AHEAD);
            ahead.any(|p| leading(p).is_some() && leading(p) == expected)
        };
        if leading(p).is_some() && leading(p) == expected {
            let mut row = Open::new(p.part(parts[0].clone()), expected.unwrap_or_default(), columns.len());
            row.line(p, &parts[1..], (&columns[1..], &places[1..]));
            rows.push(row);
        } else if let Some(row) = rows.last_mut() {
            let other = mark::mark(&p.chars).is_some() || parts.len() == 1 && p.len() > 30;
            let mut with = row.clone();
            with.line(p, &parts, (&columns[1..], &places[1..]));
            if other && !follows() || !follows() && with.cost(&columns[1..]) > row.cost(&columns[1..]) {
                break;
            }
            *row = with;
        } else {
            break;
        }
        end = i + 1;
    }
    (!rows.is_empty()).then(|| Table {
        lines: at..end,
        rows: rows.into_iter().map(|row| row.close(columns)).collect(),
        unread: Vec::new(),
    })
}

/// A row whose lines are being read.
#[derive(Clone)]
struct Open {
    digits: Passage,
    number: u32,
    /// The pieces of each column but the first.
    cells: Vec<Vec<Piece>>,
}

impl Open {
    fn new(digits: Passage, number: u32, columns: usize) -> Self {
        Self {
            digits,
            number,
            cells: vec![Vec::new(); columns - 1],
        }
    }

    /// Shares the words of a line out among the columns, in order, each to one that it fits or stands below.
    fn line(&mut self, p: &Passage, parts: &[std::ops::Range<usize>], (columns, places): (&[Column], &[usize])) {
        let n = parts.len().min(columns.len());
        // best[c][k]: the columns from c on take the words from k on.
        let mut best = vec![vec![(u32::MAX, false); n + 1]; columns.len() + 1];
        best[columns.len()][n] = (0, false);
        for c in (0..columns.len()).rev() {
            for k in 0..=n {
                let without = best[c + 1][k].0.checked_add(cost(&self.cells[c], columns[c]));
                let with = (k < n).then(|| {
                    let mut cell = self.cells[c].clone();
                    cell.push(piece(p, parts[k].clone()));
                    let aside = place(p, parts[k].start).abs_diff(places[c]) / 4;
                    let aside = u32::try_from(aside.min(ASIDE)).unwrap_or_default();
                    best[c + 1][k + 1].0.checked_add(cost(&cell, columns[c]) + aside)
                });
                let with = with.flatten();
                best[c][k] = match (without, with) {
                    (Some(without), Some(with)) if with <= without => (with, true),
                    (Some(without), _) => (without, false),
                    (None, Some(with)) => (with, true),
                    (None, None) => (u32::MAX, false),
                };
            }
        }
        let mut k = 0;
        for (cell, best) in self.cells.iter_mut().zip(&best) {
            if k < n && best[k].1 {
                cell.push(piece(p, parts[k].clone()));
                k += 1;
            }
        }
    }

    fn cost(&self, columns: &[Column]) -> u32 {
        self.cells
            .iter()
            .zip(columns)
            .map(|(cell, column)| cost(cell, *column))
            .sum()
    }

    fn close(self, columns: &[Column]) -> Row {
        let doubtful = doubtful(&self.cells, &columns[1..]);
        let joined = self.cells.into_iter().map(|pieces| {
            let mut cell = Passage::default();
            pieces.iter().for_each(|piece| cell.append(&piece.passage));
            cell
        });
        let cells = columns.iter().copied().zip(std::iter::once(self.digits).chain(joined));
        Row {
            cells: cells.filter(|(_, cell)| cell.len() > 0).collect(),
            doubtful,
        }
    }
}

fn piece(p: &Passage, range: std::ops::Range<usize>) -> Piece {
    Piece {
        passage: p.part(range),
        line: true,
    }
}

/// The number that a row begins with.
fn leading(p: &Passage) -> Option<u32> {
    let first = cells(p).into_iter().next()?;
    let digits = &p.chars[first];
    digits
        .iter()
        .all(char::is_ascii_digit)
        .then(|| text::numeral(digits))
        .flatten()
}

/// Where a character stands across the page: Han characters are two wide.
fn place(p: &Passage, at: usize) -> usize {
    let before: usize = p.chars[..at].iter().map(|c| 1 + usize::from(!c.is_ascii())).sum();
    let margin = usize::try_from(p.place(0..1).start).unwrap_or_default();
    before + margin
}
