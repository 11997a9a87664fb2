//! Units × units: who supports (rows) whom (columns), as counts of tasks, in the order in which plans can become final.

use super::*;
use crate::picture::Picture;

const CELL: i32 = 30;
const NAMES: i32 = 170;

impl Graph {
    /// Units that are named themselves, in an order in which their plans can become final; the weightiest first inside
    /// a ring.
    pub fn ranked(&self) -> Vec<UnitId> {
        let home = self.condensed().home;
        let mut units = self.parties().units;
        units.sort_by_key(|unit| {
            let group = self.place(*unit).and_then(|place| home.get(place)).copied();
            (group, std::cmp::Reverse(self.awaited(*unit).millionths), *unit)
        });
        units
    }

    /// The unit × unit matrix as a picture.
    pub fn units_svg(&self, drawing: &Drawing) -> String {
        let rows = self.ranked();
        let leads = rows
            .iter()
            .copied()
            .filter(|unit| self.waits_for(*unit).next().is_some());
        let leads: Vec<UnitId> = leads.collect();
        let names: Vec<String> = leads.iter().map(|unit| drawing.labels.unit(*unit)).collect();
        let head = names.iter().map(|name| text_width(name, SIZE)).max().unwrap_or(0) + PAD;
        let (left, top) = (PAD + NAMES, PAD + head);
        let right = left + count(leads.len()) * CELL;
        let bottom = top + count(rows.len()) * CELL;
        let size = (right + PAD, bottom + PAD);
        let mut picture = Picture::new("graph", size, &drawing.title, &drawing.description);
        for (x, (lead, name)) in (0..).map(|index| left + index * CELL).zip(leads.iter().zip(&names)) {
            let (cx, cy) = (x + CELL / 2 + SIZE / 3, top - PAD / 2);
            let turned = text(cx, cy, name).with("transform", format_args!("rotate(-90 {cx} {cy})"));
            let turned = turned.with("font-size", SIZE).class("matrix-unit");
            picture.add(drawing.link(Target::Unit(*lead), name, [turned]));
            picture.add(line(x, top, x, bottom).with("stroke", LINE).class("matrix-line"));
        }
        for (y, support) in (0..).map(|index| top + index * CELL).zip(&rows) {
            picture.add(line(PAD, y, right, y).with("stroke", LINE).class("matrix-line"));
            let name = drawing.labels.unit(*support);
            let row = text(PAD, y + CELL - 10, &fit(&name, SIZE, NAMES - PAD));
            let row = row.with("font-size", SIZE).class("matrix-task");
            picture.add(drawing.link(Target::Unit(*support), &name, [row]));
            for (x, lead) in (0..).map(|index| left + index * CELL).zip(&leads) {
                if support == lead {
                    let own = rect(x + 1, y + 1, CELL - 2, CELL - 2).with("fill", "#edf1f5");
                    picture.add(own.class("matrix-own"));
                }
                let Some(edge) = self.edge(*support, *lead) else {
                    continue;
                };
                let (fill, ink) = match edge.weight.tasks {
                    0..=2 => (WASH, "#143a68"),
                    3..=5 => ("#b9d0ea", "#143a68"),
                    _ => (BRAND, "#ffffff"),
                };
                let sign = text(x + CELL / 2, y + CELL - 10, &edge.weight.tasks.to_string());
                let sign = sign
                    .with("text-anchor", "middle")
                    .with("font-size", SIZE)
                    .with("fill", ink);
                let field = rect(x + 2, y + 2, CELL - 4, CELL - 4).with("rx", 3).with("fill", fill);
                let of = (drawing.labels.unit(*lead), name.clone(), drawing.tasks(&edge.tasks));
                let told = (drawing.say)(Say::Waits(of.0, of.1, of.2));
                picture.add(drawing.link(Target::Pair(*support, *lead), &told, [field, sign]));
            }
        }
        picture.to_svg()
    }
}
