//! Seats that change hands: for good (转办), or on loan for an opinion (委派). They move, they never multiply.

use super::signer::may_be_seated;
use super::{Chair, chair_for, given, person};
use crate::id::PersonId;
use crate::org::Actor;
use crate::reason::{Reason, Refusal};
use crate::workflow::command::{ActKind, Addressee, Command};
use crate::workflow::context::Topic;
use crate::workflow::definition::Stage;
use crate::workflow::electorate::Case;
use crate::workflow::event::What;
use crate::workflow::machine::Desk;
use crate::workflow::round::{Round, Seat};
use std::collections::BTreeSet;

/// Whether the seat may be given away: an answer is asked from it.
pub(in crate::workflow) fn may_move(seat: &Seat) -> Result<(), Refusal> {
    if seat.is_undecided() {
        return Ok(());
    }
    Err(Reason::new("seat_answered").with("seat", seat.no).into())
}

/// Whether the seat may go to this post: one of the same unit, which goes on answering for itself, and not to whoever
/// has it now.
fn may_take_over(
    case: &Case,
    (stage, round, seat): (&Stage, &Round, &Seat),
    actor: &Actor,
    to: Addressee,
) -> Result<(), Refusal> {
    if to.unit != seat.unit {
        let unit = case.ctx.org.unit_name(seat.unit);
        return Err(Reason::new("only_within_the_unit").with("unit", unit).into());
    }
    let same_post = to.person.is_none() && to.role == seat.role;
    if same_post || to.person == Some(actor.person) {
        return Err(Reason::new("already_seated")
            .with("unit", case.ctx.org.unit_name(to.unit))
            .with("role", to.role.code())
            .into());
    }
    may_be_seated(case, (stage, round), to, Some(seat.no))
}

/// Those of the unit to whom the seat could go, each with one post.
pub(in crate::workflow) fn takers(case: &Case, place: (&Stage, &Round, &Seat), actor: &Actor) -> Vec<Addressee> {
    let org = case.ctx.org;
    let posts = org.posts_in(place.2.unit).filter(|post| post.holds_on(case.ctx.at.day));
    let mut found: Vec<Addressee> = Vec::new();
    for post in posts {
        let to = Addressee {
            unit: post.unit,
            role: post.role,
            person: Some(post.person),
        };
        let known = found.iter().any(|other| other.person == to.person);
        if !known && may_take_over(case, place, actor, to).is_ok() {
            found.push(to);
        }
    }
    found
}

pub(in crate::workflow) fn transfer(
    desk: &mut Desk,
    command: &Command,
    to: Addressee,
    reason: &str,
) -> Result<(), Refusal> {
    let Chair {
        round: no,
        seat: seat_no,
        actor,
    } = chair_for(desk, command, ActKind::Transfer, may_move)?;
    given(reason)?;
    check(desk, (no, seat_no), &actor, to)?;
    let what = What::Transferred {
        round: no,
        seat: seat_no,
        to,
        reason: reason.to_owned(),
    };
    desk.record(Some(&actor), what);
    desk.refresh(no)?;
    desk.tell_seats(no, &BTreeSet::from([seat_no]))
}

pub(in crate::workflow) fn lend(desk: &mut Desk, command: &Command, to: Addressee, note: &str) -> Result<(), Refusal> {
    let Chair {
        round: no,
        seat: seat_no,
        actor,
    } = chair_for(desk, command, ActKind::Lend, may_move)?;
    check(desk, (no, seat_no), &actor, to)?;
    let what = What::Lent {
        round: no,
        seat: seat_no,
        to,
        note: note.to_owned(),
    };
    desk.record(Some(&actor), what);
    let stage = desk.place(no)?.0.id.clone();
    let people = borrowers(&desk.case(), to);
    desk.tell(people, Topic::Lent, &stage, Vec::new());
    Ok(())
}

fn check(
    desk: &Desk,
    (no, seat): (crate::id::RoundNo, crate::id::SeatNo),
    actor: &Actor,
    to: Addressee,
) -> Result<(), Refusal> {
    let (stage, round) = desk.place(no)?;
    let unknown = || Refusal::from(Reason::new("unknown_seat").with("seat", seat));
    let seat = round.seat(seat).ok_or_else(unknown)?;
    may_take_over(&desk.case(), (stage, round, seat), actor, to)
}

/// Those who hold the post that has a seat on loan, or the one who is meant.
fn borrowers(case: &Case, to: Addressee) -> BTreeSet<PersonId> {
    let holders = case.ctx.org.holders(to.unit, to.role, case.ctx.at.day).into_iter();
    holders
        .filter(|person| to.person.is_none_or(|meant| meant == *person))
        .collect()
}

/// In which capacity the person may end the loan of this seat: they have it on loan, or it is theirs.
pub(in crate::workflow) fn may_give_back(
    case: &Case,
    (stage, seat): (&Stage, &Seat),
    person: PersonId,
) -> Result<Actor, Refusal> {
    let of_seat = |code: &str| Refusal::from(Reason::new(code).with("seat", seat.no));
    let to = seat.lent.ok_or_else(|| of_seat("not_lent"))?;
    if borrowers(case, to).contains(&person) {
        return Ok(Actor {
            person,
            unit: to.unit,
            role: to.role,
            on_behalf_of: None,
        });
    }
    case.capacity_of(stage, seat, person)
}

pub(in crate::workflow) fn give_back(desk: &mut Desk, command: &Command, note: &str) -> Result<(), Refusal> {
    let person = person(command.by)?;
    let mut found = Vec::new();
    let mut refused = Refusal::from(Reason::new("not_lent"));
    for no in desk.open_rounds() {
        let (stage, round) = desk.place(no)?;
        let lent = round.seats.iter().filter(|seat| seat.lent.is_some());
        for seat in lent.filter(|seat| command.seat.is_none_or(|asked| asked == seat.no)) {
            match may_give_back(&desk.case(), (stage, seat), person) {
                Ok(actor) => found.push((no, seat.no, actor)),
                Err(refusal) => refused = refusal,
            }
        }
    }
    let Some((round, seat, actor)) = found.pop() else {
        return Err(refused);
    };
    if !found.is_empty() {
        return Err(Reason::new("choose_seat")
            .with("stage", &desk.place(round)?.0.id)
            .into());
    }
    let note = note.to_owned();
    desk.record(Some(&actor), What::GivenBack { round, seat, note });
    desk.tell_seats(round, &BTreeSet::from([seat]))
}
