//! What is held up now: a lead's plan can only become final once the plans of those it waits for are.

use super::bits::Bits;
use super::build::Graph;
use super::order::condense;
use crate::id::UnitId;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// One unapproved plan with what it waits for and what it holds up. The tasks of a pair are told by [`Graph::edge`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Blocked {
    /// Whose plan.
    pub unit: UnitId,
    /// Units whose unapproved plans it waits for itself.
    pub waits_for: Vec<UnitId>,
    /// Units whose unapproved plans wait for it directly.
    pub holds_up: Vec<UnitId>,
    /// How many unapproved plans wait for it over any number of others; the direct ones included, itself never.
    pub in_the_end: usize,
    /// Sum of the weights of the edges to those it holds up directly, in millionths of a task.
    pub weight: u64,
}

impl Graph {
    /// Every unit whose plan is not final, the one that holds up most first: by weight of what it holds up
    /// directly, then by how many it holds up in the end, then by number. `done` are the units whose plan is final
    /// or that owe none.
    pub fn blocked_now(&self, done: &BTreeSet<UnitId>) -> Vec<Blocked> {
        let open = self.open(done);
        let is_open = |place: usize| open.get(place).copied().unwrap_or_default();
        let arrows = self.ends().iter().copied();
        let arrows = arrows.filter(|(support, lead)| is_open(*support) && is_open(*lead));
        let reach = downstream(self.size(), arrows);
        let places = (0..self.size()).filter(|place| is_open(*place));
        let mut found: Vec<Blocked> = places
            .filter_map(|place| {
                let waiting = || self.edges_from(place).filter(|(_, lead)| is_open(*lead));
                let awaited = self.edges_into(place).filter(|(_, support)| is_open(*support));
                Some(Blocked {
                    unit: self.unit_at(place)?,
                    waits_for: awaited.map(|(edge, _)| edge.support).collect(),
                    holds_up: waiting().map(|(edge, _)| edge.lead).collect(),
                    in_the_end: reach.get(place).copied().unwrap_or_default(),
                    weight: waiting().map(|(edge, _)| edge.weight.millionths).sum(),
                })
            })
            .collect();
        found.sort_by_key(|b| (Reverse(b.weight), Reverse(b.in_the_end), b.unit));
        found
    }

    /// How much each unit holds up, in millionths of a task: the order in which reminders go out. Units that hold up
    /// nothing are left out.
    pub fn weights(&self, done: &BTreeSet<UnitId>) -> BTreeMap<UnitId, u64> {
        self.blocked_now(done)
            .into_iter()
            .filter(|blocked| blocked.weight > 0)
            .map(|blocked| (blocked.unit, blocked.weight))
            .collect()
    }

    /// For each place whether its unit's plan is not final.
    pub(super) fn open(&self, done: &BTreeSet<UnitId>) -> Vec<bool> {
        let units = (0..self.size()).filter_map(|place| self.unit_at(place));
        units.map(|unit| !done.contains(&unit)).collect()
    }
}

/// How many places wait for each place over any number of others, itself not counted. Arrows are (awaited, waiting).
pub(super) fn downstream(size: usize, arrows: impl Iterator<Item = (usize, usize)> + Clone) -> Vec<usize> {
    let condensed = condense(size, arrows.clone());
    let home = |place: usize| condensed.home.get(place).copied().unwrap_or_default();
    let mut next: Vec<(usize, usize)> = arrows
        .map(|(awaited, waiting)| (home(awaited), home(waiting)))
        .filter(|(awaited, waiting)| awaited != waiting)
        .collect();
    next.sort_unstable();
    next.dedup();
    let mut reached: Vec<Bits> = vec![Bits::new(size); condensed.groups.len()];
    let mut counts = vec![0; size];
    // Who waits comes later in the order, so the sets of those who wait are complete before they are asked for.
    for (index, group) in condensed.groups.iter().enumerate().rev() {
        let mut all = Bits::new(size);
        for place in group {
            all.insert(*place);
        }
        let from = next.partition_point(|(awaited, _)| *awaited < index);
        let waiting = next.get(from..).unwrap_or_default().iter();
        for (_, waiting) in waiting.take_while(|(awaited, _)| *awaited == index) {
            if let Some(more) = reached.get(*waiting) {
                all.extend(more);
            }
        }
        let count = all.len() - 1;
        for place in group {
            if let Some(found) = counts.get_mut(*place) {
                *found = count;
            }
        }
        if let Some(place) = reached.get_mut(index) {
            *place = all;
        }
    }
    counts
}
