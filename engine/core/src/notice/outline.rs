//! The outline: numbered headings and paragraphs, hard line breaks undone, as a list of items with parents.

use super::margins::{is_boilerplate, is_page_number, running};
use super::mark::{Kind, Mark, mark, outranks};
use super::subject;
use super::text::{self, Line, Passage};
use super::unnumbered::{by_units, unnumbered};
use super::words::BULLETS;
use super::wrap::Wrap;

/// A numbered item with its own paragraphs.
#[derive(Debug, Clone)]
pub(crate) struct Item {
    pub mark: Mark,
    pub parent: Option<usize>,
    /// Paragraphs; the first begins with the mark.
    pub blocks: Vec<Passage>,
    /// Length of the title in the first paragraph, from its start, mark included.
    pub title_end: usize,
    /// The title was cut out of a longer sentence.
    pub title_cut: bool,
}

impl Item {
    /// The title without the number.
    pub fn title(&self) -> String {
        self.blocks
            .first()
            .map_or_else(String::new, |b| b.text(b.trim(self.mark.len..self.title_end, &[])))
    }

    /// True if the item is counted as a problem: 问题一：…….
    pub fn tells_a_problem(&self) -> bool {
        let marked = |b: &Passage| text::find(&b.chars, 0..self.mark.len.min(b.len()), "问题").is_some();
        self.blocks.first().is_some_and(marked)
    }

    /// The number and the title, as a section is named.
    pub fn heading(&self) -> String {
        let number = self
            .blocks
            .first()
            .map_or_else(String::new, |b| b.text(b.trim(0..self.mark.len, &[])));
        number + &self.title()
    }
}

/// A line that begins something of its own even without a number: a dash, a bullet, a label, a name in brackets.
fn begins_block(p: &Passage) -> bool {
    let bullet = text::stands(&p.chars, 0, "——") || p.chars.first().is_some_and(|c| *c == '【' || BULLETS.contains(*c));
    let colon = p.chars.iter().take(12).position(|c| *c == '：');
    let slipped = (3..=8.min(p.len())).any(|n| {
        let words = p.text(0..n);
        matches!(p.chars.get(n), Some('；' | '，' | ' ' | '：'))
            && super::label::label(&words)
                .or_else(|| super::label::misprinted(&words))
                .is_some()
    });
    let told = [
        "目标", "措施", "内容", "表现", "举措", "进展", "成效", "标准", "情况", "要求", "进度", "安排",
    ];
    let text = colon.is_some_and(|n| n > 1 && told.iter().any(|e| text::ends(&p.chars, n, e)));
    bullet || slipped || text || colon.is_some_and(|n| super::label::label(&p.text(0..n)).is_some())
}

/// Builds the outline. `lines` come without those a table has taken; `Line::text` may be empty (a blank line).
/// What stands before the first number is left to the head.
pub(crate) fn build(lines: &[Line]) -> Vec<Item> {
    let passages: Vec<(usize, Passage)> = lines
        .iter()
        .enumerate()
        .map(|(i, l)| (i, Passage::of(l)))
        .filter(|(_, p)| !is_boilerplate(&p.chars))
        .collect();
    let again = running(&passages);
    let passages: Vec<(usize, Passage)> = passages
        .into_iter()
        .zip(again)
        .filter(|(_, again)| !again)
        .map(|(p, _)| p)
        .collect();
    let wrap = Wrap::of(&passages);
    let mut builder = Builder {
        items: Vec::new(),
        stack: Vec::new(),
        last: [const { None }; 17],
    };
    let mut previous: Option<&Passage> = None;
    let mut blank = true;
    let mut depth = 0_i32;
    let mut paged = false;
    for (_, passage) in &passages {
        if passage.len() == 0 {
            blank = true;
            continue;
        }
        if is_page_number(&passage.chars) || passage.len() <= 3 && passage.chars.iter().all(char::is_ascii_digit) {
            paged = true;
            continue;
        }
        let open = depth > 0;
        // The blank lines around a page number end no paragraph.
        let joined = !blank || open || paged;
        let turned = std::mem::take(&mut paged);
        // A list of names goes on over the end of a page, however short its last line is.
        let listed = turned && builder.in_label() && !begins_block(passage);
        let continues = previous.is_some_and(|line| joined && (listed || wrap.goes_on(line, passage, open)));
        // 由市公路局为 / 牵头单位: what looks like a label is the end of a sentence.
        let hanging = previous.is_some_and(|line| matches!(line.chars.last(), Some('为' | '由' | '是')));
        let mark = mark_of(&passage.chars).filter(|m| !continues || builder.expects(m));
        match mark {
            Some(mut mark) => {
                depth = 0;
                // 3.县教育局：落实……: the title begins behind the names.
                if let Some((_, words)) = subject::prefix(passage) {
                    mark.len = words;
                }
                builder.start(mark, passage.clone());
            }
            // 任务序号：1 / 反馈问题：……: the title stands behind the next label.
            None if builder.untitled() => builder.entitle(passage),
            None if continues && (open || hanging || !begins_block(passage)) => builder.extend(passage),
            None => {
                depth = 0;
                builder.push(passage.clone());
            }
        }
        for c in &passage.chars {
            match c {
                '（' => depth += 1,
                '）' => depth = (depth - 1).max(0),
                // An open bracket reaches to the end of its sentence at most.
                '。' => depth = 0,
                _ => {}
            }
        }
        previous = Some(passage);
        blank = false;
    }
    let mut items = if builder.items.is_empty() {
        by_units(lines)
    } else {
        unnumbered(builder.items)
    };
    if let Some(last) = items.last_mut() {
        sign_off(&mut last.blocks);
    }
    for item in &mut items {
        cut_title(item);
    }
    items
}

/// The number in front of a line, a star before 行动一： included.
fn mark_of(chars: &[char]) -> Option<Mark> {
    let stars = chars.iter().take_while(|c| **c == ' ' || BULLETS.contains(**c)).count();
    if stars == 0 {
        return mark(chars);
    }
    mark(&chars[stars..]).filter(|m| m.kind == Kind::Named).map(|mut m| {
        m.len += stars;
        m
    })
}

/// Paragraphs of a text without numbers, hard line breaks undone.
pub(crate) fn paragraphs(lines: &[Line]) -> Vec<Passage> {
    let passages: Vec<(usize, Passage)> = lines.iter().map(Passage::of).enumerate().collect();
    let wrap = Wrap::of(&passages);
    let mut done: Vec<Passage> = Vec::new();
    let mut previous: Option<&Passage> = None;
    for (_, passage) in passages
        .iter()
        .filter(|(_, p)| !is_boilerplate(&p.chars) && !is_page_number(&p.chars))
    {
        match (previous, done.last_mut()) {
            (Some(line), Some(last)) if passage.len() > 0 && wrap.goes_on(line, passage, false) => last.append(passage),
            _ => done.push(passage.clone()),
        }
        previous = Some(passage);
    }
    done
}

/// Drops what stands below the last item without belonging to it: the signature, the date, copies.
fn sign_off(blocks: &mut Vec<Passage>) {
    let mut dated = false;
    while blocks.len() > 1
        && let Some(last) = blocks.last()
    {
        let words = last.trim(0..last.len(), &['（', '）']);
        let date = super::day::full_date(&last.chars[..words.end], words.start).is_some();
        let aside = ["抄送", "附件", "此件", "请各", "特此", "联系人", "联系电话", "专此"]
            .iter()
            .any(|w| text::stands(&last.chars, words.start, w))
            || text::ends(&last.chars, words.end, "印发");
        let name = dated && super::name::looks_like_unit(&last.chars[words]);
        if !(date || aside || name) {
            return;
        }
        dated |= date;
        blocks.pop();
    }
}

struct Builder {
    items: Vec<Item>,
    /// Open items, outermost first.
    stack: Vec<usize>,
    /// Last value of each kind of number.
    last: [Option<u32>; 17],
}

fn slot(kind: Kind) -> usize {
    match kind {
        Kind::Part => 0,
        Kind::Node => 1,
        Kind::Article => 2,
        Kind::Han => 3,
        Kind::HanBracket => 4,
        Kind::Arabic => 5,
        Kind::ArabicBracket => 6,
        Kind::Circled => 7,
        Kind::HanIs => 8,
        Kind::Named => 9,
        Kind::Decimal(depth) => 10 + usize::from(depth.min(6)),
    }
}

impl Builder {
    /// True if the number is the next of its kind or starts anew: then it is one even in the middle of a wrapped line.
    fn expects(&self, mark: &Mark) -> bool {
        match self.last[slot(mark.kind)] {
            Some(last) => mark.value == last + 1 || (mark.value == 1 && mark.kind != Kind::Arabic),
            None => mark.value == 1,
        }
    }

    fn start(&mut self, mark: Mark, passage: Passage) {
        // A kind that is already open closes everything below it; a new kind opens below.
        let same = self.stack.iter().position(|i| self.items[*i].mark.kind == mark.kind);
        let wider = self
            .stack
            .iter()
            .position(|i| outranks(mark.kind, self.items[*i].mark.kind));
        match (same, wider) {
            (Some(at), _) => self.stack.truncate(at),
            (None, Some(at)) => self.stack.truncate(at),
            (None, None) => {}
        }
        self.last[slot(mark.kind)] = Some(mark.value);
        let parent = self.stack.last().copied();
        self.stack.push(self.items.len());
        self.items.push(Item {
            mark,
            parent,
            blocks: vec![passage],
            title_end: 0,
            title_cut: false,
        });
    }

    /// True if the last item has nothing but its number.
    fn untitled(&self) -> bool {
        self.items
            .last()
            .is_some_and(|i| i.blocks.len() == 1 && i.mark.kind == Kind::Named && i.mark.len >= i.blocks[0].len())
    }

    /// Gives the last item its title: the words behind a label of what it is.
    fn entitle(&mut self, passage: &Passage) {
        let ends = ["问题", "任务", "项目", "事项", "名称", "内容", "表现"];
        let colon = passage.chars.iter().take(9).position(|c| *c == '：');
        let label = colon.filter(|n| ends.iter().any(|e| text::ends(&passage.chars, *n, e)));
        let Some(item) = self.items.last_mut() else { return };
        if let Some(block) = item.blocks.last_mut() {
            let from = block.len();
            block.append(passage);
            item.mark.len = from + label.map_or(0, |n| n + 1);
        }
    }

    /// True if the last paragraph is a label with words that have not come to a full stop.
    fn in_label(&self) -> bool {
        self.items.last().and_then(|i| i.blocks.last()).is_some_and(|b| {
            let colon = b.chars.iter().take(12).position(|c| *c == '：');
            let labelled = colon.is_some_and(|n| super::label::label(&b.text(0..n)).is_some());
            labelled && !b.chars.last().is_some_and(|c| text::is_stop(*c))
        })
    }

    fn push(&mut self, passage: Passage) {
        if let Some(item) = self.items.last_mut() {
            item.blocks.push(passage);
        }
    }

    fn extend(&mut self, passage: &Passage) {
        if let Some(block) = self.items.last_mut().and_then(|i| i.blocks.last_mut()) {
            block.append(passage);
        }
    }
}

/// Finds where the title of an item ends: at the first full stop, at a bracket that assigns, at a colon before words,
/// or at the first comma of a sentence too long to be a title.
pub(super) fn cut_title(item: &mut Item) {
    const LONG: usize = 36;
    let Some(block) = item.blocks.first() else { return };
    let start = item.mark.len.min(block.len());
    let assigns = super::assignment::find(&block.part(start..block.len().min(start + 400)), None);
    let strong = assigns.iter().find(|f| !f.sentence).map(|f| f.range.start + start);
    let limit = strong.unwrap_or(block.len());
    let mut end = (start..limit)
        .find(|&i| matches!(block.chars[i], '。' | '！' | '；' | '\n'))
        .unwrap_or(limit);
    if let Some(colon) = (start..end).find(|&i| block.chars[i] == '：') {
        end = colon;
    }
    if let Some(dash) = (start + 4..end).find(|&i| text::stands(&block.chars, i, "——")) {
        end = dash;
    }
    // 1.加强管理 全面落实……: a space after a short run of words ends a title.
    if let Some(space) = (start + 4..end).find(|&i| block.chars[i] == ' ')
        && space - start <= 24
        && end - space > 12
    {
        end = space;
    }
    let mut cut = false;
    let point = item.mark.kind == Kind::HanIs && assigns.iter().any(|f| !f.sentence);
    if (end - start > LONG || point)
        && let Some(comma) = (start + 4..end).find(|&i| block.chars[i] == '，')
    {
        end = comma;
        cut = !point;
    }
    item.title_cut = cut;
    item.title_end = end;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn titles(s: &str) -> Vec<(String, String, Option<usize>)> {
        build(&text::lines(s))
            .into_iter()
            .map(|i| (i.mark.number.clone(), i.title(), i.parent))
            .collect()
    }

    #[test]
    fn items_nest_and_number_on() {
        let got = titles("一、总则\n（一）水\n1.清淤。内容。\n2.绿化。内容。\n（二）路\n3.修路。内容。\n二、保障\n");
        assert_eq!(got[2], ("1".into(), "清淤".into(), Some(1)));
        assert_eq!(got[5], ("3".into(), "修路".into(), Some(4)));
        assert_eq!(got[6], ("二".into(), "保障".into(), None));
    }

    #[test]
    fn hard_breaks_are_undone() {
        let got = build(&text::lines(
            "一、任务\n1.清淤工作。对全区十二条\n河道开展清淤（区水\n务局、区财政局负责）\n2.绿化。种树。",
        ));
        assert_eq!(got[1].blocks.len(), 1);
        assert!(got[1].blocks[0].text(0..200).contains("区水务局"));
        assert_eq!(got[2].title(), "绿化");
    }
}
