//! What people read of a document's events: the history, the return that waits for an answer, and the revision to
//! compare with.

use crate::id::{PersonId, RevisionNo, RoundNo, UnitId};
use crate::org::{Actor, Moment};
use crate::workflow::{Event, Mark, StageId, What};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// What somebody did, as a word for the history.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verb {
    /// The document began.
    Started,
    /// Submitted.
    Submitted,
    /// Agreed.
    Approved,
    /// Voted against.
    Rejected,
    /// Abstained.
    Abstained,
    /// Sent back.
    Returned,
    /// Stayed silent until the time limit.
    Consented,
    /// Took the submission back.
    Withdrawn,
    /// Took an agreement back.
    TakenBack,
    /// Objected as an added signer.
    Objected,
    /// Added a signer.
    SignerAdded,
    /// Removed a signer.
    SignerRemoved,
    /// Handed a seat over.
    Transferred,
    /// Lent a seat for an opinion.
    Lent,
    /// Gave a lent seat back.
    GivenBack,
    /// Gave people a copy.
    Copied,
    /// Asked for hurry.
    Urged,
    /// Stopped it for a while.
    Suspended,
    /// Let it go on.
    Resumed,
    /// The calendar was amended and last days moved.
    DueMoved,
    /// Asked for a later last day.
    ExtensionAsked,
    /// Granted one.
    ExtensionGranted,
    /// Left the last day as it is.
    ExtensionRefused,
    /// Asked that a round for which there is nobody be passed.
    OverrideAsked,
    /// Confirmed that.
    Overridden,
    /// It went over to another version of its definition.
    Migrated,
    /// Nobody could act.
    Blocked,
    /// Reached an end.
    Ended,
    /// Ended by the office without a result.
    Terminated,
}

impl Verb {
    /// The stable code; its word is `history.verb.<code>`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Started => "started",
            Self::Submitted => "submitted",
            Self::Approved => "approved",
            Self::Rejected => "rejected",
            Self::Abstained => "abstained",
            Self::Returned => "returned",
            Self::Consented => "consented",
            Self::Withdrawn => "withdrawn",
            Self::TakenBack => "taken_back",
            Self::Objected => "objected",
            Self::SignerAdded => "signer_added",
            Self::SignerRemoved => "signer_removed",
            Self::Transferred => "transferred",
            Self::Lent => "lent",
            Self::GivenBack => "given_back",
            Self::Copied => "copied",
            Self::Urged => "urged",
            Self::Suspended => "suspended",
            Self::Resumed => "resumed",
            Self::DueMoved => "due_moved",
            Self::ExtensionAsked => "extension_asked",
            Self::ExtensionGranted => "extension_granted",
            Self::ExtensionRefused => "extension_refused",
            Self::OverrideAsked => "override_asked",
            Self::Overridden => "overridden",
            Self::Migrated => "migrated",
            Self::Blocked => "blocked",
            Self::Ended => "ended",
            Self::Terminated => "terminated",
        }
    }
}

/// One entry of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// The event's number.
    pub seq: u32,
    /// When.
    pub at: Moment,
    /// What.
    pub verb: Verb,
    /// Who, in which post, for whom; none for the passing of time.
    pub actor: Option<Actor>,
    /// The stage in which it happened; for an end, the end.
    pub stage: Option<StageId>,
    /// The revision it was about.
    pub revision: Option<RevisionNo>,
    /// The opinion, note or reason.
    pub note: String,
    /// Where a return sent it.
    pub to: Option<StageId>,
    /// Remarks at places.
    pub marks: Vec<Mark>,
    /// The last day that was asked for or granted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<chrono::NaiveDate>,
    /// Units that stayed silent.
    pub units: Vec<UnitId>,
}

/// The history, oldest first. Openings and closings of rounds are left out: they follow from what people did.
pub fn history(events: &[Event]) -> Vec<Entry> {
    let mut stages: BTreeMap<RoundNo, StageId> = BTreeMap::new();
    let mut units: BTreeMap<(RoundNo, crate::id::SeatNo), UnitId> = BTreeMap::new();
    let mut found = Vec::new();
    for event in events {
        if let What::RoundOpened {
            round, stage, seats, ..
        } = &event.what
        {
            stages.insert(*round, stage.clone());
            units.extend(seats.iter().map(|seat| ((*round, seat.no), seat.unit)));
        }
        let mut entry = Entry {
            seq: event.seq,
            at: event.at,
            verb: Verb::Started,
            actor: event.actor.clone(),
            stage: None,
            revision: None,
            note: String::new(),
            to: None,
            marks: Vec::new(),
            until: None,
            units: Vec::new(),
        };
        match &event.what {
            What::Started { .. } => {}
            What::Submitted {
                round, revision, note, ..
            } => {
                entry.verb = Verb::Submitted;
                entry.stage = stages.get(round).cloned();
                entry.revision = Some(*revision);
                entry.note.clone_from(note);
            }
            What::Approved {
                round, revision, note, ..
            } => {
                entry.verb = Verb::Approved;
                entry.stage = stages.get(round).cloned();
                entry.revision = Some(*revision);
                entry.note.clone_from(note);
            }
            What::Rejected {
                round,
                revision,
                reason: note,
                ..
            } => {
                entry.verb = Verb::Rejected;
                entry.stage = stages.get(round).cloned();
                entry.revision = Some(*revision);
                entry.note.clone_from(note);
            }
            What::Abstained {
                round, revision, note, ..
            } => {
                entry.verb = Verb::Abstained;
                entry.stage = stages.get(round).cloned();
                entry.revision = Some(*revision);
                entry.note.clone_from(note);
            }
            What::Returned {
                round,
                revision,
                to,
                reason,
                marks,
                ..
            } => {
                entry.verb = Verb::Returned;
                entry.stage = stages.get(round).cloned();
                entry.revision = Some(*revision);
                entry.note.clone_from(reason);
                entry.to = Some(to.clone());
                entry.marks.clone_from(marks);
            }
            What::Consented { round, seats } => {
                entry.verb = Verb::Consented;
                entry.stage = stages.get(round).cloned();
                entry.units = seats
                    .iter()
                    .filter_map(|seat| units.get(&(*round, *seat)).copied())
                    .collect();
            }
            What::Withdrawn { round, reason } => {
                entry.verb = Verb::Withdrawn;
                entry.stage = stages.get(round).cloned();
                entry.note.clone_from(reason);
            }
            What::TakenBack { round, reason, .. } => {
                entry.verb = Verb::TakenBack;
                entry.stage = stages.get(round).cloned();
                entry.note.clone_from(reason);
            }
            What::Objected {
                round,
                revision,
                reason,
                marks,
                ..
            } => {
                entry.verb = Verb::Objected;
                entry.stage = stages.get(round).cloned();
                entry.revision = Some(*revision);
                entry.note.clone_from(reason);
                entry.marks.clone_from(marks);
            }
            What::SignerAdded { round, seat, note } => {
                units.insert((*round, seat.no), seat.unit);
                entry.verb = Verb::SignerAdded;
                entry.stage = stages.get(round).cloned();
                entry.note.clone_from(note);
                entry.units = vec![seat.unit];
            }
            What::SignerRemoved {
                round, reason: note, ..
            }
            | What::Transferred {
                round, reason: note, ..
            }
            | What::Lent { round, note, .. }
            | What::GivenBack { round, note, .. }
            | What::OverrideAsked { round, reason: note }
            | What::Overridden { round, reason: note } => {
                entry.verb = match &event.what {
                    What::SignerRemoved { .. } => Verb::SignerRemoved,
                    What::Transferred { .. } => Verb::Transferred,
                    What::Lent { .. } => Verb::Lent,
                    What::GivenBack { .. } => Verb::GivenBack,
                    What::OverrideAsked { .. } => Verb::OverrideAsked,
                    _ => Verb::Overridden,
                };
                entry.stage = stages.get(round).cloned();
                entry.note.clone_from(note);
            }
            What::Copied { note, .. } => {
                entry.verb = Verb::Copied;
                entry.note.clone_from(note);
            }
            What::Urged { .. } => entry.verb = Verb::Urged,
            What::Suspended { reason } => {
                entry.verb = Verb::Suspended;
                entry.note.clone_from(reason);
            }
            What::Resumed { .. } => entry.verb = Verb::Resumed,
            What::DueMoved { .. } => entry.verb = Verb::DueMoved,
            What::ExtensionAsked { until, reason, .. } => {
                entry.verb = Verb::ExtensionAsked;
                entry.until = Some(*until);
                entry.note.clone_from(reason);
            }
            What::ExtensionGranted { until, note, .. } => {
                entry.verb = Verb::ExtensionGranted;
                entry.until = Some(*until);
                entry.note.clone_from(note);
            }
            What::ExtensionRefused { reason } => {
                entry.verb = Verb::ExtensionRefused;
                entry.note.clone_from(reason);
            }
            What::Migrated { .. } => entry.verb = Verb::Migrated,
            What::SeatBlocked { round, seat } => {
                entry.verb = Verb::Blocked;
                entry.stage = stages.get(round).cloned();
                entry.units = vec![seat.unit];
            }
            What::Ended { end } => {
                entry.verb = Verb::Ended;
                entry.stage = Some(end.clone());
            }
            What::Terminated { reason } => {
                entry.verb = Verb::Terminated;
                entry.note.clone_from(reason);
            }
            What::RoundOpened { .. }
            | What::RoundClosed { .. }
            | What::RoundSeated { .. }
            | What::SeatFreed { .. }
            | What::SeatCalled { .. }
            | What::SeatReopened { .. }
            | What::SignaturesVoided { .. }
            | What::SplitOpened { .. }
            | What::BranchArrived { .. }
            | What::BranchReopened { .. }
            | What::Joined { .. }
            | What::SplitCancelled { .. } => continue,
        }
        found.push(entry);
    }
    found
}

/// The returns that the next submission answers: those since the last submission, oldest first.
pub fn open_returns(history: &[Entry]) -> Vec<&Entry> {
    let since = history
        .iter()
        .rposition(|entry| entry.verb == Verb::Submitted)
        .map_or(0, |at| at + 1);
    let rest = history.get(since..).unwrap_or_default();
    rest.iter().filter(|entry| entry.verb == Verb::Returned).collect()
}

/// The revision that `person` last decided on (agreed to, sent back or submitted), themselves or for somebody.
pub fn last_decided(history: &[Entry], person: PersonId) -> Option<RevisionNo> {
    history
        .iter()
        .rev()
        .filter(|entry| {
            matches!(
                entry.verb,
                Verb::Approved | Verb::Rejected | Verb::Abstained | Verb::Returned | Verb::Submitted
            )
        })
        .find(|entry| entry.actor.as_ref().is_some_and(|actor| actor.person == person))
        .and_then(|entry| entry.revision)
}

/// The revision with which `person` compares `shown` by default: the one they last decided on if it is older, else
/// the one before it. None for a first revision: there is nothing to compare with.
pub fn default_base(history: &[Entry], person: PersonId, shown: RevisionNo) -> Option<RevisionNo> {
    let decided = last_decided(history, person).filter(|no| *no < shown);
    decided.or_else(|| shown.0.checked_sub(1).filter(|no| *no > 0).map(RevisionNo))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::id::{SeatNo, Version};
    use crate::org::Role;
    use crate::workflow::By;

    fn event(seq: u32, person: i64, what: What) -> Event {
        Event {
            seq,
            version: Version(seq),
            at: Moment {
                now: "2026-03-02T01:00:00Z".parse().unwrap(),
                day: "2026-03-02".parse().unwrap(),
            },
            by: By::Person(PersonId(person)),
            command: None,
            actor: Some(Actor {
                person: PersonId(person),
                unit: UnitId(1),
                role: Role::Drafter,
                on_behalf_of: None,
            }),
            what,
        }
    }

    fn submitted(seq: u32, person: i64, revision: u32) -> Event {
        let what = What::Submitted {
            round: RoundNo(1),
            seat: SeatNo(1),
            revision: RevisionNo(revision),
            note: String::new(),
            signed: BTreeMap::new(),
        };
        event(seq, person, what)
    }

    fn returned(seq: u32, person: i64, revision: u32) -> Event {
        let what = What::Returned {
            round: RoundNo(2),
            seat: SeatNo(2),
            revision: RevisionNo(revision),
            to: StageId::from("draft"),
            reason: "补指标".to_owned(),
            marks: Vec::new(),
        };
        event(seq, person, what)
    }

    #[test]
    fn a_return_is_open_until_the_next_submission() {
        let mut events = vec![submitted(1, 1, 1), returned(2, 2, 1)];
        let open = history(&events);
        assert_eq!(
            open_returns(&open).iter().map(|e| e.note.as_str()).collect::<Vec<_>>(),
            ["补指标"]
        );
        events.push(submitted(3, 1, 2));
        assert!(open_returns(&history(&events)).is_empty());
    }

    #[test]
    fn the_base_is_what_the_reader_last_decided_on() {
        let events = [
            submitted(1, 1, 1),
            returned(2, 2, 1),
            submitted(3, 1, 2),
            submitted(4, 1, 3),
        ];
        let history = history(&events);
        assert_eq!(default_base(&history, PersonId(2), RevisionNo(3)), Some(RevisionNo(1)));
        // Somebody who has not decided yet compares with the revision before.
        assert_eq!(default_base(&history, PersonId(9), RevisionNo(3)), Some(RevisionNo(2)));
        assert_eq!(default_base(&history, PersonId(9), RevisionNo(1)), None);
    }
}
