//! Units, their other names, and rosters.

use crate::entity::{roster, roster_member, unit, unit_alias};
use crate::error::{Result, StoreError};
use chrono::NaiveDate;
use duban_core::id::UnitId;
use duban_core::org::{Roster, RosterMember, Unit, UnitKind};
use duban_core::succession::Ended;
use sea_orm::{ActiveModelTrait, ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, Set};
use std::collections::BTreeMap;

/// All units with their aliases, those of the past included, by number.
pub async fn all(db: &impl ConnectionTrait) -> Result<BTreeMap<UnitId, Unit>> {
    let mut aliases: BTreeMap<i64, Vec<String>> = BTreeMap::new();
    for row in unit_alias::Entity::find()
        .order_by_asc(unit_alias::Column::Name)
        .all(db)
        .await?
    {
        aliases.entry(row.unit_id).or_default().push(row.name);
    }
    let mut units = BTreeMap::new();
    for row in unit::Entity::find().all(db).await? {
        let kind = UnitKind::from_code(&row.kind)
            .ok_or_else(|| StoreError::damaged(format!("unit {}: kind {}", row.id, row.kind)))?;
        let unit = Unit {
            id: UnitId(row.id),
            name: row.name,
            kind,
            aliases: aliases.remove(&row.id).unwrap_or_default(),
            valid_from: row.valid_from,
            valid_until: row.valid_until,
        };
        units.insert(unit.id, unit);
    }
    Ok(units)
}

/// A unit to be added.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct NewUnit {
    /// Its full name.
    pub name: String,
    /// What it is. Called `unit_kind` when written down: a proposal has a `kind` of its own around it.
    #[serde(rename = "unit_kind")]
    pub kind: UnitKind,
    /// Other names by which notices call it.
    #[serde(default)]
    pub aliases: Vec<String>,
    /// First day.
    pub valid_from: NaiveDate,
    /// First day on which it no longer exists.
    #[serde(default)]
    pub valid_until: Option<NaiveDate>,
}

/// Adds a unit with its aliases.
pub async fn add(db: &impl ConnectionTrait, new: &NewUnit) -> Result<UnitId> {
    let row = unit::ActiveModel {
        name: Set(new.name.clone()),
        kind: Set(new.kind.code().to_owned()),
        valid_from: Set(new.valid_from),
        valid_until: Set(new.valid_until),
        ..Default::default()
    }
    .insert(db)
    .await?;
    for alias in &new.aliases {
        add_alias(db, UnitId(row.id), alias).await?;
    }
    Ok(UnitId(row.id))
}

/// Adds another name to a unit; one it has already stays as it is.
pub async fn add_alias(db: &impl ConnectionTrait, unit: UnitId, name: &str) -> Result<()> {
    let known = unit_alias::Entity::find_by_id((unit.0, name.to_owned()))
        .one(db)
        .await?;
    if known.is_none() {
        let row = unit_alias::ActiveModel {
            unit_id: Set(unit.0),
            name: Set(name.to_owned()),
            valid_until: Set(None),
        };
        unit_alias::Entity::insert(row).exec_without_returning(db).await?;
    }
    Ok(())
}

/// Takes a name away from a unit.
pub async fn remove_alias(db: &impl ConnectionTrait, unit: UnitId, name: &str) -> Result<()> {
    unit_alias::Entity::delete_by_id((unit.0, name.to_owned()))
        .exec(db)
        .await?;
    Ok(())
}

/// Gives a unit another name from a day on; the one before stays as an alias that says until when it was the name.
pub async fn rename(db: &impl ConnectionTrait, id: UnitId, name: &str, from: NaiveDate) -> Result<()> {
    let Some(before) = unit::Entity::find_by_id(id.0).one(db).await? else {
        return Ok(());
    };
    remove_alias(db, id, name).await?;
    remove_alias(db, id, &before.name).await?;
    let former = unit_alias::ActiveModel {
        unit_id: Set(id.0),
        name: Set(before.name.clone()),
        valid_until: Set(Some(from)),
    };
    unit_alias::Entity::insert(former).exec_without_returning(db).await?;
    let mut row: unit::ActiveModel = before.into();
    row.name = Set(name.to_owned());
    row.update(db).await?;
    Ok(())
}

/// Until when an alias was the name of its unit (first day on which it no longer was), for those that were.
pub async fn former_names(db: &impl ConnectionTrait) -> Result<BTreeMap<UnitId, Vec<(String, NaiveDate)>>> {
    let mut found: BTreeMap<UnitId, Vec<(String, NaiveDate)>> = BTreeMap::new();
    let rows = unit_alias::Entity::find().order_by_asc(unit_alias::Column::ValidUntil);
    for row in rows.all(db).await? {
        if let Some(until) = row.valid_until {
            found.entry(UnitId(row.unit_id)).or_default().push((row.name, until));
        }
    }
    Ok(found)
}

/// Which unit took the place of each one that has a successor.
pub async fn successors(db: &impl ConnectionTrait) -> Result<BTreeMap<UnitId, UnitId>> {
    let rows = unit::Entity::find()
        .filter(unit::Column::SuccessorId.is_not_null())
        .all(db)
        .await?;
    let pairs = rows
        .into_iter()
        .filter_map(|row| Some((UnitId(row.id), UnitId(row.successor_id?))));
    Ok(pairs.collect())
}

/// The units that ended and were succeeded by another, with the day.
pub async fn ended(db: &impl ConnectionTrait) -> Result<Ended> {
    let rows = unit::Entity::find()
        .filter(unit::Column::SuccessorId.is_not_null())
        .all(db)
        .await?;
    let ended = rows
        .into_iter()
        .filter_map(|row| Some((UnitId(row.id), (row.valid_until?, UnitId(row.successor_id?)))));
    Ok(ended.collect())
}

/// Ends a unit: `until` is the first day on which it no longer exists; `successor` takes its place, if one does.
pub async fn end(db: &impl ConnectionTrait, id: UnitId, until: NaiveDate, successor: Option<UnitId>) -> Result<()> {
    let row = unit::ActiveModel {
        id: Set(id.0),
        valid_until: Set(Some(until)),
        successor_id: Set(successor.map(|unit| unit.0)),
        ..Default::default()
    };
    row.update(db).await?;
    Ok(())
}

/// All rosters by number.
pub async fn rosters(db: &impl ConnectionTrait) -> Result<BTreeMap<i64, Roster>> {
    let mut found: BTreeMap<i64, Roster> = roster::Entity::find()
        .all(db)
        .await?
        .into_iter()
        .map(|row| {
            let roster = Roster {
                name: row.name,
                members: Vec::new(),
            };
            (row.id, roster)
        })
        .collect();
    let members = roster_member::Entity::find()
        .order_by_asc(roster_member::Column::Id)
        .all(db)
        .await?;
    for row in members {
        if let Some(roster) = found.get_mut(&row.roster_id) {
            roster.members.push(RosterMember {
                unit: UnitId(row.unit_id),
                from: row.valid_from,
                until: row.valid_until,
            });
        }
    }
    Ok(found)
}

/// Adds an empty roster and gives its number; one of that name stays as it is.
pub async fn add_roster(db: &impl ConnectionTrait, name: &str) -> Result<i64> {
    let known = roster::Entity::find()
        .filter(roster::Column::Name.eq(name))
        .one(db)
        .await?;
    if let Some(row) = known {
        return Ok(row.id);
    }
    let row = roster::ActiveModel {
        name: Set(name.to_owned()),
        ..Default::default()
    };
    Ok(row.insert(db).await?.id)
}

/// Adds a member to a roster.
pub async fn add_member(db: &impl ConnectionTrait, roster: i64, member: &RosterMember) -> Result<()> {
    let row = roster_member::ActiveModel {
        roster_id: Set(roster),
        unit_id: Set(member.unit.0),
        valid_from: Set(member.from),
        valid_until: Set(member.until),
        ..Default::default()
    };
    row.insert(db).await?;
    Ok(())
}

/// Ends the membership of a unit in a roster: `until` is the first day on which it no longer belongs.
pub async fn end_member(db: &impl ConnectionTrait, roster: i64, unit: UnitId, until: NaiveDate) -> Result<()> {
    roster_member::Entity::update_many()
        .col_expr(
            roster_member::Column::ValidUntil,
            sea_orm::sea_query::Expr::value(until),
        )
        .filter(roster_member::Column::RosterId.eq(roster))
        .filter(roster_member::Column::UnitId.eq(unit.0))
        .filter(roster_member::Column::ValidUntil.is_null())
        .exec(db)
        .await?;
    Ok(())
}
