//! Single rules about acts, each with the case that it is there for.

use crate::cast::{
    COORDINATOR, INSPECTION, OFFICE, OWNER, PARTNERS, World, approve, back, day, holder, submit, take_back, terminate,
    withdraw,
};
use duban_core::id::{SeatNo, Version};
use duban_core::org::Role;
use duban_core::reason::Reason;
use duban_core::workflow::{Act, ActKind, By, Effect, Topic, available};

fn code(answer: Result<(), duban_core::reason::Refusal>) -> String {
    answer.map_or_else(|refusal| refusal.code().to_owned(), |()| "accepted".to_owned())
}

#[test]
fn a_stale_version_is_a_conflict_and_a_late_ballot_says_how_it_ended() {
    let mut world = World::new("annual-plan");
    let mut paper = world.begin();
    world.go_to(&mut paper, "cosign");
    let seats: Vec<_> = paper.instance.open_seats().iter().map(|s| (s.no, s.unit)).collect();
    let before = paper.instance.version;
    let objector = holder(PARTNERS[0], Role::Cosigner, 0);
    world.by(&mut paper, objector, back(None)).unwrap();
    let late = By::Person(holder(PARTNERS[1], Role::Cosigner, 0));
    let refusal = world.ask_at(&paper, before, late, approve()).unwrap_err();
    assert_eq!(refusal.code(), "stale_version");
    assert_eq!(refusal.reasons[0].args["current"], paper.instance.version.to_string());
    let refusal = world.ask(&paper, late, Some(seats[1].0), approve()).unwrap_err();
    assert_eq!(refusal.code(), "round_closed");
    assert_eq!(refusal.reasons[0].args["result"], "returned");
    let ahead = world.ask_at(&paper, Version(99), late, approve()).unwrap_err();
    assert_eq!(ahead.code(), "stale_version");
    let drafter = By::Person(holder(OWNER, Role::Drafter, 0));
    let nowhere = world.ask(&paper, drafter, Some(SeatNo(99)), submit()).unwrap_err();
    assert_eq!(nowhere.code(), "unknown_seat");
}

#[test]
fn a_refusal_says_whose_it_is_and_from_when_on() {
    let mut world = World::new("rectification-report");
    let mut paper = world.begin();
    let stranger = By::Person(holder(PARTNERS[0], Role::Head, 0));
    let refusal = world.ask(&paper, stranger, None, submit()).unwrap_err();
    let reason = &refusal.reasons[0];
    let seat = paper.instance.open_seats()[0].clone();
    assert_eq!(reason.code, "not_your_seat");
    assert_eq!(reason.args["unit"], world.org.unit_name(seat.unit));
    assert_eq!(reason.args["role"], seat.role.code());
    while paper.instance.current().unwrap().not_before.is_none() {
        world.pass(&mut paper);
    }
    let inspector = By::Person(holder(INSPECTION, Role::Inspector, 0));
    let refusal = world.ask(&paper, inspector, None, approve()).unwrap_err();
    let reason = &refusal.reasons[0];
    assert_eq!(reason.code, "too_early");
    let first = paper.instance.current().unwrap().not_before.unwrap();
    assert_eq!(reason.args["date"], first.to_string());
}

#[test]
fn an_objection_returns_and_only_those_who_had_not_agreed_are_asked_again() {
    let mut world = World::new("annual-plan");
    let mut paper = world.begin();
    world.go_to(&mut paper, "cosign");
    let [a, b, c] = PARTNERS.map(|unit| holder(unit, Role::Cosigner, 0));
    world.by(&mut paper, a, approve()).unwrap();
    let empty = Act::Return {
        to: None,
        reason: "  ".to_owned(),
        marks: Vec::new(),
    };
    assert_eq!(code(world.by(&mut paper, b, empty)), "reason_missing");
    assert_eq!(code(world.by(&mut paper, b, back(Some("leader")))), "no_return");
    world.by(&mut paper, b, back(None)).unwrap();
    assert_eq!((paper.stage(), paper.status()), ("draft", "returned"));
    let told = paper.effects.iter().any(|e| matches!(e, Effect::Tell { topic: Topic::Returned, people, .. } if people.contains(&holder(OWNER, Role::Drafter, 0))));
    assert!(told);
    world.pass(&mut paper);
    assert_eq!(paper.stage(), "cosign", "straight back, not by the deputy");
    let states: Vec<_> = paper
        .instance
        .current()
        .unwrap()
        .seats
        .iter()
        .map(|s| s.state.code())
        .collect();
    assert_eq!(states, ["approved", "open", "open"]);
    assert_eq!(code(world.by(&mut paper, a, approve())), "not_your_seat");
    world.by(&mut paper, c, approve()).unwrap();
    world.by(&mut paper, b, approve()).unwrap();
    assert_eq!(paper.stage(), "head");
}

#[test]
fn a_return_to_a_reviewed_stage_and_on_to_the_draft_comes_back_the_same_way() {
    let mut world = World::new("annual-plan");
    let mut paper = world.begin();
    world.go_to(&mut paper, "leader");
    let leader = holder(crate::cast::LEADERSHIP, Role::Leader, 0);
    world.by(&mut paper, leader, back(Some("office"))).unwrap();
    assert_eq!(paper.stage(), "office");
    world
        .by(&mut paper, holder(OFFICE, Role::Office, 0), back(Some("draft")))
        .unwrap();
    assert_eq!(paper.stage(), "draft");
    world.pass(&mut paper);
    assert_eq!(paper.stage(), "office");
    world.pass(&mut paper);
    assert_eq!(paper.stage(), "leader");
    world.pass(&mut paper);
    assert_eq!((paper.stage(), paper.status()), ("approved", "ended"));
    let named = paper.effects.contains(&Effect::Named {
        name: "plan_in_force".to_owned(),
    });
    assert!(named);
}

#[test]
fn a_stage_that_was_skipped_is_no_return_target() {
    let mut world = World::new("annual-plan").owned_by(COORDINATOR).with_partners(&[]);
    let mut paper = world.begin();
    world.go_to(&mut paper, "office");
    let office = holder(OFFICE, Role::Office, 0);
    let offers = available(&world.def, &paper.instance, office, &world.ctx());
    let back_offer = offers.iter().find(|offer| offer.act == ActKind::Return).unwrap();
    assert_eq!(
        back_offer.returns.iter().map(|s| s.0.as_str()).collect::<Vec<_>>(),
        ["draft"]
    );
    assert_eq!(
        code(world.by(&mut paper, office, back(Some("coordinator")))),
        "no_return"
    );
}

#[test]
fn a_submission_can_be_taken_back_until_somebody_acted() {
    let mut world = World::new("annual-plan");
    let mut paper = world.begin();
    let (first, second) = (holder(OWNER, Role::Drafter, 0), holder(OWNER, Role::Drafter, 1));
    assert_eq!(code(world.by(&mut paper, first, withdraw())), "nothing_to_withdraw");
    world.by(&mut paper, first, submit()).unwrap();
    assert_eq!(code(world.by(&mut paper, second, withdraw())), "not_your_submission");
    world.by(&mut paper, holder(OWNER, Role::Deputy, 0), approve()).unwrap();
    assert_eq!(code(world.by(&mut paper, first, withdraw())), "nothing_to_withdraw");
    // The deputy may take that back while no partner has answered …
    assert_eq!(code(world.by(&mut paper, first, take_back())), "not_your_agreement");
    let mut other = paper.clone();
    assert_eq!(
        world.by(&mut other, holder(OWNER, Role::Deputy, 0), take_back()),
        Ok(())
    );
    assert_eq!(other.stage(), "deputy");
    // … and no longer once one has.
    world
        .by(&mut paper, holder(PARTNERS[0], Role::Cosigner, 0), approve())
        .unwrap();
    assert_eq!(
        code(world.by(&mut paper, holder(OWNER, Role::Deputy, 0), take_back())),
        "already_acted_on"
    );
}

#[test]
fn silence_is_consent_only_for_those_who_were_asked() {
    let mut world = World::new("annual-plan");
    world.org.posts.retain(|post| post.unit != PARTNERS[2]);
    let mut paper = world.begin();
    world.go_to(&mut paper, "cosign");
    assert_eq!(paper.status(), "blocked");
    let round = paper.instance.current().unwrap().clone();
    // Five working days after Monday 2 March: the day itself does not count.
    assert_eq!(round.due_on, Some(day("2026-03-09")));
    world
        .by(&mut paper, holder(PARTNERS[0], Role::Cosigner, 0), approve())
        .unwrap();
    world.today = day("2026-03-10");
    assert_eq!(
        world.act(&mut paper, By::Clockwork, None, Act::TimeOut { round: round.no }),
        Ok(())
    );
    let states: Vec<_> = paper
        .instance
        .current()
        .unwrap()
        .seats
        .iter()
        .map(|s| s.state.code())
        .collect();
    assert_eq!(
        states,
        ["approved", "consented", "blocked"],
        "nobody was there to be silent"
    );
    let again = world.act(&mut paper, By::Clockwork, None, Act::TimeOut { round: round.no });
    assert_eq!(code(again), "not_due");
    let person = holder(PARTNERS[2], Role::Head, 0);
    world.post(person, PARTNERS[2], Role::Head);
    assert_eq!(world.act(&mut paper, By::Clockwork, None, Act::Recheck), Ok(()));
    let seat = paper.instance.open_seats()[0].clone();
    assert_eq!(
        (seat.role, seat.due_on),
        (Role::Head, Some(day("2026-03-17"))),
        "it gets the whole time"
    );
    world.by(&mut paper, person, approve()).unwrap();
    assert_eq!(paper.stage(), "head");
}

#[test]
fn time_passes_nothing_where_silence_has_no_meaning() {
    let mut world = World::new("annual-plan");
    let mut paper = world.begin();
    world.pass(&mut paper);
    world.sleep(90);
    let round = paper.instance.current().unwrap().no;
    assert_eq!(
        code(world.act(&mut paper, By::Clockwork, None, Act::TimeOut { round })),
        "no_time_out"
    );
    let person = By::Person(holder(OWNER, Role::Deputy, 0));
    assert_eq!(
        code(world.act(&mut paper, person, None, Act::TimeOut { round })),
        "clockwork_only"
    );
    assert_eq!(
        code(world.act(&mut paper, By::Clockwork, None, approve())),
        "person_needed"
    );
}

#[test]
fn what_is_not_ready_is_offered_with_its_reasons_and_refused() {
    let mut world = World::new("annual-plan");
    let mut paper = world.begin();
    let missing = vec![Reason::new("measure_missing").with("line", 3)];
    world.unready.insert(paper.instance.stage.clone(), missing.clone());
    let drafter = holder(OWNER, Role::Drafter, 0);
    let offers = available(&world.def, &paper.instance, drafter, &world.ctx());
    assert_eq!(offers[0].unready, missing);
    assert_eq!(code(world.by(&mut paper, drafter, submit())), "measure_missing");
}

#[test]
fn a_missing_fact_refuses_the_move_that_needs_it() {
    let mut world = World::new("annual-plan");
    let mut paper = world.begin();
    world.pass(&mut paper);
    world.facts.remove("partners.count");
    assert_eq!(
        code(world.by(&mut paper, holder(OWNER, Role::Deputy, 0), approve())),
        "fact_missing"
    );
    world
        .facts
        .insert("partners.count".to_owned(), duban_core::workflow::Fact::Bool(true));
    assert_eq!(
        code(world.by(&mut paper, holder(OWNER, Role::Deputy, 0), approve())),
        "fact_type"
    );
}

#[test]
fn the_office_ends_a_document_with_a_reason_and_nobody_else_does() {
    let mut world = World::new("rectification-report");
    let mut paper = world.begin();
    for person in [holder(OWNER, Role::Head, 0), holder(COORDINATOR, Role::Coordinator, 0)] {
        assert_eq!(code(world.by(&mut paper, person, terminate())), "office_only");
    }
    let office = holder(OFFICE, Role::Office, 0);
    let blank = Act::Terminate { reason: String::new() };
    assert_eq!(code(world.by(&mut paper, office, blank)), "reason_missing");
    world.by(&mut paper, office, terminate()).unwrap();
    for act in [submit(), approve(), terminate(), withdraw(), Act::Recheck] {
        assert_eq!(code(world.by(&mut paper, office, act)), "finished");
    }
    assert!(available(&world.def, &paper.instance, office, &world.ctx()).is_empty());
}

#[test]
fn rectification_is_verified_by_others_and_looked_back_at_in_time() {
    let mut world = World::new("rectification-report");
    // The doer's clerk also sits in the supervision office, and one inspector belongs to the doer's unit.
    let doer = holder(OWNER, Role::Drafter, 0);
    world.post(doer, INSPECTION, Role::Inspector);
    let mate = holder(INSPECTION, Role::Inspector, 1);
    world.post(mate, OWNER, Role::Observer);
    let mut paper = world.begin();
    for stage in ["receipt", "plan", "deputy", "scheme", "progress", "application"] {
        assert_eq!(paper.stage(), stage);
        if matches!(stage, "receipt" | "plan" | "progress") {
            world.by(&mut paper, doer, submit()).unwrap();
        } else {
            world.pass(&mut paper);
        }
    }
    assert_eq!(paper.stage(), "verification");
    assert_eq!(code(world.by(&mut paper, doer, approve())), "own_paper");
    assert_eq!(code(world.by(&mut paper, mate, approve())), "of_barred_unit");
    let inspector = holder(INSPECTION, Role::Inspector, 0);
    world.by(&mut paper, inspector, approve()).unwrap();
    world
        .by(&mut paper, holder(COORDINATOR, Role::Coordinator, 0), approve())
        .unwrap();
    world
        .by(&mut paper, holder(OFFICE, Role::Office, 0), approve())
        .unwrap();
    assert_eq!(paper.stage(), "look_back");
    assert!(paper.effects.contains(&Effect::Named {
        name: "close_findings".to_owned()
    }));
    // Closing cannot be taken back; a look-back the day after is none.
    assert_eq!(
        code(world.by(&mut paper, holder(OFFICE, Role::Office, 0), take_back())),
        "irrevocable"
    );
    assert_eq!(code(world.by(&mut paper, inspector, approve())), "too_early");
    let offers = available(&world.def, &paper.instance, inspector, &world.ctx());
    assert_eq!(offers[0].unready[0].code, "too_early");
    // It came back: the same document goes through everything again.
    world.by(&mut paper, inspector, back(None)).unwrap();
    assert_eq!(paper.stage(), "progress");
    assert!(paper.effects.contains(&Effect::Named {
        name: "reopen_findings".to_owned()
    }));
    world.pass(&mut paper);
    assert_eq!(paper.stage(), "application");
    world.go_to(&mut paper, "confirmed");
    assert_eq!(paper.status(), "ended");
}

#[test]
fn another_definition_is_not_this_documents() {
    let mut world = World::new("annual-plan");
    let paper = world.begin();
    world.def = World::new("rectification-report").def;
    let refusal = world.ask(&paper, By::Person(holder(OWNER, Role::Drafter, 0)), None, submit());
    assert_eq!(refusal.unwrap_err().code(), "wrong_definition");
}
