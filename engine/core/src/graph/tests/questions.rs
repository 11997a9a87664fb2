//! What the graph answers.

use super::*;
use crate::calendar::Calendar;
use crate::id::DocumentId;
use crate::org::{Role, Unit, UnitKind};
use crate::workflow::StageId;
use chrono::NaiveDate;
use std::collections::BTreeMap;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// The plan of `owner` with the number of the unit lies with `with` until `due`; so many working days are ahead.
fn course(owner: i64, with: &[i64], due: &str, ahead: &[u32]) -> Course {
    Course {
        document: DocumentId(owner),
        owner: UnitId(owner),
        with: with.iter().map(|unit| UnitId(*unit)).collect(),
        due_on: Some(day(due)),
        ahead: ahead
            .iter()
            .map(|limit| Leg {
                stage: StageId::from("review"),
                limit: *limit,
            })
            .collect(),
    }
}

fn turn(document: i64, owner: i64, unit: i64) -> Turn {
    Turn {
        document: DocumentId(document),
        owner: UnitId(owner),
        unit: UnitId(unit),
        role: Role::Drafter,
        stage: StageId::from("draft"),
        since: day("2025-03-03"),
        due_on: None,
    }
}

// 2025-03-14 is a Friday.
const FRIDAY: &str = "2025-03-14";

#[test]
fn lateness_spreads_to_those_who_wait_through_clocks_and_calendar() {
    let graph = graph();
    let calendar = Calendar::default();
    let today = Today {
        day: day("2025-03-03"),
        calendar: &calendar,
    };
    let courses: Vec<Course> = [1, 2, 3, 4, 5].map(|unit| course(unit, &[unit], FRIDAY, &[])).into();
    let told = |courses: &[Course], unit, late| -> Vec<(i64, String, i64, Option<i64>)> {
        let slips = graph.impact(courses, UnitId(unit), late, today);
        let told = slips.into_iter();
        told.map(|s| (s.unit.0, s.now.to_string(), s.days, s.because.map(|unit| unit.0)))
            .collect()
    };
    let wednesday = || "2025-03-19".to_owned();
    assert_eq!(
        told(&courses, 4, 3),
        [
            (4, wednesday(), 3, None),
            (1, wednesday(), 3, Some(3)),
            (2, wednesday(), 3, Some(3)),
            (3, wednesday(), 3, Some(4)),
        ]
    );
    assert_eq!(told(&courses, 5, 3).len(), 1, "nobody waits for 5");
    // Slack swallows it.
    let mut slack = courses.clone();
    slack[2] = course(3, &[3], "2025-03-31", &[]);
    assert_eq!(told(&slack, 4, 3).len(), 1);
    // Later stages take their limits in working days: three days late on Friday is Wednesday, two more is Friday.
    let reviewed = [course(4, &[4], FRIDAY, &[0, 2])];
    assert_eq!(told(&reviewed, 4, 3), [(4, "2025-03-21".to_owned(), 3, None)]);
    // A unit that is late with the paper of another delays that other one, and itself has nothing to be late with.
    let with_reviewer = [course(3, &[9], FRIDAY, &[5]), course(1, &[1], FRIDAY, &[5])];
    assert_eq!(
        told(&with_reviewer, 9, 1),
        [
            (1, "2025-03-24".to_owned(), 1, Some(3)),
            (3, "2025-03-24".to_owned(), 1, None)
        ]
    );
    assert_eq!(told(&with_reviewer, 3, 5), [], "its plan lies with somebody else");
    // What is overdue ends today at the earliest.
    let overdue = course(4, &[4], "2025-02-03", &[1]);
    assert_eq!(overdue.final_on(0, today), day("2025-03-04"));
}

#[test]
fn the_critical_path_is_the_longest_chain_to_the_last_day() {
    let graph = graph();
    let calendar = Calendar::default();
    let today = Today {
        day: day("2025-03-03"),
        calendar: &calendar,
    };
    // 4 decides for 3, 3 for the ring of 1 and 2; 5 and town 21 have time.
    let courses = [
        course(4, &[4], FRIDAY, &[]),
        course(3, &[3], "2025-03-05", &[]),
        course(1, &[1], "2025-03-05", &[]),
        course(2, &[2], "2025-03-06", &[]),
        course(5, &[5], "2025-03-11", &[]),
        course(21, &[21], "2025-03-12", &[]),
    ];
    let critical = graph.critical(&courses, today);
    let path: Vec<_> = critical
        .path
        .iter()
        .map(|step| (step.units.clone(), step.slowest.0, step.own, step.day, step.slack))
        .collect();
    assert_eq!(
        path,
        [
            (vec![UnitId(4)], 4, day(FRIDAY), day(FRIDAY), 0),
            (vec![UnitId(3)], 3, day("2025-03-05"), day(FRIDAY), 0),
            (vec![UnitId(1), UnitId(2)], 2, day("2025-03-06"), day(FRIDAY), 0),
        ]
    );
    assert_eq!(critical.path[0].tasks, [TaskId(3)].into());
    assert_eq!(critical.path[2].tasks, [].into());
    let others: Vec<_> = critical
        .others
        .iter()
        .map(|step| (step.slowest.0, step.slack))
        .collect();
    assert_eq!(
        others,
        [(21, 2), (5, 3)],
        "working days; 21 is awaited by Friday, 5 by nobody"
    );
    assert_eq!(graph.critical(&[], today), Critical::default());
}

#[test]
fn who_waits_for_whom_now_counts_open_papers_as_well_as_plans() {
    let graph = graph();
    // The towns and 5 are done. 3 has its plan with 9, the office, and with 4, which co-signs; 4 has to write its own.
    let done = units([21, 22, 23, 5, 1, 2]);
    let turns = [turn(30, 3, 9), turn(30, 3, 4), turn(40, 4, 4)];
    let now = graph.now(&turns, &done);
    let waits: Vec<_> = now
        .waits()
        .iter()
        .map(|w| (w.waits.0, w.awaited.0, w.papers.len(), w.tasks))
        .collect();
    assert_eq!(
        waits,
        [(3, 4, 1, 1), (3, 9, 1, 0)],
        "4 owes an act on the paper and a plan"
    );
    let freeing = now.freeing();
    let told: Vec<_> = freeing
        .iter()
        .map(|f| {
            (
                f.unit.0,
                f.turns.len(),
                f.frees.len(),
                f.waited_by,
                f.in_the_end,
                f.weight,
            )
        })
        .collect();
    assert_eq!(told, [(4, 2, 0, 1, 1, 833_333), (9, 1, 0, 1, 1, 500_000)]);
    // Once 4 has acted, the office alone keeps 3 waiting.
    let later = graph.now(&[turn(30, 3, 9)], &units([21, 22, 23, 5, 1, 2, 4]));
    assert_eq!(later.freeing()[0].frees, [UnitId(3)]);
    assert_eq!(later.mutual(), Vec::<Vec<UnitId>>::new());
    // A paper of the office that lies with 3 closes the ring.
    let ring = graph.now(&[turn(30, 3, 9), turn(90, 9, 3)], &graph.units());
    assert_eq!(ring.mutual(), [[UnitId(3), UnitId(9)]]);
}

#[test]
fn mutual_waiting_follows_the_plans_that_are_open() {
    let graph = graph();
    assert_eq!(graph.now(&[], &units([])).mutual(), [[UnitId(1), UnitId(2)]]);
    assert_eq!(graph.now(&[], &units([2])).mutual(), Vec::<Vec<UnitId>>::new());
    let rings = graph.rings();
    assert_eq!(graph.rings_in(&rings[0], 9).len(), 1, "one ring, told once");
}

#[test]
fn a_bridge_links_units_that_share_nothing_by_weight_not_by_degree() {
    // 1 shares a task with 2 and another with 3; 9 sits in one task of ten.
    let all = [
        task(1, 1, &[2], &[]),
        task(2, 1, &[3], &[]),
        task(3, 9, &[10, 11, 12, 13, 14, 15, 16, 17, 18], &[]),
    ];
    let bridges = Graph::new(&all.concat()).bridges();
    assert_eq!(bridges.len(), 1, "one large task makes nobody a bridge");
    assert_eq!(
        bridges[0],
        Bridge {
            unit: UnitId(1),
            neighbours: 2,
            pairs: 1,
            weight: 500_000
        }
    );
    // 9 has many more neighbours over large tasks, and still weighs less.
    let mut wide = all.concat();
    wide.extend(task(4, 9, &[30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41], &[]));
    wide.extend(task(5, 1, &[4], &[]));
    let bridges = Graph::new(&wide).bridges();
    assert!(bridges[0].unit == UnitId(9) && bridges[0].pairs == 108);
    assert_eq!(bridges[0].weight, 108 * 76_923);
    assert_eq!(
        (bridges[1].unit, bridges[1].pairs, bridges[1].weight),
        (UnitId(1), 3, 1_500_000)
    );
}

fn unit(id: i64, kind: UnitKind, from: &str, until: Option<&str>) -> (UnitId, Unit) {
    let unit = Unit {
        id: UnitId(id),
        name: format!("u{id}"),
        kind,
        aliases: Vec::new(),
        valid_from: day(from),
        valid_until: until.map(day),
    };
    (unit.id, unit)
}

#[test]
fn odd_assignments_are_found() {
    let mut all = task(1, 1, &[2], &[]);
    all.extend(task(2, 0, &[2, 3], &[]));
    all.extend(task(3, 1, &[], &[]));
    all.extend(task(3, 2, &[], &[]));
    let graph = Graph::new(&all);
    let odd = graph.odd_leads([TaskId(1), TaskId(2), TaskId(3), TaskId(4)]);
    let told: Vec<_> = odd.iter().map(|odd| (odd.task.0, odd.leads.len(), odd.units)).collect();
    assert_eq!(told, [(2, 0, 2), (3, 2, 2), (4, 0, 0)], "task 4 has nobody at all");
    let known: BTreeMap<_, _> = [
        unit(1, UnitKind::Department, "2020-01-01", None),
        unit(7, UnitKind::Department, "2020-01-01", None),
        unit(8, UnitKind::Department, "2020-01-01", Some("2025-01-01")),
        unit(9, UnitKind::Government, "2020-01-01", None),
    ]
    .into();
    assert_eq!(graph.unassigned(&known, day("2025-03-03")), [UnitId(7)]);
    assert_eq!(graph.unassigned(&known, day("2024-03-03")), [UnitId(7), UnitId(8)]);
    assert!(graph.doubled().is_empty());
}

#[test]
fn a_part_follows_renames_and_mergers_and_goes_back_before_them() {
    // 1 is renamed 11 in June; 2 and 3 are merged into 23 in July; 4 ends without a successor.
    let known: BTreeMap<_, _> = [
        unit(1, UnitKind::Department, "2020-01-01", Some("2025-06-01")),
        unit(11, UnitKind::Department, "2025-06-01", None),
        unit(2, UnitKind::Department, "2020-01-01", Some("2025-07-01")),
        unit(3, UnitKind::Department, "2020-01-01", Some("2025-07-01")),
        unit(23, UnitKind::Department, "2025-07-01", None),
        unit(4, UnitKind::Department, "2020-01-01", Some("2025-07-01")),
    ]
    .into();
    let successors = [(1, 11), (2, 23), (3, 23)]
        .map(|(old, new)| (UnitId(old), UnitId(new)))
        .into();
    let lineage = Lineage {
        units: &known,
        successors: &successors,
    };
    let all = [task(1, 1, &[2, 4], &[]), task(2, 2, &[3], &[])].concat();
    let as_of = |date: &str| Graph::new(&lineage.as_of(&all, day(date)));
    assert_eq!(as_of("2025-05-31").units(), units([1, 2, 3, 4]));
    assert_eq!(as_of("2025-06-01").units(), units([2, 3, 4, 11]));
    let merged = as_of("2025-07-01");
    assert_eq!(merged.units(), units([4, 11, 23]), "4 stays under its own name");
    assert_eq!(
        merged.doubled(),
        &[(TaskId(2), UnitId(23))].into(),
        "it leads and supports task 2 now"
    );
    assert!(merged.edge(UnitId(23), UnitId(11)).is_some());
    // A notice that names the merged unit, looked at before the merger.
    let later = Graph::new(&lineage.as_of(&task(3, 23, &[11], &[]), day("2025-01-01")));
    assert_eq!(later.tasks()[&TaskId(3)].len(), 3);
    assert_eq!(later.units(), units([1, 2, 3]));
    // A ring in the data does not hang.
    let circle = [(1, 2), (2, 1)].map(|(old, new)| (UnitId(old), UnitId(new))).into();
    let odd = Lineage {
        units: &known,
        successors: &circle,
    };
    assert_eq!(odd.holders(UnitId(1), day("2026-01-01")), units([1]));
}

#[test]
fn surroundings_reach_two_steps() {
    let graph = graph();
    let around = graph.around(UnitId(3)).unwrap();
    let left: Vec<_> = around
        .waits_for
        .iter()
        .map(|tie| (tie.party.clone(), tie.weight))
        .collect();
    assert_eq!(
        left,
        [
            (Party::Unit(UnitId(4)), 333_333),
            (Party::Collective("各街镇园区".to_owned()), 333_333)
        ]
    );
    assert_eq!(around.waited_by.len(), 1);
    assert_eq!(around.further, []);
    assert_eq!(around.beyond.iter().map(|far| far.unit.0).collect::<Vec<_>>(), [2]);
    assert_eq!(graph.around(UnitId(99)), None);
}
