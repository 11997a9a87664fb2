//! The changes that can be proposed.

use chrono::NaiveDate;
use duban_core::id::{PersonId, PostId, UnitId};
use duban_core::org::Role;
use duban_store::unit::NewUnit;
use serde::{Deserialize, Serialize};

/// A change of the organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Change {
    /// A new unit.
    AddUnit(NewUnit),
    /// A unit ceases to exist.
    EndUnit {
        /// Which.
        unit: UnitId,
        /// First day on which it no longer exists.
        until: NaiveDate,
        /// Which unit takes its place: it was renamed into that one, or merged with others.
        #[serde(default)]
        successor: Option<UnitId>,
    },
    /// Another name for a unit.
    AddAlias {
        /// Which.
        unit: UnitId,
        /// The name.
        name: String,
    },
    /// A name that no longer means the unit.
    RemoveAlias {
        /// Which.
        unit: UnitId,
        /// The name.
        name: String,
    },
    /// A unit joins a roster; the roster is made when there is none of that name.
    AddMember {
        /// The collective name.
        roster: String,
        /// The unit.
        unit: UnitId,
        /// First day.
        from: NaiveDate,
    },
    /// A unit leaves a roster.
    EndMember {
        /// The roster.
        roster: i64,
        /// The unit.
        unit: UnitId,
        /// First day on which it no longer belongs.
        until: NaiveDate,
    },
    /// A new account. Its first password is made when it is confirmed.
    AddPerson {
        /// The name to sign in with.
        username: String,
        /// The name as shown.
        name: String,
        /// Where mail goes.
        email: Option<String>,
    },
    /// Another name or address for a person.
    ChangePerson {
        /// Who.
        person: PersonId,
        /// The name as shown.
        name: String,
        /// Where mail goes.
        email: Option<String>,
    },
    /// An account is closed; its sessions end.
    CloseAccount {
        /// Whose.
        person: PersonId,
    },
    /// A closed account is opened again.
    OpenAccount {
        /// Whose.
        person: PersonId,
    },
    /// A new first password; the sessions end.
    ResetPassword {
        /// Whose.
        person: PersonId,
    },
    /// A post.
    AddPost {
        /// Who.
        person: PersonId,
        /// Where.
        unit: UnitId,
        /// What.
        role: Role,
        /// First day.
        from: NaiveDate,
        /// First day on which it no longer holds.
        until: Option<NaiveDate>,
    },
    /// Somebody leaves or is away: their posts go to others, for good or for a while.
    HandOver {
        /// Whose posts.
        person: PersonId,
        /// First day on which the others act.
        from: NaiveDate,
        /// Which post goes to whom.
        posts: Vec<Succession>,
    },
    /// A unit gets another name; the one before stays as an alias.
    RenameUnit {
        /// Which.
        unit: UnitId,
        /// Its new name.
        name: String,
        /// First day of the new name, today at the latest.
        from: NaiveDate,
    },
    /// A post ends.
    EndPost {
        /// Which.
        post: PostId,
        /// First day on which it no longer holds.
        until: NaiveDate,
    },
}

impl Change {
    /// The stable code; its sentence is `people.change.<code>` in the locale files.
    pub fn code(&self) -> &'static str {
        match self {
            Self::AddUnit(_) => "add_unit",
            Self::EndUnit { .. } => "end_unit",
            Self::AddAlias { .. } => "add_alias",
            Self::RemoveAlias { .. } => "remove_alias",
            Self::AddMember { .. } => "add_member",
            Self::EndMember { .. } => "end_member",
            Self::AddPerson { .. } => "add_person",
            Self::ChangePerson { .. } => "change_person",
            Self::CloseAccount { .. } => "close_account",
            Self::OpenAccount { .. } => "open_account",
            Self::ResetPassword { .. } => "reset_password",
            Self::AddPost { .. } => "add_post",
            Self::EndPost { .. } => "end_post",
            Self::HandOver { .. } => "hand_over",
            Self::RenameUnit { .. } => "rename_unit",
        }
    }
}

/// A post and who has it afterwards.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Succession {
    /// The post.
    pub post: PostId,
    /// To whom it goes.
    pub successor: PersonId,
    /// Lent only, until this day (first day on which it is back). For good when absent: the post ends, and the
    /// successor gets one of the same kind.
    #[serde(default)]
    pub until: Option<NaiveDate>,
}
