//! Notices with their tasks, assignments and figures.

use crate::entity::{assignment, indicator, notice, task};
use crate::error::{Result, StoreError};
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::document::annual_plan::ROLES;
use duban_core::id::{IndicatorId, NoticeId, PersonId, TaskId, UnitId};
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use std::collections::BTreeMap;

/// Rows that go into one statement: well below the least number of parameters a database takes.
const ROWS: usize = 500;

/// A notice to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNotice {
    /// Its title.
    pub title: String,
    /// Who issued it.
    pub issuer: Option<String>,
    /// Its document number.
    pub number: Option<String>,
    /// The day it was issued.
    pub dated: Option<NaiveDate>,
    /// Its text as it was given.
    pub text: String,
    /// SHA-256 of the text, hexadecimal.
    pub hash: String,
    /// Who imported it.
    pub by: PersonId,
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// Its tasks in order.
    pub tasks: Vec<NewTask>,
    /// Its figures in order.
    pub indicators: Vec<NewIndicator>,
}

/// A task to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewTask {
    /// Its number, unique in the notice.
    pub number: i32,
    /// The heading it stands under; empty when it stands under none.
    pub section: String,
    /// Its title.
    pub title: String,
    /// Its words.
    pub text: String,
    /// The words of its deadline or rhythm.
    pub deadline: Option<String>,
    /// The last day, if the words name one.
    pub due_on: Option<NaiveDate>,
    /// Where it stands in the text.
    pub place: Option<serde_json::Value>,
    /// Who does it, in order; a unit once.
    pub units: Vec<NewAssignment>,
}

/// An assignment to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAssignment {
    /// The unit.
    pub unit: UnitId,
    /// Its part, one of [`ROLES`].
    pub role: &'static str,
    /// A person has confirmed that it leads.
    pub leads: bool,
    /// The roster through which it is meant.
    pub via_roster: Option<i64>,
    /// Where it is named in the text.
    pub place: Option<serde_json::Value>,
}

/// A figure to be added.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewIndicator {
    /// Position of its task among the tasks.
    pub task: Option<usize>,
    /// What is measured.
    pub name: String,
    /// The code of the comparison.
    pub comparator: &'static str,
    /// The value, as decimal digits.
    pub value: String,
    /// The unit of measure.
    pub measure: String,
    /// The year it is to be reached in.
    pub year: Option<i32>,
    /// The first words of its clause.
    pub text: String,
    /// Where it stands in the text.
    pub place: Option<serde_json::Value>,
}

/// Adds a notice with everything in it.
pub async fn add(db: &impl ConnectionTrait, new: NewNotice) -> Result<NoticeId> {
    let row = notice::ActiveModel {
        title: Set(new.title),
        issuer: Set(new.issuer),
        number: Set(new.number),
        dated: Set(new.dated),
        text: Set(new.text),
        hash: Set(new.hash),
        imported_by: Set(new.by.0),
        imported_at: Set(new.at),
        ..Default::default()
    }
    .insert(db)
    .await?;
    let mut ids = Vec::with_capacity(new.tasks.len());
    let mut assignments = Vec::new();
    for task in new.tasks {
        let added = task::ActiveModel {
            notice_id: Set(row.id),
            number: Set(task.number),
            section: Set(task.section),
            title: Set(task.title),
            text: Set(task.text),
            deadline: Set(task.deadline),
            due_on: Set(task.due_on),
            place: Set(task.place),
            ..Default::default()
        }
        .insert(db)
        .await?;
        ids.push(added.id);
        for (unit, position) in task.units.into_iter().zip(1..) {
            assignments.push(assignment::ActiveModel {
                task_id: Set(added.id),
                unit_id: Set(unit.unit.0),
                role: Set(unit.role.to_owned()),
                confirmed_lead: Set(unit.leads),
                via_roster: Set(unit.via_roster),
                position: Set(position),
                place: Set(unit.place),
                ..Default::default()
            });
        }
    }
    while !assignments.is_empty() {
        let rest = assignments.split_off(assignments.len().min(ROWS));
        assignment::Entity::insert_many(assignments)
            .exec_without_returning(db)
            .await?;
        assignments = rest;
    }
    for one in new.indicators {
        let task = one.task.and_then(|at| ids.get(at).copied());
        indicator::ActiveModel {
            notice_id: Set(row.id),
            task_id: Set(task),
            name: Set(one.name),
            comparator: Set(one.comparator.to_owned()),
            value: Set(one.value),
            measure: Set(Some(one.measure)),
            year: Set(one.year),
            unit_id: Set(None),
            text: Set(Some(one.text)),
            place: Set(one.place),
            ..Default::default()
        }
        .insert(db)
        .await?;
    }
    Ok(NoticeId(row.id))
}

/// A notice without its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its id.
    pub id: NoticeId,
    /// Its title.
    pub title: String,
    /// Who issued it.
    pub issuer: Option<String>,
    /// Its document number.
    pub number: Option<String>,
    /// The day it was issued.
    pub dated: Option<NaiveDate>,
}

/// The notice with this id.
pub async fn find(db: &impl ConnectionTrait, id: NoticeId) -> Result<Option<Notice>> {
    let row = notice::Entity::find_by_id(id.0).one(db).await?;
    Ok(row.map(of_row))
}

/// These notices by number.
pub async fn find_all(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = NoticeId>,
) -> Result<BTreeMap<NoticeId, Notice>> {
    let rows = notice::Entity::find()
        .filter(notice::Column::Id.is_in(ids.into_iter().map(|id| id.0)))
        .all(db)
        .await?;
    Ok(rows.into_iter().map(of_row).map(|found| (found.id, found)).collect())
}

fn of_row(row: notice::Model) -> Notice {
    Notice {
        id: NoticeId(row.id),
        title: row.title,
        issuer: row.issuer,
        number: row.number,
        dated: row.dated,
    }
}

/// The notices with this text.
pub async fn of_hash(db: &impl ConnectionTrait, hash: &str) -> Result<Vec<NoticeId>> {
    let ids: Vec<i64> = notice::Entity::find()
        .select_only()
        .column(notice::Column::Id)
        .filter(notice::Column::Hash.eq(hash))
        .into_tuple()
        .all(db)
        .await?;
    Ok(ids.into_iter().map(NoticeId).collect())
}

/// A task with who does it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Task {
    /// Its id.
    pub id: TaskId,
    /// Its notice.
    pub notice: NoticeId,
    /// Its number.
    pub number: i32,
    /// The heading it stands under.
    pub section: String,
    /// Its title.
    pub title: String,
    /// Its words.
    pub text: String,
    /// The words of its deadline or rhythm.
    pub deadline: Option<String>,
    /// The last day, if there is one.
    pub due_on: Option<NaiveDate>,
    /// Who does it, in the order of the notice.
    pub units: Vec<Assigned>,
}

impl Task {
    /// The unit that leads it, once a person has confirmed one.
    #[must_use]
    pub fn lead(&self) -> Option<UnitId> {
        self.units.iter().find(|unit| unit.leads).map(|unit| unit.unit)
    }
}

/// A unit's part in a task.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The unit.
    pub unit: UnitId,
    /// Its part, one of [`ROLES`].
    pub role: &'static str,
    /// It leads.
    pub leads: bool,
    /// The roster through which it is meant.
    pub via_roster: Option<i64>,
}

async fn with_units(db: &impl ConnectionTrait, rows: Vec<task::Model>) -> Result<Vec<Task>> {
    let mut units: BTreeMap<i64, Vec<Assigned>> = BTreeMap::new();
    let assigned = assignment::Entity::find()
        .filter(assignment::Column::TaskId.is_in(rows.iter().map(|row| row.id)))
        .filter(assignment::Column::Until.is_null())
        .order_by_asc(assignment::Column::Position)
        .order_by_asc(assignment::Column::Id)
        .all(db)
        .await?;
    for row in assigned {
        let role = ROLES
            .iter()
            .find(|role| **role == row.role)
            .ok_or_else(|| StoreError::damaged(format!("role {} of assignment {}", row.role, row.id)))?;
        units.entry(row.task_id).or_default().push(Assigned {
            unit: UnitId(row.unit_id),
            role,
            leads: row.confirmed_lead,
            via_roster: row.via_roster,
        });
    }
    Ok(rows
        .into_iter()
        .map(|row| Task {
            units: units.remove(&row.id).unwrap_or_default(),
            id: TaskId(row.id),
            notice: NoticeId(row.notice_id),
            number: row.number,
            section: row.section,
            title: row.title,
            text: row.text,
            deadline: row.deadline,
            due_on: row.due_on,
        })
        .collect())
}

/// The tasks of a notice in order.
pub async fn tasks(db: &impl ConnectionTrait, id: NoticeId) -> Result<Vec<Task>> {
    let rows = task::Entity::find()
        .filter(task::Column::NoticeId.eq(id.0))
        .filter(task::Column::WithdrawnOn.is_null())
        .order_by_asc(task::Column::Number)
        .all(db)
        .await?;
    with_units(db, rows).await
}

/// The task with this id.
pub async fn task(db: &impl ConnectionTrait, id: TaskId) -> Result<Option<Task>> {
    let row = task::Entity::find_by_id(id.0).one(db).await?;
    Ok(with_units(db, row.into_iter().collect()).await?.pop())
}

/// A figure of a notice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Figure {
    /// Its id.
    pub id: IndicatorId,
    /// Its task, if it belongs to one.
    pub task: Option<TaskId>,
    /// What is measured.
    pub name: String,
    /// The code of the comparison.
    pub comparator: String,
    /// The value.
    pub value: String,
    /// The unit of measure.
    pub measure: String,
    /// The year it is to be reached in.
    pub year: Option<i32>,
}

/// The figures of a notice in order.
pub async fn figures(db: &impl ConnectionTrait, id: NoticeId) -> Result<Vec<Figure>> {
    let rows = indicator::Entity::find()
        .filter(indicator::Column::NoticeId.eq(id.0))
        .filter(indicator::Column::WithdrawnOn.is_null())
        .order_by_asc(indicator::Column::Id)
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| Figure {
            id: IndicatorId(row.id),
            task: row.task_id.map(TaskId),
            name: row.name,
            comparator: row.comparator,
            value: row.value,
            measure: row.measure.unwrap_or_default(),
            year: row.year,
        })
        .collect())
}
