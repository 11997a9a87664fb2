//! The machine: [`start`] and [`transition`]. Every command in every state is accepted or refused with a code.

use super::acts;
use super::command::{Act, By, Command};
use super::context::{Context, Decision, Effect, Topic};
use super::definition::{Definition, Reopen, Stage, StageId};
use super::electorate::{Case, Tally, tally_round};
use super::event::{Event, What};
use super::instance::{Instance, Pending, Round, RoundCause, RoundState, Seat, SeatState};
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
    };
    desk.open(&def.start, RoundCause::Start, Vec::new(), &[])?;
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
    };
    match &command.act {
        Act::Submit { note } => acts::submit(&mut desk, command, note)?,
        Act::Approve { note } => acts::approve(&mut desk, command, note)?,
        Act::Return { to, reason, marks } => acts::send_back(&mut desk, command, to.as_ref(), (reason, marks))?,
        Act::Withdraw { reason } => acts::withdraw(&mut desk, command.by, reason)?,
        Act::TakeBack { reason } => acts::take_back(&mut desk, command.by, reason)?,
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
    late.map_or(Ok(()), |late| Err(late.into()))
}

fn closed_round_of(instance: &Instance, seat: SeatNo) -> Option<Reason> {
    let mut rounds = instance.rounds.iter().filter(|round| round.state != RoundState::Open);
    let round = rounds.find(|round| round.seats.iter().any(|s| s.no == seat))?;
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

    /// The open round and its stage.
    pub fn place(&self) -> Result<(&'a Stage, &Round), Refusal> {
        let round = self
            .instance
            .current()
            .ok_or_else(|| Refusal::from(Reason::new("finished").with("stage", &self.instance.stage)))?;
        let stage = self
            .def
            .stage(&round.stage)
            .ok_or_else(|| broken(self.def, &round.stage))?;
        Ok((stage, round))
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

    /// Opens a round. Agreements of `carried` seats count in it, where whoever gave them may still sit there.
    pub fn open(
        &mut self,
        id: &StageId,
        cause: RoundCause,
        pending: Vec<Pending>,
        carried: &[Seat],
    ) -> Result<(), Refusal> {
        let stage = self.def.stage(id).ok_or_else(|| broken(self.def, id))?;
        let (seats, lacking) = match self.seats(stage, carried) {
            Ok(seats) => (seats, Vec::new()),
            Err(lacking) => (Vec::new(), lacking),
        };
        let round = RoundNo(self.instance.rounds.last().map_or(0, |round| round.no.0) + 1);
        let calendar = self.ctx.calendar;
        self.record(
            None,
            What::RoundOpened {
                round,
                stage: stage.id.clone(),
                stage_kind: stage.kind,
                cause,
                seats,
                lacking,
                pending,
                due_on: self.case().due(stage),
                not_before: stage.wait.map(|days| calendar.plus(self.ctx.at.day, days)),
            },
        );
        self.enter(&stage.on_enter);
        self.announce(stage, cause)?;
        self.settle(None)
    }

    /// The seats of a new round of the stage, blocked where nobody can sit.
    fn seats(&self, stage: &Stage, carried: &[Seat]) -> Result<Vec<Seat>, Vec<Reason>> {
        let so_far = self.instance.rounds.iter().flat_map(|round| &round.seats);
        let first = so_far.map(|seat| seat.no.0).max().unwrap_or(0) + 1;
        let mut seats = self.case().seats(stage, first)?;
        self.carry(stage, &mut seats, carried);
        for revised in self.case().reseat(stage, &seats) {
            if let Some(seat) = seats.iter_mut().find(|seat| seat.no == revised.no) {
                *seat = revised;
            }
        }
        Ok(seats)
    }

    fn carry(&self, stage: &Stage, seats: &mut [Seat], carried: &[Seat]) {
        for old in carried.iter().filter(|seat| seat.is_yes()) {
            let people = old
                .ballot
                .iter()
                .flat_map(|ballot| super::electorate::people_of(&ballot.actor));
            if people
                .into_iter()
                .any(|person| self.case().bar(stage, person).is_some())
            {
                continue;
            }
            let free = |seat: &&mut Seat| seat.rule == old.rule && seat.unit == old.unit && seat.is_undecided();
            if let Some(seat) = seats.iter_mut().find(free) {
                seat.role = old.role;
                seat.state = old.state;
                seat.ballot.clone_from(&old.ballot);
                seat.carried_from = Some(old.carried_from.unwrap_or(old.no));
            }
        }
    }

    pub fn enter(&mut self, names: &[String]) {
        for name in names {
            self.effect(Effect::Named { name: name.clone() });
        }
    }

    /// Tells those who can act in the open round, and the coordinator where nobody can.
    fn announce(&mut self, stage: &Stage, cause: RoundCause) -> Result<(), Refusal> {
        let (_, round) = self.place()?;
        let (mut people, mut blocked) = (BTreeSet::new(), round.lacking.clone());
        for seat in round.seats.iter().filter(|seat| seat.is_undecided()) {
            people.extend(self.case().actors(stage, round, seat));
            blocked.extend(seat.why.iter().cloned());
        }
        let topic = match cause {
            RoundCause::Returned => Topic::Returned,
            _ => Topic::SeatOpened,
        };
        self.tell(people, topic, &stage.id, Vec::new());
        self.alarm(stage, blocked);
        Ok(())
    }

    /// Tells the coordinator, or the office where there is no coordinator, that nobody can act.
    fn alarm(&mut self, stage: &Stage, mut reasons: Vec<Reason>) {
        if reasons.is_empty() {
            return;
        }
        reasons.dedup();
        let mut people = self.holders("coordinator", &[Role::Coordinator]);
        if people.is_empty() {
            people = self.holders("office", &[Role::Office]);
        }
        self.tell(people, Topic::Blocked, &stage.id, reasons);
    }

    /// Those who hold one of the roles in a unit of the party.
    pub fn holders(&self, party: &str, roles: &[Role]) -> BTreeSet<PersonId> {
        let units = self.ctx.party(party).iter();
        let posts = units.flat_map(|unit| roles.iter().map(move |role| (*unit, *role)));
        posts
            .flat_map(|(unit, role)| self.ctx.org.holders(unit, role, self.ctx.at.day))
            .collect()
    }

    /// Sees whether the open round is decided, and goes on if so. `seat` is the one that was answered last.
    pub fn settle(&mut self, seat: Option<SeatNo>) -> Result<(), Refusal> {
        let (stage, round) = self.place()?;
        match tally_round(stage, round) {
            Tally::Open => self.refresh().map(|_| ()),
            Tally::Passed => self.pass(seat),
            Tally::Failed => {
                let asked = round.seats.iter().find(|s| Some(s.no) == seat);
                let to = asked.and_then(|s| s.ballot.as_ref()).and_then(|b| b.to.clone());
                match to.or_else(|| acts::return_targets(&self.instance, stage).first().cloned()) {
                    Some(to) => self.go_back(seat, &to),
                    // Nothing to return to: verify refuses such a definition.
                    None => Err(broken(self.def, &stage.id)),
                }
            }
        }
    }

    /// Looks at the undecided seats of the open round again. True when something changed.
    pub fn refresh(&mut self) -> Result<bool, Refusal> {
        let (stage, round) = self.place()?;
        let no = round.no;
        let before = round.seats.clone();
        let changed = self.case().reseat(stage, &before);
        let mut freed = BTreeSet::new();
        let mut blocked = Vec::new();
        for seat in &changed {
            let seat = seat.clone();
            if seat.state == SeatState::Blocked {
                blocked.extend(seat.why.iter().cloned());
                self.record(None, What::SeatBlocked { round: no, seat });
            } else {
                freed.insert(seat.no);
                self.record(None, What::SeatFreed { round: no, seat });
            }
        }
        let (_, round) = self.place()?;
        let mut people = BTreeSet::new();
        for seat in round.seats.iter().filter(|seat| freed.contains(&seat.no)) {
            people.extend(self.case().actors(stage, round, seat));
        }
        self.tell(people, Topic::SeatOpened, &stage.id, Vec::new());
        self.alarm(stage, blocked);
        Ok(!changed.is_empty())
    }

    /// Gives the open round, which has no seats, its seats.
    pub fn seat_round(&mut self) -> Result<bool, Refusal> {
        let (stage, round) = self.place()?;
        let (no, cause) = (round.no, round.cause);
        let Ok(seats) = self.seats(stage, &[]) else {
            return Ok(false);
        };
        let due_on = self.case().due(stage);
        self.record(
            None,
            What::RoundSeated {
                round: no,
                seats,
                due_on,
            },
        );
        self.announce(stage, cause)?;
        Ok(true)
    }

    /// Closes the open round as passed and goes where the paper goes from here.
    fn pass(&mut self, seat: Option<SeatNo>) -> Result<(), Refusal> {
        let (stage, round) = self.place()?;
        let mut pending = round.pending.clone();
        self.close(RoundState::Passed, seat)?;
        if let Some(back) = pending.pop_if(|last| last.after == stage.id) {
            let target = self.def.stage(&back.to).ok_or_else(|| broken(self.def, &back.to))?;
            let carried = match (target.reopen, self.instance.round(back.round)) {
                (Reopen::Returner, Some(round)) => round.seats.clone(),
                _ => Vec::new(),
            };
            return self.open(&back.to, RoundCause::Resumed, pending, &carried);
        }
        let to = route(self.def, stage, self.ctx)?;
        match self.def.end(&to) {
            Some(end) => {
                self.record(None, What::Ended { end: to.clone() });
                self.enter(&end.on_enter);
                let people = self.holders("owner", &[Role::Drafter, Role::Deputy, Role::Head]);
                self.tell(people, Topic::Ended, &to, Vec::new());
                Ok(())
            }
            None => self.open(&to, RoundCause::Passed, pending, &[]),
        }
    }

    /// Closes the open round as returned and opens the stage it goes back to.
    pub fn go_back(&mut self, seat: Option<SeatNo>, to: &StageId) -> Result<(), Refusal> {
        let (stage, round) = self.place()?;
        let pending = match stage.resume {
            super::definition::Resume::Direct => {
                let back = Pending {
                    after: to.clone(),
                    to: stage.id.clone(),
                    round: round.no,
                };
                round.pending.iter().cloned().chain([back]).collect()
            }
            super::definition::Resume::Replay => Vec::new(),
        };
        self.close(RoundState::Returned, seat)?;
        self.open(to, RoundCause::Returned, pending, &[])
    }

    pub fn close(&mut self, state: RoundState, decided_by: Option<SeatNo>) -> Result<(), Refusal> {
        let (_, round) = self.place()?;
        let round = round.no;
        self.record(
            None,
            What::RoundClosed {
                round,
                state,
                decided_by,
            },
        );
        Ok(())
    }
}

/// Where the paper goes once the stage is passed.
///
/// # Errors
/// `fact_missing`, `fact_type`; `broken_definition` when no route holds.
pub(super) fn route(def: &Definition, stage: &Stage, ctx: &Context) -> Result<StageId, Refusal> {
    for route in &stage.next {
        let holds = route.when.as_ref().map_or(Ok(true), |guard| guard.holds(ctx.facts))?;
        if holds {
            return Ok(route.to.clone());
        }
    }
    Err(broken(def, &stage.id))
}
