//! What the page of a reading shows: doubts first, then everything that was found with the words it was found in.

use super::amendment::AmendingView;
use super::indicators::{IndicatorRow, indicators};
use super::{Typed, proposed_lead};
use crate::extract::Signed;
use duban_core::notice::{Place, Role, Task};
use duban_core::org::UnitKind;
use duban_core::reason::Reason;
use duban_service::FieldProblem;
use duban_service::notice::{Reading, Target};
use serde::Serialize;
use std::collections::BTreeMap;

/// How much of the text is quoted around a doubt, in characters.
const QUOTE: usize = 60;

#[derive(Serialize)]
pub(super) struct ReadingView {
    text: String,
    lines: Vec<SourceLine>,
    command: String,
    problems: Vec<FieldProblem>,
    head: Head,
    counts: Counts,
    doubts: Vec<Doubt>,
    open_names: Vec<Name>,
    known_names: Vec<Name>,
    tasks: Vec<TaskRow>,
    indicators: Vec<IndicatorRow>,
    campaign: CampaignForm,
    opened: Option<Opened>,
    /// Where the form leads.
    action: String,
    /// The key of what the page is called.
    heading: &'static str,
    /// What it changes, when it amends a campaign.
    amending: Option<AmendingView>,
}

#[derive(Serialize)]
struct Head {
    title: String,
    issuer: String,
    number: String,
    dated: String,
}

#[derive(Serialize)]
struct Counts {
    tasks: usize,
    names: usize,
    indicators: usize,
    doubts: usize,
    plans: usize,
}

/// A line of the text with what was found in it.
#[derive(Serialize)]
struct SourceLine {
    number: u32,
    text: String,
    /// Where the task that begins here is shown; empty when none does.
    task: String,
    /// Doubts that have their place here, by their position in the list.
    doubts: Vec<usize>,
}

#[derive(Serialize)]
struct Doubt {
    at: usize,
    reason: Reason,
    note: bool,
    line: Option<u32>,
    quote: String,
    /// What the reader proposes to put there.
    fix: String,
    anchor: String,
}

#[derive(Serialize)]
struct Name {
    at: usize,
    name: String,
    collective: bool,
    tasks: String,
    near: Vec<Choice>,
    rosters: Vec<Choice>,
    units: Vec<Choice>,
    out: bool,
    /// It becomes a unit of this name and kind.
    new: bool,
    unit: String,
    kinds: Vec<Choice>,
    open: bool,
    remember: bool,
    why: String,
    problem: Option<Reason>,
}

#[derive(Clone, Serialize)]
struct Choice {
    value: String,
    label: String,
    selected: bool,
}

#[derive(Serialize)]
struct TaskRow {
    at: usize,
    /// The line it begins on.
    line: u32,
    number: String,
    section: String,
    title: String,
    text: String,
    deadline: String,
    due: String,
    units: Vec<UnitChip>,
    leads: Vec<Choice>,
    problem: Option<Reason>,
}

#[derive(Serialize)]
struct UnitChip {
    name: String,
    role: Role,
    collective: bool,
}

#[derive(Serialize)]
struct CampaignForm {
    year: String,
    title: String,
    plan_due: String,
    posts: Vec<Post>,
}

#[derive(Serialize)]
struct Post {
    field: &'static str,
    units: Vec<Choice>,
}

#[derive(Serialize)]
struct Opened {
    id: i64,
    year: i32,
}

impl ReadingView {
    /// The view of a reading; `typed` is what a form that comes back held, empty the first time.
    pub(super) fn new(
        signed: &Signed,
        text: &str,
        reading: &Reading,
        typed: &Typed,
        problems: Vec<FieldProblem>,
    ) -> Self {
        let notice = &reading.notice;
        let value = |field: &str, otherwise: String| typed.get(field).cloned().unwrap_or(otherwise);
        let source: Vec<Vec<char>> = duban_core::notice::lines(text)
            .iter()
            .map(|line| {
                let margin = usize::try_from(line.column).unwrap_or(0);
                std::iter::repeat_n(' ', margin).chain(line.text.chars()).collect()
            })
            .collect();
        let names: Vec<Name> = (0..reading.names.len())
            .map(|at| name(reading, at, typed, &problems))
            .collect();
        let (open_names, known_names): (Vec<Name>, Vec<Name>) = names.into_iter().partition(|name| name.open);
        let doubts = doubts(reading, &source);
        let lines = lines(reading, &source, &doubts);
        let proposed = &reading.proposed;
        let year = value("year", proposed.year.to_string());
        let title = notice.title.clone().unwrap_or_default();
        let campaign_title = signed.text_with("notice.campaign_default", &[("title", &title), ("year", &year)]);
        Self {
            text: text.to_owned(),
            lines,
            command: typed
                .get("command")
                .cloned()
                .unwrap_or_else(|| uuid::Uuid::now_v7().to_string()),
            head: Head {
                title: value("title", title),
                issuer: value("issuer", notice.issuer.clone().unwrap_or_default()),
                number: value("number", notice.doc_number.clone().unwrap_or_default()),
                dated: value(
                    "dated",
                    notice.issued_on.map_or_else(String::new, |day| day.to_string()),
                ),
            },
            counts: Counts {
                tasks: notice.tasks.len(),
                names: reading.names.len(),
                indicators: notice.indicators.len(),
                doubts: doubts.iter().filter(|doubt| !doubt.note).count() + open_names.len(),
                plans: plans(reading, signed.caller.today),
            },
            doubts,
            tasks: tasks(reading, typed, &problems),
            indicators: indicators(&notice.indicators, &source, typed),
            campaign: CampaignForm {
                title: value("campaign_title", campaign_title),
                plan_due: value("plan_due", proposed.plan_due.to_string()),
                posts: [
                    ("coordinator", proposed.coordinator),
                    ("office", proposed.office),
                    ("leadership", proposed.leadership),
                    ("inspection", proposed.inspection),
                ]
                .into_iter()
                .map(|(field, unit)| {
                    let chosen = value(field, unit.map_or_else(String::new, |unit| unit.to_string()));
                    let units = reading.units.values();
                    Post {
                        field,
                        units: units
                            .map(|unit| Choice {
                                value: unit.id.to_string(),
                                label: unit.name.clone(),
                                selected: unit.id.to_string() == chosen,
                            })
                            .collect(),
                    }
                })
                .collect(),
                year,
            },
            opened: reading.opened.map(|(id, year)| Opened { id: id.0, year }),
            action: "/admin/notices".to_owned(),
            heading: "notice.check",
            amending: None,
            open_names,
            known_names,
            problems,
        }
    }
}

impl ReadingView {
    /// The same for another version of a campaign's notice.
    pub(super) fn amending(self, amending: AmendingView) -> Self {
        Self {
            action: format!("/campaigns/{}/amendment", amending.id),
            heading: "amendment.check",
            amending: Some(amending),
            ..self
        }
    }
}

/// How many plans the matches as found would open.
fn plans(reading: &Reading, today: chrono::NaiveDate) -> usize {
    let mut units = std::collections::BTreeSet::new();
    for found in &reading.names {
        match found.matched {
            Some(Target::Unit(unit)) => {
                units.insert(unit);
            }
            Some(Target::Roster(id)) => {
                units.extend(
                    reading
                        .rosters
                        .get(&id)
                        .map(|roster| roster.members_on(today))
                        .unwrap_or_default(),
                );
            }
            None => {}
        }
    }
    units.len()
}

fn problem_of(problems: &[FieldProblem], field: &str) -> Option<Reason> {
    problems
        .iter()
        .find(|problem| problem.field == field)
        .map(|problem| problem.reason.clone())
}

fn value_of(target: Target) -> String {
    match target {
        Target::Unit(unit) => format!("unit-{unit}"),
        Target::Roster(id) => format!("roster-{id}"),
    }
}

/// The kinds a new unit may have; the label is the code, the page has the words.
fn kinds(chosen: Option<&String>) -> Vec<Choice> {
    let kinds = UnitKind::ALL.into_iter().filter(|kind| *kind != UnitKind::Government);
    kinds
        .map(|kind| Choice {
            value: kind.code().to_owned(),
            label: kind.code().to_owned(),
            selected: chosen.is_some_and(|chosen| chosen == kind.code()),
        })
        .collect()
}

fn name(reading: &Reading, at: usize, typed: &Typed, problems: &[FieldProblem]) -> Name {
    let found = &reading.names[at];
    let field = format!("name-{at}");
    let chosen = typed
        .get(&field)
        .cloned()
        .unwrap_or_else(|| found.matched.map_or_else(String::new, value_of));
    let choice = |target: Target, label: &str| Choice {
        value: value_of(target),
        label: label.to_owned(),
        selected: value_of(target) == chosen,
    };
    let unit = |id| {
        reading
            .units
            .get(id)
            .map(|unit| choice(Target::Unit(unit.id), &unit.name))
    };
    let numbers: Vec<&str> = found
        .tasks
        .iter()
        .filter_map(|at| reading.notice.tasks.get(*at))
        .map(|task| task.number.as_str())
        .collect();
    let problem = problem_of(problems, &field);
    Name {
        at,
        name: found.name.clone(),
        collective: found.collective,
        tasks: numbers.join("、"),
        near: found.nearest.iter().filter_map(unit).collect(),
        rosters: reading
            .rosters
            .iter()
            .map(|(id, roster)| choice(Target::Roster(*id), &roster.name))
            .collect(),
        // A unit stands once in the list: those that come nearest stand above.
        units: reading
            .units
            .keys()
            .filter(|id| !found.nearest.contains(id))
            .filter_map(unit)
            .collect(),
        out: chosen == "out",
        new: chosen == "new",
        unit: typed.get(&format!("unit-{at}")).unwrap_or(&found.name).clone(),
        kinds: kinds(typed.get(&format!("kind-{at}"))),
        open: found.matched.is_none() || problem.is_some(),
        remember: typed.is_empty() || typed.contains_key(&format!("remember-{at}")),
        why: typed.get(&format!("why-{at}")).cloned().unwrap_or_default(),
        problem,
    }
}

/// The words of a place that lies on one line, or the beginning of one that goes on.
pub(super) fn quote(source: &[Vec<char>], place: Place, limit: usize) -> String {
    let at = |number: u32| usize::try_from(number).unwrap_or(usize::MAX);
    let Some(line) = at(place.line).checked_sub(1).and_then(|line| source.get(line)) else {
        return String::new();
    };
    let start = at(place.start).min(line.len());
    let end = if place.end_line == place.line {
        at(place.end).min(line.len())
    } else {
        line.len()
    };
    let words = &line[start..end.max(start)];
    let cut: String = words.iter().take(limit).collect();
    if words.len() > limit { format!("{cut}…") } else { cut }
}

fn doubts(reading: &Reading, source: &[Vec<char>]) -> Vec<Doubt> {
    let tasks = &reading.notice.tasks;
    let of = |(at, found): (usize, &duban_core::notice::Diagnostic)| {
        let code = serde_json::to_value(found.code).ok();
        let code = code.as_ref().and_then(|code| code.as_str()).unwrap_or_default();
        let mut reason = Reason::new(&format!("doubt_{code}"));
        reason.args.clone_from(&found.args);
        let task = found.place.and_then(|place| {
            tasks
                .iter()
                .position(|task| task.place.line <= place.line && place.line <= task.place.end_line)
        });
        Doubt {
            at,
            reason,
            note: found.severity == duban_core::notice::Severity::Note,
            line: found.place.map(|place| place.line),
            quote: found
                .place
                .map_or_else(String::new, |place| quote(source, place, QUOTE)),
            fix: found.fix.clone().unwrap_or_default(),
            anchor: task.map_or_else(String::new, |at| format!("#task-{at}")),
        }
    };
    reading.notice.diagnostics.iter().enumerate().map(of).collect()
}

/// The text by lines, blank ones left out.
fn lines(reading: &Reading, source: &[Vec<char>], doubts: &[Doubt]) -> Vec<SourceLine> {
    let mut begin: BTreeMap<u32, usize> = BTreeMap::new();
    for (at, task) in reading.notice.tasks.iter().enumerate() {
        begin.entry(task.place.line).or_insert(at);
    }
    let mut doubted: BTreeMap<u32, Vec<usize>> = BTreeMap::new();
    for doubt in doubts {
        if let Some(line) = doubt.line {
            doubted.entry(line).or_default().push(doubt.at);
        }
    }
    let numbered = source.iter().zip(1_u32..);
    numbered
        .map(|(words, number)| SourceLine {
            number,
            text: words.iter().collect::<String>().trim().to_owned(),
            task: begin.get(&number).map_or_else(String::new, |at| format!("#task-{at}")),
            doubts: doubted.remove(&number).unwrap_or_default(),
        })
        .filter(|line| !line.text.is_empty())
        .collect()
}

fn tasks(reading: &Reading, typed: &Typed, problems: &[FieldProblem]) -> Vec<TaskRow> {
    let mut section: Option<&str> = None;
    let rows = reading.notice.tasks.iter().enumerate().map(|(at, task)| {
        let own = task.section.as_deref();
        let shown = if own == section { "" } else { own.unwrap_or_default() };
        section = own;
        task_row(at, task, shown, typed, problems)
    });
    rows.collect()
}

fn task_row(at: usize, task: &Task, section: &str, typed: &Typed, problems: &[FieldProblem]) -> TaskRow {
    let field = format!("lead-{at}");
    let proposed = proposed_lead(task).unwrap_or_default();
    let chosen = typed.get(&field).map_or(proposed, String::as_str);
    TaskRow {
        at,
        line: task.place.line,
        number: task.number.clone(),
        section: section.to_owned(),
        title: task.title.clone(),
        text: task.text.clone(),
        deadline: task.deadline.as_ref().map_or_else(String::new, |one| one.text.clone()),
        due: typed.get(&format!("due-{at}")).cloned().unwrap_or_else(|| {
            let day = task.deadline.as_ref().and_then(|one| one.date);
            day.map_or_else(String::new, |day| day.to_string())
        }),
        units: task
            .units
            .iter()
            .map(|unit| UnitChip {
                name: unit.name.clone(),
                role: unit.role,
                collective: unit.collective,
            })
            .collect(),
        leads: task
            .units
            .iter()
            .filter(|unit| !unit.collective)
            .map(|unit| Choice {
                value: unit.name.clone(),
                label: unit.name.clone(),
                selected: unit.name == chosen,
            })
            .collect(),
        problem: problem_of(problems, &field),
    }
}
