//! Which branches every place lies in, and the places of a split and its join.

use crate::workflow::definition::{Definition, Node, Split, StageId};
use crate::workflow::net::{Net, Place};
use std::collections::BTreeMap;

/// The branches a place lies in, the outermost first: the split and the number of the branch.
pub(super) type Way = Vec<(StageId, usize)>;

/// The way of every stage, split and join that can be reached.
pub(super) struct Ways(pub BTreeMap<StageId, Way>);

impl Ways {
    pub fn of(def: &Definition) -> Self {
        let mut found: BTreeMap<StageId, Way> = BTreeMap::new();
        let mut queue = vec![(def.start.clone(), Way::new())];
        while let Some((id, mut way)) = queue.pop() {
            let node = def.node(&id);
            if let Some(Node::Join(_)) = node {
                way.pop();
            }
            if found.contains_key(&id) {
                continue;
            }
            let next: Vec<_> = match node {
                Some(Node::Stage(stage)) => {
                    let fail = stage.fail.iter();
                    let to = stage.next.iter().map(|route| &route.to).chain(fail);
                    to.map(|to| (to.clone(), way.clone())).collect()
                }
                Some(Node::Join(join)) => join.next.iter().map(|route| (route.to.clone(), way.clone())).collect(),
                Some(Node::Split(split)) => {
                    let branches = split.to.iter().enumerate();
                    let inside = |index| way.iter().cloned().chain([(split.id.clone(), index)]).collect();
                    branches.map(|(index, to)| (to.clone(), inside(index))).collect()
                }
                Some(Node::End(_)) | None => continue,
            };
            found.insert(id, way);
            queue.extend(next);
        }
        Self(found)
    }

    pub fn get(&self, id: &StageId) -> &[(StageId, usize)] {
        self.0.get(id).map_or(&[], Vec::as_slice)
    }

    /// Whether the place lies inside the split, at any depth.
    pub fn is_inside(way: &[(StageId, usize)], split: &StageId) -> bool {
        way.iter().any(|(of, _)| of == split)
    }
}

/// The places of a split and its join.
pub(super) struct Gate {
    /// Before the way parts.
    pub parting: Place,
    /// For each branch: arrived at the join.
    pub arrived: Vec<Place>,
    /// For each branch: cleared away.
    pub gone: Vec<Place>,
}

impl Gate {
    pub fn of(net: &mut Net, split: &Split) -> Self {
        let mut branches = |what: &str| {
            let places = (0..split.to.len()).map(|index| net.place(format!("{}: branch {index} {what}", split.id)));
            places.collect::<Vec<_>>()
        };
        let (arrived, gone) = (branches("arrived"), branches("gone"));
        Self {
            parting: net.place(split.id.to_string()),
            arrived,
            gone,
        }
    }
}

/// How many branches two ways have in common, from the outermost.
pub(super) fn common(one: &[(StageId, usize)], other: &[(StageId, usize)]) -> usize {
    one.iter().zip(other).take_while(|(one, other)| one == other).count()
}
