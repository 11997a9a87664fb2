//! The fold: how each event changes an instance. Nothing else changes one.

use super::command::{By, Turn};
use super::definition::StageId;
use super::event::{DueMove, Event, What};
use super::instance::{Finish, Instance, SplitState, SplitVisit};
use super::round::{Ballot, Given, Overriding, Round, RoundState, Seat, SeatState};
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
            stops: Vec::new(),
            extensions: Vec::new(),
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
            What::Submitted { .. } => {
                self.apply_extension(event);
                self.apply_answer(event);
            }
            What::Approved { .. }
            | What::Rejected { .. }
            | What::Abstained { .. }
            | What::Returned { .. }
            | What::Consented { .. } => self.apply_answer(event),
            What::SeatBlocked { round, seat } | What::SeatFreed { round, seat } | What::SeatCalled { round, seat } => {
                if let Some(found) = self.seat_slot(*round, seat.no) {
                    found.clone_from(seat);
                }
            }
            What::Objected { .. }
            | What::SeatReopened { .. }
            | What::SignaturesVoided { .. }
            | What::SignerAdded { .. }
            | What::SignerRemoved { .. }
            | What::Transferred { .. }
            | What::Lent { .. }
            | What::GivenBack { .. } => self.apply_seat(event),
            What::Copied { .. } => {}
            What::Urged { .. } => {
                if let By::Person(person) = event.by {
                    self.urged.insert(person, event.at.day);
                }
            }
            What::Suspended { .. } => self.suspended = Some(event.at),
            What::Resumed { due } => {
                if let Some(since) = self.suspended.take() {
                    self.stops.push((since.day, event.at.day));
                }
                self.move_due(due);
            }
            What::DueMoved { due } => self.move_due(due),
            What::ExtensionAsked { .. } | What::ExtensionGranted { .. } | What::ExtensionRefused { .. } => {
                self.apply_extension(event);
            }
            What::OverrideAsked { round, reason } => {
                if let (Some(round), Some(actor)) = (self.round_mut(*round), &event.actor) {
                    round.overridden = Some(Overriding {
                        asked_by: actor.clone(),
                        confirmed_by: None,
                        reason: reason.clone(),
                    });
                }
            }
            What::Overridden { round, .. } => {
                let asked = self.round_mut(*round).and_then(|round| round.overridden.as_mut());
                if let Some(asked) = asked {
                    asked.confirmed_by.clone_from(&event.actor);
                }
            }
            What::Migrated {
                definition_version,
                names,
            } => self.rename(*definition_version, names),
            What::Ended { end } => {
                self.stage = end.clone();
                self.finish = Some(Finish::Ended);
            }
            What::Terminated { .. } => {
                self.suspended = None;
                self.finish = Some(Finish::Terminated);
            }
        }
    }

    pub(super) fn move_due(&mut self, moves: &[DueMove]) {
        for (round, seat, day) in moves {
            match seat {
                Some(no) => {
                    if let Some(seat) = self.seat_mut(*round, *no) {
                        seat.due_on = Some(*day);
                    }
                }
                None => {
                    if let Some(round) = self.round_mut(*round) {
                        round.due_on = Some(*day);
                    }
                }
            }
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

    fn apply_seat(&mut self, event: &Event) {
        match &event.what {
            What::Objected {
                round,
                seat,
                revision,
                reason,
                ..
            } => {
                let ballot = event.actor.clone().map(|actor| Ballot {
                    actor,
                    at: event.at,
                    revision: *revision,
                    note: reason.clone(),
                    to: None,
                    signed: std::collections::BTreeMap::new(),
                });
                self.answer((*round, *seat), SeatState::Objected, ballot);
            }
            What::SeatReopened { round, seat } => {
                if let Some(seat) = self.seat_mut(*round, *seat) {
                    seat.state = SeatState::Open;
                    seat.voided.clear();
                    let before = seat.ballot.take();
                    seat.earlier.extend(before);
                }
            }
            What::SignaturesVoided { seats } => {
                for voided in seats {
                    if let Some(seat) = self.seat_mut(voided.round, voided.seat) {
                        seat.voided.extend(voided.groups.iter().cloned());
                    }
                }
            }
            What::SignerAdded { round, seat, .. } => {
                let parent = seat.added.filter(|added| added.turn == Turn::Before);
                if let Some(parent) = parent.and_then(|added| self.seat_mut(*round, added.to)) {
                    parent.state = SeatState::Waiting;
                }
                if let Some(round) = self.round_mut(*round) {
                    round.seats.push(seat.clone());
                }
            }
            What::SignerRemoved { round, seat, .. } => {
                if let Some(seat) = self.seat_mut(*round, *seat) {
                    seat.state = SeatState::Removed;
                    seat.why.clear();
                    seat.lent = None;
                }
            }
            What::Transferred { round, seat, to, .. } => {
                if let Some(seat) = self.seat_mut(*round, *seat) {
                    (seat.unit, seat.role, seat.person) = (to.unit, to.role, to.person);
                    seat.given = Some(Given::Transferred);
                }
            }
            What::Lent { round, seat, to, .. } => {
                if let Some(seat) = self.seat_mut(*round, *seat) {
                    seat.lent = Some(*to);
                }
            }
            What::GivenBack { round, seat, .. } => {
                if let Some(seat) = self.seat_mut(*round, *seat) {
                    seat.lent = None;
                }
            }
            _ => {}
        }
    }

    /// Another version of the definition may call places otherwise.
    fn rename(&mut self, version: u32, names: &std::collections::BTreeMap<StageId, StageId>) {
        self.definition_version = version;
        let new = |id: &mut StageId| {
            if let Some(name) = names.get(id) {
                id.clone_from(name);
            }
        };
        new(&mut self.stage);
        for round in self.rounds.iter_mut().map(Arc::make_mut) {
            new(&mut round.stage);
            round.went.iter_mut().for_each(new);
            for back in &mut round.pending {
                new(&mut back.after);
                new(&mut back.to);
            }
        }
        for split in self.splits.iter_mut().map(Arc::make_mut) {
            new(&mut split.split);
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
