//! `/graph`: who does what with whom, who waits for whom now, and what decides the last day. Every view has a picture
//! or a table, and says the same in words; everything works as a plain page.

mod check;
mod drawing;
mod now;
mod path;
mod sheet;
mod table;
mod views;

use crate::error::PageError;
use crate::extract::Signed;
use crate::visit::Page;
use axum::extract::{Path, Query};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use duban_core::graph::{Part, Party};
use duban_core::id::{CampaignId, TaskId, UnitId};
use duban_service::Error;
use duban_service::graph::CampaignGraph;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

pub use drawing::cli_matrix;

/// What the address may say.
#[derive(Debug, Default, Deserialize)]
pub struct GraphQuery {
    view: Option<String>,
    campaign: Option<String>,
    /// On whose units the assignments fall; today when it is no date.
    on: Option<String>,
    /// The unit in the middle, or the one that is late.
    unit: Option<i64>,
    late: Option<u32>,
    /// What the three columns dwell on: `u` or `t` with a number, or `c` with a collective name.
    focus: Option<String>,
    /// A pair of units whose tasks are told.
    support: Option<i64>,
    lead: Option<i64>,
    /// Only units whose plan has this light.
    light: Option<String>,
}

/// The views, in the order of the tabs.
const VIEWS: [&str; 8] = ["matrix", "units", "columns", "ego", "rings", "critical", "now", "check"];

#[derive(Serialize)]
struct GraphView {
    view: &'static str,
    tabs: Vec<TabView>,
    campaign: i64,
    title: String,
    campaigns: Vec<ChoiceView>,
    on: String,
    today: bool,
    tasks: usize,
    units: usize,
    edges: usize,
    unconfirmed: usize,
    /// What follows in every address: campaign and date.
    rest: String,
    matrix: Option<table::MatrixView>,
    weights: Option<table::WeightsView>,
    columns: Option<views::ColumnsView>,
    ego: Option<views::EgoView>,
    rings: Option<path::RingsView>,
    critical: Option<path::CriticalView>,
    now: Option<now::NowView>,
    check: Option<check::CheckView>,
}

#[derive(Serialize)]
struct TabView {
    code: &'static str,
    current: bool,
}

/// A choice of a form.
#[derive(Serialize)]
struct ChoiceView {
    id: String,
    name: String,
    chosen: bool,
}

#[derive(Clone, Serialize)]
struct UnitView {
    id: i64,
    name: String,
    /// The light of its plan; none when it owes none.
    light: Option<&'static str>,
}

#[derive(Clone, Serialize)]
struct TaskLink {
    id: i64,
    number: String,
    title: String,
}

/// What every view is made from.
struct Scene<'a> {
    signed: &'a Signed,
    graph: &'a CampaignGraph,
    query: &'a GraphQuery,
}

/// `GET /graph`.
pub async fn show(signed: Signed, Query(query): Query<GraphQuery>) -> Result<Page, PageError> {
    let service = &signed.app.service;
    let graph = match found(&signed, &query).await {
        Ok(graph) => graph,
        // No campaign yet is a state of the house, not a wrong address.
        Err(Error::NotFound) if query.campaign.is_none() => {
            return signed.page("pages/graph_empty", &serde_json::json!({}));
        }
        Err(other) => return Err(other.into()),
    };
    let view = query
        .view
        .as_deref()
        .and_then(|view| VIEWS.iter().find(|known| **known == view));
    let view = view.copied().unwrap_or(VIEWS[0]);
    let campaigns = service.campaign_titles(&signed.caller).await?;
    let scene = Scene {
        signed: &signed,
        graph: &graph,
        query: &query,
    };
    let tasks = graph.graph.tasks();
    let tabs = VIEWS.iter().map(|code| TabView {
        code,
        current: *code == view,
    });
    let page = GraphView {
        view,
        tabs: tabs.collect(),
        campaign: graph.campaign.0,
        title: graph.title.clone(),
        campaigns: campaigns
            .into_iter()
            .map(|(id, _, title)| ChoiceView {
                id: id.to_string(),
                name: title,
                chosen: id == graph.campaign,
            })
            .collect(),
        on: graph.on.to_string(),
        today: graph.on == graph.today,
        tasks: tasks.len(),
        units: graph.graph.units().len(),
        edges: graph.graph.edges().count(),
        unconfirmed: tasks
            .values()
            .filter(|parts| !parts.values().any(|part| *part == Part::Lead))
            .count(),
        rest: scene.rest(),
        matrix: (view == "matrix").then(|| table::matrix(&scene)),
        weights: (view == "units").then(|| table::weights(&scene)),
        columns: (view == "columns").then(|| views::columns(&scene)),
        ego: (view == "ego").then(|| views::ego(&scene)),
        rings: (view == "rings").then(|| path::rings(&scene)),
        critical: (view == "critical").then(|| path::critical(&scene)),
        now: (view == "now").then(|| now::view(&scene)),
        check: (view == "check").then(|| check::view(&scene)),
    };
    signed.page("pages/graph", &page)
}

async fn found(signed: &Signed, query: &GraphQuery) -> Result<CampaignGraph, Error> {
    let campaign = match query.campaign.as_deref() {
        None | Some("") => None,
        Some(text) => Some(CampaignId(text.parse().map_err(|_| Error::NotFound)?)),
    };
    let on: Option<NaiveDate> = query.on.as_deref().and_then(|text| text.parse().ok());
    signed.app.service.graph(&signed.caller, campaign, on).await
}

/// `GET /graph/{file}`: a view as a file: `matrix.svg`, `units.svg`, `columns.svg`, `ego.svg`, `rings.svg` (the first
/// ring), `critical.svg`, `matrix.xlsx`.
pub async fn download(
    signed: Signed,
    Path(file): Path<String>,
    Query(query): Query<GraphQuery>,
) -> Result<Response, PageError> {
    let graph = found(&signed, &query).await?;
    let scene = Scene {
        signed: &signed,
        graph: &graph,
        query: &query,
    };
    let (kind, bytes) = match file.split_once('.') {
        Some(("matrix", "xlsx")) => (
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            sheet::matrix(&scene).map_err(PageError::internal)?,
        ),
        Some((view, "svg")) => {
            let svg = scene.file(view).ok_or(PageError::NotFound)?;
            ("image/svg+xml; charset=utf-8", svg.into_bytes())
        }
        _ => return Err(PageError::NotFound),
    };
    let name = format!("attachment; filename=\"graph-{}-{file}\"", graph.year);
    let mut response = axum::body::Body::from(bytes).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    let name = HeaderValue::from_str(&name).map_err(PageError::internal)?;
    headers.insert(header::CONTENT_DISPOSITION, name);
    Ok(response)
}

impl Scene<'_> {
    /// Campaign and date for an address, each behind an ampersand.
    fn rest(&self) -> String {
        let mut rest = format!("&campaign={}", self.graph.campaign);
        if self.graph.on != self.graph.today {
            rest.push_str(&format!("&on={}", self.graph.on));
        }
        rest
    }

    fn unit(&self, id: UnitId) -> UnitView {
        let plan = self.graph.plans.get(&id);
        UnitView {
            id: id.0,
            name: self.graph.labels.unit(id),
            light: plan.map(|plan| plan.light.code()),
        }
    }

    fn units(&self, ids: impl IntoIterator<Item = UnitId>) -> Vec<UnitView> {
        ids.into_iter().map(|id| self.unit(id)).collect()
    }

    fn task(&self, id: TaskId) -> TaskLink {
        TaskLink {
            id: id.0,
            number: self.graph.labels.task_number(id),
            title: self.graph.labels.task_title(id).to_owned(),
        }
    }

    fn tasks(&self, ids: &BTreeSet<TaskId>) -> Vec<TaskLink> {
        ids.iter().map(|id| self.task(*id)).collect()
    }

    fn numbers(&self, tasks: &BTreeSet<TaskId>) -> String {
        let numbers: Vec<String> = tasks.iter().map(|task| self.graph.labels.task_number(*task)).collect();
        numbers.join("、")
    }

    fn party(&self, party: &Party) -> String {
        match party {
            Party::Unit(unit) => self.graph.labels.unit(*unit),
            Party::Collective(name) => name.clone(),
        }
    }

    /// Units of the graph as choices of a form.
    fn choices(&self, units: impl IntoIterator<Item = UnitId>, chosen: Option<UnitId>) -> Vec<ChoiceView> {
        let choice = |unit: UnitId| ChoiceView {
            id: unit.to_string(),
            name: self.graph.labels.unit(unit),
            chosen: Some(unit) == chosen,
        };
        units.into_iter().map(choice).collect()
    }
}

/// Millionths as a number with two decimals.
fn hundredths(millionths: u64) -> String {
    let rounded = (millionths + 5_000) / 10_000;
    format!("{}.{:02}", rounded / 100, rounded % 100)
}
