//! Pictures of a definition: Mermaid text for documents, SVG for pages.

use duban_core::picture::{Element, Picture, fit, group, line, path, rect, text};
use duban_core::workflow::{Definition, Guard, Node, Route, StageId, StageKind};
use std::collections::BTreeMap;
use std::fmt::Write;

/// Words that a picture needs and a definition does not have.
pub struct Words<'a> {
    /// The language of titles, as a locale tag.
    pub locale: &'a str,
    /// What a fact is called.
    pub fact: &'a dyn Fn(&str) -> String,
    /// What a value of a fact is called: the fact, then the value as kept.
    pub option: &'a dyn Fn(&str, &str) -> String,
    /// What stands before a condition that must not hold.
    pub not: &'a str,
    /// What stands between conditions of which one must hold.
    pub or: &'a str,
}

impl Words<'_> {
    /// A guard in words.
    pub fn guard(&self, guard: &Guard) -> String {
        use duban_core::workflow::Fact;
        match guard {
            Guard::Is { fact, value } => match value {
                Fact::Bool(true) => (self.fact)(fact),
                Fact::Bool(false) => format!("{} {}", self.not, (self.fact)(fact)),
                Fact::Text(text) => format!("{} = {}", (self.fact)(fact), (self.option)(fact, text)),
                Fact::Integer(_) | Fact::Decimal(_) | Fact::Date(_) => {
                    format!("{} = {value}", (self.fact)(fact))
                }
            },
            Guard::AtLeast { fact, value } => format!("{} ≥ {value}", (self.fact)(fact)),
            Guard::AtMost { fact, value } => format!("{} ≤ {value}", (self.fact)(fact)),
            Guard::Empty { fact } => format!("{} = ∅", (self.fact)(fact)),
            Guard::All(parts) => self.join(parts, " + "),
            Guard::Any(parts) => self.join(parts, &format!(" {} ", self.or)),
            Guard::Not(part) => format!("{} ({})", self.not, self.guard(part)),
        }
    }

    fn join(&self, parts: &[Guard], with: &str) -> String {
        let parts: Vec<_> = parts.iter().map(|part| self.guard(part)).collect();
        parts.join(with)
    }
}

/// The definition as a Mermaid flow chart: routes as arrows with their guards, returns as dotted arrows.
pub fn mermaid(def: &Definition, words: &Words) -> String {
    let mut out = String::from("flowchart TD\n");
    let title = |id: &StageId| {
        def.title_of(id)
            .map_or("", |title| title.get(words.locale))
            .replace('"', "'")
    };
    // `write!` into a String cannot fail.
    for stage in &def.stages {
        let (open, close) = match stage.kind {
            StageKind::Work => ("([", "])"),
            StageKind::Review => ("[", "]"),
            StageKind::Auto => ("[[", "]]"),
        };
        let _ = writeln!(out, "    {}{open}\"{}\"{close}", stage.id, title(&stage.id));
    }
    let splits = def.splits.iter().map(|split| &split.id);
    for id in splits.chain(def.joins.iter().map(|join| &join.id)) {
        let _ = writeln!(out, "    {id}{{{{\"{}\"}}}}", title(id));
    }
    for end in &def.ends {
        let _ = writeln!(out, "    {}(((\"{}\")))", end.id, title(&end.id));
    }
    for split in &def.splits {
        for to in &split.to {
            let _ = writeln!(out, "    {} ==> {to}", split.id);
        }
    }
    for join in &def.joins {
        for route in &join.next {
            let _ = writeln!(out, "    {} -->{} {}", join.id, label(words, route), route.to);
        }
    }
    for stage in &def.stages {
        for route in &stage.next {
            let _ = writeln!(out, "    {} -->{} {}", stage.id, label(words, route), route.to);
        }
        if let Some(to) = &stage.fail {
            let _ = writeln!(out, "    {} --x {to}", stage.id);
        }
        for to in &stage.returns {
            let _ = writeln!(out, "    {} -.-> {to}", stage.id);
        }
    }
    out
}

/// The condition of a route as a label; nothing for one that is always open.
fn label(words: &Words, route: &Route) -> String {
    let guard = route.when.as_ref().map(|guard| words.guard(guard).replace('"', "'"));
    guard.map_or(String::new(), |guard| format!("|\"{guard}\"|"))
}

const BOX_WIDTH: i32 = 240;
const BOX_HEIGHT: i32 = 44;
const STEP: i32 = 84;
const LANE: i32 = 26;
const TOP: i32 = 16;

/// How a stage stands for one document, in a picture of its way.
pub struct Mark {
    /// The code, a part of its class: `flow-is-done`.
    pub code: &'static str,
    /// The same in words.
    pub word: String,
}

/// The definition as a picture, as [`svg_marked`] without marks.
pub fn svg(def: &Definition, id: &str, words: &Words) -> String {
    svg_marked(def, id, words, &BTreeMap::new())
}

/// The definition as a picture: stages from top to bottom, routes on the right, returns dashed on the left. Returns
/// to one stage share a line. Stages with a mark bear its class and its word. `id` must be unique in the page.
pub fn svg_marked(def: &Definition, id: &str, words: &Words, marks: &BTreeMap<StageId, Mark>) -> String {
    let order = rows(def);
    let row = |id: &StageId| order.iter().position(|other| *other == id).unwrap_or(0);
    let returns = lanes(
        def.stages
            .iter()
            .flat_map(|stage| stage.returns.iter().map(|to| (row(&stage.id), row(to)))),
    );
    let next = edges(def);
    let far = next.iter().map(|(from, to)| (row(from), row(to)));
    let jumps = lanes(far.filter(|(from, to)| from + 1 != *to));
    let left = 20 + LANE * as_i32(returns.len());
    let right = left + BOX_WIDTH;
    let labels = 190;
    let width = right + 20 + LANE * as_i32(jumps.len()) + labels;
    let height = TOP * 2 + STEP * as_i32(order.len()) - (STEP - BOX_HEIGHT);
    let title = def.title.get(words.locale);
    let mut picture = Picture::new(id, (width, height), title, def.description.get(words.locale));
    for (index, (target, sources)) in returns.iter().enumerate() {
        let x = left - 14 - LANE * as_i32(index);
        picture.add(bus(x, left, *target, sources, "flow-return"));
    }
    for (index, (target, sources)) in jumps.iter().enumerate() {
        let x = right + 14 + LANE * as_i32(index);
        picture.add(bus(x, right, *target, sources, "flow-jump"));
    }
    let label_x = right + 24 + LANE * as_i32(jumps.len());
    for (index, id) in order.iter().enumerate() {
        let y = TOP + STEP * as_i32(index);
        let node = def.node(id);
        let below = order.get(index + 1);
        if next.iter().any(|(from, to)| from == id && Some(to) == below) {
            picture.add(down(left + BOX_WIDTH / 2, y + BOX_HEIGHT, y + STEP));
        }
        let class = match node {
            Some(Node::Stage(stage)) if stage.kind == StageKind::Work => "flow-stage flow-work",
            Some(Node::Stage(stage)) if stage.kind == StageKind::Review => "flow-stage flow-review",
            Some(Node::Stage(_)) => "flow-stage flow-auto",
            Some(Node::Split(_) | Node::Join(_)) => "flow-stage flow-gate",
            Some(Node::End(_)) | None => "flow-stage flow-end",
        };
        let title = def.title_of(id).map_or("", |title| title.get(words.locale));
        let round = match node {
            Some(Node::Stage(_)) => 6,
            Some(Node::Split(_) | Node::Join(_)) => 0,
            Some(Node::End(_)) | None => BOX_HEIGHT / 2,
        };
        let mark = marks.get(id);
        let frame = rect(left, y, BOX_WIDTH, BOX_HEIGHT).with("rx", round);
        let frame = match mark {
            Some(mark) => frame.class(format_args!("{class} flow-is-{}", mark.code)),
            None => frame.class(class),
        };
        let middle = left + BOX_WIDTH / 2;
        // With a word below it the name stands higher.
        let base = y + BOX_HEIGHT / 2 + if mark.is_some() { -2 } else { 6 };
        let name = text(middle, base, &fit(title, 15, BOX_WIDTH - 16)).class("flow-name");
        let word = mark.map(|mark| text(middle, y + BOX_HEIGHT - 5, &mark.word).class("flow-mark"));
        picture.add(group([frame, name].into_iter().chain(word)));
        let routes = match node {
            Some(Node::Stage(stage)) => stage.next.as_slice(),
            Some(Node::Join(join)) => join.next.as_slice(),
            _ => &[],
        };
        let guards = routes
            .iter()
            .filter_map(|route| route.when.as_ref().map(|guard| (guard, &route.to)));
        for (n, (guard, to)) in guards.enumerate() {
            let to = def.title_of(to).map_or("", |title| title.get(words.locale));
            let words = format!("{} → {to}", words.guard(guard));
            let label = text(label_x, y + 16 + 18 * as_i32(n), &fit(&words, 12, labels - 8));
            picture.add(label.class("flow-guard"));
        }
    }
    picture.to_svg()
}

fn as_i32(n: usize) -> i32 {
    i32::try_from(n).unwrap_or(i32::MAX / 1000)
}

/// The order from top to bottom: the stages as they are written, each split above the first of its branches, each
/// join below the last stage that leads to it, the ends at the foot.
fn rows(def: &Definition) -> Vec<&StageId> {
    let mut found: Vec<&StageId> = def.stages.iter().map(|stage| &stage.id).collect();
    for split in def.splits.iter().rev() {
        let first = found.iter().position(|id| split.to.contains(id));
        found.insert(first.unwrap_or(found.len()), &split.id);
    }
    for join in &def.joins {
        let leads = |id: &&StageId| edges(def).iter().any(|(from, to)| from == id && **to == join.id);
        let last = found.iter().rposition(leads);
        found.insert(last.map_or(found.len(), |last| last + 1), &join.id);
    }
    found.extend(def.ends.iter().map(|end| &end.id));
    found
}

/// Every way forward, from where and to where: routes, branches, failed votes.
fn edges(def: &Definition) -> Vec<(&StageId, &StageId)> {
    let routes = def
        .routes()
        .flat_map(|(from, routes)| routes.iter().map(move |route| (from, &route.to)));
    let branches = def
        .splits
        .iter()
        .flat_map(|split| split.to.iter().map(|to| (&split.id, to)));
    let fails = def
        .stages
        .iter()
        .filter_map(|stage| Some((&stage.id, stage.fail.as_ref()?)));
    routes.chain(branches).chain(fails).collect()
}

/// Edges gathered by where they lead; those that reach furthest lie outside.
fn lanes(edges: impl Iterator<Item = (usize, usize)>) -> Vec<(usize, Vec<usize>)> {
    let mut found: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (from, to) in edges {
        found.entry(to).or_default().push(from);
    }
    let mut found: Vec<_> = found.into_iter().collect();
    found.sort_by_key(|(to, from)| from.iter().map(|from| from.abs_diff(*to)).max());
    found
}

/// A line that several stages join and that leads to one.
fn bus(x: i32, edge: i32, target: usize, sources: &[usize], class: &'static str) -> Element {
    let side = if x < edge { -1 } else { 1 };
    // Lines leave below the middle of a box and arrive above it, so that the two do not lie on each other.
    let leave = |row: usize| TOP + STEP * as_i32(row) + BOX_HEIGHT / 2 + 9;
    let arrive = TOP + STEP * as_i32(target) + BOX_HEIGHT / 2 - 9;
    let ends: Vec<_> = sources.iter().map(|row| leave(*row)).chain([arrive]).collect();
    let (top, bottom) = (ends.iter().min().copied(), ends.iter().max().copied());
    let mut parts = vec![line(x, top.unwrap_or(arrive), x, bottom.unwrap_or(arrive))];
    parts.extend(sources.iter().map(|row| line(edge, leave(*row), x, leave(*row))));
    parts.push(line(x, arrive, edge + side * 6, arrive));
    let parts = parts.into_iter().map(|part| part.class(class));
    let tip = format!("M{} {arrive} l{} -5 v10 z", edge, side * 9);
    group(parts).child(path(&tip).class("flow-tip"))
}

fn down(x: i32, from: i32, to: i32) -> Element {
    let tip = format!("M{x} {to} l-5 -9 h10 z");
    group([
        line(x, from, x, to - 6).class("flow-next"),
        path(&tip).class("flow-tip"),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Registry;

    fn words() -> Words<'static> {
        Words {
            locale: "en",
            fact: &|fact| fact.to_owned(),
            option: &|_, value| value.to_owned(),
            not: "not",
            or: "or",
        }
    }

    #[test]
    fn mermaid_shows_every_stage_route_and_return() {
        for def in Registry::shipped().unwrap().all() {
            let chart = mermaid(def, &words());
            assert!(chart.starts_with("flowchart TD\n"));
            let routes: usize = def.stages.iter().map(|stage| stage.next.len()).sum();
            let returns: usize = def.stages.iter().map(|stage| stage.returns.len()).sum();
            assert_eq!(chart.matches(" -->").count(), routes);
            assert_eq!(chart.matches(" -.-> ").count(), returns);
            assert_eq!(
                chart.lines().count(),
                1 + def.stages.len() + def.ends.len() + routes + returns
            );
        }
        let plan = Registry::shipped().unwrap().latest("annual-plan").unwrap();
        insta::assert_snapshot!(mermaid(&plan, &words()));
    }

    #[test]
    fn svg_names_every_stage_and_stays_the_same() {
        for def in Registry::shipped().unwrap().all() {
            let picture = svg(def, "way", &words());
            assert_eq!(picture, svg(def, "way", &words()));
            assert_eq!(picture.matches("flow-stage").count(), def.stages.len() + def.ends.len());
            assert!(!picture.contains("style="));
        }
    }
}
