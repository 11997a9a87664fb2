//! Deadlines and rhythms: 2026年6月底前, 6月30日前, 年底前, 第三季度末, 长期推进, 每季度.

use std::ops::Range;

use chrono::{Days, NaiveDate};
use serde::{Deserialize, Serialize};

use super::rhythm::{Rhythm, loose_rhythm, rhythm};
use super::text::{self, Passage, Place};
use super::words::{AROUND, DONE};

/// When a task is to be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deadline {
    /// The words of the notice.
    pub text: String,
    /// The last day, if the words name one.
    pub date: Option<NaiveDate>,
    /// The beat, if the words name one.
    pub rhythm: Option<Rhythm>,
    /// Where the words stand.
    pub place: Place,
}

/// A deadline as found, before it is tied to a task.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub range: Range<usize>,
    pub date: Option<NaiveDate>,
    pub rhythm: Option<Rhythm>,
    /// The year was supplied, not read.
    pub assumed: bool,
}

/// Reads what stands after 完成时限：, or a clause of an assignment: the whole range must be the deadline.
pub(crate) fn whole(p: &Passage, range: Range<usize>, year: Option<i32>) -> Option<Found> {
    let range = p.trim(range, &['，', '。', '；', '：', '、']);
    if range.is_empty() {
        return None;
    }
    if let Some(found) = rhythm(p, range.clone()).or_else(|| loose_rhythm(p, range.clone())) {
        return Some(found);
    }
    if let Some(found) = span(p, range.clone(), year) {
        return Some(found);
    }
    let date = date_at(&p.chars[..range.end], range.start, year, true)?;
    let rest = p.trim(date.range.end..range.end, &['，', '。', '；']);
    let rest_text = p.text(rest.clone());
    // 12月底前完成阶段性任务: what is done by then, no further name.
    let done = text::longest(&p.chars[..rest.end], rest.start, &DONE).is_some()
        && matches!(p.chars[date.range.end - 1], '前' | '底' | '末')
        && !p.chars[rest.clone()].contains(&'、')
        && !super::name::looks_like_unit(&p.chars[rest]);
    (rest_text.is_empty() || done || AROUND.contains(&rest_text.as_str())).then_some(date)
}

/// A clause among names that bounds a time without naming a day: 汛期前完成, 春节前.
pub(crate) fn unread(p: &Passage, range: Range<usize>) -> Option<Range<usize>> {
    let (_, n) = text::longest_end(&p.chars, range.end, &["完成", "全部完成", "基本完成", "到位"]).unwrap_or(("", 0));
    let end = range.end.saturating_sub(n);
    // 3月、9月集中开展
    let timed = p.chars[range.clone()]
        .windows(2)
        .any(|w| w[0].is_ascii_digit() && matches!(w[1], '月' | '日' | '年'));
    if timed && !super::name::looks_like_unit(&p.chars[range.clone()]) {
        return Some(range);
    }
    (range.start + 2 < end && end - range.start <= 10 && p.chars[end - 1] == '前').then_some(range.start..end)
}

/// Every deadline in running text: a date with 前 or 底前, or a rhythm alone in its clause.
pub(crate) fn scan(p: &Passage, range: Range<usize>, year: Option<i32>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    for clause in p.pieces(range, text::is_clause_end) {
        let clause = p.trim(clause, &['（', '）', '、']);
        if let Some(rhythm) = rhythm(p, clause.clone()) {
            // 每季度排查一次 is what is done, not by when.
            if !text::ends(&p.chars, clause.end, "次") {
                found.push(rhythm);
            }
            continue;
        }
        let mut i = clause.start;
        while i < clause.end {
            let c = p.chars[i];
            let inside_number = i > clause.start && p.chars[i - 1].is_ascii_digit();
            if !inside_number
                && (c.is_ascii_digit()
                    || matches!(
                        c,
                        '年' | '今'
                            | '明'
                            | '上'
                            | '下'
                            | '第'
                            | '本'
                            | '国'
                            | '五'
                            | '“'
                            | '一'
                            | '二'
                            | '三'
                            | '四'
                    ))
                && let Some(date) = date_at(&p.chars[..clause.end], i, year, false)
            {
                i = date.range.end;
                found.push(date);
                continue;
            }
            i += 1;
        }
    }
    found
}

/// Where a date with 前 or 底 that stands at `at` ends.
pub(crate) fn bound_end(chars: &[char], at: usize) -> Option<usize> {
    let words = ["汛期前", "入汛前", "汛前", "春节前", "节前"];
    let named = text::longest(chars, at, &words).map(|(_, n)| at + n);
    let found = || date_at(chars, at, Some(2000), true).map(|found| found.range.end);
    let bound = |end: &usize| matches!(chars[*end - 1], '前' | '底' | '末' | '旬');
    named.or_else(|| found().filter(bound))
}

/// A span of time, 2026年1月至6月 or 2026—2028年: its end is the deadline.
fn span(p: &Passage, range: Range<usize>, year: Option<i32>) -> Option<Found> {
    let cut = range
        .clone()
        .rev()
        .find(|&i| matches!(p.chars[i], '至' | '—' | '-' | '~' | '～' | '–'))?;
    if cut == range.start || cut + 1 >= range.end {
        return None;
    }
    let left = p.trim(range.start..cut, &['—', '-', '从', '自']);
    let year_of_left = p.chars[left.clone()]
        .get(0..4)
        .filter(|four| four.iter().all(char::is_ascii_digit))
        .and_then(|four| four.iter().collect::<String>().parse::<i32>().ok())
        .filter(|value| (1990..=2199).contains(value));
    let plain = p.chars[left.clone()]
        .iter()
        .all(|c| c.is_ascii_digit() || "年月日初底末".contains(*c));
    let begun = matches!(
        p.text(left.clone()).as_str(),
        "即日起" | "即日" | "现在" | "现在起" | "发文之日起"
    );
    if left.is_empty() || !(plain || begun) {
        return None;
    }
    let end = date_at(&p.chars[..range.end], cut + 1, year_of_left.or(year), true)
        .filter(|found| found.range.end == range.end)
        .or_else(|| {
            // 2026—2028年: nothing but the year behind the dash.
            let (value, n) = digits(&p.chars[..range.end], cut + 1)?;
            let value = i32::try_from(value)
                .ok()
                .filter(|v| n == 4 && (1990..=2199).contains(v))?;
            let done = cut + 1 + n;
            (done + 1 == range.end && p.chars[done] == '年').then(|| Found {
                range: cut + 1..range.end,
                date: month_end(value, 12),
                rhythm: None,
                assumed: false,
            })
        })?;
    Some(Found {
        range,
        assumed: end.assumed && year_of_left.is_none(),
        ..end
    })
}

/// The last day of a month.
fn month_end(year: i32, month: u32) -> Option<NaiveDate> {
    let (year, month) = if month == 12 {
        (year.checked_add(1)?, 1)
    } else {
        (year, month + 1)
    };
    NaiveDate::from_ymd_opt(year, month, 1)?.checked_sub_days(Days::new(1))
}

/// Reads digits; how many and their value.
pub(super) fn digits(chars: &[char], at: usize) -> Option<(u32, usize)> {
    let n = chars
        .get(at..)?
        .iter()
        .take(5)
        .take_while(|c| c.is_ascii_digit())
        .count();
    (1..=4)
        .contains(&n)
        .then(|| {
            chars[at..at + n]
                .iter()
                .collect::<String>()
                .parse()
                .ok()
                .map(|v| (v, n))
        })
        .flatten()
}

/// A deadline that begins at `at`. In running text (`label` false) it must end with 前 or 之前; after a label it may end
/// as a bare day, month or 底.
fn date_at(chars: &[char], at: usize, year: Option<i32>, label: bool) -> Option<Found> {
    let mut i = at;
    let mut named_year = None;
    let relative = [("明年", 1), ("今年", 0), ("本年度", 0), ("本年", 0)];
    if let Some((value, n)) = digits(chars, i)
        && n == 4
        && (1949..=2199).contains(&value)
        && matches!(chars.get(i + n), Some('年' | '-' | '/' | '.'))
    {
        named_year = i32::try_from(value).ok();
        i += n + 1;
        if chars.get(i) == Some(&'度') {
            i += 1;
        }
    } else if let Some((word, plus)) = relative.iter().find(|(word, _)| text::stands(chars, i, word)) {
        named_year = year.and_then(|y| y.checked_add(*plus));
        i += word.chars().count();
    }
    let assumed = named_year.is_none();
    let year = named_year.or(year);
    let (date, mut end, mut bounded) = within_year(chars, i, year, i > at)?;
    for word in ["之前", "以前", "前"] {
        if text::stands(chars, end, word) {
            end += word.chars().count();
            bounded = true;
            break;
        }
    }
    let before = bounded && chars[..end].last() == Some(&'前');
    // 9月底完成整改: an end of time right before a verb of finishing; 到9月底建成 is a goal.
    let done = bounded && text::longest(chars, end, &DONE).is_some();
    let goal = at > 0 && matches!(chars[at - 1], '到' | '至');
    let within = text::ends(chars, end, "年内") || text::ends(chars, end, "全年");
    // 年内新增……, 上半年完成……: a part of the year that opens a clause.
    let counted = |c: char| c.is_ascii_digit() || "一二三四五六七八九十".contains(c);
    let opens = at == 0
        || text::is_clause_end(chars[at - 1])
        || matches!(chars[at - 1], '）' | ' ' | '.')
        || chars[at - 1] == '、' && at > 1 && counted(chars[at - 2]);
    let part = ["年内", "半年", "季度", "季度末", "季度底"]
        .iter()
        .any(|w| text::ends(chars, end, w));
    let opening = opens && part && chars.get(end).is_some_and(|c| text::is_han(*c) && *c != '的');
    if !(label || before || opening || done && !goal && !within) {
        return None;
    }
    Some(Found {
        range: at..end,
        date,
        rhythm: None,
        assumed,
    })
}

/// The part after the year: month and day, month end, third of a month, quarter, half, year end.
fn within_year(
    chars: &[char],
    at: usize,
    year: Option<i32>,
    after_year: bool,
) -> Option<(Option<NaiveDate>, usize, bool)> {
    let day = |m, d| year.and_then(|y| NaiveDate::from_ymd_opt(y, m, d));
    let end_of = |m| year.and_then(|y| month_end(y, m));
    let size = |word: &str| word.chars().count();
    for (word, month) in [
        ("第一季度", 3),
        ("第二季度", 6),
        ("第三季度", 9),
        ("第四季度", 12),
        ("一季度", 3),
        ("二季度", 6),
        ("三季度", 9),
        ("四季度", 12),
        ("上半年", 6),
        ("下半年", 12),
        ("年中", 6),
    ] {
        if text::stands(chars, at, word) {
            let mut end = at + size(word);
            if matches!(chars.get(end), Some('末' | '底')) {
                end += 1;
            }
            return Some((end_of(month), end, false));
        }
    }
    for (word, date) in [
        ("“十一”", day(9, 30)),
        ("“五一”", day(4, 30)),
        ("国庆节", day(9, 30)),
        ("国庆", day(9, 30)),
        ("五一", day(4, 30)),
    ] {
        if text::stands(chars, at, word) {
            return Some((date, at + size(word), true));
        }
    }
    let year_ends: &[&str] = if after_year {
        &["年底", "年末", "年内", "全年", "底", "末"]
    } else {
        &["年底", "年末", "年内", "全年"]
    };
    if let Some((_, n)) = text::longest(chars, at, year_ends) {
        return Some((end_of(12), at + n, true));
    }
    if let Some((month, n)) = digits(chars, at)
        && (1..=12).contains(&month)
        && matches!(chars.get(at + n), Some('月' | '-' | '/' | '.'))
    {
        let dashed = chars.get(at + n) != Some(&'月');
        let i = at + n + 1 + usize::from(!dashed && chars.get(at + n + 1) == Some(&'份'));
        if let Some((number, n)) = digits(chars, i) {
            let sign = matches!(chars.get(i + n), Some('日' | '号'));
            if sign || (dashed && after_year) {
                return Some((day(month, number), i + n + usize::from(sign), false));
            }
        }
        if dashed {
            return None;
        }
        for (word, date) in [
            ("上旬", day(month, 10)),
            ("中旬", day(month, 20)),
            ("下旬", end_of(month)),
            ("底", end_of(month)),
            ("末", end_of(month)),
        ] {
            if text::stands(chars, i, word) {
                return Some((date, i + size(word), true));
            }
        }
        return Some((end_of(month), i, false));
    }
    // 2026.10
    if after_year
        && chars
            .get(at.wrapping_sub(1))
            .is_some_and(|c| matches!(c, '.' | '-' | '/'))
        && let Some((month, n)) = digits(chars, at)
        && (1..=12).contains(&month)
        && chars.get(at + n).is_none_or(|c| !c.is_ascii_digit())
    {
        return Some((end_of(month), at + n, false));
    }
    // 2026年前, 2026年度
    (after_year && matches!(chars.get(at), None | Some('前' | '内'))).then(|| {
        let end = at + usize::from(chars.get(at) == Some(&'内'));
        (end_of(12), end, false)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::text::Line;

    fn p(s: &str) -> Passage {
        Passage::of(&Line {
            number: 1,
            column: 0,
            text: s.to_owned(),
        })
    }

    fn one(s: &str) -> Option<(String, Option<NaiveDate>)> {
        let p = p(s);
        scan(&p, 0..p.len(), Some(2026))
            .into_iter()
            .next()
            .map(|f| (p.text(f.range), f.date))
    }

    fn date(s: &str) -> Option<NaiveDate> {
        s.parse().ok()
    }

    #[test]
    fn dates_in_running_text() {
        assert_eq!(
            one("2026年6月底前完成清淤。"),
            Some(("2026年6月底前".into(), date("2026-06-30")))
        );
        assert_eq!(one("于6月30日前报送。"), Some(("6月30日前".into(), date("2026-06-30"))));
        assert_eq!(one("年底前完工。"), Some(("年底前".into(), date("2026-12-31"))));
        assert_eq!(one("2027年底前建成。"), Some(("2027年底前".into(), date("2027-12-31"))));
        assert_eq!(
            one("2026年第三季度末前完成。"),
            Some(("2026年第三季度末前".into(), date("2026-09-30")))
        );
        assert_eq!(one("2024年2月底前"), Some(("2024年2月底前".into(), date("2024-02-29"))));
        assert_eq!(one("到2025年，新增500家。"), None);
        assert_eq!(one("持续推进小区改造。"), None);
        assert_eq!(one("提升能力，持续推进。"), Some(("持续推进".into(), None)));
    }

    #[test]
    fn an_impossible_day_keeps_its_words() {
        assert_eq!(one("2026年2月30日前完成"), Some(("2026年2月30日前".into(), None)));
    }

    #[test]
    fn after_a_label_no_qian_is_needed() {
        let p = p("2026年10月");
        assert_eq!(whole(&p, 0..p.len(), None).and_then(|f| f.date), date("2026-10-31"));
    }
}
