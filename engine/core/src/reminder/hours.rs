//! The hours in which mail may go out by itself.

use crate::calendar::Calendar;
use chrono::{NaiveDateTime, NaiveTime};
use serde::{Deserialize, Serialize};

/// From when until when, local time of a working day, mail goes out by itself. Outside is quiet: nothing leaves then
/// but what a person sends by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hours {
    /// The first moment of the day; before it is quiet.
    pub from: NaiveTime,
    /// The end; from here on it is quiet again.
    pub until: NaiveTime,
}

impl Default for Hours {
    /// Seven in the morning to eight in the evening.
    fn default() -> Self {
        let hour = |hour| NaiveTime::from_hms_opt(hour, 0, 0).unwrap_or(NaiveTime::MIN);
        Self {
            from: hour(7),
            until: hour(20),
        }
    }
}

impl Hours {
    /// True when there is any time between both ends.
    pub fn is_sound(&self) -> bool {
        self.from < self.until
    }

    /// The first moment from `now` on at which mail may go out: `now` itself within the hours of a working day, else
    /// the next working day's beginning.
    pub fn next(&self, now: NaiveDateTime, calendar: &Calendar) -> NaiveDateTime {
        let (day, time) = (now.date(), now.time());
        if calendar.is_working(day) && time < self.from {
            day.and_time(self.from)
        } else if calendar.is_working(day) && time < self.until {
            now
        } else {
            calendar.plus(day, 1).and_time(self.from)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn at(text: &str) -> NaiveDateTime {
        NaiveDateTime::parse_from_str(text, "%Y-%m-%d %H:%M").unwrap()
    }

    #[test]
    fn nights_and_days_off_are_quiet() {
        let calendar = Calendar::default();
        let hours = Hours::default();
        for (now, next) in [
            ("2026-03-06 06:59", "2026-03-06 07:00"),
            ("2026-03-06 07:00", "2026-03-06 07:00"),
            ("2026-03-06 19:59", "2026-03-06 19:59"),
            ("2026-03-06 20:00", "2026-03-09 07:00"),
            ("2026-03-07 10:00", "2026-03-09 07:00"),
            ("2026-03-08 23:00", "2026-03-09 07:00"),
            ("2026-03-09 23:00", "2026-03-10 07:00"),
        ] {
            assert_eq!(hours.next(at(now), &calendar), at(next), "{now}");
        }
    }

    proptest! {
        #[test]
        fn the_next_moment_is_never_quiet_and_never_past(minutes in 0_i64..1_000_000) {
            let calendar = Calendar::default();
            let hours = Hours::default();
            let now = at("2026-01-01 00:00") + chrono::TimeDelta::minutes(minutes);
            let next = hours.next(now, &calendar);
            prop_assert!(next >= now && calendar.is_working(next.date()));
            prop_assert!(next.time() >= hours.from && next.time() < hours.until);
            prop_assert_eq!(hours.next(next, &calendar), next);
        }
    }
}
