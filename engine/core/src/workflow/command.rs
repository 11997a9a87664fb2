//! Commands: what somebody asks of a document.

use super::definition::StageId;
use crate::document::content::Place;
use crate::id::{CommandId, PersonId, RoundNo, SeatNo, UnitId, Version};
use crate::org::Role;
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
    pub const ALL: [Self; 22] = [
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
    /// The time limit of a round has passed.
    TimeOut {
        /// Which.
        round: RoundNo,
    },
    /// Look again who can sit on the seats, because the organisation changed.
    Recheck,
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
            Self::TimeOut { .. } => ActKind::TimeOut,
            Self::Recheck => ActKind::Recheck,
            Self::Terminate { .. } => ActKind::Terminate,
        }
    }
}
