//! Stopping mails from a mail: without signing in, for those mails only that may be stopped.

use crate::Service;
use crate::error::{Error, Result};
use crate::reminder::{MUTED, muted};
use duban_core::id::PersonId;
use duban_store::setting;
use std::collections::BTreeSet;

/// The key behind the addresses that stop mails; made once, and good for nothing else.
const MUTE_KEY: &str = "mail.mute_key";

impl Service {
    /// Switches every rule that may be switched off off for a person, who asked for it from a mail.
    pub async fn mute_all(&self, whose: PersonId) -> Result<()> {
        let rules = self.rules().await?;
        let tx = self.write().await?;
        let mut muted: BTreeSet<(String, PersonId)> = muted(&*tx).await?;
        for state in rules.into_iter().filter(|state| state.rule.mutable) {
            muted.insert((state.rule.id, whose));
        }
        setting::set(&*tx, MUTED, serde_json::to_value(&muted).map_err(Error::internal)?).await?;
        Ok(tx.commit().await?)
    }

    /// The key behind the addresses that stop mails.
    pub async fn mute_key(&self) -> Result<String> {
        if let Some(serde_json::Value::String(key)) = setting::get(self.store().read(), MUTE_KEY).await? {
            return Ok(key);
        }
        let tx = self.write().await?;
        if let Some(serde_json::Value::String(key)) = setting::get(&*tx, MUTE_KEY).await? {
            return Ok(key);
        }
        let key = crate::secret::new();
        setting::set(&*tx, MUTE_KEY, serde_json::Value::String(key.clone())).await?;
        tx.commit().await?;
        Ok(key)
    }
}
