//! A page of fixed width: the words of its lines, where the columns of a table stand on it, and which words stand in which.

use std::ops::Range;

use super::fit::Effort;
use super::label::Label;
use super::name::plainly_unit;
use super::table::{Column, cells, column, head};
use super::text::{self, Passage};
use super::wide_head::WideHead;
use super::{margins, mark};

/// Lines between the numbers of two rows at most.
pub(super) const APART: usize = 24;
/// Words of a line of a table at most.
const WORDS: usize = 40;
/// What it costs that a line's words stand two places away from their column, up to a limit.
const ASIDE: u32 = 7;
/// No way to share words out.
pub(super) const NEVER: u32 = 1_000_000;

/// Which words of a line stand in which column.
pub(super) type Shared = Vec<Option<Range<usize>>>;

/// How a printer counts places: one a character, or two for a Han character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Width {
    Characters,
    Printed,
}

/// A word of a line, parted from the others by spaces.
pub(super) struct Word {
    pub(super) range: Range<usize>,
    /// Where it begins and ends across the page.
    pub(super) start: usize,
    pub(super) end: usize,
    /// Spaces in front of it.
    pub(super) gap: usize,
}

/// A line of the table.
pub(super) struct Laid {
    /// Its index among all lines.
    pub(super) index: usize,
    pub(super) words: Vec<Word>,
    /// A blank line stands above it.
    pub(super) parted: bool,
    /// A heading between rows stands above it.
    pub(super) headed: bool,
    /// How far its page stands to the right of the first.
    pub(super) shift: isize,
}

impl Laid {
    /// A place of the line as it would be on the first page.
    fn at(&self, place: usize) -> usize {
        place.saturating_add_signed(-self.shift)
    }
}

/// The lines below a head.
pub(super) struct Page<'a> {
    pub(super) passages: &'a [Passage],
    pub(super) columns: Vec<Column>,
    /// Where each column begins, and where its middle is.
    pub(super) places: Vec<(usize, usize)>,
    pub(super) lines: Vec<Laid>,
    /// Headings between rows, each with the line it stands above.
    pub(super) headings: Vec<(usize, Passage)>,
}

impl<'a> Page<'a> {
    /// The lines below a head whose column `number` counts the rows.
    pub(super) fn of(
        passages: &'a [Passage],
        found: WideHead,
        number: usize,
        width: Width,
        effort: &mut Effort,
    ) -> Option<Self> {
        let WideHead { columns, places, next } = found;
        // 目标 or 重点领域 in front of the number spans rows.
        let spans = |(c, column): (usize, Column)| if c < number { Column::Section } else { column };
        let columns: Vec<Column> = columns.into_iter().enumerate().map(spans).collect();
        let at = next - 1;
        let above = margins::Above::of(passages, at);
        let mut lines: Vec<Laid> = Vec::new();
        let mut headings: Vec<(usize, Passage)> = Vec::new();
        let (mut parted, mut turned, mut headed, mut blank) = (false, false, false, 0);
        for (index, p) in passages.iter().enumerate().skip(at + 1) {
            effort.spend(1 + p.len() / 8)?;
            let words = words(p, width, 1);
            if words.len() > WORDS {
                break;
            }
            if words.is_empty() {
                parted = true;
                blank += 1;
                if blank > APART {
                    break;
                }
                continue;
            }
            blank = 0;
            if margins::is_page_number(&p.chars) {
                turned = true;
                continue;
            }
            if head(p, &cells(p)).is_some() || is_head_again(p, &words) || above.has(p) {
                turned = false;
                parted = true;
                continue;
            }
            // A name alone at the top of a page is who prints it.
            if turned && words.len() == 1 && plainly_unit(&p.text(0..p.len())) {
                let below = |c: usize, (start, _): &(usize, usize)| {
                    matches!(columns[c], Column::Assign(_)) && words[0].start.abs_diff(*start) <= 3
                };
                if !places.iter().enumerate().any(|(c, place)| below(c, place)) {
                    continue;
                }
            }
            turned = false;
            let marked = mark::is_chapter(&p.chars);
            let prose = words.len() == 1 && p.len() > 34 || p.len() > 20 && p.chars.contains(&'。') && words.len() == 1;
            let counted =
                words.len() == 2 && mark::is_han_numeral(&p.chars[words[0].range.clone()]) && words[0].start < 4;
            if (marked && words.len() <= 2 || counted) && p.len() <= 30 {
                let mut heading = Passage::default();
                words.iter().for_each(|w| heading.append(&p.part(w.range.clone())));
                headings.push((lines.len(), heading));
                headed = true;
                continue;
            }
            if marked && words.len() <= 2 || prose {
                break;
            }
            lines.push(Laid {
                index,
                words,
                parted,
                headed,
                shift: 0,
            });
            parted = false;
            headed = false;
        }
        Some(Self {
            passages,
            columns,
            places,
            lines,
            headings,
        })
    }

    /// The lines in which the next number of a row stands.
    pub(super) fn anchors(&self, number: usize) -> Vec<usize> {
        let mut found: Vec<usize> = Vec::new();
        let mut expected = None;
        for (i, line) in self.lines.iter().enumerate() {
            if found.last().is_some_and(|last| i > last + APART) || found.is_empty() && i > APART {
                break;
            }
            let p = &self.passages[line.index];
            let value = line.words.iter().take(number + 1).find_map(|w| {
                let near = w.start.abs_diff(self.places[number].0) <= 4 || w.start == 0 && number == 0;
                let digits = &p.chars[w.range.clone()];
                (near && digits.len() <= 3 && digits.iter().all(char::is_ascii_digit))
                    .then(|| text::numeral(digits))
                    .flatten()
            });
            if value.is_some() && (expected.is_none() || value == expected) {
                expected = value.and_then(|v| v.checked_add(1));
                found.push(i);
            }
        }
        found
    }

    /// Each page is laid out by itself: the lines around the numbers of a page are moved as they fit best together.
    pub(super) fn shift(&mut self, anchors: &[usize]) {
        const FAR: isize = 8;
        const TURN: u32 = 8;
        let shifts: Vec<isize> = (-FAR..=FAR).collect();
        // best[k]: what all rows so far cost if the last is moved by shifts[k]; and how the one before was moved.
        let mut best: Vec<u32> = shifts
            .iter()
            .map(|s| u32::try_from(s.unsigned_abs() / 2).unwrap_or(NEVER))
            .collect();
        let mut came: Vec<Vec<usize>> = Vec::new();
        for (r, anchor) in anchors.iter().enumerate() {
            let from = r.checked_sub(1).map_or(0, |before| anchors[before] + 1);
            let around = from.max(anchor.saturating_sub(4))..(anchor + 1);
            let low = (0..best.len()).min_by_key(|k| best[*k]).unwrap_or(0);
            let mut next = Vec::new();
            let mut from_which = Vec::new();
            for (k, shift) in shifts.iter().enumerate() {
                let all = around.clone().map(|i| {
                    self.lines[i].shift = *shift;
                    self.shared_cost(i)
                });
                let all: u32 = all.sum();
                let stays = best[k] <= best[low] + TURN;
                next.push(all + if stays { best[k] } else { best[low] + TURN });
                from_which.push(if stays { k } else { low });
            }
            best = next;
            came.push(from_which);
        }
        let mut k = (0..best.len())
            .min_by_key(|k| (best[*k], shifts[*k].unsigned_abs()))
            .unwrap_or(0);
        let mut chosen = vec![0; anchors.len()];
        for (r, from) in came.iter().enumerate().rev() {
            chosen[r] = shifts[k];
            k = from[k];
        }
        let mut r = 0;
        for i in 0..self.lines.len() {
            while r + 1 < anchors.len() && anchors[r + 1].abs_diff(i) < anchors[r].abs_diff(i) {
                r += 1;
            }
            self.lines[i].shift = chosen[r];
        }
    }

    /// What the words of a line cost where they fit best.
    fn shared_cost(&self, line: usize) -> u32 {
        let shared = self.share(line);
        let typed = shared.iter().enumerate().flat_map(|(c, r)| {
            let range = r.clone().unwrap_or(0..0);
            range.map(move |word| self.typed(line, word, c))
        });
        self.aside(line, &shared) + typed.sum::<u32>()
    }

    /// Shares the words of each line out among the columns, in order.
    pub(super) fn shared(&self) -> Vec<Shared> {
        (0..self.lines.len()).map(|i| self.share(i)).collect()
    }

    /// The words of each column of a line.
    fn share(&self, line: usize) -> Shared {
        let words = &self.lines[line].words;
        let (n, m) = (words.len(), self.columns.len());
        // best[k][c]: the words from k on, none of them before column c; and how many go to c.
        let mut best = vec![vec![(NEVER, 0); m + 1]; n + 1];
        best[n] = vec![(0, 0); m + 1];
        for c in (0..m).rev() {
            for k in (0..n).rev() {
                let mut low = (best[k][c + 1].0, 0);
                let mut own = 0;
                for taken in 1..=(n - k) {
                    own += match taken {
                        1 => self.begins(line, k, c),
                        _ => self.within(line, k + taken - 1),
                    } + self.typed(line, k + taken - 1, c);
                    let all = own + best[k + taken][c + 1].0;
                    if all < low.0 {
                        low = (all, taken);
                    }
                }
                best[k][c] = low;
            }
        }
        let mut k = 0;
        let mut found = Vec::with_capacity(m);
        while found.len() < m {
            let taken = best[k][found.len()].1;
            found.push((taken > 0).then(|| k..k + taken));
            k += taken;
        }
        found
    }

    /// What it costs that a column's words begin with this one.
    pub(super) fn begins(&self, line: usize, word: usize, column: usize) -> u32 {
        let w = &self.lines[line].words[word];
        let (start, middle) = self.places[column];
        let at = |place: usize| self.lines[line].at(place);
        let away = at(w.start)
            .abs_diff(start)
            .min(at((w.start + w.end) / 2).abs_diff(middle));
        let away = u32::try_from(away.saturating_sub(1) / 2).unwrap_or(ASIDE).min(ASIDE);
        away + u32::from(w.gap == 1)
    }

    /// What it costs that a word goes on in the cell of the one before: figures stand off from the words around them, words
    /// seldom from one another.
    fn within(&self, line: usize, word: usize) -> u32 {
        let p = &self.passages[self.lines[line].index];
        let w = &self.lines[line].words[word];
        let before = w.range.start.checked_sub(w.gap + 1).and_then(|i| p.chars.get(i));
        let figures = [before, p.chars.get(w.range.start)]
            .into_iter()
            .flatten()
            .any(|c| c.is_ascii_graphic());
        match (w.gap, figures) {
            (1, true) => 0,
            // 汪 峰
            (1, false) if w.range.len() <= 2 => 1,
            (1, false) => 5,
            _ => 6,
        }
    }

    /// What it costs that a word stands in a column by what it says.
    fn typed(&self, line: usize, word: usize, column: usize) -> u32 {
        let p = &self.passages[self.lines[line].index];
        let chars = &p.chars[self.lines[line].words[word].range.clone()];
        let figures = chars.iter().any(char::is_ascii_digit);
        let dated = chars.iter().all(|c| {
            c.is_ascii_digit() || ".-/年月日底前末上中下旬季度长期坚持续推进常态化全立即完成半每".contains(*c)
        });
        let timed = dated && chars.len() > 1;
        let name = || {
            let first: String = chars.iter().take_while(|c| **c != '、').collect();
            first.chars().count() > 2 && plainly_unit(&first)
        };
        match self.columns[column] {
            Column::Number => 9 * u32::from(chars.len() > 3 || !chars.iter().all(char::is_ascii_digit)),
            Column::Assign(Label::Units(_)) => 3 * u32::from(figures || timed),
            Column::Assign(Label::Deadline) => 3 * u32::from(!dated),
            Column::Section => 3 * u32::from(chars.len() > 8) + 9 * u32::from(chars.iter().all(char::is_ascii_digit)),
            Column::Assign(Label::Other) => 2 * u32::from(figures || chars.len() > 6) + u32::from(name()),
            Column::Task | Column::Text => 3 * u32::from(name()) + u32::from(timed && !figures),
            Column::Other => 0,
        }
    }

    /// How far the words of a line stand from their columns.
    pub(super) fn aside(&self, line: usize, shared: &[Option<Range<usize>>]) -> u32 {
        let of = |(c, r): (usize, &Option<Range<usize>>)| r.as_ref().map_or(0, |r| self.begins(line, r.start, c));
        shared.iter().enumerate().map(of).sum()
    }

    /// Moves each column to where most of its words begin, and to their usual middle.
    pub(super) fn settle(&mut self, shared: &[Shared]) {
        for c in 0..self.columns.len() {
            let firsts = shared.iter().zip(&self.lines).filter_map(|(of, line)| {
                let range = of[c].clone()?;
                let (first, last) = (&line.words[range.start], &line.words[range.end - 1]);
                let middle = (first.start + last.end) / 2;
                Some((first.gap != 1, line.at(first.start), line.at(middle)))
            });
            // Words right behind those of another column may have been pushed aside.
            let all: Vec<(bool, usize, usize)> = firsts.collect();
            let free = all.iter().filter(|(free, _, _)| *free).count();
            let counted = all.iter().filter(|(own, _, _)| *own || free * 2 < all.len());
            let (mut starts, mut middles): (Vec<usize>, Vec<usize>) =
                counted.map(|(_, start, mid)| (*start, *mid)).unzip();
            starts.sort_unstable();
            middles.sort_unstable();
            if starts.len() > 1 {
                self.places[c] = (starts[starts.len() / 2], middles[middles.len() / 2]);
            }
        }
    }
}

/// The words of a line; fewer spaces than `least` part none.
pub(super) fn words(p: &Passage, width: Width, least: usize) -> Vec<Word> {
    let margin = if p.len() > 0 { p.place(0..1).start } else { 0 };
    let mut found: Vec<Word> = Vec::new();
    let mut at = 0;
    let mut gap = usize::try_from(margin).unwrap_or_default();
    let place = |i: usize| -> usize {
        let column = usize::try_from(p.place(i..i + 1).start).unwrap_or_default();
        match width {
            Width::Characters => column,
            Width::Printed => column + p.chars[..i].iter().filter(|c| !c.is_ascii()).count(),
        }
    };
    while at < p.len() {
        let spaces = p.chars[at..].iter().take_while(|c| **c == ' ').count();
        if spaces > 0 {
            at += spaces;
            gap = spaces;
            continue;
        }
        let len = p.chars[at..].iter().take_while(|c| **c != ' ').count();
        let joined = found.last_mut().filter(|_| gap < least);
        let (start, end) = (place(at), place(at + len - 1) + 1);
        match joined {
            Some(last) => {
                last.range.end = at + len;
                last.end = end;
            }
            None => found.push(Word {
                range: at..at + len,
                start,
                end,
                gap,
            }),
        }
        at += len;
        gap = 0;
    }
    found
}

/// A line of nothing but words of a head, on the next page.
fn is_head_again(p: &Passage, words: &[Word]) -> bool {
    words.len() > 2
        && words
            .iter()
            .filter(|w| column(&p.text(w.range.clone())).is_some())
            .count()
            + 1
            >= words.len()
}
