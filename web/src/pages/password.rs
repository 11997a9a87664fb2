//! `/password`: the caller's own password. A first password that was handed over has to be changed here first.

use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::visit::{Page, done};
use axum::response::{IntoResponse, Response};
use duban_service::{Error, FieldProblem};
use serde::{Deserialize, Serialize};

/// The form.
#[derive(Deserialize)]
pub struct PasswordForm {
    current_password: String,
    new_password: String,
    repeated: String,
}

#[derive(Serialize)]
struct PasswordView<'a> {
    username: &'a str,
    first: bool,
    problems: Vec<FieldProblem>,
    shortest: usize,
}

fn page(signed: &Signed, problems: Vec<FieldProblem>) -> Result<Page, PageError> {
    let view = PasswordView {
        username: &signed.caller.username,
        first: signed.caller.must_change_password,
        problems,
        shortest: duban_service::password::SHORTEST,
    };
    signed.page("pages/password", &view)
}

/// `GET /password`.
pub async fn show(signed: Signed) -> Result<Page, PageError> {
    page(&signed, Vec::new())
}

/// `POST /password`.
pub async fn submit(signed: Signed, CsrfForm(form): CsrfForm<PasswordForm>) -> Result<Response, PageError> {
    if form.new_password != form.repeated {
        let problems = vec![FieldProblem::new("repeated", "password_repeated")];
        return Ok(page(&signed, problems)?.refused().into_response());
    }
    let service = &signed.app.service;
    let changed = service
        .change_password(&signed.caller, &form.current_password, &form.new_password)
        .await;
    match changed {
        Ok(()) => Ok(done("/", "password")),
        Err(Error::Invalid(problems)) => Ok(page(&signed, problems)?.refused().into_response()),
        Err(other) => Err(other.into()),
    }
}
