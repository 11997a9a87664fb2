//! The way ahead, and running documents that move to another version.

use crate::cast::{COORDINATOR, OWNER, PARTNERS, Paper, World, approve, day, holder};
use crate::votes::submitted;
use crate::written::{countersign, parallel_text, vote, voters, world};
use duban_core::org::Role;
use duban_core::workflow::{
    By, Definition, Instance, MIGRATION_CODES, Names, Policy, StageId, StageKind, migrate, preview, preview_of_start,
};

fn refusals(world: &World, new: &Definition, paper: &Paper, names: &Names) -> Vec<String> {
    let answer = migrate((&world.def, new), &paper.instance, (By::Clockwork, names), &world.ctx());
    let refusal = answer.unwrap_err();
    let codes: Vec<_> = refusal.reasons.into_iter().map(|reason| reason.code).collect();
    assert!(
        codes.iter().all(|code| MIGRATION_CODES.contains(&code.as_str())),
        "{codes:?}"
    );
    codes
}

fn next_version(world: &World) -> Definition {
    let mut new = Definition::clone(&world.def);
    new.version = 2;
    new
}

#[test]
fn a_running_document_moves_with_its_answers_and_goes_on_by_the_new_version() {
    let mut world = countersign("");
    let mut paper = submitted(&mut world);
    world.by(&mut paper, voters()[0], approve()).unwrap();
    let mut new = next_version(&world);
    for stage in &mut new.stages {
        if stage.id.0 == "sign" {
            stage.id = StageId::from("agree");
        }
        for route in &mut stage.next {
            if route.to.0 == "sign" {
                route.to = StageId::from("agree");
            }
        }
        stage.returns.retain(|to| to.0 != "sign");
    }
    let names = Names::from([(StageId::from("sign"), StageId::from("agree"))]);
    let by = (By::Clockwork, &names);
    let decision = migrate((&world.def, &new), &paper.instance, by, &world.ctx()).unwrap();
    paper.events.extend(decision.events);
    paper.instance = decision.instance;
    assert_eq!(Instance::replay(&paper.events).as_ref(), Some(&paper.instance));
    assert_eq!((paper.stage(), paper.instance.definition_version), ("agree", 2));
    paper.check_stored();
    world.def = new.into();
    for person in &voters()[1..] {
        world.by(&mut paper, *person, approve()).unwrap();
    }
    assert_eq!(paper.stage(), "leader");
}

#[test]
fn each_reason_against_moving_a_document_has_its_name() {
    let mut world = vote("policy = { at_least = { num = 2, den = 3 } }");
    let mut paper = submitted(&mut world);
    let none = Names::new();
    let edit = |change: &dyn Fn(&mut Definition)| {
        let mut new = next_version(&vote("policy = { at_least = { num = 2, den = 3 } }"));
        change(&mut new);
        new
    };
    let gone = edit(&|new| new.stages.retain(|stage| stage.id.0 != "vote"));
    assert!(refusals(&world, &gone, &paper, &none).contains(&"migration_unmapped".to_owned()));
    let kind = edit(&|new| new.stages[1].kind = StageKind::Work);
    assert_eq!(refusals(&world, &kind, &paper, &none), ["migration_kind_changed"]);
    let rule = edit(&|new| new.stages[1].policy = Policy::Any);
    assert!(
        migrate(
            (&world.def, &rule),
            &paper.instance,
            (By::Clockwork, &none),
            &world.ctx()
        )
        .is_ok(),
        "nobody voted yet"
    );
    let stuck = edit(&|new| new.stages[1].next[0].to = StageId::from("vote"));
    assert_eq!(refusals(&world, &stuck, &paper, &none), ["migration_no_way_to_an_end"]);
    let asks = edit(&|new| {
        let mut route = new.stages[0].next[0].clone();
        route.to = StageId::from("approved");
        new.stages[1].next.insert(0, route);
    });
    let facts = std::mem::take(&mut world.facts);
    assert!(refusals(&world, &asks, &paper, &none).contains(&"migration_fact_gone".to_owned()));
    world.facts = facts;
    let same = edit(&|new| new.version = 1);
    assert_eq!(refusals(&world, &same, &paper, &none), ["migration_not_a_version"]);
    world.by(&mut paper, voters()[0], approve()).unwrap();
    assert_eq!(
        refusals(&world, &rule, &paper, &none),
        ["migration_ballots_under_another_rule"]
    );
    world.by(&mut paper, voters()[1], approve()).unwrap();
    assert_eq!(refusals(&world, &kind, &paper, &none), ["finished"]);
}

#[test]
fn before_submitting_the_way_is_known_with_names_and_dates() {
    let world = World::new("annual-plan");
    let way = preview_of_start(&world.def, &world.ctx()).unwrap();
    let stages: Vec<_> = way.iter().map(|step| step.stage.0.as_str()).collect();
    assert_eq!(
        stages,
        [
            "draft",
            "deputy",
            "cosign",
            "head",
            "coordinator",
            "office",
            "leader",
            "approved"
        ]
    );
    assert_eq!(way[1].seats[0].people, [holder(OWNER, Role::Deputy, 0)]);
    assert_eq!(way[1].due_on, Some(day("2026-03-05")), "three working days");
    assert_eq!(way[2].seats.len(), PARTNERS.len());
    assert_eq!(way[2].due_on, Some(day("2026-03-12")), "five more");
    assert_eq!(way[4].seats[1].people.len(), 3);
    assert!(way[0].current && !way[1].current);
}

#[test]
fn the_way_ahead_of_parallel_branches_names_each_place_once() {
    let mut world = world(&parallel_text("", ""));
    let mut paper = submitted(&mut world);
    let way = preview(&world.def, &paper.instance, &world.ctx());
    let stages: Vec<_> = way.iter().map(|step| step.stage.0.as_str()).collect();
    assert_eq!(stages, ["a", "b", "c", "leader", "approved"]);
    world
        .by(&mut paper, holder(COORDINATOR, Role::Coordinator, 0), approve())
        .unwrap();
    let way = preview(&world.def, &paper.instance, &world.ctx());
    let stages: Vec<_> = way.iter().map(|step| step.stage.0.as_str()).collect();
    assert_eq!(stages, ["b", "c", "leader", "approved"]);
}
