//! The publish gate: everything that would make a definition unusable, found before it is used.
//!
//! Branches are checked for their shape: what a split opens comes together in its join and nowhere else, so that the
//! number of tokens at every place is known, none is left behind at the end and none waits for ever. Under every
//! combination of facts that the guards can tell apart, every place that can be reached must then lead to an end.

use super::definition::{
    COUNTED_PARTIES, Definition, Duty, EFFECTS, EXTRA_ACTS, Node, OnReject, OnTimeout, PARTIES, Policy, Reopen, Resume,
    Route, Stage, StageId, StageKind,
};
use super::guard::{Fact, Guard, type_of};
use super::paths::{Assignment, Ways, assignments};
use crate::document::field::document_type;
use crate::org::Role;
use crate::reason::Reason;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Where in a definition something is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Spot {
    /// The definition as a whole.
    Definition,
    /// A stage.
    Stage(StageId),
    /// A seat rule of a stage, from 0.
    Seat(StageId, usize),
    /// A route of a stage, from 0.
    Route(StageId, usize),
    /// A split.
    Split(StageId),
    /// A join.
    Join(StageId),
    /// An end.
    End(StageId),
    /// A duty, from 0.
    Duty(usize),
}

impl Spot {
    /// The stage it is in.
    pub fn stage(&self) -> Option<&StageId> {
        match self {
            Self::Stage(stage) | Self::Seat(stage, _) | Self::Route(stage, _) => Some(stage),
            Self::Definition | Self::Split(_) | Self::Join(_) | Self::End(_) | Self::Duty(_) => None,
        }
    }
}

/// One problem of a definition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Problem {
    /// What is wrong.
    pub reason: Reason,
    /// Where.
    pub spot: Spot,
}

/// Everything that is wrong with a definition; empty when it may be published. The way through it is only examined
/// once all names and types are right.
pub fn verify(def: &Definition) -> Vec<Problem> {
    let mut gate = Gate {
        def,
        problems: Vec::new(),
    };
    gate.names();
    for stage in &def.stages {
        gate.stage(stage);
    }
    gate.gates();
    gate.duties();
    if gate.problems.is_empty() {
        gate.branches();
    }
    if gate.problems.is_empty() {
        gate.ways();
    }
    gate.problems
}

struct Gate<'a> {
    def: &'a Definition,
    problems: Vec<Problem>,
}

impl Gate<'_> {
    fn add(&mut self, spot: Spot, reason: Reason) {
        let problem = Problem { reason, spot };
        if !self.problems.contains(&problem) {
            self.problems.push(problem);
        }
    }

    fn names(&mut self) {
        let def = self.def;
        let version_missing = def.version == 0;
        if version_missing || !is_name(&def.id, '-') {
            self.add(Spot::Definition, Reason::new("bad_name").with("name", &def.id));
        }
        if document_type(&def.document_type).is_none() {
            let reason = Reason::new("unknown_document_type").with("type", &def.document_type);
            self.add(Spot::Definition, reason);
        }
        if def.stage(&def.start).is_none() {
            self.add(Spot::Definition, unknown(&def.start));
        } else if def.stage(&def.start).is_some_and(|s| s.kind != StageKind::Work) {
            let spot = Spot::Stage(def.start.clone());
            self.add(spot, Reason::new("start_is_no_work").with("stage", &def.start));
        }
        if def.ends.is_empty() {
            self.add(Spot::Definition, Reason::new("no_end"));
        }
        let mut seen = BTreeSet::new();
        let stages = def
            .stages
            .iter()
            .map(|s| (&s.id, Spot::Stage(s.id.clone()), &s.on_enter));
        let ends = def.ends.iter().map(|e| (&e.id, Spot::End(e.id.clone()), &e.on_enter));
        let none: &Vec<String> = &Vec::new();
        let splits = def.splits.iter().map(|s| (&s.id, Spot::Split(s.id.clone()), none));
        let joins = def.joins.iter().map(|j| (&j.id, Spot::Join(j.id.clone()), none));
        for (id, spot, effects) in stages.chain(splits).chain(joins).chain(ends) {
            if !is_name(&id.0, '_') {
                self.add(spot.clone(), Reason::new("bad_name").with("name", id));
            }
            if !seen.insert(id) {
                self.add(spot.clone(), Reason::new("double_name").with("name", id));
            }
            for effect in effects.iter().filter(|name| !EFFECTS.contains(&name.as_str())) {
                self.add(spot.clone(), Reason::new("unknown_effect").with("effect", effect));
            }
        }
    }

    fn stage(&mut self, stage: &Stage) {
        let spot = || Spot::Stage(stage.id.clone());
        if stage.kind == StageKind::Auto {
            self.auto(stage);
            return;
        }
        if stage.seats.is_empty() {
            self.add(spot(), Reason::new("nobody_named").with("stage", &stage.id));
        }
        self.seats(stage);
        if let Policy::AtLeast { num, den } = stage.policy
            && (num == 0 || den == 0 || num > den)
        {
            let reason = Reason::new("bad_policy").with("num", num).with("den", den);
            self.add(spot(), reason);
        }
        self.times(stage);
        self.routes(&stage.id, &stage.next);
        self.vote(stage);
        let kind = document_type(&self.def.document_type);
        for group in &stage.edits {
            if kind.is_some_and(|kind| !kind.groups.contains(&group.as_str())) {
                self.add(spot(), Reason::new("unknown_group").with("group", group));
            }
        }
        for to in &stage.returns {
            if self.def.stage(to).is_none() {
                self.add(spot(), unknown(to));
            } else if *to == stage.id {
                self.add(spot(), Reason::new("return_to_itself").with("stage", &stage.id));
            }
        }
        if stage.kind == StageKind::Work {
            // Somebody fills in: there is nothing to return, to agree to in parallel, or to be silent about.
            let review_only = !stage.returns.is_empty() || stage.wait.is_some() || stage.resume != Resume::default();
            let vote = stage.on_reject != OnReject::default() || stage.fail.is_some() || stage.abstain.is_some();
            if review_only || vote || stage.change || stage.reopen != Reopen::default() {
                self.add(spot(), Reason::new("review_only").with("stage", &stage.id));
            }
        } else if stage.withdraw || stage.until.is_some() || !stage.edits.is_empty() {
            // Whoever reviews a paper does not write in it.
            self.add(spot(), Reason::new("work_only").with("stage", &stage.id));
        } else if stage.returns.is_empty() && stage.fail.is_none() {
            self.add(spot(), Reason::new("no_return").with("stage", &stage.id));
        }
    }

    /// An automatic stage has routes and named effects and nothing else.
    fn auto(&mut self, stage: &Stage) {
        let plain = Stage {
            id: stage.id.clone(),
            kind: StageKind::Auto,
            title: stage.title.clone(),
            description: stage.description.clone(),
            next: stage.next.clone(),
            reevaluate: stage.reevaluate,
            on_enter: stage.on_enter.clone(),
            ..Stage::default()
        };
        if *stage != plain {
            let reason = Reason::new("auto_only_routes").with("stage", &stage.id);
            self.add(Spot::Stage(stage.id.clone()), reason);
        }
        self.routes(&stage.id, &stage.next);
    }

    /// What a vote says about itself: weights, where it fails to, who answers when nobody can, extra acts.
    fn vote(&mut self, stage: &Stage) {
        let spot = || Spot::Stage(stage.id.clone());
        if stage.seats.iter().any(|rule| rule.weight == 0) {
            self.add(spot(), Reason::new("weight_zero").with("stage", &stage.id));
        }
        match &stage.fail {
            Some(to) if self.def.title_of(to).is_none() => self.add(spot(), unknown(to)),
            Some(to) if !matches!(self.def.node(to), Some(Node::Stage(_) | Node::End(_))) || *to == stage.id => {
                self.add(spot(), Reason::new("bad_fail").with("to", to));
            }
            Some(_) if stage.on_reject == OnReject::Return => {
                self.add(spot(), Reason::new("bad_fail").with("stage", &stage.id));
            }
            None if stage.on_reject == OnReject::Fail && stage.returns.is_empty() => {
                self.add(spot(), Reason::new("bad_fail").with("stage", &stage.id));
            }
            _ => {}
        }
        if let Some(party) = stage
            .on_empty
            .as_ref()
            .filter(|party| !PARTIES.contains(&party.as_str()))
        {
            self.add(spot(), Reason::new("unknown_party").with("party", party));
        }
        if let Some(until) = stage.until.as_ref().filter(|_| stage.kind == StageKind::Work) {
            let known = self
                .def
                .stage(until)
                .is_some_and(|until| until.kind == StageKind::Review);
            if !known || !stage.withdraw {
                self.add(spot(), Reason::new("bad_until").with("stage", until));
            }
        }
        for act in stage.allow.iter().flatten().filter(|act| !EXTRA_ACTS.contains(act)) {
            self.add(spot(), Reason::new("act_not_extra").with("act", act.code()));
        }
        let kind = document_type(&self.def.document_type);
        for group in &stage.signs {
            if kind.is_some_and(|kind| !kind.groups.contains(&group.as_str())) {
                self.add(spot(), Reason::new("unknown_group").with("group", group));
            }
        }
    }

    /// Splits and joins by themselves.
    fn gates(&mut self) {
        let def = self.def;
        for split in &def.splits {
            let spot = || Spot::Split(split.id.clone());
            if split.to.len() < 2 {
                self.add(spot(), Reason::new("split_of_one").with("split", &split.id));
            }
            for to in &split.to {
                match def.node(to) {
                    None => self.add(spot(), unknown(to)),
                    Some(Node::Stage(_) | Node::Split(_)) => {}
                    Some(_) => self.add(
                        spot(),
                        Reason::new("empty_branch").with("split", &split.id).with("to", to),
                    ),
                }
            }
            let joins = def.joins.iter().filter(|join| join.of == split.id).count();
            if joins != 1 {
                self.add(spot(), Reason::new("split_needs_one_join").with("split", &split.id));
            }
        }
        for join in &def.joins {
            if def.split(&join.of).is_none() {
                self.add(Spot::Join(join.id.clone()), unknown(&join.of));
            }
            self.routes(&join.id, &join.next);
        }
    }

    /// Where in which branches every place lies: each in one only, a join only at the end of the branches of its
    /// split, an end only outside of all.
    fn branches(&mut self) {
        let def = self.def;
        let mut places: BTreeMap<StageId, Vec<(StageId, usize)>> = BTreeMap::new();
        let mut queue = vec![(def.start.clone(), Vec::new())];
        while let Some((id, mut way)) = queue.pop() {
            let node = def.node(&id);
            if let Some(Node::Join(join)) = node {
                let innermost = way.pop();
                if innermost.is_none_or(|(split, _)| split != join.of) {
                    let reason = Reason::new("join_of_another_split").with("join", &join.id);
                    self.add(Spot::Join(join.id.clone()), reason);
                    continue;
                }
            }
            if let (Some(Node::End(_)), Some((split, _))) = (node, way.last()) {
                let reason = Reason::new("end_inside_a_branch").with("split", split);
                self.add(Spot::End(id.clone()), reason.with("stage", &id));
                continue;
            }
            match places.get(&id) {
                Some(before) if *before == way => continue,
                Some(_) => {
                    let reason = Reason::new("in_two_branches").with("stage", &id);
                    self.add(Spot::Stage(id.clone()), reason);
                    continue;
                }
                None => {}
            }
            places.insert(id.clone(), way.clone());
            match node {
                Some(Node::Stage(stage)) => {
                    queue.extend(stage.next.iter().map(|route| (route.to.clone(), way.clone())));
                    // A failed vote that ends the document ends it from inside every branch.
                    let fail = stage.fail.iter().filter(|to| def.end(to).is_none());
                    queue.extend(fail.map(|to| (to.clone(), way.clone())));
                }
                Some(Node::Join(join)) => {
                    queue.extend(join.next.iter().map(|route| (route.to.clone(), way.clone())));
                }
                Some(Node::Split(split)) => {
                    for (index, to) in split.to.iter().enumerate() {
                        let mut inside = way.clone();
                        inside.push((split.id.clone(), index));
                        queue.push((to.clone(), inside));
                    }
                }
                Some(Node::End(_)) | None => {}
            }
        }
        for stage in &def.stages {
            let own = places.get(&stage.id);
            for to in &stage.returns {
                let there = places.get(to);
                let sibling = own.zip(there).is_some_and(|(own, there)| {
                    let shared = own.iter().zip(there).take_while(|(one, other)| one == other).count();
                    let split = |way: &[(StageId, usize)]| way.get(shared).map(|(split, _)| split.clone());
                    split(own).is_some() && split(own) == split(there)
                });
                if sibling {
                    let reason = Reason::new("return_to_a_sibling").with("stage", &stage.id);
                    self.add(Spot::Stage(stage.id.clone()), reason.with("to", to));
                }
            }
        }
    }

    fn seats(&mut self, stage: &Stage) {
        for (index, rule) in stage.seats.iter().enumerate() {
            let spot = || Spot::Seat(stage.id.clone(), index);
            if !PARTIES.contains(&rule.party.as_str()) {
                self.add(spot(), Reason::new("unknown_party").with("party", &rule.party));
            }
            if rule.count == 0 {
                self.add(spot(), Reason::new("nobody_named").with("stage", &stage.id));
            }
            if rule.count > 1 && !stage.distinct {
                self.add(spot(), Reason::new("not_distinct").with("stage", &stage.id));
            }
            let mut roles = vec![rule.role];
            for role in &rule.fallback {
                if roles.contains(role) {
                    self.add(spot(), Reason::new("double_role").with("role", role.code()));
                }
                roles.push(*role);
            }
            for role in roles
                .iter()
                .filter(|role| role.is_administrator() || **role == Role::Observer)
            {
                self.add(spot(), Reason::new("role_never_acts").with("role", role.code()));
            }
        }
    }

    fn times(&mut self, stage: &Stage) {
        let spot = || Spot::Stage(stage.id.clone());
        if stage.limit == Some(0) || stage.wait == Some(0) {
            self.add(spot(), Reason::new("limit_zero").with("stage", &stage.id));
        }
        if let (Some(limit), Some(wait)) = (stage.limit, stage.wait)
            && wait >= limit
        {
            self.add(spot(), Reason::new("wait_beyond_limit").with("stage", &stage.id));
        }
        if stage.on_timeout == OnTimeout::Consent {
            if stage.limit.is_none() {
                self.add(spot(), Reason::new("timeout_without_limit").with("stage", &stage.id));
            }
            if stage.kind == StageKind::Work || stage.seats.iter().any(|rule| !rule.each) {
                self.add(spot(), Reason::new("consent_only_in_parallel").with("stage", &stage.id));
            }
        }
    }

    fn routes(&mut self, id: &StageId, next: &[Route]) {
        let of = match self.def.join(id) {
            Some(_) => Spot::Join(id.clone()),
            None => Spot::Stage(id.clone()),
        };
        let last = next.len().checked_sub(1);
        if next.last().is_none_or(|route| route.when.is_some()) {
            self.add(of, Reason::new("no_default_route").with("stage", id));
        }
        for (index, route) in next.iter().enumerate() {
            let spot = || Spot::Route(id.clone(), index);
            if self.def.title_of(&route.to).is_none() {
                self.add(spot(), unknown(&route.to));
            }
            match &route.when {
                None if Some(index) != last => {
                    self.add(spot(), Reason::new("shadows_the_rest").with("stage", id));
                }
                None => {}
                Some(guard) => {
                    for reason in type_errors(guard) {
                        self.add(spot(), reason);
                    }
                }
            }
        }
    }

    fn duties(&mut self) {
        for (index, duty) in self.def.duties.iter().enumerate() {
            let spot = || Spot::Duty(index);
            let least = match duty {
                Duty::NotOfUnit { party, .. } => {
                    if !PARTIES.contains(&party.as_str()) {
                        self.add(spot(), Reason::new("unknown_party").with("party", party));
                    }
                    1
                }
                Duty::Different { .. } => 2,
            };
            for stage in duty.stages().iter().filter(|id| self.def.stage(id).is_none()) {
                self.add(spot(), unknown(stage));
            }
            if duty.stages().len() < least {
                self.add(spot(), Reason::new("duty_says_nothing"));
            }
        }
    }

    /// The way through: under every combination of facts.
    fn ways(&mut self) {
        let def = self.def;
        let Some(assignments) = assignments(def) else {
            self.add(Spot::Definition, Reason::new("too_many_facts"));
            return;
        };
        let all: Vec<_> = assignments.iter().map(|facts| Ways::under(def, facts)).collect();
        let reached: BTreeSet<&StageId> = all.iter().flat_map(|ways| &ways.reached).collect();
        let mut taken: BTreeSet<(&StageId, usize)> = BTreeSet::new();
        for (ways, facts) in all.iter().zip(&assignments) {
            for stage in &ways.reached {
                taken.extend(ways.route_of(stage).map(|index| (stage, index)));
                self.empty_parties(stage, facts);
            }
            // Facts may change while a paper is on its way: whatever stage it got to under some facts must lead to
            // an end under all of them.
            for stage in reached.iter().filter(|stage| !ways.finishing.contains(**stage)) {
                let path = all.iter().map(|ways| ways.path_to(stage)).find(|path| !path.is_empty());
                let names: Vec<_> = path.iter().flatten().map(ToString::to_string).collect();
                let reason = Reason::new("no_way_to_an_end").with("stage", stage);
                self.add(Spot::Stage((*stage).clone()), reason.with("path", names.join(" → ")));
            }
        }
        for (id, next) in def.routes() {
            let of = |def: &Definition| match def.join(id) {
                Some(_) => Spot::Join(id.clone()),
                None => Spot::Stage(id.clone()),
            };
            if !reached.contains(id) {
                self.add(of(def), Reason::new("unreachable").with("stage", id));
                continue;
            }
            for (index, route) in next.iter().enumerate() {
                if !taken.contains(&(id, index)) {
                    let reason = Reason::new("route_never_taken").with("stage", id);
                    self.add(Spot::Route(id.clone(), index), reason.with("to", &route.to));
                }
            }
        }
        for stage in def.stages.iter().filter(|stage| reached.contains(&stage.id)) {
            for to in &stage.returns {
                let mut ways = all.iter();
                let backward = ways.any(|ways| ways.reached.contains(to) && ways.forward_from(to).contains(&stage.id));
                if !backward {
                    let reason = Reason::new("return_not_backward").with("stage", &stage.id);
                    self.add(Spot::Stage(stage.id.clone()), reason.with("to", to));
                }
            }
        }
        for split in def.splits.iter().filter(|split| !reached.contains(&split.id)) {
            let reason = Reason::new("unreachable").with("stage", &split.id);
            self.add(Spot::Split(split.id.clone()), reason);
        }
        for end in def.ends.iter().filter(|end| !reached.contains(&end.id)) {
            let reason = Reason::new("unreachable").with("stage", &end.id);
            self.add(Spot::End(end.id.clone()), reason);
        }
    }

    /// A stage whose list of units can be empty when a paper arrives would wait for ever.
    fn empty_parties(&mut self, id: &StageId, facts: &Assignment) {
        let Some(stage) = self.def.stage(id) else { return };
        for (index, rule) in stage.seats.iter().enumerate() {
            let counted = COUNTED_PARTIES.iter().find(|(party, _)| *party == rule.party);
            if let Some((_, fact)) = counted
                && facts.get(*fact) == Some(&Fact::Integer(0))
            {
                let reason = Reason::new("empty_party_reachable").with("party", &rule.party);
                self.add(Spot::Seat(id.clone(), index), reason.with("fact", fact));
            }
        }
    }
}

fn unknown(stage: &StageId) -> Reason {
    Reason::new("unknown_stage").with("stage", stage)
}

fn is_name(name: &str, joint: char) -> bool {
    let mut chars = name.chars();
    chars.next().is_some_and(|c| c.is_ascii_lowercase())
        && chars.all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == joint)
}

/// What is wrong with the names and types of a guard.
fn type_errors(guard: &Guard) -> Vec<Reason> {
    let mut found: Vec<_> = guard
        .comparisons()
        .into_iter()
        .filter_map(|(fact, value)| match type_of(fact) {
            None => Some(Reason::new("unknown_fact").with("fact", fact)),
            Some(kind) if kind != value.kind() => {
                let reason = Reason::new("fact_type").with("fact", fact);
                Some(reason.with("expected", kind.code()))
            }
            Some(_) => None,
        })
        .collect();
    found.extend(guard.is_hollow().then(|| Reason::new("guard_says_nothing")));
    found
}
