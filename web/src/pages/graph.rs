//! `/graph`: who does what with whom, who waits for whom, and what is held up now.

use crate::error::PageError;
use crate::extract::Signed;
use crate::visit::Page;
use axum::extract::Query;
use chrono::NaiveDate;
use duban_core::graph::{Blocked, Group, Part};
use duban_core::id::{CampaignId, TaskId, UnitId};
use duban_service::Error;
use duban_service::graph::CampaignGraph;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// What the address may say.
#[derive(Debug, Default, Deserialize)]
pub struct GraphQuery {
    view: Option<String>,
    campaign: Option<i64>,
    unit: Option<i64>,
    late: Option<u32>,
}

/// The views, in the order of the tabs.
const VIEWS: [&str; 4] = ["matrix", "units", "groups", "blocked"];
/// Longest lateness that the page plays through, in working days.
const LATEST: u32 = 60;

#[derive(Serialize)]
struct GraphView {
    view: &'static str,
    tabs: Vec<TabView>,
    campaign: i64,
    title: String,
    campaigns: Vec<CampaignView>,
    tasks: usize,
    units: usize,
    edges: usize,
    unconfirmed: usize,
    matrix: Option<MatrixView>,
    weights: Option<WeightsView>,
    groups: Option<GroupsView>,
    blocked: Option<BlockedView>,
}

#[derive(Serialize)]
struct TabView {
    code: &'static str,
    current: bool,
}

#[derive(Serialize)]
struct CampaignView {
    id: i64,
    title: String,
    current: bool,
}

#[derive(Clone, Serialize)]
struct UnitView {
    id: i64,
    name: String,
    /// The light of its plan; none when it owes none.
    light: Option<&'static str>,
    /// Its plan.
    plan: Option<i64>,
}

#[derive(Serialize)]
struct MatrixView {
    columns: Vec<ColumnView>,
    rows: Vec<TaskRow>,
}

/// A unit, or a collective name that stands for many.
#[derive(Serialize)]
struct ColumnView {
    name: String,
    unit: Option<UnitView>,
    members: usize,
    leads: usize,
    supports: usize,
}

#[derive(Serialize)]
struct TaskRow {
    id: i64,
    number: String,
    title: String,
    lead: Option<String>,
    cells: Vec<Option<&'static str>>,
    parties: usize,
}

#[derive(Serialize)]
struct WeightsView {
    leads: Vec<UnitView>,
    rows: Vec<WeightRow>,
    collectives: usize,
}

#[derive(Serialize)]
struct WeightRow {
    unit: UnitView,
    cells: Vec<Option<WeightCell>>,
    tasks: u32,
    weight: String,
}

#[derive(Serialize)]
struct WeightCell {
    tasks: u32,
    numbers: String,
}

#[derive(Serialize)]
struct GroupsView {
    rings: Vec<RingView>,
    order: Vec<OrderView>,
}

#[derive(Serialize)]
struct RingView {
    units: Vec<UnitView>,
    waits: Vec<WaitView>,
    tasks: Vec<TaskLink>,
}

#[derive(Serialize)]
struct WaitView {
    lead: String,
    support: String,
    task: TaskLink,
}

#[derive(Clone, Serialize)]
struct TaskLink {
    id: i64,
    number: String,
    title: String,
}

#[derive(Serialize)]
struct OrderView {
    units: Vec<UnitView>,
    ring: bool,
}

#[derive(Serialize)]
struct BlockedView {
    open: usize,
    rows: Vec<BlockedRow>,
    /// Units that hold up nobody and wait for nobody.
    free: Vec<UnitView>,
    choices: Vec<ChoiceView>,
    late: u32,
    slips: Option<Vec<SlipView>>,
    late_unit: String,
}

#[derive(Serialize)]
struct BlockedRow {
    unit: UnitView,
    stage: &'static str,
    holds_up: Vec<HeldView>,
    in_the_end: usize,
    waits_for: Vec<HeldView>,
    weight: String,
}

#[derive(Serialize)]
struct HeldView {
    name: String,
    numbers: String,
}

#[derive(Serialize)]
struct ChoiceView {
    id: i64,
    name: String,
    chosen: bool,
}

#[derive(Serialize)]
struct SlipView {
    name: String,
    planned: NaiveDate,
    now: NaiveDate,
    days: i64,
}

/// `GET /graph`.
pub async fn show(signed: Signed, Query(query): Query<GraphQuery>) -> Result<Page, PageError> {
    let service = &signed.app.service;
    let graph = match service.graph(&signed.caller, query.campaign.map(CampaignId)).await {
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
    let blocked = if view == "blocked" {
        let calendar = service.calendar().await?;
        let slips = impact(&graph, &query, &calendar);
        Some(blocked_view(&graph, &query, slips))
    } else {
        None
    };
    let tasks = graph.graph.tasks();
    let page = GraphView {
        view,
        tabs: VIEWS
            .iter()
            .map(|code| TabView {
                code,
                current: *code == view,
            })
            .collect(),
        campaign: graph.campaign.0,
        title: graph.title.clone(),
        campaigns: campaigns
            .into_iter()
            .map(|(id, _, title)| CampaignView {
                id: id.0,
                title,
                current: id == graph.campaign,
            })
            .collect(),
        tasks: tasks.len(),
        units: graph.graph.units().len(),
        edges: graph.graph.edges().count(),
        unconfirmed: tasks
            .values()
            .filter(|parts| !parts.values().any(|part| *part == Part::Lead))
            .count(),
        matrix: (view == "matrix").then(|| matrix(&graph)),
        weights: (view == "units").then(|| weights(&graph)),
        groups: (view == "groups").then(|| groups(&graph)),
        blocked,
    };
    signed.page("pages/graph", &page)
}

fn unit(graph: &CampaignGraph, id: UnitId) -> UnitView {
    let plan = graph.plans.get(&id);
    UnitView {
        id: id.0,
        name: graph.labels.unit(id),
        light: plan.map(|plan| plan.light.code()),
        plan: plan.map(|plan| plan.document.0),
    }
}

fn task(graph: &CampaignGraph, id: TaskId) -> TaskLink {
    TaskLink {
        id: id.0,
        number: graph.labels.task_number(id),
        title: graph.labels.task_title(id).to_owned(),
    }
}

fn numbers(graph: &CampaignGraph, tasks: &BTreeSet<TaskId>) -> String {
    let numbers: Vec<String> = tasks.iter().map(|task| graph.labels.task_number(*task)).collect();
    numbers.join(", ")
}

/// Units that are named somewhere, most leading and most named first; and the collective names with their members.
fn parties(graph: &CampaignGraph) -> (Vec<UnitId>, BTreeMap<String, BTreeSet<UnitId>>) {
    let mut named: BTreeMap<UnitId, (usize, usize)> = BTreeMap::new();
    let mut collectives: BTreeMap<String, BTreeSet<UnitId>> = BTreeMap::new();
    for (id, parts) in graph.graph.tasks() {
        for (unit, part) in parts {
            match graph.graph.via(*id, *unit) {
                Some(name) => {
                    collectives.entry(name.to_owned()).or_default().insert(*unit);
                }
                None => {
                    let (leads, others) = named.entry(*unit).or_default();
                    *leads += usize::from(*part == Part::Lead);
                    *others += usize::from(*part != Part::Lead);
                }
            }
        }
    }
    let mut units: Vec<UnitId> = named.keys().copied().collect();
    units.sort_by_key(|unit| {
        let (leads, others) = named.get(unit).copied().unwrap_or_default();
        (std::cmp::Reverse(leads), std::cmp::Reverse(others), *unit)
    });
    (units, collectives)
}

fn matrix(graph: &CampaignGraph) -> MatrixView {
    let (named, collectives) = parties(graph);
    let tasks = graph.graph.tasks();
    let part_of = |task: TaskId, unit: UnitId| {
        let part = tasks.get(&task).and_then(|parts| parts.get(&unit)).copied();
        part.filter(|_| graph.graph.via(task, unit).is_none())
    };
    let meant = |task: TaskId, name: &str| {
        let members = collectives.get(name).into_iter().flatten();
        let mut members = members.filter(|unit| graph.graph.via(task, **unit) == Some(name));
        members.next().and_then(|unit| tasks.get(&task)?.get(unit).copied())
    };
    let mut columns: Vec<ColumnView> = named
        .iter()
        .map(|id| {
            let parts: Vec<Part> = tasks.keys().filter_map(|task| part_of(*task, *id)).collect();
            let leads = parts.iter().filter(|part| **part == Part::Lead).count();
            ColumnView {
                name: graph.labels.unit(*id),
                unit: Some(unit(graph, *id)),
                members: 0,
                leads,
                supports: parts.len() - leads,
            }
        })
        .collect();
    columns.extend(collectives.iter().map(|(name, members)| ColumnView {
        name: name.clone(),
        unit: None,
        members: members.len(),
        leads: 0,
        supports: tasks.keys().filter(|task| meant(**task, name).is_some()).count(),
    }));
    let rows = tasks
        .iter()
        .map(|(id, parts)| {
            let named_cells = named.iter().map(|unit| part_of(*id, *unit));
            let meant_cells = collectives.keys().map(|name| meant(*id, name));
            let cells: Vec<Option<&'static str>> = named_cells
                .chain(meant_cells)
                .map(|part| part.map(Part::code))
                .collect();
            let lead = parts.iter().find(|(_, part)| **part == Part::Lead);
            let link = task(graph, *id);
            TaskRow {
                id: link.id,
                number: link.number,
                title: link.title,
                lead: lead.map(|(unit, _)| graph.labels.unit(*unit)),
                parties: cells.iter().flatten().count(),
                cells,
            }
        })
        .collect();
    MatrixView { columns, rows }
}

fn weights(graph: &CampaignGraph) -> WeightsView {
    let (named, collectives) = parties(graph);
    let leads: Vec<UnitId> = named
        .iter()
        .copied()
        .filter(|unit| graph.graph.edges().any(|edge| edge.lead == *unit))
        .collect();
    let rows = named.iter().map(|support| {
        let cells = leads.iter().map(|lead| {
            graph.graph.edge(*support, *lead).map(|edge| WeightCell {
                tasks: edge.weight.tasks,
                numbers: numbers(graph, &edge.tasks),
            })
        });
        let awaited = graph.graph.awaited(*support);
        WeightRow {
            unit: unit(graph, *support),
            cells: cells.collect(),
            tasks: awaited.tasks,
            weight: hundredths(awaited.millionths),
        }
    });
    WeightsView {
        rows: rows.collect(),
        leads: leads.iter().map(|lead| unit(graph, *lead)).collect(),
        collectives: collectives.values().map(BTreeSet::len).sum(),
    }
}

/// Millionths as a number with two decimals.
fn hundredths(millionths: u64) -> String {
    let rounded = (millionths + 5_000) / 10_000;
    format!("{}.{:02}", rounded / 100, rounded % 100)
}

fn groups(graph: &CampaignGraph) -> GroupsView {
    let ring = |group: Group| RingView {
        units: group.units.iter().map(|id| unit(graph, *id)).collect(),
        waits: group
            .ring
            .iter()
            .map(|wait| WaitView {
                lead: graph.labels.unit(wait.lead),
                support: graph.labels.unit(wait.support),
                task: task(graph, wait.task),
            })
            .collect(),
        tasks: group.tasks.iter().map(|id| task(graph, *id)).collect(),
    };
    // Neighbours in the order that stand alone are shown in one step: the list stays short.
    let mut order: Vec<OrderView> = Vec::new();
    for group in graph.graph.order() {
        let units = group.units.iter().map(|id| unit(graph, *id));
        let free = |last: &OrderView| !last.ring && !group.is_ring() && !waits_for(graph, &group, last);
        match order.last_mut() {
            Some(last) if free(last) => last.units.extend(units),
            _ => order.push(OrderView {
                units: units.collect(),
                ring: group.is_ring(),
            }),
        }
    }
    GroupsView {
        rings: graph.graph.rings().into_iter().map(ring).collect(),
        order,
    }
}

fn waits_for(graph: &CampaignGraph, group: &Group, step: &OrderView) -> bool {
    let mut edges = graph.graph.edges();
    edges.any(|edge| group.units.contains(&edge.lead) && step.units.iter().any(|unit| unit.id == edge.support.0))
}

fn impact(
    graph: &CampaignGraph,
    query: &GraphQuery,
    calendar: &duban_core::calendar::Calendar,
) -> Option<Vec<SlipView>> {
    let late = query.late.filter(|late| (1..=LATEST).contains(late))?;
    let unit = UnitId(query.unit?);
    let planned: BTreeMap<UnitId, NaiveDate> = graph
        .plans
        .iter()
        .filter(|(_, plan)| !plan.status.is_terminal())
        .filter_map(|(unit, plan)| Some((*unit, plan.due_on?)))
        .collect();
    let slips = graph.graph.impact(&planned, unit, late, calendar);
    Some(
        slips
            .into_iter()
            .map(|slip| SlipView {
                name: graph.labels.unit(slip.unit),
                planned: slip.planned,
                now: slip.now,
                days: slip.days,
            })
            .collect(),
    )
}

fn blocked_view(graph: &CampaignGraph, query: &GraphQuery, slips: Option<Vec<SlipView>>) -> BlockedView {
    let (busy, free): (Vec<&Blocked>, Vec<&Blocked>) = graph
        .blocked
        .iter()
        .partition(|blocked| !blocked.holds_up.is_empty() || !blocked.waits_for.is_empty());
    let held = |others: &BTreeMap<UnitId, BTreeSet<TaskId>>| -> Vec<HeldView> {
        let held = others.iter().map(|(other, tasks)| HeldView {
            name: graph.labels.unit(*other),
            numbers: numbers(graph, tasks),
        });
        held.collect()
    };
    let rows = busy.iter().map(|blocked| BlockedRow {
        unit: unit(graph, blocked.unit),
        stage: graph.plans.get(&blocked.unit).map_or("none", |plan| plan.status.code()),
        holds_up: held(&blocked.holds_up),
        in_the_end: blocked.holds_up_in_the_end.len(),
        waits_for: held(&blocked.waits_for),
        weight: hundredths(blocked.weight),
    });
    let choices = graph.blocked.iter().map(|blocked| ChoiceView {
        id: blocked.unit.0,
        name: graph.labels.unit(blocked.unit),
        chosen: query.unit == Some(blocked.unit.0),
    });
    BlockedView {
        open: graph.blocked.len(),
        rows: rows.collect(),
        free: free.iter().map(|blocked| unit(graph, blocked.unit)).collect(),
        choices: choices.collect(),
        late: query.late.filter(|late| (1..=LATEST).contains(late)).unwrap_or(3),
        late_unit: query
            .unit
            .map(|unit| graph.labels.unit(UnitId(unit)))
            .unwrap_or_default(),
        slips,
    }
}
