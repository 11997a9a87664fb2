//! `/documents/new`: a paper that somebody starts themselves, with one of the published forms.

use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::visit::{Page, done};
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use duban_core::id::{CommandId, UnitId};
use duban_service::form::StartForm;
use duban_service::{Error, FieldProblem};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// What the address may say.
#[derive(Debug, Default, Deserialize)]
pub struct StartQuery {
    /// The form that is chosen already.
    definition: Option<String>,
}

/// What is posted.
#[derive(Debug, Default, Deserialize)]
pub struct Started {
    command: Option<Uuid>,
    #[serde(default)]
    definition: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    title: String,
}

#[derive(Serialize)]
struct StartView {
    forms: Vec<FormView>,
    problems: Vec<FieldProblem>,
    chosen: Option<ChosenView>,
}

#[derive(Serialize)]
struct FormView {
    id: String,
    title: String,
    description: String,
    stages: usize,
}

#[derive(Serialize)]
struct ChosenView {
    id: String,
    title: String,
    description: String,
    name: String,
    units: Vec<UnitView>,
    several: bool,
    command: String,
}

#[derive(Serialize)]
struct UnitView {
    id: i64,
    name: String,
    chosen: bool,
}

/// `GET /documents/new`: the forms, or the one that is chosen.
pub async fn show(signed: Signed, Query(query): Query<StartQuery>) -> Result<Page, PageError> {
    let typed = Started {
        definition: query.definition.unwrap_or_default(),
        ..Started::default()
    };
    page(&signed, &typed, Vec::new()).await
}

async fn page(signed: &Signed, typed: &Started, problems: Vec<FieldProblem>) -> Result<Page, PageError> {
    let tag = signed.locale.tag();
    let startable = signed.app.service.startable(&signed.caller).await?;
    let chosen = startable.iter().find(|row| row.definition.id == typed.definition);
    if chosen.is_none() && !typed.definition.is_empty() {
        return Err(PageError::NotFound);
    }
    let view = StartView {
        chosen: chosen.map(|row| ChosenView {
            id: row.definition.id.clone(),
            title: row.definition.title.get(tag).to_owned(),
            description: row.definition.description.get(tag).to_owned(),
            name: typed.title.clone(),
            several: row.units.len() > 1,
            units: row
                .units
                .iter()
                .map(|(id, name)| UnitView {
                    id: id.0,
                    name: name.clone(),
                    chosen: typed.unit == id.0.to_string(),
                })
                .collect(),
            command: typed.command.map_or_else(super::fresh_command, |id| id.to_string()),
        }),
        forms: startable
            .iter()
            .map(|row| FormView {
                id: row.definition.id.clone(),
                title: row.definition.title.get(tag).to_owned(),
                description: row.definition.description.get(tag).to_owned(),
                stages: row.definition.stages.len(),
            })
            .collect(),
        problems,
    };
    signed.page("pages/document/start", &view)
}

/// `POST /documents`: starts it and goes to its editor.
pub async fn start(signed: Signed, CsrfForm(posted): CsrfForm<Started>) -> Result<Response, PageError> {
    let new = StartForm {
        definition: posted.definition.clone(),
        unit: posted.unit.parse().ok().map(UnitId),
        title: posted.title.clone(),
    };
    let command = CommandId(posted.command.unwrap_or_else(Uuid::now_v7));
    match signed.app.service.start_form(&signed.caller, command, new).await {
        Ok(id) => Ok(done(&format!("/documents/{id}"), "form_started")),
        Err(Error::Invalid(problems)) => Ok(page(&signed, &posted, problems).await?.refused().into_response()),
        Err(other) => Err(other.into()),
    }
}
