//! What became of a mail, put on record: by the sender itself, or from its notes when it died in between.

use super::{Claim, Outgoing};
use crate::deadline::{self, Deadlines};
use crate::error::Result;
use crate::{Service, alert};
use duban_core::id::PersonId;
use duban_store::outbox::{self, Outcome};
use duban_store::reminder as rows;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use uuid::Uuid;

/// A mail that a sender holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    /// Its number.
    pub(super) mail: i64,
    /// The sender's token.
    pub(super) token: Uuid,
    /// To whom it goes; none for a group.
    pub(super) person: Option<PersonId>,
}

/// A mail that the relay took: all that is needed to put that on record, also by another process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    held: Held,
    address: String,
    told: BTreeSet<String>,
    deadlines: Deadlines,
}

impl Delivered {
    /// What there will be to put on record when the relay takes this mail for its address.
    pub fn of(claim: &Claim, outgoing: &Outgoing) -> Self {
        Self {
            held: claim.held(),
            address: outgoing.to.address.clone().unwrap_or_default(),
            told: outgoing.told.clone(),
            deadlines: outgoing.deadlines.clone(),
        }
    }
}

impl Service {
    /// Puts a delivery on record that its sender noted and could not put on record any more. False when it was on
    /// record already, or somebody else holds the mail by now; nothing changes then.
    pub async fn record_delivered(&self, delivered: Delivered) -> Result<bool> {
        let outcome = Outcome::Sent {
            address: delivered.address,
        };
        let told = Some((&delivered.told, &delivered.deadlines));
        self.settle(&delivered.held, &outcome, told).await
    }

    pub(super) async fn settle(
        &self,
        held: &Held,
        outcome: &Outcome,
        told: Option<(&BTreeSet<String>, &Deadlines)>,
    ) -> Result<bool> {
        let at = self.moment();
        let now = at.now;
        let tx = self.write().await?;
        let ours = outbox::finish(&*tx, held.mail, held.token, outcome, now).await?;
        if let (true, Some((told, deadlines))) = (ours, told) {
            rows::settle(&*tx, held.mail, told).await?;
            if let Some(to) = held.person {
                deadline::settle(&tx, to, deadlines, now).await?;
            }
        }
        if let (true, Outcome::Failed { error }, Some(whose)) = (ours, outcome, held.person) {
            let key = format!("mail_failed.{}", held.mail);
            alert::mail_does_not_arrive(&tx, whose, ("mail_failed", error, &key), at).await?;
        }
        tx.commit().await?;
        Ok(ours)
    }
}
