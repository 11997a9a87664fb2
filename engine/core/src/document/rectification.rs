//! The rectification report (整改报告): its fields, and how it opens prefilled from findings.
//!
//! Two groups of fields are written at different stages: `plan` while the scheme (整改方案) is drafted, `result`
//! while the work is done and acceptance is asked for.

use super::annual_plan::put;
use super::content::{Content, Line};
use super::field::{DocumentType, FieldSpec, Kind, Need};
use crate::id::FindingId;
use chrono::NaiveDate;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// 立行立改, 限期整改, 长期坚持.
pub const MEASURE_KINDS: &[&str] = &["at_once", "by_date", "lasting"];
/// Whether a finding has been put right.
pub const OUTCOMES: &[&str] = &["done", "not_done"];

fn not_done() -> Need {
    Need::When {
        field: "outcome".to_owned(),
        is: "not_done".to_owned(),
    }
}

/// The rectification report as a document type. Its lines are findings, its items the measures against each.
pub static TYPE: LazyLock<DocumentType> = LazyLock::new(|| DocumentType {
    code: "rectification_report".to_owned(),
    vocabulary: "rectification_report".to_owned(),
    head: vec![
        FieldSpec::new("title", Kind::Text).need(Need::Always),
        FieldSpec::new("addressee", Kind::Text).need(Need::Always),
        FieldSpec::new("basis", Kind::LongText).need(Need::Always).max(2000),
        FieldSpec::new("leader", Kind::Person).need(Need::Always),
        FieldSpec::new("contact", Kind::Contact),
        FieldSpec::new("overall", Kind::LongText)
            .need(Need::Always)
            .group("result"),
        FieldSpec::new("lasting", Kind::LongText)
            .need(Need::Always)
            .group("result"),
        FieldSpec::new("next", Kind::LongText).group("result"),
    ],
    line: vec![
        FieldSpec::new("number", Kind::Text).max(20).given(),
        FieldSpec::new("title", Kind::LongText).need(Need::Always).given(),
        FieldSpec::new("source", Kind::Text).given(),
        FieldSpec::new("class", Kind::Text).given(),
        FieldSpec::new("severity", Kind::Text).max(40).given(),
        FieldSpec::new("demanded_on", Kind::Date).given(),
        FieldSpec::new("cause", Kind::LongText).need(Need::Always).max(2000),
        FieldSpec::new("leader", Kind::Person).need(Need::Always),
        FieldSpec::new("person", Kind::Person).need(Need::Always),
        FieldSpec::new("supporting", Kind::Text),
        FieldSpec::new("result", Kind::LongText)
            .need(Need::Always)
            .group("result"),
        FieldSpec::new("evidence", Kind::LongText)
            .need(Need::Always)
            .max(2000)
            .group("result"),
        FieldSpec::new("outcome", Kind::choice(OUTCOMES))
            .need(Need::Always)
            .group("result"),
        FieldSpec::new("reason", Kind::LongText)
            .need(not_done())
            .max(1000)
            .group("result"),
        FieldSpec::new("new_date", Kind::Date).need(not_done()).group("result"),
    ],
    item: vec![
        FieldSpec::new("kind", Kind::choice(MEASURE_KINDS)).need(Need::Always),
        FieldSpec::new("measure", Kind::LongText).need(Need::Always).max(2000),
        FieldSpec::new("due_on", Kind::Date).need(Need::Always),
        FieldSpec::new("person", Kind::Person),
    ],
    groups: vec!["plan".to_owned(), "result".to_owned()],
    shape: "plan".to_owned(),
    own_lines: false,
    own_items: true,
    least_lines: 0,
    least_items: 1,
    words: BTreeMap::new(),
});

/// A finding put to the unit, as the report needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AskedFinding {
    /// Its number.
    pub id: FindingId,
    /// Its number within the list that raised it.
    pub number: String,
    /// What was found.
    pub description: String,
    /// Where it comes from, in the words of the one who raised it.
    pub source: String,
    /// Its class, in the words of the one who raised it.
    pub class: String,
    /// How grave it is.
    pub severity: String,
    /// By when it must be put right, if that was said.
    pub demanded_on: Option<NaiveDate>,
    /// Names of the units that help.
    pub supporting: Vec<String>,
}

/// What a report is opened with, besides its findings.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Opening {
    /// Its title; the drafter may change it.
    pub title: String,
    /// Whom it is addressed to.
    pub addressee: String,
    /// On what ground the findings were raised.
    pub basis: String,
}

/// The report as it opens: one line per finding, with one empty measure due on the day that was demanded.
pub fn prefill(opening: &Opening, findings: &[AskedFinding]) -> Content {
    let mut content = Content::default();
    put(&mut content.head, "title", &opening.title);
    put(&mut content.head, "addressee", &opening.addressee);
    put(&mut content.head, "basis", &opening.basis);
    for finding in findings {
        let mut line = Line {
            id: content.next_id(),
            source: Some(finding.id.0),
            ..Line::default()
        };
        put(&mut line.fields, "number", &finding.number);
        put(&mut line.fields, "title", &finding.description);
        put(&mut line.fields, "source", &finding.source);
        put(&mut line.fields, "class", &finding.class);
        put(&mut line.fields, "severity", &finding.severity);
        put(&mut line.fields, "supporting", &finding.supporting.join("、"));
        let mut measure = super::content::Item {
            id: line.id + 1,
            ..super::content::Item::default()
        };
        if let Some(day) = finding.demanded_on {
            put(&mut line.fields, "demanded_on", &day.to_string());
            put(&mut measure.fields, "due_on", &day.to_string());
        }
        line.items.push(measure);
        content.lines.push(line);
    }
    content
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// One finding with a date.
    pub fn finding() -> AskedFinding {
        AskedFinding {
            id: FindingId(5),
            number: "1".to_owned(),
            description: "抽查不合格".to_owned(),
            source: "监督抽查".to_owned(),
            class: "产品".to_owned(),
            severity: "一般".to_owned(),
            demanded_on: NaiveDate::from_ymd_opt(2026, 5, 29),
            supporting: vec!["区科技局".to_owned()],
        }
    }

    #[test]
    fn a_report_opens_with_a_line_and_a_dated_measure_per_finding() {
        let content = prefill(&Opening::default(), &[finding(), finding()]);
        assert_eq!(content.lines.len(), 2);
        assert_eq!(content.lines[0].items[0].field("due_on"), "2026-05-29");
        let mut ids: Vec<_> = content.lines.iter().flat_map(|l| [l.id, l.items[0].id]).collect();
        ids.dedup();
        assert_eq!(ids, [1, 2, 3, 4]);
    }
}
