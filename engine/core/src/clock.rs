//! Two-sided clocks: the unit's (until it submits; again after a return) and the reviewer's (while the paper lies at
//! a stage). Each is a budget of whole working days that pauses while the other side has the paper.
//!
//! A clock stores budget and used time, not a target instant, so an amended calendar moves its due date by itself.

pub mod record;

use crate::calendar::Calendar;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Whose time is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The unit that owes the paper.
    Unit,
    /// Whoever reviews it.
    Reviewer,
}

/// A budget of working days with what has been used of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clock {
    /// Working days allowed.
    pub budget: u32,
    /// Working days used in periods that are over.
    pub used: u32,
    /// The day on which it last started; that day itself does not count. None while it stands still.
    pub since: Option<NaiveDate>,
}

impl Clock {
    /// A clock that stands still with its whole budget.
    pub fn new(budget: u32) -> Self {
        Self {
            budget,
            used: 0,
            since: None,
        }
    }

    /// Starts it on `day`; nothing happens when it runs already.
    pub fn start(&mut self, day: NaiveDate) {
        self.since.get_or_insert(day);
    }

    /// Stops it on `day`, which counts as used when it is worked; nothing happens when it stands still.
    pub fn pause(&mut self, day: NaiveDate, calendar: &Calendar) {
        self.used = self.used_on(day, calendar);
        self.since = None;
    }

    /// Working days used by the end of `day`.
    pub fn used_on(&self, day: NaiveDate, calendar: &Calendar) -> u32 {
        let running = self.since.map_or(0, |since| calendar.between(since, day).max(0));
        self.used.saturating_add(u32::try_from(running).unwrap_or(u32::MAX))
    }

    /// Working days left on `day`; negative when overdrawn.
    pub fn left_on(&self, day: NaiveDate, calendar: &Calendar) -> i64 {
        i64::from(self.budget) - i64::from(self.used_on(day, calendar))
    }

    /// The last day of the budget if nobody stops the clock; none while it stands still. A budget that was already
    /// used up when the clock started is due on the start day (or the next working day).
    pub fn due_on(&self, calendar: &Calendar) -> Option<NaiveDate> {
        self.since
            .map(|since| calendar.plus(since, self.budget.saturating_sub(self.used)))
    }
}

/// The two clocks of one paper; at most one of them runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Clocks {
    /// The unit's.
    pub unit: Clock,
    /// The reviewers', all stages together.
    pub reviewer: Clock,
}

impl Clocks {
    /// Two clocks that stand still.
    pub fn new(unit_budget: u32, reviewer_budget: u32) -> Self {
        Self {
            unit: Clock::new(unit_budget),
            reviewer: Clock::new(reviewer_budget),
        }
    }

    /// Hands the paper to `side` on `day`: its clock starts, the other one stops.
    pub fn hand_to(&mut self, side: Side, day: NaiveDate, calendar: &Calendar) {
        let (starts, stops) = match side {
            Side::Unit => (&mut self.unit, &mut self.reviewer),
            Side::Reviewer => (&mut self.reviewer, &mut self.unit),
        };
        stops.pause(day, calendar);
        starts.start(day);
    }

    /// Stops both on `day`: the matter is decided.
    pub fn stop(&mut self, day: NaiveDate, calendar: &Calendar) {
        self.unit.pause(day, calendar);
        self.reviewer.pause(day, calendar);
    }

    /// Whose clock runs, if one does.
    pub fn running(&self) -> Option<Side> {
        match (self.unit.since, self.reviewer.since) {
            (Some(_), _) => Some(Side::Unit),
            (None, Some(_)) => Some(Side::Reviewer),
            (None, None) => None,
        }
    }
}

/// A due date after the calendar was amended: it may move later by itself, but never earlier without a person's act.
pub fn amended(old: NaiveDate, recomputed: NaiveDate) -> NaiveDate {
    old.max(recomputed)
}

/// How far a matter has come, as far as its light is concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Progress {
    /// Nobody has begun.
    NotStarted,
    /// Begun and not finished.
    Open,
    /// Finished, on time or not.
    Done,
}

/// The light of a matter: computed, never chosen. Pages show shape and word, not colour alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// 逾期 ■: past its due date. First, because lists show it first.
    Red,
    /// 临期 ▲: few working days left.
    Yellow,
    /// 正常 ●.
    Green,
    /// 未开始 ○: nobody has begun, and there is time.
    Grey,
    /// 办结 ✓.
    Done,
}

impl Light {
    /// The stable code used in classes, the API and locale keys (`light.<code>`).
    pub fn code(self) -> &'static str {
        match self {
            Self::Red => "red",
            Self::Yellow => "yellow",
            Self::Green => "green",
            Self::Grey => "grey",
            Self::Done => "done",
        }
    }

    /// The shape that says the same without colour.
    pub fn shape(self) -> &'static str {
        match self {
            Self::Red => "■",
            Self::Yellow => "▲",
            Self::Green => "●",
            Self::Grey => "○",
            Self::Done => "✓",
        }
    }
}

/// How many working days before its due date a matter turns yellow: more than this is green.
pub const YELLOW_WITHIN: i64 = 5;

/// The light on `day` of a matter that is due on `due` (none: it has no date). Lateness and a near date outweigh
/// "not started": a plan nobody has opened is red, not grey, once it is overdue.
pub fn light(progress: Progress, due: Option<NaiveDate>, day: NaiveDate, calendar: &Calendar) -> Light {
    // A due date on a day off lasts until the next working day.
    let due = due.map(|due| calendar.on_or_after(due));
    match (progress, due) {
        (Progress::Done, _) => Light::Done,
        (Progress::NotStarted | Progress::Open, Some(due)) if day > due => Light::Red,
        (Progress::NotStarted | Progress::Open, Some(due)) if calendar.between(day, due) <= YELLOW_WITHIN => {
            Light::Yellow
        }
        (Progress::NotStarted, _) => Light::Grey,
        (Progress::Open, _) => Light::Green,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn a_clock_pauses_while_the_other_side_has_the_paper() {
        let calendar = Calendar::default();
        let mut clocks = Clocks::new(10, 5);
        // 2025-03-03 is a Monday.
        clocks.hand_to(Side::Unit, day("2025-03-03"), &calendar);
        assert_eq!(clocks.unit.due_on(&calendar), Some(day("2025-03-17")));
        clocks.hand_to(Side::Reviewer, day("2025-03-06"), &calendar);
        assert_eq!((clocks.unit.used, clocks.running()), (3, Some(Side::Reviewer)));
        clocks.hand_to(Side::Unit, day("2025-03-10"), &calendar);
        assert_eq!(clocks.reviewer.used, 2, "Friday and Monday; the weekend is nobody's");
        assert_eq!(clocks.unit.left_on(day("2025-03-11"), &calendar), 6);
        assert_eq!(clocks.unit.due_on(&calendar), Some(day("2025-03-19")));
        clocks.stop(day("2025-03-20"), &calendar);
        assert_eq!(clocks.running(), None);
        assert_eq!(clocks.unit.left_on(day("2025-12-31"), &calendar), -1, "lateness stays");
    }

    #[test]
    fn an_amended_calendar_never_moves_a_date_earlier() {
        assert_eq!(amended(day("2026-03-05"), day("2026-03-04")), day("2026-03-05"));
        assert_eq!(amended(day("2026-03-05"), day("2026-03-06")), day("2026-03-06"));
    }

    #[test]
    fn lights_follow_date_and_state() {
        let calendar = Calendar::default();
        let due = Some(day("2025-03-14")); // a Friday
        let on = |progress, text: &str| light(progress, due, day(text), &calendar);
        assert_eq!(on(Progress::Open, "2025-03-06"), Light::Green, "6 left");
        assert_eq!(on(Progress::Open, "2025-03-07"), Light::Yellow, "5 left");
        assert_eq!(
            on(Progress::Open, "2025-03-14"),
            Light::Yellow,
            "the last day is not late"
        );
        assert_eq!(on(Progress::Open, "2025-03-15"), Light::Red);
        assert_eq!(on(Progress::NotStarted, "2025-03-06"), Light::Grey);
        assert_eq!(on(Progress::NotStarted, "2025-03-17"), Light::Red);
        assert_eq!(on(Progress::Done, "2025-03-17"), Light::Done);
        assert_eq!(light(Progress::Open, None, day("2025-03-17"), &calendar), Light::Green);
        // Due on a Saturday: Monday still counts as in time.
        let saturday = Some(day("2025-03-15"));
        assert_eq!(
            light(Progress::Open, saturday, day("2025-03-17"), &calendar),
            Light::Yellow
        );
        assert_eq!(
            light(Progress::Open, saturday, day("2025-03-18"), &calendar),
            Light::Red
        );
    }
}
