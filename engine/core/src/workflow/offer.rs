//! Offers: what somebody can do with a document now. The buttons of a page are made from them, so that a page never
//! offers what the engine would refuse.

use super::definition::StageId;
use crate::id::{RoundNo, SeatNo};
use crate::org::{Actor, Role};
use crate::reason::Reason;
use serde::{Deserialize, Serialize};

/// A kind of act, without what goes with it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ActKind {
    /// Submit.
    Submit,
    /// Agree.
    Approve,
    /// Send back.
    Return,
    /// Take one's own submission back.
    Withdraw,
    /// Take one's own agreement back.
    TakeBack,
    /// The time limit has passed.
    TimeOut,
    /// Look again who can sit on the seats.
    Recheck,
    /// End without a result.
    Terminate,
}

impl ActKind {
    /// All of them, in the order of a decision bar.
    pub const ALL: [Self; 8] = [
        Self::Submit,
        Self::Approve,
        Self::Return,
        Self::Withdraw,
        Self::TakeBack,
        Self::TimeOut,
        Self::Recheck,
        Self::Terminate,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Submit => "submit",
            Self::Approve => "approve",
            Self::Return => "return",
            Self::Withdraw => "withdraw",
            Self::TakeBack => "take_back",
            Self::TimeOut => "time_out",
            Self::Recheck => "recheck",
            Self::Terminate => "terminate",
        }
    }
}

/// One thing that somebody can do now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What.
    pub act: ActKind,
    /// The stage the document is in.
    pub stage: StageId,
    /// The open round.
    pub round: RoundNo,
    /// The seat they would speak from, for the acts that need one.
    pub seat: Option<SeatNo>,
    /// In which capacity, and for whom.
    pub actor: Actor,
    /// Post that answers on the seat (a fallback, possibly); the actor's role otherwise.
    pub role: Role,
    /// Stages it could be returned to, the usual one first. Empty for other acts.
    pub returns: Vec<StageId>,
    /// True when a reason must be given.
    pub reason_required: bool,
    /// Why it is the person's to do, but cannot be done yet (content not ready, too early). Empty: it can be done.
    pub unready: Vec<Reason>,
}
