//! `duban remind`: what reminders would go out at a moment, to whom and why. Nothing is written and nothing is sent.

use super::{CliError, Settings, log, runtime, say};
use chrono::{DateTime, NaiveDateTime, TimeZone, Utc};
use duban_service::Service;
use duban_service::clock::SystemClock;
use duban_service::reminder::dry_run::{DryLine, DryRun};
use duban_store::Store;
use duban_workflows::Registry;
use std::path::PathBuf;
use std::sync::Arc;

/// Arguments of `duban remind`.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub struct Args {
    /// Only print; required, because mail is sent by the server alone
    #[arg(long, required = true)]
    dry_run: bool,
    /// The moment, as in 2026-03-02T08:30+08:00 or, in the zone of the configuration, 2026-03-02T08:30; now when absent
    #[arg(long, value_name = "TIME")]
    at: Option<String>,
    /// One JSON document instead of text
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    settings: Settings,
}

/// Runs the command.
///
/// # Errors
/// [`CliError::Other`] for a time that is none, what the configuration or the database said.
pub fn run(args: &Args) -> Result<(), CliError> {
    let config = args.settings.layers([])?.read()?;
    log(&config.log_filter, config.log_json);
    let at = match &args.at {
        Some(text) => moment(text, config.zone)
            .ok_or_else(|| CliError::Other(format!("`{text}` is no time; write it like 2026-03-02T08:30+08:00")))?,
        None => Utc::now(),
    };
    let run = runtime()?.block_on(async {
        // Neither migrated nor claimed: looking changes nothing and runs beside a server.
        let path: PathBuf = config.database.trim_start_matches("sqlite:").into();
        if config.database.starts_with("sqlite:") && !path.exists() {
            return Err(CliError::Other(format!("there is no database {}", path.display())));
        }
        let store = Store::connect(&config.database)
            .await
            .map_err(|error| CliError::Other(error.to_string()))?;
        let definitions = Registry::shipped().map_err(|error| CliError::Other(error.to_string()))?;
        let service = Service::new(store, Arc::new(SystemClock), definitions);
        service.dry_run(at).await.map_err(CliError::from)
    })?;
    if args.json {
        say(&serde_json::to_string_pretty(&run).map_err(|error| CliError::Other(error.to_string()))?);
    } else {
        print(&run);
    }
    Ok(())
}

/// An instant with its offset, or a local time.
fn moment(text: &str, zone: chrono_tz::Tz) -> Option<DateTime<Utc>> {
    let text = text.trim();
    for format in ["%Y-%m-%dT%H:%M%:z", "%Y-%m-%dT%H:%M:%S%:z"] {
        if let Ok(at) = DateTime::parse_from_str(text, format) {
            return Some(at.with_timezone(&Utc));
        }
    }
    if let Ok(at) = text.parse::<DateTime<Utc>>() {
        return Some(at);
    }
    let local = NaiveDateTime::parse_from_str(text, "%Y-%m-%dT%H:%M").ok()?;
    Some(zone.from_local_datetime(&local).earliest()?.with_timezone(&Utc))
}

fn print(run: &DryRun) {
    let lines: usize = run.mails.iter().map(|mail| mail.lines.len()).sum();
    say(&format!(
        "{}: {} mails with {lines} lines; {} reminders were made before",
        run.at.format("%Y-%m-%d %H:%M %A"),
        run.mails.len(),
        run.made
    ));
    if run.leaves != run.at {
        say(&format!(
            "quiet: mail that goes out by itself leaves at {}",
            run.leaves.format("%Y-%m-%d %H:%M %A")
        ));
    }
    for mail in &run.mails {
        let address = mail.to.address.as_deref().unwrap_or("no address");
        let single = match mail.delivery {
            duban_core::reminder::Delivery::Digest => "digest",
            duban_core::reminder::Delivery::Single => "mail of its own",
        };
        say(&format!("\nto {} <{address}>, {single}", mail.to.name));
        for line in &mail.lines {
            say(&format!("  {}", told(line)));
        }
    }
}

fn told(line: &DryLine) -> String {
    let (says, why) = (&line.says, &line.occurrence);
    let about = if says.provisional { "about " } else { "" };
    let due = says
        .due_on
        .map_or_else(|| "no last day".to_owned(), |day| format!("due {about}{day}"));
    let when = match (says.late, says.left) {
        (0, Some(0)) => ", today".to_owned(),
        (0, Some(left)) => format!(", {left} working days left"),
        (0, None) => String::new(),
        (late, _) => format!(", {late} working days late"),
    };
    let waits = if says.who.is_empty() {
        String::new()
    } else {
        format!(", waits for {}", says.who.join(" "))
    };
    format!(
        "{:<6} {} ({}) {due}{when} | {} rung {:+}, as {}{waits}",
        says.light.code(),
        says.title,
        says.unit,
        why.rule,
        why.rung,
        why.to.code()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_with_and_without_an_offset() {
        let zone = chrono_tz::Asia::Shanghai;
        let half_past_midnight: DateTime<Utc> = "2026-03-02T00:30:00Z".parse().unwrap();
        for text in [
            "2026-03-02T08:30+08:00",
            "2026-03-02T08:30:00+08:00",
            "2026-03-02T00:30:00Z",
            "2026-03-02T08:30",
        ] {
            assert_eq!(moment(text, zone), Some(half_past_midnight), "{text}");
        }
        assert_eq!(moment("tomorrow", zone), None);
    }
}
