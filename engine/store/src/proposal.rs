//! What one administrator proposes and another decides.

use crate::entity::proposal;
use crate::error::Result;
use chrono::{DateTime, Utc};
use duban_core::id::PersonId;
use sea_orm::sea_query::Expr;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};

/// A proposal as kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proposal {
    /// Its number.
    pub id: i64,
    /// What kind of change.
    pub kind: String,
    /// The change.
    pub payload: serde_json::Value,
    /// `proposed`, `confirmed` or `rejected`.
    pub state: String,
    /// By whom.
    pub proposed_by: PersonId,
    /// When (UTC).
    pub proposed_at: DateTime<Utc>,
    /// Who decided.
    pub decided_by: Option<PersonId>,
    /// When (UTC).
    pub decided_at: Option<DateTime<Utc>>,
    /// Why it was rejected.
    pub note: Option<String>,
}

impl From<proposal::Model> for Proposal {
    fn from(row: proposal::Model) -> Self {
        Self {
            id: row.id,
            kind: row.kind,
            payload: row.payload,
            state: row.state,
            proposed_by: PersonId(row.proposed_by),
            proposed_at: row.proposed_at,
            decided_by: row.decided_by.map(PersonId),
            decided_at: row.decided_at,
            note: row.note,
        }
    }
}

/// Keeps a new proposal.
pub async fn add(
    db: &impl ConnectionTrait,
    kind: &str,
    payload: serde_json::Value,
    by: PersonId,
    now: DateTime<Utc>,
) -> Result<i64> {
    let row = proposal::ActiveModel {
        kind: Set(kind.to_owned()),
        payload: Set(payload),
        state: Set("proposed".to_owned()),
        proposed_by: Set(by.0),
        proposed_at: Set(now),
        ..Default::default()
    };
    Ok(row.insert(db).await?.id)
}

/// The proposal with this number.
pub async fn find(db: &impl ConnectionTrait, id: i64) -> Result<Option<Proposal>> {
    Ok(proposal::Entity::find_by_id(id).one(db).await?.map(Proposal::from))
}

/// Up to `limit` proposals in this state (any when absent), older than the number `before`, the newest first.
pub async fn page(
    db: &impl ConnectionTrait,
    state: Option<&str>,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<Proposal>> {
    let mut query = proposal::Entity::find();
    if let Some(state) = state {
        query = query.filter(proposal::Column::State.eq(state));
    }
    if let Some(before) = before {
        query = query.filter(proposal::Column::Id.lt(before));
    }
    let rows = query.order_by_desc(proposal::Column::Id).limit(limit).all(db).await?;
    Ok(rows.into_iter().map(Proposal::from).collect())
}

/// Decides an open proposal; says whether it was still open.
pub async fn decide(
    db: &impl ConnectionTrait,
    id: i64,
    state: &str,
    by: PersonId,
    now: DateTime<Utc>,
    note: Option<String>,
) -> Result<bool> {
    let done = proposal::Entity::update_many()
        .col_expr(proposal::Column::State, Expr::value(state))
        .col_expr(proposal::Column::DecidedBy, Expr::value(by.0))
        .col_expr(proposal::Column::DecidedAt, Expr::value(now))
        .col_expr(proposal::Column::Note, Expr::value(note))
        .filter(proposal::Column::Id.eq(id))
        .filter(proposal::Column::State.eq("proposed"))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}
