//! What the department graph of a campaign is made of.

use crate::entity::{campaign, campaign_unit, document, task};
use crate::error::{Result, StoreError};
use crate::party;
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::graph::{Assignment, Labels};
use duban_core::id::{CampaignId, DocumentId, TaskId, UnitId};
use duban_core::workflow::Status;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::{BTreeMap, BTreeSet};

/// The plan of a unit in a campaign, as the graph needs to know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanState {
    /// The plan.
    pub document: DocumentId,
    /// How it stands.
    pub status: Status,
    /// The stage or end it is in.
    pub stage: Option<String>,
    /// The workflow it follows, with the version.
    pub definition: (String, u32),
    /// The last day for its first submission.
    pub due_on: Option<NaiveDate>,
    /// When it was first submitted.
    pub submitted_at: Option<DateTime<Utc>>,
}

/// A campaign's assignments, the words to show them with, and how every plan stands.
#[derive(Clone, Debug)]
pub struct Material {
    /// The campaign.
    pub campaign: CampaignId,
    /// Its title.
    pub title: String,
    /// Its year.
    pub year: i32,
    /// Who does what.
    pub assignments: Vec<Assignment>,
    /// Numbers and titles of tasks; the names of units are in the organisation.
    pub labels: Labels,
    /// The plan of each unit, the latest one when there are several.
    pub plans: BTreeMap<UnitId, PlanState>,
    /// Units that owe no plan.
    pub exempt: BTreeSet<UnitId>,
}

/// The newest campaign, if there is one.
pub async fn newest_campaign(db: &impl ConnectionTrait) -> Result<Option<CampaignId>> {
    let row = campaign::Entity::find()
        .order_by_desc(campaign::Column::Year)
        .order_by_desc(campaign::Column::Id)
        .one(db)
        .await?;
    Ok(row.map(|row| CampaignId(row.id)))
}

/// All campaigns with year and title, the newest first.
pub async fn campaigns(db: &impl ConnectionTrait) -> Result<Vec<(CampaignId, i32, String)>> {
    let rows = campaign::Entity::find()
        .order_by_desc(campaign::Column::Year)
        .order_by_desc(campaign::Column::Id)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (CampaignId(row.id), row.year, row.title))
        .collect())
}

/// What the graph of this campaign is made of, with the assignments of the version of its notice that was in force on a
/// day, else now; none when there is no such campaign.
pub async fn material(db: &impl ConnectionTrait, id: CampaignId, on: Option<NaiveDate>) -> Result<Option<Material>> {
    let Some(found) = campaign::Entity::find_by_id(id.0).one(db).await? else {
        return Ok(None);
    };
    let tasks = task::Entity::find()
        .filter(task::Column::NoticeId.eq(found.notice_id))
        .all(db)
        .await?;
    let mut labels = Labels::default();
    for row in &tasks {
        labels
            .tasks
            .insert(TaskId(row.id), (row.number.to_string(), row.title.clone()));
    }
    let assignments = party::assignments(db, found.notice_id, on).await?;
    let exempt = campaign_unit::Entity::find()
        .filter(campaign_unit::Column::CampaignId.eq(id.0))
        .filter(campaign_unit::Column::ExemptReason.is_not_null())
        .all(db)
        .await?;
    Ok(Some(Material {
        campaign: id,
        title: found.title,
        year: found.year,
        assignments,
        labels,
        plans: plans(db, id).await?,
        exempt: exempt.into_iter().map(|row| UnitId(row.unit_id)).collect(),
    }))
}

async fn plans(db: &impl ConnectionTrait, id: CampaignId) -> Result<BTreeMap<UnitId, PlanState>> {
    let rows = document::Entity::find()
        .filter(document::Column::CampaignId.eq(id.0))
        .filter(document::Column::DocumentType.eq("annual_plan"))
        .order_by_asc(document::Column::Id)
        .all(db)
        .await?;
    let mut plans = BTreeMap::new();
    for row in rows {
        let damaged = |what: &str| StoreError::damaged(format!("document {}: {what}", row.id));
        let state = PlanState {
            document: DocumentId(row.id),
            status: Status::from_code(&row.status).ok_or_else(|| damaged("status"))?,
            definition: (
                row.definition.clone(),
                u32::try_from(row.definition_version).map_err(|_| damaged("version"))?,
            ),
            stage: row.stage,
            due_on: row.due_on,
            submitted_at: row.submitted_at,
        };
        plans.insert(UnitId(row.unit_id), state);
    }
    Ok(plans)
}

/// The unit of the leader in charge of each campaign.
pub async fn leaderships(db: &impl ConnectionTrait) -> Result<BTreeMap<CampaignId, UnitId>> {
    let rows = campaign::Entity::find().all(db).await?;
    Ok(rows
        .into_iter()
        .map(|row| (CampaignId(row.id), UnitId(row.leadership_unit)))
        .collect())
}
