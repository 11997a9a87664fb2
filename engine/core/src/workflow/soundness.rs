//! Soundness of a workflow net, proved by visiting every marking that it can reach: from each of them the end can be
//! reached, nothing is left behind at the end, and every transition can happen.

use super::net::{Misshape, Net, Place};
use serde::Serialize;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};

/// The most markings that are visited unless something else is asked for.
pub const MOST_STATES: usize = 200_000;

/// What is wrong with a net.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum FaultKind {
    /// It is no workflow net at all.
    Misshapen,
    /// Tokens can pile up without limit.
    Unbounded,
    /// It can come to a marking in which nothing can happen and which is not the end.
    Stuck,
    /// It can come to a marking from which the end cannot be reached although something can always happen.
    NoWayToAnEnd,
    /// It can reach the end while tokens are left elsewhere.
    LeftBehind,
    /// A transition can never happen.
    Dead,
}

/// One fault, with the way to it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// The transitions that lead from the beginning to where it shows, by their numbers. For a dead transition only
    /// itself.
    pub path: Vec<usize>,
    /// The places that hold tokens there. Empty for a dead transition.
    pub places: Vec<Place>,
}

/// The answer about a net.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Verdict {
    /// What is wrong, the first of each kind (dead transitions: all of them).
    pub faults: Vec<Fault>,
    /// How many markings were visited.
    pub states: usize,
    /// True when there are more markings than were to be visited. Then nothing is proved.
    pub limit_hit: bool,
}

impl Verdict {
    /// True when it is proved that nothing is wrong.
    pub fn is_sound(&self) -> bool {
        self.faults.is_empty() && !self.limit_hit
    }
}

/// Judges a net, visiting at most `limit` markings.
pub fn judge(net: &Net, limit: usize) -> Verdict {
    let misshapes = net.misshapes();
    if !misshapes.is_empty() {
        return Verdict {
            faults: misshapes.iter().map(misshapen).collect(),
            states: 0,
            limit_hit: false,
        };
    }
    Explored::of(net, limit).verdict()
}

fn misshapen(found: &Misshape) -> Fault {
    let (path, places) = match found {
        Misshape::UnknownPlace { transition } | Misshape::Loose { transition } | Misshape::Reversed { transition } => {
            (vec![*transition], Vec::new())
        }
        Misshape::OffTheWay { place } => (Vec::new(), vec![*place]),
    };
    Fault {
        kind: FaultKind::Misshapen,
        path,
        places,
    }
}

/// A step between two visited markings.
#[derive(Clone, Copy, Debug)]
struct Step {
    from: u32,
    transition: u32,
    to: u32,
}

/// Every marking that a net can reach, up to a limit, and the steps between them.
#[derive(Debug)]
pub struct Explored<'n> {
    net: &'n Net,
    /// The markings one after the other, a byte for each place.
    tokens: Vec<u8>,
    steps: Vec<Step>,
    /// The step by which each marking was found first; none for the first marking.
    found_by: Vec<Option<u32>>,
    unbounded: Option<u32>,
    limit_hit: bool,
}

impl<'n> Explored<'n> {
    /// Visits the markings of a net that has the shape of a workflow net, nearest first. Stops at a marking that
    /// shows that there are infinitely many.
    pub fn of(net: &'n Net, limit: usize) -> Self {
        let mut explored = Self {
            net,
            tokens: vec![0; net.places.len()],
            steps: Vec::new(),
            found_by: vec![None],
            unbounded: None,
            limit_hit: false,
        };
        explored.tokens[net.source] = 1;
        let by_place = explored.by_place();
        let mut known: Known = HashMap::default();
        known.insert(explored.tokens.clone().into(), 0);
        let mut at = 0;
        while at < explored.states() && explored.unbounded.is_none() && !explored.limit_hit {
            let marking = explored.marking(at).to_vec();
            for transitions in marking.iter().zip(&by_place).filter(|(n, _)| **n > 0).map(|(_, t)| t) {
                for transition in transitions {
                    let Some(next) = explored.fire(&marking, *transition) else {
                        continue;
                    };
                    explored.take(&mut known, (at, *transition), next, limit);
                }
            }
            at += 1;
        }
        explored
    }

    /// The transitions, each at one of the places it takes from: the one that the fewest transitions take from, so
    /// that few are looked at in vain.
    fn by_place(&self) -> Vec<Vec<usize>> {
        let net = self.net;
        let mut taken = vec![0_usize; net.places.len()];
        for place in net.transitions.iter().flat_map(|t| &t.takes) {
            taken[*place] += 1;
        }
        let mut by_place = vec![Vec::new(); net.places.len()];
        for (index, transition) in net.transitions.iter().enumerate() {
            if let Some(place) = transition.takes.iter().min_by_key(|place| taken[**place]) {
                by_place[*place].push(index);
            }
        }
        by_place
    }

    /// The marking after the transition; none when it cannot happen.
    fn fire(&self, marking: &[u8], transition: usize) -> Option<Box<[u8]>> {
        let transition = &self.net.transitions[transition];
        if transition.takes.iter().any(|place| marking[*place] == 0) {
            return None;
        }
        let mut next: Box<[u8]> = marking.into();
        for place in &transition.takes {
            next[*place] = next[*place].checked_sub(1)?;
        }
        for place in &transition.gives {
            next[*place] = next[*place].saturating_add(1);
        }
        Some(next)
    }

    fn take(&mut self, known: &mut Known, (at, transition): (usize, usize), next: Box<[u8]>, limit: usize) {
        let found = known.get(&next).copied();
        let to = match found {
            Some(to) => to,
            None if self.states() >= limit => {
                self.limit_hit = true;
                return;
            }
            None => number(self.states()),
        };
        let step = number(self.steps.len());
        self.steps.push(Step {
            from: number(at),
            transition: number(transition),
            to,
        });
        if found.is_some() {
            return;
        }
        self.tokens.extend_from_slice(&next);
        self.found_by.push(Some(step));
        // Where tokens pile up, some place holds two of them at last.
        if next.iter().any(|n| *n > 1) && (next.contains(&u8::MAX) || self.outgrows(to)) {
            self.unbounded = Some(to);
        }
        known.insert(next, to);
    }

    /// Whether the marking holds everything that one on the way to it held, and more: then the way between them can
    /// be gone again and again.
    fn outgrows(&self, state: u32) -> bool {
        let here = self.marking(state as usize);
        let mut at = state;
        while let Some(step) = self.found_by[at as usize] {
            at = self.steps[step as usize].from;
            let before = self.marking(at as usize);
            if before != here && before.iter().zip(here).all(|(before, here)| before <= here) {
                return true;
            }
        }
        false
    }

    /// How many markings were visited.
    pub fn states(&self) -> usize {
        self.found_by.len()
    }

    fn marking(&self, state: usize) -> &[u8] {
        let width = self.net.places.len();
        &self.tokens[state * width..(state + 1) * width]
    }

    /// The places that hold tokens in a visited marking.
    pub fn places(&self, state: usize) -> Vec<Place> {
        let marking = self.marking(state).iter().enumerate();
        marking.filter(|(_, n)| **n > 0).map(|(place, _)| place).collect()
    }

    /// The transitions of the shortest way to a visited marking.
    pub fn path(&self, state: usize) -> Vec<usize> {
        let mut path = Vec::new();
        let mut at = state;
        while let Some(step) = self.found_by[at] {
            let step = self.steps[step as usize];
            path.push(step.transition as usize);
            at = step.from as usize;
        }
        path.reverse();
        path
    }

    fn is_end(&self, state: usize) -> bool {
        let mut marking = self.marking(state).iter().enumerate();
        marking.all(|(place, n)| *n == u8::from(place == self.net.sink))
    }

    /// The visited markings from which the end cannot be reached by the transitions that `allowed` permits, the
    /// nearest first. Markings at which the sink holds a token already are left out.
    pub fn stranded(&self, allowed: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut into: Vec<Vec<u32>> = vec![Vec::new(); self.states()];
        for step in self.steps.iter().filter(|step| allowed(step.transition as usize)) {
            into[step.to as usize].push(step.from);
        }
        let mut finishing: Vec<bool> = (0..self.states()).map(|state| self.is_end(state)).collect();
        let mut queue: Vec<usize> = (0..self.states()).filter(|state| finishing[*state]).collect();
        while let Some(state) = queue.pop() {
            for from in into[state].iter().map(|from| *from as usize) {
                if !finishing[from] {
                    finishing[from] = true;
                    queue.push(from);
                }
            }
        }
        let lost = (0..self.states()).filter(|state| !finishing[*state]);
        lost.filter(|state| self.marking(*state)[self.net.sink] == 0).collect()
    }

    /// Whether something can happen in a visited marking.
    fn moves(&self, state: usize) -> bool {
        let marking = self.marking(state);
        (0..self.net.transitions.len()).any(|transition| self.fire(marking, transition).is_some())
    }

    fn fault(&self, kind: FaultKind, state: usize) -> Fault {
        Fault {
            kind,
            path: self.path(state),
            places: self.places(state),
        }
    }

    /// For each transition whether it can ever happen; none when not every marking was visited.
    pub fn possible(&self) -> Option<Vec<bool>> {
        if self.unbounded.is_some() || self.limit_hit {
            return None;
        }
        let mut happens = vec![false; self.net.transitions.len()];
        for step in &self.steps {
            happens[step.transition as usize] = true;
        }
        Some(happens)
    }

    /// What the visited markings say about the net.
    pub fn verdict(&self) -> Verdict {
        let mut faults = Vec::new();
        if let Some(state) = self.unbounded {
            faults.push(self.fault(FaultKind::Unbounded, state as usize));
        }
        let overfull = |state: &usize| self.marking(*state)[self.net.sink] > 0 && !self.is_end(*state);
        if let Some(state) = (0..self.states()).find(overfull) {
            faults.push(self.fault(FaultKind::LeftBehind, state));
        }
        // Before every marking was visited, nothing can be said about what is never possible.
        if self.unbounded.is_none() && !self.limit_hit {
            let lost = self.stranded(|_| true);
            let stuck = lost.iter().find(|state| !self.moves(**state));
            faults.extend(stuck.map(|state| self.fault(FaultKind::Stuck, *state)));
            if stuck.is_none() {
                let state = lost.first();
                faults.extend(state.map(|state| self.fault(FaultKind::NoWayToAnEnd, *state)));
            }
            let happens = self.possible().unwrap_or_default();
            let dead = happens.iter().enumerate().filter(|(_, happens)| !**happens);
            faults.extend(dead.map(|(transition, _)| Fault {
                kind: FaultKind::Dead,
                path: vec![transition],
                places: Vec::new(),
            }));
        }
        Verdict {
            faults,
            states: self.states(),
            limit_hit: self.limit_hit,
        }
    }
}

fn number(n: usize) -> u32 {
    u32::try_from(n).unwrap_or(u32::MAX)
}

type Known = HashMap<Box<[u8]>, u32, BuildHasherDefault<Mix>>;

/// A fast hash for markings: they come from us, so nobody can choose them to collide.
#[derive(Default)]
struct Mix(u64);

impl Hasher for Mix {
    fn write(&mut self, bytes: &[u8]) {
        for chunk in bytes.chunks(8) {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            self.write_u64(u64::from_le_bytes(word));
        }
    }

    fn write_u64(&mut self, word: u64) {
        self.0 = (self.0.rotate_left(5) ^ word).wrapping_mul(0x517c_c1b7_2722_0a95);
    }

    fn write_usize(&mut self, n: usize) {
        self.write_u64(n as u64);
    }

    fn finish(&self) -> u64 {
        self.0 ^ (self.0 >> 29)
    }
}
