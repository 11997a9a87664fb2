//! `/admin/calendar`: a year of working days, with the notice that made it, and loading another year.

use crate::error::PageError;
use crate::extract::{CsrfUpload, Signed};
use crate::visit::{Page, done};
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use chrono::{Datelike, NaiveDate};
use duban_core::calendar::{Calendar, DayKind};
use duban_core::org::Role;
use duban_service::calendar::{Given, PublishedYear, YearPreview};
use duban_service::{Error, FieldProblem};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Who reaches this page.
pub const READERS: &[Role] = &[Role::Sysadmin, Role::Office, Role::Coordinator];

/// What the address may say.
#[derive(Debug, Default, Deserialize)]
pub struct YearQuery {
    year: Option<i32>,
}

#[derive(Serialize)]
struct CalendarView {
    year: i32,
    years: Vec<YearView>,
    source: Option<String>,
    months: Vec<MonthView>,
    working: usize,
    holidays: Vec<HolidayView>,
    can_load: bool,
    preview: Option<PreviewView>,
    problems: Vec<FieldProblem>,
    typed: Typed,
}

#[derive(Serialize)]
struct YearView {
    year: i32,
    current: bool,
    published: bool,
}

#[derive(Serialize)]
struct MonthView {
    month: u32,
    working: usize,
    weeks: Vec<Vec<Option<DayView>>>,
}

#[derive(Clone, Serialize)]
struct DayView {
    number: u32,
    date: NaiveDate,
    /// `work`, `weekend`, `holiday` or `make_up`.
    kind: &'static str,
    name: String,
    today: bool,
}

#[derive(Serialize)]
struct HolidayView {
    name: String,
    from: NaiveDate,
    to: NaiveDate,
    days: usize,
    worked: Vec<NaiveDate>,
}

/// `GET /admin/calendar`.
pub async fn show(signed: Signed, Query(query): Query<YearQuery>) -> Result<Page, PageError> {
    page(&signed, query.year, Again::default()).await
}

/// `POST /admin/calendar`: a year's file, uploaded or pasted. Shown first; loaded when the preview is confirmed.
pub async fn load(signed: Signed, form: CsrfUpload) -> Result<Response, PageError> {
    let field = |name: &str| {
        form.fields
            .get(name)
            .map(|text| text.trim().to_owned())
            .unwrap_or_default()
    };
    let typed = Typed {
        text: match form.files.get("upload") {
            Some(upload) if !upload.bytes.is_empty() => String::from_utf8_lossy(&upload.bytes).into_owned(),
            _ => form.fields.get("file").cloned().unwrap_or_default(),
        },
        year: field("year"),
        source: field("source"),
    };
    let given = Given {
        year: typed.year.parse().ok(),
        source: Some(typed.source.clone()),
    };
    let service = &signed.app.service;
    let answer = if field("confirm") == "1" {
        service
            .publish_year(&signed.caller, &typed.text, &given)
            .await
            .map(|loaded| Answer::Loaded(loaded.new.year))
    } else {
        let shown = service.preview_year(&signed.caller, &typed.text, &given).await;
        shown.map(Answer::Shown)
    };
    match answer {
        Ok(Answer::Loaded(year)) => Ok(done(&format!("/admin/calendar?year={year}"), "calendar_loaded")),
        Ok(Answer::Shown(preview)) => {
            let year = preview.new.year;
            let again = Again {
                preview: Some(preview_view(preview, signed.caller.has(Role::Office))),
                problems: Vec::new(),
                typed,
            };
            Ok(page(&signed, Some(year), again).await?.into_response())
        }
        Err(Error::Invalid(problems)) => {
            let again = Again {
                preview: None,
                problems,
                typed,
            };
            Ok(page(&signed, None, again).await?.refused().into_response())
        }
        Err(other) => Err(other.into()),
    }
}

enum Answer {
    Loaded(i32),
    Shown(YearPreview),
}

/// What was typed into the form.
#[derive(Default, Serialize)]
struct Typed {
    text: String,
    year: String,
    source: String,
}

/// What a page that comes back carries.
#[derive(Default)]
struct Again {
    preview: Option<PreviewView>,
    problems: Vec<FieldProblem>,
    typed: Typed,
}

#[derive(Serialize)]
struct PreviewView {
    year: i32,
    source: String,
    before: usize,
    after: usize,
    changes: Vec<ChangeView>,
    moved: Vec<MovedView>,
}

/// A paper whose last day moves.
#[derive(Serialize)]
struct MovedView {
    unit: String,
    /// Empty for those who do not see titles.
    title: String,
    before: NaiveDate,
    after: NaiveDate,
    /// How many people are told.
    people: usize,
}

#[derive(Serialize)]
struct ChangeView {
    day: NaiveDate,
    name: String,
    before: &'static str,
    after: &'static str,
    /// `turns_off`, `turns_on` or `stays`.
    turn: &'static str,
}

fn preview_view(preview: YearPreview, titles: bool) -> PreviewView {
    let kind = |kind: Option<DayKind>, working: bool| match (kind, working) {
        (Some(DayKind::Holiday), _) => "holiday",
        (Some(DayKind::MakeUp), _) => "make_up",
        (None, true) => "work",
        (None, false) => "weekend",
    };
    let moved = preview.moved.into_iter().map(|paper| MovedView {
        unit: paper.unit,
        title: if titles { paper.title } else { String::new() },
        before: paper.before,
        after: paper.after,
        people: paper.people.len(),
    });
    PreviewView {
        moved: moved.collect(),
        year: preview.new.year,
        source: preview.new.source,
        before: preview.working.0,
        after: preview.working.1,
        changes: preview
            .changes
            .into_iter()
            .map(|change| ChangeView {
                before: kind(change.before, change.working.0),
                after: kind(change.after, change.working.1),
                turn: match change.working {
                    (true, false) => "turns_off",
                    (false, true) => "turns_on",
                    _ => "stays",
                },
                day: change.day,
                name: change.name,
            })
            .collect(),
    }
}

async fn page(signed: &Signed, year: Option<i32>, again: Again) -> Result<Page, PageError> {
    let Again {
        preview,
        problems,
        typed,
    } = again;
    let service = &signed.app.service;
    let today = service.moment().day;
    let published = service.published_years().await?;
    let calendar = service.calendar().await?;
    let year = year.filter(|year| (1900..=2200).contains(year)).unwrap_or(today.year());
    let own = published.iter().find(|known| known.year == year);
    let names: BTreeMap<NaiveDate, &str> = own
        .into_iter()
        .flat_map(|known| known.days.iter().map(|(day, _, name)| (*day, name.as_str())))
        .collect();
    let months: Vec<MonthView> = (1..=12)
        .filter_map(|month| month_view(&calendar, (year, month), &names, today))
        .collect();
    let mut years: Vec<i32> = published.iter().map(|known| known.year).collect();
    years.extend([today.year(), today.year() + 1, year]);
    years.sort_unstable();
    years.dedup();
    let view = CalendarView {
        year,
        years: years
            .into_iter()
            .map(|listed| YearView {
                year: listed,
                current: listed == year,
                published: calendar.published.contains(&listed),
            })
            .collect(),
        source: own.map(|known| known.source.clone()),
        working: months.iter().map(|month| month.working).sum(),
        months,
        holidays: own.map(holidays).unwrap_or_default(),
        can_load: signed.caller.has_any(&[Role::Sysadmin, Role::Office]),
        preview,
        problems,
        typed,
    };
    signed.page("pages/calendar", &view)
}

fn month_view(
    calendar: &Calendar,
    (year, month): (i32, u32),
    names: &BTreeMap<NaiveDate, &str>,
    today: NaiveDate,
) -> Option<MonthView> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    let days: Vec<DayView> = first
        .iter_days()
        .take_while(|day| day.month() == month)
        .map(|day| DayView {
            number: day.day(),
            date: day,
            kind: match calendar.days.get(&day) {
                Some(DayKind::Holiday) => "holiday",
                Some(DayKind::MakeUp) => "make_up",
                None if calendar.is_working(day) => "work",
                None => "weekend",
            },
            name: names.get(&day).copied().unwrap_or_default().to_owned(),
            today: day == today,
        })
        .collect();
    let working = days.iter().filter(|day| matches!(day.kind, "work" | "make_up")).count();
    // Weeks begin on Monday.
    let before = usize::try_from(first.weekday().num_days_from_monday()).unwrap_or(0);
    let mut cells: Vec<Option<DayView>> = vec![None; before];
    cells.extend(days.into_iter().map(Some));
    while !cells.len().is_multiple_of(7) {
        cells.push(None);
    }
    Some(MonthView {
        month,
        working,
        weeks: cells.chunks(7).map(<[_]>::to_vec).collect(),
    })
}

/// The days of a year grouped by holiday, as its notice lists them.
fn holidays(year: &PublishedYear) -> Vec<HolidayView> {
    let mut found: Vec<HolidayView> = Vec::new();
    for (day, kind, name) in &year.days {
        let known = found.iter_mut().find(|holiday| holiday.name == *name);
        match (known, kind) {
            (Some(holiday), DayKind::Holiday) => {
                holiday.from = holiday.from.min(*day);
                holiday.to = holiday.to.max(*day);
                holiday.days += 1;
            }
            (Some(holiday), DayKind::MakeUp) => holiday.worked.push(*day),
            (None, DayKind::Holiday) => found.push(HolidayView {
                name: name.clone(),
                from: *day,
                to: *day,
                days: 1,
                worked: Vec::new(),
            }),
            // A day worked before its holiday begins: the holiday's own days follow and set its bounds.
            (None, DayKind::MakeUp) => found.push(HolidayView {
                name: name.clone(),
                from: NaiveDate::MAX,
                to: NaiveDate::MIN,
                days: 0,
                worked: vec![*day],
            }),
        }
    }
    found.retain(|holiday| holiday.days > 0);
    found.sort_by_key(|holiday| holiday.from);
    found
}
