//! Who sits where: seats that must be two people's, empty posts, loans, barred units.

use crate::cast::{COORDINATOR, OFFICE, OWNER, PARTNERS, World, approve, day, holder, submit};
use duban_core::org::{Role, UnitKind};
use duban_core::workflow::standing::liveness;
use duban_core::workflow::{Act, ActKind, By, Effect, SeatState, Topic, available};

fn code(answer: Result<(), duban_core::reason::Refusal>) -> String {
    answer.map_or_else(|refusal| refusal.code().to_owned(), |()| "accepted".to_owned())
}

#[test]
fn two_reviewers_must_be_two_people() {
    let mut world = World::new("annual-plan");
    let mut paper = world.begin();
    world.go_to(&mut paper, "coordinator");
    let (first, second) = (
        holder(COORDINATOR, Role::Coordinator, 0),
        holder(COORDINATOR, Role::Coordinator, 1),
    );
    assert_eq!(world.by(&mut paper, first, approve()), Ok(()));
    assert_eq!(paper.stage(), "coordinator", "one is not enough");
    assert_eq!(code(world.by(&mut paper, first, approve())), "already_answered");
    assert_eq!(world.offers(&paper, first), ["copy", "urge"]);
    // Nor does it help to lend the post: the voice would be the same.
    let clerk = holder(PARTNERS[2], Role::Drafter, 0);
    world.lend(first, clerk, day("2027-01-01"));
    assert_eq!(code(world.by(&mut paper, clerk, approve())), "already_answered");
    assert_eq!(world.by(&mut paper, second, approve()), Ok(()));
    assert_eq!(paper.stage(), "office");
}

#[test]
fn with_one_reviewer_left_the_second_seat_is_blocked_and_freed_again() {
    let mut world = World::new("annual-plan");
    for n in 1..3 {
        let person = holder(COORDINATOR, Role::Coordinator, n);
        world.org.people.get_mut(&person).unwrap().active = false;
    }
    let mut paper = world.begin();
    world.go_to(&mut paper, "coordinator");
    assert_eq!(paper.status(), "blocked");
    let told = paper.effects.iter().any(|effect| matches!(effect, Effect::Tell { topic: Topic::Blocked, reasons, .. } if reasons[0].code == "too_few_people"));
    assert!(told, "{:?}", paper.effects);
    let only = holder(COORDINATOR, Role::Coordinator, 0);
    assert_eq!(world.by(&mut paper, only, approve()), Ok(()));
    assert_eq!(
        (paper.stage(), paper.status()),
        ("coordinator", "blocked"),
        "never a pass"
    );
    let recheck = world.act(&mut paper, By::Clockwork, None, Act::Recheck);
    assert_eq!(code(recheck), "nothing_changed");
    let second = holder(COORDINATOR, Role::Coordinator, 1);
    world.org.people.get_mut(&second).unwrap().active = true;
    assert!(world.offers(&paper, only).contains(&"recheck"));
    assert_eq!(world.act(&mut paper, By::Clockwork, None, Act::Recheck), Ok(()));
    assert_eq!(paper.status(), "running");
    assert_eq!(world.by(&mut paper, second, approve()), Ok(()));
    assert_eq!(paper.stage(), "office");
}

#[test]
fn an_empty_post_falls_back_and_a_barred_one_does_not() {
    let mut world = World::new("annual-plan");
    world
        .org
        .posts
        .retain(|post| !(post.unit == OWNER && post.role == Role::Deputy));
    let mut paper = world.begin();
    world.pass(&mut paper);
    let seat = paper.instance.open_seats()[0].clone();
    assert_eq!((seat.role, seat.state), (Role::Head, SeatState::Open));

    // The deputy wrote in the paper: there is somebody, who may not. That is no reason to ask somebody else.
    let mut world = World::new("annual-plan");
    world.authors.insert(holder(OWNER, Role::Deputy, 0));
    let mut paper = world.begin();
    world.pass(&mut paper);
    assert_eq!(paper.status(), "blocked");
    let seat = paper.instance.open_seats()[0].clone();
    let codes: Vec<_> = seat.why.iter().map(|reason| reason.code.as_str()).collect();
    assert_eq!(codes, ["all_barred", "own_paper"]);
    assert_eq!(
        code(world.by(&mut paper, holder(OWNER, Role::Deputy, 0), approve())),
        "own_paper"
    );
    assert!(world.offers(&paper, holder(OWNER, Role::Deputy, 0)).is_empty());
    // A new deputy is appointed.
    let fresh = holder(OWNER, Role::Deputy, 7);
    world.post(fresh, OWNER, Role::Deputy);
    assert_eq!(world.act(&mut paper, By::Clockwork, None, Act::Recheck), Ok(()));
    assert_eq!(world.by(&mut paper, fresh, approve()), Ok(()));
    assert_eq!(paper.stage(), "cosign");
}

#[test]
fn nobody_reviews_what_they_wrote_not_even_on_loan() {
    let mut world = World::new("annual-plan");
    let (drafter, deputy) = (holder(OWNER, Role::Drafter, 0), holder(OWNER, Role::Deputy, 0));
    let mut paper = world.begin();
    world.by(&mut paper, drafter, submit()).unwrap();
    assert_eq!(code(world.by(&mut paper, drafter, approve())), "not_your_seat");
    world.lend(deputy, drafter, day("2026-12-31"));
    assert_eq!(
        code(world.by(&mut paper, drafter, approve())),
        "own_paper",
        "the delegate is barred"
    );
    assert_eq!(world.offers(&paper, drafter), ["urge", "withdraw"]);
    // Where the principal is barred, whoever acts for them is too.
    world.authors.insert(deputy);
    let clerk = holder(PARTNERS[0], Role::Drafter, 0);
    world.lend(deputy, clerk, day("2026-12-31"));
    assert_eq!(
        code(world.by(&mut paper, clerk, approve())),
        "own_paper",
        "the principal is barred"
    );
}

#[test]
fn a_delegate_acts_for_somebody_and_the_record_says_so_until_it_expires() {
    let mut world = World::new("annual-plan");
    let (deputy, clerk) = (holder(OWNER, Role::Deputy, 0), holder(PARTNERS[0], Role::Drafter, 0));
    world.lend(deputy, clerk, day("2026-03-05"));
    let mut paper = world.begin();
    world.pass(&mut paper);
    let early = world.ask(&paper, By::Person(clerk), None, approve()).unwrap();
    let actor = early.events[0].actor.clone().unwrap();
    assert_eq!((actor.person, actor.on_behalf_of.unwrap().1), (clerk, deputy));
    world.today = day("2026-03-06");
    assert_eq!(code(world.by(&mut paper, clerk, approve())), "delegation_expired");
}

#[test]
fn a_person_of_the_owner_unit_stays_out_above_unit_level() {
    let mut world = World::new("annual-plan");
    // A reviewer of the coordinator also holds a post in the unit whose plan it is.
    let both = holder(COORDINATOR, Role::Coordinator, 0);
    world.post(both, OWNER, Role::Observer);
    let mut paper = world.begin();
    world.go_to(&mut paper, "coordinator");
    assert_eq!(code(world.by(&mut paper, both, approve())), "of_barred_unit");
    // Nor does anyone act at two of the named stages.
    let twice = holder(COORDINATOR, Role::Coordinator, 1);
    world.post(twice, OFFICE, Role::Office);
    assert_eq!(world.by(&mut paper, twice, approve()), Ok(()));
    world.pass(&mut paper);
    assert_eq!(paper.stage(), "office");
    assert_eq!(code(world.by(&mut paper, twice, approve())), "acted_before");
}

#[test]
fn a_person_on_two_seats_answers_each() {
    let mut world = World::new("annual-plan");
    let both = holder(PARTNERS[0], Role::Cosigner, 0);
    world.post(both, PARTNERS[1], Role::Cosigner);
    let mut paper = world.begin();
    world.go_to(&mut paper, "cosign");
    assert_eq!(code(world.by(&mut paper, both, approve())), "choose_seat");
    let offers = available(&world.def, &paper.instance, both, &world.ctx());
    let seats: Vec<_> = offers
        .iter()
        .filter(|o| o.act == ActKind::Approve)
        .filter_map(|o| o.seat)
        .collect();
    assert_eq!(seats.len(), 2);
    for seat in seats {
        assert_eq!(world.act(&mut paper, By::Person(both), Some(seat), approve()), Ok(()));
        let again = world.act(&mut paper, By::Person(both), Some(seat), approve());
        assert_eq!(code(again), "seat_answered");
    }
    assert_eq!(paper.stage(), "cosign", "the third unit has not answered");
}

#[test]
fn the_coordinators_own_plan_goes_to_the_office_and_upward_units_only_report() {
    let mut world = World::new("annual-plan").owned_by(COORDINATOR);
    let mut paper = world.begin();
    world.go_to(&mut paper, "approved");
    let stages: Vec<_> = paper
        .instance
        .rounds
        .iter()
        .map(|round| round.stage.0.as_str())
        .collect();
    assert_eq!(stages, ["draft", "deputy", "cosign", "head", "office", "leader"]);

    let mut world = World::new("annual-plan").with_partners(&[]);
    world.org.units.get_mut(&OWNER).unwrap().kind = UnitKind::Judicial;
    world.restate();
    let mut paper = world.begin();
    world.go_to(&mut paper, "reported");
    let stages: Vec<_> = paper
        .instance
        .rounds
        .iter()
        .map(|round| round.stage.0.as_str())
        .collect();
    assert_eq!(stages, ["draft", "deputy", "head"]);
}

#[test]
fn a_list_that_is_empty_although_a_guard_said_otherwise_blocks_until_it_is_filled() {
    let mut world = World::new("annual-plan");
    let mut paper = world.begin();
    world.pass(&mut paper);
    // The facts still count three partners; the list that comes with the command is empty.
    world.parties.insert("partners".to_owned(), Vec::new());
    world.pass(&mut paper);
    assert_eq!((paper.stage(), paper.status()), ("cosign", "blocked"));
    assert_eq!(
        code(world.by(&mut paper, holder(PARTNERS[0], Role::Cosigner, 0), approve())),
        "blocked"
    );
    assert_eq!(
        code(world.act(&mut paper, By::Clockwork, None, Act::Recheck)),
        "nothing_changed"
    );
    world.parties.insert("partners".to_owned(), vec![PARTNERS[0]]);
    assert_eq!(world.act(&mut paper, By::Clockwork, None, Act::Recheck), Ok(()));
    world.pass(&mut paper);
    assert_eq!(paper.stage(), "head");
}

#[test]
fn a_definition_says_where_an_organisation_has_nobody_for_it() {
    let mut world = World::new("annual-plan");
    assert_eq!(liveness(&world.def, &world.ctx()), []);
    world
        .org
        .posts
        .retain(|post| post.role != Role::Leader && post.person != holder(COORDINATOR, Role::Coordinator, 2));
    let second = holder(COORDINATOR, Role::Coordinator, 1);
    world.org.people.get_mut(&second).unwrap().active = false;
    let found = liveness(&world.def, &world.ctx());
    let found: Vec<_> = found
        .iter()
        .map(|problem| (problem.spot.stage().unwrap().0.as_str(), problem.reason.code.as_str()))
        .collect();
    assert_eq!(found, [("coordinator", "too_few_people"), ("leader", "nobody_holds")]);
    // The coordinator's own plan does not need its reviewers.
    let world = world.owned_by(COORDINATOR);
    assert_eq!(liveness(&world.def, &world.ctx()).len(), 1);
}
