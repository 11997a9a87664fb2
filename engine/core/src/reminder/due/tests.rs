use super::*;
use crate::calendar::DayKind;
use chrono::{Days, NaiveTime};
use proptest::prelude::*;

fn day(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

fn at(text: &str) -> NaiveDateTime {
    NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
}

/// February 2026: the 14th and 28th (Saturdays) are worked, the 15th to the 23rd are off.
fn calendar() -> Calendar {
    let mut calendar = Calendar::default();
    for n in 15..=23 {
        calendar
            .days
            .insert(NaiveDate::from_ymd_opt(2026, 2, n).unwrap(), DayKind::Holiday);
    }
    calendar.days.insert(day("2026-02-14"), DayKind::MakeUp);
    calendar.days.insert(day("2026-02-28"), DayKind::MakeUp);
    calendar
}

fn rung(step: Step, to: &[Recipient]) -> Rung {
    Rung { step, to: to.to_vec() }
}

fn rule() -> Rule {
    Rule {
        id: "plan-due".into(),
        title: BTreeMap::new(),
        watch: Watch::Draft,
        document_type: Some("annual-plan".into()),
        stage: None,
        at: NaiveTime::from_hms_opt(8, 30, 0).unwrap(),
        rungs: vec![
            rung(Step::Before(3), &[Recipient::CanAct]),
            rung(Step::Before(1), &[Recipient::CanAct]),
            rung(Step::On, &[Recipient::CanAct]),
            rung(Step::Every { from: 1, step: 1 }, &[Recipient::CanAct]),
            rung(Step::After(2), &[Recipient::Deputy]),
            rung(Step::Every { from: 4, step: 2 }, &[Recipient::Head, Recipient::Leader]),
        ],
        delivery: Delivery::Digest,
        mutable: true,
        catch_up: CatchUp::Digest,
    }
}

fn clock(document: i64, unit: i64, due_on: &str) -> OpenClock {
    let people = |n: i64| BTreeSet::from([PersonId(unit * 10 + n)]);
    OpenClock {
        document: Some(DocumentId(document)),
        turn: 0,
        document_type: "annual-plan".into(),
        due_on: Some(day(due_on)),
        people: BTreeMap::from([
            (Recipient::CanAct, people(1)),
            (Recipient::Deputy, people(2)),
            (Recipient::Head, people(3)),
            (Recipient::Leader, BTreeSet::from([PersonId(99)])),
        ]),
        ..OpenClock::new(Watch::Draft, UnitId(unit), at("2026-01-05 09:00"))
    }
}

struct World {
    rules: Vec<Rule>,
    clocks: Vec<OpenClock>,
    calendar: Calendar,
    weights: BTreeMap<UnitId, u64>,
    muted: BTreeSet<(String, PersonId)>,
    since: Option<NaiveDateTime>,
}

impl World {
    fn new(clocks: Vec<OpenClock>) -> Self {
        Self {
            rules: vec![rule()],
            clocks,
            calendar: calendar(),
            weights: BTreeMap::new(),
            muted: BTreeSet::new(),
            since: None,
        }
    }

    fn situation(&self, now: NaiveDateTime) -> Situation<'_> {
        Situation {
            clocks: &self.clocks,
            calendar: &self.calendar,
            now,
            since: self.since,
            weights: &self.weights,
            muted: &self.muted,
        }
    }

    /// (rung, person) of what is due at this moment.
    fn due(&self, now: &str) -> Vec<(i64, i64)> {
        due(&self.rules, &self.situation(at(now)))
            .iter()
            .map(|o| (o.rung, o.person.0))
            .collect()
    }
}

#[test]
fn a_rung_is_due_from_its_hour_on_and_keeps_its_key() {
    // Due Friday 13 February: three working days before is Tuesday the 10th.
    let world = World::new(vec![clock(7, 1, "2026-02-13")]);
    assert_eq!(world.due("2026-02-10 08:29"), []);
    assert_eq!(world.due("2026-02-10 08:30"), [(-3, 11)]);
    let first = due(&world.rules, &world.situation(at("2026-02-10 08:30")));
    let again = due(&world.rules, &world.situation(at("2026-02-11 17:00")));
    assert_eq!(first, again, "asking again gives the same occurrence");
    assert_eq!(first[0].key, "plan-due/draft.d7.0.2026-02-13/-3/11");
    assert_eq!(world.due("2026-02-12 08:30"), [(-1, 11)]);
    assert_eq!(world.due("2026-02-13 08:30"), [(0, 11)]);
}

#[test]
fn a_worked_saturday_sends_and_a_holiday_does_not() {
    let world = World::new(vec![clock(7, 1, "2026-02-13")]);
    assert_eq!(world.due("2026-02-14 09:00"), [(1, 11)], "the Saturday is worked");
    let mut off = day("2026-02-15");
    while off <= day("2026-02-23") {
        assert_eq!(
            due(&world.rules, &world.situation(off.and_hms_opt(9, 0, 0).unwrap())),
            []
        );
        off = off + Days::new(1);
    }
    // The second working day after is Tuesday the 24th: the drafter again, now the deputy too.
    assert_eq!(world.due("2026-02-24 09:00"), [(2, 11), (2, 12)]);
    assert_eq!(world.due("2026-03-01 09:00"), [], "a plain Sunday");
}

#[test]
fn a_last_day_on_a_holiday_lasts_until_the_next_working_day() {
    let world = World::new(vec![clock(7, 1, "2026-02-20")]);
    assert_eq!(world.due("2026-02-14 09:00"), [(-1, 11)]);
    assert_eq!(world.due("2026-02-24 09:00"), [(0, 11)]);
    assert_eq!(world.due("2026-02-25 09:00"), [(1, 11)]);
}

#[test]
fn the_ladder_climbs_to_deputy_head_and_leader() {
    let world = World::new(vec![clock(7, 1, "2026-02-13")]);
    // Working days after the 13th: 14, 24, 25, 26, 27, 28.
    let escalated = world.due("2026-02-26 09:00");
    assert_eq!(escalated, [(4, 11), (2, 12), (4, 13), (4, 99)]);
    assert_eq!(world.due("2026-02-28 09:00"), [(6, 11), (2, 12), (6, 13), (6, 99)]);
}

#[test]
fn after_an_outage_only_the_latest_rung_is_due() {
    let world = World::new(vec![clock(7, 1, "2026-02-13")]);
    // Nothing ran since before the first rung.
    assert_eq!(world.due("2026-02-13 08:31"), [(0, 11)]);
}

#[test]
fn what_fell_due_before_a_weekend_comes_on_monday() {
    let world = World::new(vec![clock(7, 1, "2026-03-11")]);
    // Three before is Friday 6 March; the program was down until Saturday.
    assert_eq!(world.due("2026-03-07 10:00"), []);
    assert_eq!(world.due("2026-03-09 00:01"), [(-3, 11)]);
}

#[test]
fn nobody_is_reminded_of_what_began_after_the_rung() {
    let mut late = clock(7, 1, "2026-03-11");
    late.opened_at = at("2026-03-06 10:00");
    let world = World::new(vec![late]);
    assert_eq!(
        world.due("2026-03-06 11:00"),
        [],
        "the rung at 08:30 was before the clock started"
    );
    assert_eq!(world.due("2026-03-10 08:30"), [(-1, 11)]);
}

#[test]
fn a_closed_clock_reminds_nobody_and_a_moved_date_reminds_anew() {
    let mut world = World::new(vec![clock(7, 1, "2026-03-11")]);
    let sent = due(&world.rules, &world.situation(at("2026-03-06 09:00"))).remove(0);
    assert!(still_due(&sent, &world.clocks));
    world.clocks[0].due_on = Some(day("2026-03-18"));
    assert!(!still_due(&sent, &world.clocks));
    let anew = due(&world.rules, &world.situation(at("2026-03-13 09:00"))).remove(0);
    assert_ne!(anew.key, sent.key);
    world.clocks.clear();
    assert!(!still_due(&anew, &world.clocks));
    assert_eq!(world.due("2026-03-13 09:00"), []);
}

#[test]
fn somebody_whose_post_ended_is_no_longer_meant() {
    let mut world = World::new(vec![clock(7, 1, "2026-03-11")]);
    let sent = due(&world.rules, &world.situation(at("2026-03-06 09:00"))).remove(0);
    world.clocks[0]
        .people
        .insert(Recipient::CanAct, BTreeSet::from([PersonId(14)]));
    assert!(!still_due(&sent, &world.clocks));
    assert_eq!(world.due("2026-03-06 09:00"), [(-3, 14)], "the successor is told");
}

#[test]
fn one_person_is_told_once_for_one_rung() {
    let mut both = clock(7, 1, "2026-02-13");
    both.people.insert(Recipient::Leader, BTreeSet::from([PersonId(13)]));
    let world = World::new(vec![both]);
    assert_eq!(world.due("2026-02-26 09:00"), [(4, 11), (2, 12), (4, 13)]);
}

#[test]
fn muting_works_only_where_the_rule_allows_it() {
    let mut world = World::new(vec![clock(7, 1, "2026-02-13")]);
    world.muted.insert(("plan-due".into(), PersonId(11)));
    assert_eq!(world.due("2026-02-10 09:00"), []);
    world.rules[0].mutable = false;
    assert_eq!(world.due("2026-02-10 09:00"), [(-3, 11)]);
}

#[test]
fn the_unit_that_holds_up_most_comes_first() {
    let mut world = World::new(vec![
        clock(7, 1, "2026-02-13"),
        clock(8, 2, "2026-02-13"),
        clock(9, 3, "2026-02-13"),
    ]);
    world.weights = BTreeMap::from([(UnitId(3), 900), (UnitId(2), 100)]);
    assert_eq!(world.due("2026-02-10 09:00"), [(-3, 31), (-3, 21), (-3, 11)]);
}

#[test]
fn what_is_new_is_told_on_the_next_working_morning_even_without_a_last_day() {
    let mut seat = clock(7, 1, "2026-03-13");
    seat.watch = Watch::Seat;
    seat.opened_at = at("2026-03-06 15:00"); // a Friday
    let mut endless = seat.clone();
    endless.document = Some(DocumentId(8));
    endless.due_on = None;
    let mut world = World::new(vec![seat, endless]);
    world.rules[0].watch = Watch::Seat;
    world.rules[0].rungs = vec![
        rung(Step::Opened(1), &[Recipient::CanAct]),
        rung(Step::On, &[Recipient::CanAct]),
    ];
    assert_eq!(world.due("2026-03-08 09:00"), []);
    assert_eq!(world.due("2026-03-09 09:00"), [(-4, 11), (1, 11)]);
    assert_eq!(world.due("2026-03-13 09:00"), [(0, 11), (1, 11)]);
}

#[test]
fn a_rule_looks_only_at_what_it_watches() {
    let mut seat = clock(7, 1, "2026-02-13");
    seat.watch = Watch::Seat;
    let mut report = clock(8, 1, "2026-02-13");
    report.document_type = "rectification-report".into();
    assert_eq!(World::new(vec![seat, report]).due("2026-02-13 09:00"), []);
}

#[test]
fn the_next_runs_are_what_ticking_would_find() {
    let world = World::new(vec![clock(7, 1, "2026-02-13"), clock(8, 2, "2026-02-25")]);
    let now = at("2026-02-09 12:00");
    let planned = next_runs(&world.rules, &world.situation(now), day("2026-02-28"));
    let mut ticked: BTreeMap<String, NaiveDateTime> = BTreeMap::new();
    let mut today = now.date();
    while today <= day("2026-02-28") {
        for occurrence in due(&world.rules, &world.situation(today.and_hms_opt(23, 0, 0).unwrap())) {
            ticked.entry(occurrence.key).or_insert(occurrence.due_at);
        }
        today = today + Days::new(1);
    }
    let planned: BTreeMap<_, _> = planned.into_iter().map(|o| (o.key, o.due_at)).collect();
    assert_eq!(planned, ticked);
    assert!(planned.len() > 15);
}

/// What comes after an outage, by length and by policy: (told, skipped). Nothing happened after the rule's last asking.
#[test]
fn each_policy_catches_up_as_the_table_says() {
    // Daily from Friday the 6th on, and once three working days before; two clocks.
    let table = [
        ("2026-02-11 08:20", "2026-02-11 08:35", CatchUp::Digest, 1, 0),
        ("2026-02-11 08:20", "2026-02-11 08:35", CatchUp::Each, 1, 0),
        ("2026-02-11 08:20", "2026-02-11 08:35", CatchUp::Skip(7), 1, 0),
        // Mondays to Wednesdays: three mornings.
        ("2026-02-06 09:00", "2026-02-11 09:00", CatchUp::Digest, 1, 0),
        ("2026-02-06 09:00", "2026-02-11 09:00", CatchUp::Each, 3, 0),
        ("2026-02-06 09:00", "2026-02-11 09:00", CatchUp::Skip(7), 1, 0),
        // Forty days, of which the 15th to the 23rd are off: the window holds the last one, the mornings before it are
        // past.
        ("2026-02-06 09:00", "2026-03-18 09:00", CatchUp::Digest, 1, 0),
        ("2026-02-06 09:00", "2026-03-18 09:00", CatchUp::Each, 24, 0),
        ("2026-02-06 09:00", "2026-03-18 09:00", CatchUp::Skip(7), 1, 19),
    ];
    for (since, now, catch_up, told, past) in table {
        let mut world = World::new(vec![clock(7, 1, "2026-02-05"), clock(8, 2, "2026-02-05")]);
        world.rules[0].rungs = vec![rung(Step::Every { from: 1, step: 1 }, &[Recipient::CanAct])];
        world.rules[0].catch_up = catch_up;
        world.since = Some(at(since));
        let situation = world.situation(at(now));
        let count = |found: Vec<Occurrence>| -> BTreeMap<PersonId, usize> {
            let mut count = BTreeMap::new();
            for occurrence in found {
                assert!(occurrence.due_at > at(since), "{occurrence:?}");
                *count.entry(occurrence.person).or_default() += 1;
            }
            count
        };
        let both = |n: usize| -> BTreeMap<PersonId, usize> {
            [11, 21]
                .into_iter()
                .filter(|_| n > 0)
                .map(|person| (PersonId(person), n))
                .collect()
        };
        assert_eq!(count(due(&world.rules, &situation)), both(told), "{catch_up:?} {now}");
        assert_eq!(
            count(skipped(&world.rules, &situation)),
            both(past),
            "{catch_up:?} {now}"
        );
    }
}

#[test]
fn what_is_past_the_window_is_skipped_though_it_is_the_latest() {
    let mut world = World::new(vec![clock(7, 1, "2026-02-05")]);
    world.rules[0].rungs = vec![rung(Step::On, &[Recipient::CanAct])];
    for (catch_up, told, past) in [(CatchUp::Digest, 1, 0), (CatchUp::Each, 1, 0), (CatchUp::Skip(7), 0, 1)] {
        world.rules[0].catch_up = catch_up;
        let situation = world.situation(at("2026-02-13 09:00"));
        assert_eq!(due(&world.rules, &situation).len(), told, "{catch_up:?}");
        assert_eq!(skipped(&world.rules, &situation).len(), past, "{catch_up:?}");
        // On the seventh day it still came.
        let earlier = world.situation(at("2026-02-12 08:30"));
        assert_eq!(due(&world.rules, &earlier).len(), 1, "{catch_up:?}");
    }
}

proptest! {
    /// However long and whenever the program was down, nobody gets two reminders for one clock at one tick, nothing
    /// comes on a day off or before its time, and ticking twice adds no key.
    #[test]
    fn ticks_are_harmless(start in 0_i64..60, gaps in prop::collection::vec(1_i64..4000, 1..40)) {
        let world = World::new(vec![clock(7, 1, "2026-02-13"), clock(8, 2, "2026-03-02")]);
        let mut now = at("2026-01-12 08:00") + chrono::TimeDelta::days(start);
        for minutes in gaps {
            now += chrono::TimeDelta::minutes(minutes);
            let found = due(&world.rules, &world.situation(now));
            prop_assert_eq!(&found, &due(&world.rules, &world.situation(now)));
            let told: BTreeSet<_> = found.iter().map(|o| (o.clock.clone(), o.person)).collect();
            prop_assert_eq!(told.len(), found.len());
            for occurrence in &found {
                prop_assert!(occurrence.due_at <= now);
                prop_assert!(world.calendar.is_working(now.date()));
            }
        }
    }
}
