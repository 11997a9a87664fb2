//! Tables laid out in a fixed width, as a page printed to text has them: words stand below the head of their column, the
//! lines of a row below one another, and short cells in the middle of the lines of the longest.

use std::collections::BTreeMap;
use std::ops::Range;

use super::fit::{Effort, Piece, cost, doubtful};
use super::page::{APART, NEVER, Page, Shared, Width};
use super::table::{Column, Row, Table};
use super::text::Passage;
use super::wide_head::wide_head;

/// The table whose head begins at `at`, or none where its rows are not numbered one after the other.
pub(super) fn table(passages: &[Passage], at: usize, effort: &mut Effort) -> Option<Table> {
    let ways = [Width::Characters, Width::Printed];
    let read = ways.map(|width| {
        let head = wide_head(passages, at, width)?;
        let number = head
            .columns
            .iter()
            .position(|c| *c == Column::Number)
            .filter(|n| *n < 3)?;
        Page::of(passages, head, number, width, effort)?.read(number, effort)
    });
    let (rows, page) = read
        .into_iter()
        .flatten()
        .min_by_key(|(rows, _)| (usize::MAX - rows.cut.rows.len(), rows.cut.cost))?;
    Some(page.table(at, &rows))
}

/// The rows as read.
struct Rows {
    cut: Cut,
    /// The words of each line by column.
    shared: Vec<Shared>,
}

/// Lines cut into rows, and what that costs.
struct Cut {
    rows: Vec<Range<usize>>,
    cost: u32,
}

/// What the cells of a row cost, each asked once.
struct Cells<'a> {
    columns: &'a [Column],
    /// The pieces of each column with their lines.
    pieces: &'a [Vec<(usize, Piece)>],
    /// By column, first piece and the piece behind the last.
    known: BTreeMap<(usize, usize, usize), u32>,
}

impl Cells<'_> {
    fn cost(&mut self, lines: Range<usize>, effort: &mut Effort) -> Option<u32> {
        let mut all = 0;
        for (c, column) in self.columns.iter().enumerate() {
            if matches!(column, Column::Section | Column::Number) {
                continue;
            }
            let from = self.pieces[c].partition_point(|(i, _)| *i < lines.start);
            let to = self.pieces[c].partition_point(|(i, _)| *i < lines.end);
            all += match self.known.get(&(c, from, to)) {
                Some(cost) => *cost,
                None => {
                    effort.spend(1 + to - from)?;
                    let cell: Vec<Piece> = self.pieces[c][from..to].iter().map(|(_, p)| p.clone()).collect();
                    let one = cost(&cell, *column);
                    self.known.insert((c, from, to), one);
                    one
                }
            };
        }
        Some(all)
    }
}

impl Page<'_> {
    fn read(mut self, number: usize, effort: &mut Effort) -> Option<(Rows, Self)> {
        let anchors = self.anchors(number);
        let last = *anchors.last()?;
        let end = (last + APART).min(self.lines.len());
        self.lines.truncate(end);
        let tries: usize = self.lines.iter().map(|l| l.words.len() * l.words.len()).sum();
        effort.spend(tries * self.columns.len() / 4)?;
        let mut shared = self.shared();
        for round in 0..5 {
            if round == 2 {
                self.shift(&anchors);
            }
            self.settle(&shared);
            shared = self.shared();
        }
        let pieces = self.pieces(&shared);
        let best = [Stands::Top, Stands::Middle]
            .into_iter()
            .filter_map(|stands| self.rows(&anchors, &pieces, stands, effort))
            .min_by_key(|cut| cut.cost);
        let mut cut = best?;
        let taken = cut.rows.last().map_or(0, |lines| lines.end);
        cut.cost += (0..taken).map(|i| self.aside(i, &shared[i])).sum::<u32>();
        for lines in &cut.rows {
            // Where nothing is left to try with, the words stay where they stand.
            let _ = self.refine(lines.clone(), &mut shared, effort);
        }
        Some((Rows { cut, shared }, self))
    }

    /// The pieces of each column with their lines.
    fn pieces(&self, shared: &[Shared]) -> Vec<Vec<(usize, Piece)>> {
        let mut found: Vec<Vec<(usize, Piece)>> = self.columns.iter().map(|_| Vec::new()).collect();
        for (i, of) in shared.iter().enumerate() {
            for (c, words) in of.iter().enumerate() {
                found[c].extend(words.as_ref().map(|words| (i, self.piece(i, words))));
            }
        }
        found
    }

    /// The cheapest way to cut the lines into rows, each around the line of its number.
    fn rows(
        &self,
        anchors: &[usize],
        pieces: &[Vec<(usize, Piece)>],
        stands: Stands,
        effort: &mut Effort,
    ) -> Option<Cut> {
        let parted = self.lines.iter().skip(1).filter(|l| l.parted).count() + 1 >= anchors.len() && anchors.len() > 1;
        let mut cells = Cells {
            columns: &self.columns,
            pieces,
            known: BTreeMap::new(),
        };
        // Ways to end a row: where, what all up to it costs, and where it begins.
        let mut ways: Vec<Vec<(usize, u32, usize)>> = Vec::new();
        for (r, &anchor) in anchors.iter().enumerate() {
            let limit = anchors.get(r + 1).copied().unwrap_or(self.lines.len());
            let begins: Vec<(usize, u32)> = match r.checked_sub(1) {
                Some(before) => ways[before].iter().map(|(end, cost, _)| (*end, *cost)).collect(),
                None => (0..=anchor)
                    .map(|s| (s, u32::try_from(s * 4).unwrap_or(NEVER)))
                    .collect(),
            };
            let mut own: Vec<(usize, u32, usize)> = Vec::new();
            for end in anchor + 1..=limit {
                // The last row ends with the table: at a blank line where blank lines part the rows.
                if r + 1 == anchors.len() && parted && end > anchor + 1 && self.lines[end - 1].parted {
                    break;
                }
                let mut low: Option<(u32, usize)> = None;
                for (start, before) in &begins {
                    let Some(stand) = stands.cost(anchor, *start, end) else {
                        continue;
                    };
                    if (*start + 1..end).any(|i| self.lines[i].headed) {
                        continue;
                    }
                    let inner = (*start + 1..end).filter(|i| self.lines[*i].parted).count();
                    let outer = usize::from(*start > 0 && !self.lines[*start].parted);
                    let blanks = if parted { 3 * (inner + outer) } else { 0 };
                    let blanks = u32::try_from(blanks).unwrap_or(NEVER);
                    let all = before + stand + blanks + cells.cost(*start..end, effort)?;
                    if low.is_none_or(|(cost, _)| all < cost) {
                        low = Some((all, *start));
                    }
                }
                own.extend(low.map(|(cost, start)| (end, cost, start)));
            }
            ways.push(own);
        }
        let last = ways.last()?.iter().min_by_key(|(_, cost, _)| *cost)?;
        let (mut end, cost, _) = *last;
        let mut rows: Vec<Range<usize>> = Vec::new();
        for way in ways.iter().rev() {
            let (_, _, start) = way.iter().find(|(at, _, _)| *at == end)?;
            rows.push(*start..end);
            end = *start;
        }
        rows.reverse();
        Some(Cut { rows, cost })
    }

    /// Moves words of a row to the column beside where that makes better cells: a name goes on in the lines of its cell.
    fn refine(&self, lines: Range<usize>, shared: &mut [Shared], effort: &mut Effort) -> Option<()> {
        let whole = |c: usize, shared: &[Shared]| -> u32 {
            let of = lines
                .clone()
                .filter_map(|i| Some(self.piece(i, shared[i][c].as_ref()?)));
            let cell: Vec<Piece> = of.collect();
            match self.columns[c] {
                Column::Number | Column::Section => 2 * u32::try_from(cell.len()).unwrap_or(NEVER),
                column => cost(&cell, column),
            }
        };
        // Longer rows are no rows of a table that people read.
        if lines.len() > 16 {
            return None;
        }
        let mut costs: Vec<u32> = (0..self.columns.len()).map(|c| whole(c, shared)).collect();
        for _ in 0..3 {
            let mut moved = false;
            for i in lines.clone() {
                for from in 0..self.columns.len() {
                    for to in [from.wrapping_sub(1), from + 1] {
                        let free = to < self.columns.len() && shared[i][to].is_none();
                        let Some(words) = shared[i][from].clone().filter(|_| free) else {
                            continue;
                        };
                        effort.spend(2 * lines.len())?;
                        let before = costs[from] + costs[to] + self.begins(i, words.start, from);
                        shared[i][to] = shared[i][from].take();
                        let (left, right) = (whole(from, shared), whole(to, shared));
                        if left + right + self.begins(i, words.start, to) < before {
                            (costs[from], costs[to]) = (left, right);
                            moved = true;
                        } else {
                            shared[i][from] = shared[i][to].take();
                        }
                    }
                }
            }
            if !moved {
                break;
            }
        }
        Some(())
    }

    /// The words of a line's column as one piece.
    fn piece(&self, line: usize, words: &Range<usize>) -> Piece {
        let of = &self.lines[line];
        let range = of.words[words.start].range.start..of.words[words.end - 1].range.end;
        Piece {
            passage: self.passages[of.index].part(range),
            line: true,
        }
    }

    fn table(&self, at: usize, found: &Rows) -> Table {
        let pieces = self.pieces(&found.shared);
        let sections = self.sections(&pieces, &found.cut.rows);
        let mut rows = Vec::new();
        for (r, lines) in found.cut.rows.iter().enumerate() {
            let mut cells: Vec<(Column, Passage)> = Vec::new();
            let mut held: Vec<Vec<Piece>> = Vec::new();
            for (c, column) in self.columns.iter().enumerate() {
                let of = pieces[c]
                    .iter()
                    .filter(|(i, _)| lines.contains(i))
                    .map(|(_, p)| p.clone());
                let own: Vec<Piece> = of.collect();
                let mut cell = Passage::default();
                match (*column, &sections[r]) {
                    (Column::Section, Some(section)) => cell = section.clone(),
                    _ => own.iter().for_each(|p| cell.append(&p.passage)),
                }
                if cell.len() > 0 {
                    cells.push((*column, cell));
                }
                held.push(if *column == Column::Section { Vec::new() } else { own });
            }
            // 一 企业培育, in a line of its own above.
            let heading = self.headings.iter().rfind(|(line, _)| *line <= lines.start);
            if let Some((_, words)) = heading.filter(|_| cells.iter().all(|(c, _)| *c != Column::Section)) {
                cells.push((Column::Section, words.clone()));
            }
            rows.push(Row {
                cells,
                doubtful: doubtful(&held, &self.columns),
            });
        }
        let last = found.cut.rows.last().map_or(0, |lines| lines.end);
        let end = last.checked_sub(1).map_or(at + 1, |i| self.lines[i].index + 1);
        Table {
            lines: at..end,
            rows,
            unread: Vec::new(),
        }
    }

    /// The section of each row: words of the section's column that stand in the middle of the rows they are for.
    fn sections(&self, pieces: &[Vec<(usize, Piece)>], rows: &[Range<usize>]) -> Vec<Option<Passage>> {
        let none = vec![None; rows.len()];
        let Some(column) = self.columns.iter().position(|c| *c == Column::Section) else {
            return none;
        };
        let mut groups: Vec<(Passage, usize, usize)> = Vec::new();
        let widest = pieces[column].iter().map(|(_, p)| p.passage.len()).max().unwrap_or(0);
        let mut full = false;
        for (i, piece) in &pieces[column] {
            match groups.last_mut().filter(|(_, _, last)| full && *i <= last + 2) {
                Some((words, _, last)) => {
                    words.append(&piece.passage);
                    *last = *i;
                }
                None => groups.push((piece.passage.clone(), *i, *i)),
            }
            full = piece.passage.len() == widest;
        }
        if groups.is_empty() || groups.len() > rows.len() {
            return none;
        }
        // Each group takes some rows after one another, so that it stands near their middle.
        let middle = |from: usize, to: usize| rows[from].start + rows[to].end - 1;
        let n = rows.len();
        let mut best = vec![vec![(NEVER, 0); n + 1]; groups.len() + 1];
        best[groups.len()][n] = (0, n);
        for (g, (_, first, last)) in groups.iter().enumerate().rev() {
            for from in (0..n).rev() {
                for to in from + 1..=n {
                    let away = u32::try_from(middle(from, to - 1).abs_diff(first + last)).unwrap_or(NEVER);
                    let all = best[g + 1][to].0.saturating_add(away);
                    if all < best[g][from].0 {
                        best[g][from] = (all, to);
                    }
                }
            }
        }
        let mut found = Vec::new();
        for (g, (words, _, _)) in groups.iter().enumerate() {
            let (cost, to) = best[g][found.len()];
            if cost >= NEVER {
                return none;
            }
            found.resize(to, Some(words.clone()));
        }
        found
    }
}

/// Where the number of a row stands.
#[derive(Debug, Clone, Copy)]
enum Stands {
    Top,
    Middle,
}

impl Stands {
    /// What it costs that a row of these lines has its number there; none where it cannot be.
    fn cost(self, anchor: usize, start: usize, end: usize) -> Option<u32> {
        match self {
            Self::Top => (start == anchor).then_some(0),
            Self::Middle => {
                let off = (2 * anchor).abs_diff(start + end - 1);
                (off <= 5).then(|| u32::try_from(off.saturating_sub(1)).unwrap_or(NEVER))
            }
        }
    }
}
