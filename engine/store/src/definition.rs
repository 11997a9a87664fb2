//! Workflow definitions that were published: their text, and whether new papers may still begin with them.

use crate::document::{small, stored};
use crate::entity::published_definition as row;
use crate::error::Result;
use chrono::{DateTime, Utc};
use duban_core::id::PersonId;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set, sea_query::Expr};

/// A published version of a definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// Its name.
    pub id: String,
    /// Its version.
    pub version: u32,
    /// Its text as it was published.
    pub source: String,
    /// SHA-256 of the text, lower-case hexadecimal.
    pub hash: String,
    /// When it was published (UTC).
    pub published_at: DateTime<Utc>,
    /// Who published it; nobody for one that came with the program.
    pub published_by: Option<PersonId>,
    /// Since when nothing new begins with it (UTC).
    pub retired_at: Option<DateTime<Utc>>,
}

/// All of them, by name and version.
pub async fn all(db: &impl ConnectionTrait) -> Result<Vec<Published>> {
    let rows = row::Entity::find()
        .order_by_asc(row::Column::Definition)
        .order_by_asc(row::Column::Version)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Published {
            id: row.definition,
            version: small(row.version),
            source: row.source,
            hash: row.hash,
            published_at: row.published_at,
            published_by: row.published_by.map(PersonId),
            retired_at: row.retired_at,
        })
        .collect())
}

/// Keeps a version as published. Its text never changes afterwards.
pub async fn publish(db: &impl ConnectionTrait, new: Published) -> Result<()> {
    let new = row::ActiveModel {
        definition: Set(new.id),
        version: Set(stored(new.version)),
        source: Set(new.source),
        hash: Set(new.hash),
        published_at: Set(new.published_at),
        published_by: Set(new.published_by.map(|person| person.0)),
        retired_at: Set(None),
        retired_by: Set(None),
    };
    row::Entity::insert(new).exec_without_returning(db).await?;
    Ok(())
}

/// Retires a version; false when it is none that is published and not yet retired.
pub async fn retire(
    db: &impl ConnectionTrait,
    (id, version): (&str, u32),
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<bool> {
    let done = row::Entity::update_many()
        .col_expr(row::Column::RetiredAt, Expr::value(now))
        .col_expr(row::Column::RetiredBy, Expr::value(by.0))
        .filter(row::Column::Definition.eq(id))
        .filter(row::Column::Version.eq(stored(version)))
        .filter(row::Column::RetiredAt.is_null())
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}
