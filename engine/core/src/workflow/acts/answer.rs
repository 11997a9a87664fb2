//! Answers: submit, agree, vote against, abstain, send back.

use super::{Chair, chair, chairs, given};
use crate::id::SeatNo;
use crate::org::Actor;
use crate::reason::{Reason, Refusal};
use crate::workflow::command::{ActKind, Command, Mark};
use crate::workflow::context::{Context, Effect};
use crate::workflow::definition::{OnReject, Siblings, Stage, StageId, StageKind};
use crate::workflow::electorate::{Case, people_of};
use crate::workflow::event::{Voided, What};
use crate::workflow::instance::{Instance, SplitState};
use crate::workflow::machine::Desk;
use crate::workflow::round::{Round, RoundState};
use crate::workflow::token::common;
use std::collections::{BTreeMap, BTreeSet};

/// Why it is too early to agree in the round, if it is.
pub(in crate::workflow) fn too_early(round: &Round, case: &Case) -> Option<Reason> {
    let day = round.not_before.filter(|day| case.ctx.at.day < *day)?;
    Some(Reason::new("too_early").with("stage", &round.stage).with("date", day))
}

/// What a signature of this stage covers now.
fn signed(stage: &Stage, ctx: &Context) -> BTreeMap<String, String> {
    let groups = ctx.hashes.iter().filter(|(group, _)| stage.answers_for(group));
    groups.map(|(group, hash)| (group.clone(), hash.clone())).collect()
}

/// Every seat that a ballot is cast from: at a vote all seats of the person, with all their weights, else the one.
fn seats_of(desk: &Desk, chair: Chair) -> Result<Vec<(SeatNo, Actor)>, Refusal> {
    let (stage, round) = desk.place(chair.round)?;
    if !stage.is_vote() {
        return Ok(vec![(chair.seat, chair.actor)]);
    }
    let mut found = vec![(chair.seat, chair.actor.clone())];
    let others = chairs(&desk.case(), stage, round, chair.actor.person).into_iter();
    let same = |other: &Chair| people_of(&other.actor) == people_of(&chair.actor);
    found.extend(
        others
            .filter(|other| other.seat != chair.seat && same(other))
            .map(|other| (other.seat, other.actor)),
    );
    Ok(found)
}

pub(in crate::workflow) fn submit(desk: &mut Desk, command: &Command, note: &str) -> Result<(), Refusal> {
    let Chair { round, seat, actor } = chair(desk, command, ActKind::Submit)?;
    let reasons = desk.ctx.unready_at(&desk.place(round)?.0.id).to_vec();
    if !reasons.is_empty() {
        return Err(Refusal { reasons });
    }
    let revision = desk.ctx.revision;
    desk.effect(Effect::FreezeRevision { revision });
    let (note, signed) = (note.to_owned(), signed(desk.place(round)?.0, desk.ctx));
    desk.record(
        Some(&actor),
        What::Submitted {
            round,
            seat,
            revision,
            note,
            signed,
        },
    );
    void(desk);
    desk.settle(round, Some(seat))
}

/// What was just submitted voids the signatures of what it changed, and no others. Where a round is still open, the
/// seat is asked again.
fn void(desk: &mut Desk) {
    let mut voided = Vec::new();
    let mut again = Vec::new();
    for round in desk
        .instance
        .rounds
        .iter()
        .filter(|round| round.kind == StageKind::Review)
    {
        if !matches!(round.state, RoundState::Open | RoundState::Passed) {
            continue;
        }
        for seat in round.seats.iter().filter(|seat| seat.is_yes()) {
            let signed = seat.ballot.iter().flat_map(|ballot| &ballot.signed);
            let changed = signed.filter(|(group, hash)| desk.ctx.hashes.get(*group) != Some(*hash));
            let groups: Vec<_> = changed
                .map(|(group, _)| group.clone())
                .filter(|group| !seat.voided.contains(group))
                .collect();
            if groups.is_empty() {
                continue;
            }
            if round.state == RoundState::Open && seat.carried_from.is_none() {
                again.push((round.no, seat.no));
            }
            voided.push(Voided {
                round: round.no,
                seat: seat.no,
                groups,
            });
        }
    }
    if !voided.is_empty() {
        desk.record(None, What::SignaturesVoided { seats: voided });
    }
    for (round, seat) in again {
        desk.record(None, What::SeatReopened { round, seat });
    }
}

/// An added signer objects: that goes back to whoever added them, who decides anew.
fn object(desk: &mut Desk, chair: &Chair, (reason, marks): (&str, &[Mark])) -> Result<(), Refusal> {
    let Chair {
        round: no,
        seat,
        ref actor,
    } = *chair;
    let what = What::Objected {
        round: no,
        seat,
        revision: desk.ctx.revision,
        reason: reason.to_owned(),
        marks: marks.to_vec(),
    };
    desk.record(Some(actor), what);
    let round = desk.place(no)?.1;
    let parent = round
        .seat(seat)
        .and_then(|seat| seat.added)
        .and_then(|added| round.seat(added.to));
    if let Some(parent) = parent.filter(|parent| !parent.awaits()) {
        let seat = parent.no;
        desk.record(None, What::SeatReopened { round: no, seat });
        desk.tell_seats(no, &BTreeSet::from([seat]))?;
    }
    desk.settle(no, Some(seat))
}

fn is_added(desk: &Desk, chair: &Chair) -> Result<bool, Refusal> {
    let round = desk.place(chair.round)?.1;
    Ok(round.seat(chair.seat).is_some_and(|seat| seat.added.is_some()))
}

pub(in crate::workflow) fn approve(desk: &mut Desk, command: &Command, note: &str) -> Result<(), Refusal> {
    let chair = chair(desk, command, ActKind::Approve)?;
    let (no, first) = (chair.round, chair.seat);
    let (stage, round) = desk.place(no)?;
    if let Some(reason) = too_early(round, &desk.case()) {
        return Err(reason.into());
    }
    let signed = signed(stage, desk.ctx);
    for (seat, actor) in seats_of(desk, chair)? {
        let what = What::Approved {
            round: no,
            seat,
            revision: desk.ctx.revision,
            note: note.to_owned(),
            signed: signed.clone(),
        };
        desk.record(Some(&actor), what);
    }
    desk.settle(no, Some(first))
}

pub(in crate::workflow) fn reject(desk: &mut Desk, command: &Command, reason: &str) -> Result<(), Refusal> {
    let chair = chair(desk, command, ActKind::Reject)?;
    given(reason)?;
    if is_added(desk, &chair)? {
        return object(desk, &chair, (reason, &[]));
    }
    let (round, first) = (chair.round, chair.seat);
    let at_once = desk.place(round)?.0.on_reject != OnReject::Count;
    for (seat, actor) in seats_of(desk, chair)? {
        let what = What::Rejected {
            round,
            seat,
            revision: desk.ctx.revision,
            reason: reason.to_owned(),
        };
        desk.record(Some(&actor), what);
    }
    if at_once {
        return desk.fail(round, Some(first));
    }
    desk.settle(round, Some(first))
}

pub(in crate::workflow) fn abstain(desk: &mut Desk, command: &Command, note: &str) -> Result<(), Refusal> {
    let chair = chair(desk, command, ActKind::Abstain)?;
    let (round, first) = (chair.round, chair.seat);
    for (seat, actor) in seats_of(desk, chair)? {
        let what = What::Abstained {
            round,
            seat,
            revision: desk.ctx.revision,
            note: note.to_owned(),
        };
        desk.record(Some(&actor), what);
    }
    desk.settle(round, Some(first))
}

/// The passed round of this stage to which a paper can go back from `round`: the last one that lies on its own way.
/// One in a sibling branch does not, nor one in a visit to a split that was called off.
pub(in crate::workflow) fn return_round<'i>(instance: &'i Instance, round: &Round, to: &StageId) -> Option<&'i Round> {
    let on_the_way = |target: &&Round| {
        let shared = common(&target.branch, &round.branch);
        let beyond = target.branch.get(shared).map(|branch| branch.visit);
        let sibling = beyond.is_some() && beyond == round.branch.get(shared).map(|branch| branch.visit);
        let mut inside = target.branch.iter().skip(shared);
        let joined = |visit: u32| {
            instance
                .split(visit)
                .is_some_and(|split| split.state == SplitState::Joined)
        };
        !sibling && inside.all(|branch| joined(branch.visit))
    };
    let mut passed = instance.rounds.iter().rev().map(AsRef::as_ref);
    passed.find(|old| old.stage == *to && old.state == RoundState::Passed && on_the_way(old))
}

/// The stages to which a paper can go back from a round: those the definition lists that this paper has passed. Out
/// of a branch only when the stage does not mind what becomes of the others.
pub(in crate::workflow) fn return_targets(instance: &Instance, stage: &Stage, round: &Round) -> Vec<StageId> {
    let possible = |id: &&StageId| {
        let Some(target) = return_round(instance, round, id) else {
            return false;
        };
        let shared = common(&target.branch, &round.branch);
        let Some(left) = round.branch.get(shared).filter(|_| stage.siblings == Siblings::Refuse) else {
            return true;
        };
        let mut others = instance.open_rounds().filter(|other| other.no != round.no);
        !others.any(|other| {
            other
                .branch
                .get(shared)
                .is_some_and(|branch| branch.visit == left.visit)
        })
    };
    stage.returns.iter().filter(possible).cloned().collect()
}

pub(in crate::workflow) fn send_back(
    desk: &mut Desk,
    command: &Command,
    to: Option<&StageId>,
    (reason, marks): (&str, &[Mark]),
) -> Result<(), Refusal> {
    let chair = chair(desk, command, ActKind::Return)?;
    if is_added(desk, &chair)? {
        given(reason)?;
        return object(desk, &chair, (reason, marks));
    }
    let (no, first) = (chair.round, chair.seat);
    let (stage, round) = desk.place(no)?;
    let targets = return_targets(&desk.instance, stage, round);
    let Some(to) = to.or(targets.first()).filter(|to| targets.contains(to)).cloned() else {
        let unlisted = |to: &StageId| !stage.returns.contains(to);
        let running = return_round_exists(&desk.instance, round, stage) && !to.is_some_and(unlisted);
        let code = if running { "siblings_running" } else { "no_return" };
        let mut refused = Reason::new(code).with("stage", &stage.id);
        if let Some(to) = to {
            refused = refused.with("to", to);
        }
        return Err(refused.into());
    };
    given(reason)?;
    for (seat, actor) in seats_of(desk, chair)? {
        let what = What::Returned {
            round: no,
            seat,
            revision: desk.ctx.revision,
            to: to.clone(),
            reason: reason.to_owned(),
            marks: marks.to_vec(),
        };
        desk.record(Some(&actor), what);
    }
    match stage.on_reject {
        OnReject::Count => desk.settle(no, Some(first)),
        OnReject::Return | OnReject::Fail => desk.go_back(no, Some(first), &to),
    }
}

/// True when a return of this stage is only kept back by branches that are under way.
fn return_round_exists(instance: &Instance, round: &Round, stage: &Stage) -> bool {
    stage.siblings == Siblings::Refuse
        && stage
            .returns
            .iter()
            .any(|to| return_round(instance, round, to).is_some())
        && return_targets(instance, stage, round).is_empty()
}
