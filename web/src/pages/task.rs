//! `/tasks/{id}`: what the notice says, who leads, and what everybody's plan says about it side by side.

use super::campaign::RowView;
use crate::error::PageError;
use crate::extract::Signed;
use crate::visit::Page;
use axum::extract::Path;
use duban_core::document::content::Line;
use duban_core::id::TaskId;
use duban_service::campaign::Part;
use serde::Serialize;

#[derive(Serialize)]
struct View {
    campaign: i64,
    campaign_title: String,
    number: i32,
    title: String,
    section: String,
    text: String,
    deadline: String,
    due: String,
    figures: Vec<FigureView>,
    parts: Vec<PartView>,
    members: Vec<PartView>,
    roster: String,
    covered: usize,
    units: usize,
    before: Option<Neighbour>,
    after: Option<Neighbour>,
}

#[derive(Serialize)]
struct Neighbour {
    id: i64,
    number: i32,
}

#[derive(Serialize)]
struct FigureView {
    name: String,
    comparator: String,
    value: String,
    measure: String,
    year: Option<i32>,
}

#[derive(Serialize)]
struct PartView {
    row: RowView,
    role: &'static str,
    leads: bool,
    covers: bool,
    lines: Vec<LineView>,
}

#[derive(Serialize)]
struct LineView {
    measures: String,
    target: String,
    due: String,
    rhythm: String,
    person: String,
    section: String,
}

fn line(line: &Line) -> LineView {
    let text = |key: &str| line.fields.get(key).cloned().unwrap_or_default();
    let due = text("due_on");
    LineView {
        measures: text("measures"),
        target: text("target"),
        // As typed: only a real date is shown as one.
        due: if due.parse::<chrono::NaiveDate>().is_ok() {
            due
        } else {
            String::new()
        },
        rhythm: text("rhythm"),
        person: text("person"),
        section: text("section"),
    }
}

fn part(signed: &Signed, part: &Part) -> PartView {
    PartView {
        row: RowView::new(signed, &part.row),
        role: part.role,
        leads: part.leads,
        covers: part.covers,
        lines: part.lines.iter().map(line).collect(),
    }
}

/// `GET /tasks/{id}`.
pub async fn show(signed: Signed, Path(id): Path<i64>) -> Result<Page, PageError> {
    let found = signed.app.service.task_view(&signed.caller, TaskId(id)).await?;
    let (members, parts): (Vec<&Part>, Vec<&Part>) = found.parts.iter().partition(|part| part.row.via.is_some());
    let neighbour = |found: Option<(TaskId, i32)>| found.map(|(id, number)| Neighbour { id: id.0, number });
    let view = View {
        campaign: found.campaign.id.0,
        campaign_title: found.campaign.title.clone(),
        number: found.task.number,
        title: found.task.title.clone(),
        section: found.task.section.clone(),
        text: found.task.text.clone(),
        deadline: found.task.deadline.clone().unwrap_or_default(),
        due: found.task.due_on.map_or_else(String::new, |day| day.to_string()),
        figures: found
            .figures
            .iter()
            .map(|one| FigureView {
                name: one.name.clone(),
                comparator: one.comparator.clone(),
                value: one.value.clone(),
                measure: one.measure.clone(),
                year: one.year,
            })
            .collect(),
        roster: members
            .first()
            .and_then(|part| part.row.via.clone())
            .unwrap_or_default(),
        covered: found.parts.iter().filter(|part| part.covers).count(),
        units: found.parts.len(),
        parts: parts.into_iter().map(|one| part(&signed, one)).collect(),
        members: members.into_iter().map(|one| part(&signed, one)).collect(),
        before: neighbour(found.neighbours.0),
        after: neighbour(found.neighbours.1),
    };
    signed.page("pages/task", &view)
}
