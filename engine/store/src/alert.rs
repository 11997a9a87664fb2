//! What people are told inside the service, whether or not mail reaches them.

use crate::entity::alert;
use crate::error::Result;
use chrono::{DateTime, Utc};
use duban_core::id::{DocumentId, PersonId};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use serde_json::Value;

/// Something to tell a person.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAlert {
    /// To whom.
    pub person: PersonId,
    /// What it is; its sentence is a text of the locales.
    pub code: String,
    /// What the sentence needs: a JSON object of texts.
    pub args: Value,
    /// The paper it is about.
    pub document: Option<DocumentId>,
    /// The occasion; the same one is told to a person once.
    pub key: String,
}

/// Something a person was told.
#[derive(Clone, Debug, PartialEq)]
pub struct Alert {
    /// Its number.
    pub id: i64,
    /// What it is.
    pub code: String,
    /// What its sentence needs.
    pub args: Value,
    /// The paper it is about.
    pub document: Option<DocumentId>,
    /// When it was written.
    pub created_at: DateTime<Utc>,
    /// When the person had seen it.
    pub read_at: Option<DateTime<Utc>>,
}

/// Tells a person; telling the same occasion twice changes nothing.
pub async fn add(db: &impl ConnectionTrait, new: &NewAlert, now: DateTime<Utc>) -> Result<()> {
    let row = alert::ActiveModel {
        person_id: Set(new.person.0),
        code: Set(new.code.clone()),
        args: Set(new.args.clone()),
        document_id: Set(new.document.map(|id| id.0)),
        key: Set(new.key.clone()),
        created_at: Set(now),
        read_at: Set(None),
        ..Default::default()
    };
    alert::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([alert::Column::PersonId, alert::Column::Key])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Up to `limit` alerts of a person with numbers below `before`, the newest first.
pub async fn list(db: &impl ConnectionTrait, of: PersonId, before: Option<i64>, limit: u64) -> Result<Vec<Alert>> {
    let mut query = alert::Entity::find()
        .filter(alert::Column::PersonId.eq(of.0))
        .order_by_desc(alert::Column::Id)
        .limit(limit);
    if let Some(before) = before {
        query = query.filter(alert::Column::Id.lt(before));
    }
    let rows = query.all(db).await?.into_iter();
    Ok(rows
        .map(|row| Alert {
            id: row.id,
            code: row.code,
            args: row.args,
            document: row.document_id.map(DocumentId),
            created_at: row.created_at,
            read_at: row.read_at,
        })
        .collect())
}

/// How many alerts a person has not seen.
pub async fn unread(db: &impl ConnectionTrait, of: PersonId) -> Result<u64> {
    Ok(alert::Entity::find()
        .filter(alert::Column::PersonId.eq(of.0))
        .filter(alert::Column::ReadAt.is_null())
        .count(db)
        .await?)
}

/// Marks a person's alerts up to and including the number `last` as seen.
pub async fn read(db: &impl ConnectionTrait, of: PersonId, last: i64, now: DateTime<Utc>) -> Result<()> {
    alert::Entity::update_many()
        .col_expr(alert::Column::ReadAt, Expr::value(now))
        .filter(alert::Column::PersonId.eq(of.0))
        .filter(alert::Column::Id.lte(last))
        .filter(alert::Column::ReadAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}
