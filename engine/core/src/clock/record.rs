//! What the two clocks of a paper have to say: read from its rounds, never stored beside them.
//!
//! The unit's budget is the working days from the paper's start to its last day, with what was granted in extensions;
//! the reviewers' budget is the sum of the time limits of the stages that the paper came to. Each runs while its side
//! has the paper. Days late are added up visit by visit, so that catching up elsewhere does not hide them.

use super::{Clock, Clocks, Light, Progress, Side, light};
use crate::calendar::Calendar;
use crate::workflow::{Context, ExtensionState, Instance, Round, StageId, StageKind};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// One visit to a stage, as far as clocks are concerned.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Visit {
    /// Whose time it took.
    pub side: Side,
    /// The stage.
    pub stage: StageId,
    /// The day on which it began; it does not count.
    pub opened: NaiveDate,
    /// The day on which it ended; it counts when it is worked. None while it lasts.
    pub closed: Option<NaiveDate>,
    /// Its last day, when it had one.
    pub due_on: Option<NaiveDate>,
    /// Working days that it took so far, without those on which the paper was stopped.
    pub used: u32,
    /// Working days behind its last day.
    pub late: u32,
    /// Its lights: each colour with its first day.
    pub lights: Vec<(NaiveDate, Light)>,
}

/// The two clocks of a paper with what came of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Budgets and used days. The unit's has no meaning for a paper without a last day, see [`Record::has_budget`].
    pub clocks: Clocks,
    /// False when the unit was never given a last day.
    pub has_budget: bool,
    /// The visits, in the order in which they began.
    pub visits: Vec<Visit>,
}

impl Record {
    /// Working days that this side was late in visits that are over; what was late once stays.
    pub fn late_before(&self, side: Side) -> u32 {
        let over = self
            .visits
            .iter()
            .filter(|visit| visit.side == side && visit.closed.is_some());
        over.map(|visit| visit.late).sum()
    }

    /// Working days that this side was late, the present visit included.
    pub fn late(&self, side: Side) -> u32 {
        let of_side = self.visits.iter().filter(|visit| visit.side == side);
        of_side.map(|visit| visit.late).sum()
    }
}

/// The clocks of a paper on `day`. `due_on`: the last day for the first submission, as it was at the start.
pub fn record(instance: &Instance, due_on: Option<NaiveDate>, calendar: &Calendar, day: NaiveDate) -> Record {
    // While it is stopped no time passes.
    let today = instance.suspended.map_or(day, |since| since.day.min(day));
    let mut visits: Vec<Visit> = Vec::new();
    let mut allowed = 0_u32;
    for round in &instance.rounds {
        let side = match round.kind {
            StageKind::Work => Side::Unit,
            StageKind::Review => Side::Reviewer,
            StageKind::Auto => continue,
        };
        let first = visits.iter().all(|visit| visit.side != side);
        let due = last_day(round).or(if side == Side::Unit && first { due_on } else { None });
        if side == Side::Reviewer {
            allowed = allowed.saturating_add(due.map_or(0, |due| days(calendar, round.opened.day, due)));
        }
        visits.push(visit(instance, (side, round, due), calendar, today));
    }
    let budget = match (visits.iter().find(|visit| visit.side == Side::Unit), due_on) {
        (Some(first), Some(due)) => days(calendar, first.opened, due).saturating_add(granted(instance, calendar)),
        _ => 0,
    };
    let clock = |side: Side, budget: u32| Clock {
        budget,
        used: used(instance, &visits, side, calendar),
        since: visits
            .iter()
            .filter(|visit| visit.side == side && visit.closed.is_none())
            .map(|visit| visit.opened)
            .min(),
    };
    Record {
        clocks: Clocks {
            unit: clock(Side::Unit, budget),
            reviewer: clock(Side::Reviewer, allowed),
        },
        has_budget: due_on.is_some(),
        visits,
    }
}

/// The unit's last day when it gets the paper (back) now: as many working days as are left of its budget. A budget that
/// is used up is due at once. None for a paper that never had a last day.
pub fn unit_due(instance: &Instance, ctx: &Context) -> Option<NaiveDate> {
    ctx.due_on?;
    let mut clocks = record(instance, ctx.due_on, ctx.calendar, ctx.at.day).clocks;
    clocks.unit.since = None;
    clocks.hand_to(Side::Unit, ctx.at.day, ctx.calendar);
    clocks.unit.due_on(ctx.calendar)
}

fn days(calendar: &Calendar, from: NaiveDate, to: NaiveDate) -> u32 {
    u32::try_from(calendar.between(from, to)).unwrap_or(0)
}

/// The last day of a visit: of its seats, else of the round.
fn last_day(round: &Round) -> Option<NaiveDate> {
    let of_seats = round.seats.iter().filter_map(|seat| seat.due_on).max();
    of_seats.or(round.due_on)
}

/// Working days that extensions added.
fn granted(instance: &Instance, calendar: &Calendar) -> u32 {
    let granted = instance
        .extensions
        .iter()
        .filter(|extension| extension.state == ExtensionState::Granted);
    granted
        .map(|extension| days(calendar, extension.due_on, extension.until))
        .sum()
}

/// Working days in (`from`, `to`] on which the paper was stopped.
fn stopped(instance: &Instance, (from, to): (NaiveDate, NaiveDate), calendar: &Calendar) -> u32 {
    let within = instance.stops.iter().filter(|(start, _)| *start >= from && *start < to);
    within.map(|(start, end)| days(calendar, *start, (*end).min(to))).sum()
}

/// Working days in visits of this side that are over; days on which two visits ran count once.
fn used(instance: &Instance, visits: &[Visit], side: Side, calendar: &Calendar) -> u32 {
    let mut total = 0_u32;
    let mut counted: Option<NaiveDate> = None;
    for visit in visits.iter().filter(|visit| visit.side == side) {
        let Some(closed) = visit.closed else { continue };
        let from = counted.map_or(visit.opened, |counted| counted.max(visit.opened));
        if closed > from {
            let span = days(calendar, from, closed).saturating_sub(stopped(instance, (from, closed), calendar));
            total = total.saturating_add(span);
            counted = Some(closed);
        }
    }
    total
}

fn visit(
    instance: &Instance,
    (side, round, due_on): (Side, &Round, Option<NaiveDate>),
    calendar: &Calendar,
    today: NaiveDate,
) -> Visit {
    let opened = round.opened.day;
    let closed = round.closed.map(|closed| closed.day);
    let until = closed.unwrap_or(today).max(opened);
    let last = due_on.map(|due| calendar.on_or_after(due));
    Visit {
        side,
        stage: round.stage.clone(),
        opened,
        closed,
        due_on,
        used: days(calendar, opened, until).saturating_sub(stopped(instance, (opened, until), calendar)),
        late: last.map_or(0, |last| days(calendar, last, until)),
        lights: lights(opened, until, due_on, calendar),
    }
}

/// The colours of a visit from the day it began to `until`, each with its first day: by the same rule as any light of
/// that day, so that old months keep their colour.
fn lights(
    opened: NaiveDate,
    until: NaiveDate,
    due_on: Option<NaiveDate>,
    calendar: &Calendar,
) -> Vec<(NaiveDate, Light)> {
    let mut found: Vec<(NaiveDate, Light)> = Vec::new();
    for day in opened.iter_days().take_while(|day| *day <= until) {
        let now = light(Progress::Open, due_on, day, calendar);
        if found.last().is_none_or(|(_, before)| *before != now) {
            found.push((day, now));
        }
        if now == Light::Red || due_on.is_none() {
            break;
        }
    }
    found
}
