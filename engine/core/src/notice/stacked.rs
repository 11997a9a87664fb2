//! Tables of one cell a line: the head's cells first, then those of each row, as text copied out of a page has them.

use std::ops::Range;

use super::fit::{Effort, Piece, costs, fit};
use super::table::{Column, Row, Table, column, has_task_and_more};
use super::text::{self, Passage};
use super::{margins, mark};

/// A head whose cells stand one a line: 序号 / 工作任务 / 牵头单位 / 完成时限; a cell may be broken: 完成 / 时限.
pub(super) fn head(passages: &[Passage], at: usize) -> Option<(Vec<Column>, usize)> {
    let (first, mut i) = of_column(passages, at)?;
    if first != Column::Number {
        return None;
    }
    let mut columns = vec![first];
    while i < passages.len() {
        if passages[i].len() == 0 {
            i += 1;
        } else if let Some((found, next)) = of_column(passages, i) {
            columns.push(found);
            i = next;
        } else {
            break;
        }
    }
    let known: Vec<Option<Column>> = columns.iter().copied().map(Some).collect();
    (columns.len() >= 3 && has_task_and_more(&known)).then_some((columns, i))
}

/// The head of a column in one line or in several short ones, and where the next begins.
fn of_column(passages: &[Passage], at: usize) -> Option<(Column, usize)> {
    let mut words = String::new();
    for (n, p) in passages.iter().enumerate().skip(at).take(4) {
        if p.len() == 0 || p.len() > 8 && n > at {
            return None;
        }
        words.push_str(&p.text(0..p.len()));
        if let Some(found) = column(&words) {
            return Some((found, n + 1));
        }
    }
    None
}

/// True for a word of the head, printed again on the next page.
fn repeated_head(p: &Passage) -> bool {
    p.len() <= 6 && column(&p.text(0..p.len())).is_some_and(|c| matches!(c, Column::Number | Column::Assign(_)))
}

/// Rows whose cells stand one a line: a row begins where the next number stands alone.
pub(super) fn rows(passages: &[Passage], head: Range<usize>, columns: &[Column], effort: &mut Effort) -> Table {
    let first = head.end;
    let mut table = Table {
        lines: head,
        rows: Vec::new(),
        unread: Vec::new(),
    };
    let bare = |p: &Passage| p.part(p.trim(0..p.len(), &['|']));
    let passages: Vec<Passage> = passages.iter().map(bare).collect();
    let counts = |at: usize, value: Option<u32>| {
        let next = passages.get(at).and_then(|p| text::numeral(&p.chars));
        next.is_some() && next == value
    };
    // A heading between rows: 一、产业发展, the next number below it.
    let heading = |at: usize, value: Option<u32>| {
        let below = (at + 1..passages.len()).find(|i| passages[*i].len() > 0);
        is_heading(&passages[at]) && below.is_some_and(|below| counts(below, value))
    };
    // A part of a table begins with whatever number comes first.
    let filled = passages.iter().skip(first).find_map(|p| text::numeral(&p.chars));
    let mut expected = filled.unwrap_or(1);
    let mut section: Option<Passage> = None;
    let mut i = first;
    while i < passages.len() {
        let number = &passages[i];
        let head_again = column(&number.text(0..number.len())).is_some();
        if number.len() == 0 || margins::is_page_number(&number.chars) || head_again {
            i += 1;
            continue;
        }
        if heading(i, Some(expected)) {
            section = Some(number.clone());
            i += 1;
            continue;
        }
        if !counts(i, Some(expected)) {
            break;
        }
        let after = expected.checked_add(1);
        // Cells that are broken over lines make more lines than columns: the next number ends the row.
        let limit = passages.len().min(i + 1 + 5 * columns.len());
        let following = (i + 1..limit).find(|at| counts(*at, after));
        let mut parts: Vec<Passage> = Vec::new();
        // Behind each line that was taken.
        let mut ends: Vec<usize> = Vec::new();
        let mut next = i + 1;
        while let Some(p) = passages.get(next).filter(|_| next < limit) {
            if following == Some(next) || following.is_some() && heading(next, after) {
                break;
            }
            if let Some((_, past)) = self::head(&passages, next) {
                next = past;
                continue;
            }
            if p.len() == 0 || margins::is_page_number(&p.chars) || repeated_head(p) {
                // A blank line ends the last row.
                if following.is_none() && p.len() == 0 && parts.len() + 1 >= columns.len() {
                    break;
                }
                next += 1;
                continue;
            }
            // A list of names that breaks off at 、 goes on in the next line, over the end of a page as well.
            let broken = parts.last().is_some_and(|l| l.chars.last() == Some(&'、')) || p.chars.first() == Some(&'、');
            if following.is_none() && closes(p) {
                break;
            }
            match parts.last_mut().filter(|_| broken) {
                Some(last) => {
                    last.append(p);
                    ends.pop();
                }
                None => parts.push(p.clone()),
            }
            next += 1;
            ends.push(next);
        }
        if following.is_none() {
            let lines = last_row(&parts, columns, effort);
            next = ends.get(lines.wrapping_sub(1)).copied().unwrap_or(next);
            parts.truncate(lines);
        }
        match read(number, parts, columns, effort) {
            Ok(mut row) => {
                let own = row.cells.iter().any(|(c, _)| *c == Column::Section);
                row.cells
                    .extend(section.clone().filter(|_| !own).map(|held| (Column::Section, held)));
                table.rows.push(row);
            }
            Err(whole) => table.unread.push(whole),
        }
        table.lines.end = next;
        expected = expected.saturating_add(1);
        i = next;
    }
    table
}

/// One row: as many lines as columns, or lines shared out among them.
fn read(number: &Passage, parts: Vec<Passage>, columns: &[Column], effort: &mut Effort) -> Result<Row, Passage> {
    if parts.len() + 1 == columns.len() {
        let cells = columns
            .iter()
            .copied()
            .zip(std::iter::once(number.clone()).chain(parts));
        return Ok(Row {
            cells: cells.collect(),
            doubtful: false,
        });
    }
    let Some(found) = fit(&pieces(&parts), &columns[1..], effort) else {
        let mut whole = number.clone();
        parts.iter().for_each(|p| whole.append(p));
        return Err(whole);
    };
    Ok(Row {
        cells: std::iter::once((Column::Number, number.clone()))
            .chain(found.cells)
            .collect(),
        doubtful: found.doubtful,
    })
}

/// A line that no row of a table has.
fn closes(p: &Passage) -> bool {
    let note = ["注：", "备注：", "说明：", "附件", "联系人"];
    p.len() > 60 || mark::mark(&p.chars).is_some() || note.iter().any(|w| text::stands(&p.chars, 0, w))
}

/// How many lines the last row has: as many as fit its columns best. A character or two more complete a cell (2026年12 / 月).
fn last_row(parts: &[Passage], columns: &[Column], effort: &mut Effort) -> usize {
    let least = columns.len() - 1;
    let costs = costs(&pieces(parts), &columns[1..], effort).unwrap_or_default();
    let mut best: Option<(u32, usize)> = None;
    for (n, cost) in costs.iter().enumerate().skip(least) {
        let Some(cost) = *cost else { continue };
        let completes = n > 0 && parts[n - 1].len() <= 2;
        if best.is_none_or(|(low, at)| cost < low || cost == low && completes && at + 1 == n) {
            best = Some((cost, n));
        }
    }
    best.map_or_else(|| parts.len().min(least), |(_, n)| n)
}

fn pieces(parts: &[Passage]) -> Vec<Piece> {
    let piece = |passage: &Passage| Piece {
        passage: passage.clone(),
        line: true,
    };
    parts.iter().map(piece).collect()
}

/// 一、产业发展: a heading that may stand between rows.
fn is_heading(p: &Passage) -> bool {
    p.len() <= 30 && mark::is_chapter(&p.chars)
}
