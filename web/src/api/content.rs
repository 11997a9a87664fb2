//! What a document contains, as the API describes it. The values themselves are the core's; these types say in the
//! description what the core's look like, and a test holds the two together.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use utoipa::ToSchema;

/// The content of a document: values as typed, empty or absent where nothing was entered.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ContentBody {
    /// The document's own fields by key.
    #[serde(default)]
    pub head: BTreeMap<String, String>,
    /// Its lines in order.
    #[serde(default)]
    pub lines: Vec<LineBody>,
}

/// One line.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineBody {
    /// Stable within the document, never reused.
    pub id: u32,
    /// The task or finding it answers.
    pub source: Option<i64>,
    /// Its fields by key.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
    /// Its items.
    #[serde(default)]
    pub items: Vec<ItemBody>,
}

/// One row under a line: an indicator, or a measure.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ItemBody {
    /// Stable within the document, never reused.
    pub id: u32,
    /// The indicator it answers.
    pub source: Option<i64>,
    /// Its fields by key.
    #[serde(default)]
    pub fields: BTreeMap<String, String>,
}

/// A place in a document.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PlaceBody {
    /// The line, or none for the head.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// The item under the line.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
    /// The key of the field.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
}

/// A remark at a place.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct MarkBody {
    /// Where.
    pub place: PlaceBody,
    /// What is wrong there.
    pub text: String,
}

/// What is asked of a document.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(tag = "act", rename_all = "snake_case")]
pub enum ActBody {
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
        to: Option<String>,
        /// Why. Compulsory.
        reason: String,
        /// Remarks at places.
        #[serde(default)]
        marks: Vec<MarkBody>,
    },
    /// Vote against.
    Reject {
        /// Why. Compulsory.
        reason: String,
    },
    /// Abstain, where the stage lets one.
    Abstain {
        /// A note for the record.
        #[serde(default)]
        note: String,
    },
    /// Take one's own submission back before anybody acted on it.
    Withdraw {
        /// Why.
        #[serde(default)]
        reason: String,
    },
    /// Take one's own agreement back before anybody acted on what it opened.
    TakeBack {
        /// Why.
        #[serde(default)]
        reason: String,
    },
    /// Add a signer (加签).
    Add {
        /// When they are asked.
        turn: TurnBody,
        /// Who.
        signer: PostBody,
        /// What they are asked.
        #[serde(default)]
        note: String,
    },
    /// Remove a signer whom one added and who has not answered (减签).
    Remove {
        /// The signer's seat.
        seat: u32,
        /// Why. Compulsory.
        reason: String,
    },
    /// Hand a seat over for good (转办), within its unit.
    Transfer {
        /// To whom.
        to: PostBody,
        /// Why. Compulsory.
        reason: String,
    },
    /// Lend a seat for an opinion (委派), within its unit.
    Lend {
        /// To whom.
        to: PostBody,
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
    /// Give people a copy to read (抄送).
    Copy {
        /// Whom.
        people: Vec<i64>,
        /// What they should know.
        #[serde(default)]
        note: String,
    },
    /// Ask whoever is waited for to hurry (催办); once a working day.
    Urge,
    /// Stop it for a while (挂起): nobody acts, no time passes.
    Suspend {
        /// Why. Compulsory.
        reason: String,
    },
    /// Let it go on.
    Resume,
    /// Look again who can sit on the seats.
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
    /// Pass a round for which there is nobody; a second person confirms.
    Override {
        /// Which; may be left out while there is only one.
        #[serde(default)]
        round: Option<u32>,
        /// Why. Compulsory.
        reason: String,
    },
    /// End it without a result (the office only).
    Terminate {
        /// Why. Compulsory.
        reason: String,
    },
}

/// When an added signer is asked.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TurnBody {
    /// Before whoever added them.
    Before,
    /// After whoever added them has agreed.
    After,
    /// At the same time.
    Parallel,
}

/// A post, and the one of those who hold it who is meant, when one is.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PostBody {
    /// The unit.
    pub unit: i64,
    /// The role.
    pub role: String,
    /// The person; whoever holds the post when absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub person: Option<i64>,
}

#[cfg(test)]
mod tests {
    use super::*;
    use duban_core::document::content::{Content, Item, Line, Place};
    use duban_core::id::{PersonId, RoundNo, SeatNo, UnitId};
    use duban_core::org::Role;
    use duban_core::workflow::{Act, Addressee, Mark, Turn};

    /// Writes `value` and reads it as `T`, then back again: the two types must be the same JSON.
    fn same<V, T>(value: &V)
    where
        V: Serialize + serde::de::DeserializeOwned + PartialEq + std::fmt::Debug,
        T: Serialize + serde::de::DeserializeOwned,
    {
        let written = serde_json::to_value(value).unwrap();
        let described: T = serde_json::from_value(written.clone()).unwrap();
        assert_eq!(serde_json::to_value(&described).unwrap(), written);
        let back: V = serde_json::from_value(serde_json::to_value(&described).unwrap()).unwrap();
        assert_eq!(&back, value);
    }

    #[test]
    fn the_described_types_are_the_cores() {
        let fields: BTreeMap<_, _> = [("aim".to_owned(), "稳中求进".to_owned())].into();
        let item = Item {
            id: 3,
            source: Some(9),
            fields: fields.clone(),
        };
        let line = Line {
            id: 1,
            source: Some(7),
            fields: fields.clone(),
            items: vec![item],
        };
        let content = Content {
            head: fields,
            lines: vec![line, Line::default()],
        };
        same::<_, ContentBody>(&content);
        let place = Place {
            line: Some(1),
            item: None,
            field: Some("aim".into()),
        };
        let text = || "理由".to_owned();
        let to = Addressee {
            unit: UnitId(3),
            role: Role::Deputy,
            person: Some(PersonId(9)),
        };
        for act in [
            Act::Submit { note: text() },
            Act::Approve { note: text() },
            Act::Return {
                to: Some("draft".into()),
                reason: text(),
                marks: vec![Mark { place, text: text() }],
            },
            Act::Reject { reason: text() },
            Act::Abstain { note: text() },
            Act::Add {
                turn: Turn::After,
                signer: to,
                note: text(),
            },
            Act::Remove {
                seat: SeatNo(4),
                reason: text(),
            },
            Act::Transfer { to, reason: text() },
            Act::Lend { to, note: text() },
            Act::GiveBack { note: text() },
            Act::Copy {
                people: vec![PersonId(9)],
                note: text(),
            },
            Act::Urge,
            Act::Suspend { reason: text() },
            Act::Resume,
            Act::Recheck,
            Act::AskExtension {
                until: NaiveDate::MIN,
                reason: text(),
            },
            Act::GrantExtension {
                until: Some(NaiveDate::MIN),
                note: text(),
            },
            Act::RefuseExtension { reason: text() },
            Act::Override {
                round: Some(RoundNo(2)),
                reason: text(),
            },
            Act::Withdraw { reason: text() },
            Act::TakeBack { reason: text() },
            Act::Terminate { reason: text() },
        ] {
            same::<_, ActBody>(&act);
        }
    }
}
