//! What an answer depends on besides definition, instance and command; and what an answer consists of.

use super::definition::StageId;
use super::event::Event;
use super::guard::Fact;
use super::instance::Instance;
use crate::calendar::Calendar;
use crate::id::{PersonId, RevisionNo, UnitId};
use crate::org::{Moment, Organisation};
use crate::reason::Reason;
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The frozen surroundings of one command.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// When.
    pub at: Moment,
    /// Units, people, posts and delegations at that moment.
    pub org: &'a Organisation,
    /// Working days.
    pub calendar: &'a Calendar,
    /// The named lists of units, see [`super::definition::PARTIES`].
    pub parties: &'a BTreeMap<String, Vec<UnitId>>,
    /// What guards may look at, see [`super::guard::FACTS`].
    pub facts: &'a BTreeMap<String, Fact>,
    /// Everyone who wrote or edited any revision since the start. None of them ever reviews it.
    pub authors: &'a BTreeSet<PersonId>,
    /// The revision that the command is about: for a submission the one it would freeze, else the newest frozen one
    /// (0 when there is none).
    pub revision: RevisionNo,
    /// The hash of each field group of that revision: what a signature covers. Empty where nothing is signed for.
    pub hashes: &'a BTreeMap<String, String>,
    /// The last day for the owner's first submission (civil date); none where there is no such day.
    pub due_on: Option<NaiveDate>,
    /// Why the content may not be submitted from a stage; a stage that is not there asks for nothing.
    pub unready: &'a BTreeMap<StageId, Vec<Reason>>,
}

impl<'a> Context<'a> {
    /// The units of a party; none when the party is unknown.
    pub fn party(&self, name: &str) -> &'a [UnitId] {
        self.parties.get(name).map_or(&[], Vec::as_slice)
    }

    /// Why the content may not be submitted from this stage.
    pub fn unready_at(&self, stage: &StageId) -> &'a [Reason] {
        self.unready.get(stage).map_or(&[], Vec::as_slice)
    }
}

/// An answer of yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// The state after it.
    pub instance: Instance,
    /// What happened, in order. Folding them over the state before gives the state after.
    pub events: Vec<Event>,
    /// What should follow.
    pub effects: Vec<Effect>,
}

/// What should follow from a decision, as a value. The service carries it out in the same transaction.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "effect", rename_all = "snake_case")]
pub enum Effect {
    /// Keep the content as it is now as this revision.
    FreezeRevision {
        /// Its number.
        revision: RevisionNo,
    },
    /// Let these people know.
    Tell {
        /// Whom, in order of their numbers; never empty.
        people: Vec<PersonId>,
        /// About what.
        topic: Topic,
        /// The stage it is about.
        stage: StageId,
        /// Reasons, where there are any.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        reasons: Vec<Reason>,
    },
    /// Something that the definition asks for by name, see [`super::definition::EFFECTS`].
    Named {
        /// Its name.
        name: String,
    },
}

/// What people are told about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    /// A paper waits for them.
    SeatOpened,
    /// A paper came back to them.
    Returned,
    /// Nobody can act on a paper; the coordinator must see to it.
    Blocked,
    /// A seat was lent to them for an opinion.
    Lent,
    /// They were given a copy.
    Copied,
    /// They are asked to hurry.
    Urged,
    /// A paper of theirs is finished.
    Ended,
    /// A paper of theirs was ended by the office.
    Terminated,
    /// A unit asks them for a later last day.
    ExtensionAsked,
    /// Their last day was moved.
    ExtensionGranted,
    /// Their last day stays.
    ExtensionRefused,
    /// The notice that their paper follows has a new version.
    Amended,
}

impl Topic {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::SeatOpened => "seat_opened",
            Self::Returned => "returned",
            Self::Blocked => "blocked",
            Self::Lent => "lent",
            Self::Copied => "copied",
            Self::Urged => "urged",
            Self::Ended => "ended",
            Self::Terminated => "terminated",
            Self::ExtensionAsked => "extension_asked",
            Self::ExtensionGranted => "extension_granted",
            Self::ExtensionRefused => "extension_refused",
            Self::Amended => "amended",
        }
    }
}
