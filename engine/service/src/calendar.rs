//! The working-day calendar: reading a year's arrangement from its file, and showing what is loaded.

use crate::audit::Deed;
use crate::error::{Error, FieldProblem, Result};
use crate::{Caller, Service};
use chrono::{Datelike, NaiveDate};
use duban_core::calendar::{Calendar, DayKind};
use duban_core::org::Role;
use duban_core::reason::Reason;
use duban_store::setting;
use serde::Deserialize;
use std::collections::BTreeMap;

pub use duban_store::setting::PublishedYear;

/// A year's arrangement as written in its file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct YearFile {
    year: i32,
    /// The notice that made it.
    source: String,
    /// The notice's date: its year is not the year of the dates.
    dated: NaiveDate,
    holiday: Vec<HolidayFile>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct HolidayFile {
    name: String,
    from: NaiveDate,
    to: NaiveDate,
    /// Days worked in return.
    #[serde(default)]
    worked: Vec<NaiveDate>,
}

/// Reads a year's arrangement.
///
/// # Errors
/// [`Error::Invalid`] on the field `file` with `calendar_syntax` (and what the parser said), `calendar_year` for a day
/// outside the year, `calendar_twice` for a day named twice, `calendar_order` for a holiday that ends before it
/// begins.
pub fn parse_year(text: &str) -> Result<PublishedYear> {
    let file: YearFile =
        toml::from_str(text).map_err(|e| wrong(Reason::new("calendar_syntax").with("problem", e.message())))?;
    let mut days: BTreeMap<NaiveDate, (DayKind, String)> = BTreeMap::new();
    let mut add = |day: NaiveDate, kind, name: &str| {
        if day.year() != file.year {
            return Err(wrong(Reason::new("calendar_year").with("day", day)));
        }
        match days.insert(day, (kind, name.to_owned())) {
            None => Ok(()),
            Some(_) => Err(wrong(Reason::new("calendar_twice").with("day", day))),
        }
    };
    for holiday in &file.holiday {
        if holiday.to < holiday.from {
            return Err(wrong(Reason::new("calendar_order").with("day", holiday.from)));
        }
        for day in holiday.from.iter_days().take_while(|day| *day <= holiday.to) {
            add(day, DayKind::Holiday, &holiday.name)?;
        }
        for day in &holiday.worked {
            add(*day, DayKind::MakeUp, &holiday.name)?;
        }
    }
    Ok(PublishedYear {
        year: file.year,
        source: format!("{}（{}）", file.source, file.dated),
        days: days.into_iter().map(|(day, (kind, name))| (day, kind, name)).collect(),
    })
}

fn wrong(reason: Reason) -> Error {
    Error::Invalid(vec![FieldProblem {
        field: "file".to_owned(),
        place: None,
        reason,
    }])
}

impl Service {
    /// The working days as loaded.
    pub async fn calendar(&self) -> Result<Calendar> {
        Ok(setting::calendar(self.store().read()).await?)
    }

    /// The years whose arrangement is loaded, with their days and source, the newest first.
    pub async fn published_years(&self) -> Result<Vec<PublishedYear>> {
        Ok(setting::published_years(self.store().read()).await?)
    }

    /// Loads a year's arrangement in place of what was there; gives the days that differ (added, changed or removed).
    /// Clocks that run follow it by themselves.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the system administrator and the office, [`Error::Invalid`] as
    /// [`parse_year`].
    pub async fn publish_year(&self, caller: &Caller, text: &str) -> Result<(PublishedYear, Vec<NaiveDate>)> {
        if !caller.has_any(&[Role::Sysadmin, Role::Office]) {
            return Err(Error::forbidden("not_your_page"));
        }
        let new = parse_year(text)?;
        let tx = self.write().await?;
        let old = setting::published_years(&*tx).await?;
        let known = |years: &[PublishedYear]| -> BTreeMap<NaiveDate, DayKind> {
            let years = years.iter().filter(|year| year.year == new.year);
            years
                .flat_map(|year| year.days.iter().map(|(day, kind, _)| (*day, *kind)))
                .collect()
        };
        let (before, after) = (known(&old), known(std::slice::from_ref(&new)));
        let mut changed: Vec<NaiveDate> = before
            .keys()
            .chain(after.keys())
            .filter(|day| before.get(day) != after.get(day))
            .copied()
            .collect();
        changed.sort_unstable();
        changed.dedup();
        setting::publish_year(&*tx, &new).await?;
        let deed = Deed::new("calendar.publish", "calendar_year", new.year).with("changed", changed.len());
        self.record(&*tx, Some(caller), deed).await?;
        tx.commit().await?;
        Ok((new, changed))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shipped(year: &str) -> Calendar {
        let path = format!("{}/../../seeds/base/calendar-{year}.toml", env!("CARGO_MANIFEST_DIR"));
        let year = parse_year(&std::fs::read_to_string(path).unwrap()).unwrap();
        Calendar {
            published: [year.year].into(),
            days: year.days.into_iter().map(|(day, kind, _)| (day, kind)).collect(),
        }
    }

    #[test]
    fn the_shipped_years_have_the_published_working_days() {
        let months = |text: &str| -> Vec<i64> {
            let calendar = shipped(text);
            let year = text.parse().unwrap();
            (1..=12)
                .map(|month| {
                    let first = NaiveDate::from_ymd_opt(year, month, 1).unwrap();
                    let days = first.iter_days().take_while(|day| day.month() == month);
                    days.filter(|day| calendar.is_working(*day)).count() as i64
                })
                .collect()
        };
        assert_eq!(months("2025"), [19, 19, 21, 22, 19, 20, 23, 21, 23, 18, 20, 23]);
        assert_eq!(months("2026"), [21, 16, 22, 21, 19, 21, 23, 21, 22, 18, 21, 23]);
        let holidays = |text| {
            shipped(text)
                .days
                .values()
                .filter(|kind| **kind == DayKind::Holiday)
                .count()
        };
        assert_eq!((holidays("2025"), holidays("2026")), (28, 33));
    }

    #[test]
    fn a_broken_year_says_what_is_wrong() {
        let head = "year = 2027\nsource = \"x\"\ndated = \"2026-11-05\"\n";
        for (holiday, code) in [
            ("from = \"2027-01-01\"\nto = \"2026-12-31\"", "calendar_order"),
            ("from = \"2026-12-31\"\nto = \"2027-01-01\"", "calendar_year"),
            (
                "from = \"2027-01-01\"\nto = \"2027-01-02\"\nworked = [\"2027-01-02\"]",
                "calendar_twice",
            ),
            ("from = \"2027-01-32\"\nto = \"2027-01-02\"", "calendar_syntax"),
        ] {
            let text = format!("{head}[[holiday]]\nname = \"元旦\"\n{holiday}\n");
            match parse_year(&text) {
                Err(Error::Invalid(problems)) => assert_eq!(problems[0].reason.code, code, "{text}"),
                other => panic!("{other:?}"),
            }
        }
    }
}
