//! What waits for a person, what they did, what they started, what they were given to read.

use crate::document::{Document, of_row, small};
use crate::entity::{carbon_copy, document, participation, seat, seat_bar};
use crate::error::Result;
use crate::instance::{OpenSeat, seat_of};
use chrono::{DateTime, Utc};
use duban_core::id::{DocumentId, PersonId, RoundNo, UnitId};
use duban_core::org::Role;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
};
use std::collections::{BTreeMap, BTreeSet};

/// A point in a list ordered by instant and document, both falling.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct After {
    /// The instant of the last row seen (UTC).
    pub at: DateTime<Utc>,
    /// Its document.
    pub document: DocumentId,
}

/// Open seats that these posts (unit, role) answer for.
pub async fn seats_of(db: &impl ConnectionTrait, posts: &BTreeSet<(UnitId, Role)>) -> Result<Vec<OpenSeat>> {
    if posts.is_empty() {
        return Ok(Vec::new());
    }
    let mut any = Condition::any();
    for (unit, role) in posts {
        any = any.add(
            Condition::all()
                .add(seat::Column::UnitId.eq(unit.0))
                .add(seat::Column::Role.eq(role.code())),
        );
    }
    let rows = seat::Entity::find().filter(any).all(db).await?;
    rows.into_iter().map(seat_of).collect()
}

/// Who is barred from the open seats of these documents, by document and round.
pub async fn bars(
    db: &impl ConnectionTrait,
    documents: &BTreeSet<DocumentId>,
) -> Result<BTreeSet<(DocumentId, RoundNo, PersonId)>> {
    let rows = seat_bar::Entity::find()
        .filter(seat_bar::Column::DocumentId.is_in(documents.iter().map(|id| id.0)))
        .all(db)
        .await?;
    let bars = rows.into_iter().map(|row| {
        (
            DocumentId(row.document_id),
            RoundNo(small(row.round)),
            PersonId(row.person_id),
        )
    });
    Ok(bars.collect())
}

/// The open seats of these documents.
pub async fn seats_in(
    db: &impl ConnectionTrait,
    documents: &BTreeSet<DocumentId>,
) -> Result<BTreeMap<DocumentId, Vec<OpenSeat>>> {
    let mut found: BTreeMap<DocumentId, Vec<OpenSeat>> = BTreeMap::new();
    let rows = seat::Entity::find()
        .filter(seat::Column::DocumentId.is_in(documents.iter().map(|id| id.0)))
        .order_by_asc(seat::Column::SeatNo)
        .all(db)
        .await?;
    for row in rows {
        let open = seat_of(row)?;
        found.entry(open.document).or_default().push(open);
    }
    Ok(found)
}

/// Documents in which a person acted, with the act and its instant, the newest first.
pub async fn done(
    db: &impl ConnectionTrait,
    person: PersonId,
    after: Option<After>,
    limit: u64,
) -> Result<Vec<(DocumentId, String, DateTime<Utc>)>> {
    let mut query = participation::Entity::find().filter(participation::Column::PersonId.eq(person.0));
    if let Some(after) = after {
        query = query.filter(falling(
            Expr::col(participation::Column::ActedAt),
            Expr::col(participation::Column::DocumentId),
            after,
        ));
    }
    let rows = query
        .order_by_desc(participation::Column::ActedAt)
        .order_by_desc(participation::Column::DocumentId)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (DocumentId(row.document_id), row.act, row.acted_at))
        .collect())
}

/// Documents of these units, or made by this person, the last changed first.
pub async fn mine(
    db: &impl ConnectionTrait,
    person: PersonId,
    units: &[UnitId],
    after: Option<After>,
    limit: u64,
) -> Result<Vec<Document>> {
    let mut query = document::Entity::find().filter(
        Condition::any()
            .add(document::Column::UnitId.is_in(units.iter().map(|unit| unit.0)))
            .add(document::Column::CreatedBy.eq(person.0)),
    );
    if let Some(after) = after {
        query = query.filter(falling(
            Expr::col(document::Column::ChangedAt),
            Expr::col(document::Column::Id),
            after,
        ));
    }
    let rows = query
        .order_by_desc(document::Column::ChangedAt)
        .order_by_desc(document::Column::Id)
        .limit(limit)
        .all(db)
        .await?;
    rows.into_iter().map(of_row).collect()
}

/// Copies given to a person: document, when, and when they read it; the newest first.
pub async fn copies(
    db: &impl ConnectionTrait,
    person: PersonId,
    after: Option<After>,
    limit: u64,
) -> Result<Vec<(DocumentId, DateTime<Utc>, Option<DateTime<Utc>>)>> {
    let mut query = carbon_copy::Entity::find().filter(carbon_copy::Column::PersonId.eq(person.0));
    if let Some(after) = after {
        query = query.filter(falling(
            Expr::col(carbon_copy::Column::SentAt),
            Expr::col(carbon_copy::Column::DocumentId),
            after,
        ));
    }
    let rows = query
        .order_by_desc(carbon_copy::Column::SentAt)
        .order_by_desc(carbon_copy::Column::DocumentId)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (DocumentId(row.document_id), row.sent_at, row.read_at))
        .collect())
}

/// How many copies a person has not read.
pub async fn unread(db: &impl ConnectionTrait, person: PersonId) -> Result<u64> {
    Ok(carbon_copy::Entity::find()
        .filter(carbon_copy::Column::PersonId.eq(person.0))
        .filter(carbon_copy::Column::ReadAt.is_null())
        .count(db)
        .await?)
}

/// True when the person has an unread copy of the document.
pub async fn has_unread(db: &impl ConnectionTrait, person: PersonId, document: DocumentId) -> Result<bool> {
    let row = carbon_copy::Entity::find_by_id((document.0, person.0)).one(db).await?;
    Ok(row.is_some_and(|row| row.read_at.is_none()))
}

/// Marks a copy as read at `now`.
pub async fn mark_read(
    db: &impl ConnectionTrait,
    person: PersonId,
    document: DocumentId,
    now: DateTime<Utc>,
) -> Result<()> {
    carbon_copy::Entity::update_many()
        .col_expr(carbon_copy::Column::ReadAt, Expr::value(now))
        .filter(carbon_copy::Column::PersonId.eq(person.0))
        .filter(carbon_copy::Column::DocumentId.eq(document.0))
        .filter(carbon_copy::Column::ReadAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

fn falling(at: Expr, document: Expr, after: After) -> Condition {
    Condition::any()
        .add(at.clone().lt(after.at))
        .add(Condition::all().add(at.eq(after.at)).add(document.lt(after.document.0)))
}
