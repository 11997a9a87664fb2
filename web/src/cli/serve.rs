//! `duban serve`: production. No demo data, no default accounts; a one-time token opens `/setup` at the first start.

use super::{CliError, Settings, log, runtime};
use duban_service::clock::SystemClock;
use std::sync::Arc;

/// Arguments of `duban serve`.
#[derive(Debug, clap::Args)]
pub struct Args {
    #[command(flatten)]
    settings: Settings,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Address under which people reach the service; links in mails start with it
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
}

/// Serves until it is asked to stop.
pub fn run(args: &Args) -> Result<(), CliError> {
    let flags = [("listen", args.listen.clone()), ("base_url", args.base_url.clone())];
    let config = args.settings.layers(flags)?.read()?;
    log(&config.log_filter, config.log_json);
    runtime()?.block_on(async {
        let store = crate::serve::open(&config).await?;
        store.claim_server().map_err(crate::serve::StartError::from)?;
        let service = crate::serve::service(store, Arc::new(SystemClock), &config).await?;
        if config.base_seeds {
            duban_seeds::base::load(&service).await?;
        }
        if let Some(token) = service.setup_token().await? {
            // Once, and not through the log: whoever starts the program for the first time is meant to see it.
            super::say(&format!("First start: open {}/setup?token={token}", config.base_url));
        }
        let app = crate::serve::app(config, service)?;
        let listener = crate::serve::bind(&app.config).await?;
        tracing::info!(
            "serving at {} (listening on {})",
            app.config.base_url,
            app.config.listen
        );
        crate::serve::run(app, listener, async { Ok(()) }, crate::listen::stop_signal()).await?;
        Ok(())
    })
}
