//! Workflow nets: places, transitions with labels, one source, one sink. A definition is compiled to one (see
//! [`super::compile`]), and [`super::soundness`] judges it.

use serde::Serialize;
use std::collections::BTreeSet;

/// A place, by its number in [`Net::places`].
pub type Place = usize;

/// A transition: takes one token from each place of `takes` and gives one to each place of `gives`. A place named
/// twice gives or takes two; a place on both sides is only looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Transition {
    /// Its name, unique in the net.
    pub name: String,
    /// What a history says when it happens. None: it happens by itself and no history tells of it.
    pub label: Option<String>,
    /// The places it takes from.
    pub takes: Vec<Place>,
    /// The places it gives to.
    pub gives: Vec<Place>,
}

/// A workflow net. It begins with one token in the source and is finished with one token in the sink and none
/// elsewhere.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Net {
    /// The names of the places, unique in the net.
    pub places: Vec<String>,
    /// The transitions.
    pub transitions: Vec<Transition>,
    /// The place in which it begins.
    pub source: Place,
    /// The place in which it ends.
    pub sink: Place,
}

/// What is wrong with the shape of a net.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Misshape {
    /// A transition names a place that is not there.
    UnknownPlace {
        /// The transition, by its number.
        transition: usize,
    },
    /// A transition takes from nowhere or gives to nowhere.
    Loose {
        /// The transition, by its number.
        transition: usize,
    },
    /// A transition gives to the source or takes from the sink.
    Reversed {
        /// The transition, by its number.
        transition: usize,
    },
    /// A place that does not lie on a way from the source to the sink.
    OffTheWay {
        /// The place.
        place: Place,
    },
}

impl Net {
    /// A net with a source and a sink and nothing between them.
    pub fn new() -> Self {
        Self {
            places: vec!["source".to_owned(), "sink".to_owned()],
            transitions: Vec::new(),
            source: 0,
            sink: 1,
        }
    }

    /// Adds a place.
    pub fn place(&mut self, name: impl Into<String>) -> Place {
        self.places.push(name.into());
        self.places.len() - 1
    }

    /// Adds a transition that histories tell of; its number.
    pub fn labelled(&mut self, label: impl Into<String>, takes: Vec<Place>, gives: Vec<Place>) -> usize {
        let label = label.into();
        self.add(label.clone(), Some(label), takes, gives)
    }

    /// Adds a transition that happens by itself; its number.
    pub fn silent(&mut self, name: impl Into<String>, takes: Vec<Place>, gives: Vec<Place>) -> usize {
        self.add(name.into(), None, takes, gives)
    }

    fn add(&mut self, name: String, label: Option<String>, takes: Vec<Place>, gives: Vec<Place>) -> usize {
        self.transitions.push(Transition {
            name,
            label,
            takes,
            gives,
        });
        self.transitions.len() - 1
    }

    /// The number of the transition with this label.
    pub fn labelled_as(&self, label: &str) -> Option<usize> {
        self.transitions.iter().position(|t| t.label.as_deref() == Some(label))
    }

    /// Everything that keeps it from being a workflow net.
    pub fn misshapes(&self) -> Vec<Misshape> {
        let known = |place: &Place| *place < self.places.len();
        let mut found = Vec::new();
        for (transition, t) in self.transitions.iter().enumerate() {
            if !t.takes.iter().chain(&t.gives).all(known) {
                found.push(Misshape::UnknownPlace { transition });
            }
            if t.takes.is_empty() || t.gives.is_empty() {
                found.push(Misshape::Loose { transition });
            }
            if t.gives.contains(&self.source) || t.takes.contains(&self.sink) {
                found.push(Misshape::Reversed { transition });
            }
        }
        if !found.is_empty() {
            return found;
        }
        let after = self.closure(self.source, |t| (&t.takes, &t.gives));
        let before = self.closure(self.sink, |t| (&t.gives, &t.takes));
        let off = (0..self.places.len()).filter(|place| !after.contains(place) || !before.contains(place));
        found.extend(off.map(|place| Misshape::OffTheWay { place }));
        found
    }

    /// The places that hang together with `first`, following the transitions in one direction.
    fn closure<'n>(
        &'n self,
        first: Place,
        ends: impl Fn(&'n Transition) -> (&'n Vec<Place>, &'n Vec<Place>),
    ) -> BTreeSet<Place> {
        let mut found = BTreeSet::from([first]);
        loop {
            let size = found.len();
            for (from, to) in self.transitions.iter().map(&ends) {
                if from.iter().any(|place| found.contains(place)) {
                    found.extend(to);
                }
            }
            if found.len() == size {
                return found;
            }
        }
    }
}
