//! Mail waiting to be delivered.
//!
//! A row is written in the transaction of the act it tells about, with its Message-ID. A worker claims it for a while
//! (a lease with a token), sends it and marks it; whoever comes back after the lease ran out and somebody else took
//! the row holds an old token and changes nothing.

use crate::entity::{outbox, person};
use crate::error::{Result, StoreError};
use chrono::{DateTime, Utc};
use duban_core::id::PersonId;
use sea_orm::sea_query::{Expr, ExprTrait, OnConflict};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use serde_json::Value;
use uuid::Uuid;

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

/// What to write after a try.
#[derive(Clone, Debug, PartialEq)]
pub enum Outcome {
    /// The relay took it for this address.
    Sent {
        /// The address.
        address: String,
    },
    /// It lies in the built-in mailbox, as rendered.
    Kept {
        /// The rendered mail.
        rendered: Value,
    },
    /// Nothing was left to say.
    Dropped {
        /// Why.
        why: String,
    },
    /// It did not work; try again.
    Retry {
        /// When.
        at: DateTime<Utc>,
        /// Why.
        error: String,
    },
    /// Nobody was there to take it; the try does not count.
    Away {
        /// When to try again.
        at: DateTime<Utc>,
        /// Why.
        error: String,
    },
    /// Its time is not now; the try does not count.
    Postponed {
        /// Until when.
        until: DateTime<Utc>,
    },
    /// It will not work.
    Failed {
        /// Why.
        error: String,
    },
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

/// Claims up to `limit` mails of a lane whose time has come, the oldest first, until `until`. Only the holder of `token` may
/// finish them.
pub async fn claim(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    until: DateTime<Utc>,
    token: Uuid,
    (lane, limit): (Lane<'_>, u64),
) -> Result<Vec<Mail>> {
    let free = || {
        lane.condition()
            .add(outbox::Column::State.eq(MailState::Waiting.code()))
            .add(outbox::Column::NextTryAt.lte(now))
            .add(
                Condition::any()
                    .add(outbox::Column::LeaseUntil.is_null())
                    .add(outbox::Column::LeaseUntil.lte(now)),
            )
    };
    let ids: Vec<i64> = outbox::Entity::find()
        .select_only()
        .column(outbox::Column::Id)
        .filter(free())
        .order_by_asc(outbox::Column::NextTryAt)
        .order_by_asc(outbox::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    let mut claimed = Vec::new();
    for id in ids {
        // Compare and set: of two workers that saw the row free, one wins.
        let won = outbox::Entity::update_many()
            .col_expr(outbox::Column::LeaseUntil, Expr::value(until))
            .col_expr(outbox::Column::LeaseToken, Expr::value(token))
            .filter(outbox::Column::Id.eq(id))
            .filter(free())
            .exec(db)
            .await?;
        if won.rows_affected == 1 {
            claimed.extend(get(db, id).await?);
        }
    }
    Ok(claimed)
}

/// Lengthens a lease; false when it is no longer ours.
pub async fn renew(db: &impl ConnectionTrait, id: i64, token: Uuid, until: DateTime<Utc>) -> Result<bool> {
    let renewed = outbox::Entity::update_many()
        .col_expr(outbox::Column::LeaseUntil, Expr::value(until))
        .filter(held(id, token))
        .exec(db)
        .await?;
    Ok(renewed.rows_affected == 1)
}

/// Writes what became of a mail and ends the lease; false when the lease is no longer ours, and then nothing changes.
pub async fn finish(
    db: &impl ConnectionTrait,
    id: i64,
    token: Uuid,
    outcome: &Outcome,
    now: DateTime<Utc>,
) -> Result<bool> {
    let mut row = outbox::ActiveModel {
        lease_until: Set(None),
        lease_token: Set(None),
        ..Default::default()
    };
    let state = |state: MailState| Set(state.code().to_owned());
    let mut tried = true;
    match outcome {
        Outcome::Sent { address } => {
            row.state = state(MailState::Sent);
            row.address = Set(Some(address.clone()));
            row.sent_at = Set(Some(now));
            row.error = Set(None);
        }
        Outcome::Kept { rendered } => {
            row.state = state(MailState::Kept);
            row.payload = Set(rendered.clone());
            row.sent_at = Set(Some(now));
            row.error = Set(None);
        }
        Outcome::Dropped { why } => {
            row.state = state(MailState::Dropped);
            row.error = Set(Some(why.clone()));
            tried = false;
        }
        Outcome::Retry { at, error } => {
            row.next_try_at = Set(*at);
            row.error = Set(Some(error.clone()));
        }
        Outcome::Away { at, error } => {
            row.next_try_at = Set(*at);
            row.error = Set(Some(error.clone()));
            tried = false;
        }
        Outcome::Postponed { until } => {
            row.next_try_at = Set(*until);
            tried = false;
        }
        Outcome::Failed { error } => {
            row.state = state(MailState::Failed);
            row.error = Set(Some(error.clone()));
        }
    }
    let mut update = outbox::Entity::update_many().set(row);
    if tried {
        update = update.col_expr(outbox::Column::Attempts, Expr::col(outbox::Column::Attempts).add(1));
    }
    Ok(update.filter(held(id, token)).exec(db).await?.rows_affected == 1)
}

fn held(id: i64, token: Uuid) -> Condition {
    Condition::all()
        .add(outbox::Column::Id.eq(id))
        .add(outbox::Column::State.eq(MailState::Waiting.code()))
        .add(outbox::Column::LeaseToken.eq(token))
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

/// Up to `limit` mails in one of these states with numbers below `before`, the newest first.
pub async fn list(
    db: &impl ConnectionTrait,
    states: &[MailState],
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<Mail>> {
    let mut query = outbox::Entity::find()
        .filter(outbox::Column::State.is_in(states.iter().map(|state| state.code())))
        .order_by_desc(outbox::Column::Id)
        .limit(limit);
    if let Some(before) = before {
        query = query.filter(outbox::Column::Id.lt(before));
    }
    named(db, query.all(db).await?).await
}

/// The mail with this Message-ID (without angle brackets).
pub async fn by_message_id(db: &impl ConnectionTrait, message_id: &str) -> Result<Option<Mail>> {
    let row = outbox::Entity::find()
        .filter(outbox::Column::MessageId.eq(message_id))
        .one(db)
        .await?;
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

/// How many mails are in each state.
pub async fn counts(db: &impl ConnectionTrait) -> Result<Vec<(MailState, u64)>> {
    counts_since(db, DateTime::UNIX_EPOCH).await
}

/// How many of the mails written since `since` are in each state.
pub async fn counts_since(db: &impl ConnectionTrait, since: DateTime<Utc>) -> Result<Vec<(MailState, u64)>> {
    let mut counts = Vec::new();
    for state in MailState::ALL {
        let count = outbox::Entity::find()
            .filter(outbox::Column::State.eq(state.code()))
            .filter(outbox::Column::CreatedAt.gte(since))
            .count(db)
            .await?;
        counts.push((state, count));
    }
    Ok(counts)
}

/// When the oldest mail that could go out now became due; none when nothing waits.
pub async fn oldest_due(
    db: &impl ConnectionTrait,
    lane: Lane<'_>,
    now: DateTime<Utc>,
) -> Result<Option<DateTime<Utc>>> {
    let row = outbox::Entity::find()
        .filter(lane.condition())
        .filter(outbox::Column::State.eq(MailState::Waiting.code()))
        .filter(outbox::Column::NextTryAt.lte(now))
        .order_by_asc(outbox::Column::NextTryAt)
        .one(db)
        .await?;
    Ok(row.map(|row| row.next_try_at))
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
