//! Opening rounds: their seats, whose turn it is, who is told, and who can sit where nobody could.

use super::context::Topic;
use super::definition::{Stage, StageId, StageKind};
use super::electorate::{in_order, people_of};
use super::event::What;
use super::machine::{Desk, broken};
use super::round::{Round, RoundCause, Seat, SeatState};
use super::token::Token;
use crate::id::{RoundNo, SeatNo};
use crate::org::Role;
use crate::reason::{Reason, Refusal};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Desk<'_> {
    /// Opens a round. Agreements of `carried` seats count in it, where whoever gave them may still sit there.
    pub fn open(&mut self, id: &StageId, token: Token, carried: &[Arc<Seat>]) -> Result<RoundNo, Refusal> {
        let stage = self.def.stage(id).ok_or_else(|| broken(self.def, id))?;
        let (seats, lacking) = match self.seats(stage, carried) {
            _ if stage.kind == StageKind::Auto => (Vec::new(), Vec::new()),
            Ok(seats) => (seats, Vec::new()),
            Err(lacking) => (Vec::new(), lacking),
        };
        let round = RoundNo(self.instance.rounds.last().map_or(0, |round| round.no.0) + 1);
        let calendar = self.ctx.calendar;
        let cause = token.cause;
        self.record(
            None,
            What::RoundOpened {
                round,
                stage: stage.id.clone(),
                stage_kind: stage.kind,
                cause,
                branch: token.branch,
                opened_by: token.opened_by,
                seats,
                lacking,
                pending: token.pending,
                due_on: self.case().due(stage).filter(|_| stage.kind != StageKind::Auto),
                not_before: stage.wait.map(|days| calendar.plus(self.ctx.at.day, days)),
            },
        );
        self.enter(&stage.on_enter);
        self.announce(round, cause)?;
        Ok(round)
    }

    /// The number that the next seat gets.
    pub fn next_seat(&self) -> u32 {
        let so_far = self.instance.rounds.iter().flat_map(|round| &round.seats);
        so_far.map(|seat| seat.no.0).max().unwrap_or(0) + 1
    }

    /// The seats of a new round of the stage, blocked where nobody can sit, waiting where it is not their turn.
    fn seats(&self, stage: &Stage, carried: &[Arc<Seat>]) -> Result<Vec<Arc<Seat>>, Vec<Reason>> {
        let first = self.next_seat();
        let instead = || self.case().fallback(stage, first);
        let seats = match self.case().seats(stage, first) {
            Ok(seats) => seats,
            Err(lacking) => vec![instead().ok_or(lacking)?],
        };
        let mut seats: Vec<_> = seats.into_iter().map(Arc::new).collect();
        self.carry(stage, &mut seats, carried);
        let mut seats = self.looked_at(stage, seats);
        let empty = !seats.is_empty() && seats.iter().all(|seat| seat.state == SeatState::Blocked);
        if let Some(seat) = instead().filter(|_| empty) {
            seats = self.looked_at(stage, vec![Arc::new(seat)]);
        }
        if in_order(stage) {
            let first = seats.iter().position(|seat| seat.is_undecided()).unwrap_or(seats.len());
            for seat in seats.iter_mut().skip(first + 1).filter(|seat| seat.is_undecided()) {
                Arc::make_mut(seat).state = SeatState::Waiting;
            }
        }
        Ok(seats)
    }

    fn looked_at(&self, stage: &Stage, mut seats: Vec<Arc<Seat>>) -> Vec<Arc<Seat>> {
        for revised in self.case().reseat(stage, &seats) {
            if let Some(seat) = seats.iter_mut().find(|seat| seat.no == revised.no) {
                *seat = Arc::new(revised);
            }
        }
        seats
    }

    fn carry(&self, stage: &Stage, seats: &mut [Arc<Seat>], carried: &[Arc<Seat>]) {
        for old in carried.iter().filter(|seat| seat.is_yes()) {
            let people = old.ballot.iter().flat_map(|ballot| people_of(&ballot.actor));
            if people
                .into_iter()
                .any(|person| self.case().bar(stage, person).is_some())
            {
                continue;
            }
            let free = |seat: &&mut Arc<Seat>| seat.rule == old.rule && seat.unit == old.unit && seat.is_undecided();
            if let Some(seat) = seats.iter_mut().find(free) {
                let seat = Arc::make_mut(seat);
                seat.role = old.role;
                seat.state = old.state;
                seat.ballot.clone_from(&old.ballot);
                seat.carried_from = Some(old.carried_from.unwrap_or(old.no));
            }
        }
    }

    /// Tells those who can act in the round, and the coordinator where nobody can.
    fn announce(&mut self, round: RoundNo, cause: RoundCause) -> Result<(), Refusal> {
        let (stage, round) = self.place(round)?;
        let (mut people, mut blocked) = (BTreeSet::new(), round.lacking.clone());
        for seat in round.seats.iter().filter(|seat| seat.is_undecided()) {
            people.extend(self.case().actors(stage, round, seat));
            blocked.extend(seat.why.iter().cloned());
        }
        let topic = match cause {
            RoundCause::Returned => Topic::Returned,
            _ => Topic::SeatOpened,
        };
        self.tell(people, topic, &stage.id, Vec::new());
        self.alarm(stage, blocked);
        Ok(())
    }

    /// Tells the coordinator, or the office where there is no coordinator, that nobody can act.
    fn alarm(&mut self, stage: &Stage, mut reasons: Vec<Reason>) {
        if reasons.is_empty() {
            return;
        }
        reasons.dedup();
        let mut people = self.holders("coordinator", &[Role::Coordinator]);
        if people.is_empty() {
            people = self.holders("office", &[Role::Office]);
        }
        self.tell(people, Topic::Blocked, &stage.id, reasons);
    }

    /// Looks at the undecided seats of a round again. True when something changed.
    pub fn refresh(&mut self, no: RoundNo) -> Result<bool, Refusal> {
        let (stage, round) = self.place(no)?;
        let changed = self.case().reseat(stage, &round.seats);
        let mut freed = BTreeSet::new();
        let mut blocked = Vec::new();
        let any = !changed.is_empty();
        for seat in changed {
            if seat.state == SeatState::Blocked {
                blocked.extend(seat.why.iter().cloned());
                let seat = Arc::new(seat);
                self.record(None, What::SeatBlocked { round: no, seat });
            } else {
                freed.insert(seat.no);
                let seat = Arc::new(seat);
                self.record(None, What::SeatFreed { round: no, seat });
            }
        }
        self.tell_seats(no, &freed)?;
        self.alarm(stage, blocked);
        Ok(any)
    }

    /// Tells those who can act from these seats that a paper waits for them.
    pub fn tell_seats(&mut self, no: RoundNo, seats: &BTreeSet<SeatNo>) -> Result<(), Refusal> {
        let (stage, round) = self.place(no)?;
        let mut people = BTreeSet::new();
        for seat in round.seats.iter().filter(|seat| seats.contains(&seat.no)) {
            people.extend(self.case().actors(stage, round, seat));
        }
        self.tell(people, Topic::SeatOpened, &stage.id, Vec::new());
        Ok(())
    }

    /// Asks the seats whose turn has come.
    pub fn call(&mut self, no: RoundNo) -> Result<(), Refusal> {
        let (stage, round) = self.place(no)?;
        if !round.seats.iter().any(|seat| seat.state == SeatState::Waiting) {
            return Ok(());
        }
        let ready = round.seats.iter().filter(|seat| is_due(stage, round, seat));
        let mut called = BTreeSet::new();
        let mut seats = Vec::new();
        for seat in ready {
            let mut seat = Seat::clone(seat);
            seat.state = SeatState::Open;
            seat.opened = self.ctx.at;
            seat.due_on = self.case().due(stage);
            called.insert(seat.no);
            seats.push(Arc::new(seat));
        }
        for seat in seats {
            self.record(None, What::SeatCalled { round: no, seat });
        }
        self.tell_seats(no, &called)?;
        if !called.is_empty() {
            self.refresh(no)?;
        }
        Ok(())
    }

    /// Gives a round that has no seats its seats.
    pub fn seat_round(&mut self, no: RoundNo) -> Result<bool, Refusal> {
        let (stage, round) = self.place(no)?;
        let cause = round.cause;
        let Ok(seats) = self.seats(stage, &[]) else {
            return Ok(false);
        };
        let due_on = self.case().due(stage);
        self.record(
            None,
            What::RoundSeated {
                round: no,
                seats,
                due_on,
            },
        );
        self.announce(no, cause)?;
        Ok(true)
    }
}

/// Whether the turn of a waiting seat has come: those who were added before it have answered, the one it was added
/// after has answered (an abstention too, or the round would wait for nobody), and at a stage where seats are asked in
/// order everybody in front is through.
fn is_due(stage: &Stage, round: &Round, seat: &Seat) -> bool {
    use super::command::Turn;
    if seat.state != SeatState::Waiting {
        return false;
    }
    let mut before = round.added_to(seat.no);
    if before.any(|added| added.awaits() && added.added.is_some_and(|a| a.turn == Turn::Before)) {
        return false;
    }
    if let Some(added) = seat.added {
        let parent = round.seat(added.to);
        return added.turn != Turn::After || parent.is_none_or(|parent| !parent.awaits());
    }
    let own = round.seats.iter().filter(|other| other.added.is_none());
    let mut in_front = own.take_while(|other| other.no != seat.no);
    !in_order(stage) || in_front.all(|other| !other.awaits() && !round.is_pending(other))
}
