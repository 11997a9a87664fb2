//! The clocks of those who steer: campaigns with plans that were never submitted, extensions that wait for a decision,
//! a year whose holidays are not loaded.

use super::{World, escalation};
use crate::Service;
use crate::calendar::WARN_DAYS;
use crate::error::Result;
use chrono::{Datelike, Days, NaiveDate, NaiveTime};
use duban_core::id::{CampaignId, DocumentId, PersonId, UnitId};
use duban_core::org::{Moment, Organisation, Role};
use duban_core::reminder::{OpenClock, Recipient, Watch};
use duban_store::campaign::Campaign;
use duban_store::reminder::{self as rows, OpenSeat};
use std::collections::{BTreeMap, BTreeSet};

/// A campaign with plans that were never submitted.
#[derive(Clone, Debug)]
pub(crate) struct Missing {
    pub(crate) campaign: Campaign,
    /// How many.
    pub(crate) plans: usize,
}

impl Service {
    /// The campaigns with plans that were never submitted.
    pub(super) async fn missing(&self) -> Result<Vec<Missing>> {
        let found = rows::missing_plans(self.store().read()).await?;
        let missing = found.into_iter().map(|(campaign, plans)| Missing { campaign, plans });
        Ok(missing.collect())
    }

    /// The clocks of those who steer.
    pub(super) fn steering_clocks(
        &self,
        world: &World,
        (seats, asked): (&[OpenSeat], &BTreeSet<DocumentId>),
        leaderships: &BTreeMap<CampaignId, UnitId>,
        at: Moment,
    ) -> Vec<OpenClock> {
        let org = &world.organisation;
        let mut clocks: Vec<OpenClock> = world
            .missing
            .iter()
            .map(|missing| {
                let campaign = &missing.campaign;
                let mut people = escalation(org, campaign.coordinator, Some(campaign.id), leaderships, at.day);
                people.insert(
                    Recipient::CanAct,
                    holders(org, &[campaign.coordinator], Role::Coordinator, at.day),
                );
                OpenClock {
                    campaign: Some(campaign.id),
                    document_type: String::new(),
                    due_on: Some(campaign.plan_due),
                    people,
                    ..OpenClock::new(
                        Watch::Campaign,
                        campaign.coordinator,
                        campaign.opened_at.with_timezone(&self.zone()).naive_local(),
                    )
                }
            })
            .collect();
        let coordinators: BTreeMap<CampaignId, (UnitId, UnitId)> = world
            .campaigns
            .iter()
            .map(|campaign| (campaign.id, (campaign.coordinator, campaign.office)))
            .collect();
        for seat in seats.iter().filter(|seat| asked.contains(&seat.paper.id)) {
            let paper = &seat.paper;
            if clocks.iter().any(|clock| clock.document == Some(paper.id)) {
                continue;
            }
            let of_campaign = paper.campaign.and_then(|campaign| coordinators.get(&campaign));
            let Some((coordinator, office)) = of_campaign else {
                continue;
            };
            // Nobody decides about a request of their own unit.
            let (unit, role) = if *coordinator == paper.unit {
                (*office, Role::Office)
            } else {
                (*coordinator, Role::Coordinator)
            };
            let mut people = escalation(org, unit, paper.campaign, leaderships, at.day);
            people.insert(Recipient::CanAct, holders(org, &[unit], role, at.day));
            clocks.push(OpenClock {
                document: Some(paper.id),
                document_type: paper.document_type.clone(),
                turn: seat.seat.0,
                due_on: seat.due_on.or(paper.due_on),
                people,
                ..OpenClock::new(
                    Watch::Extension,
                    unit,
                    paper.changed_at.with_timezone(&self.zone()).naive_local(),
                )
            });
        }
        clocks.extend(gap_clock(world, at.day));
        clocks
    }
}

/// The clock of the first year within the next [`WARN_DAYS`] days whose holidays are not loaded.
fn gap_clock(world: &World, today: NaiveDate) -> Option<OpenClock> {
    let soon = today.checked_add_days(Days::new(WARN_DAYS)).unwrap_or(today);
    let gap = [today, soon]
        .into_iter()
        .find(|day| world.calendar.is_provisional(*day))?;
    let first = NaiveDate::from_ymd_opt(gap.year(), 1, 1)?;
    let opened = first.checked_sub_days(Days::new(WARN_DAYS)).unwrap_or(first);
    let org = &world.organisation;
    let units: Vec<UnitId> = org.units.keys().copied().collect();
    let mut people = holders(org, &units, Role::Office, today);
    people.extend(holders(org, &units, Role::Sysadmin, today));
    let unit = org
        .posts
        .iter()
        .find(|post| post.role == Role::Office && post.holds_on(today))
        .map(|post| post.unit)?;
    Some(OpenClock {
        year: Some(gap.year()),
        due_on: first.pred_opt(),
        people: BTreeMap::from([(Recipient::CanAct, people)]),
        ..OpenClock::new(Watch::CalendarGap, unit, opened.and_time(NaiveTime::MIN))
    })
}

fn holders(org: &Organisation, units: &[UnitId], role: Role, day: NaiveDate) -> BTreeSet<PersonId> {
    units.iter().flat_map(|unit| org.holders(*unit, role, day)).collect()
}
