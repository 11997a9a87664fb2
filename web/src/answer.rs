//! What the department graph answers, with names, for other programs: the API and the command line say the same.

use chrono::NaiveDate;
use duban_core::graph::{Group, Step};
use duban_core::id::{TaskId, UnitId};
use duban_service::graph::CampaignGraph;
use serde::Serialize;
use std::collections::BTreeSet;
use utoipa::ToSchema;

/// What can be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Question {
    /// Who waits for whom now: for acts on open papers, and for plans
    Waits,
    /// Whose next act frees most others
    Frees,
    /// Groups of units that wait for each other now
    Mutual,
    /// What slips when a unit is late (--unit, --late)
    Slips,
    /// The order in which plans can become final
    Order,
    /// The chain of plans that decides the last day, and the slack of the others
    Critical,
    /// Units through which others hang together
    Bridges,
    /// Units with nothing assigned
    Unassigned,
    /// Tasks with no confirmed lead or with two
    Leads,
    /// Units that lead and support one task
    Doubled,
}

impl Question {
    /// The question with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        <Self as clap::ValueEnum>::from_str(code, false).ok()
    }
}

/// A unit by number and name.
#[derive(Clone, Serialize, ToSchema)]
pub struct NamedUnit {
    /// Its number.
    pub id: i64,
    /// Its name.
    pub name: String,
}

/// A task by number and title.
#[derive(Clone, Serialize, ToSchema)]
pub struct NamedTask {
    /// Its id.
    pub id: i64,
    /// Its number in the notice.
    pub number: String,
    /// Its title.
    pub title: String,
}

/// One line of an answer. What a question does not speak of is left out.
#[derive(Default, Serialize, ToSchema)]
pub struct AnswerRow {
    /// The units it is about: one, or a group.
    units: Vec<NamedUnit>,
    /// The other units: awaited ones, freed ones, the cause, the leads.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    others: Vec<NamedUnit>,
    /// Tasks through which.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    tasks: Vec<NamedTask>,
    /// Papers that wait.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    documents: Vec<i64>,
    /// How many wait for it, directly or in the end, or how many pairs it links.
    #[serde(skip_serializing_if = "Option::is_none")]
    count: Option<usize>,
    /// Its weight in millionths of a task.
    #[serde(skip_serializing_if = "Option::is_none")]
    weight: Option<u64>,
    /// The day on which it was to be final.
    #[serde(skip_serializing_if = "Option::is_none")]
    planned: Option<NaiveDate>,
    /// The day on which it can be final.
    #[serde(skip_serializing_if = "Option::is_none")]
    day: Option<NaiveDate>,
    /// Working days: of delay, or of slack.
    #[serde(skip_serializing_if = "Option::is_none")]
    working_days: Option<i64>,
    /// True when it lies on the critical path.
    #[serde(skip_serializing_if = "Option::is_none")]
    critical: Option<bool>,
}

/// An answer about one campaign.
#[derive(Serialize, ToSchema)]
pub struct Answer {
    /// The campaign.
    campaign: i64,
    /// Its title.
    title: String,
    /// On whose units the assignments fall.
    on: NaiveDate,
    /// The lines, in the order that the question asks for.
    rows: Vec<AnswerRow>,
}

/// The answer to a question. `unit` and `late` (working days) are for [`Question::Slips`] alone.
pub fn answer(graph: &CampaignGraph, question: Question, unit: Option<UnitId>, late: u32) -> Answer {
    let net = &graph.graph;
    let names = Names(graph);
    let rows = match question {
        Question::Waits => names.waits(),
        Question::Frees => names.frees(),
        Question::Mutual => {
            let groups = graph.now().mutual().into_iter();
            groups.map(|units| names.row(units)).collect()
        }
        Question::Slips => unit.map(|unit| names.slips(unit, late)).unwrap_or_default(),
        Question::Order => net.order().iter().map(|group| names.group(group)).collect(),
        Question::Critical => {
            let found = net.critical(&graph.courses, graph.clock());
            let path = found.path.iter().map(|step| names.step(step, true));
            path.chain(found.others.iter().map(|step| names.step(step, false)))
                .collect()
        }
        Question::Bridges => {
            let bridges = net.bridges().into_iter();
            let row = |bridge: duban_core::graph::Bridge| AnswerRow {
                count: Some(bridge.pairs),
                weight: Some(bridge.weight),
                ..names.row([bridge.unit])
            };
            bridges.map(row).collect()
        }
        Question::Unassigned => {
            let units = net.unassigned(&graph.units, graph.on).into_iter();
            units.map(|unit| names.row([unit])).collect()
        }
        Question::Leads => {
            let odd = net.odd_leads(graph.labels.tasks.keys().copied()).into_iter();
            let row = |odd: duban_core::graph::OddLead| AnswerRow {
                tasks: names.tasks(&[odd.task].into()),
                ..names.row(odd.leads)
            };
            odd.map(row).collect()
        }
        Question::Doubled => {
            let doubled = net.doubled().iter();
            let row = |(task, unit): &(TaskId, UnitId)| AnswerRow {
                tasks: names.tasks(&[*task].into()),
                ..names.row([*unit])
            };
            doubled.map(row).collect()
        }
    };
    Answer {
        campaign: graph.campaign.0,
        title: graph.title.clone(),
        on: graph.on,
        rows,
    }
}

struct Names<'a>(&'a CampaignGraph);

impl Names<'_> {
    fn unit(&self, unit: UnitId) -> NamedUnit {
        NamedUnit {
            id: unit.0,
            name: self.0.labels.unit(unit),
        }
    }

    fn units(&self, units: impl IntoIterator<Item = UnitId>) -> Vec<NamedUnit> {
        units.into_iter().map(|unit| self.unit(unit)).collect()
    }

    fn tasks(&self, tasks: &BTreeSet<TaskId>) -> Vec<NamedTask> {
        let labels = &self.0.labels;
        let task = |task: &TaskId| NamedTask {
            id: task.0,
            number: labels.task_number(*task),
            title: labels.task_title(*task).to_owned(),
        };
        tasks.iter().map(task).collect()
    }

    fn row(&self, units: impl IntoIterator<Item = UnitId>) -> AnswerRow {
        AnswerRow {
            units: self.units(units),
            ..AnswerRow::default()
        }
    }

    fn waits(&self) -> Vec<AnswerRow> {
        let now = self.0.now();
        let rows = now.waits().iter().map(|wait| {
            let edge = self.0.graph.edge(wait.awaited, wait.waits).filter(|_| wait.tasks > 0);
            AnswerRow {
                others: self.units([wait.awaited]),
                documents: wait.papers.iter().map(|id| id.0).collect(),
                tasks: edge.map(|edge| self.tasks(&edge.tasks)).unwrap_or_default(),
                ..self.row([wait.waits])
            }
        });
        rows.collect()
    }

    fn frees(&self) -> Vec<AnswerRow> {
        let rows = self.0.now().freeing().into_iter().map(|one| AnswerRow {
            others: self.units(one.frees),
            documents: one.turns.iter().map(|turn| turn.document.0).collect(),
            count: Some(one.in_the_end),
            weight: Some(one.weight),
            ..self.row([one.unit])
        });
        rows.collect()
    }

    fn slips(&self, unit: UnitId, late: u32) -> Vec<AnswerRow> {
        let slips = self.0.graph.impact(&self.0.courses, unit, late, self.0.clock());
        let rows = slips.into_iter().map(|slip| AnswerRow {
            others: self.units(slip.because),
            planned: Some(slip.planned),
            day: Some(slip.now),
            working_days: Some(slip.days),
            ..self.row([slip.unit])
        });
        rows.collect()
    }

    fn group(&self, group: &Group) -> AnswerRow {
        AnswerRow {
            tasks: self.tasks(&group.tasks),
            ..self.row(group.units.iter().copied())
        }
    }

    fn step(&self, step: &Step, critical: bool) -> AnswerRow {
        AnswerRow {
            others: self.units([step.slowest]),
            tasks: self.tasks(&step.tasks),
            planned: Some(step.own),
            day: Some(step.day),
            working_days: Some(step.slack),
            critical: Some(critical),
            ..self.row(step.units.iter().copied())
        }
    }
}
