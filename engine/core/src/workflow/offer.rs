//! Offers: what somebody can do with a document now. The buttons of a page are made from them, so that a page never
//! offers what the engine would refuse.

use super::acts::{Chair, chairs, kind_fits, may_recheck, may_take_back, may_terminate, may_withdraw};
use super::acts::{return_targets, too_early};
use super::command::{Act, By, Command};
use super::context::Context;
use super::definition::{Definition, StageId};
use super::electorate::{Case, voices};
use super::instance::Instance;
use super::machine::transition;
use crate::id::{CommandId, PersonId, RoundNo, SeatNo};
use crate::org::Actor;
use crate::reason::Reason;
use serde::{Deserialize, Serialize};

/// A kind of act, without what goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// Submit.
    Submit,
    /// Agree.
    Approve,
    /// Send back.
    Return,
    /// Take one's own submission back.
    Withdraw,
    /// Take one's own agreement back.
    TakeBack,
    /// The time limit has passed.
    TimeOut,
    /// Look again who can sit on the seats.
    Recheck,
    /// End without a result.
    Terminate,
}

impl ActKind {
    /// All of them, in the order of a decision bar.
    pub const ALL: [Self; 8] = [
        Self::Submit,
        Self::Approve,
        Self::Return,
        Self::Withdraw,
        Self::TakeBack,
        Self::TimeOut,
        Self::Recheck,
        Self::Terminate,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Return => "return",
            Self::Withdraw => "withdraw",
            Self::TakeBack => "take_back",
            Self::TimeOut => "time_out",
            Self::Recheck => "recheck",
            Self::Terminate => "terminate",
        }
    }
}

/// One thing that somebody can do now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What.
    pub act: ActKind,
    /// The stage the document is in.
    pub stage: StageId,
    /// The open round.
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
    let (Some(round), None) = (instance.current(), instance.finish) else {
        return Vec::new();
    };
    let Some(stage) = def.stage(&round.stage) else {
        return Vec::new();
    };
    let case = Case { def, instance, ctx };
    let offer = |act: ActKind, seat: Option<SeatNo>, actor: Actor| Offer {
        act,
        stage: stage.id.clone(),
        round: round.no,
        seat,
        actor,
        returns: Vec::new(),
        reason_required: matches!(act, ActKind::Return | ActKind::Terminate),
        unready: Vec::new(),
    };
    let mut offers = Vec::new();
    for Chair { seat, actor } in chairs(&case, stage, round, person) {
        if kind_fits(stage, ActKind::Submit).is_ok() {
            let mut submit = offer(ActKind::Submit, Some(seat), actor);
            submit.unready = ctx.unready.to_vec();
            offers.push(submit);
            continue;
        }
        let mut approve = offer(ActKind::Approve, Some(seat), actor.clone());
        approve.unready = too_early(round, &case).into_iter().collect();
        offers.push(approve);
        let mut back = offer(ActKind::Return, Some(seat), actor);
        back.returns = return_targets(instance, stage);
        if !back.returns.is_empty() {
            offers.push(back);
        }
    }
    if let Ok(actor) = may_withdraw(&case, person) {
        offers.push(offer(ActKind::Withdraw, None, actor));
    }
    if let Ok(Chair { actor, .. }) = may_take_back(&case, person) {
        offers.push(offer(ActKind::TakeBack, None, actor));
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
            offers.push(offer(ActKind::Recheck, None, actor));
        }
    }
    if let Ok(actor) = may_terminate(&case, person) {
        offers.push(offer(ActKind::Terminate, None, actor));
    }
    offers
}

/// Everyone who could answer from this open seat now, delegates included, in order of their numbers. Empty for a
/// seat that awaits no answer.
pub fn can_answer(def: &Definition, instance: &Instance, seat: SeatNo, ctx: &Context) -> Vec<PersonId> {
    let Some(round) = instance.current() else {
        return Vec::new();
    };
    let found = round.seats.iter().find(|s| s.no == seat && s.is_undecided());
    let (Some(seat), Some(stage)) = (found, def.stage(&round.stage)) else {
        return Vec::new();
    };
    Case { def, instance, ctx }.actors(stage, round, seat)
}

/// True when separation of duties keeps this person from the open round's seats, whatever post they hold or are
/// lent: they wrote in the paper, acted where they may not have, belong to a barred unit, or answered already.
pub fn is_barred(def: &Definition, instance: &Instance, person: PersonId, ctx: &Context) -> bool {
    let Some(round) = instance.current() else {
        return false;
    };
    let Some(stage) = def.stage(&round.stage) else {
        return false;
    };
    Case { def, instance, ctx }.bar(stage, person).is_some() || (stage.distinct && voices(round).contains(&person))
}
