//! What a campaign asks of one unit: its tasks with role, partners and figures. Read for prefilling a plan, for the
//! coverage check and for the editor.

use crate::entity::{
    assignment, campaign, finding, finding_support, indicator, notice, roster, task, unit, unit_alias,
};
use crate::error::{Result, StoreError};
use duban_core::document::annual_plan::{Asked, AskedIndicator, AskedTask, Comparison, Partner, ROLES};
use duban_core::document::rectification::AskedFinding;
use duban_core::id::{CampaignId, DocumentId, FindingId, IndicatorId, TaskId, UnitId};
use duban_core::notice::rhythm_of;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder};
use std::collections::{BTreeMap, BTreeSet};

/// Everything the campaign asks of the unit; empty lists when it asks nothing.
///
/// A figure belongs to the unit it names; without one, to the lead of its task (the first named where none is
/// stated); without a task, to the coordinator of the campaign.
///
/// # Errors
/// [`StoreError::Damaged`] when the campaign is unknown or a stored role is none.
pub async fn asked(db: &impl ConnectionTrait, campaign: CampaignId, unit: UnitId) -> Result<Asked> {
    let campaign = campaign::Entity::find_by_id(campaign.0)
        .one(db)
        .await?
        .ok_or_else(|| StoreError::damaged(format!("campaign {campaign}")))?;
    let notice = notice::Entity::find_by_id(campaign.notice_id)
        .one(db)
        .await?
        .ok_or_else(|| StoreError::damaged(format!("notice {}", campaign.notice_id)))?;
    let mut tasks = task::Entity::find()
        .filter(task::Column::NoticeId.eq(notice.id))
        .filter(task::Column::WithdrawnOn.is_null())
        .order_by_asc(task::Column::Number)
        .all(db)
        .await?;
    let mut assigned: BTreeMap<i64, Vec<assignment::Model>> = BTreeMap::new();
    let rows = assignment::Entity::find()
        .filter(assignment::Column::TaskId.is_in(tasks.iter().map(|task| task.id)))
        .filter(assignment::Column::Until.is_null())
        .order_by_asc(assignment::Column::Position)
        .order_by_asc(assignment::Column::Id)
        .all(db)
        .await?;
    for row in rows {
        assigned.entry(row.task_id).or_default().push(row);
    }
    let mut figures = Figures::new(&assigned, campaign.coordinator_unit, unit);
    let rows = indicator::Entity::find()
        .filter(indicator::Column::NoticeId.eq(notice.id))
        .filter(indicator::Column::WithdrawnOn.is_null())
        .order_by_asc(indicator::Column::Id)
        .all(db)
        .await?;
    rows.into_iter().for_each(|row| figures.take(row));
    tasks.retain(|task| {
        assigned
            .get(&task.id)
            .is_some_and(|rows| rows.iter().any(|row| row.unit_id == unit.0))
    });
    let mine: Vec<&assignment::Model> = tasks
        .iter()
        .filter_map(|task| assigned.get(&task.id))
        .flatten()
        .collect();
    let names = Names::load(db, mine.iter().map(|row| row.unit_id).collect()).await?;
    let mut found = Vec::with_capacity(tasks.len());
    for task in tasks {
        let rows = assigned.get(&task.id).map_or(&[][..], Vec::as_slice);
        found.push(asked_task(task, rows, unit, &mut figures, &names)?);
    }
    let number = notice.number.map_or_else(String::new, |number| format!("（{number}）"));
    Ok(Asked {
        year: campaign.year,
        basis: format!("《{}》{number}", notice.title),
        tasks: found,
        indicators: figures.loose,
    })
}

/// The title of a campaign.
///
/// # Errors
/// [`StoreError::Damaged`] when it is unknown.
pub async fn campaign_title(db: &impl ConnectionTrait, id: CampaignId) -> Result<String> {
    let row = campaign::Entity::find_by_id(id.0).one(db).await?;
    row.map(|row| row.title)
        .ok_or_else(|| StoreError::damaged(format!("campaign {id}")))
}

fn asked_task(
    task: task::Model,
    rows: &[assignment::Model],
    unit: UnitId,
    figures: &mut Figures,
    names: &Names,
) -> Result<AskedTask> {
    let mut own = "co";
    let mut partners = Vec::new();
    for row in rows {
        let role = ROLES
            .iter()
            .find(|role| **role == row.role)
            .ok_or_else(|| StoreError::damaged(format!("role {} of assignment {}", row.role, row.id)))?;
        if row.unit_id == unit.0 {
            own = role;
        } else {
            partners.push(Partner {
                unit: UnitId(row.unit_id),
                name: names.of.get(&row.unit_id).cloned().unwrap_or_default(),
                aliases: names.aliases.get(&row.unit_id).cloned().unwrap_or_default(),
                role,
                via: row.via_roster.and_then(|roster| names.rosters.get(&roster).cloned()),
            });
        }
    }
    Ok(AskedTask {
        indicators: figures.of_task.remove(&task.id).unwrap_or_default(),
        id: TaskId(task.id),
        number: task.number.to_string(),
        title: task.title,
        section: task.section,
        text: task.text,
        role: own,
        partners,
        deadline: task.due_on,
        rhythm: task.deadline.as_deref().and_then(rhythm_of),
    })
}

/// The figures that belong to one unit, by task.
struct Figures<'a> {
    assigned: &'a BTreeMap<i64, Vec<assignment::Model>>,
    coordinator: i64,
    unit: i64,
    of_task: BTreeMap<i64, Vec<AskedIndicator>>,
    loose: Vec<AskedIndicator>,
}

impl<'a> Figures<'a> {
    fn new(assigned: &'a BTreeMap<i64, Vec<assignment::Model>>, coordinator: i64, unit: UnitId) -> Self {
        Self {
            assigned,
            coordinator,
            unit: unit.0,
            of_task: BTreeMap::new(),
            loose: Vec::new(),
        }
    }

    fn take(&mut self, row: indicator::Model) {
        let rows = row.task_id.and_then(|task| self.assigned.get(&task));
        let lead = rows.and_then(|rows| rows.iter().find(|row| row.role == "lead").or(rows.first()));
        let owner = row.unit_id.or(lead.map(|row| row.unit_id)).unwrap_or(self.coordinator);
        if owner != self.unit {
            return;
        }
        let takes_part = rows.is_some_and(|rows| rows.iter().any(|row| row.unit_id == self.unit));
        let task = row.task_id.filter(|_| takes_part);
        let asked = AskedIndicator {
            id: IndicatorId(row.id),
            name: row.name,
            comparison: comparison(&row.comparator),
            value: row.value.parse().ok(),
            measure: row.measure.unwrap_or_default(),
            year: row.year,
        };
        match task {
            Some(task) => self.of_task.entry(task).or_default().push(asked),
            None => self.loose.push(asked),
        }
    }
}

/// The comparison behind a stored comparator, written as a code or as a sign.
fn comparison(stored: &str) -> Comparison {
    Comparison::from_code(stored).unwrap_or(match stored {
        ">" => Comparison::Above,
        ">=" => Comparison::AtLeast,
        "<" => Comparison::Below,
        "<=" => Comparison::AtMost,
        "about" => Comparison::About,
        _ => Comparison::Equal,
    })
}

/// Names and aliases of units, and names of rosters.
struct Names {
    of: BTreeMap<i64, String>,
    aliases: BTreeMap<i64, Vec<String>>,
    rosters: BTreeMap<i64, String>,
}

impl Names {
    async fn load(db: &impl ConnectionTrait, units: BTreeSet<i64>) -> Result<Self> {
        let rows = unit::Entity::find()
            .filter(unit::Column::Id.is_in(units.iter().copied()))
            .all(db)
            .await?;
        let of = rows.into_iter().map(|row| (row.id, row.name)).collect();
        let mut aliases: BTreeMap<i64, Vec<String>> = BTreeMap::new();
        let rows = unit_alias::Entity::find()
            .filter(unit_alias::Column::UnitId.is_in(units))
            .all(db)
            .await?;
        for row in rows {
            aliases.entry(row.unit_id).or_default().push(row.name);
        }
        let rosters = roster::Entity::find().all(db).await?;
        let rosters = rosters.into_iter().map(|row| (row.id, row.name)).collect();
        Ok(Self { of, aliases, rosters })
    }
}

/// The findings that a rectification report answers, numbered in the order in which they were raised.
///
/// # Errors
/// What the database says.
pub async fn findings(db: &impl ConnectionTrait, document: DocumentId) -> Result<Vec<AskedFinding>> {
    let rows = finding::Entity::find()
        .filter(finding::Column::DocumentId.eq(document.0))
        .order_by_asc(finding::Column::Id)
        .all(db)
        .await?;
    let helpers = finding_support::Entity::find()
        .filter(finding_support::Column::FindingId.is_in(rows.iter().map(|row| row.id)))
        .order_by_asc(finding_support::Column::UnitId)
        .all(db)
        .await?;
    let names = Names::load(db, helpers.iter().map(|row| row.unit_id).collect()).await?;
    Ok(rows
        .into_iter()
        .enumerate()
        .map(|(index, row)| AskedFinding {
            id: FindingId(row.id),
            number: (index + 1).to_string(),
            description: row.description,
            source: row.source,
            class: row.class,
            severity: row.severity,
            demanded_on: Some(row.demanded_by),
            supporting: helpers
                .iter()
                .filter(|helper| helper.finding_id == row.id)
                .filter_map(|helper| names.of.get(&helper.unit_id).cloned())
                .collect(),
        })
        .collect())
}
