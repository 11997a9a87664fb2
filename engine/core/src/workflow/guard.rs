//! Guards: typed, total conditions over facts. A fact that is missing, or of another type than the guard expects,
//! is a reason to refuse, never a silent no.

use crate::reason::Reason;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// A value that routing may depend on.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Fact {
    /// Yes or no.
    Bool(bool),
    /// A whole number.
    Integer(i64),
    /// A code.
    Text(String),
}

impl Fact {
    /// Its type.
    pub fn kind(&self) -> FactType {
        match self {
            Self::Bool(_) => FactType::Bool,
            Self::Integer(_) => FactType::Integer,
            Self::Text(_) => FactType::Text,
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
        }
    }
}

/// The type of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FactType {
    /// Yes or no.
    Bool,
    /// A whole number.
    Integer,
    /// A code.
    Text,
}

impl FactType {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Integer => "integer",
            Self::Text => "text",
        }
    }
}

/// The facts every context provides, with their types.
pub const FACTS: [(&str, FactType); 5] = [
    // Code of the owner's `UnitKind`.
    ("owner.kind", FactType::Text),
    // The owner answers to a higher body: it agrees and reports, its paper is not approved here.
    ("owner.answers_upward", FactType::Bool),
    // The owner is the unit that coordinates the campaign.
    ("owner.is_coordinator", FactType::Bool),
    // How many units share tasks with the owner.
    ("partners.count", FactType::Integer),
    // The year the campaign is for.
    ("campaign.year", FactType::Integer),
];

/// The type of the fact with this name, if the context provides it.
pub fn type_of(fact: &str) -> Option<FactType> {
    FACTS.iter().find(|(name, _)| *name == fact).map(|(_, kind)| *kind)
}

/// A condition over facts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Guard {
    /// The fact equals the value.
    Is {
        /// Name of the fact.
        fact: String,
        /// The value, of the fact's type.
        value: Fact,
    },
    /// The fact, a number, is not below the value.
    AtLeast {
        /// Name of the fact.
        fact: String,
        /// The value.
        value: i64,
    },
    /// The fact, a number, is not above the value.
    AtMost {
        /// Name of the fact.
        fact: String,
        /// The value.
        value: i64,
    },
    /// All hold. An empty list holds.
    All(Vec<Guard>),
    /// One holds. An empty list does not.
    Any(Vec<Guard>),
    /// It does not hold.
    Not(Box<Guard>),
}

impl Guard {
    /// Whether it holds over `facts`.
    ///
    /// # Errors
    /// `fact_missing` or `fact_type` when a fact it needs is not there or of another type. Every part is
    /// evaluated, so that the answer does not depend on the order of the parts.
    pub fn holds(&self, facts: &BTreeMap<String, Fact>) -> Result<bool, Reason> {
        match self {
            Self::Is { fact, value } => typed(facts, fact, value.kind()).map(|found| found == value),
            Self::AtLeast { fact, value } => integer(facts, fact).map(|found| found >= *value),
            Self::AtMost { fact, value } => integer(facts, fact).map(|found| found <= *value),
            Self::All(parts) => parts.iter().try_fold(true, |sum, part| Ok(part.holds(facts)? && sum)),
            Self::Any(parts) => parts.iter().try_fold(false, |sum, part| Ok(part.holds(facts)? || sum)),
            Self::Not(part) => part.holds(facts).map(|held| !held),
        }
    }

    /// True when a part of it is an empty list, which compares nothing.
    pub fn is_hollow(&self) -> bool {
        match self {
            Self::Is { .. } | Self::AtLeast { .. } | Self::AtMost { .. } => false,
            Self::All(parts) | Self::Any(parts) => parts.is_empty() || parts.iter().any(Self::is_hollow),
            Self::Not(part) => part.is_hollow(),
        }
    }

    /// Every comparison in it: the fact and the value it is compared with.
    pub fn comparisons(&self) -> Vec<(&str, Fact)> {
        match self {
            Self::Is { fact, value } => vec![(fact, value.clone())],
            Self::AtLeast { fact, value } | Self::AtMost { fact, value } => vec![(fact, Fact::Integer(*value))],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::comparisons).collect(),
            Self::Not(part) => part.comparisons(),
        }
    }
}

fn typed<'f>(facts: &'f BTreeMap<String, Fact>, name: &str, kind: FactType) -> Result<&'f Fact, Reason> {
    match facts.get(name) {
        Some(fact) if fact.kind() == kind => Ok(fact),
        Some(_) => Err(Reason::new("fact_type")
            .with("fact", name)
            .with("expected", kind.code())),
        None => Err(Reason::new("fact_missing").with("fact", name)),
    }
}

fn integer(facts: &BTreeMap<String, Fact>, name: &str) -> Result<i64, Reason> {
    match typed(facts, name, FactType::Integer)? {
        Fact::Integer(value) => Ok(*value),
        Fact::Bool(_) | Fact::Text(_) => Err(Reason::new("fact_type").with("fact", name)),
    }
}
