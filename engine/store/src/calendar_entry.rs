//! The calendar entries that people were sent by mail, so that a later mail changes or cancels the same entry.

use crate::entity::calendar_entry;
use crate::error::Result;
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::id::PersonId;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};

/// One entry in one person's calendar.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Entry {
    /// Its name for ever.
    pub uid: String,
    /// The clock it shows.
    pub clock: String,
    /// What it is called.
    pub title: String,
    /// The last day.
    pub due_on: NaiveDate,
    /// Counts its changes.
    pub sequence: i32,
}

/// The entries of a person that were not cancelled.
pub async fn open(db: &impl ConnectionTrait, of: PersonId) -> Result<Vec<Entry>> {
    let rows = calendar_entry::Entity::find()
        .filter(calendar_entry::Column::PersonId.eq(of.0))
        .filter(calendar_entry::Column::CancelledAt.is_null())
        .order_by_asc(calendar_entry::Column::Uid)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Entry {
            uid: row.uid,
            clock: row.clock,
            title: row.title,
            due_on: row.due_on,
            sequence: row.sequence,
        })
        .collect())
}

/// Writes down that an entry was sent, in place of what was sent under its name before.
pub async fn sent(db: &impl ConnectionTrait, of: PersonId, entry: &Entry, now: DateTime<Utc>) -> Result<()> {
    let row = calendar_entry::ActiveModel {
        uid: Set(entry.uid.clone()),
        person_id: Set(of.0),
        clock: Set(entry.clock.clone()),
        title: Set(entry.title.clone()),
        due_on: Set(entry.due_on),
        sequence: Set(entry.sequence),
        sent_at: Set(now),
        cancelled_at: Set(None),
    };
    calendar_entry::Entity::insert(row)
        .on_conflict(
            OnConflict::column(calendar_entry::Column::Uid)
                .update_columns([
                    calendar_entry::Column::Title,
                    calendar_entry::Column::DueOn,
                    calendar_entry::Column::Sequence,
                    calendar_entry::Column::SentAt,
                    calendar_entry::Column::CancelledAt,
                ])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Writes down that an entry was cancelled.
pub async fn cancelled(db: &impl ConnectionTrait, uid: &str, now: DateTime<Utc>) -> Result<()> {
    calendar_entry::Entity::update_many()
        .col_expr(calendar_entry::Column::CancelledAt, Expr::value(now))
        .filter(calendar_entry::Column::Uid.eq(uid))
        .exec(db)
        .await?;
    Ok(())
}
