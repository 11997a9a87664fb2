//! A notice's versions: taking over another one in place, so that what plans refer to keeps its number, and what was
//! said before.

use crate::document::{small, stored};
use crate::entity::{assignment, indicator, notice, notice_version, task};
use crate::error::{Result, StoreError};
use crate::notice::{NewAssignment, NewIndicator, NewTask};
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::id::{IndicatorId, NoticeId, PersonId, TaskId};
use sea_orm::sea_query::Expr;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder, QuerySelect,
    Set,
};
use std::collections::BTreeMap;

/// A version of a notice, as confirmed.
#[derive(Clone, Debug, PartialEq)]
pub struct Version {
    /// Its number, from 1.
    pub no: u32,
    /// The title.
    pub title: String,
    /// The document number.
    pub number: Option<String>,
    /// The day it was issued.
    pub dated: Option<NaiveDate>,
    /// Its text as it was given.
    pub text: String,
    /// SHA-256 of the text, hexadecimal.
    pub hash: String,
    /// Who confirmed it.
    pub by: PersonId,
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// What it changed; nothing for the first.
    pub amendment: Option<serde_json::Value>,
}

/// What a version does to the rows of its notice.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Rows {
    /// The tasks in order; those that were there before by number.
    pub tasks: Vec<(Option<TaskId>, NewTask)>,
    /// Tasks that are there no more.
    pub withdrawn: Vec<TaskId>,
    /// The figures in order; those that were there before by number.
    pub figures: Vec<(Option<IndicatorId>, NewIndicator)>,
    /// Figures that are there no more.
    pub dropped: Vec<IndicatorId>,
}

/// What a list shows of a version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head {
    /// Its number, from 1.
    pub no: u32,
    /// The document number.
    pub number: Option<String>,
    /// Who confirmed it.
    pub by: PersonId,
    /// When (UTC).
    pub at: DateTime<Utc>,
}

/// The versions of a notice that was amended, the first first; none where it never was.
pub async fn heads(db: &impl ConnectionTrait, id: NoticeId) -> Result<Vec<Head>> {
    let rows: Vec<(i32, Option<String>, i64, DateTime<Utc>)> = notice_version::Entity::find()
        .select_only()
        .column(notice_version::Column::No)
        .column(notice_version::Column::Number)
        .column(notice_version::Column::ConfirmedBy)
        .column(notice_version::Column::ConfirmedAt)
        .filter(notice_version::Column::NoticeId.eq(id.0))
        .order_by_asc(notice_version::Column::No)
        .into_tuple()
        .all(db)
        .await?;
    let heads = rows.into_iter().map(|(no, number, by, at)| Head {
        no: small(no),
        number,
        by: PersonId(by),
        at,
    });
    Ok(heads.collect())
}

/// One version of a notice; a notice that was never amended has version 1.
///
/// # Errors
/// [`StoreError::Damaged`] when there is no such notice.
pub async fn version(db: &impl ConnectionTrait, id: NoticeId, no: u32) -> Result<Option<Version>> {
    let row = notice_version::Entity::find()
        .filter(notice_version::Column::NoticeId.eq(id.0))
        .filter(notice_version::Column::No.eq(stored(no)))
        .one(db)
        .await?;
    let kept = row.map(|row| Version {
        no: small(row.no),
        title: row.title,
        number: row.number,
        dated: row.dated,
        text: row.text,
        hash: row.hash,
        by: PersonId(row.confirmed_by),
        at: row.confirmed_at,
        amendment: row.amendment,
    });
    match kept {
        None if no == 1 => Ok(Some(first(db, id).await?)),
        kept => Ok(kept),
    }
}

async fn first(db: &impl ConnectionTrait, id: NoticeId) -> Result<Version> {
    let row = notice::Entity::find_by_id(id.0).one(db).await?;
    let row = row.ok_or_else(|| StoreError::damaged(format!("notice {id}")))?;
    Ok(Version {
        no: 1,
        title: row.title,
        number: row.number,
        dated: row.dated,
        text: row.text,
        hash: row.hash,
        by: PersonId(row.imported_by),
        at: row.imported_at,
        amendment: None,
    })
}

/// The number of the version in force.
pub async fn current(db: &impl ConnectionTrait, id: NoticeId) -> Result<u32> {
    let kept = notice_version::Entity::find()
        .filter(notice_version::Column::NoticeId.eq(id.0))
        .count(db)
        .await?;
    Ok(u32::try_from(kept).unwrap_or(u32::MAX).max(1))
}

/// Takes a version over from the civil day `day` on. The first amendment also keeps what was there before as version 1.
/// Gives the numbers of the tasks in their order.
pub async fn take_over(
    db: &impl ConnectionTrait,
    id: NoticeId,
    version: Version,
    rows: Rows,
    day: NaiveDate,
) -> Result<Vec<TaskId>> {
    if version.no == 2 {
        keep(db, id, first(db, id).await?).await?;
    }
    let head = notice::ActiveModel {
        id: Set(id.0),
        title: Set(version.title.clone()),
        number: Set(version.number.clone()),
        dated: Set(version.dated),
        text: Set(version.text.clone()),
        hash: Set(version.hash.clone()),
        ..Default::default()
    };
    head.update(db).await?;
    keep(db, id, version).await?;
    withdraw(db, &rows, day).await?;
    let mut ids = Vec::with_capacity(rows.tasks.len());
    for (known, new) in rows.tasks {
        ids.push(take_task(db, id, known, new, day).await?);
    }
    for (known, new) in rows.figures {
        take_figure(db, id, known, new, &ids).await?;
    }
    Ok(ids)
}

async fn keep(db: &impl ConnectionTrait, id: NoticeId, version: Version) -> Result<()> {
    let row = notice_version::ActiveModel {
        notice_id: Set(id.0),
        no: Set(stored(version.no)),
        title: Set(version.title),
        number: Set(version.number),
        dated: Set(version.dated),
        text: Set(version.text),
        hash: Set(version.hash),
        confirmed_by: Set(version.by.0),
        confirmed_at: Set(version.at),
        amendment: Set(version.amendment),
        ..Default::default()
    };
    row.insert(db).await?;
    Ok(())
}

async fn withdraw(db: &impl ConnectionTrait, rows: &Rows, day: NaiveDate) -> Result<()> {
    let tasks: Vec<i64> = rows.withdrawn.iter().map(|id| id.0).collect();
    task::Entity::update_many()
        .col_expr(task::Column::WithdrawnOn, Expr::value(day))
        .filter(task::Column::Id.is_in(tasks.clone()))
        .exec(db)
        .await?;
    assignment::Entity::update_many()
        .col_expr(assignment::Column::Until, Expr::value(day))
        .filter(assignment::Column::TaskId.is_in(tasks))
        .filter(assignment::Column::Until.is_null())
        .exec(db)
        .await?;
    indicator::Entity::update_many()
        .col_expr(indicator::Column::WithdrawnOn, Expr::value(day))
        .filter(indicator::Column::Id.is_in(rows.dropped.iter().map(|id| id.0)))
        .exec(db)
        .await?;
    Ok(())
}

async fn take_task(
    db: &impl ConnectionTrait,
    notice: NoticeId,
    known: Option<TaskId>,
    new: NewTask,
    day: NaiveDate,
) -> Result<TaskId> {
    let mut row = task::ActiveModel {
        notice_id: Set(notice.0),
        number: Set(new.number),
        section: Set(new.section),
        title: Set(new.title),
        text: Set(new.text),
        deadline: Set(new.deadline),
        due_on: Set(new.due_on),
        place: Set(new.place),
        ..Default::default()
    };
    let id = match known {
        Some(id) => {
            row.id = Set(id.0);
            row.update(db).await?.id
        }
        None => row.insert(db).await?.id,
    };
    assign(db, id, new.units, day).await?;
    Ok(TaskId(id))
}

/// Gives a task these parts: what stays is left alone, what ends or changes ends on `day`, what is new begins then.
async fn assign(db: &impl ConnectionTrait, task: i64, units: Vec<NewAssignment>, day: NaiveDate) -> Result<()> {
    let rows = assignment::Entity::find()
        .filter(assignment::Column::TaskId.eq(task))
        .filter(assignment::Column::Until.is_null())
        .all(db)
        .await?;
    let mut open: BTreeMap<i64, assignment::Model> = rows.into_iter().map(|row| (row.unit_id, row)).collect();
    for (new, position) in units.into_iter().zip(1..) {
        let before = open.remove(&new.unit.0);
        let same = before.as_ref().filter(|row| {
            (row.role.as_str(), row.confirmed_lead, row.via_roster) == (new.role, new.leads, new.via_roster)
        });
        let row = assignment::ActiveModel {
            task_id: Set(task),
            unit_id: Set(new.unit.0),
            role: Set(new.role.to_owned()),
            confirmed_lead: Set(new.leads),
            via_roster: Set(new.via_roster),
            position: Set(position),
            place: Set(new.place),
            ..Default::default()
        };
        match same {
            Some(same) => {
                let row = assignment::ActiveModel {
                    id: Set(same.id),
                    ..row
                };
                row.update(db).await?;
            }
            None => {
                if let Some(before) = before {
                    end(db, &before, day).await?;
                }
                let row = assignment::ActiveModel {
                    since: Set(Some(day)),
                    ..row
                };
                row.insert(db).await?;
            }
        }
    }
    for gone in open.values() {
        end(db, gone, day).await?;
    }
    Ok(())
}

/// Ends a part; one that began on the same day never was.
async fn end(db: &impl ConnectionTrait, row: &assignment::Model, day: NaiveDate) -> Result<()> {
    if row.since == Some(day) {
        assignment::Entity::delete_by_id(row.id).exec(db).await?;
        return Ok(());
    }
    let ended = assignment::ActiveModel {
        id: Set(row.id),
        until: Set(Some(day)),
        ..Default::default()
    };
    ended.update(db).await?;
    Ok(())
}

async fn take_figure(
    db: &impl ConnectionTrait,
    notice: NoticeId,
    known: Option<IndicatorId>,
    new: NewIndicator,
    tasks: &[TaskId],
) -> Result<()> {
    let task = new.task.and_then(|at| tasks.get(at)).map(|id| id.0);
    let mut row = indicator::ActiveModel {
        notice_id: Set(notice.0),
        task_id: Set(task),
        name: Set(new.name),
        comparator: Set(new.comparator.to_owned()),
        value: Set(new.value),
        measure: Set(Some(new.measure)),
        year: Set(new.year),
        text: Set(Some(new.text)),
        place: Set(new.place),
        ..Default::default()
    };
    match known {
        Some(id) => {
            row.id = Set(id.0);
            row.update(db).await?;
        }
        None => {
            row.insert(db).await?;
        }
    }
    Ok(())
}
