//! Where a document stands on its way, stage by stage, and what still lies ahead of it: for people to look at.

use super::context::Context;
use super::definition::{Definition, StageId};
use super::electorate::Case;
use super::guard::Fact;
use super::instance::{Finish, Instance};
use super::machine::start;
use super::paths::Ways;
use super::round::RoundState;
use super::verify::{Problem, Spot};
use crate::id::{DocumentId, RoundNo};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How a stage stands for one document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// Passed, and not to be passed again.
    Done,
    /// The document is here.
    Current,
    /// The document has still to come here (possibly again).
    Waiting,
    /// The document does not come here.
    Skipped,
    /// The document was ended here without a result.
    Stopped,
}

impl Standing {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Current => "current",
            Self::Waiting => "waiting",
            Self::Skipped => "skipped",
            Self::Stopped => "stopped",
        }
    }
}

/// One stage or end on the way of a document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// The stage or end.
    pub stage: StageId,
    /// How it stands.
    pub standing: Standing,
    /// The last visit, if there was one. Never for an end.
    pub round: Option<RoundNo>,
    /// How often the document has been here.
    pub visits: usize,
}

/// The stages and the end that lie ahead if nothing is returned any more, in order; those of parallel branches one
/// branch after the other. Returns that still have to be answered are taken into account. Empty for a finished
/// document.
pub fn ahead(def: &Definition, instance: &Instance, facts: &BTreeMap<String, Fact>) -> Vec<StageId> {
    let ways = Ways::under(def, facts);
    let mut found = Vec::new();
    // Where several branches lead to one place it is named once, after all that comes before it.
    let mut later = Vec::new();
    for round in instance.open_rounds() {
        let mut pending = round.pending.clone();
        let mut at = round.stage.clone();
        while let Some(back) = pending.pop_if(|last| last.after == at) {
            found.push(back.to.clone());
            at = back.to;
        }
        later.push(at);
    }
    for at in &later {
        for next in ways.ahead_of(at) {
            // What a branch shares with an earlier one comes after both.
            found.retain(|before| *before != next || later.contains(before));
            if !found.contains(&next) {
                found.push(next);
            }
        }
    }
    found.retain(|id| def.stage(id).is_some() || def.end(id).is_some());
    found
}

/// Every stage in the order of the definition, then the end that the document reached or is heading for.
pub fn standing(def: &Definition, instance: &Instance, facts: &BTreeMap<String, Fact>) -> Vec<Step> {
    let ahead = ahead(def, instance, facts);
    let mut steps: Vec<_> = def
        .stages
        .iter()
        .map(|stage| {
            let rounds: Vec<_> = instance.rounds.iter().filter(|r| r.stage == stage.id).collect();
            let open = instance.open_rounds().any(|round| round.stage == stage.id);
            let here = open || (instance.finish.is_some() && instance.stage == stage.id);
            let passed = rounds.last().is_some_and(|round| round.state == RoundState::Passed);
            let standing = match instance.finish {
                None if here => Standing::Current,
                Some(Finish::Terminated) if here => Standing::Stopped,
                _ if ahead.contains(&stage.id) => Standing::Waiting,
                _ if passed => Standing::Done,
                _ => Standing::Skipped,
            };
            Step {
                stage: stage.id.clone(),
                standing,
                round: rounds.last().map(|round| round.no),
                visits: rounds.len(),
            }
        })
        .collect();
    let reached = instance.finish == Some(Finish::Ended);
    let end = def.ends.iter().map(|end| &end.id);
    let end = end
        .into_iter()
        .find(|id| ahead.contains(id) || (reached && instance.stage == **id));
    steps.extend(end.map(|id| Step {
        stage: id.clone(),
        standing: if reached { Standing::Done } else { Standing::Waiting },
        round: None,
        visits: 0,
    }));
    steps
}

/// True when somebody answers for the stage although it would have no seats.
fn instead_of_all(case: &Case, stage: &super::definition::Stage) -> bool {
    let seat = case.fallback(stage, 1);
    seat.is_some_and(|seat| !case.eligible(stage, &seat).is_empty())
}

/// Stages at which a document with this context (its owner, its parties, its facts) would find nobody to act, with
/// the reasons. The publish gate asks this for every kind of unit; it is asked again when posts change.
pub fn liveness(def: &Definition, ctx: &Context) -> Vec<Problem> {
    let Ok(fresh) = start(def, DocumentId(0), None, ctx) else {
        return Vec::new();
    };
    let instance = &fresh.instance;
    let case = Case { def, instance, ctx };
    let ways = Ways::under(def, ctx.facts);
    let mut found = Vec::new();
    for stage in def.stages.iter().filter(|stage| ways.reached.contains(&stage.id)) {
        let reasons = match case.seats(stage, 1) {
            Err(_) if instead_of_all(&case, stage) => Vec::new(),
            Err(lacking) => lacking,
            Ok(seats) => {
                let seats: Vec<_> = seats.into_iter().map(std::sync::Arc::new).collect();
                let blocked = case.reseat(stage, &seats);
                let all = blocked.iter().filter(|seat| !seat.why.is_empty()).count() == seats.len();
                // Where nobody is left at all the definition may say who answers instead.
                let answered = all && instead_of_all(&case, stage);
                let reasons = blocked.into_iter().flat_map(|seat| seat.why);
                reasons.filter(|_| !answered).collect()
            }
        };
        for reason in reasons {
            let problem = Problem {
                reason,
                spot: Spot::Stage(stage.id.clone()),
            };
            if !found.contains(&problem) {
                found.push(problem);
            }
        }
    }
    found
}
