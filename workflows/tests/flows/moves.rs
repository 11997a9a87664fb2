//! Every move of every shipped definition, computed from the definition, is made once.

use crate::cast::{
    COORDINATOR, OFFICE, OWNER, PARTNERS, Paper, World, approve, back, holder, submit, take_back, terminate, withdraw,
};
use duban_core::org::{Role, UnitKind};
use duban_core::workflow::walk::{Move, Walk, walks};
use duban_core::workflow::{Act, By, Fact, Resume, RoundCause, StageId, StageKind, can_answer};
use duban_workflows::Registry;

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
