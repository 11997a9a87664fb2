//! `/setup`: the first page of a new installation. The one-time token that the program has printed opens it; it makes
//! the three administrators (三员) and never opens again.

use crate::error::PageError;
use crate::extract::{CsrfForm, Visitor};
use crate::visit::Page;
use axum::extract::Query;
use duban_service::setup::Setup;
use duban_service::{Error, FieldProblem};
use serde::{Deserialize, Serialize};

/// What the address may say.
#[derive(Debug, Default, Deserialize)]
pub struct SetupQuery {
    #[serde(default)]
    token: String,
}

/// The form.
#[derive(Clone, Default, Deserialize)]
pub struct SetupForm {
    token: String,
    unit: String,
    sysadmin: String,
    sysadmin_name: String,
    password: String,
    repeated: String,
    secadmin: String,
    secadmin_name: String,
    auditor: String,
    auditor_name: String,
}

#[derive(Serialize)]
struct SetupView<'a> {
    token: &'a str,
    unit: &'a str,
    people: [PersonView<'a>; 3],
    problems: Vec<FieldProblem>,
    shortest: usize,
    /// The first passwords of the other two; given once.
    made: Option<[Made<'a>; 2]>,
}

#[derive(Serialize)]
struct PersonView<'a> {
    role: &'static str,
    username: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Made<'a> {
    role: &'static str,
    username: &'a str,
    password: String,
}

fn page(visitor: &Visitor, form: &SetupForm, problems: Vec<FieldProblem>) -> Result<Page, PageError> {
    show_form(visitor, form, problems, None)
}

fn show_form(
    visitor: &Visitor,
    form: &SetupForm,
    problems: Vec<FieldProblem>,
    made: Option<[Made<'_>; 2]>,
) -> Result<Page, PageError> {
    let person = |role, username, name| PersonView { role, username, name };
    let view = SetupView {
        token: &form.token,
        unit: &form.unit,
        people: [
            person("sysadmin", &form.sysadmin, &form.sysadmin_name),
            person("secadmin", &form.secadmin, &form.secadmin_name),
            person("auditor", &form.auditor, &form.auditor_name),
        ],
        problems,
        shortest: duban_service::password::SHORTEST,
        made,
    };
    visitor.page("pages/setup", &view)
}

/// `GET /setup`. Does not look at the token, so that looking at the page tells nothing and uses nothing up.
pub async fn show(visitor: Visitor, Query(query): Query<SetupQuery>) -> Result<Page, PageError> {
    if !visitor.app.service.needs_setup().await? {
        return Err(PageError::NotFound);
    }
    let form = SetupForm {
        token: query.token,
        ..SetupForm::default()
    };
    page(&visitor, &form, Vec::new())
}

/// `POST /setup`.
pub async fn submit(visitor: Visitor, CsrfForm(form): CsrfForm<SetupForm>) -> Result<Page, PageError> {
    if !visitor.app.service.needs_setup().await? {
        return Err(PageError::NotFound);
    }
    if form.password != form.repeated {
        let problems = vec![FieldProblem::new("repeated", "password_repeated")];
        return Ok(page(&visitor, &form, problems)?.refused());
    }
    let setup = Setup {
        unit: form.unit.clone(),
        sysadmin: (form.sysadmin.clone(), form.sysadmin_name.clone()),
        password: form.password.clone(),
        secadmin: (form.secadmin.clone(), form.secadmin_name.clone()),
        auditor: (form.auditor.clone(), form.auditor_name.clone()),
    };
    match visitor.app.service.set_up(form.token.trim(), &setup).await {
        Ok([secadmin, auditor]) => {
            let made = [
                Made {
                    role: "secadmin",
                    username: &form.secadmin,
                    password: secadmin,
                },
                Made {
                    role: "auditor",
                    username: &form.auditor,
                    password: auditor,
                },
            ];
            show_form(&visitor, &form, Vec::new(), Some(made))
        }
        Err(Error::Invalid(problems)) => Ok(page(&visitor, &form, problems)?.refused()),
        Err(Error::Forbidden(refusal)) => {
            let wrong = |reason| FieldProblem {
                reason,
                ..FieldProblem::new("token", "")
            };
            let problems = refusal.reasons.into_iter().map(wrong).collect();
            Ok(page(&visitor, &form, problems)?.refused())
        }
        Err(other) => Err(other.into()),
    }
}
