//! Document types as data: which fields a head, a line and an item have, and what each must hold.
//!
//! Two types are part of the program ([`document_type`]); every other one comes with the workflow definition that
//! carries it ([`crate::workflow::form`]). Both are the same values, and nobody who renders or checks a paper can tell
//! them apart.
//!
//! Labels are locale keys, `field.<vocabulary>.<part>.<key>`; choices are `choice.<vocabulary>.<part>.<key>.<option>`.
//! No page knows a field by name: it renders what stands here. The words of a type that comes with a definition stand
//! in the definition ([`DocumentType::words`]) and join the locale texts under these keys when it is loaded.

use super::content::{Content, Item, Line};
pub use super::limits::Limits;
use super::{annual_plan, rectification};
use crate::workflow::Text;
use chrono::NaiveDate;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a field holds and how it is read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// One line of text.
    Text,
    /// Several lines of text.
    LongText,
    /// A civil date, `YYYY-MM-DD`.
    Date,
    /// A decimal number.
    Decimal,
    /// A whole number.
    Integer,
    /// One of these codes.
    Choice(Vec<String>),
    /// One of [`YES_NO`].
    YesNo,
    /// The name of a person.
    Person,
    /// How to reach somebody: telephone number or address.
    Contact,
    /// The name of a unit, or another name it goes by.
    Unit,
}

/// The codes that a field of yes or no holds.
pub const YES_NO: [&str; 2] = ["yes", "no"];

impl Kind {
    /// A choice of these codes.
    pub(super) fn choice(options: &[&str]) -> Self {
        Self::Choice(options.iter().map(|code| (*code).to_owned()).collect())
    }

    /// The codes that a field of this kind may hold, where there is only a choice.
    pub fn options(&self) -> Option<Vec<&str>> {
        match self {
            Self::Choice(codes) => Some(codes.iter().map(String::as_str).collect()),
            Self::YesNo => Some(YES_NO.to_vec()),
            _ => None,
        }
    }

    /// The stable code, as definitions name it.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::LongText => "long_text",
            Self::Date => "date",
            Self::Decimal => "decimal",
            Self::Integer => "integer",
            Self::Choice(_) => "choice",
            Self::YesNo => "yes_no",
            Self::Person => "person",
            Self::Contact => "contact",
            Self::Unit => "unit",
        }
    }

    /// The longest text that a field of this kind takes unless it says otherwise, in characters.
    fn longest(&self) -> usize {
        match self {
            Self::Text | Self::Unit => 200,
            Self::LongText => 4000,
            Self::Date => 10,
            Self::Decimal | Self::Integer | Self::Choice(_) | Self::YesNo => 40,
            Self::Person | Self::Contact => 100,
        }
    }
}

/// When a field must be filled in before the paper may be submitted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Need {
    /// Always.
    Always,
    /// Never.
    Optional,
    /// At least one of the fields that carry the same word.
    OneOf(String),
    /// When the field `field` beside it holds `is`.
    When {
        /// The key of the field beside it.
        field: String,
        /// The value that makes this one necessary.
        is: String,
    },
}

/// Where in a document a field stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The document's own fields.
    Head,
    /// The fields of every line.
    Line,
    /// The fields of every item under a line.
    Item,
}

impl Part {
    /// The word used for it in locale keys.
    pub fn code(self) -> &'static str {
        match self {
            Self::Head => "head",
            Self::Line => "line",
            Self::Item => "item",
        }
    }
}

/// One field.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FieldSpec {
    /// Its key, unique within its part.
    pub key: String,
    /// What it holds.
    pub kind: Kind,
    /// When it must be filled in.
    pub need: Need,
    /// The group by which stages permit editing and hide.
    pub group: String,
    /// The longest text it takes, in characters.
    pub max: usize,
    /// The values it may lie between.
    pub limits: Limits,
    /// True when a line or item that answers something (a task, a finding, an indicator) takes it from there and
    /// nobody types it; in a line or item the unit added itself it is typed.
    pub given: bool,
}

impl FieldSpec {
    /// A field that may stay empty, of group `plan`, typed by the drafter.
    pub fn new(key: &str, kind: Kind) -> Self {
        Self {
            key: key.to_owned(),
            max: kind.longest(),
            kind,
            need: Need::Optional,
            group: "plan".to_owned(),
            limits: Limits::None,
            given: false,
        }
    }

    /// The same field with this need.
    pub(super) fn need(mut self, need: Need) -> Self {
        self.need = need;
        self
    }

    /// The same field in this group.
    pub(super) fn group(mut self, group: &str) -> Self {
        self.group = group.to_owned();
        self
    }

    /// The same field, given by the source.
    pub(super) fn given(mut self) -> Self {
        self.given = true;
        self
    }

    /// The same field with this longest text, in characters.
    pub(super) fn max(mut self, max: usize) -> Self {
        self.max = max;
        self
    }

    /// True when its group is among `groups`.
    pub fn is_in(&self, groups: &[&str]) -> bool {
        groups.contains(&self.group.as_str())
    }
}

/// A kind of paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DocumentType {
    /// Its code, as definitions, tables and locale keys name it; [`FORM`] for every type that comes with a definition.
    pub code: String,
    /// The part of its locale keys that tells it from all others.
    pub vocabulary: String,
    /// The fields of its head.
    pub head: Vec<FieldSpec>,
    /// The fields of each line.
    pub line: Vec<FieldSpec>,
    /// The fields of each item.
    pub item: Vec<FieldSpec>,
    /// The groups of fields, in the order in which they are filled in during the document's life.
    pub groups: Vec<String>,
    /// The group whose writer also adds, removes and moves lines and items.
    pub shape: String,
    /// True when a unit may add lines that answer nothing of the source.
    pub own_lines: bool,
    /// True when a unit may add items of its own.
    pub own_items: bool,
    /// How many lines it needs at least.
    pub least_lines: usize,
    /// How many items every line needs at least.
    pub least_items: usize,
    /// Its words by locale key, for a type that comes with a definition.
    pub words: BTreeMap<String, Text>,
}

/// The code of every document type that comes with a workflow definition.
pub const FORM: &str = "form";

/// The document types that are part of the program.
pub fn document_types() -> [&'static DocumentType; 2] {
    [&annual_plan::TYPE, &rectification::TYPE]
}

/// The codes of all document types, as tables, delegations and locale keys (`document_type.<code>`) name them.
pub fn document_type_codes() -> Vec<&'static str> {
    let own = document_types().into_iter().map(|kind| kind.code.as_str());
    own.chain([FORM]).collect()
}

/// The most lines a document takes.
pub const MOST_LINES: usize = 200;
/// The most items a line takes.
pub const MOST_ITEMS: usize = 60;

/// The document type of the program with this code.
pub fn document_type(code: &str) -> Option<&'static DocumentType> {
    document_types().into_iter().find(|kind| kind.code == code)
}

impl DocumentType {
    /// The fields of a part.
    pub fn fields(&self, part: Part) -> &[FieldSpec] {
        match part {
            Part::Head => &self.head,
            Part::Line => &self.line,
            Part::Item => &self.item,
        }
    }

    /// The field with this key in a part.
    pub fn field(&self, part: Part, key: &str) -> Option<&FieldSpec> {
        self.fields(part).iter().find(|spec| spec.key == key)
    }

    /// All its groups.
    pub fn groups(&self) -> Vec<&str> {
        self.groups.iter().map(String::as_str).collect()
    }

    /// True when it has lines.
    pub fn has_lines(&self) -> bool {
        !self.line.is_empty()
    }

    /// The locale key of a field's label.
    pub fn label(&self, part: Part, key: &str) -> String {
        format!("field.{}.{}.{key}", self.vocabulary, part.code())
    }

    /// The locale key of a field's hint, which not every field has.
    pub fn hint(&self, part: Part, key: &str) -> String {
        format!("field_hint.{}.{}.{key}", self.vocabulary, part.code())
    }

    /// The locale key of a choice's option.
    pub fn option_label(&self, part: Part, key: &str, option: &str) -> String {
        match self.field(part, key).map(|spec| &spec.kind) {
            Some(Kind::YesNo) => format!("choice.yes_no.{option}"),
            _ => format!("choice.{}.{}.{key}.{option}", self.vocabulary, part.code()),
        }
    }

    /// What a line is called: its title, or the first thing that stands in it.
    pub fn heading<'l>(&self, line: &'l Line) -> &'l str {
        let title = self.field(Part::Line, "title").or_else(|| self.line.first());
        title.map_or("", |spec| line.field(&spec.key))
    }

    /// The content without the fields of these groups.
    pub fn without(&self, mut content: Content, groups: &[&str]) -> Content {
        if groups.is_empty() {
            return content;
        }
        let keep = |part: Part, fields: &mut super::content::Fields| {
            fields.retain(|key, _| self.field(part, key).is_none_or(|spec| !spec.is_in(groups)));
        };
        keep(Part::Head, &mut content.head);
        for line in &mut content.lines {
            keep(Part::Line, &mut line.fields);
            for item in &mut line.items {
                keep(Part::Item, &mut item.fields);
            }
        }
        content
    }

    /// `content` with the fields of these groups as they are in `before`: what somebody does not see they do not
    /// change.
    pub fn keeping(&self, mut content: Content, before: &Content, groups: &[&str]) -> Content {
        let keep = |part: Part, fields: &mut super::content::Fields, old: &super::content::Fields| {
            for spec in self.fields(part).iter().filter(|spec| spec.is_in(groups)) {
                match old.get(&spec.key) {
                    Some(text) => fields.insert(spec.key.clone(), text.clone()),
                    None => fields.remove(&spec.key),
                };
            }
        };
        keep(Part::Head, &mut content.head, &before.head);
        let (no_line, no_item) = (Line::default(), Item::default());
        for line in &mut content.lines {
            let old = before.line(line.id).unwrap_or(&no_line);
            keep(Part::Line, &mut line.fields, &old.fields);
            for item in &mut line.items {
                let old = old.items.iter().find(|old| old.id == item.id).unwrap_or(&no_item);
                keep(Part::Item, &mut item.fields, &old.fields);
            }
        }
        content
    }
}

/// How far a line has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Progress {
    /// Nothing that must be typed has been typed.
    NotStarted,
    /// Something is typed and this many problems are left.
    Filling(usize),
    /// Nothing is left.
    Done,
}

/// How far the head has come, counting only fields of `groups`.
pub fn head_progress(kind: &DocumentType, content: &Content, groups: &[&str]) -> Progress {
    let problems = super::validate::head(kind, content, groups).len();
    let touched = has_needed_text(&kind.head, &content.head, false, groups);
    progress(touched, problems)
}

/// How far a line has come, counting only fields of `groups`.
pub fn line_progress(kind: &DocumentType, line: &Line, groups: &[&str]) -> Progress {
    let problems = super::validate::line(kind, line, groups).len();
    let touched = has_needed_text(&kind.line, &line.fields, line.source.is_some(), groups);
    progress(touched, problems)
}

fn progress(touched: bool, problems: usize) -> Progress {
    match (touched, problems) {
        (_, 0) => Progress::Done,
        (false, _) => Progress::NotStarted,
        (true, left) => Progress::Filling(left),
    }
}

fn has_needed_text(specs: &[FieldSpec], fields: &super::content::Fields, sourced: bool, groups: &[&str]) -> bool {
    specs
        .iter()
        .filter(|spec| spec.is_in(groups) && spec.need == Need::Always && !(spec.given && sourced))
        .any(|spec| fields.get(&spec.key).is_some_and(|text| !text.trim().is_empty()))
}

/// Reads a decimal as people type one: full-width digits, thousands separators and blanks are understood.
pub fn read_decimal(text: &str) -> Option<Decimal> {
    let plain: String = text
        .trim()
        .chars()
        .map(narrow)
        .filter(|c| !matches!(c, ',' | ' '))
        .collect();
    plain.parse().ok()
}

/// Reads a civil date: `2026-03-31`, `2026/3/31`, `2026.3.31` or `2026年3月31日`.
pub fn read_date(text: &str) -> Option<NaiveDate> {
    let plain: String = text.trim().chars().map(narrow).collect();
    let plain = plain.trim_end_matches('日');
    let mut parts = plain.split(['-', '/', '.', '年', '月']);
    let (year, month, day) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() || year.len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// A full-width digit, sign or point as its plain form.
fn narrow(c: char) -> char {
    match c {
        '０'..='９' | '．' | '，' | '－' | '／' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '\u{3000}' => ' ',
        other => other,
    }
}

/// The text of a field, trimmed; empty when there is none.
pub(super) fn text<'a>(fields: &'a super::content::Fields, key: &str) -> &'a str {
    fields.get(key).map_or("", |text| text.trim())
}

impl Line {
    /// The text of a field, trimmed; empty when there is none.
    pub fn field(&self, key: &str) -> &str {
        text(&self.fields, key)
    }
}

impl Item {
    /// The text of a field, trimmed; empty when there is none.
    pub fn field(&self, key: &str) -> &str {
        text(&self.fields, key)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn keys_are_unique_and_groups_are_known() {
        for kind in document_types() {
            for part in [Part::Head, Part::Line, Part::Item] {
                let keys: BTreeSet<_> = kind.fields(part).iter().map(|spec| &spec.key).collect();
                assert_eq!(keys.len(), kind.fields(part).len(), "{} {}", kind.code, part.code());
                for spec in kind.fields(part) {
                    assert!(kind.groups.contains(&spec.group), "{} of {}", spec.key, kind.code);
                    if let Need::When { field, is } = &spec.need {
                        let Some(other) = kind.field(part, field) else {
                            panic!("{} needs {field}", spec.key)
                        };
                        assert!(matches!(&other.kind, Kind::Choice(options) if options.contains(is)));
                    }
                }
            }
            assert!(kind.groups.contains(&kind.shape));
        }
    }

    #[test]
    fn numbers_and_dates_are_read_as_people_type_them() {
        for (typed, read) in [
            ("98.5", "98.5"),
            (" １２，０００ ", "12000"),
            ("-3", "-3"),
            ("1,200.50", "1200.50"),
        ] {
            assert_eq!(read_decimal(typed), read.parse().ok(), "{typed}");
        }
        for typed in ["", "约30", "30家", "九十"] {
            assert_eq!(read_decimal(typed), None, "{typed}");
        }
        let day = NaiveDate::from_ymd_opt(2026, 3, 31);
        for typed in [
            "2026-03-31",
            "2026/3/31",
            "2026.3.31",
            "2026年3月31日",
            "２０２６－３－３１",
        ] {
            assert_eq!(read_date(typed), day, "{typed}");
        }
        for typed in ["", "2026-02-30", "26-3-31", "2026-03", "2026-03-31-1", "三月底"] {
            assert_eq!(read_date(typed), None, "{typed}");
        }
    }
}
