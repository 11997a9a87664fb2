//! Documents, what is written in them, their authors and frozen revisions.

use crate::entity::{document, document_author, document_body, document_unit, revision};
use crate::error::{Result, StoreError};
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::document::content::Content;
use duban_core::id::{CampaignId, DocumentId, PersonId, RevisionNo, UnitId, Version};
use duban_core::workflow::{StageId, Status};
use sea_orm::sea_query::{Expr, LockType, OnConflict};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, DbBackend, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set,
};
use std::collections::{BTreeMap, BTreeSet};

/// A document without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// Its number.
    pub id: DocumentId,
    /// Its type, as in `annual_plan`.
    pub document_type: String,
    /// The campaign it belongs to.
    pub campaign: Option<CampaignId>,
    /// The unit it belongs to.
    pub unit: UnitId,
    /// Its title.
    pub title: String,
    /// The workflow it follows, with the version.
    pub definition: (String, u32),
    /// Where it stands, in one word.
    pub status: Status,
    /// The stage it is in, or the end it reached.
    pub stage: Option<StageId>,
    /// The version of its instance.
    pub version: Version,
    /// The last day for the unit to submit it.
    pub due_on: Option<NaiveDate>,
    /// Who had it made; nobody when a campaign did.
    pub created_by: Option<PersonId>,
    /// When it was made (UTC).
    pub created_at: DateTime<Utc>,
    /// When anything last happened to it (UTC).
    pub changed_at: DateTime<Utc>,
    /// When it was first submitted (UTC).
    pub submitted_at: Option<DateTime<Utc>>,
    /// The document that this one changes.
    pub revises: Option<DocumentId>,
    /// Working days that unit and reviewers were late in visits that are over.
    pub late: (u32, u32),
    /// What became of the last request for a later day, as in `asked`; none without one.
    pub extension: Option<String>,
}

pub(crate) fn of_row(row: document::Model) -> Result<Document> {
    let status = Status::from_code(&row.status)
        .ok_or_else(|| StoreError::damaged(format!("document {}: status {}", row.id, row.status)))?;
    Ok(Document {
        id: DocumentId(row.id),
        document_type: row.document_type,
        campaign: row.campaign_id.map(CampaignId),
        unit: UnitId(row.unit_id),
        title: row.title,
        definition: (row.definition, small(row.definition_version)),
        status,
        stage: row.stage.map(StageId),
        version: Version(small(row.version)),
        due_on: row.due_on,
        created_by: row.created_by.map(PersonId),
        created_at: row.created_at,
        changed_at: row.changed_at,
        submitted_at: row.submitted_at,
        revises: row.revises.map(DocumentId),
        late: (small(row.unit_late), small(row.reviewer_late)),
        extension: row.extension,
    })
}

pub(crate) fn small(number: i32) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

pub(crate) fn stored(number: u32) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}

/// A document to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDocument {
    /// Its type.
    pub document_type: String,
    /// The campaign it belongs to.
    pub campaign: Option<CampaignId>,
    /// The unit it belongs to.
    pub unit: UnitId,
    /// Its title.
    pub title: String,
    /// The workflow it follows, with the version.
    pub definition: (String, u32),
    /// The last day for the unit to submit it.
    pub due_on: Option<NaiveDate>,
    /// Who had it made.
    pub created_by: Option<PersonId>,
    /// The document that it changes.
    pub revises: Option<DocumentId>,
}

/// From now on the document follows this version of its workflow.
pub async fn follow(db: &impl ConnectionTrait, id: DocumentId, version: u32) -> Result<()> {
    document::Entity::update_many()
        .col_expr(document::Column::DefinitionVersion, Expr::value(stored(version)))
        .filter(document::Column::Id.eq(id.0))
        .exec(db)
        .await?;
    Ok(())
}

/// Adds a document with what is written in it at first; its way has yet to be started.
pub async fn add(
    db: &impl ConnectionTrait,
    new: NewDocument,
    content: &Content,
    now: DateTime<Utc>,
) -> Result<DocumentId> {
    let row = document::ActiveModel {
        document_type: Set(new.document_type),
        campaign_id: Set(new.campaign.map(|id| id.0)),
        unit_id: Set(new.unit.0),
        title: Set(new.title),
        definition: Set(new.definition.0),
        definition_version: Set(stored(new.definition.1)),
        status: Set(Status::Draft.code().to_owned()),
        stage: Set(None),
        version: Set(0),
        due_on: Set(new.due_on),
        created_by: Set(new.created_by.map(|id| id.0)),
        created_at: Set(now),
        changed_at: Set(now),
        submitted_at: Set(None),
        revises: Set(new.revises.map(|id| id.0)),
        unit_late: Set(0),
        reviewer_late: Set(0),
        extension: Set(None),
        ..Default::default()
    }
    .insert(db)
    .await?;
    let body = document_body::ActiveModel {
        document_id: Set(row.id),
        content: Set(to_json(content)?),
        edit_version: Set(1),
        edited_at: Set(now),
        edited_by: Set(None),
    };
    document_body::Entity::insert(body).exec_without_returning(db).await?;
    Ok(DocumentId(row.id))
}

fn to_json(content: &Content) -> Result<serde_json::Value> {
    serde_json::to_value(content).map_err(StoreError::damaged)
}

fn from_json(value: serde_json::Value, what: impl std::fmt::Display) -> Result<Content> {
    serde_json::from_value(value).map_err(|e| StoreError::damaged(format!("{what}: {e}")))
}

/// The document with this number.
pub async fn find(db: &impl ConnectionTrait, id: DocumentId) -> Result<Option<Document>> {
    document::Entity::find_by_id(id.0)
        .one(db)
        .await?
        .map(of_row)
        .transpose()
}

/// The document with this number, locked until the transaction ends, so that commands on it come one after another.
pub async fn find_locked(db: &impl ConnectionTrait, id: DocumentId) -> Result<Option<Document>> {
    let mut query = document::Entity::find_by_id(id.0);
    if db.get_database_backend() == DbBackend::Postgres {
        query = query.lock(LockType::Update);
    }
    query.one(db).await?.map(of_row).transpose()
}

/// The documents with these numbers, in any order.
pub async fn find_all(db: &impl ConnectionTrait, ids: impl IntoIterator<Item = DocumentId>) -> Result<Vec<Document>> {
    let rows = document::Entity::find()
        .filter(document::Column::Id.is_in(ids.into_iter().map(|id| id.0)))
        .all(db)
        .await?;
    rows.into_iter().map(of_row).collect()
}

/// The documents of a campaign of one type, by number.
pub async fn of_campaign(db: &impl ConnectionTrait, campaign: CampaignId, kind: &str) -> Result<Vec<Document>> {
    of_campaigns(db, &[campaign], kind).await
}

/// The documents of several campaigns of one type, by number.
pub async fn of_campaigns(db: &impl ConnectionTrait, campaigns: &[CampaignId], kind: &str) -> Result<Vec<Document>> {
    let rows = document::Entity::find()
        .filter(document::Column::CampaignId.is_in(campaigns.iter().map(|id| id.0)))
        .filter(document::Column::DocumentType.eq(kind))
        .order_by_asc(document::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().map(of_row).collect()
}

/// All numbers of documents after `after`, in order; for checks that walk over everything.
pub async fn ids(db: &impl ConnectionTrait, after: i64, limit: u64) -> Result<Vec<DocumentId>> {
    let rows: Vec<i64> = document::Entity::find()
        .select_only()
        .column(document::Column::Id)
        .filter(document::Column::Id.gt(after))
        .order_by_asc(document::Column::Id)
        .limit(limit)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(DocumentId).collect())
}

/// What is being written, between two submissions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    /// The content as last saved.
    pub content: Content,
    /// 1 when the document opens, raised by one by every save.
    pub edit_version: u32,
    /// When it was last saved (UTC).
    pub edited_at: DateTime<Utc>,
    /// Who saved it last; nobody as long as it is as it was opened.
    pub edited_by: Option<PersonId>,
}

/// What is being written in this document.
pub async fn body(db: &impl ConnectionTrait, id: DocumentId) -> Result<Option<Body>> {
    let Some(row) = document_body::Entity::find_by_id(id.0).one(db).await? else {
        return Ok(None);
    };
    Ok(Some(Body {
        content: from_json(row.content, format!("body of document {id}"))?,
        edit_version: small(row.edit_version),
        edited_at: row.edited_at,
        edited_by: row.edited_by.map(PersonId),
    }))
}

/// Saves `content` over the edit version `expected` and raises it; false when it is another one by now.
pub async fn save_body(
    db: &impl ConnectionTrait,
    id: DocumentId,
    expected: u32,
    content: &Content,
    (by, now): (PersonId, DateTime<Utc>),
) -> Result<bool> {
    let done = document_body::Entity::update_many()
        .col_expr(document_body::Column::Content, Expr::value(to_json(content)?))
        .col_expr(document_body::Column::EditVersion, Expr::value(stored(expected) + 1))
        .col_expr(document_body::Column::EditedAt, Expr::value(now))
        .col_expr(document_body::Column::EditedBy, Expr::value(by.0))
        .filter(document_body::Column::DocumentId.eq(id.0))
        .filter(document_body::Column::EditVersion.eq(stored(expected)))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Lets the text follow its notice over the edit version `expected` and raises it; false when it is another one by now.
/// Who wrote last stays: nobody did.
pub async fn follow_body(db: &impl ConnectionTrait, id: DocumentId, expected: u32, content: &Content) -> Result<bool> {
    let done = document_body::Entity::update_many()
        .col_expr(document_body::Column::Content, Expr::value(to_json(content)?))
        .col_expr(document_body::Column::EditVersion, Expr::value(stored(expected) + 1))
        .filter(document_body::Column::DocumentId.eq(id.0))
        .filter(document_body::Column::EditVersion.eq(stored(expected)))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Everyone who wrote in the document since it was made.
pub async fn authors(db: &impl ConnectionTrait, id: DocumentId) -> Result<BTreeSet<PersonId>> {
    let rows = document_author::Entity::find()
        .filter(document_author::Column::DocumentId.eq(id.0))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| PersonId(row.person_id)).collect())
}

/// Notes that a person wrote in the document.
pub async fn add_author(db: &impl ConnectionTrait, id: DocumentId, person: PersonId, now: DateTime<Utc>) -> Result<()> {
    let row = document_author::ActiveModel {
        document_id: Set(id.0),
        person_id: Set(person.0),
        first_at: Set(now),
    };
    document_author::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([document_author::Column::DocumentId, document_author::Column::PersonId])
                .do_nothing()
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// A frozen revision without its content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RevisionHead {
    /// Its number.
    pub no: RevisionNo,
    /// Who submitted it.
    pub submitted_by: PersonId,
    /// When (UTC).
    pub submitted_at: DateTime<Utc>,
    /// SHA-256 of its canonical bytes.
    pub hash: String,
}

/// The frozen revisions, oldest first.
pub async fn revisions(db: &impl ConnectionTrait, id: DocumentId) -> Result<Vec<RevisionHead>> {
    let rows: Vec<(i32, i64, DateTime<Utc>, String)> = revision::Entity::find()
        .select_only()
        .columns([
            revision::Column::No,
            revision::Column::SubmittedBy,
            revision::Column::SubmittedAt,
            revision::Column::Hash,
        ])
        .filter(revision::Column::DocumentId.eq(id.0))
        .order_by_asc(revision::Column::No)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|(no, by, at, hash)| RevisionHead {
            no: RevisionNo(small(no)),
            submitted_by: PersonId(by),
            submitted_at: at,
            hash,
        })
        .collect())
}

/// The number of the newest frozen revision; 0 when there is none.
pub async fn newest_revision(db: &impl ConnectionTrait, id: DocumentId) -> Result<RevisionNo> {
    let newest: Option<Option<i32>> = revision::Entity::find()
        .select_only()
        .column_as(revision::Column::No.max(), "newest")
        .filter(revision::Column::DocumentId.eq(id.0))
        .into_tuple()
        .one(db)
        .await?;
    Ok(RevisionNo(newest.flatten().map_or(0, small)))
}

/// A frozen revision with its content.
pub async fn revision(
    db: &impl ConnectionTrait,
    id: DocumentId,
    no: RevisionNo,
) -> Result<Option<(RevisionHead, Content)>> {
    let Some(row) = revision::Entity::find_by_id((id.0, stored(no.0))).one(db).await? else {
        return Ok(None);
    };
    let content = from_json(row.content, format!("revision {no} of document {id}"))?;
    let head = RevisionHead {
        no,
        submitted_by: PersonId(row.submitted_by),
        submitted_at: row.submitted_at,
        hash: row.hash,
    };
    Ok(Some((head, content)))
}

/// Freezes a revision.
pub async fn add_revision(
    db: &impl ConnectionTrait,
    id: DocumentId,
    head: &RevisionHead,
    content: &Content,
) -> Result<()> {
    let row = revision::ActiveModel {
        document_id: Set(id.0),
        no: Set(stored(head.no.0)),
        content: Set(to_json(content)?),
        hash: Set(head.hash.clone()),
        submitted_by: Set(head.submitted_by.0),
        submitted_at: Set(head.submitted_at),
    };
    revision::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// The units that hold or held a seat in the document.
pub async fn units(db: &impl ConnectionTrait, id: DocumentId) -> Result<BTreeSet<UnitId>> {
    let rows = document_unit::Entity::find()
        .filter(document_unit::Column::DocumentId.eq(id.0))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(|row| UnitId(row.unit_id)).collect())
}

/// As [`units`], for many documents at once; one without any is missing.
pub async fn units_of(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = DocumentId>,
) -> Result<BTreeMap<DocumentId, BTreeSet<UnitId>>> {
    let rows = document_unit::Entity::find()
        .filter(document_unit::Column::DocumentId.is_in(ids.into_iter().map(|id| id.0)))
        .all(db)
        .await?;
    let mut found: BTreeMap<DocumentId, BTreeSet<UnitId>> = BTreeMap::new();
    for row in rows {
        found
            .entry(DocumentId(row.document_id))
            .or_default()
            .insert(UnitId(row.unit_id));
    }
    Ok(found)
}
