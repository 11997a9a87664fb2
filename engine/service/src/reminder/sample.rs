//! A mail that is still to come, looked at before it is sent: as a preview, or as a copy to oneself.

use crate::audit::Deed;
use crate::error::{Error, Result};
use crate::open_clock::World;
use crate::outbox::{self, Addressee, Letter, MailContent, Outgoing, see_reminders};
use crate::{Caller, Service, access};
use chrono::NaiveDateTime;
use duban_core::id::PersonId;
use duban_core::reminder::{Occurrence, next_runs};
use duban_store::outbox::{self as mails, NewMail};
use duban_store::person;
use uuid::Uuid;

/// The kind of a copy to oneself.
const SAMPLE: &str = "sample";

impl Service {
    /// The digest that a person would get at the local time `when` if nobody acts until then, with what it would change
    /// in their calendar. None when they would get none.
    pub async fn preview_digest(&self, caller: &Caller, to: PersonId, when: NaiveDateTime) -> Result<Option<Outgoing>> {
        see_reminders(caller)?;
        let world = self.weighed_world(self.moment()).await?;
        let theirs = self.planned(&world, to, when).await?;
        let account = person::account(self.store().read(), to).await?.ok_or(Error::NotFound)?;
        let to = Addressee {
            person: to,
            name: account.person.name,
            address: account.email,
            locale: account.locale,
        };
        let site = self.mail_site().await?;
        let message_id = format!("digest.{}.{}@{site}", when.format("%Y%m%d"), to.person);
        let outgoing = self.digest_mail(&world, to, &theirs, (message_id, when.date())).await?;
        Ok(outgoing)
    }

    /// Sends the caller a copy of what a person would get at the local time `when`. Nothing is marked as told by it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for those who may not see reminders, [`Error::NotFound`] when that person would get none.
    pub async fn send_sample(&self, caller: &Caller, to: PersonId, when: NaiveDateTime) -> Result<()> {
        see_reminders(caller)?;
        access::acting(caller)?;
        let world = self.weighed_world(self.moment()).await?;
        let occurrences = self.planned(&world, to, when).await?;
        if occurrences.is_empty() {
            return Err(Error::NotFound);
        }
        let letter = Letter::Sample {
            day: when.date(),
            occurrences,
        };
        let tx = self.write().await?;
        let site = outbox::site(&*tx).await?;
        let mail = NewMail {
            kind: SAMPLE,
            person: caller.person,
            payload: outbox::payload(&letter)?,
            message_id: format!("sample.{}@{site}", Uuid::new_v4().simple()),
        };
        mails::add(&*tx, &mail, self.moment().now).await?;
        let deed = Deed::new("reminder.sample", "person", to).with("at", when.format("%Y-%m-%d %H:%M"));
        self.record(&*tx, Some(caller), deed).await?;
        tx.commit().await?;
        Ok(())
    }

    async fn planned(&self, world: &World, to: PersonId, when: NaiveDateTime) -> Result<Vec<Occurrence>> {
        let planned = next_runs(&self.active_rules().await?, &world.situation(), when.date());
        let theirs = planned.into_iter().filter(|o| o.person == to && o.due_at == when);
        Ok(theirs.collect())
    }

    /// The mail of these occurrences; none when there is nothing to say.
    pub(crate) async fn digest_mail(
        &self,
        world: &World,
        to: Addressee,
        occurrences: &[Occurrence],
        (message_id, day): (String, chrono::NaiveDate),
    ) -> Result<Option<Outgoing>> {
        let view = self.digest_in(world, &to, occurrences, day);
        if view.is_empty() {
            return Ok(None);
        }
        let dated = view.own.iter().filter_map(|line| Some((line, line.due_on?)));
        let shown: Vec<_> = dated
            .map(|(line, due_on)| (line.clock.clone(), line.title.clone(), due_on))
            .collect();
        let deadlines = self.deadlines(world, to.person, &shown).await?;
        let mut outgoing = Outgoing::for_preview(to, &message_id, MailContent::Digest(view));
        outgoing.deadlines = deadlines;
        outgoing.may_be_muted = self.all_mutable(occurrences).await?;
        Ok(Some(outgoing))
    }
}
