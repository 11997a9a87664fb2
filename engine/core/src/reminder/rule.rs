//! A reminder rule: what it watches, its ladder of rungs, and whom each rung reaches.

use crate::reason::Reason;
use chrono::NaiveTime;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What a rule watches; each open clock is of one of these.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Watch {
    /// A plan or report that its unit has still to submit (the unit's clock).
    Draft,
    /// A seat of a review stage that somebody has still to fill (the reviewer's clock).
    Seat,
    /// A finding that is not closed.
    Finding,
    /// A campaign in which units have never submitted their plan.
    Campaign,
    /// A request for a later last day that nobody has decided about.
    Extension,
    /// A year that begins soon and whose holidays are not loaded.
    CalendarGap,
}

impl Watch {
    /// All, in the order in which lists show them.
    pub const ALL: [Self; 6] = [
        Self::Draft,
        Self::Seat,
        Self::Finding,
        Self::Campaign,
        Self::Extension,
        Self::CalendarGap,
    ];

    /// The stable code used in files, keys and locale keys (`reminder.watch.<code>`).
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Seat => "seat",
            Self::Finding => "finding",
            Self::Campaign => "campaign",
            Self::Extension => "extension",
            Self::CalendarGap => "calendar_gap",
        }
    }

    /// True when it is somebody's turn with a paper: what can be asked for by hand.
    pub fn is_turn(self) -> bool {
        matches!(self, Self::Draft | Self::Seat)
    }
}

/// Whom a rung reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Recipient {
    /// Whoever can act now: the holders of the post and their delegates.
    CanAct,
    /// The deputy of the unit whose turn it is.
    Deputy,
    /// The head of the unit whose turn it is.
    Head,
    /// The leader in charge.
    Leader,
}

impl Recipient {
    /// The stable code used in files and locale keys (`reminder.to.<code>`).
    pub fn code(self) -> &'static str {
        match self {
            Self::CanAct => "can_act",
            Self::Deputy => "deputy",
            Self::Head => "head",
            Self::Leader => "leader",
        }
    }
}

/// Where a rung stands on the ladder, in working days, from the due date unless said otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// So many working days after the clock started: "this is new for you". The only step for a clock without a
    /// last day.
    Opened(u32),
    /// So many working days before the due date.
    Before(u32),
    /// On the due date.
    On,
    /// So many working days after it, once.
    After(u32),
    /// From so many working days after it, and again after every so many more.
    Every {
        /// First working day after the due date (at least 1).
        from: u32,
        /// Working days between two (at least 1).
        step: u32,
    },
}

/// One rung: when, and to whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rung {
    /// Where it stands.
    pub step: Step,
    /// Whom it reaches; never empty.
    pub to: Vec<Recipient>,
}

/// How the mails of a rule travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delivery {
    /// As a line of the person's one mail of the morning.
    Digest,
    /// As a mail of its own.
    Single,
}

/// What becomes of reminders that fell due while nobody asked: the program stood still, or could not reach its database.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CatchUp {
    /// The latest one of each clock, in the one digest; it says what the earlier ones said.
    #[default]
    Digest,
    /// Each of them: one mail for each missed morning.
    Each,
    /// The latest one if it fell due within so many days; what is older is skipped for good, and counted.
    Skip(u32),
}

impl CatchUp {
    /// The window of [`CatchUp::Skip`] when nobody says another, in days.
    pub const WINDOW: u32 = 7;

    /// The stable code used in forms and locale keys (`rule.catch_up.<code>`).
    pub fn code(self) -> &'static str {
        match self {
            Self::Digest => "digest",
            Self::Each => "each",
            Self::Skip(_) => "skip",
        }
    }
}

/// A reminder rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Its name in keys; stable for ever.
    pub id: String,
    /// What it is called, by language tag (`zh`, `en`), as written in its file.
    pub title: BTreeMap<String, String>,
    /// What it watches.
    pub watch: Watch,
    /// Only papers of this type; all when absent.
    pub document_type: Option<String>,
    /// Only papers in this stage; all when absent.
    #[serde(default)]
    pub stage: Option<String>,
    /// Local time of day from which a rung is due.
    pub at: NaiveTime,
    /// Its ladder.
    pub rungs: Vec<Rung>,
    /// How its mails travel.
    pub delivery: Delivery,
    /// True when a person may switch it off for themselves.
    pub mutable: bool,
    /// What becomes of reminders that nobody asked for in time.
    #[serde(default)]
    pub catch_up: CatchUp,
}

/// The most working days that a rung may lie from the day it counts from: a quarter and some.
pub const FURTHEST: u32 = 90;

impl Rule {
    /// What keeps this rule from being of use; empty when it may be kept.
    ///
    /// | code | when |
    /// |---|---|
    /// | `rule_no_rungs` | it has no rung |
    /// | `rule_nobody` | a rung reaches nobody |
    /// | `rule_days` | a rung's days are outside 1 to [`FURTHEST`] |
    /// | `rule_window` | days after which reminders are skipped outside 1 to [`FURTHEST`] |
    /// | `rule_single_early` | mails of their own before anything is late |
    /// | `rule_never_fires` | no clock is ever of what it watches: only papers have a type, only those whose turn it is a stage |
    pub fn problems(&self) -> Vec<Reason> {
        let mut found = Vec::new();
        if self.rungs.is_empty() {
            found.push(Reason::new("rule_no_rungs"));
        }
        let sane = |days: u32| (1..=FURTHEST).contains(&days);
        for (index, rung) in self.rungs.iter().enumerate() {
            if rung.to.is_empty() {
                found.push(Reason::new("rule_nobody").with("no", index + 1));
            }
            let fits = match rung.step {
                Step::On => true,
                Step::Opened(days) => days <= FURTHEST,
                Step::Before(days) | Step::After(days) => sane(days),
                Step::Every { from, step } => sane(from) && sane(step),
            };
            if !fits {
                found.push(Reason::new("rule_days").with("no", index + 1).with("most", FURTHEST));
            }
        }
        if let CatchUp::Skip(days) = self.catch_up
            && !sane(days)
        {
            found.push(Reason::new("rule_window").with("most", FURTHEST));
        }
        let late = |rung: &Rung| matches!(rung.step, Step::After(_) | Step::Every { .. });
        if self.delivery == Delivery::Single && !self.rungs.iter().all(late) {
            found.push(Reason::new("rule_single_early"));
        }
        let typed = self.watch.is_turn() || self.watch == Watch::Extension;
        let misses_type = self.document_type.is_some() && !typed;
        if misses_type || (self.stage.is_some() && !self.watch.is_turn()) {
            found.push(Reason::new("rule_never_fires"));
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_is_of_no_use_says_why() {
        let rule = |watch, delivery, rungs: &[(Step, &[Recipient])]| Rule {
            id: "x".into(),
            title: BTreeMap::new(),
            watch,
            document_type: (watch == Watch::Finding).then(|| "annual_plan".to_owned()),
            stage: None,
            at: NaiveTime::MIN,
            rungs: rungs
                .iter()
                .map(|(step, to)| Rung {
                    step: *step,
                    to: to.to_vec(),
                })
                .collect(),
            delivery,
            mutable: false,
            catch_up: CatchUp::Digest,
        };
        let codes = |rule: Rule| -> Vec<String> { rule.problems().into_iter().map(|r| r.code.to_string()).collect() };
        let head: &[Recipient] = &[Recipient::Head];
        let good = rule(
            Watch::Seat,
            Delivery::Digest,
            &[(Step::On, head), (Step::Before(3), head)],
        );
        assert!(codes(good).is_empty());
        assert_eq!(codes(rule(Watch::Seat, Delivery::Digest, &[])), ["rule_no_rungs"]);
        assert_eq!(
            codes(rule(Watch::Seat, Delivery::Digest, &[(Step::On, &[])])),
            ["rule_nobody"]
        );
        assert_eq!(
            codes(rule(Watch::Seat, Delivery::Digest, &[(Step::Before(91), head)])),
            ["rule_days"]
        );
        let endless = Step::Every { from: 1, step: 0 };
        assert_eq!(
            codes(rule(Watch::Seat, Delivery::Digest, &[(endless, head)])),
            ["rule_days"]
        );
        assert_eq!(
            codes(rule(Watch::Seat, Delivery::Single, &[(Step::On, head)])),
            ["rule_single_early"]
        );
        let mut windowless = rule(Watch::Seat, Delivery::Digest, &[(Step::On, head)]);
        windowless.catch_up = CatchUp::Skip(0);
        assert_eq!(codes(windowless), ["rule_window"]);
        assert_eq!(
            codes(rule(Watch::Finding, Delivery::Digest, &[(Step::On, head)])),
            ["rule_never_fires"]
        );
    }
}
