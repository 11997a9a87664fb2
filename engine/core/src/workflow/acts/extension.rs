//! Extensions (延期): asking for a later last day, and deciding about it.

use super::{given, holds, person};
use crate::id::PersonId;
use crate::org::{Actor, Role};
use crate::reason::{Reason, Refusal};
use crate::workflow::command::By;
use crate::workflow::context::Topic;
use crate::workflow::definition::StageKind;
use crate::workflow::electorate::{Case, people_of};
use crate::workflow::event::{DueMove, What};
use crate::workflow::extension::{Extension, ExtensionState};
use crate::workflow::machine::Desk;
use crate::workflow::round::{Round, Seat};
use chrono::{Days, NaiveDate};
use std::collections::BTreeSet;

/// How far behind the last day a new one may lie, in days: a paper of a year is not put off beyond the next.
const FURTHEST: u64 = 366;

/// The seats of the owner's units that have the paper now, with their rounds.
fn seats_of_owner<'c>(case: &'c Case) -> impl Iterator<Item = (&'c Round, &'c Seat)> {
    let owner = case.ctx.party("owner");
    let work = case
        .instance
        .open_rounds()
        .filter(|round| round.kind == StageKind::Work);
    work.flat_map(move |round| {
        let seats = round
            .seats
            .iter()
            .filter(|seat| seat.awaits() && owner.contains(&seat.unit));
        seats.map(move |seat| (round, seat.as_ref()))
    })
}

/// The unit's last day while it has the paper.
fn unit_due(case: &Case) -> Result<NaiveDate, Refusal> {
    let mut seats = seats_of_owner(case).peekable();
    if seats.peek().is_none() {
        return Err(Reason::new("extension_not_with_unit").into());
    }
    let due = seats.filter_map(|(_, seat)| seat.due_on).min().or(case.ctx.due_on);
    due.ok_or_else(|| Reason::new("extension_no_date").into())
}

/// In which capacity the person may ask for a later day than which one: those of the owner's unit, while it has the
/// paper, until its last day is over, one request at a time.
pub(in crate::workflow) fn may_ask(case: &Case, person: PersonId) -> Result<(NaiveDate, Actor), Refusal> {
    let posts = [Role::Drafter, Role::Deputy, Role::Head].map(|role| ("owner", role));
    let mut held = posts.into_iter().filter_map(|post| holds(case, person, post));
    let actor = held.next().ok_or_else(|| Reason::new("extension_not_yours"))?;
    let due = unit_due(case)?;
    if case.instance.extension_asked().is_some() {
        return Err(Reason::new("extension_open").into());
    }
    if case.ctx.at.day > case.ctx.calendar.on_or_after(due) {
        return Err(Reason::new("extension_late").with("date", due).into());
    }
    Ok((due, actor))
}

pub(in crate::workflow) fn ask(desk: &mut Desk, by: By, until: NaiveDate, reason: &str) -> Result<(), Refusal> {
    let (due, actor) = may_ask(&desk.case(), person(by)?)?;
    given(reason)?;
    fits(due, until)?;
    let what = What::ExtensionAsked {
        due_on: due,
        until,
        reason: reason.to_owned(),
    };
    desk.record(Some(&actor), what);
    let stage = desk.instance.stage.clone();
    let mut people = desk.holders("coordinator", &[Role::Coordinator]);
    people.retain(|person| may_decide(&desk.case(), *person).is_ok());
    if people.is_empty() {
        people = desk.holders("office", &[Role::Office]);
    }
    desk.tell(people, Topic::ExtensionAsked, &stage, Vec::new());
    Ok(())
}

/// The new day lies behind the old one, and not too far.
fn fits(due: NaiveDate, until: NaiveDate) -> Result<(), Refusal> {
    let furthest = due.checked_add_days(Days::new(FURTHEST)).unwrap_or(NaiveDate::MAX);
    if until <= due {
        return Err(Reason::new("extension_not_later").with("date", due).into());
    }
    if until > furthest {
        return Err(Reason::new("extension_too_far").with("date", furthest).into());
    }
    Ok(())
}

/// In which capacity the person may decide about the open request: the coordinator; for the coordinator's own paper
/// the office. Nobody decides about a request of their own unit.
pub(in crate::workflow) fn may_decide(case: &Case, person: PersonId) -> Result<Actor, Refusal> {
    let posts = [("coordinator", Role::Coordinator), ("office", Role::Office)];
    let owner = case.ctx.party("owner");
    let own_unit = case.ctx.party("coordinator").iter().all(|unit| owner.contains(unit));
    let mut held = posts
        .into_iter()
        .filter(|(_, role)| *role == Role::Coordinator || own_unit);
    let actor = held
        .find_map(|post| holds(case, person, post).filter(|actor| !owner.contains(&actor.unit)))
        .ok_or_else(|| Reason::new("extension_not_yours_to_decide"))?;
    let Some(extension) = case.instance.extension_asked() else {
        return Err(Reason::new("extension_none").into());
    };
    let people = people_of(&actor);
    let asked = people_of(&extension.asked_by);
    if !asked.is_disjoint(&people) || !case.ctx.authors.is_disjoint(&people) {
        return Err(Reason::new("own_paper").with("stage", &case.instance.stage).into());
    }
    unit_due(case)?;
    Ok(actor)
}

pub(in crate::workflow) fn grant(desk: &mut Desk, by: By, until: Option<NaiveDate>, note: &str) -> Result<(), Refusal> {
    let (actor, extension) = open_request(desk, by)?;
    let until = until.unwrap_or(extension.until);
    let case = desk.case();
    fits(unit_due(&case)?, until)?;
    let mut due: Vec<DueMove> = Vec::new();
    let mut rounds = BTreeSet::new();
    for (round, seat) in seats_of_owner(&case) {
        if rounds.insert(round.no) {
            due.push((round.no, None, until));
        }
        due.push((round.no, Some(seat.no), until));
    }
    let what = What::ExtensionGranted {
        until,
        note: note.to_owned(),
        due,
    };
    desk.record(Some(&actor), what);
    tell_unit(desk, Topic::ExtensionGranted);
    Ok(())
}

pub(in crate::workflow) fn refuse(desk: &mut Desk, by: By, reason: &str) -> Result<(), Refusal> {
    let (actor, _) = open_request(desk, by)?;
    given(reason)?;
    let reason = reason.to_owned();
    desk.record(Some(&actor), What::ExtensionRefused { reason });
    tell_unit(desk, Topic::ExtensionRefused);
    Ok(())
}

fn open_request(desk: &Desk, by: By) -> Result<(Actor, Extension), Refusal> {
    let actor = may_decide(&desk.case(), person(by)?)?;
    let open = desk.instance.extension_asked().cloned();
    let extension = open.ok_or_else(|| Reason::new("extension_none"))?;
    debug_assert_eq!(extension.state, ExtensionState::Asked);
    Ok((actor, extension))
}

fn tell_unit(desk: &mut Desk, topic: Topic) {
    let stage = desk.instance.stage.clone();
    let people = desk.holders("owner", &[Role::Drafter, Role::Deputy, Role::Head]);
    desk.tell(people, topic, &stage, Vec::new());
}
