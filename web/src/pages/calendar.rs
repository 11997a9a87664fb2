//! `/admin/calendar`: a year of working days, with the notice that made it, and loading another year.

use crate::error::PageError;
use crate::extract::{CsrfUpload, Signed};
use crate::visit::{Page, done};
use axum::extract::Query;
use axum::response::{IntoResponse, Response};
use chrono::{Datelike, NaiveDate};
use duban_core::calendar::{Calendar, DayKind};
use duban_core::org::Role;
use duban_service::calendar::PublishedYear;
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
    problems: Vec<FieldProblem>,
    typed: String,
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
    page(&signed, query.year, Vec::new(), String::new()).await
}

/// `POST /admin/calendar`: a year's file, uploaded or pasted.
pub async fn load(signed: Signed, form: CsrfUpload) -> Result<Response, PageError> {
    let text = match form.files.get("upload") {
        Some(upload) => String::from_utf8_lossy(&upload.bytes).into_owned(),
        None => form.fields.get("file").cloned().unwrap_or_default(),
    };
    match signed.app.service.publish_year(&signed.caller, &text).await {
        Ok((year, _)) => Ok(done(&format!("/admin/calendar?year={}", year.year), "calendar_loaded")),
        Err(Error::Invalid(problems)) => Ok(page(&signed, None, problems, text).await?.refused().into_response()),
        Err(other) => Err(other.into()),
    }
}

async fn page(
    signed: &Signed,
    year: Option<i32>,
    problems: Vec<FieldProblem>,
    typed: String,
) -> Result<Page, PageError> {
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
