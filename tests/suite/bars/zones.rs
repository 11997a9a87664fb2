//! Zones whose clocks are moved, working days before a date, and schedules, each against somebody else's reckoning.

use super::*;
use crate::calendar::{python, shipped};
use chrono::{Datelike as _, NaiveTime, TimeZone as _, Weekday};
use chrono_tz::Tz;
use duban_core::calendar::{Calendar, DayKind};
use duban_core::id::{DocumentId, PersonId, UnitId};
use duban_core::reminder::{
    CatchUp, Delivery, OpenClock, Recipient, Rule, Rung, Situation, Step, Watch, due, next_runs,
};
use duban_tests::proof::count;
use duban_tests::world::binary;
use duban_web::schedule::{Job, Timetable};
use std::fmt::Write as _;
use std::process::Command;
use std::str::FromStr as _;

const ZONES: [(Tz, i32); 6] = [
    (chrono_tz::Europe::Berlin, 2026),
    (chrono_tz::America::New_York, 2026),
    (chrono_tz::Australia::Lord_Howe, 2026),
    (chrono_tz::America::Sao_Paulo, 2018),
    (chrono_tz::Asia::Shanghai, 1986),
    (chrono_tz::UTC, 2024),
];

fn rule(at: NaiveTime, steps: impl Iterator<Item = Step>) -> Rule {
    Rule {
        id: "r".to_owned(),
        title: BTreeMap::new(),
        watch: Watch::Draft,
        document_type: None,
        stage: None,
        at,
        rungs: steps
            .map(|step| Rung {
                step,
                to: vec![Recipient::CanAct],
            })
            .collect(),
        delivery: Delivery::Digest,
        mutable: false,
        catch_up: CatchUp::Digest,
    }
}

fn clock(due_on: NaiveDate) -> OpenClock {
    OpenClock {
        document: Some(DocumentId(1)),
        document_type: "annual_plan".to_owned(),
        due_on: Some(due_on),
        people: BTreeMap::from([(Recipient::CanAct, BTreeSet::from([PersonId(1)]))]),
        ..OpenClock::new(Watch::Draft, UnitId(1), NaiveDate::MIN.and_time(NaiveTime::MIN))
    }
}

fn occasions(
    rule: &Rule,
    clock: &OpenClock,
    calendar: &Calendar,
    now: chrono::NaiveDateTime,
    until: Option<NaiveDate>,
) -> Vec<duban_core::reminder::Occurrence> {
    let situation = Situation {
        clocks: std::slice::from_ref(clock),
        calendar,
        now,
        since: None,
        weights: &BTreeMap::new(),
        muted: &BTreeSet::new(),
    };
    match until {
        Some(until) => next_runs(std::slice::from_ref(rule), &situation, until),
        None => due(std::slice::from_ref(rule), &situation),
    }
}

/// The instants of a year at which the zone's clocks were moved, to the quarter of an hour.
fn moves(zone: Tz, year: i32) -> Vec<DateTime<Utc>> {
    let offset = |at: DateTime<Utc>| at.with_timezone(&zone).naive_local() - at.naive_utc();
    quarters(year)
        .filter(|at| offset(*at) != offset(*at - TimeDelta::minutes(15)))
        .collect()
}

fn quarters(year: i32) -> impl Iterator<Item = DateTime<Utc>> {
    let first = Utc.with_ymd_and_hms(year, 1, 1, 0, 0, 0).unwrap() - TimeDelta::hours(15);
    (0..(366 + 2) * 96).map(move |step| first + TimeDelta::minutes(15 * step))
}

#[test]
fn a_daily_rule_fires_once_on_every_local_date_wherever_clocks_are_moved() {
    for (zone, year) in ZONES {
        let mut calendar = Calendar::default();
        for date in NaiveDate::from_ymd_opt(year, 1, 1).unwrap().iter_days().take(366) {
            calendar.days.insert(date, DayKind::MakeUp);
        }
        // Half past two and midnight: times that are skipped and times that come twice.
        for at in [NaiveTime::from_hms_opt(2, 30, 0).unwrap(), NaiveTime::MIN] {
            let rule = rule(at, [Step::On].into_iter());
            let mut fired: BTreeMap<NaiveDate, BTreeSet<String>> = BTreeMap::new();
            for now in quarters(year) {
                let now = now.with_timezone(&zone).naive_local();
                if now.date().year() != year {
                    continue;
                }
                for occasion in occasions(&rule, &clock(now.date()), &calendar, now, None) {
                    assert!(now.time() >= at, "{zone}: early at {now}");
                    fired.entry(now.date()).or_default().insert(occasion.key);
                }
            }
            let days = if NaiveDate::from_ymd_opt(year, 2, 29).is_some() {
                366
            } else {
                365
            };
            assert_eq!(fired.len(), days, "{zone} at {at}");
            assert!(fired.values().all(|keys| keys.len() == 1), "{zone} at {at}");
        }
    }
}

#[test]
fn jobs_run_once_a_real_minute_and_once_a_local_day_while_clocks_are_moved() {
    let mut moved = 0;
    for (zone, year) in ZONES {
        for turn in moves(zone, year) {
            moved += 1;
            let mut table = Timetable::new(zone).expect("schedules");
            let start = turn - TimeDelta::hours(3);
            table.due(start);
            let mut minutes = BTreeMap::new();
            for step in 1..=6 * 180 {
                let now = start + TimeDelta::seconds(20 * step);
                if table.due(now).contains(&Job::Remind) {
                    *minutes.entry(now.timestamp() / 60).or_insert(0) += 1;
                }
            }
            assert_eq!(minutes.len(), 6 * 60, "{zone} around {turn}");
            assert!(minutes.values().all(|runs| *runs == 1), "{zone} around {turn}");
            // And the nightly one on each of the days around.
            let days = i64::try_from(count(4, 180)).expect("small");
            let mut table = Timetable::new(zone).expect("schedules");
            let start = turn - TimeDelta::days(days);
            table.due(start);
            let mut nights: BTreeMap<NaiveDate, usize> = BTreeMap::new();
            for step in 1..=days * 2 * 48 {
                let now = start + TimeDelta::minutes(30 * step);
                let ran = table.due(now).contains(&Job::Tidy);
                *nights.entry(now.with_timezone(&zone).date_naive()).or_default() += usize::from(ran);
            }
            let (first, last) = (*nights.keys().next().unwrap(), *nights.keys().next_back().unwrap());
            nights.retain(|day, _| *day != first && *day != last);
            assert!(
                nights.values().all(|runs| *runs == 1),
                "{zone} around {turn}: {nights:?}"
            );
        }
    }
    assert_eq!(
        moved, 10,
        "Berlin, New York, Lord Howe, Sao Paulo and Shanghai of these years move twice each"
    );
}

#[test]
fn working_days_before_every_date_of_three_years_agree_with_an_independent_table() {
    let steps = || (1..=30).map(Step::Before);
    let rule = rule(NaiveTime::from_hms_opt(8, 30, 0).unwrap(), steps());
    let list = |calendar: &Calendar| {
        let mut text = String::new();
        for due in day("2024-01-01").iter_days().take_while(|due| due.year() < 2027) {
            let now = day("2023-06-01").and_time(NaiveTime::MIN);
            let found = occasions(&rule, &clock(due), calendar, now, Some(due));
            assert_eq!(found.len(), 30, "{due}");
            for occasion in found {
                writeln!(text, "{due} {} {}", -occasion.rung, occasion.due_at.date()).unwrap();
            }
        }
        text
    };
    assert_eq!(python("before", &list(&shipped())).trim(), "checked 32880");
    // A make-up day that is forgotten is seen.
    let mut planted = shipped();
    planted.days.remove(&day("2025-10-11"));
    assert!(python("before", &list(&planted)).lines().count() > 1);
}

#[test]
fn forty_schedules_give_the_same_times_as_an_independent_calculator() {
    let schedules = [
        "* * * * *",
        "*/5 * * * *",
        "0 * * * *",
        "30 8 * * *",
        "0 0 * * *",
        "59 23 * * *",
        "0 9 1 * *",
        "0 9 15 * *",
        "0 9 31 * *",
        "0 9 29 2 *",
        "30 8 * * MON",
        "30 8 * * FRI",
        "30 8 * * MON-FRI",
        "30 8 * * SAT,SUN",
        "0 9 1 1 *",
        "0 9 1 */3 *",
        "0 9 1 JAN *",
        "0 9 1 JAN,JUL *",
        "0 */2 * * *",
        "15,45 * * * *",
        "10-20 9 * * *",
        "0 8-18 * * *",
        "0 8-18/2 * * *",
        "*/15 8-11 * * *",
        "0 12 10-20 * *",
        "0 12 1,11,21 * *",
        "5 4 * * SUN",
        "0 22 * * MON-FRI",
        "23 0-20/2 * * *",
        "0 0,12 1 */2 *",
        "0 4 8-14 * *",
        "30 6 30 * *",
        "0 17 31 12 *",
        "0 0 28 2 *",
        "45 23 * 2 *",
        "0 9 * 3 TUE",
        "*/20 9-17 * 6 MON-FRI",
        "0 6 5 MAY *",
        "1 1 1 1 *",
        "40 3 * * *",
    ];
    let list = |schedules: &[&str]| {
        let mut text = String::new();
        for words in schedules {
            let schedule = cron::Schedule::from_str(&format!("0 {words}")).unwrap();
            let from = Utc.with_ymd_and_hms(2026, 1, 30, 8, 30, 0).unwrap();
            let times: Vec<String> = schedule
                .after(&from)
                .take(5)
                .map(|at| at.format("%Y-%m-%dT%H:%M").to_string())
                .collect();
            writeln!(text, "{words}|{}", times.join(" ")).unwrap();
        }
        text
    };
    let said = python("schedules", &list(&schedules));
    assert_eq!(said.trim(), "checked 40");
    // The judge sees a number where a name should stand: here day 1 is Sunday, there it is Monday.
    assert!(python("schedules", &list(&["30 8 * * 1"])).lines().count() > 1);
    let mondays = cron::Schedule::from_str("0 30 8 * * MON").unwrap();
    let from = Utc.with_ymd_and_hms(2026, 1, 1, 0, 0, 0).unwrap();
    let year: Vec<_> = mondays.after(&from).take(52).collect();
    assert!(year.iter().all(|at| at.weekday() == Weekday::Mon) && year[51].year() == 2026);
}

#[tokio::test]
async fn times_are_the_same_whatever_zone_the_machine_is_in() {
    let folder = tempfile::tempdir().expect("folder");
    let url = format!("sqlite:{}/d.db", folder.path().display());
    let district = District::build(&url).await;
    district.filled_plan(2).await;
    let run = |zone: &str| {
        let mut command = Command::new(binary());
        for (key, _) in std::env::vars().filter(|(key, _)| key.starts_with("DUBAN_")) {
            command.env_remove(key);
        }
        let output = command
            .args(["remind", "--dry-run", "--at", "2026-03-24T08:30"])
            .env("DUBAN_DATABASE", &url)
            .env("TZ", zone)
            .current_dir(folder.path())
            .output()
            .expect("run");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).expect("text")
    };
    let shanghai = run("Asia/Shanghai");
    assert!(shanghai.contains("08:30"), "{shanghai}");
    for zone in ["UTC", "America/New_York", "Pacific/Kiritimati"] {
        assert_eq!(run(zone), shanghai, "{zone}");
    }
}
