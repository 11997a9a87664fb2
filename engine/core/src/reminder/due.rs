//! Which reminders are due: pure over rules, open clocks, calendar and the local moment.

use super::rule::{Delivery, Recipient, Watch};
use crate::calendar::Calendar;
use crate::id::{DocumentId, FindingId, PersonId, UnitId};
use chrono::{NaiveDate, NaiveDateTime};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A clock that runs now: somebody owes something by a date. A clock that was closed by an act is not in the list,
/// so whoever has acted is not reminded.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpenClock {
    /// What kind of clock.
    pub watch: Watch,
    /// The paper it is about; none for a finding without a report.
    pub document: Option<DocumentId>,
    /// The finding it is about, if it is about one.
    pub finding: Option<FindingId>,
    /// Tells clocks of one paper apart: the seat's number, or the number of the round that gave the paper to the
    /// unit (0 for the first draft).
    pub turn: u32,
    /// Type of the paper; empty for a finding without a report.
    pub document_type: String,
    /// The unit whose turn it is: the owner of a draft, the unit of a seat.
    pub unit: UnitId,
    /// When it started, local civil time. Rungs before that are not made up for.
    pub opened_at: NaiveDateTime,
    /// The last day.
    pub due_on: NaiveDate,
    /// Who is meant by each kind of recipient now.
    pub people: BTreeMap<Recipient, BTreeSet<PersonId>>,
}

impl OpenClock {
    /// The name of this clock in occurrence keys. The due date is part of it, so a moved date is reminded of anew.
    pub fn key(&self) -> String {
        let subject = match (self.document, self.finding) {
            (Some(document), _) => format!("d{document}"),
            (None, Some(finding)) => format!("f{finding}"),
            (None, None) => String::from("-"),
        };
        format!("{}.{subject}.{}.{}", self.watch.code(), self.turn, self.due_on)
    }
}

/// Everything that [`due`] looks at besides the rules.
#[derive(Clone, Copy, Debug)]
pub struct Situation<'a> {
    /// The clocks that run.
    pub clocks: &'a [OpenClock],
    /// The working days.
    pub calendar: &'a Calendar,
    /// Local civil time where the government sits.
    pub now: NaiveDateTime,
    /// How much each unit holds up others (from the graph); the heaviest come first.
    pub weights: &'a BTreeMap<UnitId, u64>,
    /// Who has switched off which rule; counts only for rules that may be switched off.
    pub muted: &'a BTreeSet<(String, PersonId)>,
}

/// One reminder: for one person, about one clock, at one rung.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Occurrence {
    /// Unique for ever; the database refuses the same one twice.
    pub key: String,
    /// The rule.
    pub rule: String,
    /// The clock's key.
    pub clock: String,
    /// The rung: working days from the due date, negative before it.
    pub rung: i64,
    /// Who is reminded.
    pub person: PersonId,
    /// As what they are reminded.
    pub to: Recipient,
    /// When it became due, local civil time.
    pub due_at: NaiveDateTime,
    /// How it travels.
    pub delivery: Delivery,
    /// The unit whose turn it is.
    pub unit: UnitId,
    /// The paper, if it is about one.
    pub document: Option<DocumentId>,
    /// The finding, if it is about one.
    pub finding: Option<FindingId>,
    /// The clock's last day.
    pub due_on: NaiveDate,
}
