//! Sign-in and sign-out.

use crate::app::App;
use crate::error::PageError;
use crate::extract::{CsrfForm, Visitor};
use crate::session;
use crate::visit::{Page, Visit, local_path, see_other};
use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use duban_core::reason::Reason;
use duban_service::sign_in::Origin;
use duban_service::{Caller, Error};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The sign-in form.
#[derive(Debug, Deserialize)]
pub struct LoginForm {
    username: String,
    password: String,
    next: Option<String>,
}

/// What the address of the sign-in page may say.
#[derive(Debug, Default, Deserialize)]
pub struct LoginQuery {
    next: Option<String>,
    ended: Option<String>,
}

#[derive(Serialize)]
struct LoginView {
    accounts: Vec<DemoAccount>,
    next: String,
    username: String,
    reason: Option<Reason>,
    wait_minutes: Option<u64>,
    ended: bool,
}

/// An account of the demo district, shown on the sign-in page of the demo.
#[derive(Serialize)]
struct DemoAccount {
    role: &'static str,
    username: String,
    name: String,
    unit: String,
    password: &'static str,
}

fn demo_accounts(visit: &Visit) -> Vec<DemoAccount> {
    let shown = |account: duban_seeds::demo::Account| DemoAccount {
        role: account.role.code(),
        username: account.username,
        name: account.name,
        unit: account.unit,
        password: duban_seeds::demo::PASSWORD,
    };
    let demo = visit.app.config.demo;
    demo.then(duban_seeds::demo::accounts)
        .into_iter()
        .flatten()
        .map(shown)
        .collect()
}

/// `GET /login`.
pub async fn show(visitor: Visitor, Query(query): Query<LoginQuery>) -> Result<Response, PageError> {
    let next = query.next.as_deref().and_then(local_path).unwrap_or("/").to_owned();
    if visitor.caller().is_some() {
        return Ok(see_other(&next));
    }
    let view = LoginView {
        accounts: demo_accounts(&visitor),
        next,
        username: String::new(),
        reason: None,
        wait_minutes: None,
        ended: query.ended.is_some(),
    };
    Ok(visitor.page("pages/login", &view)?.into_response())
}

/// `POST /login`.
pub async fn submit(visitor: Visitor, CsrfForm(form): CsrfForm<LoginForm>) -> Result<Response, PageError> {
    let next = form.next.as_deref().and_then(local_path).unwrap_or("/").to_owned();
    let signed = visitor
        .app
        .service
        .sign_in(&form.username, &form.password, origin(&visitor))
        .await;
    let (reason, wait_minutes) = match signed {
        Ok(signed) => {
            let https = visitor.app.config.https();
            let mut response = see_other(&next);
            let cookie = session::set_secret(session::session_name(https), &signed.token, https);
            let cookie = cookie.ok_or_else(|| PageError::internal("the session token is no cookie value"))?;
            response.headers_mut().append(header::SET_COOKIE, cookie);
            return Ok(response);
        }
        Err(Error::Unauthenticated(refusal)) => (refusal.reasons.into_iter().next(), None),
        Err(Error::TooMany { retry_after }) => (None, Some(retry_after.div_ceil(60))),
        Err(other) => return Err(other.into()),
    };
    let view = LoginView {
        accounts: demo_accounts(&visitor),
        next,
        username: form.username,
        reason,
        wait_minutes,
        ended: false,
    };
    let status = if wait_minutes.is_some() { 429 } else { 422 };
    let status = axum::http::StatusCode::from_u16(status).unwrap_or_default();
    let page: Page = visitor.page("pages/login", &view)?;
    Ok(page.with_status(status).into_response())
}

/// `POST /logout`.
pub async fn leave(visitor: Visitor) -> Result<Response, PageError> {
    if let Some(caller) = visitor.caller() {
        visitor.app.service.sign_out(caller).await?;
    }
    let https = visitor.app.config.https();
    let mut response = see_other("/login");
    if let Some(cookie) = session::remove(session::session_name(https), https) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    response.headers_mut().insert(
        "clear-site-data",
        axum::http::HeaderValue::from_static("\"cache\", \"storage\""),
    );
    Ok(response)
}

/// The person behind a session cookie, if the session still holds.
pub async fn caller(app: &App, token: &str, source: Option<IpAddr>) -> Result<Option<Caller>, PageError> {
    let source = source.map(|ip| ip.to_string());
    Ok(app.service.session(token, source).await?)
}

/// Where a visit comes from, for the throttle and the audit trail.
pub fn origin(visit: &Visit) -> Origin {
    Origin {
        source: visit.source.map(|ip| ip.to_string()),
        agent: visit.agent.clone(),
    }
}
