//! What changed between two versions of a definition, part by part.

use duban_core::picture::{Picture, fit, group, line, rect, text};
use duban_core::workflow::{Definition, StageId, Text};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// How a part changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// It is new.
    Added,
    /// It is gone.
    Removed,
    /// It says something else.
    Changed,
}

/// One change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Change {
    /// How.
    pub kind: Kind,
    /// The stage or end it is in; none for what concerns the definition as a whole.
    pub part: Option<StageId>,
    /// Where in the part, as in `next.0.to`; empty for the part as a whole.
    pub field: String,
    /// What it said, when it was there.
    pub before: Option<String>,
    /// What it says, when it is there.
    pub after: Option<String>,
}

/// Every change from `old` to `new`: of the whole first, then in the order of the stages and ends, those that are
/// gone at last. The number of the version is no change.
pub fn difference(old: &Definition, new: &Definition) -> Vec<Change> {
    let (old, new) = (parts(old), parts(new));
    let mut changes = Vec::new();
    for (part, after) in &new {
        let before = old.iter().find(|(known, _)| known == part).map(|(_, fields)| fields);
        match before {
            Some(before) => changes.extend(fields(part.as_ref(), before, after)),
            None => changes.push(whole(Kind::Added, part.clone())),
        }
    }
    let gone = old
        .iter()
        .filter(|(part, _)| new.iter().all(|(known, _)| known != part));
    changes.extend(gone.map(|(part, _)| whole(Kind::Removed, part.clone())));
    changes
}

fn whole(kind: Kind, part: Option<StageId>) -> Change {
    Change {
        kind,
        part,
        field: String::new(),
        before: None,
        after: None,
    }
}

type Fields = BTreeMap<String, String>;

/// The definition as a whole, then each of its parts with a name of its own, with every value by its place.
fn parts(def: &Definition) -> Vec<(Option<StageId>, Fields)> {
    let Ok(Value::Object(mut all)) = serde_json::to_value(def) else {
        return Vec::new();
    };
    all.remove("version");
    let mut named = Vec::new();
    for (_, value) in all.iter_mut() {
        let Value::Array(items) = value else { continue };
        let id = |item: &Value| item.get("id").and_then(Value::as_str).map(StageId::from);
        named.extend(items.iter().filter_map(|item| Some((Some(id(item)?), flat(item)))));
        items.retain(|item| id(item).is_none());
    }
    let mut parts = vec![(None, flat(&Value::Object(all)))];
    parts.extend(named);
    parts
}

fn flat(value: &Value) -> Fields {
    let mut fields = Fields::new();
    flatten(value, String::new(), &mut fields);
    fields
}

fn flatten(value: &Value, at: String, fields: &mut Fields) {
    let below = |name: &str| {
        if at.is_empty() {
            name.to_owned()
        } else {
            format!("{at}.{name}")
        }
    };
    match value {
        Value::Null => {}
        Value::Object(map) => map.iter().for_each(|(name, value)| flatten(value, below(name), fields)),
        Value::Array(items) => {
            for (index, item) in items.iter().enumerate() {
                flatten(item, below(&index.to_string()), fields);
            }
        }
        Value::String(text) => {
            fields.insert(at, text.clone());
        }
        Value::Bool(_) | Value::Number(_) => {
            fields.insert(at, value.to_string());
        }
    }
}

fn fields(part: Option<&StageId>, before: &Fields, after: &Fields) -> Vec<Change> {
    let mut names: Vec<_> = before.keys().chain(after.keys()).collect();
    names.sort();
    names.dedup();
    let changed = names.into_iter().filter(|name| before.get(*name) != after.get(*name));
    changed
        .map(|name| Change {
            kind: match (before.get(name), after.get(name)) {
                (None, _) => Kind::Added,
                (_, None) => Kind::Removed,
                _ => Kind::Changed,
            },
            part: part.cloned(),
            field: name.clone(),
            before: before.get(name).cloned(),
            after: after.get(name).cloned(),
        })
        .collect()
}

const BOX_WIDTH: i32 = 240;
const BOX_HEIGHT: i32 = 40;
const STEP: i32 = 56;
const GAP: i32 = 120;
const MARGIN: i32 = 16;
const HEAD: i32 = 56;

/// The changes as a picture: the stages and ends of the old version on the left, those of the new one on the right,
/// the same ones joined by a line. What is gone bears a minus, what is new a plus, what says something else a tilde
/// with the number of its changes. `id` must be unique in the page.
pub fn difference_svg(old: &Definition, new: &Definition, id: &str, locale: &str) -> String {
    let changes = difference(old, new);
    let (left, right) = (columns(old), columns(new));
    let rows = i32::try_from(left.len().max(right.len())).unwrap_or(i32::MAX / STEP - 2);
    let size = (MARGIN * 2 + BOX_WIDTH * 2 + GAP, HEAD + STEP * rows);
    let names = format!("{} v{} → v{}", new.title.get(locale), old.version, new.version);
    let mut picture = Picture::new(id, size, &names, new.description.get(locale));
    let (x, far) = (MARGIN, MARGIN + BOX_WIDTH + GAP);
    for (x, def) in [(x, old), (far, new)] {
        picture.add(text(x, 32, &format!("v{}", def.version)).class("flow-name"));
    }
    let y = |row: usize| HEAD + STEP * i32::try_from(row).unwrap_or(0);
    for (row, (part, _)) in left.iter().enumerate() {
        if let Some(other) = right.iter().position(|(known, _)| known == part) {
            let middle = BOX_HEIGHT / 2;
            let joined = line(x + BOX_WIDTH, y(row) + middle, far, y(other) + middle);
            picture.add(joined.class("flow-next"));
        }
    }
    for (x, parts, gone) in [(x, &left, true), (far, &right, false)] {
        for (row, (part, title)) in parts.iter().enumerate() {
            let of_part: Vec<_> = changes
                .iter()
                .filter(|change| change.part.as_ref() == Some(*part))
                .collect();
            let whole = of_part
                .iter()
                .find(|change| change.field.is_empty())
                .map(|change| change.kind);
            let (sign, class) = match whole {
                Some(Kind::Removed) if gone => ("− ".to_owned(), "flow-removed"),
                Some(Kind::Added) if !gone => ("+ ".to_owned(), "flow-added"),
                None if !of_part.is_empty() && !gone => (format!("~{} ", of_part.len()), "flow-changed"),
                _ => (String::new(), "flow-same"),
            };
            let words = fit(&format!("{sign}{}", title.get(locale)), 15, BOX_WIDTH - 16);
            let frame = rect(x, y(row), BOX_WIDTH, BOX_HEIGHT).with("rx", 6);
            let frame = frame.class(format_args!("flow-stage {class}"));
            let name = text(x + BOX_WIDTH / 2, y(row) + BOX_HEIGHT / 2 + 6, &words).class("flow-name");
            picture.add(group([frame, name]));
        }
    }
    picture.to_svg()
}

/// The stages and ends with their titles, in the order of the definition.
fn columns(def: &Definition) -> Vec<(&StageId, &Text)> {
    let stages = def.stages.iter().map(|stage| (&stage.id, &stage.title));
    stages.chain(def.ends.iter().map(|end| (&end.id, &end.title))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Registry;

    #[test]
    fn nothing_changed_between_a_definition_and_its_next_number() {
        let old = Registry::shipped().unwrap().latest("annual-plan").unwrap();
        let mut new = Definition::clone(&old);
        new.version += 1;
        assert_eq!(difference(&old, &new), []);
    }

    #[test]
    fn each_change_is_named_once() {
        let old = Registry::shipped().unwrap().latest("annual-plan").unwrap();
        let mut new = Definition::clone(&old);
        new.stages.retain(|stage| stage.id.0 != "office");
        let leader = new.stages.iter_mut().find(|stage| stage.id.0 == "leader").unwrap();
        leader.limit = Some(9);
        leader.returns.push("head".into());
        let mut board = leader.clone();
        board.id = "board".into();
        new.stages.push(board);
        let found = difference(&old, &new);
        let said: Vec<_> = found
            .iter()
            .map(|c| {
                (
                    c.kind,
                    c.part.as_ref().map_or("", |p| &p.0),
                    c.field.as_str(),
                    c.after.as_deref(),
                )
            })
            .collect();
        assert_eq!(
            said,
            [
                (Kind::Changed, "leader", "limit", Some("9")),
                (Kind::Added, "leader", "returns.2", Some("head")),
                (Kind::Added, "board", "", None),
                (Kind::Removed, "office", "", None),
            ]
        );
    }
}
