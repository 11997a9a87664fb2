//! Indicators: a name, a comparator, a value with its unit, a year.

use std::ops::Range;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::diagnostic::{Code, Diagnostic};
use super::text::{self, Passage, Place};

/// How the value bounds what is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Comparator {
    /// More than.
    #[serde(rename = ">")]
    Above,
    /// At least.
    #[serde(rename = ">=")]
    AtLeast,
    /// Exactly, or simply this much.
    #[serde(rename = "=")]
    Equal,
    /// At most.
    #[serde(rename = "<=")]
    AtMost,
    /// Less than.
    #[serde(rename = "<")]
    Below,
    /// About.
    #[serde(rename = "about")]
    About,
}

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

/// Words before a value. The longest that fits counts.
const BEFORE: [(&str, Comparator); 57] = [
    ("分别达到", Comparator::AtLeast),
    ("均达到", Comparator::AtLeast),
    ("均达", Comparator::AtLeast),
    ("分别达", Comparator::AtLeast),
    ("都达到", Comparator::AtLeast),
    ("全部达到", Comparator::AtLeast),
    ("达到", Comparator::AtLeast),
    ("达", Comparator::AtLeast),
    ("提高到", Comparator::AtLeast),
    ("提高至", Comparator::AtLeast),
    ("提升到", Comparator::AtLeast),
    ("提升至", Comparator::AtLeast),
    ("增加到", Comparator::AtLeast),
    ("增长到", Comparator::AtLeast),
    ("增加至", Comparator::AtLeast),
    ("增至", Comparator::AtLeast),
    ("扩大到", Comparator::AtLeast),
    ("分别不少于", Comparator::AtLeast),
    ("分别不低于", Comparator::AtLeast),
    ("均不少于", Comparator::AtLeast),
    ("均不低于", Comparator::AtLeast),
    ("不少于", Comparator::AtLeast),
    ("不低于", Comparator::AtLeast),
    ("不小于", Comparator::AtLeast),
    ("至少", Comparator::AtLeast),
    ("均超过", Comparator::Above),
    ("分别超过", Comparator::Above),
    ("超过", Comparator::Above),
    ("突破", Comparator::Above),
    ("高于", Comparator::Above),
    ("大于", Comparator::Above),
    ("多于", Comparator::Above),
    ("低于", Comparator::Below),
    ("少于", Comparator::Below),
    ("小于", Comparator::Below),
    ("均不超过", Comparator::AtMost),
    ("均不高于", Comparator::AtMost),
    ("不超过", Comparator::AtMost),
    ("不高于", Comparator::AtMost),
    ("不大于", Comparator::AtMost),
    ("不多于", Comparator::AtMost),
    ("不得超过", Comparator::AtMost),
    ("最多", Comparator::AtMost),
    ("降至", Comparator::AtMost),
    ("降到", Comparator::AtMost),
    ("下降到", Comparator::AtMost),
    ("下降至", Comparator::AtMost),
    ("压减至", Comparator::AtMost),
    ("缩短至", Comparator::AtMost),
    ("控制在", Comparator::AtMost),
    ("稳定在", Comparator::Equal),
    ("保持在", Comparator::Equal),
    ("维持在", Comparator::Equal),
    ("均为", Comparator::Equal),
    ("为", Comparator::Equal),
    ("约", Comparator::About),
    ("近", Comparator::About),
];

/// Words after a value.
const AFTER: [(&str, Comparator); 9] = [
    ("以上", Comparator::AtLeast),
    ("及以上", Comparator::AtLeast),
    ("以下", Comparator::AtMost),
    ("及以下", Comparator::AtMost),
    ("以内", Comparator::AtMost),
    ("之内", Comparator::AtMost),
    ("左右", Comparator::About),
    ("上下", Comparator::About),
    ("余", Comparator::Above),
];

/// Units of measure without a power word; the longest that fits counts.
const UNITS: [&str; 74] = [
    "%",
    "‰",
    "个百分点",
    "百分点",
    "倍",
    "元",
    "家",
    "户",
    "项",
    "个",
    "名",
    "人",
    "人次",
    "张",
    "套",
    "台",
    "台套",
    "辆",
    "座",
    "处",
    "所",
    "场",
    "场次",
    "次",
    "吨",
    "吨标准煤",
    "千瓦",
    "千瓦时",
    "千克",
    "公斤",
    "斤",
    "立方米",
    "平方米",
    "平方公里",
    "公顷",
    "公里",
    "千米",
    "米",
    "亩",
    "株",
    "棵",
    "件",
    "批",
    "批次",
    "条",
    "小时",
    "分钟",
    "个工作日",
    "工作日",
    "个月",
    "天",
    "日",
    "分",
    "位",
    "例",
    "床",
    "张床位",
    "微克/立方米",
    "头",
    "只",
    "羽",
    "艘",
    "班次",
    "宗",
    "起",
    "篇",
    "部",
    "册",
    "幢",
    "栋",
    "间",
    "对",
    "支",
    "种",
];

/// Power words between a value and its unit.
const POWERS: [&str; 7] = ["万亿", "亿", "千万", "百万", "万", "千", "百"];

/// Verbs that say only that the quantity comes about: they are not part of the name.
const LIGHT: [&str; 14] = [
    "力争实现",
    "确保实现",
    "力争完成",
    "确保完成",
    "力争",
    "确保",
    "实现",
    "完成",
    "开展",
    "努力实现",
    "其中",
    "推动",
    "全面完成",
    "预计",
];

/// Verbs of making: "新建12个口袋公园" is a quantity to be reached, "落实15项协议" is not.
const MAKING: [&str; 22] = [
    "新建",
    "新增",
    "新改建",
    "改扩建",
    "建成",
    "改造",
    "完成",
    "培育",
    "创建",
    "引进",
    "培训",
    "举办",
    "开展",
    "修复",
    "整治",
    "新建成",
    "建设",
    "发放",
    "打造",
    "认定",
    "新培育",
    "提供",
];

/// Verbs in front of what is raised or lowered: "拓宽……覆盖率，达到40%".
const RAISING: [&str; 16] = [
    "拓宽",
    "提高",
    "提升",
    "扩大",
    "增加",
    "降低",
    "推动",
    "推进",
    "加快",
    "优化",
    "加强",
    "稳步提升",
    "稳步提高",
    "打造",
    "建设",
    "强化",
];

/// Heads of names that measure something by themselves.
const MEASURES: [&str; 17] = [
    "率", "数", "数量", "比例", "比重", "面积", "里程", "产值", "总额", "增速", "总量", "收入", "指数", "规模", "产量",
    "时长", "度",
];

/// A quantity in the text.
struct Quantity {
    value: Decimal,
    unit: String,
    /// The digits.
    start: usize,
    /// After the unit.
    end: usize,
}

/// Where the indicators of a passage belong.
pub(crate) struct Setting<'a> {
    /// Number of the task.
    pub task: Option<&'a str>,
    /// The year that holds where the text names none.
    pub year: Option<i32>,
    /// The year of one sentence holds for those after it (goals), or ends with it (tasks).
    pub carry: bool,
}

/// All indicators of a passage; `skip` are its assignments. Gives back the year that holds at the end.
pub(crate) fn find(
    p: &Passage,
    range: Range<usize>,
    skip: &[Range<usize>],
    setting: &Setting<'_>,
    out: &mut Vec<Indicator>,
    doubts: &mut Vec<Diagnostic>,
) -> Option<i32> {
    let mut year = setting.year;
    for sentence in p.pieces(range, |c| matches!(c, '。' | '！' | '？' | '\n')) {
        if !setting.carry {
            year = setting.year;
        }
        let mut reader = Sentence {
            p,
            sentence: sentence.clone(),
            out: Vec::new(),
            doubts: Vec::new(),
            last: sentence.start,
        };
        let mut i = sentence.start;
        while i < sentence.end {
            if let Some(skipped) = skip.iter().find(|r| r.contains(&i)) {
                i = skipped.end.max(i + 1);
                reader.last = i;
                continue;
            }
            if !p.chars[i].is_ascii_digit() {
                i += 1;
                continue;
            }
            if let Some(named) = named_year(&p.chars, i) {
                year = Some(named);
                i += 5;
                continue;
            }
            let Some(quantity) = quantity(&p.chars, i, sentence.end) else {
                i += p.chars[i..sentence.end]
                    .iter()
                    .take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
                    .count()
                    .max(1);
                continue;
            };
            i = reader.take(quantity, year);
        }
        out.extend(reader.out.into_iter().map(|mut one| {
            one.task = setting.task.map(str::to_owned);
            one
        }));
        doubts.append(&mut reader.doubts);
    }
    year
}

/// A year that a goal is set for: 到2025年, 2026年底, not 较2020年 and not 2023年以来.
fn named_year(chars: &[char], at: usize) -> Option<i32> {
    if at > 0
        && (chars[at - 1].is_ascii_digit() || matches!(chars[at - 1], '较' | '比' | '自' | '从' | '-' | '—' | '〔'))
    {
        return None;
    }
    let year: i32 = chars.get(at..at + 4)?.iter().collect::<String>().parse().ok()?;
    let after = chars.get(at + 4)? == &'年'
        && !["以来", "以前", "相比", "增长", "版", "水平", "起"]
            .iter()
            .any(|w| text::stands(chars, at + 5, w));
    let goal = at == 0
        || text::is_clause_end(chars[at - 1])
        || matches!(chars[at - 1], '。' | ' ' | '（')
        || ["到", "至", "力争", "在", "截至", "确保"]
            .iter()
            .any(|w| text::ends(chars, at, w));
    ((1990..=2199).contains(&year) && after && goal).then_some(year)
}

/// A number with a unit of measure that begins at `at`.
fn quantity(chars: &[char], at: usize, limit: usize) -> Option<Quantity> {
    let before = at.checked_sub(1).map(|i| chars[i]);
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '第' | '.' | '+' | '-' | '〔' | '“')) {
        return None;
    }
    let n = chars[at..limit]
        .iter()
        .take(24)
        .take_while(|c| c.is_ascii_digit() || matches!(c, '.' | ','))
        .count();
    let digits: String = chars[at..at + n].iter().filter(|c| **c != ',').collect();
    let value: Decimal = digits.trim_end_matches('.').parse().ok()?;
    let mut i = at + n;
    while i < limit && chars[i] == ' ' {
        i += 1;
    }
    let power = text::longest(&chars[..limit], i, &POWERS).map_or(0, |(_, n)| n);
    let (_, m) = text::longest(&chars[..limit], i + power, &UNITS)
        .or_else(|| text::longest(&chars[..limit], i, &UNITS).map(|(w, m)| (w, m - power.min(m))))?;
    let end = i + power + m;
    // 6月、12月, 86次会议, 30日前 are dates and names.
    let unit: String = chars[i..end].iter().collect();
    if matches!(unit.as_str(), "日" | "个月" | "分" | "天")
        && chars.get(end).is_some_and(|c| matches!(c, '前' | '内' | '起'))
    {
        return None;
    }
    Some(Quantity {
        value,
        unit,
        start: at,
        end,
    })
}

/// The indicators of one sentence, in reading order.
struct Sentence<'a> {
    p: &'a Passage,
    sentence: Range<usize>,
    out: Vec<Indicator>,
    doubts: Vec<Diagnostic>,
    /// Where the last indicator or assignment ends.
    last: usize,
}

impl Sentence<'_> {
    /// Takes one quantity; answers where to read on.
    fn take(&mut self, first: Quantity, year: Option<i32>) -> usize {
        let chars = &self.p.chars;
        let mut start = first.start;
        let about = matches!(chars.get(start.wrapping_sub(1)), Some('约' | '近')) && start > self.last;
        let look = if about { start - 1 } else { start };
        let words: Vec<&str> = BEFORE.iter().map(|(w, _)| *w).collect();
        let before = text::longest_end(chars, look, &words)
            .or_else(|| about.then(|| (if chars[start - 1] == '约' { "约" } else { "近" }, 1)))
            .filter(|(_, n)| start - n.min(&start) >= self.last);
        let after_words: Vec<&str> = AFTER.iter().map(|(w, _)| *w).collect();
        // 分别达到40%和68%: the values of one list.
        let mut values = vec![first];
        if before.is_some_and(|(w, _)| w.starts_with("分别")) {
            while let Some(next) = self.next_value(values.last().map_or(start, |q| q.end)) {
                values.push(next);
            }
        }
        let end = values.last().map_or(start, |q| q.end);
        let after = text::longest(&chars[..self.sentence.end], end, &after_words);
        let comparator_start = before.map_or(start, |(_, n)| if about && n > 1 { look - n } else { start - n });
        start = comparator_start;
        let stop = end + after.map_or(0, |(_, n)| n);
        let clause = self.clause_start(start);
        let (noun, cycle, target) = self.behind(stop);
        let closed = self.closed(stop) || target;
        let mut name = self.name(clause, start);
        let bound = before.is_some() || after.is_some();
        if !bound && !closed {
            // 新建12个口袋公园: a verb of making directly before, a noun behind.
            let makes = text::longest_end(chars, start, &MAKING).is_some_and(|(_, n)| start - n >= clause);
            if !makes || noun.is_empty() {
                return end;
            }
        }
        let mut range_end = stop;
        if !closed && !noun.is_empty() && !target {
            let behind = self.p.text(noun.clone());
            name = format!("{name}{behind}");
            range_end = noun.end;
        }
        let comparator = compare(
            before.map(|(w, _)| w),
            after.map(|(w, _)| w),
            values[0].value,
            about,
            target,
            &values[0].unit,
        );
        let wording = match (before, after) {
            (Some((b, _)), Some((a, _))) => Some(format!("{b}…{a}")),
            (Some((b, _)), None) => Some(b.to_owned()),
            (None, Some((a, _))) => Some(a.to_owned()),
            (None, None) => None,
        };
        let mut names = self.names(name, clause, &values, before.map_or("", |(w, _)| w), bound);
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
    fn clause_start(&self, at: usize) -> usize {
        let chars = &self.p.chars;
        let floor = self.last.max(self.sentence.start).max(at.saturating_sub(80));
        let mut start = at;
        while start > floor && !text::is_clause_end(chars[start - 1]) {
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
            Some('、' | '）' | '（' | '和' | '及' | ' ' | '\t' | '|') => true,
            Some(c) => text::is_clause_end(*c),
        }
    }

    /// The words behind a value in its clause: a noun, or 的年度目标.
    fn behind(&self, at: usize) -> (Range<usize>, Option<String>, bool) {
        let chars = &self.p.chars;
        let end = (at..self.sentence.end.min(at + 24))
            .find(|&i| text::is_clause_end(chars[i]) || matches!(chars[i], '、' | '（' | '）'))
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

    /// The name in front of a comparator, without the year and light verbs.
    fn name(&self, clause: usize, end: usize) -> String {
        let mut range = self.p.trim(clause..end, &['，', '、', '：', '—', '-']);
        let chars = &self.p.chars;
        loop {
            let before = range.start;
            if let Some(after) = self.year_phrase(range.clone()) {
                range.start = after;
            }
            for opening in ["全年", "年内", "本年度", "今年", "使", "将", "并", "力争", "截至"] {
                if text::stands(&chars[..range.end], range.start, opening) {
                    range.start += opening.chars().count();
                }
            }
            if let Some((_, n)) = text::longest(&chars[..range.end], range.start, &LIGHT) {
                range.start += n;
            }
            range = self.p.trim(range, &['，', '、', '：']);
            if range.start == before || range.is_empty() {
                break;
            }
        }
        if let Some((_, n)) = text::longest_end(
            &chars[..range.end],
            range.end,
            &["力争", "总体", "应当", "应", "要", "须"],
        ) && range.len() > n + 1
        {
            range.end -= n;
        }
        self.p.text(range).replace(' ', "")
    }

    /// 到2025年, 2026年底前: the index behind it.
    fn year_phrase(&self, range: Range<usize>) -> Option<usize> {
        let chars = &self.p.chars;
        let mut i = range.start;
        for word in ["到", "至", "截至", "力争到", "确保到", "在"] {
            if text::stands(&chars[..range.end], i, word)
                && chars.get(i + word.chars().count()).is_some_and(char::is_ascii_digit)
            {
                i += word.chars().count();
                break;
            }
        }
        let digits = chars[i..range.end].iter().take_while(|c| c.is_ascii_digit()).count();
        if digits != 4 || chars.get(i + 4) != Some(&'年') {
            return None;
        }
        i += 5;
        for word in ["底前", "末前", "底", "末", "前", "度", "内"] {
            if text::stands(&chars[..range.end], i, word) {
                return Some(i + word.chars().count());
            }
        }
        Some(i)
    }

    /// The names that the values belong to, each with its scope.
    fn names(
        &mut self,
        name: String,
        clause: usize,
        values: &[Quantity],
        before: &str,
        bound: bool,
    ) -> Vec<(String, Option<String>)> {
        let mut name = name;
        if name.is_empty() && bound {
            name = self.clause_before(clause);
        }
        if name.is_empty() {
            return Vec::new();
        }
        if values.len() > 1 {
            return self.respectively(&name, clause, values.len());
        }
        if before.contains('均') || before.contains('都') || before.contains("全部") {
            return self.jointly(&name, clause);
        }
        if !bound && let Some(whole) = self.elliptic(&name, &values[0]) {
            return vec![(whole, None)];
        }
        vec![(name, None)]
    }

    /// The noun of the clause before: 拓宽……覆盖率，达到40%.
    fn clause_before(&self, clause: usize) -> String {
        let Some(end) = clause.checked_sub(1).filter(|end| *end > self.sentence.start) else {
            return String::new();
        };
        let start = self.clause_start(end);
        let mut range = self.p.trim(start..end, &['，', '、']);
        if let Some((_, n)) = text::longest(&self.p.chars[..range.end], range.start, &RAISING) {
            range.start += n;
        }
        self.p.text(range)
    }

    /// A和B的X，分别达到1和2: one name for each value, with what they share completed.
    fn respectively(&mut self, name: &str, clause: usize, count: usize) -> Vec<(String, Option<String>)> {
        let parts: Vec<&str> = name.split(['、', '和', '及']).filter(|s| !s.is_empty()).collect();
        if parts.len() != count {
            return Vec::new();
        }
        let last: Vec<char> = parts[count - 1].chars().collect();
        // The parts are of one make: 全人群 / 重点人群签约服务覆盖率. What follows the last shared character is shared.
        let first: Vec<char> = parts[0].chars().collect();
        let measures = |s: &str| MEASURES.iter().any(|m| s.ends_with(m));
        if parts.iter().all(|s| measures(s)) {
            return parts.iter().map(|s| ((*s).to_owned(), None)).collect();
        }
        let Some(joint) = first.last().and_then(|c| last.iter().position(|l| l == c)) else {
            return Vec::new();
        };
        let tail: String = last[joint + 1..].iter().collect();
        let own: String = last[..=joint].iter().collect();
        let modifier = self.earlier_modifier(&tail, clause);
        let whole = format!("{modifier}{tail}");
        let scopes: Vec<String> = parts[..count - 1]
            .iter()
            .map(|s| (*s).to_owned())
            .chain([own])
            .collect();
        if !modifier.is_empty() {
            let place = self.p.place(clause..clause + 1);
            self.doubts.push(
                Diagnostic::new(Code::IndicatorNameCompleted)
                    .at(place)
                    .arg("name", whole.clone())
                    .fix(whole.clone()),
            );
        }
        scopes
            .into_iter()
            .map(|scope| (format!("{scope}{whole}"), Some(scope)))
            .collect()
    }

    /// What stood before the same words earlier in the sentence: a second mention is often shortened.
    fn earlier_modifier(&self, tail: &str, clause: usize) -> String {
        let start: String = tail.chars().take(4).collect();
        let chars = &self.p.chars;
        let floor = self.sentence.start.max(clause.saturating_sub(200));
        let Some(at) = text::find(chars, floor..clause, &start).filter(|_| start.chars().count() == 4) else {
            return String::new();
        };
        let mut from = at;
        while from > floor && text::is_han(chars[from - 1]) && at - from < 12 {
            from -= 1;
        }
        if let Some((_, n)) = text::longest(&chars[..at], from, &RAISING) {
            from += n;
        }
        if at - from <= 6 {
            self.p.text(from..at)
        } else {
            String::new()
        }
    }

    /// A率和B率均达到100%: two indicators if both parts measure something, one otherwise.
    fn jointly(&mut self, name: &str, clause: usize) -> Vec<(String, Option<String>)> {
        let measures = |s: &str| MEASURES.iter().any(|m| s.ends_with(m));
        let parts: Vec<&str> = name.split(['、', '和', '及']).filter(|s| !s.is_empty()).collect();
        if parts.len() < 2 || !parts.iter().all(|s| measures(s)) {
            let scope = name
                .split_once('和')
                .filter(|(a, _)| a.chars().count() > 3)
                .map(|(a, b)| format!("{a} | {b}"));
            return vec![(name.to_owned(), scope)];
        }
        // 对X进行V，V的率和……率: what is inspected is X.
        let object = self.object_before(clause, parts[0]);
        if let Some(object) = &object {
            let place = self.p.place(clause..clause + 1);
            let whole = format!("{object}{}", parts[0]);
            self.doubts.push(
                Diagnostic::new(Code::IndicatorNameCompleted)
                    .at(place)
                    .arg("name", whole.clone())
                    .fix(whole),
            );
        }
        let object = object.unwrap_or_default();
        parts.iter().map(|s| (format!("{object}{s}"), None)).collect()
    }

    /// The object of 对…进行…, if the name takes up what is done to it.
    fn object_before(&self, clause: usize, name: &str) -> Option<String> {
        let chars = &self.p.chars;
        let end = clause.checked_sub(1).filter(|end| *end > self.sentence.start)?;
        let start = self.clause_start(end);
        let doing = text::find(chars, start..end, "进行").or_else(|| text::find(chars, start..end, "开展"))?;
        let act = self.p.text(doing + 2..end);
        let to = (start..doing).rev().find(|&i| chars[i] == '对' && doing - i > 2)?;
        (act.chars().count() >= 2 && name.starts_with(&act)).then(|| self.p.text(to + 1..doing))
    }

    /// 小麦25万亩，玉米20万亩: a short noun with the same unit right behind takes the place of as many characters.
    fn elliptic(&self, name: &str, quantity: &Quantity) -> Option<String> {
        let previous = self.out.last()?;
        let n = name.chars().count();
        let long: Vec<char> = previous.name.chars().collect();
        let next_to = quantity.start.checked_sub(self.last)? <= n + 2;
        if previous.unit != quantity.unit || previous.wording.is_some() || n > 3 || !next_to || long.len() < n + 4 {
            return None;
        }
        Some(long[..long.len() - n].iter().collect::<String>() + name)
    }
}

/// The comparator from the words around a value.
fn compare(
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

#[cfg(test)]
#[path = "indicator_tests.rs"]
mod tests;
