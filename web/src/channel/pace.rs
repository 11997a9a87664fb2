//! How many messages a minute a way takes.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

const MINUTE: Duration = Duration::from_secs(60);

/// Counts what was sent in the last minute, by this process.
#[derive(Debug)]
pub struct Pace {
    per_minute: usize,
    sent: Mutex<VecDeque<Instant>>,
}

impl Pace {
    /// At most `per_minute` in any minute; 0: no limit.
    pub fn new(per_minute: u32) -> Self {
        Self {
            per_minute: usize::try_from(per_minute).unwrap_or(usize::MAX),
            sent: Mutex::default(),
        }
    }

    /// Whether one more may go at `now`; it counts as sent then.
    pub fn take(&self, now: Instant) -> bool {
        if self.per_minute == 0 {
            return true;
        }
        let mut sent = self.sent.lock().unwrap_or_else(PoisonError::into_inner);
        while sent.front().is_some_and(|at| now.duration_since(*at) >= MINUTE) {
            sent.pop_front();
        }
        let free = sent.len() < self.per_minute;
        if free {
            sent.push_back(now);
        }
        free
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_minute_has_more_than_the_limit() {
        let pace = Pace::new(20);
        let start = Instant::now();
        let mut sent = Vec::new();
        for tenth in 0..3_000 {
            let now = start + Duration::from_millis(100 * tenth);
            if pace.take(now) {
                sent.push(now);
            }
        }
        assert_eq!(sent.len(), 100, "five minutes");
        for (index, at) in sent.iter().enumerate() {
            let within = sent[index..].iter().filter(|later| later.duration_since(*at) < MINUTE);
            assert!(within.count() <= 20);
        }
        assert!((0..1_000).all(|_| Pace::new(0).take(start)));
    }
}
