//! Moving running documents to another version of their workflow: looked at document by document first, then done
//! for those that nothing stands in the way of, each in a transaction of its own.

use crate::audit::Deed;
use crate::case::{Case, Frame};
use crate::error::{Error, Result};
use crate::session::Caller;
use crate::workflow::{State, administrator};
use crate::{Service, access};
use duban_core::id::DocumentId;
use duban_core::reason::{Reason, Refusal};
use duban_core::workflow::{By, Decision, Definition, Names, StageId, migrate};
use duban_store::{Connection, document, instance};
use sha2::{Digest, Sha256};
use std::sync::Arc;

/// One running document of another version, and whether it can move.
#[derive(Clone, Debug)]
pub struct Moving {
    /// The document.
    pub document: DocumentId,
    /// The name of its unit.
    pub unit: String,
    /// The version that it follows, or followed.
    pub from: Arc<Definition>,
    /// The stages in which it is, or was, by their names in that version.
    pub stages: Vec<StageId>,
    /// Everything that stands in the way. Empty: it can move, or has moved.
    pub refused: Vec<Reason>,
}

/// A document as it would be under the new version.
struct Trial {
    moving: Moving,
    /// The document with the new definition.
    case: Case,
    decision: Option<Decision>,
}

impl Service {
    /// What would become of every running document of other versions, were it moved to version `to` of the workflow
    /// `id`. `names` says which stage is which, where a stage has another name there. Changes nothing. `caller` is
    /// the system administrator, or nobody for whoever runs the program on its own machine.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody but the system administrator; [`Error::NotFound`] when there is no such
    /// version; [`Error::Refused`] with `not_published`.
    pub async fn try_migration(
        &self,
        caller: Option<&Caller>,
        (id, to): (&str, u32),
        names: &Names,
    ) -> Result<Vec<Moving>> {
        let db = self.store().read();
        let new = self.target(db, caller, (id, to)).await?;
        let frame = self.frame(db).await?;
        let mut found = Vec::new();
        for document in self.movable(db, &new).await? {
            let trial = self.trial(db, (document, &new), (caller, names), &frame).await?;
            found.extend(trial.map(|trial| trial.moving));
        }
        Ok(found)
    }

    /// Moves every running document of other versions to version `to`, except those that something stands in the
    /// way of; tells of each. The move is an event of the document and a record of the audit trail.
    ///
    /// # Errors
    /// As [`Service::try_migration`].
    pub async fn apply_migration(
        &self,
        caller: Option<&Caller>,
        (id, to): (&str, u32),
        names: &Names,
    ) -> Result<Vec<Moving>> {
        if let Some(caller) = caller {
            access::acting(caller)?;
        }
        let db = self.store().read();
        let new = self.target(db, caller, (id, to)).await?;
        let mut told = Vec::new();
        for document in self.movable(db, &new).await? {
            told.extend(self.move_one(caller, (document, &new), names).await?);
        }
        Ok(told)
    }

    async fn target(
        &self,
        db: &impl Connection,
        caller: Option<&Caller>,
        (id, to): (&str, u32),
    ) -> Result<Arc<Definition>> {
        if let Some(caller) = caller {
            administrator(caller)?;
        }
        let versions = self.versions(db).await?;
        let mut of_id = versions.into_iter().filter(|row| row.definition.id == id);
        let found = of_id.find(|row| row.definition.version == to).ok_or(Error::NotFound)?;
        if found.state != State::Published {
            return Err(Error::refused("not_published"));
        }
        Ok(found.definition)
    }

    /// The running documents of other versions, in the order of their numbers.
    async fn movable(&self, db: &impl Connection, new: &Definition) -> Result<Vec<DocumentId>> {
        let open = instance::unfinished(db).await?;
        let found = document::find_all(db, open).await?;
        let mut ids: Vec<_> = found
            .into_iter()
            .filter(|found| found.definition.0 == new.id && found.definition.1 != new.version)
            .map(|found| found.id)
            .collect();
        ids.sort_unstable();
        Ok(ids)
    }

    /// None when the document has ended or moved meanwhile.
    async fn trial(
        &self,
        db: &impl Connection,
        (id, new): (DocumentId, &Arc<Definition>),
        (caller, names): (Option<&Caller>, &Names),
        frame: &Frame,
    ) -> Result<Option<Trial>> {
        let found = document::find(db, id).await?.ok_or(Error::NotFound)?;
        if found.definition.1 == new.version {
            return Ok(None);
        }
        let from = self.definition(&found.definition.0, found.definition.1)?;
        let unit = frame.org.unit_name(found.unit);
        let case = self.case_under(db, found, Arc::clone(new)).await?;
        if case.instance.finish.is_some() {
            return Ok(None);
        }
        let by = caller.map_or(By::Clockwork, |caller| By::Person(caller.person));
        let stages = case.instance.places().into_iter().cloned().collect();
        let answer = migrate((&from, new), &case.instance, (by, names), &case.context(frame, false));
        let (decision, refused) = match answer {
            Ok(decision) => (Some(decision), Vec::new()),
            Err(Refusal { reasons }) => (None, reasons),
        };
        let moving = Moving {
            document: id,
            unit,
            from,
            stages,
            refused,
        };
        Ok(Some(Trial { moving, case, decision }))
    }

    async fn move_one(
        &self,
        caller: Option<&Caller>,
        (id, new): (DocumentId, &Arc<Definition>),
        names: &Names,
    ) -> Result<Option<Moving>> {
        let tx = self.write().await?;
        document::find_locked(&*tx, id).await?.ok_or(Error::NotFound)?;
        let frame = self.frame(&*tx).await?;
        let Some(trial) = self.trial(&*tx, (id, new), (caller, names), &frame).await? else {
            return Ok(None);
        };
        let Trial { moving, case, decision } = trial;
        let Some(decision) = decision else {
            return Ok(Some(moving));
        };
        if !instance::save(&*tx, &decision.instance, case.instance.version).await? {
            return Err(Error::internal(format!("instance {id} moved on under its lock")));
        }
        instance::append(&*tx, id, &decision.events).await?;
        document::follow(&*tx, id, new.version).await?;
        self.project(&tx, &case, &frame, &decision, false).await?;
        let events = serde_json::to_string(&decision.events).map_err(Error::internal)?;
        let named = serde_json::to_string(names).map_err(Error::internal)?;
        let deed = Deed::new("document.migrate", "document", id)
            .with("from", format!("{}.v{}", new.id, moving.from.version))
            .with("to", format!("{}.v{}", new.id, new.version))
            .with("names", named)
            .with("version", decision.instance.version)
            .with("events", hex::encode(Sha256::digest(events.as_bytes())));
        self.record(&*tx, caller, deed).await?;
        tx.commit().await?;
        Ok(Some(moving))
    }
}
