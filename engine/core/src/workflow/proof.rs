//! Whether a definition is sound: its net is explored, and from wherever a document can get an end must be reachable
//! by passing stages alone, under every combination of facts.

use super::compile::{Compiled, compile};
use super::definition::{Definition, StageId};
use super::paths::{Ways, assignments};
use super::soundness::{Explored, Fault, FaultKind, MOST_STATES};
use super::verify::{Problem, Spot};
use crate::reason::Reason;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// What exploring a definition's net showed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Proof {
    /// What is wrong, with the way to it by the names of the stages.
    pub problems: Vec<Problem>,
    /// How many markings were visited.
    pub states: usize,
    /// True when there are more than were to be visited; then nothing is proved.
    pub limit_hit: bool,
}

/// Explores the net of a definition whose names are right.
pub fn prove(def: &Definition) -> Proof {
    let compiled = compile(def);
    let misshapes = compiled.net.misshapes();
    if !misshapes.is_empty() {
        // A stage that nobody reaches, or a start that is not there: said with its own name elsewhere.
        let reason = Reason::new("not_sound")
            .with("fault", code(FaultKind::Misshapen))
            .with("path", "");
        return Proof {
            problems: vec![problem(Spot::Definition, reason)],
            states: 0,
            limit_hit: false,
        };
    }
    let explored = Explored::of(&compiled.net, MOST_STATES);
    let verdict = explored.verdict();
    let mut problems: Vec<_> = verdict
        .faults
        .iter()
        .map(|fault| fault_of(def, &compiled, fault))
        .collect();
    if verdict.limit_hit {
        let reason = Reason::new("too_many_states").with("most", MOST_STATES);
        problems.push(problem(Spot::Definition, reason));
    } else if problems.is_empty() {
        problems = stranded(def, &compiled, &explored);
    }
    Proof {
        problems,
        states: verdict.states,
        limit_hit: verdict.limit_hit,
    }
}

fn problem(spot: Spot, reason: Reason) -> Problem {
    Problem { reason, spot }
}

fn code(kind: FaultKind) -> &'static str {
    match kind {
        FaultKind::Misshapen => "misshapen",
        FaultKind::Unbounded => "unbounded",
        FaultKind::Stuck => "stuck",
        FaultKind::NoWayToAnEnd => "no_way_to_an_end",
        FaultKind::LeftBehind => "left_behind",
        FaultKind::Dead => "dead",
    }
}

/// The stages of a path, as they are shown.
fn named(stages: &[StageId]) -> String {
    let names: Vec<_> = stages.iter().map(ToString::to_string).collect();
    names.join(" → ")
}

fn fault_of(def: &Definition, compiled: &Compiled, fault: &Fault) -> Problem {
    let stages = compiled.stages_on(&fault.path, &def.start);
    let spot = stages.last().filter(|id| def.stage(id).is_some()).cloned();
    let reason = Reason::new("not_sound").with("fault", code(fault.kind));
    let path = if fault.kind == FaultKind::Dead {
        let label = fault
            .path
            .first()
            .and_then(|transition| compiled.labels[*transition].as_ref());
        label.map_or_else(String::new, ToString::to_string)
    } else {
        named(&stages)
    };
    problem(spot.map_or(Spot::Definition, Spot::Stage), reason.with("path", path))
}

/// Facts may change while a paper is on its way: wherever it got to under some facts, an end must be reachable under
/// all of them, and without anybody returning or ending it.
fn stranded(def: &Definition, compiled: &Compiled, explored: &Explored) -> Vec<Problem> {
    let mut choices: BTreeSet<BTreeMap<StageId, usize>> = BTreeSet::new();
    for facts in assignments(def).unwrap_or_default() {
        let ways = Ways::under(def, &facts);
        let chosen = def
            .routes()
            .filter_map(|(id, _)| Some((id.clone(), ways.route_of(id)?)));
        choices.insert(chosen.collect());
    }
    let mut found = Vec::new();
    for chosen in choices {
        let target = |id: &StageId, index: usize| {
            let mut lists = def.routes();
            let (_, routes) = lists.find(|(known, _)| *known == id)?;
            routes.get(index).map(|route| &route.to)
        };
        let taken = |transition: usize| match compiled.routes.get(&transition) {
            // Two routes to one place are one transition.
            Some((stage, index)) => chosen
                .get(stage)
                .is_some_and(|n| target(stage, *n) == target(stage, *index)),
            None => true,
        };
        let lost = explored.stranded(|transition| compiled.leads_on(transition) && taken(transition));
        if let Some(state) = lost.first() {
            let stages = compiled.stages_on(&explored.path(*state), &def.start);
            let at = stages.last().cloned().unwrap_or_default();
            let reason = Reason::new("no_way_to_an_end")
                .with("stage", &at)
                .with("path", named(&stages));
            let problem = problem(Spot::Stage(at), reason);
            if !found.contains(&problem) {
                found.push(problem);
            }
        }
    }
    found
}
