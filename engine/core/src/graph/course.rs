//! The way that an open plan has still to go, and the day on which it can be final: the present stage until its last
//! day, then every later stage with its whole time limit, all in working days.

use super::build::Graph;
use super::order::Condensed;
use crate::calendar::Calendar;
use crate::id::{DocumentId, UnitId};
use crate::workflow::StageId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// A stage that lies ahead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// The stage.
    pub stage: StageId,
    /// Its time limit in working days; 0 when it has none.
    pub limit: u32,
}

/// The way of an open plan from where it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Course {
    /// The plan.
    pub document: DocumentId,
    /// Whose plan.
    pub owner: UnitId,
    /// Units whose act it waits for now.
    pub with: BTreeSet<UnitId>,
    /// The last day of the present stage; none when it has none.
    pub due_on: Option<NaiveDate>,
    /// The stages after the present one, in order.
    pub ahead: Vec<Leg>,
}

/// The day, and how working days are counted from it.
#[derive(Clone, Copy, Debug)]
pub struct Today<'a> {
    /// The civil date.
    pub day: NaiveDate,
    /// Working days.
    pub calendar: &'a Calendar,
}

impl Course {
    /// The day on which the plan is final when the present stage ends `late` working days after its last day and
    /// every later one takes its whole limit. What is overdue already ends today at the earliest.
    pub fn final_on(&self, late: u32, today: Today) -> NaiveDate {
        let present = self.due_on.map_or(today.day, |due| due.max(today.day));
        let mut day = today.calendar.plus(present, late);
        for leg in self.ahead.iter().filter(|leg| leg.limit > 0) {
            day = today.calendar.plus(day, leg.limit);
        }
        day
    }
}

/// The days on which plans can be final, by place; none for a unit without an open plan.
pub(super) struct Finals {
    /// By its own way alone.
    pub(super) own: Vec<Option<NaiveDate>>,
    /// With what it waits for.
    pub(super) together: Vec<Option<NaiveDate>>,
    /// For whose plan it waits last, when that is later than its own day (and outside its group).
    pub(super) because: Vec<Option<usize>>,
}

impl Graph {
    /// When plans can be final if those for whom `late` says so are that many working days late with what lies with
    /// them now.
    pub(super) fn finals(
        &self,
        condensed: &Condensed,
        courses: &[Course],
        late: &BTreeMap<UnitId, u32>,
        today: Today,
    ) -> Finals {
        let mut own: Vec<Option<NaiveDate>> = vec![None; self.size()];
        for course in courses {
            let days = course.with.iter().filter_map(|unit| late.get(unit)).max();
            let day = course.final_on(days.copied().unwrap_or_default(), today);
            if let Some(found) = self.place(course.owner).and_then(|place| own.get_mut(place)) {
                *found = Some(found.map_or(day, |known| known.max(day)));
            }
        }
        let mut together: Vec<Option<NaiveDate>> = vec![None; self.size()];
        let mut because: Vec<Option<usize>> = vec![None; self.size()];
        for group in &condensed.groups {
            let mut latest: Option<NaiveDate> = group.iter().filter_map(|place| own.get(*place).copied()?).max();
            let mut awaited = None;
            for place in group {
                for (_, support) in self.edges_into(*place) {
                    let day = together.get(support).copied().flatten();
                    if day.is_some() && day > latest {
                        (latest, awaited) = (day, Some(support));
                    }
                }
            }
            for place in group
                .iter()
                .filter(|place| own.get(**place).is_some_and(Option::is_some))
            {
                if let (Some(day), Some(cause)) = (together.get_mut(*place), because.get_mut(*place)) {
                    (*day, *cause) = (latest, awaited);
                }
            }
        }
        Finals { own, together, because }
    }
}
