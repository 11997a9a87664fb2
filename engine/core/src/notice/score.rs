//! How well a reading agrees with what a person read: precision and recall for each kind of finding.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Notice;
use super::assignment::Role;
use super::comparator::Comparator;
use super::rhythm::Rhythm;

/// A notice as a person read it: the fields that are compared, nothing else.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// Title.
    #[serde(default)]
    pub title: Option<String>,
    /// Issuer.
    #[serde(default)]
    pub issuer: Option<String>,
    /// Document number.
    #[serde(default)]
    pub doc_number: Option<String>,
    /// Date of issue.
    #[serde(default)]
    pub issued_on: Option<chrono::NaiveDate>,
    /// Tasks in order.
    pub tasks: Vec<ExpectedTask>,
    /// Indicators in order.
    #[serde(default)]
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
    #[serde(default)]
    pub section: Option<String>,
    /// Title.
    pub title: String,
    /// Units.
    #[serde(default)]
    pub units: Vec<ExpectedUnit>,
    /// Deadline.
    #[serde(default)]
    pub deadline: Option<ExpectedDeadline>,
}

/// A unit as a person read it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedUnit {
    /// Name.
    pub name: String,
    /// The name in full, where the text shortens it; counts as well.
    #[serde(default, alias = "full", alias = "full_name")]
    pub completed: Option<String>,
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
    #[serde(default)]
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
    #[serde(default)]
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

impl std::ops::AddAssign for Tally {
    /// Counts of two notices together.
    fn add_assign(&mut self, other: Self) {
        self.right += other.right;
        self.found += other.found;
        self.expected += other.expected;
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
    /// Units with their part and the mark of the proposed lead, by task.
    pub roles: Tally,
    /// Units with the mark of a collective name, by task.
    pub collectives: Tally,
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

/// Words without white space and with one form for each sign: both sides are compared like this.
fn folded(words: &str) -> String {
    let plain = |c: char| match c {
        '〔' | '［' | '[' => '〔',
        '〕' | '］' | ']' => '〕',
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(c as u32 - 0xfee0).unwrap_or(c),
        other => other,
    };
    words.chars().filter(|c| !c.is_whitespace()).map(plain).collect()
}

/// The name a unit goes by in the comparison: the expected one, if the found name or its completed form is a form of it.
struct Names(BTreeMap<(String, String), String>);

impl Names {
    fn of(expected: &Expected) -> Self {
        let mut known = BTreeMap::new();
        for task in &expected.tasks {
            for unit in &task.units {
                for form in std::iter::once(&unit.name).chain(&unit.completed) {
                    known.insert((folded(&task.number), folded(form)), folded(&unit.name));
                }
            }
        }
        Names(known)
    }

    fn canonical(&self, number: &str, unit: &super::Named) -> String {
        let look = |form: &String| self.0.get(&(number.to_owned(), folded(form))).cloned();
        let own = look(&unit.name);
        own.or_else(|| unit.completed.as_ref().and_then(look))
            .unwrap_or_else(|| folded(&unit.name))
    }
}

/// One unit as compared: its task, name, part, proposed lead and collective mark.
struct Part {
    number: String,
    name: String,
    role: Role,
    first: bool,
    collective: bool,
}

fn parts(read: &Notice, expected: &Expected) -> (Vec<Part>, Vec<Part>) {
    let names = Names::of(expected);
    let wanted = expected.tasks.iter().flat_map(|t| {
        t.units.iter().map(|u| Part {
            number: folded(&t.number),
            name: folded(&u.name),
            role: u.role,
            first: u.first,
            collective: u.collective,
        })
    });
    let found = read.tasks.iter().flat_map(|t| {
        let number = folded(&t.number);
        let names = &names;
        t.units.iter().map(move |u| Part {
            name: names.canonical(&number, u),
            number: number.clone(),
            role: u.role,
            first: u.first,
            collective: u.collective,
        })
    });
    (wanted.collect(), found.collect())
}

/// A deadline as compared: words, and the day or the beat where the expected one states it.
fn deadlines(read: &Notice, expected: &Expected) -> (Vec<String>, Vec<String>) {
    let line = |number: &str, text: &str, date: Option<chrono::NaiveDate>, rhythm: Option<Rhythm>| {
        format!("{} {} {date:?} {rhythm:?}", folded(number), folded(text))
    };
    let wanted: Vec<(&String, &ExpectedDeadline)> = expected
        .tasks
        .iter()
        .filter_map(|t| t.deadline.as_ref().map(|d| (&t.number, d)))
        .collect();
    let found = read.tasks.iter().filter_map(|t| {
        let deadline = t.deadline.as_ref()?;
        let same = wanted
            .iter()
            .find(|(n, d)| folded(n) == folded(&t.number) && folded(&d.text) == folded(&deadline.text));
        let (date, rhythm) = match same {
            Some((_, d)) if d.date.is_none() && d.rhythm.is_none() => (None, None),
            _ => (deadline.date, deadline.rhythm),
        };
        Some(line(&t.number, &deadline.text, date, rhythm))
    });
    let found = found.collect();
    let wanted = wanted.iter().map(|(n, d)| line(n, &d.text, d.date, d.rhythm)).collect();
    (wanted, found)
}

fn indicator(
    task: Option<&str>,
    name: &str,
    comparator: Comparator,
    value: Option<Decimal>,
    rest: (&str, Option<i32>),
) -> String {
    let value = value.map(|v| v.normalize().to_string()).unwrap_or_default();
    let (unit, year) = rest;
    let task = task.map_or_else(|| "-".to_owned(), folded);
    format!(
        "{task} {} {comparator:?} {value} {} {year:?}",
        folded(name),
        folded(unit)
    )
}

fn head(
    title: Option<&str>,
    issuer: Option<&str>,
    number: Option<&str>,
    date: Option<chrono::NaiveDate>,
) -> Vec<String> {
    vec![
        format!("title {:?}", title.map(folded)),
        format!("issuer {:?}", issuer.map(folded)),
        format!("number {:?}", number.map(folded)),
        format!("date {date:?}"),
    ]
}

/// Scores a reading. White space does not count on either side, nor the width of signs; a name or its completed form counts.
#[must_use]
pub fn score(read: &Notice, expected: &Expected) -> Score {
    let mut differences = Vec::new();
    let mut compare = |kind: &str, want: Vec<String>, got: Vec<String>| tally(kind, want, got, &mut differences);
    let (wanted, found) = parts(read, expected);
    let each = |parts: &[Part], show: fn(&Part) -> String| parts.iter().map(show).collect::<Vec<_>>();
    let name = |p: &Part| format!("{} {}", p.number, p.name);
    let role = |p: &Part| format!("{} {} {:?} {}", p.number, p.name, p.role, p.first);
    let collective = |p: &Part| format!("{} {} {}", p.number, p.name, p.collective);
    let (due_wanted, due_found) = deadlines(read, expected);
    let numbered = |number: &str, words: &str| format!("{} {}", folded(number), folded(words));
    let section = |s: &Option<String>| s.as_deref().unwrap_or("-").to_owned();
    let (want, got) = (&expected.tasks, &read.tasks);
    Score {
        head: compare(
            "head",
            head(
                expected.title.as_deref(),
                expected.issuer.as_deref(),
                expected.doc_number.as_deref(),
                expected.issued_on,
            ),
            head(
                read.title.as_deref(),
                read.issuer.as_deref(),
                read.doc_number.as_deref(),
                read.issued_on,
            ),
        ),
        tasks: compare(
            "task",
            want.iter().map(|t| folded(&t.number)).collect(),
            got.iter().map(|t| folded(&t.number)).collect(),
        ),
        titles: compare(
            "title",
            want.iter().map(|t| numbered(&t.number, &t.title)).collect(),
            got.iter().map(|t| numbered(&t.number, &t.title)).collect(),
        ),
        sections: compare(
            "section",
            want.iter().map(|t| numbered(&t.number, &section(&t.section))).collect(),
            got.iter().map(|t| numbered(&t.number, &section(&t.section))).collect(),
        ),
        units: compare("unit", each(&wanted, name), each(&found, name)),
        roles: compare("role", each(&wanted, role), each(&found, role)),
        collectives: compare("collective", each(&wanted, collective), each(&found, collective)),
        deadlines: compare("deadline", due_wanted, due_found),
        indicators: compare(
            "indicator",
            expected
                .indicators
                .iter()
                .map(|i| {
                    let value = i.value.to_string().parse().ok();
                    indicator(i.task.as_deref(), &i.name, i.comparator, value, (&i.unit, i.year))
                })
                .collect(),
            read.indicators
                .iter()
                .map(|i| {
                    indicator(
                        i.task.as_deref(),
                        &i.name,
                        i.comparator,
                        Some(i.value),
                        (&i.unit, i.year),
                    )
                })
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
