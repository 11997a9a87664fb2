//! What slips when a unit is late.

use super::build::Graph;
use super::course::{Course, Today};
use crate::id::UnitId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A plan that becomes final later because of a late unit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// Whose plan.
    pub unit: UnitId,
    /// The day on which it could be final.
    pub planned: NaiveDate,
    /// The day on which it can be final now.
    pub now: NaiveDate,
    /// The difference in working days.
    pub days: i64,
    /// The unit for whose plan it has to wait; none when the paper itself lies with the late unit, or with a unit of
    /// its own group.
    pub because: Option<UnitId>,
}

impl Graph {
    /// What slips when `unit` is `late` working days late with everything that lies with it now: its own plan, or a
    /// paper of others that waits for its act. From there every clock runs on: the later stages take their limits in
    /// working days, a lead waits for those who support it, and units that wait on each other become final together
    /// on the latest of their days. The unit itself comes first, the rest by day and number; what keeps its day is
    /// not listed. Empty when nothing lies with the unit.
    pub fn impact(&self, courses: &[Course], unit: UnitId, late: u32, today: Today) -> Vec<Slip> {
        let condensed = self.condensed();
        let before = self.finals(&condensed, courses, &BTreeMap::new(), today);
        let after = self.finals(&condensed, courses, &BTreeMap::from([(unit, late)]), today);
        let days = before.together.iter().zip(&after.together).zip(&after.because);
        let mut slips: Vec<Slip> = days
            .enumerate()
            .filter_map(|(place, ((before, after), because))| {
                let (planned, now) = ((*before)?, (*after)?);
                let slipped = self.unit_at(place).filter(|_| now > planned)?;
                Some(Slip {
                    unit: slipped,
                    planned,
                    now,
                    days: today.calendar.between(planned, now),
                    because: because.and_then(|place| self.unit_at(place)),
                })
            })
            .collect();
        slips.sort_by_key(|slip| (slip.unit != unit, slip.now, slip.unit));
        slips
    }
}
