//! The fold: how each event changes an instance. Nothing else changes one.

use super::definition::StageId;
use super::event::{Event, What};
use super::instance::{Finish, Instance, SplitState, SplitVisit};
use super::round::{Ballot, Round, RoundState, Seat, SeatState};
use crate::id::{RoundNo, SeatNo};
use std::sync::Arc;

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
            splits: Vec::new(),
            suspended: None,
            urged: std::collections::BTreeMap::new(),
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
            What::RoundOpened { .. } | What::RoundSeated { .. } | What::RoundClosed { .. } => self.apply_round(event),
            What::SplitOpened { .. }
            | What::BranchArrived { .. }
            | What::BranchReopened { .. }
            | What::Joined { .. }
            | What::SplitCancelled { .. } => self.apply_split(&event.what),
            What::Submitted { .. }
            | What::Approved { .. }
            | What::Rejected { .. }
            | What::Abstained { .. }
            | What::Returned { .. }
            | What::Consented { .. } => self.apply_answer(event),
            What::SeatBlocked { round, seat } | What::SeatFreed { round, seat } | What::SeatCalled { round, seat } => {
                if let Some(found) = self.seat_slot(*round, seat.no) {
                    found.clone_from(seat);
                }
            }
            What::Ended { end } => {
                self.stage = end.clone();
                self.finish = Some(Finish::Ended);
            }
            What::Terminated { .. } => self.finish = Some(Finish::Terminated),
        }
    }

    fn apply_round(&mut self, event: &Event) {
        match &event.what {
            What::RoundOpened {
                round,
                stage,
                stage_kind,
                cause,
                branch,
                opened_by,
                seats,
                lacking,
                pending,
                due_on,
                not_before,
            } => {
                self.rounds.push(Arc::new(Round {
                    no: *round,
                    stage: stage.clone(),
                    kind: *stage_kind,
                    cause: *cause,
                    state: RoundState::Open,
                    branch: branch.clone(),
                    opened_by: *opened_by,
                    seats: seats.clone(),
                    lacking: lacking.clone(),
                    pending: pending.clone(),
                    opened: event.at,
                    due_on: *due_on,
                    not_before: *not_before,
                    closed: None,
                    decided_by: None,
                    went: None,
                    overridden: None,
                }));
                self.look_where();
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
                went,
            } => {
                if let Some(found) = self.round_mut(*round) {
                    found.state = *state;
                    found.decided_by = *decided_by;
                    found.closed = Some(event.at);
                    found.went.clone_from(went);
                    for seat in found.seats.iter_mut().filter(|seat| seat.awaits()) {
                        let seat = Arc::make_mut(seat);
                        seat.state = SeatState::Cancelled;
                        seat.lent = None;
                    }
                    self.look_where();
                }
            }
            _ => {}
        }
    }

    /// Says where it is: in the stage of the oldest open round, or still where it was when none is open.
    fn look_where(&mut self) {
        if let Some(stage) = self.current().map(|round| round.stage.clone()) {
            self.stage = stage;
        }
    }

    fn apply_split(&mut self, what: &What) {
        match what {
            What::SplitOpened {
                visit,
                split,
                outer,
                branches,
                opened_by,
            } => self.splits.push(Arc::new(SplitVisit {
                no: *visit,
                split: split.clone(),
                outer: outer.clone(),
                opened_by: *opened_by,
                arrived: vec![None; usize::try_from(*branches).unwrap_or(0)],
                state: SplitState::Open,
            })),
            What::BranchArrived { visit, branch, round } => {
                if let Some(arrived) = self.arrival_mut(*visit, *branch) {
                    *arrived = Some(*round);
                }
            }
            What::BranchReopened { visit, branch } => {
                if let Some(arrived) = self.arrival_mut(*visit, *branch) {
                    *arrived = None;
                }
                self.set_split(*visit, SplitState::Open);
            }
            What::Joined { visit, .. } => self.set_split(*visit, SplitState::Joined),
            What::SplitCancelled { visit } => self.set_split(*visit, SplitState::Cancelled),
            _ => {}
        }
    }

    fn split_mut(&mut self, no: u32) -> Option<&mut SplitVisit> {
        let at = usize::try_from(no).ok()?.checked_sub(1)?;
        self.splits.get_mut(at).map(Arc::make_mut)
    }

    fn arrival_mut(&mut self, visit: u32, branch: u32) -> Option<&mut Option<RoundNo>> {
        let branch = usize::try_from(branch).ok()?;
        self.split_mut(visit)?.arrived.get_mut(branch)
    }

    fn set_split(&mut self, visit: u32, state: SplitState) {
        if let Some(found) = self.split_mut(visit) {
            found.state = state;
        }
    }

    fn apply_answer(&mut self, event: &Event) {
        let ballot = |revision, note: &str| {
            event.actor.clone().map(|actor| Ballot {
                actor,
                at: event.at,
                revision,
                note: note.to_owned(),
                to: None,
                signed: std::collections::BTreeMap::new(),
            })
        };
        match &event.what {
            What::Submitted {
                round,
                seat,
                revision,
                note,
                signed,
            } => {
                let ballot = ballot(*revision, note).map(|ballot| Ballot {
                    signed: signed.clone(),
                    ..ballot
                });
                self.answer((*round, *seat), SeatState::Submitted, ballot);
            }
            What::Approved {
                round,
                seat,
                revision,
                note,
                signed,
            } => {
                let ballot = ballot(*revision, note).map(|ballot| Ballot {
                    signed: signed.clone(),
                    ..ballot
                });
                self.answer((*round, *seat), SeatState::Approved, ballot);
            }
            What::Rejected {
                round,
                seat,
                revision,
                reason,
            } => self.answer((*round, *seat), SeatState::Rejected, ballot(*revision, reason)),
            What::Abstained {
                round,
                seat,
                revision,
                note,
            } => self.answer((*round, *seat), SeatState::Abstained, ballot(*revision, note)),
            What::Returned {
                round,
                seat,
                revision,
                to,
                reason,
                ..
            } => {
                let ballot = ballot(*revision, reason).map(|ballot| Ballot {
                    to: Some(to.clone()),
                    ..ballot
                });
                self.answer((*round, *seat), SeatState::Returned, ballot);
            }
            What::Consented { round, seats } => {
                for no in seats {
                    if let Some(seat) = self.seat_mut(*round, *no) {
                        seat.state = SeatState::Consented;
                        seat.lent = None;
                    }
                }
            }
            _ => {}
        }
    }

    fn answer(&mut self, (round, seat): (RoundNo, SeatNo), state: SeatState, ballot: Option<Ballot>) {
        if let Some(seat) = self.seat_mut(round, seat) {
            seat.state = state;
            seat.why.clear();
            let before = std::mem::replace(&mut seat.ballot, ballot);
            seat.earlier.extend(before);
        }
    }

    pub(super) fn round_mut(&mut self, no: RoundNo) -> Option<&mut Round> {
        let at = usize::try_from(no.0).ok()?.checked_sub(1)?;
        let found = self.rounds.get_mut(at).filter(|round| round.no == no);
        found.map(Arc::make_mut)
    }

    fn seat_slot(&mut self, round: RoundNo, no: SeatNo) -> Option<&mut Arc<Seat>> {
        self.round_mut(round)?.seats.iter_mut().find(|seat| seat.no == no)
    }

    pub(super) fn seat_mut(&mut self, round: RoundNo, no: SeatNo) -> Option<&mut Seat> {
        self.seat_slot(round, no).map(Arc::make_mut)
    }
}
