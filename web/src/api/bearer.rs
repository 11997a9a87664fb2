//! Who is asking, by personal token; and JSON bodies whose errors are problems.

use super::problem::{ApiError, Problem, problem};
use crate::app::App;
use crate::extract::Visitor;
use crate::visit::Visit;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::header;
use axum::http::request::Parts;
use duban_service::Caller;
use duban_service::sign_in::Origin;
use serde::de::DeserializeOwned;
use std::sync::Arc;

/// A request with a valid token.
pub struct Bearer {
    /// Whose.
    pub caller: Caller,
    visit: Arc<Visit>,
}

impl Bearer {
    /// The running program.
    pub fn app(&self) -> &App {
        &self.visit.app
    }

    /// An error as a problem that stands inside a larger answer.
    pub fn problem(&self, error: &ApiError) -> Problem {
        problem(&self.visit, error)
    }

    /// The language of the answer.
    pub fn language(&self) -> crate::i18n::Locale {
        self.visit.locale
    }

    /// The tag of that language.
    pub fn locale(&self) -> &'static str {
        self.visit.locale.tag()
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Bearer {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Visitor(visit) = Visitor::from_request_parts(parts, state).await?;
        let given = parts.headers.get(header::AUTHORIZATION);
        let given = given.and_then(|value| value.to_str().ok()).and_then(|value| {
            let (scheme, token) = value.split_once(' ')?;
            scheme.eq_ignore_ascii_case("bearer").then(|| token.trim().to_owned())
        });
        let Some(secret) = given else {
            return Err(ApiError::no_token());
        };
        let source = visit.source.map(|address| address.to_string());
        let caller = visit.app.service.bearer(&secret, source).await?;
        let caller = caller.ok_or_else(ApiError::no_token)?;
        Ok(Self { caller, visit })
    }
}

/// Where a request comes from.
pub fn origin(visit: &Visit) -> Origin {
    Origin {
        source: visit.source.map(|address| address.to_string()),
        agent: visit.agent.clone(),
    }
}

/// A JSON body. What cannot be read answers 422 with what is wrong.
pub struct Body<T>(pub T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Body<T> {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let axum::Json(body) = axum::Json::<T>::from_request(request, state).await?;
        Ok(Self(body))
    }
}

/// Parameters in the address. What cannot be read answers 422.
pub struct Asked<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let found = axum::extract::Query::<T>::from_request_parts(parts, state).await;
        let axum::extract::Query(found) = found.map_err(|rejection| ApiError::malformed(&rejection.body_text()))?;
        Ok(Self(found))
    }
}

/// The numbers in the path. One that is no number is a thing that does not exist.
pub struct At<T>(pub T);

impl<T: DeserializeOwned + Send, S: Send + Sync> FromRequestParts<S> for At<T> {
    type Rejection = ApiError;
    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let found = axum::extract::Path::<T>::from_request_parts(parts, state).await;
        let axum::extract::Path(found) = found.map_err(|_| crate::error::PageError::NotFound)?;
        Ok(Self(found))
    }
}
