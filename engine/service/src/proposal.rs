//! Accounts, units, posts: one administrator proposes, another confirms (三员分立). Nobody does it alone.

use crate::audit::Deed;
use crate::error::{Error, FieldProblem, Result};
use crate::org::looks_like_mail;
use crate::password::first_password;
use crate::session::Caller;
use crate::sign_in::normal;
use crate::{Service, access};
use chrono::NaiveDate;
use duban_core::id::UnitId;
use duban_core::org::{Role, RosterMember};
use duban_core::policy::excluded_by;
use duban_core::reason::Reason;
use duban_store::person::{AccountChange, NewPerson};
use duban_store::proposal::Proposal;
use duban_store::unit::NewUnit;
use duban_store::{Connection, Write, person, proposal, session, unit};

mod change;

pub use change::{Change, Succession};

/// A proposal with its change read.
#[derive(Clone, Debug)]
pub struct Proposed {
    /// As kept.
    pub row: Proposal,
    /// What it would change.
    pub change: Change,
}

impl Service {
    /// Proposes a change. For the system administrator.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else; [`Error::Invalid`] when it could not be carried out today.
    pub async fn propose(&self, caller: &Caller, change: &Change) -> Result<i64> {
        access::acting(caller)?;
        if !caller.has(Role::Sysadmin) {
            return Err(Error::forbidden("sysadmin_only"));
        }
        let change = tidied(change.clone());
        let tx = self.write().await?;
        self.check(&*tx, &change).await?;
        self.check_mail(&change)?;
        let payload = serde_json::to_value(&change).map_err(Error::internal)?;
        let id = proposal::add(&*tx, change.code(), payload, caller.person, self.moment().now).await?;
        let deed = Deed::new("proposal.propose", "proposal", id).with("change", change.code());
        self.record(&*tx, Some(caller), deed).await?;
        tx.commit().await?;
        Ok(id)
    }

    /// Up to `limit` proposals in this state (any when absent), older than the number `before`, the newest first. For
    /// the system and the security administrator.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub async fn proposals(
        &self,
        caller: &Caller,
        state: Option<&str>,
        before: Option<i64>,
        limit: u64,
    ) -> Result<Vec<Proposed>> {
        if !caller.has_any(&[Role::Sysadmin, Role::Secadmin]) {
            return Err(Error::forbidden("administrators_only"));
        }
        let rows = proposal::page(self.store().read(), state, before, limit).await?;
        rows.into_iter().map(read).collect()
    }

    /// Confirms a proposal and carries it out. For the security administrator, who proposes nothing. Gives the first
    /// password where the change makes one: it is shown once and kept nowhere.
    ///
    /// # Errors
    /// [`Error::Forbidden`]; [`Error::NotFound`]; [`Error::Refused`] with `proposal_decided`; [`Error::Invalid`] when
    /// it can no longer be carried out.
    pub async fn confirm(&self, caller: &Caller, id: i64) -> Result<Option<String>> {
        secadmin(caller)?;
        let first = first_password();
        let hash = self.passwords().hash(&first).await?;
        let tx = self.write().await?;
        let found = read(proposal::find(&*tx, id).await?.ok_or(Error::NotFound)?)?;
        self.decide_proposal(&tx, caller, (&found, "confirmed"), None).await?;
        self.check(&*tx, &found.change).await?;
        let open = self.open_of(&*tx, &found.change).await?;
        self.check_mail(&found.change)?;
        let current = self.current(&*tx).await?;
        let before = self.gaps(&*tx, &self.frame(&*tx).await?, &current).await?;
        let touched = self.apply(&tx, &found.change, hash).await?;
        let frame = self.frame(&*tx).await?;
        let after = self.gaps(&*tx, &frame, &current).await?;
        self.tell_of_gaps(&tx, &frame, (&before, &after), &format!("proposal.{id}"))
            .await?;
        let deed = Deed::new("proposal.confirm", "proposal", id)
            .with("change", found.change.code())
            .with("payload", &found.row.payload);
        let deed = open.into_iter().fold(deed, |deed, (name, what)| deed.with(&name, what));
        self.record(&*tx, Some(caller), deed).await?;
        tx.commit().await?;
        if !touched.is_empty() {
            self.recheck_units(&touched).await?;
        }
        let made = matches!(found.change, Change::AddPerson { .. } | Change::ResetPassword { .. });
        Ok(made.then_some(first))
    }

    /// Rejects a proposal with a reason. For the security administrator.
    ///
    /// # Errors
    /// As [`Service::confirm`]; [`Error::Invalid`] without a reason.
    pub async fn reject(&self, caller: &Caller, id: i64, note: &str) -> Result<()> {
        secadmin(caller)?;
        if note.trim().is_empty() {
            return Err(Error::invalid("note", "required"));
        }
        let tx = self.write().await?;
        let found = read(proposal::find(&*tx, id).await?.ok_or(Error::NotFound)?)?;
        let note = Some(note.trim().to_owned());
        self.decide_proposal(&tx, caller, (&found, "rejected"), note).await?;
        let deed = Deed::new("proposal.reject", "proposal", id).with("change", found.change.code());
        self.record(&*tx, Some(caller), deed).await?;
        Ok(tx.commit().await?)
    }

    async fn decide_proposal(
        &self,
        tx: &Write,
        caller: &Caller,
        (found, state): (&Proposed, &str),
        note: Option<String>,
    ) -> Result<()> {
        if found.row.proposed_by == caller.person {
            return Err(Error::forbidden("own_proposal"));
        }
        let now = self.moment().now;
        if proposal::decide(&**tx, found.row.id, state, caller.person, now, note).await? {
            Ok(())
        } else {
            Err(Error::refused("proposal_decided"))
        }
    }

    /// Says what keeps a change from being carried out.
    async fn check(&self, db: &impl Connection, change: &Change) -> Result<()> {
        match change {
            Change::HandOver { person, from, posts } => self.check_hand_over(db, *person, *from, posts).await,
            Change::RenameUnit { from, .. } if *from > self.moment().day => Err(Error::invalid("from", "date_future")),
            change => check(db, change).await,
        }
    }

    /// Carries out a change; gives the units in which somebody may sit differently now.
    async fn apply(&self, tx: &Write, change: &Change, hash: String) -> Result<Vec<UnitId>> {
        let db = &**tx;
        let at = self.moment();
        match change {
            Change::AddUnit(new) => {
                unit::add(db, new).await?;
            }
            Change::EndUnit { unit, until, successor } => {
                unit::end(db, *unit, *until, *successor).await?;
                let Some(successor) = successor else {
                    return Ok(vec![*unit]);
                };
                merge(db, *unit, *successor, *until).await?;
                return Ok(vec![*unit, *successor]);
            }
            Change::AddAlias { unit, name } => unit::add_alias(db, *unit, name).await?,
            Change::RemoveAlias { unit, name } => unit::remove_alias(db, *unit, name).await?,
            Change::AddMember { roster, unit, from } => {
                let roster = unit::add_roster(db, roster).await?;
                let member = RosterMember {
                    unit: *unit,
                    from: *from,
                    until: None,
                };
                unit::add_member(db, roster, &member).await?;
            }
            Change::EndMember { roster, unit, until } => unit::end_member(db, *roster, *unit, *until).await?,
            Change::AddPerson { username, name, email } => {
                let new = NewPerson {
                    username: username.clone(),
                    name: name.clone(),
                    email: email.clone(),
                    locale: "zh-CN".to_owned(),
                    password_hash: Some(hash),
                    must_change_password: true,
                };
                person::add(db, new, at.now).await?;
            }
            Change::ChangePerson { person, name, email } => {
                let change = AccountChange {
                    name: Some(name.clone()),
                    email: Some(email.clone()),
                    ..AccountChange::default()
                };
                person::change(db, *person, change).await?;
            }
            Change::CloseAccount { person } | Change::OpenAccount { person } => {
                let active = matches!(change, Change::OpenAccount { .. });
                let change = AccountChange {
                    active: Some(active),
                    ..AccountChange::default()
                };
                person::change(db, *person, change).await?;
                session::close_all(db, *person, None).await?;
                let posts = person::posts(db, *person).await?;
                return Ok(posts.into_iter().map(|post| post.unit).collect());
            }
            Change::ResetPassword { person } => {
                let change = AccountChange {
                    password: Some((hash, true)),
                    ..AccountChange::default()
                };
                person::change(db, *person, change).await?;
                session::close_all(db, *person, None).await?;
            }
            Change::AddPost {
                person,
                unit,
                role,
                from,
                until,
            } => {
                person::add_post(db, *person, *unit, *role, (*from, *until)).await?;
                return Ok(vec![*unit]);
            }
            Change::EndPost { post, until } => {
                person::end_post(db, *post, *until).await?;
                let unit = person::post(db, *post).await?.map(|post| post.unit);
                return Ok(unit.into_iter().collect());
            }
            Change::HandOver { from, posts, .. } => return self.hand_over(tx, *from, posts).await,
            Change::RenameUnit { unit, name, from } => unit::rename(db, *unit, name, *from).await?,
        }
        Ok(Vec::new())
    }
}

/// A unit goes into another on a day: its posts end, and the other takes its place in the rosters. Its papers stay
/// its own; who answers for it follows from its successor ([`duban_core::succession`]).
async fn merge(db: &impl Connection, from: UnitId, into: UnitId, on: NaiveDate) -> Result<()> {
    let org = person::organisation(db).await?;
    let theirs = org.posts_in(from).filter(|post| org.post(post.id) == Some(*post));
    for post in theirs.filter(|post| post.until.is_none_or(|until| on < until)) {
        person::end_post(db, post.id, on.max(post.from)).await?;
    }
    for (number, roster) in unit::rosters(db).await? {
        let members = roster.members_on(on);
        if !members.contains(&from) {
            continue;
        }
        unit::end_member(db, number, from, on).await?;
        if !members.contains(&into) {
            let member = RosterMember {
                unit: into,
                from: on,
                until: None,
            };
            unit::add_member(db, number, &member).await?;
        }
    }
    Ok(())
}

fn secadmin(caller: &Caller) -> Result<()> {
    access::acting(caller)?;
    if caller.has(Role::Secadmin) {
        Ok(())
    } else {
        Err(Error::forbidden("secadmin_only"))
    }
}

fn read(row: Proposal) -> Result<Proposed> {
    let change = serde_json::from_value(row.payload.clone()).map_err(Error::internal)?;
    Ok(Proposed { row, change })
}

fn tidied(change: Change) -> Change {
    let tidy = |text: String| text.trim().to_owned();
    let mail = |email: Option<String>| email.map(tidy).filter(|email| !email.is_empty());
    match change {
        Change::AddUnit(new) => Change::AddUnit(NewUnit {
            name: tidy(new.name),
            aliases: new
                .aliases
                .into_iter()
                .map(tidy)
                .filter(|alias| !alias.is_empty())
                .collect(),
            ..new
        }),
        Change::AddAlias { unit, name } => Change::AddAlias { unit, name: tidy(name) },
        Change::AddMember { roster, unit, from } => Change::AddMember {
            roster: tidy(roster),
            unit,
            from,
        },
        Change::AddPerson { username, name, email } => Change::AddPerson {
            username: normal(&username),
            name: tidy(name),
            email: mail(email),
        },
        Change::ChangePerson { person, name, email } => Change::ChangePerson {
            person,
            name: tidy(name),
            email: mail(email),
        },
        Change::RenameUnit { unit, name, from } => Change::RenameUnit {
            unit,
            name: tidy(name),
            from,
        },
        other => other,
    }
}

/// The same for changes that can be looked at without a clock.
async fn check(db: &impl Connection, change: &Change) -> Result<()> {
    let mut problems = Vec::new();
    let mut require = |field: &str, text: &str| {
        if text.is_empty() {
            problems.push(FieldProblem::new(field, "required"));
        } else if text.chars().count() > 100 {
            problems.push(FieldProblem::new(field, "too_long"));
        }
    };
    match change {
        Change::AddUnit(new) => require("name", &new.name),
        Change::AddAlias { name, .. } | Change::RenameUnit { name, .. } => require("name", name),
        Change::AddMember { roster, .. } => require("roster", roster),
        Change::AddPerson { username, name, .. } => {
            require("username", username);
            require("name", name);
        }
        Change::ChangePerson { name, .. } => require("name", name),
        _ => {}
    }
    let units = unit::all(db).await?;
    match change {
        Change::AddUnit(new) if units.values().any(|unit| unit.is_called(&new.name)) => {
            problems.push(FieldProblem::new("name", "unit_known"));
        }
        Change::AddAlias { name, .. } if units.values().any(|unit| unit.is_called(name)) => {
            problems.push(FieldProblem::new("name", "unit_known"));
        }
        Change::RenameUnit { unit, name, .. }
            if units
                .values()
                .any(|other| other.name == *name || (other.id != *unit && other.is_called(name))) =>
        {
            problems.push(FieldProblem::new("name", "unit_known"));
        }
        Change::EndUnit { unit, until, .. } if units.get(unit).is_some_and(|unit| *until <= unit.valid_from) => {
            problems.push(FieldProblem::new("until", "date_order"));
        }
        // Whoever takes the place is there on that day.
        Change::EndUnit {
            unit,
            until,
            successor: Some(successor),
        } if successor == unit || !units.get(successor).is_some_and(|unit| unit.exists_on(*until)) => {
            problems.push(FieldProblem::new("successor", "unknown_unit"));
        }
        Change::AddPerson { username, .. } if person::by_username(db, username).await?.is_some() => {
            problems.push(FieldProblem::new("username", "username_taken"));
        }
        _ => {}
    }
    let unit = match change {
        Change::EndUnit { unit, .. }
        | Change::AddAlias { unit, .. }
        | Change::RemoveAlias { unit, .. }
        | Change::RenameUnit { unit, .. }
        | Change::AddMember { unit, .. }
        | Change::EndMember { unit, .. }
        | Change::AddPost { unit, .. } => Some(unit),
        _ => None,
    };
    if unit.is_some_and(|unit| !units.contains_key(unit)) {
        problems.push(FieldProblem::new("unit", "unknown_unit"));
    }
    let email = match change {
        Change::AddPerson { email, .. } | Change::ChangePerson { email, .. } => email.as_deref(),
        _ => None,
    };
    if email.is_some_and(|email| !looks_like_mail(email)) {
        problems.push(FieldProblem::new("email", "email_malformed"));
    }
    problems.extend(check_person(db, change).await?);
    if problems.is_empty() {
        Ok(())
    } else {
        Err(Error::Invalid(problems))
    }
}

pub(crate) async fn check_person(db: &impl Connection, change: &Change) -> Result<Option<FieldProblem>> {
    let who = match change {
        Change::ChangePerson { person, .. }
        | Change::CloseAccount { person }
        | Change::OpenAccount { person }
        | Change::ResetPassword { person }
        | Change::AddPost { person, .. } => *person,
        Change::EndPost { post, until } => {
            let found = person::post(db, *post).await?;
            return Ok(match found {
                None => Some(FieldProblem::new("post", "unknown_post")),
                Some(post) if *until < post.from => Some(FieldProblem::new("until", "date_order")),
                Some(_) => None,
            });
        }
        _ => return Ok(None),
    };
    if person::account(db, who).await?.is_none() {
        return Ok(Some(FieldProblem::new("person", "unknown_person")));
    }
    let Change::AddPost {
        unit,
        role,
        from,
        until,
        ..
    } = change
    else {
        return Ok(None);
    };
    if until.is_some_and(|until| until <= *from) {
        return Ok(Some(FieldProblem::new("until", "date_order")));
    }
    let held = person::posts(db, who).await?;
    let overlapping: Vec<_> = held
        .iter()
        .filter(|post| until.is_none_or(|until| post.from < until) && post.until.is_none_or(|end| *from < end))
        .collect();
    if overlapping.iter().any(|post| post.unit == *unit && post.role == *role) {
        return Ok(Some(FieldProblem::new("role", "post_held")));
    }
    Ok(
        excluded_by(overlapping.iter().map(|post| post.role), *role).map(|other| FieldProblem {
            reason: Reason::new("roles_exclude")
                .with("role", role.code())
                .with("other_role", other.code()),
            ..FieldProblem::new("role", "")
        }),
    )
}
