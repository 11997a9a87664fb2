//! The audit trail: appending locks and moves the head row, so that the chain has no forks.

use crate::entity::{audit, audit_head};
use crate::error::{Result, StoreError};
use chrono::{DateTime, Utc};
use duban_core::audit::{Link, Record, chain_hash};
use sea_orm::sea_query::LockType;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, ExprTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};
use std::collections::BTreeMap;

/// What the caller knows about a record to be appended; the number and hashes come from the head.
#[derive(Clone, Debug, Default)]
pub struct NewRecord {
    /// Who did it; nobody for the program itself.
    pub person: Option<i64>,
    /// Their name now.
    pub name: Option<String>,
    /// For whom they acted.
    pub on_behalf_of: Option<i64>,
    /// Where the request came from.
    pub source: Option<String>,
    /// What was done.
    pub verb: String,
    /// The kind of thing it was done to.
    pub object_kind: String,
    /// Which one.
    pub object_id: String,
    /// Anything more.
    pub detail: BTreeMap<String, String>,
}

/// Appends a record at `at` (UTC) within the caller's transaction and gives its number.
pub async fn append(db: &impl ConnectionTrait, at: DateTime<Utc>, new: NewRecord) -> Result<i64> {
    let mut query = audit_head::Entity::find_by_id(1);
    if db.get_database_backend() == DbBackend::Postgres {
        query = query.lock(LockType::Update);
    }
    let head = query
        .one(db)
        .await?
        .ok_or_else(|| StoreError::damaged("the audit head is missing"))?;
    let seq = head.seq + 1;
    let record = Record {
        seq,
        at,
        person: new.person,
        name: new.name,
        on_behalf_of: new.on_behalf_of,
        source: new.source,
        verb: new.verb,
        object_kind: new.object_kind,
        object_id: new.object_id,
        detail: new.detail,
    };
    let canonical = record.canonical();
    let hash = chain_hash(&head.hash, &canonical);
    let row = audit::ActiveModel {
        seq: Set(seq),
        at: Set(at),
        person_id: Set(record.person),
        verb: Set(record.verb),
        object_kind: Set(record.object_kind),
        object_id: Set(record.object_id),
        canonical: Set(canonical),
        prev_hash: Set(head.hash.clone()),
        hash: Set(hash.clone()),
    };
    audit::Entity::insert(row).exec_without_returning(db).await?;
    let mut head: audit_head::ActiveModel = head.into();
    head.seq = Set(seq);
    head.hash = Set(hash);
    head.update(db).await?;
    Ok(seq)
}

/// The number and hash of the newest record.
pub async fn head(db: &impl ConnectionTrait) -> Result<(i64, String)> {
    let head = audit_head::Entity::find_by_id(1)
        .one(db)
        .await?
        .ok_or_else(|| StoreError::damaged("the audit head is missing"))?;
    Ok((head.seq, head.hash))
}

/// Up to `limit` links after the record number `after`, in order.
pub async fn links(db: &impl ConnectionTrait, after: i64, limit: u64) -> Result<Vec<Link>> {
    let rows = audit::Entity::find()
        .filter(audit::Column::Seq.gt(after))
        .order_by_asc(audit::Column::Seq)
        .limit(limit)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(link).collect())
}

/// Which records to look for; everything that is absent matches.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Done by this person.
    pub person: Option<i64>,
    /// With this verb, or one that begins with it and a full stop.
    pub verb: Option<String>,
    /// About this kind of thing.
    pub object_kind: Option<String>,
    /// About this thing.
    pub object_id: Option<String>,
    /// At or after (UTC).
    pub from: Option<DateTime<Utc>>,
    /// Before (UTC).
    pub until: Option<DateTime<Utc>>,
}

/// Up to `limit` matching records older than the number `before`, the newest first. The columns that a record is
/// found by are compared with the text that was hashed, so that a column edited apart from it is noticed.
pub async fn search(
    db: &impl ConnectionTrait,
    filter: &Filter,
    before: Option<i64>,
    limit: u64,
) -> Result<Vec<(Record, Link)>> {
    let mut query = audit::Entity::find();
    if let Some(person) = filter.person {
        query = query.filter(audit::Column::PersonId.eq(person));
    }
    if let Some(verb) = &filter.verb {
        query = query.filter(
            audit::Column::Verb
                .eq(verb)
                .or(audit::Column::Verb.starts_with(format!("{verb}."))),
        );
    }
    if let Some(kind) = &filter.object_kind {
        query = query.filter(audit::Column::ObjectKind.eq(kind));
    }
    if let Some(id) = &filter.object_id {
        query = query.filter(audit::Column::ObjectId.eq(id));
    }
    if let Some(from) = filter.from {
        query = query.filter(audit::Column::At.gte(from));
    }
    if let Some(until) = filter.until {
        query = query.filter(audit::Column::At.lt(until));
    }
    if let Some(before) = before {
        query = query.filter(audit::Column::Seq.lt(before));
    }
    let rows = query.order_by_desc(audit::Column::Seq).limit(limit).all(db).await?;
    rows.into_iter().map(|row| Ok((record(&row)?, link(row)))).collect()
}

/// Compares the columns of up to `limit` records after `after` with the texts that were hashed: gives the number of
/// the first one that differs, and the number up to which it looked.
pub async fn columns_agree(db: &impl ConnectionTrait, after: i64, limit: u64) -> Result<(Option<i64>, i64)> {
    let rows = audit::Entity::find()
        .filter(audit::Column::Seq.gt(after))
        .order_by_asc(audit::Column::Seq)
        .limit(limit)
        .all(db)
        .await?;
    let mut last = after;
    for row in rows {
        last = row.seq;
        let Ok(record) = record(&row) else {
            return Ok((Some(row.seq), last));
        };
        let same = record.person == row.person_id
            && record.verb == row.verb
            && record.object_kind == row.object_kind
            && record.object_id == row.object_id
            && record.at == row.at;
        if !same {
            return Ok((Some(row.seq), last));
        }
    }
    Ok((None, last))
}

fn record(row: &audit::Model) -> Result<Record> {
    serde_json::from_str(&row.canonical).map_err(|e| StoreError::damaged(format!("audit record {}: {e}", row.seq)))
}

fn link(row: audit::Model) -> Link {
    Link {
        seq: row.seq,
        canonical: row.canonical,
        prev_hash: row.prev_hash,
        hash: row.hash,
    }
}
