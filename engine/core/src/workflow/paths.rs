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
    let guards = def.stages.iter().flat_map(|stage| &stage.next);
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
    /// The route that each stage takes: its place in the list and where it leads.
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
        for stage in &def.stages {
            let mut routes = stage.next.iter().enumerate();
            let taken = routes.find(|(_, route)| route.when.as_ref().is_none_or(|g| g.holds(facts) == Ok(true)));
            if let Some((index, route)) = taken {
                forward.insert(stage.id.clone(), (index, route.to.clone()));
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

    /// Where a paper can go from a stage. A return only leads to a stage that the paper has passed, and every stage
    /// it has passed was reached going forward, so returns add no stage that forward edges do not reach; they matter
    /// for what can still be finished.
    fn edges(&self, from: &StageId) -> Vec<StageId> {
        self.forward.get(from).map(|(_, to)| to.clone()).into_iter().collect()
    }

    fn finish(&mut self) {
        self.finishing = self.def.ends.iter().map(|end| end.id.clone()).collect();
        loop {
            let more: Vec<_> = self
                .def
                .stages
                .iter()
                .map(|stage| &stage.id)
                .filter(|id| !self.finishing.contains(id))
                .filter(|id| self.edges(id).iter().any(|to| self.finishing.contains(to)))
                .cloned()
                .collect();
            if more.is_empty() {
                return;
            }
            self.finishing.extend(more);
        }
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

    /// The stages and ends after this one, in order, until an end or a repetition.
    pub fn forward_from(&self, stage: &StageId) -> Vec<StageId> {
        let mut found: Vec<StageId> = Vec::new();
        let mut at = stage;
        while let Some((_, to)) = self.forward.get(at) {
            if found.contains(to) {
                break;
            }
            found.push(to.clone());
            at = to;
        }
        found
    }
}
