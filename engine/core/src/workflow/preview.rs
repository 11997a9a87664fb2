//! The way ahead of one document, before and while it goes it: stages, who would be asked, by when.

use super::context::Context;
use super::definition::{Definition, StageId, StageKind};
use super::electorate::Case;
use super::instance::Instance;
use super::machine::start;
use super::round::{Round, Seat};
use super::standing::ahead;
use crate::id::{DocumentId, PersonId, UnitId};
use crate::org::Role;
use crate::reason::{Reason, Refusal};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// A stage or end that a document is in or will come to, if nothing is returned any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Expected {
    /// The stage or end.
    pub stage: StageId,
    /// True while the document is there.
    pub current: bool,
    /// Who is asked, or would be by the organisation as it is now.
    pub seats: Vec<ExpectedSeat>,
    /// Why nobody would be asked, when nobody would.
    pub lacking: Vec<Reason>,
    /// The day on which it is expected to arrive there (civil date), when every stage takes its whole time limit and
    /// one without a limit takes none.
    pub arrives: NaiveDate,
    /// The last day of its time limit, counted from then.
    pub due_on: Option<NaiveDate>,
}

/// A seat that is or would be asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExpectedSeat {
    /// The unit.
    pub unit: UnitId,
    /// The role that answers there.
    pub role: Role,
    /// Who could answer, in order of their numbers.
    pub people: Vec<PersonId>,
    /// Why nobody could, when nobody could.
    pub why: Vec<Reason>,
}

/// The way ahead of a running document: first where it is, then what is still to come. Empty for a finished one.
pub fn preview(def: &Definition, instance: &Instance, ctx: &Context) -> Vec<Expected> {
    let case = Case { def, instance, ctx };
    let mut found = Vec::new();
    let mut day = ctx.at.day;
    for round in instance.open_rounds() {
        let seats = expected(&case, round);
        let due_on = round
            .seats
            .iter()
            .filter(|seat| seat.awaits())
            .filter_map(|seat| seat.due_on)
            .max();
        // What is late is expected today: there is no earlier day left.
        day = day.max(due_on.unwrap_or(day));
        found.push(Expected {
            stage: round.stage.clone(),
            current: true,
            seats,
            lacking: round.lacking.clone(),
            arrives: round.opened.day,
            due_on,
        });
    }
    for id in ahead(def, instance, ctx.facts) {
        let stage = def.stage(&id);
        let asks = stage.filter(|stage| stage.kind != StageKind::Auto);
        let (seats, lacking) = match asks.map(|stage| case.seats(stage, 1)) {
            None => (Vec::new(), Vec::new()),
            Some(Err(lacking)) => (Vec::new(), lacking),
            Some(Ok(seats)) => {
                let mut round = Round::imagined(&id, ctx.at);
                round.seats = seats.into_iter().map(Arc::new).collect();
                if let Some(stage) = asks {
                    for revised in case.reseat(stage, &round.seats) {
                        if let Some(seat) = round.seats.iter_mut().find(|seat| seat.no == revised.no) {
                            *seat = Arc::new(revised);
                        }
                    }
                }
                (expected(&case, &round), Vec::new())
            }
        };
        let arrives = day;
        let due_on = asks
            .and_then(|stage| stage.limit)
            .map(|days| ctx.calendar.plus(day, days));
        day = due_on.unwrap_or(day);
        found.push(Expected {
            stage: id,
            current: false,
            seats,
            lacking,
            arrives,
            due_on,
        });
    }
    found
}

/// The whole way of a document that has not begun.
///
/// # Errors
/// As [`start`].
pub fn preview_of_start(def: &Definition, ctx: &Context) -> Result<Vec<Expected>, Refusal> {
    let fresh = start(def, DocumentId(0), None, ctx)?;
    Ok(preview(def, &fresh.instance, ctx))
}

fn expected(case: &Case, round: &Round) -> Vec<ExpectedSeat> {
    let Some(stage) = case.def.stage(&round.stage) else {
        return Vec::new();
    };
    let seats = round.seats.iter().filter(|seat| seat.awaits());
    let one = |seat: &Arc<Seat>| ExpectedSeat {
        unit: seat.unit,
        role: seat.role,
        people: case.actors(stage, round, seat),
        why: seat.why.clone(),
    };
    seats.map(one).collect()
}
