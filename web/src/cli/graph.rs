//! `duban graph`: the department graph of a campaign, for other programs and for paper.

use super::{CliError, Settings, log, runtime, say};
use crate::answer::{Question, answer};
use crate::i18n::{Locale, Texts};
use crate::pages::graph::cli_matrix;
use chrono::NaiveDate;
use duban_core::id::{CampaignId, UnitId};
use duban_service::Error;
use duban_service::clock::SystemClock;
use duban_service::graph::CampaignGraph;
use std::sync::Arc;

/// Arguments of `duban graph`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// A question to answer, as JSON; the whole graph when not given
    #[arg(value_enum)]
    question: Option<Question>,
    #[command(flatten)]
    settings: Settings,
    /// On whose units the assignments fall: a date as in 2026-03-02; today when not given
    #[arg(long, value_name = "DATE")]
    on: Option<NaiveDate>,
    /// For slips: name or number of the unit that is late
    #[arg(long, value_name = "UNIT")]
    unit: Option<String>,
    /// For slips: by how many working days
    #[arg(long, value_name = "DAYS", default_value_t = 3)]
    late: u32,
    /// Number of the campaign; the newest one when not given
    #[arg(long, value_name = "NUMBER")]
    campaign: Option<i64>,
    /// How to write it
    #[arg(long, value_enum, default_value_t = Format::Json)]
    format: Format,
    /// Language of the picture: zh-CN or en
    #[arg(long, value_name = "TAG", default_value = "zh-CN")]
    locale: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// Units, tasks, waits, and an order in which plans can become final
    Json,
    /// Graphviz: an edge from whoever supports to whoever leads
    Dot,
    /// The task × unit matrix as a picture
    Svg,
}

/// Prints the graph.
pub fn run(args: &Args) -> Result<(), CliError> {
    let locale = Locale::from_tag(&args.locale)
        .ok_or_else(|| CliError::Other(format!("{} is none of zh-CN, en", args.locale)))?;
    let config = args.settings.layers([])?.read()?;
    log(&config.log_filter, config.log_json);
    let found = runtime()?.block_on(async {
        let store = crate::serve::open(&config).await?;
        let service = crate::serve::service(store, Arc::new(SystemClock), &config).await?;
        let found = service.campaign_graph(args.campaign.map(CampaignId), args.on).await;
        found.map_err(|error| match error {
            Error::NotFound => CliError::Other("there is no such campaign in this database".to_owned()),
            other => other.into(),
        })
    })?;
    if let Some(question) = args.question {
        let unit = args.unit.as_deref().map(|name| unit(&found, name)).transpose()?;
        if question == Question::Slips && unit.is_none() {
            return Err(CliError::Other("slips needs --unit".to_owned()));
        }
        let told = answer(&found, question, unit, args.late.min(250));
        say(&serde_json::to_string_pretty(&told).map_err(|e| CliError::Other(e.to_string()))?);
        return Ok(());
    }
    say(&match args.format {
        Format::Json => json(&found)?,
        Format::Dot => found.graph.to_dot(&found.labels),
        Format::Svg => svg(&found, locale)?,
    });
    Ok(())
}

fn json(found: &CampaignGraph) -> Result<String, CliError> {
    let exported = found.graph.export(&found.labels);
    serde_json::to_string_pretty(&exported).map_err(|e| CliError::Other(e.to_string()))
}

fn svg(found: &CampaignGraph, locale: Locale) -> Result<String, CliError> {
    let texts = Texts::load().map_err(|e| CliError::Other(e.to_string()))?;
    Ok(cli_matrix(found, &texts, locale))
}

/// The unit that is called so, or has this number.
fn unit(found: &CampaignGraph, name: &str) -> Result<UnitId, CliError> {
    let mut known = found.units.values();
    let called = known.find(|unit| unit.is_called(name) || unit.id.to_string() == name);
    let called = called.map(|unit| unit.id);
    called.ok_or_else(|| CliError::Other(format!("there is no unit {name}")))
}
