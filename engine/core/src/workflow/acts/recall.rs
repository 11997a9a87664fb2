//! Taking back: a submission (撤回), or an agreement.

use super::{Chair, person};
use crate::id::{PersonId, RoundNo};
use crate::org::Actor;
use crate::reason::{Reason, Refusal};
use crate::workflow::command::By;
use crate::workflow::definition::{StageId, StageKind};
use crate::workflow::electorate::{Case, people_of};
use crate::workflow::event::What;
use crate::workflow::instance::{Instance, SplitState};
use crate::workflow::machine::Desk;
use crate::workflow::round::{Round, RoundCause, RoundState, Seat};
use crate::workflow::token::Token;
use std::sync::Arc;

/// The capacity in which the person gave the answer, if they did (or somebody did for them) and still hold the post.
fn own_answer(case: &Case, seat: &Seat, person: PersonId) -> Option<Actor> {
    let given = &seat.ballot.as_ref()?.actor;
    if seat.carried_from.is_some() || !people_of(given).contains(&person) {
        return None;
    }
    let doc_type = &case.def.document_type;
    let capacities = case
        .ctx
        .org
        .capacities(person, given.unit, given.role, case.ctx.at, doc_type);
    capacities.into_iter().next()
}

/// What came of a passed round and is still to be called off: all that is open, the automatic stages in between.
/// None when anything else came of it, so that there is nothing to take back any more.
fn undone<'i>(instance: &'i Instance, passed: &Round, still: impl Fn(&Round) -> bool) -> Option<Vec<&'i Round>> {
    let since = instance.since(passed.no);
    let waits = instance
        .splits
        .iter()
        .any(|split| split.state == SplitState::Open && split.arrived.contains(&Some(passed.no)));
    let forward = |round: &&Round| matches!(round.cause, RoundCause::Passed | RoundCause::Resumed);
    let whole = since.iter().all(|round| {
        let open = round.state == RoundState::Open;
        let automatic = round.kind == StageKind::Auto && round.state == RoundState::Passed;
        forward(round) && (open || automatic || still(round))
    });
    (whole && (waits || since.iter().any(|round| round.state == RoundState::Open))).then_some(since)
}

/// Why what came of it cannot be called off any more: somebody acted on it, or something irrevocable happened.
fn settled(case: &Case, since: &[&Round], until: Option<&StageId>) -> Result<(), Reason> {
    let counts = |round: &&&Round| until.is_none_or(|until| round.stage == *until);
    if let Some(touched) = since.iter().filter(counts).find(|round| round.is_touched()) {
        return Err(Reason::new("already_acted_on").with("stage", &touched.stage));
    }
    // What a work stage opened may have been edited; named effects have happened.
    let irrevocable = since.iter().find(|round| {
        let stage = case.def.stage(&round.stage);
        round.kind == StageKind::Work || stage.is_some_and(|stage| !stage.on_enter.is_empty())
    });
    match irrevocable {
        Some(round) => Err(Reason::new("irrevocable").with("stage", &round.stage)),
        None => Ok(()),
    }
}

fn finished(instance: &Instance) -> Option<Refusal> {
    let reason = || Reason::new("finished").with("stage", &instance.stage).into();
    instance.current().is_none().then(reason)
}

/// Who may take which submission back, and in which capacity.
pub(in crate::workflow) fn may_withdraw(case: &Case, person: PersonId) -> Result<(RoundNo, Actor), Refusal> {
    let instance = case.instance;
    if let Some(refusal) = finished(instance) {
        return Err(refusal);
    }
    let mut refused: Option<Reason> = None;
    for passed in instance.rounds.iter().rev() {
        let stage = case.def.stage(&passed.stage);
        let Some(stage) = stage.filter(|stage| stage.withdraw) else {
            continue;
        };
        if passed.kind != StageKind::Work || passed.state != RoundState::Passed {
            continue;
        }
        let until = stage.until.as_ref();
        let still =
            |round: &Round| until.is_some_and(|until| round.stage != *until) && round.state == RoundState::Passed;
        let Some(since) = undone(instance, passed, still) else {
            continue;
        };
        if let Err(reason) = settled(case, &since, until) {
            refused.get_or_insert(reason);
            continue;
        }
        let mut answers = passed.seats.iter().filter_map(|seat| own_answer(case, seat, person));
        match answers.next() {
            Some(actor) => return Ok((passed.no, actor)),
            None => {
                refused.get_or_insert(Reason::new("not_your_submission"));
            }
        }
    }
    Err(refused.unwrap_or_else(|| Reason::new("nothing_to_withdraw")).into())
}

pub(in crate::workflow) fn withdraw(desk: &mut Desk, by: By, reason: &str) -> Result<(), Refusal> {
    let (no, actor) = may_withdraw(&desk.case(), person(by)?)?;
    let since = desk.instance.since(no);
    let opened = since.iter().find(|round| round.state == RoundState::Open);
    let round = opened.map_or(no, |round| round.no);
    let reason = reason.to_owned();
    desk.record(Some(&actor), What::Withdrawn { round, reason });
    reopen(desk, no, (RoundState::Withdrawn, RoundCause::Withdrawn), &[])
}

/// Who may take which agreement back, from which seat it was given, and in which capacity.
pub(in crate::workflow) fn may_take_back(case: &Case, person: PersonId) -> Result<Chair, Refusal> {
    let instance = case.instance;
    if let Some(refusal) = finished(instance) {
        return Err(refusal);
    }
    let mut refused: Option<Reason> = None;
    for passed in instance.rounds.iter().rev() {
        let decided = passed.state == RoundState::Passed && passed.kind == StageKind::Review;
        let Some(since) = undone(instance, passed, |_| false).filter(|_| decided) else {
            continue;
        };
        if let Err(reason) = settled(case, &since, None) {
            refused.get_or_insert(reason);
            continue;
        }
        let seat = passed.seats.iter().find(|seat| passed.decided_by == Some(seat.no));
        let seat = seat.filter(|seat| seat.is_yes());
        let Some(seat) = seat.filter(|_| passed.overridden.is_none()) else {
            continue;
        };
        match own_answer(case, seat, person) {
            Some(actor) => {
                return Ok(Chair {
                    round: passed.no,
                    seat: seat.no,
                    actor,
                });
            }
            None => {
                refused.get_or_insert(Reason::new("not_your_agreement"));
            }
        }
    }
    Err(refused.unwrap_or_else(|| Reason::new("nothing_to_take_back")).into())
}

pub(in crate::workflow) fn take_back(desk: &mut Desk, by: By, reason: &str) -> Result<(), Refusal> {
    let Chair { round: no, seat, actor } = may_take_back(&desk.case(), person(by)?)?;
    let (_, passed) = desk.place(no)?;
    // A ballot that was cast from several seats is one ballot: it is taken back from all of them.
    let whose = passed
        .seat(seat)
        .and_then(|seat| seat.ballot.as_ref())
        .map(|ballot| people_of(&ballot.actor));
    let same = |other: &Seat| {
        let ballot = other.ballot.as_ref().filter(|_| other.carried_from.is_none());
        ballot.map(|ballot| people_of(&ballot.actor)) == whose
    };
    let vote = desk.place(no)?.0.is_vote();
    let others = passed
        .seats
        .iter()
        .filter(|other| other.no != seat && !(vote && same(other)));
    let others: Vec<_> = others.cloned().collect();
    let since = desk.instance.since(no);
    let opened = since.iter().find(|round| round.state == RoundState::Open);
    let round = opened.map_or(no, |round| round.no);
    let reason = reason.to_owned();
    desk.record(Some(&actor), What::TakenBack { round, seat, reason });
    reopen(desk, no, (RoundState::TakenBack, RoundCause::TakenBack), &others)
}

/// Calls off everything that came of a passed round, and opens its stage again where it was. A join that it had made
/// fire waits again.
fn reopen(
    desk: &mut Desk,
    no: RoundNo,
    (state, cause): (RoundState, RoundCause),
    carried: &[Arc<Seat>],
) -> Result<(), Refusal> {
    let (stage, passed) = desk.place(no)?;
    let mut token = Token::from(passed, cause);
    token.opened_by = desk.instance.opener_of(passed);
    let since: Vec<RoundNo> = desk.instance.since(no).iter().map(|round| round.no).collect();
    let here = |with: Option<RoundNo>| with.is_some_and(|with| with == no || since.contains(&with));
    let open = since.iter().filter_map(|no| desk.instance.round(*no));
    let open: Vec<_> = open
        .filter(|round| round.state == RoundState::Open)
        .map(|round| round.no)
        .collect();
    let splits = desk.instance.splits.iter();
    let opened: Vec<_> = splits
        .filter(|split| split.state != SplitState::Cancelled && here(split.opened_by))
        .map(|split| split.no)
        .collect();
    let mut arrived = Vec::new();
    for branch in &token.branch {
        let split = desk.instance.split(branch.visit);
        let index = usize::try_from(branch.index).unwrap_or(usize::MAX);
        let with = split.and_then(|split| split.arrived.get(index).copied().flatten());
        if here(with) {
            arrived.push(*branch);
        }
    }
    for round in open {
        desk.close(round, state, None);
    }
    for visit in opened {
        desk.record(None, What::SplitCancelled { visit });
    }
    for branch in arrived {
        desk.record(
            None,
            What::BranchReopened {
                visit: branch.visit,
                branch: branch.index,
            },
        );
    }
    let id = stage.id.clone();
    let round = desk.open(&id, token, carried)?;
    desk.settle(round, None)
}
