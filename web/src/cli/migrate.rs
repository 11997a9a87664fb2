//! `duban migrate`: brings the schema up to date and stops; `duban serve` does the same by itself.

use super::{CliError, Settings, log, runtime, say};

/// Arguments of `duban migrate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    settings: Settings,
}

/// Runs the migrations.
pub fn run(args: &Args) -> Result<(), CliError> {
    let config = args.settings.layers([])?.read()?;
    log(&config.log_filter, config.log_json);
    runtime()?.block_on(crate::serve::open(&config))?;
    say("The schema is up to date.");
    Ok(())
}
