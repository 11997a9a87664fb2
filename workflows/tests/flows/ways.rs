//! Which way a paper takes: guards looked at once on arrival, what was chosen first, automatic stages, and the refusal
//! of definitions that lead nowhere.

use crate::cast::{LEADERSHIP, OWNER, Paper, World, approve, back, holder, submit, withdraw};
use crate::votes::{code, submitted};
use crate::written::{stage, text, world};
use duban_core::id::DocumentId;
use duban_core::org::Role;
use duban_core::workflow::{Definition, Fact, Route, Stage, StageId, StageKind, start};
use duban_workflows::check;

/// A draft that goes to the partners where there are any, else to the leader, who sends it back through everything.
fn choosing(draft: &str) -> World {
    let guarded = format!(
        "{draft}\nnext = [{{ when = {{ fact = \"partners.count\", at_least = 1 }}, to = \"sign\" }}, {{ to = \"leader\" }}]"
    );
    let sign = "seats = [{ role = \"cosigner\", party = \"partners\", each = true }]\nreturns = [\"draft\"]\nresume = \"replay\"\nnext = [{ to = \"leader\" }]";
    let leader = "seats = [{ role = \"leader\", party = \"leadership\" }]\nreturns = [\"draft\"]\nresume = \"replay\"\non_reject = \"fail\"\nfail = \"rejected\"\nnext = [{ to = \"approved\" }]";
    world(&text(&guarded, &(stage("sign", sign) + &stage("leader", leader))))
}

fn no_partners(world: &mut World) {
    let none = Fact::Integer(0);
    world.facts.insert("partners.count".to_owned(), none);
}

fn drafter() -> duban_core::id::PersonId {
    holder(OWNER, Role::Drafter, 0)
}

/// Returned by the leader, changed so that the guard would choose otherwise, submitted again.
fn changed_after_a_return(world: &mut World) -> Paper {
    let mut paper = submitted(world);
    assert_eq!(paper.stage(), "sign");
    world.pass(&mut paper);
    world
        .by(&mut paper, holder(LEADERSHIP, Role::Leader, 0), back(None))
        .unwrap();
    no_partners(world);
    world.by(&mut paper, drafter(), submit()).unwrap();
    paper
}

#[test]
fn a_later_edit_does_not_choose_another_way_unless_the_stage_says_so() {
    assert_eq!(changed_after_a_return(&mut choosing("")).stage(), "sign");
    let mut again = choosing("reevaluate = true");
    assert_eq!(changed_after_a_return(&mut again).stage(), "leader");
}

#[test]
fn what_was_withdrawn_chooses_anew() {
    let mut world = choosing("");
    let mut paper = submitted(&mut world);
    world.by(&mut paper, drafter(), withdraw()).unwrap();
    no_partners(&mut world);
    world.by(&mut paper, drafter(), submit()).unwrap();
    assert_eq!(paper.stage(), "leader");
}

#[test]
fn a_guard_is_looked_at_once_when_the_paper_arrives() {
    let mut world = choosing("");
    let mut paper = submitted(&mut world);
    let before = paper.instance.current().unwrap().clone();
    // What the guard looked at is something else by now: the paper stays where it is, with the seats it has.
    no_partners(&mut world);
    world.parties.insert("partners".to_owned(), Vec::new());
    let recheck = duban_core::workflow::Act::Recheck;
    let again = world.act(&mut paper, duban_core::workflow::By::Clockwork, None, recheck);
    assert_eq!(code(again), "nothing_changed");
    assert_eq!(*paper.instance.current().unwrap(), before);
}

#[test]
fn automatic_stages_in_a_circle_are_refused_and_would_not_run_for_ever() {
    let auto = |id: &str, to: &str| {
        format!(
            "\n[[stage]]\nid = \"{id}\"\nkind = \"auto\"\ntitle = {{ zh = \"a\", en = \"a\" }}\ndescription = {{ zh = \"a\", en = \"a\" }}\nnext = [{{ to = \"{to}\" }}]\n"
        )
    };
    let circle = text(
        "next = [{ when = { fact = \"partners.count\", at_least = 1 }, to = \"one\" }, { to = \"approved\" }]",
        &(auto("one", "two") + &auto("two", "one")),
    )
    .replace("to = \"approved\" }]", "to = \"leader\" }]");
    let leader = stage(
        "leader",
        "seats = [{ role = \"leader\", party = \"leadership\" }]\nreturns = [\"draft\"]\non_reject = \"fail\"\nfail = \"rejected\"\nnext = [{ to = \"approved\" }]",
    );
    let found = check(&(circle + &leader)).unwrap_err();
    assert!(
        found.iter().any(|p| p.problem.reason.code == "no_way_to_an_end"),
        "{found:?}"
    );
    // One that nobody checked is refused when it runs, instead of running on.
    let always = |to: &str| {
        vec![Route {
            when: None,
            to: StageId::from(to),
        }]
    };
    let stage = |id: &str, to: &str| Stage {
        id: StageId::from(id),
        kind: StageKind::Auto,
        next: always(to),
        ..Stage::default()
    };
    let def = Definition {
        id: "circle".to_owned(),
        version: 1,
        start: StageId::from("one"),
        stages: vec![stage("one", "two"), stage("two", "one")],
        ..Definition::default()
    };
    let world = World::new("annual-plan");
    let refusal = start(&def, DocumentId(1), None, &world.ctx()).unwrap_err();
    assert_eq!(refusal.code(), "broken_definition");
}

#[test]
fn what_is_not_sound_is_refused_with_the_way_to_the_fault_by_the_names_of_stages() {
    // Whoever is at `late` when the last partner is taken off the list goes round between two stages for ever.
    let one = |role: &str, party: &str, next: &str| {
        format!(
            "seats = [{{ role = \"{role}\", party = \"{party}\" }}]\nreturns = [\"draft\"]\nnext = [{next}, {{ to = \"OTHER\" }}]"
        )
    };
    let when = |least: u32, to: &str| {
        format!("{{ when = {{ fact = \"partners.count\", at_least = {least} }}, to = \"{to}\" }}")
    };
    let early = one("office", "office", &when(2, "leader")).replace("OTHER", "late");
    let late = one("inspector", "inspection", &when(1, "leader")).replace("OTHER", "early");
    let leader = "seats = [{ role = \"leader\", party = \"leadership\" }]\nreturns = [\"draft\"]\non_reject = \"fail\"\nfail = \"rejected\"\nnext = [{ to = \"approved\" }]";
    let draft = format!("next = [{}, {{ to = \"leader\" }}]", when(1, "early"));
    let rest = stage("early", &early) + &stage("late", &late) + &stage("leader", leader);
    let found = check(&text(&draft, &rest)).unwrap_err();
    let told = found.iter().find_map(|p| {
        let reason = &p.problem.reason;
        (reason.code == "no_way_to_an_end").then(|| reason.args.get("path").cloned())
    });
    let path = told.flatten().unwrap_or_else(|| panic!("{found:?}"));
    assert!(path.starts_with("draft → ") && path.contains("early"), "{path}");
}

#[test]
fn a_stage_that_is_passed_is_named_in_the_record_with_where_it_led() {
    let mut world = choosing("");
    let mut paper = submitted(&mut world);
    assert_eq!(paper.instance.rounds[0].went, Some(StageId::from("sign")));
    for person in crate::written::voters() {
        world.by(&mut paper, person, approve()).unwrap();
    }
    assert_eq!(paper.instance.rounds[1].went, Some(StageId::from("leader")));
}
