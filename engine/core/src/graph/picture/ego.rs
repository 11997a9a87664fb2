//! One unit in the middle, two steps to each side.

use super::*;
use crate::graph::around::{Around, Far, Tie};
use crate::picture::Picture;

const BOX: i32 = 170;
const HEIGHT: i32 = 30;
const ROW: i32 = 38;
const ROOM: i32 = 56;
const TOP: i32 = 40;
/// The most boxes in one column; the list beside the picture has all.
const MOST: usize = 14;

/// One box of a column: who, what it is called, and the neighbours it is tied to.
struct Node {
    target: Target,
    name: String,
    told: String,
    over: BTreeSet<UnitId>,
}

impl Graph {
    /// The surroundings of a unit as a picture: on the left for whom it waits, on the right who waits for it.
    pub fn ego_svg(&self, drawing: &Drawing, around: &Around) -> String {
        let parties = self.parties();
        let me = drawing.labels.unit(around.unit);
        let near = |ties: &[Tie], waits: bool| -> Vec<Node> {
            let node = |tie: &Tie| {
                let name = drawing.party(&tie.party, &parties);
                let (lead, support) = if waits { (&me, &name) } else { (&name, &me) };
                let told = Say::Waits(lead.clone(), support.clone(), drawing.tasks(&tie.tasks));
                Node {
                    target: (&tie.party).into(),
                    told: (drawing.say)(told),
                    over: match &tie.party {
                        Party::Unit(unit) => [*unit].into(),
                        Party::Collective(_) => BTreeSet::new(),
                    },
                    name,
                }
            };
            ties.iter().map(node).collect()
        };
        let far = |units: &[Far]| -> Vec<Node> {
            let node = |far: &Far| Node {
                target: Target::Unit(far.unit),
                name: drawing.labels.unit(far.unit),
                told: drawing.labels.unit(far.unit),
                over: far.over.clone(),
            };
            units.iter().map(node).collect()
        };
        let columns = [
            (Head::Further, far(&around.further)),
            (Head::WaitsFor, near(&around.waits_for, true)),
            (Head::WaitedBy, near(&around.waited_by, false)),
            (Head::Beyond, far(&around.beyond)),
        ];
        let rows = columns
            .iter()
            .map(|(_, nodes)| nodes.len().min(MOST + 1))
            .max()
            .unwrap_or(0)
            .max(1);
        let height = TOP + count(rows) * ROW + PAD;
        let x = |column: i32| PAD + column * (BOX + ROOM);
        let top = |nodes: usize| TOP + (height - TOP - PAD - count(nodes.min(MOST + 1)) * ROW) / 2;
        let size = (x(4) + BOX + PAD, height);
        let mut picture = Picture::new("graph", size, &drawing.title, &drawing.description);
        let middle = TOP + (height - TOP - PAD - ROW) / 2 + ROW / 2;
        let mut boxes = Vec::new();
        for ((head, nodes), column) in columns.iter().zip([0, 1, 3, 4]) {
            picture.add(heading(x(column), 22, &(drawing.say)(Say::Head(*head))));
            for (index, node) in nodes.iter().take(MOST).enumerate() {
                let y = top(nodes.len()) + count(index) * ROW;
                let end = y + HEIGHT / 2;
                match column {
                    1 => picture.add(curve((x(1) + BOX, end), (x(2), middle), "graph-way", STRONG)),
                    3 => picture.add(curve((x(2) + BOX, middle), (x(3), end), "graph-way", STRONG)),
                    _ => {
                        let (inner, from, to) = if column == 0 {
                            (1, x(0) + BOX, x(1))
                        } else {
                            (2, x(4), x(3) + BOX)
                        };
                        let (_, nearer) = &columns[inner];
                        for (place, other) in nearer.iter().take(MOST).enumerate() {
                            if other.over.is_subset(&node.over) && !other.over.is_empty() {
                                let there = top(nearer.len()) + count(place) * ROW + HEIGHT / 2;
                                picture.add(curve((from, end), (to, there), "graph-far-way", LINE));
                            }
                        }
                    }
                }
                let class = if matches!(column, 1 | 3) {
                    "graph-support"
                } else {
                    "graph-task"
                };
                let card = card((x(column), y, BOX, HEIGHT), &node.name, class);
                boxes.push(drawing.link(node.target.clone(), &node.told, card));
            }
            if nodes.len() > MOST {
                let y = top(nodes.len()) + count(MOST) * ROW + HEIGHT / 2 + 4;
                let more = text(x(column) + 8, y, &(drawing.say)(Say::More(nodes.len() - MOST)));
                boxes.push(more.with("font-size", SIZE).with("fill", INK).class("graph-more"));
            }
        }
        picture.add(heading(x(2), 22, &(drawing.say)(Say::Head(Head::Middle))));
        for element in boxes {
            picture.add(element);
        }
        let own = card((x(2), middle - HEIGHT / 2, BOX, HEIGHT), &me, "graph-lead");
        picture.add(group(own));
        picture.to_svg()
    }
}
