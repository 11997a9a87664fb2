//! A content in reading order, as text.

use super::fields::{TextView, texts};
use duban_core::document::content::{Content, Item, Line};
use duban_core::document::field::{DocumentType, FORM, Part};
use serde::Serialize;

/// A content in reading order.
#[derive(Debug, Serialize)]
pub struct ReadingView {
    head: Vec<TextView>,
    lines: Vec<LineView>,
}

/// One line.
#[derive(Debug, Serialize)]
pub struct LineView {
    /// Its number in the document.
    pub id: u32,
    number: String,
    title: String,
    role: String,
    own: bool,
    fields: Vec<TextView>,
    items: Vec<ItemView>,
    item_heads: Vec<String>,
    edit: String,
}

/// One item.
#[derive(Debug, Serialize)]
pub struct ItemView {
    cells: Vec<TextView>,
}

/// Keys shown in a line's heading and not among its fields.
const IN_HEADING: [&str; 3] = ["number", "title", "role"];

/// `content` as text. `groups` are those whose empty fields are shown as missing; `edit` is the address of the
/// editors, or empty.
pub fn view(kind: &DocumentType, content: &Content, groups: &[&str], edit: &str) -> ReadingView {
    ReadingView {
        head: texts(kind, Part::Head, &content.head, false, groups),
        lines: content
            .lines
            .iter()
            .map(|each| line(kind, each, groups, edit))
            .collect(),
    }
}

/// One line as text.
pub fn line(kind: &DocumentType, line: &Line, groups: &[&str], edit: &str) -> LineView {
    let mut fields = texts(kind, Part::Line, &line.fields, line.source.is_some(), groups);
    let heading = kind.line.first().map_or("", |spec| spec.key.as_str());
    let plain = kind.code == FORM;
    fields.retain(|field| !(IN_HEADING.contains(&field.key.as_str()) || plain && field.key == heading));
    let role = line.field("role");
    let known_role = kind.field(Part::Line, "role").is_some() && !role.is_empty();
    LineView {
        id: line.id,
        number: line.field("number").to_owned(),
        title: kind.heading(line).to_owned(),
        role: if known_role {
            kind.option_label(Part::Line, "role", role)
        } else {
            String::new()
        },
        own: line.source.is_none() && !plain,
        fields,
        item_heads: kind.item.iter().map(|spec| kind.label(Part::Item, &spec.key)).collect(),
        items: line.items.iter().map(|each| item(kind, each)).collect(),
        edit: if edit.is_empty() {
            String::new()
        } else {
            format!("{edit}/lines/{}", line.id)
        },
    }
}

fn item(kind: &DocumentType, item: &Item) -> ItemView {
    ItemView {
        cells: kind
            .item
            .iter()
            .map(|spec| super::fields::text_view(kind, Part::Item, spec, item.field(&spec.key)))
            .collect(),
    }
}
