//! Document types as data: which fields a head, a line and an item have, and what each must hold.
//!
//! Labels are locale keys, `field.<type>.<part>.<key>`; choices are `choice.<type>.<key>.<option>`. No page knows a
//! field by name: it renders what stands here.

use super::content::{Content, Item, Line};
use super::{annual_plan, rectification};
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// What a field holds and how it is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// One line of text.
    Text,
    /// Several lines of text.
    LongText,
    /// A civil date, `YYYY-MM-DD`.
    Date,
    /// A decimal number.
    Decimal,
    /// One of these codes.
    Choice(&'static [&'static str]),
    /// The name of a person.
    Person,
    /// How to reach somebody: telephone number or address.
    Contact,
}

/// When a field must be filled in before the paper may be submitted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Need {
    /// Always.
    Always,
    /// Never.
    Optional,
    /// At least one of the fields that carry the same word.
    OneOf(&'static str),
    /// When the field `field` beside it holds `is`.
    When {
        /// The key of the field beside it.
        field: &'static str,
        /// The value that makes this one necessary.
        is: &'static str,
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FieldSpec {
    /// Its key, unique within its part.
    pub key: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// When it must be filled in.
    pub need: Need,
    /// The group by which stages permit editing.
    pub group: &'static str,
    /// The longest text it takes, in characters.
    pub max: usize,
    /// True when a line or item that answers something (a task, a finding, an indicator) takes it from there and
    /// nobody types it; in a line or item the unit added itself it is typed.
    pub given: bool,
}

impl FieldSpec {
    /// A field that may stay empty, of group `plan`, typed by the drafter.
    pub(super) const fn new(key: &'static str, kind: Kind) -> Self {
        let max = match kind {
            Kind::Text => 200,
            Kind::LongText => 4000,
            Kind::Date => 10,
            Kind::Decimal | Kind::Choice(_) => 40,
            Kind::Person => 100,
            Kind::Contact => 100,
        };
        Self {
            key,
            kind,
            need: Need::Optional,
            group: "plan",
            max,
            given: false,
        }
    }

    /// The same field with this need.
    pub(super) const fn need(mut self, need: Need) -> Self {
        self.need = need;
        self
    }

    /// The same field in this group.
    pub(super) const fn group(mut self, group: &'static str) -> Self {
        self.group = group;
        self
    }

    /// The same field, given by the source.
    pub(super) const fn given(mut self) -> Self {
        self.given = true;
        self
    }

    /// The same field with this longest text, in characters.
    pub(super) const fn max(mut self, max: usize) -> Self {
        self.max = max;
        self
    }

    /// True when `group` is among `groups`.
    pub fn is_in(&self, groups: &[&str]) -> bool {
        groups.contains(&self.group)
    }
}

/// A kind of paper.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DocumentType {
    /// Its code, as definitions, tables and locale keys name it.
    pub code: &'static str,
    /// The fields of its head.
    pub head: &'static [FieldSpec],
    /// The fields of each line.
    pub line: &'static [FieldSpec],
    /// The fields of each item.
    pub item: &'static [FieldSpec],
    /// The groups of fields, in the order in which they are filled in during the document's life.
    pub groups: &'static [&'static str],
    /// The group whose writer also adds, removes and moves lines and items.
    pub shape: &'static str,
    /// True when a unit may add lines that answer nothing of the source.
    pub own_lines: bool,
    /// True when a unit may add items of its own.
    pub own_items: bool,
    /// How many items every line needs at least.
    pub least_items: usize,
}

/// All document types.
pub const DOCUMENT_TYPES: &[DocumentType] = &[annual_plan::TYPE, rectification::TYPE];

/// The most lines a document takes.
pub const MOST_LINES: usize = 200;
/// The most items a line takes.
pub const MOST_ITEMS: usize = 60;

/// The document type with this code.
pub fn document_type(code: &str) -> Option<&'static DocumentType> {
    DOCUMENT_TYPES.iter().find(|kind| kind.code == code)
}

impl DocumentType {
    /// The fields of a part.
    pub fn fields(&self, part: Part) -> &'static [FieldSpec] {
        match part {
            Part::Head => self.head,
            Part::Line => self.line,
            Part::Item => self.item,
        }
    }

    /// The field with this key in a part.
    pub fn field(&self, part: Part, key: &str) -> Option<&'static FieldSpec> {
        self.fields(part).iter().find(|spec| spec.key == key)
    }

    /// The locale key of a field's label.
    pub fn label(&self, part: Part, key: &str) -> String {
        format!("field.{}.{}.{key}", self.code, part.code())
    }

    /// The locale key of a choice's option.
    pub fn option_label(&self, part: Part, key: &str, option: &str) -> String {
        format!("choice.{}.{}.{key}.{option}", self.code, part.code())
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
    let touched = has_needed_text(kind.head, &content.head, false, groups);
    progress(touched, problems)
}

/// How far a line has come, counting only fields of `groups`.
pub fn line_progress(kind: &DocumentType, line: &Line, groups: &[&str]) -> Progress {
    let problems = super::validate::line(kind, line, groups).len();
    let touched = has_needed_text(kind.line, &line.fields, line.source.is_some(), groups);
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
        .any(|spec| fields.get(spec.key).is_some_and(|text| !text.trim().is_empty()))
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
        for kind in DOCUMENT_TYPES {
            for part in [Part::Head, Part::Line, Part::Item] {
                let keys: BTreeSet<_> = kind.fields(part).iter().map(|spec| spec.key).collect();
                assert_eq!(keys.len(), kind.fields(part).len(), "{} {}", kind.code, part.code());
                for spec in kind.fields(part) {
                    assert!(kind.groups.contains(&spec.group), "{} of {}", spec.key, kind.code);
                    if let Need::When { field, is } = spec.need {
                        let Some(other) = kind.field(part, field) else {
                            panic!("{} needs {field}", spec.key)
                        };
                        assert!(matches!(other.kind, Kind::Choice(options) if options.contains(&is)));
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
