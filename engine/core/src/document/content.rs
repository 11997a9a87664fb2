//! What a document contains: a head of fields, lines with fields, and items under each line.
//!
//! Values are kept as the person typed them. The document type's [`super::field::FieldSpec`]s say how to read
//! them; saving never refuses, submitting does.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Field key → the text as typed. A missing key and an empty text mean the same: nothing was entered.
pub type Fields = BTreeMap<String, String>;

/// The content of a document at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// The document's own fields.
    #[serde(default)]
    pub head: Fields,
    /// Its lines in the order of the document.
    #[serde(default)]
    pub lines: Vec<Line>,
}

/// One line: for a plan, what a unit does about one task; for a report, about one finding.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// Stable within the document for ever; never reused.
    pub id: u32,
    /// The task (plan) or finding (report) the line answers; none for a line the unit added itself.
    pub source: Option<i64>,
    /// The line's fields.
    #[serde(default)]
    pub fields: Fields,
    /// For a plan: one item per indicator. For a report: one per measure.
    #[serde(default)]
    pub items: Vec<Item>,
}

/// One row under a line.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Item {
    /// Stable within the document for ever; never reused.
    pub id: u32,
    /// The indicator it answers, if it answers one of the notice's.
    pub source: Option<i64>,
    /// The item's fields.
    #[serde(default)]
    pub fields: Fields,
}

/// A place inside a document, as reasons, marks and differences name it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Place {
    /// The line, or none for the head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The item under the line, if it is about one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
    /// The field, or none for the whole line, item or document.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

impl Content {
    /// The text of the field at `place`; empty when there is none.
    pub fn text(&self, place: &Place) -> &str {
        let fields = match (place.line, place.item) {
            (None, _) => Some(&self.head),
            (Some(line), None) => self.line(line).map(|l| &l.fields),
            (Some(line), Some(item)) => self
                .line(line)
                .and_then(|l| l.items.iter().find(|i| i.id == item))
                .map(|i| &i.fields),
        };
        match (fields, &place.field) {
            (Some(fields), Some(key)) => fields.get(key).map_or("", String::as_str),
            _ => "",
        }
    }

    /// The line with this id.
    pub fn line(&self, id: u32) -> Option<&Line> {
        self.lines.iter().find(|line| line.id == id)
    }

    /// The next id that no line or item has had (ids of both come from one row of numbers).
    pub fn next_id(&self) -> u32 {
        let lines = self.lines.iter().map(|line| line.id);
        let items = self.lines.iter().flat_map(|line| line.items.iter().map(|item| item.id));
        lines.chain(items).max().unwrap_or(0) + 1
    }
}
