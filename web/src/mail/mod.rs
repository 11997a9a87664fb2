//! Mail: [`message`] puts it into words and headers, [`transport`] brings it to the relay, [`deliver`] empties the
//! outbox.

pub mod message;
pub mod transport;

use crate::app::App;
use duban_service::outbox::{Claim, Outgoing, Tried};
use duban_service::{Error, Result};
use message::{MessageError, Rendered};
use std::time::Duration;
use transport::SendError;

/// Mails that are on their way at once.
const SLOTS: u64 = 4;
/// How often a sender renews its claim while it waits for the relay; the claim holds four times as long.
const RENEW: Duration = Duration::from_secs(30);

/// Sends everything that waits and whose time has come. A mail that fails steps aside; the rest go on. Without a relay
/// mails go to the built-in mailbox under `duban demo`, and wait otherwise.
///
/// # Errors
/// Only when the database fails; what was sent until then is marked.
pub async fn deliver(app: &App) -> Result<usize> {
    if app.config.smtp.is_none() && !app.config.demo {
        return Ok(0);
    }
    let mut handled = 0;
    loop {
        let claims = app.service.claim_mails(SLOTS).await?;
        if claims.is_empty() {
            return Ok(handled);
        }
        handled += claims.len();
        let mut slots = tokio::task::JoinSet::new();
        for claim in claims {
            let app = app.clone();
            slots.spawn(async move { one(&app, &claim).await });
        }
        while let Some(done) = slots.join_next().await {
            match done {
                Ok(result) => result?,
                // The claim runs out and the mail is tried again; the others are not held up.
                Err(panic) => tracing::error!("sending a mail panicked: {panic}"),
            }
        }
    }
}

async fn one(app: &App, claim: &Claim) -> Result<()> {
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
            app.service
                .finish_mail(claim, None, Tried::Refused(error.to_string()))
                .await?;
            return Ok(());
        }
    };
    let tried = renewing(app, claim, attempt(app, &outgoing)).await;
    let id = claim.mail.id;
    match &tried {
        Tried::Sent(_) | Tried::Kept(_) => tracing::info!(mail = id, "mail {id} was delivered"),
        Tried::Failed(error) => tracing::warn!(mail = id, "mail {id} was not delivered, to be tried again: {error}"),
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

async fn attempt(app: &App, outgoing: &Outgoing) -> Tried {
    let rendered = match message::render(app, outgoing) {
        Ok(rendered) => rendered,
        Err(error) => return Tried::Refused(error.to_string()),
    };
    match &app.config.smtp {
        Some(smtp) => {
            let now = app.service.moment().now;
            let message = match message::build(&smtp.from, outgoing, &rendered, now) {
                Ok(message) => message,
                Err(error) => return Tried::Refused(error.to_string()),
            };
            match transport::send(smtp, &message).await {
                Ok(()) => Tried::Sent(outgoing.to.address.clone().unwrap_or_default()),
                Err(SendError::Transient(error)) => Tried::Failed(error),
                Err(SendError::Permanent(error)) => Tried::Refused(error),
            }
        }
        None => keep(app, outgoing, rendered),
    }
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
        "headers": headers,
        "address": outgoing.to.address,
    }))
}
