//! Lines with positions, and passages: characters made comparable one for one, so that every finding keeps its place.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// One line of a document, as the format in front of the reader gives it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Number of the line, from 1.
    pub number: u32,
    /// Column of the first character of `text`, from 0, in characters.
    pub column: u32,
    /// The characters without surrounding white space.
    pub text: String,
}

impl Line {
    /// 完成 12 个, 由 18%提高到: a page keeps figures off the words around them. Outside tables such a space parts nothing
    /// and is made invisible, unless it may part a name from a date or a number from what it counts off.
    pub(crate) fn close_up(&mut self) {
        let chars: Vec<char> = self.text.chars().collect();
        if !chars.contains(&' ') {
            return;
        }
        let digit = |c: char| c.is_ascii_digit() || c.is_ascii_alphabetic();
        let idle = |i: usize| {
            let (Some(before), Some(after)) = (i.checked_sub(1).map(|k| chars[k]), chars.get(i + 1).copied()) else {
                return false;
            };
            // A number at the beginning counts off, unless it counts something: 1.1 万路.
            let first = chars[..i].iter().all(|c| digit(*c) || *c == '.')
                && !"万亿千百个家项名人次公亩平米吨元".contains(after);
            let name = super::words::UNIT_ENDS.contains(before);
            let figures = chars[i + 1..].iter().take_while(|c| c.is_ascii_digit()).count();
            let date = matches!(chars.get(i + 1 + figures), Some('年' | '月' | ' ' | '.' | '-'));
            chars[i] == ' '
                && !first
                && (is_han(before) && digit(after) && !(name && date)
                    || (digit(before) || matches!(before, '%' | '％')) && is_han(after))
        };
        self.text = (0..chars.len())
            .map(|i| if idle(i) { '\u{200b}' } else { chars[i] })
            .collect();
    }
}

/// A stretch of the source: from `line`, `start` up to but not including `end_line`, `end` (columns in characters).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// First line, from 1.
    pub line: u32,
    /// Column of the first character, from 0.
    pub start: u32,
    /// Last line, from 1.
    pub end_line: u32,
    /// Column after the last character.
    pub end: u32,
}

/// Cuts plain text into lines. Any line end counts (`\n`, `\r\n`, `\r`, form feed); a byte order mark is dropped.
/// A leading tab is kept: in a flattened table it stands for an empty cell.
#[must_use]
pub fn lines(text: &str) -> Vec<Line> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let text = text.replace("\r\n", "\n");
    text.split(['\n', '\r', '\u{c}', '\u{2028}', '\u{2029}'])
        .zip(1..)
        .map(|(raw, number)| {
            let body = raw.trim_start_matches(|c: char| c.is_whitespace() && c != '\t' || is_invisible(c));
            let column = u32::try_from(raw.chars().count() - body.chars().count()).unwrap_or(u32::MAX);
            Line {
                number,
                column,
                text: body.trim_end().to_owned(),
            }
        })
        .collect()
}

/// Characters that have no width and only get in the way of comparing.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{feff}' | '\u{2060}')
}

/// True for a Han character.
pub(crate) fn is_han(c: char) -> bool {
    matches!(c, '\u{4e00}'..='\u{9fff}' | '\u{3400}'..='\u{4dbf}' | '〇')
}

/// The bracket that opens at `open`: the index of its partner, if it comes soon.
pub(crate) fn partner(chars: &[char], open: usize) -> Option<usize> {
    let (left, right) = match chars.get(open)? {
        '（' => ('（', '）'),
        '【' => ('【', '】'),
        '〔' => ('〔', '〕'),
        _ => return None,
    };
    let mut depth = 0_usize;
    for (i, c) in chars.iter().enumerate().skip(open).take(600) {
        if *c == left {
            depth += 1;
        } else if *c == right {
            depth -= 1;
            if depth == 0 {
                return Some(i);
            }
        }
    }
    None
}

/// Ends a sentence.
pub(crate) fn is_stop(c: char) -> bool {
    matches!(c, '。' | '！' | '？' | '；')
}

/// Ends a clause.
pub(crate) fn is_clause_end(c: char) -> bool {
    is_stop(c) || matches!(c, '，' | '：' | '—' | '\n')
}

/// True for a single space that only keeps a mark, a part of a date or a value off its neighbour: `A 、 B`, `2026 年 7 月`,
/// `达到 85% 以上`. Two spaces, and one between words, may part the cells of a table.
fn is_idle_space(chars: &[char], at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|i| chars.get(i)).copied();
    let (Some(before), Some(after)) = (before, chars.get(at + 1).copied()) else {
        return false;
    };
    let mark = |c: char| matches!(c, '、' | '，' | '。' | '：' | '；' | ',' | ':' | ';');
    let date = |c: char| matches!(c, '年' | '月' | '日');
    if before == ' ' || after == ' ' {
        return false;
    }
    let number = after == '.' && before.is_ascii_digit() && at <= 3;
    number
        || (mark(after) && !after.is_ascii_digit())
        || (mark(before) && (is_han(after) || after.is_ascii_digit()) && at >= 2 && chars[at - 2] == ' ')
        || (before.is_ascii_digit() && date(after))
        || (date(before) && after.is_ascii_digit())
        || (matches!(before, '到' | '至' | '达' | '过' | '于' | '超') && after.is_ascii_digit())
        || (matches!(before, '%' | '％') && matches!(after, '以' | '左'))
}

/// How far a label with spaces in it reaches from the line's beginning: `完成 时限：`; 0 when there is none.
fn spaced_label(chars: &[char]) -> usize {
    let Some(colon) = chars.iter().take(12).position(|c| matches!(c, ':' | '：')) else {
        return 0;
    };
    let words: String = chars[..colon].iter().filter(|c| **c != ' ').collect();
    let plain = chars[..colon].iter().all(|c| is_han(*c) || *c == ' ');
    if plain && words.chars().count() >= 2 && super::label::label(&words).is_some() {
        colon
    } else {
        0
    }
}

/// One character in the form the rules are written for: full-width digits and letters become plain, half-width
/// punctuation becomes Chinese where its neighbours do not make it part of a number.
fn normal(before: Option<char>, c: char, after: Option<char>) -> char {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit() || ('０'..='９').contains(&c));
    match c {
        '０'..='９' | 'Ａ'..='Ｚ' | 'ａ'..='ｚ' | '．' | '％' | '＋' | '－' | '／' | '｜' => {
            char::from_u32(c as u32 - 0xfee0).unwrap_or(c)
        }
        '(' => '（',
        ')' => '）',
        ';' => '；',
        '?' => '？',
        '!' => '！',
        '｡' => '。',
        ',' if !(digit(before) && digit(after)) => '，',
        ':' if !(digit(before) && digit(after)) => '：',
        '.' if before.is_some_and(|c| is_han(c) || matches!(c, ')' | '）' | '%')) && !digit(after) => '。',
        '﹒' => '.',
        '単' => '单',
        '責' => '责',
        '[' | '［' => '〔',
        ']' | '］' => '〕',
        c if c.is_whitespace() && c != '\t' && c != '\n' => ' ',
        c => c,
    }
}

/// A run of text made of one or several lines, in comparable form, with the way back to the source.
#[derive(Debug, Clone, Default)]
pub(crate) struct Passage {
    /// Comparable characters.
    pub chars: Vec<char>,
    /// The characters as written, one for one.
    source: Vec<char>,
    /// Line and column of each character.
    at: Vec<(u32, u32)>,
}

impl Passage {
    /// The passage of one line.
    pub fn of(line: &Line) -> Self {
        let mut passage = Passage::default();
        passage.push_line(line);
        passage
    }

    /// Appends a line directly: Chinese text has no space at a hard line break.
    pub fn push_line(&mut self, line: &Line) {
        let mut before = self.source.last().copied();
        let mut rest = line.text.chars().zip(line.column..).peekable();
        let chars: Vec<char> = line.text.chars().collect();
        let label = spaced_label(&chars);
        let mut at = 0..chars.len();
        while let (Some((c, column)), Some(i)) = (rest.next(), at.next()) {
            if is_invisible(c) || (c == ' ' && (i < label || is_idle_space(&chars, i))) {
                continue;
            }
            self.chars.push(normal(before, c, rest.peek().map(|(c, _)| *c)));
            self.source.push(c);
            self.at.push((line.number, column));
            before = Some(c);
        }
        self.open_labels();
    }

    /// 【责任单位】A、B is 责任单位：A、B: a label in brackets of its own reads like one before a colon.
    fn open_labels(&mut self) {
        let mut open = None;
        for i in 0..self.chars.len() {
            match self.chars[i] {
                '【' | '〔' => open = Some(i),
                '】' | '〕' => {
                    if let Some(from) = open.take().filter(|o| i - o <= 9)
                        && super::label::label(&self.text(from + 1..i)).is_some()
                    {
                        self.chars[from] = ' ';
                        self.chars[i] = if self.chars.get(i + 1) == Some(&'：') {
                            ' '
                        } else {
                            '：'
                        };
                    }
                }
                _ => {}
            }
        }
    }

    /// Appends another passage directly.
    pub fn append(&mut self, other: &Passage) {
        self.chars.extend(&other.chars);
        self.source.extend(&other.source);
        self.at.extend(&other.at);
    }

    /// Appends another passage, behind a space where one stood.
    pub fn join(&mut self, other: &Passage, spaced: bool) {
        if let Some(at) = other.at.first().filter(|_| spaced) {
            self.chars.push(' ');
            self.source.push(' ');
            self.at.push((at.0, at.1.saturating_sub(1)));
        }
        self.append(other);
    }

    /// A part of this passage as a passage of its own.
    pub fn part(&self, range: Range<usize>) -> Passage {
        let range = self.clip(range);
        Passage {
            chars: self.chars[range.clone()].to_vec(),
            source: self.source[range.clone()].to_vec(),
            at: self.at[range].to_vec(),
        }
    }

    fn clip(&self, range: Range<usize>) -> Range<usize> {
        let end = range.end.min(self.chars.len());
        range.start.min(end)..end
    }

    /// Number of characters.
    pub fn len(&self) -> usize {
        self.chars.len()
    }

    /// The comparable text of a range.
    pub fn text(&self, range: Range<usize>) -> String {
        self.chars[self.clip(range)].iter().collect()
    }

    /// The text of a range as written.
    pub fn written(&self, range: Range<usize>) -> String {
        self.source[self.clip(range)].iter().collect()
    }

    /// Where a range lies in the source; an empty range lies before its first character.
    pub fn place(&self, range: Range<usize>) -> Place {
        let range = self.clip(range);
        let first = self.at.get(range.start).or(self.at.last()).copied().unwrap_or((1, 0));
        let last = if range.is_empty() {
            first
        } else {
            self.at[range.end - 1]
        };
        let end = if range.is_empty() {
            last.1
        } else {
            last.1.saturating_add(1)
        };
        Place {
            line: first.0,
            start: first.1,
            end_line: last.0,
            end,
        }
    }

    /// Ranges between the characters that `cut` accepts, empty ones left out. `cut` sees every character once, in order.
    pub fn pieces(&self, range: Range<usize>, mut cut: impl FnMut(char) -> bool) -> Vec<Range<usize>> {
        let range = self.clip(range);
        let mut pieces = Vec::new();
        let mut start = range.start;
        for i in range.clone() {
            if cut(self.chars[i]) {
                if i > start {
                    pieces.push(start..i);
                }
                start = i + 1;
            }
        }
        if range.end > start {
            pieces.push(start..range.end);
        }
        pieces
    }

    /// The range without white space and the given characters at both ends.
    pub fn trim(&self, range: Range<usize>, drop: &[char]) -> Range<usize> {
        let Range { mut start, mut end } = self.clip(range);
        let out = |c: char| c.is_whitespace() || drop.contains(&c);
        while start < end && out(self.chars[start]) {
            start += 1;
        }
        while end > start && out(self.chars[end - 1]) {
            end -= 1;
        }
        start..end
    }
}

/// True if `word` stands at `at`.
pub(crate) fn stands(chars: &[char], at: usize, word: &str) -> bool {
    word.chars().enumerate().all(|(i, c)| chars.get(at + i) == Some(&c))
}

/// True if `word` ends at `end` (exclusive).
pub(crate) fn ends(chars: &[char], end: usize, word: &str) -> bool {
    let n = word.chars().count();
    end >= n && end <= chars.len() && stands(chars, end - n, word)
}

/// First place of `word` in a range.
pub(crate) fn find(chars: &[char], range: Range<usize>, word: &str) -> Option<usize> {
    let n = word.chars().count();
    (range.start..range.end.min(chars.len())).find(|&i| i + n <= range.end && stands(chars, i, word))
}

/// The longest of `words` that stands at `at`, with its length in characters.
pub(crate) fn longest<'w, W: AsRef<str>>(chars: &[char], at: usize, words: &'w [W]) -> Option<(&'w str, usize)> {
    words
        .iter()
        .map(AsRef::as_ref)
        .filter(|w| stands(chars, at, w))
        .map(|w| (w, w.chars().count()))
        .max_by_key(|(_, n)| *n)
}

/// The longest of `words` that ends at `end`, with its length in characters.
pub(crate) fn longest_end<'w, W: AsRef<str>>(chars: &[char], end: usize, words: &'w [W]) -> Option<(&'w str, usize)> {
    words
        .iter()
        .map(AsRef::as_ref)
        .filter(|w| ends(chars, end, w))
        .map(|w| (w, w.chars().count()))
        .max_by_key(|(_, n)| *n)
}

/// Value of a Han numeral up to 99 or an Arabic one up to 9999.
pub(crate) fn numeral(chars: &[char]) -> Option<u32> {
    if chars.is_empty() || chars.len() > 4 {
        return None;
    }
    if chars.iter().all(char::is_ascii_digit) {
        return chars.iter().collect::<String>().parse().ok();
    }
    let digit = |c: char| {
        "〇一二三四五六七八九"
            .chars()
            .position(|d| d == c)
            .and_then(|n| u32::try_from(n).ok())
    };
    match chars {
        ['十'] => Some(10),
        ['十', unit] => Some(10 + digit(*unit)?),
        [ten, '十'] => Some(digit(*ten)? * 10),
        [ten, '十', unit] => Some(digit(*ten)? * 10 + digit(*unit)?),
        [one] => digit(*one).filter(|n| *n > 0),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_keep_number_and_column() {
        let lines = lines("\u{feff}一、总则\r\n　　1.任务\r\r完");
        assert_eq!(
            lines[0],
            Line {
                number: 1,
                column: 0,
                text: "一、总则".into()
            }
        );
        assert_eq!(
            lines[1],
            Line {
                number: 2,
                column: 2,
                text: "1.任务".into()
            }
        );
        assert_eq!(lines[3].text, "完");
    }

    #[test]
    fn a_passage_is_comparable_and_still_knows_its_source() {
        let mut passage = Passage::of(&Line {
            number: 3,
            column: 2,
            text: "１．完成(1,200亩),".into(),
        });
        passage.push_line(&Line {
            number: 4,
            column: 0,
            text: "好.".into(),
        });
        assert_eq!(passage.text(0..passage.len()), "1.完成（1,200亩），好。");
        assert_eq!(passage.written(0..4), "１．完成");
        assert_eq!(
            passage.place(12..15),
            Place {
                line: 3,
                start: 14,
                end_line: 4,
                end: 2
            }
        );
    }

    #[test]
    fn numerals() {
        let n = |s: &str| numeral(&s.chars().collect::<Vec<_>>());
        assert_eq!(n("二十六"), Some(26));
        assert_eq!(n("十"), Some(10));
        assert_eq!(n("12"), Some(12));
        assert_eq!(n("两"), None);
    }
}
