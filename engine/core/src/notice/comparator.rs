//! How a value bounds what is measured.

use serde::{Deserialize, Serialize};

/// How the value bounds what is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Comparator {
    /// More than.
    #[serde(rename = ">")]
    Above,
    /// At least.
    #[serde(rename = ">=")]
    AtLeast,
    /// Exactly, or simply this much.
    #[serde(rename = "=")]
    Equal,
    /// At most.
    #[serde(rename = "<=")]
    AtMost,
    /// Less than.
    #[serde(rename = "<")]
    Below,
    /// About.
    #[serde(rename = "about")]
    About,
}

impl Comparator {
    /// The stable code, one of [`COMPARATORS`](crate::document::annual_plan::COMPARATORS).
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::Above => "above",
            Self::AtLeast => "at_least",
            Self::Equal => "equal",
            Self::About => "about",
            Self::AtMost => "at_most",
            Self::Below => "below",
        }
    }
}
