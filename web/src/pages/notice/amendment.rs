//! `/campaigns/{id}/amendment`: the notice of a campaign comes in another version. Read, shown against what is in force
//! with what it does to plans, confirmed. Nothing is kept until the confirmation.

use super::view::ReadingView;
use super::{Typed, import, proposed_lead, start_for, uploaded};
use crate::error::PageError;
use crate::extract::{CsrfUpload, Signed};
use crate::pages::document::difference::RunView;
use crate::visit::{Page, done};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use duban_core::id::{CampaignId, CommandId};
use duban_core::notice::amendment::Fate;
use duban_service::notice::amendment::{Amendment, Compared, FigureChange, PartChange, TaskChange, UnitChange};
use duban_service::notice::{Reading, Target};
use duban_service::{Error, FieldProblem};
use duban_store::campaign::Campaign;
use serde::Serialize;

/// What the page of a reading shows besides when it amends a campaign.
#[derive(Serialize)]
pub(super) struct AmendingView {
    pub(super) id: i64,
    title: String,
    expected: u32,
    changes: ChangesView,
}

/// What a version changes.
#[derive(Serialize)]
pub(super) struct ChangesView {
    tasks: Vec<TaskView>,
    figures: Vec<FigureChange>,
    units: Vec<UnitView>,
    /// Plans that are opened, follow, stay under review, stay final: code and count, without zeros.
    then: Vec<(&'static str, usize)>,
}

#[derive(Serialize)]
struct TaskView {
    fate: Fate,
    before: Option<i32>,
    after: Option<i32>,
    title: String,
    titled: Vec<RunView>,
    worded: Vec<RunView>,
    deadline: Option<(String, String)>,
    parts: Vec<PartView>,
}

/// A unit, or the members of a roster that fare alike.
#[derive(Serialize)]
struct PartView {
    name: String,
    /// How many members, for a roster.
    members: usize,
    before: String,
    after: String,
}

#[derive(Serialize)]
struct UnitView {
    /// None for a unit that the confirmation founds.
    id: Option<i64>,
    name: String,
    gained: String,
    lost: String,
    changed: String,
    plan: Option<i64>,
    then: &'static str,
}

impl ChangesView {
    fn new(amendment: &Amendment) -> Self {
        let mut then: Vec<(&'static str, usize)> = Vec::new();
        for one in &amendment.units {
            match then.iter_mut().find(|(code, _)| *code == one.then.code()) {
                Some((_, count)) => *count += 1,
                None => then.push((one.then.code(), 1)),
            }
        }
        Self {
            tasks: amendment.tasks.iter().map(task).collect(),
            figures: amendment.figures.clone(),
            units: amendment.units.iter().map(unit).collect(),
            then,
        }
    }
}

fn task(one: &TaskChange) -> TaskView {
    let runs = |runs: &[duban_core::document::difference::Run]| runs.iter().map(RunView::of_run).collect();
    TaskView {
        fate: one.fate,
        before: one.before,
        after: one.after,
        title: one.title.clone(),
        titled: runs(&one.titled),
        worded: runs(&one.worded),
        deadline: one.deadline.clone(),
        parts: parts(&one.parts),
    }
}

fn parts(changes: &[PartChange]) -> Vec<PartView> {
    let mut found: Vec<PartView> = Vec::new();
    for one in changes {
        let view = PartView {
            name: one.via.clone().unwrap_or_else(|| one.name.clone()),
            members: usize::from(one.via.is_some()),
            before: one.before.clone().unwrap_or_default(),
            after: one.after.clone().unwrap_or_default(),
        };
        let alike = found.iter_mut().find(|known| {
            view.members > 0 && (&known.name, &known.before, &known.after) == (&view.name, &view.before, &view.after)
        });
        match alike {
            Some(known) => known.members += 1,
            None => found.push(view),
        }
    }
    found
}

fn unit(one: &UnitChange) -> UnitView {
    let listed = |numbers: &[i32]| {
        let numbers: Vec<String> = numbers.iter().map(i32::to_string).collect();
        numbers.join("、")
    };
    UnitView {
        id: Some(one.unit.0).filter(|id| *id > 0),
        name: one.name.clone(),
        gained: listed(&one.gained),
        lost: listed(&one.lost),
        changed: listed(&one.changed),
        plan: one.plan.map(|plan| plan.0),
        then: one.then.code(),
    }
}

/// `GET /campaigns/{id}/amendment`.
pub async fn show(signed: Signed, Path(id): Path<i64>) -> Result<Page, PageError> {
    let found = signed.app.service.amendable(&signed.caller, CampaignId(id)).await?;
    start_for(&signed, Some(&found), "", Vec::new())
}

/// `POST /campaigns/{id}/amendment/reading`: reads what was uploaded or pasted and shows what it changes. Writes
/// nothing.
pub async fn read(signed: Signed, Path(id): Path<i64>, upload: CsrfUpload) -> Result<Response, PageError> {
    let found = signed.app.service.amendable(&signed.caller, CampaignId(id)).await?;
    let (text, reading) = match uploaded(&signed, &upload, Some(&found)).await? {
        Ok(read) => read,
        Err(refused) => return Ok(refused),
    };
    // First as the names go by themselves, to learn who leads; then with those leads.
    let mut typed = proposed(&reading, &found);
    let first = compare(&signed, &text, &reading, &typed, found.id).await?;
    for (at, task) in reading.notice.tasks.iter().enumerate() {
        let lead = first.leads.get(&at).map(String::as_str).or_else(|| proposed_lead(task));
        typed.insert(format!("lead-{at}"), lead.unwrap_or_default().to_owned());
    }
    let compared = compare(&signed, &text, &reading, &typed, found.id).await?;
    Ok(page(&signed, &text, &typed, &compared, Vec::new())?.into_response())
}

/// `POST /campaigns/{id}/amendment/comparison`: the same again with what was chosen on the page. Writes nothing.
pub async fn compare_again(signed: Signed, Path(id): Path<i64>, upload: CsrfUpload) -> Result<Response, PageError> {
    let typed = upload.fields;
    let text = typed.get("text").cloned().unwrap_or_default();
    let reading = signed.app.service.read_notice(&signed.caller, &text).await?;
    let compared = compare(&signed, &text, &reading, &typed, CampaignId(id)).await?;
    Ok(page(&signed, &text, &typed, &compared, Vec::new())?.into_response())
}

/// `POST /campaigns/{id}/amendment`: confirms and takes the version over.
pub async fn confirm(signed: Signed, Path(id): Path<i64>, upload: CsrfUpload) -> Result<Response, PageError> {
    let service = &signed.app.service;
    let typed = upload.fields;
    let text = typed.get("text").cloned().unwrap_or_default();
    let reading = service.read_notice(&signed.caller, &text).await?;
    let (wanted, mut problems) = import(&signed, &text, &reading, &typed);
    let command = typed.get("command").and_then(|id| id.parse::<CommandId>().ok());
    let expected = typed.get("expected").and_then(|no| no.parse().ok());
    let (Some(command), Some(expected)) = (command, expected) else {
        return Err(PageError::refused("malformed"));
    };
    if problems.is_empty() {
        let answer = service
            .amend_campaign(&signed.caller, command, (CampaignId(id), expected), wanted)
            .await;
        match answer {
            Ok(_) => return Ok(done(&format!("/campaigns/{id}"), "notice_amended")),
            Err(Error::Invalid(found)) => problems = found,
            Err(Error::Refused(why)) => {
                problems.extend(
                    why.reasons
                        .into_iter()
                        .map(|reason| FieldProblem::of("changes", reason)),
                );
            }
            Err(other) => return Err(other.into()),
        }
    }
    let compared = compare(&signed, &text, &reading, &typed, CampaignId(id)).await?;
    let page = page(&signed, &text, &typed, &compared, problems)?;
    Ok(page.refused().into_response())
}

async fn compare(
    signed: &Signed,
    text: &str,
    reading: &Reading,
    typed: &Typed,
    id: CampaignId,
) -> Result<Compared, PageError> {
    let (wanted, _) = import(signed, text, reading, typed);
    let service = &signed.app.service;
    Ok(service.compare_notice(&signed.caller, id, &wanted).await?)
}

fn page(
    signed: &Signed,
    text: &str,
    typed: &Typed,
    compared: &Compared,
    problems: Vec<FieldProblem>,
) -> Result<Page, PageError> {
    // A version that somebody else took over meanwhile is what the page compares with from now on.
    let amending = AmendingView {
        id: compared.campaign.id.0,
        title: compared.campaign.title.clone(),
        expected: compared.current,
        changes: ChangesView::new(&compared.amendment),
    };
    let view = ReadingView::new(signed, text, &compared.reading, typed, problems).amending(amending);
    signed.page("pages/notice/reading", &view)
}

/// What the form holds the first time: names as they are known, every figure taken, the campaign as it is.
fn proposed(reading: &Reading, campaign: &Campaign) -> Typed {
    let notice = &reading.notice;
    let mut typed = Typed::new();
    let mut put = |field: &str, text: String| typed.insert(field.to_owned(), text);
    put("title", notice.title.clone().unwrap_or_else(|| campaign.title.clone()));
    put("issuer", notice.issuer.clone().unwrap_or_default());
    put("number", notice.doc_number.clone().unwrap_or_default());
    put(
        "dated",
        notice.issued_on.map_or_else(String::new, |day| day.to_string()),
    );
    put("year", campaign.year.to_string());
    put("campaign_title", campaign.title.clone());
    put("plan_due", campaign.plan_due.to_string());
    put("coordinator", campaign.coordinator.to_string());
    put("office", campaign.office.to_string());
    put("leadership", campaign.leadership.to_string());
    put("inspection", campaign.inspection.to_string());
    put("command", uuid::Uuid::now_v7().to_string());
    for (at, name) in reading.names.iter().enumerate() {
        let target = match name.matched {
            Some(Target::Unit(unit)) => format!("unit-{unit}"),
            Some(Target::Roster(id)) => format!("roster-{id}"),
            None => continue,
        };
        put(&format!("name-{at}"), target);
    }
    for (at, one) in notice.indicators.iter().enumerate() {
        put(&format!("take-{at}"), "1".to_owned());
        put(&format!("called-{at}"), one.name.clone());
    }
    for (at, task) in notice.tasks.iter().enumerate() {
        let day = task.deadline.as_ref().and_then(|deadline| deadline.date);
        put(
            &format!("due-{at}"),
            day.map_or_else(String::new, |day| day.to_string()),
        );
    }
    typed
}

#[derive(Serialize)]
struct VersionView {
    campaign: i64,
    campaign_title: String,
    no: u32,
    title: String,
    number: String,
    dated: String,
    by: String,
    at: String,
    text: String,
    changes: Option<ChangesView>,
}

/// `GET /campaigns/{id}/versions/{no}`: a version of the notice, with what it changed.
pub async fn version(signed: Signed, Path((id, no)): Path<(i64, u32)>) -> Result<Page, PageError> {
    let service = &signed.app.service;
    let board = service.campaign_board(&signed.caller, CampaignId(id)).await?;
    let (found, by) = service.notice_version(board.campaign.notice, no).await?;
    let amendment: Option<Amendment> = found
        .amendment
        .map(serde_json::from_value)
        .transpose()
        .map_err(|e| PageError::from(Error::internal(e)))?;
    let view = VersionView {
        campaign: id,
        campaign_title: board.campaign.title,
        no,
        title: found.title,
        number: found.number.unwrap_or_default(),
        dated: found.dated.map_or_else(String::new, |day| day.to_string()),
        by,
        at: found.at.to_rfc3339(),
        text: found.text,
        changes: amendment.as_ref().map(ChangesView::new),
    };
    signed.page("pages/notice/version", &view)
}
