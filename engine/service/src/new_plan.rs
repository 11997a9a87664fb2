//! A plan made at a unit's own wish: the one it still owes, or a change of the one in force (调整申请).

use crate::document::NewDocument;
use crate::error::{Error, Result};
use crate::session::Caller;
use crate::{Service, access};
use duban_core::document::annual_plan::prefill;
use duban_core::id::{CampaignId, DocumentId, UnitId};
use duban_core::org::Role;
use duban_core::workflow::Status;
use duban_store::{asked, document, party};

/// The document type of annual plans.
const PLAN: &str = "annual_plan";

impl Service {
    /// Makes an annual plan for a unit in which the caller drafts. When the unit's plan is finished, the new one
    /// changes it and opens with what was agreed last; when it has none, the new one opens prefilled.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a campaign or unit that does not concern the caller; [`Error::Refused`] with
    /// `plan_exists` while another plan of the unit is under way, `nothing_asked` when the campaign asks nothing of
    /// the unit.
    pub async fn new_plan(&self, caller: &Caller, campaign: CampaignId, unit: UnitId) -> Result<DocumentId> {
        access::acting(caller)?;
        let drafts = caller
            .posts
            .iter()
            .any(|post| post.unit == unit && post.role == Role::Drafter);
        if !drafts {
            return Err(Error::NotFound);
        }
        let tx = self.write().await?;
        let fixed = party::of_campaign(&*tx, Some(campaign)).await?.ok_or(Error::NotFound)?;
        let plans = document::of_campaign(&*tx, campaign, PLAN).await?;
        let mut own: Vec<_> = plans.into_iter().filter(|plan| plan.unit == unit).collect();
        if own.iter().any(|plan| !plan.status.is_terminal()) {
            return Err(Error::refused("plan_exists"));
        }
        own.retain(|plan| plan.status == Status::Ended);
        let asked = asked::asked(&*tx, campaign, unit).await?;
        let revises = own.last().map(|plan| plan.id);
        let content = match revises {
            Some(agreed) => {
                let newest = document::newest_revision(&*tx, agreed).await?;
                let found = document::revision(&*tx, agreed, newest).await?;
                found.map(|(_, content)| content).ok_or(Error::NotFound)?
            }
            None if asked.tasks.is_empty() && asked.indicators.is_empty() => {
                return Err(Error::refused("nothing_asked"));
            }
            None => prefill(&asked, &[]),
        };
        let frame = self.frame(&*tx).await?;
        let definition = self.current_definition(&*tx, PLAN).await?;
        let new = NewDocument {
            campaign: Some(campaign),
            unit,
            title: format!(
                "{}{}{}",
                frame.org.unit_name(unit),
                fixed.year,
                definition.title.get("zh-CN")
            ),
            definition,
            content,
            // A change of an agreed plan has no last day of its own.
            due_on: revises.is_none().then_some(fixed.plan_due),
            revises,
        };
        let id = self
            .create_document(&tx, Some(caller), (&frame, Some(&fixed)), new)
            .await?;
        tx.commit().await?;
        Ok(id)
    }
}
