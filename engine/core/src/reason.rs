//! Why something was refused or doubted: a code and its arguments, never a sentence.
//!
//! The page, the API and the log use the same code; the locale files turn `reason.<code>` into words.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// One reason: a code with named arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reason {
    /// The code, `snake_case`; its sentence is `reason.<code>` in the locale files.
    pub code: String,
    /// Arguments for the sentence.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
}

impl Reason {
    /// A reason without arguments.
    pub fn new(code: &str) -> Self {
        Self {
            code: code.to_owned(),
            args: BTreeMap::new(),
        }
    }

    /// The same reason with one more argument.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.args.insert(name.to_owned(), value.to_string());
        self
    }
}

/// An answer of no, with every reason for it (never empty).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("refused: {}", self.reasons.iter().map(|r| r.code.as_str()).collect::<Vec<_>>().join(", "))]
pub struct Refusal {
    /// The reasons, the most telling one first.
    pub reasons: Vec<Reason>,
}

impl Refusal {
    /// A refusal for one reason.
    pub fn because(reason: Reason) -> Self {
        Self { reasons: vec![reason] }
    }

    /// The code of the first reason.
    pub fn code(&self) -> &str {
        self.reasons.first().map_or("refused", |reason| reason.code.as_str())
    }
}

impl From<Reason> for Refusal {
    fn from(reason: Reason) -> Self {
        Self::because(reason)
    }
}
