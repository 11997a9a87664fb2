//! Commands: what somebody asks of a document.

use super::definition::StageId;
use crate::document::content::Place;
use crate::id::{CommandId, PersonId, RoundNo, SeatNo, UnitId, Version};
use crate::org::Role;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// Who asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// A person.
    Person(PersonId),
    /// The passing of time.
    Clockwork,
}

/// A kind of act, without what goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// Submit.
    Submit,
    /// Agree.
    Approve,
    /// Vote against.
    Reject,
    /// Abstain.
    Abstain,
    /// Send back.
    Return,
    /// Take one's own submission back (撤回).
    Withdraw,
    /// Take one's own agreement back.
    TakeBack,
    /// Add a signer who is asked first (前加签).
    AddBefore,
    /// Add a signer who is asked afterwards (后加签).
    AddAfter,
    /// Add a signer who is asked at the same time (并加签).
    AddParallel,
    /// Remove a signer one added (减签).
    Remove,
    /// Hand a seat over for good (转办).
    Transfer,
    /// Lend a seat for an opinion (委派).
    Lend,
    /// Give a lent seat back, or call it back.
    GiveBack,
    /// Give people a copy to read (抄送).
    Copy,
    /// Ask those who are waited for to hurry (催办).
    Urge,
    /// The time limit has passed.
    TimeOut,
    /// Look again who can sit on the seats.
    Recheck,
    /// Ask for a later last day (申请延期).
    AskExtension,
    /// Move the last day as asked for.
    GrantExtension,
    /// Leave the last day as it is.
    RefuseExtension,
    /// Stop it for a while (挂起).
    Suspend,
    /// Let it go on.
    Resume,
    /// Pass a round for which there is nobody.
    Override,
    /// End without a result (终止).
    Terminate,
}

impl ActKind {
    /// All of them, in the order of a decision bar.
    pub const ALL: [Self; 25] = [
        Self::Submit,
        Self::Approve,
        Self::Reject,
        Self::Abstain,
        Self::Return,
        Self::Withdraw,
        Self::TakeBack,
        Self::AddBefore,
        Self::AddAfter,
        Self::AddParallel,
        Self::Remove,
        Self::Transfer,
        Self::Lend,
        Self::GiveBack,
        Self::Copy,
        Self::Urge,
        Self::TimeOut,
        Self::Recheck,
        Self::AskExtension,
        Self::GrantExtension,
        Self::RefuseExtension,
        Self::Suspend,
        Self::Resume,
        Self::Override,
        Self::Terminate,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Reject => "reject",
            Self::Abstain => "abstain",
            Self::Return => "return",
            Self::Withdraw => "withdraw",
            Self::TakeBack => "take_back",
            Self::AddBefore => "add_before",
            Self::AddAfter => "add_after",
            Self::AddParallel => "add_parallel",
            Self::Remove => "remove",
            Self::Transfer => "transfer",
            Self::Lend => "lend",
            Self::GiveBack => "give_back",
            Self::Copy => "copy",
            Self::Urge => "urge",
            Self::TimeOut => "time_out",
            Self::Recheck => "recheck",
            Self::AskExtension => "ask_extension",
            Self::GrantExtension => "grant_extension",
            Self::RefuseExtension => "refuse_extension",
            Self::Suspend => "suspend",
            Self::Resume => "resume",
            Self::Override => "override",
            Self::Terminate => "terminate",
        }
    }

    /// True when a reason must be given.
    pub fn needs_reason(self) -> bool {
        matches!(
            self,
            Self::Return
                | Self::Reject
                | Self::Remove
                | Self::Transfer
                | Self::AskExtension
                | Self::RefuseExtension
                | Self::Suspend
                | Self::Override
                | Self::Terminate
        )
    }
}

/// A post, and the one of those who hold it who is meant, when one is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Addressee {
    /// The unit.
    pub unit: UnitId,
    /// The role.
    pub role: Role,
    /// The person. None: whoever holds the post.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<PersonId>,
}

/// When an added signer is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Turn {
    /// Before whoever added them, who waits.
    Before,
    /// After whoever added them has agreed; until then that agreement does not count.
    After,
    /// At the same time.
    Parallel,
}

/// A remark at a place of the document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mark {
    /// Where.
    pub place: Place,
    /// What is wrong there.
    pub text: String,
}

/// A command. The same `id` twice is one command; that is the service's to see to, the engine only records it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Its own number.
    pub id: CommandId,
    /// The version of the instance that whoever asks was looking at.
    pub expected: Version,
    /// Who asks.
    pub by: By,
    /// The seat they speak from. Needed only when they could speak from seats of different posts.
    #[serde(default)]
    pub seat: Option<SeatNo>,
    /// What they ask.
    pub act: Act,
}

/// What is asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum Act {
    /// Submit what was filled in.
    Submit {
        /// A note to the next reader.
        #[serde(default)]
        note: String,
    },
    /// Agree.
    Approve {
        /// A note for the record.
        #[serde(default)]
        note: String,
    },
    /// Send back.
    Return {
        /// To which stage; the usual one when absent.
        #[serde(default)]
        to: Option<StageId>,
        /// Why. Compulsory.
        reason: String,
        /// Remarks at places.
        #[serde(default)]
        marks: Vec<Mark>,
    },
    /// Vote against.
    Reject {
        /// Why. Compulsory.
        reason: String,
    },
    /// Abstain.
    Abstain {
        /// A note for the record.
        #[serde(default)]
        note: String,
    },
    /// Take one's own submission back before anybody acted on it (撤回).
    Withdraw {
        /// Why, if it is said.
        #[serde(default)]
        reason: String,
    },
    /// Take one's own agreement back before anybody acted on what it opened.
    TakeBack {
        /// Why, if it is said.
        #[serde(default)]
        reason: String,
    },
    /// Add a signer (加签). One who was added adds nobody.
    Add {
        /// When they are asked.
        turn: Turn,
        /// Who.
        signer: Addressee,
        /// What they are asked.
        #[serde(default)]
        note: String,
    },
    /// Remove a signer whom one added and who has not answered (减签).
    Remove {
        /// The signer's seat.
        seat: SeatNo,
        /// Why. Compulsory.
        reason: String,
    },
    /// Hand a seat over for good (转办), within its unit.
    Transfer {
        /// To whom.
        to: Addressee,
        /// Why. Compulsory.
        reason: String,
    },
    /// Lend a seat for an opinion (委派), within its unit. The answer stays with whoever lends it.
    Lend {
        /// To whom.
        to: Addressee,
        /// What they are asked.
        #[serde(default)]
        note: String,
    },
    /// Give a lent seat back with an opinion, or call one's own back.
    GiveBack {
        /// The opinion.
        #[serde(default)]
        note: String,
    },
    /// Give people a copy to read (抄送). They get no right to act by it.
    Copy {
        /// Whom.
        people: Vec<PersonId>,
        /// What they should know.
        #[serde(default)]
        note: String,
    },
    /// Ask whoever is waited for to hurry (催办); once a working day.
    Urge,
    /// The time limit of a round has passed.
    TimeOut {
        /// Which.
        round: RoundNo,
    },
    /// Look again who can sit on the seats, because the organisation changed.
    Recheck,
    /// Ask for a later last day, before the present one is over (申请延期).
    AskExtension {
        /// The day asked for (civil date).
        until: NaiveDate,
        /// Why. Compulsory.
        reason: String,
    },
    /// Move the last day.
    GrantExtension {
        /// To which day (civil date); as asked for when absent.
        #[serde(default)]
        until: Option<NaiveDate>,
        /// A note for the record.
        #[serde(default)]
        note: String,
    },
    /// Leave the last day as it is.
    RefuseExtension {
        /// Why. Compulsory.
        reason: String,
    },
    /// Stop it for a while (挂起): nobody acts, no time passes.
    Suspend {
        /// Why. Compulsory.
        reason: String,
    },
    /// Let it go on.
    Resume,
    /// Pass a round for which there is nobody. One person asks for it, a second one confirms it.
    Override {
        /// Which; may be left out while there is only one.
        #[serde(default)]
        round: Option<RoundNo>,
        /// Why. Compulsory.
        reason: String,
    },
    /// End it without a result.
    Terminate {
        /// Why. Compulsory.
        reason: String,
    },
}

impl Act {
    /// Its kind.
    pub fn kind(&self) -> ActKind {
        match self {
            Self::Submit { .. } => ActKind::Submit,
            Self::Approve { .. } => ActKind::Approve,
            Self::Reject { .. } => ActKind::Reject,
            Self::Abstain { .. } => ActKind::Abstain,
            Self::Return { .. } => ActKind::Return,
            Self::Withdraw { .. } => ActKind::Withdraw,
            Self::TakeBack { .. } => ActKind::TakeBack,
            Self::Add { turn, .. } => turn.act(),
            Self::Remove { .. } => ActKind::Remove,
            Self::Transfer { .. } => ActKind::Transfer,
            Self::Lend { .. } => ActKind::Lend,
            Self::GiveBack { .. } => ActKind::GiveBack,
            Self::Copy { .. } => ActKind::Copy,
            Self::Urge => ActKind::Urge,
            Self::AskExtension { .. } => ActKind::AskExtension,
            Self::GrantExtension { .. } => ActKind::GrantExtension,
            Self::RefuseExtension { .. } => ActKind::RefuseExtension,
            Self::Suspend { .. } => ActKind::Suspend,
            Self::Resume => ActKind::Resume,
            Self::Override { .. } => ActKind::Override,
            Self::TimeOut { .. } => ActKind::TimeOut,
            Self::Recheck => ActKind::Recheck,
            Self::Terminate { .. } => ActKind::Terminate,
        }
    }
}
