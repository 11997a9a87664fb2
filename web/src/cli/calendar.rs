//! `duban calendar import`: loads a year's holidays and make-up days, or shows what that would change.

use super::{CliError, Settings, log, runtime, say};
use clap::Subcommand;
use duban_core::calendar::DayKind;
use duban_service::calendar::{Given, YearPreview};
use duban_service::clock::SystemClock;
use duban_service::{Error, Service};
use duban_store::Store;
use duban_workflows::Registry;
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `duban calendar`.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Load a year from a TOML, JSON, CSV or .ics file, in place of what was loaded
    Import(Import),
}

#[derive(Debug, clap::Args)]
struct Import {
    /// The file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Which year to take from it; needed when the file holds several
    #[arg(long)]
    year: Option<i32>,
    /// The notice it comes from; needed when the file does not say
    #[arg(long, value_name = "TEXT")]
    source: Option<String>,
    /// Only print what would change
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    settings: Settings,
}

/// Runs the command.
///
/// # Errors
/// A sentence that names the file, what the configuration or the database said.
pub fn run(args: &Args) -> Result<(), CliError> {
    let Command::Import(import) = &args.command;
    let name = import.file.display();
    let text = std::fs::read_to_string(&import.file).map_err(|error| CliError::Other(format!("{name}: {error}")))?;
    let given = Given {
        year: import.year,
        source: import.source.clone(),
    };
    let config = import.settings.layers([])?.read()?;
    log(&config.log_filter, config.log_json);
    let shown = runtime()?.block_on(async {
        let store = Store::connect(&config.database)
            .await
            .map_err(|error| CliError::Other(error.to_string()))?;
        let definitions = Registry::shipped().map_err(|error| CliError::Other(error.to_string()))?;
        let service = Service::new(store, Arc::new(SystemClock), definitions);
        let done = if import.dry_run {
            service.preview_of(&text, &given).await
        } else {
            service.publish_of(&text, &given).await
        };
        done.map_err(|error| match error {
            Error::Invalid(problems) => {
                let reasons: Vec<String> = problems.iter().map(|problem| said(&problem.reason)).collect();
                CliError::Other(format!("{name}: {}", reasons.join("; ")))
            }
            other => other.into(),
        })
    })?;
    print(&shown, import.dry_run);
    Ok(())
}

/// A reason as its code with its arguments: the command line has no texts of its own for them.
fn said(reason: &duban_core::reason::Reason) -> String {
    let args: Vec<String> = reason
        .args
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    format!("{} {}", reason.code, args.join(" ")).trim().to_owned()
}

fn print(shown: &YearPreview, dry_run: bool) {
    let kind = |kind: Option<DayKind>, working: bool| match (kind, working) {
        (Some(DayKind::Holiday), _) => "holiday",
        (Some(DayKind::MakeUp), _) => "make-up day",
        (None, true) => "working day",
        (None, false) => "weekend",
    };
    say(&format!("{} {}", shown.new.year, shown.new.source));
    for change in &shown.changes {
        say(&format!(
            "  {}  {} -> {}  {}",
            change.day.format("%Y-%m-%d %a"),
            kind(change.before, change.working.0),
            kind(change.after, change.working.1),
            change.name
        ));
    }
    for paper in &shown.moved {
        say(&format!(
            "  {}  {}: due {} -> {}, {} people told",
            paper.unit,
            paper.title,
            paper.before,
            paper.after,
            paper.people.len()
        ));
    }
    say(&format!(
        "{} days {}; working days of the year: {} -> {}",
        shown.changes.len(),
        if dry_run { "would change" } else { "changed" },
        shown.working.0,
        shown.working.1
    ));
}
