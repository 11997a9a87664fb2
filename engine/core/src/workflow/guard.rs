//! Guards: typed, total conditions over facts. A fact that is missing, or of another type than the guard expects,
//! is a reason to refuse, never a silent no.

use crate::reason::Reason;
use chrono::NaiveDate;
use rust_decimal::Decimal;
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
    /// A decimal number.
    #[serde(with = "decimal")]
    Decimal(Decimal),
    /// A civil date.
    #[serde(with = "date")]
    Date(NaiveDate),
}

/// A decimal as `{"decimal": "12.50"}`, so that it is never taken for a code.
mod decimal {
    use super::Decimal;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Tagged {
        decimal: Decimal,
    }

    pub(super) fn serialize<S: Serializer>(value: &Decimal, out: S) -> Result<S::Ok, S::Error> {
        Tagged { decimal: *value }.serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Decimal, D::Error> {
        Tagged::deserialize(from).map(|tagged| tagged.decimal)
    }
}

/// A civil date as `{"date": "2026-12-31"}`, for the same reason.
mod date {
    use super::NaiveDate;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Tagged {
        date: NaiveDate,
    }

    pub(super) fn serialize<S: Serializer>(value: &NaiveDate, out: S) -> Result<S::Ok, S::Error> {
        Tagged { date: *value }.serialize(out)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<NaiveDate, D::Error> {
        Tagged::deserialize(from).map(|tagged| tagged.date)
    }
}

impl Fact {
    /// Its type.
    pub fn kind(&self) -> FactType {
        match self {
            Self::Bool(_) => FactType::Bool,
            Self::Integer(_) => FactType::Integer,
            Self::Text(_) => FactType::Text,
            Self::Decimal(_) => FactType::Decimal,
            Self::Date(_) => FactType::Date,
        }
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Bool(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Text(value) => value.fmt(f),
            Self::Decimal(value) => value.fmt(f),
            Self::Date(value) => value.fmt(f),
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
    /// A decimal number.
    Decimal,
    /// A civil date.
    Date,
}

impl FactType {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Bool => "bool",
            Self::Integer => "integer",
            Self::Text => "text",
            Self::Decimal => "decimal",
            Self::Date => "date",
        }
    }

    /// True for values that lie before and after each other.
    pub fn is_ordered(self) -> bool {
        matches!(self, Self::Integer | Self::Decimal | Self::Date)
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
    /// The fact, a number or a date, is not below the value.
    AtLeast {
        /// Name of the fact.
        fact: String,
        /// The value, of the fact's type.
        value: Fact,
    },
    /// The fact, a number or a date, is not above the value.
    AtMost {
        /// Name of the fact.
        fact: String,
        /// The value, of the fact's type.
        value: Fact,
    },
    /// The field of the form behind the fact is empty.
    Empty {
        /// Name of the fact.
        fact: String,
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
    /// A comparison over a fact that is not there has no answer; a list has one as soon as its answered parts decide it
    /// (a part that holds decides `any`, one that does not decides `all`), whatever their order.
    ///
    /// # Errors
    /// `fact_missing` or `fact_type` when there is no answer: a fact it needs is not there or of another type.
    pub fn holds(&self, facts: &BTreeMap<String, Fact>) -> Result<bool, Reason> {
        match self {
            Self::Is { fact, value } => typed(facts, fact, value.kind()).map(|found| found == value),
            Self::AtLeast { fact, value } => ordered(facts, fact, value).map(|found| found >= value),
            Self::AtMost { fact, value } => ordered(facts, fact, value).map(|found| found <= value),
            Self::Empty { fact } => Ok(!facts.contains_key(fact)),
            Self::All(parts) => decided(parts, facts, false),
            Self::Any(parts) => decided(parts, facts, true),
            Self::Not(part) => part.holds(facts).map(|held| !held),
        }
    }

    /// True when a part of it is an empty list, which compares nothing.
    pub fn is_hollow(&self) -> bool {
        match self {
            Self::Is { .. } | Self::AtLeast { .. } | Self::AtMost { .. } | Self::Empty { .. } => false,
            Self::All(parts) | Self::Any(parts) => parts.is_empty() || parts.iter().any(Self::is_hollow),
            Self::Not(part) => part.is_hollow(),
        }
    }

    /// Every comparison in it: the fact and the value it is compared with.
    pub fn comparisons(&self) -> Vec<(&str, Fact)> {
        match self {
            Self::Is { fact, value } | Self::AtLeast { fact, value } | Self::AtMost { fact, value } => {
                vec![(fact, value.clone())]
            }
            Self::Empty { .. } => Vec::new(),
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::comparisons).collect(),
            Self::Not(part) => part.comparisons(),
        }
    }

    /// The facts that it asks to be before or after a value.
    pub fn ordered(&self) -> Vec<&str> {
        match self {
            Self::AtLeast { fact, .. } | Self::AtMost { fact, .. } => vec![fact],
            Self::Is { .. } | Self::Empty { .. } => Vec::new(),
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::ordered).collect(),
            Self::Not(part) => part.ordered(),
        }
    }

    /// The facts that it asks to be empty or not.
    pub fn empties(&self) -> Vec<&str> {
        match self {
            Self::Empty { fact } => vec![fact],
            Self::Is { .. } | Self::AtLeast { .. } | Self::AtMost { .. } => Vec::new(),
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::empties).collect(),
            Self::Not(part) => part.empties(),
        }
    }
}

/// A list of parts that one part answering `deciding` decides.
fn decided(parts: &[Guard], facts: &BTreeMap<String, Fact>, deciding: bool) -> Result<bool, Reason> {
    let mut open = None;
    for part in parts {
        match part.holds(facts) {
            Ok(answer) if answer == deciding => return Ok(deciding),
            Ok(_) => {}
            Err(reason) => open = open.or(Some(reason)),
        }
    }
    open.map_or(Ok(!deciding), Err)
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

fn ordered<'f>(facts: &'f BTreeMap<String, Fact>, name: &str, value: &Fact) -> Result<&'f Fact, Reason> {
    if value.kind().is_ordered() {
        typed(facts, name, value.kind())
    } else {
        Err(Reason::new("fact_type").with("fact", name))
    }
}
