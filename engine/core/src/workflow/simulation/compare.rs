//! What a change of conditions makes different.

use super::{Outcome, PaperRun};
use crate::calendar::Calendar;
use crate::id::{DocumentId, PersonId, UnitId};
use crate::workflow::definition::StageId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Two outcomes side by side: only what differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// Papers that finish on another day, at another end, or become late or timely.
    pub papers: Vec<PaperChange>,
    /// People with another load.
    pub people: Vec<LoadChange>,
    /// Stages with other numbers of late visits.
    pub stages: Vec<StageChange>,
}

/// A paper that fares differently. Pairs are (before, after).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperChange {
    /// The document.
    pub document: DocumentId,
    /// The unit it belongs to.
    pub owner: UnitId,
    /// The day it finishes.
    pub finished_on: (Option<NaiveDate>, Option<NaiveDate>),
    /// Whether it is late.
    pub late: (bool, bool),
    /// Working days later (negative: earlier); none when it does not finish in one of the two.
    pub slip: Option<i64>,
}

/// A person with another load. Pairs are (before, after).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadChange {
    /// Who.
    pub person: PersonId,
    /// All acts.
    pub total: (u32, u32),
    /// The most acts on one day.
    pub peak: (u32, u32),
    /// The longest queue.
    pub queue: (u32, u32),
}

/// A stage with other numbers. Pairs are (before, after).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StageChange {
    /// The stage.
    pub stage: StageId,
    /// Visits.
    pub rounds: (u32, u32),
    /// Late visits.
    pub late: (u32, u32),
}

/// What differs between two outcomes over the same papers.
pub fn compare(before: &Outcome, after: &Outcome, calendar: &Calendar) -> Comparison {
    let papers = after.papers.iter().filter_map(|new| {
        let old = before.papers.iter().find(|old| old.document == new.document)?;
        paper_change(old, new, calendar)
    });
    let people: BTreeSet<_> = before.people.keys().chain(after.people.keys()).copied().collect();
    let people = people.into_iter().filter_map(|person| {
        let loads = [before, after].map(|outcome| outcome.people.get(&person).cloned().unwrap_or_default());
        let [old, new] = &loads;
        let change = LoadChange {
            person,
            total: (old.total(), new.total()),
            peak: (old.peak().0, new.peak().0),
            queue: (old.longest_queue, new.longest_queue),
        };
        let differs =
            change.total.0 != change.total.1 || change.peak.0 != change.peak.1 || change.queue.0 != change.queue.1;
        differs.then_some(change)
    });
    let stages: BTreeSet<_> = before.stages.keys().chain(after.stages.keys()).cloned().collect();
    let stages = stages.into_iter().filter_map(|stage| {
        let [old, new] = [before, after].map(|outcome| outcome.stages.get(&stage).copied().unwrap_or_default());
        (old != new).then_some(StageChange {
            stage,
            rounds: (old.rounds, new.rounds),
            late: (old.late, new.late),
        })
    });
    Comparison {
        papers: papers.collect(),
        people: people.collect(),
        stages: stages.collect(),
    }
}

fn paper_change(old: &PaperRun, new: &PaperRun, calendar: &Calendar) -> Option<PaperChange> {
    if (old.finished_on, old.late, &old.stage) == (new.finished_on, new.late, &new.stage) {
        return None;
    }
    let both = old.finished_on.zip(new.finished_on);
    Some(PaperChange {
        document: new.document,
        owner: new.owner,
        finished_on: (old.finished_on, new.finished_on),
        late: (old.late, new.late),
        slip: both.map(|(old, new)| calendar.between(old, new)),
    })
}
