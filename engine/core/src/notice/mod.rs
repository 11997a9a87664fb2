//! Reading a notice: tasks, who does them, by when, and the indicators, each with its place in the text.
//!
//! Reading never fails. [`read`] gives what was understood, and [`Diagnostic`]s for what was not, so that a person can
//! decide. All knowledge here is of the way such papers are written (headings, numbers, brackets, separators, verbs,
//! comparators), none of a particular paper.
//!
//! In reading order: [`text`] (lines and places), margins (what pages put around it), mark, outline and unnumbered (items), head (title, issuer, number,
//! date), table, spaced, wide_head, page, laid_out and stacked (flattened tables), words, name, label, verb, [`assignment`], aside, sentence, subject, [`deadline`], day, rhythm, quantity, bound, [`indicator`], reader, heading, gather
//! and rows (putting it together), [`diagnostic`], [`score`], [`amendment`] (two versions).

pub mod amendment;
mod aside;
pub mod assignment;
mod bound;
mod comparator;
mod day;
pub mod deadline;
pub mod diagnostic;
mod fit;
mod gather;
mod head;
mod heading;
pub mod indicator;
mod indicator_name;
mod indicators;
mod label;
mod laid_out;
mod margins;
mod mark;
mod measures;
mod name;
mod outline;
mod page;
mod quantity;
mod reader;
mod rhythm;
mod rows;
pub mod score;
mod sentence;
mod spaced;
mod stacked;
mod subject;
mod table;
mod tasks;
pub mod text;
mod unnumbered;
mod verb;
mod wide_head;
mod words;
mod wrap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

pub use assignment::{Named, Role};
pub use comparator::Comparator;
pub use deadline::Deadline;
pub use diagnostic::{Code, Diagnostic, Severity};
pub use indicator::Indicator;
pub use rhythm::{Rhythm, rhythm_of};
pub use text::{Line, Place, lines};

/// A notice as read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// The title of the plan that is issued, without title marks; the title of the notice itself where nothing is.
    pub title: Option<String>,
    /// Who issues it.
    pub issuer: Option<String>,
    /// The document number, brackets as printed in official papers: 某政办发〔2025〕12号.
    pub doc_number: Option<String>,
    /// The day it was issued.
    pub issued_on: Option<NaiveDate>,
    /// The tasks in the order of the text.
    pub tasks: Vec<Task>,
    /// The indicators in the order of the text.
    pub indicators: Vec<Indicator>,
    /// Paragraphs on organisation and safeguards: they assign nothing in brackets, but may name units.
    #[serde(default)]
    pub guarantees: Vec<Guarantee>,
    /// Where title, issuer, number and date stand.
    #[serde(default)]
    pub places: HeadPlaces,
    /// Doubts, the heaviest first, then by place.
    #[serde(default)]
    pub diagnostics: Vec<Diagnostic>,
}

/// Where the parts of the head stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadPlaces {
    /// Place of the title.
    pub title: Option<Place>,
    /// Place of the issuer.
    pub issuer: Option<Place>,
    /// Place of the document number.
    pub doc_number: Option<Place>,
    /// Place of the date of issue.
    pub issued_on: Option<Place>,
}

/// One task of a notice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Task {
    /// Its number without signs: `1`, `一`.
    pub number: String,
    /// The heading it stands under, number included.
    pub section: Option<String>,
    /// Its title.
    pub title: String,
    /// Its words as written, without the number, paragraphs separated by line feeds.
    pub text: String,
    /// The units in the order named.
    pub units: Vec<Named>,
    /// When it is to be done.
    pub deadline: Option<Deadline>,
    /// From its number to its last character.
    pub place: Place,
}

/// One paragraph on organisation and safeguards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Guarantee {
    /// The heading it stands under.
    pub section: Option<String>,
    /// Its number without signs.
    pub number: String,
    /// Its title.
    pub title: String,
    /// Units named as leading something together with others.
    pub units: Vec<Named>,
    /// From its number to its last character.
    pub place: Place,
}

/// Reads a notice. Never fails and never panics; time grows with the length of the text.
#[must_use]
pub fn read(lines: &[Line]) -> Notice {
    reader::read(lines)
}
