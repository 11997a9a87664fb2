//! Findings (问题): what an inspector found at a unit, and how well units put right what was found.

use crate::calendar::Calendar;
use crate::clock::{Light, Progress, light};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// How far a finding has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Written down, not handed over yet.
    Raised,
    /// Handed over to the unit, which is to put it right.
    Rectifying,
    /// 销号: verified and closed; a look-back is to come.
    Closed,
    /// Looked back at: it holds.
    Confirmed,
}

impl State {
    /// All of them, in the order of a finding's life.
    pub const ALL: [Self; 4] = [Self::Raised, Self::Rectifying, Self::Closed, Self::Confirmed];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Raised => "raised",
            Self::Rectifying => "rectifying",
            Self::Closed => "closed",
            Self::Confirmed => "confirmed",
        }
    }

    /// The state with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }

    /// True once it counts as put right.
    pub fn is_closed(self) -> bool {
        matches!(self, Self::Closed | Self::Confirmed)
    }

    /// The light on `day` of a finding in this state that is to be put right by `demanded_by`.
    pub fn light(self, demanded_by: NaiveDate, day: NaiveDate, calendar: &Calendar) -> Light {
        let progress = match self {
            Self::Raised => Progress::NotStarted,
            Self::Rectifying => Progress::Open,
            Self::Closed | Self::Confirmed => Progress::Done,
        };
        light(progress, Some(demanded_by), day, calendar)
    }
}

/// The dates of one finding, as the rate needs them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Dates {
    /// By when it was to be put right.
    pub demanded_by: NaiveDate,
    /// The day on which it was closed, while it is.
    pub closed_on: Option<NaiveDate>,
}

/// The completion rate (整改完成率) of a set of findings: computed, never typed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Findings in all.
    pub all: usize,
    /// Of them, closed.
    pub closed: usize,
    /// Of all, those whose day has come.
    pub due: usize,
    /// Of those due, closed on their day or before. One closed late never gets here: lateness is not made good by
    /// catching up.
    pub in_time: usize,
    /// Of those due, still open.
    pub overdue: usize,
}

impl Rate {
    /// The rate of these findings on `day`. A day to put right that is off lasts until the next working day.
    pub fn of(findings: impl IntoIterator<Item = Dates>, day: NaiveDate, calendar: &Calendar) -> Self {
        let mut rate = Self::default();
        for finding in findings {
            let last = calendar.on_or_after(finding.demanded_by);
            // On the last day itself only what is closed already counts as due: the day is not over.
            let due = last < day || (last == day && finding.closed_on.is_some());
            rate.all += 1;
            rate.closed += usize::from(finding.closed_on.is_some());
            rate.due += usize::from(due);
            rate.in_time += usize::from(due && finding.closed_on.is_some_and(|closed| closed <= last));
            rate.overdue += usize::from(due && finding.closed_on.is_none());
        }
        rate
    }

    /// Closed in time ÷ due, in whole percent, rounded down so that 100 means all. None when nothing is due.
    pub fn percent(&self) -> Option<usize> {
        (self.in_time * 100).checked_div(self.due)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn dates(demanded_by: &str, closed_on: Option<&str>) -> Dates {
        Dates {
            demanded_by: day(demanded_by),
            closed_on: closed_on.map(day),
        }
    }

    #[test]
    fn late_is_late_and_what_is_not_due_does_not_count() {
        let calendar = Calendar::default();
        let findings = [
            dates("2026-03-06", Some("2026-03-05")),
            dates("2026-03-06", Some("2026-03-06")),
            dates("2026-03-06", Some("2026-03-09")),
            dates("2026-03-06", None),
            dates("2026-03-31", None),
            dates("2026-03-31", Some("2026-03-02")),
        ];
        let rate = Rate::of(findings, day("2026-03-10"), &calendar);
        let expected = Rate {
            all: 6,
            closed: 4,
            due: 4,
            in_time: 2,
            overdue: 1,
        };
        assert_eq!(rate, expected);
        assert_eq!(rate.percent(), Some(50));
        assert_eq!(Rate::default().percent(), None);
    }

    #[test]
    fn a_day_off_lasts_until_the_next_working_day() {
        let calendar = Calendar::default();
        // 7 March 2026 is a Saturday.
        let monday = [dates("2026-03-07", Some("2026-03-09"))];
        assert_eq!(Rate::of(monday, day("2026-03-10"), &calendar).in_time, 1);
        let open = [dates("2026-03-07", None)];
        assert_eq!(
            Rate::of(open, day("2026-03-09"), &calendar).due,
            0,
            "the day is not over"
        );
        assert_eq!(Rate::of(open, day("2026-03-10"), &calendar).overdue, 1);
    }

    #[test]
    fn hundred_percent_means_all() {
        let calendar = Calendar::default();
        let mut findings = vec![dates("2026-03-02", Some("2026-03-02")); 199];
        findings.push(dates("2026-03-02", None));
        assert_eq!(Rate::of(findings, day("2026-03-10"), &calendar).percent(), Some(99));
    }
}
