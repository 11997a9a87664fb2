//! `/admin/notices`: a notice comes in. Uploaded or pasted, read, shown with every doubt, confirmed. Nothing is kept
//! until the confirmation, which carries the text with it.

pub mod amendment;
mod indicators;
mod view;

use crate::breakdown::{Breakdown, Form};
use crate::error::PageError;
use crate::extract::{CsrfUpload, Signed};
use crate::i18n::Locale;
use crate::intake;
use crate::visit::{Page, done};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use duban_core::id::{CommandId, UnitId};
use duban_core::notice::Role;
use duban_core::org::UnitKind;
use duban_core::reason::Reason;
use duban_intake::Fault;
use duban_service::notice::{Import, NewCampaign, Reading, Resolution, Target};
use duban_service::{Error, FieldProblem};
use duban_store::campaign::Campaign;
use serde::Serialize;
use std::collections::BTreeMap;
use view::ReadingView;

/// What was typed, by field.
type Typed = BTreeMap<String, String>;

#[derive(Serialize)]
struct StartView<'a> {
    /// Where the form leads.
    action: String,
    /// The campaign whose notice comes in another version; none when a notice comes in for the first time.
    amends: Option<Amends<'a>>,
    text: &'a str,
    problems: Vec<FieldProblem>,
    megabytes: u64,
}

#[derive(Serialize)]
struct Amends<'a> {
    id: i64,
    title: &'a str,
}

fn start(signed: &Signed, text: &str, problems: Vec<FieldProblem>) -> Result<Page, PageError> {
    start_for(signed, None, text, problems)
}

fn start_for(
    signed: &Signed,
    campaign: Option<&Campaign>,
    text: &str,
    problems: Vec<FieldProblem>,
) -> Result<Page, PageError> {
    let view = StartView {
        action: campaign.map_or_else(
            || "/admin/notices/new".to_owned(),
            |campaign| format!("/campaigns/{}/amendment/reading", campaign.id),
        ),
        amends: campaign.map(|campaign| Amends {
            id: campaign.id.0,
            title: &campaign.title,
        }),
        text,
        problems,
        megabytes: duban_intake::FILE_LIMIT / 1_000_000,
    };
    signed.page("pages/notice/start", &view)
}

/// `GET /admin/notices/new`.
pub async fn show(signed: Signed) -> Result<Page, PageError> {
    start(&signed, "", Vec::new())
}

/// `POST /admin/notices/new`: reads what was uploaded or pasted and shows it. Writes nothing.
pub async fn read(signed: Signed, upload: CsrfUpload) -> Result<Response, PageError> {
    let (text, reading) = match uploaded(&signed, &upload, None).await? {
        Ok(read) => read,
        Err(refused) => return Ok(refused),
    };
    let view = ReadingView::new(&signed, &text, &reading, &Typed::new(), Vec::new());
    Ok(signed.page("pages/notice/reading", &view)?.into_response())
}

/// What was uploaded or pasted, read; or the form again, with what is wrong with it.
async fn uploaded(
    signed: &Signed,
    upload: &CsrfUpload,
    campaign: Option<&Campaign>,
) -> Result<Result<(String, Reading), Response>, PageError> {
    let pasted = upload.fields.get("text").map_or("", String::as_str);
    let refused = |text: &str, problem: FieldProblem| -> Result<_, PageError> {
        let page = start_for(signed, campaign, text, vec![problem])?;
        Ok(Err(page.refused().into_response()))
    };
    // A file outweighs what is pasted beside it; browsers submit line ends as CR LF, which the reader takes as well.
    let (field, text) = match upload.files.get("file") {
        Some(file) => ("file", intake::text(file.bytes.clone()).await),
        None => ("text", intake::text(pasted.as_bytes().to_vec()).await),
    };
    let text = match text {
        Ok(text) => text,
        Err(fault) => return refused(pasted, FieldProblem::of(field, faulty(&fault))),
    };
    let reading = signed.app.service.read_notice(&signed.caller, &text).await?;
    if reading.notice.tasks.is_empty() {
        return refused(&text, FieldProblem::new("text", "notice_no_tasks"));
    }
    Ok(Ok((text, reading)))
}

fn faulty(fault: &Fault) -> Reason {
    let reason = Reason::new(&format!("notice_file_{}", fault.code()));
    match fault {
        Fault::Kind(kind) | Fault::Broken(kind) => reason.with("kind", *kind),
        Fault::TooLarge(megabytes) => reason.with("megabytes", *megabytes),
        Fault::Empty | Fault::NotText | Fault::Scanned => reason,
    }
}

/// `POST /admin/notices/breakdown`: the reading on the page as a task breakdown table. Writes nothing.
pub async fn breakdown(signed: Signed, upload: CsrfUpload) -> Result<Response, PageError> {
    let text = upload.fields.get("text").map_or("", String::as_str);
    let reading = signed.app.service.read_notice(&signed.caller, text).await?;
    let form = upload.fields.get("format").and_then(|f| Form::of_ending(f));
    let form = form.ok_or_else(|| PageError::refused("malformed"))?;
    let table = Breakdown::of(&reading.notice, |key| signed.app.texts.plain(Locale::ZhCn, key));
    let bytes = table.write(form).map_err(|e| PageError::from(Error::internal(e)))?;
    let head = [
        (header::CONTENT_TYPE, form.media_type()),
        (header::CONTENT_DISPOSITION, form.disposition()),
    ];
    Ok((head, bytes).into_response())
}

/// `POST /admin/notices`: confirms and opens the campaign.
pub async fn confirm(signed: Signed, upload: CsrfUpload) -> Result<Response, PageError> {
    let typed = upload.fields;
    let text = typed.get("text").cloned().unwrap_or_default();
    if let Err(fault) = duban_intake::text(text.as_bytes()) {
        let problem = FieldProblem {
            reason: faulty(&fault),
            ..FieldProblem::new("text", "")
        };
        return Ok(start(&signed, &text, vec![problem])?.refused().into_response());
    }
    let reading = signed.app.service.read_notice(&signed.caller, &text).await?;
    let (import, mut problems) = import(&signed, &text, &reading, &typed);
    let command = typed.get("command").and_then(|id| id.parse::<CommandId>().ok());
    let Some(command) = command else {
        return Err(PageError::refused("malformed"));
    };
    if problems.is_empty() {
        match signed.app.service.open_campaign(&signed.caller, command, import).await {
            Ok(id) => return Ok(done(&format!("/campaigns/{id}"), "campaign_opened")),
            Err(Error::Invalid(found)) => problems = found,
            Err(Error::Refused(why)) => {
                problems.extend(why.reasons.into_iter().map(|reason| FieldProblem::of("year", reason)));
            }
            Err(other) => return Err(other.into()),
        }
    }
    let view = ReadingView::new(&signed, &text, &reading, &typed, problems);
    Ok(signed.page("pages/notice/reading", &view)?.refused().into_response())
}

/// Puts a confirmation together from what was typed; whatever cannot be read at all is a problem here, the rest is for
/// the service to check.
fn import(signed: &Signed, text: &str, reading: &Reading, typed: &Typed) -> (Import, Vec<FieldProblem>) {
    let mut problems = Vec::new();
    let value = |field: &str| typed.get(field).map_or("", |text| text.trim());
    let optional = |field: &str| Some(value(field).to_owned()).filter(|text| !text.is_empty());
    let mut date = |field: &str| -> Option<NaiveDate> {
        let text = value(field);
        let read = text.parse().ok();
        if read.is_none() && !text.is_empty() {
            problems.push(FieldProblem::new(field, "date_malformed"));
        }
        read
    };
    let due: BTreeMap<usize, Option<NaiveDate>> = (0..reading.notice.tasks.len())
        .filter(|at| typed.contains_key(&format!("due-{at}")))
        .map(|at| (at, date(&format!("due-{at}"))))
        .collect();
    let values: BTreeMap<usize, String> = (0..reading.notice.indicators.len())
        .filter(|at| !value(&format!("value-{at}")).is_empty())
        .map(|at| (at, value(&format!("value-{at}")).to_owned()))
        .collect();
    let called: BTreeMap<usize, String> = (0..reading.notice.indicators.len())
        .filter_map(|at| Some((at, typed.get(&format!("called-{at}"))?.trim().to_owned())))
        .filter(|(at, _)| typed.contains_key(&format!("take-{at}")))
        .collect();
    let dated = date("dated");
    let plan_due = date("plan_due");
    if plan_due.is_none() && value("plan_due").is_empty() {
        problems.push(FieldProblem::new("plan_due", "required"));
    }
    let year = value("year").parse().ok();
    if year.is_none() {
        problems.push(FieldProblem::new("year", "required"));
    }
    let unit = |field: &str| UnitId(value(field).parse().unwrap_or(0));
    let names = reading.names.iter().enumerate().filter_map(|(at, found)| {
        let chosen = value(&format!("name-{at}"));
        let resolution = if chosen == "out" {
            Resolution::LeftOut {
                reason: value(&format!("why-{at}")).to_owned(),
            }
        } else if chosen == "new" {
            Resolution::Founded {
                name: value(&format!("unit-{at}")).to_owned(),
                kind: UnitKind::from_code(value(&format!("kind-{at}"))).unwrap_or(UnitKind::Department),
            }
        } else {
            Resolution::Means {
                target: target(chosen)?,
                remember: found.matched.is_none() && typed.contains_key(&format!("remember-{at}")),
            }
        };
        Some((found.name.clone(), resolution))
    });
    let leads = reading.notice.tasks.iter().enumerate().filter_map(|(at, _)| {
        let lead = value(&format!("lead-{at}"));
        (!lead.is_empty()).then(|| (at, lead.to_owned()))
    });
    let indicators = (0..reading.notice.indicators.len()).filter(|at| typed.contains_key(&format!("take-{at}")));
    let import = Import {
        text: text.to_owned(),
        title: value("title").to_owned(),
        issuer: optional("issuer"),
        number: optional("number"),
        dated,
        names: names.collect(),
        leads: leads.collect(),
        indicators: indicators.collect(),
        due,
        values,
        called,
        campaign: NewCampaign {
            year: year.unwrap_or_default(),
            title: value("campaign_title").to_owned(),
            // Papers are written in the first language, whatever language the page is shown in.
            plan_title: signed.app.texts.plain(Locale::ZhCn, "notice.plan_title"),
            coordinator: unit("coordinator"),
            office: unit("office"),
            leadership: unit("leadership"),
            inspection: unit("inspection"),
            plan_due: plan_due.unwrap_or_default(),
        },
    };
    (import, problems)
}

/// `unit-7`, `roster-1`.
fn target(value: &str) -> Option<Target> {
    let (kind, id) = value.split_once('-')?;
    let id = id.parse().ok()?;
    match kind {
        "unit" => Some(Target::Unit(UnitId(id))),
        "roster" => Some(Target::Roster(id)),
        _ => None,
    }
}

/// The name that leads a task unless a person says otherwise: the stated lead, else the first named that is one unit.
fn proposed_lead(task: &duban_core::notice::Task) -> Option<&str> {
    let single = || task.units.iter().filter(|unit| !unit.collective);
    let stated = single().find(|unit| unit.role == Role::Lead);
    stated
        .or_else(|| single().find(|unit| unit.first))
        .map(|unit| unit.name.as_str())
}
