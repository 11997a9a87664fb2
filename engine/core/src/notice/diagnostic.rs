//! What the reader is not sure of: a code with arguments and the place in the text, never a sentence.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::text::Place;

/// How much a doubt weighs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// The document cannot be used as it is.
    Problem,
    /// A person should look.
    Doubt,
    /// Something the reader supplied by rule, worth knowing.
    Note,
}

/// What is doubtful.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// The text has neither the head nor the outline of a notice.
    NotANotice,
    /// The text is empty.
    Empty,
    /// No task was found.
    NoTasks,
    /// No title was found.
    TitleMissing,
    /// No issuer was found.
    IssuerMissing,
    /// No date of issue was found.
    DateMissing,
    /// A date names a day that does not exist. Args: `text`.
    DateImpossible,
    /// A task names no unit. Args: `number`, `title`.
    UnitsMissing,
    /// A name does not look like a unit. Args: `number`, `name`.
    UnitDoubtful,
    /// A unit is named twice in one task. Args: `number`, `name`.
    UnitRepeated,
    /// Two or more leads in one task. Args: `number`, `units`.
    SeveralLeads,
    /// Several assignments in one task were put together. Args: `number`.
    SeveralAssignments,
    /// A bracket is opened and never closed. Args: `number`.
    BracketOpen,
    /// A number is missing in the order of the tasks. Args: `expected`, `found`.
    NumberGap,
    /// A number stands twice in a row. Args: `number`.
    NumberRepeated,
    /// The title was cut out of a long first sentence. Args: `number`, `title`.
    TitleCut,
    /// A deadline has no year; one was supplied. Args: `number`, `text`, `year`.
    DeadlineYearAssumed,
    /// A deadline could not be turned into a date or a rhythm. Args: `number`, `text`.
    DeadlineUnread,
    /// Several deadlines; the last one counts. Args: `number`, `text`.
    SeveralDeadlines,
    /// An indicator's name was completed from the words before it. Args: `name`.
    IndicatorNameCompleted,
    /// An indicator's name says only how, not what is measured. Args: `name`.
    IndicatorNameBare,
    /// A quantity with a comparator has no readable name. Args: `text`.
    IndicatorUnread,
    /// A row of a table does not fit its head. Args: `text`.
    RowUnread,
    /// Which cells of a row its words belong to was guessed, and some fit none well. Args: `number`, `text`.
    RowDoubtful,
}

impl Code {
    /// How much this doubt weighs.
    #[must_use]
    pub fn severity(self) -> Severity {
        match self {
            Code::NotANotice | Code::Empty | Code::NoTasks => Severity::Problem,
            Code::DeadlineYearAssumed | Code::SeveralAssignments | Code::TitleCut => Severity::Note,
            _ => Severity::Doubt,
        }
    }
}

/// One doubt.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Diagnostic {
    /// What is doubtful.
    pub code: Code,
    /// How much it weighs.
    pub severity: Severity,
    /// Arguments, by name, as named at [`Code`].
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub args: BTreeMap<String, String>,
    /// Where in the text; none when it is about the whole document.
    pub place: Option<Place>,
    /// What the reader proposes to put there.
    pub fix: Option<String>,
}

impl Diagnostic {
    /// A doubt about the whole document.
    pub(crate) fn new(code: Code) -> Self {
        Diagnostic {
            code,
            severity: code.severity(),
            args: BTreeMap::new(),
            place: None,
            fix: None,
        }
    }

    /// The same doubt at a place.
    pub(crate) fn at(mut self, place: Place) -> Self {
        self.place = Some(place);
        self
    }

    /// The same doubt with one argument more.
    pub(crate) fn arg(mut self, name: &str, value: impl Into<String>) -> Self {
        self.args.insert(name.to_owned(), value.into());
        self
    }

    /// The same doubt with a proposal.
    pub(crate) fn fix(mut self, value: impl Into<String>) -> Self {
        self.fix = Some(value.into());
        self
    }
}
