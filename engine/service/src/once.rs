//! A command is carried out once: the same number again gets the answer that was kept.

use crate::error::{Error, Result};
use crate::session::Caller;
use chrono::{DateTime, Utc};
use duban_core::id::CommandId;
use duban_store::instance::{self, Answered};
use duban_store::{Connection, Write};
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

/// A numbered command of somebody, known by a hash of what it asks.
pub(crate) struct Once<'a> {
    caller: &'a Caller,
    number: CommandId,
    fingerprint: String,
}

impl<'a> Once<'a> {
    /// The command with this number, which asks this.
    pub(crate) fn of(caller: &'a Caller, number: CommandId, asked: &impl Serialize) -> Result<Self> {
        let asked = serde_json::to_vec(asked).map_err(Error::internal)?;
        Ok(Self {
            caller,
            number,
            fingerprint: hex::encode(Sha256::digest(asked)),
        })
    }

    /// The answer that the command was given before, if it was.
    ///
    /// # Errors
    /// [`Error::Refused`] with `command_reused` when the number was used by somebody else, or for something else.
    pub(crate) async fn before<T: DeserializeOwned>(&self, db: &impl Connection) -> Result<Option<T>> {
        let Some(before) = instance::answered(db, self.number).await? else {
            return Ok(None);
        };
        if before.person != Some(self.caller.person) || before.fingerprint != self.fingerprint {
            return Err(Error::refused("command_reused"));
        }
        serde_json::from_value(before.answer).map(Some).map_err(Error::internal)
    }

    /// Keeps the answer, in the transaction that carried the command out.
    pub(crate) async fn keep(self, tx: &Write, answer: &impl Serialize, now: DateTime<Utc>) -> Result<()> {
        let answer = Answered {
            person: Some(self.caller.person),
            fingerprint: self.fingerprint,
            answer: serde_json::to_value(answer).map_err(Error::internal)?,
        };
        Ok(instance::keep_answer(&**tx, self.number, answer, now).await?)
    }
}
