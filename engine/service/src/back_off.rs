//! When a mail that did not get through is tried again, and when it is given up.

use chrono::{DateTime, TimeDelta, Utc};

/// Minutes before the second, third, … try; after the last one, an hour each.
const BACK_OFF: [i64; 4] = [1, 5, 15, 30];
/// How long a mail waits that may have arrived.
pub(crate) const UNCLEAR: TimeDelta = TimeDelta::minutes(5);
/// After this long a mail is given up.
const GIVE_UP: TimeDelta = TimeDelta::days(5);

/// When to try again after the `attempts`-th failure at `now` of a mail written at `created`; none: give up.
pub fn next_try(attempts: u32, created: DateTime<Utc>, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let step = usize::try_from(attempts.saturating_sub(1)).unwrap_or(usize::MAX);
    let minutes = BACK_OFF.get(step).copied().unwrap_or(60);
    let at = now + TimeDelta::minutes(minutes);
    (at - created <= GIVE_UP).then_some(at)
}

/// Moves a next try a little later, by up to a tenth of the wait, so that mails that failed together do not come
/// back together.
pub(crate) fn spread(at: DateTime<Utc>, now: DateTime<Utc>, id: i64) -> DateTime<Utc> {
    let tenth = (at - now).num_seconds() / 10;
    at + TimeDelta::seconds(id.rem_euclid(tenth.max(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_are_further_and_further_apart_and_end_after_five_days() {
        let created: DateTime<Utc> = "2026-03-02T00:00:00Z".parse().unwrap();
        let waits: Vec<i64> = (1..=6)
            .map(|attempts| (next_try(attempts, created, created).unwrap() - created).num_minutes())
            .collect();
        assert_eq!(waits, [1, 5, 15, 30, 60, 60]);
        assert!(next_try(90, created, created + TimeDelta::hours(118)).is_some());
        assert_eq!(next_try(90, created, created + TimeDelta::hours(120)), None);
    }
}
