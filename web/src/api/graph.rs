//! Who does what with whom, and what is held up.

use super::bearer::{Asked, Bearer};
use super::problem::{ApiError, Problem};
use crate::answer::{Answer, Question, answer};
use crate::visit::BUSINESS;
use axum::Json;
use axum::extract::Path;
use chrono::NaiveDate;
use duban_core::id::{CampaignId, UnitId};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};

/// Of which campaign.
#[derive(Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct GraphQuery {
    /// The campaign; the newest one when absent.
    campaign: Option<i64>,
    /// The date on whose units the assignments fall; today when absent.
    on: Option<NaiveDate>,
    /// For `slips`: the unit that is late.
    unit: Option<i64>,
    /// For `slips`: by how many working days, 3 when absent, at most 250.
    late: Option<u32>,
}

/// The graph of a campaign.
#[derive(Serialize, ToSchema)]
pub struct GraphBody {
    /// The campaign.
    campaign: i64,
    /// Its title.
    title: String,
    /// Its year.
    year: i32,
    /// The units.
    units: Vec<GraphUnit>,
    /// "`lead` waits for `support`".
    edges: Vec<GraphEdge>,
    /// Groups of units in an order in which plans can become final; units of one group wait for each other.
    order: Vec<Vec<i64>>,
    /// What is held up now, who holds up most first.
    blocked: Vec<GraphBlocked>,
}

/// A unit.
#[derive(Serialize, ToSchema)]
pub struct GraphUnit {
    /// Its number.
    id: i64,
    /// Its name.
    name: String,
    /// How many tasks it leads.
    leads: usize,
    /// The state of its plan, if it owes one.
    status: Option<&'static str>,
    /// The light of its plan.
    light: Option<&'static str>,
}

/// An edge.
#[derive(Serialize, ToSchema)]
pub struct GraphEdge {
    /// The unit that supports.
    support: i64,
    /// The unit that leads and waits.
    lead: i64,
    /// The tasks they share.
    tasks: Vec<i64>,
}

/// A unit whose plan is not final.
#[derive(Serialize, ToSchema)]
pub struct GraphBlocked {
    /// The unit.
    unit: i64,
    /// Units whose plans it waits for.
    waits_for: Vec<i64>,
    /// Units whose plans wait for it.
    holds_up: Vec<i64>,
}

/// The graph of a campaign with what is held up now.
#[utoipa::path(get, path = "/api/v1/graph", tag = "graph", params(GraphQuery),
    responses((status = 200, body = GraphBody), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn show(bearer: Bearer, Asked(asked): Asked<GraphQuery>) -> Result<Json<GraphBody>, ApiError> {
    if !bearer.caller.has_any(BUSINESS) {
        return Err(duban_service::Error::forbidden("role_missing").into());
    }
    let service = &bearer.app().service;
    let found = service
        .graph(&bearer.caller, asked.campaign.map(CampaignId), asked.on)
        .await?;
    let exported = found.graph.export(&found.labels);
    let units = exported.units.iter().map(|unit| {
        let plan = found.plans.get(&unit.id);
        GraphUnit {
            id: unit.id.0,
            name: unit.name.clone(),
            leads: unit.leads,
            status: plan.map(|plan| plan.status.code()),
            light: plan.map(|plan| plan.light.code()),
        }
    });
    let edges = exported.edges.iter().map(|edge| GraphEdge {
        support: edge.support.0,
        lead: edge.lead.0,
        tasks: edge.tasks.iter().map(|task| task.0).collect(),
    });
    let order = exported
        .order
        .iter()
        .map(|group| group.units.iter().map(|unit| unit.0).collect());
    let blocked = found.blocked.iter().map(|row| GraphBlocked {
        unit: row.unit.0,
        waits_for: row.waits_for.iter().map(|unit| unit.0).collect(),
        holds_up: row.holds_up.iter().map(|unit| unit.0).collect(),
    });
    Ok(Json(GraphBody {
        campaign: found.campaign.0,
        title: found.title.clone(),
        year: found.year,
        units: units.collect(),
        edges: edges.collect(),
        order: order.collect(),
        blocked: blocked.collect(),
    }))
}

/// One question about the graph: `waits`, `frees`, `mutual`, `slips`, `order`, `critical`, `bridges`, `unassigned`,
/// `leads` or `doubled`.
#[utoipa::path(get, path = "/api/v1/graph/{question}", tag = "graph",
    params(("question" = String, Path), GraphQuery),
    responses((status = 200, body = Answer), (status = 403, body = Problem), (status = 404, body = Problem)))]
pub async fn ask(
    bearer: Bearer,
    Path(question): Path<String>,
    Asked(asked): Asked<GraphQuery>,
) -> Result<Json<Answer>, ApiError> {
    if !bearer.caller.has_any(BUSINESS) {
        return Err(duban_service::Error::forbidden("role_missing").into());
    }
    let question = Question::from_code(&question).ok_or(duban_service::Error::NotFound)?;
    let service = &bearer.app().service;
    let found = service
        .graph(&bearer.caller, asked.campaign.map(CampaignId), asked.on)
        .await?;
    let late = asked.late.unwrap_or(3).min(250);
    Ok(Json(answer(&found, question, asked.unit.map(UnitId), late)))
}
