//! The way ahead of a document.

use super::bearer::{At, Bearer};
use super::problem::{ApiError, Problem, ProblemReason};
use axum::Json;
use chrono::NaiveDate;
use duban_core::id::DocumentId;
use serde::Serialize;
use utoipa::ToSchema;

/// A stage or end that a document is in or will come to, if nothing is returned any more.
#[derive(Serialize, ToSchema)]
pub struct ExpectedBody {
    /// Its name in the definition.
    stage: String,
    /// Its title in the language of `Accept-Language`.
    title: String,
    /// True while the document is there.
    current: bool,
    /// The day on which it arrives there when every stage takes its whole time limit.
    arrives: NaiveDate,
    /// The last day of its time limit, counted from then.
    due_on: Option<NaiveDate>,
    /// Who is asked, or would be as posts are now.
    seats: Vec<ExpectedSeatBody>,
    /// Why nobody would be asked.
    lacking: Vec<ProblemReason>,
}

/// A seat that is or would be asked.
#[derive(Serialize, ToSchema)]
pub struct ExpectedSeatBody {
    /// The unit.
    unit: i64,
    /// Its name.
    unit_name: String,
    /// The role that answers there.
    role: &'static str,
    /// Names of those who could.
    people: Vec<String>,
    /// Why nobody could.
    why: Vec<ProblemReason>,
}

/// The way ahead of a document, from its own content and the posts as they are now. Empty for a finished one.
#[utoipa::path(get, path = "/api/v1/documents/{id}/preview", tag = "documents", params(("id" = i64, Path)),
    responses((status = 200, body = Vec<ExpectedBody>), (status = 404, body = Problem)))]
pub async fn show(bearer: Bearer, At(id): At<i64>) -> Result<Json<Vec<ExpectedBody>>, ApiError> {
    let ahead = bearer.app().service.preview(&bearer.caller, DocumentId(id)).await?;
    let steps = ahead.steps.iter().map(|step| {
        let title = ahead.definition.title_of(&step.stage);
        let seats = step.seats.iter().map(|seat| ExpectedSeatBody {
            unit: seat.unit.0,
            unit_name: ahead.org.unit_name(seat.unit),
            role: seat.role.code(),
            people: seat
                .people
                .iter()
                .map(|person| ahead.org.person_name(*person))
                .collect(),
            why: seat.why.iter().map(|why| bearer.reason(why)).collect(),
        });
        ExpectedBody {
            stage: step.stage.to_string(),
            title: title.map_or_else(String::new, |title| title.get(bearer.locale()).to_owned()),
            current: step.current,
            arrives: step.arrives,
            due_on: step.due_on,
            seats: seats.collect(),
            lacking: step.lacking.iter().map(|why| bearer.reason(why)).collect(),
        }
    });
    Ok(Json(steps.collect()))
}
