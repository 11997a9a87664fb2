//! An instance: one document on its way through one version of a definition. The fold of its events.

use super::definition::{StageId, StageKind};
use super::extension::{Extension, ExtensionState};
use super::round::{Branch, Round, RoundCause, RoundState, Seat};
use crate::id::{DocumentId, PersonId, RoundNo, SeatNo, Version};
use crate::org::Moment;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// Where one document stands. Cheap to clone: rounds and seats are shared until they change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The document.
    pub document: DocumentId,
    /// The definition it follows.
    pub definition: String,
    /// The version of the definition it is on.
    pub definition_version: u32,
    /// How many commands were accepted, the start included.
    pub version: Version,
    /// How many events there were.
    pub events: u32,
    /// Where it is, in one name: the stage of its oldest open round, or the end it reached. A document inside a split
    /// is in several places, see [`Instance::places`].
    pub stage: StageId,
    /// How it was finished, when it is.
    pub finish: Option<Finish>,
    /// All visits to stages, in the order of their numbers.
    pub rounds: Vec<Arc<Round>>,
    /// All visits to splits, in the order of their numbers.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub splits: Vec<Arc<SplitVisit>>,
    /// Since when it is stopped for a while, when it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub suspended: Option<Moment>,
    /// For how long it was stopped before: from a day that does not count to one that does (civil dates).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stops: Vec<(NaiveDate, NaiveDate)>,
    /// Requests for a later last day, the oldest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub extensions: Vec<Extension>,
    /// Who asked for hurry, and on which day last.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub urged: BTreeMap<PersonId, NaiveDate>,
}

/// One visit to a split: which of its branches have arrived at the join.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SplitVisit {
    /// Its number, from 1.
    pub no: u32,
    /// The split.
    pub split: StageId,
    /// The branches it lies in itself, the outermost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outer: Vec<Branch>,
    /// The round whose end opened it.
    pub opened_by: Option<RoundNo>,
    /// For each branch the round with which it arrived, once it has.
    pub arrived: Vec<Option<RoundNo>>,
    /// Whether it is under way.
    pub state: SplitState,
}

/// Whether a visit to a split is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SplitState {
    /// Some branch has not arrived.
    Open,
    /// All branches arrived and the paper went on as one.
    Joined,
    /// It was called off.
    Cancelled,
}

/// How a document was finished.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    /// At an end of its definition.
    Ended,
    /// By the office, without a result.
    Terminated,
}

/// The state of an instance in one word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// Not submitted yet, or withdrawn.
    Draft,
    /// On its way.
    Running,
    /// Came back to be changed.
    Returned,
    /// Nobody can act where it is.
    Blocked,
    /// Stopped for a while.
    Suspended,
    /// At an end; [`Instance::stage`] says which.
    Ended,
    /// Ended by the office without a result.
    Terminated,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Draft,
        Self::Running,
        Self::Returned,
        Self::Blocked,
        Self::Suspended,
        Self::Ended,
        Self::Terminated,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Running => "running",
            Self::Returned => "returned",
            Self::Blocked => "blocked",
            Self::Suspended => "suspended",
            Self::Ended => "ended",
            Self::Terminated => "terminated",
        }
    }

    /// The status with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.code() == code)
    }

    /// True when nothing can happen any more.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Ended | Self::Terminated)
    }
}

impl Instance {
    /// The round with this number.
    pub fn round(&self, no: RoundNo) -> Option<&Round> {
        let at = usize::try_from(no.0).ok()?.checked_sub(1)?;
        // Rounds are numbered in the order in which they stand.
        self.rounds.get(at).filter(|round| round.no == no).map(Arc::as_ref)
    }

    /// The open rounds, the oldest first: one outside of splits, one for each branch inside. None once the document
    /// is finished.
    pub fn open_rounds(&self) -> impl DoubleEndedIterator<Item = &Round> {
        let open = self.rounds.iter().filter(|round| round.state == RoundState::Open);
        open.map(Arc::as_ref)
    }

    /// The oldest open round; none once the document is finished.
    pub fn current(&self) -> Option<&Round> {
        self.open_rounds().next()
    }

    /// The stages in which it is.
    pub fn places(&self) -> Vec<&StageId> {
        self.open_rounds().map(|round| &round.stage).collect()
    }

    /// The open round that has this seat, with the seat.
    pub fn current_for(&self, no: SeatNo) -> Option<(&Round, &Seat)> {
        self.open_rounds().find_map(|round| Some((round, round.seat(no)?)))
    }

    /// The seats of the open rounds from which an answer is asked now, blocked ones included.
    pub fn open_seats(&self) -> Vec<&Seat> {
        let seats = self.open_rounds().flat_map(|round| &round.seats);
        seats.map(Arc::as_ref).filter(|seat| seat.is_undecided()).collect()
    }

    /// The visit to a split with this number.
    pub fn split(&self, no: u32) -> Option<&SplitVisit> {
        let at = usize::try_from(no).ok()?.checked_sub(1)?;
        self.splits.get(at).map(Arc::as_ref)
    }

    /// The round whose end opened this one, where there was one.
    pub fn opener_of(&self, round: &Round) -> Option<RoundNo> {
        let before = round.no.0.checked_sub(1).filter(|no| *no > 0).map(RoundNo);
        round.opened_by.or(before)
    }

    /// The rounds that came of this one's end, directly or not, in the order of their numbers.
    pub fn since(&self, no: RoundNo) -> Vec<&Round> {
        let mut found: Vec<&Round> = Vec::new();
        for round in self.rounds.iter().skip(usize::try_from(no.0).unwrap_or(usize::MAX)) {
            let opener = self.opener_of(round);
            if opener == Some(no) || found.iter().any(|before| Some(before.no) == opener) {
                found.push(round);
            }
        }
        found
    }

    /// The request for a later last day that nobody has decided about.
    pub fn extension_asked(&self) -> Option<&Extension> {
        let last = self.extensions.last();
        last.filter(|extension| extension.state == ExtensionState::Asked)
    }

    /// The state in one word.
    pub fn status(&self) -> Status {
        match self.finish {
            Some(Finish::Ended) => return Status::Ended,
            Some(Finish::Terminated) => return Status::Terminated,
            None if self.suspended.is_some() => return Status::Suspended,
            None => {}
        }
        if self.current().is_none() || self.open_rounds().any(Round::is_blocked) {
            return Status::Blocked;
        }
        if self.open_rounds().any(|round| round.kind != StageKind::Work) {
            return Status::Running;
        }
        let caused = |causes: &[RoundCause]| self.open_rounds().any(|round| causes.contains(&round.cause));
        if caused(&[RoundCause::Returned]) {
            Status::Returned
        } else if caused(&[RoundCause::Start, RoundCause::Withdrawn]) {
            Status::Draft
        } else {
            Status::Running
        }
    }
}
