//! A definition as a workflow net, with its returns, time-outs, withdrawals and its termination: what
//! [`super::soundness`] judges, what is exported, and what a history must conform to.
//!
//! - A stage is a place. Passing it, by an answer or by silence, is a transition for each of its routes.
//! - A return that comes straight back (`direct`) leaves a note "after this stage, back to that one". A stage to which
//!   such returns lead has a place for each note and one for "no note"; exactly one of them is marked.
//! - What can be taken back opens a place "just opened": from there either the taking back happens, or, by itself, the
//!   stage is really entered.
//! - Termination can happen at any time. It stops everything else and clears away what is left, by itself.
//!
//! The net does not know which of several exclusive stages a paper has passed, so it permits a return to each of those
//! that the definition lists; the engine only to those that were passed.

use super::definition::{Definition, OnTimeout, Resume, Stage, StageId, StageKind};
use super::net::{Net, Place};
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// What a transition of the net stands for. Written out it is the transition's label, and the name of the event in an
/// exported history.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(tag = "step", rename_all = "snake_case")]
pub enum Label {
    /// The document began.
    Start,
    /// A seat answered and the round goes on.
    Ballot {
        /// The stage.
        stage: StageId,
    },
    /// Seats stayed silent and the round goes on.
    Silence {
        /// The stage.
        stage: StageId,
    },
    /// The stage was passed.
    Pass {
        /// The stage.
        stage: StageId,
        /// Where it led.
        to: StageId,
        /// How.
        how: How,
    },
    /// The stage sent the paper back.
    Return {
        /// The stage.
        stage: StageId,
        /// Where to.
        to: StageId,
    },
    /// A submission or agreement was taken back.
    Undo {
        /// The stage that it had opened.
        stage: StageId,
        /// The stage in which it had been given.
        to: StageId,
        /// How that had been passed.
        how: How,
    },
    /// The office ended the document.
    Terminate,
}

/// How a stage was passed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum How {
    /// By an answer, along a route.
    Answer,
    /// By an answer to a return, straight back.
    Resume,
    /// By silence, along a route.
    Silence,
    /// By silence, straight back.
    SilentResume,
}

impl fmt::Display for Label {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start => f.write_str("start"),
            Self::Ballot { stage } => write!(f, "{stage}: ballot"),
            Self::Silence { stage } => write!(f, "{stage}: silence"),
            Self::Pass { stage, to, how } => {
                let verb = match how {
                    How::Answer => "pass",
                    How::Resume => "resume",
                    How::Silence => "time-out",
                    How::SilentResume => "time-out, resume",
                };
                write!(f, "{stage}: {verb} → {to}")
            }
            Self::Return { stage, to } => write!(f, "{stage}: return → {to}"),
            Self::Undo { stage, to, how } => {
                let verb = match how {
                    How::Resume | How::SilentResume => "taken back (resumed)",
                    How::Answer | How::Silence => "taken back",
                };
                write!(f, "{stage}: {verb} → {to}")
            }
            Self::Terminate => f.write_str("terminate"),
        }
    }
}

/// A definition as a net, with what each transition stands for.
#[derive(Clone, Debug)]
pub struct Compiled {
    /// The net.
    pub net: Net,
    /// For each transition of the net what it stands for; none where it happens by itself.
    pub labels: Vec<Option<Label>>,
    /// For each transition that takes a route the stage and the place of the route in its list.
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

/// Compiles a definition whose names are right (routes and returns to what it does not have are left out).
pub fn compile(def: &Definition) -> Compiled {
    let mut net = Net::new();
    let going = net.place("going");
    let stages = def
        .stages
        .iter()
        .map(|stage| (&stage.id, net.place(stage.id.to_string())));
    let stages = stages.collect();
    let mut compiler = Compiler {
        def,
        labels: Vec::new(),
        routes: BTreeMap::new(),
        going,
        stages,
        notes: BTreeMap::new(),
        loose: Vec::new(),
        net,
    };
    compiler.notes();
    compiler.start();
    for stage in &def.stages {
        compiler.stage(stage);
    }
    compiler.terminate();
    Compiled {
        net: compiler.net,
        labels: compiler.labels,
        routes: compiler.routes,
    }
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
    net: Net,
    labels: Vec<Option<Label>>,
    routes: BTreeMap<usize, (StageId, usize)>,
    /// Marked until the document is finished or terminated.
    going: Place,
    stages: BTreeMap<&'a StageId, Place>,
    /// For each stage to which direct returns lead.
    notes: BTreeMap<&'a StageId, Notes<'a>>,
    /// Places between stages that termination has to clear away.
    loose: Vec<Place>,
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

    fn notes(&mut self) {
        for stage in self.def.stages.iter().filter(|stage| stage.resume != Resume::Replay) {
            for to in stage.returns.iter().filter(|to| self.stages.contains_key(to)) {
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
        let back = self.notes.get(&stage.id).map(|notes| notes.back.clone());
        for (to, note) in back.into_iter().flatten() {
            self.resume(stage, (to, note), How::Resume);
            if silent {
                self.resume(stage, (to, note), How::SilentResume);
            }
        }
        for to in &stage.returns {
            self.send_back(stage, to);
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
        let Some(there) = self.stages.get(to).copied() else {
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
        self.open(label, vec![here, note], (there, vec![none]), vec![here, note]);
    }

    /// A transition that opens a stage; where it can be taken back, by way of a place "just opened".
    fn open(
        &mut self,
        label: Label,
        takes: Vec<Place>,
        (there, beside): (Place, Vec<Place>),
        before: Vec<Place>,
    ) -> usize {
        let undo = self.undo(&label);
        let Some(undo) = undo else {
            let gives = [there].into_iter().chain(beside).collect();
            return self.step(Some(label), takes, gives);
        };
        let just = self.net.place(format!("just opened: {label}"));
        self.loose.push(just);
        let with = |place: Place| [place].into_iter().chain(beside.clone()).collect::<Vec<_>>();
        let transition = self.step(Some(label), takes, with(just));
        self.step(None, vec![just], vec![there]);
        self.step(Some(undo), with(just), before);
        transition
    }

    /// The label of taking this passing back, where the engine permits it: by an act on a stage that only reviews and
    /// has no effects of its own.
    fn undo(&self, label: &Label) -> Option<Label> {
        let Label::Pass { stage, to, how } = label else {
            return None;
        };
        let (from, opened) = (self.def.stage(stage)?, self.def.stage(to)?);
        let given = match from.kind {
            StageKind::Work => from.withdraw,
            StageKind::Review => true,
        };
        let revocable = opened.kind == StageKind::Review && opened.on_enter.is_empty();
        let by_answer = matches!(how, How::Answer | How::Resume);
        (given && revocable && by_answer).then(|| Label::Undo {
            stage: to.clone(),
            to: stage.clone(),
            how: *how,
        })
    }

    fn send_back(&mut self, stage: &'a Stage, to: &'a StageId) {
        let Some(there) = self.stages.get(to).copied() else {
            return;
        };
        let here = self.stages[&stage.id];
        let label = Label::Return {
            stage: stage.id.clone(),
            to: to.clone(),
        };
        match (self.note(to, &stage.id), self.notes.contains_key(&stage.id)) {
            (Some(note), _) if stage.resume != Resume::Replay => {
                let none = self.notes[to].none;
                self.step(Some(label), vec![here, none], vec![there, note]);
            }
            (_, false) => {
                self.step(Some(label), vec![here], vec![there]);
            }
            // Through every stage again: the notes that were left on the way here are void.
            (_, true) => {
                let clearing = self.net.place(format!("clearing: {label}"));
                self.loose.push(clearing);
                self.step(Some(label), vec![here], vec![clearing]);
                self.clear(clearing, true);
                let with = |place: Place| [place].into_iter().chain(self.no_notes()).collect::<Vec<_>>();
                let (takes, gives) = (with(clearing), with(there));
                self.step(None, takes, gives);
            }
        }
    }

    /// While `at` is marked, notes vanish by themselves.
    fn clear(&mut self, at: Place, going: bool) {
        let notes = self.notes.values();
        let notes: Vec<_> = notes
            .flat_map(|n| n.back.iter().map(|(_, note)| (*note, n.none)))
            .collect();
        for (note, none) in notes {
            if going {
                self.step(None, vec![at, note], vec![at, none]);
            } else {
                self.add(None, vec![at, note], vec![at, none]);
            }
        }
    }

    fn terminate(&mut self) {
        let (stopped, cleared) = (self.net.place("stopped"), self.net.place("cleared"));
        self.add(Some(Label::Terminate), vec![self.going], vec![stopped]);
        let everywhere: Vec<_> = self.stages.values().copied().chain(self.loose.clone()).collect();
        for place in everywhere {
            self.add(None, vec![stopped, place], vec![cleared]);
        }
        self.clear(cleared, false);
        let takes = [cleared].into_iter().chain(self.no_notes()).collect();
        self.add(None, takes, vec![self.net.sink]);
    }
}
