//! The automatic numbers of a DOCX: what stands in front of a paragraph on the printed page but not in its words.

use std::collections::BTreeMap;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::docx::value;

/// One level of a list.
#[derive(Clone, Default)]
struct Level {
    start: u32,
    format: String,
    /// `%1、`: the numbers of the levels with what stands around them.
    text: String,
    /// What stands between the number and the words is nothing.
    tight: bool,
}

#[derive(Default)]
pub(crate) struct Numbering {
    /// Levels of each abstract list.
    shapes: BTreeMap<String, BTreeMap<usize, Level>>,
    /// The abstract list of each list, and levels that start anew.
    lists: BTreeMap<String, (String, BTreeMap<usize, u32>)>,
    /// List and level of a style.
    styles: BTreeMap<String, (String, usize)>,
    /// Last number of each level of each abstract list.
    counts: BTreeMap<String, Vec<Option<u32>>>,
    /// Lists that have begun.
    begun: std::collections::BTreeSet<String>,
}

fn each(xml: &[u8], mut see: impl FnMut(&BytesStart<'_>)) {
    let mut reader = Reader::from_reader(xml);
    while let Ok(event) = reader.read_event() {
        match event {
            Event::Start(tag) | Event::Empty(tag) => see(&tag),
            Event::Eof => break,
            _ => {}
        }
    }
}

impl Numbering {
    pub(crate) fn read(numbering: Option<&[u8]>, styles: Option<&[u8]>) -> Self {
        let mut made = Numbering::default();
        let (mut shape, mut list, mut level) = (String::new(), String::new(), 0_usize);
        let number = |tag: &BytesStart<'_>| value(tag, "val").and_then(|v| v.parse::<u32>().ok());
        each(numbering.unwrap_or_default(), |tag| match tag.local_name().as_ref() {
            b"abstractNum" => {
                shape = value(tag, "abstractNumId").unwrap_or_default();
                list.clear();
            }
            b"num" => list = value(tag, "numId").unwrap_or_default(),
            b"abstractNumId" if !list.is_empty() => {
                let of = value(tag, "val").unwrap_or_default();
                made.lists.insert(list.clone(), (of, BTreeMap::new()));
            }
            b"lvlOverride" => level = value(tag, "ilvl").and_then(|v| v.parse().ok()).unwrap_or(0),
            b"startOverride" => {
                if let Some((_, anew)) = made.lists.get_mut(&list) {
                    anew.insert(level, number(tag).unwrap_or(1));
                }
            }
            b"lvl" if list.is_empty() => {
                level = value(tag, "ilvl").and_then(|v| v.parse().ok()).unwrap_or(0).min(8);
                let fresh = Level {
                    start: 1,
                    ..Level::default()
                };
                made.shapes.entry(shape.clone()).or_default().insert(level, fresh);
            }
            name @ (b"start" | b"numFmt" | b"lvlText" | b"suff") if list.is_empty() => {
                let Some(one) = made.shapes.get_mut(&shape).and_then(|s| s.get_mut(&level)) else {
                    return;
                };
                match name {
                    b"start" => one.start = number(tag).unwrap_or(1),
                    b"numFmt" => one.format = value(tag, "val").unwrap_or_default(),
                    b"lvlText" => one.text = value(tag, "val").unwrap_or_default(),
                    _ => one.tight = value(tag, "val").as_deref() == Some("nothing"),
                }
            }
            _ => {}
        });
        let mut style = String::new();
        let mut level = 0_usize;
        each(styles.unwrap_or_default(), |tag| match tag.local_name().as_ref() {
            b"style" => {
                style = value(tag, "styleId").unwrap_or_default();
                level = 0;
            }
            b"ilvl" => level = value(tag, "val").and_then(|v| v.parse().ok()).unwrap_or(0),
            b"numId" => {
                made.styles
                    .insert(style.clone(), (value(tag, "val").unwrap_or_default(), level));
            }
            _ => {}
        });
        made
    }

    /// The number of the next paragraph in a list, with what follows it.
    pub(crate) fn next(&mut self, list: Option<&str>, level: Option<usize>, style: Option<&str>) -> Option<String> {
        let of_style = style.and_then(|s| self.styles.get(s)).cloned();
        let (list, level) = match (list, of_style) {
            (Some(list), styled) => (list.to_owned(), level.or(styled.map(|s| s.1)).unwrap_or(0)),
            (None, Some((list, of_style))) => (list, level.unwrap_or(of_style)),
            (None, None) => return None,
        };
        let level = level.min(8);
        let (shape, anew) = self.lists.get(&list)?.clone();
        let levels = self.shapes.get(&shape)?;
        let one = levels.get(&level)?;
        let counts = self.counts.entry(shape.clone()).or_insert_with(|| vec![None; 9]);
        if self.begun.insert(list) {
            for (at, start) in &anew {
                if let Some(count) = counts.get_mut(*at) {
                    *count = start.checked_sub(1);
                }
            }
        }
        counts[level] = Some(counts[level].map_or(one.start, |n| n.saturating_add(1)));
        counts[level + 1..].iter_mut().for_each(|c| *c = None);
        if one.format == "bullet" || one.format == "none" {
            return None;
        }
        let mut text = one.text.clone();
        for at in (0..=level).rev() {
            let of = levels.get(&at);
            let count = counts[at].unwrap_or_else(|| of.map_or(1, |l| l.start));
            let format = of.map_or("decimal", |l| l.format.as_str());
            text = text.replace(&format!("%{}", at + 1), &shown(count, format));
        }
        let gap = if one.tight || text.ends_with(['、', '）', '．', '.']) {
            ""
        } else {
            " "
        };
        Some(text + gap)
    }
}

/// A number in a format.
fn shown(n: u32, format: &str) -> String {
    match format {
        f if f.starts_with("chinese")
            || f.starts_with("ideograph")
            || f.starts_with("japanese")
            || f.starts_with("taiwanese") =>
        {
            han(n)
        }
        "decimalEnclosedCircle" | "decimalEnclosedCircleChinese" if (1..=20).contains(&n) => {
            char::from_u32('①' as u32 + n - 1).map(String::from).unwrap_or_default()
        }
        "lowerLetter" | "upperLetter" => {
            let first = if format == "lowerLetter" { 'a' } else { 'A' };
            char::from_u32(first as u32 + n.saturating_sub(1) % 26)
                .map(String::from)
                .unwrap_or_default()
        }
        _ => n.to_string(),
    }
}

/// 1 to 99 as 一 to 九十九; larger numbers in digits.
fn han(n: u32) -> String {
    const DIGITS: [&str; 10] = ["", "一", "二", "三", "四", "五", "六", "七", "八", "九"];
    let digit = |d: u32| DIGITS.get(d as usize).copied().unwrap_or_default();
    match n {
        1..=9 => digit(n).to_owned(),
        10..=19 => format!("十{}", digit(n - 10)),
        20..=99 => format!("{}十{}", digit(n / 10), digit(n % 10)),
        _ => n.to_string(),
    }
}
