//! The demo district: people for every unit and an account for every role.

use crate::base::{self, UnitsFile};
use duban_core::org::{Role, UnitKind};
use duban_service::foundation::DemoPerson;
use duban_service::{Error, Service};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The password of every demo account; printed on the demo's sign-in page.
pub const PASSWORD: &str = "duban-demo-2026";

/// `demo/people.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PeopleFile {
    password: String,
    pub(crate) coordinator_unit: String,
    pub(crate) office_unit: String,
    pub(crate) leadership_unit: String,
    pub(crate) inspection_unit: String,
    pub(crate) campaign_title: String,
    pub(crate) plan_title: String,
    pub(crate) return_by_coordinator: String,
    pub(crate) return_by_office: String,
    pub(crate) mark: String,
    pub(crate) reworked_standard: String,
    pub(crate) filling: Filling,
    mail_domain: String,
    surnames: String,
    given: Vec<String>,
    unit_roles: Vec<Role>,
    account: Vec<AccountEntry>,
}

/// What stands in the plans of the demo; `{unit}`, `{year}` and `{title}` are put in.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Filling {
    pub(crate) aim: String,
    pub(crate) dealt_how: String,
    pub(crate) contact: String,
    pub(crate) measures: String,
    pub(crate) target: String,
    pub(crate) quarters: Vec<String>,
    pub(crate) standard: String,
    pub(crate) sections: Vec<String>,
    pub(crate) counted: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AccountEntry {
    username: String,
    role: Role,
    unit: String,
}

/// An account shown on the sign-in page of the demo.
#[derive(Clone, Debug)]
pub struct Account {
    /// The name to sign in with.
    pub username: String,
    /// What they do.
    pub role: Role,
    /// Where.
    pub unit: String,
    /// Their name.
    pub name: String,
}

pub(crate) fn people_file() -> Result<PeopleFile, Error> {
    crate::read("demo/people.toml", include_str!("../demo/people.toml"))
}

/// The accounts with short names, one or more for every role. Empty when the seed files are broken.
pub fn accounts() -> Vec<Account> {
    let (Ok(file), Ok(units)) = (people_file(), base::units()) else {
        return Vec::new();
    };
    let names: BTreeMap<_, _> = people(&file, &units)
        .into_iter()
        .map(|p| (p.username, p.name))
        .collect();
    let account = |entry: AccountEntry| Account {
        name: names.get(&entry.username).cloned().unwrap_or_default(),
        username: entry.username,
        role: entry.role,
        unit: entry.unit,
    };
    file.account.into_iter().map(account).collect()
}

/// Everybody: for each unit that owes a plan one person a role, then those with short names. Where a short name has
/// the same unit and role, it is the unit's own.
fn people(file: &PeopleFile, units: &UnitsFile) -> Vec<DemoPerson> {
    let surnames: Vec<char> = file.surnames.chars().collect();
    let mut found: Vec<DemoPerson> = Vec::new();
    let add = |username: String, unit: &str, role: Role, found: &mut Vec<DemoPerson>| {
        let n = found.len();
        // Steps without a common divisor with the lists' lengths, so that names seem to come by chance.
        let surname = surnames.get(n * 37 % surnames.len().max(1)).copied().unwrap_or('王');
        let given = file
            .given
            .get((n * 11 + n / 32) % file.given.len().max(1))
            .map_or("", String::as_str);
        found.push(DemoPerson {
            email: format!("{username}@{}", file.mail_domain),
            username,
            name: format!("{surname}{given}"),
            posts: vec![(unit.to_owned(), role)],
        });
    };
    for unit in units.unit.iter().filter(|unit| unit.kind != UnitKind::Government) {
        for role in &file.unit_roles {
            let short = file
                .account
                .iter()
                .find(|entry| entry.unit == unit.name && entry.role == *role);
            let username = short.map_or_else(|| format!("{}-{}", unit.code, role.code()), |s| s.username.clone());
            add(username, &unit.name, *role, &mut found);
        }
    }
    for entry in &file.account {
        if !found.iter().any(|person| person.username == entry.username) {
            add(entry.username.clone(), &entry.unit, entry.role, &mut found);
        }
    }
    found
}

/// Makes the demo district in an installation in which nobody works; goes on with one that is there.
///
/// # Errors
/// [`Error::Refused`] with `not_a_demo` for an installation with other accounts; what the database said.
pub async fn load(service: &Service) -> Result<(), Error> {
    if !load_people(service).await? {
        return Ok(());
    }
    Ok(())
}

/// The people alone, without any paper. False when they are there already.
///
/// # Errors
/// As [`load`].
pub async fn load_people(service: &Service) -> Result<bool, Error> {
    let (file, units) = (people_file()?, base::units()?);
    let people = people(&file, &units);
    let added = service.populate_demo(&people, &file.password, units.from).await?;
    if added {
        tracing::info!("demo district: {} people", people.len());
    }
    Ok(added)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_role_has_an_account_and_every_username_is_used_once() {
        let (file, units) = (people_file().unwrap(), base::units().unwrap());
        assert_eq!(file.password, PASSWORD);
        for role in Role::ALL {
            assert!(
                file.account.iter().any(|entry| entry.role == role),
                "nobody is {role:?}"
            );
        }
        let everybody = people(&file, &units);
        let mut usernames = BTreeSet::new();
        for person in &everybody {
            assert!(usernames.insert(&person.username), "{} twice", person.username);
        }
        let names: BTreeSet<_> = everybody.iter().map(|person| &person.name).collect();
        assert!(
            names.len() * 10 > everybody.len() * 9,
            "{} names for {} people",
            names.len(),
            everybody.len()
        );
    }
}
