//! Use cases and their transactions: what a page, the API or the command line can ask for.
//!
//! [`Service`] is cheap to clone; every noun adds its own `impl Service` in its own file. A use case asks the clock
//! once, reads what the rules need, asks the core, and writes everything that follows in one transaction.

pub mod access;
pub mod alert;
pub mod audit;
mod back_off;
pub mod batch;
pub mod bounce;
pub mod calendar;
pub mod campaign;
pub mod case;
pub mod clock;
pub mod command;
pub mod deadline;
pub mod delegation;
pub mod digest;
pub mod document;
mod effect;
pub mod error;
pub mod finding;
pub mod form;
pub mod foundation;
pub mod graph;
pub mod group;
pub mod hand_over;
pub mod history;
pub mod inbox;
pub mod ledger;
pub mod liveness;
pub mod mail_queue;
pub mod migration;
pub mod mute;
pub mod new_plan;
pub mod notice;
mod once;
mod open_clock;
pub mod org;
pub mod outbox;
pub mod paper;
pub mod password;
pub mod preview;
pub mod proposal;
pub mod reminder;
mod secret;
pub mod session;
pub mod setup;
pub mod sign_in;
pub mod simulation;
pub mod token;
pub mod urge;
pub mod workflow;

use chrono_tz::Tz;
use clock::{Clock, DEFAULT_ZONE};
use duban_core::org::Moment;
use duban_core::workflow::Definition;
use duban_store::{Store, Write};
use duban_workflows::Registry;
use password::Passwords;
use std::sync::Arc;

pub use error::{Conflict, Error, FieldProblem, Result};
pub use session::Caller;

/// All use cases. Clone it freely.
#[derive(Clone)]
pub struct Service {
    inner: Arc<Inner>,
}

struct Inner {
    store: Store,
    clock: Arc<dyn Clock>,
    zone: Tz,
    passwords: Passwords,
    definitions: Registry,
    mail_domains: Vec<String>,
}

impl Service {
    /// A service over this store and clock, with these workflow definitions; civil dates are days in Asia/Shanghai.
    pub fn new(store: Store, clock: Arc<dyn Clock>, definitions: Registry) -> Self {
        Self {
            inner: Arc::new(Inner {
                store,
                clock,
                zone: DEFAULT_ZONE,
                passwords: Passwords::default(),
                definitions,
                mail_domains: Vec::new(),
            }),
        }
    }

    /// The same use cases over the same store, told the time by another clock: to play a past.
    #[must_use]
    pub fn with_clock(&self, clock: Arc<dyn Clock>) -> Self {
        let inner = &self.inner;
        Self {
            inner: Arc::new(Inner {
                store: inner.store.clone(),
                clock,
                zone: inner.zone,
                passwords: inner.passwords.clone(),
                definitions: inner.definitions.clone(),
                mail_domains: inner.mail_domains.clone(),
            }),
        }
    }

    /// The same use cases, with mail to these domains only (and what lies below them). None: to all.
    #[must_use]
    pub fn with_mail_domains(&self, domains: &[String]) -> Self {
        let inner = &self.inner;
        Self {
            inner: Arc::new(Inner {
                store: inner.store.clone(),
                clock: Arc::clone(&inner.clock),
                zone: inner.zone,
                passwords: inner.passwords.clone(),
                definitions: inner.definitions.clone(),
                mail_domains: domains.iter().map(|domain| domain.to_lowercase()).collect(),
            }),
        }
    }

    /// Whether mail may go to this address, as far as its domain decides.
    pub(crate) fn may_mail(&self, address: &str) -> bool {
        let domains = &self.inner.mail_domains;
        let domain = address.rsplit_once('@').map(|(_, domain)| domain.trim().to_lowercase());
        let listed = |known: &String, domain: &str| {
            domain == known
                || domain
                    .strip_suffix(known.as_str())
                    .is_some_and(|rest| rest.ends_with('.'))
        };
        domains.is_empty() || domain.is_some_and(|domain| domains.iter().any(|known| listed(known, &domain)))
    }

    /// The store.
    pub fn store(&self) -> &Store {
        &self.inner.store
    }

    /// The time zone of civil dates.
    pub fn zone(&self) -> Tz {
        self.inner.zone
    }

    /// The moment now: instant (to the microsecond) and civil date.
    pub fn moment(&self) -> Moment {
        clock::moment(self.inner.clock.now(), self.inner.zone)
    }

    /// All workflow definitions.
    pub fn definitions(&self) -> &Registry {
        &self.inner.definitions
    }

    /// This version of a definition.
    ///
    /// # Errors
    /// [`Error::Internal`] when a document follows a definition that is not loaded.
    pub fn definition(&self, id: &str, version: u32) -> Result<Arc<Definition>> {
        let found = self.inner.definitions.get(id, version);
        found.ok_or_else(|| Error::internal(format!("definition {id}.v{version} is not loaded")))
    }

    /// The bounded pool that hashes passwords.
    pub fn passwords(&self) -> &Passwords {
        &self.inner.passwords
    }

    /// Begins a write transaction. Dropping it without [`Write::commit`] undoes everything.
    pub(crate) async fn write(&self) -> Result<Write> {
        Ok(self.inner.store.write().await?)
    }
}
