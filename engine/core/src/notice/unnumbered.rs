//! Items that no number of their own begins: paragraphs below a heading or by unit, 一是……；二是…… within a paragraph.

use super::mark::{Kind, Mark, mark};
use super::outline::{Item, cut_title, paragraphs};
use super::subject;
use super::text::{self, Line, Passage};
use super::words::BULLETS;

/// The tasks of a text without numbers in which paragraphs begin with the units that do them: 县教育局：落实……
pub(super) fn by_units(lines: &[Line]) -> Vec<Item> {
    let named: Vec<(Passage, usize)> = paragraphs(lines)
        .into_iter()
        .filter_map(|p| subject::prefix(&p).map(|(_, words)| (p, words)))
        .collect();
    if named.len() < 3 {
        return Vec::new();
    }
    let numbered = named.into_iter().zip(1..);
    numbered
        .map(|((p, words), value)| one_of(p, value, words, None))
        .collect()
}

/// A task without a number of its own.
fn one_of(block: Passage, value: u32, len: usize, parent: Option<usize>) -> Item {
    Item {
        mark: Mark {
            kind: Kind::Arabic,
            number: value.to_string(),
            value,
            len,
        },
        parent,
        blocks: vec![block],
        title_end: 0,
        title_cut: false,
    }
}

/// Cuts a heading whose paragraphs each carry an assignment of their own into one item a paragraph: tasks without numbers.
pub(super) fn unnumbered(items: Vec<Item>) -> Vec<Item> {
    let parents: std::collections::BTreeSet<usize> = items.iter().filter_map(|i| i.parent).collect();
    let mut done: Vec<Item> = Vec::with_capacity(items.len());
    let mut moved: Vec<usize> = Vec::with_capacity(items.len());
    for (i, mut item) in items.into_iter().enumerate() {
        item.parent = item.parent.and_then(|p| moved.get(p).copied());
        moved.push(done.len());
        let parent = done.len();
        let heading = item
            .blocks
            .first()
            .is_some_and(|b| b.len() <= 40 && !b.chars.contains(&'。'));
        let closes = |b: &Passage| {
            let end = b.trim(0..b.len(), &['。']).end;
            let assigns = || super::assignment::find(b, None);
            subject::prefix(b).is_some()
                || matches!(b.chars[..end].last(), Some('）' | '〕' | '】'))
                    && b.len() > end.min(12)
                    && assigns().iter().any(|f| f.bracket && f.range.start > 4)
        };
        let own: Vec<bool> = item.blocks.iter().skip(1).map(closes).collect();
        let dashed = item.blocks.iter().skip(1).all(|b| text::stands(&b.chars, 0, "——"));
        if !heading || parents.contains(&i) || own.is_empty() || own.len() < 2 && !dashed || !own.iter().all(|o| *o) {
            done.push(item);
            continue;
        }
        let blocks = item.blocks.split_off(1);
        done.push(item);
        for (block, value) in blocks.into_iter().zip(1..) {
            let dashes = block
                .chars
                .iter()
                .take_while(|c| matches!(c, '—' | ' ') || BULLETS.contains(**c))
                .count();
            let len = subject::prefix(&block).map_or(dashes, |(_, words)| words);
            done.push(one_of(block, value, len, Some(parent)));
        }
    }
    done
}

/// Cuts paragraphs in which 一是……；二是…… each carry an assignment of their own into items below their paragraph's.
pub(crate) fn split_inline(items: Vec<Item>) -> Vec<Item> {
    let mut done: Vec<Item> = Vec::with_capacity(items.len());
    let mut moved: Vec<usize> = Vec::with_capacity(items.len());
    for mut item in items {
        item.parent = item.parent.and_then(|p| moved.get(p).copied());
        moved.push(done.len());
        let parent = done.len();
        let mut kept = Vec::new();
        let mut inner: Vec<Item> = Vec::new();
        for block in std::mem::take(&mut item.blocks) {
            let starts = inline_starts(&block);
            let first = starts.first().copied().unwrap_or(0);
            let bounds: Vec<(usize, usize)> = starts
                .iter()
                .copied()
                .zip(starts.iter().copied().skip(1).chain([block.len()]))
                .collect();
            let own = bounds
                .iter()
                .filter(|(a, b)| {
                    super::assignment::find(&block.part(*a..*b), None)
                        .iter()
                        .any(|f| !f.sentence)
                })
                .count();
            if own < 2 || item.mark.kind == Kind::HanIs {
                kept.push(block);
                continue;
            }
            if first > 0 {
                kept.push(block.part(0..first));
            }
            for (a, b) in bounds {
                let part = block.part(a..b);
                if let Some(mark) = mark(&part.chars) {
                    let mut one = Item {
                        mark,
                        parent: Some(parent),
                        blocks: vec![part],
                        title_end: 0,
                        title_cut: false,
                    };
                    cut_title(&mut one);
                    inner.push(one);
                }
            }
        }
        item.blocks = kept;
        done.push(item);
        done.append(&mut inner);
    }
    done
}

/// Where 一是, 二是, … stand at the start of clauses, in order.
fn inline_starts(block: &Passage) -> Vec<usize> {
    let mut starts = Vec::new();
    let mut i = 0;
    while i < block.len() {
        let boundary = i == 0 || matches!(block.chars[i - 1], '。' | '；' | '：' | ' ' | '）');
        if boundary
            && let Some(found) = mark(&block.chars[i..block.len().min(i + 8)])
            && found.kind == Kind::HanIs
            && usize::try_from(found.value).is_ok_and(|v| v == starts.len() + 1)
        {
            starts.push(i);
        }
        i += 1;
    }
    starts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::outline::build;

    #[test]
    fn one_is_two_is_with_own_units_are_items() {
        let items = split_inline(build(&text::lines(
            "1.改革。一是放开市场（区商务局负责）；二是加强监管（区财政局负责）。",
        )));
        assert_eq!(items.len(), 3);
        assert_eq!(items[2].title(), "加强监管");
    }
}
