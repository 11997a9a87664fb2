//! Is every field what its specification says? Asked before a paper is submitted; saving never asks.
//!
//! A [`Problem`] names a place and a reason; the sentences are in the locale files (`reason.<code>`). The argument
//! `field`, where there is one, is the locale key of the field's label.

use super::content::{Content, Fields, Item, Line, Place};
use super::field::{DocumentType, FieldSpec, Kind, MOST_ITEMS, MOST_LINES, Need, Part, read_date, read_decimal, text};
use crate::reason::Reason;
use serde::{Deserialize, Serialize};

/// Something to mend, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// Where.
    pub place: Place,
    /// What is wrong, as a code with arguments.
    pub reason: Reason,
}

/// Everything that is wrong with the fields of `groups`, in reading order.
pub fn content(kind: &DocumentType, content: &Content, groups: &[&str]) -> Vec<Problem> {
    let mut problems = head(kind, content, groups);
    if content.lines.len() > MOST_LINES {
        problems.push(Problem {
            place: Place::default(),
            reason: Reason::new("too_many_lines")
                .with("count", content.lines.len())
                .with("most", MOST_LINES),
        });
    }
    if groups.contains(&kind.shape.as_str()) && content.lines.len() < kind.least_lines {
        problems.push(Problem {
            place: Place::default(),
            reason: Reason::new("too_few_lines").with("least", kind.least_lines),
        });
    }
    problems.extend(content.lines.iter().flat_map(|each| line(kind, each, groups)));
    problems
}

/// What is wrong with the head.
pub fn head(kind: &DocumentType, content: &Content, groups: &[&str]) -> Vec<Problem> {
    let scope = Scope {
        kind,
        part: Part::Head,
        place: Place::default(),
        sourced: false,
        groups,
    };
    scope.check(&content.head)
}

/// What is wrong with one line and its items.
pub fn line(kind: &DocumentType, line: &Line, groups: &[&str]) -> Vec<Problem> {
    let place = Place {
        line: Some(line.id),
        ..Place::default()
    };
    let scope = Scope {
        kind,
        part: Part::Line,
        place: place.clone(),
        sourced: line.source.is_some(),
        groups,
    };
    let mut problems = scope.check(&line.fields);
    let shaping = groups.contains(&kind.shape.as_str());
    if shaping && line.items.len() < kind.least_items {
        let reason = Reason::new("too_few_items").with("least", kind.least_items);
        problems.push(Problem {
            place: place.clone(),
            reason,
        });
    }
    if line.items.len() > MOST_ITEMS {
        let reason = Reason::new("too_many_items")
            .with("count", line.items.len())
            .with("most", MOST_ITEMS);
        problems.push(Problem { place, reason });
    }
    problems.extend(line.items.iter().flat_map(|each| item(kind, line.id, each, groups)));
    problems
}

/// What is wrong with one item of the line with this id.
pub fn item(kind: &DocumentType, line: u32, item: &Item, groups: &[&str]) -> Vec<Problem> {
    let scope = Scope {
        kind,
        part: Part::Item,
        place: Place {
            line: Some(line),
            item: Some(item.id),
            field: None,
        },
        sourced: item.source.is_some(),
        groups,
    };
    scope.check(&item.fields)
}

/// One set of fields to be checked.
struct Scope<'a> {
    kind: &'a DocumentType,
    part: Part,
    place: Place,
    sourced: bool,
    groups: &'a [&'a str],
}

impl Scope<'_> {
    fn check(&self, fields: &Fields) -> Vec<Problem> {
        let specs = self.kind.fields(self.part);
        let mut problems: Vec<_> = specs
            .iter()
            .filter(|spec| spec.is_in(self.groups))
            .filter_map(|spec| {
                let reason = self
                    .missing(spec, specs, fields)
                    .or_else(|| self.malformed(spec, fields))?;
                Some(self.problem(&spec.key, reason))
            })
            .collect();
        for key in fields.keys().filter(|key| !specs.iter().any(|spec| spec.key == **key)) {
            problems.push(self.problem(key, Reason::new("field_unknown").with("key", key)));
        }
        problems
    }

    fn problem(&self, key: &str, reason: Reason) -> Problem {
        Problem {
            place: Place {
                field: Some(key.to_owned()),
                ..self.place.clone()
            },
            reason,
        }
    }

    /// Why an empty field may not stay empty. Of several fields of which one is enough, only the first complains.
    fn missing(&self, spec: &FieldSpec, specs: &[FieldSpec], fields: &Fields) -> Option<Reason> {
        if !text(fields, &spec.key).is_empty() || (spec.given && self.sourced) {
            return None;
        }
        let label = self.kind.label(self.part, &spec.key);
        match &spec.need {
            Need::Optional => None,
            Need::Always => Some(Reason::new("field_missing").with("field", label)),
            Need::When { field, is } => {
                (text(fields, field) == is).then(|| Reason::new("field_missing").with("field", label))
            }
            Need::OneOf(word) => {
                let mut family = specs.iter().filter(|other| other.need == spec.need);
                let is_first = family.clone().next().is_some_and(|first| first.key == spec.key);
                let none = family.all(|other| text(fields, &other.key).is_empty());
                (is_first && none).then(|| Reason::new(&format!("{word}_missing")).with("field", label))
            }
        }
    }

    fn malformed(&self, spec: &FieldSpec, fields: &Fields) -> Option<Reason> {
        let typed = text(fields, &spec.key);
        if typed.is_empty() {
            return None;
        }
        let label = self.kind.label(self.part, &spec.key);
        let length = typed.chars().count();
        if length > spec.max {
            let reason = Reason::new("field_too_long").with("field", label);
            return Some(
                reason
                    .with("max", spec.max)
                    .with("length", length)
                    .with("over", length - spec.max),
            );
        }
        let number = || read_decimal(typed);
        let day = || read_date(typed);
        let code = match &spec.kind {
            Kind::Date if day().is_none() => "date_unreadable",
            Kind::Date if !day().is_none_or(|day| spec.limits.admits_day(day)) => "date_outside",
            Kind::Decimal if number().is_none() => "number_unreadable",
            Kind::Integer if number().is_none_or(|number| !number.is_integer()) => "integer_unreadable",
            Kind::Decimal | Kind::Integer if !number().is_none_or(|n| spec.limits.admits_number(n)) => "number_outside",
            Kind::Choice(_) | Kind::YesNo if !spec.kind.options().is_none_or(|all| all.contains(&typed)) => {
                "choice_unknown"
            }
            Kind::Text | Kind::Person | Kind::Contact | Kind::Unit if typed.contains('\n') => "line_break_inside",
            Kind::Date
            | Kind::Decimal
            | Kind::Integer
            | Kind::Choice(_)
            | Kind::YesNo
            | Kind::Text
            | Kind::Person
            | Kind::Contact
            | Kind::Unit
            | Kind::LongText => return None,
        };
        Some(
            Reason::new(code)
                .with("field", label)
                .with("text", typed.chars().take(40).collect::<String>()),
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::annual_plan::{self, prefill};
    use crate::document::field::{Progress, document_types, line_progress};
    use crate::document::rectification;
    use proptest::prelude::*;

    fn codes(problems: &[Problem]) -> Vec<(String, &str)> {
        problems
            .iter()
            .map(|p| (p.reason.code.clone(), p.place.field.as_deref().unwrap_or("-")))
            .collect()
    }

    #[test]
    fn a_fresh_plan_names_every_gap_once_and_nothing_that_the_notice_gave() {
        let plan = prefill(&annual_plan::tests::asked(), &[]);
        let problems = line(&annual_plan::TYPE, &plan.lines[0], &["plan"]);
        let keys: Vec<_> = problems.iter().filter_map(|p| p.place.field.as_deref()).collect();
        assert_eq!(
            keys,
            [
                "measures", "target", "standard", "due_on", "leader", "section", "person"
            ]
        );
        assert_eq!(problems[3].reason.code, "when_missing");
        assert_eq!(
            line_progress(&annual_plan::TYPE, &plan.lines[0], &["plan"]),
            Progress::NotStarted
        );
    }

    #[test]
    fn a_rhythm_is_as_good_as_a_date_and_a_wrong_one_is_told() {
        let mut plan = prefill(&annual_plan::tests::asked(), &[]);
        plan.lines[0].fields.insert("rhythm".into(), "quarterly".into());
        plan.lines[0].fields.insert("measures".into(), "做".into());
        let problems = line(&annual_plan::TYPE, &plan.lines[0], &["plan"]);
        assert!(!codes(&problems).iter().any(|(code, _)| code == "when_missing"));
        assert_eq!(
            line_progress(&annual_plan::TYPE, &plan.lines[0], &["plan"]),
            Progress::Filling(problems.len())
        );
        plan.lines[0].fields.insert("rhythm".into(), "sometimes".into());
        plan.lines[0].fields.insert("due_on".into(), "月底".into());
        plan.lines[0].fields.insert("section".into(), "x".repeat(101));
        plan.lines[0].fields.insert("nonsense".into(), "x".into());
        let problems = line(&annual_plan::TYPE, &plan.lines[0], &["plan"]);
        let found = codes(&problems);
        for wanted in [
            ("choice_unknown", "rhythm"),
            ("date_unreadable", "due_on"),
            ("field_too_long", "section"),
            ("field_unknown", "nonsense"),
        ] {
            assert!(
                found.contains(&(wanted.0.to_owned(), wanted.1)),
                "{wanted:?} in {found:?}"
            );
        }
    }

    #[test]
    fn a_report_asks_for_its_results_only_when_that_group_is_due() {
        let report = rectification::prefill(&rectification::Opening::default(), &[rectification::tests::finding()]);
        let planned = line(&rectification::TYPE, &report.lines[0], &["plan"]);
        assert!(!codes(&planned).iter().any(|(_, key)| *key == "result"));
        let mut done = report.clone();
        done.lines[0].fields.insert("outcome".into(), "not_done".into());
        let found = line(&rectification::TYPE, &done.lines[0], &["result"]);
        let keys: Vec<_> = found.iter().filter_map(|p| p.place.field.as_deref()).collect();
        assert_eq!(keys, ["result", "evidence", "reason", "new_date"]);
        done.lines[0].items.clear();
        let bare = line(&rectification::TYPE, &done.lines[0], &["plan"]);
        assert!(codes(&bare).contains(&("too_few_items".to_owned(), "-")));
    }

    fn any_fields() -> impl Strategy<Value = Fields> {
        let keys = prop::sample::select(vec!["title", "measures", "due_on", "rhythm", "base", "target", "odd"]);
        prop::collection::btree_map(keys.prop_map(str::to_owned), "\\PC{0,30}", 0..6)
    }

    proptest! {
        #[test]
        fn checking_never_panics(head in any_fields(), line in any_fields(), item in any_fields(), source in any::<Option<i64>>()) {
            let item = Item { id: 2, source, fields: item };
            let made = Content { head, lines: vec![Line { id: 1, source, fields: line, items: vec![item] }] };
            for kind in document_types() {
                for problem in content(kind, &made, &kind.groups()) {
                    prop_assert!(!problem.reason.code.is_empty());
                }
            }
        }
    }
}
