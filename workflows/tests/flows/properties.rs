//! Random sequences of commands by anybody at any time, with an organisation that changes meanwhile. The oracles
//! below are written without the engine's own helpers.

use crate::cast::{
    COORDINATOR, INSPECTION, LEADERSHIP, OFFICE, OWNER, PARTNERS, Paper, World, approve, back, submit, take_back,
    terminate, withdraw,
};
use duban_core::id::{PersonId, SeatNo, UnitId, Version};
use duban_core::org::{Role, UnitKind};
use duban_core::workflow::{
    Act, ActKind, Addressee, By, Offer, Policy, RoundState, SeatState, StageKind, Tally, Turn, Votes, available, tally,
};
use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use std::collections::BTreeSet;

#[derive(Clone, Debug)]
pub enum Step {
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

pub fn step() -> impl Strategy<Value = Step> {
    let n = any::<prop::sample::Index>().prop_map(|i| i.index(10_000));
    prop_oneof![
        6 => (n.clone(), 0usize..9, prop::option::weighted(0.3, 0u32..30), 0usize..4)
            .prop_map(|(who, act, seat, target)| Step::Ask { who, act, seat, target }),
        14 => (n.clone(), 0usize..12).prop_map(|(who, pick)| Step::Offered { who, pick }),
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
        7 => Act::TimeOut {
            round: paper.instance.rounds.last().unwrap().no,
        },
        _ => Act::Urge,
    }
}

/// The acts of a kind that could be meant, given what is offered.
fn of_kind(kind: ActKind, offer: Option<&Offer>, world: &World, paper: &Paper) -> Vec<Act> {
    let reason = || "because of line 3".to_owned();
    let seat = offer.and_then(|offer| offer.seat);
    let posts = world.org.posts.iter().filter(|post| post.until.is_none());
    let anybody: Vec<_> = posts
        .map(|post| Addressee {
            unit: post.unit,
            role: post.role,
            person: Some(post.person),
        })
        .collect();
    let takers = offer.map_or(anybody[..1].to_vec(), |offer| offer.takers.clone());
    let adding = |turn| -> Vec<Act> {
        let signers = anybody.iter().map(|signer| Act::Add {
            turn,
            signer: *signer,
            note: String::new(),
        });
        signers.collect()
    };
    match kind {
        ActKind::Submit => vec![submit()],
        ActKind::Approve => vec![approve()],
        ActKind::Reject => vec![Act::Reject { reason: reason() }],
        ActKind::Abstain => vec![Act::Abstain { note: String::new() }],
        ActKind::Return => vec![back(None)],
        ActKind::Withdraw => vec![withdraw()],
        ActKind::TakeBack => vec![take_back()],
        ActKind::AddBefore => adding(Turn::Before),
        ActKind::AddAfter => adding(Turn::After),
        ActKind::AddParallel => adding(Turn::Parallel),
        ActKind::Remove => vec![Act::Remove {
            seat: seat.unwrap_or(SeatNo(1)),
            reason: reason(),
        }],
        ActKind::Transfer => takers
            .into_iter()
            .map(|to| Act::Transfer { to, reason: reason() })
            .collect(),
        ActKind::Lend => takers.into_iter().map(|to| Act::Lend { to, note: reason() }).collect(),
        ActKind::GiveBack => vec![Act::GiveBack { note: reason() }],
        ActKind::Copy => vec![Act::Copy {
            people: vec![*world.org.people.keys().next().unwrap()],
            note: String::new(),
        }],
        ActKind::Urge => vec![Act::Urge],
        ActKind::TimeOut => vec![Act::TimeOut {
            round: paper.instance.rounds.last().unwrap().no,
        }],
        ActKind::Recheck => vec![Act::Recheck],
        ActKind::Suspend => vec![Act::Suspend { reason: reason() }],
        ActKind::Resume => vec![Act::Resume],
        ActKind::Override => vec![Act::Override {
            round: offer.map(|offer| offer.round),
            reason: reason(),
        }],
        ActKind::Terminate => vec![terminate()],
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
            round.overridden.is_some()
                || round
                    .seats
                    .iter()
                    .filter(|seat| seat.counts())
                    .all(|seat| yes(seat.state)),
            "{} passed without everybody",
            round.stage
        );
        let silent = round.seats.iter().any(|seat| seat.state == SeatState::Consented);
        assert!(!silent || round.stage.0 == "cosign", "silence decided {}", round.stage);
    }
}

fn play_shipped(definition: &str, owner: UnitId, kind: UnitKind, partners: usize, steps: &[Step]) {
    let mut world = World::new(definition)
        .owned_by(owner)
        .with_partners(&PARTNERS[..partners]);
    world.org.units.get_mut(&owner).unwrap().kind = kind;
    world.restate();
    play(world, steps, |world, authors, before, after| {
        check_new_ballots(world, authors, before, after);
        check_decided(after);
    });
}

/// Plays the steps. `oracle` is asked after each of them: with the world, who had written before it, and the paper
/// before and after.
pub fn play(mut world: World, steps: &[Step], oracle: impl Fn(&World, &BTreeSet<PersonId>, &Paper, &Paper)) {
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
                let mut answer = None;
                for act in of_kind(offer.act, Some(&offer), &world, &paper) {
                    answer = Some(world.act(&mut paper, By::Person(person), offer.seat, act));
                    if answer == Some(Ok(())) {
                        break;
                    }
                }
                assert_eq!(answer, Some(Ok(())), "offered to {person} and refused: {offer:?}");
                Ok(())
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
                let open = paper.instance.current().map(|round| round.no);
                let round = open.unwrap_or(paper.instance.rounds.last().unwrap().no);
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
        oracle(&world, &authors, &before, &paper);
    }
    paper.check_stored();
    // What is not offered is refused, what is offered is accepted, for everybody.
    let people: Vec<_> = world.org.people.keys().copied().collect();
    for person in people {
        let offers = available(&world.def, &paper.instance, person, &world.ctx());
        for kind in ActKind::ALL.into_iter().filter(|kind| *kind != ActKind::TimeOut) {
            let offered = offers.iter().find(|offer| offer.act == kind);
            let seat = offered.and_then(|offer| offer.seat);
            let ready = offered.is_some_and(|offer| offer.unready.is_empty());
            let mut asked = of_kind(kind, offered, &world, &paper);
            if offered.is_none() {
                asked.truncate(2);
            }
            let mut answers = asked
                .into_iter()
                .map(|act| world.ask(&paper, By::Person(person), seat, act));
            let answer = answers.find(Result::is_ok);
            assert_eq!(answer.is_some(), ready, "{person} {kind:?}: {answer:?}");
        }
    }
}

/// How many cases of each property are played. The seed of one that failed is kept and played first from then on.
pub fn cases(usual: u32, full: u32) -> ProptestConfig {
    ProptestConfig {
        cases: if crate::proof::is_full() { full } else { usual },
        failure_persistence: Some(Box::new(FileFailurePersistence::Direct("tests/flows/seeds.txt"))),
        ..ProptestConfig::default()
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
    #![proptest_config(cases(100, 5000))]

    #[test]
    fn any_annual_plan(owner in owners(), partners in 0usize..4, steps in prop::collection::vec(step(), 1..60)) {
        play_shipped("annual-plan", owner.0, owner.1, partners, &steps);
    }

    #[test]
    fn any_rectification_report(owner in owners(), steps in prop::collection::vec(step(), 1..70)) {
        play_shipped("rectification-report", owner.0, owner.1, 2, &steps);
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
