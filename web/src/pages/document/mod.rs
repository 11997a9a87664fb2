//! One paper: for whoever may write in it the task list and its editors, for everybody else the review page.
//!
//! - [`start`]: a new one;
//! - [`tasks`], [`line`], [`check`]: writing;
//! - [`review`], [`difference`], [`decision`], [`acting`]: deciding;
//! - [`revision`]: a frozen revision;
//! - [`fields`], [`reading`]: fields as forms and as text.

pub mod acting;
pub mod ahead;
pub mod check;
pub mod clocks;
pub mod decision;
pub mod derivation;
pub mod difference;
pub mod fields;
pub mod line;
pub mod reading;
pub mod review;
pub mod revision;
pub mod start;
pub mod tasks;
mod whom;

use crate::error::PageError;
use crate::extract::Signed;
use crate::visit::{Page, Visit};
use axum::extract::{Path, Query};
use chrono::NaiveDate;
use duban_core::document::content::{Content, Place};
use duban_core::document::field::{DocumentType, Part};
use duban_core::document::trail::{Entry, Verb};
use duban_core::document::validate::Problem;
use duban_core::id::DocumentId;
use duban_core::org::Actor;
use duban_core::reason::Reason;
use duban_core::workflow::{Addressee, Mark, SeatState};
use duban_service::paper::Paper;
use serde::Serialize;

/// What stands over every page of a paper.
#[derive(Debug, Serialize)]
pub struct HeaderView {
    id: i64,
    title: String,
    kind: String,
    unit: String,
    /// What people call this kind of paper, when its form comes with its workflow.
    form: Option<String>,
    coverage: bool,
    campaign: Option<CampaignView>,
    stage: String,
    stage_description: String,
    status: &'static str,
    light: &'static str,
    due: DueView,
    /// How the last day came about, in words; empty when there is nothing to tell.
    derivation: String,
    visits: usize,
    definition: String,
    /// Stages that two people passed over because there was nobody: said on every page of the paper, and in print.
    passed_over: Vec<PassedOverView>,
}

#[derive(Debug, Serialize)]
struct PassedOverView {
    stage: String,
    asked: String,
    confirmed: String,
    reason: String,
}

#[derive(Debug, Serialize)]
struct CampaignView {
    id: i64,
    title: String,
}

/// A last day and how far away it is, in working days.
#[derive(Debug, Default, Serialize)]
pub struct DueView {
    /// The day, ISO 8601; empty when there is none.
    pub on: String,
    /// `none`, `left`, `today` or `over`: the last part of the text key below `due`.
    pub state: &'static str,
    /// Working days left or over.
    pub count: i64,
    /// True when the day lies in a year whose holidays are not known yet.
    pub about: bool,
}

impl DueView {
    /// The view of `due` on `today`.
    pub fn new(due: Option<NaiveDate>, today: NaiveDate, calendar: &duban_core::calendar::Calendar) -> Self {
        let Some(due) = due else {
            return Self {
                state: "none",
                ..Self::default()
            };
        };
        let last = calendar.on_or_after(due);
        let count = calendar.between(today, last);
        let state = match () {
            () if today > last => "over",
            () if count == 0 => "today",
            () => "left",
        };
        Self {
            on: due.to_string(),
            state,
            count: count.abs(),
            about: calendar.is_provisional(last),
        }
    }
}

/// The header of `paper` for this visit.
pub fn header(visit: &Visit, paper: &Paper) -> HeaderView {
    let locale = visit.locale.tag();
    let stage = paper.definition.stage(&paper.instance.stage);
    let end = paper.definition.end(&paper.instance.stage);
    let description = stage.map(|s| &s.description).or(end.map(|e| &e.description));
    let visits = paper
        .instance
        .rounds
        .iter()
        .filter(|r| r.stage == paper.instance.stage)
        .count();
    HeaderView {
        id: paper.id.0,
        title: paper.title.clone(),
        kind: paper.kind().code.clone(),
        unit: paper.org.unit_name(paper.unit),
        form: paper
            .definition
            .form
            .as_ref()
            .map(|_| paper.definition.title.get(locale).to_owned()),
        coverage: paper.demand.is_any(),
        campaign: paper.campaign.as_ref().map(|(id, title)| CampaignView {
            id: id.0,
            title: title.clone(),
        }),
        stage: places(visit, paper),
        stage_description: description.map_or_else(String::new, |text| text.get(locale).to_owned()),
        status: paper.instance.status().code(),
        light: paper.light().code(),
        due: DueView::new(paper.current_due(), paper.at.day, &paper.calendar),
        derivation: paper.derivation().map_or_else(String::new, |told| {
            derivation::words(&visit.app.texts, visit.locale, &told)
        }),
        visits,
        definition: paper.instance.definition.clone(),
        passed_over: passed_over(visit, paper),
    }
}

fn passed_over(visit: &Visit, paper: &Paper) -> Vec<PassedOverView> {
    let rounds = paper.instance.rounds.iter();
    let views = rounds.filter_map(|round| {
        let over = round.overridden.as_ref()?;
        let confirmed = over.confirmed_by.as_ref()?;
        Some(PassedOverView {
            stage: stage_title(visit, paper, &round.stage),
            asked: paper.org.person_name(over.asked_by.person),
            confirmed: paper.org.person_name(confirmed.person),
            reason: over.reason.clone(),
        })
    });
    views.collect()
}

/// Where the paper is: the stages of its open rounds, or the end that it reached.
fn places(visit: &Visit, paper: &Paper) -> String {
    let mut places = paper.instance.places();
    places.dedup();
    if places.is_empty() {
        places.push(&paper.instance.stage);
    }
    let titles: Vec<_> = places
        .into_iter()
        .map(|stage| stage_title(visit, paper, stage))
        .collect();
    titles.join(&visit.text("workflow.and"))
}

/// The title of a stage or end in the reader's language.
pub fn stage_title(visit: &Visit, paper: &Paper, stage: &duban_core::workflow::StageId) -> String {
    let title = paper.definition.title_of(stage);
    title.map_or_else(|| stage.to_string(), |text| text.get(visit.locale.tag()).to_owned())
}

/// Somebody who did something, in which post, for whom.
#[derive(Debug, Serialize)]
pub struct ActorView {
    name: String,
    unit: String,
    role: &'static str,
    on_behalf_of: Option<String>,
}

fn actor_view(paper: &Paper, actor: &Actor) -> ActorView {
    ActorView {
        name: paper.org.person_name(actor.person),
        unit: paper.org.unit_name(actor.unit),
        role: actor.role.code(),
        on_behalf_of: actor.on_behalf_of.map(|(_, person)| paper.org.person_name(person)),
    }
}

/// A post, and the person who is meant when one is, as somebody.
fn post_view(paper: &Paper, post: Addressee) -> ActorView {
    ActorView {
        name: post
            .person
            .map_or_else(String::new, |person| paper.org.person_name(person)),
        unit: paper.org.unit_name(post.unit),
        role: post.role.code(),
        on_behalf_of: None,
    }
}

/// One entry of the history.
#[derive(Debug, Serialize)]
pub struct EntryView {
    seq: u32,
    at: String,
    verb: &'static str,
    tone: &'static str,
    actor: Option<ActorView>,
    stage: String,
    revision: Option<u32>,
    note: String,
    to: String,
    /// The last day that was asked for or granted, ISO 8601; empty for other acts.
    until: String,
    marks: Vec<MarkView>,
    units: String,
}

/// A remark with the place it is about.
#[derive(Debug, Serialize)]
pub struct MarkView {
    /// Title of the line.
    pub line: String,
    /// Locale key of the field's label; empty when it is about the whole line.
    pub field: String,
    /// Where to mend it; empty for those who cannot.
    pub href: String,
    /// The remark.
    pub text: String,
}

/// The history of `paper`, newest first.
pub fn history(visit: &Visit, paper: &Paper, content: &Content) -> Vec<EntryView> {
    paper
        .history
        .iter()
        .rev()
        .map(|entry| entry_view(visit, paper, entry, content))
        .collect()
}

fn entry_view(visit: &Visit, paper: &Paper, entry: &Entry, content: &Content) -> EntryView {
    let tone = match entry.verb {
        Verb::Returned | Verb::Rejected | Verb::Terminated | Verb::Blocked => "bad",
        Verb::Approved | Verb::Consented | Verb::Ended => "good",
        _ => "plain",
    };
    let units: Vec<_> = entry.units.iter().map(|unit| paper.org.unit_name(*unit)).collect();
    EntryView {
        seq: entry.seq,
        at: entry.at.now.to_rfc3339(),
        verb: entry.verb.code(),
        tone,
        actor: entry.actor.as_ref().map(|actor| actor_view(paper, actor)),
        stage: entry
            .stage
            .as_ref()
            .map_or_else(String::new, |stage| stage_title(visit, paper, stage)),
        revision: entry.revision.map(|no| no.0),
        note: entry.note.clone(),
        to: entry
            .to
            .as_ref()
            .map_or_else(String::new, |stage| stage_title(visit, paper, stage)),
        until: entry.until.map_or_else(String::new, |day| day.to_string()),
        marks: entry.marks.iter().map(|mark| mark_view(paper, content, mark)).collect(),
        units: units.join("、"),
    }
}

/// A remark as shown; linked to the field for whoever may mend it.
pub fn mark_view(paper: &Paper, content: &Content, mark: &Mark) -> MarkView {
    MarkView {
        line: line_title(paper.kind(), content, mark.place.line),
        field: label_of(paper, &mark.place),
        href: if paper.is_editable() {
            href_of(paper.id, &mark.place)
        } else {
            String::new()
        },
        text: mark.text.clone(),
    }
}

/// The number and title of a line; empty for the head.
pub fn line_title(kind: &DocumentType, content: &Content, line: Option<u32>) -> String {
    let Some(line) = line.and_then(|id| content.line(id)) else {
        return String::new();
    };
    let (number, title) = (line.field("number"), kind.heading(line));
    if number.is_empty() {
        title.to_owned()
    } else {
        format!("{number}. {title}")
    }
}

/// The locale key of the label of the field at a place; empty when the place is no field.
fn label_of(paper: &Paper, place: &Place) -> String {
    let part = match (place.line, place.item) {
        (None, _) => Part::Head,
        (Some(_), None) => Part::Line,
        (Some(_), Some(_)) => Part::Item,
    };
    let known = place
        .field
        .as_deref()
        .filter(|key| paper.kind().field(part, key).is_some());
    known.map_or_else(String::new, |key| paper.kind().label(part, key))
}

/// Where a place is edited.
pub fn href_of(document: DocumentId, place: &Place) -> String {
    let page = match place.line {
        Some(line) => format!("/documents/{document}/lines/{line}"),
        None if place.field.is_some() => format!("/documents/{document}/head"),
        None => format!("/documents/{document}"),
    };
    match (&place.field, place.item) {
        (Some(_), _) => format!("{page}#field-{}", fields::name_of(place)),
        (None, Some(item)) => format!("{page}#item-{item}"),
        (None, None) => page,
    }
}

/// A problem with the place it is about and a link to mend it.
#[derive(Debug, Serialize)]
pub struct ProblemView {
    line: String,
    reason: Reason,
    href: String,
}

/// Problems as shown, in their order.
pub fn problem_views(paper: &Paper, content: &Content, problems: &[Problem]) -> Vec<ProblemView> {
    problems
        .iter()
        .map(|problem| ProblemView {
            line: line_title(paper.kind(), content, problem.place.line),
            reason: problem.reason.clone(),
            href: if paper.is_editable() {
                href_of(paper.id, &problem.place)
            } else {
                String::new()
            },
        })
        .collect()
}

/// The problems of one line together.
#[derive(Debug, Serialize)]
pub struct ProblemGroup {
    line: String,
    problems: Vec<ProblemView>,
}

/// Problems as shown, those of one line together, so that its title is read once.
pub fn problem_groups(paper: &Paper, content: &Content, problems: &[Problem]) -> Vec<ProblemGroup> {
    let mut groups: Vec<ProblemGroup> = Vec::new();
    for problem in problem_views(paper, content, problems) {
        match groups.last_mut() {
            Some(group) if group.line == problem.line => group.problems.push(problem),
            _ => groups.push(ProblemGroup {
                line: problem.line.clone(),
                problems: vec![problem],
            }),
        }
    }
    groups
}

/// One seat that still awaits an answer.
#[derive(Debug, Serialize)]
pub struct SeatView {
    unit: String,
    role: &'static str,
    holders: String,
    since: String,
    due: DueView,
    blocked: Vec<Reason>,
    mine: bool,
}

impl SeatView {
    /// True when the reader could answer from it.
    pub fn is_mine(&self) -> bool {
        self.mine
    }
}

/// Who else waits: the undecided seats of the open round.
pub fn open_seats(paper: &Paper) -> Vec<SeatView> {
    paper
        .instance
        .open_seats()
        .into_iter()
        .map(|seat| {
            let holders = paper.org.holders(seat.unit, seat.role, paper.at.day);
            let names: Vec<_> = holders
                .into_iter()
                .map(|person| paper.org.person_name(person))
                .collect();
            SeatView {
                unit: paper.org.unit_name(seat.unit),
                role: seat.role.code(),
                holders: names.join("、"),
                since: seat.opened.now.to_rfc3339(),
                // The day that counts for all stands in the header.
                due: DueView::new(
                    seat.due_on.filter(|due| Some(*due) != paper.current_due()),
                    paper.at.day,
                    &paper.calendar,
                ),
                blocked: if seat.state == SeatState::Blocked {
                    seat.why.clone()
                } else {
                    Vec::new()
                },
                mine: paper.offers.iter().any(|offer| offer.seat == Some(seat.no)),
            }
        })
        .collect()
}

/// The names of the units that a field of `paper` may name, in order.
pub fn unit_names(paper: &Paper) -> Vec<String> {
    let units = paper.org.units.values().filter(|unit| unit.exists_on(paper.at.day));
    units.map(|unit| unit.name.clone()).collect()
}

/// A fresh number for a command; the form that carries it does its act once.
pub fn fresh_command() -> String {
    uuid::Uuid::now_v7().to_string()
}

/// `GET /documents/{id}`: the task list for whoever may write in it now, the review page for everybody else.
pub async fn show(
    signed: Signed,
    Path(id): Path<DocumentId>,
    Query(query): Query<review::ReviewQuery>,
) -> Result<Page, PageError> {
    let paper = signed.app.service.paper(&signed.caller, id).await?;
    if paper.is_editable() && !query.is_reading() {
        return tasks::page(&signed, &paper);
    }
    review::page(&signed, &paper, &query, decision::Bar::default()).await
}
