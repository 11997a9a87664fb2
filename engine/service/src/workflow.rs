//! Versions of workflow definitions: draft, published, retired.
//!
//! What ships with the program is published. What an administrator puts into the definitions folder is a draft until
//! it is published here; its text is then kept, and every paper of that version follows the kept text, whatever becomes
//! of the file. With a retired version nothing new begins; papers on their way go on.

use crate::audit::Deed;
use crate::error::{Error, Result};
use crate::liveness::Gap;
use crate::session::Caller;
use crate::{Service, access};
use chrono::{DateTime, Utc};
use duban_core::org::Role;
use duban_core::workflow::Definition;
use duban_core::workflow::form::UNIT_PARTY;
use duban_store::definition::{self, Published};
use duban_store::{Connection, Store, unit};
use duban_workflows::{LoadError, Registry};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// Whether something may begin with a version.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Not yet: it waits to be published.
    Draft,
    /// Yes.
    Published,
    /// No longer.
    Retired,
}

impl State {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Published => "published",
            Self::Retired => "retired",
        }
    }
}

/// A version with its state.
#[derive(Clone, Debug)]
pub struct VersionRow {
    /// The definition.
    pub definition: Arc<Definition>,
    /// Its state.
    pub state: State,
    /// When it was published (UTC), where that is known.
    pub published_at: Option<DateTime<Utc>>,
    /// SHA-256 of its text as published.
    pub hash: String,
    /// Units that it names and that are not known.
    pub unknown_units: Vec<String>,
}

/// The definitions to work with: those of the program and its folder, and those that were published before. Shipped
/// ones are kept as published. To be called once, when the program starts.
///
/// # Errors
/// [`LoadError`] as words when a file differs from what was published; what the database said.
pub async fn take_up(
    store: &Store,
    mut known: Registry,
    now: DateTime<Utc>,
) -> Result<std::result::Result<Registry, LoadError>> {
    let tx = store.write().await?;
    let published = definition::all(&*tx).await?;
    for one in &published {
        known = match known.with_published(&one.id, one.version, &one.source) {
            Ok(known) => known,
            Err(error) => return Ok(Err(error)),
        };
    }
    for def in known.all().filter(|def| known.is_shipped(&def.id, def.version)) {
        let there = published
            .iter()
            .any(|one| (&one.id, one.version) == (&def.id, def.version));
        if !there {
            definition::publish(&*tx, row(&known, def, now, None)).await?;
        }
    }
    tx.commit().await?;
    Ok(Ok(known))
}

fn row(known: &Registry, def: &Definition, now: DateTime<Utc>, by: Option<duban_core::id::PersonId>) -> Published {
    let source = known.source(&def.id, def.version).unwrap_or_default();
    Published {
        id: def.id.clone(),
        version: def.version,
        hash: hex::encode(Sha256::digest(source.as_bytes())),
        source: source.to_owned(),
        published_at: now,
        published_by: by,
        retired_at: None,
    }
}

impl Service {
    /// Every version that is loaded, with its state.
    pub async fn versions(&self, db: &impl Connection) -> Result<Vec<VersionRow>> {
        let published = definition::all(db).await?;
        let units = unit::all(db).await?;
        let known = self.definitions();
        let rows = known.all().map(|def| {
            let kept = published
                .iter()
                .find(|one| (&one.id, one.version) == (&def.id, def.version));
            let state = match kept {
                Some(kept) if kept.retired_at.is_some() => State::Retired,
                Some(_) => State::Published,
                None if known.is_shipped(&def.id, def.version) => State::Published,
                None => State::Draft,
            };
            let names = def
                .parties()
                .into_iter()
                .filter_map(|party| party.strip_prefix(UNIT_PARTY));
            VersionRow {
                definition: Arc::clone(def),
                state,
                published_at: kept.map(|kept| kept.published_at),
                hash: kept.map_or_else(String::new, |kept| kept.hash.clone()),
                unknown_units: names
                    .filter(|name| !units.values().any(|unit| unit.is_called(name)))
                    .map(str::to_owned)
                    .collect(),
            }
        });
        Ok(rows.collect())
    }

    /// The newest published version of every definition that something may begin with now.
    pub(crate) async fn current(&self, db: &impl Connection) -> Result<Vec<Arc<Definition>>> {
        let mut newest: Vec<Arc<Definition>> = Vec::new();
        // In the order of names and versions: a later one takes the place of an earlier one.
        for row in self.versions(db).await? {
            if row.state != State::Published {
                continue;
            }
            if newest.last().is_some_and(|last| last.id == row.definition.id) {
                newest.pop();
            }
            newest.push(row.definition);
        }
        Ok(newest)
    }

    /// The newest published definition for a document type of the program.
    ///
    /// # Errors
    /// [`Error::Internal`] when there is none.
    pub(crate) async fn current_definition(
        &self,
        db: &impl Connection,
        document_type: &str,
    ) -> Result<Arc<Definition>> {
        let current = self.current(db).await?;
        let mut found = current.into_iter().filter(|def| def.document_type == document_type);
        found
            .next()
            .ok_or_else(|| Error::internal(format!("no published definition for {document_type}")))
    }

    /// Publishes a draft: from now on papers may begin with it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody but the system administrator; [`Error::NotFound`]; [`Error::Refused`] with
    /// `not_a_draft`, `party_unknown` when it names a unit that there is not, or `stage_without_people` for every stage
    /// at which some kind of unit would find nobody.
    pub async fn publish_definition(&self, caller: &Caller, id: &str, version: u32) -> Result<()> {
        administrator(caller)?;
        let tx = self.write().await?;
        let rows = self.versions(&*tx).await?;
        let found = rows
            .iter()
            .find(|row| row.definition.id == id && row.definition.version == version);
        let found = found.ok_or(Error::NotFound)?;
        if found.state != State::Draft {
            return Err(Error::refused("not_a_draft"));
        }
        if let Some(name) = found.unknown_units.first() {
            let reason = duban_core::reason::Reason::new("party_unknown").with("unit", name);
            return Err(Error::Refused(reason.into()));
        }
        let frame = self.frame(&*tx).await?;
        let gaps = self.gaps(&*tx, &frame, &[Arc::clone(&found.definition)]).await?;
        if !gaps.is_empty() {
            let reasons = gaps.iter().map(Gap::reason).collect();
            return Err(Error::Refused(duban_core::reason::Refusal { reasons }));
        }
        let new = row(
            self.definitions(),
            &found.definition,
            self.moment().now,
            Some(caller.person),
        );
        let deed = Deed::new("workflow.publish", "definition", format!("{id}.v{version}")).with("hash", &new.hash);
        definition::publish(&*tx, new).await?;
        self.record(&*tx, Some(caller), deed).await?;
        Ok(tx.commit().await?)
    }

    /// Retires a published version: nothing new begins with it.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody but the system administrator; [`Error::NotFound`]; [`Error::Refused`] with
    /// `not_published`, or `last_of_its_type` when the program could then make no paper of one of its own types.
    pub async fn retire_definition(&self, caller: &Caller, id: &str, version: u32) -> Result<()> {
        administrator(caller)?;
        let tx = self.write().await?;
        let rows = self.versions(&*tx).await?;
        let found = rows
            .iter()
            .find(|row| row.definition.id == id && row.definition.version == version);
        let found = found.ok_or(Error::NotFound)?;
        if found.state != State::Published {
            return Err(Error::refused("not_published"));
        }
        let others = rows.iter().filter(|row| row.state == State::Published);
        let of_type = others.filter(|row| row.definition.document_type == found.definition.document_type);
        if found.definition.form.is_none() && of_type.count() < 2 {
            return Err(Error::refused("last_of_its_type"));
        }
        let now = self.moment().now;
        if !definition::retire(&*tx, (id, version), caller.person, now).await? {
            return Err(Error::refused("not_published"));
        }
        let deed = Deed::new("workflow.retire", "definition", format!("{id}.v{version}"));
        self.record(&*tx, Some(caller), deed).await?;
        Ok(tx.commit().await?)
    }
}

/// Says no to everybody but the system administrator.
fn administrator(caller: &Caller) -> Result<()> {
    access::acting(caller)?;
    if caller.has_any(&[Role::Sysadmin]) {
        Ok(())
    } else {
        Err(Error::forbidden("sysadmin_only"))
    }
}
