//! Events: what happened. An instance is the fold of its events.

use super::command::{Addressee, By, Mark};
use super::definition::{StageId, StageKind};
use super::round::{Branch, Pending, RoundCause, RoundState, Seat};
use crate::id::{CommandId, DocumentId, PersonId, RevisionNo, RoundNo, SeatNo, Version};
use crate::org::{Actor, Moment};
use crate::reason::Reason;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

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

/// A signature that no longer holds for some of what it answers for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Voided {
    /// The round.
    pub round: RoundNo,
    /// The seat.
    pub seat: SeatNo,
    /// The field groups that were changed since it was given.
    pub groups: Vec<String>,
}

/// A last day that moved: of a round, or of a seat in it, and to which day.
pub type DueMove = (RoundNo, Option<SeatNo>, NaiveDate);

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
        /// The branches it lies in, the outermost first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        branch: Vec<Branch>,
        /// The round whose end opened it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        opened_by: Option<RoundNo>,
        /// Its seats, some possibly blocked, waiting or carried over.
        seats: Vec<Arc<Seat>>,
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
        /// What it signed: the hash of each field group that the stage answers for.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        signed: BTreeMap<String, String>,
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
        /// What it signed: the hash of each field group that the stage answers for.
        #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
        signed: BTreeMap<String, String>,
    },
    /// A seat voted against.
    Rejected {
        /// The round.
        round: RoundNo,
        /// The seat.
        seat: SeatNo,
        /// The revision it looked at.
        revision: RevisionNo,
        /// Why.
        reason: String,
    },
    /// A seat abstained.
    Abstained {
        /// The round.
        round: RoundNo,
        /// The seat.
        seat: SeatNo,
        /// The revision it looked at.
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
    /// An added signer objected: whoever added them decides.
    Objected {
        /// The round.
        round: RoundNo,
        /// The seat.
        seat: SeatNo,
        /// The revision it looked at.
        revision: RevisionNo,
        /// Why.
        reason: String,
        /// Remarks at places.
        marks: Vec<Mark>,
    },
    /// The answer of a seat no longer counts; it is asked again.
    SeatReopened {
        /// The round.
        round: RoundNo,
        /// The seat.
        seat: SeatNo,
    },
    /// What was submitted changed what these seats had signed for.
    SignaturesVoided {
        /// The signatures.
        seats: Vec<Voided>,
    },
    /// A signer was added.
    SignerAdded {
        /// The round.
        round: RoundNo,
        /// The new seat.
        seat: Arc<Seat>,
        /// What they are asked.
        note: String,
    },
    /// An added signer was removed.
    SignerRemoved {
        /// The round.
        round: RoundNo,
        /// The seat.
        seat: SeatNo,
        /// Why.
        reason: String,
    },
    /// A seat was handed over.
    Transferred {
        /// The round.
        round: RoundNo,
        /// The seat.
        seat: SeatNo,
        /// To whom.
        to: Addressee,
        /// Why.
        reason: String,
    },
    /// A seat was lent for an opinion.
    Lent {
        /// The round.
        round: RoundNo,
        /// The seat.
        seat: SeatNo,
        /// To whom.
        to: Addressee,
        /// What they are asked.
        note: String,
    },
    /// A lent seat came back.
    GivenBack {
        /// The round.
        round: RoundNo,
        /// The seat.
        seat: SeatNo,
        /// The opinion.
        note: String,
    },
    /// People were given a copy to read.
    Copied {
        /// Whom.
        people: Vec<PersonId>,
        /// What they should know.
        note: String,
    },
    /// Somebody asked those who are waited for to hurry.
    Urged {
        /// Whom.
        people: Vec<PersonId>,
    },
    /// It was stopped for a while.
    Suspended {
        /// Why.
        reason: String,
    },
    /// It goes on.
    Resumed {
        /// The last days that moved.
        due: Vec<DueMove>,
    },
    /// The calendar was amended, and last days moved by it: later, never earlier.
    DueMoved {
        /// The last days that moved.
        due: Vec<DueMove>,
    },
    /// The unit asked for a later last day.
    ExtensionAsked {
        /// Its last day as it is.
        due_on: NaiveDate,
        /// The day asked for.
        until: NaiveDate,
        /// Why.
        reason: String,
    },
    /// The last day was moved as asked for.
    ExtensionGranted {
        /// The day that was granted.
        until: NaiveDate,
        /// A note.
        note: String,
        /// The last days that moved.
        due: Vec<DueMove>,
    },
    /// The last day stays.
    ExtensionRefused {
        /// Why.
        reason: String,
    },
    /// Somebody asked that a round for which there is nobody be passed.
    OverrideAsked {
        /// The round.
        round: RoundNo,
        /// Why.
        reason: String,
    },
    /// A second person confirmed that.
    Overridden {
        /// The round.
        round: RoundNo,
        /// Why.
        reason: String,
    },
    /// It goes on by another version of its definition.
    Migrated {
        /// That version.
        definition_version: u32,
        /// Stages, splits, joins and ends that have another name there.
        names: BTreeMap<StageId, StageId>,
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
        seat: Arc<Seat>,
    },
    /// Somebody can sit on this seat again.
    SeatFreed {
        /// The round.
        round: RoundNo,
        /// The seat as it is now (the post that answers and the time limit may be new ones).
        seat: Arc<Seat>,
    },
    /// The turn of this seat has come.
    SeatCalled {
        /// The round.
        round: RoundNo,
        /// The seat as it is now.
        seat: Arc<Seat>,
    },
    /// A round that had no seats got them.
    RoundSeated {
        /// The round.
        round: RoundNo,
        /// Its seats.
        seats: Vec<Arc<Seat>>,
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
        /// Where its routes led, when it was passed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        went: Option<StageId>,
    },
    /// The way parted into branches.
    SplitOpened {
        /// The visit's number.
        visit: u32,
        /// The split.
        split: StageId,
        /// The branches it lies in itself, the outermost first.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        outer: Vec<Branch>,
        /// How many branches it has.
        branches: u32,
        /// The round whose end opened it.
        opened_by: Option<RoundNo>,
    },
    /// A branch arrived at the join and waits for the others.
    BranchArrived {
        /// The visit.
        visit: u32,
        /// Which branch, from 0.
        branch: u32,
        /// The round with which it arrived.
        round: RoundNo,
    },
    /// A branch that had arrived is gone again.
    BranchReopened {
        /// The visit.
        visit: u32,
        /// Which branch, from 0.
        branch: u32,
    },
    /// All branches arrived; the paper goes on as one.
    Joined {
        /// The visit.
        visit: u32,
        /// The join.
        join: StageId,
    },
    /// A visit to a split was called off with everything in it.
    SplitCancelled {
        /// The visit.
        visit: u32,
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
            Self::Rejected { .. } => "rejected",
            Self::Abstained { .. } => "abstained",
            Self::Returned { .. } => "returned",
            Self::Objected { .. } => "objected",
            Self::SeatReopened { .. } => "seat_reopened",
            Self::SignaturesVoided { .. } => "signatures_voided",
            Self::SignerAdded { .. } => "signer_added",
            Self::SignerRemoved { .. } => "signer_removed",
            Self::Transferred { .. } => "transferred",
            Self::Lent { .. } => "lent",
            Self::GivenBack { .. } => "given_back",
            Self::Copied { .. } => "copied",
            Self::Urged { .. } => "urged",
            Self::Suspended { .. } => "suspended",
            Self::Resumed { .. } => "resumed",
            Self::DueMoved { .. } => "due_moved",
            Self::ExtensionAsked { .. } => "extension_asked",
            Self::ExtensionGranted { .. } => "extension_granted",
            Self::ExtensionRefused { .. } => "extension_refused",
            Self::OverrideAsked { .. } => "override_asked",
            Self::Overridden { .. } => "overridden",
            Self::Migrated { .. } => "migrated",
            Self::Consented { .. } => "consented",
            Self::Withdrawn { .. } => "withdrawn",
            Self::TakenBack { .. } => "taken_back",
            Self::SeatBlocked { .. } => "seat_blocked",
            Self::SeatFreed { .. } => "seat_freed",
            Self::SeatCalled { .. } => "seat_called",
            Self::RoundSeated { .. } => "round_seated",
            Self::RoundClosed { .. } => "round_closed",
            Self::SplitOpened { .. } => "split_opened",
            Self::BranchArrived { .. } => "branch_arrived",
            Self::BranchReopened { .. } => "branch_reopened",
            Self::Joined { .. } => "joined",
            Self::SplitCancelled { .. } => "split_cancelled",
            Self::Ended { .. } => "ended",
            Self::Terminated { .. } => "terminated",
        }
    }
}
