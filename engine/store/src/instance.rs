//! Instances, their events, and what is kept beside them so that pages need not read them: open seats, who is
//! barred, which units had to do with a document, who did what last.

use crate::document::{small, stored};
use crate::entity::{carbon_copy, command, document, document_unit, event, instance, participation, seat, seat_bar};
use crate::error::{Result, StoreError};
use chrono::{DateTime, NaiveDate, Utc};
use duban_core::id::{CommandId, DocumentId, PersonId, RoundNo, SeatNo, UnitId, Version};
use duban_core::org::Role;
use duban_core::workflow::{Event, Instance, StageId, Status, What};
use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Set};
use std::collections::{BTreeMap, BTreeSet};

/// The instance of this document.
pub async fn find(db: &impl ConnectionTrait, id: DocumentId) -> Result<Option<Instance>> {
    let Some(row) = instance::Entity::find_by_id(id.0).one(db).await? else {
        return Ok(None);
    };
    let found = serde_json::from_value(row.state);
    found
        .map(Some)
        .map_err(|e| StoreError::damaged(format!("instance {id}: {e}")))
}

/// The instances of these documents.
pub async fn find_all(
    db: &impl ConnectionTrait,
    ids: impl IntoIterator<Item = DocumentId>,
) -> Result<BTreeMap<DocumentId, Instance>> {
    let rows = instance::Entity::find()
        .filter(instance::Column::DocumentId.is_in(ids.into_iter().map(|id| id.0)))
        .all(db)
        .await?;
    let mut found = BTreeMap::new();
    for row in rows {
        let id = DocumentId(row.document_id);
        let read = serde_json::from_value(row.state);
        let read = read.map_err(|e| StoreError::damaged(format!("instance {id}: {e}")))?;
        found.insert(id, read);
    }
    Ok(found)
}

/// Keeps the first state of an instance.
pub async fn add(db: &impl ConnectionTrait, new: &Instance) -> Result<()> {
    let row = instance::ActiveModel {
        document_id: Set(new.document.0),
        state: Set(serde_json::to_value(new).map_err(StoreError::damaged)?),
        version: Set(stored(new.version.0)),
    };
    instance::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}

/// Keeps a new state over the version `expected`; false when it is another one by now.
pub async fn save(db: &impl ConnectionTrait, new: &Instance, expected: Version) -> Result<bool> {
    let state = serde_json::to_value(new).map_err(StoreError::damaged)?;
    let done = instance::Entity::update_many()
        .col_expr(instance::Column::State, Expr::value(state))
        .col_expr(instance::Column::Version, Expr::value(stored(new.version.0)))
        .filter(instance::Column::DocumentId.eq(new.document.0))
        .filter(instance::Column::Version.eq(stored(expected.0)))
        .exec(db)
        .await?;
    Ok(done.rows_affected == 1)
}

/// Appends events.
pub async fn append(db: &impl ConnectionTrait, id: DocumentId, events: &[Event]) -> Result<()> {
    let mut rows = Vec::with_capacity(events.len());
    for event in events {
        let actor = event.actor.as_ref();
        let by = match event.by {
            duban_core::workflow::By::Person(person) => Some(person.0),
            duban_core::workflow::By::Clockwork => None,
        };
        rows.push(event::ActiveModel {
            document_id: Set(id.0),
            seq: Set(stored(event.seq)),
            version: Set(stored(event.version.0)),
            at: Set(event.at.now),
            kind: Set(event.what.code().to_owned()),
            payload: Set(serde_json::to_value(event).map_err(StoreError::damaged)?),
            actor_person: Set(by),
            actor_unit: Set(actor.map(|a| a.unit.0)),
            actor_role: Set(actor.map(|a| a.role.code().to_owned())),
            on_behalf_of: Set(actor.and_then(|a| a.on_behalf_of).map(|(_, person)| person.0)),
        });
    }
    if !rows.is_empty() {
        event::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// All events of a document, oldest first.
pub async fn events(db: &impl ConnectionTrait, id: DocumentId) -> Result<Vec<Event>> {
    let rows: Vec<(i32, serde_json::Value)> = event::Entity::find()
        .select_only()
        .columns([event::Column::Seq, event::Column::Payload])
        .filter(event::Column::DocumentId.eq(id.0))
        .order_by_asc(event::Column::Seq)
        .into_tuple()
        .all(db)
        .await?;
    rows.into_iter()
        .map(|(seq, payload)| {
            serde_json::from_value(payload).map_err(|e| StoreError::damaged(format!("event {seq} of {id}: {e}")))
        })
        .collect()
}

/// The newest event of a document: who did it (nobody for the passing of time) and when (UTC).
pub async fn last_change(
    db: &impl ConnectionTrait,
    id: DocumentId,
) -> Result<Option<(Option<PersonId>, DateTime<Utc>)>> {
    let row = event::Entity::find()
        .filter(event::Column::DocumentId.eq(id.0))
        .order_by_desc(event::Column::Seq)
        .limit(1)
        .one(db)
        .await?;
    Ok(row.map(|row| (row.actor_person.map(PersonId), row.at)))
}

/// Something that somebody did for somebody else on a loan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DoneFor {
    /// The document.
    pub document: DocumentId,
    /// The kind of event.
    pub what: String,
    /// Who did it.
    pub by: PersonId,
    /// When (UTC).
    pub at: DateTime<Utc>,
}

/// What others did for this person on a loan, the newest first, at most `limit`.
pub async fn done_for(db: &impl ConnectionTrait, person: PersonId, limit: u64) -> Result<Vec<DoneFor>> {
    let rows = event::Entity::find()
        .filter(event::Column::OnBehalfOf.eq(person.0))
        .order_by_desc(event::Column::At)
        .order_by_desc(event::Column::DocumentId)
        .limit(limit)
        .all(db)
        .await?;
    let rows = rows.into_iter().filter_map(|row| {
        Some(DoneFor {
            document: DocumentId(row.document_id),
            what: row.kind,
            by: PersonId(row.actor_person?),
            at: row.at,
        })
    });
    Ok(rows.collect())
}

/// An open seat as kept for inboxes and clocks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenSeat {
    /// The document.
    pub document: DocumentId,
    /// Its number.
    pub no: SeatNo,
    /// The round.
    pub round: RoundNo,
    /// The stage.
    pub stage: StageId,
    /// The unit that answers.
    pub unit: UnitId,
    /// The role that answers.
    pub role: Role,
    /// The one holder of the post who is meant, when one is; anybody who holds it once they no longer do.
    pub person: Option<PersonId>,
    /// When it opened (UTC).
    pub opened_at: DateTime<Utc>,
    /// Last day of its time limit.
    pub due_on: Option<NaiveDate>,
    /// Silence until then means consent.
    pub times_out: bool,
}

pub(crate) fn seat_of(row: seat::Model) -> Result<OpenSeat> {
    let role = Role::from_code(&row.role).ok_or_else(|| {
        StoreError::damaged(format!(
            "seat {} of {}: role {}",
            row.seat_no, row.document_id, row.role
        ))
    })?;
    Ok(OpenSeat {
        document: DocumentId(row.document_id),
        no: SeatNo(small(row.seat_no)),
        round: RoundNo(small(row.round)),
        stage: StageId(row.stage),
        unit: UnitId(row.unit_id),
        role,
        person: row.person_id.map(PersonId),
        opened_at: row.opened_at,
        due_on: row.due_on,
        times_out: row.times_out,
    })
}

/// What pages read of an instance, made anew after each decision.
#[derive(Clone, Debug)]
pub struct Projection {
    /// The document.
    pub document: DocumentId,
    /// Where it stands.
    pub status: Status,
    /// The stage or end.
    pub stage: StageId,
    /// The version.
    pub version: Version,
    /// When (UTC).
    pub now: DateTime<Utc>,
    /// It was submitted now, if not before.
    pub submitted: bool,
    /// Working days that unit and reviewers were late in visits that are over.
    pub late: (u32, u32),
    /// What became of the last request for a later day.
    pub extension: Option<&'static str>,
    /// The open seats.
    pub seats: Vec<OpenSeat>,
    /// People who could sit on those of a round by their post and may not.
    pub barred: BTreeSet<(RoundNo, PersonId)>,
}

/// Keeps a projection in place of the one before.
pub async fn project(db: &impl ConnectionTrait, new: Projection) -> Result<()> {
    let id = new.document.0;
    document::Entity::update_many()
        .col_expr(document::Column::Status, Expr::value(new.status.code()))
        .col_expr(document::Column::Stage, Expr::value(new.stage.0))
        .col_expr(document::Column::Version, Expr::value(stored(new.version.0)))
        .col_expr(document::Column::ChangedAt, Expr::value(new.now))
        .col_expr(document::Column::UnitLate, Expr::value(stored(new.late.0)))
        .col_expr(document::Column::ReviewerLate, Expr::value(stored(new.late.1)))
        .col_expr(document::Column::Extension, Expr::value(new.extension))
        .filter(document::Column::Id.eq(id))
        .exec(db)
        .await?;
    if new.submitted {
        document::Entity::update_many()
            .col_expr(document::Column::SubmittedAt, Expr::value(new.now))
            .filter(document::Column::Id.eq(id))
            .filter(document::Column::SubmittedAt.is_null())
            .exec(db)
            .await?;
    }
    seat::Entity::delete_many()
        .filter(seat::Column::DocumentId.eq(id))
        .exec(db)
        .await?;
    seat_bar::Entity::delete_many()
        .filter(seat_bar::Column::DocumentId.eq(id))
        .exec(db)
        .await?;
    let units: BTreeSet<i64> = new.seats.iter().map(|seat| seat.unit.0).collect();
    if !units.is_empty() {
        let rows = units.into_iter().map(|unit| document_unit::ActiveModel {
            document_id: Set(id),
            unit_id: Set(unit),
        });
        document_unit::Entity::insert_many(rows)
            .on_conflict(
                OnConflict::columns([document_unit::Column::DocumentId, document_unit::Column::UnitId])
                    .do_nothing()
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    if !new.barred.is_empty() {
        let rows = new.barred.into_iter().map(|(round, person)| seat_bar::ActiveModel {
            document_id: Set(id),
            round: Set(stored(round.0)),
            person_id: Set(person.0),
        });
        seat_bar::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    if !new.seats.is_empty() {
        let rows = new.seats.into_iter().map(|open| seat::ActiveModel {
            document_id: Set(id),
            seat_no: Set(stored(open.no.0)),
            round: Set(stored(open.round.0)),
            stage: Set(open.stage.0),
            unit_id: Set(open.unit.0),
            role: Set(open.role.code().to_owned()),
            person_id: Set(open.person.map(|person| person.0)),
            opened_at: Set(open.opened_at),
            due_on: Set(open.due_on),
            times_out: Set(open.times_out),
        });
        seat::Entity::insert_many(rows).exec_without_returning(db).await?;
    }
    Ok(())
}

/// The open seats of one document.
pub async fn open_seats(db: &impl ConnectionTrait, id: DocumentId) -> Result<Vec<OpenSeat>> {
    let rows = seat::Entity::find()
        .filter(seat::Column::DocumentId.eq(id.0))
        .order_by_asc(seat::Column::SeatNo)
        .all(db)
        .await?;
    rows.into_iter().map(seat_of).collect()
}

/// Rounds whose silence is consent and whose last day was before `today`.
pub async fn timed_out(db: &impl ConnectionTrait, today: NaiveDate) -> Result<BTreeSet<(DocumentId, RoundNo)>> {
    let rows = seat::Entity::find()
        .filter(seat::Column::TimesOut.eq(true))
        .filter(seat::Column::DueOn.lt(today))
        .all(db)
        .await?;
    Ok(rows
        .into_iter()
        .map(|row| (DocumentId(row.document_id), RoundNo(small(row.round))))
        .collect())
}

/// Documents that are open: they have a seat, or wait for somebody who could sit.
pub async fn unfinished(db: &impl ConnectionTrait) -> Result<Vec<DocumentId>> {
    let rows: Vec<i64> = document::Entity::find()
        .select_only()
        .column(document::Column::Id)
        .filter(document::Column::Status.is_not_in([Status::Ended.code(), Status::Terminated.code()]))
        .order_by_asc(document::Column::Id)
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(DocumentId).collect())
}

/// Documents that are open and had to do with one of these units, or wait for somebody who could sit.
pub async fn unfinished_of(db: &impl ConnectionTrait, units: &[UnitId]) -> Result<BTreeSet<DocumentId>> {
    let involved: Vec<i64> = document_unit::Entity::find()
        .select_only()
        .column(document_unit::Column::DocumentId)
        .filter(document_unit::Column::UnitId.is_in(units.iter().map(|unit| unit.0)))
        .into_tuple()
        .all(db)
        .await?;
    let rows: Vec<i64> = document::Entity::find()
        .select_only()
        .column(document::Column::Id)
        .filter(document::Column::Status.is_not_in([Status::Ended.code(), Status::Terminated.code()]))
        .filter(
            Condition::any()
                .add(document::Column::Id.is_in(involved))
                .add(document::Column::Status.eq(Status::Blocked.code())),
        )
        .into_tuple()
        .all(db)
        .await?;
    Ok(rows.into_iter().map(DocumentId).collect())
}

/// Notes that a person did something with a document, in place of what they did before.
pub async fn note_participation(
    db: &impl ConnectionTrait,
    id: DocumentId,
    person: PersonId,
    act: &str,
    now: DateTime<Utc>,
) -> Result<()> {
    let row = participation::ActiveModel {
        document_id: Set(id.0),
        person_id: Set(person.0),
        act: Set(act.to_owned()),
        acted_at: Set(now),
    };
    participation::Entity::insert(row)
        .on_conflict(
            OnConflict::columns([participation::Column::DocumentId, participation::Column::PersonId])
                .update_columns([participation::Column::Act, participation::Column::ActedAt])
                .to_owned(),
        )
        .exec_without_returning(db)
        .await?;
    Ok(())
}

/// Gives people a copy of a document to read; one they have already counts as unread again.
pub async fn send_copies(
    db: &impl ConnectionTrait,
    id: DocumentId,
    people: &[PersonId],
    now: DateTime<Utc>,
) -> Result<()> {
    for person in people {
        let row = carbon_copy::ActiveModel {
            document_id: Set(id.0),
            person_id: Set(person.0),
            sent_at: Set(now),
            read_at: Set(None),
        };
        carbon_copy::Entity::insert(row)
            .on_conflict(
                OnConflict::columns([carbon_copy::Column::DocumentId, carbon_copy::Column::PersonId])
                    .update_columns([carbon_copy::Column::SentAt, carbon_copy::Column::ReadAt])
                    .to_owned(),
            )
            .exec_without_returning(db)
            .await?;
    }
    Ok(())
}

/// The documents of which somebody gave this person a copy by an act of theirs, among these.
pub async fn given_copies(
    db: &impl ConnectionTrait,
    ids: &[DocumentId],
    person: PersonId,
) -> Result<BTreeSet<DocumentId>> {
    let rows: Vec<(i64, serde_json::Value)> = event::Entity::find()
        .select_only()
        .columns([event::Column::DocumentId, event::Column::Payload])
        .filter(event::Column::DocumentId.is_in(ids.iter().map(|id| id.0)))
        .filter(event::Column::Kind.eq("copied"))
        .into_tuple()
        .all(db)
        .await?;
    let mut found = BTreeSet::new();
    for (id, payload) in rows {
        let event: Event = serde_json::from_value(payload)
            .map_err(|e| StoreError::damaged(format!("a copy of {id} as an event: {e}")))?;
        if matches!(&event.what, What::Copied { people, .. } if people.contains(&person)) {
            found.insert(DocumentId(id));
        }
    }
    Ok(found)
}

/// A command answered before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// Who asked; nobody for the passing of time.
    pub person: Option<PersonId>,
    /// What was asked, as a hash.
    pub fingerprint: String,
    /// The answer.
    pub answer: serde_json::Value,
}

/// The answer to the command with this number, if it was answered.
pub async fn answered(db: &impl ConnectionTrait, id: CommandId) -> Result<Option<Answered>> {
    let row = command::Entity::find_by_id(id.0).one(db).await?;
    Ok(row.map(|row| Answered {
        person: row.person_id.map(PersonId),
        fingerprint: row.fingerprint,
        answer: row.answer,
    }))
}

/// Keeps the answer to a command.
pub async fn keep_answer(db: &impl ConnectionTrait, id: CommandId, new: Answered, now: DateTime<Utc>) -> Result<()> {
    let row = command::ActiveModel {
        id: Set(id.0),
        person_id: Set(new.person.map(|p| p.0)),
        fingerprint: Set(new.fingerprint),
        answer: Set(new.answer),
        at: Set(now),
    };
    command::Entity::insert(row).exec_without_returning(db).await?;
    Ok(())
}
