//! Who does it: brackets （A牵头，B、C配合）, labels 责任单位：A、B, and sentences 由A牵头，B、C配合.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::aside::{Told, remark, told_behind};
use super::deadline;
use super::label::{Label, label_before, label_prefix};
use super::name::{complete, is_collective, looks_like_unit, names, names_end, plainly_unit};
use super::sentence::sentences;
use super::subject;
use super::text::{self, Passage, Place};
use super::verb::{self, verb};

/// A unit's part in a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// 牵头.
    Lead,
    /// 责任, 负责: one of several that answer for it side by side.
    Co,
    /// 配合.
    Support,
}

/// One unit as named in a task.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// The name as written, without what stands around it.
    pub name: String,
    /// The name in full, where the list leaves out what its neighbours say: 财政局 behind 市住建局, 官渡区 before
    /// 寻甸县人民政府.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completed: Option<String>,
    /// Its part.
    pub role: Role,
    /// First named where no lead is stated: the proposed lead.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub first: bool,
    /// A collective name (各镇, 有关部门), to be expanded by a roster.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub collective: bool,
    /// Where it is named.
    pub place: Place,
}

/// What an assignment says, before it is tied to a task.
#[derive(Debug, Clone, Default)]
pub(crate) struct Found {
    /// All of it, brackets included.
    pub range: Range<usize>,
    pub units: Vec<Named>,
    pub deadlines: Vec<deadline::Found>,
    /// A deadline whose words could not be read.
    pub unread_deadline: Option<Range<usize>>,
    /// Names that do not look like units.
    pub doubtful: Vec<usize>,
    /// In brackets.
    pub bracket: bool,
    /// The lead is the only unit that answers; no word says that it leads.
    pub alone: bool,
    /// Said in the heading above the task.
    pub inherited: bool,
    /// All of it stands behind one label: 责任单位：A、B.
    pub labelled: bool,
    /// From running text, not from a bracket or a label: weaker evidence.
    pub sentence: bool,
    /// Parts that a bracket behind the list gives to names of it.
    pub told: Vec<(String, Role)>,
    /// A remark says that here and in all lists the first named leads (排名第一的为牵头单位，下同).
    pub first_leads: bool,
    /// Deadlines that a heading hands down, with whether their year was supplied.
    pub handed: Vec<(deadline::Deadline, bool)>,
}

impl Found {
    fn says_something(&self) -> bool {
        !self.units.is_empty() || !self.deadlines.is_empty() || self.unread_deadline.is_some()
    }

    /// Lets the first of those that answer side by side lead, where nobody else does.
    pub fn promote(&mut self) {
        if self.units.iter().all(|u| u.role != Role::Lead)
            && let Some(first) = self.units.iter_mut().find(|u| u.role == Role::Co && !u.collective)
        {
            first.role = Role::Lead;
            self.units.iter_mut().for_each(|u| u.first = false);
        }
    }
}

/// Everything in a passage that assigns. `year` completes deadlines without one.
pub(crate) fn find(p: &Passage, year: Option<i32>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut i = 0;
    let mut closed: Option<usize> = None;
    let mut barren = 0;
    if let Some(one) = bare_line(p, year) {
        return vec![one];
    }
    if let Some((named, words)) = subject::prefix(p) {
        let mut one = content(p, named.clone(), None, year);
        one.range = named.start..words;
        found.push(one);
        i = words;
    }
    while i < p.len() {
        if matches!(p.chars[i], '（' | '【' | '〔') && closed.is_none_or(|end| i > end) {
            if let Some(close) = text::partner(&p.chars, i) {
                closed = Some(close);
                if let Some(one) = bracket(p, i, close, year) {
                    found.push(one);
                }
                i = close;
            }
        } else if (p.chars[i] == '：' || p.chars[i] == ' ') && i >= barren {
            match labelled(p, i, found.last().map_or(0, |f| f.range.end), year) {
                Some((one, _)) if one.says_something() => {
                    i = one.range.end.max(i);
                    found.push(one);
                }
                // Labels behind this one were seen with it.
                Some((_, end)) => barren = end,
                None => {}
            }
        }
        i += 1;
    }
    if found.iter().all(|f| f.units.is_empty()) {
        found.extend(sentences(p, year));
    }
    found
}

/// A paragraph that is an assignment without brackets and without a colon: 责任单位 A、B / A牵头，B、C配合 / A、B、各镇.
fn bare_line(p: &Passage, year: Option<i32>) -> Option<Found> {
    let whole = p.trim(0..p.len(), &['。', '；']);
    if whole.is_empty() || whole.len() > 300 || p.chars[whole.clone()].iter().any(|c| matches!(c, '。' | '：')) {
        return None;
    }
    let first = clauses(p, whole.clone()).into_iter().next()?;
    let labelled = label_prefix(p, first, year).is_some();
    let ends = closed_by_verb(p, whole.clone());
    let list = !ends && !labelled;
    if list && !p.chars[whole.clone()].contains(&'、') {
        return None;
    }
    let mut one = content(p, whole.clone(), None, year);
    if one.units.is_empty() || !one.doubtful.is_empty() {
        return None;
    }
    let names_only = one.units.len() > 1 && one.units.iter().all(|u| plainly_unit(&u.name));
    let plain = one.units.iter().all(|u| plainly_unit(&u.name));
    let telling = verb::first(&p.chars, whole.start, whole.end).is_some_and(|(_, v)| v.telling);
    if list && !names_only || ends && !labelled && !plain && !telling {
        return None;
    }
    one.range = 0..p.len();
    Some(one)
}

/// A bracket, if it assigns: it has a label, or a verb after names, or nothing but names at the end of its paragraph.
fn bracket(p: &Passage, open: usize, close: usize, year: Option<i32>) -> Option<Found> {
    let inside = p.trim(open + 1..close, &['。', '，', '；']);
    let at_end = p.trim(close + 1..p.len(), &['。', '；', '，']).is_empty();
    let labels = inside
        .clone()
        .any(|i| p.chars[i] == '：' && label_before(p, inside.start, i).is_some())
        || clauses(p, inside.clone())
            .into_iter()
            .any(|c| label_prefix(p, p.trim(c, &[]), year).is_some());
    let mut one = content(p, inside.clone(), None, year);
    let told = verb::first(&p.chars, inside.start, inside.end).is_some()
        || !one.alone && one.units.iter().any(|u| u.role != Role::Co);
    let named = one.units.len() > one.doubtful.len();
    let plain = !one.units.is_empty() && one.units.iter().all(|u| plainly_unit(&u.name));
    // 国家统计局某某调查队 stands among bodies that are known by their ends.
    let known = one.units.iter().filter(|u| plainly_unit(&u.name)).count();
    // 【医政科、基层科】
    let office =
        |u: &Named| plainly_unit(&u.name) || u.name.chars().count() > 2 && u.name.ends_with(['科', '股', '室', '处']);
    let plain = plain || at_end && !one.units.is_empty() && one.doubtful.is_empty() && one.units.iter().all(office);
    let plain = plain || at_end && one.doubtful.is_empty() && known > 0 && known * 2 >= one.units.len();
    // A list of names that closes a sentence in the middle of a paragraph.
    let closes = matches!(p.chars.get(close + 1), Some('。' | '；')) || open > 0 && text::is_stop(p.chars[open - 1]);
    let accepted = labels
        || (told && named)
        || (plain && (at_end || closes && one.units.len() > 1))
        || (at_end && one.units.is_empty() && !one.deadlines.is_empty());
    if !accepted {
        return None;
    }
    one.range = open..close + 1;
    one.bracket = true;
    Some(one)
}

/// A label in running text or on a line of its own, and where its words end: with the sentence or the passage.
fn labelled(p: &Passage, colon: usize, from: usize, year: Option<i32>) -> Option<(Found, usize)> {
    let (start, kind) = label_before(p, from, colon)?;
    if p.chars[colon] == ' ' {
        // Only "责任单位 A、B" at the start of a passage counts without a colon.
        if start != 0 || kind == Label::Other {
            return None;
        }
    }
    let end = (colon + 1..p.len()).find(|i| p.chars[*i] == '。').unwrap_or(p.len());
    let mut one = content(p, colon + 1..end, Some(kind), year);
    one.range = start..end;
    let told = p.text(start..colon);
    // 督导单位 watches, it does not help those that answer.
    one.labelled &= !told.contains(['督', '导']);
    if told.contains("第一") && told.contains("牵头") {
        one.promote();
    }
    Some((one, end))
}

/// True if a verb of assignment ends a range.
fn closed_by_verb(p: &Passage, range: Range<usize>) -> bool {
    let from = range.end.saturating_sub(16).max(range.start);
    (from..range.end).any(|i| verb(&p.chars[..range.end], i).is_some_and(|v| i + v.len == range.end))
}

/// Reads the inside of an assignment, clause by clause. `under` is the label it stands under.
pub(crate) fn content(p: &Passage, range: Range<usize>, under: Option<Label>, year: Option<i32>) -> Found {
    let mut one = Found {
        range: range.clone(),
        labelled: matches!(under, Some(Label::Units(_))),
        ..Found::default()
    };
    // 排名第一的为牵头单位，下同: for this list, and for those that follow.
    let (mut leads, mut onward) = (false, false);
    let mut under = under;
    let mut pending: Vec<Range<usize>> = Vec::new();
    let mut open = false;
    for clause in clauses(p, range) {
        let mut clause = p.trim(clause, &[]);
        if let Some(colon) = clause.clone().find(|&i| p.chars[i] == '：')
            && let Some((start, kind)) = label_before(p, clause.start, colon)
        {
            settle(&mut one, p, &mut pending, under);
            if start > clause.start {
                take(&mut one, p, clause.start..start, under, &mut pending, &mut open);
                settle(&mut one, p, &mut pending, under);
            }
            under = Some(kind);
            clause = p.trim(colon + 1..clause.end, &[]);
        } else if let Some((start, kind)) = label_prefix(p, clause.clone(), year) {
            settle(&mut one, p, &mut pending, under);
            under = Some(kind);
            clause = p.trim(start..clause.end, &[]);
            if clause.is_empty() {
                continue;
            }
        }
        if let Some(said) = remark(p, clause.clone()) {
            leads |= text::find(&p.chars, said.clone(), "牵头").is_some();
            onward |= text::find(&p.chars, said.clone(), "下同").is_some();
            clause.end = said.start;
        }
        if clause.is_empty() {
            continue;
        }
        match under {
            Some(Label::Other) => {}
            Some(Label::Deadline) => match deadline::whole(p, clause.clone(), year) {
                Some(found) => one.deadlines.push(found),
                None => {
                    let scanned = deadline::scan(p, clause.clone(), year);
                    if scanned.is_empty() && !clause.is_empty() {
                        one.unread_deadline = Some(clause);
                    }
                    one.deadlines.extend(scanned);
                }
            },
            _ => match deadline::whole(p, clause.clone(), year) {
                Some(found) => one.deadlines.push(found),
                None => match deadline::unread(p, clause.clone()) {
                    Some(words) => one.unread_deadline = Some(words),
                    None => take(&mut one, p, clause, under, &mut pending, &mut open),
                },
            },
        }
    }
    settle(&mut one, p, &mut pending, under);
    if !one.deadlines.is_empty() {
        one.unread_deadline = None;
    }
    for (name, role) in std::mem::take(&mut one.told) {
        // （前者牵头）
        let place = match name.as_str() {
            "前者" => one.units.first_mut(),
            "后者" => one.units.last_mut(),
            _ => None,
        };
        match place {
            Some(unit) => unit.role = role,
            None => one
                .units
                .iter_mut()
                .filter(|u| u.name == name)
                .for_each(|u| u.role = role),
        }
    }
    complete(&mut one.units);
    if leads {
        one.promote();
    }
    one.first_leads = leads && onward;
    one.alone = propose_lead(&mut one.units, open);
    one
}

/// Where nobody is said to lead, one unit that answers alone does, unless its list is open (等); of several the first named is
/// the proposed lead. True if one leads alone.
pub(crate) fn propose_lead(units: &mut [Named], open: bool) -> bool {
    if units.iter().any(|u| u.role == Role::Lead) {
        return false;
    }
    let mut answering: Vec<&mut Named> = units.iter_mut().filter(|u| u.role == Role::Co).collect();
    if let [only] = answering.as_mut_slice()
        && !only.collective
        && !open
    {
        only.role = Role::Lead;
        return true;
    }
    if let Some(first) = answering.first_mut() {
        first.first = true;
    }
    false
}

/// True if a label and its colon stand at `at`.
fn label_follows(p: &Passage, at: usize, end: usize) -> bool {
    (at..end.min(at + 9))
        .find(|&i| p.chars[i] == '：')
        .is_some_and(|colon| label_before(p, at, colon).is_some_and(|(start, _)| start == at))
}

/// Clauses of an assignment: cut at ， ； 。 and before a further label, outside nested brackets.
fn clauses(p: &Passage, range: Range<usize>) -> Vec<Range<usize>> {
    let mut depth = 0_usize;
    let mut pieces = Vec::new();
    let mut start = range.start;
    for i in range.clone() {
        match p.chars[i] {
            '（' => depth += 1,
            '）' => depth = depth.saturating_sub(1),
            '，' | '；' | '。' | '\n' if depth == 0 => {
                pieces.push(start..i);
                start = i + 1;
            }
            // 牵头单位：A  配合单位：B on one line.
            ' ' | '\t' if depth == 0 && i > start && label_follows(p, i + 1, range.end) => {
                pieces.push(start..i);
                start = i + 1;
            }
            _ => {}
        }
    }
    pieces.push(start..range.end);
    pieces
}

/// Takes one clause: names up to each verb get its part, names without one wait for the next verb.
fn take(
    one: &mut Found,
    p: &Passage,
    clause: Range<usize>,
    under: Option<Label>,
    pending: &mut Vec<Range<usize>>,
    open: &mut bool,
) {
    let mut start = clause.start;
    let mut i = clause.start;
    let mut depth = 0_usize;
    // 由A牵头，会同B、C建立……: whoever is met with helps.
    if !one.units.is_empty()
        && pending.is_empty()
        && text::stands(&p.chars, start, "会同")
        && let Some(end) = names_end(p, start + 2..clause.end)
    {
        collect(p, start + 2..end, pending, open);
        assign(one, p, pending, Role::Support);
        return;
    }
    while i < clause.end {
        match p.chars[i] {
            '（' => depth += 1,
            '）' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > 0 {
            i += 1;
            continue;
        }
        let Some(told) = verb(&p.chars[..clause.end], i).filter(|_| i > start || !pending.is_empty()) else {
            i += 1;
            continue;
        };
        collect(p, start..i, pending, open);
        assign(one, p, pending, told.role);
        i += told.len;
        start = i;
        if told.meeting {
            // What stands with the lead supports it, whatever verb closes the clause.
            let end = verb::first(&p.chars, i, clause.end).map_or(clause.end, |(at, _)| at);
            collect(p, start..end, pending, open);
            let from = one.units.len();
            for helper in std::mem::take(pending) {
                let role = if is_collective(&p.text(helper.clone())) {
                    Role::Co
                } else {
                    Role::Support
                };
                name(one, p, helper, role, from);
            }
            return;
        }
        if !told.bounded {
            // 负责资金保障: the object of the verb is no name.
            let next = (i..clause.end).find(|&k| p.chars[k] == '、').unwrap_or(clause.end);
            let until = verb::first(&p.chars, i, next).map_or(next, |(at, _)| at);
            if !looks_like_unit(&p.chars[i..until]) {
                i = next;
                start = next;
            }
        }
    }
    collect(p, start..clause.end, pending, open);
    if let Some(Label::Units(role)) = under {
        assign(one, p, pending, role);
    }
}

/// Names that still wait at the end belong to the label, or answer side by side.
fn settle(one: &mut Found, p: &Passage, pending: &mut Vec<Range<usize>>, under: Option<Label>) {
    let role = if let Some(Label::Units(role)) = under {
        role
    } else {
        Role::Co
    };
    assign(one, p, pending, role);
}

fn assign(one: &mut Found, p: &Passage, pending: &mut Vec<Range<usize>>, role: Role) {
    let from = one.units.len();
    for range in std::mem::take(pending) {
        name(one, p, range, role, from);
    }
}

fn name(one: &mut Found, p: &Passage, range: Range<usize>, role: Role, from: usize) {
    let text: String = p.text(range.clone()).chars().filter(|c| *c != ' ').collect();
    if !looks_like_unit(&text.chars().collect::<Vec<_>>()) {
        one.doubtful.push(one.units.len());
    }
    let collective = is_collective(&text);
    // 县水利局（牵头）、县财政局: the part is told behind the name.
    let role = match told_behind(p, range.end) {
        Some(Told::Own(part)) => part,
        Some(Told::All(part)) => {
            one.units[from..]
                .iter_mut()
                .filter(|u| u.role == role)
                .for_each(|u| u.role = part);
            part
        }
        Some(Told::Of(names, part)) => {
            one.told.extend(names.into_iter().map(|name| (name, part)));
            role
        }
        None => role,
    };
    one.units.push(Named {
        name: text,
        completed: None,
        role,
        first: false,
        collective,
        place: p.place(range),
    });
}

fn collect(p: &Passage, range: Range<usize>, pending: &mut Vec<Range<usize>>, open: &mut bool) {
    let (found, more) = names(p, range);
    pending.extend(found);
    *open |= more;
}

#[cfg(test)]
#[path = "assignment_tests.rs"]
mod tests;
