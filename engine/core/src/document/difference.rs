//! What changed between two contents: lines and items matched by their stable numbers, texts by character.

use super::content::{Content, Fields, Item, Line};
use serde::{Deserialize, Serialize};
use similar::{Algorithm, DiffTag, capture_diff_slices};
use std::collections::{BTreeMap, BTreeSet};

/// Two texts longer than this (characters of both multiplied) are compared by sentence, so that one comparison
/// never takes more than a moment.
const CHARACTER_LIMIT: usize = 1_000_000;

/// What happened to a line or an item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// Something inside it differs.
    Changed,
    /// It only stands elsewhere.
    Moved,
    /// Nothing differs.
    Same,
}

/// A piece of a text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Run {
    /// In both.
    Same(String),
    /// Only in the old text.
    Removed(String),
    /// Only in the new text.
    Added(String),
}

/// One field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldDifference {
    /// The field's key.
    pub key: String,
    /// Its text, piece by piece; never only [`Run::Same`].
    pub runs: Vec<Run>,
}

/// One item.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemDifference {
    /// Its number.
    pub id: u32,
    /// What happened to it.
    pub change: Change,
    /// Its fields that differ.
    pub fields: Vec<FieldDifference>,
}

/// One line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LineDifference {
    /// Its number.
    pub id: u32,
    /// What happened to it; a line that changed and moved is [`Change::Changed`].
    pub change: Change,
    /// Its fields that differ.
    pub fields: Vec<FieldDifference>,
    /// Its items that differ.
    pub items: Vec<ItemDifference>,
}

/// How much differs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// Fields that differ, in the head and in lines that stand in both.
    pub places: usize,
    /// Lines that are new.
    pub added: usize,
    /// Lines that are gone.
    pub removed: usize,
    /// Lines that differ inside.
    pub changed: usize,
    /// Lines that only stand elsewhere.
    pub moved: usize,
    /// Lines in which nothing differs.
    pub same: usize,
}

/// Everything that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Difference {
    /// Fields of the head that differ.
    pub head: Vec<FieldDifference>,
    /// All lines in the order of the new content; a line that is gone stands behind the one it followed.
    pub lines: Vec<LineDifference>,
    /// How much.
    pub summary: Summary,
}

impl Difference {
    /// True when the two contents say the same.
    pub fn is_empty(&self) -> bool {
        self.head.is_empty() && self.lines.iter().all(|line| line.change == Change::Same)
    }

    /// The line with this number.
    pub fn line(&self, id: u32) -> Option<&LineDifference> {
        self.lines.iter().find(|line| line.id == id)
    }
}

/// What differs between `old` and `new`.
pub fn between(old: &Content, new: &Content) -> Difference {
    let head = fields(&old.head, &new.head);
    let moved = moved(&ids(&old.lines), &ids(&new.lines));
    let mut lines: Vec<LineDifference> = new
        .lines
        .iter()
        .map(|after| {
            let before = old.line(after.id);
            line(before, Some(after), moved.contains(&after.id))
        })
        .collect();
    for (position, gone) in old.lines.iter().enumerate().filter(|(_, l)| new.line(l.id).is_none()) {
        let behind = old.lines.get(..position).unwrap_or_default().last();
        let at = behind
            .and_then(|previous| lines.iter().position(|l| l.id == previous.id))
            .map_or(0, |found| found + 1);
        lines.insert(at, line(Some(gone), None, false));
    }
    let mut summary = Summary {
        places: head.len(),
        ..Summary::default()
    };
    for each in &lines {
        match each.change {
            Change::Added => summary.added += 1,
            Change::Removed => summary.removed += 1,
            Change::Moved => summary.moved += 1,
            Change::Same => summary.same += 1,
            Change::Changed => {
                summary.changed += 1;
                summary.places += each.fields.len();
                summary.places += each.items.iter().map(places_of).sum::<usize>();
            }
        }
    }
    Difference { head, lines, summary }
}

/// The text piece by piece, so that joining what is not removed gives `new` and what is not added gives `old`.
///
/// Runs of equal text shorter than two characters between two edits are merged into the edits: they are accidents
/// of single characters and make a text unreadable.
pub fn text(old: &str, new: &str) -> Vec<Run> {
    let (before, after) = (pieces(old), pieces(new));
    if before.len().saturating_mul(after.len()) > CHARACTER_LIMIT {
        return runs(&sentences(old), &sentences(new), 0);
    }
    runs(&before, &after, 2)
}

/// The pieces that are compared: numbers and words of Latin letters as a whole, everything else by character. 60
/// that becomes 80 reads as such, not as a 6 that becomes an 8.
fn pieces(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut start = 0;
    let mut last: Option<char> = None;
    for (at, c) in text.char_indices() {
        let joins = |c: char| c.is_ascii_alphanumeric() || c == '.';
        if at > start && !(joins(c) && last.is_some_and(joins)) {
            found.extend(text.get(start..at));
            start = at;
        }
        last = Some(c);
    }
    found.extend(text.get(start..).filter(|rest| !rest.is_empty()));
    found
}

fn sentences(text: &str) -> Vec<&str> {
    text.split_inclusive(['。', '；', '！', '？', '，', '\n', '.', ';'])
        .collect()
}

/// Three texts in growth: the removed and the added part of the edit that is open, and the pieces done so far.
#[derive(Default)]
struct Builder {
    done: Vec<Run>,
    removed: String,
    added: String,
}

impl Builder {
    fn close(&mut self) {
        if !self.removed.is_empty() {
            self.done.push(Run::Removed(std::mem::take(&mut self.removed)));
        }
        if !self.added.is_empty() {
            self.done.push(Run::Added(std::mem::take(&mut self.added)));
        }
    }
}

fn runs(old: &[&str], new: &[&str], least: usize) -> Vec<Run> {
    let ops = capture_diff_slices(Algorithm::Myers, old, new);
    let last = ops.len().saturating_sub(1);
    let mut built = Builder::default();
    for (position, op) in ops.iter().enumerate() {
        let (before, after) = (op.old_range(), op.new_range());
        let (gone, come) = (old.get(before).unwrap_or_default(), new.get(after).unwrap_or_default());
        let between_edits = position > 0 && position < last;
        if op.tag() == DiffTag::Equal && !(between_edits && characters(come) < least) {
            built.close();
            built.done.push(Run::Same(come.concat()));
        } else {
            built.removed.extend(gone.iter().copied());
            built.added.extend(come.iter().copied());
        }
    }
    built.close();
    built.done
}

fn characters(pieces: &[&str]) -> usize {
    pieces.iter().map(|piece| piece.chars().count()).sum()
}

fn ids(lines: &[Line]) -> Vec<u32> {
    lines.iter().map(|line| line.id).collect()
}

/// Of the ids in both, those that do not belong to the longest row that kept its order.
fn moved(old: &[u32], new: &[u32]) -> BTreeSet<u32> {
    let place: BTreeMap<u32, usize> = old.iter().enumerate().map(|(at, id)| (*id, at)).collect();
    let common: Vec<(u32, usize)> = new.iter().filter_map(|id| Some((*id, *place.get(id)?))).collect();
    // best[i]: length of the longest rising row that ends at i, and the one before in it.
    let mut best: Vec<(usize, Option<usize>)> = Vec::with_capacity(common.len());
    for (at, (_, here)) in common.iter().enumerate() {
        let before = common
            .iter()
            .zip(&best)
            .enumerate()
            .take(at)
            .filter(|(_, ((_, there), _))| there < here)
            .max_by_key(|(_, (_, (length, _)))| *length)
            .map(|(index, (_, (length, _)))| (index, *length));
        best.push((
            before.map_or(1, |(_, length)| length + 1),
            before.map(|(index, _)| index),
        ));
    }
    let mut kept = BTreeSet::new();
    let mut cursor = (0..best.len()).max_by_key(|at| best.get(*at).map_or(0, |(length, _)| *length));
    while let Some(at) = cursor {
        kept.extend(common.get(at).map(|(id, _)| *id));
        cursor = best.get(at).and_then(|(_, before)| *before);
    }
    common
        .into_iter()
        .map(|(id, _)| id)
        .filter(|id| !kept.contains(id))
        .collect()
}

fn line(old: Option<&Line>, new: Option<&Line>, moved: bool) -> LineDifference {
    let empty = Line::default();
    let (before, after) = (old.unwrap_or(&empty), new.unwrap_or(&empty));
    let fields = fields(&before.fields, &after.fields);
    let items = items(&before.items, &after.items);
    let touched = !fields.is_empty() || items.iter().any(|item| item.change != Change::Same);
    LineDifference {
        id: new.or(old).map_or(0, |line| line.id),
        change: change(old.is_some(), new.is_some(), touched, moved),
        fields,
        items,
    }
}

fn items(old: &[Item], new: &[Item]) -> Vec<ItemDifference> {
    let gone = old.iter().filter(|item| !new.iter().any(|other| other.id == item.id));
    let pairs = new
        .iter()
        .map(|after| (old.iter().find(|item| item.id == after.id), Some(after)))
        .chain(gone.map(|before| (Some(before), None)));
    let empty = Fields::new();
    pairs
        .map(|(before, after)| {
            let fields = fields(
                before.map_or(&empty, |i| &i.fields),
                after.map_or(&empty, |i| &i.fields),
            );
            ItemDifference {
                id: after.or(before).map_or(0, |item| item.id),
                change: change(before.is_some(), after.is_some(), !fields.is_empty(), false),
                fields,
            }
        })
        .collect()
}

fn change(before: bool, after: bool, touched: bool, moved: bool) -> Change {
    match (before, after) {
        (false, _) => Change::Added,
        (true, false) => Change::Removed,
        (true, true) if touched => Change::Changed,
        (true, true) if moved => Change::Moved,
        (true, true) => Change::Same,
    }
}

fn fields(old: &Fields, new: &Fields) -> Vec<FieldDifference> {
    let keys: BTreeSet<_> = old.keys().chain(new.keys()).collect();
    keys.into_iter()
        .filter_map(|key| {
            let (before, after) = (old.get(key).map_or("", |t| t), new.get(key).map_or("", |t| t));
            (before != after).then(|| FieldDifference {
                key: key.clone(),
                runs: text(before, after),
            })
        })
        .collect()
}

/// How many places an item counts for: its fields that differ, or one when it is new or gone.
fn places_of(item: &ItemDifference) -> usize {
    match item.change {
        Change::Added | Change::Removed => 1,
        Change::Changed => item.fields.len(),
        Change::Moved | Change::Same => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn joined(runs: &[Run]) -> (String, String) {
        let (mut old, mut new) = (String::new(), String::new());
        for run in runs {
            match run {
                Run::Same(text) => {
                    old.push_str(text);
                    new.push_str(text);
                }
                Run::Removed(text) => old.push_str(text),
                Run::Added(text) => new.push_str(text),
            }
        }
        (old, new)
    }

    fn content(lines: &[(u32, &str)]) -> Content {
        let lines = lines.iter().map(|(id, text)| Line {
            id: *id,
            fields: [("measures".to_owned(), (*text).to_owned())].into(),
            ..Line::default()
        });
        Content {
            lines: lines.collect(),
            ..Content::default()
        }
    }

    #[test]
    fn single_equal_characters_between_edits_are_merged() {
        // 的 is common to both, alone between two edits: it goes with them.
        let runs = text("完成甲的事项", "完成乙的工作");
        assert_eq!(
            runs,
            [
                Run::Same("完成".into()),
                Run::Removed("甲的事项".into()),
                Run::Added("乙的工作".into())
            ]
        );
        // A number is replaced as a whole.
        assert_eq!(
            text("不少于60家", "不少于80家"),
            [
                Run::Same("不少于".into()),
                Run::Removed("60".into()),
                Run::Added("80".into()),
                Run::Same("家".into())
            ]
        );
    }

    #[test]
    fn lines_are_matched_by_number_whatever_their_order_and_text() {
        let old = content(&[(1, "一"), (2, "二"), (3, "三"), (4, "四")]);
        let new = content(&[(4, "四"), (1, "一"), (3, "三改"), (5, "五")]);
        let found = between(&old, &new);
        let changes: Vec<_> = found.lines.iter().map(|line| (line.id, line.change)).collect();
        assert_eq!(
            changes,
            [
                (4, Change::Moved),
                (1, Change::Same),
                (2, Change::Removed),
                (3, Change::Changed),
                (5, Change::Added)
            ]
        );
        let summary = found.summary;
        assert_eq!(
            (
                summary.places,
                summary.added,
                summary.removed,
                summary.changed,
                summary.moved,
                summary.same
            ),
            (1, 1, 1, 1, 1, 1)
        );
    }

    #[test]
    fn an_item_counts_as_a_place_and_an_empty_text_is_no_difference() {
        let mut old = content(&[(1, "一")]);
        let mut new = old.clone();
        new.head.insert("aim".into(), String::new());
        assert!(between(&old, &new).is_empty());
        new.lines[0].items.push(Item {
            id: 2,
            ..Item::default()
        });
        assert_eq!(between(&old, &new).summary.places, 1);
        old = new.clone();
        new.lines[0].items[0].fields.insert("base".into(), "1".into());
        assert_eq!(between(&old, &new).summary.places, 1);
    }

    #[test]
    fn long_texts_are_compared_by_sentence() {
        let old = "甲乙丙丁。".repeat(400);
        let new = format!("{old}末句。");
        let runs = text(&old, &new);
        assert_eq!(joined(&runs), (old, new));
        assert_eq!(runs.last(), Some(&Run::Added("末句。".into())));
    }

    proptest! {
        #[test]
        fn joining_the_pieces_gives_both_texts(old in "[甲乙丙，。a1 ]{0,40}", new in "[甲乙丙，。a1 ]{0,40}") {
            let runs = text(&old, &new);
            prop_assert_eq!(joined(&runs), (old, new));
            // No two neighbours of one kind, and no single equal character between two edits.
            for pair in runs.windows(2) {
                prop_assert_ne!(std::mem::discriminant(&pair[0]), std::mem::discriminant(&pair[1]));
            }
            for (at, run) in runs.iter().enumerate() {
                if let Run::Same(text) = run {
                    prop_assert!(at == 0 || at + 1 == runs.len() || text.chars().count() >= 2);
                }
            }
        }

        #[test]
        fn a_content_never_differs_from_itself(ids in prop::collection::btree_set(1u32..50, 0..10)) {
            let lines: Vec<_> = ids.iter().map(|id| (*id, "同")).collect();
            let same = content(&lines);
            prop_assert!(between(&same, &same).is_empty());
            let mut turned = same.clone();
            turned.lines.reverse();
            let found = between(&same, &turned).summary;
            prop_assert_eq!(found.moved, lines.len().saturating_sub(1));
        }
    }
}
