//! Where "now" comes from. The core never asks; the service asks once a use case and hands the answer in.

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use chrono_tz::Tz;
use duban_core::org::Moment;
use std::sync::{Mutex, PoisonError};

/// Where the government sits: civil dates are days of this zone unless a service is told otherwise.
pub const DEFAULT_ZONE: Tz = chrono_tz::Asia::Shanghai;

/// A source of instants.
pub trait Clock: Send + Sync + 'static {
    /// The instant now (UTC).
    fn now(&self) -> DateTime<Utc>;
}

/// The machine's clock.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> DateTime<Utc> {
        Utc::now()
    }
}

/// A clock that stands still until it is moved by hand; for tests and for playing a whole year in a minute.
#[derive(Debug)]
pub struct ManualClock(Mutex<DateTime<Utc>>);

impl ManualClock {
    /// A clock that shows `at` (UTC).
    pub fn new(at: DateTime<Utc>) -> Self {
        Self(Mutex::new(at))
    }

    /// Sets the clock to `at` (UTC); it may go backwards.
    pub fn set(&self, at: DateTime<Utc>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = at;
    }

    /// Moves the clock by `step`.
    pub fn advance(&self, step: TimeDelta) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) += step;
    }
}

impl Clock for ManualClock {
    fn now(&self) -> DateTime<Utc> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The moment `now`, cut to microseconds (what every database keeps) and with its civil date in `zone`.
pub fn moment(now: DateTime<Utc>, zone: Tz) -> Moment {
    let now = now.trunc_subsecs(6);
    Moment {
        now,
        day: now.with_timezone(&zone).date_naive(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_civil_day_turns_at_midnight_in_shanghai() {
        let before = "2026-11-23T15:59:59.9999999Z".parse().unwrap();
        let after = "2026-11-23T16:00:00Z".parse().unwrap();
        assert_eq!(moment(before, DEFAULT_ZONE).day.to_string(), "2026-11-23");
        assert_eq!(moment(before, DEFAULT_ZONE).now.timestamp_subsec_nanos(), 999_999_000);
        assert_eq!(moment(after, DEFAULT_ZONE).day.to_string(), "2026-11-24");
    }

    #[test]
    fn a_manual_clock_moves_only_by_hand() {
        let clock = ManualClock::new("2026-01-01T00:00:00Z".parse().unwrap());
        clock.advance(TimeDelta::hours(3));
        assert_eq!(clock.now().to_rfc3339(), "2026-01-01T03:00:00+00:00");
    }
}
