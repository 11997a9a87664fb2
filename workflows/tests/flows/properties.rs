//! Random sequences of commands by anybody at any time, with an organisation that changes meanwhile. The oracles
//! below are written without the engine's own helpers.

use crate::cast::{
    COORDINATOR, INSPECTION, LEADERSHIP, OFFICE, OWNER, PARTNERS, Paper, World, approve, back, submit, take_back,
    terminate, withdraw,
};
use duban_core::id::{PersonId, SeatNo, UnitId, Version};
use duban_core::org::{Role, UnitKind};
use duban_core::workflow::{
    Act, ActKind, By, Policy, RoundState, SeatState, StageKind, Tally, Votes, available, tally,
};
use proptest::prelude::*;
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
enum Step {
    /// Somebody picked from everybody asks for one of the acts.
    Ask {
        who: usize,
        act: usize,
        seat: Option<u32>,
        target: usize,
    },
    /// Somebody who can do something does the `pick`-th thing offered.
    Offered { who: usize, pick: usize },
    /// Somebody asks with a version that is off by so much.
    Stale { who: usize, act: usize, off: u32 },
    /// Days go by.
    Sleep(u64),
    /// A post ends.
    Leave(usize),
    /// Somebody gets a post.
    Join { who: usize, unit: usize, role: usize },
    /// Somebody lends a post.
    Lend { who: usize, to: usize },
    /// The clock of the open round strikes.
    Strike,
    /// The organisation is looked at again.
    Recheck,
}

fn step() -> impl Strategy<Value = Step> {
    let n = any::<prop::sample::Index>().prop_map(|i| i.index(10_000));
    prop_oneof![
        6 => (n.clone(), 0usize..8, prop::option::weighted(0.3, 0u32..30), 0usize..4)
            .prop_map(|(who, act, seat, target)| Step::Ask { who, act, seat, target }),
        14 => (n.clone(), 0usize..6).prop_map(|(who, pick)| Step::Offered { who, pick }),
        1 => (n.clone(), 0usize..8, 1u32..4).prop_map(|(who, act, off)| Step::Stale { who, act, off }),
        2 => (1u64..40).prop_map(Step::Sleep),
        1 => n.clone().prop_map(Step::Leave),
        1 => (n.clone(), 0usize..8, 0usize..9).prop_map(|(who, unit, role)| Step::Join { who, unit, role }),
        1 => (n.clone(), n).prop_map(|(who, to)| Step::Lend { who, to }),
        1 => Just(Step::Strike),
        1 => Just(Step::Recheck),
    ]
}

const UNITS: [UnitId; 8] = [
    OWNER,
    COORDINATOR,
    OFFICE,
    LEADERSHIP,
    INSPECTION,
    PARTNERS[0],
    PARTNERS[1],
    PARTNERS[2],
];

fn an_act(index: usize, target: usize, paper: &Paper) -> Act {
    match index {
        0 => submit(),
        1 => approve(),
        2 => back(["draft", "plan", "office", "nowhere"].get(target).copied()),
        3 => withdraw(),
        4 => take_back(),
        5 => terminate(),
        6 => Act::Recheck,
        _ => Act::TimeOut {
            round: paper.instance.rounds.last().unwrap().no,
        },
    }
}

/// The acts that are asked of everybody.
const PLAYED: [ActKind; 7] = [
    ActKind::Submit,
    ActKind::Approve,
    ActKind::Return,
    ActKind::Withdraw,
    ActKind::TakeBack,
    ActKind::Recheck,
    ActKind::Terminate,
];

fn of_kind(kind: ActKind) -> Act {
    match kind {
        ActKind::Submit => submit(),
        ActKind::Approve => approve(),
        ActKind::Return => back(None),
        ActKind::Withdraw => withdraw(),
        ActKind::TakeBack => take_back(),
        ActKind::Recheck => Act::Recheck,
        ActKind::Terminate => terminate(),
        other => panic!("{other:?} is not offered here"),
    }
}

/// Every ballot that `after` has and `before` had not is by somebody who was allowed to give it.
fn check_new_ballots(world: &World, authors: &BTreeSet<PersonId>, before: &Paper, after: &Paper) {
    let owner = world.parties["owner"][0];
    for round in &after.instance.rounds {
        let old: Vec<_> = before
            .instance
            .rounds
            .iter()
            .filter(|r| r.no == round.no)
            .flat_map(|r| &r.seats)
            .collect();
        for seat in &round.seats {
            let Some(ballot) = &seat.ballot else { continue };
            if seat.carried_from.is_some() || old.iter().any(|s| s.no == seat.no && s.ballot.is_some()) {
                continue;
            }
            let principal = ballot.actor.on_behalf_of.map(|(_, person)| person);
            let people: Vec<_> = [ballot.actor.person].into_iter().chain(principal).collect();
            let holder = principal.unwrap_or(ballot.actor.person);
            let mut posts = world.org.posts.iter();
            let holds =
                posts.any(|p| p.person == holder && p.unit == seat.unit && p.role == seat.role && p.until.is_none());
            assert!(holds, "{holder} holds no such post");
            if round.kind == StageKind::Review {
                assert!(
                    people.iter().all(|p| !authors.contains(p)),
                    "{people:?} acted on their own paper"
                );
            }
            if matches!(
                round.stage.0.as_str(),
                "coordinator" | "leader" | "cosign" | "verification" | "verification_office" | "scheme" | "look_back"
            ) {
                let mut posts = world.org.posts.iter();
                let inside = posts.any(|p| p.unit == owner && p.until.is_none() && people.contains(&p.person));
                assert!(!inside, "the owner's own people at {}", round.stage);
            }
            if matches!(
                round.stage.0.as_str(),
                "coordinator" | "verification" | "verification_office"
            ) {
                let others = round
                    .seats
                    .iter()
                    .filter(|s| s.no != seat.no)
                    .filter_map(|s| s.ballot.as_ref());
                let mut others = others.map(|b| b.actor.person);
                assert!(others.all(|person| !people.contains(&person)), "the same person twice");
            }
        }
    }
}

fn check_decided(paper: &Paper) {
    for round in paper.instance.rounds.iter().filter(|r| r.state == RoundState::Passed) {
        let yes = |state| matches!(state, SeatState::Submitted | SeatState::Approved | SeatState::Consented);
        assert!(!round.seats.is_empty(), "an empty electorate passed");
        assert!(
            round.seats.iter().all(|seat| yes(seat.state)),
            "{} passed without everybody",
            round.stage
        );
        let silent = round.seats.iter().any(|seat| seat.state == SeatState::Consented);
        assert!(!silent || round.stage.0 == "cosign", "silence decided {}", round.stage);
    }
}

fn play(definition: &str, owner: UnitId, kind: UnitKind, partners: usize, steps: &[Step]) {
    let mut world = World::new(definition)
        .owned_by(owner)
        .with_partners(&PARTNERS[..partners]);
    world.org.units.get_mut(&owner).unwrap().kind = kind;
    world.restate();
    let mut paper = world.begin();
    for step in steps {
        let people: Vec<_> = world.org.people.keys().copied().collect();
        let anybody = |n: usize| people[n % people.len()];
        let before = paper.clone();
        let authors = world.authors.clone();
        let was_finished = paper.instance.finish.is_some();
        let outcome = match step {
            Step::Ask { who, act, seat, target } => {
                let act = an_act(*act, *target, &paper);
                world.act(&mut paper, By::Person(anybody(*who)), seat.map(SeatNo), act)
            }
            Step::Stale { who, act, off } => {
                let act = an_act(*act, 0, &paper);
                let version = Version(paper.instance.version.0 + off);
                let answer = world.ask_at(&paper, version, By::Person(anybody(*who)), act);
                assert_eq!(answer.unwrap_err().code(), "stale_version");
                continue;
            }
            Step::Offered { who, pick } => {
                let ctx = world.ctx();
                let mut acting = people.iter().cycle().skip(who % people.len()).take(people.len());
                let found = acting.find_map(|person| {
                    let offers = available(&world.def, &paper.instance, *person, &ctx);
                    // Ending it every time would leave nothing to play.
                    let offers: Vec<_> = offers
                        .into_iter()
                        .filter(|offer| offer.act != ActKind::Terminate && offer.unready.is_empty())
                        .collect();
                    (!offers.is_empty()).then(|| (*person, offers[pick % offers.len()].clone()))
                });
                let Some((person, offer)) = found else { continue };
                let answer = world.act(&mut paper, By::Person(person), offer.seat, of_kind(offer.act));
                assert_eq!(answer, Ok(()), "offered to {person} and refused: {offer:?}");
                answer
            }
            Step::Sleep(days) => {
                world.sleep(*days);
                continue;
            }
            Step::Leave(n) => {
                let today = world.today;
                let n = n % world.org.posts.len();
                world.org.posts[n].until.get_or_insert(today);
                continue;
            }
            Step::Join { who, unit, role } => {
                world.post(anybody(*who), UNITS[*unit], Role::ALL[*role]);
                continue;
            }
            Step::Lend { who, to } => {
                let last = world.today.checked_add_days(chrono::Days::new(30)).unwrap();
                world.lend(anybody(*who), anybody(*to), last);
                continue;
            }
            Step::Strike => {
                let round = paper.instance.rounds.last().unwrap().no;
                world.act(&mut paper, By::Clockwork, None, Act::TimeOut { round })
            }
            Step::Recheck => world.act(&mut paper, By::Clockwork, None, Act::Recheck),
        };
        if was_finished {
            assert_eq!(outcome.unwrap_err().code(), "finished", "terminal is terminal");
            assert_eq!(before.instance, paper.instance);
            continue;
        }
        if outcome.is_err() {
            assert_eq!(before.instance, paper.instance, "a refusal changed something");
        }
        check_new_ballots(&world, &authors, &before, &paper);
        check_decided(&paper);
    }
    paper.check_stored();
    // What is not offered is refused, what is offered is accepted, for everybody.
    let people: Vec<_> = world.org.people.keys().copied().collect();
    for person in people {
        let offers = available(&world.def, &paper.instance, person, &world.ctx());
        for kind in PLAYED {
            let offered = offers.iter().find(|offer| offer.act == kind);
            let seat = offered.and_then(|offer| offer.seat);
            let answer = world.ask(&paper, By::Person(person), seat, of_kind(kind));
            let ready = offered.is_some_and(|offer| offer.unready.is_empty());
            assert_eq!(answer.is_ok(), ready, "{person} {kind:?}: {answer:?}");
        }
    }
}

fn owners() -> impl Strategy<Value = (UnitId, UnitKind)> {
    prop_oneof![
        3 => Just((OWNER, UnitKind::Department)),
        1 => Just((OWNER, UnitKind::Vertical)),
        2 => Just((COORDINATOR, UnitKind::Department)),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 700, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_annual_plan(owner in owners(), partners in 0usize..4, steps in prop::collection::vec(step(), 1..60)) {
        play("annual-plan", owner.0, owner.1, partners, &steps);
    }

    #[test]
    fn any_rectification_report(owner in owners(), steps in prop::collection::vec(step(), 1..70)) {
        play("rectification-report", owner.0, owner.1, 2, &steps);
    }
}

fn votes(yes: u64, no: u64, all: u64) -> Votes {
    Votes {
        yes,
        undecided: all - yes - no,
        all,
    }
}

/// The threshold in exact fractions, and "decided" in its own words: whatever the rest answers.
#[test]
fn thresholds_are_exact() {
    let policies = (1..=7u32).flat_map(|den| (1..=den).map(move |num| Policy::AtLeast { num, den }));
    for policy in policies.chain([Policy::All, Policy::Any]) {
        for seats in 0..=9u64 {
            for yes in 0..=seats {
                for no in 0..=seats - yes {
                    let reaches = |yes: u64| match policy {
                        Policy::All => yes == seats,
                        Policy::Any => yes >= 1,
                        Policy::AtLeast { num, den } => yes * u64::from(den) >= u64::from(num) * seats,
                    };
                    let expected = if seats == 0 {
                        Tally::Open
                    } else if reaches(yes) && yes > 0 {
                        Tally::Passed
                    } else if (yes..=seats - no).all(|yes| !reaches(yes)) {
                        Tally::Failed
                    } else {
                        Tally::Open
                    };
                    assert_eq!(
                        tally(policy, votes(yes, no, seats)),
                        expected,
                        "{policy:?} {yes}+{no} of {seats}"
                    );
                }
            }
        }
    }
    assert_eq!(tally(Policy::AtLeast { num: 2, den: 3 }, votes(2, 0, 3)), Tally::Passed);
    assert_eq!(
        tally(Policy::AtLeast { num: 1, den: 2 }, votes(1, 1, 2)),
        Tally::Passed,
        "a tie reaches one half"
    );
    assert_eq!(
        tally(Policy::All, votes(0, 0, 0)),
        Tally::Open,
        "an empty electorate never passes"
    );
    let big = Policy::AtLeast {
        num: u32::MAX,
        den: u32::MAX,
    };
    assert_eq!(tally(big, votes(u64::MAX, 0, u64::MAX)), Tally::Passed, "no overflow");
}
