//! What each act asks for, and what it does.

use super::command::{By, Command, Mark};
use super::context::{Effect, Topic};
use super::definition::{OnReject, OnTimeout, Stage, StageId, StageKind};
use super::electorate::{Case, people_of};
use super::event::What;
use super::instance::{Instance, Round, RoundCause, RoundState, Seat, SeatState};
use super::machine::Desk;
use super::offer::ActKind;
use crate::id::{PersonId, RoundNo, SeatNo};
use crate::org::{Actor, Role};
use crate::reason::{Reason, Refusal};

/// The seat somebody speaks from, and in which capacity.
pub(super) struct Chair {
    pub seat: SeatNo,
    pub actor: Actor,
}

fn person(by: By) -> Result<PersonId, Refusal> {
    match by {
        By::Person(person) => Ok(person),
        By::Clockwork => Err(Reason::new("person_needed").into()),
    }
}

/// The act is not one of this stage.
pub(super) fn kind_fits(stage: &Stage, act: ActKind) -> Result<(), Refusal> {
    let fits = match act {
        ActKind::Submit => stage.kind == StageKind::Work,
        ActKind::Approve | ActKind::Return => stage.kind == StageKind::Review,
        _ => true,
    };
    if fits {
        return Ok(());
    }
    let reason = Reason::new("not_in_this_stage").with("stage", &stage.id);
    Err(reason.with("act", act.code()).into())
}

/// The seats of the open round from which the person could speak, one for each post.
pub(super) fn chairs(case: &Case, stage: &Stage, round: &Round, person: PersonId) -> Vec<Chair> {
    let mut posts = Vec::new();
    let mut found = Vec::new();
    for seat in round.seats.iter().filter(|seat| seat.is_undecided()) {
        if posts.contains(&(seat.unit, seat.role)) {
            continue;
        }
        if let Ok(actor) = case.capacity(stage, round, seat, person) {
            posts.push((seat.unit, seat.role));
            found.push(Chair { seat: seat.no, actor });
        }
    }
    found
}

/// The seat that the command speaks from.
fn chair(desk: &Desk, command: &Command, act: ActKind) -> Result<Chair, Refusal> {
    let person = person(command.by)?;
    let (stage, round) = desk.place()?;
    kind_fits(stage, act)?;
    let case = desk.case();
    if let Some(no) = command.seat {
        let of_seat = |code: &str| Refusal::from(Reason::new(code).with("seat", no));
        let seat = round.seats.iter().find(|seat| seat.no == no);
        let seat = seat.ok_or_else(|| of_seat("unknown_seat"))?;
        if !seat.is_undecided() {
            return Err(of_seat("seat_answered"));
        }
        let actor = case.capacity(stage, round, seat, person)?;
        return Ok(Chair { seat: no, actor });
    }
    let mut found = chairs(&case, stage, round, person);
    match (found.pop(), found.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(Reason::new("choose_seat").with("stage", &stage.id).into()),
        (None, _) => Err(why_no_chair(&case, stage, round, person)),
    }
}

/// Why the person can speak from no seat: what bars them, before that they hold no post.
fn why_no_chair(case: &Case, stage: &Stage, round: &Round, person: PersonId) -> Refusal {
    let seats = round.seats.iter().filter(|seat| seat.is_undecided());
    let refusals = seats.filter_map(|seat| case.capacity(stage, round, seat, person).err());
    let most_telling = refusals.min_by_key(|refusal| match refusal.code() {
        "not_your_seat" => 2,
        "delegation_expired" => 1,
        _ => 0,
    });
    most_telling.unwrap_or_else(|| {
        let lacking = round.lacking.iter().cloned();
        let blocked = Reason::new("blocked").with("stage", &stage.id);
        Refusal {
            reasons: [blocked].into_iter().chain(lacking).collect(),
        }
    })
}

/// Why it is too early to agree in the round, if it is.
pub(super) fn too_early(round: &Round, case: &Case) -> Option<Reason> {
    let day = round.not_before.filter(|day| case.ctx.at.day < *day)?;
    Some(Reason::new("too_early").with("stage", &round.stage).with("date", day))
}

pub(super) fn submit(desk: &mut Desk, command: &Command, note: &str) -> Result<(), Refusal> {
    let Chair { seat, actor } = chair(desk, command, ActKind::Submit)?;
    if !desk.ctx.unready.is_empty() {
        return Err(Refusal {
            reasons: desk.ctx.unready.to_vec(),
        });
    }
    let revision = desk.ctx.revision;
    let round = desk.place()?.1.no;
    desk.effect(Effect::FreezeRevision { revision });
    let note = note.to_owned();
    desk.record(
        Some(&actor),
        What::Submitted {
            round,
            seat,
            revision,
            note,
        },
    );
    desk.settle(Some(seat))
}

pub(super) fn approve(desk: &mut Desk, command: &Command, note: &str) -> Result<(), Refusal> {
    let Chair { seat, actor } = chair(desk, command, ActKind::Approve)?;
    let round = desk.place()?.1;
    if let Some(reason) = too_early(round, &desk.case()) {
        return Err(reason.into());
    }
    let (round, revision, note) = (round.no, desk.ctx.revision, note.to_owned());
    desk.record(
        Some(&actor),
        What::Approved {
            round,
            seat,
            revision,
            note,
        },
    );
    desk.settle(Some(seat))
}

/// The stages to which a paper can go back from here: those the definition lists that this paper has passed.
pub(super) fn return_targets(instance: &Instance, stage: &Stage) -> Vec<StageId> {
    let passed = |id: &&StageId| {
        let mut rounds = instance.rounds.iter();
        rounds.any(|round| round.stage == **id && round.state == RoundState::Passed)
    };
    stage.returns.iter().filter(passed).cloned().collect()
}

pub(super) fn send_back(
    desk: &mut Desk,
    command: &Command,
    to: Option<&StageId>,
    (reason, marks): (&str, &[Mark]),
) -> Result<(), Refusal> {
    let Chair { seat, actor } = chair(desk, command, ActKind::Return)?;
    let (stage, round) = desk.place()?;
    let targets = return_targets(&desk.instance, stage);
    let Some(to) = to.or(targets.first()).filter(|to| targets.contains(to)).cloned() else {
        let mut refused = Reason::new("no_return").with("stage", &stage.id);
        if let Some(to) = to {
            refused = refused.with("to", to);
        }
        return Err(refused.into());
    };
    if reason.trim().is_empty() {
        return Err(Reason::new("reason_missing").into());
    }
    let round = round.no;
    desk.record(
        Some(&actor),
        What::Returned {
            round,
            seat,
            revision: desk.ctx.revision,
            to: to.clone(),
            reason: reason.to_owned(),
            marks: marks.to_vec(),
        },
    );
    match stage.on_reject {
        OnReject::Return => desk.go_back(Some(seat), &to),
        OnReject::Count => desk.settle(Some(seat)),
    }
}

/// The round before the open one, when an act in it opened that one and nothing has happened since.
fn opener<'i>(instance: &'i Instance, current: &Round) -> Result<&'i Round, Refusal> {
    let before = instance.rounds.iter().rev().nth(1);
    let opened = matches!(current.cause, RoundCause::Passed | RoundCause::Resumed);
    let before = before.filter(|round| opened && round.state == RoundState::Passed);
    let before = before.ok_or_else(|| Reason::new("nothing_to_take_back"))?;
    if current.is_touched() {
        let reason = Reason::new("already_acted_on").with("stage", &current.stage);
        return Err(reason.into());
    }
    Ok(before)
}

/// The capacity in which the person gave the answer, if they did (or somebody did for them) and still hold the post.
fn own_answer(case: &Case, seat: &Seat, person: PersonId) -> Option<Actor> {
    let given = &seat.ballot.as_ref()?.actor;
    if !people_of(given).contains(&person) {
        return None;
    }
    let doc_type = &case.def.document_type;
    let capacities = case
        .ctx
        .org
        .capacities(person, given.unit, given.role, case.ctx.at, doc_type);
    capacities.into_iter().next()
}

/// Who may take the submission back, and in which capacity.
pub(super) fn may_withdraw(case: &Case, person: PersonId) -> Result<Actor, Refusal> {
    let instance = case.instance;
    let Some(current) = instance.current() else {
        return Err(Reason::new("finished").with("stage", &instance.stage).into());
    };
    let nothing = || Refusal::from(Reason::new("nothing_to_withdraw"));
    let before = opener(instance, current).map_err(|refusal| match refusal.code() {
        "already_acted_on" => refusal,
        _ => nothing(),
    })?;
    let withdrawable = case.def.stage(&before.stage).is_some_and(|stage| stage.withdraw);
    let opened = case.def.stage(&current.stage);
    if before.kind != StageKind::Work || !withdrawable || current.kind != StageKind::Review {
        return Err(nothing());
    }
    if opened.is_some_and(|stage| !stage.on_enter.is_empty()) {
        return Err(Reason::new("irrevocable").with("stage", &current.stage).into());
    }
    let mut answers = before.seats.iter().filter_map(|seat| own_answer(case, seat, person));
    answers.next().ok_or_else(|| Reason::new("not_your_submission").into())
}

pub(super) fn withdraw(desk: &mut Desk, by: By, reason: &str) -> Result<(), Refusal> {
    let actor = may_withdraw(&desk.case(), person(by)?)?;
    let current = desk.place()?.1;
    let before = opener(&desk.instance, current)?;
    let (round, stage, pending) = (current.no, before.stage.clone(), before.pending.clone());
    let reason = reason.to_owned();
    desk.record(Some(&actor), What::Withdrawn { round, reason });
    desk.close(RoundState::Withdrawn, None)?;
    desk.open(&stage, RoundCause::Withdrawn, pending, &[])
}

/// Who may take the deciding agreement back, from which seat it was given, and in which capacity.
pub(super) fn may_take_back(case: &Case, person: PersonId) -> Result<Chair, Refusal> {
    let instance = case.instance;
    let Some(current) = instance.current() else {
        return Err(Reason::new("finished").with("stage", &instance.stage).into());
    };
    let before = opener(instance, current)?;
    if before.kind != StageKind::Review {
        return Err(Reason::new("nothing_to_take_back").into());
    }
    let opened = case.def.stage(&current.stage);
    // What a work stage opened may have been edited; named effects have happened.
    if current.kind == StageKind::Work || opened.is_some_and(|stage| !stage.on_enter.is_empty()) {
        return Err(Reason::new("irrevocable").with("stage", &current.stage).into());
    }
    let mut seats = before.seats.iter();
    let seat = seats.find(|seat| before.decided_by == Some(seat.no));
    let seat = seat.ok_or_else(|| Reason::new("nothing_to_take_back"))?;
    let actor = own_answer(case, seat, person).ok_or_else(|| Reason::new("not_your_agreement"))?;
    Ok(Chair { seat: seat.no, actor })
}

pub(super) fn take_back(desk: &mut Desk, by: By, reason: &str) -> Result<(), Refusal> {
    let Chair { seat, actor } = may_take_back(&desk.case(), person(by)?)?;
    let current = desk.place()?.1;
    let before = opener(&desk.instance, current)?;
    let (round, stage, pending) = (current.no, before.stage.clone(), before.pending.clone());
    let others: Vec<_> = before.seats.iter().filter(|s| s.no != seat).cloned().collect();
    let reason = reason.to_owned();
    desk.record(Some(&actor), What::TakenBack { round, seat, reason });
    desk.close(RoundState::TakenBack, None)?;
    desk.open(&stage, RoundCause::TakenBack, pending, &others)
}

pub(super) fn time_out(desk: &mut Desk, by: By, no: RoundNo) -> Result<(), Refusal> {
    if let By::Person(_) = by {
        return Err(Reason::new("clockwork_only").into());
    }
    let (stage, round) = desk.place()?;
    if round.no != no {
        let asked = desk.instance.round(no);
        let reason = asked.map(|round| Reason::new("round_closed").with("result", round.state.code()));
        let reason = reason.unwrap_or_else(|| Reason::new("unknown_round"));
        return Err(reason.with("round", no).into());
    }
    if stage.on_timeout == OnTimeout::None {
        return Err(Reason::new("no_time_out").with("stage", &stage.id).into());
    }
    let today = desk.ctx.at.day;
    let silent = round.seats.iter().filter(|seat| seat.state == SeatState::Open);
    let late = silent.filter(|seat| seat.due_on.is_some_and(|due| due < today));
    let seats: Vec<_> = late.map(|seat| seat.no).collect();
    if seats.is_empty() {
        return Err(Reason::new("not_due").with("stage", &stage.id).into());
    }
    desk.record(None, What::Consented { round: no, seats });
    desk.settle(None)
}

/// The capacity in which the person may see to a stuck document: the coordinator's or the office's.
pub(super) fn may_recheck(case: &Case, person: PersonId) -> Result<Actor, Refusal> {
    let posts = [("office", Role::Office), ("coordinator", Role::Coordinator)];
    let mut found = posts.into_iter().filter_map(|post| holds(case, person, post));
    found.next().ok_or_else(|| Reason::new("office_only").into())
}

/// The capacity in which the person may end a document without a result.
pub(super) fn may_terminate(case: &Case, person: PersonId) -> Result<Actor, Refusal> {
    holds(case, person, ("office", Role::Office)).ok_or_else(|| Reason::new("office_only").into())
}

fn holds(case: &Case, person: PersonId, (party, role): (&str, Role)) -> Option<Actor> {
    let (org, at, doc_type) = (case.ctx.org, case.ctx.at, &case.def.document_type);
    let mut units = case.ctx.party(party).iter();
    units.find_map(|unit| org.capacities(person, *unit, role, at, doc_type).into_iter().next())
}

pub(super) fn recheck(desk: &mut Desk, by: By) -> Result<(), Refusal> {
    if let By::Person(person) = by {
        may_recheck(&desk.case(), person)?;
    }
    let unseated = desk.place()?.1.seats.is_empty();
    let changed = if unseated { desk.seat_round()? } else { desk.refresh()? };
    if changed {
        Ok(())
    } else {
        Err(Reason::new("nothing_changed").into())
    }
}

pub(super) fn terminate(desk: &mut Desk, by: By, reason: &str) -> Result<(), Refusal> {
    let actor = may_terminate(&desk.case(), person(by)?)?;
    if reason.trim().is_empty() {
        return Err(Reason::new("reason_missing").into());
    }
    desk.close(RoundState::Terminated, None)?;
    let reason = reason.to_owned();
    desk.record(Some(&actor), What::Terminated { reason });
    let people = desk.holders("owner", &[Role::Drafter, Role::Deputy, Role::Head]);
    let stage = desk.instance.stage.clone();
    desk.tell(people, Topic::Terminated, &stage, Vec::new());
    Ok(())
}
