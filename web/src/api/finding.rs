//! Findings and how far they have come.

use super::Page;
use super::bearer::{Asked, Bearer, Body};
use super::document::{self, DocumentBody};
use super::problem::{ApiError, Problem};
use axum::Json;
use axum::http::StatusCode;
use chrono::NaiveDate;
use duban_core::document::finding::State;
use duban_core::id::{CampaignId, FindingId, UnitId};
use duban_service::finding::NewFinding;
use duban_service::ledger;
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Which findings.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FindingQuery {
    /// Only those in this state.
    state: Option<String>,
    /// What the page before gave as `next`.
    after: Option<String>,
}

/// A finding.
#[derive(Serialize, ToSchema)]
pub struct FindingRow {
    /// Its number.
    id: i64,
    /// Where it comes from, in the words of whoever raised it.
    source: String,
    /// What was found.
    description: String,
    /// How grave it is, in words.
    severity: String,
    /// The name of its unit.
    unit: String,
    /// Names of the units that help.
    supporting: Vec<String>,
    /// How far it has come.
    state: &'static str,
    /// Its light today.
    light: &'static str,
    /// By when it is to be put right.
    demanded_by: NaiveDate,
    /// The title of the stage that its report is in.
    stage: Option<String>,
    /// The report that answers it, when the asker may read it.
    document: Option<i64>,
}

/// The ledger, newest first: the whole district for who oversees it, one's own unit's for everybody else.
#[utoipa::path(get, path = "/api/v1/findings", tag = "findings", params(FindingQuery),
    responses((status = 200, body = Page<FindingRow>), (status = 401, body = Problem), (status = 422, body = Problem)))]
pub async fn list(bearer: Bearer, Asked(asked): Asked<FindingQuery>) -> Result<Json<Page<FindingRow>>, ApiError> {
    let state = match asked.state.as_deref() {
        None => None,
        Some(code) => Some(State::from_code(code).ok_or_else(|| ApiError::malformed("state"))?),
    };
    let before = match asked.after.as_deref() {
        None => None,
        Some(text) => Some(text.parse::<FindingId>().map_err(|_| ApiError::malformed("after"))?),
    };
    let asked = ledger::Asked {
        state,
        before,
        ..ledger::Asked::default()
    };
    let found = bearer.app().service.findings(&bearer.caller, &asked).await?;
    let locale = bearer.locale();
    let items = found.rows.into_iter().map(|row| FindingRow {
        id: row.finding.id.0,
        source: row.finding.source,
        description: row.finding.description,
        severity: row.finding.severity,
        unit: row.unit,
        supporting: row.supporting,
        state: row.finding.state.code(),
        light: row.light.code(),
        demanded_by: row.finding.demanded_by,
        stage: row.stage.map(|text| text.get(locale).to_owned()),
        document: row.report.and(row.finding.document).map(|id| id.0),
    });
    Ok(Json(Page {
        items: items.collect(),
        next: found.next.map(|id| id.to_string()),
    }))
}

/// What was found.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FindingBody {
    /// The unit it was found at.
    unit: i64,
    /// Where it comes from: an inspection, an assessment, an audit.
    source: String,
    /// On what ground it is raised.
    basis: String,
    /// What was found.
    description: String,
    /// Its class.
    class: String,
    /// How grave it is, in words.
    severity: String,
    /// By when it is to be put right.
    demanded_by: NaiveDate,
    /// Units that are to help.
    #[serde(default)]
    supporting: Vec<i64>,
    /// The campaign it belongs to; the newest one when absent.
    campaign: Option<i64>,
}

/// The finding that was written down.
#[derive(Serialize, ToSchema)]
pub struct Raised {
    /// Its number.
    id: i64,
}

/// Writes a finding down. For inspectors.
#[utoipa::path(post, path = "/api/v1/findings", tag = "findings", request_body = FindingBody,
    responses((status = 201, body = Raised), (status = 403, body = Problem), (status = 422, body = Problem)))]
pub async fn raise(bearer: Bearer, Body(body): Body<FindingBody>) -> Result<(StatusCode, Json<Raised>), ApiError> {
    let new = NewFinding {
        source: body.source,
        basis: body.basis,
        description: body.description,
        class: body.class,
        severity: body.severity,
        unit: UnitId(body.unit),
        supporting: body.supporting.into_iter().map(UnitId).collect(),
        demanded_by: body.demanded_by,
        campaign: body.campaign.map(CampaignId),
    };
    let id = bearer.app().service.raise_finding(&bearer.caller, new).await?;
    Ok((StatusCode::CREATED, Json(Raised { id: id.0 })))
}

/// Which findings are handed over, and under what title.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct HandOver {
    /// The title of the rectification report.
    title: String,
    /// The findings; all of one unit.
    findings: Vec<i64>,
}

/// Hands findings of one unit over with one rectification report. For inspectors.
#[utoipa::path(post, path = "/api/v1/findings/dispatch", tag = "findings", request_body = HandOver,
    responses((status = 201, body = DocumentBody), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn dispatch(
    bearer: Bearer,
    Body(body): Body<HandOver>,
) -> Result<(StatusCode, Json<DocumentBody>), ApiError> {
    let ids: Vec<_> = body.findings.into_iter().map(FindingId).collect();
    let service = &bearer.app().service;
    let report = service.dispatch_findings(&bearer.caller, &body.title, &ids).await?;
    let made = document::read(&bearer, report).await?;
    Ok((StatusCode::CREATED, Json(made)))
}
