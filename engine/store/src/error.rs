//! What can go wrong with the database.

use sea_orm::{DbErr, RuntimeErr, SqlErr};

/// The answer of every store function.
pub type Result<T, E = StoreError> = std::result::Result<T, E>;

/// Why the store gave no answer.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// A unique, foreign key or check constraint refused the row.
    #[error("constraint: {0}")]
    Constraint(String),
    /// The transaction lost against another one and may be tried again.
    #[error("contention: {0}")]
    Contention(String),
    /// The database cannot be reached, is full or is shut.
    #[error("database unavailable: {0}")]
    Unavailable(String),
    /// The database is set up so that it could lose what was acknowledged, or another server holds it.
    #[error("{0}")]
    Unfit(String),
    /// A stored value is not what the program wrote: the row and what is wrong with it.
    #[error("stored data is damaged: {0}")]
    Damaged(String),
    /// Anything else.
    #[error("database: {0}")]
    Other(DbErr),
}

impl StoreError {
    /// True when trying the whole transaction again may help.
    pub fn is_contention(&self) -> bool {
        matches!(self, Self::Contention(_))
    }

    /// Damage at a named row.
    pub fn damaged(what: impl std::fmt::Display) -> Self {
        Self::Damaged(what.to_string())
    }
}

impl From<DbErr> for StoreError {
    fn from(error: DbErr) -> Self {
        if let Some(SqlErr::UniqueConstraintViolation(text) | SqlErr::ForeignKeyConstraintViolation(text)) =
            error.sql_err()
        {
            return Self::Constraint(text);
        }
        let text = error.to_string();
        match &error {
            DbErr::ConnectionAcquire(_) | DbErr::Conn(_) => Self::Unavailable(text),
            DbErr::Exec(RuntimeErr::SqlxError(_)) | DbErr::Query(RuntimeErr::SqlxError(_)) => classify(text, error),
            _ => Self::Other(error),
        }
    }
}

/// Sorts an error of the driver by what it says; the drivers' codes differ, their sentences are stable.
fn classify(text: String, error: DbErr) -> StoreError {
    const CONTENTION: [&str; 5] = [
        "database is locked",
        "database table is locked",
        "could not serialize access",
        "deadlock detected",
        "lock timeout",
    ];
    const AWAY: [&str; 6] = [
        "disk I/O error",
        "database or disk is full",
        "readonly database",
        "unable to open database",
        "terminating connection",
        "connection refused",
    ];
    if CONTENTION.iter().any(|needle| text.contains(needle)) {
        StoreError::Contention(text)
    } else if AWAY.iter().any(|needle| text.contains(needle)) {
        StoreError::Unavailable(text)
    } else if text.contains("CHECK constraint") || text.contains("check constraint") {
        StoreError::Constraint(text)
    } else {
        StoreError::Other(error)
    }
}
