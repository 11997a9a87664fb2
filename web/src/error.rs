//! What a page answers when it cannot do what was asked: which error gets which status, and what is written to the log.
//!
//! A page says what happened, whether anything was saved, what to do now, and the request's number. It never shows a
//! bare code, and never the text of an internal error; that goes to the log under the same number.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use duban_core::reason::{Reason, Refusal};
use duban_service::{Error, FieldProblem};
use duban_store::StoreError;
use serde::Serialize;

/// Why there is no page.
#[derive(Clone, Debug, Default)]
pub enum PageError {
    /// Nobody is signed in, and the request was not one that can be repeated after signing in.
    SignedOut,
    /// The form's token is missing or not this session's, or another site sent the form.
    Forged,
    /// The caller may not do this.
    Forbidden(Vec<Reason>),
    /// There is no such thing for this caller.
    #[default]
    NotFound,
    /// The address knows no such method.
    Method,
    /// Somebody else was first.
    Conflict {
        /// Who, when known.
        by: Option<String>,
    },
    /// The body is larger than this page takes.
    TooLarge,
    /// The request asks for a host that is not ours.
    Misdirected,
    /// The request could not be understood, or the rules refuse it.
    Refused(Vec<Reason>),
    /// Too many attempts.
    TooMany {
        /// Whole seconds until the next attempt.
        retry_after: u64,
    },
    /// The database is away.
    Unavailable,
    /// Our fault.
    Internal,
}

/// What the template `pages/error` sees.
#[derive(Debug, Serialize)]
pub struct ErrorView {
    /// The status, also the last part of the text keys.
    pub status: u16,
    /// The key below `error.` for title, what, saved and todo.
    pub kind: &'static str,
    /// The rules' reasons, if rules said no.
    pub reasons: Vec<Reason>,
    /// Who was first, in a conflict.
    pub by: Option<String>,
    /// Seconds to wait, when there were too many attempts.
    pub retry_after: Option<u64>,
    /// The request wanted to change something; the page says that nothing was saved.
    pub changing: bool,
}

impl PageError {
    /// A refusal for one reason without arguments.
    pub fn refused(code: &str) -> Self {
        Self::Refused(vec![Reason::new(code)])
    }

    /// Logs a fault of ours and turns it into a page that does not tell it.
    pub fn internal(what: impl std::fmt::Display) -> Self {
        tracing::error!("a request failed: {what}");
        Self::Internal
    }

    /// The HTTP status.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::Forged | Self::Forbidden(_) => StatusCode::FORBIDDEN,
            Self::NotFound => StatusCode::NOT_FOUND,
            Self::Method => StatusCode::METHOD_NOT_ALLOWED,
            Self::Conflict { .. } => StatusCode::CONFLICT,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Misdirected => StatusCode::MISDIRECTED_REQUEST,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The error that a bare status stands for, as given by the router and by extractors.
    pub fn from_status(status: StatusCode) -> Self {
        match status {
            StatusCode::UNAUTHORIZED => Self::SignedOut,
            StatusCode::FORBIDDEN => Self::Forbidden(Vec::new()),
            StatusCode::NOT_FOUND => Self::NotFound,
            StatusCode::METHOD_NOT_ALLOWED => Self::Method,
            StatusCode::CONFLICT => Self::Conflict { by: None },
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::TOO_MANY_REQUESTS => Self::TooMany { retry_after: 60 },
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            status if status.is_client_error() => Self::refused("malformed"),
            _ => Self::Internal,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Forged => "forged",
            Self::Forbidden(_) => "forbidden",
            Self::NotFound => "not_found",
            Self::Method => "method",
            Self::Conflict { .. } => "conflict",
            Self::TooLarge => "too_large",
            Self::Misdirected => "misdirected",
            Self::Refused(_) => "refused",
            Self::TooMany { .. } => "too_many",
            Self::Unavailable => "unavailable",
            Self::Internal => "internal",
        }
    }

    /// What the error page shows. `changing`: the request was not one that only reads.
    pub fn view(&self, changing: bool) -> ErrorView {
        ErrorView {
            changing,
            status: self.status().as_u16(),
            kind: self.kind(),
            reasons: match self {
                Self::Forbidden(reasons) | Self::Refused(reasons) => reasons.clone(),
                _ => Vec::new(),
            },
            by: match self {
                Self::Conflict { by } => by.clone(),
                _ => None,
            },
            retry_after: match self {
                Self::TooMany { retry_after } => Some(*retry_after),
                _ => None,
            },
        }
    }
}

impl From<Error> for PageError {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound => Self::NotFound,
            Error::Unauthenticated(_) => Self::SignedOut,
            Error::Forbidden(Refusal { reasons }) => Self::Forbidden(reasons),
            Error::Refused(Refusal { reasons }) => Self::Refused(reasons),
            Error::Conflict(conflict) => Self::Conflict { by: conflict.by },
            Error::Invalid(problems) => Self::Refused(problems.into_iter().map(|p: FieldProblem| p.reason).collect()),
            Error::TooMany { retry_after } => Self::TooMany { retry_after },
            Error::Store(StoreError::Unavailable(what)) => {
                tracing::error!("the database is away: {what}");
                Self::Unavailable
            }
            other => Self::internal(other),
        }
    }
}

impl From<crate::view::ViewError> for PageError {
    fn from(error: crate::view::ViewError) -> Self {
        Self::internal(error)
    }
}

impl IntoResponse for PageError {
    /// Only status and error; the page is rendered by [`crate::gate::around`], which knows the reader's language.
    fn into_response(self) -> Response {
        let mut response = self.status().into_response();
        response.extensions_mut().insert(self);
        response
    }
}
