//! The same graph gives the same picture, byte for byte.

use super::*;
use crate::calendar::Calendar;
use crate::graph::picture::{Drawing, Focus, Say, Target};
use crate::id::DocumentId;

fn labels() -> Labels {
    let unit = |n: i64| {
        (
            UnitId(n),
            if n == 1 {
                "甲<局>".to_owned()
            } else {
                format!("单位{n}")
            },
        )
    };
    let task = |n: i64| (TaskId(n), (n.to_string(), format!("任务{n}")));
    Labels {
        units: [1, 2, 3, 4, 5].map(unit).into(),
        tasks: [1, 2, 3, 4].map(task).into(),
    }
}

fn say(what: Say) -> String {
    match what {
        Say::Mark(part) => part.code().chars().take(1).collect(),
        Say::Part(part) => part.code().to_owned(),
        Say::Members(n) => format!(" ({n})"),
        Say::More(n) => format!("+{n}"),
        Say::Tasks(numbers) => format!("tasks {numbers}"),
        Say::Day(day) => day.to_string(),
        Say::Slack(days) => format!("slack {days}"),
        Say::Waits(lead, support, tasks) => format!("{lead} waits for {support}: {tasks}"),
        Say::Head(head) => head.code().to_owned(),
    }
}

fn address(target: Target) -> String {
    match target {
        Target::Unit(unit) => format!("/units/{unit}"),
        Target::Task(task) => format!("/tasks/{task}"),
        Target::Collective(_) => String::new(),
        Target::Pair(support, lead) => format!("/graph?support={support}&lead={lead}"),
    }
}

fn pictures(graph: &Graph) -> Vec<(&'static str, String)> {
    let labels = labels();
    let drawing = Drawing {
        labels: &labels,
        title: "t".into(),
        description: "d".into(),
        say: &say,
        address: &address,
    };
    let calendar = Calendar::default();
    let today = Today {
        day: "2025-03-03".parse().unwrap(),
        calendar: &calendar,
    };
    let course = |unit: i64, due: &str| Course {
        document: DocumentId(unit),
        owner: UnitId(unit),
        with: [UnitId(unit)].into(),
        due_on: Some(due.parse().unwrap()),
        ahead: Vec::new(),
    };
    let courses = [
        course(4, "2025-03-14"),
        course(3, "2025-03-10"),
        course(1, "2025-03-11"),
    ];
    let around = graph.around(UnitId(3)).unwrap();
    let ring = graph.rings()[0].ring.clone();
    let task = Focus::Task(TaskId(3));
    vec![
        ("matrix", graph.matrix_svg(&drawing)),
        ("units", graph.units_svg(&drawing)),
        ("columns", graph.columns_svg(&drawing, None)),
        ("columns_focus", graph.columns_svg(&drawing, Some(&task))),
        ("ego", graph.ego_svg(&drawing, &around)),
        ("ring", graph.ring_svg(&drawing, "ring-1", &ring)),
        (
            "critical",
            graph.critical_svg(&drawing, &graph.critical(&courses, today)),
        ),
    ]
}

#[test]
fn every_picture_is_the_reviewed_one_whatever_the_order_of_the_assignments() {
    let first = pictures(&graph());
    let mut turned = assignments();
    turned.reverse();
    assert_eq!(first, pictures(&Graph::new(&turned)));
    for (name, svg) in first {
        // One element a line: a change can be read.
        insta::assert_snapshot!(name, svg.replace("><", ">\n<"));
    }
}

#[test]
fn pictures_are_escaped_named_and_readable() {
    for (name, svg) in pictures(&graph()) {
        assert!(!svg.contains("甲<") && !svg.contains("style="), "{name}");
        assert!(svg.contains("<title id=") && svg.contains("<desc id="), "{name}");
        for size in svg.split("font-size=\"").skip(1) {
            let size: i32 = size.split('"').next().unwrap().parse().unwrap();
            assert!(size >= 12, "{name}: text of {size} px");
        }
        for link in svg.split("<a ").skip(1) {
            let tag = link.split('>').next().unwrap();
            assert!(
                tag.contains("aria-label=\"") && tag.contains("href=\"/"),
                "{name}: {tag}"
            );
        }
        assert!(svg.len() < 60_000, "{name}: {} bytes", svg.len());
    }
}

#[test]
fn a_collective_is_one_column_and_marks_stand_where_the_parts_are() {
    let matrix = pictures(&graph()).swap_remove(0).1;
    assert_eq!(matrix.matches("各街镇园区 (3)</text>").count(), 1);
    assert_eq!(
        (
            matrix.matches("matrix-lead").count(),
            matrix.matches("matrix-co\"").count()
        ),
        (3, 2)
    );
}

#[test]
fn a_long_ring_goes_on_in_the_next_row() {
    let all: Vec<Assignment> = (1..=6).flat_map(|n| task(n, n, &[n % 6 + 1], &[])).collect();
    let graph = Graph::new(&all);
    let labels = labels();
    let drawing = Drawing {
        labels: &labels,
        title: "t".into(),
        description: "d".into(),
        say: &say,
        address: &address,
    };
    let ring = &graph.rings()[0].ring;
    assert_eq!(ring.len(), 6);
    let svg = graph.ring_svg(&drawing, "ring-1", ring);
    assert_eq!(
        (
            svg.matches("graph-support-box").count(),
            svg.matches("graph-tip").count()
        ),
        (6, 6)
    );
}
