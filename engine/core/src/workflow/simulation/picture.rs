//! Load over days as a picture. Words come in as arguments; colours come from the site's sheet.

use crate::picture::{Picture, fit, line, rect, text, text_width};
use chrono::{Datelike, NaiveDate};
use std::collections::BTreeMap;

/// One row: somebody's name and what they did on each day, before and after.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Whose.
    pub name: String,
    /// Acts a day in the run to compare with.
    pub before: BTreeMap<NaiveDate, u32>,
    /// Acts a day in the changed run.
    pub after: BTreeMap<NaiveDate, u32>,
}

/// The words of the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Words {
    /// What the picture is called.
    pub title: String,
    /// What it shows, in a sentence.
    pub description: String,
}

const SIZE: i32 = 12;
const LEFT: i32 = 170;
const ROW: i32 = 48;
const TOP: i32 = 30;
const WIDE: i32 = 900;

/// A band for every row: bars for the changed run, a mark across for the run to compare with. All bands share one
/// scale of days and one of acts.
pub fn load(rows: &[Row], words: &Words) -> String {
    let days = || {
        rows.iter()
            .flat_map(|row| row.before.keys().chain(row.after.keys()))
            .copied()
    };
    let (first, last) = (days().min(), days().max());
    let span = first.zip(last).map_or(1, |(first, last)| (last - first).num_days() + 1);
    let span = i32::try_from(span).unwrap_or(1).max(1);
    let step = ((WIDE - LEFT) / span).clamp(2, 16);
    let most = rows
        .iter()
        .flat_map(|row| row.before.values().chain(row.after.values()))
        .copied();
    let most = i32::try_from(most.max().unwrap_or(1)).unwrap_or(1).max(1);
    let count = i32::try_from(rows.len()).unwrap_or(0);
    let (right, bottom) = (LEFT + span * step, TOP + count * ROW);
    let mut picture = Picture::new(
        "load",
        (right + SIZE * 2, bottom + SIZE),
        &words.title,
        &words.description,
    );
    if let Some(first) = first {
        for (x, day) in (0..span).map(|n| LEFT + n * step).zip(first.iter_days()) {
            if day.day() == 1 || day == first {
                picture.add(line(x, TOP - 6, x, bottom).class("load-month"));
                if day.day() == 1 || first.day() < 20 {
                    let name = format!("{}-{:02}", day.year(), day.month());
                    picture.add(text(x + 2, TOP - SIZE, &name).with("font-size", SIZE));
                }
            }
        }
    }
    for (y, row) in (1..).map(|n| TOP + n * ROW).zip(rows) {
        let name = fit(&row.name, SIZE, LEFT - SIZE);
        let x = LEFT - SIZE / 2 - text_width(&name, SIZE);
        picture.add(text(x, y - 4, &name).with("font-size", SIZE));
        picture.add(line(LEFT, y, right, y).class("load-line"));
        let height = |acts: u32| (ROW - 8) * i32::try_from(acts).unwrap_or(0) / most;
        let place = |day: NaiveDate| {
            let n = first.map_or(0, |first| (day - first).num_days());
            LEFT + i32::try_from(n).unwrap_or(0) * step
        };
        for (day, acts) in &row.after {
            let tall = height(*acts).max(1);
            let bar = rect(place(*day), y - tall, step - 1, tall).class("load-after");
            picture.add(bar.tip(&format!("{day} · {acts}")));
        }
        for (day, acts) in &row.before {
            let level = y - height(*acts).max(1);
            picture.add(line(place(*day), level, place(*day) + step - 1, level).class("load-before"));
        }
    }
    picture.to_svg()
}
