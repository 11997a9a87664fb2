//! A workflow definition as values: stages, seats, routes, returns, duties. No scripts, no behaviour of its own.

use super::guard::Guard;
use crate::org::Role;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The name of a stage or an end inside one definition, `snake_case`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StageId(pub String);

impl fmt::Display for StageId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl From<&str> for StageId {
    fn from(name: &str) -> Self {
        Self(name.to_owned())
    }
}

/// Words of a definition file for people, in both languages of the house.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Text {
    /// Chinese.
    pub zh: String,
    /// English.
    pub en: String,
}

impl Text {
    /// The text for a locale tag: Chinese for every tag that begins with `zh`, English otherwise.
    pub fn get(&self, locale: &str) -> &str {
        if locale.starts_with("zh") { &self.zh } else { &self.en }
    }
}

/// A published way of a document. A shipped version is never edited; a change is a new version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Definition {
    /// Its name, as in `annual-plan`.
    pub id: String,
    /// Counted from 1.
    pub version: u32,
    /// What people call it.
    pub title: Text,
    /// What it is for, in a sentence or two.
    pub description: Text,
    /// The document type it carries, as in `annual_plan`.
    pub document_type: String,
    /// The stage in which every document begins.
    pub start: StageId,
    /// The stages in the order in which they are usually passed.
    pub stages: Vec<Stage>,
    /// The ways to be finished.
    pub ends: Vec<End>,
    /// Who may not do what together (separation of duties). That nobody reviews a paper they wrote in is not
    /// listed here: it holds in every definition.
    pub duties: Vec<Duty>,
    /// The form it brings along; none when it carries a document type of the program.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub form: Option<super::form::Form>,
}

impl Definition {
    /// The stage with this name.
    pub fn stage(&self, id: &StageId) -> Option<&Stage> {
        self.stages.iter().find(|stage| stage.id == *id)
    }

    /// The end with this name.
    pub fn end(&self, id: &StageId) -> Option<&End> {
        self.ends.iter().find(|end| end.id == *id)
    }

    /// The title of a stage or an end.
    pub fn title_of(&self, id: &StageId) -> Option<&Text> {
        let of_stage = self.stage(id).map(|stage| &stage.title);
        of_stage.or_else(|| self.end(id).map(|end| &end.title))
    }
}

/// What people do in a stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    /// Someone fills in and submits.
    Work,
    /// Seats agree or return.
    Review,
}

/// One stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// Its name.
    pub id: StageId,
    /// What is done here.
    pub kind: StageKind,
    /// What people call it.
    pub title: Text,
    /// What the person looking at a paper in this stage should know.
    pub description: Text,
    /// Who sits here.
    pub seats: Vec<SeatRule>,
    /// True when one person may fill only one seat of a round.
    pub distinct: bool,
    /// When a round has passed.
    pub policy: Policy,
    /// What one seat's return does.
    pub on_reject: OnReject,
    /// Time limit in working days from the day the round opens, which does not count. None: no limit of its own.
    pub limit: Option<u32>,
    /// What silence until the end of the last day means.
    pub on_timeout: OnTimeout,
    /// Working days after the opening before which nobody may agree here (a look-back is not done the day after).
    pub wait: Option<u32>,
    /// Where to go once passed: the first route whose guard holds. The last one has no guard.
    pub next: Vec<Route>,
    /// The stages to which a paper may be returned from here; the first is the usual one.
    pub returns: Vec<StageId>,
    /// Which way a returned paper comes back.
    pub resume: Resume,
    /// Who is asked again when it comes back directly.
    pub reopen: Reopen,
    /// Field groups of the document that the seats of this stage may edit.
    pub edits: Vec<String>,
    /// Field groups of the document that whoever acts at this stage does not see.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hides: Vec<String>,
    /// Work stages: true when a submission may be taken back by whoever made it until the first act on it.
    pub withdraw: bool,
    /// Named effects for the service when the stage is entered, see [`EFFECTS`].
    pub on_enter: Vec<String>,
    /// Words on the buttons, where the usual ones do not fit.
    pub labels: Labels,
}

/// Named effects that a stage or an end may ask for when it is entered. All can be repeated without harm.
pub const EFFECTS: [&str; 3] = ["plan_in_force", "close_findings", "reopen_findings"];

/// Own words for the acts of a stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Labels {
    /// For submitting.
    pub submit: Option<Text>,
    /// For agreeing.
    pub approve: Option<Text>,
    /// For returning.
    #[serde(rename = "return")]
    pub back: Option<Text>,
}

/// One way of being finished. Terminal: nothing happens to the document after it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct End {
    /// Its name; the stage of a finished document.
    pub id: StageId,
    /// What people call it.
    pub title: Text,
    /// What the person looking at a finished paper should know.
    pub description: Text,
    /// Named effects for the service, see [`EFFECTS`].
    pub on_enter: Vec<String>,
}

/// From whom the seats of a stage come.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SeatRule {
    /// The post that answers.
    pub role: Role,
    /// The named list of units it belongs to, one of [`PARTIES`].
    pub party: String,
    /// Posts that answer instead, in this order, when nobody holds the role.
    pub fallback: Vec<Role>,
    /// How many seats: so many different people of one unit must answer. 1 for most.
    pub count: u32,
    /// True: one seat (or `count`) for every unit of the party; false: for its first unit only.
    pub each: bool,
}

/// The named lists of units that the context provides.
pub const PARTIES: [&str; 6] = ["owner", "coordinator", "office", "leadership", "inspection", "partners"];

/// The parties that may be empty, with the fact that counts them. All others have a unit.
pub const COUNTED_PARTIES: [(&str, &str); 1] = [("partners", "partners.count")];

/// When a round has passed. Integers only; nothing is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Every seat agrees.
    #[default]
    All,
    /// `yes · den ≥ num · seats`.
    AtLeast {
        /// Numerator.
        num: u32,
        /// Denominator.
        den: u32,
    },
    /// One seat agrees.
    Any,
}

/// What one seat's return does to the round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnReject {
    /// One return is a veto: the paper goes back at once.
    #[default]
    Return,
    /// It counts against; the paper goes back once passing has become impossible.
    Count,
}

/// What silence until the end of the last day means.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnTimeout {
    /// Nothing; the round stays open and is late.
    #[default]
    None,
    /// No objection, recorded as such. Only for seats that are asked in parallel by unit (会签).
    Consent,
}

/// A way out of a stage.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Route {
    /// Taken when this holds; always, when absent.
    #[serde(default)]
    pub when: Option<Guard>,
    /// The stage or end it leads to.
    pub to: StageId,
}

/// Which way a returned paper comes back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Resume {
    /// Straight to the stage that returned it.
    #[default]
    Direct,
    /// Through every stage again.
    Replay,
}

/// Who is asked again when a paper comes back directly.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reopen {
    /// Every seat.
    #[default]
    All,
    /// Only those that had not agreed; the others' agreement is carried over.
    Returner,
}

/// A separation of duties, over people and units. It is checked when a seat opens, when someone acts, and through
/// delegation: neither the one who acts nor the one they act for may be barred.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "snake_case", deny_unknown_fields)]
pub enum Duty {
    /// Nobody who holds a post in a unit of the party sits at these stages.
    NotOfUnit {
        /// The party.
        party: String,
        /// The stages.
        stages: Vec<StageId>,
    },
    /// Nobody acts at two of these stages of one document.
    Different {
        /// The stages.
        stages: Vec<StageId>,
    },
}

impl Duty {
    /// The stages it speaks of.
    pub fn stages(&self) -> &[StageId] {
        match self {
            Self::NotOfUnit { stages, .. } | Self::Different { stages } => stages,
        }
    }
}
