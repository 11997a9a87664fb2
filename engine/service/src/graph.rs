//! The department graph of a campaign, as it stands now or as it falls on the units of another date.

use crate::case::surroundings_among;
use crate::error::{Error, Result};
use crate::{Caller, Service, access};
use chrono::NaiveDate;
use duban_core::calendar::Calendar;
use duban_core::clock::{Light, Progress, light};
use duban_core::graph::{Blocked, Course, Graph, Labels, Leg, Lineage, Now, Today, Turn};
use duban_core::id::{CampaignId, DocumentId, UnitId};
use duban_core::org::Unit;
use duban_core::workflow::standing::ahead;
use duban_core::workflow::{StageId, Status, Text};
use duban_store::document::Document;
use duban_store::graph::{self as rows, Material, PlanState};
use duban_store::{Connection, campaign, document, instance, party, setting, unit};
use std::collections::{BTreeMap, BTreeSet};

/// The type of the papers that a campaign asks for.
const PLAN: &str = "annual_plan";

/// The graph of a campaign with the words to show it, and how every paper stands today.
#[derive(Clone, Debug)]
pub struct CampaignGraph {
    /// The campaign.
    pub campaign: CampaignId,
    /// Its title.
    pub title: String,
    /// Its year.
    pub year: i32,
    /// The date on whose units the assignments fall.
    pub on: NaiveDate,
    /// Today.
    pub today: NaiveDate,
    /// Working days.
    pub calendar: Calendar,
    /// The graph.
    pub graph: Graph,
    /// Names of units and tasks.
    pub labels: Labels,
    /// All units, those of the past included.
    pub units: BTreeMap<UnitId, Unit>,
    /// How the plan of each unit stands; units that owe none are missing.
    pub plans: BTreeMap<UnitId, PlanLight>,
    /// Units of the graph whose plan is final, or that owe none (any more).
    pub done: BTreeSet<UnitId>,
    /// What is held up now, who holds up most first.
    pub blocked: Vec<Blocked>,
    /// Open papers and whose act each waits for: all plans, and other papers as far as the caller may read them.
    pub turns: Vec<Turn>,
    /// The way that each open plan has still to go.
    pub courses: Vec<Course>,
    /// What the stage is called in which each of these papers waits.
    pub stages: BTreeMap<(DocumentId, StageId), Text>,
}

impl CampaignGraph {
    /// Who waits for whom now.
    pub fn now(&self) -> Now {
        self.graph.now(&self.turns, &self.done)
    }

    /// The day from which clocks are reckoned.
    pub fn clock(&self) -> Today<'_> {
        Today {
            day: self.today,
            calendar: &self.calendar,
        }
    }
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

    /// The graph of a campaign, of the newest one when none is named, as it falls on the units of `on` (today when
    /// absent). Everybody who is signed in may see who does what and how every plan stands; what is in a plan is not
    /// told here.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such campaign, or none at all.
    pub async fn graph(
        &self,
        caller: &Caller,
        campaign: Option<CampaignId>,
        on: Option<NaiveDate>,
    ) -> Result<CampaignGraph> {
        self.graph_for(Some(caller), campaign, on).await
    }

    /// As [`Service::graph`], for the command line, which works on the operator's own authority.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such campaign, or none at all.
    pub async fn campaign_graph(&self, campaign: Option<CampaignId>, on: Option<NaiveDate>) -> Result<CampaignGraph> {
        self.graph_for(None, campaign, on).await
    }

    async fn graph_for(
        &self,
        caller: Option<&Caller>,
        campaign: Option<CampaignId>,
        on: Option<NaiveDate>,
    ) -> Result<CampaignGraph> {
        let db = self.store().read();
        let campaign = match campaign {
            Some(campaign) => Some(campaign),
            None => rows::newest_campaign(db).await?,
        };
        let material = match campaign {
            Some(campaign) => rows::material(db, campaign, on).await?,
            None => None,
        };
        let mut material = material.ok_or(Error::NotFound)?;
        let today = self.moment().day;
        let on = on.unwrap_or(today);
        let calendar = setting::calendar(db).await?;
        let units = unit::all(db).await?;
        let successors = unit::successors(db).await?;
        let lineage = Lineage {
            units: &units,
            successors: &successors,
        };
        let graph = Graph::new(&lineage.as_of(&material.assignments, on));
        let courses = self.courses(db, &material, &units).await?;
        let courses = courses.into_iter().map(|course| on_day(course, &lineage, on));
        let courses = courses.collect();
        let (turns, stages) = self.turns(db, caller, &material, &lineage).await?;
        material.plans = inherited(material.plans, &lineage, on);
        let exempt = material.exempt.iter().flat_map(|unit| lineage.holders(*unit, on));
        let owes = |unit: &UnitId| material.plans.get(unit).is_some_and(|plan| !plan.status.is_terminal());
        material.exempt = exempt.filter(|unit| !owes(unit)).collect();
        let done = final_plans(&graph, &material);
        let plans = material.plans.iter().map(|(unit, plan)| {
            let plan = PlanLight {
                document: plan.document,
                status: plan.status,
                light: light(progress(plan), waits_until(plan), today, &calendar),
                due_on: plan.due_on,
            };
            (*unit, plan)
        });
        let mut labels = material.labels.clone();
        labels.units = units.values().map(|unit| (unit.id, unit.name.clone())).collect();
        Ok(CampaignGraph {
            campaign: material.campaign,
            title: material.title.clone(),
            year: material.year,
            on,
            today,
            blocked: graph.blocked_now(&done),
            plans: plans.collect(),
            done,
            calendar,
            graph,
            labels,
            units,
            turns,
            courses,
            stages,
        })
    }

    /// The ways that open plans have still to go.
    async fn courses(
        &self,
        db: &impl Connection,
        material: &Material,
        units: &BTreeMap<UnitId, Unit>,
    ) -> Result<Vec<Course>> {
        let fixed = party::of_campaign(db, Some(material.campaign)).await?;
        let graph = Graph::new(&material.assignments);
        let open = material.plans.iter().filter(|(_, plan)| !plan.status.is_terminal());
        let instances = instance::find_all(db, open.clone().map(|(_, plan)| plan.document)).await?;
        let mut found = Vec::new();
        for (owner, plan) in open {
            let (Some(unit), Some(instance)) = (units.get(owner), instances.get(&plan.document)) else {
                continue;
            };
            let definition = self.definition(&plan.definition.0, plan.definition.1)?;
            let surroundings = surroundings_among(fixed.as_ref(), graph.partners(*owner), unit);
            let legs = ahead(&definition, instance, &surroundings.facts)
                .into_iter()
                .map(|stage| Leg {
                    limit: definition
                        .stage(&stage)
                        .and_then(|stage| stage.limit)
                        .unwrap_or_default(),
                    stage,
                });
            let seats = instance.open_seats();
            let due = seats.iter().filter_map(|seat| seat.due_on).max();
            found.push(Course {
                document: plan.document,
                owner: *owner,
                with: seats.iter().map(|seat| seat.unit).collect(),
                due_on: due.or(waits_until(plan)),
                ahead: legs.collect(),
            });
        }
        Ok(found)
    }

    /// Whose act each open paper of the campaign waits for, and what the stages are called in which they wait.
    async fn turns(
        &self,
        db: &impl Connection,
        caller: Option<&Caller>,
        material: &Material,
        lineage: &Lineage<'_>,
    ) -> Result<(Vec<Turn>, BTreeMap<(DocumentId, StageId), Text>)> {
        let seats = campaign::open_seats(db, &[material.campaign]).await?;
        let ids: BTreeSet<DocumentId> = seats.iter().map(|seat| seat.document).collect();
        let papers: BTreeMap<DocumentId, Document> = document::find_all(db, ids.iter().copied())
            .await?
            .into_iter()
            .map(|paper| (paper.id, paper))
            .collect();
        let others = papers.values().filter(|paper| paper.document_type != PLAN);
        let seated = document::units_of(db, others.map(|paper| paper.id)).await?;
        let nobody = BTreeSet::new();
        let shown = |paper: &Document| {
            let known = seated.get(&paper.id).unwrap_or(&nobody);
            paper.document_type == PLAN || caller.is_none_or(|caller| access::may_read(caller, paper, known))
        };
        let today = self.moment().day;
        let held = |unit| lineage.holders(unit, today).into_iter().next().unwrap_or(unit);
        let (mut turns, mut titles) = (Vec::new(), BTreeMap::new());
        for seat in seats {
            let Some(paper) = papers.get(&seat.document).filter(|paper| shown(paper)) else {
                continue;
            };
            let definition = self.definition(&paper.definition.0, paper.definition.1)?;
            if let Some(stage) = definition.stage(&seat.stage) {
                titles.insert((seat.document, seat.stage.clone()), stage.title.clone());
            }
            let with_unit = matches!(paper.status, Status::Draft | Status::Returned);
            turns.push(Turn {
                document: seat.document,
                owner: held(paper.unit),
                unit: held(seat.unit),
                role: seat.role,
                stage: seat.stage,
                since: seat.opened_at.with_timezone(&self.zone()).date_naive(),
                due_on: seat.due_on.or(paper.due_on.filter(|_| with_unit)),
            });
        }
        Ok((turns, titles))
    }

    /// How much each unit of a campaign holds up now; empty for a campaign that does not exist.
    pub(crate) async fn graph_weights(&self, campaign: CampaignId) -> Result<BTreeMap<UnitId, u64>> {
        let Some(material) = rows::material(self.store().read(), campaign, None).await? else {
            return Ok(BTreeMap::new());
        };
        let graph = Graph::new(&material.assignments);
        Ok(graph.weights(&final_plans(&graph, &material)))
    }
}

/// A course as it falls on the units of a date.
fn on_day(course: Course, lineage: &Lineage, day: NaiveDate) -> Course {
    Course {
        owner: lineage
            .holders(course.owner, day)
            .into_iter()
            .next()
            .unwrap_or(course.owner),
        with: course
            .with
            .iter()
            .flat_map(|unit| lineage.holders(*unit, day))
            .collect(),
        ..course
    }
}

/// Plans by whoever holds the place of their unit on a date. Of several, an unfinished one counts, then the unit's own.
fn inherited(plans: BTreeMap<UnitId, PlanState>, lineage: &Lineage, day: NaiveDate) -> BTreeMap<UnitId, PlanState> {
    let mut found: BTreeMap<UnitId, (bool, bool, PlanState)> = BTreeMap::new();
    for (unit, plan) in plans {
        for holder in lineage.holders(unit, day) {
            let rank = (!plan.status.is_terminal(), holder == unit);
            let known = found.get(&holder);
            if known.is_none_or(|(open, own, _)| rank > (*open, *own)) {
                found.insert(holder, (rank.0, rank.1, plan.clone()));
            }
        }
    }
    found.into_iter().map(|(unit, (_, _, plan))| (unit, plan)).collect()
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
