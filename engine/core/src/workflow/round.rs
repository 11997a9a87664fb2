//! Rounds and seats: a visit to a stage, and those who are asked there.

use super::command::{Addressee, Turn};
use super::definition::{StageId, StageKind};
use crate::id::{PersonId, RevisionNo, RoundNo, SeatNo, UnitId};
use crate::org::{Actor, Moment, Role};
use crate::reason::Reason;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// One branch of one visit to a split. A way into nested splits is a list of them, the outermost first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Branch {
    /// The visit's number.
    pub visit: u32,
    /// Which of the split's branches, from 0.
    pub index: u32,
}

/// One visit to a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Round {
    /// Its number.
    pub no: RoundNo,
    /// The stage.
    pub stage: StageId,
    /// What is done there.
    pub kind: StageKind,
    /// Why it was entered.
    pub cause: RoundCause,
    /// Whether it is open, or how it was decided.
    pub state: RoundState,
    /// The branches it lies in, the outermost first. Empty outside of every split.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub branch: Vec<Branch>,
    /// The round whose end opened it. None for the first one (and in records that are older than branches: the round
    /// before).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub opened_by: Option<RoundNo>,
    /// Its seats. Frozen when the round opens, apart from seats that change hands or are added or removed by
    /// recorded acts.
    pub seats: Vec<Arc<Seat>>,
    /// Why it has no seats, when it has none.
    pub lacking: Vec<Reason>,
    /// Returns that still have to be answered, the last one last.
    pub pending: Vec<Pending>,
    /// When it opened.
    pub opened: Moment,
    /// Last day of the time limit.
    pub due_on: Option<NaiveDate>,
    /// First day on which agreeing is possible.
    pub not_before: Option<NaiveDate>,
    /// When it was decided.
    pub closed: Option<Moment>,
    /// The seat whose answer decided it, when one did.
    pub decided_by: Option<SeatNo>,
    /// Where its routes led once it was passed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub went: Option<StageId>,
    /// How it was passed although there was nobody for it, or who asked for that.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overridden: Option<Overriding>,
}

impl Round {
    /// True when a seat of this very round was answered, moved or added, or stayed silent until its limit.
    pub fn is_touched(&self) -> bool {
        self.seats.iter().any(|seat| {
            let answered = seat.carried_from.is_none() && (seat.ballot.is_some() || seat.state == SeatState::Consented);
            let moved = seat.given == Some(Given::Transferred) || seat.lent.is_some() || seat.added.is_some();
            answered || moved || !seat.earlier.is_empty()
        })
    }

    /// The seat with this number.
    pub fn seat(&self, no: SeatNo) -> Option<&Seat> {
        self.seats.iter().find(|seat| seat.no == no).map(Arc::as_ref)
    }

    /// True when it is open and nobody can act in it.
    pub fn is_blocked(&self) -> bool {
        self.state == RoundState::Open
            && (self.seats.is_empty() || self.seats.iter().any(|seat| seat.state == SeatState::Blocked))
    }

    /// The signers that were added to this seat and are still part of the electorate.
    pub fn added_to(&self, seat: SeatNo) -> impl Iterator<Item = &Seat> {
        let added = move |found: &&Arc<Seat>| found.added.is_some_and(|added| added.to == seat) && found.counts();
        self.seats.iter().filter(added).map(Arc::as_ref)
    }

    /// True when the seat has agreed and somebody who was added after it has not answered yet.
    pub fn is_pending(&self, seat: &Seat) -> bool {
        seat.is_yes()
            && self
                .added_to(seat.no)
                .any(|added| added.awaits() && added.added.is_some_and(|a| a.turn == Turn::After))
    }
}

/// A return that still has to be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Once this stage is passed …
    pub after: StageId,
    /// … the paper goes straight to this one, …
    pub to: StageId,
    /// … of which this round had returned it …
    pub round: RoundNo,
    /// … after every seat in between whose signature no longer covers what it answers for, when this is so.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub affected: bool,
}

/// That a round for which there was nobody is passed by two people who see to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overriding {
    /// Who asked for it.
    pub asked_by: Actor,
    /// Who confirmed it; none so far.
    pub confirmed_by: Option<Actor>,
    /// Why.
    pub reason: String,
}

/// Why a stage was entered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundCause {
    /// The document began here.
    Start,
    /// The stage before was passed.
    Passed,
    /// A later stage sent it back.
    Returned,
    /// It came straight back to the stage that had returned it.
    Resumed,
    /// The submission was taken back.
    Withdrawn,
    /// An agreement was taken back.
    TakenBack,
    /// The vote before failed.
    Failed,
}

/// Whether a round is open, or how it was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoundState {
    /// Not decided.
    Open,
    /// Submitted or agreed.
    Passed,
    /// Sent back.
    Returned,
    /// The vote failed.
    Failed,
    /// Called off because the submission that opened it was taken back.
    Withdrawn,
    /// Called off because the agreement that opened it was taken back.
    TakenBack,
    /// Called off because another branch went back to before the split, or ended the document.
    Cancelled,
    /// Called off by the office.
    Terminated,
}

impl RoundState {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Passed => "passed",
            Self::Returned => "returned",
            Self::Failed => "failed",
            Self::Withdrawn => "withdrawn",
            Self::TakenBack => "taken_back",
            Self::Cancelled => "cancelled",
            Self::Terminated => "terminated",
        }
    }
}

/// A seat of a round. Its principal is a post (role of a unit), not a person: anyone who holds it may answer, or
/// anyone to whom a holder lent it. Seats move, they never multiply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Seat {
    /// Its number, counted over all rounds of the instance.
    pub no: SeatNo,
    /// Which of the stage's seat rules made it, from 0.
    pub rule: usize,
    /// The unit that answers.
    pub unit: UnitId,
    /// The role that answers there (the rule's own, or a fallback).
    pub role: Role,
    /// The one holder of the post who is meant, when one is. When that person no longer holds it, it is the post's
    /// again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
    /// How much its answer weighs in a vote.
    #[serde(default = "one", skip_serializing_if = "is_one")]
    pub weight: u32,
    /// What became of it.
    pub state: SeatState,
    /// When it opened.
    pub opened: Moment,
    /// Last day to answer.
    pub due_on: Option<NaiveDate>,
    /// Why nobody can sit there, while that is so.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub why: Vec<Reason>,
    /// The answer, once there is one.
    pub ballot: Option<Ballot>,
    /// Answers that were changed, or no longer count because an added signer objected; the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub earlier: Vec<Ballot>,
    /// The seat of an earlier round whose agreement counts here.
    pub carried_from: Option<SeatNo>,
    /// How it came to its present post, when not by its rule.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub given: Option<Given>,
    /// The seat that added it and when it is asked, when it was added (加签).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub added: Option<Added>,
    /// Who has it on loan (委派) and may give an opinion; the answer stays with the post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lent: Option<Addressee>,
    /// The field groups it signed for that were changed since: there its signature no longer holds.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub voided: Vec<String>,
}

fn one() -> u32 {
    1
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde asks for a reference")]
fn is_one(weight: &u32) -> bool {
    *weight == 1
}

impl Seat {
    /// True while an answer is asked for.
    pub fn is_undecided(&self) -> bool {
        matches!(self.state, SeatState::Open | SeatState::Blocked)
    }

    /// True while an answer is asked for or will be.
    pub fn awaits(&self) -> bool {
        self.is_undecided() || self.state == SeatState::Waiting
    }

    /// True when it counts as a yes.
    pub fn is_yes(&self) -> bool {
        matches!(
            self.state,
            SeatState::Submitted | SeatState::Approved | SeatState::Consented
        )
    }

    /// True when it counts as a no.
    pub fn is_no(&self) -> bool {
        matches!(self.state, SeatState::Returned | SeatState::Rejected)
    }

    /// True while it is part of the electorate.
    pub fn counts(&self) -> bool {
        !matches!(self.state, SeatState::Removed | SeatState::Objected)
    }

    /// The post that answers, and the person who is meant.
    pub fn principal(&self) -> Addressee {
        Addressee {
            unit: self.unit,
            role: self.role,
            person: self.person,
        }
    }
}

/// How a seat came to a post other than by its rule.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// The electorate would have been empty.
    Fallback,
    /// It was handed over (转办).
    Transferred,
}

/// Which seat added a signer, and when that signer is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Added {
    /// The seat.
    pub to: SeatNo,
    /// When.
    pub turn: Turn,
}

/// What became of a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatState {
    /// Its turn has not come.
    Waiting,
    /// An answer is awaited.
    Open,
    /// An answer is awaited and there is nobody to give it.
    Blocked,
    /// The content was submitted from it.
    Submitted,
    /// It agreed.
    Approved,
    /// It voted against.
    Rejected,
    /// It abstained.
    Abstained,
    /// It sent the paper back (or voted to).
    Returned,
    /// It stayed silent until the time limit: no objection.
    Consented,
    /// An added signer objected: whoever added them decides, and the seat is no longer part of the electorate.
    Objected,
    /// It was removed (减签) and is no longer part of the electorate.
    Removed,
    /// The round ended before it answered.
    Cancelled,
}

impl SeatState {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Open => "open",
            Self::Blocked => "blocked",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Abstained => "abstained",
            Self::Returned => "returned",
            Self::Consented => "consented",
            Self::Objected => "objected",
            Self::Removed => "removed",
            Self::Cancelled => "cancelled",
        }
    }
}

/// The answer given from a seat.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ballot {
    /// Who, in which post, for whom.
    pub actor: Actor,
    /// When.
    pub at: Moment,
    /// The revision they had before them.
    pub revision: RevisionNo,
    /// Their note, or the reason of a return.
    pub note: String,
    /// Where a return asked the paper to go.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<StageId>,
    /// What it is a signature of: the hash of each field group that the stage answers for.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub signed: BTreeMap<String, String>,
}
