//! The composition root: the only place that puts store, service, templates, worker and listener together.

use crate::app::{App, Parts};
use crate::config::Config;
use crate::i18n::{BadLocale, Texts};
use crate::schedule::Worker;
use crate::view::{ViewError, Views};
use crate::{listen, routes};
use duban_service::Service;
use duban_service::clock::Clock;
use duban_store::{Store, StoreError};
use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::net::TcpListener;

/// Why the program did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The schema could not be brought up to date.
    #[error("migration failed: {0}")]
    Migration(String),
    /// A locale file is broken.
    #[error(transparent)]
    Locale(#[from] BadLocale),
    /// A template is broken.
    #[error(transparent)]
    View(#[from] ViewError),
    /// The address is taken or not ours.
    #[error("cannot listen on {address}: {source}")]
    Listen {
        /// Which address.
        address: std::net::SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// A schedule cannot be read.
    #[error("{0}")]
    Schedule(String),
    /// A use case failed while starting.
    #[error(transparent)]
    Service(#[from] duban_service::Error),
    /// A workflow definition cannot be used.
    #[error(transparent)]
    Definitions(#[from] duban_workflows::LoadError),
    /// The runtime could not be made.
    #[error("cannot start: {0}")]
    Io(#[from] std::io::Error),
}

/// Opens the database and brings its schema up to date. For commands that work beside a server as well.
pub async fn open(config: &Config) -> Result<Store, StartError> {
    let store = Store::connect(&config.database).await?;
    let migrated = duban_migrations::run(store.schema()).await;
    migrated.map_err(|e| StartError::Migration(e.to_string()))?;
    Ok(store)
}

/// The use cases over an open store, with the shipped workflow definitions.
pub fn service(store: Store, clock: Arc<dyn Clock>) -> Result<Service, StartError> {
    Ok(Service::new(store, clock, duban_workflows::Registry::shipped()?))
}

/// Templates, texts and use cases together.
pub fn app(config: Config, service: Service) -> Result<App, StartError> {
    let texts = Arc::new(Texts::load()?);
    let views = Views::load(&texts, config.zone)?;
    Ok(App::new(Parts {
        service: service.with_mail_domains(&config.mail_domains),
        views,
        texts,
        config,
        ready: AtomicBool::new(true),
        stopping: tokio::sync::watch::Sender::new(false),
    }))
}

/// Takes the listening address. Done before anything is promised to the person who started the program.
pub async fn bind(config: &Config) -> Result<TcpListener, StartError> {
    let address = config.listen;
    let listener = TcpListener::bind(address).await;
    listener.map_err(|source| StartError::Listen { address, source })
}

/// Answers requests until `stop` is done; makes reminders and sends mail as soon as `prepare` is done, so that no time
/// runs out in a past that is still being played.
pub async fn run(
    app: App,
    listener: TcpListener,
    prepare: impl Future<Output = Result<(), StartError>>,
    stop: impl Future<Output = ()>,
) -> Result<(), StartError> {
    let router = routes::router(&app);
    if app.config.smtp.is_none() && !app.config.demo {
        tracing::warn!("no mail relay is set (smtp.host): mails wait in the outbox");
    }
    let stop = {
        let app = app.clone();
        async move {
            stop.await;
            app.stopping.send_replace(true);
        }
    };
    let serving = listen::serve(listener, router, app.config.max_connections, stop);
    tokio::pin!(serving);
    app.ready.store(false, Ordering::Release);
    tokio::select! {
        () = &mut serving => return Ok(()),
        prepared = prepare => prepared?,
    }
    app.ready.store(true, Ordering::Release);
    let worker = Worker::start(&app).map_err(StartError::Schedule)?;
    serving.await;
    worker.stop().await;
    tracing::info!("stopped");
    Ok(())
}
