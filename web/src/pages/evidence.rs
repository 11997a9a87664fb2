//! Files for other tools: `GET /workflows/{id}/files/{format}`, a definition; `GET /documents/{id}/history.xes`, what
//! happened to a paper, for those who may read it.

use super::workflows::{fact_text, option_text};
use crate::error::PageError;
use crate::extract::Signed;
use axum::body::Body;
use axum::extract::Path;
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use duban_core::id::DocumentId;
use duban_service::Error;
use duban_workflows::diagram::Words;
use duban_workflows::export::xes::xes;
use duban_workflows::export::{self, Format};

/// `GET /workflows/{id}/files/{format}`: the newest version of a definition.
pub async fn workflow(signed: Signed, Path((id, format)): Path<(String, String)>) -> Result<Response, PageError> {
    let format = Format::from_code(&format).ok_or(Error::NotFound)?;
    let definition = signed.app.service.definitions().latest(&id).ok_or(Error::NotFound)?;
    let fact = |fact: &str| fact_text(&signed, &definition, fact);
    let option = |fact: &str, value: &str| option_text(&signed, &definition, fact, value);
    let (not, or) = (signed.text("workflow.not"), signed.text("workflow.or"));
    let words = Words {
        locale: signed.locale.tag(),
        fact: &fact,
        option: &option,
        not: &not,
        or: &or,
    };
    let text = export::definition(&definition, format, &words);
    let name = format!("{id}.v{}.{}", definition.version, format.code());
    file(text, format.media_type(), &name)
}

/// `GET /documents/{id}/history.xes`.
pub async fn history(signed: Signed, Path(id): Path<i64>) -> Result<Response, PageError> {
    let trace = signed.app.service.history(&signed.caller, DocumentId(id)).await?;
    let text = xes(&trace.definition.clone(), &[trace]);
    file(text, "application/xml; charset=utf-8", &format!("history-{id}.xes"))
}

/// A download. The names are made of identifiers, so that they need no quoting.
fn file(text: String, media_type: &'static str, name: &str) -> Result<Response, PageError> {
    let disposition = HeaderValue::try_from(format!("attachment; filename=\"{name}\"")).map_err(PageError::internal)?;
    let mut response = Body::from(text).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CONTENT_DISPOSITION, disposition);
    Ok(response)
}
