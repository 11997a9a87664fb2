//! `POST /preferences`: language and large print, kept in cookies so that they work before sign-in, too.

use crate::error::PageError;
use crate::extract::{CsrfForm, Visitor};
use crate::i18n::Locale;
use crate::session;
use crate::visit::{local_path, see_other};
use axum::http::header;
use axum::response::Response;
use serde::Deserialize;

/// What the buttons in the page's head send; each sends one of the two.
#[derive(Debug, Deserialize)]
pub struct PreferencesForm {
    locale: Option<String>,
    large: Option<String>,
    back: Option<String>,
}

/// Keeps the choice and returns to the page on which it was made.
pub async fn submit(visitor: Visitor, CsrfForm(form): CsrfForm<PreferencesForm>) -> Result<Response, PageError> {
    let https = visitor.app.config.https();
    let mut response = see_other(form.back.as_deref().and_then(local_path).unwrap_or("/"));
    if let Some(locale) = form.locale.as_deref().and_then(Locale::from_tag)
        && let Some(cookie) = session::set_preference(session::LOCALE, locale.tag(), https)
    {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
    if let Some(large) = form.large.as_deref() {
        let value = if large == "1" { "1" } else { "0" };
        if let Some(cookie) = session::set_preference(session::LARGE, value, https) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    Ok(response)
}
