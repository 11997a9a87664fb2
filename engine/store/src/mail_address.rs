//! What is known of mail addresses from what came back. An address about which nothing is known has no row.

use crate::entity::mail_address;
use crate::error::{Result, StoreError};
use chrono::{DateTime, Utc};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, Set};
use std::collections::BTreeMap;

/// What mail to an address does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "snake_case")]
pub enum AddressState {
    /// A relay further on is still trying, or gave up for a reason that may pass.
    Delayed,
    /// It does not exist or takes nothing: no more mail goes there until somebody says so.
    Bounced,
}

impl AddressState {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Delayed => "delayed",
            Self::Bounced => "bounced",
        }
    }
}

/// An address about which something is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnownAddress {
    /// What mail there does.
    pub state: AddressState,
    /// What the other side said, as in `5.1.1 no such user`.
    pub detail: String,
    /// Since when.
    pub changed_at: DateTime<Utc>,
}

/// How many addresses send mail back.
pub async fn bounced(db: &impl ConnectionTrait) -> Result<u64> {
    let bounced = mail_address::Entity::find().filter(mail_address::Column::State.eq(AddressState::Bounced.code()));
    Ok(bounced.count(db).await?)
}

/// What is known of these addresses, by address in lower case.
pub async fn known(db: &impl ConnectionTrait, addresses: &[&str]) -> Result<BTreeMap<String, KnownAddress>> {
    let rows = mail_address::Entity::find()
        .filter(mail_address::Column::Address.is_in(addresses.iter().map(|address| address.to_lowercase())))
        .all(db)
        .await?;
    rows.into_iter()
        .map(|row| {
            let state = match row.state.as_str() {
                "delayed" => AddressState::Delayed,
                "bounced" => AddressState::Bounced,
                other => return Err(StoreError::damaged(format!("mail address {}: {other}", row.address))),
            };
            let known = KnownAddress {
                state,
                detail: row.detail,
                changed_at: row.changed_at,
            };
            Ok((row.address, known))
        })
        .collect()
}

/// Writes down what mail to an address does, in place of what was known.
pub async fn set(
    db: &impl ConnectionTrait,
    address: &str,
    state: AddressState,
    detail: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = mail_address::ActiveModel {
        address: Set(address.to_lowercase()),
        state: Set(state.code().to_owned()),
        detail: Set(detail.to_owned()),
        changed_at: Set(now),
    };
    mail_address::Entity::insert(row)
        .on_conflict(
            OnConflict::column(mail_address::Column::Address)
                .update_columns([
                    mail_address::Column::State,
                    mail_address::Column::Detail,
                    mail_address::Column::ChangedAt,
                ])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Forgets what is known of an address; false when nothing was.
pub async fn forget(db: &impl ConnectionTrait, address: &str) -> Result<bool> {
    let gone = mail_address::Entity::delete_by_id(address.to_lowercase())
        .exec(db)
        .await?;
    Ok(gone.rows_affected == 1)
}
