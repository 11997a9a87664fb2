//! Simulation: papers replayed under changed conditions, day by working day, with the real [`super::transition`] and
//! [`super::available`]. No randomness: the same scenario always gives the same outcome.
//!
//! - this file: what goes in and what comes out;
//! - [`run`](self::run): the days;
//! - [`pace`]: how long each role takes, learnt from papers that went their way;
//! - [`compare`]: what a change of conditions makes different;
//! - [`picture`]: load over days as a picture.

pub mod compare;
pub mod pace;
pub mod picture;
mod run;

pub use compare::{Comparison, compare};
pub use pace::{Learnt, Pace};
pub use run::simulate;

use super::definition::{Definition, StageId};
use super::guard::Fact;
use crate::calendar::Calendar;
use crate::id::{DocumentId, PersonId, UnitId};
use crate::org::Organisation;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// One paper to be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// The document.
    pub document: DocumentId,
    /// The unit it belongs to.
    pub owner: UnitId,
    /// The named lists of units, see [`super::definition::PARTIES`].
    pub parties: BTreeMap<String, Vec<UnitId>>,
    /// What guards may look at.
    pub facts: BTreeMap<String, Fact>,
    /// Everyone who wrote in it.
    pub authors: BTreeSet<PersonId>,
    /// The day on which it is handed in for the first time (civil date).
    pub submitted_on: NaiveDate,
    /// The last day for that, if there is one (civil date).
    pub due_on: Option<NaiveDate>,
    /// How often each stage sends it back. A stage does so on its first visits and agrees afterwards.
    pub returns: BTreeMap<StageId, u32>,
}

/// A set of papers and what they meet.
#[derive(Clone, Debug)]
pub struct Scenario<'a> {
    /// The way they all go.
    pub definition: &'a Definition,
    /// The papers.
    pub papers: &'a [Paper],
    /// Units, people, posts, delegations.
    pub organisation: &'a Organisation,
    /// Working days.
    pub calendar: &'a Calendar,
    /// How fast people are.
    pub pace: &'a Pace,
    /// What is different from what was.
    pub conditions: &'a Conditions,
}

/// What is different from what was.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conditions {
    /// People who are away. They keep their posts; whoever shares the post or was lent it acts, or nobody does.
    pub away: Vec<Absence>,
    /// Other time limits, in working days. A stage that has none gets one.
    pub limits: BTreeMap<StageId, u32>,
}

/// Somebody is away for a half-open period of civil dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// Who.
    pub person: PersonId,
    /// First day away.
    pub from: NaiveDate,
    /// First day back.
    pub until: NaiveDate,
}

impl Conditions {
    /// True when the person is away on `day`.
    pub fn is_away(&self, person: PersonId, day: NaiveDate) -> bool {
        let mut theirs = self.away.iter().filter(|absence| absence.person == person);
        theirs.any(|absence| absence.from <= day && day < absence.until)
    }

    /// The definition with the other time limits.
    pub fn limited(&self, definition: &Definition) -> Definition {
        let mut changed = definition.clone();
        for stage in &mut changed.stages {
            if let Some(days) = self.limits.get(&stage.id) {
                stage.limit = Some(*days);
            }
        }
        changed
    }
}

/// What happened to the papers, and how much everybody had to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The papers in the order in which they came in.
    pub papers: Vec<PaperRun>,
    /// Everybody who acted or was waited for.
    pub people: BTreeMap<PersonId, Load>,
    /// The stages that were visited.
    pub stages: BTreeMap<StageId, StageRun>,
}

impl Outcome {
    /// How many papers are late.
    pub fn late_papers(&self) -> usize {
        self.papers.iter().filter(|paper| paper.late).count()
    }

    /// How many papers do not reach an end.
    pub fn stuck_papers(&self) -> usize {
        self.papers.iter().filter(|paper| paper.finished_on.is_none()).count()
    }

    /// The day on which the last paper reaches its end.
    pub fn last_finish(&self) -> Option<NaiveDate> {
        self.papers.iter().filter_map(|paper| paper.finished_on).max()
    }
}

/// What happened to one paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperRun {
    /// The document.
    pub document: DocumentId,
    /// The unit it belongs to.
    pub owner: UnitId,
    /// Its visits to stages, in order.
    pub visits: Vec<Visit>,
    /// The day on which it reached its end; none when nobody carried it there.
    pub finished_on: Option<NaiveDate>,
    /// The end it reached, or the stage it is stuck in.
    pub stage: StageId,
    /// True when a visit was late.
    pub late: bool,
}

/// One visit of a paper to a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// The stage.
    pub stage: StageId,
    /// The day it began.
    pub opened_on: NaiveDate,
    /// The day it was decided.
    pub closed_on: Option<NaiveDate>,
    /// Its last day.
    pub due_on: Option<NaiveDate>,
    /// Decided after its last day, or never though it had one.
    pub late: bool,
}

/// How much one person had to do.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Load {
    /// Acts on each day, days without one left out.
    pub days: BTreeMap<NaiveDate, u32>,
    /// The most papers that waited for them at the close of a day, those that somebody else could have answered too
    /// included.
    pub longest_queue: u32,
    /// The first day on which it was that many.
    pub queue_on: Option<NaiveDate>,
}

impl Load {
    /// All acts.
    pub fn total(&self) -> u32 {
        self.days.values().sum()
    }

    /// The most acts on one day, and the first such day.
    pub fn peak(&self) -> (u32, Option<NaiveDate>) {
        let most = self.days.values().copied().max().unwrap_or(0);
        let on = self.days.iter().find(|(_, count)| **count == most);
        (most, on.map(|(day, _)| *day))
    }
}

/// How the visits to one stage went.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageRun {
    /// How many visits there were.
    pub rounds: u32,
    /// How many of them were late.
    pub late: u32,
}
