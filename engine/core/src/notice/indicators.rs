//! Reads the indicators of a notice, each with the task it belongs to and the year that holds for it: the one its sentence
//! names, else that of the goals above, of the title, or of the deadline its task states.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::Datelike;

use super::indicator::{self, Setting};
use super::outline;
use super::reader::Reader;
use super::tasks::stated;
use super::text::{self, Line, Passage};

/// Words of a sentence in front of all numbers that sets goals.
const GOALS: [&str; 6] = ["力争", "确保", "目标", "到20", "实现", "达到"];
/// Words of one that looks back.
const PAST: [&str; 9] = ["去年", "上年", "近年来", "截至", "截止", "以来", "已", "反馈", "督察"];

impl Reader {
    /// Reads the indicators of all items; of every line where nothing is numbered.
    pub(super) fn measure(&mut self, lines: &[Line]) {
        if self.items.is_empty() {
            for p in outline::paragraphs(lines) {
                self.goals(&p, 0..p.len(), self.head.year);
            }
        }
        self.preamble(lines);
        let general = self.head.year;
        let due = self.years_due();
        let mut years: Vec<Option<i32>> = vec![general; self.items.len()];
        for i in 0..self.items.len() {
            let inherited = self.items[i].parent.map_or(general, |p| years[p]);
            let owner = self.owner[i];
            let number = owner.map(|o| self.items[o].mark.number.clone());
            let due = owner.and_then(|o| due.get(&o).copied());
            let mut year = inherited;
            for (n, (block, assigns)) in self.items[i].blocks.iter().zip(&self.found[i]).enumerate() {
                // 问题一：……: what is wrong is no goal.
                if n == 0 && self.items[i].tells_a_problem() {
                    continue;
                }
                let skip: Vec<Range<usize>> = assigns
                    .iter()
                    .filter(|f| !f.sentence)
                    .map(|f| f.range.clone())
                    .collect();
                let mut start = if n == 0 { self.items[i].mark.len } else { 0 };
                let setting = Setting {
                    task: number.as_deref(),
                    year: year.or(due),
                    reference: self.year,
                    carry: owner.is_none(),
                };
                // 2.编制规划 覆盖率达到70%: a title that a space ends is no part of a name.
                let title = self.items[i].title_end;
                if n == 0 && block.chars.get(title) == Some(&' ') {
                    let out = (&mut self.indicators, &mut self.diagnostics);
                    indicator::find(block, start..title, &[], &setting, out.0, out.1);
                    start = title + 1;
                }
                let end = indicator::find(
                    block,
                    start..block.len(),
                    &skip,
                    &setting,
                    &mut self.indicators,
                    &mut self.diagnostics,
                );
                if owner.is_none() {
                    year = end;
                }
            }
            years[i] = year;
        }
    }

    /// Reads a stretch of goals of the whole notice; gives back the year that holds at its end.
    fn goals(&mut self, p: &Passage, range: Range<usize>, year: Option<i32>) -> Option<i32> {
        let setting = Setting {
            task: None,
            year,
            reference: self.year,
            carry: true,
        };
        indicator::find(p, range, &[], &setting, &mut self.indicators, &mut self.diagnostics)
    }

    /// The goals that stand between the title and the first number.
    fn preamble(&mut self, lines: &[Line]) {
        let first = (0..self.items.len()).map(|i| self.place_of(i).line).min();
        let title = self.head.title.as_ref().map(|(_, place)| place.end_line);
        let (Some(first), Some(title)) = (first, title) else {
            return;
        };
        let front: Vec<Line> = lines
            .iter()
            .filter(|l| l.number > title && l.number < first)
            .cloned()
            .collect();
        for p in outline::paragraphs(&front) {
            let mut year = self.head.year;
            for sentence in p.pieces(0..p.len(), |c| matches!(c, '。' | '！')) {
                let says = |words: &[&str]| {
                    words
                        .iter()
                        .any(|w| text::find(&p.chars, sentence.clone(), w).is_some())
                };
                if says(&GOALS) && !says(&PAST) {
                    year = self.goals(&p, sentence.clone(), year);
                }
            }
        }
    }

    /// The years that tasks write out with their deadline, behind a label or in a bracket.
    fn years_due(&self) -> BTreeMap<usize, i32> {
        let mut due = BTreeMap::new();
        for (i, owner) in self.owner.iter().enumerate() {
            let Some(owner) = owner else { continue };
            for (block, assigns) in self.items[i].blocks.iter().zip(&self.found[i]) {
                let told = stated(block, assigns).filter(|(_, assumed)| !assumed);
                let date = told.and_then(|(deadline, _)| deadline.date);
                due.extend(date.map(|date| (*owner, date.year())));
            }
        }
        due
    }
}
