//! The outbox as people look at it: the queue with its states, trying again, and the built-in mailbox.

use crate::audit::Deed;
use crate::error::{Error, Result};
use crate::outbox::see_reminders;
use crate::{Caller, Service};
use duban_core::org::Role;
use duban_store::outbox::{self, Mail, MailState};

impl Service {
    /// Mails for the queue page, the newest first. Bodies are not shown.
    pub async fn mail_queue(
        &self,
        caller: &Caller,
        states: &[MailState],
        before: Option<i64>,
        limit: u64,
    ) -> Result<Vec<Mail>> {
        see_reminders(caller)?;
        Ok(outbox::list(self.store().read(), states, before, limit).await?)
    }

    /// How many mails are in each state.
    pub async fn mail_counts(&self, caller: &Caller) -> Result<Vec<(MailState, u64)>> {
        see_reminders(caller)?;
        Ok(outbox::counts(self.store().read()).await?)
    }

    /// Lets a given-up mail be tried again.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the system administrator, [`Error::Refused`] (`mail_not_failed`) when the
    /// mail is not given up.
    pub async fn retry_mail(&self, caller: &Caller, id: i64) -> Result<()> {
        if !caller.has(Role::Sysadmin) {
            return Err(Error::forbidden("needs_sysadmin"));
        }
        let now = self.moment().now;
        let tx = self.write().await?;
        if outbox::get(&*tx, id).await?.is_none() {
            return Err(Error::NotFound);
        }
        if !outbox::retry(&*tx, id, now).await? {
            return Err(Error::refused("mail_not_failed"));
        }
        self.record(&*tx, Some(caller), Deed::new("mail.retry", "mail", id))
            .await?;
        tx.commit().await?;
        Ok(())
    }

    /// The mails of the built-in mailbox, the newest first. Only for a program without a relay, on a developer's
    /// machine or in a demo: everybody may read everything.
    pub async fn kept_mails(&self, before: Option<i64>, limit: u64) -> Result<Vec<Mail>> {
        Ok(outbox::list(self.store().read(), &[MailState::Kept], before, limit).await?)
    }

    /// One mail of the built-in mailbox.
    pub async fn kept_mail(&self, id: i64) -> Result<Mail> {
        let mail = outbox::get(self.store().read(), id).await?;
        mail.filter(|mail| mail.state == MailState::Kept).ok_or(Error::NotFound)
    }
}
