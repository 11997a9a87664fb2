//! A small district and a document on its way in it. Every decision is checked against the events it claims.

use chrono::{Days, NaiveDate, TimeZone, Utc};
use duban_core::calendar::Calendar;
use duban_core::id::{CommandId, DocumentId, PersonId, PostId, RevisionNo, SeatNo, UnitId, Version};
use duban_core::org::{Delegation, Moment, Organisation, Person, Post, Role, Unit, UnitKind};
use duban_core::reason::{Reason, Refusal};
use duban_core::workflow::{
    Act, Branch, By, CODES, Command, Context, Decision, Definition, Effect, Event, Fact, Instance, SplitState, StageId,
    StageKind, available, can_answer, start, transition,
};
use duban_workflows::Registry;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

pub const OWNER: UnitId = UnitId(1);
pub const COORDINATOR: UnitId = UnitId(2);
pub const OFFICE: UnitId = UnitId(3);
pub const LEADERSHIP: UnitId = UnitId(4);
pub const INSPECTION: UnitId = UnitId(5);
pub const PARTNERS: [UnitId; 3] = [UnitId(6), UnitId(7), UnitId(8)];

/// The person who holds `role` in `unit`; the `n`-th of them, from 0.
pub fn holder(unit: UnitId, role: Role, n: i64) -> PersonId {
    let role = Role::ALL.iter().position(|r| *r == role).unwrap() as i64;
    PersonId(unit.0 * 1000 + role * 10 + n)
}

pub fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

pub struct World {
    pub def: Arc<Definition>,
    pub org: Organisation,
    pub calendar: Calendar,
    pub parties: BTreeMap<String, Vec<UnitId>>,
    pub facts: BTreeMap<String, Fact>,
    pub authors: BTreeSet<PersonId>,
    pub hashes: BTreeMap<String, String>,
    pub unready: BTreeMap<StageId, Vec<Reason>>,
    pub today: NaiveDate,
    pub revision: u32,
    commands: u128,
}

impl World {
    /// A world in which a department owns the document and three units are its partners.
    pub fn new(def: &str) -> Self {
        static SHIPPED: LazyLock<Registry> = LazyLock::new(|| Registry::shipped().unwrap());
        Self::of(SHIPPED.latest(def).unwrap())
    }

    /// The same with a definition of one's own.
    pub fn of(def: Arc<Definition>) -> Self {
        let mut world = Self {
            def,
            org: Organisation::default(),
            calendar: Calendar::default(),
            parties: BTreeMap::new(),
            facts: BTreeMap::new(),
            authors: BTreeSet::new(),
            hashes: BTreeMap::new(),
            unready: BTreeMap::new(),
            today: day("2026-03-02"),
            revision: 0,
            commands: 0,
        };
        let units = [
            (
                OWNER,
                UnitKind::Department,
                vec![(Role::Drafter, 2), (Role::Deputy, 1), (Role::Head, 1)],
            ),
            (
                COORDINATOR,
                UnitKind::Department,
                vec![
                    (Role::Drafter, 1),
                    (Role::Deputy, 1),
                    (Role::Head, 1),
                    (Role::Coordinator, 3),
                ],
            ),
            (
                OFFICE,
                UnitKind::Government,
                vec![(Role::Office, 3), (Role::Observer, 1)],
            ),
            (LEADERSHIP, UnitKind::Government, vec![(Role::Leader, 1)]),
            (
                INSPECTION,
                UnitKind::Government,
                vec![(Role::Inspector, 2), (Role::Sysadmin, 1)],
            ),
        ];
        let partners = PARTNERS.map(|unit| {
            let posts = vec![
                (Role::Drafter, 1),
                (Role::Deputy, 1),
                (Role::Head, 1),
                (Role::Cosigner, 1),
            ];
            (unit, UnitKind::Department, posts)
        });
        for (unit, kind, posts) in units.into_iter().chain(partners) {
            world.unit(unit, kind);
            for (role, count) in posts {
                for n in 0..count {
                    world.post(holder(unit, role, n), unit, role);
                }
            }
        }
        for (party, units) in [
            ("owner", vec![OWNER]),
            ("coordinator", vec![COORDINATOR]),
            ("office", vec![OFFICE]),
            ("leadership", vec![LEADERSHIP]),
            ("inspection", vec![INSPECTION]),
            ("partners", PARTNERS.to_vec()),
        ] {
            world.parties.insert(party.to_owned(), units);
        }
        world.restate();
        world
    }

    /// The same with another owner.
    pub fn owned_by(mut self, owner: UnitId) -> Self {
        self.parties.insert("owner".to_owned(), vec![owner]);
        self.restate();
        self
    }

    /// The same with these partners.
    pub fn with_partners(mut self, partners: &[UnitId]) -> Self {
        self.parties.insert("partners".to_owned(), partners.to_vec());
        self.restate();
        self
    }

    pub fn unit(&mut self, id: UnitId, kind: UnitKind) {
        let unit = Unit {
            id,
            name: format!("unit {id}"),
            kind,
            aliases: Vec::new(),
            valid_from: day("2020-01-01"),
            valid_until: None,
        };
        self.org.units.insert(id, unit);
    }

    pub fn post(&mut self, person: PersonId, unit: UnitId, role: Role) {
        let name = format!("person {person}");
        let active = true;
        let id = PostId(self.org.posts.len() as i64 + 1);
        self.org.people.insert(
            person,
            Person {
                id: person,
                name,
                active,
            },
        );
        self.org.posts.push(Post {
            id,
            person,
            unit,
            role,
            from: day("2020-01-01"),
            until: None,
        });
    }

    /// Lends the post of `lender` to `delegate` until the end of `last`.
    pub fn lend(&mut self, lender: PersonId, delegate: PersonId, last: NaiveDate) {
        let post = self.org.posts.iter().find(|p| p.person == lender).unwrap().id;
        let id = duban_core::id::DelegationId(self.org.delegations.len() as i64 + 1);
        self.org.delegations.push(Delegation {
            id,
            post,
            delegate,
            from: Utc.with_ymd_and_hms(2020, 1, 1, 0, 0, 0).unwrap(),
            until: last.and_hms_opt(23, 0, 0).unwrap().and_utc(),
            document_type: None,
            revoked_at: None,
        });
    }

    /// Computes the facts from the organisation and the parties.
    pub fn restate(&mut self) {
        let owner = self.parties["owner"][0];
        let kind = self.org.units[&owner].kind;
        let partners = self.parties["partners"].len() as i64;
        self.facts = [
            ("owner.kind", Fact::Text(kind.code().to_owned())),
            ("owner.answers_upward", Fact::Bool(kind.answers_upward())),
            ("owner.is_coordinator", Fact::Bool(owner == COORDINATOR)),
            ("partners.count", Fact::Integer(partners)),
            ("campaign.year", Fact::Integer(2026)),
        ]
        .map(|(name, fact)| (name.to_owned(), fact))
        .into();
    }

    pub fn at(&self) -> Moment {
        Moment {
            now: self.today.and_hms_opt(2, 0, 0).unwrap().and_utc(),
            day: self.today,
        }
    }

    pub fn sleep(&mut self, days: u64) {
        self.today = self.today.checked_add_days(Days::new(days)).unwrap();
    }

    pub fn ctx(&self) -> Context<'_> {
        Context {
            at: self.at(),
            org: &self.org,
            calendar: &self.calendar,
            parties: &self.parties,
            facts: &self.facts,
            authors: &self.authors,
            revision: RevisionNo(self.revision),
            hashes: &self.hashes,
            unready: &self.unready,
        }
    }

    pub fn begin(&self) -> Paper {
        let decision = start(&self.def, DocumentId(7), None, &self.ctx()).unwrap();
        let paper = Paper {
            instance: decision.instance,
            events: decision.events,
            effects: decision.effects,
        };
        paper.check();
        paper
    }

    fn command(&mut self, paper: &Paper, by: By, seat: Option<SeatNo>, act: Act) -> Command {
        self.commands += 1;
        Command {
            id: CommandId(uuid::Uuid::from_u128(self.commands)),
            expected: paper.instance.version,
            by,
            seat,
            act,
        }
    }

    /// What the engine answers; the paper stays as it is.
    pub fn ask(&mut self, paper: &Paper, by: By, seat: Option<SeatNo>, act: Act) -> Result<Decision, Refusal> {
        let command = self.command(paper, by, seat, act);
        let answer = transition(&self.def, &paper.instance, &command, &self.ctx());
        let again = transition(&self.def, &paper.instance, &command, &self.ctx());
        assert_eq!(answer, again, "the same question has another answer");
        for reason in answer.as_ref().err().iter().flat_map(|refusal| &refusal.reasons) {
            let known =
                CODES.contains(&reason.code.as_str()) || self.unready.values().flatten().any(|one| one == reason);
            assert!(known, "{} has no sentence", reason.code);
        }
        answer
    }

    /// The same with an expected version of one's own.
    pub fn ask_at(&mut self, paper: &Paper, version: Version, by: By, act: Act) -> Result<Decision, Refusal> {
        let mut command = self.command(paper, by, None, act);
        command.expected = version;
        transition(&self.def, &paper.instance, &command, &self.ctx())
    }

    /// Carries the act out.
    pub fn act(&mut self, paper: &mut Paper, by: By, seat: Option<SeatNo>, act: Act) -> Result<(), Refusal> {
        if matches!(act, Act::Submit { .. }) {
            self.revision += 1;
        }
        let answer = self.ask(paper, by, seat, act.clone());
        match answer {
            Ok(decision) => {
                if let (Act::Submit { .. }, By::Person(person)) = (&act, by) {
                    let stage = seat.and_then(|seat| Some(paper.instance.current_for(seat)?.0.stage.clone()));
                    let stage = stage.unwrap_or_else(|| paper.instance.stage.clone());
                    let stage = self.def.stage(&stage).unwrap();
                    if !stage.edits.is_empty() {
                        self.authors.insert(person);
                    }
                }
                paper.take(decision);
                Ok(())
            }
            Err(refusal) => {
                if matches!(act, Act::Submit { .. }) {
                    self.revision -= 1;
                }
                assert!(!refusal.reasons.is_empty());
                Err(refusal)
            }
        }
    }

    pub fn by(&mut self, paper: &mut Paper, person: PersonId, act: Act) -> Result<(), Refusal> {
        self.act(paper, By::Person(person), None, act)
    }

    /// Everybody who is asked in the present stage agrees, or submits.
    pub fn pass(&mut self, paper: &mut Paper) {
        let stage = paper.instance.stage.clone();
        let kind = paper.instance.current().unwrap().kind;
        if let Some(day) = paper.instance.current().unwrap().not_before {
            self.today = self.today.max(day);
        }
        let round = paper.instance.current().unwrap().no;
        while paper.instance.current().is_some_and(|r| r.no == round) {
            let seat = paper.instance.open_seats().first().map(|seat| seat.no);
            let seat = seat.unwrap_or_else(|| panic!("no seat at {stage}: {:?}", paper.instance.current()));
            let people = can_answer(&self.def, &paper.instance, seat, &self.ctx());
            let person = *people.first().unwrap_or_else(|| panic!("nobody can answer at {stage}"));
            let act = match kind {
                StageKind::Work => submit(),
                StageKind::Review => approve(),
                StageKind::Auto => panic!("an automatic stage waits for nobody"),
            };
            let answer = self.act(paper, By::Person(person), Some(seat), act);
            assert_eq!(answer, Ok(()), "{person} at {stage}");
        }
    }

    /// Passes stages until the paper is in this one.
    pub fn go_to(&mut self, paper: &mut Paper, stage: &str) {
        while paper.instance.stage != StageId::from(stage) {
            assert_eq!(paper.instance.finish, None, "{stage} is not on the way");
            self.pass(paper);
        }
    }

    /// The codes of what the person can do now, and of what they could if it were ready.
    pub fn offers(&self, paper: &Paper, person: PersonId) -> Vec<&'static str> {
        let offers = available(&self.def, &paper.instance, person, &self.ctx());
        offers.iter().map(|offer| offer.act.code()).collect()
    }
}

pub fn submit() -> Act {
    Act::Submit { note: String::new() }
}

pub fn approve() -> Act {
    Act::Approve { note: String::new() }
}

pub fn back(to: Option<&str>) -> Act {
    Act::Return {
        to: to.map(StageId::from),
        reason: "the target of line 3 is missing".to_owned(),
        marks: Vec::new(),
    }
}

pub fn withdraw() -> Act {
    Act::Withdraw { reason: String::new() }
}

pub fn take_back() -> Act {
    Act::TakeBack { reason: String::new() }
}

pub fn terminate() -> Act {
    Act::Terminate {
        reason: "the task was given to another unit".to_owned(),
    }
}

/// A document with everything that happened to it.
#[derive(Clone)]
pub struct Paper {
    pub instance: Instance,
    pub events: Vec<Event>,
    pub effects: Vec<Effect>,
}

impl Paper {
    fn take(&mut self, decision: Decision) {
        assert_eq!(decision.instance.version.0, self.instance.version.0 + 1);
        for (before, after) in self.instance.rounds.iter().zip(&decision.instance.rounds) {
            if before.state != duban_core::workflow::RoundState::Open {
                let mut same = duban_core::workflow::Round::clone(after);
                for (seat, old) in same.seats.iter_mut().zip(&before.seats) {
                    Arc::make_mut(seat).voided.clone_from(&old.voided);
                }
                assert_eq!(**before, same, "a decided round changed");
            }
            for seat in &before.seats {
                let now = after
                    .seats
                    .iter()
                    .find(|now| now.no == seat.no)
                    .unwrap_or_else(|| panic!("a seat was lost"));
                for ballot in seat.ballot.iter().chain(&seat.earlier) {
                    let kept = now.ballot.as_ref() == Some(ballot) || now.earlier.contains(ballot);
                    assert!(kept, "a vote was lost: {seat:?}");
                }
            }
        }
        self.instance = decision.instance;
        self.events.extend(decision.events);
        self.effects = decision.effects;
        self.check();
    }

    /// What holds after every command.
    pub fn check(&self) {
        use duban_core::workflow::RoundState;
        assert_eq!(
            Instance::replay(&self.events).as_ref(),
            Some(&self.instance),
            "replay differs"
        );
        for (index, event) in self.events.iter().enumerate() {
            assert_eq!(event.seq as usize, index + 1);
        }
        let open: Vec<_> = self
            .instance
            .rounds
            .iter()
            .filter(|r| r.state == RoundState::Open)
            .collect();
        if self.instance.finish.is_some() {
            assert!(open.is_empty(), "something is open at the end");
        } else {
            assert_eq!(self.tokens(&[]), open.len(), "every open round lies on its own way");
            assert_eq!(self.instance.stage, open[0].stage);
        }
        for round in open {
            let waiting = round.seats.iter().any(|seat| seat.is_undecided());
            assert!(waiting || !round.lacking.is_empty(), "an open round waits for nobody");
        }
        let mut numbers = BTreeSet::new();
        for round in &self.instance.rounds {
            for seat in &round.seats {
                assert!(numbers.insert(seat.no), "seat {} twice", seat.no);
                assert!(round.state == RoundState::Open || !seat.awaits(), "an orphaned seat");
            }
        }
    }

    /// The open rounds on this way and in every split on it. There is exactly one token on each way: an open round, or
    /// a split under way, each branch of which has arrived or has one itself.
    fn tokens(&self, way: &[Branch]) -> usize {
        let rounds = self.instance.open_rounds().filter(|round| round.branch == way).count();
        let visits = self
            .instance
            .splits
            .iter()
            .filter(|visit| visit.state == SplitState::Open);
        let visits: Vec<_> = visits.filter(|visit| visit.outer == way).collect();
        assert_eq!(rounds + visits.len(), 1, "one token at {way:?}");
        let mut found = rounds;
        for visit in visits {
            for (index, arrived) in (0..).zip(&visit.arrived) {
                let mut inside = way.to_vec();
                inside.push(Branch { visit: visit.no, index });
                if arrived.is_none() {
                    found += self.tokens(&inside);
                }
            }
        }
        found
    }

    /// What is stored is what is read back.
    pub fn check_stored(&self) {
        let stored = serde_json::to_string(&self.instance).unwrap();
        assert_eq!(serde_json::from_str::<Instance>(&stored).unwrap(), self.instance);
        let stored = serde_json::to_string(&self.events).unwrap();
        assert_eq!(serde_json::from_str::<Vec<Event>>(&stored).unwrap(), self.events);
    }

    pub fn stage(&self) -> &str {
        &self.instance.stage.0
    }

    pub fn status(&self) -> &'static str {
        self.instance.status().code()
    }
}
