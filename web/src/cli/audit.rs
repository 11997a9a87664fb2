//! `duban audit`: checks the audit trail, in an exported file (which needs nothing else) or in the database, and
//! exports the histories of documents.

use super::{CliError, Settings, log, runtime, say};
use clap::Subcommand;
use duban_core::audit::{Link, Verifier};
use duban_core::id::{CampaignId, DocumentId};
use duban_service::Service;
use duban_service::clock::SystemClock;
use duban_service::history::Whose;
use duban_store::Store;
use duban_workflows::Registry;
use duban_workflows::export::xes::xes;
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
    /// Export what happened to documents, as steps of the nets of their definitions
    History(History),
}

#[derive(Debug, clap::Args)]
#[group(id = "whose", required = true, multiple = false, args = ["document", "campaign", "all"])]
struct History {
    /// One document, by its number
    #[arg(long, value_name = "N")]
    document: Option<i64>,
    /// Every document of a campaign, by the campaign's number
    #[arg(long, value_name = "N")]
    campaign: Option<i64>,
    /// Every document
    #[arg(long)]
    all: bool,
    /// Which format
    #[arg(long, value_enum, default_value_t = HistoryFormat::Xes)]
    format: HistoryFormat,
    #[command(flatten)]
    settings: Settings,
}

#[derive(Debug, Clone, Copy, clap::ValueEnum)]
enum HistoryFormat {
    /// IEEE 1849-2016
    Xes,
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
    match &args.command {
        Command::Verify(verify) => match &verify.file {
            Some(file) => check_file(file, verify.head.as_deref()),
            None => check_database(&verify.settings),
        },
        Command::History(history) => export_history(history),
    }
}

fn export_history(args: &History) -> Result<(), CliError> {
    let whose = match (args.document, args.campaign) {
        (Some(id), _) => Whose::Document(DocumentId(id)),
        (None, Some(id)) => Whose::Campaign(CampaignId(id)),
        (None, None) => Whose::All,
    };
    let traces = with_service(&args.settings, async |service| service.histories(whose).await)?;
    match args.format {
        HistoryFormat::Xes => say(xes("duban", &traces).trim_end()),
    }
    Ok(())
}

/// Reads from the database of the configuration. It is neither migrated nor claimed: reading changes nothing and runs
/// beside a server.
fn with_service<T>(
    settings: &Settings,
    read: impl AsyncFnOnce(Service) -> duban_service::error::Result<T>,
) -> Result<T, CliError> {
    let config = settings.layers([])?.read()?;
    log(&config.log_filter, config.log_json);
    runtime()?.block_on(async {
        let store = Store::connect(&config.database)
            .await
            .map_err(|error| CliError::Other(error.to_string()))?;
        let definitions = Registry::shipped().map_err(|error| CliError::Other(error.to_string()))?;
        read(Service::new(store, Arc::new(SystemClock), definitions))
            .await
            .map_err(CliError::from)
    })
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
    let state = with_service(settings, async |service| service.verify_audit().await)?;
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
