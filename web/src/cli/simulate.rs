//! `duban workflow simulate`: a campaign replayed under changed conditions. It changes nothing.

use super::{CliError, Settings, log, runtime, say};
use chrono::NaiveDate;
use clap::ValueEnum;
use duban_core::id::CampaignId;
use duban_core::org::Role;
use duban_core::workflow::simulation::Absence;
use duban_core::workflow::{Definition, StageId};
use duban_service::clock::SystemClock;
use duban_service::simulation::{Asked, Simulated};
use duban_service::{Error, Service};
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `duban workflow simulate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    settings: Settings,
    /// Number of the campaign; the newest one when not given
    #[arg(long, value_name = "NUMBER")]
    campaign: Option<i64>,
    /// Another definition (TOML), as one with a stage added
    #[arg(long, value_name = "FILE")]
    definition: Option<PathBuf>,
    /// Somebody is away from a day until the day they are back: NAME=2026-03-02..2026-03-16. Can be repeated
    #[arg(long, value_name = "NAME=FROM..UNTIL", value_parser = absence)]
    away: Vec<(String, NaiveDate, NaiveDate)>,
    /// Another time limit of a stage, in working days: office=1. Can be repeated
    #[arg(long, value_name = "STAGE=DAYS", value_parser = pair)]
    limit: Vec<(String, u32)>,
    /// Another pace of a role, in working days: coordinator=4. Can be repeated
    #[arg(long, value_name = "ROLE=DAYS", value_parser = pace)]
    pace: Vec<(Role, u32)>,
    /// How many papers one person answers on one day, at most
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    capacity: Option<u32>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Table)]
    format: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    /// Tables of load and of late papers, before and after
    Table,
    /// Everything, the visits of every paper included
    Json,
}

fn pair(text: &str) -> Result<(String, u32), String> {
    let (name, days) = text.split_once('=').ok_or("expected NAME=DAYS")?;
    let days = days.parse().map_err(|_| format!("{days} is no number of days"))?;
    Ok((name.to_owned(), days))
}

fn pace(text: &str) -> Result<(Role, u32), String> {
    let (name, days) = pair(text)?;
    let codes = || Role::ALL.map(Role::code).join(", ");
    let role = Role::from_code(&name).ok_or_else(|| format!("{name} is none of {}", codes()))?;
    Ok((role, days))
}

fn absence(text: &str) -> Result<(String, NaiveDate, NaiveDate), String> {
    let (name, period) = text.split_once('=').ok_or("expected NAME=FROM..UNTIL")?;
    let (from, until) = period.split_once("..").ok_or("expected FROM..UNTIL")?;
    let day = |text: &str| text.parse().map_err(|_| format!("{text} is no date, as in 2026-03-02"));
    Ok((name.to_owned(), day(from)?, day(until)?))
}

/// Simulates and prints.
///
/// # Errors
/// A sentence for a campaign, person, stage or definition that is not there.
pub fn run(args: &Args) -> Result<(), CliError> {
    let definition = args.definition.as_deref().map(definition).transpose()?;
    let config = args.settings.layers([])?.read()?;
    log(&config.log_filter, config.log_json);
    let found = runtime()?.block_on(async {
        let store = crate::serve::open(&config).await?;
        let service = crate::serve::service(store, Arc::new(SystemClock), &config).await?;
        let asked = asked(&service, args, definition).await?;
        service.simulate_campaign(&asked).await.map_err(|error| match error {
            Error::NotFound => CliError::Other("there is no such campaign in this database".to_owned()),
            other => other.into(),
        })
    })?;
    match args.format {
        Format::Json => say(&json(&found)?),
        Format::Table => say(&table(&found)),
    }
    Ok(())
}

fn definition(path: &std::path::Path) -> Result<Arc<Definition>, CliError> {
    let text = super::workflow::read(path)?;
    let source = duban_workflows::check(&text).map_err(|problems| {
        let name = path.display().to_string();
        let lines: Vec<_> = problems
            .iter()
            .map(|one| super::workflow::sentence(&name, one))
            .collect();
        CliError::Other(format!("this definition has problems\n{}", lines.join("\n")))
    })?;
    Ok(Arc::new(source.definition))
}

async fn asked(service: &Service, args: &Args, definition: Option<Arc<Definition>>) -> Result<Asked, CliError> {
    let mut asked = Asked {
        campaign: args.campaign.map(CampaignId),
        definition,
        pace: args.pace.iter().copied().collect(),
        capacity: args.capacity,
        ..Asked::default()
    };
    for (name, from, until) in &args.away {
        let person = service.person_named(name).await.map_err(|error| match error {
            Error::Invalid(_) => CliError::Other(format!("{name} is not the name of one person here")),
            other => other.into(),
        })?;
        asked.conditions.away.push(Absence {
            person,
            from: *from,
            until: *until,
        });
    }
    let limits = args.limit.iter();
    asked.conditions.limits = limits.map(|(stage, days)| (StageId(stage.clone()), *days)).collect();
    Ok(asked)
}

fn json(found: &Simulated) -> Result<String, CliError> {
    let value = serde_json::json!({
        "campaign": found.campaign.id,
        "definitions": [
            format!("{}.v{}", found.definitions.0.id, found.definitions.0.version),
            format!("{}.v{}", found.definitions.1.id, found.definitions.1.version),
        ],
        "learnt": found.learnt,
        "pace": found.pace,
        "base": found.base,
        "changed": found.changed,
        "differences": found.comparison,
    });
    serde_json::to_string_pretty(&value).map_err(|error| CliError::Other(error.to_string()))
}

fn table(found: &Simulated) -> String {
    let day = |day: Option<NaiveDate>| day.map_or_else(|| "never".to_owned(), |day| day.to_string());
    let (base, changed) = (&found.base, &found.changed);
    let mut lines = vec![
        format!("{}: {} papers", found.campaign.title, changed.papers.len()),
        format!("late papers   {} -> {}", base.late_papers(), changed.late_papers()),
        format!("without end   {} -> {}", base.stuck_papers(), changed.stuck_papers()),
        format!(
            "last finish   {} -> {}",
            day(base.last_finish()),
            day(changed.last_finish())
        ),
        String::new(),
        "load: acts, most on a day, longest queue; as it is -> changed".to_owned(),
    ];
    let arrow = |(old, new): (u32, u32)| format!("{old} -> {new}");
    for row in found.load_rows() {
        let (total, peak, queue) = (arrow(row.total), arrow(row.peak), arrow(row.queue));
        lines.push(format!("{total:>12} {peak:>10} {queue:>10}  {}", row.name));
    }
    lines.push(String::new());
    lines.push("stages: visits, late ones; as it is -> changed".to_owned());
    for stage in &found.definitions.1.stages {
        let of =
            |run: &duban_core::workflow::simulation::Outcome| run.stages.get(&stage.id).copied().unwrap_or_default();
        let (old, new) = (of(base), of(changed));
        let (rounds, late) = (arrow((old.rounds, new.rounds)), arrow((old.late, new.late)));
        lines.push(format!("{rounds:>12} {late:>10}  {}", stage.id));
    }
    lines.push(String::new());
    lines.push("papers that are late, stuck or moved: finish; as it is -> changed".to_owned());
    for row in found.paper_rows() {
        let late = if row.late.1 { "late" } else { "" };
        let (old, new) = (day(row.finished_on.0), day(row.finished_on.1));
        lines.push(format!("{old:>12} -> {new:<12} {late:<5} {}", row.unit));
    }
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_are_read_as_they_are_written() {
        let (name, from, until) = absence("王敏=2026-03-02..2026-03-16").unwrap();
        assert_eq!(
            (name.as_str(), from.to_string(), until.to_string()),
            ("王敏", "2026-03-02".into(), "2026-03-16".into())
        );
        assert_eq!(pair("office=1"), Ok(("office".to_owned(), 1)));
        assert_eq!(pace("coordinator=4"), Ok((Role::Coordinator, 4)));
        for bad in ["office", "office=x", "office=-1"] {
            assert!(pair(bad).is_err(), "{bad}");
        }
        assert!(pace("clerk=1").is_err() && absence("王敏=2026-03-02").is_err() && absence("王敏=3月..4月").is_err());
    }
}
