//! 批量审批: agreeing to several papers at once. Every paper goes through the one door as if it came alone, in a
//! transaction of its own, so that nothing is checked less and one that is refused holds up no other. Returns are
//! never batched: a reason belongs to one paper.

use crate::command::{Outcome, Request};
use crate::error::{Error, Result};
use crate::session::Caller;
use crate::{Service, access};
use duban_core::id::{CommandId, DocumentId, SeatNo, Version};
use duban_core::workflow::{Act, StageKind, Text};
use duban_store::document;

/// The most papers in one batch.
pub const MOST: usize = 500;

/// One paper of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Item {
    /// The document.
    pub document: DocumentId,
    /// The version that whoever asks was looking at.
    pub expected: Version,
    /// The command's own number, made by the client: a batch sent again after a lost answer does nothing twice.
    pub command: CommandId,
    /// The seat they speak from, when they could speak from seats of different posts.
    pub seat: Option<SeatNo>,
}

/// What became of one paper of a batch.
#[derive(Debug)]
pub struct Told {
    /// The document.
    pub document: DocumentId,
    /// Its title; empty for what the caller may not read.
    pub title: String,
    /// The title of the stage it is in now, or of the end it reached; none when it was refused.
    pub stage: Option<Text>,
    /// The answer of the one door.
    pub answer: Result<Outcome>,
}

impl Service {
    /// Agrees to each of `items` with one note, in their order, and tells what became of each.
    ///
    /// # Errors
    /// [`Error::Refused`] with `batch_empty`, or with `batch_too_large` for more than [`MOST`]; [`Error::Forbidden`]
    /// for a session that may only read. What is wrong with a single paper stands in its answer.
    pub async fn approve_batch(&self, caller: &Caller, note: &str, items: &[Item]) -> Result<Vec<Told>> {
        access::acting(caller)?;
        if items.is_empty() {
            return Err(Error::refused("batch_empty"));
        }
        if items.len() > MOST {
            let reason = duban_core::reason::Reason::new("batch_too_large").with("most", MOST);
            return Err(Error::Refused(reason.into()));
        }
        let documents = document::find_all(self.store().read(), items.iter().map(|item| item.document)).await?;
        let mut told = Vec::with_capacity(items.len());
        for item in items {
            let request = Request {
                id: item.command,
                expected: item.expected,
                seat: item.seat,
                act: Act::Approve { note: note.to_owned() },
            };
            let answer = self.command(caller, item.document, request).await;
            let found = documents.iter().find(|found| found.id == item.document);
            let found = found.filter(|_| !matches!(answer, Err(Error::NotFound)));
            let stage = match (&answer, found) {
                (Ok(outcome), Some(found)) => {
                    let (id, version) = &found.definition;
                    let definition = self.definition(id, *version)?;
                    definition.title_of(&outcome.stage.as_str().into()).cloned()
                }
                _ => None,
            };
            told.push(Told {
                document: item.document,
                title: found.map_or_else(String::new, |found| found.title.clone()),
                stage,
                answer,
            });
        }
        Ok(told)
    }

    /// True when what waits in this row may be agreed to in a batch: it lies at a stage where papers are reviewed.
    ///
    /// # Errors
    /// [`Error::Internal`] when its definition is not loaded.
    pub fn is_batchable(&self, row: &crate::inbox::Row) -> Result<bool> {
        let (id, version) = &row.document.definition;
        let definition = self.definition(id, *version)?;
        let stage = row.asks.as_ref().and_then(|(stage, _)| definition.stage(stage));
        Ok(stage.is_some_and(|stage| stage.kind == StageKind::Review))
    }
}
