//! Settings: JSON values under keys. And the calendar.

use crate::entity::{calendar_day, calendar_year, setting};
use crate::error::{Result, StoreError};
use duban_core::calendar::{Calendar, DayKind};
use sea_orm::sea_query::OnConflict;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, Set};

/// The value under `key`.
pub async fn get(db: &impl ConnectionTrait, key: &str) -> Result<Option<serde_json::Value>> {
    let row = setting::Entity::find_by_id(key.to_owned()).one(db).await?;
    Ok(row.map(|row| row.value))
}

/// Keeps `value` under `key`, in place of what was there.
pub async fn set(db: &impl ConnectionTrait, key: &str, value: serde_json::Value) -> Result<()> {
    let row = setting::ActiveModel {
        key: Set(key.to_owned()),
        value: Set(value),
    };
    setting::Entity::insert(row)
        .on_conflict(
            OnConflict::column(setting::Column::Key)
                .update_column(setting::Column::Value)
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Forgets the value under `key`.
pub async fn remove(db: &impl ConnectionTrait, key: &str) -> Result<()> {
    setting::Entity::delete_by_id(key.to_owned()).exec(db).await?;
    Ok(())
}

/// The working days as published so far.
pub async fn calendar(db: &impl ConnectionTrait) -> Result<Calendar> {
    let mut calendar = Calendar::default();
    for row in calendar_year::Entity::find().all(db).await? {
        calendar.published.insert(row.year);
    }
    for row in calendar_day::Entity::find().all(db).await? {
        let kind = match row.kind.as_str() {
            "holiday" => DayKind::Holiday,
            "make_up" => DayKind::MakeUp,
            other => return Err(StoreError::damaged(format!("calendar day {}: {other}", row.day))),
        };
        calendar.days.insert(row.day, kind);
    }
    Ok(calendar)
}

/// One year's arrangement as published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublishedYear {
    /// The year of the dates.
    pub year: i32,
    /// The notice that made it.
    pub source: String,
    /// The days that differ from the plain week, with the name of the holiday.
    pub days: Vec<(chrono::NaiveDate, DayKind, String)>,
}

/// Keeps a year's arrangement, in place of what was there.
pub async fn publish_year(db: &impl ConnectionTrait, new: &PublishedYear) -> Result<()> {
    let bounds = (
        chrono::NaiveDate::from_ymd_opt(new.year, 1, 1),
        chrono::NaiveDate::from_ymd_opt(new.year, 12, 31),
    );
    let (Some(first), Some(last)) = bounds else {
        return Err(StoreError::damaged(format!("year {}", new.year)));
    };
    calendar_day::Entity::delete_many()
        .filter(calendar_day::Column::Day.between(first, last))
        .exec(db)
        .await?;
    calendar_year::Entity::delete_by_id(new.year).exec(db).await?;
    let year = calendar_year::ActiveModel {
        year: Set(new.year),
        source: Set(new.source.clone()),
    };
    calendar_year::Entity::insert(year).exec_without_returning(db).await?;
    let rows: Vec<_> = new
        .days
        .iter()
        .map(|(day, kind, name)| calendar_day::ActiveModel {
            day: Set(*day),
            kind: Set(match kind {
                DayKind::Holiday => "holiday".to_owned(),
                DayKind::MakeUp => "make_up".to_owned(),
            }),
            name: Set(name.clone()),
        })
        .collect();
    if !rows.is_empty() {
        calendar_day::Entity::insert_many(rows)
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// The published years with their source, newest first, and their days in order.
pub async fn published_years(db: &impl ConnectionTrait) -> Result<Vec<PublishedYear>> {
    use chrono::Datelike as _;
    let mut days = calendar_day::Entity::find().all(db).await?;
    days.sort_by_key(|row| row.day);
    let mut years = calendar_year::Entity::find().all(db).await?;
    years.sort_by_key(|row| std::cmp::Reverse(row.year));
    Ok(years
        .into_iter()
        .map(|year| PublishedYear {
            year: year.year,
            source: year.source,
            days: days
                .iter()
                .filter(|row| row.day.year() == year.year)
                .map(|row| {
                    let kind = if row.kind == "holiday" {
                        DayKind::Holiday
                    } else {
                        DayKind::MakeUp
                    };
                    (row.day, kind, row.name.clone())
                })
                .collect(),
        })
        .collect())
}
