//! Commands: what somebody asks of a document.

use super::definition::StageId;
use crate::document::content::Place;
use crate::id::{CommandId, PersonId, RoundNo, SeatNo, Version};
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
