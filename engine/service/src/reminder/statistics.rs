//! What became of the mails, and how soon people act after a reminder.

use crate::error::Result;
use crate::outbox::see_reminders;
use crate::{Caller, Service};
use chrono::TimeDelta;
use duban_store::outbox::{self as mails, MailState};
use duban_store::{mail_address, reminder as rows, setting};
use serde::Serialize;

/// How many days back is counted.
pub const BACK: i64 = 30;

/// The mails of the last [`BACK`] days.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// Taken by the relay, or laid into the built-in mailbox.
    pub sent: u64,
    /// Still to be sent.
    pub waiting: u64,
    /// Given up.
    pub failed: u64,
    /// Not sent because there was nothing left to say.
    pub dropped: u64,
    /// Reminders that came too late after an outage and were skipped, as their rule wants it.
    pub skipped: u64,
    /// Addresses that send mail back, whenever that was.
    pub bounced: u64,
    /// Papers about which somebody who could act was reminded, each person and paper once.
    pub reminded: u64,
    /// Of them: acted on the same day.
    pub same_day: u64,
    /// Acted by the next working day.
    pub next_day: u64,
    /// Acted within three working days.
    pub three_days: u64,
    /// Acted later.
    pub later: u64,
    /// Have not acted: somebody else did, or nobody as yet.
    pub not_yet: u64,
}

impl Service {
    /// What became of the mails of the last [`BACK`] days, and how soon people acted after a reminder.
    pub async fn mail_statistics(&self, caller: &Caller) -> Result<Statistics> {
        see_reminders(caller)?;
        let db = self.store().read();
        let since = self.moment().now - TimeDelta::days(BACK);
        let mut found = Statistics {
            bounced: mail_address::bounced(db).await?,
            skipped: rows::skipped_since(db, since).await?,
            ..Statistics::default()
        };
        for (state, count) in mails::counts_since(db, since).await? {
            match state {
                MailState::Sent | MailState::Kept => found.sent += count,
                MailState::Waiting => found.waiting += count,
                MailState::Failed => found.failed += count,
                MailState::Dropped => found.dropped += count,
            }
        }
        let calendar = setting::calendar(db).await?;
        let zone = self.zone();
        for one in rows::reminded(db, since).await? {
            found.reminded += 1;
            let day = |at: chrono::DateTime<chrono::Utc>| at.with_timezone(&zone).date_naive();
            let took = one.acted_at.map(|acted| calendar.between(day(one.sent_at), day(acted)));
            match took {
                None => found.not_yet += 1,
                Some(..=0) => found.same_day += 1,
                Some(1) => found.next_day += 1,
                Some(2..=3) => found.three_days += 1,
                Some(_) => found.later += 1,
            }
        }
        Ok(found)
    }
}
