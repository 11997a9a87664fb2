//! The way ahead of a paper as shown: stages, who would act, by when, and where nobody could.

use crate::visit::Visit;
use duban_core::reason::Reason;
use duban_core::workflow::StageKind;
use duban_service::preview::WayAhead;
use serde::Serialize;

/// One step of `partials/ahead`.
#[derive(Serialize)]
pub struct AheadView {
    stage: String,
    /// `work`, `review` or `end`.
    kind: &'static str,
    current: bool,
    /// Civil dates.
    arrives: String,
    due: Option<String>,
    seats: Vec<AheadSeat>,
    /// Why nobody would be asked.
    lacking: Vec<Reason>,
    /// Somewhere in this stage nobody could act.
    blocked: bool,
}

#[derive(Serialize)]
struct AheadSeat {
    unit: String,
    role: &'static str,
    people: String,
    why: Vec<Reason>,
}

/// The steps in their order. What the program does by itself is left out: nobody waits there.
pub fn view(visit: &Visit, ahead: &WayAhead) -> Vec<AheadView> {
    let tag = visit.locale.tag();
    let and = visit.text("workflow.and");
    let steps = ahead.steps.iter().filter_map(|step| {
        let kind = match ahead.definition.stage(&step.stage).map(|stage| stage.kind) {
            Some(StageKind::Auto) => return None,
            Some(StageKind::Work) => "work",
            Some(StageKind::Review) => "review",
            None => "end",
        };
        let seats = step.seats.iter().map(|seat| {
            let people: Vec<_> = seat
                .people
                .iter()
                .map(|person| ahead.org.person_name(*person))
                .collect();
            AheadSeat {
                unit: ahead.org.unit_name(seat.unit),
                role: seat.role.code(),
                people: people.join(&and),
                why: seat.why.clone(),
            }
        });
        let seats: Vec<_> = seats.collect();
        Some(AheadView {
            stage: ahead
                .definition
                .title_of(&step.stage)
                .map_or_else(String::new, |title| title.get(tag).to_owned()),
            kind,
            current: step.current,
            arrives: step.arrives.to_string(),
            due: step.due_on.map(|day| day.to_string()),
            blocked: !step.lacking.is_empty() || seats.iter().any(|seat| seat.people.is_empty()),
            lacking: step.lacking.clone(),
            seats,
        })
    });
    steps.collect()
}
