//! What pages and web sites put around a text: page numbers, lines at the top of each page, menus.

use std::collections::{BTreeMap, BTreeSet};

use super::day::full_date;
use super::text::{self, Passage};
use super::words::{BOILERPLATE, BOILERPLATE_INSIDE};

/// True for a line that only carries a page number: — 3 —, 第 3 页 共 5 页, 3 / 5.
pub(crate) fn is_page_number(chars: &[char]) -> bool {
    let (mut pages, mut of) = (0, 0);
    let counted = chars.iter().all(|c| {
        pages += usize::from(c.is_ascii_digit());
        of += usize::from(*c == '/');
        c.is_ascii_digit() || matches!(c, '/' | ' ')
    });
    if counted && of == 1 && (2..=6).contains(&pages) && chars.first().is_some_and(char::is_ascii_digit) {
        return true;
    }
    let dash = |c: &char| matches!(c, '—' | '-' | '–' | '－' | ' ' | '·');
    let counts = |c: &char| c.is_ascii_digit() || matches!(c, '第' | '页' | '共' | ' ' | '/');
    if chars.len() <= 12 && chars.contains(&'页') && chars.iter().all(counts) {
        return true;
    }
    chars.iter().any(char::is_ascii_digit)
        && chars.first().is_some_and(dash)
        && chars.last().is_some_and(dash)
        && chars.iter().all(|c| c.is_ascii_digit() || dash(c))
}

/// True for a line that a web page puts around a notice.
pub(crate) fn is_boilerplate(chars: &[char]) -> bool {
    let sign = |w: &str| text::find(chars, 0..chars.len(), w).is_some();
    // 首页 > 政务公开 > 通知公告, 2021-06-28 16:57 来源：某局; 满意率 > 95% is no path.
    let parts = |i: &usize| {
        let next = chars[i + 1..].iter().find(|c| **c != ' ');
        matches!(chars[*i], '>' | '＞' | '»') && next.is_none_or(|c| !c.is_ascii_digit() && *c != '=')
    };
    let path = (0..chars.len()).filter(parts).count();
    let short = chars.len() < 30
        && !chars
            .iter()
            .any(|c| c.is_ascii_digit() || text::is_clause_end(*c) || *c == '、');
    let dated = full_date(chars, 0).is_some() && sign("来源");
    if chars.len() < 80 && (path >= 2 || path == 1 && short || dated) {
        return true;
    }
    chars.len() < 60 && BOILERPLATE.iter().any(|w| text::stands(chars, 0, w))
        || chars.len() < 120 && BOILERPLATE_INSIDE.iter().any(|w| sign(w))
}

/// How far above a table the line at the top of its pages is looked for.
const ABOVE: usize = 40;

/// The lines above a table: what stands at the top of each page stood there first.
pub(super) struct Above(BTreeSet<String>);

impl Above {
    pub(super) fn of(passages: &[Passage], at: usize) -> Self {
        let above = passages[at.saturating_sub(ABOVE)..at].iter();
        Self(above.filter(|p| p.len() > 3).map(bare).collect())
    }

    /// True if a line stood above the table, spaces aside.
    pub(super) fn has(&self, line: &Passage) -> bool {
        self.0.contains(&bare(line))
    }
}

fn bare(p: &Passage) -> String {
    p.chars.iter().filter(|c| **c != ' ').collect()
}

/// Lines at the top or the bottom of pages: they stand beside page numbers, more than once.
pub(super) fn running(passages: &[(usize, Passage)]) -> Vec<bool> {
    let filled: Vec<usize> = (0..passages.len()).filter(|i| passages[*i].1.len() > 0).collect();
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    for i in &filled {
        *seen.entry(bare(&passages[*i].1)).or_default() += 1;
    }
    let mut found = vec![false; passages.len()];
    for (k, i) in filled.iter().enumerate() {
        let p = &passages[*i].1;
        let page = |k: Option<&usize>| k.is_some_and(|i| is_page_number(&passages[*i].1.chars));
        let beside = page(k.checked_sub(1).and_then(|k| filled.get(k))) || page(filled.get(k + 1));
        let again = seen.get(&bare(p)).is_some_and(|times| *times > 1);
        let plain = !p.chars.iter().any(|c| matches!(c, '：' | '。' | '、' | '；' | '，'));
        found[*i] = plain && (4..=60).contains(&p.len()) && !is_page_number(&p.chars) && beside && again;
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chars(s: &str) -> Vec<char> {
        s.chars().collect()
    }

    #[test]
    fn paths_of_pages_and_values_behind_signs() {
        assert!(is_boilerplate(&chars("首页 > 政务公开 > 通知公告")));
        assert!(is_boilerplate(&chars("政府信息公开 > 基层文件")));
        assert!(is_boilerplate(&chars("2026-03-02 09:15 来源：某局")));
        assert!(!is_boilerplate(&chars("患者满意度>95%")));
        assert!(!is_boilerplate(&chars("满意率 > 95%，办结率 >= 98%")));
    }

    #[test]
    fn page_numbers() {
        for s in ["— 3 —", "第 3 页 共 5 页", "3 / 5", "1/12"] {
            assert!(is_page_number(&chars(s)), "{s}");
        }
        assert!(!is_page_number(&chars("3")));
        assert!(!is_page_number(&chars("2026/01/02")));
    }
}
