//! Who waits for whom now: open papers and whose act each waits for, together with the plans that wait for plans.

use super::blocking::downstream;
use super::build::{Graph, WHOLE};
use super::order::condense;
use crate::id::{DocumentId, UnitId};
use crate::org::Role;
use crate::workflow::StageId;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// An open seat as the graph sees it: this paper of `owner` waits for an act of `unit`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Turn {
    /// The paper.
    pub document: DocumentId,
    /// Whose paper.
    pub owner: UnitId,
    /// Who has to act.
    pub unit: UnitId,
    /// In which post.
    pub role: Role,
    /// At which stage.
    pub stage: StageId,
    /// Since which civil date.
    pub since: NaiveDate,
    /// The last day, if there is one.
    pub due_on: Option<NaiveDate>,
}

/// "`waits` waits for `awaited`": for an act on its papers, for a plan, or for both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WaitNow {
    /// Who waits.
    pub waits: UnitId,
    /// For whom.
    pub awaited: UnitId,
    /// Its papers that lie with the other one.
    pub papers: Vec<DocumentId>,
    /// The number of tasks through which its plan waits for the other one's plan; which, says [`Graph::edge`].
    pub tasks: u32,
}

/// A unit that can act now, and what its acts would free.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Freeing {
    /// The unit.
    pub unit: UnitId,
    /// What waits for its act.
    pub turns: Vec<Turn>,
    /// Others that wait for this unit and for nobody else.
    pub frees: Vec<UnitId>,
    /// How many others wait for it directly.
    pub waited_by: usize,
    /// How many others wait for it over any number of units.
    pub in_the_end: usize,
    /// How much waits for it, in millionths: the weights of plans that wait for its plan, and one whole for every
    /// paper of others that lies with it, shared among those with whom it lies.
    pub weight: u64,
}

/// Who waits for whom at one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Everyone who waits or is awaited, by number.
    units: Vec<UnitId>,
    /// By (waits, awaited).
    waits: Vec<WaitNow>,
    turns: Vec<Turn>,
    weights: BTreeMap<UnitId, u64>,
}

impl Graph {
    /// Who waits for whom: whoever's paper lies with another unit waits for that unit, and a lead whose plan is not
    /// final waits for the plans of those who support it. `done` are the units whose plan is final or that owe none.
    pub fn now(&self, turns: &[Turn], done: &BTreeSet<UnitId>) -> Now {
        let open = self.open(done);
        let is_open = |place: usize| open.get(place).copied().unwrap_or_default();
        let mut found: Vec<WaitNow> = Vec::new();
        let mut weights: BTreeMap<UnitId, u64> = BTreeMap::new();
        for (edge, (support, lead)) in self.edges().zip(self.ends()) {
            if is_open(*support) && is_open(*lead) {
                *weights.entry(edge.support).or_default() += edge.weight.millionths;
                found.push(WaitNow {
                    waits: edge.lead,
                    awaited: edge.support,
                    papers: Vec::new(),
                    tasks: edge.weight.tasks,
                });
            }
        }
        let mut holders: BTreeMap<DocumentId, BTreeSet<UnitId>> = BTreeMap::new();
        for turn in turns {
            holders.entry(turn.document).or_default().insert(turn.unit);
        }
        let foreign: BTreeSet<(DocumentId, UnitId, UnitId)> = turns
            .iter()
            .filter(|turn| turn.owner != turn.unit)
            .map(|turn| (turn.document, turn.owner, turn.unit))
            .collect();
        for (document, owner, unit) in foreign {
            let sharing = holders.get(&document).map_or(1, |units| units.len().max(1));
            *weights.entry(unit).or_default() += WHOLE / u64::try_from(sharing).unwrap_or(u64::MAX);
            found.push(WaitNow {
                waits: owner,
                awaited: unit,
                papers: vec![document],
                tasks: 0,
            });
        }
        found.sort_by_key(|wait| (wait.waits, wait.awaited));
        let mut waits: Vec<WaitNow> = Vec::with_capacity(found.len());
        for wait in found {
            match waits.last_mut() {
                Some(last) if (last.waits, last.awaited) == (wait.waits, wait.awaited) => {
                    last.papers.extend(wait.papers);
                    last.tasks += wait.tasks;
                }
                _ => waits.push(wait),
            }
        }
        let mut units: Vec<UnitId> = waits.iter().flat_map(|wait| [wait.waits, wait.awaited]).collect();
        units.extend(turns.iter().map(|turn| turn.unit));
        units.sort_unstable();
        units.dedup();
        let mut turns = turns.to_vec();
        turns.sort();
        Now {
            units,
            waits,
            turns,
            weights,
        }
    }
}

impl Now {
    /// Every pair that waits, by (waits, awaited).
    pub fn waits(&self) -> &[WaitNow] {
        &self.waits
    }

    /// Units that can act now, the one whose next acts free most others first: by those it frees at once, then by the
    /// weight of what waits for it, then by how many wait for it in the end, then by number.
    pub fn freeing(&self) -> Vec<Freeing> {
        let reach = downstream(self.units.len(), self.arrows());
        let mut awaited_by: BTreeMap<UnitId, Vec<UnitId>> = BTreeMap::new();
        let mut only: BTreeMap<UnitId, (UnitId, usize)> = BTreeMap::new();
        for wait in &self.waits {
            awaited_by.entry(wait.awaited).or_default().push(wait.waits);
            only.entry(wait.waits).or_insert((wait.awaited, 0)).1 += 1;
        }
        let mut turns: BTreeMap<UnitId, Vec<Turn>> = BTreeMap::new();
        for turn in &self.turns {
            turns.entry(turn.unit).or_default().push(turn.clone());
        }
        let mut found: Vec<Freeing> = turns
            .into_iter()
            .map(|(unit, turns)| {
                let waiting = awaited_by.get(&unit).map_or(&[][..], Vec::as_slice);
                let place = self.place(unit);
                Freeing {
                    unit,
                    turns,
                    frees: waiting
                        .iter()
                        .copied()
                        .filter(|other| only.get(other) == Some(&(unit, 1)))
                        .collect(),
                    waited_by: waiting.len(),
                    in_the_end: place.and_then(|place| reach.get(place)).copied().unwrap_or_default(),
                    weight: self.weights.get(&unit).copied().unwrap_or_default(),
                }
            })
            .collect();
        found.sort_by_key(|one| {
            (
                Reverse(one.frees.len()),
                Reverse(one.weight),
                Reverse(one.in_the_end),
                one.unit,
            )
        });
        found
    }

    /// Groups of units that wait for each other now, the largest first.
    pub fn mutual(&self) -> Vec<Vec<UnitId>> {
        let condensed = condense(self.units.len(), self.arrows());
        let mut groups: Vec<Vec<UnitId>> = condensed
            .groups
            .into_iter()
            .filter(|group| group.len() > 1)
            .map(|group| {
                group
                    .iter()
                    .filter_map(|place| self.units.get(*place).copied())
                    .collect()
            })
            .collect();
        groups.sort_by_key(|group| (Reverse(group.len()), group.first().copied()));
        groups
    }

    fn place(&self, unit: UnitId) -> Option<usize> {
        self.units.binary_search(&unit).ok()
    }

    /// Places of (awaited, waiting).
    fn arrows(&self) -> impl Iterator<Item = (usize, usize)> + Clone {
        let pairs = self.waits.iter();
        pairs.filter_map(|wait| Some((self.place(wait.awaited)?, self.place(wait.waits)?)))
    }
}
