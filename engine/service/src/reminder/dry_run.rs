//! What would go out at a moment, to whom and why, without anything being written.

use crate::Service;
use crate::clock::ManualClock;
use crate::digest::DigestLine;
use crate::error::Result;
use crate::outbox::Addressee;
use chrono::{DateTime, NaiveDateTime, Utc};
use duban_core::id::PersonId;
use duban_core::reminder::{Delivery, Occurrence, due};
use duban_store::{person, reminder as rows};
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What would go out at one moment.
#[derive(Clone, Debug, Serialize)]
pub struct DryRun {
    /// The moment, local civil time.
    pub at: NaiveDateTime,
    /// When mail would leave: `at` itself, or the end of the quiet time in which it falls.
    pub leaves: NaiveDateTime,
    /// Reminders that were due by then and have been made already.
    pub made: usize,
    /// The mails, by person.
    pub mails: Vec<DryMail>,
}

/// One mail that would go out.
#[derive(Clone, Debug, Serialize)]
pub struct DryMail {
    /// To whom.
    pub to: Addressee,
    /// Whether it is the digest or a mail of its own.
    pub delivery: Delivery,
    /// What it would say, and why.
    pub lines: Vec<DryLine>,
}

/// One line of it.
#[derive(Clone, Debug, Serialize)]
pub struct DryLine {
    /// Why: the rule, the rung and as what the person is told.
    pub occurrence: Occurrence,
    /// What it says.
    pub says: DigestLine,
}

impl Service {
    /// What would go out at `when` if nobody did anything until then: what is due and was not made yet. Nothing is
    /// written. On the operator's own authority, for the command line.
    pub async fn dry_run(&self, when: DateTime<Utc>) -> Result<DryRun> {
        let then = self.with_clock(Arc::new(ManualClock::new(when)));
        let at = then.moment();
        let db = self.store().read();
        let world = then.weighed_world(at).await?;
        let found = due(&self.active_rules().await?, &world.situation());
        let keys: Vec<String> = found.iter().map(|o| o.key.clone()).collect();
        let known = rows::known(db, &keys).await?;
        let mut bundles: BTreeMap<(PersonId, String), Vec<Occurrence>> = BTreeMap::new();
        for occurrence in found.into_iter().filter(|o| !known.contains(&o.key)) {
            let name = match occurrence.delivery {
                Delivery::Digest => String::new(),
                Delivery::Single => occurrence.key.clone(),
            };
            bundles.entry((occurrence.person, name)).or_default().push(occurrence);
        }
        let mut mails = Vec::with_capacity(bundles.len());
        for ((id, _), occurrences) in bundles {
            let Some(account) = person::account(db, id).await?.filter(|account| account.person.active) else {
                continue;
            };
            let to = Addressee {
                person: id,
                name: account.person.name,
                address: account.email,
                locale: account.locale,
            };
            let view = then.digest_in(&world, &to, &occurrences, at.day);
            let lines: Vec<DryLine> = view
                .own
                .into_iter()
                .chain(view.others)
                .filter_map(|says| {
                    let occurrence = occurrences.iter().find(|o| o.key == says.key)?.clone();
                    Some(DryLine { occurrence, says })
                })
                .collect();
            if let Some(first) = lines.first() {
                mails.push(DryMail {
                    to,
                    delivery: first.occurrence.delivery,
                    lines,
                });
            }
        }
        let now = then.local(at);
        Ok(DryRun {
            at: now,
            leaves: self.mail_hours().await?.next(now, &world.calendar),
            made: known.len(),
            mails,
        })
    }
}
