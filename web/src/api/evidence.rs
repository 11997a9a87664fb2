//! Evidence for other tools.

use super::bearer::{At, Bearer};
use super::problem::{ApiError, Problem};
use axum::http::header;
use axum::response::IntoResponse;
use duban_core::id::DocumentId;
use duban_workflows::export::xes::xes;

/// What happened to a document, as an event log (XES, IEEE 1849).
#[utoipa::path(get, path = "/api/v1/documents/{id}/history.xes", tag = "documents", params(("id" = i64, Path)),
    responses((status = 200, body = String, content_type = "application/xml"), (status = 404, body = Problem)))]
pub async fn history(bearer: Bearer, At(id): At<i64>) -> Result<impl IntoResponse, ApiError> {
    let trace = bearer.app().service.history(&bearer.caller, DocumentId(id)).await?;
    let text = xes(&trace.definition.clone(), &[trace]);
    Ok(([(header::CONTENT_TYPE, "application/xml; charset=utf-8")], text))
}
