//! Units as the subjects of running text: 区水务局要完成……；区住房城乡建设局负责……, and in front of a colon:
//! 县教育局：落实……

use std::ops::Range;

use super::assignment::{Named, Role, content};
use super::name::{is_collective, looks_like_unit, names, plainly_unit};
use super::text::{self, Passage};
use super::words::NO_NAMES;
use super::{deadline, label, mark, verb};

/// What a subject does: openings of predicates.
const PREDICATES: [&str; 62] = [
    "要", "应", "须", "需", "必须", "负责", "会同", "统筹", "承担", "具体", "每", "按", "依", "在", "于", "对", "为",
    "定期", "及时", "立即", "认真", "切实", "严格", "积极", "加强", "加快", "加大", "做好", "抓好", "组织", "开展",
    "完成", "落实", "制定", "制订", "牵头", "实行", "建立", "推进", "推动", "指导", "督促", "督导", "强化", "根据",
    "结合", "分别", "全面", "提供", "配合", "支持", "协助", "联合", "确保", "逐一", "安排", "履行", "主动", "继续",
    "重点", "新增", "新建",
];

/// Bodies that a text speaks of without giving them a task.
const ABOVE: [&str; 12] = [
    "党中央",
    "国务院",
    "省委",
    "省政府",
    "市委",
    "市政府",
    "县委",
    "县政府",
    "区委",
    "区政府",
    "省人民政府",
    "镇党委",
];

/// Words in front of a subject.
const LEADS: [&str; 6] = ["其中", "同时", "由", "请", "会议要求", "对此"];

/// The units that are subjects of sentences from `from` on, with what the sentences say of their part.
pub(super) fn subjects(p: &Passage, from: usize) -> Vec<Named> {
    let mut units: Vec<Named> = Vec::new();
    for sentence in p.pieces(from..p.len(), |c| text::is_stop(c) || c == '\n') {
        let mut starts = vec![sentence.start];
        let opens = |i: &usize| matches!(p.chars[*i], '，' | '：' | '）');
        starts.extend(sentence.clone().filter(opens).map(|i| i + 1));
        for start in starts {
            let Some((found, end)) = subject(p, start..sentence.end) else {
                continue;
            };
            let role = part(p, end..sentence.end);
            for range in found {
                let name = p.text(range.clone());
                if units.iter().all(|u| u.name != name) {
                    let collective = is_collective(&name);
                    units.push(Named {
                        name,
                        completed: None,
                        role,
                        first: false,
                        collective,
                        place: p.place(range),
                    });
                }
            }
        }
    }
    units
}

/// The names that a clause begins with and where its predicate begins.
fn subject(p: &Passage, clause: Range<usize>) -> Option<(Vec<Range<usize>>, usize)> {
    let chars = &p.chars[..clause.end];
    let mut start = p.trim(clause.clone(), &[]).start;
    loop {
        let lead = text::longest(chars, start, &LEADS).map(|(_, n)| start + n);
        let Some(next) = lead.or_else(|| deadline::bound_end(chars, start)) else {
            break;
        };
        start = p.trim(next..clause.end, &['，']).start;
    }
    let limit = (start..clause.end.min(start + 80))
        .find(|&i| text::is_clause_end(p.chars[i]))
        .unwrap_or(clause.end.min(start + 80));
    (start + 2..limit).find_map(|at| {
        let dated = chars[at].is_ascii_digit() && deadline::bound_end(chars, at).is_some();
        if !dated && text::longest(chars, at, &PREDICATES).is_none() {
            return None;
        }
        let (found, _) = names(p, start..at);
        let unit = |r: &Range<usize>| {
            let name = p.text(r.clone());
            let every = ["各", "有关", "相关", "成员", "所有", "全体"];
            // 各责任单位 are those that the lists name.
            let listed = ["责任", "牵头", "配合", "协同", "主办", "承办"];
            let kind = listed.iter().any(|w| name.contains(w)) && is_collective(&name)
                || is_collective(&name) && !every.iter().any(|w| name.contains(w));
            let verb = kind
                || name.starts_with("会同")
                || text::longest(&p.chars[..r.end], r.start, &NO_NAMES).is_some()
                || "对将把以为与从向按在".contains(p.chars[r.start]);
            !verb
                && r.len() > 1
                && looks_like_unit(&p.chars[r.clone()])
                && plainly_unit(&name)
                && !ABOVE.contains(&name.as_str())
        };
        (!found.is_empty() && found.iter().all(unit)).then_some((found, at))
    })
}

/// 区财政局要……: where the words begin behind a subject and the verb that binds it.
pub(super) fn bound(p: &Passage, clause: Range<usize>) -> Option<usize> {
    let (_, at) = subject(p, clause.clone())?;
    let (_, n) = text::longest(&p.chars[..clause.end], at, &["要", "应", "须", "需", "必须", "负责"])?;
    Some(at + n)
}

/// The part that a predicate gives: that of the first verb of assignment in its clause, 要为此提供支持.
fn part(p: &Passage, predicate: Range<usize>) -> Role {
    let clause = predicate.clone().find(|&i| p.chars[i] == '，').unwrap_or(predicate.end);
    verb::first(&p.chars[..clause], predicate.start, clause).map_or(Role::Co, |(_, told)| told.role)
}

/// 县教育局：……: names of units in front of a colon, with words of what they do behind it. Gives the names and where the
/// words begin.
pub(super) fn prefix(p: &Passage) -> Option<(Range<usize>, usize)> {
    let start = mark::mark(&p.chars).map_or(0, |m| m.len);
    let colon = (start..p.len().min(start + 60)).find(|&i| p.chars[i] == '：')?;
    let words = p.trim(colon + 1..p.len(), &[]);
    let named = p.trim(start..colon, &[]);
    let plain = !p.chars[named.clone()].iter().any(|c| matches!(c, '。' | '，' | '；'));
    if words.len() < 5 || !plain || label::label(&p.text(named.clone())).is_some() {
        return None;
    }
    let one = content(p, named.clone(), None, None);
    let all = !one.units.is_empty() && one.doubtful.is_empty() && one.units.iter().all(|u| plainly_unit(&u.name));
    all.then_some((named, colon + 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notice::text::lines;

    fn found(s: &str) -> Vec<(String, Role)> {
        let p = Passage::of(&lines(s)[0]);
        subjects(&p, 0).into_iter().map(|u| (u.name, u.role)).collect()
    }

    #[test]
    fn subjects_of_sentences() {
        let got = found("5月15日前，区水务局要完成清淤；区住建局、区城管局负责排查；区数据中心要为此提供支持。");
        let names: Vec<&str> = got.iter().map(|(n, _)| n.as_str()).collect();
        assert_eq!(names, ["区水务局", "区住建局", "区城管局", "区数据中心"]);
        assert_eq!(got[3].1, Role::Support);
        assert_eq!(found("区委、区政府高度重视，要求各项工作落到实处。"), []);
        assert_eq!(found("区民政局牵头此事。"), [("区民政局".into(), Role::Lead)]);
    }

    #[test]
    fn names_in_front_of_a_colon() {
        let at = |s: &str| prefix(&Passage::of(&lines(s)[0])).map(|(_, n)| n);
        assert_eq!(at("县教育局：落实控辍保学责任。"), Some(5));
        assert_eq!(at("责任单位：县教育局、县民政局"), None);
        assert_eq!(at("各镇人民政府："), None);
    }
}
