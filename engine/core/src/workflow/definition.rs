//! A workflow definition as values: stages, seats, routes, splits and joins, returns, duties. No scripts, no behaviour
//! of its own.

use super::command::ActKind;
use super::guard::Guard;
use crate::org::Role;
use serde::{Deserialize, Serialize};
use std::fmt;

/// The name of a stage, split, join or end inside one definition, `snake_case`.
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
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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
    /// Where a way parts into branches that are gone at the same time.
    pub splits: Vec<Split>,
    /// Where the branches of a split come together again.
    pub joins: Vec<Join>,
    /// The ways to be finished.
    pub ends: Vec<End>,
    /// Who may not do what together (separation of duties). That nobody reviews a paper they wrote in is not
    /// listed here: it holds in every definition.
    pub duties: Vec<Duty>,
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

    /// The split with this name.
    pub fn split(&self, id: &StageId) -> Option<&Split> {
        self.splits.iter().find(|split| split.id == *id)
    }

    /// The join with this name.
    pub fn join(&self, id: &StageId) -> Option<&Join> {
        self.joins.iter().find(|join| join.id == *id)
    }

    /// The join in which the branches of this split come together.
    pub fn join_of(&self, split: &StageId) -> Option<&Join> {
        self.joins.iter().find(|join| join.of == *split)
    }

    /// The stage, split, join or end with this name.
    pub fn node(&self, id: &StageId) -> Option<Node<'_>> {
        let stage = self.stage(id).map(Node::Stage);
        let split = || self.split(id).map(Node::Split);
        let join = || self.join(id).map(Node::Join);
        stage
            .or_else(split)
            .or_else(join)
            .or_else(|| self.end(id).map(Node::End))
    }

    /// The title of a stage, split, join or end.
    pub fn title_of(&self, id: &StageId) -> Option<&Text> {
        self.node(id).map(|node| match node {
            Node::Stage(stage) => &stage.title,
            Node::Split(split) => &split.title,
            Node::Join(join) => &join.title,
            Node::End(end) => &end.title,
        })
    }

    /// Every list of routes: those of the stages, then those of the joins, each with the name of what it leaves.
    pub fn routes(&self) -> impl Iterator<Item = (&StageId, &[Route])> {
        let stages = self.stages.iter().map(|stage| (&stage.id, stage.next.as_slice()));
        stages.chain(self.joins.iter().map(|join| (&join.id, join.next.as_slice())))
    }
}

/// Anything that a route may lead to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Node<'a> {
    /// A stage.
    Stage(&'a Stage),
    /// A split.
    Split(&'a Split),
    /// A join.
    Join(&'a Join),
    /// An end.
    End(&'a End),
}

/// Where a way parts into branches that are gone at the same time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Split {
    /// Its name.
    pub id: StageId,
    /// What people call it.
    pub title: Text,
    /// The first stage (or split) of each branch.
    pub to: Vec<StageId>,
}

/// Where the branches of a split come together again. It goes on when the last of them has arrived.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Join {
    /// Its name.
    pub id: StageId,
    /// What people call it.
    pub title: Text,
    /// The split whose branches it waits for.
    pub of: StageId,
    /// Where to go then: the first route whose guard holds. The last one has no guard.
    pub next: Vec<Route>,
}

/// What people do in a stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    /// Someone fills in and submits.
    #[default]
    Work,
    /// Seats agree or return.
    Review,
    /// Nobody does anything: it is passed at once, along its guards, with its named effects.
    Auto,
}

/// One stage.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
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
    /// What an abstention does to the electorate. None: nobody may abstain here.
    pub abstain: Option<Abstain>,
    /// Whether the seats are asked together or one after another.
    pub order: Order,
    /// True when a voter may change their mind until the round is decided.
    pub change: bool,
    /// What one seat's return or no does.
    pub on_reject: OnReject,
    /// Where a failed vote goes: a stage or an end. None: back.
    pub fail: Option<StageId>,
    /// Who answers when the electorate is empty, one of [`PARTIES`] by the post of [`role_of`]. None: nobody; the
    /// round is blocked, and the coordinator is told. It never passes by itself.
    pub on_empty: Option<String>,
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
    /// What a return out of a branch to before its split does to the other branches.
    pub siblings: Siblings,
    /// Which way a returned paper comes back.
    pub resume: Resume,
    /// Who is asked again when it comes back directly.
    pub reopen: Reopen,
    /// True when its routes are looked at anew each time it is passed. Otherwise a later edit does not re-route: what
    /// was chosen first holds, unless that passing was taken back.
    pub reevaluate: bool,
    /// Field groups of the document that the seats of this stage may edit.
    pub edits: Vec<String>,
    /// Field groups that a signature of this stage answers for. Empty: all.
    pub signs: Vec<String>,
    /// Work stages: true when a submission may be taken back by whoever made it.
    pub withdraw: bool,
    /// Until when: the first decisive act at this stage. None: at the first review stage after the submission.
    pub until: Option<StageId>,
    /// The extra acts that the seats of this stage may carry out, of [`EXTRA_ACTS`]. None: those of
    /// [`Stage::allows`].
    pub allow: Option<Vec<ActKind>>,
    /// Named effects for the service when the stage is entered, see [`EFFECTS`].
    pub on_enter: Vec<String>,
    /// Words on the buttons, where the usual ones do not fit.
    pub labels: Labels,
}

impl Stage {
    /// True when a seat of this stage may carry out this extra act. Where the definition says nothing: all of them at
    /// a review stage at which everybody must agree, and of the others those that leave the electorate as it is; who
    /// is added to or removed from a vote would decide it.
    pub fn allows(&self, act: ActKind) -> bool {
        let changes_the_electorate = matches!(
            act,
            ActKind::AddBefore | ActKind::AddAfter | ActKind::AddParallel | ActKind::Remove
        );
        match (&self.allow, self.kind) {
            (Some(allowed), _) => allowed.contains(&act),
            (None, StageKind::Review) => !changes_the_electorate || self.policy == Policy::All,
            (None, StageKind::Work) => !changes_the_electorate && act != ActKind::Lend,
            (None, StageKind::Auto) => false,
        }
    }

    /// True when its seats vote, so that one person has one ballot, whatever seats they hold.
    pub fn is_vote(&self) -> bool {
        self.policy != Policy::All
    }

    /// True when a signature of this stage answers for the group.
    pub fn answers_for(&self, group: &str) -> bool {
        self.signs.is_empty() || self.signs.iter().any(|signed| signed == group)
    }
}

/// The acts that a stage permits or not by [`Stage::allow`].
pub const EXTRA_ACTS: [ActKind; 8] = [
    ActKind::AddBefore,
    ActKind::AddAfter,
    ActKind::AddParallel,
    ActKind::Remove,
    ActKind::Transfer,
    ActKind::Lend,
    ActKind::Copy,
    ActKind::Urge,
];

/// What an abstention does to the electorate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Abstain {
    /// The seat's weight stays in it: an abstention helps nobody.
    Stays,
    /// The seat's weight leaves it: the others decide.
    Leaves,
}

/// Whether the seats of a round are asked together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Order {
    /// All at the same time (会签).
    #[default]
    Together,
    /// One after another, in the order of the definition (依次).
    InOrder,
}

/// What a return out of a branch to before its split does to the other branches.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Siblings {
    /// They are called off and begin anew when the paper comes to the split again.
    #[default]
    Cancel,
    /// The return is refused while one of them is under way.
    Refuse,
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
    /// For voting against.
    pub reject: Option<Text>,
    /// For abstaining.
    pub abstain: Option<Text>,
}

/// What it means that a document has reached an end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It is agreed to.
    #[default]
    Approved,
    /// It is turned down.
    Rejected,
    /// It was given up by whoever made it.
    Withdrawn,
    /// Another one has taken its place.
    Superseded,
}

impl Outcome {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Withdrawn => "withdrawn",
            Self::Superseded => "superseded",
        }
    }
}

/// One way of being finished. Terminal: nothing happens to the document after it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct End {
    /// Its name; the stage of a finished document.
    pub id: StageId,
    /// What people call it.
    pub title: Text,
    /// What the person looking at a finished paper should know.
    pub description: Text,
    /// What it means.
    pub outcome: Outcome,
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
    /// How much the answer of each seat weighs in a vote. 1 for most.
    pub weight: u32,
}

/// The named lists of units that the context provides.
pub const PARTIES: [&str; 6] = ["owner", "coordinator", "office", "leadership", "inspection", "partners"];

/// The post of a party's unit that answers when an electorate is empty ([`Stage::on_empty`]).
pub fn role_of(party: &str) -> Option<Role> {
    match party {
        "owner" => Some(Role::Head),
        "coordinator" => Some(Role::Coordinator),
        "office" => Some(Role::Office),
        "leadership" => Some(Role::Leader),
        "inspection" => Some(Role::Inspector),
        "partners" => Some(Role::Cosigner),
        _ => None,
    }
}

/// The parties that may be empty, with the fact that counts them. All others have a unit.
pub const COUNTED_PARTIES: [(&str, &str); 1] = [("partners", "partners.count")];

/// When a round has passed. Integers only; nothing is rounded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Policy {
    /// Every seat agrees.
    #[default]
    All,
    /// `yes · den ≥ num · all`, by weight.
    AtLeast {
        /// Numerator.
        num: u32,
        /// Denominator.
        den: u32,
    },
    /// One seat agrees.
    Any,
}

/// What one seat's return or no does to the round.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OnReject {
    /// One return is a veto: the paper goes back at once.
    #[default]
    Return,
    /// It counts against; the vote has failed once passing has become impossible.
    Count,
    /// One no fails the round at once.
    Fail,
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
    /// The stage, split, join or end it leads to.
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
    /// Straight back, but first to every seat in between whose signature no longer covers what it answers for.
    Affected,
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
