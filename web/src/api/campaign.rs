//! Campaigns: who owes what, and how far everybody is.

use super::bearer::{Asked, At, Bearer, Body};
use super::problem::{ApiError, Problem};
use super::{Page, document};
use axum::Json;
use axum::http::StatusCode;
use chrono::NaiveDate;
use duban_core::id::{CampaignId, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Rows on a page.
const PAGE: usize = 50;

/// Where a page begins.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct After {
    /// What the page before gave as `next`.
    after: Option<i64>,
}

/// A campaign in a list.
#[derive(Serialize, ToSchema)]
pub struct CampaignRow {
    /// Its number.
    id: i64,
    /// Its title.
    title: String,
    /// Its year.
    year: i32,
    /// The last day for every unit to submit its plan.
    plan_due: NaiveDate,
    /// How many units owe a plan.
    units: usize,
    /// How many of them are done.
    done: usize,
    /// How many are late.
    late: usize,
}

/// The campaigns, the newest first.
#[utoipa::path(get, path = "/api/v1/campaigns", tag = "campaigns", params(After),
    responses((status = 200, body = Page<CampaignRow>), (status = 401, body = Problem), (status = 403, body = Problem)))]
pub async fn list(bearer: Bearer, Asked(asked): Asked<After>) -> Result<Json<Page<CampaignRow>>, ApiError> {
    let before = asked.after.map(CampaignId);
    let service = &bearer.app().service;
    let found = service.campaigns(&bearer.caller, before, PAGE as u64).await?;
    let next = (found.len() == PAGE)
        .then(|| found.last().map(|row| row.campaign.id.to_string()))
        .flatten();
    let items = found.into_iter().map(|row| CampaignRow {
        id: row.campaign.id.0,
        title: row.campaign.title,
        year: row.campaign.year,
        plan_due: row.campaign.plan_due,
        units: row.units,
        done: row.done,
        late: row.late,
    });
    Ok(Json(Page {
        items: items.collect(),
        next,
    }))
}

/// A campaign with every unit and task.
#[derive(Serialize, ToSchema)]
pub struct CampaignBody {
    /// Its number.
    id: i64,
    /// Its title.
    title: String,
    /// Its year.
    year: i32,
    /// The last day for every unit to submit its plan.
    plan_due: NaiveDate,
    /// The unit that coordinates it.
    coordinator: i64,
    /// Every unit that owes a plan.
    units: Vec<CampaignUnit>,
    /// Every task in the order of the notice.
    tasks: Vec<CampaignTask>,
}

/// A unit in a campaign.
#[derive(Serialize, ToSchema)]
pub struct CampaignUnit {
    /// The unit.
    id: i64,
    /// Its name.
    name: String,
    /// Its plan, when there is one and the asker may read it.
    document: Option<i64>,
    /// `not_started`, `drafting`, `in_review`, `returned`, `blocked`, `approved`, `reported`, `terminated`, `exempt`.
    state: &'static str,
    /// `green`, `yellow`, `red`, `grey`, `done`.
    light: &'static str,
    /// The last day that counts now.
    due_on: Option<NaiveDate>,
    /// How many tasks it has.
    tasks: usize,
    /// How many of them its plan covers.
    covered: usize,
}

/// A task in a campaign.
#[derive(Serialize, ToSchema)]
pub struct CampaignTask {
    /// Its id.
    id: i64,
    /// Its number in the notice.
    number: i32,
    /// Its title.
    title: String,
    /// The confirmed lead.
    lead: Option<String>,
    /// How many units have a part in it.
    units: usize,
    /// How many of their plans cover it.
    covered: usize,
}

/// A campaign: the state of every unit and the coverage of every task.
#[utoipa::path(get, path = "/api/v1/campaigns/{id}", tag = "campaigns", params(("id" = i64, Path)),
    responses((status = 200, body = CampaignBody), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show(bearer: Bearer, At(id): At<i64>) -> Result<Json<CampaignBody>, ApiError> {
    let service = &bearer.app().service;
    let board = service.campaign_board(&bearer.caller, CampaignId(id)).await?;
    let units = board.units.into_iter().map(|row| CampaignUnit {
        id: row.unit.0,
        name: row.name,
        document: row.document.filter(|_| row.readable).map(|id| id.0),
        state: row.state.code(),
        light: row.light.code(),
        due_on: row.due_on,
        tasks: row.tasks,
        covered: row.covered,
    });
    let tasks = board.tasks.into_iter().map(|row| CampaignTask {
        id: row.id.0,
        number: row.number,
        title: row.title,
        lead: row.lead,
        units: row.units,
        covered: row.covered,
    });
    Ok(Json(CampaignBody {
        id,
        title: board.campaign.title,
        year: board.campaign.year,
        plan_due: board.campaign.plan_due,
        coordinator: board.campaign.coordinator.0,
        units: units.collect(),
        tasks: tasks.collect(),
    }))
}

/// For which unit a plan is made.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPlan {
    /// The unit in which the asker drafts.
    unit: i64,
}

/// Makes a plan that a unit still owes, or one that changes the plan in force. For a drafter of the unit.
#[utoipa::path(post, path = "/api/v1/campaigns/{id}/plans", tag = "campaigns", params(("id" = i64, Path)),
    request_body = NewPlan,
    responses((status = 201, body = document::DocumentBody), (status = 403, body = Problem),
        (status = 404, body = Problem), (status = 422, body = Problem)))]
pub async fn new_plan(
    bearer: Bearer,
    At(id): At<i64>,
    Body(asked): Body<NewPlan>,
) -> Result<(StatusCode, Json<document::DocumentBody>), ApiError> {
    let service = &bearer.app().service;
    let made = service
        .new_plan(&bearer.caller, CampaignId(id), UnitId(asked.unit))
        .await?;
    let body = document::read(&bearer, made).await?;
    Ok((StatusCode::CREATED, Json(body)))
}
