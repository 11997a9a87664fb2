//! Extensions (延期): the unit asks before its last day, with a reason and a new one; the coordinator decides.

use super::event::{Event, What};
use super::instance::Instance;
use crate::org::{Actor, Moment};
use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

/// One request for a later last day, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Extension {
    /// Who asked.
    pub asked_by: Actor,
    /// When.
    pub asked: Moment,
    /// The last day as it was then (civil date).
    pub due_on: NaiveDate,
    /// The day asked for (civil date).
    pub until: NaiveDate,
    /// Why.
    pub reason: String,
    /// What became of it.
    pub state: ExtensionState,
    /// Who decided, once somebody has.
    pub decided_by: Option<Actor>,
    /// When it was decided, or lapsed.
    pub decided: Option<Moment>,
    /// What they wrote.
    pub note: String,
}

/// What became of a request for a later last day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ExtensionState {
    /// Nobody has decided.
    Asked,
    /// The day was moved; [`Extension::until`] is the day that was granted.
    Granted,
    /// It stays as it is.
    Refused,
    /// The paper was submitted before anybody decided.
    Lapsed,
}

impl ExtensionState {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Asked => "asked",
            Self::Granted => "granted",
            Self::Refused => "refused",
            Self::Lapsed => "lapsed",
        }
    }
}

impl Instance {
    /// Folds in what an event says about a request; a submission overtakes one that nobody decided about.
    pub(super) fn apply_extension(&mut self, event: &Event) {
        if let (
            What::ExtensionAsked {
                due_on, until, reason, ..
            },
            Some(actor),
        ) = (&event.what, &event.actor)
        {
            self.extensions.push(Extension {
                asked_by: actor.clone(),
                asked: event.at,
                due_on: *due_on,
                until: *until,
                reason: reason.clone(),
                state: ExtensionState::Asked,
                decided_by: None,
                decided: None,
                note: String::new(),
            });
            return;
        }
        let open = self.extensions.last_mut();
        if let Some(open) = open.filter(|open| open.state == ExtensionState::Asked) {
            open.decided_by.clone_from(&event.actor);
            open.decided = Some(event.at);
            match &event.what {
                What::ExtensionGranted { until, note, .. } => {
                    open.state = ExtensionState::Granted;
                    open.until = *until;
                    open.note.clone_from(note);
                }
                What::ExtensionRefused { reason } => {
                    open.state = ExtensionState::Refused;
                    open.note.clone_from(reason);
                }
                // The paper was handed in: there is nothing to extend any more.
                _ => {
                    open.state = ExtensionState::Lapsed;
                    open.decided_by = None;
                }
            }
        }
        if let What::ExtensionGranted { due, .. } = &event.what {
            self.move_due(due);
        }
    }
}
