//! What every handler can reach.

use crate::config::Config;
use crate::i18n::Texts;
use crate::view::Views;
use duban_service::Service;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

/// The running program: use cases, templates, texts, configuration. Clone it freely.
#[derive(Clone)]
pub struct App(Arc<Parts>);

/// What [`App`] points to.
pub struct Parts {
    /// All use cases.
    pub service: Service,
    /// The compiled templates.
    pub views: Views,
    /// The texts of all languages.
    pub texts: Arc<Texts>,
    /// The configuration.
    pub config: Config,
    /// False while the demo district is still being filled.
    pub ready: AtomicBool,
    /// Becomes true when the server is asked to stop: streams end then.
    pub stopping: tokio::sync::watch::Sender<bool>,
}

impl App {
    /// Puts the parts together.
    pub fn new(parts: Parts) -> Self {
        Self(Arc::new(parts))
    }
}

impl Deref for App {
    type Target = Parts;
    fn deref(&self) -> &Parts {
        &self.0
    }
}
