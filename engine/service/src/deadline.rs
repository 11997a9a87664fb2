//! The deadlines that a mail brings into its reader's calendar: the same entry is changed when the day moves and taken
//! out by the next mail after the matter is done.

use crate::Service;
use crate::error::Result;
use crate::open_clock::World;
use crate::outbox::{known_site, site};
use chrono::{DateTime, Utc};
use duban_core::id::PersonId;
use duban_core::reminder::Recipient;
use duban_store::{Write, calendar_entry};
use std::collections::BTreeSet;

pub use duban_store::calendar_entry::Entry;

/// What a mail changes in a calendar.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Deadlines {
    /// Entries that are new or changed or still hold.
    pub open: Vec<Entry>,
    /// Entries whose matter is done.
    pub done: Vec<Entry>,
}

/// The part of a clock's key that stays when its day moves.
fn lasting(clock: &str) -> &str {
    clock.rsplit_once('.').map_or(clock, |(lasting, _)| lasting)
}

impl Service {
    /// The deadlines for a mail to this person that shows these clocks (key, title, last day).
    pub(crate) async fn deadlines(
        &self,
        world: &World,
        to: PersonId,
        shown: &[(String, String, chrono::NaiveDate)],
    ) -> Result<Deadlines> {
        let known = calendar_entry::open(self.store().read(), to).await?;
        let mut deadlines = Deadlines::default();
        if !shown.is_empty() {
            let site = self.mail_site().await?;
            for (clock, title, due_on) in shown {
                let uid = format!("{}.{to}@{site}", lasting(clock));
                let before = known.iter().find(|entry| entry.uid == uid);
                let sequence = match before {
                    Some(entry) if entry.due_on == *due_on && entry.title == *title => entry.sequence,
                    Some(entry) => entry.sequence.saturating_add(1),
                    None => 0,
                };
                deadlines.open.push(Entry {
                    uid,
                    clock: clock.clone(),
                    title: title.clone(),
                    due_on: *due_on,
                    sequence,
                });
            }
        }
        let left: Vec<Entry> = known
            .into_iter()
            .filter(|entry| !deadlines.open.iter().any(|open| open.uid == entry.uid))
            .collect();
        if !left.is_empty() {
            let theirs = world.clocks.iter().filter(|clock| {
                let people = clock.people.get(&Recipient::CanAct);
                people.is_some_and(|people| people.contains(&to))
            });
            let running: BTreeSet<String> = theirs.map(|clock| lasting(&clock.key()).to_owned()).collect();
            for mut entry in left {
                if !running.contains(lasting(&entry.clock)) {
                    entry.sequence = entry.sequence.saturating_add(1);
                    deadlines.done.push(entry);
                }
            }
        }
        Ok(deadlines)
    }

    /// The right-hand side of our identifiers.
    pub(crate) async fn mail_site(&self) -> Result<String> {
        if let Some(site) = known_site(self.store().read()).await? {
            return Ok(site);
        }
        let tx = self.write().await?;
        let site = site(&*tx).await?;
        tx.commit().await?;
        Ok(site)
    }
}

/// Writes down what a mail has changed in its reader's calendar.
pub(crate) async fn settle(tx: &Write, to: PersonId, deadlines: &Deadlines, now: DateTime<Utc>) -> Result<()> {
    for entry in &deadlines.open {
        calendar_entry::sent(&**tx, to, entry, now).await?;
    }
    for entry in &deadlines.done {
        calendar_entry::cancelled(&**tx, &entry.uid, now).await?;
    }
    Ok(())
}
