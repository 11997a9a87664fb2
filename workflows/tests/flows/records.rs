//! What was written by earlier versions of the program is read, and goes on.

use crate::cast::World;
use duban_core::workflow::{Event, Instance};
use serde_json::Value;

/// A plan on its way, as it was kept when there were no branches, no votes and no extra acts: its events one a line,
/// then its state.
const BEFORE_BRANCHES: &str = include_str!("records/annual-plan.jsonl");

#[test]
fn a_paper_kept_by_an_earlier_version_is_read_and_goes_on() {
    let mut lines: Vec<&str> = BEFORE_BRANCHES.lines().collect();
    let state = lines.pop().unwrap();
    let later = [
        "branch",
        "opened_by",
        "went",
        "signed",
        "splits",
        "earlier",
        "weight",
        "decided_by",
    ];
    let names = |text: &str| {
        later
            .into_iter()
            .filter(|name| text.contains(&format!("\"{name}\"")))
            .count()
    };
    assert_eq!(names(BEFORE_BRANCHES), 0, "the record is older than these");
    let events: Vec<Event> = lines.iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    let instance: Instance = serde_json::from_str(state).unwrap();
    assert_eq!(Instance::replay(&events).as_ref(), Some(&instance));
    // What is not known stays away when it is written again.
    let again: Value = serde_json::to_value(&instance).unwrap();
    assert!(again["splits"].is_null() && again["suspended"].is_null());
    let mut world = World::new("annual-plan");
    world.revision = 2;
    let mut paper = crate::cast::Paper {
        instance,
        events,
        effects: Vec::new(),
    };
    paper.check();
    assert_eq!((paper.stage(), paper.status()), ("cosign", "running"));
    world.go_to(&mut paper, "approved");
    assert_eq!(paper.status(), "ended");
    paper.check_stored();
}
