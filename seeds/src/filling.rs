//! What the people of the demo write into their plans.

use crate::demo::PeopleFile;
use crate::papers::PapersFile;
use chrono::NaiveDate;
use duban_core::document::content::{Content, Fields, Line, Place};
use duban_core::notice::Notice;
use std::collections::BTreeMap;

/// The first named unit of each task, by the task's position: the lead that a reader would propose.
pub(crate) fn first_named(notice: &Notice) -> BTreeMap<usize, String> {
    let first = |(n, task): (usize, &duban_core::notice::Task)| Some((n, task.units.first()?.name.clone()));
    notice.tasks.iter().enumerate().filter_map(first).collect()
}

/// A drafter at work on a plan.
pub(crate) struct Writer<'a> {
    pub(crate) people: &'a PeopleFile,
    pub(crate) papers: &'a PapersFile,
    pub(crate) unit: &'a str,
    pub(crate) year: i32,
    pub(crate) drafter: &'a str,
    pub(crate) day: NaiveDate,
}

impl Writer<'_> {
    /// Fills in what is missing; `half`: only every other line, and no head.
    pub(crate) fn fill(&self, mut content: Content, half: bool) -> Content {
        let filling = &self.people.filling;
        if !half {
            put(&mut content.head, "aim", &self.say(&filling.aim, ""));
            put(&mut content.head, "dealt_by", self.drafter);
            put(&mut content.head, "dealt_on", &self.day.to_string());
            put(&mut content.head, "dealt_how", &filling.dealt_how);
            put(&mut content.head, "drafter", self.drafter);
            put(&mut content.head, "contact", &filling.contact);
        }
        for (n, line) in content.lines.iter_mut().enumerate() {
            if !(half && n % 2 == 1) {
                self.line(n, line);
            }
        }
        content
    }

    fn line(&self, n: usize, line: &mut Line) {
        let filling = &self.people.filling;
        let number = line.fields.get("number").cloned().unwrap_or_default();
        let title = line.fields.get("title").cloned().unwrap_or_default();
        let measures = self
            .papers
            .measures
            .get(&number)
            .map_or(filling.measures.as_str(), String::as_str);
        put(&mut line.fields, "measures", measures);
        put(&mut line.fields, "target", &self.say(&filling.target, &title));
        for (quarter, text) in ["q1", "q2", "q3", "q4"].into_iter().zip(&filling.quarters) {
            put(&mut line.fields, quarter, text);
        }
        put(&mut line.fields, "standard", &filling.standard);
        if n % 3 == 2 {
            put(&mut line.fields, "rhythm", "continuous");
        } else {
            put(
                &mut line.fields,
                "due_on",
                &format!("{}-12-{:02}", self.year, 10 + n % 15),
            );
        }
        put(&mut line.fields, "leader", self.drafter);
        let sections = &filling.sections;
        put(
            &mut line.fields,
            "section",
            sections.get(n % sections.len().max(1)).map_or("", String::as_str),
        );
        put(&mut line.fields, "person", self.drafter);
        put(&mut line.fields, "contact", &filling.contact);
        for item in &mut line.items {
            let wanted = item.fields.get("wanted").filter(|wanted| !wanted.is_empty());
            let wanted = wanted.cloned().unwrap_or_else(|| "1".to_owned());
            put(&mut item.fields, "base", &nine_tenths(&wanted));
            put(&mut item.fields, "target", &wanted);
            put(&mut item.fields, "counted", &filling.counted);
        }
    }

    fn say(&self, text: &str, title: &str) -> String {
        let year = self.year.to_string();
        text.replace("{unit}", self.unit)
            .replace("{year}", &year)
            .replace("{title}", title)
    }
}

/// Nine tenths of a decimal number with at most one decimal place, as last year's value.
fn nine_tenths(wanted: &str) -> String {
    let value: f64 = wanted.parse().unwrap_or(1.0);
    let text = format!("{:.1}", value * 0.9);
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

/// Only what is not there yet: what the notice gave stays.
fn put(fields: &mut Fields, key: &str, value: &str) {
    let entry = fields.entry(key.to_owned()).or_default();
    if entry.is_empty() {
        value.clone_into(entry);
    }
}

/// The first line's field of this name.
pub(crate) fn place_of(content: &Content, field: &str) -> Option<Place> {
    content.lines.first().map(|line| Place {
        line: Some(line.id),
        item: None,
        field: Some(field.to_owned()),
    })
}

/// The plan with its first completion standard said more precisely.
pub(crate) fn reworked(mut content: Content, standard: &str) -> Content {
    if let Some(line) = content.lines.first_mut() {
        line.fields.insert("standard".to_owned(), standard.to_owned());
    }
    content
}
