//! `duban graph`: the department graph of a campaign, for other programs and for paper.

use super::{CliError, Settings, log, runtime, say};
use crate::i18n::{Locale, Texts};
use duban_core::graph::Part;
use duban_core::graph::picture::Words;
use duban_core::id::CampaignId;
use duban_service::Error;
use duban_service::clock::SystemClock;
use duban_service::graph::CampaignGraph;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Arguments of `duban graph`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    settings: Settings,
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
        let found = service.campaign_graph(args.campaign.map(CampaignId)).await;
        found.map_err(|error| match error {
            Error::NotFound => CliError::Other("there is no such campaign in this database".to_owned()),
            other => other.into(),
        })
    })?;
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
    let size = BTreeMap::from([
        ("tasks".to_owned(), found.graph.tasks().len().to_string()),
        ("units".to_owned(), found.graph.units().len().to_string()),
        ("edges".to_owned(), found.graph.edges().count().to_string()),
    ]);
    let mark = |part: Part| (part, texts.plain(locale, &format!("graph.mark.{}", part.code())));
    let words = Words {
        title: found.title.clone(),
        description: texts.text(locale, "graph.size", &size),
        marks: [Part::Lead, Part::Support, Part::Co].map(mark).into(),
    };
    Ok(found.graph.to_svg(&found.labels, &words))
}
