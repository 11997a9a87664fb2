//! Campaigns as they are watched: how every unit stands, how every task is covered.

use crate::Service;
use crate::access;
use crate::error::{Error, Result};
use crate::session::Caller;
use chrono::NaiveDate;
use duban_core::calendar::Calendar;
use duban_core::clock::{Light, Progress, light};
use duban_core::document::content::{Content, Line};
use duban_core::graph::Graph;
use duban_core::id::{CampaignId, DocumentId, PersonId, TaskId, UnitId};
use duban_core::org::{Organisation, Role};
use duban_core::workflow::{Status, Text};
use duban_store::campaign::{Campaign, Owing};
use duban_store::document::Document;
use duban_store::instance::OpenSeat;
use duban_store::notice::{Notice, Task};
use duban_store::{campaign, document, notice, party, person, setting, unit};
use std::collections::{BTreeMap, BTreeSet};

mod view;

pub use view::{Board, Holder, Part, State, Summary, TaskRow, TaskView, UnitRow, UnitTask, UnitView};

/// The type of the papers that a campaign asks for.
const PLAN: &str = "annual_plan";

/// What the views of one campaign are made of.
struct Material {
    campaign: Campaign,
    notice: Option<Notice>,
    tasks: Vec<Task>,
    owing: Vec<Owing>,
    plans: BTreeMap<UnitId, Document>,
    begun: BTreeSet<DocumentId>,
    seats: BTreeMap<DocumentId, Vec<OpenSeat>>,
    contents: BTreeMap<DocumentId, Content>,
    org: Organisation,
    calendar: Calendar,
    rosters: BTreeMap<i64, String>,
    today: NaiveDate,
}

impl Service {
    /// Up to `limit` campaigns below `before`, the newest first. Everybody who is signed in may see them.
    /// One query for each thing that is shown, whatever the number of campaigns.
    pub async fn campaigns(&self, _: &Caller, before: Option<CampaignId>, limit: u64) -> Result<Vec<Summary>> {
        let db = self.store().read();
        let list = campaign::list(db, before, limit).await?;
        let ids: Vec<CampaignId> = list.iter().map(|one| one.id).collect();
        let notices = notice::find_all(db, list.iter().map(|one| one.notice)).await?;
        let owing = campaign::units_of(db, &ids).await?;
        let begun = campaign::begun(db, &ids).await?;
        let calendar = setting::calendar(db).await?;
        let today = self.moment().day;
        let mut plans: BTreeMap<(CampaignId, UnitId), Document> = BTreeMap::new();
        for plan in document::of_campaigns(db, &ids, PLAN).await? {
            // The latest one counts: a change of an approved plan replaces it.
            if let Some(campaign) = plan.campaign {
                plans.insert((campaign, plan.unit), plan);
            }
        }
        let mut seats: BTreeMap<DocumentId, Vec<OpenSeat>> = BTreeMap::new();
        for seat in campaign::open_seats(db, &ids).await? {
            seats.entry(seat.document).or_default().push(seat);
        }
        let summary = |one: Campaign| {
            let rows = owing.get(&one.id).into_iter().flatten().map(|owing| {
                let plan = plans.get(&(one.id, owing.unit));
                let state = state(owing, plan, &begun);
                let seats = plan.and_then(|plan| seats.get(&plan.id)).map_or(&[][..], Vec::as_slice);
                (state, light(progress(state), due(state, plan, seats), today, &calendar))
            });
            let rows: Vec<(State, Light)> = rows.collect();
            let owed = rows.iter().filter(|(state, _)| *state != State::Exempt);
            Summary {
                units: owed.clone().count(),
                done: owed.filter(|(state, _)| state.is_final()).count(),
                late: rows.iter().filter(|(_, light)| *light == Light::Red).count(),
                notice: notices.get(&one.notice).cloned(),
                campaign: one,
            }
        };
        Ok(list.into_iter().map(summary).collect())
    }

    /// The board of a campaign: who does what and how every plan stands, for everybody who is signed in; what stands in
    /// a plan is not told here.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn campaign_board(&self, caller: &Caller, id: CampaignId) -> Result<Board> {
        let found = campaign::find(self.store().read(), id).await?.ok_or(Error::NotFound)?;
        let material = self.campaign_material(found).await?;
        let mut units = self.unit_rows(caller, &material).await?;
        units.sort_by(|a, b| {
            let order = |row: &UnitRow| {
                (
                    row.light,
                    row.days_left.unwrap_or(i64::MAX),
                    row.via.is_some(),
                    row.unit,
                )
            };
            order(a).cmp(&order(b))
        });
        Ok(Board {
            coordinator: material.org.unit_name(material.campaign.coordinator),
            tasks: material.tasks.iter().map(|task| task_row(&material, task)).collect(),
            campaign: material.campaign,
            notice: material.notice,
            units,
        })
    }

    /// A task with its units and, side by side, what their submitted plans say about it as far as the caller may read
    /// them.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn task_view(&self, caller: &Caller, id: TaskId) -> Result<TaskView> {
        let db = self.store().read();
        let task = notice::task(db, id).await?.ok_or(Error::NotFound)?;
        let found = campaign::of_notice(db, task.notice).await?.ok_or(Error::NotFound)?;
        let material = self.campaign_material(found).await?;
        let rows: BTreeMap<UnitId, UnitRow> = self
            .unit_rows(caller, &material)
            .await?
            .into_iter()
            .map(|row| (row.unit, row))
            .collect();
        let mut parts: Vec<Part> = Vec::with_capacity(task.units.len());
        for assigned in &task.units {
            let Some(row) = rows.get(&assigned.unit) else { continue };
            let lines = lines_of(&material, assigned.unit, id);
            parts.push(Part {
                role: assigned.role,
                leads: assigned.leads,
                covers: !lines.is_empty(),
                lines: if row.readable {
                    lines.into_iter().cloned().collect()
                } else {
                    Vec::new()
                },
                row: row.clone(),
            });
        }
        parts.sort_by_key(|part| (!part.leads, part.row.via.is_some()));
        let figures = notice::figures(db, task.notice).await?;
        let at = material.tasks.iter().position(|one| one.id == id);
        let neighbour = |at: Option<usize>| {
            let found = at.and_then(|at| material.tasks.get(at));
            found.map(|task| (task.id, task.number))
        };
        Ok(TaskView {
            figures: figures.into_iter().filter(|one| one.task == Some(id)).collect(),
            neighbours: (
                neighbour(at.and_then(|at| at.checked_sub(1))),
                neighbour(at.map(|at| at + 1)),
            ),
            campaign: material.campaign,
            task,
            parts,
        })
    }

    /// A unit: its tasks, its plan, who waits for it and for whom it waits, in the newest campaign it takes part in.
    ///
    /// # Errors
    /// [`Error::NotFound`].
    pub async fn unit_view(&self, caller: &Caller, id: UnitId) -> Result<UnitView> {
        let db = self.store().read();
        let found = unit::all(db).await?.remove(&id).ok_or(Error::NotFound)?;
        let mut view = UnitView {
            name: found.name,
            kind: found.kind,
            aliases: found.aliases,
            campaign: None,
            tasks: Vec::new(),
            waited_by: Vec::new(),
            waits_for: Vec::new(),
        };
        let Some(newest) = campaign::newest_of_unit(db, id).await? else {
            return Ok(view);
        };
        let material = self.campaign_material(newest).await?;
        for task in &material.tasks {
            let Some(part) = task.units.iter().find(|part| part.unit == id) else {
                continue;
            };
            view.tasks.push(UnitTask {
                id: task.id,
                number: task.number,
                title: task.title.clone(),
                role: part.role,
                leads: part.leads,
                lead: task.lead().map(|lead| material.org.unit_name(lead)),
                covered: !lines_of(&material, id, task.id).is_empty(),
            });
        }
        if let Some(fixed) = party::of_campaign(db, Some(material.campaign.id)).await? {
            let graph = Graph::new(&fixed.assignments);
            let name = |unit| material.org.unit_name(unit);
            for edge in graph.edges() {
                if edge.support == id {
                    view.waited_by.push((edge.lead, name(edge.lead), edge.tasks.len()));
                } else if edge.lead == id {
                    view.waits_for
                        .push((edge.support, name(edge.support), edge.tasks.len()));
                }
            }
            for list in [&mut view.waited_by, &mut view.waits_for] {
                list.sort_by_key(|(unit, _, tasks)| (std::cmp::Reverse(*tasks), *unit));
            }
        }
        let rows = self.unit_rows(caller, &material).await?;
        view.campaign = rows
            .into_iter()
            .find(|row| row.unit == id)
            .map(|row| (material.campaign, row));
        Ok(view)
    }

    async fn campaign_material(&self, found: Campaign) -> Result<Material> {
        let db = self.store().read();
        let id = found.id;
        let mut plans = BTreeMap::new();
        for plan in document::of_campaign(db, id, PLAN).await? {
            // The latest one counts: a change of an approved plan replaces it.
            plans.insert(plan.unit, plan);
        }
        let submitted = plans.values().filter(|plan| plan.submitted_at.is_some());
        let contents = campaign::newest_contents(db, submitted.map(|plan| plan.id)).await?;
        let mut seats: BTreeMap<DocumentId, Vec<OpenSeat>> = BTreeMap::new();
        for seat in campaign::open_seats(db, &[id]).await? {
            seats.entry(seat.document).or_default().push(seat);
        }
        let rosters = unit::rosters(db).await?;
        Ok(Material {
            notice: notice::find(db, found.notice).await?,
            tasks: notice::tasks(db, found.notice).await?,
            owing: campaign::units(db, id).await?,
            begun: campaign::begun(db, &[id]).await?,
            org: person::organisation(db).await?,
            calendar: setting::calendar(db).await?,
            rosters: rosters.into_iter().map(|(id, roster)| (id, roster.name)).collect(),
            today: self.moment().day,
            campaign: found,
            plans,
            seats,
            contents,
        })
    }

    async fn unit_rows(&self, caller: &Caller, material: &Material) -> Result<Vec<UnitRow>> {
        let db = self.store().read();
        let mut asked: BTreeMap<UnitId, Vec<TaskId>> = BTreeMap::new();
        for task in &material.tasks {
            for part in &task.units {
                asked.entry(part.unit).or_default().push(task.id);
            }
        }
        let taking_part = document::units_of(db, material.plans.values().map(|plan| plan.id)).await?;
        let nobody = BTreeSet::new();
        let mut rows = Vec::with_capacity(material.owing.len());
        for owing in &material.owing {
            let plan = material.plans.get(&owing.unit);
            let state = state(owing, plan, &material.begun);
            let seats = plan
                .and_then(|plan| material.seats.get(&plan.id))
                .map_or(&[][..], Vec::as_slice);
            let due_on = due(state, plan, seats);
            let tasks = asked.get(&owing.unit).map_or(&[][..], Vec::as_slice);
            let unit = material.org.units.get(&owing.unit);
            rows.push(UnitRow {
                unit: owing.unit,
                name: material.org.unit_name(owing.unit),
                kind: unit.map(|unit| unit.kind),
                via: owing.via_roster.and_then(|id| material.rosters.get(&id).cloned()),
                document: plan.map(|plan| plan.id),
                readable: plan
                    .is_some_and(|plan| access::may_read(caller, plan, taking_part.get(&plan.id).unwrap_or(&nobody))),
                stage: plan.and_then(|plan| self.stage_of_plan(plan)),
                late: plan.map_or((0, 0), |plan| plan.late),
                extending: plan.is_some_and(|plan| plan.extension.as_deref() == Some("asked")),
                light: light(progress(state), due_on, material.today, &material.calendar),
                days_left: due_on.map(|due| material.calendar.between(material.today, due)),
                provisional: due_on.is_some_and(|due| material.calendar.is_provisional(due)),
                due_on,
                holders: holders(&material.org, seats, material.today),
                since: seats.iter().map(|seat| seat.opened_at).min(),
                tasks: tasks.len(),
                covered: tasks
                    .iter()
                    .filter(|task| !lines_of(material, owing.unit, **task).is_empty())
                    .count(),
                state,
            });
        }
        Ok(rows)
    }

    /// The title of the stage a paper is in.
    fn stage_of_plan(&self, plan: &Document) -> Option<Text> {
        let definition = self.definition(&plan.definition.0, plan.definition.1).ok()?;
        let stage = plan.stage.as_ref()?;
        let found = definition.stage(stage).map(|stage| stage.title.clone());
        found.or_else(|| {
            let end = definition.ends.iter().find(|end| end.id == *stage);
            end.map(|end| end.title.clone())
        })
    }
}

fn state(owing: &Owing, plan: Option<&Document>, begun: &BTreeSet<DocumentId>) -> State {
    let Some(plan) = plan.filter(|_| owing.exempt.is_none()) else {
        return State::Exempt;
    };
    match plan.status {
        Status::Draft if begun.contains(&plan.id) || plan.submitted_at.is_some() => State::Drafting,
        Status::Draft => State::NotStarted,
        Status::Running | Status::Suspended => State::InReview,
        Status::Returned => State::Returned,
        Status::Blocked => State::Blocked,
        Status::Ended if plan.stage.as_ref().is_some_and(|stage| stage.0 == "reported") => State::Reported,
        Status::Ended => State::Approved,
        Status::Terminated => State::Terminated,
    }
}

fn progress(state: State) -> Progress {
    match state {
        State::NotStarted => Progress::NotStarted,
        state if state.is_final() => Progress::Done,
        _ => Progress::Open,
    }
}

/// While the unit has the plan its own date counts (moved by an extension or a return: that of its seat), afterwards the time limit of whoever holds it.
fn due(state: State, plan: Option<&Document>, seats: &[OpenSeat]) -> Option<NaiveDate> {
    match state {
        State::NotStarted | State::Drafting | State::Returned | State::InReview | State::Blocked => {
            let with_unit = matches!(state, State::NotStarted | State::Drafting | State::Returned);
            let seat = seats.iter().filter_map(|seat| seat.due_on).min();
            seat.or_else(|| plan.filter(|_| with_unit).and_then(|plan| plan.due_on))
        }
        _ => None,
    }
}

/// Who can act, one entry a post.
fn holders(org: &Organisation, seats: &[OpenSeat], today: NaiveDate) -> Vec<Holder> {
    let mut posts: Vec<(UnitId, Role)> = seats.iter().map(|seat| (seat.unit, seat.role)).collect();
    posts.sort_unstable();
    posts.dedup();
    posts
        .into_iter()
        .map(|(unit, role)| Holder {
            unit: org.unit_name(unit),
            role,
            people: org
                .holders(unit, role, today)
                .into_iter()
                .map(|person: PersonId| org.person_name(person))
                .collect(),
        })
        .collect()
}

/// The lines of a unit's last submitted plan that answer a task with a measure.
fn lines_of(material: &Material, unit: UnitId, task: TaskId) -> Vec<&Line> {
    let content = material
        .plans
        .get(&unit)
        .and_then(|plan| material.contents.get(&plan.id));
    let lines = content.map_or(&[][..], |content| content.lines.as_slice());
    lines
        .iter()
        .filter(|line| line.source == Some(task.0))
        .filter(|line| line.fields.get("measures").is_some_and(|text| !text.trim().is_empty()))
        .collect()
}

fn task_row(material: &Material, task: &Task) -> TaskRow {
    let mut row = TaskRow {
        id: task.id,
        number: task.number,
        section: task.section.clone(),
        title: task.title.clone(),
        lead: task.lead().map(|lead| material.org.unit_name(lead)),
        units: task.units.len(),
        covered: 0,
        lead_covers: false,
        missing: Vec::new(),
        missing_members: 0,
    };
    for part in &task.units {
        if !lines_of(material, part.unit, task.id).is_empty() {
            row.covered += 1;
            row.lead_covers |= part.leads;
        } else if part.via_roster.is_some() {
            row.missing_members += 1;
        } else {
            row.missing.push(material.org.unit_name(part.unit));
        }
    }
    row
}
