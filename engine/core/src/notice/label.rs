//! Labels that announce units or a deadline: 牵头单位：, 责任部门 , 完成时限；, misprinted ones as well.

use std::ops::Range;

use super::assignment::Role;
use super::deadline;
use super::name::{looks_like_unit, names};
use super::text::{self, Passage};
use super::words::{TIME_STEMS, TIMES};

/// What a label before a colon or over a column announces.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Label {
    /// Names of units with this part.
    Units(Role),
    /// A deadline.
    Deadline,
    /// The responsible person, a telephone number: nothing the reader takes.
    Other,
}

/// Kinds of body that a label ends in.
const KINDS: [&str; 18] = [
    "站办",
    "办所",
    "部室",
    "站所",
    "镇街",
    "街镇",
    "乡镇",
    "街道",
    "责任单位",
    "责任部门",
    "单位",
    "部门",
    "主体",
    "科室",
    "处室",
    "股室",
    "机构",
    "责任主体",
];

/// Reads a label: 牵头单位, 责任部门, 配合单位, 完成时限, 责任人.
pub(crate) fn label(words: &str) -> Option<Label> {
    let words: String = words.chars().filter(|c| !c.is_whitespace() && *c != '及').collect();
    // 责任股室（单位）, 责任主体与协同单位: the kind of body is told twice.
    if let Some(one) = simpler(&words) {
        return label(&one);
    }
    match words.as_str() {
        "牵头" | "责任" | "配合" => return None,
        "时限" | "期限" => return Some(Label::Deadline),
        "责任分工" | "任务分工" | "职责分工" | "工作分工" => return Some(Label::Units(Role::Co)),
        "责任人" | "联系人" | "联系电话" | "负责人" | "备注" => return Some(Label::Other),
        _ => {}
    }
    let time = TIMES.iter().find_map(|end| words.strip_suffix(end));
    if time.is_some_and(|stem| TIME_STEMS.contains(&stem)) {
        return Some(Label::Deadline);
    }
    let person = ["领导", "责任人", "负责人", "联系人"]
        .iter()
        .any(|end| words.ends_with(end));
    if person && words.chars().count() <= 8 {
        return Some(Label::Other);
    }
    let stem = KINDS.iter().find_map(|end| words.strip_suffix(end))?;
    let stem = stem.trim_end_matches("责任").trim_end_matches("负责");
    // 主要协作单位
    let stem = stem
        .strip_prefix("主要")
        .filter(|rest| !rest.is_empty())
        .unwrap_or(stem);
    match stem {
        "牵头" | "主办" | "主要" | "主责" | "主管" | "行业主管" | "第一" | "总牵头" | "牵头主办" | "主牵头" => {
            Some(Label::Units(Role::Lead))
        }
        "" if words.starts_with("责任") || words.starts_with("负责") => Some(Label::Units(Role::Co)),
        "实施" | "落实" | "承办" | "承接" | "经办" | "主体" | "建设" | "执行" | "分工" | "共同" | "具体" => {
            Some(Label::Units(Role::Co))
        }
        "配合" | "协办" | "参与" | "参加" | "协助" | "支持" | "协同" | "会办" | "协作" | "协同配合" | "督导"
        | "督办" | "指导" | "督查" | "会同" | "联合" => Some(Label::Units(Role::Support)),
        _ => None,
    }
}

/// A label without a second kind of body, in brackets or behind 与.
fn simpler(words: &str) -> Option<String> {
    if words.chars().count() > 14 {
        return None;
    }
    if let Some((front, rest)) = words.split_once('（') {
        let (inner, back) = rest.split_once('）')?;
        let body = |s: &str| s.is_empty() || KINDS.iter().any(|k| s.ends_with(k)) || s == "责任";
        return (body(inner) && (body(front) || body(back))).then(|| format!("{front}{back}"));
    }
    let (first, second) = words.split_once(['与', '和', '、', '/'])?;
    let both = KINDS.iter().any(|k| second.ends_with(k)) && first.chars().count() > 1;
    let named = KINDS.iter().any(|k| first.ends_with(k));
    both.then(|| {
        if named {
            first.to_owned()
        } else {
            format!("{first}单位")
        }
    })
}

/// A label without its noun, which counts only before a colon: 牵头：, 配合：, 时限：.
fn short(words: &str) -> Option<Label> {
    match words.trim() {
        "牵头" | "主办" | "主责" => Some(Label::Units(Role::Lead)),
        "责任" | "落实" | "承办" => Some(Label::Units(Role::Co)),
        "配合" | "协办" | "参与" | "协同" | "会办" | "协助" => Some(Label::Units(Role::Support)),
        _ => None,
    }
}

/// A usual label with one character misprinted: 责任单们, 牵头単位.
pub(crate) fn misprinted(words: &str) -> Option<Label> {
    const USUAL: [&str; 8] = [
        "牵头单位",
        "责任单位",
        "配合单位",
        "牵头部门",
        "责任部门",
        "配合部门",
        "完成时限",
        "完成时间",
    ];
    let words: Vec<char> = words.chars().collect();
    let near = USUAL.iter().find(|usual| {
        words.len() == usual.chars().count() && usual.chars().zip(&words).filter(|(a, b)| a != *b).count() == 1
    })?;
    label(near)
}

/// A label at the start of a clause that no colon follows: 责任单位 区水务局, 牵头单位；区水务局. Counts only when the whole
/// clause behind it reads as what the label announces.
pub(crate) fn label_prefix(p: &Passage, clause: Range<usize>, year: Option<i32>) -> Option<(usize, Label)> {
    (3..=8.min(clause.len())).rev().find_map(|n| {
        let end = clause.start + n;
        let words = p.text(clause.start..end);
        let kind = label(&words).or_else(|| misprinted(&words))?;
        let rest = p.trim(end..clause.end, &['：', '；', '，', '、', '.', '。', '—', '为', '是']);
        let fits = match kind {
            Label::Units(_) => {
                let (parts, _) = names(p, rest.clone());
                rest.is_empty() || !parts.is_empty() && parts.iter().all(|r| looks_like_unit(&p.chars[r.clone()]))
            }
            Label::Deadline => rest.is_empty() || deadline::whole(p, rest.clone(), year).is_some(),
            Label::Other => false,
        };
        fits.then_some((rest.start, kind))
    })
}

/// The label that ends at `colon`, looking back no further than `from`.
pub(crate) fn label_before(p: &Passage, from: usize, colon: usize) -> Option<(usize, Label)> {
    // 牵头部门（单位）： has its label before the bracket.
    if colon > from
        && p.chars[colon - 1] == '）'
        && let Some(open) = (colon.saturating_sub(18).max(from)..colon)
            .rev()
            .find(|&i| p.chars[i] == '（')
    {
        let inner = &p.text(open + 1..colon - 1);
        let kinds = ["单位", "部门", "部门、单位", "科室"].contains(&inner.as_str()) || inner.contains("第一");
        return label_before(p, from, open).filter(|_| kinds);
    }
    let mut start = colon;
    while start > from && colon - start < 10 && (text::is_han(p.chars[start - 1]) || p.chars[start - 1] == ' ') {
        start -= 1;
    }
    // The longest run that is a label: 做好收尾责任单位：A has 责任单位.
    (start..colon)
        .filter(|i| p.chars[*i] != ' ')
        .find_map(|i| label(&p.text(i..colon)).map(|l| (i, l)))
        .or_else(|| {
            let bounded = start == from || !text::is_han(p.chars[start - 1]);
            short(&p.text(start..colon))
                .filter(|_| bounded && p.chars[colon] == '：')
                .map(|l| (start, l))
        })
        .or_else(|| {
            let four = colon.checked_sub(4).filter(|i| *i >= from && p.chars[colon] == '：')?;
            misprinted(&p.text(four..colon)).map(|l| (four, l))
        })
}
