//! The command line: one file per command below `cli/`, each with its arguments and what it does.

pub mod audit;
pub mod calendar;
pub mod config;
pub mod demo;
pub mod graph;
pub mod mail;
pub mod migrate;
mod migration;
pub mod notice;
pub mod remind;
pub mod serve;
pub mod simulate;
pub mod workflow;

use crate::config::{ConfigError, Layers};
use crate::serve::StartError;
use clap::{Parser, Subcommand};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;
use tracing_subscriber::EnvFilter;

/// Duban (督办) carries a government notice from its text to its last closed rectification.
#[derive(Debug, Parser)]
#[command(name = "duban", version, arg_required_else_help = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Try it: a demo district in a folder, every role with an account, no configuration
    Demo(demo::Args),
    /// Serve in production
    Serve(serve::Args),
    /// Bring the database schema up to date and stop
    Migrate(migrate::Args),
    /// Read a notice from a text file and print what was found
    Notice(notice::Args),
    /// Print the department graph of a campaign
    Graph(graph::Args),
    /// Check and show workflow definitions
    Workflow(workflow::Args),
    /// Load the holidays and make-up days of a year
    Calendar(calendar::Args),
    /// Print what reminders would go out at a moment, to whom and why
    Remind(remind::Args),
    /// Check the audit trail
    Audit(audit::Args),
    /// Take what comes back from the mail relay
    Mail(mail::Args),
    /// Show every setting with its value and where it comes from
    Config(config::Args),
}

/// Settings that every command with a database takes.
#[derive(Debug, Default, clap::Args)]
pub struct Settings {
    /// Configuration file (TOML)
    #[arg(long, value_name = "FILE", env = "DUBAN_CONFIG")]
    pub config: Option<PathBuf>,
    /// Database, as in sqlite:duban.db or postgres://user@host/name
    #[arg(long, value_name = "URL")]
    pub database: Option<String>,
}

impl Settings {
    /// File, then environment, then these flags and `more`.
    pub fn layers(
        &self,
        more: impl IntoIterator<Item = (&'static str, Option<String>)>,
    ) -> Result<Layers, ConfigError> {
        let mut layers = Layers::defaults();
        if let Some(file) = &self.config {
            layers = layers.file(file)?;
        }
        // The name of the file itself is no setting.
        let variables = std::env::vars().filter(|(name, _)| name != "DUBAN_CONFIG");
        layers
            .environment(variables)?
            .flags([("database", self.database.clone())])?
            .flags(more)
    }
}

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum CliError {
    /// The configuration.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// Starting.
    #[error(transparent)]
    Start(#[from] StartError),
    /// A use case.
    #[error(transparent)]
    Service(#[from] duban_service::Error),
    /// Reading or writing.
    #[error(transparent)]
    Io(#[from] std::io::Error),
    /// Anything else, already in words.
    #[error("{0}")]
    Other(String),
    /// The command did its work, and the answer is no (as a check that found problems). Nothing more to say.
    #[error("")]
    No,
    /// For programs: the exit code says it all.
    #[error("")]
    Code(u8),
}

/// Runs the program.
pub fn run() -> ExitCode {
    let cli = Cli::parse();
    let done = match cli.command {
        Command::Demo(args) => demo::run(&args),
        Command::Serve(args) => serve::run(&args),
        Command::Migrate(args) => migrate::run(&args),
        Command::Notice(args) => notice::run(&args),
        Command::Graph(args) => graph::run(&args),
        Command::Workflow(args) => workflow::run(&args),
        Command::Calendar(args) => calendar::run(&args),
        Command::Remind(args) => remind::run(&args),
        Command::Audit(args) => audit::run(&args),
        Command::Mail(args) => mail::run(&args),
        Command::Config(args) => config::run(&args),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(CliError::No) => ExitCode::FAILURE,
        Err(CliError::Code(code)) => ExitCode::from(code),
        Err(error) => {
            let _ = writeln!(std::io::stderr(), "duban: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Writes a line to the standard output. A reader that has gone away is no error.
pub fn say(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}

/// The asynchronous runtime of the commands that need one.
pub fn runtime() -> Result<tokio::runtime::Runtime, CliError> {
    Ok(tokio::runtime::Builder::new_multi_thread().enable_all().build()?)
}

/// Sets up logging to the standard error.
pub fn log(filter: &str, json: bool) {
    let filter = EnvFilter::try_new(filter).unwrap_or_else(|_| EnvFilter::new("info"));
    let builder = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(false);
    // A second call (in tests) keeps the first subscriber.
    let _ = if json {
        builder.json().try_init()
    } else {
        builder.try_init()
    };
}
