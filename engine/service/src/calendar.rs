//! The working-day calendar: what is loaded, what loading a year's file would change, and loading it.

mod moved;
pub mod year_file;

use crate::audit::Deed;
use crate::error::{Error, Result};
use crate::{Caller, Service};
use chrono::{Datelike, Days, NaiveDate};
use duban_core::calendar::{Calendar, DayKind};
use duban_core::org::Role;
use duban_store::setting;
use serde::Serialize;
use std::collections::BTreeMap;

pub use duban_store::setting::PublishedYear;
pub use moved::MovedPaper;
pub use year_file::{Given, read_year, read_years};

/// Reads a year's arrangement from a file that says everything itself.
///
/// # Errors
/// As [`read_year`].
pub fn parse_year(text: &str) -> Result<PublishedYear> {
    read_year(text, &Given::default())
}

/// How long before its first day a year without data is warned of, in days.
pub const WARN_DAYS: u64 = 60;

/// One day that an arrangement would change.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DayChange {
    /// The day.
    pub day: NaiveDate,
    /// What it is now; none for a day like any other.
    pub before: Option<DayKind>,
    /// What it would be.
    pub after: Option<DayKind>,
    /// The holiday it belongs to.
    pub name: String,
    /// Whether it was worked before, and whether it is afterwards.
    pub working: (bool, bool),
}

/// What loading a year would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct YearPreview {
    /// The year as it would be.
    pub new: PublishedYear,
    /// False for a year of which nothing is loaded yet.
    pub known: bool,
    /// The days that change, in order.
    pub changes: Vec<DayChange>,
    /// Working days of the year before and after.
    pub working: (usize, usize),
    /// The open papers whose last days move.
    pub moved: Vec<MovedPaper>,
}

/// The calendar with this year's arrangement in place of what was there.
fn with_year(calendar: &Calendar, new: &PublishedYear) -> Calendar {
    let mut after = calendar.clone();
    after.days.retain(|day, _| day.year() != new.year);
    after.days.extend(new.days.iter().map(|(day, kind, _)| (*day, *kind)));
    after.published.insert(new.year);
    after
}

/// What `new` would change in `calendar`, papers left aside.
fn preview(calendar: &Calendar, new: PublishedYear) -> YearPreview {
    let after = with_year(calendar, &new);
    let names: BTreeMap<NaiveDate, &str> = new.days.iter().map(|(day, _, name)| (*day, name.as_str())).collect();
    let first = NaiveDate::from_ymd_opt(new.year, 1, 1).unwrap_or_default();
    let days: Vec<NaiveDate> = first.iter_days().take_while(|day| day.year() == new.year).collect();
    let working = |calendar: &Calendar| days.iter().filter(|day| calendar.is_working(**day)).count();
    let changes = days
        .iter()
        .filter(|day| calendar.days.get(day) != after.days.get(day))
        .map(|day| DayChange {
            day: *day,
            before: calendar.days.get(day).copied(),
            after: after.days.get(day).copied(),
            name: names.get(day).copied().unwrap_or_default().to_owned(),
            working: (calendar.is_working(*day), after.is_working(*day)),
        })
        .collect();
    YearPreview {
        known: calendar.published.contains(&new.year),
        working: (working(calendar), working(&after)),
        changes,
        moved: Vec::new(),
        new,
    }
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

    /// The first year within the next [`WARN_DAYS`] days whose arrangement is not loaded.
    pub async fn calendar_gap(&self) -> Result<Option<i32>> {
        let calendar = self.calendar().await?;
        let today = self.moment().day;
        let soon = today.checked_add_days(Days::new(WARN_DAYS)).unwrap_or(today);
        let gap = [today, soon].into_iter().find(|day| calendar.is_provisional(*day));
        Ok(gap.map(|day| day.year()))
    }

    /// What loading this file would change. Nothing is written.
    ///
    /// # Errors
    /// As [`Service::publish_year`].
    pub async fn preview_year(&self, caller: &Caller, text: &str, given: &Given) -> Result<YearPreview> {
        may_load(caller)?;
        self.preview_of(text, given).await
    }

    /// The same on the operator's own authority, for the command line.
    ///
    /// # Errors
    /// As [`read_year`].
    pub async fn preview_of(&self, text: &str, given: &Given) -> Result<YearPreview> {
        let calendar = self.calendar().await?;
        let mut shown = preview(&calendar, read_year(text, given)?);
        let after = with_year(&calendar, &shown.new);
        shown.moved = self.would_move(self.store().read(), after).await?;
        Ok(shown)
    }

    /// Loads a year's arrangement in place of what was there; gives what changed. Last days of open papers move later
    /// where the new calendar makes them so, never earlier; whoever can act on one of them is told once.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the system administrator and the office, [`Error::Invalid`] as
    /// [`read_year`].
    pub async fn publish_year(&self, caller: &Caller, text: &str, given: &Given) -> Result<YearPreview> {
        may_load(caller)?;
        self.publish(Some(caller), text, given).await
    }

    /// The same on the operator's own authority, for the command line.
    ///
    /// # Errors
    /// As [`read_year`].
    pub async fn publish_of(&self, text: &str, given: &Given) -> Result<YearPreview> {
        self.publish(None, text, given).await
    }

    async fn publish(&self, caller: Option<&Caller>, text: &str, given: &Given) -> Result<YearPreview> {
        let new = read_year(text, given)?;
        let tx = self.write().await?;
        let mut shown = preview(&setting::calendar(&*tx).await?, new);
        setting::publish_year(&*tx, &shown.new).await?;
        let deed = Deed::new("calendar.publish", "calendar_year", shown.new.year)
            .with("source", &shown.new.source)
            .with("changed", shown.changes.len());
        self.record(&*tx, caller, deed).await?;
        shown.moved = self.move_open(&tx, shown.new.year).await?;
        tx.commit().await?;
        Ok(shown)
    }
}

fn may_load(caller: &Caller) -> Result<()> {
    if caller.has_any(&[Role::Sysadmin, Role::Office]) {
        Ok(())
    } else {
        Err(Error::forbidden("not_your_page"))
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
