//! Seeing to a paper: time limits, people who are gone, ending it.

use super::{given, holds, person};
use crate::id::{PersonId, RoundNo};
use crate::org::{Actor, Role};
use crate::reason::{Reason, Refusal};
use crate::workflow::command::By;
use crate::workflow::context::Topic;
use crate::workflow::definition::OnTimeout;
use crate::workflow::electorate::Case;
use crate::workflow::event::What;
use crate::workflow::machine::Desk;
use crate::workflow::round::{RoundState, SeatState};

pub(in crate::workflow) fn time_out(desk: &mut Desk, by: By, no: RoundNo) -> Result<(), Refusal> {
    if let By::Person(_) = by {
        return Err(Reason::new("clockwork_only").into());
    }
    let (stage, round) = desk.place(no)?;
    if round.state != RoundState::Open {
        let reason = Reason::new("round_closed").with("result", round.state.code());
        return Err(reason.with("stage", &stage.id).with("round", no).into());
    }
    if stage.on_timeout == OnTimeout::None {
        return Err(Reason::new("no_time_out").with("stage", &stage.id).into());
    }
    let today = desk.ctx.at.day;
    let silent = round.seats.iter().filter(|seat| seat.state == SeatState::Open);
    let late = silent.filter(|seat| seat.due_on.is_some_and(|due| due < today));
    let seats: Vec<_> = late.map(|seat| seat.no).collect();
    if seats.is_empty() {
        return Err(Reason::new("not_due").with("stage", &stage.id).into());
    }
    desk.record(None, What::Consented { round: no, seats });
    desk.settle(no, None)
}

/// The capacity in which the person may see to a stuck document: the coordinator's or the office's.
pub(in crate::workflow) fn may_recheck(case: &Case, person: PersonId) -> Result<Actor, Refusal> {
    let posts = [("office", Role::Office), ("coordinator", Role::Coordinator)];
    let mut found = posts.into_iter().filter_map(|post| holds(case, person, post));
    found.next().ok_or_else(|| Reason::new("office_only").into())
}

/// The capacity in which the person may end a document without a result.
pub(in crate::workflow) fn may_terminate(case: &Case, person: PersonId) -> Result<Actor, Refusal> {
    holds(case, person, ("office", Role::Office)).ok_or_else(|| Reason::new("office_only").into())
}

pub(in crate::workflow) fn recheck(desk: &mut Desk, by: By) -> Result<(), Refusal> {
    if let By::Person(person) = by {
        may_recheck(&desk.case(), person)?;
    }
    let mut changed = false;
    for no in desk.open_rounds() {
        let unseated = desk.place(no)?.1.seats.is_empty();
        changed |= if unseated {
            desk.seat_round(no)?
        } else {
            desk.refresh(no)?
        };
    }
    if changed {
        Ok(())
    } else {
        Err(Reason::new("nothing_changed").into())
    }
}

pub(in crate::workflow) fn terminate(desk: &mut Desk, by: By, reason: &str) -> Result<(), Refusal> {
    let actor = may_terminate(&desk.case(), person(by)?)?;
    given(reason)?;
    let stage = desk.instance.stage.clone();
    desk.call_off(RoundState::Terminated, |_| true);
    let reason = reason.to_owned();
    desk.record(Some(&actor), What::Terminated { reason });
    let people = desk.holders("owner", &[Role::Drafter, Role::Deputy, Role::Head]);
    desk.tell(people, Topic::Terminated, &stage, Vec::new());
    Ok(())
}
