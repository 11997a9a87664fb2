//! The head of a table laid out in a fixed width: words side by side, in one line or in several below one another.

use super::page::{Width, Word, words};
use super::table::{Column, cells, column, has_task_and_more, head};
use super::text::Passage;

/// Lines of a head at most.
const LINES: usize = 4;
/// Columns at most.
const COLUMNS: usize = 10;

/// A head with where its columns begin and have their middle, and the line behind it.
pub(super) struct WideHead {
    pub(super) columns: Vec<Column>,
    pub(super) places: Vec<(usize, usize)>,
    pub(super) next: usize,
}

/// The head that begins at `at`, if one does.
pub(super) fn wide_head(passages: &[Passage], at: usize, width: Width) -> Option<WideHead> {
    let plain = |p: &Passage| p.len() <= 120 && !p.chars.iter().any(|c| matches!(c, '\t' | '|' | '｜' | '。' | '：'));
    let lines: Vec<&Passage> = passages[at..]
        .iter()
        .take(LINES)
        .take_while(|p| p.len() > 0 && plain(p))
        .collect();
    let numbered = lines.iter().position(|p| {
        let found = words(p, width, 1);
        found
            .iter()
            .any(|w| matches!(p.text(w.range.clone()).as_str(), "序号" | "编号" | "项号"))
    })?;
    if !spread(passages, at) {
        return None;
    }
    let found = |unknown| (numbered + 1..=lines.len()).find_map(|n| stacked(&lines[..n], at, width, unknown));
    found(0).or_else(|| found(1)).or_else(|| single(passages, at, width))
}

/// True if the lines at `at` keep columns apart by gaps.
fn spread(passages: &[Passage], at: usize) -> bool {
    passages[at..].iter().take(8).any(|p| {
        let found = words(p, Width::Characters, 1);
        found.iter().skip(1).any(|w| w.gap > 1) || found.first().is_some_and(|w| w.start > 2)
    })
}

/// Words below one another are one: 完成时 / 限.
fn stacked(lines: &[&Passage], at: usize, width: Width, unknown: usize) -> Option<WideHead> {
    struct Stack {
        words: String,
        start: usize,
        middle: usize,
    }
    let middle = |w: &Word| (w.start + w.end) / 2;
    let mut stacks: Vec<Stack> = Vec::new();
    for line in lines {
        for word in words(line, width, 1) {
            let own = line.text(word.range.clone());
            let near = |s: &&mut Stack| s.start.abs_diff(word.start) <= 1 || s.middle.abs_diff(middle(&word)) <= 1;
            match stacks.iter_mut().find(near) {
                Some(stack) => stack.words.push_str(&own),
                None => stacks.push(Stack {
                    words: own,
                    start: word.start,
                    middle: middle(&word),
                }),
            }
        }
    }
    stacks.sort_by_key(|s| s.start);
    let columns: Vec<Option<Column>> = stacks.iter().map(|s| column(&s.words)).collect();
    let missing = columns.iter().filter(|c| c.is_none()).count();
    let fits = (3..=COLUMNS).contains(&columns.len()) && missing <= unknown && (missing == 0 || columns.len() > 4);
    (fits && has_task_and_more(&columns)).then(|| WideHead {
        columns: columns.into_iter().map(|c| c.unwrap_or(Column::Other)).collect(),
        places: stacks.iter().map(|s| (s.start, s.middle)).collect(),
        next: at + lines.len(),
    })
}

/// A head in one line whose words may have a space in them: 分管 领导.
fn single(passages: &[Passage], at: usize, width: Width) -> Option<WideHead> {
    let columns = head(&passages[at], &cells(&passages[at]))?;
    let found = words(&passages[at], width, 2);
    (found.len() == columns.len() && columns.len() <= COLUMNS).then(|| WideHead {
        columns,
        places: found.iter().map(|w| (w.start, (w.start + w.end) / 2)).collect(),
        next: at + 1,
    })
}
