//! How well a reading agrees with what a person read: precision and recall for each kind of finding.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Notice;
use super::assignment::Role;
use super::deadline::Rhythm;
use super::indicator::Comparator;

/// A notice as a person read it: the fields that are compared, nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Title.
    pub title: Option<String>,
    /// Issuer.
    pub issuer: Option<String>,
    /// Document number.
    pub doc_number: Option<String>,
    /// Date of issue.
    pub issued_on: Option<chrono::NaiveDate>,
    /// Tasks in order.
    pub tasks: Vec<ExpectedTask>,
    /// Indicators in order.
    pub indicators: Vec<ExpectedIndicator>,
    /// Codes of diagnostics that must be among those given.
    #[serde(default)]
    pub diagnostics: Vec<super::Code>,
}

/// A task as a person read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedTask {
    /// Number.
    pub number: String,
    /// Section heading.
    pub section: Option<String>,
    /// Title.
    pub title: String,
    /// Units.
    pub units: Vec<ExpectedUnit>,
    /// Deadline.
    pub deadline: Option<ExpectedDeadline>,
}

/// A unit as a person read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedUnit {
    /// Name.
    pub name: String,
    /// Part.
    pub role: Role,
    /// Proposed lead.
    #[serde(default)]
    pub first: bool,
    /// Collective name.
    #[serde(default)]
    pub collective: bool,
}

/// A deadline as a person read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedDeadline {
    /// Its words.
    pub text: String,
    /// The last day.
    #[serde(default)]
    pub date: Option<chrono::NaiveDate>,
    /// The beat.
    #[serde(default)]
    pub rhythm: Option<Rhythm>,
}

/// An indicator as a person read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedIndicator {
    /// Number of its task.
    pub task: Option<String>,
    /// Name.
    pub name: String,
    /// Comparator.
    pub comparator: Comparator,
    /// Value, as a JSON number.
    pub value: serde_json::Number,
    /// Unit of measure.
    pub unit: String,
    /// Year.
    pub year: Option<i32>,
}

/// Counts of one kind of finding.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tally {
    /// Found and expected.
    pub right: usize,
    /// Found.
    pub found: usize,
    /// Expected.
    pub expected: usize,
}

impl Tally {
    /// Share of the findings that are right; 1 where nothing was found.
    #[must_use]
    pub fn precision(&self) -> f64 {
        share(self.right, self.found)
    }

    /// Share of what was expected that was found; 1 where nothing was expected.
    #[must_use]
    pub fn recall(&self) -> f64 {
        share(self.right, self.expected)
    }

    /// Nothing missed and nothing false.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.right == self.found && self.right == self.expected
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of findings are far below 2^52")]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 { 1.0 } else { part as f64 / whole as f64 }
}

/// The agreement of a reading with what a person read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Score {
    /// Title, issuer, document number, date: four findings.
    pub head: Tally,
    /// Numbers of tasks.
    pub tasks: Tally,
    /// Titles, by task.
    pub titles: Tally,
    /// Sections, by task.
    pub sections: Tally,
    /// Names of units, by task.
    pub units: Tally,
    /// Units with their part, proposed lead and collective mark, in their place in the list.
    pub roles: Tally,
    /// Deadlines, by task.
    pub deadlines: Tally,
    /// Indicators with task, name, comparator, value, unit and year.
    pub indicators: Tally,
    /// Codes of diagnostics that had to be given.
    pub diagnostics: Tally,
    /// Every difference, one a line: `-` expected and not found, `+` found and not expected.
    pub differences: Vec<String>,
}

impl Score {
    /// Nothing missed and nothing false anywhere.
    #[must_use]
    pub fn is_exact(&self) -> bool {
        self.differences.is_empty()
    }
}

/// Compares two bags of findings.
fn tally(kind: &str, expected: Vec<String>, found: Vec<String>, differences: &mut Vec<String>) -> Tally {
    let mut bag: BTreeMap<String, i64> = BTreeMap::new();
    let mut tally = Tally {
        right: 0,
        found: found.len(),
        expected: expected.len(),
    };
    for one in expected {
        *bag.entry(one).or_default() += 1;
    }
    for one in found {
        let left = bag.entry(one).or_default();
        tally.right += usize::from(*left > 0);
        *left -= 1;
    }
    for (one, left) in bag {
        match left {
            1.. => differences.push(format!("- {kind} {one}")),
            0 => {}
            _ => differences.push(format!("+ {kind} {one}")),
        }
    }
    tally
}

/// Scores a reading.
#[must_use]
pub fn score(read: &Notice, expected: &Expected) -> Score {
    let mut differences = Vec::new();
    let head =
        |title: &Option<String>, issuer: &Option<String>, number: &Option<String>, date: Option<chrono::NaiveDate>| {
            vec![
                format!("title {title:?}"),
                format!("issuer {issuer:?}"),
                format!("number {number:?}"),
                format!("date {date:?}"),
            ]
        };
    let found = |f: &dyn Fn(&super::Task) -> Vec<String>| read.tasks.iter().flat_map(f).collect::<Vec<_>>();
    let wanted = |f: &dyn Fn(&ExpectedTask) -> Vec<String>| expected.tasks.iter().flat_map(f).collect::<Vec<_>>();
    let mut compare = |kind: &str, want: Vec<String>, got: Vec<String>| tally(kind, want, got, &mut differences);
    let indicator = |task: &Option<String>,
                     name: &str,
                     comparator: Comparator,
                     value: Option<Decimal>,
                     unit: &str,
                     year: Option<i32>| {
        let value = value.map(|v| v.normalize().to_string()).unwrap_or_default();
        format!(
            "{} {name} {comparator:?} {value} {unit} {year:?}",
            task.as_deref().unwrap_or("-")
        )
    };
    Score {
        head: compare(
            "head",
            head(
                &expected.title,
                &expected.issuer,
                &expected.doc_number,
                expected.issued_on,
            ),
            head(&read.title, &read.issuer, &read.doc_number, read.issued_on),
        ),
        tasks: compare(
            "task",
            wanted(&|t| vec![t.number.clone()]),
            found(&|t| vec![t.number.clone()]),
        ),
        titles: compare(
            "title",
            wanted(&|t| vec![format!("{} {}", t.number, t.title)]),
            found(&|t| vec![format!("{} {}", t.number, t.title)]),
        ),
        sections: compare(
            "section",
            wanted(&|t| vec![format!("{} {:?}", t.number, t.section)]),
            found(&|t| vec![format!("{} {:?}", t.number, t.section)]),
        ),
        units: compare(
            "unit",
            wanted(&|t| t.units.iter().map(|u| format!("{} {}", t.number, u.name)).collect()),
            found(&|t| t.units.iter().map(|u| format!("{} {}", t.number, u.name)).collect()),
        ),
        roles: compare(
            "role",
            wanted(&|t| {
                roles(
                    &t.number,
                    t.units.iter().map(|u| (u.name.as_str(), u.role, u.first, u.collective)),
                )
            }),
            found(&|t| {
                roles(
                    &t.number,
                    t.units.iter().map(|u| (u.name.as_str(), u.role, u.first, u.collective)),
                )
            }),
        ),
        deadlines: compare(
            "deadline",
            wanted(&|t| {
                t.deadline
                    .iter()
                    .map(|d| format!("{} {} {:?} {:?}", t.number, d.text, d.date, d.rhythm))
                    .collect()
            }),
            found(&|t| {
                t.deadline
                    .iter()
                    .map(|d| format!("{} {} {:?} {:?}", t.number, d.text, d.date, d.rhythm))
                    .collect()
            }),
        ),
        indicators: compare(
            "indicator",
            expected
                .indicators
                .iter()
                .map(|i| {
                    indicator(
                        &i.task,
                        &i.name,
                        i.comparator,
                        i.value.to_string().parse().ok(),
                        &i.unit,
                        i.year,
                    )
                })
                .collect(),
            read.indicators
                .iter()
                .map(|i| indicator(&i.task, &i.name, i.comparator, Some(i.value), &i.unit, i.year))
                .collect(),
        ),
        diagnostics: {
            let mut want: Vec<String> = expected.diagnostics.iter().map(|c| format!("{c:?}")).collect();
            want.sort();
            want.dedup();
            let got: Vec<String> = want
                .iter()
                .filter(|c| read.diagnostics.iter().any(|d| format!("{:?}", d.code) == **c))
                .cloned()
                .collect();
            compare("diagnostic", want, got)
        },
        differences,
    }
}

fn roles<'a>(number: &str, units: impl Iterator<Item = (&'a str, Role, bool, bool)>) -> Vec<String> {
    units
        .enumerate()
        .map(|(n, (name, role, first, collective))| format!("{number} {n} {name} {role:?} {first} {collective}"))
        .collect()
}
