//! Days written out in full, and the year that dates without one belong to.

use std::ops::Range;

use chrono::{Datelike, NaiveDate};

use super::deadline::digits;
use super::text;

/// A date written out in full at `at`: 2025年12月29日, 2025-12-29, 二〇二五年十二月二十九日. The outer `None` means that no
/// date is written there, the inner one that no such day exists.
pub(crate) fn full_date(chars: &[char], at: usize) -> Option<(Option<NaiveDate>, Range<usize>)> {
    let year_digit = |c: &char| {
        "〇一二三四五六七八九"
            .chars()
            .position(|d| d == *c || (d == '〇' && matches!(*c, '○' | '零' | 'O')))
    };
    let (year, mut i) = if let Some((value, 4)) = digits(chars, at) {
        (i32::try_from(value).ok()?, at + 4)
    } else {
        let four = chars.get(at..at + 4)?;
        let mut value = 0;
        for c in four {
            value = value * 10 + i32::try_from(year_digit(c)?).ok()?;
        }
        (value, at + 4)
    };
    let sign = *chars.get(i)?;
    if !matches!(sign, '年' | '-' | '/' | '.') || !(1900..=2199).contains(&year) {
        return None;
    }
    i += 1;
    let number = |from: usize| -> Option<(u32, usize)> {
        let mut from = from;
        while chars.get(from) == Some(&' ') {
            from += 1;
        }
        let n = chars
            .get(from..)?
            .iter()
            .take(3)
            .take_while(|c| c.is_ascii_digit() || "一二三四五六七八九十".contains(**c))
            .count();
        Some((text::numeral(&chars[from..from + n])?, from + n))
    };
    let (month, next) = number(i)?;
    let between = *chars.get(next)?;
    if between != if sign == '年' { '月' } else { sign } {
        return None;
    }
    let (day, next) = number(next + 1)?;
    let end = if sign == '年' {
        if chars.get(next) != Some(&'日') {
            return None;
        }
        next + 1
    } else {
        next
    };
    Some((NaiveDate::from_ymd_opt(year, month, day), at..end))
}

/// The year a deadline without one belongs to: that of the title, of the date of issue, of the document number, or the
/// one the text names most often.
pub(crate) fn reference_year(
    title_year: Option<i32>,
    issued_on: Option<NaiveDate>,
    number: Option<&str>,
    lines: &[super::Line],
) -> Option<i32> {
    let numbered = || number?.split('〔').nth(1)?.get(..4)?.parse().ok();
    title_year
        .or(issued_on.map(|d| d.year()))
        .or_else(numbered)
        .or_else(|| usual_year(lines))
}

/// The year named most often, the earliest of those named equally often.
fn usual_year(lines: &[super::Line]) -> Option<i32> {
    let mut count: std::collections::BTreeMap<i32, usize> = std::collections::BTreeMap::new();
    for line in lines {
        for (at, _) in line.text.match_indices('年') {
            let digits = line
                .text
                .get(at.saturating_sub(4)..at)
                .filter(|d| d.chars().all(|c| c.is_ascii_digit()));
            let year = digits
                .and_then(|d| d.parse().ok())
                .filter(|y| (2000..=2199).contains(y));
            if let Some(year) = year {
                *count.entry(year).or_default() += 1;
            }
        }
    }
    let most = count.values().max().copied()?;
    count.into_iter().find(|(_, n)| *n == most).map(|(year, _)| year)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn full_dates() {
        let date = |s: &str| s.parse().ok();
        let read = |s: &str| full_date(&s.chars().collect::<Vec<_>>(), 0).and_then(|(d, _)| d);
        assert_eq!(read("2025年12月29日"), date("2025-12-29"));
        assert_eq!(read("二〇二五年十二月二十九日"), date("2025-12-29"));
        assert_eq!(read("2026-01-08"), date("2026-01-08"));
        assert_eq!(read("2026年2月30日"), None);
    }
}
