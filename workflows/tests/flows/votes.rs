//! Votes: every case of an electorate that other systems get wrong.

use crate::cast::{OWNER, PARTNERS, Paper, World, approve, back, day, holder, submit};
use crate::written::{countersign, parallel, vote, voters};
use duban_core::org::Role;
use duban_core::reason::Refusal;
use duban_core::workflow::{Act, ActKind, By, SeatState, available};

pub fn code(answer: Result<(), Refusal>) -> String {
    answer.map_or_else(|refusal| refusal.code().to_owned(), |()| "accepted".to_owned())
}

pub fn reject() -> Act {
    Act::Reject {
        reason: "the figures do not add up".to_owned(),
    }
}

pub fn abstain() -> Act {
    Act::Abstain { note: String::new() }
}

/// The paper once its draft was submitted.
pub fn submitted(world: &mut World) -> Paper {
    let mut paper = world.begin();
    world.by(&mut paper, holder(OWNER, Role::Drafter, 0), submit()).unwrap();
    paper
}

fn outcome(world: &mut World, acts: &[Act]) -> String {
    let mut paper = submitted(world);
    for (person, act) in voters().into_iter().zip(acts) {
        if paper.instance.finish.is_some() {
            break;
        }
        world.by(&mut paper, person, act.clone()).unwrap();
    }
    paper.stage().to_owned()
}

const TWO_THIRDS: &str = "policy = { at_least = { num = 2, den = 3 } }";

#[test]
fn two_thirds_of_three_are_two() {
    assert_eq!(
        outcome(&mut vote(TWO_THIRDS), &[approve(), reject()]),
        "vote",
        "not decided"
    );
    assert_eq!(
        outcome(&mut vote(TWO_THIRDS), &[approve(), reject(), approve()]),
        "approved"
    );
    assert_eq!(
        outcome(&mut vote(TWO_THIRDS), &[approve(), approve()]),
        "approved",
        "decided early"
    );
    assert_eq!(
        outcome(&mut vote(TWO_THIRDS), &[reject(), reject()]),
        "rejected",
        "passing is impossible"
    );
}

#[test]
fn one_third_of_three_is_one() {
    let third = "policy = { at_least = { num = 1, den = 3 } }";
    assert_eq!(outcome(&mut vote(third), &[approve()]), "approved");
    assert_eq!(outcome(&mut vote(third), &[reject(), reject()]), "vote");
    assert_eq!(outcome(&mut vote(third), &[reject(), reject(), reject()]), "rejected");
}

#[test]
fn a_tie_reaches_one_half() {
    let half = "policy = { at_least = { num = 1, den = 2 } }";
    let mut world = vote(half).with_partners(&PARTNERS[..2]);
    assert_eq!(outcome(&mut world, &[reject(), approve()]), "approved");
}

#[test]
fn an_electorate_of_one_decides() {
    let mut world = vote(TWO_THIRDS).with_partners(&PARTNERS[..1]);
    assert_eq!(outcome(&mut world, &[approve()]), "approved");
    let mut world = vote(TWO_THIRDS).with_partners(&PARTNERS[..1]);
    assert_eq!(outcome(&mut world, &[reject()]), "rejected");
}

#[test]
fn an_empty_electorate_is_blocked_and_never_passes() {
    let mut world = vote(TWO_THIRDS);
    world.parties.insert("partners".to_owned(), Vec::new());
    let paper = submitted(&mut world);
    assert_eq!((paper.stage(), paper.status()), ("vote", "blocked"));
    // The stage may say who answers then.
    let mut world = vote(&format!("{TWO_THIRDS}\non_empty = \"leadership\""));
    world.parties.insert("partners".to_owned(), Vec::new());
    let mut paper = submitted(&mut world);
    assert_eq!(paper.instance.open_seats()[0].role, Role::Leader);
    let leader = holder(crate::cast::LEADERSHIP, Role::Leader, 0);
    world.by(&mut paper, leader, approve()).unwrap();
    assert_eq!(paper.stage(), "approved");
}

#[test]
fn abstentions_stay_in_the_electorate_or_leave_it_as_the_stage_says() {
    let stays = format!("{TWO_THIRDS}\nabstain = \"stays\"");
    let leaves = format!("{TWO_THIRDS}\nabstain = \"leaves\"");
    let acts = [abstain(), approve()];
    assert_eq!(outcome(&mut vote(&stays), &acts), "vote", "one of three");
    assert_eq!(outcome(&mut vote(&leaves), &acts), "vote", "one of two");
    let acts = [abstain(), abstain(), approve()];
    assert_eq!(outcome(&mut vote(&stays), &acts), "rejected");
    assert_eq!(outcome(&mut vote(&leaves), &acts), "approved", "one of one");
    let mut world = vote(TWO_THIRDS);
    let mut paper = submitted(&mut world);
    assert_eq!(code(world.by(&mut paper, voters()[0], abstain())), "not_in_this_stage");
}

#[test]
fn when_all_abstain_nothing_was_agreed() {
    let all = [abstain(), abstain(), abstain()];
    for policy in [TWO_THIRDS, "policy = \"all\"", "policy = \"any\""] {
        for mode in ["stays", "leaves"] {
            let mut world = vote(&format!("{policy}\nabstain = \"{mode}\""));
            assert_eq!(outcome(&mut world, &all), "rejected", "{policy} {mode}");
        }
    }
}

#[test]
fn who_was_added_after_somebody_is_asked_even_when_that_one_abstains() {
    use crate::acts::add;
    use duban_core::workflow::Turn;
    let mut world = vote("policy = \"all\"\nabstain = \"leaves\"\nallow = [\"add_after\"]");
    let [a, b, c] = voters();
    let mut paper = submitted(&mut world);
    let after = add(Turn::After, PARTNERS[0], Role::Head);
    world.by(&mut paper, a, after).unwrap();
    world.by(&mut paper, b, approve()).unwrap();
    world.by(&mut paper, c, approve()).unwrap();
    world.by(&mut paper, a, abstain()).unwrap();
    assert_eq!(paper.stage(), "vote", "the one who was added has not answered");
    world
        .by(&mut paper, holder(PARTNERS[0], Role::Head, 0), approve())
        .unwrap();
    assert_eq!(paper.stage(), "approved");
}

#[test]
fn adding_and_removing_in_mid_vote_is_counted_anew() {
    use crate::acts::{add, remove};
    use duban_core::workflow::Turn;
    let mut world = vote(&format!("{TWO_THIRDS}\nallow = [\"add_parallel\", \"remove\"]"));
    let [a, b, c] = voters();
    let mut paper = submitted(&mut world);
    let fourth = holder(PARTNERS[0], Role::Head, 0);
    world
        .by(&mut paper, a, add(Turn::Parallel, PARTNERS[0], Role::Head))
        .unwrap();
    world.by(&mut paper, b, approve()).unwrap();
    world.by(&mut paper, c, approve()).unwrap();
    assert_eq!(paper.stage(), "vote", "two of four are no two thirds");
    let added = paper
        .instance
        .open_seats()
        .iter()
        .find(|s| s.added.is_some())
        .unwrap()
        .no;
    let mut other = paper.clone();
    world.by(&mut other, fourth, approve()).unwrap();
    assert_eq!(other.stage(), "approved", "three of four");
    world.by(&mut paper, a, remove(added)).unwrap();
    assert_eq!(paper.stage(), "approved", "two of three, once the fourth is removed");
}

#[test]
fn the_same_person_on_two_seats_has_one_ballot_with_both_weights() {
    let mut world = vote(TWO_THIRDS);
    let [a, ..] = voters();
    world.post(a, PARTNERS[1], Role::Cosigner);
    let mut paper = submitted(&mut world);
    let offers = available(&world.def, &paper.instance, a, &world.ctx());
    assert_eq!(offers.iter().filter(|o| o.act == ActKind::Approve).count(), 1);
    world.by(&mut paper, a, approve()).unwrap();
    assert_eq!(paper.stage(), "approved");
    let round = &paper.instance.rounds[1];
    assert_eq!(round.seats.iter().filter(|s| s.state == SeatState::Approved).count(), 2);
}

#[test]
fn weights_decide_not_heads() {
    let seats = "seats = [{ role = \"leader\", party = \"leadership\", weight = 3 }, { role = \"cosigner\", party = \"partners\", each = true }]";
    let mut world = vote(&format!("{seats}\npolicy = {{ at_least = {{ num = 1, den = 2 }} }}"));
    let mut paper = submitted(&mut world);
    let leader = holder(crate::cast::LEADERSHIP, Role::Leader, 0);
    world.by(&mut paper, leader, approve()).unwrap();
    assert_eq!(paper.stage(), "approved", "3 of 6");
}

#[test]
fn of_two_ballots_at_one_instant_the_second_gets_the_new_state() {
    let mut world = vote("policy = \"any\"");
    let [a, b, _] = voters();
    let mut paper = submitted(&mut world);
    let (before, seat) = (paper.instance.version, paper.instance.open_seats()[1].no);
    world.by(&mut paper, a, approve()).unwrap();
    assert_eq!(paper.stage(), "approved");
    let late = world.ask_at(&paper, before, By::Person(b), approve()).unwrap_err();
    assert_eq!(late.code(), "stale_version");
    let mut world = countersign("policy = \"any\"");
    let mut paper = submitted(&mut world);
    world.by(&mut paper, a, approve()).unwrap();
    let late = world.ask(&paper, By::Person(b), Some(seat), approve()).unwrap_err();
    assert_eq!(
        (late.code(), late.reasons[0].args["result"].as_str()),
        ("round_closed", "passed")
    );
}

#[test]
fn a_voter_whose_post_ends_in_mid_vote_blocks_the_seat_and_the_vote_goes_on() {
    let mut world = vote(TWO_THIRDS);
    let [a, b, c] = voters();
    let mut paper = submitted(&mut world);
    world.by(&mut paper, a, approve()).unwrap();
    for gone in [a, b] {
        let today = world.today;
        for post in world.org.posts.iter_mut().filter(|post| post.person == gone) {
            post.until = Some(today);
        }
    }
    world.act(&mut paper, By::Clockwork, None, Act::Recheck).unwrap();
    let states: Vec<_> = paper.instance.rounds[1].seats.iter().map(|s| s.state.code()).collect();
    assert_eq!(states, ["approved", "blocked", "open"], "a ballot that was given stays");
    assert_eq!(code(world.by(&mut paper, b, approve())), "not_your_seat");
    world.by(&mut paper, c, approve()).unwrap();
    assert_eq!(paper.stage(), "approved");
}

#[test]
fn a_vote_in_one_branch_does_not_touch_the_other() {
    let mut world = parallel("policy = \"any\"");
    let mut paper = submitted(&mut world);
    let before: Vec<_> = paper.instance.open_rounds().cloned().collect();
    world
        .by(&mut paper, holder(crate::cast::OFFICE, Role::Office, 0), approve())
        .unwrap();
    for round in before.iter().filter(|round| round.stage.0 != "b") {
        assert_eq!(paper.instance.round(round.no), Some(round));
    }
    assert_eq!(paper.instance.places().len(), 2);
}

#[test]
fn a_mind_may_be_changed_until_the_round_is_decided_where_the_stage_says_so() {
    let mut world = vote(&format!("{TWO_THIRDS}\nchange = true"));
    let [a, b, c] = voters();
    let mut paper = submitted(&mut world);
    world.by(&mut paper, a, reject()).unwrap();
    world.by(&mut paper, a, approve()).unwrap();
    let seat = &paper.instance.rounds[1].seats[0];
    assert_eq!(
        (seat.state, seat.earlier.len()),
        (SeatState::Approved, 1),
        "the first ballot is kept"
    );
    world.by(&mut paper, b, approve()).unwrap();
    assert_eq!(paper.stage(), "approved");
    assert_eq!(code(world.by(&mut paper, c, reject())), "finished");
    let mut world = vote(TWO_THIRDS);
    let mut paper = submitted(&mut world);
    world.by(&mut paper, a, reject()).unwrap();
    assert_eq!(code(world.by(&mut paper, a, approve())), "not_your_seat");
}

#[test]
fn one_no_fails_at_once_where_the_stage_says_so() {
    let mut world = vote("on_reject = \"fail\"");
    let mut paper = submitted(&mut world);
    let blank = Act::Reject { reason: " ".to_owned() };
    assert_eq!(code(world.by(&mut paper, voters()[1], blank)), "reason_missing");
    world.by(&mut paper, voters()[1], reject()).unwrap();
    assert_eq!((paper.stage(), paper.status()), ("rejected", "ended"));
}

#[test]
fn a_counted_return_goes_back_once_passing_is_impossible() {
    let mut world = countersign(&format!("{TWO_THIRDS}\non_reject = \"count\""));
    let [a, b, _] = voters();
    let mut paper = submitted(&mut world);
    world.by(&mut paper, a, back(None)).unwrap();
    assert_eq!(paper.stage(), "sign");
    world.by(&mut paper, b, back(None)).unwrap();
    assert_eq!((paper.stage(), paper.status()), ("draft", "returned"));
}

#[test]
fn one_after_another_each_waits_for_the_one_in_front() {
    let mut world = countersign("order = \"in_order\"\nlimit = 5");
    let [a, b, c] = voters();
    let mut paper = submitted(&mut world);
    let states = |paper: &Paper| -> Vec<_> { paper.instance.rounds[1].seats.iter().map(|s| s.state.code()).collect() };
    assert_eq!(states(&paper), ["open", "waiting", "waiting"]);
    assert_eq!(code(world.by(&mut paper, b, approve())), "not_your_seat");
    let second = paper.instance.rounds[1].seats[1].no;
    let early = world.act(&mut paper, By::Person(b), Some(second), approve());
    assert_eq!(code(early), "not_your_turn");
    world.today = day("2026-03-05");
    world.by(&mut paper, a, approve()).unwrap();
    assert_eq!(states(&paper), ["approved", "open", "waiting"]);
    let due = paper.instance.rounds[1].seats[1].due_on;
    assert_eq!(due, Some(day("2026-03-12")), "whose turn comes gets the whole time");
    world.by(&mut paper, b, approve()).unwrap();
    world.by(&mut paper, c, approve()).unwrap();
    assert_eq!(paper.stage(), "leader");
}
