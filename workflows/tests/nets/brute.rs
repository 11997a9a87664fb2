//! Soundness by brute force, written without a look at the engine's: markings are sorted maps, everything is asked
//! of every marking one by one, depth first, and unboundedness is found by a coverability tree.

use duban_core::workflow::net::Net;
use std::collections::{BTreeMap, BTreeSet};

type Bag = BTreeMap<usize, u64>;

fn bag(places: &[usize]) -> Bag {
    let mut bag = Bag::new();
    for place in places {
        *bag.entry(*place).or_default() += 1;
    }
    bag
}

fn contains(large: &Bag, small: &Bag) -> bool {
    small.iter().all(|(place, n)| large.get(place).is_some_and(|m| m >= n))
}

fn fired(marking: &Bag, net: &Net, transition: usize) -> Option<Bag> {
    let transition = &net.transitions[transition];
    let takes = bag(&transition.takes);
    if !contains(marking, &takes) {
        return None;
    }
    let mut next = marking.clone();
    for (place, n) in takes {
        *next.get_mut(&place)? -= n;
    }
    for place in &transition.gives {
        *next.entry(*place).or_default() += 1;
    }
    next.retain(|_, n| *n > 0);
    Some(next)
}

/// Every node between the source and the sink, by walking from each node on its own.
fn is_workflow_net(net: &Net) -> bool {
    let places = net.places.len();
    let mut edges: Vec<Vec<usize>> = vec![Vec::new(); places + net.transitions.len()];
    for (index, transition) in net.transitions.iter().enumerate() {
        for place in &transition.takes {
            edges[*place].push(places + index);
        }
        edges[places + index].extend(&transition.gives);
    }
    let reach = |from: usize| {
        let mut seen = BTreeSet::from([from]);
        let mut todo = vec![from];
        while let Some(node) = todo.pop() {
            todo.extend(edges[node].iter().copied().filter(|next| seen.insert(*next)));
        }
        seen
    };
    let from_source = reach(net.source);
    let into_source = edges.iter().any(|targets| targets.contains(&net.source));
    let whole = (0..edges.len()).all(|node| from_source.contains(&node) && reach(node).contains(&net.sink));
    whole && !into_source && edges[net.sink].is_empty()
}

/// Whether the net is sound; none when it has more markings than can be listed one by one.
pub fn is_sound(net: &Net, most: usize) -> Option<bool> {
    if !is_workflow_net(net) {
        return Some(false);
    }
    let start = Bag::from([(net.source, 1)]);
    let mut known: BTreeMap<Bag, BTreeSet<Bag>> = BTreeMap::new();
    let mut happened = BTreeSet::new();
    let mut todo = vec![(start.clone(), Vec::<Bag>::new())];
    while let Some((marking, above)) = todo.pop() {
        if known.contains_key(&marking) {
            continue;
        }
        if above.iter().any(|old| *old != marking && contains(&marking, old)) {
            return Some(false);
        }
        if known.len() >= most {
            return None;
        }
        let mut next = BTreeSet::new();
        for transition in 0..net.transitions.len() {
            if let Some(after) = fired(&marking, net, transition) {
                happened.insert(transition);
                next.insert(after);
            }
        }
        let above: Vec<_> = above.into_iter().chain([marking.clone()]).collect();
        todo.extend(next.iter().map(|after| (after.clone(), above.clone())));
        known.insert(marking, next);
    }
    let end = Bag::from([(net.sink, 1)]);
    let proper = known
        .keys()
        .all(|marking| !marking.contains_key(&net.sink) || *marking == end);
    // Grown from the end backwards until nothing is added.
    let mut good = BTreeSet::from([&end]);
    loop {
        let more: Vec<_> = known
            .iter()
            .filter(|(marking, next)| !good.contains(marking) && next.iter().any(|after| good.contains(after)))
            .map(|(marking, _)| marking)
            .collect();
        if more.is_empty() {
            break;
        }
        good.extend(more);
    }
    let completes = known.contains_key(&end) && known.keys().all(|marking| good.contains(marking));
    Some(proper && completes && happened.len() == net.transitions.len())
}
