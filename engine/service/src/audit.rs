//! The audit trail: writing it within the transaction of the act, reading it, checking it.

use crate::error::{Error, Result};
use crate::{Caller, Service};
use duban_core::audit::{ChainFault, Link, Record, Verifier};
use duban_core::org::Role;
use duban_store::audit::{Filter, NewRecord};
use duban_store::{Connection, audit};
use serde::Serialize;
use std::collections::BTreeMap;

/// How many records are read at a time while a chain is checked or exported.
const BATCH: u64 = 1000;

/// What a use case says about what it did.
pub struct Deed<'a> {
    /// What was done, as in `unit.add`.
    pub verb: &'a str,
    /// The kind of thing it was done to.
    pub kind: &'a str,
    /// Which one.
    pub id: String,
    /// Anything more.
    pub detail: BTreeMap<String, String>,
}

impl<'a> Deed<'a> {
    /// A deed without details.
    pub fn new(verb: &'a str, kind: &'a str, id: impl ToString) -> Self {
        Self {
            verb,
            kind,
            id: id.to_string(),
            detail: BTreeMap::new(),
        }
    }

    /// The same deed with one more detail. Never a secret.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl ToString) -> Self {
        self.detail.insert(name.to_owned(), value.to_string());
        self
    }
}

/// The state of the chain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChainState {
    /// How many records are good, counted from the first.
    pub records: i64,
    /// The hash of the last good record: the value to keep outside.
    pub head: String,
    /// What is wrong after it, if anything.
    pub fault: Option<ChainFault>,
}

impl Service {
    /// Appends a deed to the trail within the transaction `db`. Nobody as caller: the program itself did it.
    pub(crate) async fn record(&self, db: &impl Connection, caller: Option<&Caller>, deed: Deed<'_>) -> Result<i64> {
        self.record_for(db, caller, None, deed).await
    }

    /// As [`Service::record`], for an act done in somebody's place.
    pub(crate) async fn record_for(
        &self,
        db: &impl Connection,
        caller: Option<&Caller>,
        on_behalf_of: Option<i64>,
        deed: Deed<'_>,
    ) -> Result<i64> {
        let new = NewRecord {
            person: caller.map(|c| c.person.0),
            name: caller.map(|c| c.name.clone()),
            on_behalf_of,
            source: caller.and_then(|c| c.source.clone()),
            verb: deed.verb.to_owned(),
            object_kind: deed.kind.to_owned(),
            object_id: deed.id,
            detail: deed.detail,
        };
        Ok(audit::append(db, self.moment().now, new).await?)
    }

    /// Up to `limit` records that match, older than the number `before`, the newest first. For the auditor only.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub async fn audit_search(
        &self,
        caller: &Caller,
        filter: &Filter,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Vec<Record>> {
        auditor_only(caller)?;
        let rows = audit::search(self.store().read(), filter, before, limit).await?;
        Ok(rows.into_iter().map(|(record, _)| record).collect())
    }

    /// The links after the number `after`, a batch at a time, for export; an empty batch is the end.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody but the auditor.
    pub async fn audit_export(&self, caller: &Caller, after: i64) -> Result<Vec<Link>> {
        auditor_only(caller)?;
        if after == 0 {
            let tx = self.write().await?;
            self.record(&*tx, Some(caller), Deed::new("audit.export", "audit", "all"))
                .await?;
            tx.commit().await?;
        }
        Ok(audit::links(self.store().read(), after, BATCH).await?)
    }

    /// Checks the whole chain. For the auditor only; the command line uses [`Service::verify_audit`].
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub async fn audit_state(&self, caller: &Caller) -> Result<ChainState> {
        auditor_only(caller)?;
        self.verify_audit().await
    }

    /// Checks the whole chain: every record against the one before it, the head, and the columns by which records
    /// are found against the texts that were hashed.
    pub async fn verify_audit(&self) -> Result<ChainState> {
        let db = self.store().read();
        let (head_seq, head_hash) = audit::head(db).await?;
        let mut verifier = Verifier::default();
        let mut fault = None;
        'chain: loop {
            let links = audit::links(db, verifier.seq, BATCH).await?;
            if links.is_empty() {
                break;
            }
            for link in links.iter().filter(|link| link.seq <= head_seq) {
                if let Err(found) = verifier.take(link) {
                    fault = Some(found);
                    break 'chain;
                }
            }
            if links.last().is_some_and(|last| last.seq >= head_seq) {
                break;
            }
        }
        if fault.is_none() {
            fault = verifier.finish(head_seq, &head_hash).err();
        }
        let mut seen = 0;
        while fault.is_none() && seen < verifier.seq {
            let (wrong, last) = audit::columns_agree(db, seen, BATCH).await?;
            fault = wrong.map(|seq| ChainFault::Altered { seq });
            if last == seen {
                break;
            }
            seen = last;
        }
        Ok(ChainState {
            records: verifier.seq,
            head: verifier.hash,
            fault,
        })
    }
}

fn auditor_only(caller: &Caller) -> Result<()> {
    if caller.has(Role::Auditor) {
        Ok(())
    } else {
        Err(Error::forbidden("auditor_only"))
    }
}
