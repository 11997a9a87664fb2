//! Simulation with the shipped definitions: what a change of conditions does, and what it must not do.

use crate::cast::*;
use chrono::NaiveDate;
use duban_core::id::{DocumentId, PersonId};
use duban_core::org::{Post, Role};
use duban_core::workflow::StageId;
use duban_core::workflow::simulation::{
    Absence, Conditions, Outcome, Pace, Paper, Scenario, compare, pace::learn, simulate,
};
use std::collections::BTreeMap;

/// Papers of the owner, handed in one a working day from the 2nd of March (a Monday) on.
fn papers(world: &World, count: u32) -> Vec<Paper> {
    (0..count)
        .map(|n| Paper {
            document: DocumentId(i64::from(n) + 1),
            owner: OWNER,
            parties: world.parties.clone(),
            facts: world.facts.clone(),
            authors: [holder(OWNER, Role::Drafter, 0)].into(),
            submitted_on: world.calendar.plus(day("2026-02-27"), n + 1),
            due_on: None,
            returns: BTreeMap::new(),
        })
        .collect()
}

fn run(world: &World, papers: &[Paper], pace: &Pace, conditions: &Conditions) -> Outcome {
    let scenario = Scenario {
        definition: &world.def,
        papers,
        organisation: &world.org,
        calendar: &world.calendar,
        pace,
        conditions,
    };
    let outcome = simulate(&scenario).unwrap();
    assert_eq!(
        simulate(&scenario).unwrap(),
        outcome,
        "the same scenario, the same outcome"
    );
    for (person, load) in &outcome.people {
        let (peak, _) = load.peak();
        assert!(peak <= pace.capacity, "{person} did {peak} on one day");
        for day in load.days.keys() {
            assert!(world.calendar.is_working(*day), "{person} worked on {day}");
            assert!(!conditions.is_away(*person, *day), "{person} acted while away");
        }
    }
    outcome
}

fn away(person: PersonId, from: &str, until: &str) -> Conditions {
    Conditions {
        away: vec![Absence {
            person,
            from: day(from),
            until: day(until),
        }],
        ..Conditions::default()
    }
}

fn stages(outcome: &Outcome) -> Vec<&str> {
    let visits = outcome.papers[0].visits.iter();
    visits.map(|visit| visit.stage.0.as_str()).collect()
}

fn finish(outcome: &Outcome) -> Vec<NaiveDate> {
    outcome.papers.iter().map(|paper| paper.finished_on.unwrap()).collect()
}

#[test]
fn papers_go_the_whole_way_on_the_days_that_the_pace_says() {
    let world = World::new("annual-plan");
    let outcome = run(&world, &papers(&world, 1), &Pace::default(), &Conditions::default());
    assert_eq!(
        stages(&outcome),
        ["draft", "deputy", "cosign", "head", "coordinator", "office", "leader"]
    );
    let opened: Vec<_> = outcome.papers[0]
        .visits
        .iter()
        .map(|visit| visit.opened_on.to_string())
        .collect();
    // A day each; the draft is handed in on its day, the 7th and 8th are a weekend.
    assert_eq!(
        opened,
        [
            "2026-03-02",
            "2026-03-02",
            "2026-03-03",
            "2026-03-04",
            "2026-03-05",
            "2026-03-06",
            "2026-03-09"
        ]
    );
    assert_eq!(finish(&outcome), [day("2026-03-10")]);
    assert_eq!((outcome.late_papers(), outcome.stuck_papers()), (0, 0));
    // One submission, and ten agreements: deputy, three partners, head, two coordinators, office, leader.
    assert_eq!(outcome.people.values().map(|load| load.total()).sum::<u32>(), 10);
}

#[test]
fn nobody_does_more_than_their_capacity_and_what_is_left_waits() {
    let world = World::new("annual-plan");
    let mut papers = papers(&world, 12);
    for paper in &mut papers {
        paper.submitted_on = day("2026-03-02");
    }
    let slow = Pace {
        capacity: 2,
        ..Pace::default()
    };
    let outcome = run(&world, &papers, &slow, &Conditions::default());
    assert_eq!(outcome.stuck_papers(), 0);
    let deputy = &outcome.people[&holder(OWNER, Role::Deputy, 0)];
    assert_eq!((deputy.total(), deputy.peak().0), (12, 2));
    assert!(deputy.longest_queue >= 2, "{deputy:?}");
    let fast = run(
        &world,
        &papers,
        &Pace {
            capacity: 12,
            ..Pace::default()
        },
        &Conditions::default(),
    );
    assert!(fast.last_finish() < outcome.last_finish());
    assert!(fast.late_papers() <= outcome.late_papers());
}

#[test]
fn a_person_away_makes_their_papers_wait_and_shows_as_late_ones() {
    let world = World::new("annual-plan");
    let papers = papers(&world, 4);
    let base = run(&world, &papers, &Pace::default(), &Conditions::default());
    let leader = holder(LEADERSHIP, Role::Leader, 0);
    let gone = away(leader, "2026-03-09", "2026-03-30");
    let changed = run(&world, &papers, &Pace::default(), &gone);
    assert_eq!(base.late_papers(), 0);
    assert_eq!(changed.late_papers(), 4);
    assert_eq!(
        finish(&changed),
        [day("2026-03-30"); 4],
        "all at once on the day they are back"
    );
    assert_eq!(changed.people[&leader].longest_queue, 4);
    assert_eq!(changed.stages[&StageId::from("leader")].late, 4);
    let difference = compare(&base, &changed, &world.calendar);
    assert_eq!(difference.papers.len(), 4);
    assert_eq!(difference.papers[0].slip, Some(14));
    assert_eq!(difference.papers[0].late, (false, true));
    assert_eq!(difference.stages.len(), 1);
    assert_eq!(difference.people[0].person, leader);
    assert_eq!(difference.people[0].total, (4, 4));
}

#[test]
fn a_colleague_with_the_same_post_carries_on_and_a_delegate_does() {
    let mut world = World::new("annual-plan");
    let papers = papers(&world, 4);
    let first = holder(COORDINATOR, Role::Coordinator, 0);
    let gone = away(first, "2026-03-01", "2026-12-31");
    let outcome = run(&world, &papers, &Pace::default(), &gone);
    assert_eq!((outcome.late_papers(), outcome.stuck_papers()), (0, 0));
    assert!(outcome.people.get(&first).is_none_or(|load| load.total() == 0));
    let leader = holder(LEADERSHIP, Role::Leader, 0);
    let stand_in = holder(OFFICE, Role::Observer, 0);
    world.lend(leader, stand_in, day("2026-12-30"));
    let outcome = run(
        &world,
        &papers,
        &Pace::default(),
        &away(leader, "2026-03-01", "2026-12-31"),
    );
    assert_eq!((outcome.late_papers(), outcome.stuck_papers()), (0, 0));
    assert_eq!(outcome.people[&stand_in].total(), 4);
}

#[test]
fn a_shorter_limit_makes_papers_late_that_were_not_and_silence_counts_earlier() {
    let world = World::new("annual-plan");
    let papers = papers(&world, 2);
    let pace = Pace {
        otherwise: 2,
        ..Pace::default()
    };
    let base = run(&world, &papers, &pace, &Conditions::default());
    assert_eq!(base.late_papers(), 0);
    let shorter = Conditions {
        limits: [(StageId::from("office"), 1)].into(),
        ..Conditions::default()
    };
    let changed = run(&world, &papers, &pace, &shorter);
    assert_eq!(changed.late_papers(), 2);
    assert_eq!(changed.stages[&StageId::from("office")].late, 2);
    assert_eq!(
        finish(&changed),
        finish(&base),
        "nobody is faster because a limit is shorter"
    );
    let consent = Conditions {
        limits: [(StageId::from("cosign"), 1)].into(),
        ..Conditions::default()
    };
    let slow = Pace {
        days: [(Role::Cosigner, 30)].into(),
        ..pace
    };
    let changed = run(&world, &papers, &slow, &consent);
    assert!(finish(&changed) < finish(&run(&world, &papers, &slow, &Conditions::default())));
    assert_eq!(
        changed.stages[&StageId::from("cosign")].late,
        0,
        "silence is what the limit is for"
    );
}

/// A stage in which the unit's supervision office looks at the plan before the leader does.
fn one_stage_more(world: &mut World) {
    let mut def = (*world.def).clone();
    let office = def.stages.iter_mut().find(|stage| stage.id.0 == "office").unwrap();
    let mut stage = office.clone();
    office.next[0].to = "inspection".into();
    stage.id = "inspection".into();
    stage.seats[0].role = Role::Inspector;
    stage.seats[0].party = "inspection".to_owned();
    stage.returns = vec!["draft".into()];
    def.stages.push(stage);
    world.def = std::sync::Arc::new(def);
}

#[test]
fn a_stage_added_shows_as_one_more_visit_and_later_ends() {
    let mut world = World::new("annual-plan");
    let papers = papers(&world, 3);
    let base = run(&world, &papers, &Pace::default(), &Conditions::default());
    one_stage_more(&mut world);
    let changed = run(&world, &papers, &Pace::default(), &Conditions::default());
    assert_eq!(changed.stages[&StageId::from("inspection")].rounds, 3);
    let difference = compare(&base, &changed, &world.calendar);
    assert!(
        difference.papers.iter().all(|paper| paper.slip == Some(1)),
        "{difference:?}"
    );
    assert_eq!(difference.stages.len(), 1);
}

#[test]
fn returns_that_happened_are_replayed() {
    let world = World::new("annual-plan");
    let mut papers = papers(&world, 1);
    papers[0].returns.insert("coordinator".into(), 1);
    let outcome = run(&world, &papers, &Pace::default(), &Conditions::default());
    assert_eq!(
        stages(&outcome),
        [
            "draft",
            "deputy",
            "cosign",
            "head",
            "coordinator",
            "draft",
            "coordinator",
            "office",
            "leader"
        ]
    );
    assert_eq!(outcome.stuck_papers(), 0);
}

#[test]
fn a_paper_for_whom_there_is_nobody_is_stuck_until_a_post_begins() {
    let mut world = World::new("annual-plan");
    let leader = holder(LEADERSHIP, Role::Leader, 0);
    world.org.posts.retain(|post| post.person != leader);
    let papers = papers(&world, 2);
    let stuck = run(&world, &papers, &Pace::default(), &Conditions::default());
    assert_eq!(stuck.stuck_papers(), 2);
    assert!(stuck.papers.iter().all(|paper| paper.stage.0 == "leader"));
    let post: Post = Post {
        from: day("2026-06-01"),
        ..world.org.posts[0].clone()
    };
    world.org.posts.push(Post {
        person: leader,
        unit: LEADERSHIP,
        role: Role::Leader,
        id: duban_core::id::PostId(900),
        ..post
    });
    let freed = run(&world, &papers, &Pace::default(), &Conditions::default());
    assert_eq!(freed.stuck_papers(), 0);
    assert_eq!(
        finish(&freed),
        [day("2026-06-02"); 2],
        "they get the whole time from the day on which they begin"
    );
}

#[test]
fn the_coordinators_own_plan_and_a_units_that_answers_upward_take_their_own_ways() {
    let world = World::new("annual-plan").owned_by(COORDINATOR);
    let mut papers = papers(&world, 1);
    papers[0].owner = COORDINATOR;
    papers[0].authors.clear();
    let outcome = run(&world, &papers, &Pace::default(), &Conditions::default());
    assert_eq!(
        stages(&outcome),
        ["draft", "deputy", "cosign", "head", "office", "leader"]
    );
}

#[test]
fn the_shipped_rectification_report_is_replayed_to_its_end() {
    let world = World::new("rectification-report");
    let outcome = run(&world, &papers(&world, 3), &Pace::default(), &Conditions::default());
    assert_eq!(outcome.stuck_papers(), 0);
    let wait = outcome.papers[0]
        .visits
        .iter()
        .find(|visit| visit.stage.0 == "look_back");
    let wait = wait.expect("the look-back is on the way");
    assert!(
        world.calendar.between(wait.opened_on, wait.closed_on.unwrap()) > 1,
        "{wait:?}"
    );
}

#[test]
fn pace_is_learnt_as_the_median_of_what_happened() {
    let mut world = World::new("annual-plan");
    let mut papers = Vec::new();
    // A Thursday to Friday, a Monday to Monday, a Thursday to Monday: 1, 5 and 2 working days.
    for wait in [1, 7, 4] {
        let mut paper = world.begin();
        world.sleep(3);
        world.pass(&mut paper);
        world.sleep(wait);
        world.pass(&mut paper);
        papers.push(paper.instance);
    }
    let learnt = learn(&papers, &world.calendar);
    let deputy = learnt[&Role::Deputy];
    assert_eq!((deputy.cases, deputy.days), (3, 2));
    assert!(!learnt.contains_key(&Role::Drafter), "a first draft is not an answer");
    assert!(!learnt.contains_key(&Role::Head));
}
