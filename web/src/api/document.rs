//! Documents: reading, writing, and the commands that carry them on.

use super::bearer::{At, Bearer, Body};
use super::content::{ActBody, ContentBody, ItemBody, MarkBody, PostBody};
use super::problem::{ApiError, Problem};
use axum::Json;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::clock::{Clock, Clocks, Side};
use duban_core::document::content::{Content, Fields, Item};
use duban_core::id::{CommandId, DocumentId, RevisionNo, SeatNo, UnitId, Version};
use duban_core::workflow::{Act, Mark};
use duban_service::command::{Outcome, Request};
use duban_service::form::StartForm;
use duban_service::paper::Paper;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

/// A document as the asker sees it.
#[derive(Serialize, ToSchema)]
pub struct DocumentBody {
    /// Its number.
    id: i64,
    /// `annual_plan`, `rectification_report`, or `form` when its form comes with its workflow.
    #[serde(rename = "type")]
    document_type: String,
    /// Its title.
    title: String,
    /// The unit it belongs to.
    unit: i64,
    /// That unit's name.
    unit_name: String,
    /// The campaign it belongs to.
    campaign: Option<i64>,
    /// The workflow it follows, as in `annual-plan.v1`.
    definition: String,
    /// `draft`, `running`, `returned`, `blocked`, `ended`, `terminated`.
    status: &'static str,
    /// The stage it is in, or the end it reached; the oldest one while several branches are gone at once.
    stage: String,
    /// The stages of all its open branches. Empty once it is finished.
    stages: Vec<String>,
    /// That stage's title in the language of `Accept-Language`.
    stage_title: String,
    /// To be sent as `expected` with a command.
    version: u32,
    /// To be sent with an edit; absent for whoever does not see the text in the making.
    edit_version: Option<u32>,
    /// The last day for the unit to submit it.
    due_on: Option<NaiveDate>,
    /// True when that day lies in a year whose holidays are not known yet.
    due_provisional: bool,
    /// How that day came about, in the language of `Accept-Language`.
    due_derivation: Option<String>,
    /// `green`, `yellow`, `red`, `grey`, `done`.
    light: &'static str,
    /// The text in the making, for the unit's own people; else the newest revision.
    #[schema(value_type = ContentBody)]
    content: Content,
    /// Groups of fields that the asker may write in now.
    editable_groups: Vec<String>,
    /// The unit's clock and the reviewers'.
    clocks: Vec<ClockBody>,
    /// What the asker can do now.
    offers: Vec<OfferBody>,
    /// The frozen revisions, oldest first.
    revisions: Vec<RevisionRow>,
}

/// A clock of a document: a budget of working days that pauses while the other side has it.
#[derive(Serialize, ToSchema)]
pub struct ClockBody {
    /// Whose: `unit` or `reviewer`.
    side: &'static str,
    /// Working days allowed; none where no last day was ever set.
    budget: Option<u32>,
    /// Working days used by the end of today.
    used: u32,
    /// Working days late, all visits together; catching up does not take them back.
    late: u32,
    /// It runs now.
    running: bool,
}

fn clocks(paper: &Paper) -> Vec<ClockBody> {
    let record = paper.clocks();
    let body = |side, name, clock: Clock, has_budget: bool| ClockBody {
        side: name,
        budget: has_budget.then_some(clock.budget),
        used: clock.used_on(paper.at.day, &paper.calendar),
        late: record.late(side),
        running: clock.since.is_some(),
    };
    let Clocks { unit, reviewer } = record.clocks;
    vec![
        body(Side::Unit, "unit", unit, record.has_budget),
        body(Side::Reviewer, "reviewer", reviewer, reviewer.budget > 0),
    ]
}

/// Something that the asker can do now.
#[derive(Serialize, ToSchema)]
pub struct OfferBody {
    /// Which act.
    act: &'static str,
    /// The round it is about.
    round: u32,
    /// The seat to speak from, to be sent when there is more than one offer of this act; for `remove`, the signer's.
    seat: Option<u32>,
    /// The unit in whose post they act.
    unit: i64,
    /// The role.
    role: &'static str,
    /// Stages it could be returned to, the usual one first.
    returns: Vec<String>,
    /// To whom a seat could be handed over or lent.
    takers: Vec<PostBody>,
    /// A reason must be given.
    reason_required: bool,
    /// Codes of what stands in the way as yet; empty when it can be done.
    unready: Vec<String>,
}

/// A frozen revision.
#[derive(Serialize, ToSchema)]
pub struct RevisionRow {
    /// Its number.
    no: u32,
    /// Who submitted it.
    submitted_by: String,
    /// When (UTC).
    submitted_at: DateTime<Utc>,
    /// SHA-256 of its canonical bytes.
    hash: String,
}

/// Reads a document for an answer.
pub async fn read(bearer: &Bearer, id: DocumentId) -> Result<DocumentBody, ApiError> {
    let service = &bearer.app().service;
    let paper = service.paper(&bearer.caller, id).await?;
    let content = match (&paper.working, paper.newest()) {
        (Some(working), _) => working.content.clone(),
        (None, Some(no)) => service.revision(&bearer.caller, id, no).await?.1,
        (None, None) => Content::default(),
    };
    let title = paper.definition.title_of(&paper.instance.stage);
    Ok(DocumentBody {
        id: id.0,
        document_type: paper.kind().code.clone(),
        clocks: clocks(&paper),
        title: paper.title.clone(),
        unit: paper.unit.0,
        unit_name: paper.org.unit_name(paper.unit),
        campaign: paper.campaign.as_ref().map(|(id, _)| id.0),
        definition: format!("{}.v{}", paper.definition.id, paper.definition.version),
        status: paper.instance.status().code(),
        stage: paper.instance.stage.0.clone(),
        stages: paper
            .instance
            .places()
            .into_iter()
            .map(|stage| stage.0.clone())
            .collect(),
        stage_title: title.map_or_else(String::new, |text| text.get(bearer.locale()).to_owned()),
        version: paper.instance.version.0,
        edit_version: paper.working.as_ref().map(|working| working.edit_version),
        due_on: paper.current_due(),
        due_provisional: paper
            .current_due()
            .is_some_and(|due| paper.calendar.is_provisional(due)),
        due_derivation: paper
            .derivation()
            .map(|told| crate::pages::document::derivation::words(&bearer.app().texts, bearer.language(), &told)),
        light: paper.light().code(),
        content,
        editable_groups: paper.groups.clone(),
        offers: paper
            .offers
            .iter()
            .map(|offer| OfferBody {
                act: offer.act.code(),
                round: offer.round.0,
                seat: offer.seat.map(|no| no.0),
                unit: offer.actor.unit.0,
                role: offer.actor.role.code(),
                returns: offer.returns.iter().map(|stage| stage.0.clone()).collect(),
                takers: offer
                    .takers
                    .iter()
                    .map(|to| PostBody {
                        unit: to.unit.0,
                        role: to.role.code().to_owned(),
                        person: to.person.map(|person| person.0),
                    })
                    .collect(),
                reason_required: offer.reason_required,
                unready: offer.unready.iter().map(|reason| reason.code.clone()).collect(),
            })
            .collect(),
        revisions: paper
            .revisions
            .iter()
            .map(|row| RevisionRow {
                no: row.no.0,
                submitted_by: paper.org.person_name(row.submitted_by),
                submitted_at: row.submitted_at,
                hash: row.hash.clone(),
            })
            .collect(),
    })
}

/// A document: where it stands, what is in it, what the asker can do. The `ETag` is its version.
#[utoipa::path(get, path = "/api/v1/documents/{id}", tag = "documents", params(("id" = i64, Path)),
    responses((status = 200, body = DocumentBody), (status = 401, body = Problem), (status = 404, body = Problem)))]
pub async fn show(bearer: Bearer, At(id): At<i64>) -> Result<Response, ApiError> {
    let body = read(&bearer, DocumentId(id)).await?;
    let tag = HeaderValue::from_str(&format!("\"{}\"", body.version));
    let mut response = Json(body).into_response();
    if let Ok(tag) = tag {
        response.headers_mut().insert(header::ETAG, tag);
    }
    Ok(response)
}

/// A paper to be started.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StartBody {
    /// The name of a published definition that brings its own form.
    definition: String,
    /// What it is to be called.
    title: String,
    /// The unit it is for; may be left out by whoever could start it for one unit only.
    #[serde(default)]
    unit: Option<i64>,
    /// The command's own number, made by the asker; the same one again gives the same paper. May be sent as the header
    /// `Idempotency-Key` instead.
    #[serde(default)]
    id: Option<Uuid>,
}

/// Starts a paper whose form comes with its workflow.
#[utoipa::path(post, path = "/api/v1/documents", tag = "documents", params(("Idempotency-Key" = Option<Uuid>, Header)),
    request_body = StartBody,
    responses((status = 201, body = DocumentBody), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 422, body = Problem)))]
pub async fn start(bearer: Bearer, headers: HeaderMap, Body(body): Body<StartBody>) -> Result<Response, ApiError> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok());
    let key = key.and_then(|key| key.trim().trim_matches('"').parse().ok());
    let command = body.id.or(key).ok_or_else(|| ApiError::malformed("id"))?;
    let new = StartForm {
        definition: body.definition,
        unit: body.unit.map(UnitId),
        title: body.title,
    };
    let service = &bearer.app().service;
    let id = service.start_form(&bearer.caller, CommandId(command), new).await?;
    Ok((StatusCode::CREATED, Json(read(&bearer, id).await?)).into_response())
}

/// One entry of the history.
#[derive(Serialize, ToSchema)]
pub struct HistoryEntry {
    /// Its number.
    seq: u32,
    /// When (UTC).
    at: DateTime<Utc>,
    /// What, as in `approved`.
    verb: &'static str,
    /// Who; none for the passing of time.
    person: Option<String>,
    /// In which unit's post.
    unit: Option<String>,
    /// In which role.
    role: Option<&'static str>,
    /// For whom, when on a loan.
    on_behalf_of: Option<String>,
    /// The stage.
    stage: Option<String>,
    /// The revision it was about.
    revision: Option<u32>,
    /// The opinion, note or reason.
    note: String,
    /// Where a return sent it.
    to: Option<String>,
    /// The last day that was asked for or granted (civil date).
    until: Option<NaiveDate>,
    /// Remarks at places.
    #[schema(value_type = Vec<MarkBody>)]
    marks: Vec<Mark>,
}

/// What happened to a document, oldest first.
#[utoipa::path(get, path = "/api/v1/documents/{id}/history", tag = "documents", params(("id" = i64, Path)),
    responses((status = 200, body = Vec<HistoryEntry>), (status = 404, body = Problem)))]
pub async fn history(bearer: Bearer, At(id): At<i64>) -> Result<Json<Vec<HistoryEntry>>, ApiError> {
    let paper = bearer.app().service.paper(&bearer.caller, DocumentId(id)).await?;
    let org = &paper.org;
    let entries = paper.history.iter().map(|entry| {
        let actor = entry.actor.as_ref();
        HistoryEntry {
            seq: entry.seq,
            at: entry.at.now,
            verb: entry.verb.code(),
            person: actor.map(|actor| org.person_name(actor.person)),
            unit: actor.map(|actor| org.unit_name(actor.unit)),
            role: actor.map(|actor| actor.role.code()),
            on_behalf_of: actor
                .and_then(|actor| actor.on_behalf_of)
                .map(|(_, person)| org.person_name(person)),
            stage: entry.stage.as_ref().map(|stage| stage.0.clone()),
            revision: entry.revision.map(|no| no.0),
            note: entry.note.clone(),
            to: entry.to.as_ref().map(|stage| stage.0.clone()),
            until: entry.until,
            marks: entry.marks.clone(),
        }
    });
    Ok(Json(entries.collect()))
}

/// A frozen revision with its content.
#[utoipa::path(get, path = "/api/v1/documents/{id}/revisions/{no}", tag = "documents",
    params(("id" = i64, Path), ("no" = u32, Path)),
    responses((status = 200, body = ContentBody), (status = 404, body = Problem)))]
pub async fn revision(bearer: Bearer, At((id, no)): At<(i64, u32)>) -> Result<Json<Content>, ApiError> {
    let service = &bearer.app().service;
    let (_, content) = service.revision(&bearer.caller, DocumentId(id), RevisionNo(no)).await?;
    Ok(Json(content))
}

/// A whole content over an edit version.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContentEdit {
    /// The edit version it replaces.
    edit_version: u32,
    /// The new content.
    #[schema(value_type = ContentBody)]
    content: Content,
}

/// What a save gives.
#[derive(Serialize, ToSchema)]
pub struct Saved {
    /// The edit version now.
    edit_version: u32,
}

/// Saves the text in the making. Saving never refuses for what is missing; submitting does.
#[utoipa::path(put, path = "/api/v1/documents/{id}/content", tag = "documents", params(("id" = i64, Path)),
    request_body = ContentEdit,
    responses((status = 200, body = Saved), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn put_content(
    bearer: Bearer,
    At(id): At<i64>,
    Body(edit): Body<ContentEdit>,
) -> Result<Json<Saved>, ApiError> {
    let service = &bearer.app().service;
    let edit_version = service
        .save_content(&bearer.caller, DocumentId(id), edit.edit_version, edit.content)
        .await?;
    Ok(Json(Saved { edit_version }))
}

/// Changes to one line. Fields that are not named stay.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LineEdit {
    /// The edit version it is based on.
    edit_version: u32,
    /// New values by key.
    #[serde(default)]
    #[schema(value_type = std::collections::BTreeMap<String, String>)]
    fields: Fields,
    /// The line's items in place of those it has; they stay when absent.
    #[serde(default)]
    #[schema(value_type = Option<Vec<ItemBody>>)]
    items: Option<Vec<Item>>,
}

/// Saves one line of the text in the making.
#[utoipa::path(patch, path = "/api/v1/documents/{id}/lines/{line}", tag = "documents",
    params(("id" = i64, Path), ("line" = u32, Path)), request_body = LineEdit,
    responses((status = 200, body = Saved), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn patch_line(
    bearer: Bearer,
    At((id, line)): At<(i64, u32)>,
    Body(edit): Body<LineEdit>,
) -> Result<Json<Saved>, ApiError> {
    let service = &bearer.app().service;
    let id = DocumentId(id);
    let (case, frame) = service.open_document(&bearer.caller, id).await?;
    let body = service.working(&bearer.caller, &case, &frame).await?;
    let mut content = body
        .ok_or(duban_service::Error::forbidden("not_yours_to_write"))?
        .content;
    let found = content.lines.iter_mut().find(|candidate| candidate.id == line);
    let found = found.ok_or(duban_service::Error::NotFound)?;
    found.fields.extend(edit.fields);
    if let Some(items) = edit.items {
        found.items = items;
    }
    let edit_version = service
        .save_content(&bearer.caller, id, edit.edit_version, content)
        .await?;
    Ok(Json(Saved { edit_version }))
}

/// A command.
#[derive(Deserialize, ToSchema)]
pub struct CommandBody {
    /// Its own number, made by the asker; the same one again gets the first answer. May be sent as the header
    /// `Idempotency-Key` instead.
    #[serde(default)]
    id: Option<Uuid>,
    /// The version of the document that the asker was looking at. May be sent as the header `If-Match` instead.
    #[serde(default)]
    expected: Option<u32>,
    /// The seat to speak from, when there is more than one offer.
    #[serde(default)]
    seat: Option<u32>,
    /// What is asked.
    #[serde(flatten)]
    #[schema(value_type = ActBody)]
    act: Act,
}

/// What became of a command.
#[derive(Serialize, ToSchema)]
pub struct Answer {
    /// The document.
    document: i64,
    /// Its version now.
    version: u32,
    /// Where it stands.
    status: &'static str,
    /// The stage it is in, or the end it reached.
    stage: String,
    /// Kinds of the events, in order.
    events: Vec<String>,
    /// The revision that was frozen.
    revision: Option<u32>,
    /// When (UTC).
    at: DateTime<Utc>,
}

impl From<Outcome> for Answer {
    fn from(outcome: Outcome) -> Self {
        Self {
            document: outcome.document.0,
            version: outcome.version.0,
            status: outcome.status.code(),
            stage: outcome.stage,
            events: outcome.events,
            revision: outcome.revision.map(|no| no.0),
            at: outcome.at,
        }
    }
}

/// Asks something of a document: any of the acts that it offers.
#[utoipa::path(post, path = "/api/v1/documents/{id}/commands", tag = "documents",
    params(("id" = i64, Path), ("Idempotency-Key" = Option<Uuid>, Header), ("If-Match" = Option<String>, Header)),
    request_body = CommandBody,
    responses((status = 200, body = Answer), (status = 403, body = Problem), (status = 404, body = Problem),
        (status = 409, body = Problem), (status = 422, body = Problem)))]
pub async fn command(
    bearer: Bearer,
    At(id): At<i64>,
    headers: HeaderMap,
    Body(body): Body<CommandBody>,
) -> Result<Json<Answer>, ApiError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).map(str::trim);
    let key = text("idempotency-key").and_then(|key| key.trim_matches('"').parse().ok());
    let tag = text("if-match").and_then(|tag| tag.trim_matches('"').parse().ok());
    let command = body.id.or(key).ok_or_else(|| ApiError::malformed("id"))?;
    let expected = body.expected.or(tag).ok_or_else(|| ApiError::malformed("expected"))?;
    let request = Request {
        id: CommandId(command),
        expected: Version(expected),
        seat: body.seat.map(SeatNo),
        act: body.act,
    };
    let service = &bearer.app().service;
    let outcome = service.command(&bearer.caller, DocumentId(id), request).await?;
    Ok(Json(outcome.into()))
}
