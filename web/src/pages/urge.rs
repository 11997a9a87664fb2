//! Asking for a matter by hand (催办): from a paper, and from a campaign's board for one plan or all that are late.

use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::visit::done;
use axum::extract::Path;
use axum::response::Response;
use duban_core::id::{CampaignId, DocumentId};
use serde::Deserialize;

/// What the buttons send.
#[derive(Debug, Deserialize)]
pub struct UrgeForm {
    #[serde(default)]
    note: String,
    /// On a campaign's board: the plan; all late ones when it is empty.
    #[serde(default)]
    document: String,
}

/// `POST /documents/{id}/reminders`.
pub async fn paper(
    signed: Signed,
    Path(id): Path<i64>,
    CsrfForm(form): CsrfForm<UrgeForm>,
) -> Result<Response, PageError> {
    let service = &signed.app.service;
    service.urge(&signed.caller, DocumentId(id), &form.note).await?;
    Ok(done(&format!("/documents/{id}"), "urged"))
}

/// `POST /campaigns/{id}/urging`.
pub async fn campaign(
    signed: Signed,
    Path(id): Path<i64>,
    CsrfForm(form): CsrfForm<UrgeForm>,
) -> Result<Response, PageError> {
    let service = &signed.app.service;
    if form.document.is_empty() {
        service.urge_late(&signed.caller, CampaignId(id), &form.note).await?;
    } else {
        let plan = form.document.parse().map_err(|_| PageError::NotFound)?;
        service.urge(&signed.caller, DocumentId(plan), &form.note).await?;
    }
    Ok(done(&format!("/campaigns/{id}"), "urged"))
}
