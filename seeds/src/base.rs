//! Units with their kinds and other names, the collectives that notices address, and the working-day calendar.

use chrono::NaiveDate;
use duban_core::org::UnitKind;
use duban_service::foundation::{Foundation, NewUnit};
use duban_service::{Error, Service, calendar};
use serde::Deserialize;

/// `base/units.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitsFile {
    pub(crate) from: NaiveDate,
    pub(crate) unit: Vec<UnitEntry>,
    roster: Vec<RosterEntry>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct UnitEntry {
    pub(crate) name: String,
    pub(crate) kind: UnitKind,
    pub(crate) code: String,
    #[serde(default)]
    aliases: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct RosterEntry {
    name: String,
    members: Vec<String>,
}

/// Earlier years of the working-day calendar, all in one file.
const EARLIER: &str = include_str!("../base/calendar-2007-2024.toml");
/// The years of the working-day calendar that have been published.
const YEARS: [&str; 2] = [
    include_str!("../base/calendar-2025.toml"),
    include_str!("../base/calendar-2026.toml"),
];

/// All years that are shipped, the oldest first.
///
/// # Errors
/// What is wrong with a file; a test keeps that from happening.
pub fn years() -> Result<Vec<calendar::PublishedYear>, Error> {
    let mut years = calendar::read_years(EARLIER)?;
    for text in YEARS {
        years.push(calendar::parse_year(text)?);
    }
    Ok(years)
}

pub(crate) fn units() -> Result<UnitsFile, Error> {
    crate::read("base/units.toml", include_str!("../base/units.toml"))
}

/// Adds the units, rosters and calendar years that are not there yet. A second call changes nothing.
///
/// # Errors
/// What the database said.
pub async fn load(service: &Service) -> Result<(), Error> {
    let file = units()?;
    let foundation = Foundation {
        units: file
            .unit
            .into_iter()
            .map(|entry| NewUnit {
                name: entry.name,
                kind: entry.kind,
                aliases: entry.aliases,
                valid_from: file.from,
                valid_until: None,
            })
            .collect(),
        rosters: file
            .roster
            .into_iter()
            .map(|entry| (entry.name, entry.members))
            .collect(),
        years: years()?,
        from: file.from,
    };
    let added = service.lay_foundation(&foundation).await?;
    if added > 0 {
        tracing::info!(added, "base seeds: {added} units added");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_name_and_code_is_used_once_and_rosters_name_units() {
        let file = units().unwrap();
        let mut names = BTreeSet::new();
        let mut codes = BTreeSet::new();
        for unit in &file.unit {
            assert!(codes.insert(&unit.code), "code {} twice", unit.code);
            for name in std::iter::once(&unit.name).chain(&unit.aliases) {
                assert!(names.insert(name), "name {name} twice");
            }
        }
        let owing = file
            .unit
            .iter()
            .filter(|u| u.kind != UnitKind::Government && u.name != "区审计局");
        assert_eq!(owing.count(), 54);
        for roster in &file.roster {
            for member in &roster.members {
                assert!(
                    file.unit.iter().any(|u| u.name == *member),
                    "{member} of {}",
                    roster.name
                );
            }
        }
        assert_eq!(file.roster[0].members.len(), 26);
    }
}
