//! What slips when a unit is late.

use super::build::Graph;
use crate::calendar::Calendar;
use crate::id::UnitId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A plan that becomes final later than planned because of another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slip {
    /// Whose plan.
    pub unit: UnitId,
    /// Its planned day.
    pub planned: NaiveDate,
    /// The first day on which it can be final now.
    pub now: NaiveDate,
    /// The difference in working days.
    pub days: i64,
}

impl Graph {
    /// What slips when `unit` is `late` working days late. `planned` is the day on which each plan was to be final;
    /// units without one are left out of account. A plan waits for those of the units that support its lead's tasks,
    /// and units that wait on each other become final together on the latest of their days. The unit itself comes
    /// first, the rest by day and number; what keeps its day is not listed.
    pub fn impact(
        &self,
        planned: &BTreeMap<UnitId, NaiveDate>,
        unit: UnitId,
        late: u32,
        calendar: &Calendar,
    ) -> Vec<Slip> {
        let before = self.finals(planned);
        let mut delayed = planned.clone();
        if let Some(day) = delayed.get_mut(&unit) {
            *day = calendar.plus(*day, late);
        }
        let after = self.finals(&delayed);
        let mut slips: Vec<Slip> = after
            .into_iter()
            .filter_map(|(slipped, now)| {
                let own = *before.get(&slipped)?;
                (now > own).then(|| Slip {
                    unit: slipped,
                    planned: own,
                    now,
                    days: calendar.between(own, now),
                })
            })
            .collect();
        slips.sort_by_key(|slip| (slip.unit != unit, slip.now, slip.unit));
        slips
    }

    /// The day on which each plan can be final: its own, or the latest of those it waits for.
    fn finals(&self, planned: &BTreeMap<UnitId, NaiveDate>) -> BTreeMap<UnitId, NaiveDate> {
        let mut finals: BTreeMap<UnitId, NaiveDate> = BTreeMap::new();
        for group in self.order() {
            let own = group.units.iter().filter_map(|unit| planned.get(unit));
            let awaited = self
                .edges()
                .filter(|edge| group.units.contains(&edge.lead))
                .filter_map(|edge| finals.get(&edge.support));
            let Some(day) = own.chain(awaited).max().copied() else {
                continue;
            };
            for unit in group.units.iter().filter(|unit| planned.contains_key(unit)) {
                finals.insert(*unit, day);
            }
        }
        finals
    }
}
