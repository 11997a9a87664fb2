//! The parties of a picture: units that are named themselves, and collective names that stand for many.

use super::build::{Graph, Part};
use crate::id::{TaskId, UnitId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// One party of a task.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Party {
    /// A unit that is named itself.
    Unit(UnitId),
    /// A collective name with all its members.
    Collective(String),
}

/// Everyone who is named somewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parties {
    /// Units that are named themselves: those that lead most first, then those with most parts, then by number.
    pub units: Vec<UnitId>,
    /// Collective names with their members.
    pub collectives: BTreeMap<String, BTreeSet<UnitId>>,
}

impl Parties {
    /// Units first, then collective names.
    pub fn all(&self) -> impl Iterator<Item = Party> {
        let units = self.units.iter().map(|unit| Party::Unit(*unit));
        units.chain(self.collectives.keys().map(|name| Party::Collective(name.clone())))
    }

    /// How many units a party stands for; none for a single unit.
    pub fn members(&self, party: &Party) -> Option<usize> {
        match party {
            Party::Unit(_) => None,
            Party::Collective(name) => self.collectives.get(name).map(BTreeSet::len),
        }
    }
}

impl Graph {
    /// Everyone who is named somewhere.
    pub fn parties(&self) -> Parties {
        let mut named: BTreeMap<UnitId, (usize, usize)> = BTreeMap::new();
        let mut collectives: BTreeMap<String, BTreeSet<UnitId>> = BTreeMap::new();
        for (task, parts) in self.tasks() {
            for (unit, part) in parts {
                if let Some(name) = self.via(*task, *unit) {
                    collectives.entry(name.to_owned()).or_default().insert(*unit);
                } else {
                    let counts = named.entry(*unit).or_default();
                    counts.0 += usize::from(*part == Part::Lead);
                    counts.1 += 1;
                }
            }
        }
        let mut units: Vec<(UnitId, (usize, usize))> = named.into_iter().collect();
        units.sort_by_key(|(unit, (leads, all))| (Reverse(*leads), Reverse(*all), *unit));
        Parties {
            units: units.into_iter().map(|(unit, _)| unit).collect(),
            collectives,
        }
    }

    /// The parties of a task with their parts: units that are named themselves, then collective names.
    pub fn parties_of(&self, task: TaskId) -> BTreeMap<Party, Part> {
        let parts = self.tasks().get(&task).into_iter().flatten();
        let party = |unit: UnitId| match self.via(task, unit) {
            Some(name) => Party::Collective(name.to_owned()),
            None => Party::Unit(unit),
        };
        parts.map(|(unit, part)| (party(*unit), *part)).collect()
    }
}
