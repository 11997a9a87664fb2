//! Mail to people: [`message`] puts it into words and headers, [`entry`] its deadlines into calendar files, [`dkim`]
//! signs it, [`transport`] brings it to the relay,
//! [`Post`] empties the outbox, [`line`] knows whether the relay is there. [`bounce`] reads what comes back.

pub mod bounce;
pub mod dkim;
pub mod entry;
pub mod line;
pub mod message;
pub mod transport;
pub mod unsubscribe;

use crate::app::App;
use crate::channel::Channel;
use crate::channel::pace::Pace;
use crate::config::Config;
use duban_service::outbox::{Claim, Outgoing, Tried};
use duban_service::{Error, Result};
use futures_util::future::BoxFuture;
use line::Line;
use message::{MessageError, Rendered};
use std::sync::Arc;
use std::time::{Duration, Instant};
use transport::{Sealed, SendError};

/// Mails that are on their way at once.
const SLOTS: usize = 4;
/// How often a sender renews its claim while it waits for the relay; the claim holds four times as long.
const RENEW: Duration = Duration::from_secs(30);

/// The way by mail: to the relay, or without one into the built-in mailbox under `duban demo`. In production mails
/// wait until a relay is set.
pub struct Post {
    pace: Pace,
    line: Arc<Line>,
}

impl Post {
    /// The way as the configuration says.
    pub fn new(config: &Config) -> Self {
        Self {
            pace: Pace::new(config.smtp.as_ref().map_or(0, |smtp| smtp.per_minute)),
            line: Arc::default(),
        }
    }

    /// Keeps [`SLOTS`] mails on their way until nothing waits any more. A mail that fails steps aside, one that is
    /// slow holds up its own slot only. A relay that is away ends the turn.
    async fn turn(&self, app: &App) -> Result<usize> {
        if app.config.smtp.is_none() && !app.config.demo {
            return Ok(0);
        }
        let mut handled = 0;
        let mut slots = tokio::task::JoinSet::new();
        loop {
            let room = self.line.room(app.service.moment().now, SLOTS);
            while slots.len() < room && self.pace.take(Instant::now()) {
                let Some(claim) = app.service.claim_mails(1).await?.pop() else {
                    break;
                };
                handled += 1;
                let app = app.clone();
                let line = Arc::clone(&self.line);
                slots.spawn(async move { one(&app, &line, &claim).await });
            }
            match slots.join_next().await {
                None => return Ok(handled),
                Some(Ok(result)) => result?,
                // The claim runs out and the mail is tried again; the others are not held up.
                Some(Err(panic)) => tracing::error!("sending a mail panicked: {panic}"),
            }
        }
    }
}

impl Channel for Post {
    fn code(&self) -> &'static str {
        "mail"
    }

    fn send_waiting<'a>(&'a self, app: &'a App) -> BoxFuture<'a, Result<usize>> {
        Box::pin(self.turn(app))
    }
}

async fn one(app: &App, line: &Line, claim: &Claim) -> Result<()> {
    let outgoing = match app.service.prepare_mail(claim).await {
        Ok(Some(outgoing)) => outgoing,
        Ok(None) => return Ok(()),
        Err(Error::Store(error)) => return Err(error.into()),
        // A row that cannot be understood steps aside; the rest go on.
        Err(error) => {
            tracing::error!(
                mail = claim.mail.id,
                "mail {} cannot be prepared: {error}",
                claim.mail.id
            );
            let tried = Tried::Refused(error.to_string());
            app.service.finish_mail(claim, None, tried).await?;
            return Ok(());
        }
    };
    let tried = renewing(app, claim, attempt(app, line, &outgoing)).await;
    let id = claim.mail.id;
    match &tried {
        Tried::Sent(_) | Tried::Kept(_) => tracing::info!(mail = id, "mail {id} was delivered"),
        Tried::Away(error) | Tried::Failed(error) | Tried::Unclear(error) => {
            tracing::warn!(mail = id, "mail {id} was not delivered, to be tried again: {error}");
        }
        Tried::Refused(error) => tracing::error!(mail = id, "mail {id} cannot be delivered: {error}"),
    }
    if !app.service.finish_mail(claim, Some(&outgoing), tried).await? {
        tracing::warn!(mail = id, "mail {id} was taken over by another sender");
    }
    Ok(())
}

/// Runs `work` and keeps the claim alive meanwhile.
async fn renewing<T>(app: &App, claim: &Claim, work: impl Future<Output = T>) -> T {
    tokio::pin!(work);
    loop {
        tokio::select! {
            done = &mut work => return done,
            () = tokio::time::sleep(RENEW) => {
                if let Err(error) = app.service.renew_mail(claim).await {
                    tracing::warn!(mail = claim.mail.id, "a claim could not be renewed: {error}");
                }
            }
        }
    }
}

async fn attempt(app: &App, line: &Line, outgoing: &Outgoing) -> Tried {
    let rendered = match rendered(app, outgoing).await {
        Ok(rendered) => rendered,
        Err(error) => return Tried::Refused(error),
    };
    match &app.config.smtp {
        Some(smtp) => {
            let now = app.service.moment().now;
            let message = match message::build(&smtp.from, outgoing, &rendered, now) {
                Ok(message) => message,
                Err(error) => return Tried::Refused(error.to_string()),
            };
            let sealed = match Sealed::new(smtp, &message, now) {
                Ok(sealed) => sealed,
                Err(error) => return Tried::Failed(error),
            };
            let sent = transport::send(smtp, &sealed).await;
            match sent {
                Err(SendError::Away(_)) => line.lost(app.service.moment().now),
                Ok(()) | Err(_) => line.found(),
            }
            match sent {
                Ok(()) => Tried::Sent(outgoing.to.address.clone().unwrap_or_default()),
                Err(SendError::Away(error)) => Tried::Away(error),
                Err(SendError::Transient(error)) => Tried::Failed(error),
                Err(SendError::Unclear(error)) => Tried::Unclear(error),
                Err(SendError::Permanent(error)) => Tried::Refused(error),
            }
        }
        None => keep(app, outgoing, rendered),
    }
}

async fn rendered(app: &App, outgoing: &Outgoing) -> std::result::Result<Rendered, String> {
    let mut rendered = message::render(app, outgoing).map_err(|e| e.to_string())?;
    if outgoing.may_be_muted {
        rendered.unsubscribe = Some(
            unsubscribe::address(app, outgoing.to.person)
                .await
                .map_err(|e| e.to_string())?,
        );
    }
    Ok(rendered)
}

/// The sender's address of the built-in mailbox.
const OWN_ADDRESS: &str = "Duban <duban@localhost>";

fn keep(app: &App, outgoing: &Outgoing, rendered: Rendered) -> Tried {
    let built = message::build(OWN_ADDRESS, outgoing, &rendered, app.service.moment().now);
    let headers = match built {
        Ok(message) => message::headers(&message),
        // In the built-in mailbox somebody without an address still gets their mail; a relay could not do that.
        Err(MessageError::NoAddress) => String::new(),
        Err(error) => return Tried::Refused(error.to_string()),
    };
    Tried::Kept(serde_json::json!({
        "subject": rendered.subject,
        "text": rendered.text,
        "html": rendered.html,
        "calendar": rendered.calendar.iter().map(|file| file.text.as_str()).collect::<Vec<_>>().join("\n"),
        "headers": headers,
        "address": outgoing.to.address,
    }))
}
