//! The head of a notice: title, issuer, document number, date of issue.

use chrono::NaiveDate;

use super::day::full_date;
use super::diagnostic::{Code, Diagnostic};
use super::name::{looks_like_unit, plainly_unit};
use super::text::{self, Line, Passage, Place};
use super::words::TITLE_ENDS;
use super::{margins, mark};

/// What the head says.
#[derive(Debug, Clone, Default)]
pub(crate) struct Head {
    pub title: Option<(String, Place)>,
    pub issuer: Option<(String, Place)>,
    pub doc_number: Option<(String, Place)>,
    pub issued_on: Option<(NaiveDate, Place)>,
    /// The year named in the title, if exactly one.
    pub year: Option<i32>,
    /// The title is of a kind that public bodies issue.
    pub official: bool,
    pub diagnostics: Vec<Diagnostic>,
}

/// Lines of the head that say something else: numbers of an index, copies, urgency.
fn is_aside(p: &Passage) -> bool {
    let first = p.chars.first().copied().unwrap_or(' ');
    let labels = [
        "索引号",
        "发文机关",
        "发布机构",
        "成文日期",
        "发布日期",
        "主题分类",
        "公开",
        "来源",
        "签发人",
        "附件",
        "抄送",
        "印发",
        "文号",
        "发文字号",
        "有效性",
        "标题",
        "名称",
    ];
    let letters: Vec<char> = p.chars.iter().copied().filter(|c| *c != ' ').collect();
    // Words that a web page puts above what it shows.
    let page = [
        "全文",
        "正文",
        "计划总结",
        "政策文件",
        "通知公告",
        "政府文件",
        "规范性文件",
        "其他文件",
        "部门文件",
        "《",
    ];
    if page.iter().any(|w| letters.iter().copied().eq(w.chars())) {
        return true;
    }
    matches!(first, '（' | '【') || labels.iter().any(|l| text::stands(&letters, 0, l))
}

/// Reads the head from the lines before the first number, and the signature from all lines.
pub(crate) fn read(lines: &[Line]) -> Head {
    let passages: Vec<Passage> = lines
        .iter()
        .map(Passage::of)
        .filter(|p| !margins::is_page_number(&p.chars) && !margins::is_boilerplate(&p.chars))
        .collect();
    let body = passages
        .iter()
        .position(|p| mark::mark(&p.chars).is_some())
        .unwrap_or(passages.len());
    let front = &passages[..body.min(80)];
    let mut head = Head {
        doc_number: front.iter().take(40).find_map(doc_number),
        ..Head::default()
    };
    dates(&mut head, front, &passages);
    titles(&mut head, front);
    if head.issuer.is_none() {
        head.issuer = red_head(front).or_else(|| signature(&passages));
    }
    if head.issuer.is_none()
        && let Some((_, title)) = &head.title
    {
        head.issuer = below_title(front, title.end_line);
    }
    // 区人民政府办公室关于…… is signed with the name in full.
    if let Some((name, _)) = &head.issuer
        && let Some(signed) = signature(&passages).filter(|(full, _)| full.len() > name.len() && full.ends_with(name))
    {
        head.issuer = Some(signed);
    }
    let title = head.title.as_ref().map_or("", |(t, _)| t.as_str());
    head.year = title_year(&title.chars().collect::<Vec<_>>());
    let bare = title
        .rfind('（')
        .filter(|_| title.ends_with('）'))
        .map_or(title, |at| &title[..at]);
    let ends = |e: &str| bare.ends_with(e) || title.trim_end_matches('）').ends_with(e);
    head.official = TITLE_ENDS.iter().any(|e| ends(e)) || title.contains("关于");
    if head.title.is_none() {
        head.diagnostics.push(Diagnostic::new(Code::TitleMissing));
    }
    if head.issuer.is_none() {
        head.diagnostics.push(Diagnostic::new(Code::IssuerMissing));
    }
    if head.issued_on.is_none() {
        head.diagnostics.push(Diagnostic::new(Code::DateMissing));
    }
    head
}

/// The one year named in a title; a span of years is none.
fn title_year(chars: &[char]) -> Option<i32> {
    let mut years = Vec::new();
    let mut i = 0;
    while i < chars.len() {
        let n = chars[i..].iter().take_while(|c| c.is_ascii_digit()).count();
        if n == 4 {
            let value: Option<i32> = chars[i..i + 4].iter().collect::<String>().parse().ok();
            years.extend(value.filter(|y| (1990..=2199).contains(y)));
        }
        i += n.max(1);
    }
    match years.as_slice() {
        [one] => Some(*one),
        _ => None,
    }
}

fn spaces(p: &Passage, from: usize) -> usize {
    p.chars
        .get(from..)
        .map_or(0, |r| r.iter().take_while(|c| **c == ' ').count())
}

/// A line that is a document number: 某政办发〔2025〕12号.
fn doc_number(p: &Passage) -> Option<(String, Place)> {
    let mut start = p.trim(0..p.len(), &[]).start;
    let spaceless: Vec<(usize, char)> = p.chars.iter().copied().enumerate().filter(|(_, c)| *c != ' ').collect();
    let letters: Vec<char> = spaceless.iter().map(|(_, c)| *c).collect();
    // 索引号 … 文 号 某政办〔2025〕1号 on one line of a web page.
    for label in ["发文字号：", "发文字号", "文号：", "文号"] {
        if let Some(at) = text::find(&letters, 0..letters.len(), label).filter(|_| letters.len() < 120) {
            start = spaceless.get(at + label.chars().count()).map_or(p.len(), |(i, _)| *i);
            break;
        }
    }
    let open = (start..p.len()).find(|&i| matches!(p.chars[i], '〔' | '（' | '【'))?;
    let digits = |from: usize| {
        p.chars
            .get(from..)
            .map_or(0, |r| r.iter().take_while(|c| c.is_ascii_digit()).count())
    };
    let close = open + 5;
    if digits(open + 1) != 4 || !matches!(p.chars.get(close), Some('〕' | '）' | '】')) {
        return None;
    }
    let from = close + 1 + usize::from(p.chars.get(close + 1) == Some(&'第'));
    let from = from + spaces(p, from);
    let n = digits(from);
    let word = p.trim(start..open, &[]);
    let end = from + n + spaces(p, from + n);
    if n == 0 || p.chars.get(end) != Some(&'号') || word.is_empty() || word.len() > 16 {
        return None;
    }
    if !p.chars[word.clone()].iter().all(|c| text::is_han(*c)) {
        return None;
    }
    let rest = p.trim(end + 1..p.len(), &[]);
    if !rest.is_empty() && !text::stands(&p.chars, rest.start, "签发") {
        return None;
    }
    let number = format!(
        "{}〔{}〕{}号",
        p.text(word.clone()),
        p.text(open + 1..close),
        p.text(from..from + n)
    );
    Some((number, p.place(word.start..end + 1)))
}

/// A line that is a date and nothing else, or carries one behind a label.
fn date_line(p: &Passage) -> Option<(Option<NaiveDate>, Place)> {
    let mut range = p.trim(0..p.len(), &['（', '）', '。', '【', '】']);
    for label in [
        "成文日期：",
        "发布日期：",
        "印发日期：",
        "发文日期：",
        "日期：",
        "时间：",
    ] {
        if text::stands(&p.chars, range.start, label) {
            range = p.trim(range.start + label.chars().count()..range.end, &[]);
        }
    }
    let (date, found) = full_date(&p.chars[..range.end], range.start)?;
    (found.end == range.end || text::stands(&p.chars, found.end, "印发")).then(|| (date, p.place(found)))
}

fn dates(head: &mut Head, front: &[Passage], all: &[Passage]) {
    let in_front = front.iter().filter_map(date_line);
    let behind = all.iter().skip(front.len()).rev().filter_map(date_line);
    for (date, place) in in_front.chain(behind.take(3)) {
        match date {
            Some(date) => {
                head.issued_on = Some((date, place));
                return;
            }
            None => {
                let words = front
                    .iter()
                    .chain(all)
                    .find(|p| p.len() > 0 && p.place(0..1).line == place.line);
                let words = words.map_or_else(String::new, |p| p.text(0..p.len()));
                head.diagnostics
                    .push(Diagnostic::new(Code::DateImpossible).at(place).arg("text", words));
            }
        }
    }
    // 某区人民政府办公室 2026年1月8日印发: the printer's line at the very end is the last resort.
    for p in all.iter().rev().take(12) {
        if text::ends(&p.chars, p.len(), "印发")
            && let Some((Some(date), range)) = (0..p.len()).find_map(|i| full_date(&p.chars, i))
        {
            head.issued_on = Some((date, p.place(range)));
            return;
        }
    }
}

/// Joins the lines of the title and takes it apart: issuer, 关于, what is issued.
fn titles(head: &mut Head, front: &[Passage]) {
    let usable = |p: &Passage| p.len() > 0 && !is_aside(p) && doc_number(p).is_none() && date_line(p).is_none();
    let closed = |p: &Passage| p.chars.last().is_some_and(|c| matches!(c, '。' | '：' | '；' | '，'));
    let Some(first) = front.iter().position(|p| usable(p) && !closed(p) && !is_red_head(p)) else {
        return;
    };
    let mut joined = Passage::default();
    let about = front
        .iter()
        .skip(first)
        .take(6)
        .position(|p| !closed(p) && text::find(&p.chars, 0..p.len(), "关于").is_some());
    let mut blank = false;
    for (i, p) in front.iter().enumerate().skip(first) {
        if p.len() == 0 {
            blank = true;
            continue;
        }
        // A name above a date is the signature of the letter, not the title of what it brings.
        if date_line(p).is_some() && looks_like_unit(&joined.chars) && about.is_none() {
            joined = Passage::default();
        }
        if !usable(p) {
            continue;
        }
        let waiting = about.is_some_and(|n| first + n >= i);
        // 某区人民政府办公室 alone above the title.
        if blank && !waiting && about.is_none() && plainly_unit(&joined.text(0..joined.len()).replace(' ', "")) {
            let name = joined.text(0..joined.len()).replace(' ', "");
            head.issuer.get_or_insert((name, joined.place(0..joined.len())));
            joined = Passage::default();
        }
        if closed(p) || (blank && !waiting && about.is_none() && joined.len() > 0) || joined.len() > 120 {
            break;
        }
        blank = false;
        joined.append(p);
        let last = joined.len();
        let bracket = (joined.chars.last() == Some(&'）'))
            .then(|| joined.chars.iter().rposition(|c| *c == '（'))
            .flatten();
        let ends =
            |e: &str| text::ends(&joined.chars, last, e) || bracket.is_some_and(|at| text::ends(&joined.chars, at, e));
        let done = TITLE_ENDS.iter().any(|e| ends(e));
        // ……重点工作 / 任务分解表: the title goes on.
        let next = front
            .get(i + 1)
            .filter(|p| p.len() > 0 && p.len() <= 12 && usable(p) && !closed(p));
        if done && next.is_some_and(|p| TITLE_ENDS.iter().any(|e| text::ends(&p.chars, p.len(), e))) {
            continue;
        }
        if done && !waiting_for_notice(&joined) && !(waiting && about.is_some_and(|n| first + n > i)) {
            break;
        }
    }
    let whole = joined.trim(0..joined.len(), &[]);
    if whole.is_empty() {
        return;
    }
    let Some(about) = text::find(&joined.chars, whole.clone(), "关于") else {
        let title = joined.text(whole.clone()).replace(' ', "");
        if title.chars().count() <= 60 {
            head.title = Some((title, joined.place(whole)));
        }
        return;
    };
    let issuer = issuer_before(&joined, whole.start..about);
    if !issuer.is_empty() {
        let name = joined.text(issuer.clone()).replace(' ', "");
        let name = name.strip_suffix("文件").map(str::to_owned).unwrap_or(name);
        head.issuer = Some((name, joined.place(issuer)));
    }
    let issued = ["关于印发", "关于下发", "关于转发", "关于公布"]
        .iter()
        .find_map(|w| text::stands(&joined.chars, about, w).then(|| about + w.chars().count()));
    // 关于印发……的通知（韶府〔2019〕31号)
    let mut whole = whole;
    if joined.chars.get(whole.end - 1) == Some(&'）')
        && let Some(open) = whole.clone().rev().find(|&i| joined.chars[i] == '（')
        && let Some(number) = doc_number(&joined.part(open + 1..whole.end - 1))
    {
        head.doc_number.get_or_insert(number);
        whole.end = open;
    }
    let range = match issued {
        Some(from) => issued_title(&joined, from, whole.end),
        None => whole,
    };
    head.title = Some((joined.text(range.clone()).replace(' ', ""), joined.place(range)));
}

/// Who issues: all that stands before 关于, or its last lines where the first are the heading of a page.
fn issuer_before(p: &Passage, range: std::ops::Range<usize>) -> std::ops::Range<usize> {
    let whole = p.trim(range.clone(), &[]);
    let name = |r: &std::ops::Range<usize>| looks_like_unit(&p.chars[r.clone()]);
    if name(&whole) {
        return whole;
    }
    let line = |i: usize| p.place(i..i + 1).line;
    let starts = (range.start + 1..range.end).filter(|i| line(*i) != line(*i - 1));
    let mut parts = starts.map(|from| p.trim(from..range.end, &[]));
    parts.find(name).unwrap_or(whole)
}

/// True while 关于印发… has not come to 的通知 yet.
fn waiting_for_notice(p: &Passage) -> bool {
    text::find(&p.chars, 0..p.len(), "关于印发").is_some()
        && !["通知", "函", "意见"].iter().any(|e| text::ends(&p.chars, p.len(), e))
}

/// The title of what 关于印发《…》的通知 issues: inside the title marks, or up to 的通知.
fn issued_title(p: &Passage, from: usize, end: usize) -> std::ops::Range<usize> {
    let tail = text::longest_end(&p.chars, end, &["的通知", "通知", "的函"]).map_or(0, |(_, n)| n);
    let range = p.trim(from..end - tail.min(end - from), &[]);
    if p.chars.get(range.start) == Some(&'《')
        && let Some(close) = range.clone().rev().find(|&i| p.chars[i] == '》')
    {
        return range.start + 1..close;
    }
    range
}

/// 某某区人民政府办公室文件, the line printed in red.
fn is_red_head(p: &Passage) -> bool {
    text::ends(&p.chars, p.len(), "文件") && p.len() < 40
}

fn red_head(front: &[Passage]) -> Option<(String, Place)> {
    let label = ["发文机关：", "发布机构：", "发文单位："];
    front.iter().take(20).find_map(|p| {
        if is_red_head(p) {
            let range = p.trim(0..p.len() - 2, &[]);
            return Some((p.text(range.clone()).replace(' ', ""), p.place(range)));
        }
        let (_, n) = text::longest(&p.chars, 0, &label)?;
        let range = p.trim(n..p.len(), &[]);
        (!range.is_empty()).then(|| (p.text(range.clone()).replace(' ', ""), p.place(range)))
    })
}

/// A name alone on the first line below the title.
fn below_title(front: &[Passage], line: u32) -> Option<(String, Place)> {
    let next = front.iter().find(|p| p.len() > 0 && p.place(0..1).line > line)?;
    let colon = next.chars.iter().take(7).position(|c| *c == '：');
    let range = next.trim(colon.map_or(0, |at| at + 1)..next.len(), &['（', '）']);
    let name = next.text(range.clone()).replace(' ', "");
    (plainly_unit(&name) && !name.contains('各')).then(|| (name, next.place(range)))
}

/// The name above a date that stands alone.
fn signature(all: &[Passage]) -> Option<(String, Place)> {
    // （某局代章） between the name and the date
    let stamped = |p: &Passage| text::find(&p.chars, 0..p.len(), "代章").is_some() && p.len() < 30;
    let filled: Vec<&Passage> = all.iter().filter(|p| p.len() > 0 && !stamped(p)).collect();
    let at = filled.iter().position(|p| date_line(p).is_some())?;
    let above = filled.get(at.checked_sub(1)?)?;
    let range = above.trim(0..above.len(), &[]);
    // 填报单位：某县人社局
    let colon = range.clone().find(|&i| above.chars[i] == '：' && i - range.start <= 6);
    let range = above.trim(colon.map_or(range.start, |at| at + 1)..range.end, &[]);
    let name: Vec<char> = above.chars[range.clone()]
        .iter()
        .copied()
        .filter(|c| *c != ' ')
        .collect();
    (looks_like_unit(&name)).then(|| (name.iter().collect(), above.place(range)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head(s: &str) -> Head {
        read(&text::lines(s))
    }

    #[test]
    fn a_title_over_several_lines() {
        let h = head(
            "青浦湾区人民政府办公室\n关于印发《青浦湾区2026年河湖\n治理工作方案》的通知\n青政办发[2026]7号\n\n各镇人民政府：\n请执行。\n\n2026年3月2日\n\n一、目标\n",
        );
        assert_eq!(h.title.map(|t| t.0).as_deref(), Some("青浦湾区2026年河湖治理工作方案"));
        assert_eq!(h.issuer.map(|t| t.0).as_deref(), Some("青浦湾区人民政府办公室"));
        assert_eq!(h.doc_number.map(|t| t.0).as_deref(), Some("青政办发〔2026〕7号"));
        assert_eq!(h.issued_on.map(|t| t.0), "2026-03-02".parse().ok());
        assert_eq!(h.year, Some(2026));
    }

    #[test]
    fn another_documents_number_is_not_ours() {
        let h = head("关于做好防汛工作的通知\n根据《某某办法》（国发〔2023〕1号）要求，通知如下：\n一、任务\n");
        assert!(h.doc_number.is_none());
        assert_eq!(h.title.map(|t| t.0).as_deref(), Some("关于做好防汛工作的通知"));
    }
}
