//! Simulation of a real campaign: its plans replayed under changed conditions. It changes nothing.

use crate::case::{Surroundings, surroundings_of};
use crate::error::{Error, FieldProblem, Result};
use crate::{Caller, Service, clock};
use chrono::NaiveDate;
use duban_core::id::{CampaignId, DocumentId, PersonId, UnitId};
use duban_core::org::{Organisation, Role};
use duban_core::reason::Reason;
use duban_core::workflow::simulation::{
    Absence, Comparison, Conditions, Learnt, Outcome, Pace, Paper, Scenario, compare, pace::learn, simulate,
};
use duban_core::workflow::{Definition, Instance, RoundState, StageId, Status};
use duban_store::campaign::Campaign;
use duban_store::document::Document;
use duban_store::{Connection, campaign, document, graph, instance, party, person, setting};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The type of the papers that a campaign asks for.
const PLAN: &str = "annual_plan";

/// Who may simulate: those who steer a campaign, and the administrators who keep its rules and people.
pub const READERS: &[Role] = &[Role::Coordinator, Role::Office, Role::Sysadmin, Role::Secadmin];

/// Changed conditions for a campaign.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// The campaign; the newest one when absent.
    pub campaign: Option<CampaignId>,
    /// Another definition; the newest published one when absent.
    pub definition: Option<Arc<Definition>>,
    /// People away and other time limits.
    pub conditions: Conditions,
    /// Another pace for some roles, in working days.
    pub pace: BTreeMap<Role, u32>,
    /// Another number of papers that one person answers on one day, at most.
    pub capacity: Option<u32>,
}

/// A simulated campaign, beside the run under the conditions as they are.
#[derive(Clone, Debug)]
pub struct Simulated {
    /// The campaign.
    pub campaign: Campaign,
    /// The definition of the run as it is, and the one with changed conditions (other limits included).
    pub definitions: (Arc<Definition>, Definition),
    /// What past papers of the campaign tell about how fast each role is.
    pub learnt: BTreeMap<Role, Learnt>,
    /// The pace of the run as it is, and the one with changed conditions.
    pub pace: (Pace, Pace),
    /// The run as it is.
    pub base: Outcome,
    /// The run with changed conditions.
    pub changed: Outcome,
    /// What differs.
    pub comparison: Comparison,
    /// The organisation, for names.
    pub organisation: Organisation,
}

impl Service {
    /// Simulates a campaign. For [`READERS`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else; otherwise as [`Service::simulate_campaign`].
    pub async fn simulation(&self, caller: &Caller, asked: &Asked) -> Result<Simulated> {
        if caller.has_any(READERS) {
            self.simulate_campaign(asked).await
        } else {
            Err(Error::forbidden("steering_only"))
        }
    }

    /// Simulates a campaign; for the command line, which works on the operator's own authority. Plans that were
    /// handed in keep their day and their returns; the others come in on their last day, or today when that is over.
    ///
    /// # Errors
    /// [`Error::NotFound`] without such a campaign; [`Error::Invalid`] with `person`, `until`, `stage`, `definition`;
    /// [`Error::Refused`] with the engine's reasons when a definition cannot carry the papers.
    pub async fn simulate_campaign(&self, asked: &Asked) -> Result<Simulated> {
        let db = self.store().read();
        let id = match asked.campaign {
            Some(id) => Some(id),
            None => graph::newest_campaign(db).await?,
        };
        let found = match id {
            Some(id) => campaign::find(db, id).await?,
            None => None,
        };
        let found = found.ok_or(Error::NotFound)?;
        let current = self.current_definition(db, PLAN).await?;
        let organisation = person::organisation(db).await?;
        let calendar = setting::calendar(db).await?;
        let definition = asked.definition.clone().unwrap_or_else(|| Arc::clone(&current));
        check(asked, &definition, &organisation)?;
        let (papers, instances) = self
            .simulated_papers(db, &found, &organisation, [&current, &definition])
            .await?;
        let learnt = learn(&instances, &calendar);
        let as_it_is = Pace {
            days: learnt.iter().map(|(role, learnt)| (*role, learnt.days)).collect(),
            ..Pace::default()
        };
        let mut other = as_it_is.clone();
        other.days.extend(asked.pace.iter().map(|(role, days)| (*role, *days)));
        other.capacity = asked.capacity.unwrap_or(other.capacity);
        let conditions = asked.conditions.clone();
        // Hundreds of papers are a second's work: not on a thread that answers other requests.
        let work = tokio::task::spawn_blocking(move || {
            let [as_is, changed_papers] = &papers;
            let run = |definition: &Definition, papers: &[Paper], pace: &Pace, conditions: &Conditions| {
                simulate(&Scenario {
                    definition,
                    papers,
                    organisation: &organisation,
                    calendar: &calendar,
                    pace,
                    conditions,
                })
                .map_err(Error::Refused)
            };
            let base = run(&current, as_is, &as_it_is, &Conditions::default())?;
            let changed = run(&definition, changed_papers, &other, &conditions)?;
            Ok(Simulated {
                campaign: found,
                comparison: compare(&base, &changed, &calendar),
                definitions: (current, conditions.limited(&definition)),
                learnt,
                pace: (as_it_is, other),
                base,
                changed,
                organisation,
            })
        });
        work.await.map_err(Error::internal)?
    }

    /// The campaign's plans as papers of a simulation, once for each of the definitions, and their instances.
    async fn simulated_papers(
        &self,
        db: &impl Connection,
        campaign: &Campaign,
        organisation: &Organisation,
        definitions: [&Definition; 2],
    ) -> Result<([Vec<Paper>; 2], Vec<Instance>)> {
        // The latest one of a unit counts: a change of an approved plan replaces it.
        let mut plans: BTreeMap<UnitId, Document> = BTreeMap::new();
        for plan in document::of_campaign(db, campaign.id, PLAN).await? {
            if plan.status != Status::Terminated {
                plans.insert(plan.unit, plan);
            }
        }
        let fixed = party::of_campaign(db, Some(campaign.id)).await?;
        let (mut papers, mut instances) = ([Vec::new(), Vec::new()], Vec::new());
        for plan in plans.into_values() {
            let Some(owner) = organisation.units.get(&plan.unit) else {
                continue;
            };
            let surroundings = surroundings_of(fixed.as_ref(), true, owner);
            let instance = instance::find(db, plan.id).await?;
            let authors = document::authors(db, plan.id).await?;
            let paper = |surroundings: Surroundings| Paper {
                document: plan.id,
                owner: plan.unit,
                parties: surroundings.parties,
                facts: surroundings.facts,
                authors: authors.clone(),
                submitted_on: self.comes_in(&plan, campaign),
                due_on: plan.due_on,
                returns: instance.as_ref().map(returns).unwrap_or_default(),
            };
            let body = document::body(db, plan.id).await?;
            for (papers, definition) in papers.iter_mut().zip(definitions) {
                let mut own = surroundings.clone();
                if let (Some(body), true) = (&body, definition.form.is_some()) {
                    own.add_form(definition, &body.content, organisation, plan.unit);
                }
                papers.push(paper(own));
            }
            instances.extend(instance);
        }
        Ok((papers, instances))
    }

    /// The day on which a plan came in, or is expected to (civil date).
    fn comes_in(&self, plan: &Document, campaign: &Campaign) -> NaiveDate {
        match plan.submitted_at {
            Some(at) => clock::moment(at, self.zone()).day,
            None => plan.due_on.unwrap_or(campaign.plan_due).max(self.moment().day),
        }
    }

    /// The person who signs in with this name or is shown by it, when that is one person; for the command line.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `person` when there is none, or several are called so.
    pub async fn person_named(&self, text: &str) -> Result<PersonId> {
        let db = self.store().read();
        if let Some(account) = person::by_username(db, &crate::sign_in::normal(text)).await? {
            return Ok(account.person.id);
        }
        let organisation = person::organisation(db).await?;
        let mut called = organisation.people.values().filter(|person| person.name == text);
        match (called.next(), called.next()) {
            (Some(only), None) => Ok(only.id),
            _ => Err(Error::invalid("person", "unknown_person")),
        }
    }

    /// Every loaded version of every definition that carries plans.
    pub fn definitions_of_plans(&self) -> Vec<Arc<Definition>> {
        let all = self.definitions().all();
        all.filter(|definition| definition.document_type == PLAN)
            .cloned()
            .collect()
    }
}

/// How often each stage of a paper sent it back.
fn returns(instance: &Instance) -> BTreeMap<StageId, u32> {
    let mut found = BTreeMap::new();
    for round in instance
        .rounds
        .iter()
        .filter(|round| round.state == RoundState::Returned)
    {
        *found.entry(round.stage.clone()).or_default() += 1;
    }
    found
}

/// Says what is wrong with the conditions.
fn check(asked: &Asked, definition: &Definition, organisation: &Organisation) -> Result<()> {
    let mut problems = Vec::new();
    if definition.document_type != PLAN {
        problems.push(FieldProblem::new("definition", "unknown_document_type"));
    }
    for Absence { person, from, until } in &asked.conditions.away {
        if !organisation.people.contains_key(person) {
            problems.push(FieldProblem::new("person", "unknown_person"));
        }
        if until <= from {
            problems.push(FieldProblem::new("until", "date_order"));
        }
    }
    for stage in asked.conditions.limits.keys() {
        if definition.stage(stage).is_none() {
            problems.push(FieldProblem {
                reason: Reason::new("unknown_stage").with("stage", stage),
                ..FieldProblem::new("stage", "")
            });
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(problems))
    }
}

/// One row of figures about a person, for other programs and for tables.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LoadRow {
    /// Who.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// All acts: as it is, changed.
    pub total: (u32, u32),
    /// The most acts on one day: as it is, changed.
    pub peak: (u32, u32),
    /// The first such day in the changed run.
    pub peak_on: Option<NaiveDate>,
    /// The longest queue: as it is, changed.
    pub queue: (u32, u32),
}

/// One row of figures about a paper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PaperRow {
    /// The document.
    pub document: DocumentId,
    /// Its unit's name.
    pub unit: String,
    /// The day it finishes: as it is, changed.
    pub finished_on: (Option<NaiveDate>, Option<NaiveDate>),
    /// Late: as it is, changed.
    pub late: (bool, bool),
}

impl Simulated {
    /// Everybody who acts or is waited for in one of the runs, the most loaded first.
    pub fn load_rows(&self) -> Vec<LoadRow> {
        let mut people: Vec<PersonId> = self
            .base
            .people
            .keys()
            .chain(self.changed.people.keys())
            .copied()
            .collect();
        people.sort_unstable();
        people.dedup();
        let mut rows: Vec<_> = people
            .into_iter()
            .map(|person| {
                let [old, new] =
                    [&self.base, &self.changed].map(|run| run.people.get(&person).cloned().unwrap_or_default());
                LoadRow {
                    person,
                    name: self.organisation.person_name(person),
                    total: (old.total(), new.total()),
                    peak: (old.peak().0, new.peak().0),
                    peak_on: new.peak().1,
                    queue: (old.longest_queue, new.longest_queue),
                }
            })
            .collect();
        rows.sort_by_key(|row| {
            let most = |pair: (u32, u32)| std::cmp::Reverse(pair.0.max(pair.1));
            (most(row.queue), most(row.total), row.person)
        });
        rows
    }

    /// Papers that are late or do not reach an end in one of the runs, or finish on another day.
    pub fn paper_rows(&self) -> Vec<PaperRow> {
        let pairs = self.changed.papers.iter().filter_map(|new| {
            let old = self.base.papers.iter().find(|old| old.document == new.document)?;
            Some(PaperRow {
                document: new.document,
                unit: self.organisation.unit_name(new.owner),
                finished_on: (old.finished_on, new.finished_on),
                late: (old.late, new.late),
            })
        });
        let telling = |row: &PaperRow| {
            let (old, new) = row.finished_on;
            row.late.0 || row.late.1 || old != new || new.is_none()
        };
        pairs.filter(telling).collect()
    }
}
