//! The acts besides answering: signers added and removed, seats that move, copies, hurry, standing still, passing over.

use crate::cast::{
    COORDINATOR, LEADERSHIP, OFFICE, OWNER, PARTNERS, World, approve, back, day, holder, take_back, terminate,
};
use crate::votes::{code, submitted};
use crate::written::{countersign, voters};
use duban_core::id::{PersonId, SeatNo, UnitId};
use duban_core::org::Role;
use duban_core::workflow::{Act, ActKind, Addressee, By, Effect, SeatState, Topic, Turn, Votes, available, can_answer};

pub fn add(turn: Turn, unit: UnitId, role: Role) -> Act {
    Act::Add {
        turn,
        signer: Addressee {
            unit,
            role,
            person: None,
        },
        note: "please look at line 3".to_owned(),
    }
}

pub fn remove(seat: SeatNo) -> Act {
    Act::Remove {
        seat,
        reason: "not needed".to_owned(),
    }
}

fn to(unit: UnitId, role: Role, person: PersonId) -> Addressee {
    Addressee {
        unit,
        role,
        person: Some(person),
    }
}

fn states(paper: &crate::cast::Paper) -> Vec<&'static str> {
    let round = paper
        .instance
        .rounds
        .iter()
        .find(|round| round.stage.0 == "sign")
        .unwrap();
    round.seats.iter().map(|seat| seat.state.code()).collect()
}

#[test]
fn a_signer_added_before_is_asked_first() {
    let mut world = countersign("");
    let [a, b, c] = voters();
    let mut paper = submitted(&mut world);
    world
        .by(&mut paper, a, add(Turn::Before, OFFICE, Role::Office))
        .unwrap();
    assert_eq!(states(&paper), ["waiting", "open", "open", "open"]);
    assert_eq!(code(world.by(&mut paper, a, approve())), "not_your_seat");
    world
        .by(&mut paper, holder(OFFICE, Role::Office, 0), approve())
        .unwrap();
    assert_eq!(states(&paper), ["open", "open", "open", "approved"]);
    for person in [a, b, c] {
        world.by(&mut paper, person, approve()).unwrap();
    }
    assert_eq!(paper.stage(), "leader");
}

#[test]
fn a_signer_added_after_makes_the_agreement_wait() {
    let mut world = countersign("");
    let [a, b, c] = voters();
    let mut paper = submitted(&mut world);
    world.by(&mut paper, a, add(Turn::After, OFFICE, Role::Office)).unwrap();
    assert_eq!(states(&paper), ["open", "open", "open", "waiting"]);
    for person in [a, b, c] {
        world.by(&mut paper, person, approve()).unwrap();
    }
    assert_eq!(
        (paper.stage(), states(&paper)),
        ("sign", vec!["approved", "approved", "approved", "open"])
    );
    world
        .by(&mut paper, holder(OFFICE, Role::Office, 0), approve())
        .unwrap();
    assert_eq!(paper.stage(), "leader");
}

#[test]
fn a_signer_added_in_parallel_is_one_seat_more() {
    let mut world = countersign("");
    let mut paper = submitted(&mut world);
    world
        .by(&mut paper, voters()[0], add(Turn::Parallel, OFFICE, Role::Office))
        .unwrap();
    let round = paper.instance.current().unwrap();
    let stage = world.def.stage(&round.stage).unwrap();
    assert_eq!(Votes::of(stage, round).all, 4);
    for person in voters() {
        world.by(&mut paper, person, approve()).unwrap();
    }
    assert_eq!(paper.stage(), "sign");
}

#[test]
fn who_was_added_adds_nobody() {
    let mut world = countersign("");
    let mut paper = submitted(&mut world);
    world
        .by(&mut paper, voters()[0], add(Turn::Parallel, OFFICE, Role::Office))
        .unwrap();
    let office = holder(OFFICE, Role::Office, 0);
    let again = world.by(&mut paper, office, add(Turn::Parallel, LEADERSHIP, Role::Leader));
    assert_eq!(code(again), "added_no_further");
}

#[test]
fn nobody_is_added_who_has_a_seat_or_is_barred() {
    let mut world = countersign("");
    let mut paper = submitted(&mut world);
    let [a, ..] = voters();
    assert_eq!(
        code(world.by(&mut paper, a, add(Turn::Before, PARTNERS[1], Role::Cosigner))),
        "already_seated"
    );
    let drafter = Act::Add {
        turn: Turn::Before,
        signer: to(OWNER, Role::Drafter, holder(OWNER, Role::Drafter, 0)),
        note: String::new(),
    };
    assert_eq!(code(world.by(&mut paper, a, drafter)), "all_barred", "they wrote it");
    assert_eq!(
        code(world.by(&mut paper, a, add(Turn::Before, OFFICE, Role::Leader))),
        "nobody_holds"
    );
    assert_eq!(
        code(world.by(&mut paper, a, add(Turn::Before, OFFICE, Role::Observer))),
        "nobody_holds"
    );
}

#[test]
fn an_objection_of_an_added_signer_goes_back_to_whoever_added_them() {
    let mut world = countersign("");
    let [a, b, c] = voters();
    let office = holder(OFFICE, Role::Office, 0);
    let mut paper = submitted(&mut world);
    world.by(&mut paper, a, add(Turn::After, OFFICE, Role::Office)).unwrap();
    world.by(&mut paper, a, approve()).unwrap();
    world.by(&mut paper, office, back(None)).unwrap();
    assert_eq!(
        (paper.stage(), states(&paper)),
        ("sign", vec!["open", "open", "open", "objected"])
    );
    assert_eq!(
        paper.instance.rounds[1].seats[0].earlier.len(),
        1,
        "the first answer is kept"
    );
    for person in [b, c] {
        world.by(&mut paper, person, approve()).unwrap();
    }
    assert_eq!(paper.stage(), "sign", "it waits for whoever added them");
    world.by(&mut paper, a, approve()).unwrap();
    assert_eq!(paper.stage(), "leader", "who decides alone");
}

#[test]
fn removing_all_after_signers_of_a_parent_who_has_not_decided_does_not_approve_it() {
    let mut world = countersign("").with_partners(&PARTNERS[..1]);
    let [a, b, _] = voters();
    let mut paper = submitted(&mut world);
    world.by(&mut paper, a, add(Turn::After, OFFICE, Role::Office)).unwrap();
    let added = paper.instance.rounds[1].seats[1].no;
    assert_eq!(code(world.by(&mut paper, b, remove(added))), "not_your_signer");
    world.by(&mut paper, a, remove(added)).unwrap();
    assert_eq!((paper.stage(), states(&paper)), ("sign", vec!["open", "removed"]));
    // Of one who has decided it does.
    world.by(&mut paper, a, add(Turn::After, OFFICE, Role::Office)).unwrap();
    world.by(&mut paper, a, approve()).unwrap();
    assert_eq!(paper.stage(), "sign");
    let added = paper.instance.rounds[1].seats[2].no;
    world.by(&mut paper, a, remove(added)).unwrap();
    assert_eq!(paper.stage(), "leader");
}

#[test]
fn a_time_out_covers_added_seats() {
    let mut world = countersign("limit = 2\non_timeout = \"consent\"");
    let mut paper = submitted(&mut world);
    world
        .by(&mut paper, voters()[0], add(Turn::Before, OFFICE, Role::Office))
        .unwrap();
    let round = paper.instance.current().unwrap().no;
    for _ in 0..2 {
        world.sleep(10);
        if paper.stage() == "sign" {
            world
                .act(&mut paper, By::Clockwork, None, Act::TimeOut { round })
                .unwrap();
        }
    }
    assert_eq!(
        paper.stage(),
        "leader",
        "the added seat, then the one that waited for it"
    );
    assert_eq!(states(&paper), ["consented"; 4]);
}

#[test]
fn a_seat_that_is_handed_over_moves_and_the_electorate_stays() {
    let mut world = countersign("");
    let [a, ..] = voters();
    let head = holder(PARTNERS[0], Role::Head, 0);
    let mut paper = submitted(&mut world);
    let outside = Act::Transfer {
        to: to(OFFICE, Role::Office, holder(OFFICE, Role::Office, 0)),
        reason: "busy".to_owned(),
    };
    assert_eq!(code(world.by(&mut paper, a, outside)), "only_within_the_unit");
    let act = Act::Transfer {
        to: to(PARTNERS[0], Role::Head, head),
        reason: "busy".to_owned(),
    };
    world.by(&mut paper, a, act).unwrap();
    assert_eq!(paper.instance.open_seats().len(), 3);
    assert_eq!(code(world.by(&mut paper, a, approve())), "not_your_seat", "for good");
    let seat = paper.instance.open_seats()[0].no;
    assert_eq!(can_answer(&world.def, &paper.instance, seat, &world.ctx()), [head]);
    // A move counts as a touch: nobody takes back what opened the round.
    assert_eq!(
        code(world.by(&mut paper, holder(OWNER, Role::Drafter, 0), crate::cast::withdraw())),
        "already_acted_on"
    );
    world.by(&mut paper, head, approve()).unwrap();
}

#[test]
fn a_lent_seat_comes_back_with_an_opinion_and_the_answer_stays_where_it_was() {
    let mut world = countersign("");
    let [a, ..] = voters();
    let clerk = holder(PARTNERS[0], Role::Drafter, 0);
    let mut paper = submitted(&mut world);
    let act = Act::Lend {
        to: to(PARTNERS[0], Role::Drafter, clerk),
        note: "what do you think?".to_owned(),
    };
    world.by(&mut paper, a, act.clone()).unwrap();
    assert_eq!(paper.instance.open_seats().len(), 3, "no seat more");
    assert_eq!(code(world.by(&mut paper, a, approve())), "seat_lent");
    assert_eq!(code(world.by(&mut paper, clerk, approve())), "not_your_seat");
    assert!(world.offers(&paper, clerk).contains(&"give_back"));
    let give = Act::GiveBack {
        note: "fine".to_owned(),
    };
    world.by(&mut paper, clerk, give.clone()).unwrap();
    assert_eq!(code(world.by(&mut paper, clerk, give.clone())), "not_lent");
    world.by(&mut paper, a, act).unwrap();
    world.by(&mut paper, a, give).unwrap();
    world.by(&mut paper, a, approve()).unwrap();
    assert_eq!(states(&paper)[0], "approved");
}

#[test]
fn a_copy_gives_no_right_to_act() {
    let mut world = countersign("");
    let mut paper = submitted(&mut world);
    let reader = holder(COORDINATOR, Role::Drafter, 0);
    let act = |people: Vec<PersonId>| Act::Copy {
        people,
        note: String::new(),
    };
    assert_eq!(
        code(world.by(&mut paper, voters()[0], act(Vec::new()))),
        "unknown_person"
    );
    assert_eq!(
        code(world.by(&mut paper, voters()[0], act(vec![PersonId(1)]))),
        "unknown_person"
    );
    world.by(&mut paper, voters()[0], act(vec![reader])).unwrap();
    let told =
        |effect: &Effect| matches!(effect, Effect::Tell { topic: Topic::Copied, people, .. } if *people == [reader]);
    assert!(paper.effects.iter().any(told));
    assert!(available(&world.def, &paper.instance, reader, &world.ctx()).is_empty());
}

#[test]
fn hurry_is_asked_for_once_a_working_day() {
    let mut world = countersign("");
    let drafter = holder(OWNER, Role::Drafter, 0);
    let mut paper = submitted(&mut world);
    assert_eq!(code(world.by(&mut paper, voters()[0], Act::Urge)), "not_yours_to_urge");
    // 2026-03-06 is a Friday.
    world.today = day("2026-03-06");
    world.by(&mut paper, drafter, Act::Urge).unwrap();
    let told =
        |effect: &Effect| matches!(effect, Effect::Tell { topic: Topic::Urged, people, .. } if people.len() == 3);
    assert!(paper.effects.iter().any(told));
    for same in ["2026-03-06", "2026-03-07", "2026-03-08"] {
        world.today = day(same);
        assert_eq!(code(world.by(&mut paper, drafter, Act::Urge)), "urged_today", "{same}");
    }
    world
        .by(&mut paper, holder(OFFICE, Role::Office, 0), Act::Urge)
        .unwrap();
    world.today = day("2026-03-09");
    world.by(&mut paper, drafter, Act::Urge).unwrap();
}

#[test]
fn while_it_is_suspended_nobody_acts_and_no_working_day_passes() {
    let mut world = countersign("limit = 5\non_timeout = \"consent\"");
    let office = holder(OFFICE, Role::Office, 0);
    let mut paper = submitted(&mut world);
    let due = |paper: &crate::cast::Paper| paper.instance.open_seats()[0].due_on;
    assert_eq!(due(&paper), Some(day("2026-03-09")));
    let suspend = Act::Suspend {
        reason: "the notice is being amended".to_owned(),
    };
    assert_eq!(code(world.by(&mut paper, voters()[0], suspend.clone())), "office_only");
    world.today = day("2026-03-04");
    world.by(&mut paper, office, suspend).unwrap();
    assert_eq!(paper.status(), "suspended");
    world.today = day("2026-03-11");
    assert_eq!(code(world.by(&mut paper, voters()[0], approve())), "suspended");
    let round = paper.instance.current().unwrap().no;
    assert_eq!(
        code(world.act(&mut paper, By::Clockwork, None, Act::TimeOut { round })),
        "suspended"
    );
    assert_eq!(world.offers(&paper, office), ["resume", "terminate"]);
    world.by(&mut paper, office, Act::Resume).unwrap();
    assert_eq!(due(&paper), Some(day("2026-03-16")), "five working days later");
    assert_eq!(code(world.by(&mut paper, office, Act::Resume)), "not_suspended");
}

#[test]
fn passing_over_takes_two_people_a_reason_and_leaves_a_mark() {
    let mut world = countersign("");
    let [one, two] = [0, 1].map(|n| holder(OFFICE, Role::Office, n));
    let act = |reason: &str| Act::Override {
        round: None,
        reason: reason.to_owned(),
    };
    let mut paper = submitted(&mut world);
    assert_eq!(code(world.by(&mut paper, one, act("nobody"))), "not_blocked");
    world.org.posts.retain(|post| post.role != Role::Cosigner);
    world.act(&mut paper, By::Clockwork, None, Act::Recheck).unwrap();
    assert_eq!(paper.status(), "blocked");
    assert_eq!(code(world.by(&mut paper, one, act(" "))), "reason_missing");
    world.by(&mut paper, one, act("the posts are vacant")).unwrap();
    assert_eq!(paper.stage(), "sign", "one is not enough");
    assert_eq!(code(world.by(&mut paper, one, act("again"))), "second_person_needed");
    assert_eq!(
        code(world.by(&mut paper, holder(OWNER, Role::Head, 0), act("please"))),
        "office_only"
    );
    world.by(&mut paper, two, act("confirmed")).unwrap();
    assert_eq!(paper.stage(), "leader");
    let mark = paper.instance.rounds[1].overridden.clone().unwrap();
    assert_eq!((mark.asked_by.person, mark.confirmed_by.unwrap().person), (one, two));
}

#[test]
fn a_stage_says_which_extra_acts_it_permits() {
    let mut world = countersign("allow = [\"transfer\"]");
    let [a, ..] = voters();
    let mut paper = submitted(&mut world);
    assert_eq!(
        code(world.by(&mut paper, a, add(Turn::Before, OFFICE, Role::Office))),
        "act_not_allowed"
    );
    let offers = world.offers(&paper, a);
    assert!(offers.contains(&"transfer") && !offers.contains(&"lend") && !offers.contains(&"add_before"));
    // Unless it says so, nobody adds to a vote.
    let mut world = crate::written::vote("policy = \"any\"");
    let mut paper = submitted(&mut world);
    assert_eq!(
        code(world.by(&mut paper, a, add(Turn::Parallel, OFFICE, Role::Office))),
        "act_not_allowed"
    );
}

#[test]
fn nobody_adds_or_moves_seats_of_others() {
    let mut world = countersign("");
    let mut paper = submitted(&mut world);
    let stranger = holder(COORDINATOR, Role::Head, 0);
    for act in [
        add(Turn::Before, OFFICE, Role::Office),
        Act::Transfer {
            to: to(PARTNERS[0], Role::Head, holder(PARTNERS[0], Role::Head, 0)),
            reason: "x".to_owned(),
        },
    ] {
        assert_eq!(code(world.by(&mut paper, stranger, act)), "not_your_seat");
    }
    assert_eq!(
        paper
            .instance
            .open_seats()
            .iter()
            .filter(|s| s.state == SeatState::Open)
            .count(),
        3
    );
}

#[test]
fn an_added_signer_keeps_the_round_from_being_taken_back() {
    let mut world = countersign("").with_partners(&PARTNERS[..1]);
    let [a, ..] = voters();
    let leader = holder(LEADERSHIP, Role::Leader, 0);
    let mut paper = submitted(&mut world);
    world.by(&mut paper, a, approve()).unwrap();
    let mut other = paper.clone();
    world.by(&mut other, a, take_back()).unwrap();
    assert_eq!(other.stage(), "sign");
    world
        .by(&mut paper, leader, add(Turn::Parallel, OFFICE, Role::Office))
        .unwrap();
    assert_eq!(code(world.by(&mut paper, a, take_back())), "already_acted_on");
    world
        .by(&mut paper, holder(OFFICE, Role::Office, 1), terminate())
        .unwrap();
    assert_eq!(ActKind::ALL.len(), 25);
}

#[test]
fn a_person_who_leaves_gives_a_seat_back_to_the_post() {
    let mut world = countersign("");
    let [a, ..] = voters();
    let head = holder(PARTNERS[0], Role::Head, 0);
    let mut paper = submitted(&mut world);
    let act = Act::Transfer {
        to: to(PARTNERS[0], Role::Head, head),
        reason: "busy".to_owned(),
    };
    world.by(&mut paper, a, act).unwrap();
    let successor = holder(PARTNERS[0], Role::Head, 5);
    world.post(successor, PARTNERS[0], Role::Head);
    assert_eq!(code(world.by(&mut paper, successor, approve())), "not_your_seat");
    world.org.posts.retain(|post| post.person != head);
    world.by(&mut paper, successor, approve()).unwrap();
}

/// The helper of this file is one world for all.
#[test]
fn a_world_is_fresh_each_time() {
    let world: World = countersign("");
    assert_eq!(world.today, day("2026-03-02"));
}
