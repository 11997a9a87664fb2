//! Assignments as of a date: a unit's part goes to whoever took its place (renamed, merged), or belongs to those whose
//! place it took later.

use super::build::Assignment;
use crate::id::UnitId;
use crate::org::Unit;
use chrono::NaiveDate;
use std::collections::{BTreeMap, BTreeSet};

/// Units with the periods in which they exist, and who took whose place when one ceased to exist.
#[derive(Clone, Copy, Debug)]
pub struct Lineage<'a> {
    /// All units, those of the past included.
    pub units: &'a BTreeMap<UnitId, Unit>,
    /// The unit that took a unit's place. Several units may have the same successor: they were merged.
    pub successors: &'a BTreeMap<UnitId, UnitId>,
}

impl Lineage<'_> {
    /// Who holds the place of `unit` on `day`: itself while it exists; after its end the first successor that
    /// exists; before its beginning the predecessors that existed. Where nobody did, the unit itself stays.
    pub fn holders(&self, unit: UnitId, day: NaiveDate) -> BTreeSet<UnitId> {
        let Some(found) = self.units.get(&unit) else {
            return [unit].into();
        };
        if day < found.valid_from {
            let before = self.predecessors(unit, day);
            return if before.is_empty() { [unit].into() } else { before };
        }
        let mut at = unit;
        let mut seen = BTreeSet::new();
        while !self.exists(at, day) && seen.insert(at) {
            match self.successors.get(&at) {
                Some(next) => at = *next,
                None => return [unit].into(),
            }
        }
        if self.exists(at, day) {
            [at].into()
        } else {
            [unit].into()
        }
    }

    fn predecessors(&self, unit: UnitId, day: NaiveDate) -> BTreeSet<UnitId> {
        let mut found = BTreeSet::new();
        let mut seen = BTreeSet::from([unit]);
        let mut front = vec![unit];
        while let Some(at) = front.pop() {
            let before = self.successors.iter().filter(|(_, successor)| **successor == at);
            for one in before.map(|(one, _)| *one) {
                if !seen.insert(one) {
                    continue;
                }
                if self.exists(one, day) {
                    found.insert(one);
                } else {
                    front.push(one);
                }
            }
        }
        found
    }

    fn exists(&self, unit: UnitId, day: NaiveDate) -> bool {
        self.units.get(&unit).is_some_and(|unit| unit.exists_on(day))
    }

    /// The assignments as they fall on the units that exist on `day`. A unit into which the lead and a support of
    /// one task were merged comes twice; [`super::Graph::doubled`] tells so.
    pub fn as_of(&self, assignments: &[Assignment], day: NaiveDate) -> Vec<Assignment> {
        let mut known: BTreeMap<UnitId, BTreeSet<UnitId>> = BTreeMap::new();
        let mut found = Vec::with_capacity(assignments.len());
        for assignment in assignments {
            let holders = known
                .entry(assignment.unit)
                .or_insert_with(|| self.holders(assignment.unit, day));
            found.extend(holders.iter().map(|unit| Assignment {
                unit: *unit,
                ..assignment.clone()
            }));
        }
        found
    }
}
