//! The working days of twenty years, judged by two calendars that others made.

use chrono::{Datelike, Days, NaiveDate};
use duban_core::calendar::{Calendar, DayKind, Term};
use duban_service::calendar::Given;
use duban_tests::district::District;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::Write as _;
use std::process::{Command, Stdio};

/// The calendar that is shipped.
pub(crate) fn shipped() -> Calendar {
    let years = duban_seeds::base::years().expect("shipped years");
    Calendar {
        published: years.iter().map(|year| year.year).collect(),
        days: years
            .into_iter()
            .flat_map(|year| year.days)
            .map(|(day, kind, _)| (day, kind))
            .collect(),
    }
}

pub(crate) fn python(what: &str, input: &str) -> String {
    let python = std::env::var("DUBAN_TEST_PYTHON").expect("DUBAN_TEST_PYTHON; run ./test");
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/support/calendar_judge.py");
    let mut child = Command::new(python)
        .args([script, what])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python");
    child
        .stdin
        .take()
        .expect("input")
        .write_all(input.as_bytes())
        .expect("write");
    let output = child.wait_with_output().expect("answer");
    assert!(output.status.success(), "the judge failed");
    String::from_utf8(output.stdout).expect("text")
}

fn node() -> String {
    let modules = std::env::var("DUBAN_TEST_NODE_MODULES").expect("DUBAN_TEST_NODE_MODULES; run ./test");
    let script = "const c = require(process.argv[1] + '/chinese-days');
        for (let t = Date.UTC(2007, 0, 1); t < Date.UTC(2027, 0, 1); t += 864e5) {
            const day = new Date(t).toISOString().slice(0, 10);
            console.log(day, c.isWorkday(day) ? 1 : 0);
        }";
    let output = Command::new("node")
        .args(["-e", script, &modules])
        .output()
        .expect("node");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("text")
}

/// The days on which this calendar differs from a judge's list.
fn differences(calendar: &Calendar, list: &str) -> Vec<String> {
    let judged: BTreeMap<NaiveDate, bool> = list
        .lines()
        .map(|line| {
            let (day, worked) = line.split_once(' ').expect("two columns");
            (day.parse().expect("day"), worked == "1")
        })
        .collect();
    assert_eq!(judged.len(), 7_305, "every day of twenty years");
    judged
        .into_iter()
        .filter(|(day, worked)| calendar.is_working(*day) != *worked)
        .map(|(day, worked)| format!("{day}: judged {worked}"))
        .collect()
}

#[test]
fn every_day_of_2007_to_2026_agrees_with_two_independent_calendars() {
    let calendar = shipped();
    assert_eq!(
        calendar.published.iter().copied().collect::<Vec<_>>(),
        (2007..=2026).collect::<Vec<_>>()
    );
    for list in [python("days", ""), node()] {
        assert_eq!(differences(&calendar, &list), Vec::<String>::new());
        // A day that is wrong is seen.
        let mut planted = calendar.clone();
        planted.days.remove(&NaiveDate::from_ymd_opt(2020, 1, 31).expect("day"));
        assert_eq!(differences(&planted, &list).len(), 1);
    }
    let next = NaiveDate::from_ymd_opt(2027, 1, 4).expect("day");
    assert!(calendar.is_provisional(next) && calendar.derive(next, Term::WorkingDays(1)).provisional);
}

#[test]
fn twenty_thousand_deadlines_agree_with_an_independent_computation() {
    let first = NaiveDate::from_ymd_opt(2007, 1, 4).expect("day");
    let deadlines = |calendar: &Calendar| {
        let mut text = String::new();
        // A linear congruence: the same starts on every machine.
        let mut state = 20_261_124_u64;
        let mut next = |below: u64| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % below
        };
        for _ in 0..20_000 {
            let start = first + Days::new(next(7_000));
            let count = u32::try_from(next(91)).expect("small");
            let due = calendar.derive(start, Term::WorkingDays(count)).due;
            assert_eq!(due, calendar.plus(start, count));
            writeln!(text, "{start} {count} {due}").expect("write");
        }
        text
    };
    let calendar = shipped();
    assert_eq!(python("deadlines", &deadlines(&calendar)).trim(), "checked 20000");
    // A make-up day that is forgotten is seen.
    let mut planted = calendar;
    planted.days.remove(&NaiveDate::from_ymd_opt(2026, 2, 14).expect("day"));
    let seen = python("deadlines", &deadlines(&planted));
    assert!(seen.lines().count() > 1, "{seen}");
}

#[tokio::test]
async fn a_year_is_looked_at_before_it_is_loaded_and_an_amendment_shows_only_what_it_changes() {
    let folder = tempfile::tempdir().expect("folder");
    let district = District::build(&format!("sqlite:{}/d.db", folder.path().display())).await;
    let service = &district.service;
    let office = district.person("office.5").await;
    let drafter = district.person("drafter.1").await;
    let given = Given {
        year: Some(2027),
        source: Some("通知".to_owned()),
    };
    let first = "date,kind,name\n2027-01-01,休,元旦\n2027-01-02,休,元旦\n2027-01-09,班,元旦\n";
    assert!(service.preview_year(&drafter, first, &given).await.is_err());
    let shown = service.preview_year(&office, first, &given).await.expect("preview");
    assert_eq!(
        (shown.known, shown.changes.len(), shown.working),
        (false, 3, (261, 261))
    );
    assert!(
        !service.calendar().await.expect("calendar").published.contains(&2027),
        "only looked at"
    );
    service.publish_year(&office, first, &given).await.expect("load");
    let again = service.preview_year(&office, first, &given).await.expect("preview");
    assert!(again.known && again.changes.is_empty());
    // The amendment lengthens the holiday by a Monday.
    let amended = format!("{first}2027-01-04,休,元旦\n");
    let shown = service.preview_year(&office, &amended, &given).await.expect("preview");
    let changes: Vec<_> = shown
        .changes
        .iter()
        .map(|change| (change.day.day(), change.after, change.working))
        .collect();
    assert_eq!(changes, [(4, Some(DayKind::Holiday), (true, false))]);

    // Sixty days ahead, and not before, a year without data is warned of.
    let gap = |text: &str| {
        district.clock.set(text.parse().expect("instant"));
        service.calendar_gap()
    };
    for (now, missing) in [("2027-11-01T00:00:00Z", None), ("2027-11-02T00:00:00Z", Some(2028))] {
        assert_eq!(gap(now).await.expect("gap"), missing, "{now}");
    }
}
