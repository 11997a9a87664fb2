//! Agreeing to several papers at once.

use super::bearer::{Bearer, Body};
use super::document::Answer;
use super::problem::{ApiError, Problem};
use axum::Json;
use duban_core::id::{CommandId, DocumentId, SeatNo, Version};
use duban_service::batch::Item;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// Papers to agree to, at most 500.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Approvals {
    /// The opinion that goes into each.
    #[serde(default)]
    note: String,
    /// The papers, in the order in which they are asked.
    items: Vec<ApprovalItem>,
}

/// One of them.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ApprovalItem {
    /// The document.
    document: i64,
    /// The command's own number, made by the asker; the same one again gets the first answer.
    id: Uuid,
    /// The version of the document that the asker was looking at.
    expected: u32,
    /// The seat to speak from, when there is more than one offer.
    #[serde(default)]
    seat: Option<u32>,
}

/// What became of the papers, in their order.
#[derive(Serialize, ToSchema)]
pub struct ApprovalsAnswer {
    /// How many were agreed to.
    agreed: usize,
    /// How many were not.
    refused: usize,
    /// One entry for each paper.
    items: Vec<ApprovalTold>,
}

/// What became of one: an answer, or a problem.
#[derive(Serialize, ToSchema)]
pub struct ApprovalTold {
    /// The document.
    document: i64,
    /// The answer that the command alone would have got.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Answer>,
    /// The problem that the command alone would have got.
    #[serde(skip_serializing_if = "Option::is_none")]
    problem: Option<Problem>,
}

/// Agrees to several papers with one note, each by a command of its own: what is refused holds up no other.
#[utoipa::path(post, path = "/api/v1/approvals", tag = "documents", request_body = Approvals,
    responses((status = 200, body = ApprovalsAnswer), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn approve(bearer: Bearer, Body(body): Body<Approvals>) -> Result<Json<ApprovalsAnswer>, ApiError> {
    let items = body.items.into_iter().map(|item| Item {
        document: DocumentId(item.document),
        expected: Version(item.expected),
        command: CommandId(item.id),
        seat: item.seat.map(SeatNo),
    });
    let items: Vec<_> = items.collect();
    let service = &bearer.app().service;
    let told = service.approve_batch(&bearer.caller, &body.note, &items).await?;
    let agreed = told.iter().filter(|one| one.answer.is_ok()).count();
    let refused = told.len() - agreed;
    let items = told.into_iter().map(|one| {
        let (answer, problem) = match one.answer {
            Ok(outcome) => (Some(outcome.into()), None),
            Err(error) => (None, Some(bearer.problem(&error.into()))),
        };
        ApprovalTold {
            document: one.document.0,
            answer,
            problem,
        }
    });
    Ok(Json(ApprovalsAnswer {
        agreed,
        refused,
        items: items.collect(),
    }))
}
