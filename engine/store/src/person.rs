//! People, their accounts, posts and delegations.

use crate::entity::{delegation, person, post};
use crate::error::{Result, StoreError};
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::id::{DelegationId, PersonId, PostId, UnitId};
use duban_core::org::{Delegation, Organisation, Person, Post, Role};
use duban_core::succession::inherited;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, Condition, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, Set,
};

/// A person together with what belongs to their account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Account {
    /// Who.
    pub person: Person,
    /// The name they sign in with.
    pub username: String,
    /// Where mail goes.
    pub email: Option<String>,
    /// Their language, `zh-CN` or `en`.
    pub locale: String,
    /// The password as a PHC string; none: they cannot sign in with one.
    pub password_hash: Option<String>,
    /// They have to change the password first.
    pub must_change_password: bool,
}

/// A person to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewPerson {
    /// The name they sign in with; lower case.
    pub username: String,
    /// Their name as shown.
    pub name: String,
    /// Where mail goes.
    pub email: Option<String>,
    /// Their language, `zh-CN` or `en`.
    pub locale: String,
    /// The password as a PHC string.
    pub password_hash: Option<String>,
    /// They have to change the password first.
    pub must_change_password: bool,
}

impl From<person::Model> for Account {
    fn from(row: person::Model) -> Self {
        Self {
            person: Person {
                id: PersonId(row.id),
                name: row.name,
                active: row.active,
            },
            username: row.username,
            email: row.email,
            locale: row.locale,
            password_hash: row.password_hash,
            must_change_password: row.must_change_password,
        }
    }
}

/// Adds a person, active, and gives their number.
pub async fn add(db: &impl ConnectionTrait, new: NewPerson, now: DateTime<Utc>) -> Result<PersonId> {
    let row = person::ActiveModel {
        username: Set(new.username),
        name: Set(new.name),
        email: Set(new.email),
        locale: Set(new.locale),
        active: Set(true),
        password_hash: Set(new.password_hash),
        must_change_password: Set(new.must_change_password),
        created_at: Set(now),
        ..Default::default()
    };
    Ok(PersonId(row.insert(db).await?.id))
}

/// The account with this number.
pub async fn account(db: &impl ConnectionTrait, id: PersonId) -> Result<Option<Account>> {
    Ok(person::Entity::find_by_id(id.0).one(db).await?.map(Account::from))
}

/// The accounts with these numbers.
pub async fn accounts(db: &impl ConnectionTrait, ids: &[PersonId]) -> Result<Vec<Account>> {
    let rows = person::Entity::find()
        .filter(person::Column::Id.is_in(ids.iter().map(|id| id.0)))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(Account::from).collect())
}

/// The account that signs in with this name.
pub async fn by_username(db: &impl ConnectionTrait, username: &str) -> Result<Option<Account>> {
    let row = person::Entity::find()
        .filter(person::Column::Username.eq(username))
        .one(db)
        .await?;
    Ok(row.map(Account::from))
}

/// True when there is nobody yet.
pub async fn nobody(db: &impl ConnectionTrait) -> Result<bool> {
    Ok(person::Entity::find().limit(1).count(db).await? == 0)
}

/// Up to `limit` accounts after the number `after` whose name or sign-in name contains `text`, by number.
pub async fn search(db: &impl ConnectionTrait, text: &str, after: i64, limit: u64) -> Result<Vec<Account>> {
    let mut query = person::Entity::find().filter(person::Column::Id.gt(after));
    if !text.is_empty() {
        query = query.filter(
            Condition::any()
                .add(person::Column::Name.contains(text))
                .add(person::Column::Username.contains(text)),
        );
    }
    let rows = query.order_by_asc(person::Column::Id).limit(limit).all(db).await?;
    Ok(rows.into_iter().map(Account::from).collect())
}

/// What may change about an account; what is absent stays.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AccountChange {
    /// The name as shown.
    pub name: Option<String>,
    /// Where mail goes; `Some(None)` takes the address away.
    pub email: Option<Option<String>>,
    /// The language.
    pub locale: Option<String>,
    /// Open or closed.
    pub active: Option<bool>,
    /// A new password as a PHC string, and whether it has to be changed first.
    pub password: Option<(String, bool)>,
}

/// Changes an account.
pub async fn change(db: &impl ConnectionTrait, id: PersonId, change: AccountChange) -> Result<()> {
    let mut row = person::ActiveModel {
        id: Set(id.0),
        ..Default::default()
    };
    if let Some(name) = change.name {
        row.name = Set(name);
    }
    if let Some(email) = change.email {
        row.email = Set(email);
    }
    if let Some(locale) = change.locale {
        row.locale = Set(locale);
    }
    if let Some(active) = change.active {
        row.active = Set(active);
    }
    if let Some((hash, must_change)) = change.password {
        row.password_hash = Set(Some(hash));
        row.must_change_password = Set(must_change);
    }
    row.update(db).await?;
    Ok(())
}

fn post_of(row: post::Model) -> Result<Post> {
    let role =
        Role::from_code(&row.role).ok_or_else(|| StoreError::damaged(format!("post {}: role {}", row.id, row.role)))?;
    Ok(Post {
        id: PostId(row.id),
        person: PersonId(row.person_id),
        unit: UnitId(row.unit_id),
        role,
        from: row.valid_from,
        until: row.valid_until,
    })
}

fn delegation_of(row: delegation::Model) -> Delegation {
    Delegation {
        id: DelegationId(row.id),
        post: PostId(row.post_id),
        delegate: PersonId(row.delegate_id),
        from: row.starts_at,
        until: row.ends_at,
        document_type: row.document_type,
        revoked_at: row.revoked_at,
    }
}

/// All posts of a person, past and future included.
pub async fn posts(db: &impl ConnectionTrait, id: PersonId) -> Result<Vec<Post>> {
    let rows = post::Entity::find()
        .filter(post::Column::PersonId.eq(id.0))
        .order_by_asc(post::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(post_of).collect()
}

/// The post with this number.
pub async fn post(db: &impl ConnectionTrait, id: PostId) -> Result<Option<Post>> {
    post::Entity::find_by_id(id.0).one(db).await?.map(post_of).transpose()
}

/// Gives a person a post.
pub async fn add_post(
    db: &impl ConnectionTrait,
    person: PersonId,
    unit: UnitId,
    role: Role,
    period: (NaiveDate, Option<NaiveDate>),
) -> Result<PostId> {
    let row = post::ActiveModel {
        person_id: Set(person.0),
        unit_id: Set(unit.0),
        role: Set(role.code().to_owned()),
        valid_from: Set(period.0),
        valid_until: Set(period.1),
        ..Default::default()
    };
    Ok(PostId(row.insert(db).await?.id))
}

/// Ends a post: `until` is the first day on which it no longer holds.
pub async fn end_post(db: &impl ConnectionTrait, id: PostId, until: NaiveDate) -> Result<()> {
    let row = post::ActiveModel {
        id: Set(id.0),
        valid_until: Set(Some(until)),
        ..Default::default()
    };
    row.update(db).await?;
    Ok(())
}

/// Lends a post.
pub async fn add_delegation(db: &impl ConnectionTrait, new: &Delegation, now: DateTime<Utc>) -> Result<DelegationId> {
    let row = delegation::ActiveModel {
        post_id: Set(new.post.0),
        delegate_id: Set(new.delegate.0),
        starts_at: Set(new.from),
        ends_at: Set(new.until),
        document_type: Set(new.document_type.clone()),
        revoked_at: Set(None),
        created_at: Set(now),
        ..Default::default()
    };
    Ok(DelegationId(row.insert(db).await?.id))
}

/// Takes a lent post back at `now`; one taken back already stays as it is.
pub async fn revoke_delegation(db: &impl ConnectionTrait, id: DelegationId, now: DateTime<Utc>) -> Result<()> {
    delegation::Entity::update_many()
        .col_expr(delegation::Column::RevokedAt, sea_orm::sea_query::Expr::value(now))
        .filter(delegation::Column::Id.eq(id.0))
        .filter(delegation::Column::RevokedAt.is_null())
        .exec(db)
        .await?;
    Ok(())
}

/// Delegations of these posts, or to this person, the newest first.
pub async fn delegations(db: &impl ConnectionTrait, posts: &[PostId], delegate: PersonId) -> Result<Vec<Delegation>> {
    let rows = delegation::Entity::find()
        .filter(
            Condition::any()
                .add(delegation::Column::PostId.is_in(posts.iter().map(|p| p.0)))
                .add(delegation::Column::DelegateId.eq(delegate.0)),
        )
        .order_by_desc(delegation::Column::Id)
        .all(db)
        .await?;
    Ok(rows.into_iter().map(delegation_of).collect())
}

/// The organisation as it is: all units, people, posts, delegations.
pub async fn organisation(db: &impl ConnectionTrait) -> Result<Organisation> {
    let units = crate::unit::all(db).await?;
    let people = person::Entity::find()
        .all(db)
        .await?
        .into_iter()
        .map(|row| Account::from(row).person)
        .map(|person| (person.id, person))
        .collect();
    let rows = post::Entity::find().order_by_asc(post::Column::Id).all(db).await?;
    let mut posts = rows.into_iter().map(post_of).collect::<Result<Vec<_>>>()?;
    posts.extend(inherited(&posts, &crate::unit::ended(db).await?));
    let rows = delegation::Entity::find()
        .order_by_asc(delegation::Column::Id)
        .all(db)
        .await?;
    let delegations = rows.into_iter().map(delegation_of).collect::<Vec<_>>();
    Ok(Organisation {
        units,
        people,
        posts: posts.into(),
        delegations: delegations.into(),
    })
}
