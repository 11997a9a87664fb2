//! `/admin/reminders/rules/{id}`: changing a rule by a form. The next runs are shown before anything is kept.

use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::pages::reminders::rule_title;
use crate::visit::{Page, done};
use axum::extract::Path;
use axum::response::{IntoResponse, Response};
use chrono::{NaiveDate, NaiveTime};
use duban_core::org::Role;
use duban_core::reason::Reason;
use duban_core::reminder::{CatchUp, Delivery, Recipient, Rule, Rung, Step, Watch};
use duban_core::workflow::StageKind;
use duban_service::reminder::RuleState;
use duban_service::{Error, FieldProblem};
use serde::Serialize;
use std::collections::BTreeMap;

/// Who reaches these pages.
pub const EDITORS: &[Role] = &[Role::Sysadmin, Role::Office];
/// Rows for rungs beyond those that are there.
const SPARE: usize = 2;
/// The most rungs that a form may bring.
const MOST: usize = 20;
/// How many of the next runs are shown.
const SHOWN: usize = 5;
const STEPS: [&str; 5] = ["opened", "before", "on", "after", "every"];
const RECIPIENTS: [Recipient; 4] = [Recipient::CanAct, Recipient::Deputy, Recipient::Head, Recipient::Leader];

#[derive(Serialize)]
struct RuleFormView {
    id: String,
    title: String,
    watch: &'static str,
    at: String,
    single: bool,
    mutable: bool,
    /// The stages it may be for; empty for a rule that is not about stages.
    stages: Vec<StageView>,
    /// What people call the one stage it is for; none for all.
    stage: Option<String>,
    catch_ups: Vec<ChoiceView>,
    catch_up: &'static str,
    window: u32,
    rungs: Vec<RowView>,
    looked: bool,
    runs: Vec<RunView>,
    edits: Vec<EditView>,
    changed: bool,
    problems: Vec<FieldProblem>,
}

#[derive(Serialize)]
struct RowView {
    no: usize,
    steps: Vec<ChoiceView>,
    days: String,
    every: String,
    to: Vec<ChoiceView>,
}

#[derive(Serialize)]
struct StageView {
    code: String,
    title: String,
    chosen: bool,
}

#[derive(Serialize)]
struct ChoiceView {
    code: &'static str,
    chosen: bool,
}

#[derive(Serialize)]
struct RunView {
    day: NaiveDate,
    time: String,
    people: usize,
}

#[derive(Serialize)]
struct EditView {
    at: String,
    by: String,
    reset: bool,
}

type Fields = BTreeMap<String, String>;

/// `GET /admin/reminders/rules/{id}`.
pub async fn show(signed: Signed, Path(id): Path<String>) -> Result<Page, PageError> {
    let state = state(&signed, &id).await?;
    let rule = state.rule.clone();
    page(&signed, state, &rule, None, Vec::new()).await
}

/// `POST /admin/reminders/rules/{id}`: shows the next runs, or keeps the rule when they have been seen.
pub async fn submit(
    signed: Signed,
    Path(id): Path<String>,
    CsrfForm(form): CsrfForm<Fields>,
) -> Result<Response, PageError> {
    let state = state(&signed, &id).await?;
    let service = &signed.app.service;
    let (rule, mut problems) = read(&state.rule, &form);
    let known = stages(&signed, &rule);
    // A stage that has gone from all workflows since the rule was written may stay; no new one is made up.
    if let Some(stage) = &rule.stage
        && state.rule.stage != rule.stage
        && !known.contains_key(stage)
    {
        problems.push(FieldProblem::new("stage", "rule_never_fires"));
    }
    let looked = match service.preview_rule(&signed.caller, &rule, SHOWN).await {
        Ok(runs) => Some(runs),
        Err(Error::Invalid(found)) => {
            problems.extend(found);
            None
        }
        Err(other) => return Err(other.into()),
    };
    if problems.is_empty() && form.get("act").is_some_and(|act| act == "save") {
        service.change_rule(&signed.caller, &id, Some(rule)).await?;
        return Ok(done("/admin/reminders#rules", "rule_changed"));
    }
    let refused = !problems.is_empty();
    let page = page(&signed, state, &rule, looked, problems).await?;
    Ok(if refused {
        page.refused().into_response()
    } else {
        page.into_response()
    })
}

/// `POST /admin/reminders/rules/{id}/reset`.
pub async fn reset(signed: Signed, Path(id): Path<String>) -> Result<Response, PageError> {
    signed.app.service.change_rule(&signed.caller, &id, None).await?;
    Ok(done("/admin/reminders#rules", "rule_reset"))
}

async fn state(signed: &Signed, id: &str) -> Result<RuleState, PageError> {
    let rules = signed.app.service.reminder_rules(&signed.caller).await?;
    rules
        .into_iter()
        .find(|state| state.rule.id == id)
        .ok_or(PageError::NotFound)
}

/// The stages that a rule may be for, by code, with what people call them: the work stages for what a unit owes, the
/// review stages for what waits for a reviewer.
fn stages(signed: &Signed, rule: &Rule) -> BTreeMap<String, String> {
    let kind = match rule.watch {
        Watch::Draft => StageKind::Work,
        Watch::Seat => StageKind::Review,
        Watch::Finding | Watch::Campaign | Watch::Extension | Watch::CalendarGap => return BTreeMap::new(),
    };
    let definitions = signed.app.service.definitions().all().filter(|definition| {
        let wanted = rule.document_type.as_ref();
        wanted.is_none_or(|wanted| *wanted == definition.document_type)
    });
    let mut found: BTreeMap<String, String> = BTreeMap::new();
    for stage in definitions.flat_map(|definition| &definition.stages) {
        if stage.kind == kind {
            let title = stage.title.get(signed.locale.tag()).to_owned();
            let known = found.entry(stage.id.0.clone()).or_default();
            // Two workflows may call the same stage differently.
            if known.is_empty() {
                *known = title;
            } else if !known.split(" / ").any(|part| part == title) {
                known.push_str(" / ");
                known.push_str(&title);
            }
        }
    }
    found
}

/// What people call the one stage that a rule is for; none for all.
pub fn stage_title(signed: &Signed, rule: &Rule) -> Option<String> {
    let stage = rule.stage.as_ref()?;
    Some(stages(signed, rule).remove(stage).unwrap_or_else(|| stage.clone()))
}

/// After how many days a rule skips, or would if it did.
pub fn window(rule: &Rule) -> u32 {
    match rule.catch_up {
        CatchUp::Skip(days) => days,
        CatchUp::Digest | CatchUp::Each => CatchUp::WINDOW,
    }
}

/// The rule as the form says, with what of it cannot be read.
fn read(rule: &Rule, form: &Fields) -> (Rule, Vec<FieldProblem>) {
    let field = |name: &str| form.get(name).map_or("", |text| text.trim());
    let mut problems = Vec::new();
    let at = NaiveTime::parse_from_str(field("at"), "%H:%M").unwrap_or_else(|_| {
        problems.push(FieldProblem::new("at", "rule_time"));
        rule.at
    });
    let mut rungs = Vec::new();
    for no in 1..=MOST {
        let step = field(&format!("step-{no}"));
        if step.is_empty() {
            continue;
        }
        let mut number = |name: &str| {
            field(&format!("{name}-{no}")).parse::<u32>().unwrap_or_else(|_| {
                problems.push(FieldProblem {
                    reason: Reason::new("rule_number").with("no", no),
                    ..FieldProblem::new("rung", "")
                });
                1
            })
        };
        let step = match step {
            "opened" => Step::Opened(number("days")),
            "before" => Step::Before(number("days")),
            "after" => Step::After(number("days")),
            "every" => Step::Every {
                from: number("days"),
                step: number("every"),
            },
            _ => Step::On,
        };
        let to = RECIPIENTS
            .into_iter()
            .filter(|to| form.contains_key(&format!("to-{no}-{}", to.code())));
        rungs.push(Rung { step, to: to.collect() });
    }
    let catch_up = match field("catch_up") {
        "each" => CatchUp::Each,
        "skip" => CatchUp::Skip(field("window").parse().unwrap_or(0)),
        _ => CatchUp::Digest,
    };
    let stage = Some(field("stage").to_owned()).filter(|stage| !stage.is_empty());
    let changed = Rule {
        at,
        rungs,
        catch_up,
        stage,
        delivery: if field("delivery") == "single" {
            Delivery::Single
        } else {
            Delivery::Digest
        },
        mutable: form.contains_key("mutable"),
        ..rule.clone()
    };
    (changed, problems)
}

async fn page(
    signed: &Signed,
    state: RuleState,
    rule: &Rule,
    looked: Option<Vec<(chrono::NaiveDateTime, usize)>>,
    problems: Vec<FieldProblem>,
) -> Result<Page, PageError> {
    let rows = (0..(rule.rungs.len() + SPARE).min(MOST)).map(|index| row(index + 1, rule.rungs.get(index)));
    let view = RuleFormView {
        title: rule_title(rule, signed.locale.tag()),
        id: rule.id.clone(),
        watch: rule.watch.code(),
        at: rule.at.format("%H:%M").to_string(),
        single: rule.delivery == Delivery::Single,
        mutable: rule.mutable,
        stages: stages(signed, rule)
            .into_iter()
            .map(|(code, title)| StageView {
                chosen: rule.stage.as_ref() == Some(&code),
                code,
                title,
            })
            .collect(),
        stage: stage_title(signed, rule),
        catch_ups: ["digest", "each", "skip"]
            .map(|code| ChoiceView {
                code,
                chosen: rule.catch_up.code() == code,
            })
            .into(),
        catch_up: rule.catch_up.code(),
        window: window(rule),
        rungs: rows.collect(),
        looked: looked.is_some(),
        runs: looked
            .unwrap_or_default()
            .into_iter()
            .map(|(at, people)| RunView {
                day: at.date(),
                time: at.format("%H:%M").to_string(),
                people,
            })
            .collect(),
        changed: state.edits.first().is_some_and(|edit| edit.rule.is_some()),
        edits: state
            .edits
            .into_iter()
            .map(|edit| EditView {
                at: edit.at.to_rfc3339(),
                by: edit.by,
                reset: edit.rule.is_none(),
            })
            .collect(),
        problems,
    };
    signed.page("pages/reminder_rule", &view)
}

fn row(no: usize, rung: Option<&Rung>) -> RowView {
    let (step, days, every) = match rung.map(|rung| rung.step) {
        None => ("", String::new(), String::new()),
        Some(Step::Opened(days)) => ("opened", days.to_string(), String::new()),
        Some(Step::Before(days)) => ("before", days.to_string(), String::new()),
        Some(Step::On) => ("on", String::new(), String::new()),
        Some(Step::After(days)) => ("after", days.to_string(), String::new()),
        Some(Step::Every { from, step }) => ("every", from.to_string(), step.to_string()),
    };
    RowView {
        no,
        steps: STEPS
            .into_iter()
            .map(|code| ChoiceView {
                code,
                chosen: code == step,
            })
            .collect(),
        days,
        every,
        to: RECIPIENTS
            .into_iter()
            .map(|to| ChoiceView {
                code: to.code(),
                chosen: rung.is_some_and(|rung| rung.to.contains(&to)),
            })
            .collect(),
    }
}
