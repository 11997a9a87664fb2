//! How many messages a minute a way takes.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);
/// A timer that rang late by less than this is made up for; what was not used before is lost.
const LATE: Duration = Duration::from_secs(1);

/// Counts what was sent in the last minute, by this process.
#[derive(Debug)]
pub struct Pace {
    per_minute: usize,
    /// The least time from one message to the next.
    gap: Duration,
    sent: Mutex<Sent>,
}

#[derive(Debug, Default)]
struct Sent {
    /// In the last minute.
    at: VecDeque<Instant>,
    /// When the next one is in step.
    next: Option<Instant>,
}

impl Pace {
    /// At most `per_minute` in any minute, one directly after another where they come so; 0: no limit.
    pub fn new(per_minute: u32) -> Self {
        Self {
            per_minute: usize::try_from(per_minute).unwrap_or(usize::MAX),
            gap: Duration::ZERO,
            sent: Mutex::default(),
        }
    }

    /// At most `per_minute` in any minute, in even steps: 300 are one every fifth of a second. A burst at the
    /// beginning of each minute would take the machine from whoever is looking at a page. 0: no limit.
    pub fn even(per_minute: u32) -> Self {
        Self {
            gap: MINUTE.checked_div(per_minute).unwrap_or_default(),
            ..Self::new(per_minute)
        }
    }

    /// How long until one more may go; nothing when it may at `now`.
    pub fn wait(&self, now: Instant) -> Duration {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        self.until_free(&mut sent, now)
    }

    /// Whether one more may go at `now`; it counts as sent then.
    pub fn take(&self, now: Instant) -> bool {
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        let free = self.until_free(&mut sent, now).is_zero();
        if free && self.per_minute > 0 {
            sent.at.push_back(now);
            let step = sent.next.filter(|next| now.duration_since(*next) < LATE);
            sent.next = Some(step.unwrap_or(now) + self.gap);
        }
        free
    }

    fn until_free(&self, sent: &mut Sent, now: Instant) -> Duration {
        if self.per_minute == 0 {
            return Duration::ZERO;
        }
        while sent.at.front().is_some_and(|at| now.duration_since(*at) >= MINUTE) {
            sent.at.pop_front();
        }
        let full = sent.at.front().filter(|_| sent.at.len() >= self.per_minute);
        let minute = full.map_or(Duration::ZERO, |first| MINUTE - now.duration_since(*first));
        let step = sent.next.map_or(Duration::ZERO, |next| next.duration_since(now));
        minute.max(step)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When messages go in five minutes if one is always ready and somebody looks every `look` milliseconds.
    fn sent(pace: &Pace, start: Instant, look: u64) -> Vec<Instant> {
        let looks = (0..300_000 / look).map(|number| start + Duration::from_millis(look * number));
        looks
            .filter(|now| {
                let free = pace.wait(*now).is_zero();
                assert_eq!(pace.take(*now), free);
                free
            })
            .collect()
    }

    fn most(sent: &[Instant], span: Duration) -> usize {
        let from = |index: usize| &sent[index..];
        let within = |index: usize| from(index).iter().take_while(|at| **at - sent[index] < span).count();
        (0..sent.len()).map(within).max().unwrap_or(0)
    }

    #[test]
    fn no_minute_has_more_than_the_limit() {
        let start = Instant::now();
        let sent = sent(&Pace::new(20), start, 100);
        assert_eq!(sent.len(), 100, "five minutes");
        assert_eq!(most(&sent, MINUTE), 20);
        assert_eq!(sent[19], start + Duration::from_millis(1_900), "as they come");
        assert!((0..1_000).all(|_| Pace::new(0).take(start)));
    }

    #[test]
    fn even_steps_keep_the_rate_though_timers_ring_late() {
        let start = Instant::now();
        assert!((0..1_000).all(|_| Pace::even(0).take(start)));
        // Looked at every 70 milliseconds, none goes at its step exactly.
        let sent = sent(&Pace::even(300), start, 70);
        assert_eq!(most(&sent, MINUTE), 300);
        assert!(sent.len() >= 1_490, "{} in five minutes", sent.len());
        assert!(most(&sent, Duration::from_secs(1)) <= 6);
        // What was not used is lost: after a pause there is no burst.
        let pace = Pace::even(300);
        assert!(pace.take(start));
        let later = start + Duration::from_secs(30);
        assert!(pace.take(later) && !pace.take(later));
        assert_eq!(pace.wait(later), Duration::from_millis(200));
    }
}
