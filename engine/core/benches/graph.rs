//! How long the department graph takes at the size of a large city: building it, and every question.
//!
//! `cargo bench -p duban-core --bench graph` prints the median and the slowest of several runs. Nothing here is a
//! test: what is measured depends on the machine. The figures that were measured stand in `docs/benchmarks.md`.

#![allow(clippy::print_stdout, clippy::expect_used, missing_docs)]

use chrono::NaiveDate;
use duban_core::calendar::Calendar;
use duban_core::graph::{Assignment, Course, Graph, Labels, Leg, Lineage, Today, Turn};
use duban_core::id::{DocumentId, TaskId, UnitId};
use duban_core::org::{Role, Unit, UnitKind};
use duban_core::workflow::StageId;
use std::collections::{BTreeMap, BTreeSet};
use std::hint::black_box;
use std::time::{Duration, Instant};

const UNITS: i64 = 3_000;
const TASKS: i64 = 20_000;
/// Districts of sixty units, each with a collective of twenty-four.
const DISTRICT: i64 = 60;
const MEMBERS: i64 = 24;
const RUNS: usize = 9;

/// Numbers that look random and are the same every time (xorshift).
struct Dice(u64);

impl Dice {
    fn below(&mut self, limit: i64) -> i64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        i64::try_from(self.0 % u64::try_from(limit).expect("a positive limit")).expect("a small number")
    }
}

/// Every task has a lead and two to seven supports, mostly of one district; one in ten also names the district's
/// collective; one in twenty has no confirmed lead.
fn assignments() -> Vec<Assignment> {
    let mut dice = Dice(0x2545_F491_4F6C_DD1D);
    let mut all = Vec::new();
    for task in 1..=TASKS {
        let district = dice.below(UNITS / DISTRICT) * DISTRICT;
        let mut parts: BTreeSet<i64> = BTreeSet::new();
        let size = 3 + dice.below(6);
        while i64::try_from(parts.len()).expect("few") < size {
            let far = dice.below(20) == 0;
            let unit = if far {
                dice.below(UNITS)
            } else {
                district + dice.below(DISTRICT)
            };
            parts.insert(unit);
        }
        let led = dice.below(20) != 0;
        let lead = usize::try_from(dice.below(size)).expect("few");
        for (place, unit) in parts.iter().enumerate() {
            all.push(Assignment {
                task: TaskId(task),
                unit: UnitId(unit + 1),
                leads: led && place == lead,
                via: None,
            });
        }
        if dice.below(10) == 0 {
            all.extend((0..MEMBERS).map(|member| Assignment {
                task: TaskId(task),
                unit: UnitId(district + member + 1),
                leads: false,
                via: Some("collective".to_owned()),
            }));
        }
    }
    all
}

fn units() -> BTreeMap<UnitId, Unit> {
    let from: NaiveDate = "2020-01-01".parse().expect("a date");
    let unit = |id: i64| {
        let unit = Unit {
            id: UnitId(id),
            name: format!("unit {id}"),
            kind: UnitKind::Department,
            aliases: Vec::new(),
            valid_from: from,
            // One in thirty was merged into its neighbour.
            valid_until: (id % 30 == 0).then(|| "2025-06-01".parse().expect("a date")),
        };
        (unit.id, unit)
    };
    (1..=UNITS + 1).map(unit).collect()
}

fn measure<T>(what: &str, limit: Duration, mut work: impl FnMut() -> T) {
    let mut times: Vec<Duration> = (0..RUNS)
        .map(|_| {
            let start = Instant::now();
            black_box(work());
            start.elapsed()
        })
        .collect();
    times.sort_unstable();
    let (median, slowest) = (times[RUNS / 2], times[RUNS - 1]);
    let verdict = if median <= limit { "" } else { "  over the limit" };
    println!("{what:<44} median {median:>10.2?}  slowest {slowest:>10.2?}  limit {limit:?}{verdict}");
}

fn main() {
    let all = assignments();
    let known = units();
    let successors: BTreeMap<UnitId, UnitId> = (1..=UNITS / 30).map(|n| (UnitId(n * 30), UnitId(n * 30 + 1))).collect();
    let lineage = Lineage {
        units: &known,
        successors: &successors,
    };
    let day: NaiveDate = "2026-03-02".parse().expect("a date");
    let calendar = Calendar::default();
    let today = Today {
        day,
        calendar: &calendar,
    };
    let graph = Graph::new(&all);
    println!(
        "{UNITS} units, {TASKS} tasks, {} assignments, {} edges, largest ring {} units",
        all.len(),
        graph.edges().count(),
        graph.rings().first().map_or(0, |ring| ring.units.len())
    );
    // One plan in ten is final; the others lie with their own unit, or with two others.
    let done: BTreeSet<UnitId> = (1..=UNITS).filter(|unit| unit % 10 == 0).map(UnitId).collect();
    let open: Vec<UnitId> = (1..=UNITS).map(UnitId).filter(|unit| !done.contains(unit)).collect();
    let holders = |unit: &UnitId| match unit.0 % 3 {
        0 => vec![*unit],
        1 => vec![UnitId(unit.0 % UNITS + 1), UnitId(unit.0 * 7 % UNITS + 1)],
        _ => vec![UnitId(1)],
    };
    let turns: Vec<Turn> = open
        .iter()
        .flat_map(|owner| holders(owner).into_iter().map(|unit| (*owner, unit)))
        .map(|(owner, unit)| Turn {
            document: DocumentId(owner.0),
            owner,
            unit,
            role: Role::Deputy,
            stage: StageId::from("deputy"),
            since: day,
            due_on: Some(day),
        })
        .collect();
    let courses: Vec<Course> = open
        .iter()
        .map(|owner| Course {
            document: DocumentId(owner.0),
            owner: *owner,
            with: holders(owner).into_iter().collect(),
            due_on: Some(day + chrono::Days::new(u64::try_from(owner.0 % 20).unwrap_or_default())),
            ahead: [3, 5, 3, 5, 3, 5]
                .map(|limit| Leg {
                    stage: StageId::from("review"),
                    limit,
                })
                .into(),
        })
        .collect();
    let labels = Labels::default();

    let (second, tenth) = (Duration::from_secs(1), Duration::from_millis(100));
    measure("build", second, || Graph::new(&all));
    measure("build as of a date", second, || Graph::new(&lineage.as_of(&all, day)));
    measure("who waits for whom now", tenth, || graph.now(&turns, &done));
    measure("whose next act frees most others", tenth, || {
        graph.now(&turns, &done).freeing()
    });
    measure("groups in mutual waiting now", tenth, || {
        graph.now(&turns, &done).mutual()
    });
    measure("what is held up", tenth, || graph.blocked_now(&done));
    measure("what slips when one unit is late", tenth, || {
        graph.impact(&courses, UnitId(1), 10, today)
    });
    measure("order in which plans can become final", tenth, || graph.order());
    measure("rings with their tasks", tenth, || {
        let rings = graph.rings();
        rings.first().map(|ring| graph.rings_in(ring, 12))
    });
    measure("critical path", tenth, || graph.critical(&courses, today));
    measure("bridges", tenth, || graph.bridges());
    measure("units with nothing assigned", tenth, || graph.unassigned(&known, day));
    measure("tasks with two leads or none", tenth, || {
        graph.odd_leads((1..=TASKS).map(TaskId))
    });
    measure("surroundings of one unit", tenth, || graph.around(UnitId(7)));
    measure("who co-signs one plan", tenth, || graph.partners(UnitId(7)));
    measure("whole graph as values", second, || graph.export(&labels));
}
