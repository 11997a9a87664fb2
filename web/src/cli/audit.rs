//! `duban audit verify`: checks the audit trail, in an exported file (which needs nothing else) or in the database.

use super::{CliError, Settings, log, runtime, say};
use clap::Subcommand;
use duban_core::audit::{Link, Verifier};
use duban_service::Service;
use duban_service::clock::SystemClock;
use duban_store::Store;
use duban_workflows::Registry;
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// Arguments of `duban audit`.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Check every record of the trail against the one before it; fails when one was changed, removed or slipped in
    Verify(Verify),
}

#[derive(Debug, clap::Args)]
struct Verify {
    /// An exported trail (JSON lines); the database of the configuration when absent
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The newest hash as it was noted down elsewhere; the trail of the file must end with it
    #[arg(long, value_name = "HASH", requires = "file")]
    head: Option<String>,
    #[command(flatten)]
    settings: Settings,
}

/// Runs a command about the trail.
pub fn run(args: &Args) -> Result<(), CliError> {
    let Command::Verify(verify) = &args.command;
    match &verify.file {
        Some(file) => check_file(file, verify.head.as_deref()),
        None => check_database(&verify.settings),
    }
}

fn check_file(file: &Path, head: Option<&str>) -> Result<(), CliError> {
    let mut verifier = Verifier::default();
    for (index, line) in BufReader::new(std::fs::File::open(file)?).lines().enumerate() {
        let line = line?;
        if line.trim().is_empty() {
            continue;
        }
        let link: Link = serde_json::from_str(&line)
            .map_err(|error| CliError::Other(format!("{}, line {}: {error}", file.display(), index + 1)))?;
        if let Err(fault) = verifier.take(&link) {
            return found(&format!(
                "{fault} (line {}); {} good before it",
                index + 1,
                verifier.seq
            ));
        }
    }
    if let Some(head) = head.filter(|head| !head.eq_ignore_ascii_case(&verifier.hash)) {
        return found(&format!(
            "the trail ends at record {} with {}, not with {head}",
            verifier.seq, verifier.hash
        ));
    }
    say(&format!(
        "{} records are whole; newest hash {}",
        verifier.seq, verifier.hash
    ));
    Ok(())
}

fn check_database(settings: &Settings) -> Result<(), CliError> {
    let config = settings.layers([])?.read()?;
    log(&config.log_filter, config.log_json);
    let state = runtime()?.block_on(async {
        // Neither migrated nor claimed: a check changes nothing and runs beside a server.
        let store = Store::connect(&config.database)
            .await
            .map_err(|error| CliError::Other(error.to_string()))?;
        let definitions = Registry::shipped().map_err(|error| CliError::Other(error.to_string()))?;
        let service = Service::new(store, Arc::new(SystemClock), definitions);
        service.verify_audit().await.map_err(CliError::from)
    })?;
    match state.fault {
        None => {
            say(&format!(
                "{} records are whole; newest hash {}",
                state.records, state.head
            ));
            Ok(())
        }
        Some(fault) => found(&format!("{fault}; {} good before it", state.records)),
    }
}

/// Says what is wrong; the command then fails.
fn found(what: &str) -> Result<(), CliError> {
    say(what);
    Err(CliError::No)
}
