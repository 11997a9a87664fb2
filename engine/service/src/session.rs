//! Who is asking.

use chrono::NaiveDate;
use duban_core::id::{PersonId, UnitId};
use duban_core::org::{Delegation, Post, Role};

/// What a caller's way in allows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Reading only.
    Read,
    /// Reading and acting.
    Act,
}

/// The signed-in person on whose behalf a use case runs, as they are at this moment: built anew for each request,
/// so that a role taken away or an account closed counts at once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Caller {
    /// Who.
    pub person: PersonId,
    /// Their name as shown.
    pub name: String,
    /// The name they sign in with.
    pub username: String,
    /// Their language, `zh-CN` or `en`.
    pub locale: String,
    /// The posts they hold today.
    pub posts: Vec<Post>,
    /// The posts lent to them at this moment, with the name of the lender.
    pub lent: Vec<Lent>,
    /// The first password was given to them and has to be changed before anything else.
    pub must_change_password: bool,
    /// What the session or token allows.
    pub scope: Scope,
    /// The session they came with, if by session; names the row, opens nothing.
    pub session: Option<i64>,
    /// Where the request came from (network address), for the audit trail.
    pub source: Option<String>,
    /// Today's civil date where the government sits.
    pub today: NaiveDate,
}

/// A post lent to a caller.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lent {
    /// The post.
    pub post: Post,
    /// The loan.
    pub delegation: Delegation,
    /// The name of the person who lent it.
    pub lender: String,
}

impl Caller {
    /// The posts they can act in now: their own, then those lent to them.
    pub fn capacities(&self) -> impl Iterator<Item = &Post> {
        self.posts.iter().chain(self.lent.iter().map(|lent| &lent.post))
    }

    /// True when one of their posts has this role.
    pub fn has(&self, role: Role) -> bool {
        self.posts.iter().any(|post| post.role == role)
    }

    /// True when one of their posts has one of these roles.
    pub fn has_any(&self, roles: &[Role]) -> bool {
        self.posts.iter().any(|post| roles.contains(&post.role))
    }

    /// The units in which they hold a post, without repeats.
    pub fn units(&self) -> Vec<UnitId> {
        let mut units: Vec<_> = self.posts.iter().map(|post| post.unit).collect();
        units.sort_unstable();
        units.dedup();
        units
    }

    /// True when they hold a post in this unit.
    pub fn belongs_to(&self, unit: UnitId) -> bool {
        self.posts.iter().any(|post| post.unit == unit)
    }
}
