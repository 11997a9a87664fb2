//! `GET /workflows`, `GET /workflows/{id}`: the ways of papers as pictures and lists, and where one paper stands.

use super::document::fields::Posted;
use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::visit::{Page, Visit, done};
use axum::extract::{Path, Query};
use axum::response::Response;
use duban_core::document::field::Part;
use duban_core::id::DocumentId;
use duban_core::org::{Organisation, Role};
use duban_core::workflow::definition::{OnTimeout, Policy, Reopen, Resume};
use duban_core::workflow::standing::{Standing, Step, standing};
use duban_core::workflow::{Definition, Duty, Fact, Instance, SeatRule, SeatState, Stage, StageId, StageKind, form};
use duban_service::Error;
use duban_service::workflow::State;
use duban_workflows::diagram::{self, Words};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;

#[derive(Serialize)]
struct ListView {
    workflows: Vec<RowView>,
    /// The reader publishes and retires.
    manages: bool,
}

#[derive(Serialize)]
struct RowView {
    id: String,
    version: u32,
    title: String,
    description: String,
    stages: usize,
    state: &'static str,
    published_at: Option<String>,
    hash: String,
    unknown_units: String,
    /// The reader may start a paper with it.
    starts: bool,
}

/// What the address may say.
#[derive(Debug, Default, Deserialize)]
pub struct WayQuery {
    /// A document of which to show where it stands; then the definition is the version that it follows.
    document: Option<i64>,
    /// A version; the newest one in use when nobody says.
    version: Option<u32>,
}

#[derive(Serialize)]
struct WorkflowView {
    id: String,
    version: u32,
    title: String,
    description: String,
    svg: String,
    stages: Vec<StageView>,
    ends: Vec<EndView>,
    duties: Vec<String>,
    /// Other versions, each with whether it is the older one.
    others: Vec<OtherView>,
    /// The caller moves running papers to other versions.
    manages: bool,
    /// The caller may replay a campaign that goes this way.
    simulates: bool,
    document: Option<DocumentView>,
}

/// Another version, and in which order the two are compared.
#[derive(Serialize)]
struct OtherView {
    version: u32,
    from: u32,
    to: u32,
}

#[derive(Serialize)]
struct DocumentView {
    id: i64,
    title: String,
    way: Vec<StepView>,
}

#[derive(Serialize)]
struct StageView {
    id: String,
    place: usize,
    title: String,
    description: String,
    kind: &'static str,
    seats: Vec<String>,
    policy: String,
    limit: Option<u32>,
    consent: bool,
    wait: Option<u32>,
    routes: Vec<RouteView>,
    returns: String,
    resume: &'static str,
    withdraw: bool,
}

#[derive(Serialize)]
struct RouteView {
    guard: Option<String>,
    to: String,
}

#[derive(Serialize)]
struct EndView {
    title: String,
    description: String,
}

/// `GET /workflows`.
pub async fn list(signed: Signed) -> Result<Page, PageError> {
    let tag = signed.locale.tag();
    let service = &signed.app.service;
    let manages = signed.caller.has_any(MANAGERS);
    let startable = service.startable(&signed.caller).await?;
    let versions = service.versions(service.store().read()).await?;
    let rows = versions
        .into_iter()
        .filter(|row| manages || row.state == State::Published);
    let workflows = rows
        .map(|row| RowView {
            id: row.definition.id.clone(),
            version: row.definition.version,
            title: row.definition.title.get(tag).to_owned(),
            description: row.definition.description.get(tag).to_owned(),
            stages: row.definition.stages.len(),
            state: row.state.code(),
            published_at: row.published_at.map(|at| at.to_rfc3339()),
            hash: row.hash.chars().take(12).collect(),
            unknown_units: row.unknown_units.join(&signed.text("workflow.and")),
            starts: startable.iter().any(|known| {
                known.definition.id == row.definition.id && known.definition.version == row.definition.version
            }),
        })
        .collect();
    signed.page("pages/workflows", &ListView { workflows, manages })
}

/// Who publishes and retires; the service says the same.
pub const MANAGERS: &[Role] = &[Role::Sysadmin];

/// `POST /workflows/{id}/{version}/publication`.
pub async fn publish(
    signed: Signed,
    Path((id, version)): Path<(String, u32)>,
    _: CsrfForm<Posted>,
) -> Result<Response, PageError> {
    signed
        .app
        .service
        .publish_definition(&signed.caller, &id, version)
        .await?;
    Ok(done("/workflows", "workflow_published"))
}

/// `POST /workflows/{id}/{version}/retirement`.
pub async fn retire(
    signed: Signed,
    Path((id, version)): Path<(String, u32)>,
    _: CsrfForm<Posted>,
) -> Result<Response, PageError> {
    signed
        .app
        .service
        .retire_definition(&signed.caller, &id, version)
        .await?;
    Ok(done("/workflows", "workflow_retired"))
}

/// `GET /workflows/{id}`.
pub async fn show(signed: Signed, Path(id): Path<String>, Query(query): Query<WayQuery>) -> Result<Page, PageError> {
    let tag = signed.locale.tag();
    let service = &signed.app.service;
    let versions = service.versions(service.store().read()).await?;
    let mut of_id = versions.iter().rev().filter(|row| row.definition.id == id);
    let mut definition = match query.version {
        Some(version) => of_id.find(|row| row.definition.version == version),
        None => of_id
            .clone()
            .find(|row| row.state == State::Published)
            .or_else(|| of_id.next()),
    }
    .map(|row| Arc::clone(&row.definition))
    .ok_or(Error::NotFound)?;
    let (mut document, mut stands) = (None, BTreeMap::new());
    if let Some(number) = query.document {
        let (case, frame) = service.open_document(&signed.caller, DocumentId(number)).await?;
        if case.definition.id != id {
            return Err(Error::NotFound.into());
        }
        definition = Arc::clone(&case.definition);
        stands = marks(&signed, &definition, &case.instance, &case.surroundings.facts);
        document = Some(DocumentView {
            id: number,
            title: case.document.title.clone(),
            way: way(
                &signed,
                &definition,
                &case.instance,
                (&case.surroundings.facts, &frame.org),
            ),
        });
    }
    let def = definition.as_ref();
    let fact = |fact: &str| fact_text(&signed, def, fact);
    let option = |fact: &str, value: &str| option_text(&signed, def, fact, value);
    let (not, or) = (signed.text("workflow.not"), signed.text("workflow.or"));
    let words = Words {
        locale: tag,
        fact: &fact,
        option: &option,
        not: &not,
        or: &or,
    };
    let stages = def.stages.iter().enumerate();
    let view = WorkflowView {
        id: def.id.clone(),
        version: def.version,
        title: def.title.get(tag).to_owned(),
        description: def.description.get(tag).to_owned(),
        svg: diagram::svg_marked(def, "workflow-picture", &words, &stands),
        stages: stages
            .map(|(index, stage)| stage_view(&signed, def, (index, stage), &words))
            .collect(),
        ends: def
            .ends
            .iter()
            .map(|end| EndView {
                title: end.title.get(tag).to_owned(),
                description: end.description.get(tag).to_owned(),
            })
            .collect(),
        duties: def.duties.iter().map(|duty| duty_text(&signed, def, duty)).collect(),
        others: versions
            .iter()
            .filter(|row| row.definition.id == id && row.definition.version != def.version)
            .map(|row| OtherView {
                version: row.definition.version,
                from: row.definition.version.min(def.version),
                to: row.definition.version.max(def.version),
            })
            .collect(),
        manages: signed.caller.has_any(MANAGERS),
        simulates: def.document_type == "annual_plan" && signed.caller.has_any(super::simulation::READERS),
        document,
    };
    signed.page("pages/workflow", &view)
}

/// What a fact is called: a field of the form by its label.
pub fn fact_text(visit: &Visit, def: &Definition, fact: &str) -> String {
    match (fact.strip_prefix(form::FACT), def.kind()) {
        (Some(key), Some(kind)) => visit.text(&kind.label(Part::Head, key)),
        _ => visit.text(&format!("fact.{fact}")),
    }
}

/// What a value of a fact is called: a choice of the form by its label, a kind of unit by its name.
pub fn option_text(visit: &Visit, def: &Definition, fact: &str, value: &str) -> String {
    let key = match (fact.strip_prefix(form::FACT), def.kind()) {
        (Some(field), Some(kind)) => kind.option_label(Part::Head, field, value),
        _ => format!("unit_kind.{value}"),
    };
    if visit.app.texts.has(visit.locale, &key) {
        visit.text(&key)
    } else {
        value.to_owned()
    }
}

/// How the stages stand for a paper, for the picture of its way.
fn marks(
    visit: &Visit,
    def: &Definition,
    instance: &Instance,
    facts: &BTreeMap<String, Fact>,
) -> BTreeMap<StageId, diagram::Mark> {
    let mark = |code: &'static str| {
        let word = visit.text(&format!("workflow.standing.{code}"));
        diagram::Mark { code, word }
    };
    // What is not on the paper's way is skipped, the other ends included.
    let stages = def.stages.iter().map(|stage| &stage.id);
    let all = stages.chain(def.ends.iter().map(|end| &end.id));
    let mut marks: BTreeMap<_, _> = all.map(|id| (id.clone(), mark("skipped"))).collect();
    let steps = standing(def, instance, facts);
    marks.extend(steps.into_iter().map(|step| {
        let code = standing_code(&step);
        (step.stage, mark(code))
    }));
    marks
}

/// The code of a standing; a stage that the paper left by a return and comes to again is told apart from one that it
/// has not seen.
fn standing_code(step: &Step) -> &'static str {
    match step.standing {
        Standing::Waiting if step.visits > 0 => "returned",
        other => other.code(),
    }
}

fn titles(visit: &Visit, def: &Definition, stages: &[StageId]) -> String {
    let tag = visit.locale.tag();
    let names: Vec<_> = stages
        .iter()
        .filter_map(|id| def.title_of(id))
        .map(|title| title.get(tag))
        .collect();
    names.join(&visit.text("workflow.and"))
}

fn stage_view(visit: &Visit, def: &Definition, (index, stage): (usize, &Stage), words: &Words) -> StageView {
    let tag = visit.locale.tag();
    StageView {
        id: stage.id.to_string(),
        place: index + 1,
        title: stage.title.get(tag).to_owned(),
        description: stage.description.get(tag).to_owned(),
        kind: match stage.kind {
            StageKind::Work => "work",
            StageKind::Review => "review",
            StageKind::Auto => "auto",
        },
        seats: stage.seats.iter().map(|rule| seat_text(visit, def, rule)).collect(),
        policy: policy_text(visit, stage),
        limit: stage.limit,
        consent: stage.on_timeout == OnTimeout::Consent,
        wait: stage.wait,
        routes: stage
            .next
            .iter()
            .map(|route| RouteView {
                guard: route.when.as_ref().map(|guard| words.guard(guard)),
                to: def
                    .title_of(&route.to)
                    .map_or_else(String::new, |title| title.get(tag).to_owned()),
            })
            .collect(),
        returns: titles(visit, def, &stage.returns),
        resume: match (stage.resume, stage.reopen) {
            (Resume::Replay, _) => "replay",
            (Resume::Affected, _) => "affected",
            (Resume::Direct, Reopen::All) => "direct",
            (Resume::Direct, Reopen::Returner) => "returner",
        },
        withdraw: stage.withdraw,
    }
}

/// How a round passes, where more than one seat can be asked.
fn policy_text(visit: &Visit, stage: &Stage) -> String {
    let several = stage.seats.len() > 1 || stage.seats.iter().any(|rule| rule.each || rule.count > 1);
    match stage.policy {
        _ if !several => String::new(),
        Policy::All => visit.text("workflow.policy.all"),
        Policy::Any => visit.text("workflow.policy.any"),
        Policy::AtLeast { num, den } => {
            let (num, den) = (num.to_string(), den.to_string());
            visit.text_with("workflow.policy.at_least", &[("num", &num), ("den", &den)])
        }
    }
}

fn seat_text(visit: &Visit, def: &Definition, rule: &SeatRule) -> String {
    let role = |role: duban_core::org::Role| visit.text(&format!("role.{}", role.code()));
    let party = party_text(visit, def, &rule.party);
    let own = role(rule.role);
    // Where a unit has one post of its own kind, both are called the same.
    let mut text = if party == own {
        own
    } else {
        visit.text_with("workflow.seat", &[("party", &party), ("role", &own)])
    };
    if rule.count > 1 {
        text += &visit.text_with("workflow.seat_count", &[("number", &rule.count.to_string())]);
    }
    if rule.each {
        text += &visit.text("workflow.seat_each");
    }
    if !rule.fallback.is_empty() {
        let others: Vec<_> = rule.fallback.iter().map(|code| role(*code)).collect();
        let others = others.join(&visit.text("workflow.then"));
        text += &visit.text_with("workflow.seat_fallback", &[("roles", &others)]);
    }
    text
}

/// A list of units in words: the usual ones by their text, those of a form by its field or the unit's name.
fn party_text(visit: &Visit, def: &Definition, party: &str) -> String {
    if let Some(name) = party.strip_prefix(form::UNIT_PARTY) {
        return name.to_owned();
    }
    match (party.strip_prefix(form::FIELD_PARTY), def.kind()) {
        (Some(key), Some(kind)) => {
            let label = visit.text(&kind.label(Part::Head, key));
            visit.text_with("party.field", &[("field", &label)])
        }
        _ => visit.text(&format!("party.{party}")),
    }
}

fn duty_text(visit: &Visit, def: &Definition, duty: &Duty) -> String {
    let stages = titles(visit, def, duty.stages());
    match duty {
        Duty::NotOfUnit { party, .. } => {
            let party = party_text(visit, def, party);
            visit.text_with("workflow.duty.not_of_unit", &[("party", &party), ("stages", &stages)])
        }
        Duty::Different { .. } => visit.text_with("workflow.duty.different", &[("stages", &stages)]),
    }
}

/// One step of a paper's way, for `partials/way`.
#[derive(Debug, Serialize)]
pub struct StepView {
    stage: String,
    standing: &'static str,
    /// Civil date on which the stage was passed.
    on: Option<String>,
    /// Last day of the time limit, while the paper is here.
    due: Option<String>,
    /// Who answers, while the paper is here.
    waiting: String,
    /// Seats that have answered and seats there are, where there is more than one.
    answered: Option<(usize, usize)>,
    visits: usize,
}

/// Where a paper stands on its way, with the names of whom it waits for.
pub fn way(
    visit: &Visit,
    def: &Definition,
    instance: &Instance,
    (facts, org): (&BTreeMap<String, Fact>, &Organisation),
) -> Vec<StepView> {
    let tag = visit.locale.tag();
    let steps = standing(def, instance, facts).into_iter();
    // A stage the paper never comes to is not part of its way; the definition's own picture shows it.
    let steps = steps.filter(|step| step.standing != Standing::Skipped || step.visits > 0);
    steps
        .map(|step| {
            let round = step.round.and_then(|no| instance.round(no));
            let here = step.standing == Standing::Current;
            let seats = round.map_or(&[][..], |round| &round.seats);
            let answered = seats
                .iter()
                .filter(|seat| seat.is_yes() || seat.state == SeatState::Returned)
                .count();
            let waiting = seats.iter().filter(|seat| here && seat.is_undecided());
            let mut units: Vec<_> = waiting.map(|seat| org.unit_name(seat.unit)).collect();
            units.dedup();
            StepView {
                stage: def
                    .title_of(&step.stage)
                    .map_or_else(String::new, |title| title.get(tag).to_owned()),
                standing: standing_code(&step),
                on: round
                    .filter(|_| step.standing == Standing::Done)
                    .and_then(|round| round.closed)
                    .map(|at| at.day.to_string()),
                due: round
                    .filter(|_| here)
                    .and_then(|round| round.due_on)
                    .map(|day| day.to_string()),
                waiting: units.join(&visit.text("workflow.and")),
                answered: (here && seats.len() > 1).then_some((answered, seats.len())),
                visits: step.visits,
            }
        })
        .collect()
}
