//! Laying the ground: units and rosters from base seeds, people of a demo district. Only an installation that nobody
//! works in yet, or one that was a demo from the start, can be given people this way.

use crate::Service;
use crate::audit::Deed;
use crate::calendar::PublishedYear;
use crate::error::{Error, Result};
use chrono::NaiveDate;
use duban_core::id::UnitId;
use duban_core::org::{Role, RosterMember};
use duban_store::person::{self, NewPerson};
pub use duban_store::unit::NewUnit;
use duban_store::{setting, unit};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// The setting that says that this installation is a demo.
const DEMO: &str = "demo";

/// Units and rosters to be there.
#[derive(Clone, Debug, Default)]
pub struct Foundation {
    /// Units; one whose name is known already stays as it is.
    pub units: Vec<NewUnit>,
    /// Collective names with the names of their members.
    pub rosters: Vec<(String, Vec<String>)>,
    /// Years of the working-day calendar; one that is published already stays as it is.
    pub years: Vec<PublishedYear>,
    /// The first day of the memberships.
    pub from: NaiveDate,
}

/// A person of a demo district.
#[derive(Clone, Debug)]
pub struct DemoPerson {
    /// The name they sign in with.
    pub username: String,
    /// Their name.
    pub name: String,
    /// Where their mail goes.
    pub email: String,
    /// The unit, by name, and what they do in it.
    pub posts: Vec<(String, Role)>,
}

impl Service {
    /// Adds the units and rosters that are not there yet; a second call changes nothing. Gives the number of units
    /// added.
    pub async fn lay_foundation(&self, foundation: &Foundation) -> Result<usize> {
        let tx = self.write().await?;
        let mut by_name: BTreeMap<String, UnitId> = unit::all(&*tx)
            .await?
            .into_values()
            .map(|unit| (unit.name, unit.id))
            .collect();
        let mut added = 0;
        for new in &foundation.units {
            if by_name.contains_key(&new.name) {
                continue;
            }
            let id = unit::add(&*tx, new).await?;
            by_name.insert(new.name.clone(), id);
            self.record(&*tx, None, Deed::new("unit.add", "unit", id).with("name", &new.name))
                .await?;
            added += 1;
        }
        let known: BTreeSet<_> = unit::rosters(&*tx)
            .await?
            .into_values()
            .map(|roster| roster.name)
            .collect();
        for (name, members) in foundation.rosters.iter().filter(|(name, _)| !known.contains(name)) {
            let roster = unit::add_roster(&*tx, name).await?;
            for member in members {
                let unit = by_name.get(member);
                let unit = *unit.ok_or_else(|| Error::internal(format!("roster {name}: no unit {member}")))?;
                let member = RosterMember {
                    unit,
                    from: foundation.from,
                    until: None,
                };
                unit::add_member(&*tx, roster, &member).await?;
            }
            self.record(&*tx, None, Deed::new("roster.add", "roster", roster).with("name", name))
                .await?;
        }
        let published: BTreeSet<_> = setting::published_years(&*tx)
            .await?
            .into_iter()
            .map(|year| year.year)
            .collect();
        for year in foundation.years.iter().filter(|year| !published.contains(&year.year)) {
            setting::publish_year(&*tx, year).await?;
            self.record(
                &*tx,
                None,
                Deed::new("calendar.publish", "calendar_year", year.year).with("source", &year.source),
            )
            .await?;
        }
        tx.commit().await?;
        Ok(added)
    }

    /// True when this installation was made as a demo.
    pub async fn is_demo(&self) -> Result<bool> {
        Ok(setting::get(self.store().read(), DEMO).await? == Some(json!(true)))
    }

    /// Gives an installation in which nobody has an account the people of a demo district, all with one password.
    /// False, and nothing done, when it is such a demo already.
    ///
    /// # Errors
    /// [`Error::Refused`] with `not_a_demo` when somebody else has accounts here: this must never happen to a
    /// production database.
    pub async fn populate_demo(&self, people: &[DemoPerson], password: &str, from: NaiveDate) -> Result<bool> {
        if self.is_demo().await? {
            return Ok(false);
        }
        // One digest for everybody: the password is printed on the sign-in page anyway, and two hundred take a while.
        let hash = self.passwords().hash(password).await?;
        let now = self.moment().now;
        let tx = self.write().await?;
        if !person::nobody(&*tx).await? {
            return Err(Error::refused("not_a_demo"));
        }
        setting::set(&*tx, DEMO, json!(true)).await?;
        let units: BTreeMap<String, UnitId> = unit::all(&*tx)
            .await?
            .into_values()
            .map(|unit| (unit.name, unit.id))
            .collect();
        for new in people {
            let account = NewPerson {
                username: new.username.clone(),
                name: new.name.clone(),
                email: Some(new.email.clone()),
                locale: "zh-CN".to_owned(),
                password_hash: Some(hash.clone()),
                must_change_password: false,
            };
            let id = person::add(&*tx, account, now).await?;
            for (unit, role) in &new.posts {
                let found = units.get(unit).copied();
                let unit = found.ok_or_else(|| Error::internal(format!("{}: no unit {unit}", new.username)))?;
                person::add_post(&*tx, id, unit, *role, (from, None)).await?;
            }
        }
        let deed = Deed::new("demo.populate", "person", "all").with("people", people.len());
        self.record(&*tx, None, deed).await?;
        tx.commit().await?;
        Ok(true)
    }
}
