//! The one door through which a document changes state: load, ask the engine, write everything in one transaction.

use crate::audit::Deed;
use crate::case::{Case, Frame};
use crate::error::{Conflict, Error, Result};
use crate::once::Once;
use crate::session::Caller;
use crate::{Service, access, effect};
use chrono::{DateTime, Utc};
use duban_core::clock::Side;
use duban_core::clock::record::record;
use duban_core::document::revision;
use duban_core::id::{CommandId, DocumentId, PersonId, RevisionNo, SeatNo, Version};
use duban_core::reason::Refusal;
use duban_core::workflow::{Act, Addressee, By, Command, Decision, Effect, OnTimeout, Status, barred_from, transition};
use duban_store::document::RevisionHead;
use duban_store::instance::{OpenSeat, Projection};
use duban_store::{Connection, Write, document, inbox, instance, person};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeSet;
use std::time::Duration;

/// How often a transaction that lost against another is tried again.
const TRIES: u32 = 5;

/// What somebody asks of a document; who asks comes with the caller.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Request {
    /// The command's own number, made by the client.
    pub id: CommandId,
    /// The version that whoever asks was looking at.
    pub expected: Version,
    /// The seat they speak from, when they could speak from seats of different posts.
    #[serde(default)]
    pub seat: Option<SeatNo>,
    /// What they ask.
    pub act: Act,
}

/// The answer to an accepted command. The same command again gets the same answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outcome {
    /// The document.
    pub document: DocumentId,
    /// Its version after the command.
    pub version: Version,
    /// Where it stands.
    pub status: Status,
    /// The stage it is in, or the end it reached.
    pub stage: String,
    /// Kinds of the events, in order.
    pub events: Vec<String>,
    /// The revision that was frozen, if one was.
    pub revision: Option<RevisionNo>,
    /// When (UTC).
    pub at: DateTime<Utc>,
}

/// Codes with which the engine says that an act is not this person's to do (403, not 422).
const NOT_YOURS: [&str; 14] = [
    "not_your_seat",
    "own_paper",
    "of_barred_unit",
    "acted_before",
    "already_answered",
    "delegation_expired",
    "extension_not_yours",
    "extension_not_yours_to_decide",
    "not_your_submission",
    "not_your_agreement",
    "not_your_signer",
    "not_yours_to_urge",
    "office_only",
    "clockwork_only",
];

impl Service {
    /// Carries out a command, once: state, events, audit, seats, copies, outbox in one transaction.
    ///
    /// # Errors
    /// [`Error::NotFound`] for a paper that the caller may not read; [`Error::Forbidden`] for an act that is not
    /// theirs; [`Error::Refused`] with the engine's reasons; [`Error::Conflict`] when somebody was first;
    /// [`Error::Refused`] with `command_reused` when the number was used for something else.
    pub async fn command(&self, caller: &Caller, id: DocumentId, request: Request) -> Result<Outcome> {
        let mut tries = 1;
        loop {
            match self.command_once(caller, id, &request).await {
                Err(Error::Store(error)) if tries < TRIES && is_race(&error) => {
                    let jitter = u64::from(rand::random::<u8>() % 20);
                    tokio::time::sleep(Duration::from_millis(u64::from(tries) * 10 + jitter)).await;
                    tries += 1;
                }
                other => return other,
            }
        }
    }

    async fn command_once(&self, caller: &Caller, id: DocumentId, request: &Request) -> Result<Outcome> {
        let once = Once::of(caller, request.id, &(id, request))?;
        let tx = self.write().await?;
        // The lock comes first: the same command sent twice at one instant waits here and then finds its answer.
        let found = document::find_locked(&*tx, id).await?.ok_or(Error::NotFound)?;
        if let Some(before) = once.before(&*tx).await? {
            return Ok(before);
        }
        if let Err(Error::NotFound) = self.readable(&*tx, caller, id).await {
            let over = self.loan_over(&*tx, caller, &found).await?;
            return Err(over.map_or(Error::NotFound, |reason| Error::Forbidden(reason.into())));
        }
        access::acting(caller)?;
        let frame = self.frame(&*tx).await?;
        let case = self.case(&*tx, found).await?;
        let command = Command {
            id: request.id,
            expected: request.expected,
            by: By::Person(caller.person),
            seat: request.seat,
            act: request.act.clone(),
        };
        let decision = match decide(&case, &frame, &command) {
            Ok(decision) => decision,
            Err(refusal) => {
                let error = self.refusal(&*tx, &case, refusal).await?;
                if let Error::Forbidden(why) = &error {
                    let deed = Deed::new("document.refuse", "document", id).with("reason", why.code());
                    self.record(&*tx, Some(caller), deed.with("act", act_code(&request.act)))
                        .await?;
                    tx.commit().await?;
                }
                return Err(error);
            }
        };
        let outcome = self
            .carry_out(&tx, Some(caller), &case, &frame, (&command, &decision))
            .await?;
        once.keep(&tx, &outcome, frame.at.now).await?;
        tx.commit().await?;
        Ok(outcome)
    }

    /// A refusal of the engine as the service says it.
    async fn refusal(&self, db: &impl Connection, case: &Case, refusal: Refusal) -> Result<Error> {
        if refusal.code() == "stale_version" {
            let last = instance::last_change(db, case.document.id).await?;
            let by = match last.and_then(|(by, _)| by) {
                Some(by) => person::account(db, by).await?.map(|account| account.person.name),
                None => None,
            };
            return Ok(Error::Conflict(Box::new(Conflict {
                current: case.instance.version.0,
                by,
                at: last.map(|(_, at)| at),
                reasons: refusal.reasons.into_iter().skip(1).collect(),
                theirs: None,
            })));
        }
        Ok(if NOT_YOURS.contains(&refusal.code()) {
            Error::Forbidden(refusal)
        } else {
            Error::Refused(refusal)
        })
    }

    /// Writes everything that a decision says, in the caller's transaction.
    pub(crate) async fn carry_out(
        &self,
        tx: &Write,
        caller: Option<&Caller>,
        case: &Case,
        frame: &Frame,
        (command, decision): (&Command, &Decision),
    ) -> Result<Outcome> {
        let id = case.document.id;
        let now = frame.at.now;
        if !instance::save(&**tx, &decision.instance, case.instance.version).await? {
            return Err(Error::Store(duban_store::StoreError::Contention(format!(
                "instance {id} moved on"
            ))));
        }
        instance::append(&**tx, id, &decision.events).await?;
        let frozen = self.freeze(tx, caller, case, (decision, now)).await?;
        self.project(tx, case, frame, decision, frozen.is_some()).await?;
        let on_behalf_of = decision
            .events
            .iter()
            .find_map(|event| event.actor.as_ref()?.on_behalf_of)
            .map(|(_, principal)| principal.0);
        if let Some(caller) = caller {
            instance::note_participation(&**tx, id, caller.person, act_code(&command.act), now).await?;
        }
        let verb = format!("document.{}", act_code(&command.act));
        let events = serde_json::to_string(&decision.events).map_err(Error::internal)?;
        let deed = Deed::new(&verb, "document", id)
            .with("command", command.id)
            .with("version", decision.instance.version)
            .with("stage", &decision.instance.stage)
            .with("events", hex::encode(Sha256::digest(events.as_bytes())));
        self.record_for(&**tx, caller, on_behalf_of, deed).await?;
        effect::carry_out(tx, case, frame, caller.map(|c| c.name.as_str()), decision).await?;
        self.follow_findings(tx, caller, (case, frame), decision).await?;
        Ok(Outcome {
            document: id,
            version: decision.instance.version,
            status: decision.instance.status(),
            stage: decision.instance.stage.0.clone(),
            events: decision
                .events
                .iter()
                .map(|event| event.what.code().to_owned())
                .collect(),
            revision: frozen,
            at: now,
        })
    }

    async fn freeze(
        &self,
        tx: &Write,
        caller: Option<&Caller>,
        case: &Case,
        (decision, now): (&Decision, DateTime<Utc>),
    ) -> Result<Option<RevisionNo>> {
        let no = decision.effects.iter().find_map(|effect| match effect {
            Effect::FreezeRevision { revision } => Some(*revision),
            _ => None,
        });
        let (Some(no), Some(caller)) = (no, caller) else {
            return Ok(None);
        };
        let id = case.document.id;
        let body = document::body(&**tx, id)
            .await?
            .ok_or_else(|| Error::internal(format!("document {id} has no body")))?;
        let head = RevisionHead {
            no,
            submitted_by: caller.person,
            submitted_at: now,
            hash: revision::hash(&body.content).map_err(Error::internal)?,
        };
        document::add_revision(&**tx, id, &head, &body.content).await?;
        Ok(Some(no))
    }

    /// Keeps what pages read of the new state.
    pub(crate) async fn project(
        &self,
        tx: &Write,
        case: &Case,
        frame: &Frame,
        decision: &Decision,
        submitted: bool,
    ) -> Result<()> {
        let new = &decision.instance;
        let context = case.context(frame, false);
        let mut seats = Vec::new();
        let mut candidates: BTreeSet<PersonId> = case.authors.clone();
        for round in new.open_rounds() {
            let consent = case
                .definition
                .stage(&round.stage)
                .is_some_and(|stage| stage.on_timeout == OnTimeout::Consent);
            for seat in round.seats.iter().filter(|seat| seat.is_undecided()) {
                // While it is lent, it waits for the borrower: in their inbox, under their unit's name.
                let post = seat.lent.unwrap_or(Addressee {
                    unit: seat.unit,
                    role: seat.role,
                    person: seat.person,
                });
                seats.push(OpenSeat {
                    document: new.document,
                    no: seat.no,
                    round: round.no,
                    stage: round.stage.clone(),
                    unit: post.unit,
                    role: post.role,
                    person: post.person,
                    opened_at: seat.opened.now,
                    due_on: seat.due_on,
                    times_out: consent && seat.due_on.is_some(),
                });
                for post in frame.org.posts_as(post.unit, post.role) {
                    let loans = frame.org.loans_of(post.id);
                    candidates.extend(loans.map(|loan| loan.delegate).chain([post.person]));
                }
            }
        }
        let bars = candidates.into_iter().flat_map(|person| {
            let rounds = barred_from(&case.definition, new, person, &context);
            rounds.into_iter().map(move |round| (round, person))
        });
        let barred = bars.collect();
        let clocks = record(new, case.document.due_on, &frame.calendar, frame.at.day);
        let projection = Projection {
            late: (clocks.late_before(Side::Unit), clocks.late_before(Side::Reviewer)),
            extension: new.extensions.last().map(|extension| extension.state.code()),
            document: new.document,
            status: new.status(),
            stage: new.stage.clone(),
            version: new.version,
            now: frame.at.now,
            submitted,
            seats,
            barred,
        };
        Ok(instance::project(&**tx, projection).await?)
    }

    /// Lets the time limits of rounds pass whose last day is over: silence becomes consent. For the worker; gives the
    /// number of documents that moved on. What fails for one document does not hold up the others.
    pub async fn time_outs(&self) -> Result<u32> {
        let at = self.moment();
        let due = instance::timed_out(self.store().read(), at.day).await?;
        let mut moved = 0;
        for (id, round) in due {
            match self.clockwork(id, Act::TimeOut { round }).await {
                Ok(true) => moved += 1,
                Ok(false) => {}
                Err(error) => tracing::error!(document = id.0, %error, "a time-out failed"),
            }
        }
        Ok(moved)
    }

    /// Looks again who can sit where, after posts, people or delegations changed. Gives the number of documents in
    /// which something changed.
    pub async fn recheck(&self) -> Result<u32> {
        let mut changed = 0;
        for id in instance::unfinished(self.store().read()).await? {
            match self.clockwork(id, Act::Recheck).await {
                Ok(true) => changed += 1,
                Ok(false) => {}
                Err(error) => tracing::error!(document = id.0, %error, "a recheck failed"),
            }
        }
        Ok(changed)
    }

    /// The same for one document.
    pub(crate) async fn recheck_one(&self, id: DocumentId) -> Result<bool> {
        self.clockwork(id, Act::Recheck).await
    }

    /// Carries out a command of the passing of time; false when the engine has nothing to do. A recheck that changes
    /// no seat still renews who is barred.
    async fn clockwork(&self, id: DocumentId, act: Act) -> Result<bool> {
        let tx = self.write().await?;
        let found = document::find_locked(&*tx, id).await?.ok_or(Error::NotFound)?;
        let frame = self.frame(&*tx).await?;
        let case = self.case(&*tx, found).await?;
        let command = Command {
            id: CommandId(uuid::Uuid::now_v7()),
            expected: case.instance.version,
            by: By::Clockwork,
            seat: None,
            act,
        };
        let decision = match decide(&case, &frame, &command) {
            Ok(decision) => decision,
            Err(refusal) => {
                tracing::debug!(document = id.0, code = refusal.code(), "nothing to do");
                if matches!(command.act, Act::Recheck) {
                    let unchanged = Decision {
                        instance: case.instance.clone(),
                        events: Vec::new(),
                        effects: Vec::new(),
                    };
                    self.project_quietly(&tx, &case, &frame, &unchanged).await?;
                    tx.commit().await?;
                }
                return Ok(false);
            }
        };
        self.carry_out(&tx, None, &case, &frame, (&command, &decision)).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// Renews what pages read without saying that anything happened.
    async fn project_quietly(&self, tx: &Write, case: &Case, frame: &Frame, decision: &Decision) -> Result<()> {
        let before = Frame {
            at: duban_core::org::Moment {
                now: case.document.changed_at,
                ..frame.at
            },
            ..frame.clone()
        };
        let as_of_now = inbox::seats_in(&**tx, &BTreeSet::from([case.document.id])).await?;
        if as_of_now.is_empty() {
            return Ok(());
        }
        self.project(tx, case, &before, decision, false).await
    }
}

/// Asks the engine.
pub(crate) fn decide(case: &Case, frame: &Frame, command: &Command) -> std::result::Result<Decision, Refusal> {
    let submitting = matches!(command.act, Act::Submit { .. });
    transition(
        &case.definition,
        &case.instance,
        command,
        &case.context(frame, submitting),
    )
}

/// True for an error that goes away when the whole transaction is tried again: contention, or two first uses of one
/// command number at the same instant.
fn is_race(error: &duban_store::StoreError) -> bool {
    error.is_contention() || matches!(error, duban_store::StoreError::Constraint(_))
}

/// The stable code of an act.
pub fn act_code(act: &Act) -> &'static str {
    act.kind().code()
}
