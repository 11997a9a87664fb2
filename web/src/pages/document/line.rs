//! The editor of one line: the notice's paragraph above, every field from its specification, the items, and the way
//! to the next task.
//!
//! Saving never refuses for what is missing. Two people in one line: whoever comes second gets both versions and
//! loses nothing; two people in different lines do not notice each other.

use super::fields::{self, FieldView, Posted, Surroundings, TextView, text_view, value};
use super::{HeaderView, MarkView};
use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::visit::{Page, done, see_other};
use axum::Json;
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use duban_core::document::annual_plan::AskedTask;
use duban_core::document::content::{Content, Item, Line};
use duban_core::document::field::Part;
use duban_core::document::validate::Problem;
use duban_core::document::{revision, validate};
use duban_core::id::DocumentId;
use duban_core::reason::Reason;
use duban_service::Error;
use duban_service::paper::Paper;
use serde::Serialize;

#[derive(Serialize)]
struct LinePage {
    document: HeaderView,
    id: u32,
    number: String,
    title_or_new: String,
    role: String,
    own: bool,
    position: usize,
    total: usize,
    task: Option<TaskView>,
    given: Vec<TextView>,
    fields: Vec<FieldView>,
    items: Vec<ItemView>,
    own_items: bool,
    marks: Vec<MarkView>,
    gaps: usize,
    previous: Option<NeighbourView>,
    next: Option<NeighbourView>,
    edit_version: u32,
    base: String,
    conflict: Option<Option<String>>,
    problems: Vec<LineProblem>,
    action: String,
}

#[derive(Serialize)]
struct TaskView {
    section: String,
    text: String,
    partners: Vec<PartnerView>,
}

#[derive(Serialize)]
struct PartnerView {
    name: String,
    role: String,
}

#[derive(Serialize)]
struct NeighbourView {
    id: u32,
    title: String,
}

#[derive(Serialize)]
struct ItemView {
    id: u32,
    name: String,
    own: bool,
    given: Vec<TextView>,
    fields: Vec<FieldView>,
}

/// A problem linked to its field by the error summary.
#[derive(Serialize)]
struct LineProblem {
    field: String,
    reason: Reason,
}

/// What a failed save shows beside the typed text.
#[derive(Default)]
struct Trouble<'a> {
    /// Somebody saved meanwhile (who, when known).
    conflict: Option<Option<String>>,
    /// What was refused.
    problems: &'a [Problem],
}

/// `GET /documents/{id}/lines/{line}`.
pub async fn show(signed: Signed, Path((id, line)): Path<(DocumentId, u32)>) -> Result<Page, PageError> {
    let paper = signed.app.service.paper(&signed.caller, id).await?;
    let content = &super::tasks::working(&paper)?.content;
    page(&signed, &paper, content, line, &Trouble::default())
}

/// The editor of the line with this number in `content`, which may be what was typed and not saved.
fn page(signed: &Signed, paper: &Paper, content: &Content, id: u32, trouble: &Trouble<'_>) -> Result<Page, PageError> {
    let working = super::tasks::working(paper)?;
    let (at, line) = content
        .lines
        .iter()
        .enumerate()
        .find(|(_, line)| line.id == id)
        .ok_or(PageError::NotFound)?;
    let marks = paper.open_marks();
    let groups = paper.open_groups();
    let around = Surroundings {
        kind: paper.kind(),
        groups: &groups,
        units: &super::unit_names(paper),
        problems: trouble.problems,
        marks: &marks,
    };
    let mut form = around.line(line);
    let mut items: Vec<_> = line
        .items
        .iter()
        .map(|item| item_view(paper, &around, id, item))
        .collect();
    if trouble.conflict.is_some()
        && let Some(theirs) = working.content.line(id)
    {
        show_theirs(&mut form, &around.line(theirs));
        for (view, item) in items.iter_mut().zip(&line.items) {
            if let Some(other) = theirs.items.iter().find(|other| other.id == item.id) {
                show_theirs(&mut view.fields, &around.item(id, other));
            }
        }
    }
    let neighbour = |position: Option<usize>| {
        let line = content.lines.get(position?)?;
        Some(NeighbourView {
            id: line.id,
            title: super::line_title(paper.kind(), content, Some(line.id)),
        })
    };
    let role = line.field("role");
    let of_whole = marks
        .iter()
        .filter(|m| m.place.line == Some(id) && m.place.field.is_none());
    let view = LinePage {
        document: super::header(signed, paper),
        id,
        number: line.field("number").to_owned(),
        title_or_new: match paper.kind().heading(line) {
            "" => signed.text("document.untitled"),
            title => title.to_owned(),
        },
        role: if role.is_empty() {
            String::new()
        } else {
            paper.kind().option_label(Part::Line, "role", role)
        },
        own: line.source.is_none(),
        position: at + 1,
        total: content.lines.len(),
        task: paper.demand.task(line.source).map(|task| TaskView {
            section: task.section.clone(),
            text: task.text.clone(),
            partners: partners(paper, task),
        }),
        given: given(paper, Part::Line, line.source.is_some(), |key| {
            line.field(key).to_owned()
        }),
        fields: form,
        items,
        own_items: paper.kind().own_items && paper.groups.contains(&paper.kind().shape),
        marks: of_whole.map(|mark| super::mark_view(paper, content, mark)).collect(),
        gaps: validate::line(paper.kind(), line, &paper.open_groups()).len(),
        previous: neighbour(at.checked_sub(1)),
        next: neighbour(Some(at + 1)),
        edit_version: working.edit_version,
        base: digest(working.content.line(id))?,
        conflict: trouble.conflict.clone(),
        problems: trouble
            .problems
            .iter()
            .map(|problem| LineProblem {
                field: fields::name_of(&problem.place),
                reason: problem.reason.clone(),
            })
            .collect(),
        action: format!("/documents/{}/lines/{id}", paper.id),
    };
    signed.page("pages/document/line", &view)
}

/// The partners of a task as the notice names them; a collective stands once.
fn partners(paper: &Paper, task: &AskedTask) -> Vec<PartnerView> {
    let role = |name: &str| {
        let named = task
            .partners
            .iter()
            .find(|partner| partner.via.as_deref().unwrap_or(&partner.name) == name);
        named.map_or("co", |partner| partner.role)
    };
    let names = task.partner_names().into_iter();
    names
        .map(|name| PartnerView {
            name: name.to_owned(),
            role: paper.kind().option_label(Part::Line, "role", role(name)),
        })
        .collect()
}

/// What the source gave and nobody types, apart from what stands in the heading.
fn given(paper: &Paper, part: Part, sourced: bool, text: impl Fn(&str) -> String) -> Vec<TextView> {
    let heading = ["number", "title", "role", "name"];
    let specs = paper
        .kind()
        .fields(part)
        .iter()
        .filter(|spec| spec.given && sourced && !heading.contains(&spec.key.as_str()));
    specs
        .filter_map(|spec| {
            let text = text(&spec.key);
            (!text.is_empty()).then(|| text_view(paper.kind(), part, spec, &text))
        })
        .collect()
}

fn item_view(paper: &Paper, around: &Surroundings<'_>, line: u32, item: &Item) -> ItemView {
    ItemView {
        id: item.id,
        name: item.field("name").to_owned(),
        own: item.source.is_none(),
        given: given(paper, Part::Item, item.source.is_some(), |key| {
            item.field(key).to_owned()
        }),
        fields: around.item(line, item),
    }
}

/// Puts into each field of `form` what `theirs` says, where that differs.
pub fn show_theirs(form: &mut [FieldView], theirs: &[FieldView]) {
    for field in form {
        let other = theirs.iter().find(|other| other.name == field.name);
        field.theirs = other
            .filter(|other| other.value != field.value)
            .map(|other| other.value.clone());
    }
}

/// A short digest of part of a content, so that a form knows whether that part is still what it showed.
pub fn digest(part: impl Serialize) -> Result<String, PageError> {
    revision::digest(&part).map_err(PageError::internal)
}

/// `POST /documents/{id}/lines/{line}`: saves, and does what the pressed button says besides.
pub async fn submit(
    signed: Signed,
    Path((id, line)): Path<(DocumentId, u32)>,
    CsrfForm(posted): CsrfForm<Posted>,
) -> Result<Response, PageError> {
    let paper = signed.app.service.paper(&signed.caller, id).await?;
    let working = super::tasks::working(&paper)?;
    let before = working.content.line(line);
    let mut content = working.content.clone();
    let Some(place) = content.lines.iter_mut().find(|each| each.id == line) else {
        return Err(PageError::NotFound);
    };
    fields::take_line(paper.kind(), place, &posted);
    let moved_on = value(&posted, "base") != Some(digest(before)?.as_str());
    if moved_on && Some(&*place) != before {
        return conflicted(&signed, &paper, &content, line, working.edited_by.clone());
    }
    let wanted = value(&posted, "do").unwrap_or("save");
    change_items(&mut content, line, wanted);
    match save(&signed, &paper, content.clone()).await {
        Ok(version) if wants_json(&posted) => saved_json(&signed, version, &digest(content.line(line))?),
        Ok(_) => Ok(after(&content, id, line, wanted)),
        Err(Error::Conflict(conflict)) => conflicted(&signed, &paper, &content, line, conflict.by),
        Err(Error::Invalid(problems)) => {
            let problems: Vec<_> = problems
                .into_iter()
                .map(|problem| Problem {
                    place: problem.place.unwrap_or_default(),
                    reason: problem.reason,
                })
                .collect();
            let trouble = Trouble {
                problems: &problems,
                ..Trouble::default()
            };
            Ok(page(&signed, &paper, &content, line, &trouble)?
                .refused()
                .into_response())
        }
        Err(other) => Err(other.into()),
    }
}

fn conflicted(
    signed: &Signed,
    paper: &Paper,
    typed: &Content,
    line: u32,
    by: Option<String>,
) -> Result<Response, PageError> {
    let trouble = Trouble {
        conflict: Some(by),
        ..Trouble::default()
    };
    Ok(page(signed, paper, typed, line, &trouble)?
        .with_status(StatusCode::CONFLICT)
        .into_response())
}

/// Adds or removes an item when the button said so.
fn change_items(content: &mut Content, line: u32, wanted: &str) {
    let id = content.next_id();
    let Some(line) = content.lines.iter_mut().find(|each| each.id == line) else {
        return;
    };
    if wanted == "add_item" {
        line.items.push(Item { id, ..Item::default() });
    }
    if let Some(gone) = wanted
        .strip_prefix("remove_item:")
        .and_then(|id| id.parse::<u32>().ok())
    {
        line.items.retain(|item| item.id != gone || item.source.is_some());
    }
}

/// Where to go after saving.
fn after(content: &Content, id: DocumentId, line: u32, wanted: &str) -> Response {
    let at = content.lines.iter().position(|each| each.id == line);
    let other = |position: Option<usize>| content.lines.get(position?).map(|each| each.id);
    let here = format!("/documents/{id}/lines/{line}");
    let lines = format!("/documents/{id}/lines");
    let item = content
        .line(line)
        .and_then(|each| each.items.last())
        .map_or(0, |item| item.id);
    match wanted {
        "add_item" => see_other(&format!("{here}#item-{item}")),
        "check" => see_other(&format!("/documents/{id}/check")),
        "list" => done(&format!("/documents/{id}"), "saved"),
        "next" => match other(at.map(|at| at + 1)) {
            Some(next) => see_other(&format!("{lines}/{next}")),
            None => done(&format!("/documents/{id}"), "saved"),
        },
        "previous" => match other(at.and_then(|at| at.checked_sub(1))) {
            Some(previous) => see_other(&format!("{lines}/{previous}")),
            None => see_other(&format!("/documents/{id}/head")),
        },
        _ => done(&here, "saved"),
    }
}

/// `POST /documents/{id}/lines/{line}/removal`: removes a line of the unit's own.
pub async fn remove(
    signed: Signed,
    Path((id, line)): Path<(DocumentId, u32)>,
    _: CsrfForm<Posted>,
) -> Result<Response, PageError> {
    let paper = signed.app.service.paper(&signed.caller, id).await?;
    let mut content: Content = super::tasks::working(&paper)?.content.clone();
    let found: Option<&Line> = content.line(line);
    if found.is_none() {
        return Err(PageError::NotFound);
    }
    content.lines.retain(|each| each.id != line);
    save(&signed, &paper, content).await?;
    Ok(done(&format!("/documents/{id}"), "line_removed"))
}

/// Saves the content over the version that this request has read; gives the new version.
pub async fn save(signed: &Signed, paper: &Paper, content: Content) -> Result<u32, Error> {
    let version = paper.working.as_ref().map_or(0, |working| working.edit_version);
    signed
        .app
        .service
        .save_content(&signed.caller, paper.id, version, content)
        .await
}

/// True when a script saves in the background and wants no page back.
pub fn wants_json(posted: &Posted) -> bool {
    value(posted, "do") == Some("autosave")
}

#[derive(Serialize)]
struct Saved {
    edit_version: u32,
    base: String,
    at: String,
}

/// The answer to a script: the form's new base and the moment of saving (local time, hours and minutes).
pub fn saved_json(signed: &Signed, edit_version: u32, base: &str) -> Result<Response, PageError> {
    let service = &signed.app.service;
    let at = service
        .moment()
        .now
        .with_timezone(&service.zone())
        .format("%H:%M")
        .to_string();
    let saved = Saved {
        edit_version,
        base: base.to_owned(),
        at,
    };
    Ok(Json(saved).into_response())
}
