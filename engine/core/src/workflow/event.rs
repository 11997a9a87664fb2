//! Events: what happened. An instance is the fold of its events.

use super::command::{By, Mark};
use super::definition::{StageId, StageKind};
use super::instance::{Pending, RoundCause, RoundState, Seat};
use crate::id::{CommandId, DocumentId, RevisionNo, RoundNo, SeatNo, Version};
use crate::org::{Actor, Moment};
use crate::reason::Reason;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// One event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// Its place among the document's events, counted from 1.
    pub seq: u32,
    /// The instance's version after the command it belongs to.
    pub version: Version,
    /// When.
    pub at: Moment,
    /// Whose command made it happen.
    pub by: By,
    /// The command's number; none for the start of a document.
    pub command: Option<CommandId>,
    /// In which capacity, and for whom, a person acted. None for clockwork and where no post was needed.
    pub actor: Option<Actor>,
    /// What happened.
    pub what: What,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum What {
    /// The document began its way.
    Started {
        /// The document.
        document: DocumentId,
        /// The definition.
        definition: String,
        /// Its version; the document stays on it.
        definition_version: u32,
    },
    /// A stage was entered.
    RoundOpened {
        /// The new round.
        round: RoundNo,
        /// Its stage.
        stage: StageId,
        /// What is done there.
        stage_kind: StageKind,
        /// Why it was entered.
        cause: RoundCause,
        /// Its seats, some possibly blocked or carried over.
        seats: Vec<Seat>,
        /// Why it has no seats, when it has none.
        lacking: Vec<Reason>,
        /// Returns that still have to be answered.
        pending: Vec<Pending>,
        /// Last day of the stage's time limit.
        due_on: Option<NaiveDate>,
        /// First day on which agreeing is possible.
        not_before: Option<NaiveDate>,
    },
    /// The content was submitted.
    Submitted {
        /// The round.
        round: RoundNo,
        /// The seat.
        seat: SeatNo,
        /// The revision it froze.
        revision: RevisionNo,
        /// A note.
        note: String,
    },
    /// A seat agreed.
    Approved {
        /// The round.
        round: RoundNo,
        /// The seat.
        seat: SeatNo,
        /// The revision it agreed to.
        revision: RevisionNo,
        /// A note.
        note: String,
    },
    /// A seat sent the paper back (or voted to).
    Returned {
        /// The round.
        round: RoundNo,
        /// The seat.
        seat: SeatNo,
        /// The revision it looked at.
        revision: RevisionNo,
        /// Where to.
        to: StageId,
        /// Why.
        reason: String,
        /// Remarks at places.
        marks: Vec<Mark>,
    },
    /// Seats stayed silent until their time limit: no objection.
    Consented {
        /// The round.
        round: RoundNo,
        /// The seats.
        seats: Vec<SeatNo>,
    },
    /// The submission was taken back.
    Withdrawn {
        /// The round that it had opened.
        round: RoundNo,
        /// Why, if it was said.
        reason: String,
    },
    /// An agreement was taken back.
    TakenBack {
        /// The round that it had opened.
        round: RoundNo,
        /// The seat from which it had been given.
        seat: SeatNo,
        /// Why, if it was said.
        reason: String,
    },
    /// Nobody can sit on this seat.
    SeatBlocked {
        /// The round.
        round: RoundNo,
        /// The seat as it is now, with the reasons.
        seat: Seat,
    },
    /// Somebody can sit on this seat again.
    SeatFreed {
        /// The round.
        round: RoundNo,
        /// The seat as it is now (the post that answers and the time limit may be new ones).
        seat: Seat,
    },
    /// A round that had no seats got them.
    RoundSeated {
        /// The round.
        round: RoundNo,
        /// Its seats.
        seats: Vec<Seat>,
        /// Last day of the stage's time limit.
        due_on: Option<NaiveDate>,
    },
    /// A round is over; its undecided seats are cancelled.
    RoundClosed {
        /// The round.
        round: RoundNo,
        /// How.
        state: RoundState,
        /// The seat whose answer decided it, when one did.
        decided_by: Option<SeatNo>,
    },
    /// The document reached an end.
    Ended {
        /// Which.
        end: StageId,
    },
    /// The office ended it without a result.
    Terminated {
        /// Why.
        reason: String,
    },
}

impl What {
    /// The stable code of the kind, as stored and shown.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Started { .. } => "started",
            Self::RoundOpened { .. } => "round_opened",
            Self::Submitted { .. } => "submitted",
            Self::Approved { .. } => "approved",
            Self::Returned { .. } => "returned",
            Self::Consented { .. } => "consented",
            Self::Withdrawn { .. } => "withdrawn",
            Self::TakenBack { .. } => "taken_back",
            Self::SeatBlocked { .. } => "seat_blocked",
            Self::SeatFreed { .. } => "seat_freed",
            Self::RoundSeated { .. } => "round_seated",
            Self::RoundClosed { .. } => "round_closed",
            Self::Ended { .. } => "ended",
            Self::Terminated { .. } => "terminated",
        }
    }
}
