//! Histories as evidence: what happened to documents as steps of the nets of their definitions, for export.

use crate::error::{Error, Result};
use crate::{Caller, Service};
use duban_core::id::{CampaignId, DocumentId};
use duban_core::org::Organisation;
use duban_core::workflow::trace::steps;
use duban_core::workflow::{Event, What};
use duban_store::{document, instance};
use duban_workflows::export::xes::{Entry, Trace};

/// How many numbers of documents are read at a time.
const BATCH: u64 = 500;

/// Whose histories.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// One document's.
    Document(DocumentId),
    /// Those of every document of a campaign.
    Campaign(CampaignId),
    /// Those of every document.
    All,
}

impl Service {
    /// The history of one document, for those who may read it.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is none, or none for this caller.
    pub async fn history(&self, caller: &Caller, id: DocumentId) -> Result<Trace> {
        let (_, frame) = self.open_document(caller, id).await?;
        self.trace(id, &frame.org).await
    }

    /// Histories for the command line, which reads the database as it is and asks nobody.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such document.
    pub async fn histories(&self, whose: Whose) -> Result<Vec<Trace>> {
        let org = self.organisation().await?;
        let ids = match whose {
            Whose::Document(id) => vec![id],
            Whose::Campaign(_) | Whose::All => self.all_documents(whose).await?,
        };
        let mut traces = Vec::with_capacity(ids.len());
        for id in ids {
            traces.push(self.trace(id, &org).await?);
        }
        Ok(traces)
    }

    async fn all_documents(&self, whose: Whose) -> Result<Vec<DocumentId>> {
        let db = self.store().read();
        let (mut found, mut after) = (Vec::new(), 0);
        loop {
            let ids = document::ids(db, after, BATCH).await?;
            let Some(last) = ids.last() else { break };
            after = last.0;
            let documents = document::find_all(db, ids).await?;
            let wanted = documents.into_iter().filter(|document| match whose {
                Whose::Campaign(campaign) => document.campaign == Some(campaign),
                Whose::Document(_) | Whose::All => true,
            });
            found.extend(wanted.map(|document| document.id));
        }
        found.sort();
        Ok(found)
    }

    async fn trace(&self, id: DocumentId, org: &Organisation) -> Result<Trace> {
        let events = instance::events(self.store().read(), id).await?;
        let Some(What::Started {
            definition,
            definition_version,
            ..
        }) = events.first().map(|event| &event.what)
        else {
            return Err(Error::NotFound);
        };
        Ok(Trace {
            name: id.to_string(),
            definition: definition.clone(),
            version: *definition_version,
            events: steps(&events)
                .into_iter()
                .map(|step| entry(step.label.to_string(), step.event, org))
                .collect(),
        })
    }
}

fn entry(name: String, event: &Event, org: &Organisation) -> Entry {
    let actor = event.actor.as_ref();
    Entry {
        name,
        at: event.at.now,
        resource: actor.map(|actor| org.person_name(actor.person)),
        role: actor.map(|actor| actor.role.code().to_owned()),
        group: actor.map(|actor| org.unit_name(actor.unit)),
        on_behalf_of: actor
            .and_then(|actor| actor.on_behalf_of)
            .map(|(_, person)| org.person_name(person)),
        seq: event.seq,
    }
}
