//! Mail to people: [`message`] puts it into words and headers, [`entry`] its deadlines into calendar files, [`dkim`]
//! signs it, [`transport`] brings it to the relay on the [`wire`] ([`covered`] by TLS from the first byte where that is set),
//! [`Post`] empties the outbox and notes in its [`journal`] what the relay took, [`line`] knows whether the relay is there. [`bounce`] reads what comes back.

pub mod bounce;
pub mod covered;
pub mod dkim;
pub mod entry;
pub mod journal;
pub mod line;
pub mod message;
pub mod transport;
pub mod unsubscribe;
pub mod wire;

use crate::app::App;
use crate::channel::Channel;
use crate::channel::pace::Pace;
use crate::config::{Config, Smtp};
use duban_service::outbox::{Claim, Delivered, Outgoing, Tried};
use duban_service::{Error, Result};
use futures_util::future::BoxFuture;
use journal::Journal;
use line::Line;
use message::{MessageError, Rendered};
use std::sync::Arc;
use std::time::{Duration, Instant};
use transport::{Sealed, SendError};
use wire::Wire;

/// Mails that are on their way at once.
const SLOTS: usize = 4;
/// How often a sender renews its claim while it waits for the relay; the claim holds four times as long.
const RENEW: Duration = Duration::from_secs(30);

/// The way by mail: to the relay, or without one into the built-in mailbox under `duban demo`. In production mails
/// wait until a relay is set.
pub struct Post {
    pace: Pace,
    way: Arc<Way>,
}

/// What the slots share.
struct Way {
    line: Line,
    /// None in the built-in mailbox, and where the machine gave no thread.
    wire: Option<Wire>,
    /// None where no notes can be kept: then a kill repeats more of what was in flight.
    journal: Option<Journal>,
}

impl Post {
    /// The way as the configuration says.
    pub fn new(config: &Config) -> Self {
        Self {
            pace: Pace::even(config.smtp.as_ref().map_or(0, |smtp| smtp.per_minute)),
            way: Arc::new(Way {
                line: Line::default(),
                wire: config.smtp.is_some().then(wire).flatten(),
                journal: config.smtp.is_some().then(|| journal(config)).flatten(),
            }),
        }
    }

    /// Keeps [`SLOTS`] mails on their way until nothing waits any more. A mail that fails steps aside, one that is
    /// slow holds up its own slot only. A relay that is away ends the turn.
    async fn turn(&self, app: &App) -> Result<usize> {
        if app.config.smtp.is_none() && !app.config.demo {
            return Ok(0);
        }
        self.catch_up(app).await?;
        let mut handled = 0;
        let mut failed = None;
        let mut slots = tokio::task::JoinSet::new();
        loop {
            let room = self.way.line.room(app.service.moment().now, SLOTS);
            while failed.is_none() && slots.len() < room && self.pace.wait(Instant::now()).is_zero() {
                let claim = match app.service.claim_mails(1).await {
                    Ok(mut claims) => claims.pop(),
                    Err(error) => {
                        failed = Some(error);
                        None
                    }
                };
                let Some(claim) = claim else { break };
                handled += 1;
                self.pace.take(Instant::now());
                let app = app.clone();
                let way = Arc::clone(&self.way);
                slots.spawn(async move { one(&app, &way, &claim).await });
            }
            let step = self.pace.wait(Instant::now());
            let ended = tokio::select! {
                ended = slots.join_next() => ended,
                // One that takes long does not hold up those whose step comes meanwhile.
                () = tokio::time::sleep(step), if !step.is_zero() => continue,
            };
            match ended {
                None if failed.is_none() => {
                    self.clear();
                    return Ok(handled);
                }
                None => return failed.map_or(Ok(handled), Err),
                // Nothing more is begun; what is on its way comes to its end.
                Some(Ok(result)) => failed = failed.or(result.err()),
                // The claim runs out and the mail is tried again; the others are not held up.
                Some(Err(panic)) => tracing::error!("sending a mail panicked: {panic}"),
            }
        }
    }
}

impl Post {
    /// Puts on record what was noted and is not, after a kill or when the database failed. Nothing is on its way now.
    async fn catch_up(&self, app: &App) -> Result<()> {
        let Some(journal) = &self.way.journal else {
            return Ok(());
        };
        let notes = journal.notes().unwrap_or_else(|error| {
            tracing::warn!("the notes of sent mails cannot be read: {error}");
            Vec::new()
        });
        let mut recorded = 0;
        for delivered in notes {
            recorded += usize::from(app.service.record_delivered(delivered).await?);
        }
        if recorded > 0 {
            tracing::info!(recorded, "{recorded} mails were delivered and not yet on record");
        }
        self.clear();
        Ok(())
    }

    /// Everything is on record.
    fn clear(&self) {
        if let Some(Err(error)) = self.way.journal.as_ref().map(Journal::clear) {
            tracing::warn!("the notes of sent mails cannot be cleared: {error}");
        }
    }
}

fn wire() -> Option<Wire> {
    Wire::open()
        .inspect_err(|error| tracing::error!("no thread for the relay: {error}"))
        .ok()
}

fn journal(config: &Config) -> Option<Journal> {
    let folder = config.journal.as_ref()?;
    let opened = Journal::open(folder);
    opened
        .inspect_err(|error| tracing::warn!("no notes of sent mails in {}: {error}", folder.display()))
        .ok()
}

impl Channel for Post {
    fn code(&self) -> &'static str {
        "mail"
    }

    fn send_waiting<'a>(&'a self, app: &'a App) -> BoxFuture<'a, Result<usize>> {
        Box::pin(self.turn(app))
    }

    fn held_back(&self) -> Option<Duration> {
        Some(self.pace.wait(Instant::now())).filter(|wait| !wait.is_zero())
    }
}

async fn one(app: &App, way: &Arc<Way>, claim: &Claim) -> Result<()> {
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
    let tried = renewing(app, claim, attempt(app, way, claim, &outgoing)).await;
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

async fn attempt(app: &App, way: &Arc<Way>, claim: &Claim, outgoing: &Outgoing) -> Tried {
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
            let note = match Journal::line(&Delivered::of(claim, outgoing)) {
                Ok(note) => note,
                Err(error) => return Tried::Refused(error.to_string()),
            };
            let sent = hand_over(way, smtp.clone(), sealed, note).await;
            match sent {
                Err(SendError::Away(_)) => way.line.lost(app.service.moment().now),
                Ok(()) | Err(_) => way.line.found(),
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

/// Brings a mail to the relay and notes its answer at once, on the thread that has nothing else to do.
async fn hand_over(way: &Arc<Way>, smtp: Smtp, mail: Sealed, note: Vec<u8>) -> std::result::Result<(), SendError> {
    let shared = Arc::clone(way);
    let work = async move {
        let sent = transport::send(&smtp, &mail).await;
        if let (Ok(()), Some(journal)) = (&sent, &shared.journal)
            && let Err(error) = journal.note(&note)
        {
            tracing::warn!("a sent mail could not be noted: {error}");
        }
        sent
    };
    match &way.wire {
        Some(wire) => {
            let carried = wire.carry(work).await;
            carried.unwrap_or_else(|| Err(SendError::Unclear("sending panicked".to_owned())))
        }
        None => work.await,
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
