//! One unit in the middle: for whom it waits and who waits for it, at most two steps away.

use super::build::Graph;
use super::parties::Party;
use crate::id::{TaskId, UnitId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// A neighbour one step away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tie {
    /// Who; members that came in through one collective name are one party.
    pub party: Party,
    /// The tasks through which.
    pub tasks: BTreeSet<TaskId>,
    /// How much it weighs, in millionths of a task.
    pub weight: u64,
}

/// A unit two steps away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Far {
    /// Who.
    pub unit: UnitId,
    /// Over which neighbours.
    pub over: BTreeSet<UnitId>,
}

/// One unit with its surroundings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Around {
    /// The unit in the middle.
    pub unit: UnitId,
    /// Those for whom it waits, the weightiest first.
    pub waits_for: Vec<Tie>,
    /// Those who wait for it, the weightiest first.
    pub waited_by: Vec<Tie>,
    /// Those for whom the ones it waits for wait in turn.
    pub further: Vec<Far>,
    /// Those who wait for the ones that wait for it.
    pub beyond: Vec<Far>,
}

impl Graph {
    /// The surroundings of a unit; none when it has no part in any task. Two steps away only units that are named
    /// themselves and not already nearer are told, those with most ways first.
    pub fn around(&self, unit: UnitId) -> Option<Around> {
        self.place(unit)?;
        let mut waits_for: BTreeMap<Party, Tie> = BTreeMap::new();
        for edge in self.waits_for(unit) {
            for task in &edge.tasks {
                let party = match self.via(*task, edge.support) {
                    Some(name) => Party::Collective(name.to_owned()),
                    None => Party::Unit(edge.support),
                };
                add(&mut waits_for, party, *task);
            }
        }
        let mut waited_by: BTreeMap<Party, Tie> = BTreeMap::new();
        for edge in self.waited_by(unit) {
            for task in &edge.tasks {
                add(&mut waited_by, Party::Unit(edge.lead), *task);
            }
        }
        let near = |ties: &BTreeMap<Party, Tie>| -> BTreeSet<UnitId> {
            let units = ties.keys().filter_map(|party| match party {
                Party::Unit(unit) => Some(*unit),
                Party::Collective(_) => None,
            });
            units.collect()
        };
        let (left, right) = (near(&waits_for), near(&waited_by));
        let mut further: BTreeMap<UnitId, BTreeSet<UnitId>> = BTreeMap::new();
        for over in &left {
            for edge in self.waits_for(*over) {
                let named = edge.tasks.iter().any(|task| self.via(*task, edge.support).is_none());
                if named && edge.support != unit && !left.contains(&edge.support) {
                    further.entry(edge.support).or_default().insert(*over);
                }
            }
        }
        let mut beyond: BTreeMap<UnitId, BTreeSet<UnitId>> = BTreeMap::new();
        for over in &right {
            for edge in self.waited_by(*over) {
                if edge.lead != unit && !right.contains(&edge.lead) {
                    beyond.entry(edge.lead).or_default().insert(*over);
                }
            }
        }
        Some(Around {
            unit,
            waits_for: self.weighed(waits_for, unit, true),
            waited_by: self.weighed(waited_by, unit, false),
            further: by_ways(further),
            beyond: by_ways(beyond),
        })
    }

    fn weighed(&self, ties: BTreeMap<Party, Tie>, unit: UnitId, waits: bool) -> Vec<Tie> {
        let mut ties: Vec<Tie> = ties.into_values().collect();
        for tie in &mut ties {
            for task in &tie.tasks {
                let Some(parts) = self.tasks().get(task) else { continue };
                // Whoever is waited for: the other party where the unit waits, the unit itself where it is awaited.
                let shares = self.shares(*task, parts).into_iter().filter(|share| {
                    let Some(one) = self.unit_at(share.place) else {
                        return false;
                    };
                    match (&tie.party, waits) {
                        (Party::Unit(other), true) => one == *other,
                        (Party::Collective(name), true) => self.via(*task, one) == Some(name.as_str()),
                        (_, false) => one == unit,
                    }
                });
                tie.weight += shares.map(|share| share.share).sum::<u64>();
            }
        }
        ties.sort_by(|a, b| (Reverse(a.weight), &a.party).cmp(&(Reverse(b.weight), &b.party)));
        ties
    }
}

fn add(ties: &mut BTreeMap<Party, Tie>, party: Party, task: TaskId) {
    let tie = ties.entry(party.clone()).or_insert_with(|| Tie {
        party,
        tasks: BTreeSet::new(),
        weight: 0,
    });
    tie.tasks.insert(task);
}

fn by_ways(found: BTreeMap<UnitId, BTreeSet<UnitId>>) -> Vec<Far> {
    let mut found: Vec<Far> = found.into_iter().map(|(unit, over)| Far { unit, over }).collect();
    found.sort_by_key(|far| (Reverse(far.over.len()), far.unit));
    found
}
