//! `duban config`: every setting with its value and its origin.

use super::{CliError, Settings, say};

/// Arguments of `duban config`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    settings: Settings,
}

/// Prints the settings as they would be used by `duban serve`; secrets are hidden.
pub fn run(args: &Args) -> Result<(), CliError> {
    let layers = args.settings.layers([])?;
    for (key, value, origin) in layers.shown() {
        let value = if value.is_empty() { "-" } else { &value };
        say(&format!("{key:<22} {value:<32} ({origin})"));
    }
    layers.read()?;
    Ok(())
}
