//! A ring written out: each unit waits for the next one, the last for the first.

use super::*;
use crate::graph::order::Wait;
use crate::picture::Picture;

const BOX: i32 = 180;
const HEIGHT: i32 = 32;
const ROOM: i32 = 110;
const ROW: i32 = 76;
/// Boxes in one row; the ring goes on below from right to left, then from left to right again.
const ACROSS: usize = 4;

impl Graph {
    /// A ring as a picture. Arrows point at whoever is waited for.
    pub fn ring_svg(&self, drawing: &Drawing, id: &str, ring: &[Wait]) -> String {
        let place = |index: usize| {
            let (row, column) = (index / ACROSS, index % ACROSS);
            let column = if row % 2 == 0 { column } else { ACROSS - 1 - column };
            (PAD + 24 + count(column) * (BOX + ROOM), PAD + count(row) * ROW)
        };
        let rows = ring.len().div_ceil(ACROSS);
        let across = ring.len().min(ACROSS);
        let width = PAD * 2 + 24 + count(across) * BOX + (count(across) - 1).max(0) * ROOM;
        let bottom = PAD + (count(rows) - 1).max(0) * ROW + HEIGHT + 26;
        let mut picture = Picture::new(id, (width, bottom + PAD), &drawing.title, &drawing.description);
        for (index, wait) in ring.iter().enumerate() {
            let (x, y) = place(index);
            let why = drawing.tasks(&[wait.task].into());
            let middle = y + HEIGHT / 2;
            if index + 1 < ring.len() {
                let (next_x, next_y) = place(index + 1);
                if next_y > y {
                    picture.add(stroke((x + BOX / 2, y + HEIGHT), (x + BOX / 2, next_y - 8), STRONG));
                    picture.add(point(x + BOX / 2, next_y, (0, 1), STRONG));
                    picture.add(self.why(drawing, wait, &why, (x + BOX / 2 + 8, y + HEIGHT + 26), "start"));
                } else {
                    let right = next_x > x;
                    let (from, to, way) = if right {
                        (x + BOX, next_x, 1)
                    } else {
                        (x, next_x + BOX, -1)
                    };
                    picture.add(stroke((from, middle), (to - way * 8, middle), STRONG));
                    picture.add(point(to, middle, (way, 0), STRONG));
                    picture.add(self.why(drawing, wait, &why, ((from + to) / 2, middle - 7), "middle"));
                }
            } else {
                let (first_x, first_y) = place(0);
                let first = first_y + HEIGHT / 2;
                let d = format!(
                    "M{} {}V{}H{}V{first}H{}",
                    x + BOX / 2,
                    y + HEIGHT,
                    bottom,
                    PAD,
                    first_x - 8
                );
                let back = path(&d)
                    .with("fill", "none")
                    .with("stroke", STRONG)
                    .with("stroke-width", 2);
                picture.add(back.class("graph-way"));
                picture.add(point(first_x, first, (1, 0), STRONG));
                picture.add(self.why(drawing, wait, &why, (x + BOX / 2 - 8, bottom - 7), "end"));
            }
        }
        for (index, wait) in ring.iter().enumerate() {
            let (x, y) = place(index);
            let name = drawing.labels.unit(wait.lead);
            let card = card((x, y, BOX, HEIGHT), &name, "graph-support");
            picture.add(drawing.link(Target::Unit(wait.lead), &name, card));
        }
        picture.to_svg()
    }

    fn why(&self, drawing: &Drawing, wait: &Wait, why: &str, (x, y): (i32, i32), anchor: &str) -> Element {
        let words = text(x, y, why)
            .with("font-size", SIZE)
            .with("text-anchor", anchor)
            .with("fill", INK);
        let task = drawing.task(wait.task);
        drawing.link(Target::Task(wait.task), &task, [words.class("graph-why")])
    }
}
