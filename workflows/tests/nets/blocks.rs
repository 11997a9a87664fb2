//! Random nets: sound ones by construction (sequence, choice, parallel, loop), and what one change makes of them.

use duban_core::workflow::net::{Net, Place};

/// A source of chance (splitmix64) that always says the same for the same seed.
pub struct Dice(u64);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number below `n`.
    pub fn below(&mut self, n: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % n as u64).unwrap()
    }
}

/// A sound net of about `size` blocks.
pub fn sound(dice: &mut Dice, size: usize) -> Net {
    let mut net = Net::new();
    let (first, last) = (net.place("first"), net.place("last"));
    let (source, sink) = (net.source, net.sink);
    step(&mut net, source, first, dice);
    block(&mut net, dice, (first, last), size);
    step(&mut net, last, sink, dice);
    net
}

fn step(net: &mut Net, from: Place, to: Place, dice: &mut Dice) {
    let name = format!("t{}", net.transitions.len());
    if dice.below(5) == 0 {
        net.silent(name, vec![from], vec![to]);
    } else {
        net.labelled(name, vec![from], vec![to]);
    }
}

fn place(net: &mut Net) -> Place {
    let name = format!("p{}", net.places.len());
    net.place(name)
}

/// Fills the way between two places. Whoever builds it never marks `from` while the block is at work.
fn block(net: &mut Net, dice: &mut Dice, (from, to): (Place, Place), size: usize) {
    if size <= 1 {
        return step(net, from, to, dice);
    }
    let first = 1 + dice.below(size - 1);
    let parts = [first, size - first];
    match dice.below(4) {
        0 => {
            let middle = place(net);
            block(net, dice, (from, middle), parts[0]);
            block(net, dice, (middle, to), parts[1]);
        }
        1 => {
            // Each way begins with a step of its own, so that a loop inside it does not come back to the choice.
            for part in parts {
                let (inner, outer) = (place(net), place(net));
                step(net, from, inner, dice);
                block(net, dice, (inner, outer), part);
                step(net, outer, to, dice);
            }
        }
        2 => {
            let ends = parts.map(|_| (place(net), place(net)));
            let split = format!("split{}", net.transitions.len());
            net.labelled(split, vec![from], ends.iter().map(|(first, _)| *first).collect());
            for ((first, last), part) in ends.into_iter().zip(parts) {
                block(net, dice, (first, last), part);
            }
            let join = format!("join{}", net.transitions.len());
            net.labelled(join, ends.iter().map(|(_, last)| *last).collect(), vec![to]);
        }
        _ => {
            let (head, tail) = (place(net), place(net));
            step(net, from, head, dice);
            block(net, dice, (head, tail), parts[0]);
            block(net, dice, (tail, head), parts[1]);
            step(net, tail, to, dice);
        }
    }
}

/// The net with one change: an arc more, an arc less, an arc moved, a transition more or less, a token doubled.
pub fn broken(net: &Net, dice: &mut Dice) -> Net {
    let mut net = net.clone();
    let t = dice.below(net.transitions.len());
    let p = dice.below(net.places.len());
    let kind = dice.below(6);
    let transition = &mut net.transitions[t];
    match kind {
        0 => transition.takes.push(p),
        1 => transition.gives.push(p),
        2 if transition.gives.len() > 1 => {
            transition.gives.pop();
        }
        2 if transition.takes.len() > 1 => {
            transition.takes.pop();
        }
        3 => transition.gives[0] = p,
        4 => transition.takes[0] = p,
        5 => {
            net.transitions.remove(t);
        }
        _ => {
            let q = dice.below(net.places.len());
            net.labelled("extra", vec![p], vec![q]);
        }
    }
    net
}
