//! An instance: one document on its way through one version of a definition. The fold of its events.

use super::definition::{StageId, StageKind};
use super::event::{Event, What};
use crate::id::{DocumentId, RevisionNo, RoundNo, SeatNo, UnitId, Version};
use crate::org::{Actor, Moment, Role};
use crate::reason::Reason;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Where one document stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Instance {
    /// The document.
    pub document: DocumentId,
    /// The definition it follows.
    pub definition: String,
    /// The version of the definition it started with, and stays on.
    pub definition_version: u32,
    /// How many commands were accepted, the start included.
    pub version: Version,
    /// How many events there were.
    pub events: u32,
    /// The stage it is in, or the end it reached.
    pub stage: StageId,
    /// How it was finished, when it is.
    pub finish: Option<Finish>,
    /// All visits to stages, in order. Until it is finished the last one is open.
    pub rounds: Vec<Round>,
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
    /// At an end; [`Instance::stage`] says which.
    Ended,
    /// Ended by the office without a result.
    Terminated,
}

impl Status {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Draft,
        Self::Running,
        Self::Returned,
        Self::Blocked,
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
    /// Its seats. Frozen when the round opens, apart from seats that change hands because nobody could sit there.
    pub seats: Vec<Seat>,
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
}

impl Round {
    /// True when a seat of this very round was answered, or stayed silent until its limit.
    pub fn is_touched(&self) -> bool {
        let own = self.seats.iter().filter(|seat| seat.carried_from.is_none());
        own.into_iter()
            .any(|seat| seat.ballot.is_some() || seat.state == SeatState::Consented)
    }
}

/// A return that still has to be answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pending {
    /// Once this stage is passed …
    pub after: StageId,
    /// … the paper goes straight to this one, …
    pub to: StageId,
    /// … of which this round had returned it.
    pub round: RoundNo,
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
    /// Called off because the submission that opened it was taken back.
    Withdrawn,
    /// Called off because the agreement that opened it was taken back.
    TakenBack,
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
            Self::Withdrawn => "withdrawn",
            Self::TakenBack => "taken_back",
            Self::Terminated => "terminated",
        }
    }
}

/// A seat of a round. Its principal is a post (role of a unit), not a person: anyone who holds it may answer, or
/// anyone to whom a holder lent it.
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
    /// The seat of an earlier round whose agreement counts here.
    pub carried_from: Option<SeatNo>,
}

impl Seat {
    /// True while an answer is awaited.
    pub fn is_undecided(&self) -> bool {
        matches!(self.state, SeatState::Open | SeatState::Blocked)
    }

    /// True when it counts as a yes.
    pub fn is_yes(&self) -> bool {
        matches!(
            self.state,
            SeatState::Submitted | SeatState::Approved | SeatState::Consented
        )
    }
}

/// What became of a seat.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SeatState {
    /// An answer is awaited.
    Open,
    /// An answer is awaited and there is nobody to give it.
    Blocked,
    /// The content was submitted from it.
    Submitted,
    /// It agreed.
    Approved,
    /// It sent the paper back.
    Returned,
    /// It stayed silent until the time limit: no objection.
    Consented,
    /// The round ended before it answered.
    Cancelled,
}

impl SeatState {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Blocked => "blocked",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Returned => "returned",
            Self::Consented => "consented",
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
}

impl Instance {
    /// The instance that these events make, oldest first. None when they do not begin with a start.
    pub fn replay<'e>(events: impl IntoIterator<Item = &'e Event>) -> Option<Self> {
        let mut events = events.into_iter();
        let first = events.next()?;
        let What::Started {
            document,
            definition,
            definition_version,
        } = &first.what
        else {
            return None;
        };
        let mut instance = Self {
            document: *document,
            definition: definition.clone(),
            definition_version: *definition_version,
            version: first.version,
            events: first.seq,
            stage: StageId::default(),
            finish: None,
            rounds: Vec::new(),
        };
        for event in events {
            instance.apply(event);
        }
        Some(instance)
    }

    /// Folds one event in. Total: an event about a round or seat that does not exist changes only the counters.
    pub fn apply(&mut self, event: &Event) {
        self.version = event.version;
        self.events = event.seq;
        match &event.what {
            What::Started { .. } | What::Withdrawn { .. } | What::TakenBack { .. } => {}
            What::RoundOpened {
                round,
                stage,
                stage_kind,
                cause,
                seats,
                lacking,
                pending,
                due_on,
                not_before,
            } => {
                self.stage = stage.clone();
                self.rounds.push(Round {
                    no: *round,
                    stage: stage.clone(),
                    kind: *stage_kind,
                    cause: *cause,
                    state: RoundState::Open,
                    seats: seats.clone(),
                    lacking: lacking.clone(),
                    pending: pending.clone(),
                    opened: event.at,
                    due_on: *due_on,
                    not_before: *not_before,
                    closed: None,
                    decided_by: None,
                });
            }
            What::Submitted {
                round,
                seat,
                revision,
                note,
            } => self.answer(event, (*round, *seat), SeatState::Submitted, (*revision, note, None)),
            What::Approved {
                round,
                seat,
                revision,
                note,
            } => self.answer(event, (*round, *seat), SeatState::Approved, (*revision, note, None)),
            What::Returned {
                round,
                seat,
                revision,
                to,
                reason,
                ..
            } => self.answer(
                event,
                (*round, *seat),
                SeatState::Returned,
                (*revision, reason, Some(to)),
            ),
            What::Consented { round, seats } => {
                for no in seats {
                    if let Some(seat) = self.seat_mut(*round, *no) {
                        seat.state = SeatState::Consented;
                    }
                }
            }
            What::SeatBlocked { round, seat } | What::SeatFreed { round, seat } => {
                if let Some(found) = self.seat_mut(*round, seat.no) {
                    found.clone_from(seat);
                }
            }
            What::RoundSeated { round, seats, due_on } => {
                if let Some(found) = self.round_mut(*round) {
                    found.seats.clone_from(seats);
                    found.lacking.clear();
                    found.due_on = *due_on;
                }
            }
            What::RoundClosed {
                round,
                state,
                decided_by,
            } => {
                if let Some(found) = self.round_mut(*round) {
                    found.state = *state;
                    found.decided_by = *decided_by;
                    found.closed = Some(event.at);
                    for seat in found.seats.iter_mut().filter(|seat| seat.is_undecided()) {
                        seat.state = SeatState::Cancelled;
                    }
                }
            }
            What::Ended { end } => {
                self.stage = end.clone();
                self.finish = Some(Finish::Ended);
            }
            What::Terminated { .. } => self.finish = Some(Finish::Terminated),
        }
    }

    fn answer(
        &mut self,
        event: &Event,
        (round, seat): (RoundNo, SeatNo),
        state: SeatState,
        (revision, note, to): (RevisionNo, &str, Option<&StageId>),
    ) {
        if let Some(seat) = self.seat_mut(round, seat) {
            seat.state = state;
            seat.why.clear();
            seat.ballot = event.actor.clone().map(|actor| Ballot {
                actor,
                at: event.at,
                revision,
                note: note.to_owned(),
                to: to.cloned(),
            });
        }
    }

    fn round_mut(&mut self, no: RoundNo) -> Option<&mut Round> {
        self.rounds.iter_mut().find(|round| round.no == no)
    }

    fn seat_mut(&mut self, round: RoundNo, no: SeatNo) -> Option<&mut Seat> {
        self.round_mut(round)?.seats.iter_mut().find(|seat| seat.no == no)
    }

    /// The round with this number.
    pub fn round(&self, no: RoundNo) -> Option<&Round> {
        self.rounds.iter().find(|round| round.no == no)
    }

    /// The open round; none once the document is finished.
    pub fn current(&self) -> Option<&Round> {
        self.rounds.last().filter(|round| round.state == RoundState::Open)
    }

    /// The seats of the open round that still await an answer, blocked ones included.
    pub fn open_seats(&self) -> Vec<&Seat> {
        let seats = self.current().map(|round| round.seats.iter());
        seats.into_iter().flatten().filter(|seat| seat.is_undecided()).collect()
    }

    /// The state in one word.
    pub fn status(&self) -> Status {
        match self.finish {
            Some(Finish::Ended) => return Status::Ended,
            Some(Finish::Terminated) => return Status::Terminated,
            None => {}
        }
        let Some(round) = self.current() else {
            return Status::Blocked;
        };
        if round.seats.is_empty() || round.seats.iter().any(|seat| seat.state == SeatState::Blocked) {
            return Status::Blocked;
        }
        match (round.kind, round.cause) {
            (StageKind::Work, RoundCause::Start | RoundCause::Withdrawn) => Status::Draft,
            (StageKind::Work, RoundCause::Returned) => Status::Returned,
            _ => Status::Running,
        }
    }
}
