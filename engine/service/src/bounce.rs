//! Mail that came back: what a delivery report (RFC 3464) does to the mail and to the address it names.
//!
//! Anybody can send a mail that looks like a report. One is believed only when it names a Message-ID of ours together
//! with the address to which that very mail went.

use crate::audit::Deed;
use crate::error::{Error, Result};
use crate::{Caller, Service, alert};
use duban_core::id::PersonId;
use duban_core::org::Role;
use duban_store::mail_address::{self, AddressState, KnownAddress};
use duban_store::{outbox, person};
use std::collections::BTreeMap;

/// What a delivery report says about one recipient.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    /// The Message-ID of the mail it is about, without angle brackets.
    pub message_id: String,
    /// The address it is about.
    pub recipient: String,
    /// `failed`, `delayed`, `delivered`, …
    pub action: String,
    /// The enhanced status code, as in `5.1.1`.
    pub status: String,
    /// What the other side said.
    pub diagnostic: String,
}

/// What became of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Taken {
    /// The address takes no mail: it gets none from now on.
    Suppressed,
    /// The mail did not arrive or is late, which may pass.
    Noted,
    /// It says nothing bad.
    Harmless,
    /// It is about no mail of ours to that address.
    Unknown,
}

impl Service {
    /// Takes a delivery report.
    pub async fn take_report(&self, report: &Report) -> Result<Taken> {
        let at = self.moment();
        let tx = self.write().await?;
        let mail = outbox::by_message_id(&*tx, &report.message_id).await?;
        let ours = mail.filter(|mail| {
            let address = mail.address.as_deref().unwrap_or_default();
            address.eq_ignore_ascii_case(report.recipient.trim())
        });
        let Some(mail) = ours else {
            return Ok(Taken::Unknown);
        };
        let address = report.recipient.trim();
        let said: String = format!("{} {}", report.status, report.diagnostic)
            .trim()
            .chars()
            .take(300)
            .collect();
        let taken = match report.action.to_ascii_lowercase().as_str() {
            "failed" => {
                outbox::came_back(&*tx, mail.id, &format!("bounced: {said}")).await?;
                if report.status.starts_with("5.") && !is_about_the_mail(&report.status) {
                    mail_address::set(&*tx, address, AddressState::Bounced, &said, at.now).await?;
                    Taken::Suppressed
                } else {
                    mail_address::set(&*tx, address, AddressState::Delayed, &said, at.now).await?;
                    Taken::Noted
                }
            }
            "delayed" => {
                mail_address::set(&*tx, address, AddressState::Delayed, &said, at.now).await?;
                Taken::Noted
            }
            _ => Taken::Harmless,
        };
        if let (Taken::Suppressed, Some((whose, _))) = (taken, &mail.person) {
            let key = format!("mail_bounced.{}", mail.id);
            alert::mail_does_not_arrive(&tx, *whose, ("mail_bounced", &said, &key), at).await?;
        }
        tx.commit().await?;
        Ok(taken)
    }

    /// What is known of these addresses, by address in lower case.
    pub async fn known_addresses(&self, addresses: &[&str]) -> Result<BTreeMap<String, KnownAddress>> {
        Ok(mail_address::known(self.store().read(), addresses).await?)
    }

    /// Lets mail go to a person's address again.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for anybody but the system administrator, [`Error::NotFound`] when nothing is known against
    /// the address.
    pub async fn trust_address(&self, caller: &Caller, whose: PersonId) -> Result<()> {
        if !caller.has(Role::Sysadmin) {
            return Err(Error::forbidden("needs_sysadmin"));
        }
        let tx = self.write().await?;
        let account = person::account(&*tx, whose).await?.ok_or(Error::NotFound)?;
        let address = account.email.unwrap_or_default();
        if !mail_address::forget(&*tx, &address).await? {
            return Err(Error::NotFound);
        }
        self.record(&*tx, Some(caller), Deed::new("mail.trust", "person", whose))
            .await?;
        Ok(tx.commit().await?)
    }
}

/// Permanent refusals that say nothing about the address (RFC 3463): too long (5.2.3), content and protocol (5.5, 5.6),
/// policy (5.7).
fn is_about_the_mail(status: &str) -> bool {
    status.starts_with("5.2.3") || ["5.5.", "5.6.", "5.7."].iter().any(|class| status.starts_with(class))
}
