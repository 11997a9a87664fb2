//! What a return opens, for whom, and what can still be taken back.

use crate::cast::{COORDINATOR, LEADERSHIP, OFFICE, OWNER, World, approve, back, holder, submit, take_back};
use crate::votes::{code, submitted};
use crate::written::{countersign, stage, text, world};
use duban_core::id::PersonId;
use duban_core::org::Role;
use duban_core::workflow::{Act, Effect, Mark, RoundCause, SeatState, Topic, What};

/// Everybody of the owner's unit is gone from today on.
fn all_leave(world: &mut World) {
    let today = world.today;
    for post in world.org.posts.iter_mut().filter(|post| post.unit == OWNER) {
        post.until = Some(today);
    }
}

fn leader() -> PersonId {
    holder(LEADERSHIP, Role::Leader, 0)
}

#[test]
fn a_round_made_by_a_return_asks_again_whoever_answered_before() {
    let mut world = World::new("annual-plan");
    let mut paper = world.begin();
    world.go_to(&mut paper, "leader");
    let office = holder(OFFICE, Role::Office, 0);
    let answered = paper.instance.rounds.iter().find(|round| round.stage.0 == "office");
    let ballot = answered.and_then(|round| round.seats[0].ballot.clone()).unwrap();
    assert_eq!(ballot.actor.person, office);
    world.by(&mut paper, leader(), back(Some("office"))).unwrap();
    let round = paper.instance.current().unwrap();
    assert_eq!((round.stage.0.as_str(), round.cause), ("office", RoundCause::Returned));
    let fresh = |seat: &duban_core::workflow::Seat| seat.state == SeatState::Open && seat.carried_from.is_none();
    assert!(round.seats.iter().all(|seat| fresh(seat)), "nobody is skipped");
    // Back in the hands of whoever began it, nothing goes on by itself either.
    world.by(&mut paper, office, back(Some("draft"))).unwrap();
    assert_eq!((paper.stage(), paper.status()), ("draft", "returned"));
    assert!(paper.instance.open_seats().iter().all(|seat| fresh(seat)));
}

#[test]
fn what_comes_back_to_somebody_who_left_is_the_successors_else_the_coordinators_to_see_to() {
    let mut world = World::new("annual-plan");
    let mut paper = world.begin();
    world.go_to(&mut paper, "leader");
    let mut other = paper.clone();
    // A successor in the same post has it.
    all_leave(&mut world);
    let successor = holder(OWNER, Role::Drafter, 7);
    world.post(successor, OWNER, Role::Drafter);
    world.by(&mut paper, leader(), back(Some("draft"))).unwrap();
    let told = |effect: &Effect| matches!(effect, Effect::Tell { topic: Topic::Returned, people, .. } if *people == [successor]);
    assert!(paper.effects.iter().any(told), "{:?}", paper.effects);
    world.by(&mut paper, successor, submit()).unwrap();
    assert_eq!(paper.stage(), "leader");
    // Without one the coordinator is told, and whoever is appointed then has it.
    all_leave(&mut world);
    world.by(&mut other, leader(), back(Some("draft"))).unwrap();
    assert_eq!((other.stage(), other.status()), ("draft", "blocked"));
    let told = |effect: &Effect| matches!(effect, Effect::Tell { topic: Topic::Blocked, people, .. } if people.contains(&holder(COORDINATOR, Role::Coordinator, 0)));
    assert!(other.effects.iter().any(told), "{:?}", other.effects);
    let appointed = holder(OWNER, Role::Drafter, 8);
    world.post(appointed, OWNER, Role::Drafter);
    let coordinator = holder(COORDINATOR, Role::Coordinator, 0);
    assert!(world.offers(&other, coordinator).contains(&"recheck"));
    world.by(&mut other, coordinator, Act::Recheck).unwrap();
    world.by(&mut other, appointed, submit()).unwrap();
    assert_eq!(other.stage(), "leader");
}

#[test]
fn a_return_may_point_at_fields_and_lines() {
    let mut world = World::new("annual-plan");
    let mut paper = world.begin();
    world.go_to(&mut paper, "deputy");
    let mark = Mark {
        place: duban_core::document::content::Place {
            line: Some(3),
            item: None,
            field: Some("target".to_owned()),
        },
        text: "no figure".to_owned(),
    };
    let act = Act::Return {
        to: None,
        reason: "see line 3".to_owned(),
        marks: vec![mark.clone()],
    };
    world.by(&mut paper, holder(OWNER, Role::Deputy, 0), act).unwrap();
    let kept = paper.events.iter().find_map(|event| match &event.what {
        What::Returned { marks, .. } => Some(marks.clone()),
        _ => None,
    });
    assert_eq!(kept, Some(vec![mark]));
}

#[test]
fn what_somebody_may_have_written_in_already_is_not_taken_back() {
    // The leader agrees, and the unit goes on writing: from then on it is theirs.
    let draft = "next = [{ to = \"leader\" }]";
    let leader_stage = "seats = [{ role = \"leader\", party = \"leadership\" }]\nreturns = [\"draft\"]\non_reject = \"fail\"\nfail = \"rejected\"\nnext = [{ to = \"results\" }]";
    let results = "\n[[stage]]\nid = \"results\"\nkind = \"work\"\ntitle = { zh = \"r\", en = \"r\" }\ndescription = { zh = \"r\", en = \"r\" }\nseats = [{ role = \"drafter\", party = \"owner\" }]\nedits = [\"plan\"]\nnext = [{ to = \"approved\" }]\n";
    let mut world = world(&text(draft, &(stage("leader", leader_stage) + results)));
    let mut paper = submitted(&mut world);
    world.by(&mut paper, leader(), approve()).unwrap();
    assert_eq!(paper.stage(), "results");
    assert_eq!(code(world.by(&mut paper, leader(), take_back())), "irrevocable");
}

#[test]
fn the_state_of_a_document_follows_its_acts() {
    let mut world = countersign("");
    let office = holder(OFFICE, Role::Office, 0);
    let mut paper = world.begin();
    let mut seen = vec![paper.status()];
    let reason = || "because of line 3".to_owned();
    let cosigner = crate::written::voters()[0];
    let drafter = holder(OWNER, Role::Drafter, 0);
    for (person, act) in [
        (drafter, submit()),
        (cosigner, back(None)),
        (drafter, submit()),
        (office, Act::Suspend { reason: reason() }),
        (office, Act::Resume),
    ] {
        world.by(&mut paper, person, act).unwrap();
        seen.push(paper.status());
    }
    assert_eq!(
        seen,
        ["draft", "running", "returned", "running", "suspended", "running"]
    );
    let mut ended = paper.clone();
    while ended.instance.finish.is_none() {
        world.pass(&mut ended);
    }
    assert_eq!((ended.stage(), ended.status()), ("approved", "ended"));
    world.by(&mut paper, office, crate::cast::terminate()).unwrap();
    assert_eq!(paper.status(), "terminated");
}

#[test]
fn a_seat_says_what_became_of_it() {
    let mut world = countersign("policy = \"any\"");
    let [a, ..] = crate::written::voters();
    let mut paper = submitted(&mut world);
    let (head, unit) = (
        holder(crate::cast::PARTNERS[1], Role::Head, 0),
        crate::cast::PARTNERS[1],
    );
    let to = duban_core::workflow::Addressee {
        unit,
        role: Role::Head,
        person: Some(head),
    };
    let reason = "busy".to_owned();
    world
        .by(&mut paper, crate::written::voters()[1], Act::Transfer { to, reason })
        .unwrap();
    let moved = paper.instance.current().unwrap().seats[1].clone();
    assert_eq!(moved.principal(), to, "where it went");
    world.by(&mut paper, a, approve()).unwrap();
    let round = &paper.instance.rounds[1];
    let states: Vec<_> = round.seats.iter().map(|seat| seat.state.code()).collect();
    assert_eq!(states, ["approved", "cancelled", "cancelled"]);
    assert_eq!(
        (round.state.code(), round.decided_by),
        ("passed", Some(round.seats[0].no)),
        "why the others were cancelled"
    );
}
