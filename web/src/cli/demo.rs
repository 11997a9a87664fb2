//! `duban demo`: the whole thing in one folder, with a demo district and an account for every role.

use super::{CliError, log, runtime, say};
use crate::config::Layers;
use chrono::{DateTime, Utc};
use duban_service::clock::{Clock, SystemClock};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

/// Arguments of `duban demo`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder for the database; made when it is missing. A second start goes on with what is there
    #[arg(long, value_name = "FOLDER", default_value = "duban-demo")]
    folder: PathBuf,
    /// Address and port to listen on
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8080")]
    listen: String,
    /// Read the time from this file (one RFC 3339 instant) instead of the machine's clock, to rehearse a whole year
    #[arg(long, value_name = "FILE")]
    clock_file: Option<PathBuf>,
    /// Units, people and calendar only: no campaign and no papers
    #[arg(long)]
    empty: bool,
    /// What to log
    #[arg(long, value_name = "FILTER", default_value = "warn")]
    log: String,
}

/// Serves the demo until it is asked to stop.
pub fn run(args: &Args) -> Result<(), CliError> {
    log(&args.log, false);
    std::fs::create_dir_all(&args.folder)?;
    let database = format!("sqlite:{}", args.folder.join("duban.db").display());
    let flags = [("listen", Some(args.listen.clone())), ("database", Some(database))];
    // The one thing worth setting here: a relay, to see the mails arrive somewhere else than in the built-in mailbox.
    let relay = std::env::vars().filter(|(name, _)| {
        ["SMTP_", "MAIL_", "DKIM_", "ROBOTS_"]
            .iter()
            .any(|part| name.starts_with(&format!("DUBAN_{part}")))
    });
    let mut config = Layers::defaults().environment(relay)?.flags(flags)?.read()?;
    config.demo = true;
    let port = config.listen.port();
    config
        .hosts
        .extend([format!("localhost:{port}"), format!("127.0.0.1:{port}")]);
    let clock: Arc<dyn Clock> = match &args.clock_file {
        Some(path) => Arc::new(FileClock::open(path)?),
        None => Arc::new(SystemClock),
    };
    runtime()?.block_on(async {
        let store = crate::serve::open(&config).await?;
        store.claim_server().map_err(crate::serve::StartError::from)?;
        let service = crate::serve::service(store, clock)?;
        duban_seeds::base::load(&service).await?;
        duban_seeds::demo::load(&service).await?;
        let app = crate::serve::app(config, service)?;
        let listener = crate::serve::bind(&app.config).await?;
        let service = app.service.clone();
        // Beside serving, so that the first page is there at once; the papers appear while one looks around.
        let prepare = async move {
            if !args.empty {
                duban_seeds::papers::load(&service).await?;
            }
            Ok(())
        };
        say(&format!(
            "Duban demo at {}  (data in {})",
            app.config.base_url,
            args.folder.display()
        ));
        say(&format!("Accounts (password of each: {})", duban_seeds::demo::PASSWORD));
        for account in duban_seeds::demo::accounts() {
            say(&format!(
                "  {:<12} {:<12} {} · {}",
                account.username,
                account.role.code(),
                account.name,
                account.unit
            ));
        }
        crate::serve::run(app, listener, prepare, crate::listen::stop_signal()).await?;
        Ok(())
    })
}

/// A clock that shows what stands in a file, so that another program can move it.
struct FileClock {
    path: PathBuf,
    /// The last instant that was readable; kept when the file is being written.
    last: Mutex<DateTime<Utc>>,
}

impl FileClock {
    fn open(path: &Path) -> Result<Self, CliError> {
        let now = Self::read(path);
        let now = now.ok_or_else(|| CliError::Other(format!("{} holds no RFC 3339 instant", path.display())))?;
        Ok(Self {
            path: path.to_owned(),
            last: Mutex::new(now),
        })
    }

    fn read(path: &Path) -> Option<DateTime<Utc>> {
        std::fs::read_to_string(path).ok()?.trim().parse().ok()
    }
}

impl Clock for FileClock {
    fn now(&self) -> DateTime<Utc> {
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(now) = Self::read(&self.path) {
            *last = now;
        }
        *last
    }
}
