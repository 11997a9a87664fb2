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

use crate::audit::Deed;
use crate::error::{Error, Result};
use crate::outbox::{self, Letter, see_reminders};
use crate::{Caller, Service};
use chrono::{DateTime, Days, NaiveDateTime, TimeDelta, Utc};
use duban_core::id::PersonId;
use duban_core::org::Moment;
use duban_core::reminder::{CatchUp, Delivery, Occurrence, Recipient, Rule, due, next_runs, skipped};
use duban_store::outbox::{self as mails, NewMail};
use duban_store::reminder as rows;
use duban_store::{Connection, Write, person, setting};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// How many days ahead the administrator's page looks.
pub const AHEAD: u64 = 14;

const ASKED: &str = "reminders.asked_at";
/// How old the note of the last asking may be before it is written anew: an outage is longer than that.
const NOTED: TimeDelta = TimeDelta::minutes(5);

/// When it was last asked who is due (UTC), to [`NOTED`]; none before the first time.
pub(crate) async fn asked_at(db: &impl Connection) -> Result<Option<DateTime<Utc>>> {
    let asked = setting::get(db, ASKED).await?;
    asked
        .map(|at| serde_json::from_value(at).map_err(Error::internal))
        .transpose()
}

/// What a tick did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ticked {
    /// New occurrences.
    pub occurrences: usize,
    /// New mails.
    pub mails: usize,
    /// Reminders that came too late and were skipped, as their rule wants it.
    pub skipped: usize,
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
        let new = self.unknown(due(&rules, &world.situation())).await?;
        let past = self.unknown(skipped(&rules, &world.situation())).await?;
        let asked = asked_at(self.store().read()).await?;
        // On a day off nothing was asked.
        let noted = !world.calendar.is_working(at.day) || asked.is_some_and(|asked| (at.now - asked).abs() < NOTED);
        if new.is_empty() && past.is_empty() && noted {
            return Ok(Ticked::default());
        }
        let tx = self.write().await?;
        let mut ticked = self.file(&tx, at, new, &rules).await?;
        ticked.skipped = self.skip(&tx, at, &past).await?;
        if !noted {
            setting::set(&*tx, ASKED, serde_json::to_value(at.now).map_err(Error::internal)?).await?;
        }
        tx.commit().await?;
        Ok(ticked)
    }

    async fn unknown(&self, found: Vec<Occurrence>) -> Result<Vec<Occurrence>> {
        let keys: Vec<String> = found.iter().map(|o| o.key.clone()).collect();
        let known = rows::known(self.store().read(), &keys).await?;
        Ok(found.into_iter().filter(|o| !known.contains(&o.key)).collect())
    }

    /// Files what came too late: it goes out with no mail, is counted, and the audit trail says how many of each rule.
    async fn skip(&self, tx: &Write, at: Moment, past: &[Occurrence]) -> Result<usize> {
        let mut of_rule: BTreeMap<&str, usize> = BTreeMap::new();
        for occurrence in past {
            if rows::skip(&**tx, occurrence, self.instant(occurrence.due_at), at.now).await? {
                *of_rule.entry(&occurrence.rule).or_default() += 1;
            }
        }
        for (rule, count) in &of_rule {
            let deed = Deed::new("reminder.skip", "reminder_rule", rule).with("count", count);
            self.record(&**tx, None, deed).await?;
        }
        Ok(of_rule.values().sum())
    }

    /// Files new occurrences: singles one mail each, the rest into their person's digest of the day, or of the morning
    /// that was missed where the rule wants each. Whoever had a digest today hears of the rest tomorrow.
    async fn file(&self, tx: &Write, at: Moment, new: Vec<Occurrence>, rules: &[Rule]) -> Result<Ticked> {
        let site = outbox::site(&**tx).await?;
        let mut ticked = Ticked::default();
        let each = |id: &str| rules.iter().any(|rule| rule.id == id && rule.catch_up == CatchUp::Each);
        let mut filed = BTreeSet::new();
        let mut bundles: BTreeMap<(PersonId, String), Vec<Occurrence>> = BTreeMap::new();
        for occurrence in new {
            let name = match occurrence.delivery {
                Delivery::Digest => {
                    let missed = occurrence.due_at.date() < at.day && each(&occurrence.rule);
                    let day = if missed { occurrence.due_at.date() } else { at.day };
                    format!("digest.{}.{}", day.format("%Y%m%d"), occurrence.person)
                }
                Delivery::Single => format!("single.{}", occurrence.key.replace('/', ".")),
            };
            bundles.entry((occurrence.person, name)).or_default().push(occurrence);
        }
        for ((to, name), mut occurrences) in bundles {
            let digest = occurrences.iter().all(|o| o.delivery == Delivery::Digest);
            let mut older = if digest {
                mails::idle(&**tx, outbox::DIGEST, to, at.now).await?
            } else {
                Vec::new()
            };
            // Those of this tick stand beside each other.
            older.retain(|mail| !filed.contains(&mail.id));
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
            filed.insert(id);
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
