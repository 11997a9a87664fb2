//! Adding signers before, after or beside oneself (加签), and removing them again (减签).

use super::{Chair, chair_for, given, person};
use crate::id::{PersonId, SeatNo};
use crate::org::Actor;
use crate::reason::{Reason, Refusal};
use crate::workflow::command::{ActKind, Addressee, By, Command, Turn};
use crate::workflow::definition::Stage;
use crate::workflow::electorate::Case;
use crate::workflow::event::What;
use crate::workflow::machine::Desk;
use crate::workflow::round::{Added, Round, Seat, SeatState};
use std::collections::BTreeSet;
use std::sync::Arc;

impl Turn {
    /// The act that adds a signer for this turn.
    pub fn act(self) -> ActKind {
        match self {
            Self::Before => ActKind::AddBefore,
            Self::After => ActKind::AddAfter,
            Self::Parallel => ActKind::AddParallel,
        }
    }
}

/// Whether somebody of this post could be given a seat in the round: somebody holds it, who is not barred and has no
/// seat in it. `own` is a seat that does not count because it is to be given away.
pub(super) fn may_be_seated(
    case: &Case,
    (stage, round): (&Stage, &Round),
    to: Addressee,
    own: Option<SeatNo>,
) -> Result<(), Refusal> {
    let mut seat = case.fresh(stage, SeatNo(0), (to.unit, to.role));
    seat.person = to.person;
    let (org, day) = (case.ctx.org, case.ctx.at.day);
    let of_post = |code: &str| {
        let unit = org.unit_name(to.unit);
        Refusal::from(Reason::new(code).with("unit", unit).with("role", to.role.code()))
    };
    let acting = !to.role.is_administrator() && to.role != crate::org::Role::Observer;
    let meant = to.person.is_none_or(|person| org.holds(person, to.unit, to.role, day));
    if !acting || !meant || org.holders(to.unit, to.role, day).is_empty() {
        return Err(of_post("nobody_holds"));
    }
    let able = case.eligible(stage, &seat);
    if able.is_empty() {
        return Err(Refusal {
            reasons: case.why_nobody(stage, &seat),
        });
    }
    let taken = |person: PersonId| {
        let mut seats = round.seats.iter().filter(|seat| seat.counts() && Some(seat.no) != own);
        seats
            .any(|seat| seat.person.is_none_or(|meant| meant == person) && org.holds(person, seat.unit, seat.role, day))
    };
    if able.into_iter().all(taken) {
        return Err(of_post("already_seated"));
    }
    Ok(())
}

/// Whether the seat may add signers: it is asked now and was not added itself.
pub(in crate::workflow) fn may_add(seat: &Seat) -> Result<(), Refusal> {
    let refused = |code: &str| Err(Reason::new(code).with("seat", seat.no).into());
    if seat.added.is_some() {
        refused("added_no_further")
    } else if !seat.is_undecided() {
        refused("seat_answered")
    } else {
        Ok(())
    }
}

/// True when there is anybody who could be added to the round.
pub(in crate::workflow) fn anybody_to_add(case: &Case, place: (&Stage, &Round)) -> bool {
    let mut seen = BTreeSet::new();
    let posts = case.ctx.org.posts.iter().filter(|post| post.holds_on(case.ctx.at.day));
    posts.into_iter().any(|post| {
        let to = Addressee {
            unit: post.unit,
            role: post.role,
            person: Some(post.person),
        };
        seen.insert(to) && may_be_seated(case, place, to, None).is_ok()
    })
}

pub(in crate::workflow) fn add(
    desk: &mut Desk,
    command: &Command,
    (turn, signer): (Turn, Addressee),
    note: &str,
) -> Result<(), Refusal> {
    let Chair {
        round: no,
        seat: to,
        actor,
    } = chair_for(desk, command, turn.act(), may_add)?;
    let (stage, round) = desk.place(no)?;
    may_be_seated(&desk.case(), (stage, round), signer, None)?;
    let mut seat = desk
        .case()
        .fresh(stage, SeatNo(desk.next_seat()), (signer.unit, signer.role));
    seat.person = signer.person;
    seat.added = Some(Added { to, turn });
    if turn == Turn::After {
        seat.state = SeatState::Waiting;
    }
    let asked = BTreeSet::from([seat.no]);
    let what = What::SignerAdded {
        round: no,
        seat: Arc::new(seat),
        note: note.to_owned(),
    };
    desk.record(Some(&actor), what);
    if turn != Turn::After {
        desk.tell_seats(no, &asked)?;
    }
    if stage.distinct {
        desk.refresh(no)?;
    }
    Ok(())
}

/// In which capacity the person may remove this signer: that of the seat that added them.
pub(in crate::workflow) fn may_remove(
    case: &Case,
    (stage, round, seat): (&Stage, &Round, &Seat),
    person: PersonId,
) -> Result<Actor, Refusal> {
    let of_seat = |code: &str| Refusal::from(Reason::new(code).with("seat", seat.no));
    if !stage.allows(ActKind::Remove) {
        return Err(super::not_allowed(stage, ActKind::Remove));
    }
    let parent = seat.added.and_then(|added| round.seat(added.to));
    let parent = parent.ok_or_else(|| of_seat("not_your_signer"))?;
    if !seat.awaits() {
        return Err(of_seat("seat_answered"));
    }
    let mut own = parent.clone();
    // Whoever added somebody has perhaps answered: that does not bar them from calling off what they asked for.
    own.ballot = None;
    let found = case.capacity_of(stage, &own, person);
    found.map_err(|_| of_seat("not_your_signer"))
}

pub(in crate::workflow) fn remove(desk: &mut Desk, by: By, no: SeatNo, reason: &str) -> Result<(), Refusal> {
    let person = person(by)?;
    let unknown = || Refusal::from(Reason::new("unknown_seat").with("seat", no));
    let (round, seat) = desk.instance.current_for(no).ok_or_else(unknown)?;
    let round_no = round.no;
    let parent = seat.added.map(|added| added.to);
    let (stage, round) = desk.place(round_no)?;
    let actor = may_remove(&desk.case(), (stage, round, seat), person)?;
    given(reason)?;
    let what = What::SignerRemoved {
        round: round_no,
        seat: no,
        reason: reason.to_owned(),
    };
    desk.record(Some(&actor), what);
    desk.settle(round_no, parent)
}
