//! `duban mail bounce`: takes a delivery report from the standard input, as a mail server pipes it.

use super::{CliError, Settings, log, runtime, say};
use clap::Subcommand;
use duban_service::clock::SystemClock;
use std::io::Read as _;
use std::sync::Arc;

/// Arguments of `duban mail`.
#[derive(Debug, clap::Args)]
#[command(arg_required_else_help = true)]
pub struct Args {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Read a delivery report from the standard input and note what it says about an address
    Bounce(Bounce),
}

#[derive(Debug, clap::Args)]
struct Bounce {
    #[command(flatten)]
    settings: Settings,
}

/// The largest mail that is read, in bytes.
const LARGEST: u64 = 2 * 1024 * 1024;

/// Runs a command about mail.
pub fn run(args: &Args) -> Result<(), CliError> {
    let Command::Bounce(bounce) = &args.command;
    let config = bounce.settings.layers([])?.read()?;
    log(&config.log_filter, config.log_json);
    let mut raw = Vec::new();
    std::io::stdin().take(LARGEST).read_to_end(&mut raw)?;
    runtime()?.block_on(async {
        let store = crate::serve::open(&config).await?;
        let service = crate::serve::service(store, Arc::new(SystemClock))?;
        // A mail that is no report is no error: the mail server would send it back to whoever wrote it.
        for (report, taken) in crate::mail::bounce::take(&service, &raw).await? {
            say(&format!(
                "{} {} {}: {taken:?}",
                report.recipient, report.action, report.status
            ));
        }
        Ok(())
    })
}
