//! The department graph of a campaign, as it stands now.

use crate::error::{Error, Result};
use crate::{Caller, Service};
use chrono::NaiveDate;
use duban_core::clock::{Light, Progress, light};
use duban_core::graph::{Blocked, Graph, Labels};
use duban_core::id::{CampaignId, DocumentId, UnitId};
use duban_core::org::UnitKind;
use duban_core::workflow::Status;
use duban_store::graph::{self as rows, Material, PlanState};
use duban_store::{setting, unit};
use std::collections::{BTreeMap, BTreeSet};

/// The graph of a campaign with the words to show it.
#[derive(Clone, Debug)]
pub struct CampaignGraph {
    /// The campaign.
    pub campaign: CampaignId,
    /// Its title.
    pub title: String,
    /// Its year.
    pub year: i32,
    /// The graph.
    pub graph: Graph,
    /// Names of units and tasks.
    pub labels: Labels,
    /// What each unit is.
    pub kinds: BTreeMap<UnitId, UnitKind>,
    /// How the plan of each unit stands; units that owe none are missing.
    pub plans: BTreeMap<UnitId, PlanLight>,
    /// What is held up now, who holds up most first.
    pub blocked: Vec<Blocked>,
}

/// How a plan stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PlanLight {
    /// The plan.
    pub document: DocumentId,
    /// Its state.
    pub status: Status,
    /// Its light today.
    pub light: Light,
    /// The last day for its first submission.
    pub due_on: Option<NaiveDate>,
}

impl Service {
    /// All campaigns with year and title, the newest first.
    pub async fn campaign_titles(&self, _: &Caller) -> Result<Vec<(CampaignId, i32, String)>> {
        Ok(rows::campaigns(self.store().read()).await?)
    }

    /// The graph of a campaign, of the newest one when none is named. Everybody who is signed in may see who does what
    /// and how every plan stands; what is in a plan is not told here.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such campaign, or none at all.
    pub async fn graph(&self, _: &Caller, campaign: Option<CampaignId>) -> Result<CampaignGraph> {
        self.campaign_graph(campaign).await
    }

    /// As [`Service::graph`], for the command line, which works on the operator's own authority.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such campaign, or none at all.
    pub async fn campaign_graph(&self, campaign: Option<CampaignId>) -> Result<CampaignGraph> {
        let db = self.store().read();
        let campaign = match campaign {
            Some(campaign) => Some(campaign),
            None => rows::newest_campaign(db).await?,
        };
        let material = match campaign {
            Some(campaign) => rows::material(db, campaign).await?,
            None => None,
        };
        let material = material.ok_or(Error::NotFound)?;
        let today = self.moment().day;
        let calendar = setting::calendar(db).await?;
        let units = unit::all(db).await?;
        let graph = Graph::new(&material.assignments);
        let blocked = graph.blocked_now(&final_plans(&graph, &material));
        let plans = material
            .plans
            .iter()
            .map(|(unit, plan)| {
                let plan = PlanLight {
                    document: plan.document,
                    status: plan.status,
                    light: light(progress(plan), waits_until(plan), today, &calendar),
                    due_on: plan.due_on,
                };
                (*unit, plan)
            })
            .collect();
        let mut labels = material.labels;
        for unit in graph.units() {
            if let Some(found) = units.get(&unit) {
                labels.units.insert(unit, found.name.clone());
            }
        }
        Ok(CampaignGraph {
            campaign: material.campaign,
            title: material.title,
            year: material.year,
            kinds: units.into_iter().map(|(id, unit)| (id, unit.kind)).collect(),
            graph,
            labels,
            plans,
            blocked,
        })
    }

    /// How much each unit of a campaign holds up now; empty for a campaign that does not exist.
    pub(crate) async fn graph_weights(&self, campaign: CampaignId) -> Result<BTreeMap<UnitId, u64>> {
        let Some(material) = rows::material(self.store().read(), campaign).await? else {
            return Ok(BTreeMap::new());
        };
        let graph = Graph::new(&material.assignments);
        Ok(graph.weights(&final_plans(&graph, &material)))
    }
}

/// Units whose plan is final, or that owe none (any more).
fn final_plans(graph: &Graph, material: &Material) -> BTreeSet<UnitId> {
    graph
        .units()
        .into_iter()
        .filter(|unit| {
            material.exempt.contains(unit) || material.plans.get(unit).is_none_or(|plan| plan.status.is_terminal())
        })
        .collect()
}

fn progress(plan: &PlanState) -> Progress {
    match plan.status {
        Status::Ended | Status::Terminated => Progress::Done,
        Status::Draft if plan.submitted_at.is_none() => Progress::NotStarted,
        Status::Draft | Status::Running | Status::Returned | Status::Blocked | Status::Suspended => Progress::Open,
    }
}

/// The plan's last day counts while the unit has it; once it is submitted the reviewers have clocks of their own.
fn waits_until(plan: &PlanState) -> Option<NaiveDate> {
    match plan.status {
        Status::Draft | Status::Returned => plan.due_on,
        Status::Running | Status::Blocked | Status::Suspended | Status::Ended | Status::Terminated => None,
    }
}
