//! The machine: [`start`] and [`transition`]. Every command in every state is accepted or refused with a code.

use super::acts;
use super::command::{Act, ActKind, By, Command};
use super::context::{Context, Decision, Effect, Topic};
use super::definition::{Definition, Stage, StageId};
use super::electorate::Case;
use super::event::{Event, What};
use super::instance::Instance;
use super::round::{Round, RoundCause};
use super::token::Token;
use crate::id::{CommandId, DocumentId, PersonId, RoundNo, SeatNo, Version};
use crate::org::{Actor, Role};
use crate::reason::{Reason, Refusal};
use std::collections::BTreeSet;

/// Begins a document's way in the definition's first stage.
///
/// `by` is whoever had it made; none when that was the passing of time or the opening of a campaign.
///
/// # Errors
/// `broken_definition` when the definition does not hold together (one that passed
/// [`super::verify::verify`] does).
pub fn start(def: &Definition, document: DocumentId, by: Option<PersonId>, ctx: &Context) -> Result<Decision, Refusal> {
    let started = What::Started {
        document,
        definition: def.id.clone(),
        definition_version: def.version,
    };
    let by = by.map_or(By::Clockwork, By::Person);
    let first = Event {
        seq: 1,
        version: Version(1),
        at: ctx.at,
        by,
        command: None,
        actor: None,
        what: started,
    };
    let instance = Instance::replay([&first]).ok_or_else(|| broken(def, &def.start))?;
    let mut desk = Desk {
        def,
        ctx,
        by,
        command: None,
        version: Version(1),
        instance,
        events: vec![first],
        effects: Vec::new(),
        steps: 0,
    };
    desk.advance(&def.start, Token::new(RoundCause::Start))?;
    Ok(desk.decision())
}

/// Answers a command.
///
/// # Errors
/// A refusal with every reason, the most telling one first. `stale_version` when the instance moved on since
/// whoever asks looked at it; nothing else was examined then, except whether the seat's round has been decided.
pub fn transition(
    def: &Definition,
    instance: &Instance,
    command: &Command,
    ctx: &Context,
) -> Result<Decision, Refusal> {
    admissible(def, instance, command)?;
    let mut desk = Desk {
        def,
        ctx,
        by: command.by,
        command: Some(command.id),
        version: Version(instance.version.0.saturating_add(1)),
        instance: instance.clone(),
        events: Vec::new(),
        effects: Vec::new(),
        steps: 0,
    };
    match &command.act {
        Act::Submit { note } => acts::submit(&mut desk, command, note)?,
        Act::Approve { note } => acts::approve(&mut desk, command, note)?,
        Act::Reject { reason } => acts::reject(&mut desk, command, reason)?,
        Act::Abstain { note } => acts::abstain(&mut desk, command, note)?,
        Act::Return { to, reason, marks } => acts::send_back(&mut desk, command, to.as_ref(), (reason, marks))?,
        Act::Withdraw { reason } => acts::withdraw(&mut desk, command.by, reason)?,
        Act::TakeBack { reason } => acts::take_back(&mut desk, command.by, reason)?,
        Act::Add { turn, signer, note } => acts::add(&mut desk, command, (*turn, *signer), note)?,
        Act::Remove { seat, reason } => acts::remove(&mut desk, command.by, *seat, reason)?,
        Act::Transfer { to, reason } => acts::transfer(&mut desk, command, *to, reason)?,
        Act::Lend { to, note } => acts::lend(&mut desk, command, *to, note)?,
        Act::GiveBack { note } => acts::give_back(&mut desk, command, note)?,
        Act::Copy { people, note } => acts::copy(&mut desk, command.by, people, note)?,
        Act::Urge => acts::urge(&mut desk, command.by)?,
        Act::AskExtension { until, reason } => acts::extension::ask(&mut desk, command.by, *until, reason)?,
        Act::GrantExtension { until, note } => acts::extension::grant(&mut desk, command.by, *until, note)?,
        Act::RefuseExtension { reason } => acts::extension::refuse(&mut desk, command.by, reason)?,
        Act::Suspend { reason } => acts::suspend(&mut desk, command.by, reason)?,
        Act::Resume => acts::resume(&mut desk, command.by)?,
        Act::Override { round, reason } => acts::pass_over(&mut desk, command.by, *round, reason)?,
        Act::TimeOut { round } => acts::time_out(&mut desk, command.by, *round)?,
        Act::Recheck => acts::recheck(&mut desk, command.by)?,
        Act::Terminate { reason } => acts::terminate(&mut desk, command.by, reason)?,
    }
    Ok(desk.decision())
}

/// Whether the command may be looked at at all.
fn admissible(def: &Definition, instance: &Instance, command: &Command) -> Result<(), Refusal> {
    if instance.definition != def.id || instance.definition_version != def.version {
        return Err(Reason::new("wrong_definition").with("definition", &def.id).into());
    }
    let late = command.seat.and_then(|no| closed_round_of(instance, no));
    if command.expected != instance.version {
        let stale = Reason::new("stale_version")
            .with("expected", command.expected)
            .with("current", instance.version);
        return Err(Refusal {
            reasons: [stale].into_iter().chain(late).collect(),
        });
    }
    if instance.finish.is_some() {
        return Err(Reason::new("finished").with("stage", &instance.stage).into());
    }
    let stands_still = instance.suspended.filter(|_| {
        let kind = command.act.kind();
        kind != ActKind::Resume && kind != ActKind::Terminate
    });
    if let Some(since) = stands_still {
        return Err(Reason::new("suspended").with("date", since.day).into());
    }
    late.map_or(Ok(()), |late| Err(late.into()))
}

fn closed_round_of(instance: &Instance, seat: SeatNo) -> Option<Reason> {
    if instance.current_for(seat).is_some() {
        return None;
    }
    let round = instance.rounds.iter().find(|round| round.seat(seat).is_some())?;
    let reason = Reason::new("round_closed").with("stage", &round.stage);
    Some(reason.with("result", round.state.code()))
}

/// The definition names a stage that it does not have.
pub(super) fn broken(def: &Definition, stage: &StageId) -> Refusal {
    Reason::new("broken_definition")
        .with("definition", &def.id)
        .with("stage", stage)
        .into()
}

/// A decision while it is being made.
pub(super) struct Desk<'a> {
    pub def: &'a Definition,
    pub ctx: &'a Context<'a>,
    pub instance: Instance,
    by: By,
    command: Option<CommandId>,
    version: Version,
    events: Vec<Event>,
    effects: Vec<Effect>,
    steps: usize,
}

impl<'a> Desk<'a> {
    fn decision(self) -> Decision {
        Decision {
            instance: self.instance,
            events: self.events,
            effects: self.effects,
        }
    }

    pub fn case(&self) -> Case<'_> {
        Case {
            def: self.def,
            instance: &self.instance,
            ctx: self.ctx,
        }
    }

    /// An open round and its stage.
    pub fn place(&self, round: RoundNo) -> Result<(&'a Stage, &Round), Refusal> {
        let round = self
            .instance
            .round(round)
            .ok_or_else(|| Refusal::from(Reason::new("unknown_round").with("round", round)))?;
        let stage = self
            .def
            .stage(&round.stage)
            .ok_or_else(|| broken(self.def, &round.stage))?;
        Ok((stage, round))
    }

    /// The numbers of the open rounds.
    pub fn open_rounds(&self) -> Vec<RoundNo> {
        self.instance.open_rounds().map(|round| round.no).collect()
    }

    /// Counts a step of the paper within this command. A definition in which automatic stages go round in circles
    /// would have no end of them; [`super::verify::verify`] refuses it.
    pub fn step(&mut self, at: &StageId) -> Result<(), Refusal> {
        self.steps += 1;
        let nodes = self.def.stages.len() + self.def.splits.len() + self.def.joins.len() + self.def.ends.len();
        if self.steps > 4 * nodes + 16 {
            return Err(broken(self.def, at));
        }
        Ok(())
    }

    pub fn record(&mut self, actor: Option<&Actor>, what: What) {
        let event = Event {
            seq: self.instance.events.saturating_add(1),
            version: self.version,
            at: self.ctx.at,
            by: self.by,
            command: self.command,
            actor: actor.cloned(),
            what,
        };
        self.instance.apply(&event);
        self.events.push(event);
    }

    pub fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub fn tell(&mut self, people: BTreeSet<PersonId>, topic: Topic, stage: &StageId, reasons: Vec<Reason>) {
        if !people.is_empty() {
            self.effect(Effect::Tell {
                people: people.into_iter().collect(),
                topic,
                stage: stage.clone(),
                reasons,
            });
        }
    }

    /// Asks for named effects.
    pub fn enter(&mut self, names: &[String]) {
        for name in names {
            self.effect(Effect::Named { name: name.clone() });
        }
    }

    /// Those who hold one of the roles in a unit of the party.
    pub fn holders(&self, party: &str, roles: &[Role]) -> BTreeSet<PersonId> {
        let units = self.ctx.party(party).iter();
        let posts = units.flat_map(|unit| roles.iter().map(move |role| (*unit, *role)));
        posts
            .flat_map(|(unit, role)| self.ctx.org.holders(unit, role, self.ctx.at.day))
            .collect()
    }
}
