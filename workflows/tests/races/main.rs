//! People who act on one paper at the same moment: every order in which they can look at it and act is tried, by a
//! model checker, on the real engine. Three planted mistakes show that it would find one.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../flows/cast.rs"]
#[allow(dead_code, reason = "the other tests use the rest of it")]
mod cast;
mod model;
#[path = "../support/proof.rs"]
#[allow(dead_code, reason = "the other tests use the rest of it")]
mod proof;

use model::{Mistake, Race};
use stateright::{Checker, Model};

fn checked(mistake: Option<Mistake>) -> impl Checker<Race> {
    Race::new(mistake).checker().threads(2).spawn_bfs().join()
}

#[test]
fn no_order_of_looking_and_acting_breaks_a_rule() {
    let checker = checked(None);
    checker.assert_properties();
    let states = checker.unique_state_count();
    assert!(states > 2_000, "{states} states are not the whole space");
    eprintln!("{states} states, no violation");
}

#[test]
fn a_version_that_is_not_checked_is_found() {
    found(Mistake::VersionNotChecked, "who acts has seen what they act on");
}

#[test]
fn a_late_ballot_that_is_accepted_is_found() {
    found(Mistake::LateBallotAccepted, "a decided round stays as it is");
}

#[test]
fn a_withdrawal_after_the_decision_is_found() {
    found(
        Mistake::WithdrawnAfterDecision,
        "nothing is taken back once somebody acted on it",
    );
}

fn found(mistake: Mistake, rule: &'static str) {
    let checker = checked(Some(mistake));
    let path = checker.assert_any_discovery(rule);
    eprintln!("{mistake:?}: {:?}", path.into_actions());
}
