//! How well a reading agrees with what a person read: precision and recall for each kind of finding.

use std::collections::BTreeMap;

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use super::Notice;
use super::assignment::Role;
use super::comparator::Comparator;
use super::measures::CHANGES;
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
                    let form = folded(form);
                    // 区委编办（区事管局）: the second name may be left out.
                    let first = form.split_once('(').filter(|_| !unit.collective && form.ends_with(')'));
                    if let Some((first, _)) = first {
                        known.insert((folded(&task.number), first.to_owned()), folded(&unit.name));
                    }
                    known.insert((folded(&task.number), form), folded(&unit.name));
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

/// An indicator as compared: its name, and everything else on one line.
struct Measured {
    name: String,
    rest: String,
}

impl Measured {
    fn new(task: Option<&str>, name: &str, comparator: Comparator, value: Option<Decimal>, unit: &str) -> Self {
        let value = value.map(|v| v.normalize().to_string()).unwrap_or_default();
        let task = task.map_or_else(|| "-".to_owned(), folded);
        Self {
            name: folded(name),
            rest: format!("{task} {comparator:?} {value} {}", folded(unit)),
        }
    }

    fn in_year(mut self, year: Option<i32>) -> Self {
        self.rest = format!("{} {year:?}", self.rest);
        self
    }

    /// A name and a longer form of it are one (公厕, 新建城市公厕); so are a measure and its change where the value says so.
    fn same_name(&self, other: &Self) -> bool {
        let (a, b) = (without_change(&self.name), without_change(&other.name));
        !a.is_empty() && !b.is_empty() && (a.ends_with(b) || b.ends_with(a)) || self.name.ends_with(&other.name)
    }

    fn line(&self, name: &str) -> String {
        format!("{name}: {}", self.rest)
    }
}

/// A name without a verb of change at its end, and without what the change is measured from: 事故起数较上年下降.
fn without_change(name: &str) -> &str {
    let own = CHANGES.iter().find_map(|c| name.strip_suffix(c)).unwrap_or(name);
    let compared = own.strip_suffix('年').and_then(|own| own.rfind(['较', '比']));
    match compared {
        Some(at) if at > 0 => &own[..at],
        _ => own,
    }
}

/// The lines of the indicators on both sides. A found name goes by the expected one it is a form of.
fn indicators(read: &Notice, expected: &Expected) -> (Vec<String>, Vec<String>) {
    let wanted: Vec<Measured> = expected
        .indicators
        .iter()
        .map(|i| {
            let value = i.value.to_string().parse().ok();
            Measured::new(i.task.as_deref(), &i.name, i.comparator, value, &i.unit).in_year(i.year)
        })
        .collect();
    let mut free: Vec<&Measured> = wanted.iter().collect();
    let found = read.indicators.iter().map(|i| {
        let own = Measured::new(i.task.as_deref(), &i.name, i.comparator, Some(i.value), &i.unit).in_year(i.year);
        let at = free.iter().position(|w| w.rest == own.rest && w.name == own.name);
        let at = at.or_else(|| free.iter().position(|w| w.rest == own.rest && own.same_name(w)));
        let name = at.map_or_else(|| own.name.clone(), |at| free.remove(at).name.clone());
        own.line(&name)
    });
    let found = found.collect();
    (wanted.iter().map(|w| w.line(&w.name)).collect(), found)
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

/// Scores a reading. White space does not count on either side, nor the width of signs; a name of a unit
/// or its completed form counts, with or without a second name in brackets behind it; so do the name of an indicator and a
/// longer form of it.
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
    let (measured_wanted, measured_found) = indicators(read, expected);
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
        indicators: compare("indicator", measured_wanted, measured_found),
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
