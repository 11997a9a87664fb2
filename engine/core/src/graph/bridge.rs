//! Bridges: units through which others hang together that share no task themselves.

use super::bits::Bits;
use super::build::Graph;
use crate::id::UnitId;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// A unit that links others.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bridge {
    /// The unit.
    pub unit: UnitId,
    /// How many units it shares a task with.
    pub neighbours: usize,
    /// Pairs of them that share no task with one another.
    pub pairs: usize,
    /// The sum over those pairs of the weaker of the two ties, in millionths. The tie of two units is the sum over
    /// the tasks they share of the smaller of their two shares, so a large task ties little.
    pub weight: u64,
}

impl Graph {
    /// Units by how much they link others, the strongest first. Ranked by weight, which a task's size divides, not by
    /// the number of neighbours: one task with eleven units makes nobody a bridge. Units that link nobody are left
    /// out.
    pub fn bridges(&self) -> Vec<Bridge> {
        let size = self.size();
        let shares: Vec<Vec<(usize, u64)>> = self
            .tasks()
            .iter()
            .map(|(task, parts)| {
                let shares = self.shares(*task, parts).into_iter();
                shares.map(|one| (one.place, one.share)).collect()
            })
            .collect();
        let mut at: Vec<Vec<(usize, u64)>> = vec![Vec::new(); size];
        for (task, members) in shares.iter().enumerate() {
            for (place, share) in members {
                if let Some(mine) = at.get_mut(*place) {
                    mine.push((task, *share));
                }
            }
        }
        let mut near: Vec<Bits> = vec![Bits::new(size); size];
        let mut ties: Vec<Vec<(u64, usize)>> = Vec::with_capacity(size);
        let mut sum = vec![0_u64; size];
        for (place, mine) in at.iter().enumerate() {
            let mut found = Vec::new();
            for (task, own) in mine {
                for (other, share) in shares
                    .get(*task)
                    .into_iter()
                    .flatten()
                    .filter(|(other, _)| *other != place)
                {
                    if let Some(tie) = sum.get_mut(*other) {
                        *tie += own.min(share);
                    }
                    if near.get_mut(place).is_some_and(|near| near.insert(*other)) {
                        found.push(*other);
                    }
                }
            }
            let tie = |other: usize| (sum.get_mut(other).map_or(0, std::mem::take), other);
            let mut mine: Vec<(u64, usize)> = found.into_iter().map(tie).collect();
            mine.sort_unstable_by(|a, b| b.cmp(a));
            ties.push(mine);
        }
        let mut found: Vec<Bridge> = ties
            .iter()
            .enumerate()
            .filter_map(|(place, ties)| self.bridge(place, ties, &near))
            .collect();
        found.sort_by_key(|bridge| (Reverse(bridge.weight), Reverse(bridge.pairs), bridge.unit));
        found
    }

    /// Ties come strongest first: of each pair the later one is the weaker.
    fn bridge(&self, place: usize, ties: &[(u64, usize)], near: &[Bits]) -> Option<Bridge> {
        let mut stronger = Bits::new(self.size());
        let (mut pairs, mut weight) = (0, 0);
        for (tie, other) in ties {
            let apart = stronger.count_without(near.get(*other)?);
            pairs += apart;
            weight += tie * apart as u64;
            stronger.insert(*other);
        }
        let unit = self.unit_at(place).filter(|_| pairs > 0)?;
        Some(Bridge {
            unit,
            neighbours: ties.len(),
            pairs,
            weight,
        })
    }
}
