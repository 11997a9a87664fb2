//! A reminder rule: what it watches, its ladder of rungs, and whom each rung reaches.

use chrono::NaiveTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a rule watches; each open clock is of one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// A plan or report that its unit has still to submit (the unit's clock).
    Draft,
    /// A seat of a review stage that somebody has still to fill (the reviewer's clock).
    Seat,
    /// A finding that is not closed.
    Finding,
}

impl Watch {
    /// All, in the order in which lists show them.
    pub const ALL: [Self; 3] = [Self::Draft, Self::Seat, Self::Finding];

    /// The stable code used in files, keys and locale keys (`reminder.watch.<code>`).
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Seat => "seat",
            Self::Finding => "finding",
        }
    }
}

/// Whom a rung reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// Whoever can act now: the holders of the post and their delegates.
    CanAct,
    /// The deputy of the unit whose turn it is.
    Deputy,
    /// The head of the unit whose turn it is.
    Head,
    /// The leader in charge.
    Leader,
}

impl Recipient {
    /// The stable code used in files and locale keys (`reminder.to.<code>`).
    pub fn code(self) -> &'static str {
        match self {
            Self::CanAct => "can_act",
            Self::Deputy => "deputy",
            Self::Head => "head",
            Self::Leader => "leader",
        }
    }
}

/// Where a rung stands on the ladder, in working days, from the due date unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// So many working days after the clock started: "this is new for you". The only step for a clock without a
    /// last day.
    Opened(u32),
    /// So many working days before the due date.
    Before(u32),
    /// On the due date.
    On,
    /// So many working days after it, once.
    After(u32),
    /// From so many working days after it, and again after every so many more.
    Every {
        /// First working day after the due date (at least 1).
        from: u32,
        /// Working days between two (at least 1).
        step: u32,
    },
}

/// One rung: when, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Where it stands.
    pub step: Step,
    /// Whom it reaches; never empty.
    pub to: Vec<Recipient>,
}

/// How the mails of a rule travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// As a line of the person's one mail of the morning.
    Digest,
    /// As a mail of its own.
    Single,
}

/// A reminder rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name in keys; stable for ever.
    pub id: String,
    /// What it is called, by language tag (`zh`, `en`), as written in its file.
    pub title: BTreeMap<String, String>,
    /// What it watches.
    pub watch: Watch,
    /// Only papers of this type; all when absent.
    pub document_type: Option<String>,
    /// Local time of day from which a rung is due.
    pub at: NaiveTime,
    /// Its ladder.
    pub rungs: Vec<Rung>,
    /// How its mails travel.
    pub delivery: Delivery,
    /// True when a person may switch it off for themselves.
    pub mutable: bool,
}
