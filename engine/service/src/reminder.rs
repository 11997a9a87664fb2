//! Reminders: the tick that makes them, what the next ones will be, and the rules with what was decided about them.
//!
//! Who is due is decided by [`duban_core::reminder::due`] alone. Here the clocks that run are gathered, and the answer
//! is filed: an occurrence each, unique by its key, and one digest a person a working morning, unique by its
//! Message-ID. Ticking twice is harmless.

pub mod dry_run;
pub mod rule;
mod sample;
mod statistics;

pub use rule::{Edit, RuleState};
pub(crate) use rule::{MUTED, muted};
pub use statistics::{BACK, Statistics};

use crate::error::Result;
use crate::outbox::{self, Letter, see_reminders};
use crate::{Caller, Service};
use chrono::{Days, NaiveDateTime};
use duban_core::id::PersonId;
use duban_core::org::Moment;
use duban_core::reminder::{Delivery, Occurrence, Recipient, due, next_runs};
use duban_store::outbox::{self as mails, NewMail};
use duban_store::reminder as rows;
use duban_store::{Write, person};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How many days ahead the administrator's page looks.
pub const AHEAD: u64 = 14;

/// What a tick did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticked {
    /// New occurrences.
    pub occurrences: usize,
    /// New mails.
    pub mails: usize,
}

/// One mail that would go out if nobody acts.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedMail {
    /// To whom.
    pub person: PersonId,
    /// Their name.
    pub name: String,
    /// Their address, if they have one.
    pub address: Option<String>,
    /// How many lines it would have.
    pub lines: usize,
    /// How many of them are escalations: told to somebody because others have not acted.
    pub escalations: usize,
}

/// The mails of one moment.
#[derive(Clone, Debug, Serialize)]
pub struct PlannedRun {
    /// When, local civil time.
    pub at: NaiveDateTime,
    /// To whom, the ones with most lines first.
    pub mails: Vec<PlannedMail>,
}

impl Service {
    /// Asks who is due and files the answer. Harmless to repeat.
    pub async fn tick(&self) -> Result<Ticked> {
        let at = self.moment();
        let rules = self.active_rules().await?;
        let world = self.weighed_world(at).await?;
        let found = due(&rules, &world.situation());
        let keys: Vec<String> = found.iter().map(|o| o.key.clone()).collect();
        let known = rows::known(self.store().read(), &keys).await?;
        let new: Vec<Occurrence> = found.into_iter().filter(|o| !known.contains(&o.key)).collect();
        if new.is_empty() {
            return Ok(Ticked::default());
        }
        let tx = self.write().await?;
        let ticked = self.file(&tx, at, new).await?;
        tx.commit().await?;
        Ok(ticked)
    }

    /// Files new occurrences: singles one mail each, the rest into their person's digest of the day. Whoever had a
    /// digest today hears of the rest tomorrow.
    async fn file(&self, tx: &Write, at: Moment, new: Vec<Occurrence>) -> Result<Ticked> {
        let site = outbox::site(&**tx).await?;
        let mut ticked = Ticked::default();
        let mut bundles: BTreeMap<(PersonId, String), Vec<Occurrence>> = BTreeMap::new();
        for occurrence in new {
            let name = match occurrence.delivery {
                Delivery::Digest => format!("digest.{}.{}", at.day.format("%Y%m%d"), occurrence.person),
                Delivery::Single => format!("single.{}", occurrence.key.replace('/', ".")),
            };
            bundles.entry((occurrence.person, name)).or_default().push(occurrence);
        }
        for ((to, name), mut occurrences) in bundles {
            let digest = occurrences.iter().all(|o| o.delivery == Delivery::Digest);
            let older = if digest {
                mails::idle(&**tx, outbox::DIGEST, to, at.now).await?
            } else {
                Vec::new()
            };
            let message_id = format!("{name}@{site}");
            if older.iter().any(|mail| mail.message_id == message_id) {
                continue;
            }
            for mail in &older {
                if let Letter::Digest {
                    occurrences: undelivered,
                    ..
                } = outbox::letter(mail)?
                {
                    for old in undelivered {
                        if !occurrences.iter().any(|o| o.clock == old.clock && o.rule == old.rule) {
                            occurrences.push(old);
                        }
                    }
                }
            }
            let letter = Letter::Digest {
                day: at.day,
                occurrences: occurrences.clone(),
            };
            let mail = NewMail {
                kind: outbox::DIGEST,
                person: to,
                payload: outbox::payload(&letter)?,
                message_id: message_id.clone(),
            };
            let Some(id) = mails::add(&**tx, &mail, at.now).await? else {
                continue;
            };
            ticked.mails += 1;
            for mail in &older {
                rows::reassign(&**tx, mail.id, id).await?;
                mails::supersede(&**tx, mail.id, &message_id).await?;
            }
            for occurrence in &occurrences {
                let due_at = self.instant(occurrence.due_at);
                if rows::add(&**tx, occurrence, due_at, id, at.now).await? {
                    ticked.occurrences += 1;
                }
            }
        }
        Ok(ticked)
    }

    /// Which mails would go out in the next [`AHEAD`] days if nobody acts.
    pub async fn next_mails(&self, caller: &Caller) -> Result<Vec<PlannedRun>> {
        see_reminders(caller)?;
        let at = self.moment();
        let until = at.day.checked_add_days(Days::new(AHEAD)).unwrap_or(at.day);
        let world = self.world(at).await?;
        let planned = next_runs(&self.active_rules().await?, &world.situation(), until);
        let mut runs: BTreeMap<NaiveDateTime, BTreeMap<PersonId, (usize, usize)>> = BTreeMap::new();
        for occurrence in planned {
            let person = runs.entry(occurrence.due_at).or_default();
            let (lines, escalations) = person.entry(occurrence.person).or_default();
            *lines += 1;
            *escalations += usize::from(occurrence.to != Recipient::CanAct);
        }
        let people: BTreeSet<PersonId> = runs.values().flat_map(|run| run.keys().copied()).collect();
        let ids: Vec<PersonId> = people.into_iter().collect();
        let accounts = person::accounts(self.store().read(), &ids).await?;
        let address: BTreeMap<PersonId, Option<String>> = accounts
            .into_iter()
            .map(|account| (account.person.id, account.email))
            .collect();
        Ok(runs
            .into_iter()
            .map(|(at, people)| {
                let mut mails: Vec<PlannedMail> = people
                    .into_iter()
                    .map(|(person, (lines, escalations))| PlannedMail {
                        person,
                        name: world.organisation.person_name(person),
                        address: address.get(&person).cloned().flatten(),
                        lines,
                        escalations,
                    })
                    .collect();
                mails.sort_by_key(|mail| (std::cmp::Reverse(mail.lines), mail.person));
                PlannedRun { at, mails }
            })
            .collect())
    }
}
