//! Mail waiting to be delivered.
//!
//! A row is written in the transaction of the act it tells about, with its Message-ID. A worker claims it for a while
//! (a lease with a token), sends it and marks it; whoever comes back after the lease ran out and somebody else took
//! the row holds an old token and changes nothing.

mod listing;
mod sending;

pub use listing::{by_message_id, counts, counts_since, list, oldest_due};
pub use sending::{Outcome, claim, finish, renew};

use crate::entity::{outbox, person};
use crate::error::{Result, StoreError};
use chrono::{DateTime, Utc};
use duban_core::id::PersonId;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde_json::Value;

/// What became of a mail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MailState {
    /// To be sent, or to be tried again.
    Waiting,
    /// The relay took it.
    Sent,
    /// It lies in the built-in mailbox.
    Kept,
    /// Nothing was left to say when its turn came.
    Dropped,
    /// Given up; an administrator may try again.
    Failed,
}

impl MailState {
    /// All, in the order in which pages show them.
    pub const ALL: [Self; 5] = [Self::Waiting, Self::Failed, Self::Sent, Self::Kept, Self::Dropped];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Sent => "sent",
            Self::Kept => "kept",
            Self::Dropped => "dropped",
            Self::Failed => "failed",
        }
    }

    /// The state with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.code() == code)
    }
}

/// A mail to be written into the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct NewMail {
    /// What it is, as in `digest`.
    pub kind: &'static str,
    /// To whom.
    pub person: PersonId,
    /// What it says, for whoever renders it.
    pub payload: Value,
    /// Fixed for ever, so that a copy sent twice is recognised. Unique.
    pub message_id: String,
}

/// A mail in the outbox.
#[derive(Clone, Debug, PartialEq)]
pub struct Mail {
    /// Its number.
    pub id: i64,
    /// What it is.
    pub kind: String,
    /// To whom, and their name.
    pub person: Option<(PersonId, String)>,
    /// The address it was sent to, once it was.
    pub address: Option<String>,
    /// What it says.
    pub payload: Value,
    /// Its Message-ID without angle brackets.
    pub message_id: String,
    /// What became of it.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: u32,
    /// When it is tried next.
    pub next_try_at: DateTime<Utc>,
    /// Until when somebody is sending it.
    pub lease_until: Option<DateTime<Utc>>,
    /// What went wrong last.
    pub error: Option<String>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When it was sent or kept.
    pub sent_at: Option<DateTime<Utc>>,
}

/// Which part of the outbox a sender empties. Each has its own, so that one channel that is away holds up no other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lane<'a> {
    /// Mail to people.
    People,
    /// Messages to the group behind this robot, as in `dingtalk`.
    Group(&'a str),
}

/// How the kinds of messages to groups begin; the rest names the robot.
const GROUP: &str = "group.";

impl Lane<'_> {
    fn condition(self) -> Condition {
        match self {
            Self::People => Condition::all().add(outbox::Column::Kind.starts_with(GROUP).not()),
            Self::Group(robot) => Condition::all().add(outbox::Column::Kind.eq(format!("{GROUP}{robot}"))),
        }
    }
}

/// Writes a mail and gives its number; none when one with this Message-ID is there already, and then nothing changes.
pub async fn add(db: &impl ConnectionTrait, new: &NewMail, now: DateTime<Utc>) -> Result<Option<i64>> {
    insert(db, new.kind, Some(new.person), &new.payload, &new.message_id, now).await
}

/// Writes a message to the group behind a robot; none when it is there already.
pub async fn add_for_group(
    db: &impl ConnectionTrait,
    robot: &str,
    payload: &Value,
    message_id: &str,
    now: DateTime<Utc>,
) -> Result<Option<i64>> {
    insert(db, &format!("{GROUP}{robot}"), None, payload, message_id, now).await
}

async fn insert(
    db: &impl ConnectionTrait,
    kind: &str,
    person: Option<PersonId>,
    payload: &Value,
    message_id: &str,
    now: DateTime<Utc>,
) -> Result<Option<i64>> {
    let row = outbox::ActiveModel {
        kind: Set(kind.to_owned()),
        person_id: Set(person.map(|person| person.0)),
        address: Set(None),
        payload: Set(payload.clone()),
        message_id: Set(message_id.to_owned()),
        state: Set(MailState::Waiting.code().to_owned()),
        attempts: Set(0),
        next_try_at: Set(now),
        lease_until: Set(None),
        lease_token: Set(None),
        error: Set(None),
        created_at: Set(now),
        sent_at: Set(None),
        ..Default::default()
    };
    let added = outbox::Entity::insert(row)
        .on_conflict(OnConflict::column(outbox::Column::MessageId).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    if added == 0 {
        return Ok(None);
    }
    let row = outbox::Entity::find()
        .filter(outbox::Column::MessageId.eq(message_id))
        .one(db)
        .await?;
    Ok(row.map(|row| row.id))
}

/// Lets a given-up mail be tried again from `now` on; false when it is not given up.
pub async fn retry(db: &impl ConnectionTrait, id: i64, now: DateTime<Utc>) -> Result<bool> {
    let changed = outbox::Entity::update_many()
        .col_expr(outbox::Column::State, Expr::value(MailState::Waiting.code()))
        .col_expr(outbox::Column::NextTryAt, Expr::value(now))
        // The days after which a mail is given up count anew.
        .col_expr(outbox::Column::CreatedAt, Expr::value(now))
        .filter(outbox::Column::Id.eq(id))
        .filter(outbox::Column::State.eq(MailState::Failed.code()))
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}

/// Waiting mails of a kind for a person that nobody is sending: a newer one may take over what they say.
pub async fn idle(db: &impl ConnectionTrait, kind: &str, to: PersonId, now: DateTime<Utc>) -> Result<Vec<Mail>> {
    let rows = outbox::Entity::find()
        .filter(outbox::Column::Kind.eq(kind))
        .filter(outbox::Column::PersonId.eq(to.0))
        .filter(outbox::Column::State.eq(MailState::Waiting.code()))
        .filter(
            Condition::any()
                .add(outbox::Column::LeaseUntil.is_null())
                .add(outbox::Column::LeaseUntil.lte(now)),
        )
        .order_by_asc(outbox::Column::Id)
        .all(db)
        .await?;
    named(db, rows).await
}

/// Ends a waiting mail because a newer one says what it says.
pub async fn supersede(db: &impl ConnectionTrait, id: i64, by: &str) -> Result<()> {
    outbox::Entity::update_many()
        .col_expr(outbox::Column::State, Expr::value(MailState::Dropped.code()))
        .col_expr(outbox::Column::Error, Expr::value(format!("superseded by {by}")))
        .filter(outbox::Column::Id.eq(id))
        .filter(outbox::Column::State.eq(MailState::Waiting.code()))
        .exec(db)
        .await?;
    Ok(())
}

/// Replaces what a waiting mail says.
pub async fn rewrite(db: &impl ConnectionTrait, id: i64, payload: Value) -> Result<()> {
    outbox::Entity::update_many()
        .col_expr(outbox::Column::Payload, Expr::value(payload))
        .filter(outbox::Column::Id.eq(id))
        .filter(outbox::Column::State.eq(MailState::Waiting.code()))
        .exec(db)
        .await?;
    Ok(())
}

/// The mail with this number.
pub async fn get(db: &impl ConnectionTrait, id: i64) -> Result<Option<Mail>> {
    let row = outbox::Entity::find_by_id(id).one(db).await?;
    Ok(named(db, row.into_iter().collect()).await?.pop())
}

/// Marks a mail that the relay took as not delivered after all; false when it was not marked as sent.
pub async fn came_back(db: &impl ConnectionTrait, id: i64, error: &str) -> Result<bool> {
    let changed = outbox::Entity::update_many()
        .col_expr(outbox::Column::State, Expr::value(MailState::Failed.code()))
        .col_expr(outbox::Column::Error, Expr::value(error))
        .filter(outbox::Column::Id.eq(id))
        .filter(outbox::Column::State.eq(MailState::Sent.code()))
        .exec(db)
        .await?;
    Ok(changed.rows_affected == 1)
}

async fn named(db: &impl ConnectionTrait, rows: Vec<outbox::Model>) -> Result<Vec<Mail>> {
    let people: Vec<i64> = rows.iter().filter_map(|row| row.person_id).collect();
    let names: std::collections::BTreeMap<i64, String> = if people.is_empty() {
        std::collections::BTreeMap::new()
    } else {
        person::Entity::find()
            .select_only()
            .columns([person::Column::Id, person::Column::Name])
            .filter(person::Column::Id.is_in(people))
            .into_tuple::<(i64, String)>()
            .all(db)
            .await?
            .into_iter()
            .collect()
    };
    rows.into_iter()
        .map(|row| {
            let state = MailState::from_code(&row.state)
                .ok_or_else(|| StoreError::damaged(format!("outbox {}: state {}", row.id, row.state)))?;
            Ok(Mail {
                id: row.id,
                kind: row.kind,
                person: row
                    .person_id
                    .map(|id| (PersonId(id), names.get(&id).cloned().unwrap_or_default())),
                address: row.address,
                payload: row.payload,
                message_id: row.message_id,
                state,
                attempts: u32::try_from(row.attempts).unwrap_or(0),
                next_try_at: row.next_try_at,
                lease_until: row.lease_until,
                error: row.error,
                created_at: row.created_at,
                sent_at: row.sent_at,
            })
        })
        .collect()
}
