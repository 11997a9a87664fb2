//! What reminders look at, and the occurrences that were made.

use crate::campaign::{self, Campaign};
use crate::entity::{document, finding, occurrence, outbox, participation, seat, seat_bar};
use crate::error::{Result, StoreError};
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::id::{CampaignId, DocumentId, FindingId, PersonId, RoundNo, SeatNo, UnitId};
use duban_core::org::Role;
use duban_core::reminder::Occurrence;
use duban_core::workflow::{StageId, Status};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use std::collections::{BTreeMap, BTreeSet};

/// How many values one statement names at most.
const CHUNK: usize = 400;
const SKIPPED: &str = "skipped";

/// A paper as far as reminders need to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paper {
    /// Its number.
    pub id: DocumentId,
    /// Its type.
    pub document_type: String,
    /// Its title.
    pub title: String,
    /// Whose it is.
    pub unit: UnitId,
    /// The campaign it belongs to.
    pub campaign: Option<CampaignId>,
    /// Its workflow.
    pub definition: String,
    /// The workflow's version.
    pub definition_version: u32,
    /// How it stands.
    pub status: Status,
    /// Its stage or end.
    pub stage: Option<StageId>,
    /// The last day for its first submission.
    pub due_on: Option<NaiveDate>,
    /// When anything last happened to it.
    pub changed_at: DateTime<Utc>,
    /// The unit asks for a later day, and nobody has decided.
    pub extending: bool,
}

/// A seat that waits for somebody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSeat {
    /// The paper.
    pub paper: Paper,
    /// Which seat.
    pub seat: SeatNo,
    /// Its round.
    pub round: RoundNo,
    /// Its stage.
    pub stage: StageId,
    /// The unit that answers.
    pub unit: UnitId,
    /// The role that answers there.
    pub role: Role,
    /// The one holder of the post who is meant, when one is; anybody who holds it once they no longer do.
    pub person: Option<PersonId>,
    /// When it opened.
    pub opened_at: DateTime<Utc>,
    /// Last day to answer.
    pub due_on: Option<NaiveDate>,
    /// People kept from it by separation of duties.
    pub barred: BTreeSet<PersonId>,
}

/// A finding that is not closed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenFinding {
    /// Its number.
    pub id: FindingId,
    /// What was found.
    pub description: String,
    /// Whose it is.
    pub unit: UnitId,
    /// The campaign it belongs to.
    pub campaign: Option<CampaignId>,
    /// Its report.
    pub document: Option<DocumentId>,
    /// By when it is to be put right.
    pub demanded_by: NaiveDate,
    /// When it was raised.
    pub raised_at: DateTime<Utc>,
}

/// All seats that wait for somebody, by document and seat.
pub async fn open_seats(db: &impl ConnectionTrait) -> Result<Vec<OpenSeat>> {
    let mut bars: BTreeMap<(i64, i32), BTreeSet<PersonId>> = BTreeMap::new();
    for row in seat_bar::Entity::find().all(db).await? {
        let barred = bars.entry((row.document_id, row.round)).or_default();
        barred.insert(PersonId(row.person_id));
    }
    let rows = seat::Entity::find()
        .order_by_asc(seat::Column::DocumentId)
        .order_by_asc(seat::Column::SeatNo)
        .all(db)
        .await?;
    let ids: BTreeSet<i64> = rows.iter().map(|row| row.document_id).collect();
    let papers = papers(db, ids.into_iter().collect()).await?;
    rows.into_iter()
        .map(|row| {
            let damaged =
                |what: &str| StoreError::damaged(format!("seat {} of {}: {what}", row.seat_no, row.document_id));
            Ok(OpenSeat {
                paper: papers
                    .get(&DocumentId(row.document_id))
                    .cloned()
                    .ok_or_else(|| damaged("no document"))?,
                seat: SeatNo(u32::try_from(row.seat_no).map_err(|_| damaged("number"))?),
                round: RoundNo(u32::try_from(row.round).map_err(|_| damaged("round"))?),
                role: Role::from_code(&row.role).ok_or_else(|| damaged("role"))?,
                stage: StageId(row.stage.clone()),
                unit: UnitId(row.unit_id),
                person: row.person_id.map(PersonId),
                opened_at: row.opened_at,
                due_on: row.due_on,
                barred: bars.get(&(row.document_id, row.round)).cloned().unwrap_or_default(),
            })
        })
        .collect()
}

/// The papers with these numbers.
pub async fn papers(db: &impl ConnectionTrait, ids: Vec<i64>) -> Result<BTreeMap<DocumentId, Paper>> {
    let mut found = BTreeMap::new();
    for chunk in ids.chunks(CHUNK) {
        let rows = document::Entity::find()
            .filter(document::Column::Id.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        for row in rows {
            let damaged = |what: &str| StoreError::damaged(format!("document {}: {what}", row.id));
            let paper = Paper {
                id: DocumentId(row.id),
                status: Status::from_code(&row.status).ok_or_else(|| damaged("status"))?,
                definition_version: u32::try_from(row.definition_version).map_err(|_| damaged("version"))?,
                document_type: row.document_type,
                title: row.title,
                unit: UnitId(row.unit_id),
                campaign: row.campaign_id.map(CampaignId),
                definition: row.definition,
                stage: row.stage.map(StageId),
                due_on: row.due_on,
                changed_at: row.changed_at,
                extending: row.extension.as_deref() == Some("asked"),
            };
            found.insert(paper.id, paper);
        }
    }
    Ok(found)
}

/// The campaigns with plans that were never submitted, and how many each; plans that change an approved one do not
/// count.
pub async fn missing_plans(db: &impl ConnectionTrait) -> Result<Vec<(Campaign, usize)>> {
    let rows: Vec<Option<i64>> = document::Entity::find()
        .select_only()
        .column(document::Column::CampaignId)
        .filter(document::Column::CampaignId.is_not_null())
        .filter(document::Column::DocumentType.eq("annual_plan"))
        .filter(document::Column::SubmittedAt.is_null())
        .filter(document::Column::Revises.is_null())
        .filter(document::Column::Status.ne(Status::Terminated.code()))
        .into_tuple()
        .all(db)
        .await?;
    let mut missing: BTreeMap<i64, usize> = BTreeMap::new();
    for campaign in rows.into_iter().flatten() {
        *missing.entry(campaign).or_default() += 1;
    }
    let mut found = Vec::new();
    for (id, plans) in missing {
        if let Some(campaign) = campaign::find(db, CampaignId(id)).await? {
            found.push((campaign, plans));
        }
    }
    Ok(found)
}

/// All findings that are not closed, by number.
pub async fn open_findings(db: &impl ConnectionTrait) -> Result<Vec<OpenFinding>> {
    let rows = finding::Entity::find()
        .filter(finding::Column::ClosedAt.is_null())
        .order_by_asc(finding::Column::Id)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| OpenFinding {
            id: FindingId(row.id),
            description: row.description,
            unit: UnitId(row.unit_id),
            campaign: row.campaign_id.map(CampaignId),
            document: row.document_id.map(DocumentId),
            demanded_by: row.demanded_by,
            raised_at: row.raised_at,
        })
        .collect())
}

/// Those of these keys that are known already.
pub async fn known(db: &impl ConnectionTrait, keys: &[String]) -> Result<BTreeSet<String>> {
    let mut found = BTreeSet::new();
    for chunk in keys.chunks(CHUNK) {
        let rows: Vec<String> = occurrence::Entity::find()
            .select_only()
            .column(occurrence::Column::Key)
            .filter(occurrence::Column::Key.is_in(chunk.iter().cloned()))
            .into_tuple()
            .all(db)
            .await?;
        found.extend(rows);
    }
    Ok(found)
}

/// Writes an occurrence that goes out with a mail; false when its key is there already, and then nothing changes.
pub async fn add(
    db: &impl ConnectionTrait,
    new: &Occurrence,
    due_at: DateTime<Utc>,
    mail: i64,
    now: DateTime<Utc>,
) -> Result<bool> {
    insert(db, new, due_at, (Some(mail), "planned"), now).await
}

/// Writes an occurrence that came too late to go out; false when its key is there already, and then nothing changes.
pub async fn skip(
    db: &impl ConnectionTrait,
    new: &Occurrence,
    due_at: DateTime<Utc>,
    now: DateTime<Utc>,
) -> Result<bool> {
    insert(db, new, due_at, (None, SKIPPED), now).await
}

/// How many occurrences were skipped since `since`.
pub async fn skipped_since(db: &impl ConnectionTrait, since: DateTime<Utc>) -> Result<u64> {
    let skipped = occurrence::Entity::find()
        .filter(occurrence::Column::State.eq(SKIPPED))
        .filter(occurrence::Column::CreatedAt.gte(since));
    Ok(skipped.count(db).await?)
}

async fn insert(
    db: &impl ConnectionTrait,
    new: &Occurrence,
    due_at: DateTime<Utc>,
    (mail, state): (Option<i64>, &str),
    now: DateTime<Utc>,
) -> Result<bool> {
    let row = occurrence::ActiveModel {
        key: Set(new.key.clone()),
        rule: Set(new.rule.clone()),
        document_id: Set(new.document.map(|id| id.0)),
        rung: Set(i32::try_from(new.rung).unwrap_or(i32::MAX)),
        person_id: Set(new.person.0),
        due_at: Set(due_at),
        outbox_id: Set(mail),
        state: Set(state.to_owned()),
        created_at: Set(now),
    };
    let added = occurrence::Entity::insert(row)
        .on_conflict(OnConflict::column(occurrence::Column::Key).do_nothing().to_owned())
        .exec_without_returning(db)
        .await?;
    Ok(added > 0)
}

/// Lets the occurrences of one mail go out with another.
pub async fn reassign(db: &impl ConnectionTrait, from: i64, to: i64) -> Result<()> {
    occurrence::Entity::update_many()
        .col_expr(occurrence::Column::OutboxId, Expr::value(to))
        .filter(occurrence::Column::OutboxId.eq(from))
        .exec(db)
        .await?;
    Ok(())
}

/// Marks the occurrences of a mail: those with these keys as `told`, the rest as `stale`.
pub async fn settle(db: &impl ConnectionTrait, mail: i64, told: &BTreeSet<String>) -> Result<()> {
    occurrence::Entity::update_many()
        .col_expr(occurrence::Column::State, Expr::value("stale"))
        .filter(occurrence::Column::OutboxId.eq(mail))
        .exec(db)
        .await?;
    let told: Vec<&String> = told.iter().collect();
    for chunk in told.chunks(CHUNK) {
        occurrence::Entity::update_many()
            .col_expr(occurrence::Column::State, Expr::value("told"))
            .filter(occurrence::Column::OutboxId.eq(mail))
            .filter(occurrence::Column::Key.is_in(chunk.iter().map(|key| (*key).clone())))
            .exec(db)
            .await?;
    }
    Ok(())
}

/// A reminder that was sent: who was told about which paper, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reminded {
    /// The paper.
    pub document: DocumentId,
    /// Who.
    pub person: PersonId,
    /// When the mail was sent.
    pub sent_at: DateTime<Utc>,
    /// When that person first acted on the paper afterwards; none so far.
    pub acted_at: Option<DateTime<Utc>>,
}

/// The first reminder of each person about each paper that was made since `since`, with what they did afterwards.
pub async fn reminded(db: &impl ConnectionTrait, since: DateTime<Utc>) -> Result<Vec<Reminded>> {
    let told: Vec<(i64, i64, i64)> = occurrence::Entity::find()
        .select_only()
        .column(occurrence::Column::DocumentId)
        .column(occurrence::Column::PersonId)
        .column(occurrence::Column::OutboxId)
        .filter(occurrence::Column::State.eq("told"))
        .filter(occurrence::Column::CreatedAt.gte(since))
        .filter(occurrence::Column::DocumentId.is_not_null())
        .filter(occurrence::Column::OutboxId.is_not_null())
        .into_tuple()
        .all(db)
        .await?;
    let mails: BTreeSet<i64> = told.iter().map(|(.., mail)| *mail).collect();
    let mut sent: BTreeMap<i64, DateTime<Utc>> = BTreeMap::new();
    let mails: Vec<i64> = mails.into_iter().collect();
    for chunk in mails.chunks(CHUNK) {
        let rows: Vec<(i64, Option<DateTime<Utc>>)> = outbox::Entity::find()
            .select_only()
            .column(outbox::Column::Id)
            .column(outbox::Column::SentAt)
            .filter(outbox::Column::Id.is_in(chunk.iter().copied()))
            .into_tuple()
            .all(db)
            .await?;
        sent.extend(rows.into_iter().filter_map(|(id, at)| Some((id, at?))));
    }
    let mut first: BTreeMap<(i64, i64), DateTime<Utc>> = BTreeMap::new();
    for (document, person, mail) in told {
        if let Some(at) = sent.get(&mail) {
            let known = first.entry((document, person)).or_insert(*at);
            *known = (*known).min(*at);
        }
    }
    let mut acted: BTreeMap<(i64, i64), DateTime<Utc>> = BTreeMap::new();
    let documents: BTreeSet<i64> = first.keys().map(|(document, _)| *document).collect();
    let documents: Vec<i64> = documents.into_iter().collect();
    for chunk in documents.chunks(CHUNK) {
        let rows = participation::Entity::find()
            .filter(participation::Column::DocumentId.is_in(chunk.iter().copied()))
            .all(db)
            .await?;
        for row in rows {
            let key = (row.document_id, row.person_id);
            if first.get(&key).is_some_and(|told| row.acted_at > *told) {
                let known = acted.entry(key).or_insert(row.acted_at);
                *known = (*known).min(row.acted_at);
            }
        }
    }
    Ok(first
        .into_iter()
        .map(|((document, person), sent_at)| Reminded {
            document: DocumentId(document),
            person: PersonId(person),
            sent_at,
            acted_at: acted.get(&(document, person)).copied(),
        })
        .collect())
}
