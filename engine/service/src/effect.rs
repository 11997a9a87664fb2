//! What follows from a decision, carried out in the same transaction.

use crate::case::{Case, Frame};
use crate::error::Result;
use crate::outbox::{self, About};
use duban_core::workflow::{Decision, Effect, Topic, What};
use duban_store::{Write, instance};

/// Carries out the effects of a decision of `by` (by name; nobody for the passing of time): mails into the outbox,
/// copies of what is finished. A frozen revision is not among them: it is part of the document itself.
pub(crate) async fn carry_out(
    tx: &Write,
    case: &Case,
    frame: &Frame,
    by: Option<&str>,
    decision: &Decision,
) -> Result<()> {
    let note = decision.events.iter().find_map(|event| match &event.what {
        What::Returned { reason, .. } | What::Objected { reason, .. } | What::Terminated { reason } => {
            Some(reason.as_str())
        }
        What::ExtensionAsked { reason, .. } | What::ExtensionRefused { reason } => Some(reason.as_str()),
        What::ExtensionGranted { note, .. } | What::Lent { note, .. } | What::Copied { note, .. } => {
            Some(note.as_str())
        }
        _ => None,
    });
    let about = About {
        document: case.document.id,
        version: decision.instance.version,
        by,
        at: frame.at.now,
        working_day: frame.calendar.on_or_before(frame.at.day),
        note,
    };
    outbox::enqueue(tx, &decision.effects, &about).await?;
    for effect in &decision.effects {
        match effect {
            Effect::Tell { people, topic, .. } => {
                if matches!(topic, Topic::Ended | Topic::Terminated | Topic::Copied) {
                    instance::send_copies(&**tx, case.document.id, people, frame.at.now).await?;
                }
            }
            Effect::Named { .. } | Effect::FreezeRevision { .. } => {}
        }
    }
    Ok(())
}
