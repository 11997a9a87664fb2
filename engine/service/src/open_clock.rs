//! The clocks that run now: seats that wait for somebody, findings that are not closed, and whom each is about.

mod steering;

pub(crate) use steering::Missing;

use crate::Service;
use crate::error::Result;
use crate::reminder::{asked_at, muted};
use chrono::{NaiveDate, NaiveDateTime};
use duban_core::calendar::Calendar;
use duban_core::id::{CampaignId, DocumentId, PersonId, UnitId};
use duban_core::org::{Moment, Organisation, Role};
use duban_core::reminder::{OpenClock, Recipient, Situation, Watch};
use duban_core::workflow::{StageId, StageKind};
use duban_store::campaign::{self, Campaign};
use duban_store::reminder::{self as rows, OpenFinding, OpenSeat, Paper};
use duban_store::{graph, person, setting};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that reminders look at, read once.
pub(crate) struct World {
    pub(crate) seats: Vec<OpenSeat>,
    pub(crate) findings: Vec<OpenFinding>,
    pub(crate) clocks: Vec<OpenClock>,
    pub(crate) organisation: Organisation,
    pub(crate) calendar: Calendar,
    /// Campaigns with plans that were never submitted.
    pub(crate) missing: Vec<Missing>,
    campaigns: Vec<Campaign>,
    weights: BTreeMap<UnitId, u64>,
    muted: BTreeSet<(String, PersonId)>,
    now: NaiveDateTime,
    /// When the tick before this one asked; known to [`Service::weighed_world`] only.
    since: Option<NaiveDateTime>,
}

impl World {
    pub(crate) fn situation(&self) -> Situation<'_> {
        Situation {
            clocks: &self.clocks,
            calendar: &self.calendar,
            now: self.now,
            since: self.since,
            weights: &self.weights,
            muted: &self.muted,
        }
    }

    pub(crate) fn paper(&self, id: DocumentId) -> Option<&Paper> {
        self.seats.iter().map(|seat| &seat.paper).find(|paper| paper.id == id)
    }
}

impl Service {
    /// Reads everything that reminders look at, with how much each unit holds up: who that is comes first.
    pub(crate) async fn weighed_world(&self, at: Moment) -> Result<World> {
        let mut world = self.world(at).await?;
        let asked = asked_at(self.store().read()).await?;
        world.since = asked.map(|asked| self.local(Moment { now: asked, ..at }));
        for campaign in world.campaigns.iter().map(|campaign| campaign.id) {
            for (unit, weight) in self.graph_weights(campaign).await? {
                let entry = world.weights.entry(unit).or_default();
                *entry = (*entry).max(weight);
            }
        }
        Ok(world)
    }

    /// Reads everything that reminders look at but in which order.
    pub(crate) async fn world(&self, at: Moment) -> Result<World> {
        let db = self.store().read();
        let seats = rows::open_seats(db).await?;
        let findings = rows::open_findings(db).await?;
        let organisation = person::organisation(db).await?;
        let leaderships = graph::leaderships(db).await?;
        let mut clocks: Vec<OpenClock> = Vec::with_capacity(seats.len() + findings.len());
        for seat in &seats {
            clocks.push(self.seat_clock(seat, &organisation, &leaderships, at));
        }
        for finding in &findings {
            clocks.push(self.finding_clock(finding, &organisation, &leaderships, at));
        }
        let campaigns: BTreeSet<CampaignId> = seats.iter().filter_map(|seat| seat.paper.campaign).collect();
        let asked: BTreeSet<DocumentId> = seats
            .iter()
            .filter(|seat| seat.paper.extending)
            .map(|seat| seat.paper.id)
            .collect();
        let mut world = World {
            seats,
            findings,
            clocks,
            organisation,
            calendar: setting::calendar(db).await?,
            missing: self.missing().await?,
            campaigns: campaign::find_all(db, campaigns).await?,
            weights: BTreeMap::new(),
            muted: muted(db).await?,
            now: self.local(at),
            since: None,
        };
        let steering = self.steering_clocks(&world, (&world.seats, &asked), &leaderships, at);
        world.clocks.extend(steering);
        Ok(world)
    }

    /// Local civil time at a moment.
    pub(crate) fn local(&self, at: Moment) -> NaiveDateTime {
        at.now.with_timezone(&self.zone()).naive_local()
    }

    /// A seat of a work stage is the unit's clock; one of a review stage is a reviewer's.
    fn seat_clock(
        &self,
        seat: &OpenSeat,
        organisation: &Organisation,
        leaderships: &BTreeMap<CampaignId, UnitId>,
        at: Moment,
    ) -> OpenClock {
        let paper = &seat.paper;
        let definition = self.definitions().get(&paper.definition, paper.definition_version);
        let stage = definition
            .as_deref()
            .and_then(|definition| definition.stage(&seat.stage));
        let draft = stage.is_some_and(|stage| stage.kind == StageKind::Work);
        let can_act = can_act(seat, organisation, at);
        let mut people = escalation(organisation, seat.unit, paper.campaign, leaderships, at.day);
        people.insert(Recipient::CanAct, can_act);
        OpenClock {
            document: Some(paper.id),
            stage: seat.stage.0.clone(),
            turn: seat.seat.0,
            document_type: paper.document_type.clone(),
            due_on: seat.due_on.or(if draft { paper.due_on } else { None }),
            people,
            ..OpenClock::new(
                if draft { Watch::Draft } else { Watch::Seat },
                seat.unit,
                seat.opened_at.with_timezone(&self.zone()).naive_local(),
            )
        }
    }

    fn finding_clock(
        &self,
        finding: &OpenFinding,
        organisation: &Organisation,
        leaderships: &BTreeMap<CampaignId, UnitId>,
        at: Moment,
    ) -> OpenClock {
        let mut people = escalation(organisation, finding.unit, finding.campaign, leaderships, at.day);
        let drafters = organisation.holders(finding.unit, Role::Drafter, at.day);
        people.insert(Recipient::CanAct, drafters.into_iter().collect());
        OpenClock {
            finding: Some(finding.id),
            due_on: Some(finding.demanded_by),
            people,
            ..OpenClock::new(
                Watch::Finding,
                finding.unit,
                finding.raised_at.with_timezone(&self.zone()).naive_local(),
            )
        }
    }

    /// What people call a stage of the paper's own workflow; its name where the workflow is not loaded.
    pub(crate) fn stage_title(&self, paper: &Paper, stage: &StageId, locale: &str) -> String {
        let definition = self.definitions().get(&paper.definition, paper.definition_version);
        let title = definition.as_deref().and_then(|definition| definition.title_of(stage));
        title.map_or_else(|| stage.0.clone(), |title| title.get(locale).to_owned())
    }
}

/// Everybody who can act on a seat now: holders of the post and those to whom one of them lent it, without the barred
/// (neither who acts nor for whom).
pub(crate) fn can_act(seat: &OpenSeat, organisation: &Organisation, at: Moment) -> BTreeSet<PersonId> {
    let meant = organisation.meant(seat.person, seat.unit, seat.role, at.day);
    let posts = organisation
        .posts
        .iter()
        .filter(|post| post.unit == seat.unit && post.role == seat.role);
    let candidates: BTreeSet<PersonId> = posts
        .flat_map(|post| {
            let loans = organisation.delegations.iter().filter(move |loan| loan.post == post.id);
            std::iter::once(post.person).chain(loans.map(|loan| loan.delegate))
        })
        .filter(|person| !seat.barred.contains(person))
        .collect();
    candidates
        .into_iter()
        .filter(|person| {
            organisation
                .capacities(*person, seat.unit, seat.role, at, &seat.paper.document_type)
                .iter()
                .any(|actor| {
                    let principal = actor.on_behalf_of.map_or(actor.person, |(_, lender)| lender);
                    !seat.barred.contains(&principal) && meant.is_none_or(|meant| meant == principal)
                })
        })
        .collect()
}

/// Whom the ladder climbs to: deputy and head of the unit whose turn it is, the leader in charge of the campaign.
fn escalation(
    organisation: &Organisation,
    unit: UnitId,
    campaign: Option<CampaignId>,
    leaderships: &BTreeMap<CampaignId, UnitId>,
    day: NaiveDate,
) -> BTreeMap<Recipient, BTreeSet<PersonId>> {
    let holders = |unit, role| {
        organisation
            .holders(unit, role, day)
            .into_iter()
            .collect::<BTreeSet<_>>()
    };
    let leaders = campaign
        .and_then(|campaign| leaderships.get(&campaign))
        .map(|unit| holders(*unit, Role::Leader))
        .unwrap_or_default();
    BTreeMap::from([
        (Recipient::Deputy, holders(unit, Role::Deputy)),
        (Recipient::Head, holders(unit, Role::Head)),
        (Recipient::Leader, leaders),
    ])
}
