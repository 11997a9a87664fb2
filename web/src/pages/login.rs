//! Sign-in and sign-out.

use crate::app::App;
use crate::error::PageError;
use crate::extract::{CsrfForm, Visitor};
use crate::session;
use crate::visit::{Page, local_path, see_other};
use axum::extract::Query;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use duban_core::reason::Reason;
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
    next: String,
    username: String,
    reason: Option<Reason>,
    wait_minutes: Option<u64>,
    ended: bool,
}

/// `GET /login`.
pub async fn show(visitor: Visitor, Query(query): Query<LoginQuery>) -> Result<Response, PageError> {
    let next = query.next.as_deref().and_then(local_path).unwrap_or("/").to_owned();
    if visitor.caller().is_some() {
        return Ok(see_other(&next));
    }
    let view = LoginView {
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
    let source = visitor.source.map(|ip| ip.to_string());
    let signed = sign_in(&visitor.app, &form, source.as_deref()).await;
    let (reason, wait_minutes) = match signed {
        Ok(token) => {
            let https = visitor.app.config.https();
            let mut response = see_other(&next);
            let cookie = session::set_secret(session::session_name(https), &token, https);
            let cookie = cookie.ok_or_else(|| PageError::internal("the session token is no cookie value"))?;
            response.headers_mut().append(header::SET_COOKIE, cookie);
            return Ok(response);
        }
        Err(Error::Unauthenticated(refusal)) => (refusal.reasons.into_iter().next(), None),
        Err(Error::TooMany { retry_after }) => (None, Some(retry_after.div_ceil(60))),
        Err(other) => return Err(other.into()),
    };
    let view = LoginView {
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
        let _ = caller;
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
    let _ = (app, token, source);
    Ok(None)
}

async fn sign_in(_: &App, _: &LoginForm, _: Option<&str>) -> Result<String, Error> {
    Err(Error::Unauthenticated(Reason::new("sign_in_failed").into()))
}
