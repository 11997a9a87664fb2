//! Whether the relay can be reached at all.
//!
//! A relay that is away is nobody's mail's fault: trying each waiting mail against it would be hours of knocking, and
//! would push every one of them to its hourly try, so that they still wait when it is back. So while nobody answers,
//! one mail a minute asks; the first answer lets all go.

use chrono::{DateTime, TimeDelta, Utc};
use std::sync::{Mutex, PoisonError};

/// How long a relay that did not answer is left alone.
const REST: TimeDelta = TimeDelta::minutes(1);

/// The way to the relay, as this process last found it.
#[derive(Debug, Default)]
pub struct Line {
    /// When to ask again; none while the relay answers.
    again: Mutex<Option<DateTime<Utc>>>,
}

impl Line {
    /// How many mails may be on their way at `now` (UTC): all `slots` while the relay answers, none while it is left
    /// alone, then one that asks.
    pub fn room(&self, now: DateTime<Utc>, slots: usize) -> usize {
        let again = *self.again.lock().unwrap_or_else(PoisonError::into_inner);
        match again {
            None => slots,
            // A clock that was set back does not lengthen the rest.
            Some(again) if now < again && again - now <= REST => 0,
            Some(_) => 1,
        }
    }

    /// Nobody answered at `now` (UTC).
    pub fn lost(&self, now: DateTime<Utc>) {
        *self.again.lock().unwrap_or_else(PoisonError::into_inner) = Some(now + REST);
    }

    /// The relay answered, whatever it said about the mail.
    pub fn found(&self) {
        *self.again.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_mail_a_minute_asks_while_nobody_answers() {
        let at = |text: &str| text.parse::<DateTime<Utc>>().unwrap();
        let line = Line::default();
        assert_eq!(line.room(at("2026-03-02T01:00:00Z"), 4), 4);
        line.lost(at("2026-03-02T01:00:00Z"));
        assert_eq!(line.room(at("2026-03-02T01:00:59Z"), 4), 0);
        assert_eq!(line.room(at("2026-03-02T01:01:00Z"), 4), 1);
        assert_eq!(line.room(at("2026-03-01T01:00:00Z"), 4), 1, "the clock was set back");
        line.found();
        assert_eq!(line.room(at("2026-03-02T01:00:30Z"), 4), 4);
    }
}
