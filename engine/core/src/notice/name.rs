//! Names of units: which words are one, and how a list of them is cut.

use std::ops::Range;

use super::text::{self, Passage};
use super::words::{CLASSES, NO_NAMES, PLACED_ENDS, PLAIN_ENDS, UNIT_ENDS};

/// True if the name is a class of units, not one unit.
pub(crate) fn is_collective(name: &str) -> bool {
    let class = ["部门", "单位", "企业", "机构", "街镇", "镇街", "主体"]
        .iter()
        .any(|c| name.ends_with(c));
    let ending = name
        .chars()
        .last()
        .is_some_and(|c| UNIT_ENDS.contains(c) || "业级".contains(c));
    let every = name.starts_with('各')
        || ["区各", "市各", "县各", "级各", "直各", "属各", "他各", "及各"]
            .iter()
            .any(|w| name.contains(w));
    // 沿河各乡镇, 县直各部门: all of a class in some place.
    let placed = name
        .chars()
        .position(|c| c == '各')
        .is_some_and(|at| (1..=4).contains(&at))
        && CLASSES.iter().any(|class| name.ends_with(class));
    let every = every || placed;
    let some = ["有关", "相关", "其他", "成员", "涉及", "所有"]
        .iter()
        .any(|w| name.contains(w));
    let words = [
        "各项",
        "各类",
        "各种",
        "各自",
        "各方面",
        "各环节",
        "各领域",
        "各界",
        "各位",
        "各级各类",
    ];
    let n = name.chars().count();
    let listed = name.starts_with('各')
        && (3..=14).contains(&n)
        && !words.iter().any(|w| name.starts_with(w))
        && !name
            .chars()
            .any(|c| "，。；：《》“”%".contains(c) || c.is_ascii_digit())
        && name.matches('（').count() == name.matches('）').count();
    let told = ["要", "须", "将", "应当", "加强", "认真", "切实"]
        .iter()
        .any(|w| name.contains(w));
    if listed && !told && !["工作", "任务", "要求", "责任"].iter().any(|e| name.ends_with(e)) {
        return true;
    }
    let kind = name.ends_with("企业") || name.ends_with("机构");
    CLASSES.contains(&name)
        || kind
        || (name.chars().count() <= 16
            && ((every && (ending || class)) || (some && (class || CLASSES.iter().any(|c| name.ends_with(c))))))
}

/// True if the name ends like a public body or is a class of them.
pub(crate) fn looks_like_unit(name: &[char]) -> bool {
    let ending = name.last().is_some_and(|c| UNIT_ENDS.contains(*c))
        || ["银行", "支行", "分行"].iter().any(|e| text::ends(name, name.len(), e));
    // 由 stands before a name, never in one, except in 自由.
    let by = name
        .iter()
        .enumerate()
        .any(|(i, c)| *c == '由' && (i == 0 || name[i - 1] != '自'));
    let count = |c: char| name.iter().filter(|n| **n == c).count();
    let like = (2..=30).contains(&name.len())
        && count('（') == count('）')
        && ending
        && !by
        && (name.len() <= 4 && name.last() == Some(&'办') || text::longest(name, 0, &NO_NAMES).is_none())
        && !name
            .iter()
            .any(|c| "，。；：《》“”%".contains(*c) || c.is_ascii_digit());
    like || is_collective(&name.iter().collect::<String>())
}

/// True if the name is a public body's by its end alone.
pub(crate) fn plainly_unit(name: &str) -> bool {
    let placed = name.starts_with(['省', '市', '区', '县', '旗', '镇', '乡']);
    let ends = |words: &[&str]| words.iter().any(|e| name.ends_with(e));
    is_collective(name) || name.chars().count() > 2 && (ends(&PLAIN_ENDS) || placed && ends(&PLACED_ENDS))
}

/// Cuts a list of names at 、 / ， and at 和, 及, 与 between two whole names; 等 at the end is dropped and reported.
pub(crate) fn names(p: &Passage, range: Range<usize>) -> (Vec<Range<usize>>, bool) {
    let mut range = p.trim(range, &['由', '请', '、', '，', '；', '。']);
    let mut open = false;
    // 县水利局（负责人：某某）: the label within leaves its bracket open.
    if range.end > range.start && p.chars[range.end - 1] == '（' {
        range = p.trim(range.start..range.end - 1, &[]);
    }
    let tails = [
        "等有关部门",
        "等相关部门",
        "等有关单位",
        "等相关单位",
        "等部门和单位",
        "等单位和部门",
        "等部门单位",
        "等部门",
        "等单位",
        "等责任单位",
        "等责任部门",
        "等各部门",
        "等各单位",
        "等区级部门",
        "等区级单位",
        "等职能部门",
        "等",
    ];
    // 等8部门, 等7个单位
    if let Some((_, n)) = text::longest_end(&p.chars, range.end, &["个部门", "部门", "个单位", "家单位", "单位"])
    {
        let counted = range.end.saturating_sub(n).max(range.start);
        let digits = p.chars[range.start..counted]
            .iter()
            .rev()
            .take_while(|c| c.is_ascii_digit())
            .count();
        if digits > 0 && counted > digits + range.start && p.chars[counted - digits - 1] == '等' {
            range.end = counted - digits;
        }
    }
    if let Some((_, n)) = text::longest_end(&p.chars, range.end, &tails)
        && range.len() > n
    {
        range.end -= n;
        open = true;
    }
    // 各市分别, 区财政局按职责: what the verb's adverbs leave behind is no part of a name.
    let adverbs = [
        "分别",
        "共同",
        "联合",
        "具体",
        "按职责",
        "按照职责",
        "依职责",
        "按分工",
        "各自",
    ];
    while let Some((_, n)) = text::longest_end(&p.chars, range.end, &adverbs)
        && range.len() > n + 1
    {
        range.end -= n;
    }
    let mut found: Vec<Range<usize>> = Vec::new();
    let mut depth = 0_usize;
    let cut_list = p.pieces(range, |c| {
        match c {
            '（' | '<' | '〔' => depth += 1,
            '）' | '>' | '〕' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && matches!(c, '、' | '，' | '；' | '/' | '\n' | '\t')
    });
    for piece in cut_list {
        let parts = conjuncts(p, piece);
        for part in parts {
            match found.last_mut() {
                Some(last) if one_class(&p.chars, last, &part) => last.end = part.end,
                _ => found.push(part),
            }
        }
    }
    (found, open)
}

/// Where the names end that a stretch begins with: as far as all of them look like units.
pub(crate) fn names_end(p: &Passage, range: Range<usize>) -> Option<usize> {
    let limit = range.end.min(range.start + 120);
    let stop = (range.start..limit)
        .find(|&i| text::is_clause_end(p.chars[i]))
        .unwrap_or(limit);
    (range.start + 2..=stop).rev().find(|&i| {
        let (parts, _) = names(p, range.start..i);
        !parts.is_empty() && parts.iter().all(|n| looks_like_unit(&p.chars[n.clone()]))
    })
}

/// 各县、市、区政府 is one class written with its kinds: what follows 各县 are bare kinds, the last with what they all have.
fn one_class(chars: &[char], last: &Range<usize>, part: &Range<usize>) -> bool {
    let kind = |c: &char| matches!(c, '县' | '市' | '区' | '旗' | '州');
    let opened = chars[last.start] == '各'
        && last.len() >= 2
        && last.len() <= 6
        && chars[last.end - 1..last.end].iter().all(kind)
        && chars.get(last.end) == Some(&'、')
        && last.end + 1 == part.start;
    let words = &chars[part.clone()];
    // 各县（区）党委、政府: two bodies of one place.
    let party = text::ends(chars, last.end, "党委") || text::ends(chars, last.end, "党工委");
    let powers = ["政府", "人民政府", "办事处", "管委会", "行政"];
    if party && chars.get(last.end) == Some(&'、') && last.end + 1 == part.start {
        return powers.iter().any(|b| words.iter().copied().eq(b.chars()));
    }
    // 各乡、街办、管理处: a class written with its kinds.
    let held: Vec<&[char]> = chars[last.clone()].split(|c| *c == '、').collect();
    let short = |words: &[char], kinds: &[&str]| kinds.iter().any(|k| words.iter().copied().eq(k.chars()));
    if chars[last.start] == '各'
        && last.end + 1 == part.start
        && short(&held[0][1..], &KINDS)
        && held[1..].iter().all(|w| short(w, &KINDS))
        && short(words, &KINDS)
    {
        return true;
    }
    // 市直有关部门、单位
    let class = |end: &str| text::ends(chars, last.end, end) && words.iter().copied().eq(end_of(end).chars());
    let beside = chars.get(last.end) == Some(&'、') && last.end + 1 == part.start;
    if beside && last.len() > 3 && (class("部门") || class("单位")) {
        return true;
    }
    let body = ["政府", "人民政府", "党委和政府", "党委政府"];
    opened
        && words.first().is_some_and(kind)
        && (words.len() == 1 || body.iter().any(|b| words[1..].iter().copied().eq(b.chars())))
}

/// Kinds of body below a county, as a class names them side by side.
const KINDS: [&str; 14] = [
    "乡",
    "镇",
    "街",
    "街道",
    "街办",
    "乡镇",
    "镇街",
    "街镇",
    "园区",
    "管理处",
    "办事处",
    "街道办事处",
    "农场",
    "林场",
];

/// The other word for those that a notice is sent to.
fn end_of(class: &str) -> &'static str {
    if class == "部门" { "单位" } else { "部门" }
}

/// Completes names that a list shortens: the prefix of the first for those behind it (市住建局、财政局), the ending of a
/// later one for bare places before it (官渡区、寻甸县人民政府).
pub(crate) fn complete(units: &mut [super::assignment::Named]) {
    const LEVELS: &str = "省市区县旗州镇乡";
    const BODIES: [&str; 8] = [
        "党委、政府",
        "党委、人民政府",
        "人民政府",
        "政府",
        "管委会",
        "党工委",
        "党委",
        "办事处",
    ];
    let level = |name: &str| {
        let market = name.starts_with("市场");
        name.chars().next().filter(|c| LEVELS.contains(*c) && !market)
    };
    let mut prefix: Option<char> = None;
    for unit in units.iter_mut() {
        if unit.collective {
            continue;
        }
        let n = unit.name.chars().count();
        let placed = unit
            .name
            .chars()
            .skip(1)
            .take(n.saturating_sub(2))
            .any(|c| "省市区县州".contains(c))
            || unit.name.starts_with("国家");
        let department = ["局", "委", "办", "厅", "委员会", "办公室", "中心"]
            .iter()
            .any(|e| unit.name.ends_with(e));
        let started = level(&unit.name);
        if let Some(level) = started {
            prefix = Some(level);
        } else if let Some(prefix) = prefix
            && n <= 9
            && department
            && !placed
            && !unit.name.ends_with("分局")
        {
            unit.completed = Some(format!("{prefix}{}", unit.name));
        }
    }
    // 安平县委、县政府: the government of the same place.
    for at in 1..units.len() {
        let (before, own) = (&units[at - 1].name, &units[at].name);
        let pair = [("县委", "县"), ("区委", "区"), ("市委", "市"), ("旗委", "旗")]
            .iter()
            .find_map(|(committee, level)| Some((before.strip_suffix(committee)?, own.strip_prefix(level)?)));
        if let Some((place, rest)) =
            pair.filter(|(place, rest)| !place.is_empty() && matches!(*rest, "政府" | "人民政府"))
        {
            let level: String = own.chars().take(1).collect();
            units[at].completed = Some(format!("{place}{level}{rest}"));
        }
    }
    let mut body: Option<&str> = None;
    for unit in units.iter_mut().rev() {
        let found = BODIES
            .iter()
            .find(|b| unit.name.len() > b.len() && unit.name.ends_with(**b));
        let bare = unit.name.chars().last().is_some_and(|c| "区县市旗镇乡".contains(c)) || unit.name.ends_with("街道");
        if let Some(found) = found {
            body = Some(found);
        } else if !bare {
            body = None;
        } else if let Some(body) = body
            && !unit.collective
        {
            unit.completed = Some(format!("{}{body}", unit.name));
        }
    }
}

/// Cuts at 和, 以及, 及, 与, 暨 and at a space where both sides are whole names.
fn conjuncts(p: &Passage, piece: Range<usize>) -> Vec<Range<usize>> {
    let mut rest = p.trim(piece, &['、']);
    let mut found = Vec::new();
    // Longer than any names that 和 or a space joins: words that the caller will refuse.
    let mut i = if rest.len() > 200 { rest.end } else { rest.start };
    while i < rest.end {
        if let Some((_, n)) = text::longest(&p.chars[..rest.end], i, &["以及", "和", "及", "与", "等", " "]) {
            let left = bare(p, rest.start..i);
            let right = bare(p, i + n..rest.end);
            // 市商务局等领导小组成员单位: a name and the class it belongs to.
            if p.chars[i] == '等' && !is_collective(&p.text(right.clone())) {
                i += n;
                continue;
            }
            let first_right = conjuncts_end(p, right.clone());
            let whole = |r: Range<usize>| looks_like_unit(&p.chars[r]);
            // 各乡镇党委和政府
            let pair =
                text::ends(&p.chars, left.end, "党委") && matches!(p.text(right.clone()).as_str(), "政府" | "人民政府");
            if pair {
                i += n;
                continue;
            }
            if left.is_empty() && !right.is_empty() {
                rest.start = i + n;
            } else if whole(left.clone()) && (whole(right) || whole(first_right)) {
                found.push(left);
                rest.start = i + n;
            }
            i += n;
        } else {
            i += 1;
        }
    }
    let last = bare(p, rest);
    let nobody = matches!(p.text(last.clone()).as_str(), "无" | "/" | "—" | "——" | "-" | "--");
    if !last.is_empty() && !nobody {
        found.push(last);
    }
    found
}

/// The part of a range up to the next conjunction.
fn conjuncts_end(p: &Passage, range: Range<usize>) -> Range<usize> {
    let end = range
        .clone()
        .find(|&i| matches!(p.chars[i], '和' | '及' | '与' | ' '))
        .unwrap_or(range.end);
    range.start..end
}

/// A name without white space around it and without a bracket behind it (区委编办（区事管局）).
fn bare(p: &Passage, range: Range<usize>) -> Range<usize> {
    let range = p.trim(range, &['、', '由']);
    // 各街道（园区）is one class with its kinds; 区委编办（区事管局）a name with another.
    let classes = ["各", "有关", "相关", "其他", "所有"];
    let class = text::longest(&p.chars[..range.end], range.start, &classes).is_some();
    let told = |i: usize| super::verb::first(&p.chars, i + 1, range.end).is_some();
    let open = range
        .clone()
        .find(|&i| matches!(p.chars[i], '（' | '〔') && i > range.start && (!class || told(i)));
    let end = open
        .filter(|_| matches!(p.chars[range.end - 1], '）' | '〕'))
        .unwrap_or(range.end);
    p.trim(range.start..end, &[])
}
