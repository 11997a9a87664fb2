//! A reading matched against the organisation, and the confirmation that goes back.

use chrono::NaiveDate;
use duban_core::id::{CampaignId, UnitId};
use duban_core::notice::{self, Notice};
use duban_core::org::{Roster, Unit, UnitKind};
use duban_store::notice::{NewAssignment, NewIndicator, NewTask};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A notice as read, with its names matched against the organisation of today.
#[derive(Clone, Debug)]
pub struct Reading {
    /// What was read.
    pub notice: Notice,
    /// Every distinct name in the order of the text.
    pub names: Vec<FoundName>,
    /// The units there are today, by number.
    pub units: BTreeMap<UnitId, Unit>,
    /// The rosters there are, by number.
    pub rosters: BTreeMap<i64, Roster>,
    /// The campaign that was opened over the same text, and its year, if any was.
    pub opened: Option<(CampaignId, i32)>,
    /// What a campaign over it would most likely have.
    pub proposed: Proposed,
}

/// What the import page proposes for the campaign.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Proposed {
    /// The year: this one, from November on the next.
    pub year: i32,
    /// The unit whose people coordinate.
    pub coordinator: Option<UnitId>,
    /// The unit of the office's people.
    pub office: Option<UnitId>,
    /// The unit of the leaders.
    pub leadership: Option<UnitId>,
    /// The unit of the inspectors.
    pub inspection: Option<UnitId>,
    /// Twenty working days from today.
    pub plan_due: NaiveDate,
}

/// A name as it stands in a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundName {
    /// The name.
    pub name: String,
    /// It stands for several units.
    pub collective: bool,
    /// Positions of the tasks that name it.
    pub tasks: Vec<usize>,
    /// What goes by that name today.
    pub matched: Option<Target>,
    /// Units whose names come nearest, when nothing goes by it.
    pub nearest: Vec<UnitId>,
}

/// What a name stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Target {
    /// One unit.
    Unit(UnitId),
    /// The members of a roster on the day of confirmation.
    Roster(i64),
}

/// What a person says about a name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resolution {
    /// It stands for this. `remember`: from now on the unit also goes by this name.
    Means {
        /// What it stands for.
        target: Target,
        /// Keep it as another name of the unit.
        remember: bool,
    },
    /// There is no such unit yet: one is made, from today on. It has nobody until the administrators give it people.
    Founded {
        /// Its full name; the name in the notice becomes another one when it differs.
        name: String,
        /// What it is.
        kind: UnitKind,
    },
    /// It is left out, for a reason.
    LeftOut {
        /// Why.
        reason: String,
    },
}

/// A confirmed notice: what a campaign is opened with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Import {
    /// The text that was read.
    pub text: String,
    /// The title of the notice, corrected where needed.
    pub title: String,
    /// Who issued it.
    pub issuer: Option<String>,
    /// Its document number.
    pub number: Option<String>,
    /// The day it was issued.
    pub dated: Option<NaiveDate>,
    /// What each name stands for; every name of the reading has to be here.
    pub names: BTreeMap<String, Resolution>,
    /// The name that leads each task, by position; a task that is missing here has no single lead.
    pub leads: BTreeMap<usize, String>,
    /// Positions of the indicators that are taken over.
    pub indicators: BTreeSet<usize>,
    /// The last day of tasks by position where a person says another one than was read; none takes the day away.
    #[serde(default)]
    pub due: BTreeMap<usize, Option<NaiveDate>>,
    /// Values of indicators by position where a person says another one than was read, as decimal digits.
    #[serde(default)]
    pub values: BTreeMap<usize, String>,
    /// Names of indicators by position where a person says another one than was read.
    #[serde(default)]
    pub called: BTreeMap<usize, String>,
    /// The campaign.
    pub campaign: NewCampaign,
}

/// The campaign to be opened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewCampaign {
    /// The year.
    pub year: i32,
    /// Its title.
    pub title: String,
    /// The title of each plan; `{unit}` and `{year}` are put in.
    pub plan_title: String,
    /// The unit that coordinates it.
    pub coordinator: UnitId,
    /// The government's office.
    pub office: UnitId,
    /// The leadership.
    pub leadership: UnitId,
    /// The supervision office.
    pub inspection: UnitId,
    /// The last day for every unit to submit its plan.
    pub plan_due: NaiveDate,
}

/// Every distinct name of a notice with what goes by it.
pub(super) fn names(
    notice: &Notice,
    units: &BTreeMap<UnitId, Unit>,
    rosters: &BTreeMap<i64, Roster>,
) -> Vec<FoundName> {
    let mut found: Vec<FoundName> = Vec::new();
    let mut known: BTreeMap<&str, usize> = BTreeMap::new();
    for (position, task) in notice.tasks.iter().enumerate() {
        for named in &task.units {
            let at = *known.entry(&named.name).or_insert_with(|| {
                found.push(FoundName {
                    name: named.name.clone(),
                    collective: named.collective,
                    tasks: Vec::new(),
                    matched: target(&named.name, units, rosters),
                    nearest: Vec::new(),
                });
                found.len() - 1
            });
            found[at].tasks.push(position);
        }
    }
    for one in found.iter_mut().filter(|one| one.matched.is_none()) {
        one.nearest = nearest(&one.name, units);
    }
    found
}

fn target(name: &str, units: &BTreeMap<UnitId, Unit>, rosters: &BTreeMap<i64, Roster>) -> Option<Target> {
    let unit = units.values().find(|unit| unit.name == name);
    let unit = unit.or_else(|| units.values().find(|unit| unit.is_called(name)));
    let roster = || {
        rosters
            .iter()
            .find(|(_, roster)| roster.name == name)
            .map(|(id, _)| *id)
    };
    unit.map(|unit| Target::Unit(unit.id))
        .or_else(|| roster().map(Target::Roster))
}

/// Up to three units that share most characters with a name, none that shares less than half of them.
fn nearest(name: &str, units: &BTreeMap<UnitId, Unit>) -> Vec<UnitId> {
    let of: BTreeSet<char> = name.chars().collect();
    let likeness = |other: &str| {
        let other: BTreeSet<char> = other.chars().collect();
        let shared = of.intersection(&other).count();
        shared * 200 / (of.len() + other.len()).max(1)
    };
    let mut scored: Vec<(usize, UnitId)> = units
        .values()
        .map(|unit| {
            let names = std::iter::once(&unit.name).chain(&unit.aliases);
            (names.map(|name| likeness(name)).max().unwrap_or(0), unit.id)
        })
        .filter(|(score, _)| *score >= 50)
        .collect();
    scored.sort_by_key(|(score, id)| (std::cmp::Reverse(*score), *id));
    scored.into_iter().take(3).map(|(_, id)| id).collect()
}

/// The tasks as they are written: numbers made unique, names replaced by units, rosters by their members on `today`.
/// Units that are made with the import are units by then.
pub(super) fn written(reading: &Reading, import: &Import, today: NaiveDate) -> Vec<NewTask> {
    let tasks = &reading.notice.tasks;
    let numbers: Vec<Option<i32>> = tasks.iter().map(|task| task.number.parse().ok()).collect();
    let distinct: BTreeSet<i32> = numbers.iter().flatten().copied().collect();
    // Numbers that begin anew under each heading, or are no plain numbers, give way to the position.
    let as_read = distinct.len() == tasks.len();
    let mut found = Vec::with_capacity(tasks.len());
    for ((at, task), position) in tasks.iter().enumerate().zip(1..) {
        let lead = import.leads.get(&at);
        let mut units: Vec<NewAssignment> = Vec::new();
        let mut taken: BTreeMap<UnitId, usize> = BTreeMap::new();
        let mut add = |unit: UnitId, named: &notice::Named, via: Option<i64>| {
            let leads = via.is_none() && lead == Some(&named.name);
            let role = match (leads, named.role) {
                (true, _) => "lead",
                (false, notice::Role::Support) => "support",
                (false, notice::Role::Lead | notice::Role::Co) => "co",
            };
            let new = NewAssignment {
                unit,
                role,
                leads,
                via_roster: via,
                place: serde_json::to_value(named.place).ok(),
            };
            match taken.get(&unit) {
                None => {
                    taken.insert(unit, units.len());
                    units.push(new);
                }
                // Named by itself and as a member, or by two names: the nearer and heavier mention counts.
                Some(at) if (units[*at].via_roster.is_some() && via.is_none()) || leads => units[*at] = new,
                Some(_) => {}
            }
        };
        for named in &task.units {
            match import.names.get(&named.name) {
                Some(Resolution::Means {
                    target: Target::Unit(unit),
                    ..
                }) => add(*unit, named, None),
                Some(Resolution::Means {
                    target: Target::Roster(id),
                    ..
                }) => {
                    let members = reading.rosters.get(id).map(|roster| roster.members_on(today));
                    for unit in members.unwrap_or_default() {
                        add(unit, named, Some(*id));
                    }
                }
                Some(Resolution::Founded { .. } | Resolution::LeftOut { .. }) | None => {}
            }
        }
        found.push(NewTask {
            number: if as_read {
                numbers[at].unwrap_or(position)
            } else {
                position
            },
            section: task.section.clone().unwrap_or_default(),
            title: task.title.clone(),
            text: task.text.clone(),
            deadline: task.deadline.as_ref().map(|deadline| deadline.text.clone()),
            due_on: match import.due.get(&at) {
                Some(said) => *said,
                None => task.deadline.as_ref().and_then(|deadline| deadline.date),
            },
            place: serde_json::to_value(task.place).ok(),
            units,
        });
    }
    found
}

/// The chosen indicators, each tied to the task whose text it stands in.
pub(super) fn figures(reading: &Reading, import: &Import) -> Vec<NewIndicator> {
    let tasks = &reading.notice.tasks;
    reading
        .notice
        .indicators
        .iter()
        .enumerate()
        .filter(|(at, _)| import.indicators.contains(at))
        .map(|(at, one)| {
            let task = one.task.as_ref().and_then(|_| {
                tasks
                    .iter()
                    .position(|task| task.place.line <= one.place.line && one.place.line <= task.place.end_line)
            });
            NewIndicator {
                task,
                name: import.called.get(&at).map_or(&one.name, |name| name).trim().to_owned(),
                comparator: one.comparator.code(),
                value: import.values.get(&at).cloned().unwrap_or_else(|| one.value.to_string()),
                measure: one.unit.clone(),
                year: one.year,
                text: one.sentence_start.clone(),
                place: serde_json::to_value(one.place).ok(),
            }
        })
        .collect()
}
