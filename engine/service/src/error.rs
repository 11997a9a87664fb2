//! What can go wrong in a use case, typed so that a page, the API and the log each say it in their own way.

use chrono::{DateTime, Utc};
use duban_core::document::content::{Content, Place};
use duban_core::reason::{Reason, Refusal};
use duban_store::StoreError;

/// The answer of every use case.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a use case gave no result.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such thing, or the caller may not know that there is (404 either way).
    #[error("not found")]
    NotFound,
    /// Nobody is signed in, or the name and password do not match (401). Says nothing about which.
    #[error("not signed in: {0}")]
    Unauthenticated(Refusal),
    /// The caller may see the thing but not do this with it (403).
    #[error("forbidden: {0}")]
    Forbidden(Refusal),
    /// The act is the caller's to ask for, but the rules refuse it now (422).
    #[error("refused: {0}")]
    Refused(Refusal),
    /// Somebody else was first (409).
    #[error("conflict: version is {} now", .0.current)]
    Conflict(Box<Conflict>),
    /// What was entered cannot be taken (422); one problem a field.
    #[error("invalid input: {}", .0.iter().map(|p| p.reason.code.as_str()).collect::<Vec<_>>().join(", "))]
    Invalid(Vec<FieldProblem>),
    /// Too many attempts (429).
    #[error("too many attempts; again in {retry_after} s")]
    TooMany {
        /// Whole seconds until another attempt is worth making.
        retry_after: u64,
    },
    /// The database did not answer as it should (503 when it is away, else 500).
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A fault of the program or its data (500); the text is for the log only.
    #[error("internal: {0}")]
    Internal(String),
}

impl Error {
    /// A refusal for one reason without arguments.
    pub fn refused(code: &str) -> Self {
        Self::Refused(Reason::new(code).into())
    }

    /// A prohibition for one reason without arguments.
    pub fn forbidden(code: &str) -> Self {
        Self::Forbidden(Reason::new(code).into())
    }

    /// One problem with one form field.
    pub fn invalid(field: &str, code: &str) -> Self {
        Self::Invalid(vec![FieldProblem::new(field, code)])
    }

    /// A fault of the program; `what` goes to the log.
    pub fn internal(what: impl std::fmt::Display) -> Self {
        Self::Internal(what.to_string())
    }
}

/// One thing wrong with what was entered.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct FieldProblem {
    /// The form field or JSON member.
    pub field: String,
    /// The place in a document, when the problem is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Place>,
    /// What is wrong.
    pub reason: Reason,
}

impl FieldProblem {
    /// A problem with a form field, as a reason says it.
    pub fn of(field: impl Into<String>, reason: Reason) -> Self {
        Self {
            field: field.into(),
            place: None,
            reason,
        }
    }

    /// A problem with a form field, without arguments.
    pub fn new(field: &str, code: &str) -> Self {
        Self {
            field: field.to_owned(),
            place: None,
            reason: Reason::new(code),
        }
    }
}

/// Somebody else was first: what is there now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// The version (of the instance or of the edited content) that is there now.
    pub current: u32,
    /// The name of the person who made it, when known.
    pub by: Option<String>,
    /// When they did (UTC).
    pub at: Option<DateTime<Utc>>,
    /// More that the engine has to say, as that the round was decided meanwhile, and how.
    pub reasons: Vec<Reason>,
    /// For an edit: the content as it is now, to be shown beside what was typed.
    pub theirs: Option<Content>,
}
