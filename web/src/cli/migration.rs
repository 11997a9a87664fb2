//! `duban workflow migrate`: moves running documents to another version of their workflow. It changes nothing unless
//! it is told to.

use super::{CliError, Settings, log, runtime, say};
use duban_core::workflow::{Names, StageId};
use duban_service::Error;
use duban_service::clock::SystemClock;
use duban_service::migration::Moving;
use std::sync::Arc;

/// Arguments of `duban workflow migrate`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The workflow's name, as in annual-plan
    #[arg(value_name = "ID")]
    id: String,
    /// The version to move to; it must be published
    #[arg(long, value_name = "VERSION")]
    to: u32,
    /// A stage that has another name there: office=district-office. Can be repeated
    #[arg(long, value_name = "OLD=NEW", value_parser = pair)]
    map: Vec<(StageId, StageId)>,
    /// Move the documents that nothing stands in the way of; without it the command only tells
    #[arg(long)]
    apply: bool,
    #[command(flatten)]
    settings: Settings,
}

fn pair(text: &str) -> Result<(StageId, StageId), String> {
    let (old, new) = text.split_once('=').ok_or("expected OLD=NEW")?;
    Ok((old.into(), new.into()))
}

/// Tries or moves, and prints a line for each document.
///
/// # Errors
/// [`CliError::No`] when something stands in the way of a document; a sentence for a version that is not there or not
/// published.
pub fn run(args: &Args) -> Result<(), CliError> {
    let config = args.settings.layers([])?.read()?;
    log(&config.log_filter, config.log_json);
    let names: Names = args.map.iter().cloned().collect();
    let told = runtime()?.block_on(async {
        let store = crate::serve::open(&config).await?;
        let service = crate::serve::service(store, Arc::new(SystemClock), &config).await?;
        let version = (args.id.as_str(), args.to);
        let told = match args.apply {
            true => service.apply_migration(None, version, &names).await,
            false => service.try_migration(None, version, &names).await,
        };
        told.map_err(|error| match error {
            Error::NotFound => CliError::Other(format!("there is no {}.v{}", args.id, args.to)),
            Error::Refused(_) => CliError::Other(format!("{}.v{} is not published", args.id, args.to)),
            other => other.into(),
        })
    })?;
    told.iter().for_each(|one| say(&line(one, args.apply)));
    if told.iter().all(|one| one.refused.is_empty()) {
        Ok(())
    } else {
        Err(CliError::No)
    }
}

fn line(one: &Moving, applied: bool) -> String {
    let stages: Vec<_> = one.stages.iter().map(|stage| stage.0.as_str()).collect();
    let what = match (one.refused.is_empty(), applied) {
        (true, true) => "moved".to_owned(),
        (true, false) => "can move".to_owned(),
        (false, _) => {
            let reasons = one.refused.iter().map(|reason| {
                let args = reason.args.iter().map(|(name, value)| format!(" {name}={value}"));
                format!("{}{}", reason.code, args.collect::<String>())
            });
            reasons.collect::<Vec<_>>().join("; ")
        }
    };
    format!("{}\tv{}\t{}\t{what}", one.document, one.from.version, stages.join("+"))
}
