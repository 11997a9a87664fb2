//! Letting people know: copies (抄送) and asking for hurry (催办).

use super::{ActKind, chairs, holds, may_recheck, person};
use crate::id::{PersonId, RoundNo, SeatNo};
use crate::org::{Actor, Role};
use crate::reason::{Reason, Refusal};
use crate::workflow::command::By;
use crate::workflow::context::Topic;
use crate::workflow::electorate::Case;
use crate::workflow::event::What;
use crate::workflow::machine::Desk;
use std::collections::BTreeSet;

/// Who may give people a copy: whoever is asked where the stage allows it, and who sees to papers.
pub(in crate::workflow) fn may_copy(
    case: &Case,
    person: PersonId,
) -> Result<(Option<(RoundNo, SeatNo)>, Actor), Refusal> {
    for round in case.instance.open_rounds() {
        let Some(stage) = case.def.stage(&round.stage).filter(|stage| stage.allows(ActKind::Copy)) else {
            continue;
        };
        if let Some(chair) = chairs(case, stage, round, person).into_iter().next() {
            return Ok((Some((round.no, chair.seat)), chair.actor));
        }
    }
    may_recheck(case, person).map(|actor| (None, actor))
}

pub(in crate::workflow) fn copy(desk: &mut Desk, by: By, people: &[PersonId], note: &str) -> Result<(), Refusal> {
    let (_, actor) = may_copy(&desk.case(), person(by)?)?;
    let known = |person: &PersonId| desk.ctx.org.people.get(person).is_some_and(|person| person.active);
    if people.is_empty() || !people.iter().all(known) {
        return Err(Reason::new("unknown_person").into());
    }
    let people: BTreeSet<PersonId> = people.iter().copied().collect();
    let what = What::Copied {
        people: people.iter().copied().collect(),
        note: note.to_owned(),
    };
    desk.record(Some(&actor), what);
    let stage = desk.instance.stage.clone();
    desk.tell(people, Topic::Copied, &stage, Vec::new());
    Ok(())
}

/// Whom a person may ask for hurry now, and in which capacity: those of the owner's unit and those who see to papers
/// ask whoever is waited for, once a working day.
pub(in crate::workflow) fn may_urge(case: &Case, person: PersonId) -> Result<(BTreeSet<PersonId>, Actor), Refusal> {
    let own = [Role::Drafter, Role::Deputy, Role::Head].map(|role| ("owner", role));
    let mut own = own.into_iter().filter_map(|post| holds(case, person, post));
    let actor = match own.next() {
        Some(actor) => actor,
        None => may_recheck(case, person).map_err(|_| Reason::new("not_yours_to_urge"))?,
    };
    let mut people = BTreeSet::new();
    for round in case.instance.open_rounds() {
        let Some(stage) = case.def.stage(&round.stage).filter(|stage| stage.allows(ActKind::Urge)) else {
            continue;
        };
        for seat in round.seats.iter().filter(|seat| seat.is_undecided()) {
            people.extend(case.actors(stage, round, seat));
        }
    }
    people.remove(&person);
    if people.is_empty() {
        return Err(Reason::new("nobody_to_urge").into());
    }
    let today = case.ctx.at.day;
    if let Some(last) = case.instance.urged.get(&person)
        && case.ctx.calendar.between(*last, today) < 1
    {
        return Err(Reason::new("urged_today").with("date", last).into());
    }
    Ok((people, actor))
}

pub(in crate::workflow) fn urge(desk: &mut Desk, by: By) -> Result<(), Refusal> {
    let person = person(by)?;
    let (people, actor) = may_urge(&desk.case(), person)?;
    let what = What::Urged {
        people: people.iter().copied().collect(),
    };
    desk.record(Some(&actor), what);
    let stage = desk.instance.stage.clone();
    desk.tell(people, Topic::Urged, &stage, Vec::new());
    Ok(())
}
