//! `/units/{id}`: its tasks, its plan, who waits for it and for whom it waits.

use super::campaign::RowView;
use crate::error::PageError;
use crate::extract::Signed;
use crate::visit::Page;
use axum::extract::Path;
use duban_core::id::UnitId;
use serde::Serialize;

#[derive(Serialize)]
struct View {
    name: String,
    kind: &'static str,
    answers_upward: bool,
    aliases: String,
    campaign: Option<CampaignView>,
    tasks: Vec<TaskView>,
    leading: usize,
    covered: usize,
    waited_by: Vec<Other>,
    waits_for: Vec<Other>,
}

#[derive(Serialize)]
struct CampaignView {
    id: i64,
    title: String,
    row: RowView,
}

#[derive(Serialize)]
struct TaskView {
    id: i64,
    number: i32,
    title: String,
    role: &'static str,
    leads: bool,
    lead: String,
    covered: bool,
}

#[derive(Serialize)]
struct Other {
    id: i64,
    name: String,
    tasks: usize,
}

/// `GET /units/{id}`.
pub async fn show(signed: Signed, Path(id): Path<i64>) -> Result<Page, PageError> {
    let found = signed.app.service.unit_view(&signed.caller, UnitId(id)).await?;
    let others = |list: Vec<(UnitId, String, usize)>| {
        let other = |(id, name, tasks): (UnitId, String, usize)| Other { id: id.0, name, tasks };
        list.into_iter().map(other).collect()
    };
    let tasks: Vec<TaskView> = found
        .tasks
        .into_iter()
        .map(|task| TaskView {
            id: task.id.0,
            number: task.number,
            title: task.title,
            role: task.role,
            leads: task.leads,
            lead: task.lead.unwrap_or_default(),
            covered: task.covered,
        })
        .collect();
    let view = View {
        name: found.name,
        kind: found.kind.code(),
        answers_upward: found.kind.answers_upward(),
        aliases: found.aliases.join("、"),
        campaign: found.campaign.map(|(campaign, row)| CampaignView {
            id: campaign.id.0,
            title: campaign.title,
            row: RowView::new(&signed, &row),
        }),
        leading: tasks.iter().filter(|task| task.leads).count(),
        covered: tasks.iter().filter(|task| task.covered).count(),
        tasks,
        waited_by: others(found.waited_by),
        waits_for: others(found.waits_for),
    };
    signed.page("pages/unit", &view)
}
