//! What is missing or wrong in a confirmation.

use super::{FoundName, Import, Reading, Resolution, Target};
use crate::error::{Error, FieldProblem, Result};
use chrono::NaiveDate;
use duban_core::org::UnitKind;
use duban_core::reason::Reason;

/// The years a campaign may be for.
const YEARS: std::ops::RangeInclusive<i32> = 2000..=2199;
/// The longest title, in characters.
const TITLE: usize = 200;

/// The longest name of a unit, in characters.
const NAME: usize = 100;

/// What keeps a name from becoming a new unit. A notice names bodies that carry out tasks; a unit of the government
/// itself owes no plans and decides on those of others, so it is not made here.
fn founded(reading: &Reading, import: &Import, found: &FoundName, unit: (&str, UnitKind)) -> Option<&'static str> {
    let (name, kind) = (unit.0.trim(), unit.1);
    let twice = || {
        let others = import.names.iter().filter(|(other, _)| **other != found.name);
        others
            .filter_map(|(_, resolution)| match resolution {
                Resolution::Founded { name, .. } => Some(name.trim()),
                _ => None,
            })
            .any(|other| other == name)
    };
    if found.collective {
        Some("collective_no_unit")
    } else if name.is_empty() {
        Some("unit_name_missing")
    } else if name.chars().count() > NAME {
        Some("unit_name_long")
    } else if reading.units.values().any(|unit| unit.is_called(name)) || twice() {
        Some("unit_known")
    } else if kind == UnitKind::Government {
        Some("unit_by_administrators")
    } else {
        None
    }
}

/// Everything that is missing or wrong in a confirmation, by the fields of the import page.
pub(super) fn check(reading: &Reading, import: &Import, today: NaiveDate) -> Result<()> {
    let mut problems = Vec::new();
    let mut wrong = |field: String, reason: Reason| problems.push(FieldProblem::of(field, reason));
    if reading.notice.tasks.is_empty() {
        wrong("text".to_owned(), Reason::new("no_tasks"));
    }
    for (field, text) in [
        ("title", &import.title),
        ("campaign_title", &import.campaign.title),
        ("plan_title", &import.campaign.plan_title),
    ] {
        if text.trim().is_empty() {
            wrong(field.to_owned(), Reason::new("required"));
        } else if text.chars().count() > TITLE {
            wrong(field.to_owned(), Reason::new("too_long").with("max", TITLE.to_string()));
        }
    }
    let planned = &import.campaign;
    if !YEARS.contains(&planned.year) {
        wrong("year".to_owned(), Reason::new("out_of_range"));
    }
    if planned.plan_due < today {
        wrong("plan_due".to_owned(), Reason::new("date_past"));
    }
    for (field, unit) in [
        ("coordinator", planned.coordinator),
        ("office", planned.office),
        ("leadership", planned.leadership),
        ("inspection", planned.inspection),
    ] {
        if !reading.units.contains_key(&unit) {
            wrong(field.to_owned(), Reason::new("required"));
        }
    }
    if let Err(Error::Invalid(found)) = names(reading, import, today) {
        problems.extend(found);
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(problems))
    }
}

/// What is missing or wrong in what a confirmation says of names, leads and figures.
pub(super) fn names(reading: &Reading, import: &Import, today: NaiveDate) -> Result<()> {
    let mut problems = Vec::new();
    let mut wrong = |field: String, reason: Reason| problems.push(FieldProblem::of(field, reason));
    for (at, found) in reading.names.iter().enumerate() {
        let problem = match import.names.get(&found.name) {
            None => Some("name_unresolved"),
            Some(Resolution::LeftOut { reason }) if reason.trim().is_empty() => Some("leave_out_reason"),
            Some(Resolution::LeftOut { .. }) => None,
            Some(Resolution::Founded { name, kind }) => founded(reading, import, found, (name, *kind)),
            Some(Resolution::Means { target, .. }) => match target {
                Target::Unit(id) if reading.units.contains_key(id) => None,
                Target::Roster(id)
                    if reading
                        .rosters
                        .get(id)
                        .is_some_and(|roster| !roster.members_on(today).is_empty()) =>
                {
                    None
                }
                Target::Unit(_) => Some("unit_unknown"),
                Target::Roster(_) => Some("roster_empty"),
            },
        };
        if let Some(code) = problem {
            wrong(format!("name-{at}"), Reason::new(code).with("name", found.name.clone()));
        }
    }
    for (at, task) in reading.notice.tasks.iter().enumerate() {
        if let Some(lead) = import.leads.get(&at) {
            // A name that is still open has its own problem; only one that is no single unit cannot lead.
            let single = !matches!(
                import.names.get(lead),
                Some(
                    Resolution::LeftOut { .. }
                        | Resolution::Means {
                            target: Target::Roster(_),
                            ..
                        }
                )
            );
            if !task.units.iter().any(|unit| unit.name == *lead) || !single {
                let reason = Reason::new("lead_unknown").with("number", task.number.clone());
                wrong(format!("lead-{at}"), reason);
            }
        }
    }
    for (at, value) in &import.values {
        let plain = value.parse::<f64>().is_ok_and(f64::is_finite)
            && value.len() <= 20
            && value.chars().all(|c| c.is_ascii_digit() || c == '.' || c == '-');
        if !plain {
            wrong(format!("value-{at}"), Reason::new("number_malformed"));
        }
    }
    for (at, name) in &import.called {
        if name.trim().is_empty() || name.chars().count() > TITLE {
            let reason = match name.trim().is_empty() {
                true => Reason::new("required"),
                false => Reason::new("too_long").with("max", TITLE.to_string()),
            };
            wrong(format!("called-{at}"), reason);
        }
    }
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(problems))
    }
}
