//! The numbers in front of headings and paragraphs.

use super::text;

/// Kinds of numbering, as printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Kind {
    /// 第一章, 第一部分.
    Part,
    /// 第一节.
    Node,
    /// 行动一：, 任务二、
    Named,
    /// 第一条.
    Article,
    /// 一、
    Han,
    /// （一）
    HanBracket,
    /// 1. / 1、
    Arabic,
    /// 1.1 by depth.
    Decimal(u8),
    /// （1） / 1）
    ArabicBracket,
    /// ①
    Circled,
    /// 一是
    HanIs,
}

/// The number in front of an item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Mark {
    pub kind: Kind,
    /// The number without its signs: `1`, `一`, `1.2`.
    pub number: String,
    /// Its value, for the order.
    pub value: u32,
    /// Characters it takes, following spaces included.
    pub len: usize,
}

/// True for the number of a chapter: it may head rows of a table, and no row begins with it.
pub(crate) fn is_chapter(chars: &[char]) -> bool {
    mark(chars).is_some_and(|m| matches!(m.kind, Kind::Part | Kind::Han | Kind::HanBracket))
}

/// True for a Han numeral and nothing else: 一, 十二.
pub(crate) fn is_han_numeral(chars: &[char]) -> bool {
    (1..=3).contains(&chars.len()) && chars.iter().all(|c| "一二三四五六七八九十".contains(*c))
}

/// Reads the number at the start of a line.
pub(crate) fn mark(chars: &[char]) -> Option<Mark> {
    let run = |from: usize, accept: fn(&char) -> bool| {
        chars
            .get(from..)
            .map_or(0, |r| r.iter().take(5).take_while(|c| accept(c)).count())
    };
    let han = |c: &char| "〇一二三四五六七八九十".contains(*c);
    let digit = |c: &char| c.is_ascii_digit();
    let made = |kind, from: usize, n: usize, len: usize| {
        let value = text::numeral(&chars[from..from + n])?;
        let spaces = chars[len..].iter().take_while(|c| **c == ' ').count();
        Some(Mark {
            kind,
            number: chars[from..from + n].iter().collect(),
            value,
            len: len + spaces,
        })
    };
    if let Some(found) = named(chars) {
        return Some(found);
    }
    match *chars.first()? {
        '第' => {
            let n = run(1, han).max(run(1, digit));
            let (kind, sign) = match chars.get(n + 1)? {
                '章' | '篇' => (Kind::Part, 1),
                '部' if chars.get(n + 2) == Some(&'分') => (Kind::Part, 2),
                '节' => (Kind::Node, 1),
                '条' => (Kind::Article, 1),
                _ => return None,
            };
            let mut len = 1 + n + sign;
            len += usize::from(matches!(chars.get(len), Some('、' | '：' | '.')));
            made(kind, 1, n, len)
        }
        '（' => {
            let (kind, n) = match (run(1, han), run(1, digit)) {
                (0, n) => (Kind::ArabicBracket, n),
                (n, _) => (Kind::HanBracket, n),
            };
            if n == 0 || chars.get(n + 1) != Some(&'）') {
                return None;
            }
            let len = n + 2 + usize::from(matches!(chars.get(n + 2), Some('、' | '.')));
            made(kind, 1, n, len)
        }
        c @ '①'..='⑳' => {
            let value = c as u32 - '①' as u32 + 1;
            let spaces = chars[1..].iter().take_while(|c| **c == ' ').count();
            Some(Mark {
                kind: Kind::Circled,
                number: value.to_string(),
                value,
                len: 1 + spaces,
            })
        }
        c if han(&c) => {
            let n = run(0, han);
            match chars.get(n)? {
                '、' | '.' | '。' | '，' => made(Kind::Han, 0, n, n + 1),
                '是' => made(Kind::HanIs, 0, n, n + 1),
                _ => None,
            }
        }
        c if digit(&c) => {
            let n = run(0, digit);
            if n > 3 {
                return None;
            }
            match chars.get(n)? {
                '）' => made(Kind::ArabicBracket, 0, n, n + 1),
                '、' => made(Kind::Arabic, 0, n, n + 1),
                '.' if chars.get(n + 1).is_some_and(digit) => decimal(chars),
                '.' => made(Kind::Arabic, 0, n, n + 1),
                ' ' if chars[n..].iter().find(|c| **c != ' ').is_some_and(|c| text::is_han(*c)) => {
                    made(Kind::Arabic, 0, n, n + 1)
                }
                _ => None,
            }
        }
        _ => None,
    }
}

/// 行动一：, 工程2、 in front of words.
fn named(chars: &[char]) -> Option<Mark> {
    // 【项目一】
    let open = usize::from(chars.first() == Some(&'【'));
    let (word, from) = text::longest(chars, open, &NAMED)?;
    let from = open + from + chars[open + from..].iter().take_while(|c| **c == ' ').count();
    // 任务序号：1 has its line to itself.
    let record = word.ends_with('号') && chars.get(from) == Some(&'：');
    let from = from + usize::from(record);
    let digit = |c: &char| c.is_ascii_digit() || "一二三四五六七八九十".contains(*c);
    let n = chars.get(from..)?.iter().take(3).take_while(|c| digit(c)).count();
    let value = text::numeral(&chars[from..from + n])?;
    let number: String = chars[from..from + n].iter().collect();
    let sign = chars.get(from + n);
    let more = chars.len() > from + n + 1;
    let fits = match (open, word.ends_with('号')) {
        (1, _) => sign == Some(&'】') && more,
        (_, true) => record && sign.is_none(),
        _ => matches!(sign, Some('：' | '、' | ' ' | '.')) && more,
    };
    fits.then(|| Mark {
        kind: Kind::Named,
        number,
        value,
        len: (from + n + 1).min(chars.len()),
    })
}

/// What is counted by a number behind its name.
const NAMED: [&str; 16] = [
    "行动",
    "工程",
    "任务",
    "专项",
    "专题",
    "事项",
    "项目",
    "举措",
    "问题",
    "整改问题",
    "整改任务",
    "反馈问题",
    "任务序号",
    "问题序号",
    "序号",
    "编号",
];

/// 1.2 or 1.2.3 in front of words (2.1% or 7.7万亩 is a quantity, not a number of an item).
fn decimal(chars: &[char]) -> Option<Mark> {
    let len = chars
        .iter()
        .take(12)
        .take_while(|c| c.is_ascii_digit() || **c == '.')
        .count();
    let number: String = chars[..len].iter().collect();
    let number = number.trim_end_matches('.').to_owned();
    let depth = u8::try_from(number.split('.').count()).ok()?;
    let next = *chars.get(len)?;
    let parts: Option<Vec<u32>> = number.split('.').map(|p| p.parse().ok().filter(|v| *v < 100)).collect();
    let value = *parts?.last()?;
    let quantity = "万亿百千个家项亩件户人次公平米吨元倍%‰度分年月日".contains(next);
    if quantity || !(text::is_han(next) || matches!(next, ' ' | '、' | '“' | '《')) {
        return None;
    }
    let len = len + usize::from(next == '、');
    let spaces = chars[len..].iter().take_while(|c| **c == ' ').count();
    Some(Mark {
        kind: Kind::Decimal(depth),
        number,
        value,
        len: len + spaces,
    })
}

/// True if a number of kind `a` closes an open item of kind `b` even when no item of kind `a` is open: chapters and
/// 一、 never stand below the small kinds.
pub(crate) fn outranks(a: Kind, b: Kind) -> bool {
    let rank = |kind| match kind {
        Kind::Part => 0,
        Kind::Node => 1,
        Kind::Han => 2,
        Kind::Named => 3,
        _ => 4,
    };
    rank(a) < 4 && rank(a) < rank(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers() {
        let m = |s: &str| mark(&s.chars().collect::<Vec<_>>()).map(|m| (m.kind, m.number, m.len));
        assert_eq!(m("十二、保障"), Some((Kind::Han, "十二".into(), 3)));
        assert_eq!(m("（三）保障"), Some((Kind::HanBracket, "三".into(), 3)));
        assert_eq!(m("1. 保障"), Some((Kind::Arabic, "1".into(), 3)));
        assert_eq!(m("第十条 保障"), Some((Kind::Article, "十".into(), 4)));
        assert_eq!(m("2.3 保障"), Some((Kind::Decimal(2), "2.3".into(), 4)));
        assert_eq!(m("2.1%，全区"), None);
        assert_eq!(m("7.7万亩"), None);
        assert_eq!(m("2026年"), None);
        assert_eq!(m("一是强化"), Some((Kind::HanIs, "一".into(), 2)));
    }
}
