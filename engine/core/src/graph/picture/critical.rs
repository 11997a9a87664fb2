//! The critical path, from the first plan that has no time to lose down to the last plan of all.

use super::*;
use crate::graph::critical::{Critical, Step};
use crate::picture::{Picture, wrap};

const DAYS: i32 = 150;
const BOX: i32 = 460;
const HEIGHT: i32 = 48;
const ROW: i32 = 92;
const SLACK: i32 = 210;

impl Graph {
    /// The critical path as a picture.
    pub fn critical_svg(&self, drawing: &Drawing, critical: &Critical) -> String {
        let height = PAD * 2 + (count(critical.path.len()) - 1).max(0) * ROW + HEIGHT;
        let size = (PAD * 2 + DAYS + BOX + SLACK, height);
        let mut picture = Picture::new("graph", size, &drawing.title, &drawing.description);
        let x = PAD + DAYS;
        for (index, step) in critical.path.iter().enumerate() {
            let y = PAD + count(index) * ROW;
            let middle = y + HEIGHT / 2 + SIZE / 3 + 1;
            let day = text(PAD, middle, &(drawing.say)(Say::Day(step.day)));
            picture.add(day.with("font-size", SIZE).with("fill", INK).class("graph-day"));
            picture.add(self.step(drawing, step, (x, y)));
            let slack = text(x + BOX + PAD, middle, &(drawing.say)(Say::Slack(step.slack)));
            picture.add(slack.with("font-size", SIZE).with("fill", INK).class("graph-slack"));
            if index + 1 < critical.path.len() {
                let (from, to) = (y + HEIGHT, y + ROW);
                picture.add(stroke((x + 40, from), (x + 40, to - 8), BAD).class("graph-critical"));
                picture.add(point(x + 40, to, (0, 1), BAD));
                let why = fit(&drawing.tasks(&step.tasks), SIZE, BOX - 60);
                let why = text(x + 54, (from + to) / 2 + 4, &why);
                picture.add(why.with("font-size", SIZE).with("fill", INK).class("graph-why"));
            }
        }
        picture.to_svg()
    }

    fn step(&self, drawing: &Drawing, step: &Step, (x, y): (i32, i32)) -> Element {
        let slowest = drawing.labels.unit(step.slowest);
        let others = step.units.iter().filter(|unit| **unit != step.slowest);
        let names: Vec<String> = std::iter::once(slowest)
            .chain(others.map(|unit| drawing.labels.unit(*unit)))
            .collect();
        let name = names.join("、");
        let frame = rect(x, y, BOX, HEIGHT)
            .with("rx", 4)
            .with("fill", "#ffffff")
            .with("stroke", BAD);
        let mut elements = vec![frame.with("stroke-width", 2).class("graph-critical-box")];
        let lines = wrap(&name, SIZE, BOX - 16, 2);
        let first = y + HEIGHT / 2 + 5 - (count(lines.len()) - 1).max(0) * 9;
        for (words, y) in lines.iter().zip((0..).map(|row| first + row * 18)) {
            let words = text(x + 8, y, words).with("font-size", SIZE).with("fill", INK);
            elements.push(words.class("graph-step-name"));
        }
        drawing.link(Target::Unit(step.slowest), &name, elements)
    }
}
