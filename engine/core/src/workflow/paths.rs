//! The ways through a definition: which combinations of facts its guards can tell apart, and where a paper can get
//! under each of them.

use super::definition::{COUNTED_PARTIES, Definition, StageId};
use super::guard::{FACTS, Fact, FactType};
use crate::org::UnitKind;
use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// A value for every fact.
pub type Assignment = BTreeMap<String, Fact>;

/// The most combinations of facts that are examined. A definition with more is refused, not sampled.
pub const MOST_ASSIGNMENTS: usize = 4096;

/// One assignment for each combination of facts that the guards of the definition can tell apart. For numbers that
/// is every threshold with its neighbours, and for the size of a list zero; for texts every value mentioned and one
/// that is not. None when there are more than [`MOST_ASSIGNMENTS`].
pub fn assignments(def: &Definition) -> Option<Vec<Assignment>> {
    let guards = def.routes().flat_map(|(_, routes)| routes);
    let guards: Vec<_> = guards.filter_map(|route| route.when.as_ref()).collect();
    let mut all: Vec<Assignment> = vec![Assignment::new()];
    for (name, kind) in FACTS {
        let comparisons = guards.iter().flat_map(|guard| guard.comparisons());
        let compared: Vec<Fact> = comparisons
            .filter(|(fact, _)| *fact == name)
            .map(|(_, value)| value)
            .collect();
        let values = values(name, kind, &compared);
        if all.len().saturating_mul(values.len()) > MOST_ASSIGNMENTS {
            return None;
        }
        let extended = all.iter().flat_map(|facts| {
            values.iter().map(|value| {
                let mut facts = facts.clone();
                facts.insert(name.to_owned(), value.clone());
                facts
            })
        });
        all = extended.collect();
    }
    Some(all)
}

fn values(name: &str, kind: FactType, compared: &[Fact]) -> BTreeSet<Fact> {
    match kind {
        FactType::Bool => [false, true].map(Fact::Bool).into(),
        FactType::Integer => {
            let counts = COUNTED_PARTIES.iter().any(|(_, fact)| *fact == name);
            let least = if counts { 0 } else { i64::MIN };
            let mut found: BTreeSet<i64> = if counts { [0, 1].into() } else { [0].into() };
            for fact in compared {
                if let Fact::Integer(value) = fact {
                    found.extend([value.saturating_sub(1), *value, value.saturating_add(1)]);
                }
            }
            found
                .into_iter()
                .filter(|value| *value >= least)
                .map(Fact::Integer)
                .collect()
        }
        FactType::Text => {
            let mut found: BTreeSet<Fact> = compared.iter().cloned().collect();
            let kinds = UnitKind::ALL.iter().map(|kind| Fact::Text(kind.code().to_owned()));
            // One value that no guard mentions, if there is one, stands for all of them.
            found.extend(kinds.into_iter().find(|kind| !compared.contains(kind)));
            found
        }
    }
}

/// Where a paper can get under one assignment of facts.
#[derive(Clone, Debug)]
pub struct Ways<'a> {
    def: &'a Definition,
    /// The route that each stage and join takes: its place in the list and where it leads.
    forward: BTreeMap<StageId, (usize, StageId)>,
    /// Stages and ends that a paper can get to, from the start.
    pub reached: BTreeSet<StageId>,
    /// Stages and ends from which an end can be reached.
    pub finishing: BTreeSet<StageId>,
    before: BTreeMap<StageId, StageId>,
}

impl<'a> Ways<'a> {
    /// The ways under these facts.
    pub fn under(def: &'a Definition, facts: &Assignment) -> Self {
        let mut forward = BTreeMap::new();
        for (id, routes) in def.routes() {
            let mut routes = routes.iter().enumerate();
            let taken = routes.find(|(_, route)| route.when.as_ref().is_none_or(|g| g.holds(facts) == Ok(true)));
            if let Some((index, route)) = taken {
                forward.insert(id.clone(), (index, route.to.clone()));
            }
        }
        let mut ways = Self {
            def,
            forward,
            reached: BTreeSet::new(),
            finishing: BTreeSet::new(),
            before: BTreeMap::new(),
        };
        ways.reach();
        ways.finish();
        ways
    }

    /// Forward first, then by returns to stages that were passed on the way.
    fn reach(&mut self) {
        let mut queue = VecDeque::from([self.def.start.clone()]);
        self.reached.insert(self.def.start.clone());
        while let Some(from) = queue.pop_front() {
            for to in self.edges(&from) {
                if self.reached.insert(to.clone()) {
                    self.before.insert(to.clone(), from.clone());
                    queue.push_back(to);
                }
            }
        }
    }

    /// Where a paper can go from a stage, split or join: by its route, into every branch, and where a failed vote goes.
    /// A return only leads to a stage that the paper has passed, and every stage it has passed was reached going
    /// forward, so returns add no stage that forward edges do not reach; they matter for what can still be finished.
    fn edges(&self, from: &StageId) -> Vec<StageId> {
        if let Some(split) = self.def.split(from) {
            return split.to.clone();
        }
        let forward = self.forward.get(from).map(|(_, to)| to.clone());
        let fail = self.def.stage(from).and_then(|stage| stage.fail.clone());
        forward.into_iter().chain(fail).collect()
    }

    /// Whether an end can be reached from here, when it can from `finishing`: by the route of a stage or join, and
    /// from a split when every one of its branches leads on.
    fn leads_on(&self, id: &StageId, finishing: &BTreeSet<StageId>) -> bool {
        match self.def.split(id) {
            Some(split) => split.to.iter().all(|to| finishing.contains(to)),
            None => self.forward.get(id).is_some_and(|(_, to)| finishing.contains(to)),
        }
    }

    fn finish(&mut self) {
        self.finishing = self.def.ends.iter().map(|end| end.id.clone()).collect();
        let stages = self.def.stages.iter().map(|stage| &stage.id);
        let splits = self.def.splits.iter().map(|split| &split.id);
        let nodes: Vec<_> = stages
            .chain(splits)
            .chain(self.def.joins.iter().map(|join| &join.id))
            .collect();
        loop {
            let left = nodes.iter().filter(|id| !self.finishing.contains(**id));
            let more: Vec<_> = left
                .filter(|id| self.leads_on(id, &self.finishing))
                .map(|id| (*id).clone())
                .collect();
            if more.is_empty() {
                return;
            }
            self.finishing.extend(more);
        }
    }

    /// Everything that lies ahead of a stage, in an order in which a join comes after all branches, without failed
    /// votes.
    pub fn ahead_of(&self, from: &StageId) -> Vec<StageId> {
        let mut found: Vec<StageId> = Vec::new();
        let mut stack = vec![from.clone()];
        let mut joined: BTreeMap<StageId, usize> = BTreeMap::new();
        while let Some(at) = stack.pop() {
            let next: Vec<_> = match self.def.split(&at) {
                Some(split) => split.to.iter().rev().cloned().collect(),
                None => self.forward.get(&at).map(|(_, to)| to.clone()).into_iter().collect(),
            };
            for to in next {
                if let Some(join) = self.def.join(&to) {
                    // From a split ahead every branch comes; from inside one only those that are still there.
                    let split_is_ahead = found.contains(&join.of);
                    let branches = self.def.split(&join.of).map_or(1, |split| split.to.len());
                    let seen = joined.entry(to.clone()).or_default();
                    *seen += 1;
                    if split_is_ahead && *seen < branches {
                        continue;
                    }
                }
                if to != *from && !found.contains(&to) {
                    stack.push(to);
                }
            }
            if at != *from {
                found.push(at);
            }
        }
        found
    }

    /// Which of its routes a stage takes.
    pub fn route_of(&self, stage: &StageId) -> Option<usize> {
        self.forward.get(stage).map(|(index, _)| *index)
    }

    /// Where a stage leads.
    pub fn next_of(&self, stage: &StageId) -> Option<&StageId> {
        self.forward.get(stage).map(|(_, to)| to)
    }

    /// The stages from the start to this one, both included; empty when it is not reached.
    pub fn path_to(&self, stage: &StageId) -> Vec<StageId> {
        if !self.reached.contains(stage) {
            return Vec::new();
        }
        let mut path = vec![stage.clone()];
        while let Some(before) = path.last().and_then(|last| self.before.get(last)) {
            path.push(before.clone());
        }
        path.reverse();
        path
    }

    /// The stages, splits, joins and ends after this one, in order, until an end or a repetition.
    pub fn forward_from(&self, stage: &StageId) -> Vec<StageId> {
        self.ahead_of(stage)
    }
}
