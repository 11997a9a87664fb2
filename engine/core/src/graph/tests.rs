mod pictures;
mod questions;

use super::*;
use crate::id::{TaskId, UnitId};
use proptest::prelude::*;
use std::collections::BTreeSet;

/// A task: its lead (0: none), the units named with it, and the members of the collective.
fn task(number: i64, lead: i64, others: &[i64], collective: &[i64]) -> Vec<Assignment> {
    let one = |unit: i64, leads: bool, via: Option<&str>| Assignment {
        task: TaskId(number),
        unit: UnitId(unit),
        leads,
        via: via.map(str::to_owned),
    };
    let mut all: Vec<_> = others.iter().map(|unit| one(*unit, false, None)).collect();
    if lead != 0 {
        all.push(one(lead, true, None));
    }
    all.extend(collective.iter().map(|unit| one(*unit, false, Some("各街镇园区"))));
    all
}

fn units<const N: usize>(numbers: [i64; N]) -> BTreeSet<UnitId> {
    numbers.into_iter().map(UnitId).collect()
}

/// 1 leads task 1 with 2 and 3; 2 leads task 2 with 1; 3 leads task 3 with 4; 5 is in task 4 that nobody leads.
/// Towns 21, 22 and 23 are in tasks 1 to 3.
fn graph() -> Graph {
    Graph::new(&assignments())
}

fn assignments() -> Vec<Assignment> {
    let towns = [21, 22, 23];
    let all = [
        task(1, 1, &[2, 3], &towns),
        task(2, 2, &[1], &towns),
        task(3, 3, &[4], &towns),
        task(4, 0, &[5, 1], &[]),
    ];
    all.concat()
}

#[test]
fn the_lead_waits_for_those_who_support() {
    let graph = graph();
    assert_eq!(
        graph.edge(UnitId(2), UnitId(1)).map(|e| e.tasks.clone()),
        Some([TaskId(1)].into())
    );
    assert!(graph.edge(UnitId(1), UnitId(2)).is_some());
    assert!(
        graph.edge(UnitId(1), UnitId(3)).is_none(),
        "the lead does not support its own task's supporters"
    );
    assert!(
        graph.edge(UnitId(5), UnitId(1)).is_none(),
        "without a confirmed lead nobody waits"
    );
    assert_eq!(graph.tasks()[&TaskId(4)][&UnitId(5)], Part::Co);
    assert_eq!(graph.tasks()[&TaskId(1)][&UnitId(21)], Part::Support);
    assert_eq!(graph.via(TaskId(1), UnitId(21)), Some("各街镇园区"));
}

#[test]
fn a_large_task_does_not_outweigh_small_ones_and_a_collective_is_one_party() {
    let graph = graph();
    // Task 1 has four parties: 1, 2, 3 and the towns.
    assert_eq!(graph.edge(UnitId(2), UnitId(1)).unwrap().weight.millionths, 250_000);
    assert_eq!(graph.edge(UnitId(21), UnitId(1)).unwrap().weight.millionths, 83_333);
    // Task 3 has three parties.
    assert_eq!(graph.edge(UnitId(4), UnitId(3)).unwrap().weight.millionths, 333_333);
    assert_eq!(graph.awaited(UnitId(21)).tasks, 3);
}

#[test]
fn a_unit_named_and_meant_counts_as_named() {
    let mut all = task(1, 1, &[2], &[2, 21]);
    all.reverse();
    let graph = Graph::new(&all);
    assert_eq!(graph.via(TaskId(1), UnitId(2)), None);
    assert_eq!(graph.edge(UnitId(2), UnitId(1)).unwrap().weight.tasks, 1);
}

#[test]
fn rings_are_told_with_their_tasks_and_the_order_has_none_waiting_for_a_later_one() {
    let graph = graph();
    let rings = graph.rings();
    assert_eq!(rings.len(), 1);
    assert_eq!((&rings[0].units, rings[0].tasks.len()), (&units([1, 2]), 2));
    assert_eq!(
        rings[0].ring,
        [
            Wait {
                lead: UnitId(1),
                support: UnitId(2),
                task: TaskId(1)
            },
            Wait {
                lead: UnitId(2),
                support: UnitId(1),
                task: TaskId(2)
            },
        ]
    );
    let order: Vec<_> = graph.order().into_iter().map(|group| group.units).collect();
    assert_eq!(
        order,
        [
            units([4]),
            units([5]),
            units([21]),
            units([22]),
            units([23]),
            units([3]),
            units([1, 2])
        ]
    );
}

#[test]
fn what_is_held_up_now_follows_the_plans_that_are_not_final() {
    let graph = graph();
    let done = units([21, 22, 23, 5]);
    let blocked = graph.blocked_now(&done);
    let of = |unit| blocked.iter().find(|b| b.unit == UnitId(unit)).unwrap();
    assert_eq!((&of(4).holds_up, of(4).in_the_end), (&vec![UnitId(3)], 3));
    assert_eq!(of(1).waits_for, [UnitId(2), UnitId(3)]);
    assert_eq!(of(4).waits_for, []);
    assert_eq!(
        blocked[0].unit,
        UnitId(4),
        "a third of a task weighs most here; units 1 to 3 hold up a quarter each"
    );
    // Once 3 is final, 4 holds up nobody and 2 nobody but 1.
    let later = graph.blocked_now(&units([21, 22, 23, 5, 3]));
    assert_eq!(later.last().unwrap().unit, UnitId(4));
    assert!(!graph.weights(&units([21, 22, 23, 5, 3])).contains_key(&UnitId(4)));
    assert_eq!(graph.blocked_now(&graph.units()), []);
}

#[test]
fn co_signing_stays_bounded() {
    let graph = graph();
    assert_eq!(
        graph.partners(UnitId(1)),
        units([2, 3]),
        "its supporters by name, no towns"
    );
    assert_eq!(
        graph.partners(UnitId(4)),
        units([3]),
        "it leads nothing: the lead it works for"
    );
    assert_eq!(graph.partners(UnitId(5)), units([]), "no lead is confirmed");
    assert_eq!(graph.partners(UnitId(21)), units([1, 2, 3]));

    // Twenty-six towns share all tasks of five leads: three leads co-sign each, the ones with most tasks first.
    let towns: Vec<i64> = (21..47).collect();
    let mut all = Vec::new();
    for (number, lead) in [(1, 1), (2, 2), (3, 2), (4, 3), (5, 4), (6, 5), (7, 5)] {
        all.extend(task(number, lead, &[6], &towns));
    }
    let wide = Graph::new(&all);
    assert_eq!(wide.partners(UnitId(30)), units([2, 5, 1]));
    assert_eq!(wide.partners(UnitId(6)), units([1, 2, 3, 4, 5]));
    assert_eq!(wide.partners(UnitId(2)), units([6]));
}

#[test]
fn exports_are_escaped() {
    let labels = Labels {
        units: [(UnitId(1), "甲\"\\\n]".to_owned())].into(),
        tasks: [(TaskId(1), ("1".to_owned(), "题".to_owned()))].into(),
    };
    let dot = graph().to_dot(&labels);
    assert!(dot.contains(r#"u1 [label="甲\"\\ ]"];"#), "{dot}");
    assert!(dot.contains(r#"u2 -> u1 [label="1", weight=1];"#), "{dot}");
    let json = serde_json::to_value(graph().export(&labels)).unwrap();
    assert_eq!(json["units"].as_array().unwrap().len(), 8);
    assert_eq!(json["tasks"][0]["parts"][0]["part"], "lead");
}

/// Who waits for `unit` over any number of others, by walking.
fn reached(graph: &Graph, unit: UnitId, done: &BTreeSet<UnitId>) -> BTreeSet<UnitId> {
    let mut found = BTreeSet::new();
    let mut front = vec![unit];
    while let Some(at) = front.pop() {
        for edge in graph.waited_by(at).filter(|edge| !done.contains(&edge.lead)) {
            if found.insert(edge.lead) {
                front.push(edge.lead);
            }
        }
    }
    found.remove(&unit);
    found
}

proptest! {
    /// The order of the assignments does not matter; groups partition the units; no group waits for a later one;
    /// nobody co-signs their own plan; and who is meant by a collective name only co-signs for nobody.
    #[test]
    fn the_graph_keeps_its_promises(
        tasks in prop::collection::vec((0_i64..6, prop::collection::vec(1_i64..10, 0..5), any::<bool>()), 1..8),
        rotate in 0_usize..50,
    ) {
        let mut all = Vec::new();
        for (number, (lead, others, collective)) in (1..).zip(&tasks) {
            let towns: &[i64] = if *collective { &[21, 22, 23] } else { &[] };
            all.extend(task(number, *lead, others, towns));
        }
        let graph = Graph::new(&all);
        let labels = Labels::default();
        let middle = if all.is_empty() { 0 } else { rotate % all.len() };
        all.rotate_left(middle);
        let turned = Graph::new(&all);
        prop_assert_eq!(graph.export(&labels), turned.export(&labels));
        prop_assert_eq!(graph.to_dot(&labels), turned.to_dot(&labels));

        let order = graph.order();
        let placed: Vec<UnitId> = order.iter().flat_map(|group| group.units.iter().copied()).collect();
        prop_assert_eq!(placed.iter().copied().collect::<BTreeSet<_>>(), graph.units());
        prop_assert_eq!(placed.len(), graph.units().len());
        let position = |unit: UnitId| order.iter().position(|group| group.units.contains(&unit));
        for edge in graph.edges() {
            prop_assert!(position(edge.support) <= position(edge.lead));
        }
        for group in order.iter().filter(|group| group.is_ring()) {
            prop_assert!(group.ring.len() >= 2);
            prop_assert_eq!(group.ring.first().map(|w| w.lead), group.ring.last().map(|w| w.support));
        }
        for unit in graph.units() {
            let partners = graph.partners(unit);
            prop_assert!(!partners.contains(&unit));
            prop_assert!(partners.iter().all(|partner| partner.0 < 20));
            if unit.0 > 20 {
                prop_assert!(partners.len() <= partner::COLLECTIVE_PARTNERS);
            }
        }
        let done = BTreeSet::from([UnitId(2)]);
        for blocked in graph.blocked_now(&done) {
            prop_assert_eq!(blocked.in_the_end, reached(&graph, blocked.unit, &done).len());
        }
        let total: u64 = graph.edges().map(|edge| edge.weight.millionths).sum();
        prop_assert!(total <= 1_000_000 * tasks.len() as u64);
    }
}
