//! Offers: what somebody can do with a document now. The buttons of a page are made from them, so that a page never
//! offers what the engine would refuse.

use super::acts::extension;
use super::acts::{
    Chair, anybody_to_add, chairs, fits, may_add, may_copy, may_give_back, may_move, may_override, may_recheck,
    may_remove, may_take_back, may_terminate, may_urge, may_withdraw, return_targets, takers, too_early,
};
use super::command::{Act, ActKind, Addressee, By, Command};
use super::context::Context;
use super::definition::{Definition, Stage, StageId};
use super::electorate::{Case, spoke};
use super::instance::Instance;
use super::machine::transition;
use super::round::Round;
use crate::id::{CommandId, PersonId, RoundNo, SeatNo};
use crate::org::Actor;
use crate::reason::Reason;
use serde::{Deserialize, Serialize};

/// One thing that somebody can do now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What.
    pub act: ActKind,
    /// The stage it is about.
    pub stage: StageId,
    /// The round it is about: an open one, or the one that would be taken back.
    pub round: RoundNo,
    /// The seat they would speak from, for the acts that need one; for removing a signer, that signer's.
    pub seat: Option<SeatNo>,
    /// In which capacity, and for whom.
    pub actor: Actor,
    /// Stages it could be returned to, the usual one first. Empty for other acts.
    pub returns: Vec<StageId>,
    /// To whom a seat could go, for handing it over and lending it. Empty for other acts.
    pub takers: Vec<Addressee>,
    /// True when a reason must be given.
    pub reason_required: bool,
    /// Why it is the person's to do, but cannot be done yet (content not ready, too early). Empty: it can be done.
    pub unready: Vec<Reason>,
}

/// What the person can do now. Whatever is offered with an empty `unready` will be accepted in the same context,
/// and whatever is not offered will be refused.
pub fn available(def: &Definition, instance: &Instance, person: PersonId, ctx: &Context) -> Vec<Offer> {
    let (Some(oldest), None) = (instance.current(), instance.finish) else {
        return Vec::new();
    };
    let case = Case { def, instance, ctx };
    let mut offers = Vec::new();
    if instance.suspended.is_some() {
        if let Ok(actor) = may_terminate(&case, person) {
            offers.push(offer(ActKind::Resume, oldest, None, actor.clone()));
            offers.push(offer(ActKind::Terminate, oldest, None, actor));
        }
        return offers;
    }
    for round in instance.open_rounds() {
        if let Some(stage) = def.stage(&round.stage) {
            answers(&case, (stage, round), person, &mut offers);
            extras(&case, (stage, round), person, &mut offers);
        }
    }
    if let Ok((_, actor)) = may_copy(&case, person) {
        offers.push(offer(ActKind::Copy, oldest, None, actor));
    }
    if let Ok((_, actor)) = may_urge(&case, person) {
        offers.push(offer(ActKind::Urge, oldest, None, actor));
    }
    if let Ok((_, actor)) = extension::may_ask(&case, person) {
        offers.push(offer(ActKind::AskExtension, oldest, None, actor));
    }
    if let Ok(actor) = extension::may_decide(&case, person) {
        offers.push(offer(ActKind::GrantExtension, oldest, None, actor.clone()));
        offers.push(offer(ActKind::RefuseExtension, oldest, None, actor));
    }
    if let Ok((no, actor)) = may_withdraw(&case, person) {
        let round = instance.round(no).unwrap_or(oldest);
        offers.push(offer(ActKind::Withdraw, round, None, actor));
    }
    if let Ok(Chair { round, actor, .. }) = may_take_back(&case, person) {
        let round = instance.round(round).unwrap_or(oldest);
        offers.push(offer(ActKind::TakeBack, round, None, actor));
    }
    if let Ok(actor) = may_recheck(&case, person) {
        let recheck = Command {
            id: CommandId(uuid::Uuid::nil()),
            expected: instance.version,
            by: By::Person(person),
            seat: None,
            act: Act::Recheck,
        };
        if transition(def, instance, &recheck, ctx).is_ok() {
            offers.push(offer(ActKind::Recheck, oldest, None, actor));
        }
    }
    if let Ok(actor) = may_terminate(&case, person) {
        offers.push(offer(ActKind::Suspend, oldest, None, actor.clone()));
        offers.push(offer(ActKind::Terminate, oldest, None, actor));
    }
    offers
}

/// The extra acts that the person can carry out in a round: signers, moving seats, seats on loan, passing over.
fn extras(case: &Case, (stage, round): (&Stage, &Round), person: PersonId, offers: &mut Vec<Offer>) {
    let adding = [ActKind::AddBefore, ActKind::AddAfter, ActKind::AddParallel];
    for Chair { seat: no, actor, .. } in chairs(case, stage, round, person) {
        let Some(seat) = round.seat(no) else { continue };
        let adding = adding.into_iter().filter(|act| stage.allows(*act));
        if may_add(seat).is_ok() && stage.allows_adding() && anybody_to_add(case, (stage, round)) {
            offers.extend(adding.map(|act| offer(act, round, Some(no), actor.clone())));
        }
        if may_move(seat).is_ok() {
            let takers = takers(case, (stage, round, seat), &actor);
            for act in [ActKind::Transfer, ActKind::Lend] {
                if stage.allows(act) && !takers.is_empty() {
                    let mut new = offer(act, round, Some(no), actor.clone());
                    new.takers.clone_from(&takers);
                    offers.push(new);
                }
            }
        }
    }
    for seat in &round.seats {
        if let Ok(actor) = may_remove(case, (stage, round, seat), person) {
            offers.push(offer(ActKind::Remove, round, Some(seat.no), actor));
        }
        if let Ok(actor) = may_give_back(case, (stage, seat), person) {
            offers.push(offer(ActKind::GiveBack, round, Some(seat.no), actor));
        }
    }
    if let Ok(actor) = may_override(case, (stage, round), person) {
        offers.push(offer(ActKind::Override, round, None, actor));
    }
}

fn offer(act: ActKind, round: &Round, seat: Option<SeatNo>, actor: Actor) -> Offer {
    Offer {
        act,
        stage: round.stage.clone(),
        round: round.no,
        seat,
        actor,
        returns: Vec::new(),
        takers: Vec::new(),
        reason_required: act.needs_reason(),
        unready: Vec::new(),
    }
}

/// The answers that the person can give in a round. In a vote they have one ballot, whatever seats they hold.
fn answers(case: &Case, (stage, round): (&Stage, &Round), person: PersonId, offers: &mut Vec<Offer>) {
    let mut found = chairs(case, stage, round, person);
    if stage.is_vote() {
        found.truncate(1);
    }
    for Chair { seat, actor, .. } in found {
        let kinds = [
            ActKind::Submit,
            ActKind::Approve,
            ActKind::Reject,
            ActKind::Abstain,
            ActKind::Return,
        ];
        for act in kinds.into_iter().filter(|act| fits(stage, *act)) {
            let mut new = offer(act, round, Some(seat), actor.clone());
            match act {
                ActKind::Submit => new.unready = case.ctx.unready_at(&stage.id).to_vec(),
                ActKind::Approve => new.unready = too_early(round, case).into_iter().collect(),
                ActKind::Return => {
                    new.returns = return_targets(case.instance, stage, round);
                    // What an added signer objects to goes back to whoever added them.
                    let added = round.seat(seat).is_some_and(|seat| seat.added.is_some());
                    if new.returns.is_empty() && !added {
                        continue;
                    }
                }
                _ => {}
            }
            offers.push(new);
        }
    }
}

/// Everyone who could answer from this open seat now, delegates included, in order of their numbers. Empty for a
/// seat that awaits no answer.
pub fn can_answer(def: &Definition, instance: &Instance, seat: SeatNo, ctx: &Context) -> Vec<PersonId> {
    let Some((round, seat)) = instance.current_for(seat).filter(|(_, seat)| seat.is_undecided()) else {
        return Vec::new();
    };
    let Some(stage) = def.stage(&round.stage) else {
        return Vec::new();
    };
    if seat.lent.is_some() {
        return Vec::new();
    }
    Case { def, instance, ctx }.actors(stage, round, seat)
}

/// The open rounds from whose seats separation of duties keeps this person, whatever post they hold or are lent: they
/// wrote in the paper, acted where they may not have, belong to a barred unit, or answered already.
pub fn barred_from(def: &Definition, instance: &Instance, person: PersonId, ctx: &Context) -> Vec<RoundNo> {
    let case = Case { def, instance, ctx };
    let barred = |round: &&Round| {
        let stage = def.stage(&round.stage);
        stage.is_some_and(|stage| case.bar(stage, person).is_some() || (stage.distinct && spoke(round, person)))
    };
    let rounds = instance.open_rounds().filter(barred);
    rounds.map(|round| round.no).collect()
}
