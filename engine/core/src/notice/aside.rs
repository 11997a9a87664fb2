//! What an assignment says aside: parts in a bracket behind a name, remarks that explain the list.

use std::ops::Range;

use super::assignment::Role;
use super::label::{self, Label};
use super::name::{looks_like_unit, names};
use super::text::{self, Passage};
use super::verb;
use super::words::{REMARK_STARTS, REMARKS};

/// What a bracket behind a name says of parts.
pub(super) enum Told {
    /// （牵头）: of the name before it.
    Own(Role),
    /// （均为牵头单位）, （配合）: of the names before it.
    All(Role),
    /// （市数据局牵头）: of names it names itself.
    Of(Vec<String>, Role),
}

/// Reads the bracket that opens at `open`, behind a name.
pub(super) fn told_behind(p: &Passage, open: usize) -> Option<Told> {
    if p.chars.get(open) != Some(&'（') {
        return None;
    }
    let close = text::partner(&p.chars, open)?;
    let words = p.text(open + 1..close);
    if let Some(Label::Units(role)) = label::label(&words) {
        return Some(Told::Own(role));
    }
    let (at, told) = verb::first(&p.chars, open + 1, close).filter(|(at, v)| at + v.len == close)?;
    if at > open + 1 {
        let (found, _) = names(p, open + 1..at);
        let other = |r: &Range<usize>| matches!(p.text(r.clone()).as_str(), "前者" | "后者");
        let plain = found.iter().all(|r| other(r) || looks_like_unit(&p.chars[r.clone()]));
        return plain.then(|| Told::Of(found.into_iter().map(|r| p.text(r)).collect(), told.role));
    }
    let all = words.starts_with(['均', '都']) || told.role == Role::Support;
    Some(if all {
        Told::All(told.role)
    } else {
        Told::Own(told.role)
    })
}

/// A remark that explains the list: 下同, 以下不再列出 as a clause, （排名第一的为牵头单位） behind the last name.
pub(super) fn remark(p: &Passage, clause: Range<usize>) -> Option<Range<usize>> {
    let said = |r: Range<usize>| REMARKS.iter().any(|w| text::find(&p.chars, r.clone(), w).is_some());
    let open = clause.clone().find(|&i| p.chars[i] == '（').unwrap_or(clause.end);
    if text::longest(&p.chars[..clause.end], clause.start, &REMARK_STARTS).is_some() || said(clause.start..open) {
        return Some(clause);
    }
    let close = clause.end.checked_sub(1).filter(|i| *i > open && p.chars[*i] == '）')?;
    let last = (open..close).rev().find(|&i| p.chars[i] == '（')?;
    said(last..close).then_some(last..clause.end)
}
