//! `/findings`: the ledger of findings with lights and rates, raising one, one of them, and handing them over.

use crate::error::PageError;
use crate::extract::{CsrfForm, Signed};
use crate::pages::document::DueView;
use crate::pages::workflows::{StepView, way};
use crate::visit::{Page, Visit, done};
use axum::extract::{Path, Query};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use duban_core::document::finding::{Rate, State};
use duban_core::id::{FindingId, UnitId};
use duban_service::finding::NewFinding;
use duban_service::ledger::{Asked, Ledger, Row, Share};
use duban_service::{Error, FieldProblem};
use serde::{Deserialize, Serialize};

/// What is suggested for the words of a finding: the last parts of the text keys below `finding.suggest`.
const SOURCES: [&str; 6] = [
    "sampling",
    "inspection",
    "assessment",
    "audit",
    "complaint",
    "self_check",
];
const CLASSES: [&str; 5] = ["system", "execution", "quality", "safety", "record"];
const SEVERITIES: [&str; 3] = ["minor", "major", "grave"];

/// What the address may say.
#[derive(Debug, Default, Deserialize)]
pub struct LedgerQuery {
    unit: Option<String>,
    state: Option<String>,
    before: Option<i64>,
}

#[derive(Serialize)]
struct LedgerView {
    rate: RateView,
    by_source: Vec<ShareView>,
    by_unit: Vec<ShareView>,
    waiting: Vec<GroupView>,
    may_raise: bool,
    units: Vec<OptionView>,
    states: Vec<OptionView>,
    filtered: bool,
    rows: Vec<RowView>,
    pager: PagerView,
    problems: Vec<FieldProblem>,
}

#[derive(Serialize)]
struct PagerView {
    previous: String,
    next: String,
    shown: usize,
}

#[derive(Serialize)]
struct RateView {
    all: usize,
    closed: usize,
    due: usize,
    in_time: usize,
    overdue: usize,
    percent: Option<usize>,
}

#[derive(Serialize)]
struct ShareView {
    name: String,
    rate: RateView,
}

#[derive(Serialize)]
struct GroupView {
    unit: i64,
    name: String,
    title: String,
    count: usize,
    rows: Vec<RowView>,
}

#[derive(Serialize)]
struct OptionView {
    value: String,
    label: String,
    chosen: bool,
}

#[derive(Serialize)]
struct RowView {
    id: i64,
    description: String,
    unit: String,
    source: String,
    class: String,
    severity: String,
    supporting: String,
    light: &'static str,
    state: &'static str,
    stage: String,
    due: DueView,
    document: Option<i64>,
    report: Option<String>,
}

fn rate_view(rate: &Rate) -> RateView {
    RateView {
        all: rate.all,
        closed: rate.closed,
        due: rate.due,
        in_time: rate.in_time,
        overdue: rate.overdue,
        percent: rate.percent(),
    }
}

fn share_views(shares: &[Share]) -> Vec<ShareView> {
    let shares = shares.iter().map(|share| ShareView {
        name: share.name.clone(),
        rate: rate_view(&share.rate),
    });
    shares.collect()
}

fn row_view(visit: &Visit, row: &Row, today: NaiveDate, calendar: &duban_core::calendar::Calendar) -> RowView {
    let finding = &row.finding;
    let open = !finding.state.is_closed();
    RowView {
        id: finding.id.0,
        description: finding.description.clone(),
        unit: row.unit.clone(),
        source: finding.source.clone(),
        class: finding.class.clone(),
        severity: finding.severity.clone(),
        supporting: row.supporting.join(&visit.text("workflow.and")),
        light: row.light.code(),
        state: finding.state.code(),
        stage: row
            .stage
            .as_ref()
            .filter(|_| open)
            .map_or_else(String::new, |title| title.get(visit.locale.tag()).to_owned()),
        due: DueView {
            // What is closed is no longer counted down.
            state: if open {
                DueView::new(Some(finding.demanded_by), today, calendar).state
            } else {
                "none"
            },
            ..DueView::new(Some(finding.demanded_by), today, calendar)
        },
        document: finding.document.filter(|_| row.report.is_some()).map(|id| id.0),
        report: row.report.clone(),
    }
}

/// `GET /findings`.
pub async fn ledger(signed: Signed, Query(query): Query<LedgerQuery>) -> Result<Page, PageError> {
    let page = ledger_page(&signed, &query, Vec::new()).await?;
    Ok(page)
}

async fn ledger_page(signed: &Signed, query: &LedgerQuery, problems: Vec<FieldProblem>) -> Result<Page, PageError> {
    let state = query.state.as_deref().unwrap_or_default();
    let asked = Asked {
        unit: query.unit.as_deref().and_then(|unit| unit.parse().ok()),
        state: State::from_code(state),
        overdue: state == "overdue",
        before: query.before.map(FindingId),
    };
    let found = signed.app.service.findings(&signed.caller, &asked).await?;
    let view = ledger_view(signed, &asked, &found, problems);
    signed.page("pages/findings", &view)
}

fn ledger_view(visit: &Visit, asked: &Asked, found: &Ledger, problems: Vec<FieldProblem>) -> LedgerView {
    let rows = |rows: &[Row]| {
        let rows = rows.iter();
        rows.map(|row| row_view(visit, row, found.today, &found.calendar))
            .collect::<Vec<_>>()
    };
    let state = match (asked.overdue, asked.state) {
        (true, _) => "overdue",
        (false, Some(state)) => state.code(),
        (false, None) => "",
    };
    let unit = asked.unit.map_or_else(String::new, |unit| unit.to_string());
    let address = format!("/findings?unit={unit}&state={state}");
    let states = State::ALL.iter().map(|state| state.code()).chain(["overdue"]);
    let waiting = found.waiting.iter().map(|(unit, name, waiting)| GroupView {
        unit: unit.0,
        name: name.clone(),
        title: visit.text_with("finding.report_title", &[("unit", name)]),
        count: waiting.len(),
        rows: rows(waiting),
    });
    LedgerView {
        rate: rate_view(&found.rate),
        by_source: share_views(&found.by_source),
        by_unit: share_views(&found.by_unit),
        waiting: waiting.collect(),
        may_raise: found.may_raise,
        units: found
            .units
            .iter()
            .map(|(id, name)| OptionView {
                value: id.to_string(),
                label: name.clone(),
                chosen: asked.unit == Some(*id),
            })
            .collect(),
        states: states
            .map(|code| OptionView {
                value: code.to_owned(),
                label: visit.text(&format!("finding.state.{code}")),
                chosen: state == code,
            })
            .collect(),
        filtered: !unit.is_empty() || !state.is_empty(),
        rows: rows(&found.rows),
        pager: PagerView {
            previous: if asked.before.is_some() {
                address.clone()
            } else {
                String::new()
            },
            next: found
                .next
                .map_or_else(String::new, |next| format!("{address}&before={next}")),
            shown: found.rows.len(),
        },
        problems,
    }
}

/// A finding as it is typed.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub struct FindingForm {
    #[serde(default)]
    unit: String,
    #[serde(default)]
    source: String,
    #[serde(default)]
    class: String,
    #[serde(default)]
    severity: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    basis: String,
    #[serde(default)]
    demanded_by: String,
    #[serde(default)]
    supporting: Vec<i64>,
}

#[derive(Serialize)]
struct FormView {
    form: FindingForm,
    units: Vec<OptionView>,
    helpers: Vec<OptionView>,
    sources: Vec<String>,
    classes: Vec<String>,
    severities: Vec<OptionView>,
    problems: Vec<FieldProblem>,
}

async fn form_page(signed: &Signed, form: FindingForm, problems: Vec<FieldProblem>) -> Result<Page, PageError> {
    let units = signed.app.service.units_with_findings(&signed.caller).await?;
    let words = |kind: &str, codes: &[&str]| {
        let codes = codes.iter();
        codes
            .map(|code| signed.text(&format!("finding.suggest.{kind}.{code}")))
            .collect::<Vec<_>>()
    };
    let option = |(id, name): &(UnitId, String), chosen: bool| OptionView {
        value: id.to_string(),
        label: name.clone(),
        chosen,
    };
    let severities = words("severity", &SEVERITIES).into_iter();
    let view = FormView {
        units: units
            .iter()
            .map(|unit| option(unit, form.unit == unit.0.to_string()))
            .collect(),
        helpers: units
            .iter()
            .map(|unit| option(unit, form.supporting.contains(&unit.0.0)))
            .collect(),
        sources: words("source", &SOURCES),
        classes: words("class", &CLASSES),
        severities: severities
            .map(|word| OptionView {
                chosen: form.severity == word,
                value: word.clone(),
                label: word,
            })
            .collect(),
        form,
        problems,
    };
    signed.page("pages/finding_new", &view)
}

/// `GET /findings/new`.
pub async fn new(signed: Signed) -> Result<Page, PageError> {
    form_page(&signed, FindingForm::default(), Vec::new()).await
}

/// `POST /findings`.
pub async fn raise(signed: Signed, CsrfForm(form): CsrfForm<FindingForm>) -> Result<Response, PageError> {
    let missing = |field: &str| FieldProblem {
        reason: duban_core::reason::Reason::new("field_missing").with("field", format!("finding.field.{field}")),
        ..FieldProblem::new(field, "field_missing")
    };
    let mut problems = Vec::new();
    let unit = form.unit.parse::<UnitId>();
    let day = form.demanded_by.parse::<NaiveDate>();
    if unit.is_err() {
        problems.push(missing("unit"));
    }
    if day.is_err() {
        problems.push(missing("demanded_by"));
    }
    if let (Ok(unit), Ok(demanded_by)) = (unit, day) {
        let new = NewFinding {
            source: form.source.clone(),
            basis: form.basis.clone(),
            description: form.description.clone(),
            class: form.class.clone(),
            severity: form.severity.clone(),
            unit,
            supporting: form.supporting.iter().copied().map(UnitId).collect(),
            demanded_by,
            campaign: None,
        };
        match signed.app.service.raise_finding(&signed.caller, new).await {
            Ok(_) => return Ok(done("/findings", "finding_raised")),
            Err(Error::Invalid(found)) => problems = found,
            Err(Error::Refused(refusal)) => {
                let reasons = refusal.reasons.into_iter();
                problems = reasons
                    .map(|reason| FieldProblem {
                        reason,
                        ..FieldProblem::new("description", "")
                    })
                    .collect();
            }
            Err(other) => return Err(other.into()),
        }
    }
    Ok(form_page(&signed, form, problems).await?.refused().into_response())
}

/// Findings of one unit to be handed over.
#[derive(Debug, Deserialize)]
pub struct DispatchForm {
    #[serde(default)]
    title: String,
    #[serde(default)]
    finding: Vec<i64>,
}

/// `POST /findings/dispatch`.
pub async fn dispatch(signed: Signed, CsrfForm(form): CsrfForm<DispatchForm>) -> Result<Response, PageError> {
    let ids: Vec<_> = form.finding.iter().copied().map(FindingId).collect();
    let service = &signed.app.service;
    let problems = match service.dispatch_findings(&signed.caller, &form.title, &ids).await {
        Ok(document) => return Ok(done(&format!("/documents/{document}"), "findings_dispatched")),
        Err(Error::Invalid(problems)) => problems,
        Err(Error::Refused(refusal)) => {
            let reasons = refusal.reasons.into_iter();
            let at_group = |reason| FieldProblem {
                reason,
                ..FieldProblem::new("waiting", "")
            };
            reasons.map(at_group).collect()
        }
        Err(other) => return Err(other.into()),
    };
    let page = ledger_page(&signed, &LedgerQuery::default(), problems).await?;
    Ok(page.refused().into_response())
}

#[derive(Serialize)]
struct FindingView {
    finding: RowView,
    basis: String,
    raised_by: String,
    raised_at: String,
    closed_at: Option<String>,
    look_back_on: Option<String>,
    siblings: Vec<SiblingView>,
    way: Vec<StepView>,
}

#[derive(Serialize)]
struct SiblingView {
    id: i64,
    description: String,
    state: &'static str,
}

/// `GET /findings/{id}`.
pub async fn show(signed: Signed, Path(id): Path<i64>) -> Result<Page, PageError> {
    let service = &signed.app.service;
    let found = service.finding(&signed.caller, FindingId(id)).await?;
    let finding = &found.row.finding;
    let mut steps = Vec::new();
    if let Some(document) = finding.document.filter(|_| found.row.report.is_some()) {
        let (case, frame) = service.open_document(&signed.caller, document).await?;
        steps = way(
            &signed,
            &case.definition,
            &case.instance,
            (&case.surroundings.facts, &frame.org),
        );
    }
    let siblings = found.siblings.iter().map(|one| SiblingView {
        id: one.id.0,
        description: one.description.clone(),
        state: one.state.code(),
    });
    let view = FindingView {
        finding: row_view(&signed, &found.row, found.today, &found.calendar),
        basis: finding.basis.clone(),
        raised_by: found.raised_by.clone(),
        raised_at: finding.raised_at.to_rfc3339(),
        closed_at: finding.closed_at.map(|at| at.to_rfc3339()),
        look_back_on: finding.look_back_on.map(|day| day.to_string()),
        siblings: siblings.collect(),
        way: steps,
    };
    signed.page("pages/finding", &view)
}
