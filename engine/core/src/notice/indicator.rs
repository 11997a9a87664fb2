//! Indicators: a name, a comparator, a value with its unit, a year.

use std::collections::BTreeMap;
use std::ops::Range;

use chrono::Datelike;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::bound::{Before, compare, granted, inside};
use super::comparator::Comparator;
use super::deadline;
use super::diagnostic::{Code, Diagnostic};
use super::measures::{AFTER, BARE, MAKING, STANDING};
use super::quantity::{Quantity, bare, named_year, quantities, quantity, spelled};
use super::text::{self, Passage, Place};

/// One indicator of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Indicator {
    /// Number of the task whose text it stands in; none for a goal of the whole notice.
    pub task: Option<String>,
    /// What is measured.
    pub name: String,
    /// How the value bounds it.
    pub comparator: Comparator,
    /// The value, as written (12 万家 is 12).
    #[serde(with = "plain_number")]
    pub value: Decimal,
    /// Unit of measure as written, power words included: `%`, `万家`, `亿元`.
    pub unit: String,
    /// The year it is to be reached in, if the text says so.
    pub year: Option<i32>,
    /// The words of the comparator, `…` standing for the value: `达到…以上`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wording: Option<String>,
    /// The part of a shared name that this value belongs to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub scope: Option<String>,
    /// Position of the first mention among the indicators of the notice, where this one says the same again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub repeats: Option<usize>,
    /// How often it is measured, if the text says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cycle: Option<String>,
    /// The first characters of its clause.
    pub sentence_start: String,
    /// From the start of its clause to the end of its value.
    pub place: Place,
}

/// A decimal as a JSON number: the shortest digits that mean the same, both ways.
mod plain_number {
    use rust_decimal::Decimal;
    use rust_decimal::prelude::ToPrimitive;
    use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(value: &Decimal, to: S) -> Result<S::Ok, S::Error> {
        match value.is_integer().then(|| value.to_i64()).flatten() {
            Some(whole) => to.serialize_i64(whole),
            None => to.serialize_f64(value.to_f64().unwrap_or(f64::NAN)),
        }
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
        let number = serde_json::Number::deserialize(from)?;
        number.to_string().parse().map_err(D::Error::custom)
    }
}

/// Where the indicators of a passage belong.
pub(crate) struct Setting<'a> {
    /// Number of the task.
    pub task: Option<&'a str>,
    /// The year that holds where the text names none.
    pub year: Option<i32>,
    /// The year that 年内 and 全年 mean.
    pub reference: Option<i32>,
    /// The year of one sentence holds for those after it (goals), or ends with it (tasks).
    pub carry: bool,
}

/// All indicators of a passage; `skip` are its assignments in the order of the text. Gives back the year that holds at the end.
pub(crate) fn find(
    p: &Passage,
    range: Range<usize>,
    skip: &[Range<usize>],
    setting: &Setting<'_>,
    out: &mut Vec<Indicator>,
    doubts: &mut Vec<Diagnostic>,
) -> Option<i32> {
    let mut year = setting.year;
    let mut skips = skip.iter().peekable();
    for sentence in p.pieces(range, |c| matches!(c, '。' | '！' | '？' | '\n')) {
        if !setting.carry {
            year = setting.year;
        }
        // 9月15日前……: a day by which something is done is one of that year.
        if year.is_none() && setting.reference.is_some() {
            let dated = deadline::scan(p, sentence.clone(), setting.reference);
            year = dated.into_iter().find_map(|found| found.date).map(|date| date.year());
        }
        let mut reader = Sentence {
            p,
            sentence: sentence.clone(),
            out: Vec::new(),
            doubts: Vec::new(),
            last: sentence.start,
            granted: granted(p, sentence.clone()),
            made: None,
        };
        let mut i = sentence.start;
        while i < sentence.end {
            if text::longest(&p.chars[..sentence.end], i, &["年内", "年底前", "全年", "今年"]).is_some()
                && (i == sentence.start || !p.chars[i - 1].is_ascii_digit() && p.chars[i - 1] != '每')
            {
                year = year.or(setting.reference);
            }
            while skips.next_if(|r| r.end <= i).is_some() {}
            if let Some(skipped) = skips.peek().filter(|r| r.contains(&i)) {
                i = skipped.end;
                reader.last = i;
                continue;
            }
            if !p.chars[i].is_ascii_digit() {
                i = match reader.spelled(i) {
                    Some(found) => reader.take(vec![found], year),
                    None => i + 1,
                };
                continue;
            }
            if let Some(named) = named_year(&p.chars, i) {
                year = Some(named);
                i += 5;
                continue;
            }
            let Some(found) = reader.quantities(i).or_else(|| reader.bare(i)) else {
                i += p.chars[i..sentence.end]
                    .iter()
                    .take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
                    .count()
                    .max(1);
                continue;
            };
            i = reader.take(found, year);
        }
        out.extend(reader.out.into_iter().map(|mut one| {
            one.task = setting.task.map(str::to_owned);
            one
        }));
        doubts.append(&mut reader.doubts);
    }
    year
}

/// The indicators of one sentence, in reading order.
pub(super) struct Sentence<'a> {
    pub p: &'a Passage,
    pub sentence: Range<usize>,
    pub out: Vec<Indicator>,
    pub doubts: Vec<Diagnostic>,
    /// Where the last indicator or assignment ends.
    pub last: usize,
    /// From 对 to the end of the clause in which it is given or taken.
    pub granted: Range<usize>,
    /// The words of making that the last thing counted was told with.
    pub made: Option<String>,
}

impl Sentence<'_> {
    /// The quantity at a digit; several with one unit behind 分别.
    fn quantities(&self, at: usize) -> Option<Vec<Quantity>> {
        let one = quantity(&self.p.chars, at, self.sentence.end).map(|q| vec![q]);
        one.or_else(|| {
            self.before(at).filter(|b| b.each == Some("分别"))?;
            quantities(&self.p.chars, at, self.sentence.end)
        })
    }

    /// A quantity in Han numerals: 百分之四十, 三百万个. Small numbers count things of the sentence and are left alone.
    fn spelled(&self, at: usize) -> Option<Quantity> {
        let found = spelled(&self.p.chars, at, self.sentence.end)?;
        let large = found.value >= Decimal::ONE_HUNDRED && found.unit != "%";
        (large || self.before(at).is_some_and(|b| b.word.is_some())).then_some(found)
    }

    /// A number without a unit, behind words that bound it.
    fn bare(&self, at: usize) -> Option<Vec<Quantity>> {
        let told = self.before(at).and_then(|b| b.word)?;
        let strong = !matches!(told, "为" | "约" | "近" | "优于" | "保持" | "大约" | "接近");
        strong
            .then(|| bare(&self.p.chars, at, self.sentence.end))
            .flatten()
            .map(|q| vec![q])
    }

    /// Takes one quantity, or several shared out; answers where to read on.
    fn take(&mut self, first: Vec<Quantity>, year: Option<i32>) -> usize {
        let chars = &self.p.chars;
        let mut values = first;
        let Some(mut start) = values.first().map(|q| q.start) else {
            return self.sentence.end;
        };
        let before = self.before(start);
        let about = before.as_ref().is_some_and(|b| b.about);
        let each = before.as_ref().and_then(|b| b.each);
        // 分别达到40%和68%: the values of one list.
        if each == Some("分别") {
            while let Some(next) = self.next_value(values.last().map_or(start, |q| q.end)) {
                values.push(next);
            }
        }
        let after_words: Vec<&str> = AFTER.iter().map(|(w, _)| *w).collect();
        let end = values.last().map_or(start, |q| q.end);
        let after = text::longest(&chars[..self.sentence.end], end, &after_words)
            .filter(|(w, _)| *w != "内" || before.as_ref().is_some_and(|b| b.word.is_some()));
        start = before.as_ref().map_or(start, |b| b.start);
        let stop = end + after.map_or(0, |(_, n)| n);
        let clause = self.clause_start(start);
        if self.conditional(clause, start, stop) {
            return end;
        }
        let (noun, cycle, target) = self.behind(stop);
        let closed = self.closed(stop) || target;
        let mut name = self.name(clause, start);
        let bound = before.is_some() || after.is_some();
        if !bound && !closed {
            // 新建12个口袋公园: a verb of making directly before, a noun behind.
            let verb = start - chars[clause..start].iter().rev().take_while(|c| **c == ' ').count();
            // 遴选首批20个……, 完成剩余86户……
            let verb = verb - text::longest_end(chars, verb, &["首批", "剩余", "其余", "全部"]).map_or(0, |(_, n)| n);
            let makes = text::longest_end(chars, verb, &MAKING).is_some_and(|(_, n)| verb - n >= clause);
            // 新建24小时书房6处: the figure is a part of the name.
            let figures = chars[noun.clone()].iter().any(char::is_ascii_digit);
            // 建成500个工厂、36个园区: what was made goes on.
            let on = self.last < verb && (self.last..verb).all(|i| matches!(chars[i], '、' | '和' | '及' | ' '));
            match self.made.clone().filter(|_| on && !makes) {
                Some(making) => name = making,
                None if makes => self.made = Some(name.clone()),
                None => return end,
            }
            if noun.is_empty() || figures {
                return end;
            }
        } else {
            self.made = None;
        }
        let mut range_end = stop;
        if !closed && !noun.is_empty() && !target {
            let behind = self.p.text(noun.clone());
            let behind = ["任务", "工作"]
                .iter()
                .find_map(|e| behind.strip_suffix(e))
                .unwrap_or(&behind);
            let behind = match behind.strip_suffix("建设") {
                Some(built) if built.ends_with("工程") || built.ends_with("项目") => built,
                _ => behind,
            };
            name = ["首批", "剩余", "其余"]
                .iter()
                .find_map(|e| name.strip_suffix(e))
                .unwrap_or(&name)
                .to_owned();
            name = format!("{name}{behind}");
            range_end = noun.end;
        }
        let mut word = before.as_ref().and_then(|b| b.word);
        if word.is_none()
            && let Some((own, inner)) = inside(&name)
        {
            (name, word) = (own, Some(inner));
        }
        if !target && self.no_goal(&name, word, after.map(|(w, _)| w), &noun) {
            return end;
        }
        let comparator = compare(
            word,
            after.map(|(w, _)| w),
            values[0].value,
            about,
            target,
            &values[0].unit,
        );
        let told = before.as_ref().map_or_else(String::new, Before::words);
        let wording = match (told.as_str(), after) {
            ("", Some((a, _))) => Some(a.to_owned()),
            ("", None) => None,
            (b, Some((a, _))) => Some(format!("{b}…{a}")),
            (b, None) => Some(b.to_owned()),
        };
        let mut names = self.names(name, clause, &values, each, bound);
        if let Some(change) = before.as_ref().and_then(|b| b.change.as_deref()) {
            names.iter_mut().for_each(|(name, _)| name.push_str(change));
        }
        if !bound
            && STANDING
                .iter()
                .any(|w| self.p.text(clause..start).trim().starts_with(w))
        {
            return end;
        }
        let unreadable = names.iter().any(|(n, _)| n.is_empty() || n.chars().count() > 48);
        if unreadable || names.is_empty() {
            if before.is_some() {
                let place = self.p.place(clause..stop);
                self.doubts.push(
                    Diagnostic::new(Code::IndicatorUnread)
                        .at(place)
                        .arg("text", self.p.text(clause..stop)),
                );
            }
            return end;
        }
        let place = self.p.place(clause..range_end);
        let starts = self.p.trim(clause..self.sentence.end, &[]);
        let sentence_start = self.p.text(starts.start..starts.end.min(starts.start + 12));
        if values.len() == 1 {
            values = names
                .iter()
                .map(|_| Quantity {
                    value: values[0].value,
                    unit: values[0].unit.clone(),
                    ..values[0]
                })
                .collect();
        }
        if names.len() == 1 && BARE.contains(&names[0].0.as_str()) {
            let bare = Diagnostic::new(Code::IndicatorNameBare)
                .at(place)
                .arg("name", names[0].0.clone());
            self.doubts.push(bare);
        }
        for ((name, scope), quantity) in names.drain(..).zip(values) {
            self.out.push(Indicator {
                task: None,
                name,
                comparator,
                value: quantity.value,
                unit: quantity.unit,
                year,
                wording: wording.clone(),
                scope,
                repeats: None,
                cycle: cycle.clone(),
                sentence_start: sentence_start.clone(),
                place,
            });
        }
        self.last = range_end;
        range_end.max(end)
    }

    /// The next value of a list: 和68%, 、12家.
    fn next_value(&self, end: usize) -> Option<Quantity> {
        let chars = &self.p.chars;
        matches!(chars.get(end), Some('、' | '和' | '，' | '及'))
            .then(|| quantity(chars, end + 1, self.sentence.end))
            .flatten()
    }

    /// Where the clause of a comparator begins: after the last clause end, or after the last indicator.
    pub(super) fn clause_start(&self, at: usize) -> usize {
        let chars = &self.p.chars;
        let floor = self.last.max(self.sentence.start).max(at.saturating_sub(80));
        let mut start = at;
        let mut closed = 0_usize;
        while start > floor && !text::is_clause_end(chars[start - 1]) {
            match chars[start - 1] {
                '）' => closed += 1,
                // An open bracket begins a clause of its own.
                '（' if closed == 0 => break,
                '（' => closed -= 1,
                _ => {}
            }
            start -= 1;
        }
        if start == self.last && matches!(chars.get(start), Some('、' | '，' | '和' | '及')) && start < at {
            start += 1;
        }
        start
    }

    /// True if nothing but the end of a clause follows.
    fn closed(&self, at: usize) -> bool {
        match self.p.chars.get(at) {
            None => true,
            Some(_) if at >= self.sentence.end => true,
            Some('、' | '）' | '（' | '【' | '〔' | '和' | '及' | ' ' | '\t' | '|') => true,
            Some(_)
                if text::longest(&self.p.chars, at, &["要在", "须在", "应在", "全部", "要全部", "要于"]).is_some() =>
            {
                true
            }
            Some(c) => text::is_clause_end(*c),
        }
    }

    /// 500个工厂和24个园区: the next of a list of things that are counted.
    fn counts_on(&self, at: usize) -> bool {
        let next = &self.p.chars[(at + 1).min(self.sentence.end)..self.sentence.end];
        matches!(self.p.chars[at], '和' | '及' | '、')
            && next.iter().find(|c| **c != ' ').is_some_and(char::is_ascii_digit)
    }

    /// The words behind a value in its clause: a noun, or 的年度目标.
    fn behind(&self, at: usize) -> (Range<usize>, Option<String>, bool) {
        let chars = &self.p.chars;
        let end = (at..self.sentence.end.min(at + 24))
            .find(|&i| {
                text::is_clause_end(chars[i])
                    || matches!(chars[i], '、' | '（' | '）' | '【' | '〔')
                    || self.counts_on(i)
            })
            .unwrap_or(self.sentence.end.min(at + 24));
        let words = self.p.text(at..end);
        let cycle = ["年度", "季度", "月度"]
            .iter()
            .find(|c| words.contains(**c))
            .map(|c| (*c).to_owned());
        let target =
            words.starts_with('的') && (words.ends_with("目标") || words.ends_with("要求") || words.ends_with("指标"));
        let noun = if words.starts_with('的') { at + 1..end } else { at..end };
        (noun, cycle.filter(|_| target), target)
    }
}

/// Joins mentions of one indicator in two places: the same demand under names that differ only in what a goal adds
/// (全区…数量) name their first mention.
pub(crate) fn join(indicators: &mut [Indicator]) {
    let core = |name: &str| {
        let name: String = name
            .chars()
            .filter(|c| !c.is_whitespace() && !"“”".contains(*c))
            .collect();
        let open = ["全省", "全市", "全县", "全区", "全旗", "全镇", "全域", "辖区"];
        let name = open.iter().find_map(|o| name.strip_prefix(o)).unwrap_or(&name);
        let ends = ["总数量", "总数", "数量", "总量", "家数"];
        ends.iter()
            .find_map(|e| name.strip_suffix(e))
            .unwrap_or(name)
            .to_owned()
    };
    let mut first: BTreeMap<(String, String, Decimal, Option<i32>), usize> = BTreeMap::new();
    for (at, one) in indicators.iter_mut().enumerate() {
        let key = (core(&one.name), one.unit.clone(), one.value.normalize(), one.year);
        one.repeats = first.get(&key).copied();
        first.entry(key).or_insert(at);
    }
}

#[cfg(test)]
#[path = "indicator_tests.rs"]
mod tests;
