//! Tables whose cells are parted by one space, as text copied out of a page has them.

use std::ops::Range;

use super::deadline;
use super::label::Label;
use super::name::{looks_like_unit, names};
use super::table::{Column, Row, Table, column, has_task_and_more};
use super::text::{self, Passage};
use super::{mark, outline};

/// The table whose head stands at `at`, if one does: the first column numbers the rows.
pub(super) fn table(passages: &[Passage], at: usize) -> Option<Table> {
    let columns = head(&passages[at])?;
    let mut rows: Vec<Passage> = Vec::new();
    let mut end = at + 1;
    for (i, p) in passages.iter().enumerate().skip(at + 1) {
        let aside = p.len() == 0 || outline::is_page_number(&p.chars) || head(p).is_some();
        let number = leading(p);
        let expected = rows.last().and_then(leading).map_or(number, |last| last.checked_add(1));
        if aside {
            continue;
        }
        if number.is_some() && number == expected {
            rows.push(p.clone());
        } else if !rows.is_empty() && mark::mark(&p.chars).is_none() && !ended(rows.last(), p) {
            // A row goes on in the next line, over the end of a page as well.
            if let Some(row) = rows.last_mut() {
                row.append(p);
            }
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
        match cells(&row, &columns) {
            Some(cells) => table.rows.push(Row { cells }),
            None => table.unread.push(row),
        }
    }
    (!table.rows.is_empty()).then_some(table)
}

/// A line of nothing but heads of columns, the first that of the number.
fn head(p: &Passage) -> Option<Vec<Column>> {
    let parts = words(p, 0..p.len());
    if parts.len() < 4 || p.len() > 60 {
        return None;
    }
    let columns: Option<Vec<Column>> = parts.into_iter().map(|r| column(&p.text(r))).collect();
    let columns = columns.filter(|c| c.first() == Some(&Column::Number))?;
    let known: Vec<Option<Column>> = columns.iter().copied().map(Some).collect();
    has_task_and_more(&known).then_some(columns)
}

/// The number that a row begins with.
fn leading(p: &Passage) -> Option<u32> {
    let n = p.chars.iter().take(4).take_while(|c| c.is_ascii_digit()).count();
    (p.chars.get(n) == Some(&' '))
        .then(|| text::numeral(&p.chars[..n]))
        .flatten()
}

/// True if the row has its last cell and the line reads as something else.
fn ended(row: Option<&Passage>, line: &Passage) -> bool {
    let last = row.and_then(|row| {
        words(row, 0..row.len())
            .pop()
            .map(|r| deadline::whole(row, r, None).is_some())
    });
    last == Some(true) || line.len() > 60
}

fn words(p: &Passage, range: Range<usize>) -> Vec<Range<usize>> {
    p.pieces(range, |c| c == ' ')
}

/// The cells of a row. What each may be is told by its column, from the right: a deadline, names of units; the words
/// that are left belong to the columns of text.
fn cells(p: &Passage, columns: &[Column]) -> Option<Vec<(Column, Passage)>> {
    let mut parts = words(p, 0..p.len());
    let mut taken: Vec<(Column, Option<Range<usize>>)> = Vec::new();
    let mut free: Vec<Column> = Vec::new();
    let exact = parts.len() == columns.len();
    for column in columns.iter().skip(1).rev() {
        let fits = parts.last().is_some_and(|r| exact || may_be(p, r.clone(), *column));
        match column {
            Column::Assign(_) if fits => taken.push((*column, parts.pop())),
            Column::Assign(_) => taken.push((*column, None)),
            _ if exact => taken.push((*column, parts.pop())),
            other => free.push(*other),
        }
    }
    if parts.is_empty() || !exact && free.is_empty() {
        return None;
    }
    let number = parts.remove(0);
    free.reverse();
    let mut cells = vec![(Column::Number, p.part(number))];
    // More words than columns of text: the last column has the rest.
    for (i, column) in free.iter().enumerate() {
        let range = match (parts.get(i), parts.last()) {
            (Some(first), Some(last)) if i + 1 == free.len() => first.start..last.end,
            (Some(own), _) => own.clone(),
            _ => continue,
        };
        cells.push((*column, p.part(range)));
    }
    taken.reverse();
    cells.extend(
        taken
            .into_iter()
            .filter_map(|(column, range)| range.map(|r| (column, p.part(r)))),
    );
    Some(cells)
}

/// True if words may stand in a column of units or of deadlines.
fn may_be(p: &Passage, range: Range<usize>, column: Column) -> bool {
    match column {
        Column::Assign(Label::Deadline) => deadline::whole(p, range, None).is_some(),
        Column::Assign(Label::Units(_)) => {
            let (found, _) = names(p, range);
            !found.is_empty() && found.iter().all(|r| looks_like_unit(&p.chars[r.clone()]))
        }
        _ => false,
    }
}
