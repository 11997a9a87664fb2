//! What one save may change: only fields of the groups that the stage opens, never what the source gave, never a
//! line or an item that answers something.

use super::content::{Content, Fields, Item, Line, Place};
use super::field::{DocumentType, MOST_ITEMS, MOST_LINES, Part};
use super::validate::Problem;
use crate::reason::Reason;
use std::collections::BTreeSet;

/// What is wrong with turning `before` into `after` while `groups` are open; empty when it may be saved.
///
/// Saving never refuses for what is missing or malformed (that is for the submission); it refuses what the writer
/// has no right to, and what would not fit: texts over twice the longest length, and too many lines or items.
pub fn check(kind: &DocumentType, before: &Content, after: &Content, groups: &[&str]) -> Vec<Problem> {
    let mut check = Check {
        kind,
        groups,
        problems: Vec::new(),
    };
    check.fields(Part::Head, &before.head, &after.head, Place::default(), false);
    check.lines(&before.lines, &after.lines);
    check.problems
}

/// The text as it is kept: line ends as `\n`, no other control characters, no blanks at the ends of lines or of
/// the whole.
pub fn clean(typed: &str) -> String {
    let unified = typed.replace("\r\n", "\n").replace('\r', "\n");
    let printable: String = unified
        .chars()
        .filter(|c| !c.is_control() || matches!(c, '\n' | '\t'))
        .collect();
    let lines: Vec<_> = printable.split('\n').map(str::trim_end).collect();
    lines.join("\n").trim().to_owned()
}

struct Check<'a> {
    kind: &'a DocumentType,
    groups: &'a [&'a str],
    problems: Vec<Problem>,
}

impl Check<'_> {
    fn lines(&mut self, before: &[Line], after: &[Line]) {
        let shaping = self.groups.contains(&self.kind.shape.as_str());
        let order = |lines: &[Line]| lines.iter().map(|line| line.id).collect::<Vec<_>>();
        if !shaping && order(before) != order(after) {
            self.refuse(Place::default(), Reason::new("lines_fixed"));
        }
        self.unique(after);
        if after.len() > MOST_LINES && after.len() > before.len() {
            let reason = Reason::new("too_many_lines").with("count", after.len());
            self.refuse(Place::default(), reason.with("most", MOST_LINES));
        }
        for old in before.iter().filter(|old| old.source.is_some()) {
            if !after.iter().any(|new| new.id == old.id) {
                let reason = Reason::new("line_answers_source").with("title", old.field("title"));
                self.refuse(Place::default(), reason);
            }
        }
        let empty = Line::default();
        for new in after {
            let old = before.iter().find(|old| old.id == new.id);
            let place = Place {
                line: Some(new.id),
                ..Place::default()
            };
            let allowed = if old.is_some() {
                old.map(|o| o.source) == Some(new.source)
            } else {
                new.source.is_none()
            };
            if !allowed {
                self.refuse(place.clone(), Reason::new("source_fixed"));
            }
            if old.is_none() && !self.kind.own_lines {
                self.refuse(place.clone(), Reason::new("lines_fixed"));
            }
            let old = old.unwrap_or(&empty);
            self.fields(Part::Line, &old.fields, &new.fields, place, new.source.is_some());
            self.items(new.id, &old.items, &new.items);
        }
    }

    fn items(&mut self, line: u32, before: &[Item], after: &[Item]) {
        let shaping = self.groups.contains(&self.kind.shape.as_str());
        let here = Place {
            line: Some(line),
            ..Place::default()
        };
        let order = |items: &[Item]| items.iter().map(|item| item.id).collect::<Vec<_>>();
        if !shaping && order(before) != order(after) {
            self.refuse(here.clone(), Reason::new("lines_fixed"));
        }
        if after.len() > MOST_ITEMS && after.len() > before.len() {
            let reason = Reason::new("too_many_items").with("count", after.len());
            self.refuse(here.clone(), reason.with("most", MOST_ITEMS));
        }
        for old in before.iter().filter(|old| old.source.is_some()) {
            if !after.iter().any(|new| new.id == old.id) {
                let reason = Reason::new("line_answers_source").with("title", old.field("name"));
                self.refuse(here.clone(), reason);
            }
        }
        let empty = Item::default();
        for new in after {
            let old = before.iter().find(|old| old.id == new.id);
            let place = Place {
                item: Some(new.id),
                ..here.clone()
            };
            let allowed = if old.is_some() {
                old.map(|o| o.source) == Some(new.source)
            } else {
                new.source.is_none()
            };
            if !allowed {
                self.refuse(place.clone(), Reason::new("source_fixed"));
            }
            if old.is_none() && !self.kind.own_items {
                self.refuse(place.clone(), Reason::new("lines_fixed"));
            }
            let old = old.unwrap_or(&empty);
            self.fields(Part::Item, &old.fields, &new.fields, place, new.source.is_some());
        }
    }

    fn fields(&mut self, part: Part, before: &Fields, after: &Fields, place: Place, sourced: bool) {
        let keys: BTreeSet<_> = before.keys().chain(after.keys()).collect();
        for key in keys {
            let (old, new) = (before.get(key).map_or("", |t| t), after.get(key).map_or("", |t| t));
            if old == new {
                continue;
            }
            let Some(spec) = self.kind.field(part, key) else {
                self.refuse(at(&place, key), Reason::new("field_unknown").with("key", key));
                continue;
            };
            let label = self.kind.label(part, key);
            let length = new.chars().count();
            if !spec.is_in(self.groups) {
                self.refuse(at(&place, key), Reason::new("field_closed").with("field", label));
            } else if spec.given && sourced {
                self.refuse(at(&place, key), Reason::new("field_given").with("field", label));
            } else if length > spec.max * 2 {
                let reason = Reason::new("field_too_long").with("field", label).with("max", spec.max);
                let reason = reason.with("length", length).with("over", length - spec.max);
                self.refuse(at(&place, key), reason);
            }
        }
    }

    /// Lines and items share one row of numbers, and none stands twice.
    fn unique(&mut self, lines: &[Line]) {
        let mut seen = BTreeSet::new();
        let ids = lines
            .iter()
            .flat_map(|line| std::iter::once(line.id).chain(line.items.iter().map(|item| item.id)));
        if ids.into_iter().any(|id| id == 0 || !seen.insert(id)) {
            self.refuse(Place::default(), Reason::new("number_twice"));
        }
    }

    fn refuse(&mut self, place: Place, reason: Reason) {
        self.problems.push(Problem { place, reason });
    }
}

fn at(place: &Place, key: &str) -> Place {
    Place {
        field: Some(key.to_owned()),
        ..place.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::{annual_plan as plan, rectification as report};

    fn codes(problems: &[Problem]) -> Vec<&str> {
        problems.iter().map(|p| p.reason.code.as_str()).collect()
    }

    #[test]
    fn typing_adding_moving_and_removing_own_lines_may_be_saved() {
        let before = plan::prefill(&plan::tests::asked(), &[]);
        let mut after = before.clone();
        after.lines[0].fields.insert("measures".into(), "做".into());
        let own = after.next_id();
        after.lines.push(Line {
            id: own,
            ..Line::default()
        });
        after.lines[2].fields.insert("title".into(), "自加".into());
        after.lines.swap(0, 1);
        assert_eq!(
            codes(&check(&plan::TYPE, &before, &after, &["plan"])),
            Vec::<&str>::new()
        );
        assert!(check(&plan::TYPE, &after, &before, &["plan"]).is_empty());
    }

    #[test]
    fn what_the_notice_gave_stays() {
        let before = plan::prefill(&plan::tests::asked(), &[]);
        let mut after = before.clone();
        after.lines[0].fields.insert("title".into(), "另一事".into());
        after.lines[1].items.remove(0);
        assert_eq!(
            codes(&check(&plan::TYPE, &before, &after, &["plan"])),
            ["field_given", "line_answers_source"]
        );
        after = before.clone();
        after.lines.remove(0);
        assert_eq!(
            codes(&check(&plan::TYPE, &before, &after, &["plan"])),
            ["line_answers_source"]
        );
        after = before.clone();
        after.lines[0].source = Some(77);
        assert_eq!(codes(&check(&plan::TYPE, &before, &after, &["plan"])), ["source_fixed"]);
    }

    #[test]
    fn a_closed_group_is_closed_to_fields_and_shape() {
        let before = report::prefill(&report::Opening::default(), &[report::tests::finding()]);
        let mut after = before.clone();
        after.lines[0].fields.insert("cause".into(), "疏忽".into());
        after.lines[0].fields.insert("result".into(), "已改".into());
        assert_eq!(
            codes(&check(&report::TYPE, &before, &after, &["result"])),
            ["field_closed"]
        );
        after = before.clone();
        after.lines[0].items.clear();
        assert_eq!(
            codes(&check(&report::TYPE, &before, &after, &["result"])),
            ["lines_fixed"]
        );
        assert!(check(&report::TYPE, &before, &after, &["plan"]).is_empty());
        assert!(check(&report::TYPE, &before, &before, &[]).is_empty());
    }

    #[test]
    fn a_number_is_never_used_twice_and_no_text_is_endless() {
        let before = plan::prefill(&plan::tests::asked(), &[]);
        let mut after = before.clone();
        after.lines.push(Line {
            id: 1,
            ..Line::default()
        });
        assert!(codes(&check(&plan::TYPE, &before, &after, &["plan"])).contains(&"number_twice"));
        after = before.clone();
        after.lines[0].fields.insert("measures".into(), "长".repeat(8001));
        assert_eq!(
            codes(&check(&plan::TYPE, &before, &after, &["plan"])),
            ["field_too_long"]
        );
    }

    #[test]
    fn texts_are_kept_without_control_characters_and_trailing_blanks() {
        assert_eq!(clean(" 一 \r\n二\u{0}\u{7}\r三\t四  \n\n"), "一\n二\n三\t四");
    }
}
