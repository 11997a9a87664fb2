//! Verbs of assignment: 牵头, 按职责分工负责, 负责牵头组织, 为责任单位, and what they say about a part.
//!
//! They are put together from adverbs, cores and tails instead of being listed whole: the combinations are endless.

use super::assignment::Role;
use super::label::{self, Label};
use super::name;
use super::text;
use super::words::{ADVERBS, CORES, DUTIES, MANNERS, TAILS};

/// A verb phrase as it stands in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Verb {
    /// Characters it takes.
    pub len: usize,
    /// The part it gives to the names before it.
    pub role: Role,
    /// 会同: the names behind it help those before it.
    pub meeting: bool,
    /// Says that work is shared out, in whatever sentence it stands: 牵头, 共同负责, 按职责分工.
    pub telling: bool,
    /// A clause, a list or a bracket ends with it.
    pub bounded: bool,
}

/// The verb phrase that begins at `at`; `chars` end where the clause does at the latest.
pub(crate) fn verb(chars: &[char], at: usize) -> Option<Verb> {
    let mut i = at;
    let mut role: Option<Role> = None;
    let mut shared = false;
    let mut firm = false;
    while let Some((n, shares)) = adverb(chars, i) {
        i += n;
        shared |= shares;
    }
    if text::stands(chars, i, "会同") {
        return Some(Verb {
            len: i + 2 - at,
            role: Role::Lead,
            meeting: true,
            telling: true,
            bounded: false,
        });
    }
    if let Some((n, named)) = being(chars, i) {
        i += n;
        role = Some(named);
        firm = true;
    }
    let mut last = 0;
    while let Some(core) = core(chars, i) {
        i += core.0;
        firm |= core.2;
        role = Some(role.map_or(core.1, |r| stronger(r, core.1)));
        last = i;
        while let Some((_, n)) = text::longest(chars, i, &TAILS) {
            i += n;
        }
    }
    let bounded = |end: usize| chars.get(end).is_none_or(|c| !text::is_han(*c) && !c.is_alphanumeric());
    // A tail without an end behind it is the object: 牵头推进改造 leads, and what it leads is 推进改造.
    if role.is_some() && last > at && !bounded(i) {
        i = last;
    }
    if role.is_none() && shared {
        while let Some((_, n)) = text::longest(chars, i, &TAILS) {
            i += n;
        }
        role = bounded(i).then_some(Role::Co);
    }
    let role = role?;
    let end = bounded(i);
    // 负责人 is a person, 推进落实办 a unit.
    if !end && (!firm || matches!(chars.get(i), Some('人' | '同' | '制' | '任' | '度')) || inside_name(chars, i)) {
        return None;
    }
    Some(Verb {
        len: i - at,
        role,
        meeting: false,
        telling: shared || role == Role::Lead,
        bounded: end,
    })
}

/// The first verb phrase in a stretch that begins behind `from`.
pub(crate) fn first(chars: &[char], from: usize, limit: usize) -> Option<(usize, Verb)> {
    let limit = limit.min(chars.len());
    (from..limit).find_map(|i| verb(&chars[..limit], i).map(|v| (i, v)))
}

/// 牵头 before all, then 配合: 负责牵头 leads, 负责配合 helps.
fn stronger(a: Role, b: Role) -> Role {
    let rank = |r: Role| match r {
        Role::Lead => 0,
        Role::Support => 1,
        Role::Co => 2,
    };
    if rank(b) < rank(a) { b } else { a }
}

/// An adverb and whether it shares work out: 共同, 要, 按照各自职责分工.
fn adverb(chars: &[char], at: usize) -> Option<(usize, bool)> {
    if let Some((word, n)) = text::longest(chars, at, &ADVERBS) {
        return Some((n, MANNERS.contains(&word)));
    }
    let (_, n) = text::longest(chars, at, &["按照", "按", "依据", "依照", "依", "根据", "结合"])?;
    let mut i = at + n;
    // 按照管养职责
    if let Some(own) = (1..=4).find(|k| text::longest(chars, i + k, &["职责", "职能", "分工", "权限"]).is_some())
        && chars[i..i + own].iter().all(|c| text::is_han(*c))
    {
        i += own;
    }
    while let Some((_, n)) = text::longest(chars, i, &DUTIES) {
        i += n;
    }
    (i > at + n).then_some((i - at, true))
}

fn core(chars: &[char], at: usize) -> Option<(usize, Role, bool)> {
    CORES
        .iter()
        .filter(|(word, _, _)| text::stands(chars, at, word))
        .map(|(word, role, firm)| (word.chars().count(), *role, *firm))
        .max_by_key(|(n, _, _)| *n)
}

/// 为牵头单位, 是责任部门.
fn being(chars: &[char], at: usize) -> Option<(usize, Role)> {
    let (_, n) = text::longest(chars, at, &["作为", "为", "是"])?;
    (2..=6).rev().find_map(|m| {
        let words: String = chars.get(at + n..at + n + m)?.iter().collect();
        match label::label(&words)? {
            Label::Units(role) => Some((n + m, role)),
            _ => None,
        }
    })
}

/// True if the words up to the next sign make a name that the verb is part of: 推进落实办, 统筹中心.
fn inside_name(chars: &[char], at: usize) -> bool {
    let n = chars[at..].iter().take(12).take_while(|c| text::is_han(**c)).count();
    let rest: String = chars[at..at + n].iter().collect();
    n <= 6
        && !rest.starts_with(['区', '市', '县', '省', '各'])
        && (rest == "办" || rest == "局" || name::plainly_unit(&rest))
}
