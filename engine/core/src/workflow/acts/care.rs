//! Seeing to a paper: time limits, people who are gone, ending it.

use super::{given, holds, person};
use crate::clock::{self, record::record};
use crate::id::{PersonId, RoundNo};
use crate::org::{Actor, Moment, Role};
use crate::reason::{Reason, Refusal};
use crate::workflow::command::By;
use crate::workflow::context::Topic;
use crate::workflow::definition::{OnTimeout, Stage, StageKind};
use crate::workflow::electorate::{Case, people_of};
use crate::workflow::event::{DueMove, What};
use crate::workflow::machine::Desk;
use crate::workflow::round::{Round, RoundState, SeatState};
use chrono::NaiveDate;

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
    let moved = amended(desk);
    let mut changed = !moved.is_empty();
    if changed {
        desk.record(None, What::DueMoved { due: moved });
    }
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

/// The last days that an amended calendar moves: those that were counted in working days, later only. Days on
/// which the paper was stopped do not count.
fn amended(desk: &Desk) -> Vec<DueMove> {
    let calendar = desk.ctx.calendar;
    let unit = record(&desk.instance, desk.ctx.due_on, calendar, desk.ctx.at.day)
        .clocks
        .unit;
    // Where a paper came back to its unit, what was left of the unit's budget counts. The first visit has a civil date.
    let first = desk.instance.rounds.iter().find(|round| round.kind == StageKind::Work);
    let first = first.map(|round| round.no);
    let left = |round: &Round| {
        (round.kind == StageKind::Work && Some(round.no) != first && desk.ctx.due_on.is_some())
            .then(|| unit.budget.saturating_sub(unit.used))
    };
    let mut moved = Vec::new();
    for round in desk.instance.open_rounds() {
        let limit = desk.def.stage(&round.stage).and_then(|stage| stage.limit);
        let Some(limit) = limit.or_else(|| left(round)) else {
            continue;
        };
        let recomputed = |opened: NaiveDate| {
            let stops = desk.instance.stops.iter().filter(|(from, _)| *from >= opened);
            let stopped: i64 = stops.map(|(from, until)| calendar.between(*from, *until)).sum();
            calendar.plus(opened, limit.saturating_add(u32::try_from(stopped).unwrap_or(0)))
        };
        let later = |opened: Moment, due: Option<NaiveDate>| {
            let due = due?;
            let new = clock::amended(due, recomputed(opened.day));
            (new != due).then_some(new)
        };
        moved.extend(later(round.opened, round.due_on).map(|day| (round.no, None, day)));
        let seats = round.seats.iter().filter(|seat| seat.awaits());
        moved.extend(seats.filter_map(|seat| Some((round.no, Some(seat.no), later(seat.opened, seat.due_on)?))));
    }
    moved
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

pub(in crate::workflow) fn suspend(desk: &mut Desk, by: By, reason: &str) -> Result<(), Refusal> {
    let actor = may_terminate(&desk.case(), person(by)?)?;
    given(reason)?;
    let reason = reason.to_owned();
    desk.record(Some(&actor), What::Suspended { reason });
    Ok(())
}

/// Lets it go on. Every last day moves by the working days for which it was stopped.
pub(in crate::workflow) fn resume(desk: &mut Desk, by: By) -> Result<(), Refusal> {
    let actor = may_terminate(&desk.case(), person(by)?)?;
    let since = desk.instance.suspended.ok_or_else(|| Reason::new("not_suspended"))?;
    let calendar = desk.ctx.calendar;
    let days = calendar.between(since.day, desk.ctx.at.day);
    let days = u32::try_from(days).unwrap_or(0);
    let mut due = Vec::new();
    if days > 0 {
        for round in desk.instance.open_rounds() {
            let later = |day: chrono::NaiveDate| calendar.plus(day, days);
            due.extend(round.due_on.map(|day| (round.no, None, later(day))));
            let seats = round.seats.iter().filter(|seat| seat.awaits());
            due.extend(seats.filter_map(|seat| Some((round.no, Some(seat.no), later(seat.due_on?)))));
        }
    }
    desk.record(Some(&actor), What::Resumed { due });
    Ok(())
}

/// Whether the person may pass this round although there is nobody for it, and in which capacity: they see to papers,
/// nothing bars them from its stage, and nobody can answer in it.
pub(in crate::workflow) fn may_override(
    case: &Case,
    (stage, round): (&Stage, &Round),
    person: PersonId,
) -> Result<Actor, Refusal> {
    let actor = may_recheck(case, person)?;
    let mut undecided = round.seats.iter().filter(|seat| seat.awaits());
    let answerable = undecided.any(|seat| seat.state != SeatState::Blocked);
    if !round.is_blocked() || answerable || stage.kind != StageKind::Review {
        return Err(Reason::new("not_blocked").with("stage", &stage.id).into());
    }
    let people = people_of(&actor);
    if let Some(bar) = people.iter().find_map(|person| case.bar(stage, *person)) {
        return Err(bar.into());
    }
    if let Some(asked) = &round.overridden
        && !people_of(&asked.asked_by).is_disjoint(&people)
    {
        return Err(Reason::new("second_person_needed").into());
    }
    Ok(actor)
}

pub(in crate::workflow) fn pass_over(
    desk: &mut Desk,
    by: By,
    asked: Option<RoundNo>,
    reason: &str,
) -> Result<(), Refusal> {
    let person = person(by)?;
    let mut refused = None;
    let mut found = None;
    for no in desk
        .open_rounds()
        .into_iter()
        .filter(|no| asked.is_none_or(|asked| asked == *no))
    {
        match may_override(&desk.case(), desk.place(no)?, person) {
            Ok(actor) => {
                found.get_or_insert((no, actor));
            }
            Err(refusal) => {
                refused.get_or_insert(refusal);
            }
        }
    }
    let Some((round, actor)) = found else {
        return Err(refused.unwrap_or_else(|| Reason::new("unknown_round").into()));
    };
    given(reason)?;
    let confirmed = desk.place(round)?.1.overridden.is_some();
    let reason = reason.to_owned();
    if !confirmed {
        desk.record(Some(&actor), What::OverrideAsked { round, reason });
        return Ok(());
    }
    desk.record(Some(&actor), What::Overridden { round, reason });
    desk.pass(round, None)
}
