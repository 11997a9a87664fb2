//! Ruled tables on a page of a PDF: the lines that are drawn make cells, and the words on the page fall into them.

use oxidize_pdf::graphics::extraction::{LineOrientation, VectorLine};
use oxidize_pdf::text::TextFragment;

use crate::grid::Grid;

/// Two lines nearer than this (points) are one: a border drawn as a thin box, a corner that does not quite meet.
const NEAR: f64 = 3.0;
/// Most lines of a page that are looked at; a drawing has more, a table never.
const LINES: usize = 3000;

/// A table on a page.
pub(crate) struct Table {
    /// Upper edge, in points from the lower edge of the page.
    pub top: f64,
    bottom: f64,
    /// Where its columns begin and end, from left to right.
    pub columns: Vec<f64>,
    /// Where its rows begin and end, from top to bottom.
    lines: Vec<f64>,
    /// The cell that each field of the grid belongs to: the first field of it.
    owner: Vec<usize>,
    /// Words by field: baseline, left edge, words.
    words: Vec<Vec<(f64, f64, String)>>,
}

/// A drawn line: its place across, and where it begins and ends along.
#[derive(Clone, Copy)]
struct Rule {
    at: f64,
    from: f64,
    to: f64,
    upright: bool,
}

/// Finds the tables of a page.
pub(crate) fn find(lines: &[VectorLine]) -> Vec<Table> {
    let mut rules: Vec<Rule> = lines.iter().filter_map(rule).collect();
    rules.sort_by(|a, b| {
        a.at.total_cmp(&b.at)
            .then(a.from.total_cmp(&b.from))
            .then(a.to.total_cmp(&b.to))
    });
    rules.dedup_by(|a, b| a.upright == b.upright && a.at == b.at && a.from == b.from && a.to == b.to);
    if rules.len() > LINES {
        return Vec::new();
    }
    groups(&rules)
        .into_iter()
        .filter_map(|group| Table::of(&group))
        .collect()
}

fn rule(line: &VectorLine) -> Option<Rule> {
    let finite = [line.x1, line.x2, line.y1, line.y2].iter().all(|v| v.is_finite());
    let made = |at, a: f64, b: f64, upright| Rule {
        at,
        from: a.min(b),
        to: a.max(b),
        upright,
    };
    let rule = match line.orientation {
        LineOrientation::Horizontal => made(line.y1, line.x1, line.x2, false),
        LineOrientation::Vertical => made(line.x1, line.y1, line.y2, true),
        LineOrientation::Diagonal => return None,
    };
    (finite && rule.to - rule.from > NEAR).then_some(rule)
}

/// Lines that touch one another, group by group.
fn groups(rules: &[Rule]) -> Vec<Vec<Rule>> {
    let mut parent: Vec<usize> = (0..rules.len()).collect();
    let (upright, flat): (Vec<usize>, Vec<usize>) = (0..rules.len()).partition(|i| rules[*i].upright);
    for &v in &upright {
        for &h in &flat {
            let (a, b) = (rules[v], rules[h]);
            let meets = (b.from - NEAR..=b.to + NEAR).contains(&a.at) && (a.from - NEAR..=a.to + NEAR).contains(&b.at);
            if meets {
                join(&mut parent, v, h);
            }
        }
    }
    let mut groups: std::collections::BTreeMap<usize, Vec<Rule>> = std::collections::BTreeMap::new();
    for (i, rule) in rules.iter().enumerate() {
        groups.entry(root(&mut parent, i)).or_default().push(*rule);
    }
    groups.into_values().collect()
}

fn root(parent: &mut [usize], mut i: usize) -> usize {
    while parent[i] != i {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    i
}

/// Joins two sets; the smaller index stands for both.
fn join(parent: &mut [usize], a: usize, b: usize) {
    let (a, b) = (root(parent, a), root(parent, b));
    let (low, high) = (a.min(b), a.max(b));
    parent[high] = low;
}

/// Places of lines, those near each other as one, from small to large.
fn places(mut at: Vec<f64>) -> Vec<f64> {
    at.sort_by(f64::total_cmp);
    at.dedup_by(|b, a| *b - *a < NEAR);
    at
}

impl Table {
    fn of(rules: &[Rule]) -> Option<Self> {
        let of = |upright| places(rules.iter().filter(|r| r.upright == upright).map(|r| r.at).collect());
        let columns = of(true);
        let mut lines = of(false);
        lines.reverse();
        // One field or one row of two is a frame or a signature, no table.
        if columns.len() < 3 || lines.len() < 2 || columns.len() + lines.len() < 6 || columns.len() > 40 {
            return None;
        }
        let (wide, high) = (columns.len() - 1, lines.len() - 1);
        let mut owner: Vec<usize> = (0..wide * high).collect();
        let wall = |upright: bool, at: f64, along: f64| {
            rules
                .iter()
                .any(|r| r.upright == upright && (r.at - at).abs() < NEAR && (r.from..=r.to).contains(&along))
        };
        for row in 0..high {
            let middle = f64::midpoint(lines[row], lines[row + 1]);
            for column in 0..wide {
                let centre = f64::midpoint(columns[column], columns[column + 1]);
                if column + 1 < wide && !wall(true, columns[column + 1], middle) {
                    join(&mut owner, row * wide + column, row * wide + column + 1);
                }
                if row + 1 < high && !wall(false, lines[row + 1], centre) {
                    join(&mut owner, row * wide + column, (row + 1) * wide + column);
                }
            }
        }
        let owner: Vec<usize> = (0..wide * high).map(|i| root(&mut owner, i)).collect();
        Some(Table {
            top: *lines.first()?,
            bottom: *lines.last()?,
            words: vec![Vec::new(); wide * high],
            columns,
            lines,
            owner,
        })
    }

    /// Takes the words of a fragment, if it stands in this table. A fragment that runs over the line between two cells is
    /// cut there: no letter stands on a line.
    pub(crate) fn take(&mut self, fragment: &TextFragment) -> bool {
        let middle = fragment.y + fragment.font_size * 0.3;
        let (Some(&left), Some(&right)) = (self.columns.first(), self.columns.last()) else {
            return false;
        };
        let inside = (self.bottom..=self.top).contains(&middle) && fragment.x >= left - NEAR && fragment.x < right;
        let Some(row) = self
            .lines
            .windows(2)
            .position(|w| (w[1]..=w[0]).contains(&middle))
            .filter(|_| inside)
        else {
            return false;
        };
        let wide = self.columns.len() - 1;
        let mut x = fragment.x.max(left + 0.1);
        for (c, advance) in advances(fragment) {
            let field = |x: f64| self.columns.windows(2).position(|w| x < w[1]).unwrap_or(wide - 1);
            let (mut here, next) = (field(x), field(x + advance * 0.8));
            if here != next && self.owner[row * wide + here] != self.owner[row * wide + next] {
                x = self.columns[next];
                here = next;
            }
            let cell = self.owner[row * wide + here];
            let words = &mut self.words[cell];
            match words.last_mut() {
                Some((y, _, text)) if *y == fragment.y => text.push(c),
                _ => words.push((fragment.y, x, c.to_string())),
            }
            x += advance;
        }
        true
    }

    /// The rows as words by cell.
    pub(crate) fn rows(&self) -> Vec<Vec<String>> {
        let wide = self.columns.len() - 1;
        let mut grid = Grid::default();
        for row in 0..self.lines.len() - 1 {
            grid.row();
            let mut column = 0;
            while column < wide {
                let owner = self.owner[row * wide + column];
                let n = (column..wide)
                    .take_while(|c| self.owner[row * wide + c] == owner)
                    .count();
                if owner / wide < row {
                    grid.go_on(n);
                } else {
                    grid.put(joined(&self.words[owner]), n, 1);
                }
                column += n;
            }
        }
        grid.rows()
    }
}

/// The letters of a fragment and how far each reaches: Han letters are as wide as the type is high, the others share what
/// is left.
fn advances(fragment: &TextFragment) -> Vec<(char, f64)> {
    let letters: Vec<char> = fragment.text.chars().collect();
    let size = fragment.font_size.max(1.0);
    let narrow = letters.iter().filter(|c| c.is_ascii()).count();
    #[expect(clippy::cast_precision_loss, reason = "letters of one line")]
    let (wide, narrow) = ((letters.len() - narrow) as f64, narrow as f64);
    let rest = (fragment.width - wide * size) / narrow.max(1.0);
    let small = rest.clamp(size * 0.3, size * 0.7);
    letters
        .into_iter()
        .map(|c| (c, if c.is_ascii() { small } else { size }))
        .collect()
}

/// The words of a cell, line by line: Chinese needs no space where a line breaks.
fn joined(words: &[(f64, f64, String)]) -> String {
    let mut words: Vec<&(f64, f64, String)> = words.iter().collect();
    words.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.total_cmp(&b.1)));
    // Digits of another font stand a little higher or lower than their neighbours.
    let mut text = String::new();
    let mut line: Vec<&(f64, f64, String)> = Vec::new();
    let flush = |line: &mut Vec<&(f64, f64, String)>, text: &mut String| {
        line.sort_by(|a, b| a.1.total_cmp(&b.1));
        line.drain(..).for_each(|(_, _, words)| text.push_str(words.trim()));
    };
    for one in words {
        if line.first().is_some_and(|first| first.0 - one.0 > NEAR) {
            flush(&mut line, &mut text);
        }
        line.push(one);
    }
    flush(&mut line, &mut text);
    text.replace(['\t', '\n', '\r'], "")
}
