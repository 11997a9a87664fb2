//! Which pieces of a flattened row stand in which column. Text copied out of a page parts cells by spaces and line ends,
//! and line ends stand inside cells as well: what a column may hold, and how wide its lines are, tell where a cell ends.

use std::ops::Range;

use super::assignment::Role;
use super::deadline;
use super::label::Label;
use super::name::{looks_like_unit, names, plainly_unit};
use super::table::Column;
use super::text::{self, Passage};

/// A piece of a row that nothing parts.
#[derive(Clone)]
pub(super) struct Piece {
    pub passage: Passage,
    /// It begins a line; otherwise a space stands before it.
    pub line: bool,
}

/// A row whose pieces have found their columns.
pub(super) struct Fitted {
    pub cells: Vec<(Column, Passage)>,
    /// How badly they fit there.
    pub cost: u32,
    /// A person should look at the row.
    pub doubtful: bool,
}

/// How many tries all rows of one text may cost; a hundred rows of twenty pieces cost 40,000.
const TRIES: usize = 80_000;
/// Most pieces of one row that are tried.
const MOST: usize = 48;
/// Most pieces of a cell of names, and of one of a deadline.
const NAMES: usize = 14;
const TIMES: usize = 5;
/// A row whose cells fit their columns this badly is shown to a person.
const DOUBTFUL: u32 = 4;
/// A cell that its column does not like this much is no reading of the row.
const NEVER: u32 = 1_000;

/// What trying may still cost while one text is read: a text that is all tables is read in its time as well.
pub(super) struct Effort(usize);

impl Effort {
    pub fn of_a_text() -> Self {
        Self(TRIES)
    }

    /// Takes so many tries, if they are left.
    pub fn spend(&mut self, tries: usize) -> Option<()> {
        self.0 = self.0.checked_sub(tries)?;
        Some(())
    }
}

/// The cheapest way to share the pieces out among the columns, in order; columns may stay empty.
pub(super) fn fit(pieces: &[Piece], columns: &[Column], effort: &mut Effort) -> Option<Fitted> {
    if pieces.is_empty() || pieces.len() > MOST {
        return None;
    }
    let n = pieces.len();
    effort.spend(n * n)?;
    let runs = all_runs(pieces);
    // best[c][i]: what the columns from c on cost for the pieces from i on, and where the cell of c ends.
    let mut best = vec![vec![(NEVER, n); n + 1]; columns.len() + 1];
    best[columns.len()][n] = (0, n);
    for (c, column) in columns.iter().enumerate().rev() {
        for i in 0..=n {
            for j in i..=n {
                let after = best[c + 1][j].0;
                if after >= NEVER {
                    continue;
                }
                let own = match j - i {
                    0 => empty(*column),
                    k => begins(pieces, i, *column) + runs[i][k - 1].cost(*column),
                };
                if after + own < best[c][i].0 {
                    best[c][i] = (after + own, j);
                }
            }
        }
    }
    (best[0][0].0 < NEVER).then_some(())?;
    let mut cells = Vec::new();
    let mut odd = 0;
    let mut i = 0;
    for (c, column) in columns.iter().enumerate() {
        let end = best[c][i].1;
        if end > i {
            let run = &runs[i][end - i - 1];
            odd += run.cost(*column);
            cells.push((*column, run.passage.clone()));
        }
        i = end;
    }
    Some(Fitted {
        cells,
        cost: best[0][0].0,
        doubtful: odd >= DOUBTFUL,
    })
}

/// What the first so many pieces cost, for each number of them: where a row ends that nothing follows.
pub(super) fn costs(pieces: &[Piece], columns: &[Column], effort: &mut Effort) -> Option<Vec<Option<u32>>> {
    let n = pieces.len().min(MOST);
    let pieces = &pieces[..n];
    effort.spend(n * n)?;
    let runs = all_runs(pieces);
    let mut best = vec![NEVER; n + 1];
    best[0] = 0;
    for column in columns {
        let mut next = vec![NEVER; n + 1];
        for (i, before) in best.iter().enumerate().filter(|(_, cost)| **cost < NEVER) {
            for (k, low) in next[i..].iter_mut().enumerate() {
                let own = match k {
                    0 => empty(*column),
                    k => begins(pieces, i, *column) + runs[i][k - 1].cost(*column),
                };
                *low = (*low).min(before + own);
            }
        }
        best = next;
    }
    Some(best.into_iter().map(|cost| (cost < NEVER).then_some(cost)).collect())
}

/// What it costs that these pieces are the cell of a column.
pub(super) fn cost(pieces: &[Piece], column: Column) -> u32 {
    match whole(pieces) {
        Some(run) => run.cost(column),
        None => empty(column),
    }
}

/// Characters before a piece that tell whether a whole name ends there.
const TAIL: usize = 40;

/// All the pieces as one run. As [`runs`], but without those that end before.
fn whole(pieces: &[Piece]) -> Option<Run> {
    let mut growing = Growing::default();
    for (k, piece) in pieces.iter().enumerate() {
        let ended = || {
            let p = &growing.passage;
            let (listed, _) = names(p, p.len().saturating_sub(TAIL)..p.len());
            listed.last().is_some_and(|r| looks_like_unit(&p.chars[r.clone()]))
        };
        let glued = k > 0 && begins_whole(&piece.passage) && ended();
        growing.take(piece, glued);
    }
    (!pieces.is_empty()).then(|| growing.run(pieces.len()))
}

/// True if cells of these columns fit so badly that a person should look.
pub(super) fn doubtful(cells: &[Vec<Piece>], columns: &[Column]) -> bool {
    let filled = cells.iter().zip(columns).filter(|(cell, _)| !cell.is_empty());
    filled.map(|(cell, column)| cost(cell, *column)).sum::<u32>() >= DOUBTFUL
}

/// Some pieces in a row, taken as one cell.
struct Run {
    passage: Passage,
    /// Names in it, and those that do not read as a unit's; none where it is too long for a list of names.
    names: Option<(usize, u32)>,
    /// Every name is a public body's without doubt: 口袋公园 ends like one as well.
    plain: bool,
    /// Names that stop short: 各相关, with 部门 in the next line.
    weak: u32,
    /// Its last line is nothing but names of public bodies.
    tail: bool,
    /// It reads as a deadline.
    time: bool,
    /// It ends with a whole name.
    ended: bool,
    /// Two whole names meet without a sign between them.
    glued: u32,
    /// Spaces inside.
    spaces: u32,
    /// Lines that do not fill the cell, and a last one that is too long for it.
    ragged: u32,
}

/// A run that pieces are being added to.
#[derive(Default)]
struct Growing {
    passage: Passage,
    /// The width of each line.
    lines: Vec<usize>,
    /// The last line.
    line: Passage,
    glued: u32,
    spaces: u32,
}

impl Growing {
    /// Adds a piece; `glued` if it begins a whole name right behind another.
    fn take(&mut self, piece: &Piece, glued: bool) {
        let follows = self.passage.len() > 0;
        if follows {
            let listed = |c: Option<&char>| matches!(c, Some('、' | '，' | '；'));
            let sign = listed(self.passage.chars.last()) || listed(piece.passage.chars.first());
            self.glued += u32::from(!sign && glued);
            self.spaces += u32::from(!piece.line && !sign && !figures_apart(&self.passage, &piece.passage));
        }
        self.passage.join(&piece.passage, !piece.line && follows);
        let width: usize = piece.passage.chars.iter().map(|c| 1 + usize::from(!c.is_ascii())).sum();
        match self.lines.last_mut().filter(|_| !piece.line) {
            Some(line) => *line += width + 1,
            None => {
                self.lines.push(width);
                self.line = Passage::default();
            }
        }
        self.line.join(&piece.passage, false);
    }

    /// What so many pieces come to.
    fn run(&self, pieces: usize) -> Run {
        let passage = self.passage.clone();
        let all = 0..passage.len();
        let listed = match pieces <= NAMES {
            true => names(&passage, all.clone()).0,
            false => Vec::new(),
        };
        let odd = listed.iter().filter(|r| !looks_like_unit(&passage.chars[(*r).clone()]));
        Run {
            names: (pieces <= NAMES).then(|| (listed.len(), count(odd))),
            weak: count(listed.iter().filter(|r| stops_short(&passage.text((*r).clone())))),
            tail: pieces <= NAMES && (3..=40).contains(&self.line.len()) && all_plain(&self.line),
            plain: listed.iter().all(|r| plainly_unit(&passage.text(r.clone()))),
            time: pieces <= TIMES && passage.len() <= 30 && deadline::whole(&passage, all, None).is_some(),
            ended: listed
                .last()
                .is_some_and(|r| looks_like_unit(&passage.chars[r.clone()])),
            glued: self.glued,
            spaces: self.spaces,
            ragged: ragged(&self.lines),
            passage,
        }
    }
}

/// The runs that begin with each piece.
fn all_runs(pieces: &[Piece]) -> Vec<Vec<Run>> {
    let wholes: Vec<bool> = pieces.iter().map(|piece| begins_whole(&piece.passage)).collect();
    let from = |k: usize| runs(&pieces[k..], &wholes[k..]);
    (0..pieces.len()).map(from).collect()
}

/// The runs that begin with the first of the pieces, by length; `wholes` says which pieces begin with a whole name.
fn runs(pieces: &[Piece], wholes: &[bool]) -> Vec<Run> {
    let mut growing = Growing::default();
    let mut runs: Vec<Run> = Vec::new();
    for (k, piece) in pieces.iter().enumerate() {
        let glued = wholes[k] && runs.last().is_some_and(|run| run.ended);
        growing.take(piece, glued);
        runs.push(growing.run(k + 1));
    }
    runs
}

/// What it costs that a cell begins with a piece: where a line ends, the cell before could as well have gone on, and
/// figures stand off from their words in one cell.
fn begins(pieces: &[Piece], at: usize, column: Column) -> u32 {
    let Some(before) = at.checked_sub(1).map(|k| &pieces[k].passage) else {
        return 0;
    };
    let text = matches!(column, Column::Task | Column::Text);
    if pieces[at].line {
        1
    } else if text && figures_apart(before, &pieces[at].passage) {
        2
    } else {
        0
    }
}

/// 完成 12 个: only the figures stand off.
fn figures_apart(left: &Passage, right: &Passage) -> bool {
    let figure = |c: Option<&char>| c.is_some_and(char::is_ascii_digit);
    figure(left.chars.last()) || figure(right.chars.first())
}

/// First characters of most names.
const PLACES: &str = "国省市区县州旗镇乡各团";

/// A name of its own, not the rest of one: 市生态环境局 / 石门分局.
fn begins_whole(p: &Passage) -> bool {
    let (found, _) = names(p, 0..p.len());
    let opens = p.chars.first().is_some_and(|c| PLACES.contains(*c));
    opens && found.first().is_some_and(|r| looks_like_unit(&p.chars[r.clone()]))
}

fn all_plain(p: &Passage) -> bool {
    let (found, _) = names(p, 0..p.len());
    let plain = |r: &Range<usize>| looks_like_unit(&p.chars[r.clone()]) && plainly_unit(&p.text(r.clone()));
    !found.is_empty() && found.iter().all(plain)
}

/// A class that its noun is missing from, or the noun alone.
fn stops_short(name: &str) -> bool {
    const NOUNS: [&str; 8] = ["部门", "单位", "民政府", "政府", "街道", "办事处", "委员会", "管委会"];
    const ENDS: &str = "门位道镇乡园区县市州旗府会处局办校业村）院所站";
    NOUNS.contains(&name) || name.starts_with('各') && !name.ends_with(|end| ENDS.contains(end))
}

fn count(found: impl Iterator) -> u32 {
    u32::try_from(found.count()).unwrap_or(NEVER)
}

/// The lines of a cell but the last fill its width, and the last is no longer than they are.
fn ragged(lines: &[usize]) -> u32 {
    let Some((last, full)) = lines.split_last() else {
        return 0;
    };
    let Some(width) = full.iter().max() else { return 0 };
    let short = full.iter().filter(|line| **line + 4 < *width).count();
    u32::try_from(short).unwrap_or(NEVER) * 2 + 2 * u32::from(*last > width + 2)
}

/// What it costs that a column stays empty.
fn empty(column: Column) -> u32 {
    match column {
        Column::Task => 12,
        Column::Text => 6,
        // Somebody is responsible before others help.
        Column::Assign(Label::Units(Role::Lead | Role::Co)) => 6,
        Column::Assign(Label::Units(_) | Label::Deadline) => 5,
        // Somebody is always named; remarks are not.
        Column::Assign(Label::Other) => 3,
        Column::Number | Column::Section | Column::Other => 1,
    }
}

impl Run {
    /// What it costs that these pieces are a cell of the column.
    fn cost(&self, column: Column) -> u32 {
        let p = &self.passage;
        let short = p.len() <= 12;
        let typed = match (self.time, self.names) {
            (true, _) => 8,
            // 培育专精特新企业 ends like a name and is what is done.
            (false, Some((1, 0))) if p.len() > 6 && !p.chars.first().is_some_and(|c| PLACES.contains(*c)) => 0,
            (false, Some((1.., 0))) if self.plain => 8,
            (false, Some((1.., 0))) => 2,
            _ => 0,
        };
        let misfit = match column {
            Column::Assign(Label::Deadline) => {
                let dated = p.chars.iter().any(char::is_ascii_digit) && p.chars.contains(&'月');
                match (self.time, dated && short) {
                    (true, _) => 0,
                    (false, true) => 10,
                    // 2026年9, with 月底前 in the next line
                    (false, false) if short && unfinished(p) => 4,
                    (false, false) => 30,
                }
            }
            Column::Assign(Label::Units(_)) => {
                let figures = p.chars.iter().any(char::is_ascii_digit);
                2 * self.spaces
                    + 6 * self.glued
                    + 4 * self.weak
                    + match self.names {
                        None | Some((0, _)) => 30,
                        // A body with a name of its own: short words without figures.
                        Some((_, odd)) if short && !figures => odd * 4,
                        Some((_, odd)) => odd * 12,
                    }
            }
            Column::Task | Column::Text => {
                // A value is not without its unit at the end of a cell.
                let cut = p.chars.last().is_some_and(char::is_ascii_digit);
                self.spaces + typed.max(u32::from(self.tail) * 4) + u32::from(cut) * 3
            }
            Column::Section => self.spaces + u32::from(!short) * 6,
            Column::Assign(Label::Other) => {
                let figures = p.chars.iter().any(char::is_ascii_digit);
                self.spaces + u32::from(!short) * 8 + u32::from(figures) * 3 + typed / 2
            }
            Column::Number | Column::Other => self.spaces + u32::from(!short) * 8 + typed / 2 + 2,
        };
        let cut = text::ends(&p.chars, p.len(), "、");
        misfit + self.ragged + u32::from(cut) * 4
    }
}

/// A date that breaks off: 2026年9.
fn unfinished(p: &Passage) -> bool {
    p.chars.get(4) == Some(&'年') && p.chars.iter().all(|c| c.is_ascii_digit() || "年月日 ".contains(*c))
}
