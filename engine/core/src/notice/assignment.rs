//! Who does it: brackets （A牵头，B、C配合）, labels 责任单位：A、B, and sentences 由A牵头，B、C配合.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use super::deadline;
use super::label::{Label, label_before, label_prefix};
use super::name::{complete, is_collective, looks_like_unit, names, plainly_unit};
use super::text::{self, Passage, Place};
use super::words::VERBS;

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
#[derive(Debug, Clone)]
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
    /// From running text, not from a bracket or a label: weaker evidence.
    pub sentence: bool,
}

/// The bracket that opens at `open`: the index of its partner, if it comes soon.
fn partner(chars: &[char], open: usize) -> Option<usize> {
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

/// Everything in a passage that assigns. `year` completes deadlines without one.
pub(crate) fn find(p: &Passage, year: Option<i32>) -> Vec<Found> {
    let mut found: Vec<Found> = Vec::new();
    let mut i = 0;
    let mut closed: Option<usize> = None;
    if let Some(one) = bare_line(p, year) {
        return vec![one];
    }
    while i < p.len() {
        if matches!(p.chars[i], '（' | '【' | '〔') && closed.is_none_or(|end| i > end) {
            if let Some(close) = partner(&p.chars, i) {
                closed = Some(close);
                if let Some(one) = bracket(p, i, close, year) {
                    found.push(one);
                }
                i = close;
            }
        } else if (p.chars[i] == '：' || p.chars[i] == ' ')
            && let Some(one) = labelled(p, i, found.last().map_or(0, |f| f.range.end), year)
        {
            i = one.range.end.max(i);
            found.push(one);
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
    let ends = VERBS.iter().any(|(v, _)| text::ends(&p.chars, whole.end, v));
    let list = !ends && !labelled;
    if list && !p.chars[whole.clone()].contains(&'、') {
        return None;
    }
    let mut one = content(p, whole.clone(), None, year);
    if one.units.is_empty() || !one.doubtful.is_empty() {
        return None;
    }
    let names_only = one.units.len() > 1 && one.units.iter().all(|u| plainly_unit(&u.name));
    if list && !names_only {
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
    let verb = VERBS.iter().any(|(v, _)| text::ends(&p.chars, inside.end, v))
        || one.units.iter().any(|u| u.role != Role::Co)
        || text::find(&p.chars, inside.clone(), "负责").is_some();
    let named = one.units.len() > one.doubtful.len();
    let accepted = labels
        || (verb && named)
        || (at_end && !one.units.is_empty() && one.units.iter().all(|u| plainly_unit(&u.name)))
        || (at_end && one.units.is_empty() && !one.deadlines.is_empty());
    if !accepted {
        return None;
    }
    one.range = open..close + 1;
    one.bracket = true;
    Some(one)
}

/// A label in running text or on a line of its own; it reaches to the end of the sentence or of the passage.
fn labelled(p: &Passage, colon: usize, from: usize, year: Option<i32>) -> Option<Found> {
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
    (!one.units.is_empty() || !one.deadlines.is_empty() || one.unread_deadline.is_some()).then_some(one)
}

/// Sentences that assign: 由A牵头，B、C配合。 / A会同有关部门……
fn sentences(p: &Passage, year: Option<i32>) -> Vec<Found> {
    let mut found = Vec::new();
    for sentence in p.pieces(0..p.len(), |c| text::is_stop(c) || c == '\n') {
        let mut starts = vec![sentence.start];
        starts.extend(sentence.clone().filter(|&i| p.chars[i] == '由').take(4));
        starts.extend(sentence.clone().filter(|&i| p.chars[i] == '，').take(12).map(|i| i + 1));
        let one = starts
            .into_iter()
            .find_map(|start| leading(p, start..sentence.end, year));
        found.extend(one);
    }
    found
}

/// A range that begins with names and a verb of assignment.
fn leading(p: &Passage, range: Range<usize>, year: Option<i32>) -> Option<Found> {
    let start = if p.chars.get(range.start) == Some(&'由') {
        range.start + 1
    } else {
        range.start
    };
    let verbs = ["牵头", "主办", "会同", "共同负责", "按职责分工负责", "负责", "配合"];
    let limit = range.end.min(start + 120);
    let verb = (start..limit).find(|&i| verbs.iter().any(|v| text::stands(&p.chars, i, v)))?;
    let by = range.start != start;
    // Only 由…负责 assigns in running text: "A负责人" and "负责任" do not.
    if !by && (text::stands(&p.chars, verb, "负责") || text::stands(&p.chars, verb, "配合")) {
        return None;
    }
    let (named, _) = names(p, start..verb);
    if named.is_empty() || !named.iter().all(|n| looks_like_unit(&p.chars[n.clone()])) {
        return None;
    }
    let meeting = text::stands(&p.chars, verb, "会同");
    // After the verb only further clauses of assignment belong to it.
    let mut end = verb + 2;
    if meeting {
        // 会同 has no closing verb: the names go as far as they look like units.
        let stop = (end..range.end.min(end + 120))
            .find(|&i| text::is_clause_end(p.chars[i]))
            .unwrap_or(limit.max(end));
        let after = (end + 2..=stop).rev().find(|&i| {
            let (parts, _) = names(p, end..i);
            !parts.is_empty() && parts.iter().all(|n| looks_like_unit(&p.chars[n.clone()]))
        })?;
        end = after;
    } else {
        while end < range.end && p.chars[end] != '，' {
            end += 1;
        }
        while end < range.end {
            let next = (end + 1..range.end).find(|&i| p.chars[i] == '，').unwrap_or(range.end);
            let clause = end + 1..next;
            if !VERBS.iter().any(|(v, _)| text::ends(&p.chars, next, v)) || clause.len() > 80 {
                break;
            }
            end = next;
        }
    }
    let mut one = content(p, start..end, None, year);
    let sane = one.doubtful.is_empty() && !one.units.is_empty();
    one.range = range.start..end;
    one.sentence = true;
    sane.then_some(one)
}

/// Reads the inside of an assignment, clause by clause. `under` is the label it stands under.
pub(crate) fn content(p: &Passage, range: Range<usize>, under: Option<Label>, year: Option<i32>) -> Found {
    let mut one = Found {
        range: range.clone(),
        units: Vec::new(),
        deadlines: Vec::new(),
        unread_deadline: None,
        doubtful: Vec::new(),
        bracket: false,
        alone: false,
        inherited: false,
        sentence: false,
    };
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
                None => take(&mut one, p, clause, under, &mut pending, &mut open),
            },
        }
    }
    settle(&mut one, p, &mut pending, under);
    complete(&mut one.units);
    if one.units.iter().all(|u| u.role != Role::Lead) {
        // One unit that answers alone leads; of several the first named is the proposed lead.
        let mut answering: Vec<&mut Named> = one.units.iter_mut().filter(|u| u.role == Role::Co).collect();
        if let [only] = answering.as_mut_slice()
            && !only.collective
            && !open
        {
            only.role = Role::Lead;
            one.alone = true;
        } else if let Some(first) = answering.first_mut() {
            first.first = true;
        }
    }
    one
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
    let words: Vec<&str> = VERBS.iter().map(|(v, _)| *v).collect();
    let mut depth = 0_usize;
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
        if text::stands(&p.chars, i, "会同") && i > start {
            collect(p, start..i, pending, open);
            assign(one, p, pending, Role::Lead);
            i += 2;
            start = i;
            // What stands with the lead supports it, whatever verb closes the clause.
            let end = (i..clause.end)
                .find(|&k| text::longest(&p.chars[..clause.end], k, &words).is_some())
                .unwrap_or(clause.end);
            collect(p, start..end, pending, open);
            let helpers: Vec<Range<usize>> = std::mem::take(pending);
            for helper in helpers {
                let role = if is_collective(&p.text(helper.clone())) {
                    Role::Co
                } else {
                    Role::Support
                };
                name(one, p, helper, role);
            }
            return;
        }
        if let Some((verb, n)) = text::longest(&p.chars[..clause.end], i, &words)
            && (i > start || !pending.is_empty())
        {
            collect(p, start..i, pending, open);
            let role = VERBS
                .iter()
                .find(|(v, _)| *v == verb)
                .map_or(Role::Co, |(_, role)| *role);
            assign(one, p, pending, role);
            i += n;
            start = i;
            continue;
        }
        i += 1;
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
    for range in std::mem::take(pending) {
        name(one, p, range, role);
    }
}

fn name(one: &mut Found, p: &Passage, range: Range<usize>, role: Role) {
    let text: String = p.text(range.clone()).chars().filter(|c| *c != ' ').collect();
    if !looks_like_unit(&text.chars().collect::<Vec<_>>()) {
        one.doubtful.push(one.units.len());
    }
    let collective = is_collective(&text);
    // 县水利局（牵头）、县财政局: the part is told behind the name.
    let role = [
        ("（牵头）", Role::Lead),
        ("（主办）", Role::Lead),
        ("（配合）", Role::Support),
        ("（协办）", Role::Support),
    ]
    .iter()
    .find(|(words, _)| text::stands(&p.chars, range.end, words))
    .map_or(role, |(_, told)| *told);
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
