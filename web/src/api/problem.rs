//! Errors as `application/problem+json` (RFC 9457).

use crate::error::PageError;
use crate::visit::Visit;
use axum::extract::rejection::JsonRejection;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use duban_core::reason::Reason;
use duban_service::{Conflict, Error, FieldProblem};
use serde::Serialize;
use std::collections::BTreeMap;

/// What an API handler answers when it cannot do what was asked. The body is written by [`body`], which knows the
/// language.
#[derive(Clone, Debug)]
pub struct ApiError {
    page: PageError,
    problems: Vec<FieldProblem>,
    conflict: Option<Box<Conflict>>,
}

impl ApiError {
    /// Nobody is signed in: no token, or none that is valid.
    pub fn no_token() -> Self {
        PageError::SignedOut.into()
    }

    /// The body is not what it should be.
    pub fn malformed(what: &str) -> Self {
        let reason = Reason::new("malformed").with("what", what);
        PageError::Refused(vec![reason]).into()
    }
}

impl From<PageError> for ApiError {
    fn from(page: PageError) -> Self {
        Self {
            page,
            problems: Vec::new(),
            conflict: None,
        }
    }
}

impl From<Error> for ApiError {
    fn from(error: Error) -> Self {
        let (problems, conflict) = match &error {
            Error::Invalid(problems) => (problems.clone(), None),
            Error::Conflict(conflict) => (Vec::new(), Some(conflict.clone())),
            _ => (Vec::new(), None),
        };
        Self {
            page: error.into(),
            problems,
            conflict,
        }
    }
}

impl From<JsonRejection> for ApiError {
    fn from(rejection: JsonRejection) -> Self {
        if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
            return PageError::TooLarge.into();
        }
        Self::malformed(&rejection.body_text())
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.page.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A problem, as RFC 9457 writes it, with the engine's reasons.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct Problem {
    /// What kind of problem: `urn:duban:problem:<code>`.
    #[serde(rename = "type")]
    pub kind: String,
    /// The same in words, in the language of `Accept-Language`.
    pub title: String,
    /// The HTTP status.
    pub status: u16,
    /// The first reason in words, or what to do.
    pub detail: String,
    /// The number of the request, as in the server's log.
    pub instance: String,
    /// Why, the most telling reason first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub reasons: Vec<ProblemReason>,
    /// What is wrong with single fields.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<ProblemField>,
    /// What is there now, when somebody else was first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conflict: Option<ProblemConflict>,
}

/// One reason.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemReason {
    /// The code.
    pub code: String,
    /// Its arguments.
    pub args: BTreeMap<String, String>,
    /// In words.
    pub text: String,
}

/// One field.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemField {
    /// The member of the request, or the key of the field.
    pub field: String,
    /// The line of the document.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The item under the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
    /// What is wrong.
    pub reason: ProblemReason,
}

/// What is there now.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct ProblemConflict {
    /// The version now.
    pub current: u32,
    /// Who made it.
    pub by: Option<String>,
    /// When (UTC).
    pub at: Option<chrono::DateTime<chrono::Utc>>,
    /// For an edit: the content now.
    #[schema(value_type = Option<super::content::ContentBody>)]
    pub theirs: Option<duban_core::document::content::Content>,
}

/// Writes the body of an error of the API; any other answer stays as it is. A bare error status of the router or of the
/// gate becomes a problem, too.
pub fn body(visit: &Visit, mut response: Response) -> Response {
    let error = response.extensions_mut().remove::<ApiError>();
    let error = error.or_else(|| response.extensions_mut().remove::<PageError>().map(ApiError::from));
    let status = response.status();
    let bare = status.is_client_error() || status.is_server_error();
    let Some(error) = error.or_else(|| bare.then(|| PageError::from_status(status).into())) else {
        return response;
    };
    let problem = problem(visit, &error);
    let Ok(text) = serde_json::to_vec(&problem) else {
        return StatusCode::INTERNAL_SERVER_ERROR.into_response();
    };
    let mut answer = (error.page.status(), text).into_response();
    let headers = answer.headers_mut();
    headers.insert(
        header::CONTENT_TYPE,
        HeaderValue::from_static("application/problem+json"),
    );
    match &error.page {
        PageError::SignedOut => {
            headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        PageError::TooMany { retry_after } => {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
        }
        _ => {}
    }
    if let Some(allow) = response.headers().get(header::ALLOW) {
        headers.insert(header::ALLOW, allow.clone());
    }
    answer
}

/// An error as a problem, in the language of the visit.
pub fn problem(visit: &Visit, error: &ApiError) -> Problem {
    let view = error.page.view(true);
    let say = |reason: &Reason| ProblemReason {
        code: reason.code.clone(),
        args: reason.args.clone(),
        text: visit
            .app
            .texts
            .text(visit.locale, &format!("reason.{}", reason.code), &reason.args),
    };
    let mut reasons: Vec<_> = view.reasons.iter().map(say).collect();
    if let Some(conflict) = &error.conflict {
        reasons.extend(conflict.reasons.iter().map(say));
    }
    let code = reasons.first().map_or(view.kind, |reason| reason.code.as_str());
    let detail = reasons.first().map_or_else(
        || visit.text(&format!("error.{}.what", view.kind)),
        |reason| reason.text.clone(),
    );
    Problem {
        kind: format!("urn:duban:problem:{code}"),
        title: visit.text(&format!("error.{}.title", view.kind)),
        status: view.status,
        detail,
        instance: format!("urn:duban:request:{}", visit.request_id),
        problems: error
            .problems
            .iter()
            .map(|problem| ProblemField {
                field: problem.field.clone(),
                line: problem.place.as_ref().and_then(|place| place.line),
                item: problem.place.as_ref().and_then(|place| place.item),
                reason: say(&problem.reason),
            })
            .collect(),
        conflict: error.conflict.as_ref().map(|conflict| ProblemConflict {
            current: conflict.current,
            by: conflict.by.clone(),
            at: conflict.at,
            theirs: conflict.theirs.clone(),
        }),
        reasons,
    }
}
