//! The named lists of units that a workflow may speak of, as far as a campaign fixes them.

use crate::entity::{assignment, campaign, roster, task};
use crate::error::Result;
use chrono::NaiveDate;
use duban_core::graph::Assignment;
use duban_core::id::{CampaignId, TaskId, UnitId};
use sea_orm::sea_query::ExprTrait;
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::BTreeMap;

/// What a campaign fixes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixed {
    /// Its year.
    pub year: i32,
    /// The unit that coordinates it.
    pub coordinator: UnitId,
    /// The government's office.
    pub office: UnitId,
    /// The leadership.
    pub leadership: UnitId,
    /// The supervision office.
    pub inspection: UnitId,
    /// The last day for every unit's first plan.
    pub plan_due: NaiveDate,
    /// Who does what in its notice.
    pub assignments: Vec<Assignment>,
}

/// What the campaign fixes; the newest one's when no campaign is named. None when there is no campaign at all.
pub async fn of_campaign(db: &impl ConnectionTrait, id: Option<CampaignId>) -> Result<Option<Fixed>> {
    let row = match id {
        Some(id) => campaign::Entity::find_by_id(id.0).one(db).await?,
        None => {
            campaign::Entity::find()
                .order_by_desc(campaign::Column::Year)
                .order_by_desc(campaign::Column::Id)
                .limit(1)
                .one(db)
                .await?
        }
    };
    let Some(row) = row else { return Ok(None) };
    Ok(Some(Fixed {
        year: row.year,
        coordinator: UnitId(row.coordinator_unit),
        office: UnitId(row.office_unit),
        leadership: UnitId(row.leadership_unit),
        inspection: UnitId(row.inspection_unit),
        plan_due: row.plan_due,
        assignments: assignments(db, row.notice_id, None).await?,
    }))
}

/// Who does what in a notice, by task and place in its list: now, or on a day, whatever version was in force then.
pub(crate) async fn assignments(
    db: &impl ConnectionTrait,
    notice: i64,
    on: Option<NaiveDate>,
) -> Result<Vec<Assignment>> {
    let tasks: Vec<i64> = task::Entity::find()
        .select_only()
        .column(task::Column::Id)
        .filter(task::Column::NoticeId.eq(notice))
        .into_tuple()
        .all(db)
        .await?;
    let rosters: BTreeMap<i64, String> = roster::Entity::find()
        .all(db)
        .await?
        .into_iter()
        .map(|row| (row.id, row.name))
        .collect();
    let (since, until) = (assignment::Column::Since, assignment::Column::Until);
    let counts = match on {
        Some(day) => Condition::all()
            .add(since.is_null().or(since.lte(day)))
            .add(until.is_null().or(until.gt(day))),
        None => Condition::all().add(until.is_null()),
    };
    let rows = assignment::Entity::find()
        .filter(assignment::Column::TaskId.is_in(tasks))
        .filter(counts)
        .order_by_asc(assignment::Column::TaskId)
        .order_by_asc(assignment::Column::Position)
        .order_by_asc(assignment::Column::Id)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Assignment {
            task: TaskId(row.task_id),
            unit: UnitId(row.unit_id),
            leads: row.confirmed_lead,
            via: row.via_roster.and_then(|id| rosters.get(&id).cloned()),
        })
        .collect())
}
