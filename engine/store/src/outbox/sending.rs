//! A mail on its way: claimed for a while, the claim kept alive, and what became of it.

use super::{Lane, Mail, MailState, get};
use crate::entity::outbox;
use crate::error::Result;
use chrono::{DateTime, Utc};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde_json::Value;
use uuid::Uuid;

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
