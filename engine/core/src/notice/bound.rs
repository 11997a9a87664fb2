//! What stands around a value: the words that bound it, and whether it is a goal at all.

use std::ops::Range;

use rust_decimal::Decimal;

use super::comparator::Comparator;
use super::indicator::Sentence;
use super::measures::{AFTER, BEFORE, CHANGES, EACH, MAKING, MEASURES, RULES, SIZES, SUBSIDIES};
use super::text::{self, Passage};

/// The words in front of a value, from the outermost: 分别不低于, 均约, 达到.
pub(super) struct Before {
    /// Where they begin.
    pub start: usize,
    pub word: Option<&'static str>,
    /// 分别 or 均: the values belong to several names.
    pub each: Option<&'static str>,
    pub about: bool,
    /// The verb of change that belongs to each name, with what it is compared with: 比2015年下降.
    pub change: Option<String>,
}

impl Before {
    pub fn words(&self) -> String {
        let about = if self.about && self.word.is_none() { "约" } else { "" };
        let change = self.change.as_deref().unwrap_or_default();
        format!(
            "{}{change}{}{about}",
            self.each.unwrap_or_default(),
            self.word.unwrap_or_default()
        )
    }
}

/// The stretch in which something is given or taken under a condition: 对……的企业，……给予10万元奖励.
pub(super) fn granted(p: &Passage, sentence: Range<usize>) -> Range<usize> {
    let clause = |i: usize| i == sentence.start || text::is_clause_end(p.chars[i - 1]) || p.chars[i - 1] == ' ';
    let none = sentence.start..sentence.start;
    let Some(from) = sentence.clone().find(|&i| p.chars[i] == '对' && clause(i)) else {
        return none;
    };
    let last = (from..sentence.end)
        .rev()
        .find(|&i| text::longest(&p.chars[..sentence.end], i, &SUBSIDIES).is_some());
    last.map_or(none, |last| {
        let end = (last..sentence.end)
            .find(|&i| text::is_clause_end(p.chars[i]))
            .unwrap_or(sentence.end);
        // 最高不超过50万元 limits what was given.
        let next = (end + 1..sentence.end)
            .find(|&i| text::is_clause_end(p.chars[i]))
            .unwrap_or(sentence.end);
        let limit = text::find(&p.chars, end..next, "最高").is_some();
        from..if limit { next } else { end }
    })
}

impl Sentence<'_> {
    /// The words in front of a value.
    pub(super) fn before(&self, at: usize) -> Option<Before> {
        let chars = &self.p.chars;
        let words: Vec<&'static str> = BEFORE.iter().map(|(w, _)| *w).collect();
        // 保持在 100%: a space before the figures.
        let gap = chars[self.last.min(at)..at]
            .iter()
            .rev()
            .take_while(|c| **c == ' ')
            .count();
        let at = if gap <= 2 { at - gap } else { at };
        let mut found = Before {
            start: at,
            word: None,
            each: None,
            about: false,
            change: None,
        };
        if matches!(chars.get(at.wrapping_sub(1)), Some('约' | '近')) && at > self.last {
            found.about = true;
            found.start -= 1;
        }
        if let Some((word, n)) = text::longest_end(chars, found.start, &words) {
            found.word = BEFORE.iter().map(|(w, _)| *w).find(|w| *w == word);
            found.start -= n;
        }
        let change = text::longest_end(chars, found.start, &CHANGES).filter(|_| found.word.is_none());
        let verb = found.start - change.map_or(0, |(_, n)| n);
        let verb = change.and_then(|_| compared(chars, verb)).unwrap_or(verb);
        // 年均, 人均 are averages.
        let average = verb >= 2 && chars[verb - 1] == '均' && "年月日人户亩平地场".contains(chars[verb - 2]);
        if let Some((each, n)) = text::longest_end(chars, verb, &EACH).filter(|_| !average) {
            found.each = EACH.iter().copied().find(|w| *w == each);
            found.change = change.map(|_| self.p.text(verb..found.start));
            found.start = verb - n;
        }
        let any = found.word.is_some() || found.about || found.each.is_some();
        (any && found.start >= self.last).then_some(found)
    }

    /// True if the quantity is the size of a payment or the threshold of a rule (给予10万元补助, 50亩以上的农户), not a goal.
    pub(super) fn conditional(&self, clause: usize, start: usize, stop: usize) -> bool {
        let chars = &self.p.chars;
        let end = (stop..self.sentence.end.min(stop + 12))
            .find(|&i| text::is_clause_end(chars[i]))
            .unwrap_or(self.sentence.end.min(stop + 12));
        let paid = |range: Range<usize>| {
            let words = self.p.text(range);
            SUBSIDIES.iter().any(|w| words.contains(w))
        };
        // 对……的, 给予……: the payment is told in the clause itself.
        let money = chars[start..stop].contains(&'元') || text::ends(&chars[..stop], stop, "%");
        let threshold = chars.get(stop) == Some(&'的')
            && stop > start
            && text::longest_end(chars, stop, &["以上", "以下", "以内", "及以上", "超过", "满"]).is_some()
            && chars.get(stop + 1).is_some_and(|c| text::is_han(*c) || *c == '，');
        // 65岁以上老年人: an age tells who is meant.
        let rule = self.threshold(start, stop);
        let given = self.granted.contains(&start);
        // 助学资助率100% measures what is given.
        let measured = MEASURES.iter().any(|m| text::ends(chars, start, m));
        let age = text::ends(&chars[..stop], stop, "岁以上") || text::ends(&chars[..stop], stop, "岁以下");
        age || rule
            || given
            || (money && (!measured && paid(clause..start) || paid(stop..end)))
            || threshold && !self.p.text(stop..end).ends_with("目标")
    }

    /// True for what is there and for what tells which things are meant: 总投资4.6亿元, 仅71%, 三类以上标准, 低于30%的予以通报,
    /// 招引10亿元以上项目30个.
    pub(super) fn no_goal(&self, name: &str, word: Option<&str>, after: Option<&str>, noun: &Range<usize>) -> bool {
        let stop = if noun.start > 0 && self.p.chars.get(noun.start - 1) == Some(&'的') {
            noun.start - 1
        } else {
            noun.start
        };
        let bound = word.is_some() || after.is_some();
        let after = after.is_some();
        let behind = self.p.text(noun.clone());
        let counted = ["共", "共计", "合计", "总计", "计"].contains(&name);
        let size = counted || !bound && SIZES.iter().any(|w| name.ends_with(w)) || name.ends_with('仅');
        let figures = after && behind.chars().any(|c| c.is_ascii_digit());
        let bounds = ["低于", "少于", "不足", "高于", "超过", "大于", "小于", "多于"];
        let meant = word.is_some_and(|w| bounds.contains(&w));
        // 15分钟生活圈, 24小时书房: a time that is part of a name.
        let called = !bound
            && ["分钟", "小时", "天", "日"]
                .iter()
                .any(|u| text::ends(&self.p.chars, stop, u))
            && !behind.is_empty();
        let ruled = self.p.chars.get(stop) == Some(&'的') && (meant || RULES.iter().any(|w| behind.starts_with(w)));
        size || called || figures || ruled || behind.starts_with("标准")
    }

    /// True for 35蒸吨以下燃煤锅炉: a bound that tells which things are meant.
    fn threshold(&self, start: usize, stop: usize) -> bool {
        let chars = &self.p.chars;
        let bound = text::longest_end(chars, stop, &["以上", "以下"]).is_some();
        // 30人（含）以下的企业
        let counted = ["（含）以下", "（含）以上"]
            .iter()
            .any(|w| text::stands(chars, stop, w));
        // 6亩以下（不含6亩）
        let exact = ["（不含", "（含"].iter().any(|w| text::stands(chars, stop, w));
        let within = ["（不含", "（含"].iter().any(|w| text::ends(chars, start, w));
        if counted || bound && exact || within {
            return true;
        }
        let noun = chars.get(stop).is_some_and(|c| text::is_han(*c)) && stop < self.sentence.end;
        let makes = text::longest_end(chars, start, &MAKING).is_some();
        let compared =
            self.before(start).is_some_and(|b| b.word.is_some()) || !chars.get(start).is_some_and(char::is_ascii_digit);
        bound && noun && !makes && !compared
    }
}

/// Where 比2015年, 较上年 begins that ends at `end`.
fn compared(chars: &[char], end: usize) -> Option<usize> {
    let from = end.saturating_sub(7);
    let start = (from..end).rev().find(|&i| matches!(chars[i], '比' | '较'))?;
    let years = &chars[start + 1..end];
    let told = years.last() == Some(&'年') && years.iter().all(|c| c.is_ascii_digit() || "上去前年".contains(*c));
    told.then_some(start)
}

/// The bound that stands within a name: 比例不低于教师总数的 15%, 至少举办 1场.
pub(super) fn inside(name: &str) -> Option<(String, &'static str)> {
    if let Some(rest) = name.strip_prefix("至少") {
        return (!rest.is_empty()).then(|| (rest.to_owned(), "至少"));
    }
    // 每月至少举办
    if let Some((front, back)) = name.split_once("至少") {
        let made = MAKING.iter().any(|verb| back.starts_with(verb));
        return made.then(|| (format!("{front}{back}"), "至少"));
    }
    let own = name.strip_suffix('的')?;
    let bounds = ["不低于", "不少于", "不高于", "不超过", "达到", "超过", "低于"];
    let (at, word) = bounds.iter().filter_map(|w| own.find(w).map(|at| (at, *w))).min()?;
    let word = BEFORE.iter().map(|(w, _)| *w).find(|w| *w == word)?;
    (at > 3).then(|| (own[..at].to_owned(), word))
}

/// The comparator from the words around a value.
pub(super) fn compare(
    before: Option<&str>,
    after: Option<&str>,
    value: Decimal,
    about: bool,
    target: bool,
    unit: &str,
) -> Comparator {
    let read = |table: &[(&str, Comparator)], word: &str| table.iter().find(|(w, _)| *w == word).map(|(_, c)| *c);
    let full = unit == "%" && value == Decimal::ONE_HUNDRED;
    if let Some(after) = after.and_then(|w| read(&AFTER, w)) {
        return after;
    }
    if about {
        return Comparator::About;
    }
    match before.and_then(|w| read(&BEFORE, w)) {
        // A share cannot pass the whole, and "the target of N" is N.
        Some(Comparator::AtLeast) if full || target => Comparator::Equal,
        Some(comparator) => comparator,
        None => Comparator::Equal,
    }
}
