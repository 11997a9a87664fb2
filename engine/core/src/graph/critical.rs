//! The critical path: the chain of plans that decides when the last plan can be final, and how much time each plan
//! has before another one moves.

use super::build::Graph;
use super::course::{Course, Today};
use crate::id::{TaskId, UnitId};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::BTreeSet;

/// Plans that become final together: one, or those of units that wait on each other.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The units with an open plan, by number.
    pub units: Vec<UnitId>,
    /// The unit whose own way ends last among them.
    pub slowest: UnitId,
    /// The day on which they could be final by their own ways alone.
    pub own: NaiveDate,
    /// The day on which they can be final, with what they wait for.
    pub day: NaiveDate,
    /// Working days by which they can slip before a plan that waits for them moves; before the last day of all when
    /// none waits.
    pub slack: i64,
    /// The tasks through which the step after this one waits for it; empty for the last one.
    pub tasks: BTreeSet<TaskId>,
}

/// The critical path and the time that the others have.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Critical {
    /// The path: each step waits for the one before it and cannot become final before it. The last step is the last
    /// one to become final.
    pub path: Vec<Step>,
    /// All other plans, those with the least slack first.
    pub others: Vec<Step>,
}

impl Graph {
    /// The critical path over the condensed graph. Among equally long ways to the last day the one with most steps
    /// is taken, then the one with the smallest unit numbers.
    pub fn critical(&self, courses: &[Course], today: Today) -> Critical {
        let condensed = self.condensed();
        let finals = self.finals(&condensed, courses, &Default::default(), today);
        let day = |group: usize| {
            let places = condensed.groups.get(group).into_iter().flatten();
            places
                .filter_map(|place| finals.together.get(*place).copied().flatten())
                .max()
        };
        let days: Vec<Option<NaiveDate>> = (0..condensed.groups.len()).map(day).collect();
        let day = |group: usize| days.get(group).copied().flatten();
        let Some(last_day) = days.iter().flatten().max().copied() else {
            return Critical::default();
        };
        // For each group: the first day of a waiting group, and the longest chain of equal days that leads to it.
        let mut waiting: Vec<Option<NaiveDate>> = vec![None; days.len()];
        let mut chain: Vec<(usize, Option<usize>)> = vec![(1, None); days.len()];
        for group in 0..days.len() {
            for (support, lead) in self.arrows_into(&condensed, group) {
                let (Some(before), Some(own)) = (day(support), day(lead)) else {
                    continue;
                };
                if let Some(first) = waiting.get_mut(support) {
                    *first = Some(first.map_or(own, |known| known.min(own)));
                }
                let longer = chain.get(support).map_or(1, |(steps, _)| steps + 1);
                if before == own
                    && let Some(known) = chain.get_mut(lead)
                    && longer > known.0
                {
                    *known = (longer, Some(support));
                }
            }
        }
        let ends = (0..days.len()).filter(|group| day(*group) == Some(last_day));
        let last = ends.max_by_key(|group| (chain.get(*group).map(|(steps, _)| *steps), Reverse(*group)));
        let mut on_path = Vec::new();
        let mut at = last;
        while let Some(group) = at {
            on_path.push(group);
            at = chain.get(group).and_then(|(_, before)| *before);
        }
        on_path.reverse();
        let step = |group: usize, after: Option<usize>| {
            let places = condensed.groups.get(group).map_or(&[][..], Vec::as_slice);
            let own = |place: &usize| finals.own.get(*place).copied().flatten();
            let open: Vec<usize> = places.iter().copied().filter(|place| own(place).is_some()).collect();
            let slowest = open.iter().max_by_key(|place| (own(place), Reverse(**place)))?;
            let limit = waiting.get(group).copied().flatten().unwrap_or(last_day);
            Some(Step {
                units: open.iter().filter_map(|place| self.unit_at(*place)).collect(),
                slowest: self.unit_at(*slowest)?,
                own: own(slowest)?,
                day: day(group)?,
                slack: today.calendar.between(day(group)?, limit),
                tasks: after
                    .map(|after| self.tasks_between(&condensed, group, after))
                    .unwrap_or_default(),
            })
        };
        let path = on_path.iter().enumerate();
        let path = path.filter_map(|(index, group)| step(*group, on_path.get(index + 1).copied()));
        let path = path.collect();
        let rest = (0..days.len()).filter(|group| !on_path.contains(group));
        let mut others: Vec<Step> = rest.filter_map(|group| step(group, None)).collect();
        others.sort_by_key(|step| (step.slack, Reverse(step.day), step.units.first().copied()));
        Critical { path, others }
    }

    /// Groups (awaited, waiting) of the edges that lead into a group from outside.
    fn arrows_into(&self, condensed: &super::order::Condensed, group: usize) -> BTreeSet<(usize, usize)> {
        let places = condensed.groups.get(group).into_iter().flatten();
        let supports = places
            .flat_map(|place| self.edges_into(*place))
            .map(|(_, support)| support);
        let homes = supports.filter_map(|support| condensed.home.get(support).copied());
        homes.filter(|home| *home != group).map(|home| (home, group)).collect()
    }

    fn tasks_between(&self, condensed: &super::order::Condensed, support: usize, lead: usize) -> BTreeSet<TaskId> {
        let places = condensed.groups.get(lead).into_iter().flatten();
        let edges = places.flat_map(|place| self.edges_into(*place));
        let edges = edges.filter(|(_, place)| condensed.home.get(*place) == Some(&support));
        edges.flat_map(|(edge, _)| edge.tasks.iter().copied()).collect()
    }
}
