//! Numbers with a unit of measure, and the years that goals are set for.

use rust_decimal::Decimal;

use super::measures::{AFTER, POWERS, UNITS};
use super::text;

/// A quantity in the text.
pub(super) struct Quantity {
    pub value: Decimal,
    pub unit: String,
    /// The digits.
    pub start: usize,
    /// After the unit.
    pub end: usize,
}

/// A year that a goal is set for: 到2025年, 2026年底, not 较2020年 and not 2023年以来.
pub(super) fn named_year(chars: &[char], at: usize) -> Option<i32> {
    // 2018—2021年: the end of a span of years.
    let span = at >= 5 && matches!(chars[at - 1], '—' | '-' | '~' | '～' | '至') && {
        let from = if chars[at - 2] == '年' {
            at.saturating_sub(6)
        } else {
            at - 5
        };
        chars[from..from + 4].iter().all(char::is_ascii_digit)
    };
    if at > 0
        && !span
        && (chars[at - 1].is_ascii_digit()
            || matches!(chars[at - 1], '较' | '比' | '自' | '从' | '〔')
            || matches!(chars[at - 1], '-' | '—') && at > 1 && matches!(chars[at - 2], '年' | '0'..='9'))
    {
        return None;
    }
    let year: i32 = chars.get(at..at + 4)?.iter().collect::<String>().parse().ok()?;
    let after = chars.get(at + 4)? == &'年'
        && !["以来", "以前", "相比", "增长", "版", "水平", "起"]
            .iter()
            .any(|w| text::stands(chars, at + 5, w));
    let goal = at == 0
        || span
        || text::is_clause_end(chars[at - 1])
        || matches!(chars[at - 1], '。' | ' ' | '（' | '—' | '、')
        || ["其中", "到", "至", "力争", "在", "截至", "确保"]
            .iter()
            .any(|w| text::ends(chars, at, w));
    ((1990..=2199).contains(&year) && after && goal).then_some(year)
}

/// A number in Han numerals with a unit of measure: 百分之四十, 三百万个, 一千二百户.
pub(super) fn spelled(chars: &[char], at: usize, limit: usize) -> Option<Quantity> {
    const DIGITS: &str = "〇一二三四五六七八九";
    let percent = text::stands(&chars[..limit], at, "百分之");
    let start = if percent { at + 3 } else { at };
    let first = *chars.get(start)?;
    if !(DIGITS.contains(first) || first == '两' || first == '十')
        || at > 0 && matches!(chars[at - 1], '第' | '“' | '十')
    {
        return None;
    }
    // 三百万 is 300 and a power word; what stands before the power word is below ten thousand.
    let (mut value, mut digit, mut i) = (0_i64, None, start);
    while let Some(c) = chars[..limit].get(i) {
        if i - start > 10 {
            return None;
        }
        let place = match c {
            '十' => 10,
            '百' => 100,
            '千' => 1000,
            '两' => {
                digit = Some(2);
                i += 1;
                continue;
            }
            c => match DIGITS.chars().position(|d| d == *c) {
                Some(n) => {
                    digit = i64::try_from(n).ok();
                    i += 1;
                    continue;
                }
                None => break,
            },
        };
        value += digit.take().unwrap_or(1) * place;
        i += 1;
    }
    value += digit.unwrap_or(0);
    let (unit, end) = if percent {
        ("%".to_owned(), i)
    } else {
        let power = text::longest(&chars[..limit], i, &["万亿", "亿", "万"]).map_or(0, |(_, n)| n);
        let (_, n) = text::longest(&chars[..limit], i + power, &UNITS)?;
        (chars[i..i + power + n].iter().collect(), i + power + n)
    };
    (i > start).then(|| Quantity {
        value: Decimal::from(value),
        unit,
        start: at,
        end,
    })
}

/// Numbers that share the unit of the last: 53和32微克/立方米.
pub(super) fn quantities(chars: &[char], at: usize, limit: usize) -> Option<Vec<Quantity>> {
    let mut found: Vec<Quantity> = Vec::new();
    let mut bare: Vec<(usize, usize)> = Vec::new();
    let mut i = at;
    while found.is_empty() && bare.len() < 8 {
        let n = chars
            .get(i..limit)?
            .iter()
            .take(12)
            .take_while(|c| c.is_ascii_digit() || **c == '.')
            .count();
        if n == 0 {
            return None;
        }
        if let Some(one) = quantity(chars, i, limit) {
            found.push(one);
        } else if matches!(chars.get(i + n), Some('、' | '和' | '及')) {
            bare.push((i, n));
            i += n + 1;
        } else {
            return None;
        }
    }
    let unit = found.first()?.unit.clone();
    let mut all: Vec<Quantity> = Vec::new();
    for (start, n) in bare {
        let value = chars[start..start + n].iter().collect::<String>().parse().ok()?;
        all.push(Quantity {
            value,
            unit: unit.clone(),
            start,
            end: start + n,
        });
    }
    all.append(&mut found);
    Some(all)
}

/// What is called by a number.
const NAMED: [&str; 6] = ["热线", "平台", "专线", "电话", "系统", "工程"];

/// One or two characters between a number and the end of its clause: a unit of measure that no list has.
fn unlisted(chars: &[char], at: usize) -> Option<usize> {
    let ended = |i: usize| {
        chars
            .get(i)
            .is_none_or(|c| text::is_clause_end(*c) || matches!(c, '、' | '（' | '）'))
            || AFTER.iter().any(|(w, _)| text::stands(chars, i, w))
    };
    let first = chars.get(at).filter(|c| text::is_han(**c))?;
    if "年月日号时分度级版条章届类第以左上余多的和及与字".contains(*first) {
        return None;
    }
    // 12345热线, 12315平台: a number that is a name.
    if NAMED.iter().any(|w| text::stands(chars, at, w)) {
        return None;
    }
    (1..=2).find(|n| (1..*n).all(|k| chars.get(at + k).is_some_and(|c| text::is_han(*c))) && ended(at + n))
}

/// A number with a unit of measure that begins at `at`.
pub(super) fn quantity(chars: &[char], at: usize, limit: usize) -> Option<Quantity> {
    let before = at.checked_sub(1).map(|i| chars[i]);
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '第' | '.' | '+' | '-' | '〔' | '“' | '月'))
    {
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
    // 4/10万: so many in so many.
    if chars[..limit].get(i) == Some(&'/') {
        let among = chars[i + 1..limit]
            .iter()
            .take(4)
            .take_while(|c| c.is_ascii_digit())
            .count();
        if among > 0 && matches!(chars[..limit].get(i + 1 + among), Some('万' | '千')) {
            let end = i + 2 + among;
            return Some(Quantity {
                value,
                unit: chars[i..end].iter().collect(),
                start: at,
                end,
            });
        }
    }
    // 1—2个, 3至5天: a span is no single value.
    if matches!(chars.get(i), Some('—' | '-' | '~' | '～')) {
        return None;
    }
    let m = text::longest(&chars[..limit], i + power, &UNITS)
        .map(|(_, m)| m)
        .or_else(|| text::longest(&chars[..limit], i, &UNITS).map(|(_, m)| m - power.min(m)))
        .or_else(|| unlisted(&chars[..limit], i + power))?;
    let mut end = i + power + m;
    // 微克每立方米, 元/人: one measure by another.
    if matches!(chars.get(end), Some('/' | '每'))
        && let Some((_, n)) = text::longest(&chars[..limit], end + 1, &UNITS)
            .or_else(|| text::longest(&chars[..limit], end + 1, &["年", "月", "万元", "人口"]))
    {
        end += 1 + n;
    }
    // 6月、12月, 86次会议, 30日前 are dates and names.
    let unit: String = chars[i..end].iter().collect();
    // 23时30分 is a time of day.
    if unit == "分" && before.is_some_and(|c| matches!(c, '时' | '点' | '：')) {
        return None;
    }
    let bounded = before.is_some_and(|c| "至到在过于".contains(c));
    if matches!(unit.as_str(), "日" | "个月" | "分" | "天")
        && !bounded
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

/// A number without a unit of measure, or of years: 指数达到85, 之比达到2.6, 人数达到1000万, 周期达到5年. What bounds it is
/// looked at by whoever asks.
pub(super) fn bare(chars: &[char], at: usize, limit: usize) -> Option<Quantity> {
    if at > 0 && (chars[at - 1].is_ascii_alphanumeric() || matches!(chars[at - 1], '第' | '.' | '-' | '〔' | '“')) {
        return None;
    }
    let n = chars[at..limit]
        .iter()
        .take(12)
        .take_while(|c| c.is_ascii_digit() || **c == '.')
        .count();
    let value: Decimal = chars[at..at + n].iter().collect::<String>().parse().ok()?;
    let power = text::longest(&chars[..limit], at + n, &POWERS).map_or(0, |(_, n)| n);
    let years = usize::from(power == 0 && chars[..limit].get(at + n) == Some(&'年') && value < Decimal::ONE_HUNDRED);
    // 到2025: a year.
    if power + years == 0 && n == 4 && (chars[at] == '1' || chars[at] == '2') {
        return None;
    }
    let end = at + n + power + years;
    let ended = chars[..limit]
        .get(end)
        .is_none_or(|c| text::is_clause_end(*c) || *c == '）')
        || AFTER.iter().any(|(w, _)| text::stands(&chars[..limit], end, w));
    ended.then(|| Quantity {
        value,
        unit: chars[at + n..end].iter().collect(),
        start: at,
        end,
    })
}
