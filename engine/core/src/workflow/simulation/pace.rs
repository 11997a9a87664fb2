//! How fast people are.

use crate::calendar::Calendar;
use crate::org::Role;
use crate::workflow::{Instance, RoundCause};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How fast people are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pace {
    /// Working days from the opening of a seat until its role answers, when nothing else holds it up. The day of the
    /// opening does not count; 0: on the same day.
    pub days: BTreeMap<Role, u32>,
    /// The same for roles that are not named.
    pub otherwise: u32,
    /// How many papers one person answers on one day, at most. 0 counts as 1.
    pub capacity: u32,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            days: BTreeMap::new(),
            otherwise: 1,
            capacity: 8,
        }
    }
}

impl Pace {
    /// Working days until this role answers.
    pub fn of(&self, role: Role) -> u32 {
        self.days.get(&role).copied().unwrap_or(self.otherwise)
    }
}

/// What papers of the past tell about one role.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Learnt {
    /// The median of the working days between the opening of a seat and its answer; of two in the middle the smaller.
    pub days: u32,
    /// How many answers it comes from.
    pub cases: usize,
}

/// What these papers tell about each role that answered in them. First drafts do not count: how long a unit takes to
/// write is not how long it takes to answer.
pub fn learn<'i>(papers: impl IntoIterator<Item = &'i Instance>, calendar: &Calendar) -> BTreeMap<Role, Learnt> {
    let mut found: BTreeMap<Role, Vec<u32>> = BTreeMap::new();
    for round in papers.into_iter().flat_map(|paper| &paper.rounds) {
        if round.cause == RoundCause::Start {
            continue;
        }
        for seat in round.seats.iter().filter(|seat| seat.carried_from.is_none()) {
            if let Some(ballot) = &seat.ballot {
                let days = calendar.between(seat.opened.day, ballot.at.day);
                found
                    .entry(seat.role)
                    .or_default()
                    .push(u32::try_from(days).unwrap_or(0));
            }
        }
    }
    let median = |mut days: Vec<u32>| {
        days.sort_unstable();
        let middle = days.len().saturating_sub(1) / 2;
        Learnt {
            days: days.get(middle).copied().unwrap_or(0),
            cases: days.len(),
        }
    };
    found.into_iter().map(|(role, days)| (role, median(days))).collect()
}
