//! What an indicator is called: names that are shared, shortened or told in the clause before.

use std::ops::Range;

use super::deadline;
use super::diagnostic::{Code, Diagnostic};
use super::indicator::Sentence;
use super::mark::{self, Kind};
use super::measures::{CHANGES, COMES, ELIDED, LIGHT, MEASURES, RAISING, SHARED};
use super::quantity::Quantity;
use super::subject;
use super::text;

impl Sentence<'_> {
    /// The name in front of a comparator, without the year and light verbs.
    pub(super) fn name(&self, clause: usize, end: usize) -> String {
        let mut range = self.p.trim(clause..end, &['，', '、', '：', '—', '-']);
        let chars = &self.p.chars;
        loop {
            let before = range.start;
            if let Some(after) = self.year_phrase(range.clone()) {
                range.start = after;
            }
            if let Some(after) = deadline::bound_end(&chars[..range.end], range.start) {
                range.start = after;
            }
            if matches!(chars.get(range.start), Some('①'..='⑳')) && range.len() > 1 {
                range.start += 1;
            }
            // 抢险队1支（不少于40人）、小分队14支: the aside told of the thing before.
            if chars.get(range.start) == Some(&'（')
                && let Some(close) = text::partner(chars, range.start).filter(|close| *close < range.end)
            {
                range.start = close + 1;
            }
            // （2）清退……, 区财政局要……: a point's number, whoever is to do it.
            if let Some(point) = mark::mark(&chars[range.clone()]).filter(|m| m.kind == Kind::ArabicBracket) {
                range.start += point.len;
            }
            if let Some(predicate) = subject::bound(self.p, range.clone()) {
                range.start = predicate;
            }
            for opening in [
                "一是",
                "二是",
                "三是",
                "四是",
                "五是",
                "六是",
                "年内",
                "全年",
                "本年度",
                "今年",
                "使",
                "将",
                "并",
                "即",
                "确保",
                "力争",
                "截至",
            ] {
                let using = opening == "使" && chars.get(range.start + 1) == Some(&'用');
                if text::stands(&chars[..range.end], range.start, opening) && !using {
                    range.start += opening.chars().count();
                }
            }
            if let Some((_, n)) = text::longest(&chars[..range.end], range.start, &LIGHT) {
                range.start += n;
            }
            if text::stands(&chars[..range.end], range.start, "除")
                && let Some(out) = range.clone().find(|&i| chars[i] == '外' && i > range.start + 1)
            {
                range.start = out + 1;
            }
            range = self.p.trim(range, &['，', '、', '：']);
            if range.start == before || range.is_empty() {
                break;
            }
        }
        if let Some((_, n)) = text::longest_end(
            &chars[..range.end],
            range.end,
            &["力争", "总体", "应当", "应", "要", "须", "至", "到"],
        ) && range.len() > n + 1
        {
            range.end -= n;
        }
        // 佩戴率6月底前: the day by which is no part of the name.
        let due = |at: &usize| deadline::bound_end(&chars[..range.end], *at) == Some(range.end);
        let from = range.end.saturating_sub(12).max(range.start + 2);
        if let Some(at) = (from..range.end).find(due) {
            range.end = at;
        }
        if let Some((_, n)) = text::longest_end(&chars[..range.end], range.end, &COMES)
            && MEASURES.iter().any(|m| text::ends(chars, range.end - n, m))
            && range.len() > n + 2
        {
            range.end -= n;
        }
        // 由420家增加到480家: where it comes from is no part of the name.
        let from = range.clone().skip(2).find(|&i| {
            matches!(chars[i], '由' | '从') && chars.get(i + 1).is_some_and(char::is_ascii_digit) && i + 1 < range.end
        });
        range.end = from.unwrap_or(range.end);
        self.p.text(range).replace(' ', "")
    }

    /// 到2025年, 2026年底前: the index behind it.
    fn year_phrase(&self, range: Range<usize>) -> Option<usize> {
        let chars = &self.p.chars;
        let mut i = range.start;
        for word in ["到", "至", "截至", "力争到", "确保到", "在"] {
            if text::stands(&chars[..range.end], i, word)
                && chars.get(i + word.chars().count()).is_some_and(char::is_ascii_digit)
            {
                i += word.chars().count();
                break;
            }
        }
        let digits = chars[i..range.end].iter().take_while(|c| c.is_ascii_digit()).count();
        if digits != 4 || chars.get(i + 4) != Some(&'年') {
            return None;
        }
        i += 5;
        for word in ["底前", "末前", "底", "末", "前", "度", "内", "起"] {
            if text::stands(&chars[..range.end], i, word) {
                return Some(i + word.chars().count());
            }
        }
        Some(i)
    }

    /// The names that the values belong to, each with its scope.
    pub(super) fn names(
        &mut self,
        name: String,
        clause: usize,
        values: &[Quantity],
        each: Option<&str>,
        bound: bool,
    ) -> Vec<(String, Option<String>)> {
        let mut name = name;
        if name.is_empty() && bound {
            name = self.raised(clause).unwrap_or_else(|| self.clause_before(clause));
        }
        if name.ends_with('占') && name.chars().count() > 2 {
            name.push('比');
        }
        if name.is_empty() {
            return Vec::new();
        }
        if values.len() > 1 {
            return self.respectively(&name, clause, values);
        }
        if matches!(each, Some("均" | "都" | "全部")) {
            return self.jointly(&name, clause);
        }
        if let Some(both) = rates(&name) {
            return both;
        }
        if let Some(whole) = self.elided(&name, clause) {
            return vec![(whole, None)];
        }
        if !bound && let Some(whole) = self.elliptic(&name, &values[0]) {
            return vec![(whole, None)];
        }
        vec![(name, None)]
    }

    /// 森林覆盖率提高0.2个百分点，达到45.6%: what was said to change comes to the value.
    fn raised(&self, clause: usize) -> Option<String> {
        let previous = self.out.last().filter(|_| clause <= self.last + 1)?;
        let subject = CHANGES.iter().find_map(|change| previous.name.strip_suffix(change))?;
        (subject.chars().count() > 2).then(|| subject.to_owned())
    }

    /// The noun of the clause before: 拓宽……覆盖率，达到40%.
    fn clause_before(&self, clause: usize) -> String {
        let Some(end) = clause.checked_sub(1).filter(|end| *end > self.sentence.start) else {
            return String::new();
        };
        let start = self.clause_start(end);
        let mut range = self.p.trim(start..end, &['，', '、']);
        if let Some((_, n)) = text::longest(&self.p.chars[..range.end], range.start, &RAISING) {
            range.start += n;
        }
        self.p.text(range)
    }

    /// A和B的X，分别达到1和2: one name for each value, with what they share completed.
    fn respectively(&mut self, name: &str, clause: usize, values: &[Quantity]) -> Vec<(String, Option<String>)> {
        let count = values.len();
        let cuts: [&[char]; 4] = [&['、', '和', '与', '及'], &['、', '和'], &['、'], &['和']];
        let parts = cuts
            .iter()
            .map(|cut| parts(name, cut))
            .find(|parts| parts.len() == count);
        let Some(parts) = parts else {
            // 城乡居民人均可支配收入分别增长7%和8%
            let both = name.find("城乡").filter(|_| count == 2);
            let whole = |at: usize, kind: &str| format!("{}{kind}{}", &name[..at], &name[at + "城乡".len()..]);
            return both.map_or_else(Vec::new, |at| {
                ["城镇", "农村"]
                    .map(|kind| (whole(at, kind), Some(kind.to_owned())))
                    .to_vec()
            });
        };
        let last: Vec<char> = parts[count - 1].chars().collect();
        // The parts are of one make: 全人群 / 重点人群签约服务覆盖率. What follows the last shared character is shared.
        let first: Vec<char> = parts[0].chars().collect();
        let measures = |s: &str| MEASURES.iter().any(|m| s.ends_with(m));
        // Things counted in units of their own share nothing: 民宿、露营地分别达到60家和12处.
        if parts.iter().all(|s| measures(s)) || values.iter().any(|v| v.unit != values[0].unit) {
            return parts.iter().map(|s| ((*s).to_owned(), None)).collect();
        }
        // Without a shared character the scopes of a pair are taken to be equally long: 城镇 / 农村居民规范管理率.
        let shared = first.last().and_then(|c| match c {
            '）' => last.iter().rposition(|l| l == c),
            _ => last.iter().position(|l| l == c),
        });
        let guessed = shared.is_none();
        let Some(joint) = shared
            .or_else(|| ((2..=4).contains(&first.len()) && last.len() > first.len() + 2).then(|| first.len() - 1))
        else {
            return parts.iter().map(|s| ((*s).to_owned(), None)).collect();
        };
        let tail = without_class(&last[joint + 1..].iter().collect::<String>());
        let own: String = last[..=joint].iter().collect();
        // Only what stands before the name itself counts.
        let before = text::find(&self.p.chars, self.sentence.start..clause, name).unwrap_or(clause);
        let modifier = self.earlier_modifier(&tail, before);
        let whole = format!("{modifier}{tail}");
        let scopes: Vec<String> = parts[..count - 1]
            .iter()
            .map(|s| (*s).to_owned())
            .chain([own])
            .collect();
        if guessed || !modifier.is_empty() {
            let place = self.p.place(clause..self.sentence.end.min(clause + 30));
            self.doubts.push(
                Diagnostic::new(Code::IndicatorNameCompleted)
                    .at(place)
                    .arg("name", whole.clone())
                    .fix(whole.clone()),
            );
        }
        scopes
            .into_iter()
            .map(|scope| (format!("{scope}{whole}"), Some(scope)))
            .collect()
    }

    /// The name of a clause that leaves its subject out: 高新技术企业净增60家、总数突破400家.
    fn elided(&self, name: &str, clause: usize) -> Option<String> {
        let previous = self.out.last().filter(|_| clause <= self.last + 1)?;
        // 粮食播种面积稳定在62万亩、总产量25万吨
        let harvest = ["总产量", "总产", "产量", "单产", "总产值", "产值"];
        if harvest.contains(&name) {
            let crop = ["播种面积", "种植面积", "面积"]
                .iter()
                .find_map(|m| previous.name.strip_suffix(m))?;
            return (crop.chars().count() > 1).then(|| format!("{crop}{name}"));
        }
        let change = CHANGES.contains(&name);
        // 累计新增“个转企”2万户 has a subject of its own.
        let own = name.starts_with("累计") && name.chars().count() > 4;
        if !change && (own || !ELIDED.iter().any(|w| name.starts_with(w))) || previous.name.chars().count() < 3 {
            return None;
        }
        let verbs = ["净增", "新增", "增长", "总数", "数量", "达"];
        let subject = verbs
            .iter()
            .find_map(|v| previous.name.strip_suffix(v))
            .unwrap_or(&previous.name);
        Some(format!("{subject}{name}"))
    }

    /// What stood before the same words earlier in the sentence: a second mention is often shortened.
    fn earlier_modifier(&self, tail: &str, clause: usize) -> String {
        let start: String = tail.chars().take(4).collect();
        let chars = &self.p.chars;
        let floor = self.sentence.start.max(clause.saturating_sub(200));
        let Some(at) = text::find(chars, floor..clause, &start).filter(|_| start.chars().count() == 4) else {
            return String::new();
        };
        let mut from = at;
        while from > floor && text::is_han(chars[from - 1]) && at - from < 12 {
            from -= 1;
        }
        if let Some((_, n)) = text::longest(&chars[..at], from, &RAISING) {
            from += n;
        }
        if at - from <= 6 {
            self.p.text(from..at)
        } else {
            String::new()
        }
    }

    /// A率和B率均达到100%: two indicators if both parts measure something, one otherwise.
    fn jointly(&mut self, name: &str, clause: usize) -> Vec<(String, Option<String>)> {
        let measures = |s: &str| MEASURES.iter().any(|m| s.ends_with(m));
        let parts: Vec<&str> = name.split(['、', '和']).filter(|s| !s.is_empty()).collect();
        // 小学、幼儿园配备率、联网率均达100%: what measures nothing belongs to the measure behind it.
        let mut whole: Vec<String> = Vec::new();
        let mut open = false;
        for part in &parts {
            match whole.last_mut().filter(|_| open) {
                Some(last) => *last = format!("{last}、{part}"),
                None => whole.push((*part).to_owned()),
            }
            open = !measures(part);
        }
        if whole.len() > 1 && whole.len() < parts.len() && !open && whole.iter().all(|w| w.ends_with('率')) {
            return whole.into_iter().map(|name| (name, None)).collect();
        }
        // 二氧化硫、氮氧化物排放总量均下降22%
        let tail = SHARED.iter().find(|tail| name.ends_with(**tail));
        if let Some(tail) = tail.filter(|_| parts.len() > 1 && !parts[..parts.len() - 1].iter().any(|s| measures(s))) {
            let whole = |part: &&str| format!("{}{tail}", part.strip_suffix(*tail).unwrap_or(part));
            return parts.iter().map(|part| (whole(part), None)).collect();
        }
        if parts.len() < 2 || !parts.iter().all(|s| measures(s)) {
            let scope = name
                .split_once('和')
                .filter(|(a, _)| a.chars().count() > 3)
                .map(|(a, b)| format!("{a} | {b}"));
            return vec![(name.to_owned(), scope)];
        }
        // 对X进行V，V的率和……率: what is inspected is X.
        let object = self.object_before(clause, parts[0]);
        if let Some(object) = &object {
            let place = self.p.place(clause..self.sentence.end.min(clause + 30));
            let whole = format!("{object}{}", parts[0]);
            self.doubts.push(
                Diagnostic::new(Code::IndicatorNameCompleted)
                    .at(place)
                    .arg("name", whole.clone())
                    .fix(whole),
            );
        }
        let object = object.unwrap_or_default();
        parts.iter().map(|s| (format!("{object}{s}"), None)).collect()
    }

    /// The object of 对…进行…, if the name takes up what is done to it.
    fn object_before(&self, clause: usize, name: &str) -> Option<String> {
        let chars = &self.p.chars;
        let end = clause.checked_sub(1).filter(|end| *end > self.sentence.start)?;
        let start = self.clause_start(end);
        let doing = text::find(chars, start..end, "进行").or_else(|| text::find(chars, start..end, "开展"))?;
        let act = self.p.text(doing + 2..end);
        let to = (start..doing).rev().find(|&i| chars[i] == '对' && doing - i > 2)?;
        (act.chars().count() >= 2 && name.starts_with(&act)).then(|| self.p.text(to + 1..doing))
    }

    /// 小麦25万亩，玉米20万亩: a short noun with the same unit right behind takes the place of as many characters.
    fn elliptic(&self, name: &str, quantity: &Quantity) -> Option<String> {
        let previous = self.out.last()?;
        // 国家级园区1家、省级2家
        let levels = ["国家级", "省级", "市级", "县级", "区级"];
        if levels.contains(&name)
            && let Some(level) = levels.iter().find(|level| previous.name.contains(**level))
        {
            return Some(previous.name.replacen(level, name, 1));
        }
        let n = name.chars().count();
        let long: Vec<char> = previous.name.chars().collect();
        let next_to = quantity.start.checked_sub(self.last)? <= n + 2;
        if previous.unit != quantity.unit || previous.wording.is_some() || n > 3 || !next_to || long.len() < n + 4 {
            return None;
        }
        Some(long[..long.len() - n].iter().collect::<String>() + name)
    }
}

/// 覆盖率与上传率达到100%: two rates that one value is for.
fn rates(name: &str) -> Option<Vec<(String, Option<String>)>> {
    let parts = parts(name, &['、', '和', '与', '及']);
    let rate = |part: &&str| part.chars().count() > 2 && (part.ends_with('率') || part.ends_with("占比"));
    (parts.len() > 1 && parts.iter().all(rate)).then(|| parts.iter().map(|p| ((*p).to_owned(), None)).collect())
}

/// The parts of a name between the given signs, outside brackets.
fn parts<'n>(name: &'n str, cut: &[char]) -> Vec<&'n str> {
    let mut depth = 0_usize;
    let parts = name.split(|c| {
        match c {
            '（' => depth += 1,
            '）' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth == 0 && cut.contains(&c)
    });
    parts.filter(|s| !s.is_empty()).collect()
}

/// 等主要污染物排放总量: the class that sums the list up is no part of the single names.
fn without_class(tail: &str) -> String {
    let Some(rest) = tail.strip_prefix('等') else {
        return tail.to_owned();
    };
    let ends = ["物", "指标", "产品", "领域", "行业", "品种", "类别", "人群"];
    let cut = ends
        .iter()
        .filter_map(|e| rest.find(e).map(|at| at + e.len()))
        .filter(|at| *at < rest.len())
        .min();
    cut.map_or_else(|| rest.to_owned(), |at| rest[at..].to_owned())
}
