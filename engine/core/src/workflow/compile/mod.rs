//! A definition as a workflow net, with its returns, time-outs, withdrawals and its termination: what
//! [`super::soundness`] judges, what is exported, and what a history must conform to.
//!
//! - A stage is a place. Passing it, by an answer or by silence, is a transition for each of its routes.
//! - A return that comes straight back (`direct`) leaves a note "after this stage, back to that one". A stage to which
//!   such returns lead has a place for each note and one for "no note"; exactly one of them is marked.
//! - What can be taken back opens a place "just opened": from there either the taking back happens, or, by itself, the
//!   stage is really entered.
//! - A split gives a token to each of its branches, a join takes one from each; automatic stages, splits and joins
//!   happen by themselves. A return out of a branch stops everything, clears the branches of the split away, and goes
//!   on; a return into a branch marks the others as arrived.
//! - Termination can happen at any time. It stops everything else and clears away what is left, by itself.
//!
//! The net does not know which of several exclusive stages a paper has passed, so it permits a return to each of those
//! that the definition lists; the engine only to those that were passed. It takes a submission back from what it
//! opened only; where the definition sets a longer window (`until`), the engine permits more than the net.

mod back;
mod branch;
mod label;

use super::definition::{Definition, Node, OnTimeout, Resume, Split, Stage, StageId, StageKind};
use super::net::{Net, Place, Transition};
use super::soundness::{Explored, MOST_STATES};
use branch::{Gate, Way, Ways, common};
pub use label::{How, Label};
use std::collections::{BTreeMap, BTreeSet};

/// A definition as a net, with what each transition stands for.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The net.
    pub net: Net,
    /// For each transition of the net what it stands for; none where it happens by itself.
    pub labels: Vec<Option<Label>>,
    /// For each transition that takes a route the stage or join and the place of the route in its list.
    pub routes: BTreeMap<usize, (StageId, usize)>,
}

impl Compiled {
    /// True for what leads onward: everything but returns, takings back and termination. A document must be able to
    /// reach an end without any of those.
    pub fn leads_on(&self, transition: usize) -> bool {
        !matches!(
            self.labels[transition],
            Some(Label::Return { .. } | Label::Undo { .. } | Label::Terminate)
        )
    }

    /// The stages and ends to which the transitions of a path lead, in order.
    pub fn stages_on(&self, path: &[usize], start: &StageId) -> Vec<StageId> {
        let labels = path.iter().filter_map(|transition| self.labels[*transition].as_ref());
        labels
            .filter_map(|label| match label {
                Label::Start => Some(start.clone()),
                Label::Pass { to, .. } | Label::Return { to, .. } | Label::Undo { to, .. } => Some(to.clone()),
                Label::Ballot { .. } | Label::Silence { .. } | Label::Terminate => None,
            })
            .collect()
    }
}

/// Compiles a definition whose names are right and whose branches have their shape.
pub fn compile(def: &Definition) -> Compiled {
    let mut net = Net::new();
    let going = net.place("going");
    let ways = Ways::of(def);
    let reached = |id: &StageId| ways.0.contains_key(id);
    let stages = def.stages.iter().filter(|stage| reached(&stage.id));
    let places = stages
        .map(|stage| (&stage.id, net.place(stage.id.to_string())))
        .collect();
    let splits: Vec<_> = def.splits.iter().filter(|split| reached(&split.id)).collect();
    let gates = splits
        .iter()
        .map(|split| (&split.id, Gate::of(&mut net, split)))
        .collect();
    let mut compiler = Compiler {
        def,
        ways,
        labels: Vec::new(),
        routes: BTreeMap::new(),
        going,
        stages: places,
        gates,
        notes: BTreeMap::new(),
        leaves: Vec::new(),
        stops: Vec::new(),
        stopped: net.place("stopped"),
        cleared: net.place("cleared"),
        net,
    };
    compiler.leaves();
    compiler.notes();
    compiler.start();
    for stage in def
        .stages
        .iter()
        .filter(|stage| compiler.ways.0.contains_key(&stage.id))
        .collect::<Vec<_>>()
    {
        compiler.stage(stage);
    }
    for split in splits {
        compiler.split(split);
    }
    compiler.stop();
    compiler.terminate();
    Compiled {
        net: compiler.net,
        labels: compiler.labels,
        routes: compiler.routes,
    }
    .pruned()
}

/// The places of the notes that a stage can carry.
struct Notes<'a> {
    /// "No note."
    none: Place,
    /// "Back to this stage."
    back: Vec<(&'a StageId, Place)>,
}

struct Compiler<'a> {
    def: &'a Definition,
    ways: Ways,
    net: Net,
    labels: Vec<Option<Label>>,
    routes: BTreeMap<usize, (StageId, usize)>,
    /// Marked while things can happen.
    going: Place,
    stages: BTreeMap<&'a StageId, Place>,
    gates: BTreeMap<&'a StageId, Gate>,
    /// For each stage to which direct returns lead.
    notes: BTreeMap<&'a StageId, Notes<'a>>,
    /// Every place in which a token of the paper can be, with its way.
    leaves: Vec<(Place, Way)>,
    /// For each return that calls a split off: the split, and the place that is marked meanwhile.
    stops: Vec<(&'a StageId, Place)>,
    /// Marked while everything is cleared away.
    stopped: Place,
    /// Marked when only notes are left.
    cleared: Place,
}

impl<'a> Compiler<'a> {
    /// A transition that happens while the document is going.
    fn step(&mut self, label: Option<Label>, mut takes: Vec<Place>, mut gives: Vec<Place>) -> usize {
        takes.push(self.going);
        gives.push(self.going);
        self.add(label, takes, gives)
    }

    fn add(&mut self, label: Option<Label>, takes: Vec<Place>, gives: Vec<Place>) -> usize {
        let number = self.labels.len();
        match &label {
            Some(label) => self.net.labelled(label.to_string(), takes, gives),
            None => self.net.silent(format!("by itself {number}"), takes, gives),
        };
        self.labels.push(label);
        number
    }

    fn leaves(&mut self) {
        for (id, place) in &self.stages {
            self.leaves.push((*place, self.ways.get(id).to_vec()));
        }
        for (id, gate) in &self.gates {
            let way = self.ways.get(id).to_vec();
            for (index, place) in gate.arrived.iter().enumerate() {
                let inside = way.iter().cloned().chain([((*id).clone(), index)]).collect();
                self.leaves.push((*place, inside));
            }
            self.leaves.push((gate.parting, way));
        }
    }

    fn notes(&mut self) {
        for stage in self.def.stages.iter().filter(|stage| stage.resume != Resume::Replay) {
            for to in &stage.returns {
                if !self.stages.contains_key(to)
                    || !self.stages.contains_key(&stage.id)
                    || self.leaves_a_branch(stage, to)
                {
                    continue;
                }
                let net = &mut self.net;
                let notes = self.notes.entry(to).or_insert_with(|| Notes {
                    none: net.place(format!("{to}: no note")),
                    back: Vec::new(),
                });
                if notes.back.iter().all(|(known, _)| **known != stage.id) {
                    let place = net.place(format!("{to}: back to {}", stage.id));
                    notes.back.push((&stage.id, place));
                }
            }
        }
    }

    /// Whether a return to the stage leaves a branch of a split.
    fn leaves_a_branch(&self, stage: &Stage, to: &StageId) -> bool {
        let (from, there) = (self.ways.get(&stage.id), self.ways.get(to));
        from.len() > common(from, there)
    }

    fn no_notes(&self) -> Vec<Place> {
        self.notes.values().map(|notes| notes.none).collect()
    }

    fn note(&self, at: &StageId, back: &StageId) -> Option<Place> {
        let mut notes = self.notes.get(at)?.back.iter();
        notes.find(|(to, _)| *to == back).map(|(_, place)| *place)
    }

    fn start(&mut self) {
        let Some(first) = self.stages.get(&self.def.start).copied() else {
            return;
        };
        let gives = [first, self.going].into_iter().chain(self.no_notes()).collect();
        self.add(Some(Label::Start), vec![self.net.source], gives);
    }

    fn stage(&mut self, stage: &'a Stage) {
        let here = self.stages[&stage.id];
        if stage.kind == StageKind::Auto {
            for (index, route) in stage.next.iter().enumerate() {
                self.by_itself((&stage.id, index), vec![here], &route.to);
            }
            return;
        }
        let silent = stage.on_timeout == OnTimeout::Consent;
        let id = || stage.id.clone();
        self.step(Some(Label::Ballot { stage: id() }), vec![here], vec![here]);
        if silent {
            self.step(Some(Label::Silence { stage: id() }), vec![here], vec![here]);
        }
        for (index, route) in stage.next.iter().enumerate() {
            // Two routes to one place are one transition: a history does not tell which guard held.
            let first = stage.next.iter().position(|other| other.to == route.to);
            if first == Some(index) {
                self.pass(stage, (index, &route.to), How::Answer);
                if silent {
                    self.pass(stage, (index, &route.to), How::Silence);
                }
            }
        }
        let back: Vec<_> = self
            .notes
            .get(&stage.id)
            .map(|notes| notes.back.clone())
            .unwrap_or_default();
        for (to, note) in back {
            self.resume(stage, (to, note), How::Resume);
            if silent {
                self.resume(stage, (to, note), How::SilentResume);
            }
        }
        if let Some(to) = &stage.fail {
            self.fail(stage, to);
        }
        for to in &stage.returns {
            self.send_back(stage, to);
        }
    }

    /// The place in which a token from this way lies once it has gone to a stage, split or join; none for an end.
    fn there(&self, to: &StageId, way: &[(StageId, usize)]) -> Option<Place> {
        match self.def.node(to)? {
            Node::Stage(stage) => self.stages.get(&stage.id).copied(),
            Node::Split(split) => self.gates.get(&split.id).map(|gate| gate.parting),
            Node::Join(join) => {
                let (_, index) = way.last().filter(|(split, _)| *split == join.of)?;
                self.gates.get(&join.of)?.arrived.get(*index).copied()
            }
            Node::End(_) => None,
        }
    }

    /// A route that is taken without anybody's act.
    fn by_itself(&mut self, route: (&StageId, usize), mut takes: Vec<Place>, to: &StageId) {
        let way = self.ways.get(route.0).to_vec();
        let transition = if self.def.end(to).is_some() {
            takes.extend(self.no_notes());
            takes.push(self.going);
            self.add(None, takes, vec![self.net.sink])
        } else if let Some(there) = self.there(to, &way) {
            self.step(None, takes, vec![there])
        } else {
            return;
        };
        self.routes.insert(transition, (route.0.clone(), route.1));
    }

    fn split(&mut self, split: &'a Split) {
        let way = self.ways.get(&split.id).to_vec();
        let (parting, arrived) = (self.gates[&split.id].parting, self.gates[&split.id].arrived.clone());
        let inside = |index: usize| [way.as_slice(), &[(split.id.clone(), index)]].concat();
        let branches = split.to.iter().enumerate();
        let gives = branches
            .filter_map(|(index, to)| self.there(to, &inside(index)))
            .collect();
        self.step(None, vec![parting], gives);
        let Some(join) = self.def.join_of(&split.id) else {
            return;
        };
        for (index, route) in join.next.iter().enumerate() {
            self.by_itself((&join.id, index), arrived.clone(), &route.to);
        }
    }

    fn pass(&mut self, stage: &'a Stage, (index, to): (usize, &'a StageId), how: How) {
        let mut takes = vec![self.stages[&stage.id]];
        let label = Label::Pass {
            stage: stage.id.clone(),
            to: to.clone(),
            how,
        };
        let route = (stage.id.clone(), index);
        if self.def.end(to).is_some() {
            takes.extend(self.no_notes());
            takes.push(self.going);
            let transition = self.add(Some(label), takes, vec![self.net.sink]);
            self.routes.insert(transition, route);
            return;
        }
        let Some(there) = self.there(to, self.ways.get(&stage.id)) else {
            return;
        };
        let unnoted: Vec<_> = self.notes.get(&stage.id).map(|notes| notes.none).into_iter().collect();
        takes.extend(&unnoted);
        let before = takes.clone();
        let transition = self.open(label, takes, (there, unnoted), before);
        self.routes.insert(transition, route);
    }

    fn resume(&mut self, stage: &'a Stage, (to, note): (&'a StageId, Place), how: How) {
        let (here, none) = (self.stages[&stage.id], self.notes[&stage.id].none);
        let label = Label::Pass {
            stage: stage.id.clone(),
            to: to.clone(),
            how,
        };
        let there = self.stages[to];
        // Out of the branches that the return had led into: the others have arrived.
        let others = self.others(&stage.id, to);
        let takes: Vec<_> = [here, note].into_iter().chain(others).collect();
        self.open(label, takes.clone(), (there, vec![none]), takes);
    }

    /// The other branches of the splits in which `inner` lies and `outer` does not, arrived at their joins.
    fn others(&self, inner: &StageId, outer: &StageId) -> Vec<Place> {
        let (inner, outer) = (self.ways.get(inner), self.ways.get(outer));
        let deeper = inner.iter().skip(common(inner, outer));
        deeper
            .filter_map(|(split, own)| Some((self.gates.get(split)?, *own)))
            .flat_map(|(gate, own)| {
                let arrived = gate.arrived.iter().enumerate();
                arrived.filter(move |(index, _)| *index != own).map(|(_, place)| *place)
            })
            .collect()
    }

    /// A transition that opens a place; where it can be taken back and the place is a stage, by way of a place "just
    /// opened". What goes on by itself has not gone on yet when it is taken back.
    fn open(
        &mut self,
        label: Label,
        takes: Vec<Place>,
        (there, beside): (Place, Vec<Place>),
        before: Vec<Place>,
    ) -> usize {
        let with = |place: Place| [place].into_iter().chain(beside.clone()).collect::<Vec<_>>();
        let Some(undo) = self.undo(&label) else {
            return self.step(Some(label), takes, with(there));
        };
        if !self.stages.values().any(|stage| *stage == there) || self.is_auto(&label) {
            let transition = self.step(Some(label), takes, with(there));
            self.step(Some(undo), with(there), before);
            return transition;
        }
        let just = self.net.place(format!("just opened: {label}"));
        let way = self
            .leaves
            .iter()
            .find(|(place, _)| *place == there)
            .map(|(_, way)| way.clone());
        self.leaves.push((just, way.unwrap_or_default()));
        let transition = self.step(Some(label), takes, with(just));
        self.step(None, vec![just], vec![there]);
        self.step(Some(undo), with(just), before);
        transition
    }

    fn is_auto(&self, label: &Label) -> bool {
        let Label::Pass { to, .. } = label else { return false };
        self.def.stage(to).is_some_and(|stage| stage.kind == StageKind::Auto)
    }

    /// The label of taking this passing back, where the engine permits it: by an act, on stages that only review and
    /// have no effects of their own.
    fn undo(&self, label: &Label) -> Option<Label> {
        let Label::Pass { stage, to, how } = label else {
            return None;
        };
        let given = match self.def.stage(stage)? {
            Stage {
                kind: StageKind::Work,
                withdraw,
                ..
            } => *withdraw,
            Stage { kind, .. } => *kind == StageKind::Review,
        };
        let by_answer = matches!(how, How::Answer | How::Resume);
        let depth = self.def.stages.len() + self.def.splits.len() + self.def.joins.len();
        (given && by_answer && self.is_revocable(to, depth)).then(|| Label::Undo {
            stage: to.clone(),
            to: stage.clone(),
            how: *how,
        })
    }

    fn is_revocable(&self, id: &StageId, depth: usize) -> bool {
        let Some(depth) = depth.checked_sub(1) else {
            return false;
        };
        match self.def.node(id) {
            Some(Node::Stage(stage)) if !stage.on_enter.is_empty() => false,
            Some(Node::Stage(stage)) => match stage.kind {
                StageKind::Work => false,
                StageKind::Review => true,
                StageKind::Auto => stage.next.iter().any(|route| self.is_revocable(&route.to, depth)),
            },
            Some(Node::Split(split)) => split.to.iter().all(|to| self.is_revocable(to, depth)),
            // It can be taken back while it waits for the others.
            Some(Node::Join(_)) => true,
            Some(Node::End(_)) | None => false,
        }
    }
}

impl Compiled {
    /// Without what clears away tokens that are never there: steps that happen by themselves and never can.
    fn pruned(self) -> Self {
        let explored = Explored::of(&self.net, MOST_STATES);
        let Some(possible) = explored.possible() else {
            return self;
        };
        let kept = |index: &usize| possible[*index] || self.labels[*index].is_some();
        let numbers: Vec<_> = (0..self.labels.len()).filter(kept).collect();
        let used: BTreeSet<Place> = numbers
            .iter()
            .map(|index| &self.net.transitions[*index])
            .flat_map(|t| t.takes.iter().chain(&t.gives).copied())
            .chain([self.net.source, self.net.sink])
            .collect();
        let renumbered: BTreeMap<_, _> = used.iter().copied().zip(0..).collect();
        let moved = |places: &[Place]| places.iter().map(|place| renumbered[place]).collect::<Vec<_>>();
        let transitions = numbers.iter().map(|index| {
            let transition = &self.net.transitions[*index];
            Transition {
                takes: moved(&transition.takes),
                gives: moved(&transition.gives),
                ..transition.clone()
            }
        });
        let routes = numbers.iter().zip(0..);
        let routes = routes.filter_map(|(old, new)| Some((new, self.routes.get(old)?.clone())));
        Self {
            net: Net {
                places: used.iter().map(|place| self.net.places[*place].clone()).collect(),
                transitions: transitions.collect(),
                source: renumbered[&self.net.source],
                sink: renumbered[&self.net.sink],
            },
            labels: numbers.iter().map(|index| self.labels[*index].clone()).collect(),
            routes: routes.collect(),
        }
    }
}
