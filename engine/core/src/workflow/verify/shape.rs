//! The shape of branches: what a split opens comes together in its join and nowhere else.

use super::{Gate, Spot, unknown};
use crate::reason::Reason;
use crate::workflow::definition::{Node, StageId};
use std::collections::BTreeMap;

impl Gate<'_> {
    /// Splits and joins by themselves.
    pub(super) fn gates(&mut self) {
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
    pub(super) fn branches(&mut self) {
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
}
