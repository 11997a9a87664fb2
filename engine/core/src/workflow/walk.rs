//! Every move that a definition permits, each with a way to get to where it can be made. Computed from the
//! definition, so that a test that makes all of them leaves none out.

use super::definition::{Definition, OnTimeout, Stage, StageId, StageKind};
use super::paths::{Assignment, Ways, assignments};

/// A kind of move.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Move {
    /// The stage is passed and the paper goes on to this stage or end.
    Forward(StageId),
    /// The stage sends the paper back to this one.
    Return(StageId),
    /// The submission that passed the stage is taken back.
    Withdraw,
    /// The agreement that passed the stage is taken back.
    TakeBack,
    /// Everybody stays silent until the time limit, which passes the stage.
    TimeOut,
    /// The office ends the document.
    Terminate,
}

/// A move and how to get to it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Walk {
    /// Facts under which it can be made.
    pub facts: Assignment,
    /// The stages to pass, from the start; the last one is where the move is made.
    pub path: Vec<StageId>,
    /// The move.
    pub last: Move,
}

/// Every move of the definition, in the order of its stages.
pub fn walks(def: &Definition) -> Vec<Walk> {
    let all: Vec<_> = assignments(def).unwrap_or_default();
    let ways: Vec<_> = all.iter().map(|facts| (facts, Ways::under(def, facts))).collect();
    let mut found = Vec::new();
    for stage in &def.stages {
        for last in moves(def, stage) {
            let possible = ways.iter().find(|(_, ways)| is_possible(ways, &stage.id, &last));
            found.extend(possible.map(|(facts, ways)| Walk {
                facts: (*facts).clone(),
                path: ways.path_to(&stage.id),
                last,
            }));
        }
    }
    found
}

fn moves(def: &Definition, stage: &Stage) -> Vec<Move> {
    let mut found: Vec<_> = stage.next.iter().map(|route| Move::Forward(route.to.clone())).collect();
    found.extend(stage.returns.iter().cloned().map(Move::Return));
    if stage.withdraw {
        found.push(Move::Withdraw);
    }
    let mut after = stage.next.iter().filter_map(|route| def.stage(&route.to));
    let revocable = after.any(|next| next.kind == StageKind::Review && next.on_enter.is_empty());
    if stage.kind == StageKind::Review && revocable {
        found.push(Move::TakeBack);
    }
    if stage.on_timeout == OnTimeout::Consent {
        found.push(Move::TimeOut);
    }
    found.push(Move::Terminate);
    found
}

fn is_possible(ways: &Ways, stage: &StageId, last: &Move) -> bool {
    if !ways.reached.contains(stage) {
        return false;
    }
    match last {
        Move::Forward(to) => ways.next_of(stage) == Some(to),
        Move::Return(to) => ways.path_to(stage).contains(to),
        // Under facts that lead to an end there would be nothing left to take back.
        Move::TakeBack => ways.forward_from(stage).len() > 1,
        Move::Withdraw | Move::TimeOut | Move::Terminate => true,
    }
}
