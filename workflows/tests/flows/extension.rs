//! Extensions (延期), and the unit's clock that goes on after a return.

use crate::cast::{COORDINATOR, OFFICE, OWNER, PARTNERS, World, back, day, holder, submit};
use chrono::NaiveDate;
use duban_core::calendar::DayKind;
use duban_core::clock::record::record;
use duban_core::clock::{Light, Side};
use duban_core::id::PersonId;
use duban_core::org::Role;
use duban_core::workflow::{Act, By, Effect, ExtensionState, Topic};

fn code(answer: Result<(), duban_core::reason::Refusal>) -> String {
    answer.map_or_else(|refusal| refusal.code().to_owned(), |()| "accepted".to_owned())
}

fn ask(until: &str) -> Act {
    Act::AskExtension {
        until: day(until),
        reason: "台账未齐".to_owned(),
    }
}

fn grant(until: Option<NaiveDate>) -> Act {
    let note = String::new();
    Act::GrantExtension { until, note }
}

fn refuse() -> Act {
    let reason = "按期报送".to_owned();
    Act::RefuseExtension { reason }
}

/// A plan due on Friday 20 March 2026; it is Monday 2 March.
fn plan() -> World {
    let mut world = World::new("annual-plan");
    world.due_on = Some(day("2026-03-20"));
    world
}

#[test]
fn the_unit_asks_before_its_last_day_and_the_coordinator_decides() {
    let mut world = plan();
    let mut paper = world.begin();
    let drafter = holder(OWNER, Role::Drafter, 0);
    let coordinator = holder(COORDINATOR, Role::Coordinator, 0);
    let office = holder(OFFICE, Role::Office, 0);
    let outsider = holder(PARTNERS[0], Role::Head, 0);

    assert_eq!(
        code(world.by(&mut paper, outsider, ask("2026-04-03"))),
        "extension_not_yours"
    );
    assert_eq!(
        code(world.by(&mut paper, drafter, ask("2026-03-20"))),
        "extension_not_later"
    );
    assert_eq!(
        code(world.by(&mut paper, drafter, ask("9999-12-31"))),
        "extension_too_far"
    );
    let silent = Act::AskExtension {
        until: day("2026-04-03"),
        reason: " ".to_owned(),
    };
    assert_eq!(code(world.by(&mut paper, drafter, silent)), "reason_missing");
    assert_eq!(code(world.by(&mut paper, coordinator, grant(None))), "extension_none");

    world.by(&mut paper, drafter, ask("2026-04-03")).unwrap();
    let told = |effect: &Effect| matches!(effect, Effect::Tell { topic: Topic::ExtensionAsked, people, .. } if people.contains(&coordinator));
    assert!(paper.effects.iter().any(told));
    assert_eq!(code(world.by(&mut paper, drafter, ask("2026-04-10"))), "extension_open");
    for nobody in [drafter, outsider, office] {
        assert_eq!(
            code(world.by(&mut paper, nobody, grant(None))),
            "extension_not_yours_to_decide",
            "{nobody}"
        );
    }

    // Decided after the old day has passed: what was asked in time is still decided.
    world.today = day("2026-03-24");
    let due = world.due_on;
    let late = record(&paper.instance, due, &world.calendar, world.today);
    assert_eq!(late.late(Side::Unit), 2);
    world
        .by(&mut paper, coordinator, grant(Some(day("2026-04-02"))))
        .unwrap();
    assert_eq!(paper.instance.open_seats()[0].due_on, Some(day("2026-04-02")));
    let extension = &paper.instance.extensions[0];
    assert_eq!(
        (extension.state, extension.until),
        (ExtensionState::Granted, day("2026-04-02"))
    );
    // Nine working days more: 20 March to 2 April.
    let clocks = record(&paper.instance, due, &world.calendar, world.today).clocks;
    assert_eq!(clocks.unit.budget, 14 + 9);
    assert_eq!(clocks.unit.due_on(&world.calendar), Some(day("2026-04-02")));

    // Once the new day is over there is nothing to ask for any more.
    world.today = day("2026-04-03");
    assert_eq!(code(world.by(&mut paper, drafter, ask("2026-05-01"))), "extension_late");
}

#[test]
fn a_refused_request_changes_nothing_and_one_that_was_overtaken_lapses() {
    let mut world = plan();
    let mut paper = world.begin();
    let drafter = holder(OWNER, Role::Drafter, 0);
    let coordinator = holder(COORDINATOR, Role::Coordinator, 1);
    world.by(&mut paper, drafter, ask("2026-04-03")).unwrap();
    world.by(&mut paper, coordinator, refuse()).unwrap();
    assert_eq!(paper.instance.extensions[0].state, ExtensionState::Refused);
    assert_eq!(
        paper.instance.open_seats()[0].due_on,
        None,
        "the paper's own day counts"
    );
    world.by(&mut paper, drafter, ask("2026-04-03")).unwrap();
    world.by(&mut paper, drafter, submit()).unwrap();
    assert_eq!(paper.instance.extensions[1].state, ExtensionState::Lapsed);
    assert_eq!(code(world.by(&mut paper, coordinator, grant(None))), "extension_none");
    assert_eq!(
        code(world.by(&mut paper, drafter, ask("2026-04-03"))),
        "extension_not_with_unit"
    );
}

#[test]
fn nobody_decides_about_their_own_unit() {
    let mut world = plan();
    world.parties.insert("owner".to_owned(), vec![COORDINATOR]);
    world.parties.insert("coordinator".to_owned(), vec![COORDINATOR]);
    let asker = PersonId(7001);
    world.post(asker, COORDINATOR, Role::Drafter);
    let mut paper = world.begin();
    world.by(&mut paper, asker, ask("2026-04-03")).unwrap();
    let own = holder(COORDINATOR, Role::Coordinator, 0);
    assert_eq!(
        code(world.by(&mut paper, own, grant(None))),
        "extension_not_yours_to_decide"
    );
    world
        .by(&mut paper, holder(OFFICE, Role::Office, 0), grant(None))
        .unwrap();
    assert_eq!(paper.instance.open_seats()[0].due_on, Some(day("2026-04-03")));
}

#[test]
fn after_a_return_the_units_clock_goes_on_with_what_is_left_and_lateness_stays() {
    let mut world = plan();
    let mut paper = world.begin();
    let drafter = holder(OWNER, Role::Drafter, 0);
    let deputy = holder(OWNER, Role::Deputy, 0);
    // Submitted on 16 March, four working days early; it comes back on the 18th.
    world.today = day("2026-03-16");
    world.by(&mut paper, drafter, submit()).unwrap();
    world.today = day("2026-03-18");
    world.by(&mut paper, deputy, back(None)).unwrap();
    assert_eq!(
        paper.instance.open_seats()[0].due_on,
        Some(day("2026-03-24")),
        "four days from then"
    );
    // Handed in two working days late, and returned once more: nothing is left.
    world.today = day("2026-03-26");
    world.by(&mut paper, drafter, submit()).unwrap();
    world.today = day("2026-03-27");
    world.by(&mut paper, deputy, back(None)).unwrap();
    assert_eq!(paper.instance.open_seats()[0].due_on, Some(day("2026-03-27")));
    world.by(&mut paper, drafter, submit()).unwrap();
    let found = record(&paper.instance, world.due_on, &world.calendar, day("2026-03-31"));
    assert_eq!(found.late_before(Side::Unit), 2, "catching up does not take it back");
    assert_eq!((found.clocks.unit.budget, found.clocks.unit.used), (14, 16));
    assert_eq!(found.clocks.unit.since, None);
    // The deputy has three working days for every visit, and took 2, 1 and 2 so far.
    assert_eq!(found.clocks.reviewer.budget, 9);
    assert_eq!(found.clocks.reviewer.used_on(day("2026-03-31"), &world.calendar), 5);
    let second = &found.visits[2];
    let lights: Vec<_> = second
        .lights
        .iter()
        .map(|(day, light)| (day.to_string(), *light))
        .collect();
    assert_eq!(
        lights,
        [
            ("2026-03-18".to_owned(), Light::Yellow),
            ("2026-03-25".to_owned(), Light::Red)
        ]
    );
}

#[test]
fn an_amended_calendar_moves_open_clocks_later_and_never_earlier() {
    let mut world = plan();
    let mut paper = world.begin();
    world.by(&mut paper, holder(OWNER, Role::Drafter, 0), submit()).unwrap();
    let due = |paper: &crate::cast::Paper| paper.instance.open_seats()[0].due_on;
    assert_eq!(due(&paper), Some(day("2026-03-05")));
    let look =
        |world: &mut World, paper: &mut crate::cast::Paper| code(world.act(paper, By::Clockwork, None, Act::Recheck));
    assert_eq!(look(&mut world, &mut paper), "nothing_changed");
    // The fourth becomes a holiday.
    world.calendar.days.insert(day("2026-03-04"), DayKind::Holiday);
    assert_eq!(look(&mut world, &mut paper), "accepted");
    assert_eq!(due(&paper), Some(day("2026-03-06")));
    assert_eq!(look(&mut world, &mut paper), "nothing_changed");
    // It is taken back: the day stays where it was promised.
    world.calendar.days.remove(&day("2026-03-04"));
    assert_eq!(look(&mut world, &mut paper), "nothing_changed");
    assert_eq!(due(&paper), Some(day("2026-03-06")));
}
