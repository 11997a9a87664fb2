//! What follows from a decision, carried out in the same transaction.

use crate::case::{Case, Frame};
use crate::error::Result;
use duban_core::workflow::{Decision, Effect, Topic};
use duban_store::{Connection, instance};

/// Carries out the effects of a decision. A frozen revision is not among them: it is part of the document itself.
pub(crate) async fn carry_out(db: &impl Connection, case: &Case, frame: &Frame, decision: &Decision) -> Result<()> {
    for effect in &decision.effects {
        match effect {
            Effect::Tell { people, topic, .. } => {
                if matches!(topic, Topic::Ended | Topic::Terminated) {
                    instance::send_copies(db, case.document.id, people, frame.at.now).await?;
                }
            }
            Effect::Named { .. } | Effect::FreezeRevision { .. } => {}
        }
    }
    Ok(())
}
