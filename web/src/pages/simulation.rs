//! `GET /workflows/{id}/simulation`: a campaign replayed under changed conditions, beside the run as it is. Reads
//! only: conditions come with the address, and nothing is kept.

use crate::error::PageError;
use crate::extract::Signed;
use crate::visit::Visit;
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use duban_core::document::field::read_date;
use duban_core::id::{CampaignId, PersonId};
use duban_core::org::Role;
use duban_core::workflow::StageId;
use duban_core::workflow::simulation::{Absence, picture};
use duban_service::simulation::{Asked, LoadRow, Simulated};
use duban_service::{Error, FieldProblem};
use serde::{Deserialize, Serialize};

pub use duban_service::simulation::READERS;

/// Bands in the picture, and rows of a table before the rest is folded.
const SHOWN: usize = 12;

/// The conditions as typed. Empty ones change nothing.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Conditions {
    campaign: String,
    /// Another version of the definition.
    version: String,
    person: String,
    from: String,
    until: String,
    stage: String,
    days: String,
    role: String,
    pace: String,
    capacity: String,
}

#[derive(Serialize)]
struct View {
    id: String,
    title: String,
    form: Conditions,
    problems: Vec<FieldProblem>,
    campaigns: Vec<Choice>,
    versions: Vec<Choice>,
    people: Vec<Choice>,
    stages: Vec<Choice>,
    roles: Vec<Choice>,
    result: Option<ResultView>,
}

#[derive(Serialize)]
struct Choice {
    code: String,
    name: String,
    chosen: bool,
}

#[derive(Serialize)]
struct ResultView {
    campaign: String,
    papers: usize,
    late: (usize, usize),
    stuck: (usize, usize),
    last: (String, String),
    learnt: Vec<LearntView>,
    otherwise: u32,
    capacity: u32,
    svg: String,
    loads: Vec<LoadView>,
    more_loads: Vec<LoadView>,
    rows: Vec<RowView>,
    stages: Vec<StageView>,
}

#[derive(Serialize)]
struct LearntView {
    role: &'static str,
    days: u32,
    cases: usize,
}

#[derive(Serialize)]
struct LoadView {
    name: String,
    total: (u32, u32),
    peak: (u32, u32),
    peak_on: String,
    queue: (u32, u32),
    differs: bool,
}

#[derive(Serialize)]
struct RowView {
    unit: String,
    finished: (String, String),
    late: (bool, bool),
    stuck: bool,
    differs: bool,
}

#[derive(Serialize)]
struct StageView {
    title: String,
    rounds: (u32, u32),
    late: (u32, u32),
    differs: bool,
}

/// `GET /workflows/{id}/simulation`.
pub async fn show(
    signed: Signed,
    Path(id): Path<String>,
    Query(form): Query<Conditions>,
) -> Result<Response, PageError> {
    let service = &signed.app.service;
    let tag = signed.locale.tag();
    let versions: Vec<_> = service
        .definitions_of_plans()
        .into_iter()
        .filter(|def| def.id == id)
        .collect();
    let newest = versions.last().cloned().ok_or(Error::NotFound)?;
    let asked = read(&signed, &id, &form);
    let found = match asked {
        Ok(asked) => service.simulation(&signed.caller, &asked).await,
        Err(error) => Err(error),
    };
    let (found, problems) = match found {
        Ok(found) => (Some(found), Vec::new()),
        Err(Error::Invalid(problems)) => (None, problems),
        Err(other) => return Err(other.into()),
    };
    let base = match &found {
        Some(found) => found.load_rows(),
        // Conditions that make no sense still come back with the people to choose from.
        None => service.simulation(&signed.caller, &Asked::default()).await?.load_rows(),
    };
    let mut people: Vec<(PersonId, String)> = base.into_iter().map(|row| (row.person, row.name)).collect();
    people.sort_by(|a, b| a.1.cmp(&b.1));
    let choice = |code: String, name: String, current: &str| Choice {
        chosen: code == current,
        code,
        name,
    };
    let campaigns = service.campaign_titles(&signed.caller).await?;
    let refused = !problems.is_empty();
    let view = View {
        title: newest.title.get(tag).to_owned(),
        campaigns: campaigns
            .into_iter()
            .map(|(id, year, title)| choice(id.to_string(), format!("{year} {title}"), &form.campaign))
            .collect(),
        versions: versions
            .iter()
            .map(|def| def.version.to_string())
            .map(|version| choice(version.clone(), version, &form.version))
            .collect(),
        people: people
            .into_iter()
            .map(|(person, name)| choice(person.to_string(), name, &form.person))
            .collect(),
        stages: newest
            .stages
            .iter()
            .map(|stage| choice(stage.id.to_string(), stage.title.get(tag).to_owned(), &form.stage))
            .collect(),
        roles: Role::ALL
            .into_iter()
            .filter(|role| !role.is_administrator() && *role != Role::Observer)
            .map(|role| {
                let name = signed.text(&format!("role.{}", role.code()));
                choice(role.code().to_owned(), name, &form.role)
            })
            .collect(),
        result: found.map(|found| result(&signed, &found)),
        id,
        form,
        problems,
    };
    let page = signed.page("pages/simulation", &view)?;
    Ok(if refused {
        page.refused().into_response()
    } else {
        page.into_response()
    })
}

fn read(visit: &Visit, id: &str, form: &Conditions) -> Result<Asked, Error> {
    fn number<T: std::str::FromStr>(field: &str, text: &str) -> Result<Option<T>, Error> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        text.parse()
            .map(Some)
            .map_err(|_| Error::invalid(field, "not_a_number"))
    }
    let day = |field: &str, text: &str| read_date(text).ok_or_else(|| Error::invalid(field, "date_missing"));
    let mut asked = Asked {
        campaign: number("campaign", &form.campaign)?.map(CampaignId),
        capacity: number("capacity", &form.capacity)?,
        ..Asked::default()
    };
    if let Some(version) = number("version", &form.version)? {
        let found = visit.app.service.definitions().get(id, version);
        asked.definition = Some(found.ok_or(Error::NotFound)?);
    }
    if let Some(person) = number("person", &form.person)? {
        asked.conditions.away.push(Absence {
            person: PersonId(person),
            from: day("from", &form.from)?,
            until: day("until", &form.until)?,
        });
    }
    if !form.stage.is_empty() {
        let days = number("days", &form.days)?.ok_or_else(|| Error::invalid("days", "required"))?;
        asked.conditions.limits.insert(StageId(form.stage.clone()), days);
    }
    if let Some(role) = Role::from_code(&form.role) {
        let days = number("pace", &form.pace)?.ok_or_else(|| Error::invalid("pace", "required"))?;
        asked.pace.insert(role, days);
    }
    Ok(asked)
}

fn result(visit: &Visit, found: &Simulated) -> ResultView {
    let day = |day: Option<NaiveDate>| day.map_or_else(String::new, |day| day.to_string());
    let (base, changed) = (&found.base, &found.changed);
    let rows = found.load_rows();
    let svg = svg(visit, found, &rows);
    let mut loads: Vec<_> = rows.into_iter().map(load).collect();
    let more_loads = loads.split_off(loads.len().min(SHOWN));
    let papers = found.paper_rows().into_iter().map(|row| RowView {
        unit: row.unit,
        differs: row.finished_on.0 != row.finished_on.1 || row.late.0 != row.late.1,
        stuck: row.finished_on.1.is_none(),
        finished: (day(row.finished_on.0), day(row.finished_on.1)),
        late: row.late,
    });
    let stages = found.definitions.1.stages.iter().map(|stage| {
        let [old, new] = [base, changed].map(|run| run.stages.get(&stage.id).copied().unwrap_or_default());
        StageView {
            title: stage.title.get(visit.locale.tag()).to_owned(),
            rounds: (old.rounds, new.rounds),
            late: (old.late, new.late),
            differs: old != new,
        }
    });
    ResultView {
        campaign: found.campaign.title.clone(),
        papers: changed.papers.len(),
        late: (base.late_papers(), changed.late_papers()),
        stuck: (base.stuck_papers(), changed.stuck_papers()),
        last: (day(base.last_finish()), day(changed.last_finish())),
        learnt: found
            .learnt
            .iter()
            .map(|(role, learnt)| LearntView {
                role: role.code(),
                days: learnt.days,
                cases: learnt.cases,
            })
            .collect(),
        otherwise: found.pace.1.otherwise,
        capacity: found.pace.1.capacity,
        svg,
        loads,
        more_loads,
        rows: papers.collect(),
        stages: stages.collect(),
    }
}

fn load(row: LoadRow) -> LoadView {
    LoadView {
        differs: row.total.0 != row.total.1 || row.peak.0 != row.peak.1 || row.queue.0 != row.queue.1,
        name: row.name,
        total: row.total,
        peak: row.peak,
        peak_on: row.peak_on.map_or_else(String::new, |day| day.to_string()),
        queue: row.queue,
    }
}

fn svg(visit: &Visit, found: &Simulated, rows: &[LoadRow]) -> String {
    let days = |run: &duban_core::workflow::simulation::Outcome, person: PersonId| {
        run.people
            .get(&person)
            .map(|load| load.days.clone())
            .unwrap_or_default()
    };
    let bands: Vec<_> = rows
        .iter()
        .take(SHOWN)
        .map(|row| picture::Row {
            name: row.name.clone(),
            before: days(&found.base, row.person),
            after: days(&found.changed, row.person),
        })
        .collect();
    let words = picture::Words {
        title: visit.text("simulation.picture"),
        description: visit.text("simulation.picture_note"),
    };
    picture::load(&bands, &words)
}
