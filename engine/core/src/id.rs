//! Identifiers. Each kind of thing has its own type, so that a unit is never passed where a person belongs.

use serde::{Deserialize, Serialize};
use std::fmt;

macro_rules! ids {
    ($($(#[$meta:meta])* $name:ident($inner:ty);)*) => {$(
        $(#[$meta])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }

        impl From<$inner> for $name {
            fn from(value: $inner) -> Self {
                Self(value)
            }
        }

        impl std::str::FromStr for $name {
            type Err = <$inner as std::str::FromStr>::Err;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.parse().map(Self)
            }
        }
    )*};
}

ids! {
    /// A unit (单位).
    UnitId(i64);
    /// A natural person with an account.
    PersonId(i64);
    /// A holding of a role in a unit by a person for a period (岗位).
    PostId(i64);
    /// A loan of a post to another person (代理).
    DelegationId(i64);
    /// A notice (文件).
    NoticeId(i64);
    /// A numbered paragraph of a notice (任务).
    TaskId(i64);
    /// A figure that a notice asks for (指标).
    IndicatorId(i64);
    /// One notice, one year, one roster (年度部署).
    CampaignId(i64);
    /// An annual plan or a rectification report (文书). The instance of its workflow has the same number.
    DocumentId(i64);
    /// A problem raised by the inspector (问题).
    FindingId(i64);
    /// A command's own number, made by the client; the same one twice is answered once.
    CommandId(uuid::Uuid);
    /// A revision of a document, counted from 1.
    RevisionNo(u32);
    /// A round (one visit to a stage) of an instance, counted from 1.
    RoundNo(u32);
    /// A seat of an instance, counted from 1 over all rounds.
    SeatNo(u32);
    /// How many commands an instance has accepted. Raised by one by each.
    Version(u32);
}
