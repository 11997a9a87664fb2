//! Campaigns, and which unit owes a plan in them.

use crate::entity::{campaign, campaign_unit, document, document_body, revision, seat};
use crate::error::{Result, StoreError};
use crate::instance::{OpenSeat, seat_of};
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::document::content::Content;
use duban_core::id::{CampaignId, DocumentId, NoticeId, PersonId, UnitId};
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, QueryTrait, Set,
};
use std::collections::{BTreeMap, BTreeSet};

/// One notice, one year.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Campaign {
    /// Its id.
    pub id: CampaignId,
    /// Its notice.
    pub notice: NoticeId,
    /// Its year.
    pub year: i32,
    /// Its title.
    pub title: String,
    /// The unit that coordinates it.
    pub coordinator: UnitId,
    /// The government's office.
    pub office: UnitId,
    /// The leadership.
    pub leadership: UnitId,
    /// The supervision office.
    pub inspection: UnitId,
    /// The last day for every unit to submit its plan.
    pub plan_due: NaiveDate,
    /// Who opened it.
    pub opened_by: PersonId,
    /// When (UTC).
    pub opened_at: DateTime<Utc>,
}

fn of_row(row: campaign::Model) -> Campaign {
    Campaign {
        id: CampaignId(row.id),
        notice: NoticeId(row.notice_id),
        year: row.year,
        title: row.title,
        coordinator: UnitId(row.coordinator_unit),
        office: UnitId(row.office_unit),
        leadership: UnitId(row.leadership_unit),
        inspection: UnitId(row.inspection_unit),
        plan_due: row.plan_due,
        opened_by: PersonId(row.opened_by),
        opened_at: row.opened_at,
    }
}

/// Adds a campaign; its `id` is given by the database.
pub async fn add(db: &impl ConnectionTrait, new: Campaign) -> Result<CampaignId> {
    let row = campaign::ActiveModel {
        notice_id: Set(new.notice.0),
        year: Set(new.year),
        title: Set(new.title),
        coordinator_unit: Set(new.coordinator.0),
        office_unit: Set(new.office.0),
        leadership_unit: Set(new.leadership.0),
        inspection_unit: Set(new.inspection.0),
        plan_due: Set(new.plan_due),
        opened_by: Set(new.opened_by.0),
        opened_at: Set(new.opened_at),
        ..Default::default()
    }
    .insert(db)
    .await?;
    Ok(CampaignId(row.id))
}

/// The campaign with this id.
pub async fn find(db: &impl ConnectionTrait, id: CampaignId) -> Result<Option<Campaign>> {
    Ok(campaign::Entity::find_by_id(id.0).one(db).await?.map(of_row))
}

/// The campaigns with these numbers.
pub async fn find_all(db: &impl ConnectionTrait, ids: impl IntoIterator<Item = CampaignId>) -> Result<Vec<Campaign>> {
    let ids: Vec<i64> = ids.into_iter().map(|id| id.0).collect();
    let rows = campaign::Entity::find()
        .filter(campaign::Column::Id.is_in(ids))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(of_row).collect())
}

/// Up to `limit` campaigns, the newest first, those with an id below `before`.
pub async fn list(db: &impl ConnectionTrait, before: Option<CampaignId>, limit: u64) -> Result<Vec<Campaign>> {
    let mut query = campaign::Entity::find()
        .order_by_desc(campaign::Column::Id)
        .limit(limit);
    if let Some(before) = before {
        query = query.filter(campaign::Column::Id.lt(before.0));
    }
    Ok(query.all(db).await?.into_iter().map(of_row).collect())
}

/// The campaign of this year over one of these notices.
pub async fn of_notices(db: &impl ConnectionTrait, notices: &[NoticeId], year: i32) -> Result<Option<CampaignId>> {
    let row = campaign::Entity::find()
        .filter(campaign::Column::NoticeId.is_in(notices.iter().map(|id| id.0)))
        .filter(campaign::Column::Year.eq(year))
        .one(db)
        .await?;
    Ok(row.map(|row| CampaignId(row.id)))
}

/// The newest campaign over this notice.
pub async fn of_notice(db: &impl ConnectionTrait, notice: NoticeId) -> Result<Option<Campaign>> {
    let row = campaign::Entity::find()
        .filter(campaign::Column::NoticeId.eq(notice.0))
        .order_by_desc(campaign::Column::Id)
        .one(db)
        .await?;
    Ok(row.map(of_row))
}

/// The newest campaign in which this unit takes part.
pub async fn newest_of_unit(db: &impl ConnectionTrait, unit: UnitId) -> Result<Option<Campaign>> {
    let of_unit = campaign_unit::Entity::find()
        .select_only()
        .column(campaign_unit::Column::CampaignId)
        .filter(campaign_unit::Column::UnitId.eq(unit.0))
        .into_query();
    let row = campaign::Entity::find()
        .filter(campaign::Column::Id.in_subquery(of_unit))
        .order_by_desc(campaign::Column::Year)
        .order_by_desc(campaign::Column::Id)
        .one(db)
        .await?;
    Ok(row.map(of_row))
}

/// A unit of a campaign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Owing {
    /// The unit.
    pub unit: UnitId,
    /// The roster through which alone it takes part.
    pub via_roster: Option<i64>,
    /// The code of why it owes no plan, if it owes none.
    pub exempt: Option<String>,
}

/// Adds the units of a campaign.
pub async fn add_units(db: &impl ConnectionTrait, id: CampaignId, units: &[Owing]) -> Result<()> {
    let rows = units.iter().map(|owing| campaign_unit::ActiveModel {
        campaign_id: Set(id.0),
        unit_id: Set(owing.unit.0),
        via_roster: Set(owing.via_roster),
        exempt_reason: Set(owing.exempt.clone()),
    });
    if !units.is_empty() {
        campaign_unit::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// The units of a campaign by number.
pub async fn units(db: &impl ConnectionTrait, id: CampaignId) -> Result<Vec<Owing>> {
    Ok(units_of(db, &[id]).await?.remove(&id).unwrap_or_default())
}

/// The units of several campaigns, each by number.
pub async fn units_of(db: &impl ConnectionTrait, ids: &[CampaignId]) -> Result<BTreeMap<CampaignId, Vec<Owing>>> {
    let rows = campaign_unit::Entity::find()
        .filter(campaign_unit::Column::CampaignId.is_in(ids.iter().map(|id| id.0)))
        .order_by_asc(campaign_unit::Column::UnitId)
        .all(db)
        .await?;
    let mut found: BTreeMap<CampaignId, Vec<Owing>> = BTreeMap::new();
    for row in rows {
        found.entry(CampaignId(row.campaign_id)).or_default().push(Owing {
            unit: UnitId(row.unit_id),
            via_roster: row.via_roster,
            exempt: row.exempt_reason,
        });
    }
    Ok(found)
}

/// The papers of these campaigns in which somebody has written.
pub async fn begun(db: &impl ConnectionTrait, ids: &[CampaignId]) -> Result<BTreeSet<DocumentId>> {
    let ids: Vec<i64> = document_body::Entity::find()
        .select_only()
        .column(document_body::Column::DocumentId)
        .filter(document_body::Column::EditVersion.gt(1))
        .filter(document_body::Column::EditedBy.is_not_null())
        .filter(document_body::Column::DocumentId.in_subquery(papers(ids)))
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(DocumentId).collect())
}

fn papers(ids: &[CampaignId]) -> sea_orm::sea_query::SelectStatement {
    document::Entity::find()
        .select_only()
        .column(document::Column::Id)
        .filter(document::Column::CampaignId.is_in(ids.iter().map(|id| id.0)))
        .into_query()
}

/// The open seats of all papers of these campaigns.
pub async fn open_seats(db: &impl ConnectionTrait, ids: &[CampaignId]) -> Result<Vec<OpenSeat>> {
    let rows = seat::Entity::find()
        .filter(seat::Column::DocumentId.in_subquery(papers(ids)))
        .order_by_asc(seat::Column::DocumentId)
        .order_by_asc(seat::Column::SeatNo)
        .all(db)
        .await?;
    rows.into_iter().map(seat_of).collect()
}

/// The newest frozen revision of each of these papers.
pub async fn newest_contents(
    db: &impl ConnectionTrait,
    papers: impl IntoIterator<Item = DocumentId>,
) -> Result<BTreeMap<DocumentId, Content>> {
    let papers: Vec<i64> = papers.into_iter().map(|id| id.0).collect();
    let newest: Vec<(i64, Option<i32>)> = revision::Entity::find()
        .select_only()
        .column(revision::Column::DocumentId)
        .column_as(revision::Column::No.max(), "newest")
        .filter(revision::Column::DocumentId.is_in(papers))
        .group_by(revision::Column::DocumentId)
        .into_tuple()
        .all(db)
        .await?;
    let newest: BTreeMap<i64, i32> = newest.into_iter().filter_map(|(id, no)| Some((id, no?))).collect();
    let mut found = BTreeMap::new();
    let rows = revision::Entity::find()
        .filter(revision::Column::DocumentId.is_in(newest.keys().copied()))
        .filter(revision::Column::No.is_in(newest.values().copied().collect::<BTreeSet<_>>()))
        .all(db)
        .await?;
    for row in rows {
        if newest.get(&row.document_id) == Some(&row.no) {
            let content = serde_json::from_value(row.content)
                .map_err(|e| StoreError::damaged(format!("revision {} of {}: {e}", row.no, row.document_id)))?;
            found.insert(DocumentId(row.document_id), content);
        }
    }
    Ok(found)
}
