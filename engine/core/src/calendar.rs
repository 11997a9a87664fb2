//! Working days: Monday to Friday, minus public holidays, plus make-up days (调休).
//!
//! The calendar is data, each day with the notice that made it. A year without data is *provisional*:
//! plain weekends are assumed and every date computed in it must be shown as such.

use chrono::{Datelike, Days, NaiveDate, Weekday};
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

/// The day `by` (±1) further; stays put at the ends of time.
fn step(day: NaiveDate, by: i64) -> NaiveDate {
    let moved = if by < 0 {
        day.checked_sub_days(Days::new(1))
    } else {
        day.checked_add_days(Days::new(1))
    };
    moved.unwrap_or(day)
}
