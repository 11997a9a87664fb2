//! The model: what each of them last saw, and the paper. An action is to look, or to ask for something on the ground
//! of what was seen.

use crate::cast::{OWNER, PARTNERS, World, approve, back, holder, submit, take_back, withdraw};
use duban_core::id::{CommandId, DocumentId, RoundNo, Version};
use duban_core::org::Role;
use duban_core::workflow::{
    Act, Addressee, By, Command, Decision, Event, Instance, Round, RoundCause, RoundState, Seat, SeatState, What,
    start, transition,
};
use stateright::{Model, Property};
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// One of three agrees for all (或签), silence agrees, then the owner's head signs.
const DEFINITION: &str = r#"
id = "race"
version = 1
document_type = "annual_plan"
start = "draft"
title = { zh = "竞态", en = "A race" }
description = { zh = "一方同意即通过。", en = "One agreement is enough." }

[[stage]]
id = "draft"
kind = "work"
title = { zh = "起草", en = "Drafting" }
description = { zh = "起草。", en = "Drafting." }
seats = [{ role = "drafter", party = "owner" }]
edits = ["plan"]
withdraw = true
next = [{ when = { fact = "partners.count", at_least = 1 }, to = "any" }, { to = "head" }]

[[stage]]
id = "any"
kind = "review"
title = { zh = "或签", en = "One of them" }
description = { zh = "一方同意即可。", en = "One agreement is enough." }
seats = [{ role = "cosigner", party = "partners", each = true }]
policy = "any"
limit = 1
on_timeout = "consent"
returns = ["draft"]
next = [{ to = "head" }]

[[stage]]
id = "head"
kind = "review"
title = { zh = "签发", en = "Signature" }
description = { zh = "签发。", en = "Signature." }
seats = [{ role = "head", party = "owner" }]
returns = ["draft"]
next = [{ to = "approved" }]

[[end]]
id = "approved"
title = { zh = "已批准", en = "Approved" }
description = { zh = "已批准。", en = "Approved." }
"#;

/// The most accepted commands on one way, the start included.
fn most() -> u32 {
    if crate::proof::is_full() { 8 } else { 5 }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mistake {
    VersionNotChecked,
    LateBallotAccepted,
    WithdrawnAfterDecision,
}

/// Those who race: the heir is to whom the first partner may hand over. Clockwork is one of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Actor {
    Drafter,
    First,
    Heir,
    Second,
    Head,
    Clock,
}

const ACTORS: [Actor; 6] = [
    Actor::Drafter,
    Actor::First,
    Actor::Heir,
    Actor::Second,
    Actor::Head,
    Actor::Clock,
];

impl Actor {
    fn by(self) -> By {
        By::Person(match self {
            Self::Drafter => holder(OWNER, Role::Drafter, 0),
            Self::First => holder(PARTNERS[0], Role::Cosigner, 0),
            Self::Heir => holder(PARTNERS[0], Role::Head, 0),
            Self::Second => holder(PARTNERS[1], Role::Cosigner, 0),
            Self::Head => holder(OWNER, Role::Head, 0),
            Self::Clock => return By::Clockwork,
        })
    }

    fn wishes(self) -> &'static [Wish] {
        match self {
            Self::Drafter => &[Wish::Submit, Wish::Withdraw],
            Self::First => &[Wish::Approve, Wish::Return, Wish::TakeBack, Wish::Transfer],
            Self::Heir => &[Wish::Approve],
            Self::Second => &[Wish::Approve, Wish::Return],
            Self::Head => &[Wish::Approve, Wish::Return],
            Self::Clock => &[Wish::TimeOut],
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Wish {
    Submit,
    Withdraw,
    Approve,
    Return,
    TakeBack,
    TimeOut,
    /// To the head of their unit.
    Transfer,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Move {
    Look(Actor),
    Ask(Actor, Wish),
}

#[derive(Clone, Debug, PartialEq)]
pub struct State {
    instance: Instance,
    events: Vec<Event>,
    /// Whether each of the actors has seen the paper as it is. Which older version they saw makes no difference: the
    /// engine only asks whether it is the present one.
    seen: [bool; 6],
    broken: Vec<&'static str>,
}

impl Hash for State {
    fn hash<H: Hasher>(&self, state: &mut H) {
        serde_json::to_string(&self.instance).unwrap().hash(state);
        self.seen.hash(state);
        self.broken.hash(state);
    }
}

pub struct Race {
    /// The day of the submission, and two days later, when the time limit has passed.
    today: World,
    later: World,
    mistake: Option<Mistake>,
    most: u32,
}

impl Race {
    pub fn new(mistake: Option<Mistake>) -> Self {
        let world = || {
            let mut world = World::new("annual-plan").with_partners(&PARTNERS[..2]);
            world.def = Arc::new(duban_workflows::check(DEFINITION).unwrap().definition);
            world.revision = 1;
            world
        };
        let mut later = world();
        later.sleep(4);
        Self {
            today: world(),
            later,
            mistake,
            most: most(),
        }
    }

    /// The engine, or the engine with a mistake planted in front of it.
    fn answer(&self, instance: &Instance, mut command: Command, world: &World) -> Option<Decision> {
        let def = &self.today.def;
        if self.mistake == Some(Mistake::VersionNotChecked) {
            command.expected = instance.version;
        }
        let answer = transition(def, instance, &command, &world.ctx());
        match (self.mistake, answer, &command.act) {
            (_, Ok(decision), _) => Some(decision),
            (Some(Mistake::LateBallotAccepted), Err(_), Act::Approve { .. }) => late(instance, &command, world),
            (Some(Mistake::WithdrawnAfterDecision), Err(_), Act::Withdraw { .. }) => {
                // As if nobody had acted yet: the paper of before the decision, with the number of now.
                let mut before = instance.clone();
                before.rounds.truncate(2);
                let round = before.rounds.get_mut(1)?;
                let mut untouched = Round::clone(round);
                untouched.state = RoundState::Open;
                for seat in &mut untouched.seats {
                    let mut open = Seat::clone(seat);
                    open.state = SeatState::Open;
                    open.ballot = None;
                    *seat = open.into();
                }
                *round = untouched.into();
                before.stage = "any".into();
                command.expected = instance.version;
                transition(def, &before, &command, &world.ctx()).ok()
            }
            (_, Err(_), _) => None,
        }
    }
}

/// A ballot for a round that was decided already.
fn late(instance: &Instance, command: &Command, world: &World) -> Option<Decision> {
    let By::Person(person) = command.by else { return None };
    let mut rounds = instance.rounds.iter().filter(|round| round.state == RoundState::Passed);
    let round = rounds.find(|round| round.stage.0 == "any")?;
    let seat = round.seats.iter().find(|seat| seat.state == SeatState::Cancelled)?;
    let event = Event {
        seq: instance.events + 1,
        version: Version(instance.version.0 + 1),
        at: world.at(),
        by: command.by,
        command: Some(command.id),
        actor: Some(duban_core::org::Actor {
            person,
            unit: seat.unit,
            role: seat.role,
            on_behalf_of: None,
        }),
        what: serde_json::from_value(serde_json::json!({
            "kind": "approved", "round": round.no, "seat": seat.no, "revision": 1, "note": "",
        }))
        .unwrap(),
    };
    let mut after = instance.clone();
    after.apply(&event);
    Some(Decision {
        instance: after,
        events: vec![event],
        effects: Vec::new(),
    })
}

/// The rules that one accepted act has broken. Written without the engine's own helpers.
fn broken(before: &State, after: &Decision, seen: Version) -> Vec<&'static str> {
    let mut found = Vec::new();
    let old = &before.instance;
    if seen != old.version || after.instance.version.0 != old.version.0 + 1 {
        found.push("who acts has seen what they act on");
    }
    let rounds = old.rounds.iter().zip(&after.instance.rounds);
    if rounds
        .clone()
        .any(|(old, new)| old.state != RoundState::Open && old != new)
    {
        found.push("a decided round stays as it is");
    }
    if old.finish.is_some() {
        found.push("terminal is terminal");
    }
    let taken: Vec<RoundNo> = after
        .events
        .iter()
        .filter_map(|event| match event.what {
            What::Withdrawn { round, .. } | What::TakenBack { round, .. } => Some(round),
            _ => None,
        })
        .collect();
    let acted_on = |no: &RoundNo| {
        let round = old.rounds.iter().find(|round| round.no == *no);
        round.is_none_or(|round| {
            let answered = round.seats.iter().any(|seat| seat.ballot.is_some());
            let opened = matches!(round.cause, RoundCause::Passed | RoundCause::Resumed);
            round.state != RoundState::Open || answered || !opened
        })
    };
    if taken.iter().any(acted_on) {
        found.push("nothing is taken back once somebody acted on it");
    }
    let events: Vec<_> = before.events.iter().chain(&after.events).cloned().collect();
    if Instance::replay(&events).as_ref() != Some(&after.instance) {
        found.push("events make the paper");
    }
    let seats = |instance: &Instance| -> Vec<usize> { instance.rounds.iter().map(|round| round.seats.len()).collect() };
    if !seats(&after.instance).starts_with(&seats(old)) {
        found.push("seats move, they do not multiply");
    }
    let gone = after.events.iter().any(|event| {
        let actor = event.actor.as_ref();
        actor.is_some_and(|actor| {
            let mut posts = old
                .rounds
                .iter()
                .filter(|r| r.state == RoundState::Open)
                .flat_map(|r| &r.seats);
            matches!(event.what, What::Approved { .. })
                && !posts.any(|seat| (seat.unit, seat.role) == (actor.unit, actor.role))
        })
    });
    if gone {
        found.push("a seat that was handed over is answered by nobody else");
    }
    let open = after
        .instance
        .rounds
        .iter()
        .filter(|round| round.state == RoundState::Open);
    if open.count() != usize::from(after.instance.finish.is_none()) {
        found.push("a paper is in one place, or finished");
    }
    found
}

impl Model for Race {
    type State = State;
    type Action = Move;

    fn init_states(&self) -> Vec<State> {
        let world = &self.today;
        let begun = start(&world.def, DocumentId(1), None, &world.ctx()).unwrap();
        vec![State {
            seen: [true; 6],
            instance: begun.instance,
            events: begun.events,
            broken: Vec::new(),
        }]
    }

    fn actions(&self, state: &State, actions: &mut Vec<Move>) {
        for (index, actor) in ACTORS.into_iter().enumerate() {
            if !state.seen[index] {
                actions.push(Move::Look(actor));
            }
            actions.extend(actor.wishes().iter().map(|wish| Move::Ask(actor, *wish)));
        }
    }

    fn next_state(&self, state: &State, action: Move) -> Option<State> {
        let index = |actor: Actor| ACTORS.iter().position(|a| *a == actor).unwrap();
        let mut next = state.clone();
        let (actor, wish) = match action {
            Move::Look(actor) => {
                next.seen[index(actor)] = true;
                return Some(next);
            }
            Move::Ask(actor, wish) => (actor, wish),
        };
        let open = state
            .instance
            .rounds
            .iter()
            .rfind(|round| round.state == RoundState::Open);
        let act = match wish {
            Wish::Submit => submit(),
            Wish::Withdraw => withdraw(),
            Wish::Approve => approve(),
            Wish::Return => back(None),
            Wish::TakeBack => take_back(),
            Wish::TimeOut => Act::TimeOut { round: open?.no },
            Wish::Transfer => Act::Transfer {
                to: Addressee {
                    unit: PARTNERS[0],
                    role: Role::Head,
                    person: None,
                },
                reason: "away".to_owned(),
            },
        };
        let version = state.instance.version;
        let seen = if state.seen[index(actor)] {
            version
        } else {
            Version(version.0 - 1)
        };
        let command = Command {
            id: CommandId(uuid::Uuid::from_u128(u128::from(state.instance.version.0))),
            expected: seen,
            by: actor.by(),
            seat: None,
            act,
        };
        // Time may have passed at any moment when the clock strikes.
        let world = if actor == Actor::Clock {
            &self.later
        } else {
            &self.today
        };
        let decision = self.answer(&state.instance, command, world)?;
        next.broken = broken(state, &decision, seen);
        next.seen = [false; 6];
        next.instance = decision.instance;
        next.events.extend(decision.events);
        Some(next)
    }

    fn within_boundary(&self, state: &State) -> bool {
        state.instance.version.0 <= self.most
    }

    fn properties(&self) -> Vec<Property<Self>> {
        macro_rules! never_broken {
            ($($rule:literal),*) => {
                vec![$(Property::always($rule, |_, state: &State| !state.broken.contains(&$rule))),*]
            };
        }
        let mut properties = never_broken![
            "who acts has seen what they act on",
            "a decided round stays as it is",
            "terminal is terminal",
            "nothing is taken back once somebody acted on it",
            "events make the paper",
            "seats move, they do not multiply",
            "a seat that was handed over is answered by nobody else",
            "a paper is in one place, or finished"
        ];
        properties.extend([
            Property::sometimes("it is approved", |_, state: &State| state.instance.finish.is_some()),
            Property::sometimes("it is withdrawn", |_, s: &State| happened(s, "withdrawn")),
            Property::sometimes("an agreement is taken back", |_, s: &State| happened(s, "taken_back")),
            Property::sometimes("it is returned", |_, s: &State| happened(s, "returned")),
            Property::sometimes("a seat is handed over", |_, s: &State| happened(s, "transferred")),
            Property::sometimes("whoever it was handed to agrees", |_, s: &State| {
                let heir = s.events.iter().filter(|event| event.by == Actor::Heir.by());
                heir.into_iter().any(|event| event.what.code() == "approved")
            }),
            Property::sometimes("silence agrees", |_, s: &State| happened(s, "consented")),
        ]);
        properties
    }
}

fn happened(state: &State, code: &str) -> bool {
    state.events.iter().any(|event| event.what.code() == code)
}
