//! Hard line ends: where a paragraph goes on in the next line.

use super::text::{self, Passage};

/// Lines and what is known about wrapping.
pub(super) struct Wrap {
    /// Length that a full line has in this document.
    full: usize,
}

impl Wrap {
    /// What the lengths of all lines tell.
    pub fn of(lines: &[(usize, Passage)]) -> Self {
        let mut lengths: Vec<usize> = lines.iter().map(|(_, p)| p.len()).filter(|n| *n > 0).collect();
        lengths.sort_unstable();
        let full = lengths.get(lengths.len() * 19 / 20).copied().unwrap_or(0);
        Wrap { full: full.max(12) }
    }

    /// True if the paragraph goes on after this line. `open` says that a bracket is still open.
    pub fn goes_on(&self, line: &Passage, next: &Passage, open: bool) -> bool {
        let Some(&last) = line.chars.last() else { return false };
        let first = next.chars.first().copied().unwrap_or(' ');
        if last == '、' || matches!(first, '、' | '，' | '。' | '；' | '）' | '”' | '》') || (open && last != '。')
        {
            return true;
        }
        if broken_name(line, next) || broken_date(line, next) {
            return true;
        }
        // 【责任单位： / 县财政局】
        let kept = |open: char, close: char| {
            let at = line.chars.iter().rposition(|c| *c == open);
            at.is_some_and(|at| !line.chars[at..].contains(&close)) && next.chars.contains(&close)
        };
        if kept('【', '】') || kept('〔', '〕') {
            return true;
        }
        if text::is_stop(last) || matches!(last, '：' | '）' | '】') {
            return false;
        }
        let full = line.len() * 4 >= self.full * 3;
        // In a document that is not wrapped, an unfinished line of prose was broken by hand.
        let prose = line.chars.contains(&'。') || (line.chars.contains(&'，') && line.len() > 15);
        full || prose
    }
}

/// 2026年3月 / 31日前, 2026年 / 3月底前.
fn broken_date(line: &Passage, next: &Passage) -> bool {
    let n = next.chars.iter().take(3).take_while(|c| c.is_ascii_digit()).count();
    let goes_on = |c: char, with: char| line.chars.last() == Some(&c) && next.chars.get(n) == Some(&with);
    let dated = line.chars.len() > 1 && line.chars[line.len() - 2].is_ascii_digit();
    let rest = (1..=2).contains(&n) && (goes_on('月', '日') || goes_on('年', '月'));
    let cut = n == 0 && line.chars.last() == Some(&'月') && matches!(next.chars.first(), Some('底' | '末'));
    dated && (rest || cut)
}

/// True if a line breaks off inside a name of a list: its last words are no unit, but become one with the next line's.
fn broken_name(line: &Passage, next: &Passage) -> bool {
    let cut = |c: &char| matches!(c, '、' | '，' | '：' | '；' | '（');
    let Some(start) = line.chars.iter().rposition(cut) else {
        return false;
    };
    let listed = line.chars[start] == '、' || line.chars[start] == '：';
    let left = &line.chars[start + 1..];
    let n = next
        .chars
        .iter()
        .position(|c| cut(c) || text::is_stop(*c) || *c == '）')
        .unwrap_or(next.len());
    let looks = super::name::looks_like_unit;
    if !listed || left.is_empty() || left.len() > 14 || n > 14 || looks(left) && !left.starts_with(&['各']) {
        return false;
    }
    let whole: Vec<char> = left.iter().chain(&next.chars[..n]).copied().collect();
    let han = whole.iter().all(|c| text::is_han(*c));
    han && (n <= 2 || !looks(&next.chars[..n])) && looks(&whole)
}
