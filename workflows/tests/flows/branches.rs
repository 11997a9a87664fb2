//! Parallel branches: splits, joins, and every way back out of and into them.

use crate::cast::{
    COORDINATOR, INSPECTION, LEADERSHIP, OFFICE, OWNER, Paper, approve, back, holder, submit, take_back, withdraw,
};
use crate::votes::{code, reject, submitted};
use crate::written::{parallel, parallel_text, stage, text, world};
use duban_core::id::PersonId;
use duban_core::org::Role;
use duban_core::workflow::{SplitState, barred_from};
use duban_workflows::check;

fn people() -> [PersonId; 3] {
    [
        holder(COORDINATOR, Role::Coordinator, 0),
        holder(OFFICE, Role::Office, 0),
        holder(INSPECTION, Role::Inspector, 0),
    ]
}

fn leader() -> PersonId {
    holder(LEADERSHIP, Role::Leader, 0)
}

fn places(paper: &Paper) -> Vec<&str> {
    paper.instance.places().iter().map(|stage| stage.0.as_str()).collect()
}

#[test]
fn branches_come_together_in_every_order() {
    let [a, b, c] = people();
    for order in [[a, b, c], [c, b, a], [b, a, c], [c, a, b]] {
        let mut world = parallel("");
        let mut paper = submitted(&mut world);
        assert_eq!(places(&paper), ["a", "b", "c"]);
        for (n, person) in order.into_iter().enumerate() {
            assert_eq!(paper.instance.places().len(), 3 - n);
            world.by(&mut paper, person, approve()).unwrap();
        }
        assert_eq!(places(&paper), ["leader"]);
        world.by(&mut paper, leader(), approve()).unwrap();
        assert_eq!((paper.stage(), paper.status()), ("approved", "ended"));
    }
}

#[test]
fn a_return_to_before_the_split_calls_the_others_off() {
    let [a, b, c] = people();
    let mut world = parallel("");
    let mut paper = submitted(&mut world);
    world.by(&mut paper, a, approve()).unwrap();
    world.by(&mut paper, b, back(Some("draft"))).unwrap();
    assert_eq!((places(&paper), paper.status()), (vec!["draft"], "returned"));
    let states: Vec<_> = paper.instance.rounds.iter().map(|round| round.state.code()).collect();
    assert_eq!(states, ["passed", "passed", "returned", "cancelled", "open"]);
    assert_eq!(paper.instance.splits[0].state, SplitState::Cancelled);
    assert_eq!(code(world.by(&mut paper, c, approve())), "not_in_this_stage");
    world.by(&mut paper, holder(OWNER, Role::Drafter, 0), submit()).unwrap();
    assert_eq!(places(&paper), ["a", "b", "c"], "all of them begin anew");
}

#[test]
fn a_return_to_before_the_split_is_refused_while_others_are_under_way_where_the_stage_says_so() {
    let [a, b, c] = people();
    let mut world = parallel("siblings = \"refuse\"");
    let mut paper = submitted(&mut world);
    assert_eq!(code(world.by(&mut paper, b, back(Some("draft")))), "siblings_running");
    assert!(!world.offers(&paper, b).contains(&"return"));
    world.by(&mut paper, a, approve()).unwrap();
    world.by(&mut paper, c, approve()).unwrap();
    assert!(world.offers(&paper, b).contains(&"return"));
    world.by(&mut paper, b, back(Some("draft"))).unwrap();
    assert_eq!(places(&paper), ["draft"]);
}

#[test]
fn a_return_from_after_the_join_restarts_only_that_branch() {
    let [a, b, c] = people();
    for resume in ["direct", "replay"] {
        let mut world = world(&parallel_text("", &format!("resume = \"{resume}\"")));
        let mut paper = submitted(&mut world);
        for person in [a, b, c] {
            world.by(&mut paper, person, approve()).unwrap();
        }
        world.by(&mut paper, leader(), back(Some("b"))).unwrap();
        assert_eq!(places(&paper), ["b"]);
        let arrived: Vec<_> = paper.instance.splits[0].arrived.iter().map(Option::is_some).collect();
        assert_eq!(arrived, [true, false, true], "the others stay arrived");
        world.by(&mut paper, b, approve()).unwrap();
        assert_eq!(places(&paper), ["leader"], "{resume}");
        assert_eq!(paper.instance.splits[0].state, SplitState::Joined);
        world.by(&mut paper, leader(), approve()).unwrap();
        assert_eq!(paper.status(), "ended");
    }
}

#[test]
fn nobody_returns_into_a_parallel_branch() {
    let text = parallel_text("returns = [\"draft\", \"a\"]", "");
    let found = check(&text).unwrap_err();
    assert!(
        found.iter().any(|p| p.problem.reason.code == "return_to_a_sibling"),
        "{found:?}"
    );
}

#[test]
fn an_agreement_that_waits_at_the_join_or_made_it_fire_can_be_taken_back() {
    let [a, b, c] = people();
    let mut world = parallel("");
    let mut paper = submitted(&mut world);
    world.by(&mut paper, a, approve()).unwrap();
    world.by(&mut paper, a, take_back()).unwrap();
    assert_eq!(paper.instance.places().len(), 3);
    for person in [a, b, c] {
        world.by(&mut paper, person, approve()).unwrap();
    }
    assert_eq!(code(world.by(&mut paper, a, take_back())), "not_your_agreement");
    world.by(&mut paper, c, take_back()).unwrap();
    assert_eq!(
        (places(&paper), paper.instance.splits[0].state),
        (vec!["c"], SplitState::Open)
    );
    world.by(&mut paper, c, approve()).unwrap();
    world.by(&mut paper, leader(), approve()).unwrap();
    assert_eq!(paper.status(), "ended");
}

#[test]
fn a_submission_is_withdrawn_from_all_branches_until_the_first_of_them_has_acted() {
    let [a, ..] = people();
    let drafter = holder(OWNER, Role::Drafter, 0);
    let mut world = parallel("");
    let mut paper = submitted(&mut world);
    let mut other = paper.clone();
    world.by(&mut other, drafter, withdraw()).unwrap();
    assert_eq!((places(&other), other.status()), (vec!["draft"], "draft"));
    world.by(&mut paper, a, approve()).unwrap();
    assert_eq!(code(world.by(&mut paper, drafter, withdraw())), "nothing_to_withdraw");
}

#[test]
fn a_window_of_withdrawal_reaches_to_the_stage_it_names() {
    let one = |role: &str, party: &str, next: &str| {
        format!(
            "seats = [{{ role = \"{role}\", party = \"{party}\" }}]\nreturns = [\"draft\"]\nnext = [{{ to = \"{next}\" }}]"
        )
    };
    let leader_stage = one("leader", "leadership", "approved") + "\non_reject = \"fail\"\nfail = \"rejected\"";
    let text = text(
        "until = \"head\"\nnext = [{ to = \"deputy\" }]",
        &(stage("deputy", &one("deputy", "owner", "head"))
            + &stage("head", &one("head", "owner", "leader"))
            + &stage("leader", &leader_stage)),
    );
    let drafter = holder(OWNER, Role::Drafter, 0);
    let mut world = world(&text);
    let mut paper = submitted(&mut world);
    world.pass(&mut paper);
    assert_eq!(paper.stage(), "head");
    let mut other = paper.clone();
    world.by(&mut other, drafter, withdraw()).unwrap();
    assert_eq!(other.stage(), "draft");
    world.pass(&mut paper);
    assert_eq!(code(world.by(&mut paper, drafter, withdraw())), "nothing_to_withdraw");
}

#[test]
fn a_failed_vote_that_ends_the_document_ends_it_in_every_branch() {
    let mut world = parallel("on_reject = \"fail\"\nfail = \"rejected\"");
    let [a, b, _] = people();
    let mut paper = submitted(&mut world);
    world.by(&mut paper, a, approve()).unwrap();
    world.by(&mut paper, b, reject()).unwrap();
    assert_eq!((paper.stage(), paper.status()), ("rejected", "ended"));
    assert_eq!(paper.instance.splits[0].state, SplitState::Cancelled);
}

#[test]
fn splits_lie_within_splits_and_automatic_stages_are_passed_at_once() {
    let gates = r#"
[[split]]
id = "outer"
title = { zh = "外", en = "Outer" }
to = ["a", "inner"]

[[split]]
id = "inner"
title = { zh = "内", en = "Inner" }
to = ["b", "note"]

[[stage]]
id = "note"
kind = "auto"
title = { zh = "登记", en = "Note" }
description = { zh = "登记", en = "Note" }
next = [{ to = "c" }]

[[join]]
id = "inside"
title = { zh = "内合", en = "Inside" }
of = "inner"
next = [{ to = "outside" }]

[[join]]
id = "outside"
title = { zh = "外合", en = "Outside" }
of = "outer"
next = [{ to = "leader" }]
"#;
    let one = |role: &str, party: &str, next: &str| {
        format!(
            "seats = [{{ role = \"{role}\", party = \"{party}\" }}]\nreturns = [\"draft\"]\nnext = [{{ to = \"{next}\" }}]"
        )
    };
    let leader_stage = "seats = [{ role = \"leader\", party = \"leadership\" }]\nreturns = [\"draft\", \"c\"]\non_reject = \"fail\"\nfail = \"rejected\"\nnext = [{ to = \"approved\" }]";
    let text = text(
        "next = [{ to = \"outer\" }]",
        &(gates.to_owned()
            + &stage("a", &one("coordinator", "coordinator", "outside"))
            + &stage("b", &one("office", "office", "inside"))
            + &stage("c", &one("inspector", "inspection", "inside"))
            + &stage("leader", leader_stage)),
    );
    let [a, b, c] = people();
    let mut world = world(&text);
    let mut paper = submitted(&mut world);
    assert_eq!(places(&paper), ["a", "b", "c"]);
    world.by(&mut paper, c, approve()).unwrap();
    world.by(&mut paper, a, approve()).unwrap();
    world.by(&mut paper, b, approve()).unwrap();
    assert_eq!(places(&paper), ["leader"]);
    world.by(&mut paper, leader(), back(Some("c"))).unwrap();
    assert_eq!(places(&paper), ["c"], "two joins deep");
    let mut other = paper.clone();
    world.by(&mut other, c, back(Some("draft"))).unwrap();
    assert_eq!(places(&other), ["draft"], "and out of both again");
    world.by(&mut paper, c, approve()).unwrap();
    assert_eq!(places(&paper), ["leader"]);
    world.by(&mut paper, leader(), approve()).unwrap();
    assert_eq!(paper.status(), "ended");
}

#[test]
fn branches_of_the_wrong_shape_are_refused() {
    let good = parallel_text("", "");
    let cases = [
        ("to = [\"a\", \"b\", \"c\"]", "to = [\"a\"]", "split_of_one"),
        (
            "to = [\"a\", \"b\", \"c\"]",
            "to = [\"a\", \"b\", \"c\", \"together\"]",
            "empty_branch",
        ),
        ("of = \"parts\"", "of = \"draft\"", "split_needs_one_join"),
        (
            "to = [\"a\", \"b\", \"c\"]",
            "to = [\"a\", \"b\", \"c\", \"a\"]",
            "in_two_branches",
        ),
        (
            "next = [{ to = \"parts\" }]",
            "next = [{ to = \"a\" }]",
            "join_of_another_split",
        ),
    ];
    for (from, to, expected) in cases {
        let found = check(&good.replace(from, to)).err().unwrap_or_default();
        let codes: Vec<_> = found.iter().map(|p| p.problem.reason.code.as_str()).collect();
        assert!(codes.contains(&expected), "{expected}: {codes:?}");
    }
    let ending = good.replacen("next = [{ to = \"together\" }]", "next = [{ to = \"approved\" }]", 1);
    let found = check(&ending).err().unwrap_or_default();
    assert!(
        found.iter().any(|p| p.problem.reason.code == "end_inside_a_branch"),
        "{found:?}"
    );
}

#[test]
fn who_is_barred_from_one_branch_is_not_barred_from_another() {
    let duty = "\n[[duty]]\nrule = \"not_of_unit\"\nparty = \"owner\"\nstages = [\"b\"]\n";
    let mut world = world(&(parallel_text("", "") + duty));
    let paper = submitted(&mut world);
    let owner = holder(OWNER, Role::Head, 0);
    let stages: Vec<_> = barred_from(&world.def, &paper.instance, owner, &world.ctx())
        .into_iter()
        .map(|no| paper.instance.round(no).unwrap().stage.0.as_str())
        .collect();
    assert_eq!(stages, ["b"]);
}
