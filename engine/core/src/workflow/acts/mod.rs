//! What each act asks for, and what it does: one file for each kind of act.

mod answer;
mod care;
pub(super) mod extension;
mod hand_over;
mod notice;
mod recall;
mod signer;

pub(super) use answer::{abstain, approve, reject, return_round, return_targets, send_back, submit, too_early};
pub(super) use care::{
    may_override, may_recheck, may_terminate, pass_over, recheck, resume, suspend, terminate, time_out,
};
pub(super) use hand_over::{give_back, lend, may_give_back, may_move, takers, transfer};
pub(super) use notice::{copy, may_copy, may_urge, urge};
pub(super) use recall::{may_take_back, may_withdraw, take_back, withdraw};
pub(super) use signer::{add, anybody_to_add, may_add, may_remove, remove};

use super::command::{ActKind, By, Command};
use super::definition::{OnReject, Stage, StageKind};
use super::electorate::Case;
use super::machine::Desk;
use super::round::{Round, Seat};
use crate::id::{PersonId, RoundNo, SeatNo};
use crate::org::{Actor, Role};
use crate::reason::{Reason, Refusal};

/// The seat somebody speaks from, and in which capacity.
pub(super) struct Chair {
    pub round: RoundNo,
    pub seat: SeatNo,
    pub actor: Actor,
}

fn person(by: By) -> Result<PersonId, Refusal> {
    match by {
        By::Person(person) => Ok(person),
        By::Clockwork => Err(Reason::new("person_needed").into()),
    }
}

/// Whether the act is one of this stage.
pub(super) fn fits(stage: &Stage, act: ActKind) -> bool {
    let review = stage.kind == StageKind::Review;
    match act {
        ActKind::Submit => stage.kind == StageKind::Work,
        ActKind::Approve => review,
        ActKind::Reject => review && (stage.fail.is_some() || stage.on_reject == OnReject::Fail),
        ActKind::Abstain => review && stage.abstain.is_some(),
        // Where a failed vote goes on, nobody sends it back alone.
        ActKind::Return => review && !(stage.on_reject == OnReject::Count && stage.fail.is_some()),
        _ => true,
    }
}

fn must_fit(stage: &Stage, act: ActKind) -> Result<(), Refusal> {
    if fits(stage, act) {
        return Ok(());
    }
    let reason = Reason::new("not_in_this_stage").with("stage", &stage.id);
    Err(reason.with("act", act.code()).into())
}

/// True when an answer can be given from the seat: none was given, or it may be changed. Who had signers added after
/// their agreement does not change it any more.
pub(super) fn takes_answer(stage: &Stage, round: &Round, seat: &Seat) -> bool {
    let changeable = stage.change
        && seat.ballot.is_some()
        && seat.carried_from.is_none()
        && seat.counts()
        && round.added_to(seat.no).next().is_none();
    seat.is_undecided() || changeable
}

/// The seats of the round from which the person could speak, one for each post. An undecided seat of a post comes
/// before one whose answer could be changed.
pub(super) fn chairs(case: &Case, stage: &Stage, round: &Round, person: PersonId) -> Vec<Chair> {
    let mut posts = Vec::new();
    let mut found = Vec::new();
    let reach = case.ctx.org.reach(person);
    if reach.is_empty() {
        return found;
    }
    let undecided = round.seats.iter().filter(|seat| seat.is_undecided());
    let answered = round
        .seats
        .iter()
        .filter(|seat| !seat.is_undecided() && takes_answer(stage, round, seat));
    for seat in undecided.chain(answered) {
        let post = (seat.unit, seat.role, seat.person);
        if !reach.contains(&(seat.unit, seat.role)) || posts.contains(&post) {
            continue;
        }
        if let Ok(actor) = speaker(case, (stage, round, seat), person) {
            posts.push(post);
            found.push(Chair {
                round: round.no,
                seat: seat.no,
                actor,
            });
        }
    }
    found
}

/// In which capacity the person can answer from this seat. An answer is changed by whoever gave it, or for whom it
/// was given.
fn speaker(case: &Case, (stage, round, seat): (&Stage, &Round, &Seat), person: PersonId) -> Result<Actor, Refusal> {
    let actor = case.capacity(stage, round, seat, person)?;
    if seat.lent.is_some() {
        return Err(Reason::new("seat_lent").with("seat", seat.no).into());
    }
    let own = |seat: &Seat| {
        let mut ballots = seat.ballot.iter();
        let people = super::electorate::people_of(&actor);
        ballots.all(|ballot| !super::electorate::people_of(&ballot.actor).is_disjoint(&people))
    };
    if seat.is_undecided() || own(seat) {
        Ok(actor)
    } else {
        Err(Reason::new("seat_answered").with("seat", seat.no).into())
    }
}

/// The seat that the command speaks from.
pub(super) fn chair(desk: &Desk, command: &Command, act: ActKind) -> Result<Chair, Refusal> {
    let person = person(command.by)?;
    let case = desk.case();
    if let Some(no) = command.seat {
        let of_seat = |code: &str| Refusal::from(Reason::new(code).with("seat", no));
        let Some((round, seat)) = desk.instance.current_for(no) else {
            for round in desk.open_rounds() {
                must_fit(desk.place(round)?.0, act)?;
            }
            return Err(of_seat("unknown_seat"));
        };
        let (stage, round) = desk.place(round.no)?;
        must_fit(stage, act)?;
        if !takes_answer(stage, round, seat) {
            return Err(of_seat(if seat.awaits() {
                "not_your_turn"
            } else {
                "seat_answered"
            }));
        }
        let actor = speaker(&case, (stage, round, seat), person)?;
        return Ok(Chair {
            round: round.no,
            seat: no,
            actor,
        });
    }
    let mut found = Vec::new();
    let mut refused: Option<Refusal> = None;
    for no in desk.open_rounds() {
        let (stage, round) = desk.place(no)?;
        if let Err(refusal) = must_fit(stage, act) {
            refused.get_or_insert(refusal);
            continue;
        }
        let here = chairs(&case, stage, round, person);
        // In a vote one person has one ballot, whatever seats they hold.
        let many = if stage.is_vote() { 1 } else { here.len() };
        if here.is_empty() {
            let why = why_no_chair(&case, stage, round, person);
            refused = Some(refused.map_or(why.clone(), |before| more_telling(before, why)));
        }
        found.extend(here.into_iter().take(many));
    }
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => {
            let stage = &desk.place(last.round)?.0.id;
            Err(Reason::new("choose_seat").with("stage", stage).into())
        }
        (None, _) => Err(refused.unwrap_or_else(|| Reason::new("not_your_seat").into())),
    }
}

/// The stage does not permit this extra act.
fn not_allowed(stage: &Stage, act: ActKind) -> Refusal {
    let reason = Reason::new("act_not_allowed").with("stage", &stage.id);
    reason.with("act", act.code()).into()
}

/// The seat from which somebody carries out an extra act: one they could answer from, at a stage that permits it, and
/// of which `may` says nothing against it.
fn chair_for(
    desk: &Desk,
    command: &Command,
    act: ActKind,
    may: impl Fn(&Seat) -> Result<(), Refusal>,
) -> Result<Chair, Refusal> {
    let person = person(command.by)?;
    let case = desk.case();
    let mut found = Vec::new();
    let mut refused: Option<Refusal> = None;
    let mut refuse = |why: Refusal| {
        let before = refused.take();
        refused = Some(before.map_or(why.clone(), |before| more_telling(before, why)));
    };
    for no in desk.open_rounds() {
        let (stage, round) = desk.place(no)?;
        if let Some(seat) = command.seat {
            let Some(seat) = round.seat(seat) else { continue };
            let speaks = speaker(&case, (stage, round, seat), person);
            let allowed = if stage.allows(act) {
                Ok(())
            } else {
                Err(not_allowed(stage, act))
            };
            let actor = allowed.and_then(|()| may(seat)).and(speaks)?;
            return Ok(Chair {
                round: no,
                seat: seat.no,
                actor,
            });
        }
        let here = chairs(&case, stage, round, person);
        if here.is_empty() {
            refuse(why_no_chair(&case, stage, round, person));
        }
        for chair in here {
            let seat = round.seat(chair.seat);
            match seat.map_or(Ok(()), &may) {
                _ if !stage.allows(act) => refuse(not_allowed(stage, act)),
                Ok(()) => found.push(chair),
                Err(why) => refuse(why),
            }
        }
    }
    if let Some(no) = command.seat {
        return Err(Reason::new("unknown_seat").with("seat", no).into());
    }
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(last), false) => Err(Reason::new("choose_seat")
            .with("stage", &desk.place(last.round)?.0.id)
            .into()),
        (None, _) => Err(refused.unwrap_or_else(|| Reason::new("not_your_seat").into())),
    }
}

/// How much a refusal says to whoever has no seat; the least is the most telling.
fn weight(refusal: &Refusal) -> u8 {
    match refusal.code() {
        "not_in_this_stage" => 4,
        "not_your_seat" => 3,
        "blocked" => 2,
        "delegation_expired" => 1,
        _ => 0,
    }
}

fn more_telling(one: Refusal, other: Refusal) -> Refusal {
    if weight(&other) < weight(&one) { other } else { one }
}

/// Why the person can speak from no seat: what bars them, before that they hold no post.
fn why_no_chair(case: &Case, stage: &Stage, round: &Round, person: PersonId) -> Refusal {
    let seats = round.seats.iter().filter(|seat| takes_answer(stage, round, seat));
    let refusals = seats.filter_map(|seat| speaker(case, (stage, round, seat), person).err());
    let most_telling = refusals.reduce(more_telling);
    most_telling.unwrap_or_else(|| {
        let lacking = round.lacking.iter().cloned();
        let blocked = Reason::new("blocked").with("stage", &stage.id);
        Refusal {
            reasons: [blocked].into_iter().chain(lacking).collect(),
        }
    })
}

/// The capacity in which the person holds a post in a unit of a party.
fn holds(case: &Case, person: PersonId, (party, role): (&str, Role)) -> Option<Actor> {
    let (org, at, doc_type) = (case.ctx.org, case.ctx.at, &case.def.document_type);
    let mut units = case.ctx.party(party).iter();
    units.find_map(|unit| org.capacities(person, *unit, role, at, doc_type).into_iter().next())
}

/// A reason that has to be given.
fn given(reason: &str) -> Result<(), Refusal> {
    if reason.trim().is_empty() {
        return Err(Reason::new("reason_missing").into());
    }
    Ok(())
}
