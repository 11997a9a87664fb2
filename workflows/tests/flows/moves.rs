//! Every move of every shipped definition, computed from the definition, is made once.

use crate::cast::{
    COORDINATOR, OFFICE, OWNER, PARTNERS, Paper, World, approve, back, holder, submit, take_back, terminate, withdraw,
};
use duban_core::org::{Role, UnitKind};
use duban_core::workflow::definition::EXTRA_ACTS;
use duban_core::workflow::walk::{Move, Walk, walks};
use duban_core::workflow::{
    Act, ActKind, Addressee, By, Fact, Resume, RoundCause, Stage, StageId, StageKind, Turn, available, can_answer,
};
use duban_workflows::Registry;
use std::collections::BTreeMap;

/// A world in which the facts of the walk are true, as far as the organisation can make them so.
fn world(definition: &str, walk: &Walk) -> World {
    let coordinator = walk.facts["owner.is_coordinator"] == Fact::Bool(true);
    let mut world = World::new(definition).owned_by(if coordinator { COORDINATOR } else { OWNER });
    if walk.facts["owner.answers_upward"] == Fact::Bool(true) {
        let owner = world.parties["owner"][0];
        world.org.units.get_mut(&owner).unwrap().kind = UnitKind::Vertical;
    }
    let Fact::Integer(count) = walk.facts["partners.count"] else {
        panic!("partners.count is a number");
    };
    let count = usize::try_from(count).unwrap().min(PARTNERS.len());
    world.with_partners(&PARTNERS[..count])
}

fn answer(world: &mut World, paper: &mut Paper, act: Act) {
    let seat = paper.instance.open_seats()[0].no;
    let person = can_answer(&world.def, &paper.instance, seat, &world.ctx())[0];
    assert_eq!(world.act(paper, By::Person(person), Some(seat), act), Ok(()));
}

fn make(world: &mut World, paper: &mut Paper, from: &StageId, last: &Move) {
    let stage = world.def.stage(from).unwrap().clone();
    match last {
        Move::Forward(to) => {
            world.pass(paper);
            assert_eq!(paper.instance.stage, *to);
        }
        Move::Return(to) => {
            answer(world, paper, back(Some(&to.0)));
            assert_eq!(paper.instance.stage, *to);
            let round = paper.instance.current().unwrap();
            assert_eq!(round.cause, RoundCause::Returned);
            let expected = if round.kind == StageKind::Work {
                "returned"
            } else {
                "running"
            };
            assert_eq!(paper.status(), expected);
            // … and it comes back as the stage says.
            world.pass(paper);
            if stage.resume == Resume::Direct {
                assert_eq!(paper.instance.stage, *from, "straight back");
                assert_eq!(paper.instance.current().unwrap().cause, RoundCause::Resumed);
            } else {
                assert_ne!(paper.instance.stage, *from, "through every stage again");
                world.go_to(paper, &from.0);
            }
        }
        Move::Withdraw => {
            world.pass(paper);
            let submitter = paper.instance.rounds.iter().rev().nth(1).unwrap().seats[0]
                .ballot
                .clone()
                .unwrap();
            assert_eq!(world.by(paper, submitter.actor.person, withdraw()), Ok(()));
            assert_eq!(paper.instance.stage, *from);
            assert_eq!(paper.status(), "draft");
            world.by(paper, submitter.actor.person, submit()).unwrap();
        }
        Move::TakeBack => {
            world.pass(paper);
            let before = paper.instance.rounds.iter().rev().nth(1).unwrap();
            let decided = before.seats.iter().find(|s| Some(s.no) == before.decided_by).unwrap();
            let (person, seats) = (decided.ballot.clone().unwrap().actor.person, before.seats.len());
            assert_eq!(world.by(paper, person, take_back()), Ok(()));
            assert_eq!(paper.instance.stage, *from);
            let round = paper.instance.current().unwrap();
            let carried = round.seats.iter().filter(|s| s.carried_from.is_some()).count();
            assert_eq!(
                (round.seats.len(), carried),
                (seats, seats - 1),
                "only the one seat is asked again"
            );
            assert_eq!(world.by(paper, person, approve()), Ok(()));
            assert_ne!(paper.instance.stage, *from);
        }
        Move::TimeOut => {
            let round = paper.instance.current().unwrap().clone();
            let due = round.due_on.unwrap();
            world.today = due;
            let early = world.act(paper, By::Clockwork, None, Act::TimeOut { round: round.no });
            assert_eq!(early.unwrap_err().code(), "not_due", "the last day belongs to the unit");
            world.sleep(1);
            assert_eq!(
                world.act(paper, By::Clockwork, None, Act::TimeOut { round: round.no }),
                Ok(())
            );
            assert_ne!(paper.instance.stage, *from);
            let silent = &paper.instance.round(round.no).unwrap().seats;
            assert!(
                silent
                    .iter()
                    .all(|seat| seat.state.code() == "consented" && seat.ballot.is_none())
            );
            let late = world.act(paper, By::Clockwork, None, Act::TimeOut { round: round.no });
            assert_eq!(late.unwrap_err().code(), "round_closed");
        }
        Move::Terminate => {
            let office = holder(OFFICE, Role::Office, 0);
            assert_eq!(world.by(paper, office, terminate()), Ok(()));
            assert_eq!(paper.status(), "terminated");
            assert_eq!(paper.instance.stage, *from, "it says where it was ended");
        }
    }
}

#[test]
fn every_move_of_every_definition_is_made() {
    let mut made = 0;
    for definition in Registry::shipped().unwrap().all() {
        let walks = walks(definition);
        for stage in &definition.stages {
            let of_stage = |walk: &&Walk| walk.path.last() == Some(&stage.id);
            let expected = stage.next.len() + stage.returns.len() + usize::from(stage.withdraw) + 1;
            let found = walks.iter().filter(of_stage).count();
            assert!(
                found >= expected,
                "{}: {found} of {expected} moves at {}",
                definition.id,
                stage.id
            );
        }
        for walk in walks {
            let mut world = world(&definition.id, &walk);
            let mut paper = world.begin();
            for stage in &walk.path {
                assert_eq!(paper.instance.stage, *stage, "{walk:?}");
                if Some(stage) != walk.path.last() {
                    world.pass(&mut paper);
                }
            }
            make(&mut world, &mut paper, walk.path.last().unwrap(), &walk.last);
            // From wherever that leads, an end can be reached.
            while paper.instance.finish.is_none() {
                world.pass(&mut paper);
            }
            made += 1;
        }
    }
    assert!(made > 60, "{made} moves");
}

/// What each of the acts beside answering does at this stage, for whoever is asked; then the paper goes on to an end.
fn make_extra(definition: &str, stage: &Stage, kind: ActKind) -> bool {
    let mut world = World::new(definition);
    let mut paper = world.begin();
    world.go_to(&mut paper, &stage.id.0);
    let seat = paper.instance.open_seats()[0].clone();
    let person = can_answer(&world.def, &paper.instance, seat.no, &world.ctx())[0];
    let offers = available(&world.def, &paper.instance, person, &world.ctx());
    let Some(offer) = offers.into_iter().find(|offer| offer.act == kind) else {
        return false;
    };
    let seats = paper.instance.current().unwrap().seats.len();
    let reason = || "because of line 3".to_owned();
    // Anybody will do who may sign there.
    let posts = world.org.posts.iter().map(|post| Addressee {
        unit: post.unit,
        role: post.role,
        person: Some(post.person),
    });
    let posts: Vec<_> = posts.collect();
    let by = By::Person(person);
    let mut may_sign = |signer: &Addressee| {
        let turn = Turn::Parallel;
        let (signer, note) = (*signer, String::new());
        let ask = world.ask(&paper, by, Some(seat.no), Act::Add { turn, signer, note });
        ask.is_ok()
    };
    let signer = posts
        .into_iter()
        .find(|signer| may_sign(signer))
        .unwrap_or(seat.principal());
    let add = |turn| Act::Add {
        turn,
        signer,
        note: reason(),
    };
    let (act, change) = match kind {
        ActKind::AddBefore => (add(Turn::Before), 1),
        ActKind::AddAfter => (add(Turn::After), 1),
        ActKind::AddParallel => (add(Turn::Parallel), 1),
        ActKind::Transfer => {
            let to = offer.takers[0];
            (Act::Transfer { to, reason: reason() }, 0)
        }
        ActKind::Lend => {
            let to = offer.takers[0];
            (Act::Lend { to, note: reason() }, 0)
        }
        ActKind::Copy => {
            let people = vec![holder(COORDINATOR, Role::Drafter, 0)];
            (Act::Copy { people, note: reason() }, 0)
        }
        _ => (Act::Urge, 0),
    };
    assert_eq!(
        world.act(&mut paper, By::Person(person), offer.seat, act),
        Ok(()),
        "{kind:?} at {}",
        stage.id
    );
    assert_eq!(paper.instance.stage, stage.id, "{kind:?} moves no paper");
    assert_eq!(paper.instance.current().unwrap().seats.len(), seats + change);
    if kind == ActKind::Lend {
        let give = Act::GiveBack { note: reason() };
        assert_eq!(world.act(&mut paper, By::Person(person), None, give), Ok(()));
    }
    if matches!(kind, ActKind::AddBefore | ActKind::AddAfter | ActKind::AddParallel) {
        // Added and removed again, and added once more: the last one answers.
        let added = paper.instance.current().unwrap().seats[seats].no;
        let remove = Act::Remove {
            seat: added,
            reason: reason(),
        };
        assert_eq!(world.act(&mut paper, By::Person(person), None, remove), Ok(()));
        let turn = match kind {
            ActKind::AddBefore => Turn::Before,
            ActKind::AddAfter => Turn::After,
            _ => Turn::Parallel,
        };
        assert_eq!(
            world.act(&mut paper, By::Person(person), Some(seat.no), add(turn)),
            Ok(())
        );
    }
    while paper.instance.finish.is_none() {
        world.pass(&mut paper);
    }
    true
}

#[test]
fn every_extra_act_of_every_stage_is_made() {
    let mut made: BTreeMap<ActKind, usize> = BTreeMap::new();
    for definition in Registry::shipped().unwrap().all() {
        let visited = {
            let mut world = World::new(&definition.id);
            let mut paper = world.begin();
            while paper.instance.finish.is_none() {
                world.pass(&mut paper);
            }
            let rounds = paper.instance.rounds.iter();
            rounds.map(|round| round.stage.clone()).collect::<Vec<_>>()
        };
        for stage in definition.stages.iter().filter(|stage| visited.contains(&stage.id)) {
            for kind in EXTRA_ACTS.into_iter().filter(|kind| stage.allows(*kind)) {
                *made.entry(kind).or_default() += usize::from(make_extra(&definition.id, stage, kind));
            }
        }
    }
    // Signers are removed where they were added.
    for kind in EXTRA_ACTS.into_iter().filter(|kind| *kind != ActKind::Remove) {
        assert!(made.get(&kind).is_some_and(|n| *n > 1), "{kind:?}: {made:?}");
    }
}

/// At every stage the office stops it, lets it go on, and two people pass it over when there is nobody left.
#[test]
fn every_stage_can_be_stopped_and_passed_over() {
    let reason = || "because of line 3".to_owned();
    let mut passed_over = 0;
    for definition in Registry::shipped().unwrap().all() {
        for stage in &definition.stages {
            let mut world = World::new(&definition.id);
            let mut paper = world.begin();
            while paper.instance.finish.is_none() && paper.instance.stage != stage.id {
                world.pass(&mut paper);
            }
            if paper.instance.finish.is_some() {
                continue;
            }
            let office = holder(OFFICE, Role::Office, 0);
            world.by(&mut paper, office, Act::Suspend { reason: reason() }).unwrap();
            world.by(&mut paper, office, Act::Resume).unwrap();
            assert_eq!(paper.instance.stage, stage.id);
            let theirs = paper
                .instance
                .open_seats()
                .iter()
                .any(|seat| seat.role == Role::Coordinator);
            // Two who have answered nowhere on the way.
            let two = [7, 8].map(|n| holder(COORDINATOR, Role::Coordinator, n));
            for person in two {
                world.post(person, COORDINATOR, Role::Coordinator);
            }
            if stage.kind != StageKind::Review || theirs {
                continue;
            }
            let posts: Vec<_> = paper.instance.open_seats().iter().map(|s| s.unit).collect();
            world
                .org
                .posts
                .retain(|post| !posts.contains(&post.unit) || two.contains(&post.person));
            world.act(&mut paper, By::Clockwork, None, Act::Recheck).unwrap();
            assert_eq!(paper.status(), "blocked");
            let round = Some(paper.instance.current().unwrap().no);
            for person in two {
                let act = Act::Override {
                    round,
                    reason: reason(),
                };
                assert_eq!(world.by(&mut paper, person, act), Ok(()), "{person} at {}", stage.id);
            }
            assert_ne!(paper.instance.current().map(|round| round.no), round);
            passed_over += 1;
        }
    }
    assert!(passed_over > 5, "{passed_over}");
}
