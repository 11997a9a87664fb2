//! Papers that people start themselves, whose form comes with a definition.

use crate::document::NewDocument;
use crate::error::{Error, FieldProblem, Result};
use crate::once::Once;
use crate::session::Caller;
use crate::{Service, access};
use duban_core::document::content::Content;
use duban_core::id::{CommandId, DocumentId, UnitId};
use duban_core::workflow::Definition;
use duban_store::{Connection, party, unit};
use serde::Serialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The longest title of a paper, in characters.
pub const LONGEST_TITLE: usize = 100;

/// A definition that somebody may start a paper with.
#[derive(Clone, Debug)]
pub struct Startable {
    /// The definition.
    pub definition: Arc<Definition>,
    /// The units for which they may, with their names.
    pub units: Vec<(UnitId, String)>,
}

/// A paper to be started.
#[derive(Clone, Debug, Serialize)]
pub struct StartForm {
    /// The definition's name.
    pub definition: String,
    /// The unit it is for; may be left out by whoever could start it for one unit only.
    pub unit: Option<UnitId>,
    /// What it is to be called.
    pub title: String,
}

impl Service {
    /// The definitions with which the caller may start a paper, and for which units.
    pub async fn startable(&self, caller: &Caller) -> Result<Vec<Startable>> {
        let db = self.store().read();
        let units = unit::all(db).await?;
        let name = |id: UnitId| units.get(&id).map_or_else(String::new, |unit| unit.name.clone());
        let gone = self.gone(db).await?;
        let current = self.current(db).await?;
        let rows = current.into_iter().map(|definition| Startable {
            units: starting_units(caller, &definition, &gone)
                .into_iter()
                .map(|id| (id, name(id)))
                .collect(),
            definition,
        });
        Ok(rows.filter(|row| !row.units.is_empty()).collect())
    }

    /// Starts a paper. The same command again gives the same paper.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a definition with which nothing may begin, or which is not the caller's to start;
    /// [`Error::Invalid`] with the fields `title` and `unit`; [`Error::Refused`] with `command_reused`.
    pub async fn start_form(&self, caller: &Caller, command: CommandId, new: StartForm) -> Result<DocumentId> {
        access::acting(caller)?;
        let once = Once::of(caller, command, &("start", &new))?;
        let tx = self.write().await?;
        if let Some(before) = once.before(&*tx).await? {
            return Ok(before);
        }
        let current = self.current(&*tx).await?;
        let definition = current.into_iter().find(|def| def.id == new.definition);
        let definition = definition.ok_or(Error::NotFound)?;
        let units = starting_units(caller, &definition, &self.gone(&*tx).await?);
        if units.is_empty() {
            return Err(Error::NotFound);
        }
        let title = new.title.trim().to_owned();
        let unit = match (new.unit, units.as_slice()) {
            (None, [only]) => Some(*only),
            (wanted, _) => wanted.filter(|unit| units.contains(unit)),
        };
        let mut problems = Vec::new();
        if title.is_empty() {
            problems.push(FieldProblem::new("title", "title_missing"));
        } else if title.chars().count() > LONGEST_TITLE || title.contains(char::is_control) {
            problems.push(FieldProblem::new("title", "title_too_long"));
        }
        let Some(unit) = unit.filter(|_| problems.is_empty()) else {
            if unit.is_none() {
                problems.push(FieldProblem::new("unit", "unit_missing"));
            }
            return Err(Error::Invalid(problems));
        };
        let fixed = party::of_campaign(&*tx, None).await?;
        let frame = self.frame(&*tx).await?;
        let new = NewDocument {
            definition,
            campaign: None,
            unit,
            title,
            content: Content::default(),
            due_on: None,
            revises: None,
        };
        let id = self
            .create_document(&tx, Some(caller), (&frame, fixed.as_ref()), new)
            .await?;
        once.keep(&tx, &id, frame.at.now).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// The units that have gone into another: what they began goes on, nothing new begins there.
    async fn gone(&self, db: &impl Connection) -> Result<BTreeSet<UnitId>> {
        let today = self.moment().day;
        let ended = unit::ended(db).await?.into_iter();
        Ok(ended
            .filter(|(_, (day, _))| *day <= today)
            .map(|(unit, _)| unit)
            .collect())
    }
}

/// The units in which the caller holds a post that may start such a paper.
fn starting_units(caller: &Caller, definition: &Definition, gone: &BTreeSet<UnitId>) -> Vec<UnitId> {
    let Some(form) = &definition.form else {
        return Vec::new();
    };
    let posts = caller.posts.iter().filter(|post| form.starters.contains(&post.role));
    let mut units: Vec<_> = posts
        .map(|post| post.unit)
        .filter(|unit| !gone.contains(unit))
        .collect();
    units.sort_unstable();
    units.dedup();
    units
}
