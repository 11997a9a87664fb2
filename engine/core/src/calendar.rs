//! Working days: Monday to Friday, minus public holidays, plus make-up days (调休).
//!
//! The calendar is data, each day with the notice that made it. A year without data is *provisional*:
//! plain weekends are assumed and every date computed in it must be shown as such.

use chrono::{Datelike, Days, Months, NaiveDate, Weekday};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What a notice says about one civil date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayKind {
    /// 放假: off, whatever the weekday.
    Holiday,
    /// 调休上班: worked, whatever the weekday.
    MakeUp,
}

/// The working days of a place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Calendar {
    /// Days that differ from the plain week.
    pub days: BTreeMap<NaiveDate, DayKind>,
    /// Years (of the dates, not of the notices) whose arrangement has been published and loaded.
    pub published: BTreeSet<i32>,
}

impl Calendar {
    /// True when `day` is worked.
    pub fn is_working(&self, day: NaiveDate) -> bool {
        match self.days.get(&day) {
            Some(DayKind::Holiday) => false,
            Some(DayKind::MakeUp) => true,
            None => !matches!(day.weekday(), Weekday::Sat | Weekday::Sun),
        }
    }

    /// True when the arrangement of `day`'s year is not known yet.
    pub fn is_provisional(&self, day: NaiveDate) -> bool {
        !self.published.contains(&day.year())
    }

    /// The `n`-th working day after `day`; `day` itself does not count. With `n` = 0: `day` itself when it is
    /// worked, else the next working day.
    pub fn plus(&self, day: NaiveDate, n: u32) -> NaiveDate {
        if n == 0 {
            return self.on_or_after(day);
        }
        let mut found = day;
        for _ in 0..n {
            found = self.on_or_after(step(found, 1));
        }
        found
    }

    /// The `n`-th working day before `day`; `day` itself does not count. With `n` = 0: `day` itself when it is
    /// worked, else the working day before it.
    pub fn minus(&self, day: NaiveDate, n: u32) -> NaiveDate {
        if n == 0 {
            return self.on_or_before(day);
        }
        let mut found = day;
        for _ in 0..n {
            found = self.on_or_before(step(found, -1));
        }
        found
    }

    /// `day` when it is worked, else the next working day.
    pub fn on_or_after(&self, day: NaiveDate) -> NaiveDate {
        let mut day = day;
        while !self.is_working(day) && day < NaiveDate::MAX {
            day = step(day, 1);
        }
        day
    }

    /// `day` when it is worked, else the working day before it.
    pub fn on_or_before(&self, day: NaiveDate) -> NaiveDate {
        let mut day = day;
        while !self.is_working(day) && day > NaiveDate::MIN {
            day = step(day, -1);
        }
        day
    }

    /// Working days in (`from`, `to`]: how many remain on `from` until `to`. Negative when `to` lies before `from`
    /// (then: minus the working days in (`to`, `from`]).
    pub fn between(&self, from: NaiveDate, to: NaiveDate) -> i64 {
        if to < from {
            return -self.between(to, from);
        }
        let mut count = 0;
        let mut day = from;
        while day < to {
            day = step(day, 1);
            count += i64::from(self.is_working(day));
        }
        count
    }
}

/// Why a day does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DayOff {
    /// A plain Saturday or Sunday.
    Weekend,
    /// Off by a notice.
    Holiday,
}

/// A run of days that were skipped for the same reason, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Skipped {
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
    /// Why.
    pub why: DayOff,
}

/// How long something may take.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// So many working days; the start day does not count.
    WorkingDays(u32),
    /// Until the corresponding day so many months later, or the month's end when there is no such day.
    Months(u32),
    /// Until a given civil date.
    Date(NaiveDate),
}

/// How a due date came about, so that a page can print it: "3月2日送达，次日起算，5个工作日，其中3月7—8日休息 → 3月9日".
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Derivation {
    /// The day it started; it does not count.
    pub start: NaiveDate,
    /// What was allowed.
    pub term: Term,
    /// Days that did not count, in order. For months and dates: only those by which the last day moved.
    pub skipped: Vec<Skipped>,
    /// Weekend days that did count because they are worked (调休).
    pub made_up: Vec<NaiveDate>,
    /// The last day.
    pub due: NaiveDate,
    /// True when some day on the way lies in a year whose arrangement is not known yet.
    pub provisional: bool,
}

impl Calendar {
    /// Why `day` is off; none when it is worked.
    pub fn day_off(&self, day: NaiveDate) -> Option<DayOff> {
        if self.is_working(day) {
            None
        } else if self.days.contains_key(&day) {
            Some(DayOff::Holiday)
        } else {
            Some(DayOff::Weekend)
        }
    }

    /// The last day of `term` from `start`, with its derivation. A last day that is off moves to the next working
    /// day.
    pub fn derive(&self, start: NaiveDate, term: Term) -> Derivation {
        let (first, due) = match term {
            Term::WorkingDays(days) => (start, self.plus(start, days)),
            Term::Months(months) => {
                let last = start.checked_add_months(Months::new(months)).unwrap_or(NaiveDate::MAX);
                (step(last, -1), self.on_or_after(last))
            }
            Term::Date(last) => (step(last, -1), self.on_or_after(last)),
        };
        let mut skipped: Vec<Skipped> = Vec::new();
        let mut made_up = Vec::new();
        let mut provisional = false;
        // `plus` with 0 days may stay on `start`; then nothing lies between and the loop does not run.
        let mut day = first;
        while day < due {
            day = step(day, 1);
            provisional |= self.is_provisional(day);
            match (self.day_off(day), skipped.last_mut()) {
                (Some(why), Some(run)) if run.why == why && step(run.to, 1) == day => run.to = day,
                (Some(why), _) => skipped.push(Skipped {
                    from: day,
                    to: day,
                    why,
                }),
                (None, _) if self.days.get(&day) == Some(&DayKind::MakeUp) => made_up.push(day),
                (None, _) => {}
            }
        }
        Derivation {
            start,
            term,
            skipped,
            made_up,
            due,
            provisional: provisional || self.is_provisional(due),
        }
    }
}

/// The day `by` (±1) further; stays put at the ends of time.
fn step(day: NaiveDate, by: i64) -> NaiveDate {
    let moved = if by < 0 {
        day.checked_sub_days(Days::new(1))
    } else {
        day.checked_add_days(Days::new(1))
    };
    moved.unwrap_or(day)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    /// The arrangements of 2025 and 2026 as published by the State Council's office.
    fn calendar() -> Calendar {
        let off = [
            ("2025-01-01", 1),
            ("2025-01-28", 8),
            ("2025-04-04", 3),
            ("2025-05-01", 5),
            ("2025-05-31", 3),
            ("2025-10-01", 8),
            ("2026-01-01", 3),
            ("2026-02-15", 9),
            ("2026-04-04", 3),
            ("2026-05-01", 5),
            ("2026-06-19", 3),
            ("2026-09-25", 3),
            ("2026-10-01", 7),
        ];
        let worked = [
            "2025-01-26",
            "2025-02-08",
            "2025-04-27",
            "2025-09-28",
            "2025-10-11",
            "2026-01-04",
            "2026-02-14",
            "2026-02-28",
            "2026-05-09",
            "2026-09-20",
            "2026-10-10",
        ];
        let mut calendar = Calendar {
            published: [2025, 2026].into(),
            ..Calendar::default()
        };
        for (from, days) in off {
            for n in 0..days {
                calendar.days.insert(day(from) + Days::new(n), DayKind::Holiday);
            }
        }
        for text in worked {
            calendar.days.insert(day(text), DayKind::MakeUp);
        }
        calendar
    }

    #[test]
    fn the_months_of_2025_and_2026_have_the_published_working_days() {
        let calendar = calendar();
        let by_month = |year| -> Vec<i64> {
            (1..=12)
                .map(|month| {
                    let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap();
                    calendar.between(step(first, -1), step(first + Months::new(1), -1))
                })
                .collect()
        };
        assert_eq!(by_month(2025), [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23]);
        assert_eq!(by_month(2026), [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]);
        assert_eq!(by_month(2025).iter().sum::<i64>(), 248);
        assert_eq!(by_month(2026).iter().sum::<i64>(), 248);
    }

    #[test]
    fn single_days_are_as_published() {
        let mut calendar = calendar();
        for text in ["2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"] {
            assert!(calendar.is_working(day(text)), "{text} is worked");
        }
        let mut spring = day("2026-02-15");
        while spring <= day("2026-02-23") {
            assert_eq!(calendar.day_off(spring), Some(DayOff::Holiday), "{spring} is off");
            spring = step(spring, 1);
        }
        assert!(calendar.is_working(day("2026-02-24")) && !calendar.is_working(day("2026-03-01")));
        // A notice may lengthen a holiday at the last moment, and a day may belong to next year's notice.
        calendar.days.insert(day("2020-01-31"), DayKind::Holiday);
        calendar.days.insert(day("2018-12-29"), DayKind::MakeUp);
        assert!(!calendar.is_working(day("2020-01-31")) && calendar.is_working(day("2020-02-03")));
        assert!(calendar.is_working(day("2018-12-29")));
    }

    #[test]
    fn an_unpublished_year_is_provisional() {
        let calendar = calendar();
        assert!(!calendar.is_provisional(day("2026-12-31")) && calendar.is_provisional(day("2027-01-01")));
        let over = calendar.derive(day("2026-12-28"), Term::WorkingDays(5));
        assert!(over.provisional && over.due == day("2027-01-04"));
        assert!(!calendar.derive(day("2026-12-21"), Term::WorkingDays(5)).provisional);
    }

    #[test]
    fn a_due_date_tells_how_it_came_about() {
        let calendar = calendar();
        // Delivered on Monday 2 March 2026.
        let plain = calendar.derive(day("2026-03-02"), Term::WorkingDays(5));
        assert_eq!(plain.due, day("2026-03-09"));
        let weekend = Skipped {
            from: day("2026-03-07"),
            to: day("2026-03-08"),
            why: DayOff::Weekend,
        };
        assert_eq!((plain.skipped, plain.made_up), (vec![weekend], vec![]));

        // Over the spring festival: a make-up Saturday counts, nine days do not.
        let spring = calendar.derive(day("2026-02-12"), Term::WorkingDays(3));
        assert_eq!(spring.due, day("2026-02-24"));
        assert_eq!(spring.made_up, [day("2026-02-14")]);
        assert_eq!(
            spring.skipped,
            [Skipped {
                from: day("2026-02-15"),
                to: day("2026-02-23"),
                why: DayOff::Holiday
            }]
        );
    }

    #[test]
    fn months_end_on_the_corresponding_day_and_a_last_day_off_moves_on() {
        let calendar = calendar();
        let month = |start, months| calendar.derive(day(start), Term::Months(months));
        assert_eq!(month("2026-01-15", 2).due, day("2026-03-16"), "15 March is a Sunday");
        assert_eq!(
            month("2026-01-31", 1).due,
            day("2026-02-28"),
            "no 31 February; a worked Saturday"
        );
        assert_eq!(month("2025-12-31", 2).made_up, [day("2026-02-28")]);
        let date = calendar.derive(day("2026-01-05"), Term::Date(day("2026-10-01")));
        assert_eq!((date.due, date.skipped.len()), (day("2026-10-08"), 1));
        assert_eq!(
            calendar.derive(day("2026-01-05"), Term::WorkingDays(0)).due,
            day("2026-01-05")
        );
    }

    proptest! {
        #[test]
        fn plus_minus_and_between_agree(offset in 0_u64..730, n in 1_u32..40) {
            let calendar = calendar();
            let start = day("2025-01-01") + Days::new(offset);
            let later = calendar.plus(start, n);
            prop_assert!(calendar.is_working(later));
            prop_assert_eq!(calendar.between(start, later), i64::from(n));
            prop_assert_eq!(calendar.between(later, start), -i64::from(n));
            let earlier = calendar.minus(start, n);
            prop_assert!(calendar.is_working(earlier) && earlier < start);
            prop_assert_eq!(calendar.plus(earlier, n), calendar.on_or_after(start));
        }

        #[test]
        fn every_day_of_a_derivation_is_accounted_for(offset in 0_u64..600, n in 0_u32..40) {
            let calendar = calendar();
            let start = day("2025-01-01") + Days::new(offset);
            let told = calendar.derive(start, Term::WorkingDays(n));
            let skipped: i64 = told.skipped.iter().map(|run| (run.to - run.from).num_days() + 1).sum();
            let counted = calendar.between(start, told.due);
            prop_assert_eq!((told.due - start).num_days(), skipped + counted);
        }
    }
}
