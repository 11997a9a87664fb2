//! The outbox as people and monitors look at it: lists and counts.

use super::{Lane, Mail, MailState, named};
use crate::entity::outbox;
use crate::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect};

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
