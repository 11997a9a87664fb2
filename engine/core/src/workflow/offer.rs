//! Offers: what somebody can do with a document now. The buttons of a page are made from them, so that a page never
//! offers what the engine would refuse.

use super::acts::{Chair, chairs, fits, may_recheck, may_take_back, may_terminate, may_withdraw};
use super::acts::{return_targets, too_early};
use super::command::{Act, ActKind, By, Command};
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
    /// The seat they would speak from, for the acts that need one.
    pub seat: Option<SeatNo>,
    /// In which capacity, and for whom.
    pub actor: Actor,
    /// Stages it could be returned to, the usual one first. Empty for other acts.
    pub returns: Vec<StageId>,
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
    for round in instance.open_rounds() {
        if let Some(stage) = def.stage(&round.stage) {
            answers(&case, (stage, round), person, &mut offers);
        }
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
        offers.push(offer(ActKind::Terminate, oldest, None, actor));
    }
    offers
}

fn offer(act: ActKind, round: &Round, seat: Option<SeatNo>, actor: Actor) -> Offer {
    Offer {
        act,
        stage: round.stage.clone(),
        round: round.no,
        seat,
        actor,
        returns: Vec::new(),
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
                ActKind::Submit => new.unready = case.ctx.unready.to_vec(),
                ActKind::Approve => new.unready = too_early(round, case).into_iter().collect(),
                ActKind::Return => {
                    new.returns = return_targets(case.instance, stage, round);
                    if new.returns.is_empty() {
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
    Case { def, instance, ctx }.actors(stage, round, seat)
}

/// True when separation of duties keeps this person from the seats of every open round, whatever post they hold or
/// are lent: they wrote in the paper, acted where they may not have, belong to a barred unit, or answered already.
pub fn is_barred(def: &Definition, instance: &Instance, person: PersonId, ctx: &Context) -> bool {
    let case = Case { def, instance, ctx };
    let barred = |round: &Round| {
        let Some(stage) = def.stage(&round.stage) else {
            return false;
        };
        case.bar(stage, person).is_some() || (stage.distinct && spoke(round, person))
    };
    instance.current().is_some() && instance.open_rounds().all(barred)
}
