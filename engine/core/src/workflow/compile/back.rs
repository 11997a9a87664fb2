//! Going back, failing and ending: what calls off branches or voids returns that were still to be answered.

use super::branch::{Ways, common};
use super::{Compiler, How, Label};
use crate::workflow::definition::{Siblings, Stage, StageId};
use crate::workflow::net::Place;

impl<'a> Compiler<'a> {
    /// A failed vote leads elsewhere; returns that were still to be answered are void.
    pub fn fail(&mut self, stage: &'a Stage, to: &'a StageId) {
        let here = self.stages[&stage.id];
        let label = Label::Pass {
            stage: stage.id.clone(),
            to: to.clone(),
            how: How::Failure,
        };
        if self.def.end(to).is_some() {
            let gone = self.gone(self.ways.get(&stage.id));
            let gives = gone.map_or(vec![self.cleared], |gone| vec![self.stopped, gone]);
            self.add(Some(label), vec![here, self.going], gives);
        } else if let Some(there) = self.there(to, self.ways.get(&stage.id)) {
            self.afresh(stage, label, vec![there]);
        }
    }

    pub fn send_back(&mut self, stage: &'a Stage, to: &'a StageId) {
        let Some(there) = self.stages.get(to).copied() else {
            return;
        };
        let here = self.stages[&stage.id];
        let label = Label::Return {
            stage: stage.id.clone(),
            to: to.clone(),
        };
        let gives: Vec<_> = [there].into_iter().chain(self.others(to, &stage.id)).collect();
        if self.leaves_a_branch(stage, to) {
            self.leave(stage, to, label, gives);
        } else if let Some(note) = self.note(to, &stage.id) {
            let none = self.notes[to].none;
            let gives = gives.into_iter().chain([note]).collect();
            self.step(Some(label), vec![here, none], gives);
        } else {
            self.afresh(stage, label, gives);
        }
    }

    /// Out of a branch: the other branches are called off, or the return waits until they have arrived.
    fn leave(&mut self, stage: &'a Stage, to: &'a StageId, label: Label, gives: Vec<Place>) {
        let here = self.stages[&stage.id];
        if stage.siblings == Siblings::Refuse {
            let others = self.others(&stage.id, to);
            self.afresh_from(stage, label, [here].into_iter().chain(others).collect(), gives);
            return;
        }
        let way = self.ways.get(&stage.id);
        let shared = common(way, self.ways.get(to));
        let split = way.get(shared).and_then(|(split, _)| self.def.split(split));
        let (Some(split), Some(gone)) = (split, self.gone(way)) else {
            return;
        };
        // A place for each such return: it says where to go on once everything is cleared away.
        let stop = self.net.place(format!("going back: {label}"));
        self.stops.push((&split.id, stop));
        self.add(Some(label), vec![here, self.going], vec![stop, gone]);
        let noted = self
            .notes
            .iter()
            .filter(|(at, _)| Ways::is_inside(self.ways.get(at), &split.id));
        let none: Vec<_> = noted.map(|(_, notes)| notes.none).collect();
        let all_gone = self.gates[&split.id].gone.clone();
        let takes = [stop].into_iter().chain(all_gone).chain(none.clone()).collect();
        let gives = gives.into_iter().chain([self.going]).chain(none).collect();
        self.add(None, takes, gives);
    }

    /// Where a token of this way is counted once it is cleared away; none outside of splits.
    fn gone(&self, way: &[(StageId, usize)]) -> Option<Place> {
        let (split, index) = way.last()?;
        self.gates.get(split)?.gone.get(*index).copied()
    }

    /// Goes on from the stage; the notes that were left on the way to it are void.
    fn afresh(&mut self, stage: &'a Stage, label: Label, gives: Vec<Place>) {
        let here = self.stages[&stage.id];
        self.afresh_from(stage, label, vec![here], gives);
    }

    fn afresh_from(&mut self, stage: &'a Stage, label: Label, takes: Vec<Place>, gives: Vec<Place>) {
        if !self.notes.contains_key(&stage.id) {
            self.step(Some(label), takes, gives);
            return;
        }
        let way = self.ways.get(&stage.id).to_vec();
        let clearing = self.net.place(format!("clearing: {label}"));
        // Out of a branch whose siblings have arrived, the token is where it goes to: they are used up with it.
        let to = match &label {
            Label::Return { to, .. } => self.ways.get(to),
            _ => &way,
        };
        self.leaves.push((clearing, way[..common(&way, to)].to_vec()));
        self.step(Some(label), takes, vec![clearing]);
        // Those of this token: where it is, and further out.
        let own = self.notes.iter().filter(|(at, _)| way.starts_with(self.ways.get(at)));
        let own: Vec<_> = own.map(|(_, notes)| (notes.none, notes.back.clone())).collect();
        for (none, back) in &own {
            for (_, note) in back {
                self.step(None, vec![clearing, *note], vec![clearing, *none]);
            }
        }
        let none: Vec<_> = own.iter().map(|(none, _)| *none).collect();
        let takes = [clearing].into_iter().chain(none.clone()).collect();
        self.step(None, takes, gives.into_iter().chain(none).collect());
    }

    /// Everything in a split that is called off, and everything there is when the document is ended, is cleared away.
    pub fn stop(&mut self) {
        let stops: Vec<_> = self.stops.iter().map(|(split, place)| (Some(*split), *place)).collect();
        for (within, stop) in stops.into_iter().chain([(None, self.stopped)]) {
            let inside = |way: &[(StageId, usize)]| within.is_none_or(|split| Ways::is_inside(way, split));
            for (leaf, way) in self.leaves.clone() {
                if inside(&way) {
                    let gives = self.gone(&way).map_or(vec![self.cleared], |gone| vec![stop, gone]);
                    self.add(None, vec![stop, leaf], gives);
                }
            }
            let splits: Vec<_> = self.gates.keys().copied().collect();
            for split in splits {
                let way = self.ways.get(split).to_vec();
                if inside(&way) {
                    let takes = [stop].into_iter().chain(self.gates[split].gone.clone()).collect();
                    let gives = self.gone(&way).map_or(vec![self.cleared], |gone| vec![stop, gone]);
                    self.add(None, takes, gives);
                }
            }
            if let Some(split) = within {
                let noted = self
                    .notes
                    .iter()
                    .filter(|(at, _)| Ways::is_inside(self.ways.get(at), split));
                let noted: Vec<_> = noted.map(|(_, notes)| (notes.none, notes.back.clone())).collect();
                for (none, back) in noted {
                    for (_, note) in back {
                        self.add(None, vec![stop, note], vec![stop, none]);
                    }
                }
            }
        }
    }

    pub fn terminate(&mut self) {
        self.add(Some(Label::Terminate), vec![self.going], vec![self.stopped]);
        let notes = self.notes.values();
        let notes: Vec<_> = notes
            .flat_map(|n| n.back.iter().map(|(_, note)| (*note, n.none)))
            .collect();
        for (note, none) in notes {
            self.add(None, vec![self.cleared, note], vec![self.cleared, none]);
        }
        let takes = [self.cleared].into_iter().chain(self.no_notes()).collect();
        self.add(None, takes, vec![self.net.sink]);
    }
}
