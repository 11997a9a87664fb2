//! Sentences that assign in running text: 由A牵头，B、C配合。 A会同有关部门……

use std::ops::Range;

use super::assignment::{Found, content};
use super::deadline;
use super::label::{Label, label_prefix};
use super::name::{looks_like_unit, names, names_end, plainly_unit};
use super::text::{self, Passage};
use super::verb;

/// Sentences that assign: 由A牵头，B、C配合。 / A会同有关部门……
pub(crate) fn sentences(p: &Passage, year: Option<i32>) -> Vec<Found> {
    let mut found = Vec::new();
    for sentence in p.pieces(0..p.len(), |c| text::is_stop(c) || c == '\n') {
        let mut starts = vec![sentence.start];
        starts.extend(sentence.clone().filter(|&i| p.chars[i] == '由').take(4));
        starts.extend(
            sentence
                .clone()
                .filter(|&i| p.chars[i] == '，' || p.chars[i] == '—' && p.chars.get(i + 1) != Some(&'—'))
                .take(12)
                .map(|i| i + 1),
        );
        let one = starts
            .into_iter()
            .find_map(|start| leading(p, start..sentence.end, year));
        found.extend(one);
    }
    found
}

/// A range that begins with names and a verb of assignment.
fn leading(p: &Passage, range: Range<usize>, year: Option<i32>) -> Option<Found> {
    let by = matches!(p.chars.get(range.start), Some('由' | '请'));
    let start = range.start + usize::from(by);
    let clause = |from: usize| (from..range.end).find(|&i| p.chars[i] == '，').unwrap_or(range.end);
    let first = start..clause(start);
    let (at, told) = match label_prefix(p, first.clone(), year) {
        // 责任单位为A、B
        Some((names, Label::Units(_))) if !first.is_empty() => (names, None),
        _ => verb::first(&p.chars[..range.end], start + 1, range.end.min(start + 160)).map(|(i, v)| (i, Some(v)))?,
    };
    let mut end = clause(at);
    if let Some(told) = told {
        let (named, _) = names(p, start..at);
        let all = |like: fn(&[char]) -> bool| !named.is_empty() && named.iter().all(|n| like(&p.chars[n.clone()]));
        // In running text only 由…负责, a verb that leads or shares out, or a whole clause of plain names assigns.
        let plain = told.bounded && all(|n| plainly_unit(&n.iter().collect::<String>()));
        if !all(looks_like_unit) || !(by || told.telling || plain) {
            return None;
        }
        if told.meeting {
            // 会同 has no closing verb: the names go as far as they look like units.
            end = names_end(p, at + told.len..range.end)?;
        }
    }
    // Further clauses of assignment belong to it.
    while end < range.end && p.chars[end] == '，' {
        let next = end + 1..clause(end + 1);
        if next.len() > 100 || !assigns(p, next.clone(), year) {
            break;
        }
        end = next.end;
    }
    let mut one = content(p, start..end, None, year);
    let sane = one.doubtful.is_empty() && !one.units.is_empty();
    one.range = range.start..end;
    one.sentence = true;
    sane.then_some(one)
}

/// True if a clause names units and their part, or is a deadline.
fn assigns(p: &Passage, clause: Range<usize>, year: Option<i32>) -> bool {
    let clause = p.trim(clause, &[]);
    if deadline::whole(p, clause.clone(), year).is_some() || label_prefix(p, clause.clone(), year).is_some() {
        return true;
    }
    if text::stands(&p.chars, clause.start, "会同") {
        return names_end(p, clause.start + 2..clause.end).is_some();
    }
    let Some((at, _)) = verb::first(&p.chars, clause.start + 1, clause.end) else {
        return false;
    };
    let (named, _) = names(p, clause.start..at);
    !named.is_empty() && named.iter().all(|n| looks_like_unit(&p.chars[n.clone()]))
}
