//! Tasks as rows, units that are named themselves as columns (those that lead most first), then collective names.

use super::*;
use crate::picture::Picture;

const CELL: i32 = 26;
const TASKS: i32 = 300;

impl Graph {
    /// The task × unit matrix as a picture.
    pub fn matrix_svg(&self, drawing: &Drawing) -> String {
        let parties = self.parties();
        let columns: Vec<Party> = parties.all().collect();
        let names: Vec<String> = columns.iter().map(|party| drawing.party(party, &parties)).collect();
        let head = names.iter().map(|name| text_width(name, SIZE)).max().unwrap_or(0) + PAD;
        let (left, top) = (PAD + TASKS, PAD + head);
        let right = left + count(columns.len()) * CELL;
        let bottom = top + count(self.tasks().len()) * CELL;
        let size = (right + PAD, bottom + PAD);
        let mut picture = Picture::new("graph", size, &drawing.title, &drawing.description);
        for (x, (party, name)) in (0..).map(|index| left + index * CELL).zip(columns.iter().zip(&names)) {
            let (cx, cy) = (x + CELL / 2 + SIZE / 3, top - PAD / 2);
            let turned = text(cx, cy, name).with("transform", format_args!("rotate(-90 {cx} {cy})"));
            let turned = turned.with("font-size", SIZE).class("matrix-unit");
            picture.add(drawing.link(party.into(), name, [turned]));
            picture.add(line(x, top, x, bottom).with("stroke", LINE).class("matrix-line"));
        }
        for (y, task) in (0..).map(|index| top + index * CELL).zip(self.tasks().keys()) {
            picture.add(line(PAD, y, right, y).with("stroke", LINE).class("matrix-line"));
            let label = drawing.task(*task);
            let row = text(PAD, y + CELL - 8, &fit(&label, SIZE, TASKS - PAD));
            let row = row.with("font-size", SIZE).class("matrix-task");
            picture.add(drawing.link(Target::Task(*task), &label, [row]));
            let parts = self.parties_of(*task);
            for (x, party) in (0..).map(|index| left + index * CELL).zip(&columns) {
                let Some(part) = parts.get(party).copied() else {
                    continue;
                };
                let leads = part == Part::Lead;
                let (fill, ink) = if leads { (BRAND, "#ffffff") } else { (WASH, "#143a68") };
                let sign = text(x + CELL / 2, y + CELL - 8, &(drawing.say)(Say::Mark(part)));
                let sign = sign
                    .with("text-anchor", "middle")
                    .with("font-size", SIZE)
                    .with("fill", ink);
                let field = rect(x + 2, y + 2, CELL - 4, CELL - 4).with("rx", 3).with("fill", fill);
                picture.add(group([field, sign]).class(format_args!("matrix-{}", part.code())));
            }
        }
        picture.to_svg()
    }
}
