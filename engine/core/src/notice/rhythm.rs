//! Work that has no last day but a beat: 长期推进, 全年持续推进, 每月25日前.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::deadline;
use super::name::looks_like_unit;
use super::text::{self, Passage};
use super::words::{BEATS, RHYTHM_VERBS, RHYTHMS};

/// The rhythm that the words of a deadline name, if they name one.
pub fn rhythm_of(words: &str) -> Option<Rhythm> {
    let found = RHYTHMS.iter().find(|(word, _)| words.contains(word));
    found.map(|(_, rhythm)| *rhythm)
}

/// Work that has no last day but a beat.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Rhythm {
    /// 立即, 立行立改.
    AtOnce,
    /// 长期推进, 长期坚持.
    LongTerm,
    /// 持续推进, 常态化, 全年.
    Continuing,
    /// 每月.
    Monthly,
    /// 每季度.
    Quarterly,
    /// 每半年.
    HalfYearly,
    /// 每年.
    Yearly,
}

/// A range that is a rhythm and nothing else.
pub(super) fn rhythm(p: &Passage, range: Range<usize>) -> Option<deadline::Found> {
    let words = p.text(range.clone());
    // 每月10日前报送进度: what follows the bound is what is done.
    let ends = |i: usize| {
        p.chars[i] == '前'
            || ["季度末", "月末", "年末"]
                .iter()
                .any(|w| text::ends(&p.chars, i + 1, w))
    };
    let bound = range.clone().find(|&i| ends(i)).map(|i| range.start..i + 1);
    let shorter = bound.filter(|b| b.end < range.end).map(|b| (b.clone(), p.text(b)));
    if let Some((range, beat)) = shorter.and_then(|(b, words)| beat(&words).map(|beat| (b, beat))) {
        return Some(deadline::Found {
            range,
            date: None,
            rhythm: Some(beat),
            assumed: false,
        });
    }
    let rhythm = worded(&words).or_else(|| beat(&words))?;
    Some(deadline::Found {
        range,
        date: None,
        rhythm: Some(rhythm),
        assumed: false,
    })
}

/// A rhythm with a verb or an adverb of its own, among names: 持续优化, 灾后立即.
pub(super) fn loose_rhythm(p: &Passage, range: Range<usize>) -> Option<deadline::Found> {
    let names: Vec<&str> = RHYTHMS.iter().map(|(word, _)| *word).collect();
    let chars = &p.chars[..range.end];
    let head = text::longest(chars, range.start, &names).filter(|(_, n)| range.len() == n + 2);
    let tail = text::longest_end(chars, range.end, &["立即", "持续", "常态化"]).filter(|(_, n)| range.len() <= n + 3);
    let unit = looks_like_unit(&p.chars[range.clone()]);
    let (word, start) = match (head, tail) {
        (Some((word, _)), _) => (word, range.start),
        (None, Some((word, n))) => (word, range.end - n),
        (None, None) => return None,
    };
    let rhythm = RHYTHMS.iter().find(|(w, _)| *w == word).map(|(_, rhythm)| *rhythm);
    (!unit).then_some(deadline::Found {
        range: start..range.end,
        date: None,
        rhythm,
        assumed: false,
    })
}

/// Words of a rhythm with verbs that add nothing: 长期坚持, 全年持续推进, 立行立改、长期坚持. The last rhythm counts.
fn worded(words: &str) -> Option<Rhythm> {
    let chars: Vec<char> = words.chars().collect();
    let names: Vec<&str> = RHYTHMS.iter().map(|(word, _)| *word).collect();
    let mut found = None;
    let mut i = if words.starts_with("年内") && chars.len() > 2 {
        2
    } else {
        0
    };
    while i < chars.len() {
        if let Some((word, n)) = text::longest(&chars, i, &names) {
            found = RHYTHMS.iter().find(|(w, _)| *w == word).map(|(_, rhythm)| *rhythm);
            i += n;
        } else if let Some((_, n)) = text::longest(&chars, i, &RHYTHM_VERBS)
            && found.is_some()
        {
            i += n;
        } else if matches!(chars[i], '、' | '，' | '并' | '且') && i > 0 {
            i += 1;
        } else {
            return None;
        }
    }
    found
}

/// A day of every month, quarter or year: 每月25日前, 每季度末前, 每年6月底前, 每季度通报一次.
fn beat(words: &str) -> Option<Rhythm> {
    // 2026年每季度末: of that year.
    let digits = words.chars().take_while(char::is_ascii_digit).count();
    let words = (digits == 4)
        .then(|| words[4..].strip_prefix('年'))
        .flatten()
        .unwrap_or(words);
    let (every, rhythm) = BEATS.iter().find(|(every, _)| words.starts_with(every))?;
    let rest = words.strip_prefix(every)?;
    if rest.chars().count() <= 8 && rest.ends_with('次') {
        return Some(*rhythm);
    }
    let words = rest.trim_end_matches("完成").trim_end_matches("报送");
    let inner = words.strip_suffix("以前").or_else(|| words.strip_suffix("之前"));
    let inner = inner.or_else(|| words.strip_suffix(['前', '末', '底', '日']))?;
    let day = |c: char| c.is_ascii_digit() || "日号底末月个首第之以年度、".contains(c);
    inner.chars().all(day).then_some(*rhythm)
}
