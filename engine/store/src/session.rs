//! Sessions, throttling, personal tokens. Secrets come in as hashes only.

use crate::entity::{api_token, session, sign_in_attempt};
use crate::error::Result;
use chrono::{DateTime, Utc};
use duban_core::id::PersonId;
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, ExprTrait, QueryFilter, QueryOrder, Set};

/// A session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub person: PersonId,
    /// When they signed in (UTC).
    pub created_at: DateTime<Utc>,
    /// When it was last used (UTC), to the minute.
    pub seen_at: DateTime<Utc>,
    /// When it ends whatever happens (UTC).
    pub expires_at: DateTime<Utc>,
    /// From where.
    pub source: Option<String>,
    /// With which browser.
    pub agent: Option<String>,
}

impl From<session::Model> for Session {
    fn from(row: session::Model) -> Self {
        Self {
            id: row.id,
            person: PersonId(row.person_id),
            created_at: row.created_at,
            seen_at: row.seen_at,
            expires_at: row.expires_at,
            source: row.source,
            agent: row.agent,
        }
    }
}

/// Opens a session; its own `id` is ignored.
pub async fn open(db: &impl ConnectionTrait, hash: String, new: Session) -> Result<i64> {
    let row = session::ActiveModel {
        person_id: Set(new.person.0),
        hash: Set(hash),
        created_at: Set(new.created_at),
        seen_at: Set(new.seen_at),
        expires_at: Set(new.expires_at),
        source: Set(new.source),
        agent: Set(new.agent),
        ..Default::default()
    };
    Ok(row.insert(db).await?.id)
}

/// The session with this hash.
pub async fn find(db: &impl ConnectionTrait, hash: &str) -> Result<Option<Session>> {
    let row = session::Entity::find()
        .filter(session::Column::Hash.eq(hash))
        .one(db)
        .await?;
    Ok(row.map(Session::from))
}

/// Notes that a session was used at `now`.
pub async fn touch(db: &impl ConnectionTrait, id: i64, now: DateTime<Utc>) -> Result<()> {
    session::Entity::update_many()
        .col_expr(session::Column::SeenAt, Expr::value(now))
        .filter(session::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// The sessions of a person, the newest first.
pub async fn of_person(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Session>> {
    let rows = session::Entity::find()
        .filter(session::Column::PersonId.eq(person.0))
        .order_by_desc(session::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Session::from).collect())
}

/// Ends one session of a person; says whether there was one.
pub async fn close(db: &impl ConnectionTrait, person: PersonId, id: i64) -> Result<bool> {
    let done = session::Entity::delete_many()
        .filter(session::Column::PersonId.eq(person.0))
        .filter(session::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}

/// Ends all sessions of a person but the one named; says how many.
pub async fn close_all(db: &impl ConnectionTrait, person: PersonId, except: Option<i64>) -> Result<u64> {
    let mut query = session::Entity::delete_many().filter(session::Column::PersonId.eq(person.0));
    if let Some(kept) = except {
        query = query.filter(session::Column::Id.ne(kept));
    }
    Ok(query.exec(db).await?.rows_affected)
}

/// Removes sessions that ended before `now` or were not used since `idle_since`, and attempts older than `forget`.
pub async fn sweep(
    db: &impl ConnectionTrait,
    now: DateTime<Utc>,
    idle_since: DateTime<Utc>,
    forget: DateTime<Utc>,
) -> Result<()> {
    session::Entity::delete_many()
        .filter(
            session::Column::ExpiresAt
                .lt(now)
                .or(session::Column::SeenAt.lt(idle_since)),
        )
        .exec(db)
        .await?;
    sign_in_attempt::Entity::delete_many()
        .filter(sign_in_attempt::Column::FailedAt.lt(forget))
        .exec(db)
        .await?;
    Ok(())
}

/// Failed attempts under one key (an account or a source).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempts {
    /// How many in a row.
    pub failures: u32,
    /// The last one (UTC).
    pub failed_at: DateTime<Utc>,
    /// No further attempt is looked at before (UTC).
    pub blocked_until: Option<DateTime<Utc>>,
}

/// The failed attempts under `key`.
pub async fn attempts(db: &impl ConnectionTrait, key: &str) -> Result<Option<Attempts>> {
    let row = sign_in_attempt::Entity::find_by_id(key.to_owned()).one(db).await?;
    Ok(row.map(|row| Attempts {
        failures: u32::try_from(row.failures).unwrap_or(0),
        failed_at: row.failed_at,
        blocked_until: row.blocked_until,
    }))
}

/// Keeps the failed attempts under `key`, in place of what was there.
pub async fn set_attempts(db: &impl ConnectionTrait, key: &str, attempts: &Attempts) -> Result<()> {
    let row = sign_in_attempt::ActiveModel {
        key: Set(key.to_owned()),
        failures: Set(i32::try_from(attempts.failures).unwrap_or(i32::MAX)),
        failed_at: Set(attempts.failed_at),
        blocked_until: Set(attempts.blocked_until),
    };
    sign_in_attempt::Entity::insert(row)
        .on_conflict(
            OnConflict::column(sign_in_attempt::Column::Key)
                .update_columns([
                    sign_in_attempt::Column::Failures,
                    sign_in_attempt::Column::FailedAt,
                    sign_in_attempt::Column::BlockedUntil,
                ])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Forgets the failed attempts under `key`.
pub async fn clear_attempts(db: &impl ConnectionTrait, key: &str) -> Result<()> {
    sign_in_attempt::Entity::delete_by_id(key.to_owned()).exec(db).await?;
    Ok(())
}

/// A personal token for the API.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its number.
    pub id: i64,
    /// Whose.
    pub person: PersonId,
    /// What its owner calls it.
    pub name: String,
    /// `read` or `act`.
    pub scope: String,
    /// When it was made (UTC).
    pub created_at: DateTime<Utc>,
    /// When it ends (UTC).
    pub expires_at: DateTime<Utc>,
    /// When it was last used (UTC), to the minute.
    pub used_at: Option<DateTime<Utc>>,
}

impl From<api_token::Model> for Token {
    fn from(row: api_token::Model) -> Self {
        Self {
            id: row.id,
            person: PersonId(row.person_id),
            name: row.name,
            scope: row.scope,
            created_at: row.created_at,
            expires_at: row.expires_at,
            used_at: row.used_at,
        }
    }
}

/// Keeps a new token; its own `id` is ignored.
pub async fn add_token(db: &impl ConnectionTrait, hash: String, new: Token) -> Result<i64> {
    let row = api_token::ActiveModel {
        person_id: Set(new.person.0),
        name: Set(new.name),
        hash: Set(hash),
        scope: Set(new.scope),
        created_at: Set(new.created_at),
        expires_at: Set(new.expires_at),
        used_at: Set(None),
        ..Default::default()
    };
    Ok(row.insert(db).await?.id)
}

/// The token with this hash.
pub async fn find_token(db: &impl ConnectionTrait, hash: &str) -> Result<Option<Token>> {
    let row = api_token::Entity::find()
        .filter(api_token::Column::Hash.eq(hash))
        .one(db)
        .await?;
    Ok(row.map(Token::from))
}

/// Notes that a token was used at `now`.
pub async fn touch_token(db: &impl ConnectionTrait, id: i64, now: DateTime<Utc>) -> Result<()> {
    api_token::Entity::update_many()
        .col_expr(api_token::Column::UsedAt, Expr::value(now))
        .filter(api_token::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(())
}

/// The tokens of a person, the newest first.
pub async fn tokens(db: &impl ConnectionTrait, person: PersonId) -> Result<Vec<Token>> {
    let rows = api_token::Entity::find()
        .filter(api_token::Column::PersonId.eq(person.0))
        .order_by_desc(api_token::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Token::from).collect())
}

/// Takes back a token of a person; says whether there was one.
pub async fn remove_token(db: &impl ConnectionTrait, person: PersonId, id: i64) -> Result<bool> {
    let done = api_token::Entity::delete_many()
        .filter(api_token::Column::PersonId.eq(person.0))
        .filter(api_token::Column::Id.eq(id))
        .exec(db)
        .await?;
    Ok(done.rows_affected > 0)
}
