//! The papers whose last days an amended calendar moves: later by itself, never earlier without a person's act.

use crate::Service;
use crate::case::{Case, Frame};
use crate::command::decide;
use crate::error::{Error, Result};
use chrono::NaiveDate;
use duban_core::calendar::Calendar;
use duban_core::id::{CommandId, DocumentId, PersonId};
use duban_core::workflow::{Act, By, Command, Decision, What, can_answer};
use duban_store::alert::NewAlert;
use duban_store::{Connection, Write, alert, document, instance};
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

/// A paper whose last day moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MovedPaper {
    /// The paper.
    pub document: DocumentId,
    /// Its title.
    pub title: String,
    /// The name of the unit it belongs to.
    pub unit: String,
    /// The last day as it is.
    pub before: NaiveDate,
    /// The last day as it would be.
    pub after: NaiveDate,
    /// Who can act on it.
    pub people: BTreeSet<PersonId>,
}

impl Service {
    /// The papers whose last days would move if the calendar were this one. Nothing is written.
    pub(crate) async fn would_move(&self, db: &impl Connection, calendar: Calendar) -> Result<Vec<MovedPaper>> {
        let frame = Frame {
            calendar,
            ..self.frame(db).await?
        };
        let mut moved = Vec::new();
        for id in instance::unfinished(db).await? {
            let found = document::find(db, id).await?.ok_or(Error::NotFound)?;
            let case = self.case(db, found).await?;
            if let Some((_, decision)) = looked_at(&case, &frame) {
                moved.extend(moved_paper(&case, &frame, &decision));
            }
        }
        Ok(moved)
    }

    /// Moves the last days of open papers by the calendar as it is in this transaction, and tells everybody who can act
    /// on one of them, once.
    pub(crate) async fn move_open(&self, tx: &Write, year: i32) -> Result<Vec<MovedPaper>> {
        let frame = self.frame(&**tx).await?;
        let mut moved = Vec::new();
        for id in instance::unfinished(&**tx).await? {
            let found = document::find_locked(&**tx, id).await?.ok_or(Error::NotFound)?;
            let case = self.case(&**tx, found).await?;
            let Some((command, decision)) = looked_at(&case, &frame) else {
                continue;
            };
            let Some(paper) = moved_paper(&case, &frame, &decision) else {
                continue;
            };
            self.carry_out(tx, None, &case, &frame, (&command, &decision)).await?;
            moved.push(paper);
        }
        let mut people: BTreeMap<PersonId, usize> = BTreeMap::new();
        for person in moved.iter().flat_map(|paper| &paper.people) {
            *people.entry(*person).or_default() += 1;
        }
        for (person, papers) in people {
            let new = NewAlert {
                person,
                code: "calendar_amended".to_owned(),
                args: json!({ "name": papers.to_string() }),
                document: None,
                key: format!("calendar_amended.{year}.{}", frame.at.now.timestamp_micros()),
            };
            alert::add(&**tx, &new, frame.at.now).await?;
        }
        Ok(moved)
    }
}

/// What a look at the paper under this calendar would change; none when nothing.
fn looked_at(case: &Case, frame: &Frame) -> Option<(Command, Decision)> {
    let command = Command {
        id: CommandId(uuid::Uuid::now_v7()),
        expected: case.instance.version,
        by: By::Clockwork,
        seat: None,
        act: Act::Recheck,
    };
    let decision = decide(case, frame, &command).ok()?;
    Some((command, decision))
}

/// The last day that moved, of several the first; none when none did.
fn moved_paper(case: &Case, frame: &Frame, decision: &Decision) -> Option<MovedPaper> {
    let due = decision.events.iter().find_map(|event| match &event.what {
        What::DueMoved { due } => Some(due),
        _ => None,
    })?;
    let context = case.context(frame, false);
    let mut days: Option<(NaiveDate, NaiveDate)> = None;
    let mut people = BTreeSet::new();
    for (round, seat, after) in due {
        let Some(seat) = seat else { continue };
        let before = case.instance.round(*round).and_then(|round| round.seat(*seat)?.due_on);
        let Some(before) = before else { continue };
        days = Some(days.map_or((before, *after), |known| known.min((before, *after))));
        people.extend(can_answer(&case.definition, &decision.instance, *seat, &context));
    }
    let (before, after) = days?;
    Some(MovedPaper {
        document: case.document.id,
        title: case.document.title.clone(),
        unit: frame.org.unit_name(case.document.unit),
        before,
        after,
        people,
    })
}
