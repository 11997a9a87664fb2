//! The ledger of findings: what the caller sees of them, their lights, and the completion rate.

use crate::access;
use crate::error::{Error, Result};
use crate::finding::{REPORT, inspector};
use crate::{Caller, Service};
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::calendar::Calendar;
use duban_core::clock::Light;
use duban_core::document::finding::{Dates, Rate, State};
use duban_core::id::{FindingId, UnitId};
use duban_core::org::Organisation;
use duban_core::workflow::Text;
use duban_store::finding::{Filter, Finding};
use duban_store::{document, finding, person, setting};
use std::collections::{BTreeMap, BTreeSet};

/// How many findings a page of the ledger shows.
const PAGE: u64 = 30;

/// What the ledger is asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Only this unit's.
    pub unit: Option<UnitId>,
    /// Only those in this state.
    pub state: Option<State>,
    /// Only those past their day and still open.
    pub overdue: bool,
    /// From below this number on.
    pub before: Option<FindingId>,
}

/// A finding as the ledger shows it.
#[derive(Clone, Debug)]
pub struct Row {
    /// The finding.
    pub finding: Finding,
    /// The name of its unit.
    pub unit: String,
    /// Names of the units that help.
    pub supporting: Vec<String>,
    /// Its light today.
    pub light: Light,
    /// The title of the stage that its report is in.
    pub stage: Option<Text>,
    /// The title of its report, when the caller may read that.
    pub report: Option<String>,
}

/// The rate of one source or unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Share {
    /// Which.
    pub name: String,
    /// Its rate.
    pub rate: Rate,
}

/// A page of the ledger.
#[derive(Clone, Debug)]
pub struct Ledger {
    /// The findings, the newest first.
    pub rows: Vec<Row>,
    /// Where the next page begins.
    pub next: Option<FindingId>,
    /// The rate of all findings the caller sees, whatever was asked for.
    pub rate: Rate,
    /// The same by source and by unit, by name.
    pub by_source: Vec<Share>,
    /// The same by unit.
    pub by_unit: Vec<Share>,
    /// Units that have findings, by name.
    pub units: Vec<(UnitId, String)>,
    /// What is raised and not handed over yet, by unit; only for who may hand over.
    pub waiting: Vec<(UnitId, String, Vec<Row>)>,
    /// The caller may raise findings.
    pub may_raise: bool,
    /// Today, where the government sits.
    pub today: NaiveDate,
    /// Working days.
    pub calendar: Calendar,
}

/// One finding with everything around it.
#[derive(Clone, Debug)]
pub struct Page {
    /// The finding.
    pub row: Row,
    /// Who raised it.
    pub raised_by: String,
    /// The others that are answered by the same report.
    pub siblings: Vec<Finding>,
    /// Today, where the government sits.
    pub today: NaiveDate,
    /// Working days.
    pub calendar: Calendar,
}

impl Service {
    /// A page of the ledger as the caller sees it: the whole district for who oversees it; for people of a unit what
    /// was handed over to it, and what it helps with.
    pub async fn findings(&self, caller: &Caller, asked: &Asked) -> Result<Ledger> {
        let db = self.store().read();
        let at = self.moment();
        let calendar = setting::calendar(db).await?;
        let organisation = person::organisation(db).await?;
        let scope = scope(caller);
        let seen = finding::list(db, &scope).await?;
        let dates = |one: &Finding| Dates {
            demanded_by: one.demanded_by,
            closed_on: one.closed_at.map(|closed| self.day(closed)),
        };
        let shares = |name: &dyn Fn(&Finding) -> String| {
            let mut parts: BTreeMap<String, Vec<Dates>> = BTreeMap::new();
            for one in &seen {
                parts.entry(name(one)).or_default().push(dates(one));
            }
            let parts = parts.into_iter();
            let share = |(name, dates)| Share {
                name,
                rate: Rate::of(dates, at.day, &calendar),
            };
            parts.map(share).collect::<Vec<_>>()
        };
        let by_source = shares(&|one| one.source.clone());
        let by_unit = shares(&|one| organisation.unit_name(one.unit));
        let rate = Rate::of(seen.iter().map(dates), at.day, &calendar);
        let mut units: Vec<_> = seen
            .iter()
            .map(|one| (one.unit, organisation.unit_name(one.unit)))
            .collect();
        units.sort_by(|a, b| a.1.cmp(&b.1));
        units.dedup();
        let late = |one: &Finding| one.state.light(one.demanded_by, at.day, &calendar) == Light::Red;
        let mut shown: Vec<Finding> = seen
            .iter()
            .filter(|one| asked.unit.is_none_or(|unit| one.unit == unit))
            .filter(|one| asked.state.is_none_or(|state| one.state == state))
            .filter(|one| !asked.overdue || late(one))
            .filter(|one| asked.before.is_none_or(|before| one.id < before))
            .cloned()
            .collect();
        let more = shown.len() as u64 > PAGE;
        shown.truncate(usize::try_from(PAGE).unwrap_or(usize::MAX));
        let next = shown.last().map(|one| one.id).filter(|_| more);
        let may_raise = inspector(caller).is_ok();
        let mut waiting: BTreeMap<String, (UnitId, Vec<Finding>)> = BTreeMap::new();
        for one in seen.iter().filter(|one| may_raise && one.state == State::Raised) {
            let group = waiting.entry(organisation.unit_name(one.unit));
            group.or_insert((one.unit, Vec::new())).1.push(one.clone());
        }
        let mut groups = Vec::new();
        for (name, (unit, found)) in waiting {
            groups.push((unit, name, self.rows(caller, found, &organisation, &calendar).await?));
        }
        Ok(Ledger {
            rows: self.rows(caller, shown, &organisation, &calendar).await?,
            next,
            rate,
            by_source,
            by_unit,
            units,
            waiting: groups,
            may_raise,
            today: at.day,
            calendar,
        })
    }

    /// One finding.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none, or none for this caller.
    pub async fn finding(&self, caller: &Caller, id: FindingId) -> Result<Page> {
        let db = self.store().read();
        let found = finding::find(db, id).await?.ok_or(Error::NotFound)?;
        if !is_visible(caller, &found) {
            return Err(Error::NotFound);
        }
        let organisation = person::organisation(db).await?;
        let calendar = setting::calendar(db).await?;
        let raised_by = organisation.person_name(found.raised_by);
        let mut siblings = Vec::new();
        if let Some(document) = found.document {
            let filter = Filter {
                document: Some(document),
                ..Filter::default()
            };
            siblings = finding::list(db, &filter).await?;
            siblings.retain(|one| one.id != id && is_visible(caller, one));
            siblings.reverse();
        }
        let mut rows = self.rows(caller, vec![found], &organisation, &calendar).await?;
        Ok(Page {
            row: rows.pop().ok_or(Error::NotFound)?,
            raised_by,
            siblings,
            today: self.moment().day,
            calendar,
        })
    }

    async fn rows(
        &self,
        caller: &Caller,
        found: Vec<Finding>,
        organisation: &Organisation,
        calendar: &Calendar,
    ) -> Result<Vec<Row>> {
        let db = self.store().read();
        let ids: BTreeSet<_> = found.iter().filter_map(|one| one.document).collect();
        let seated = document::units_of(db, ids.iter().copied()).await?;
        let reports = document::find_all(db, ids).await?;
        let reports: BTreeMap<_, _> = reports.into_iter().map(|report| (report.id, report)).collect();
        let today = self.moment().day;
        found
            .into_iter()
            .map(|one| {
                let report = one.document.and_then(|id| reports.get(&id));
                let mut stage = None;
                if let Some(report) = report
                    && let Some(id) = &report.stage
                {
                    let definition = self.definition(&report.definition.0, report.definition.1)?;
                    stage = definition.title_of(id).cloned();
                }
                let none = BTreeSet::new();
                let readable = report.filter(|report| {
                    let seated = seated.get(&report.id).unwrap_or(&none);
                    access::may_read(caller, report, seated)
                });
                Ok(Row {
                    unit: organisation.unit_name(one.unit),
                    supporting: one
                        .supporting
                        .iter()
                        .map(|unit| organisation.unit_name(*unit))
                        .collect(),
                    light: one.state.light(one.demanded_by, today, calendar),
                    stage,
                    report: readable.map(|report| report.title.clone()),
                    finding: one,
                })
            })
            .collect()
    }

    /// The civil day of an instant where the government sits.
    fn day(&self, at: DateTime<Utc>) -> NaiveDate {
        at.with_timezone(&self.zone()).date_naive()
    }
}

/// Which findings the caller sees.
fn scope(caller: &Caller) -> Filter {
    if access::oversees(caller) {
        return Filter::default();
    }
    let units = access::capacities(caller, REPORT).filter(|(_, role)| !role.is_administrator());
    Filter {
        concerning: Some(units.map(|(unit, _)| unit).collect()),
        states: vec![State::Rectifying, State::Closed, State::Confirmed],
        ..Filter::default()
    }
}

fn is_visible(caller: &Caller, found: &Finding) -> bool {
    let scope = scope(caller);
    let concerns = |units: &Vec<UnitId>| {
        let mut theirs = [found.unit].into_iter().chain(found.supporting.iter().copied());
        theirs.any(|unit| units.contains(&unit))
    };
    scope.concerning.as_ref().is_none_or(concerns) && (scope.states.is_empty() || scope.states.contains(&found.state))
}
