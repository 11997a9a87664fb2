//! Signing in and out, sessions, passwords. The database keeps hashes of what opens things, never the things.

use crate::audit::Deed;
use crate::error::{Error, FieldProblem, Result};
use crate::password::weakness;
use crate::session::{Caller, Lent, Scope};
use crate::{Service, secret};
use chrono::{DateTime, TimeDelta, Utc};
use duban_core::org::Moment;
use duban_core::reason::Reason;
use duban_core::succession::inherited;
use duban_store::person::{Account, AccountChange};
use duban_store::session::{Attempts, Session};
use duban_store::{Connection, person, session, unit};

/// A session not used for so long is over.
pub const IDLE: TimeDelta = TimeDelta::hours(2);
/// A session is over after so long, used or not.
pub const ABSOLUTE: TimeDelta = TimeDelta::hours(12);
/// "Last seen" is kept to this precision, so that reading pages writes next to nothing.
const SEEN_STEP: TimeDelta = TimeDelta::minutes(1);
/// Failures of one account before it has to wait.
const FREE_FAILURES: u32 = 5;
/// Failures from one source before it has to wait (an office shares an address).
const FREE_FAILURES_OF_SOURCE: u32 = 30;
/// Failures are forgotten after so long without another.
const FORGET: TimeDelta = TimeDelta::hours(1);

/// Where a request comes from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origin {
    /// Network address.
    pub source: Option<String>,
    /// What the browser calls itself.
    pub agent: Option<String>,
}

/// A session just opened.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// What the browser shows from now on. Kept nowhere else.
    pub token: String,
    /// Who signed in.
    pub caller: Caller,
    /// When the session ends at the latest (UTC).
    pub expires_at: DateTime<Utc>,
}

impl Service {
    /// Signs a person in with name and password.
    ///
    /// # Errors
    /// [`Error::Unauthenticated`] when they do not match (whichever is wrong, or the account is closed),
    /// [`Error::TooMany`] after too many failures of the account or the source.
    pub async fn sign_in(&self, username: &str, password: &str, origin: Origin) -> Result<SignedIn> {
        let account = self.check_password(username, password, &origin).await?;
        let at = self.moment();
        let token = secret::new();
        let expires_at = at.now + ABSOLUTE;
        let tx = self.write().await?;
        let id = session::open(
            &*tx,
            secret::hash(&token),
            Session {
                id: 0,
                person: account.person.id,
                created_at: at.now,
                seen_at: at.now,
                expires_at,
                source: origin.source.clone(),
                agent: origin.agent.map(|agent| agent.chars().take(200).collect()),
            },
        )
        .await?;
        let mut caller = self.caller(&*tx, account, at).await?;
        caller.source = origin.source;
        caller.session = Some(id);
        self.record(&*tx, Some(&caller), Deed::new("session.open", "session", id))
            .await?;
        tx.commit().await?;
        Ok(SignedIn {
            token,
            caller,
            expires_at,
        })
    }

    /// The account behind name and password; counts failures and makes wait after too many.
    pub(crate) async fn check_password(&self, username: &str, password: &str, origin: &Origin) -> Result<Account> {
        let username = normal(username);
        let at = self.moment();
        let mut keys = vec![(format!("account:{username}"), FREE_FAILURES)];
        keys.extend(
            origin
                .source
                .iter()
                .map(|source| (format!("source:{source}"), FREE_FAILURES_OF_SOURCE)),
        );
        for (key, _) in &keys {
            let known = session::attempts(self.store().read(), key).await?;
            if let Some(until) = known.and_then(|a| a.blocked_until).filter(|until| *until > at.now) {
                return Err(Error::TooMany {
                    retry_after: whole_seconds(until - at.now),
                });
            }
        }
        let account = person::by_username(self.store().read(), &username).await?;
        let open = account.filter(|account| account.person.active);
        let hash = open.as_ref().and_then(|account| account.password_hash.clone());
        let matches = self.passwords().verify(password, hash).await?;
        let tx = self.write().await?;
        if let Some(account) = open.filter(|_| matches) {
            session::clear_attempts(&*tx, &keys[0].0).await?;
            tx.commit().await?;
            return Ok(account);
        }
        for (key, free) in &keys {
            let known = session::attempts(&*tx, key).await?;
            let next = one_more(known.as_ref(), *free, at.now);
            session::set_attempts(&*tx, key, &next).await?;
        }
        let mut deed = Deed::new("session.refuse", "account", &username);
        if let Some(source) = &origin.source {
            deed = deed.with("source", source);
        }
        self.record(&*tx, None, deed).await?;
        tx.commit().await?;
        Err(Error::Unauthenticated(Reason::new("sign_in_failed").into()))
    }

    /// The caller behind a session token; none when there is no such session, it is over, or the account is closed.
    pub async fn session(&self, token: &str, source: Option<String>) -> Result<Option<Caller>> {
        let db = self.store().read();
        let at = self.moment();
        let Some(found) = session::find(db, &secret::hash(token)).await? else {
            return Ok(None);
        };
        if at.now >= found.expires_at || at.now - found.seen_at >= IDLE {
            return Ok(None);
        }
        let account = person::account(db, found.person).await?;
        let Some(account) = account.filter(|account| account.person.active) else {
            return Ok(None);
        };
        if at.now - found.seen_at >= SEEN_STEP {
            let tx = self.write().await?;
            session::touch(&*tx, found.id, at.now).await?;
            tx.commit().await?;
        }
        let mut caller = self.caller(db, account, at).await?;
        caller.source = source;
        caller.session = Some(found.id);
        Ok(Some(caller))
    }

    /// The caller that this person is at this moment, with full scope and no session.
    pub(crate) async fn caller(&self, db: &impl Connection, account: Account, at: Moment) -> Result<Caller> {
        let me = account.person.id;
        let ended = unit::ended(db).await?;
        let mut posts = person::posts(db, me).await?;
        posts.extend(inherited(&posts, &ended));
        let mut lent = Vec::new();
        for delegation in person::delegations(db, &[], me).await? {
            if !delegation.in_force(at.now) {
                continue;
            }
            let post = person::post(db, delegation.post)
                .await?
                .filter(|post| post.holds_on(at.day));
            let Some(post) = post else { continue };
            let lender = person::account(db, post.person)
                .await?
                .filter(|lender| lender.person.active);
            let Some(lender) = lender else { continue };
            let mut with_it = inherited(std::slice::from_ref(&post), &ended);
            with_it.retain(|post| post.holds_on(at.day));
            lent.extend([post].into_iter().chain(with_it).map(|post| Lent {
                post,
                delegation: delegation.clone(),
                lender: lender.person.name.clone(),
            }));
        }
        Ok(Caller {
            person: me,
            name: account.person.name,
            username: account.username,
            locale: account.locale,
            posts: posts.into_iter().filter(|post| post.holds_on(at.day)).collect(),
            lent,
            must_change_password: account.must_change_password,
            scope: Scope::Act,
            session: None,
            source: None,
            today: at.day,
        })
    }

    /// The caller that an active person is now, without a password: for the command line, the worker and tests,
    /// which are inside already. Never behind a page.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such active person.
    pub async fn impersonate_locally(&self, username: &str) -> Result<Caller> {
        let db = self.store().read();
        let account = person::by_username(db, &normal(username)).await?;
        let account = account.filter(|a| a.person.active).ok_or(Error::NotFound)?;
        self.caller(db, account, self.moment()).await
    }

    /// As [`Service::impersonate_locally`], by number.
    ///
    /// # Errors
    /// [`Error::NotFound`] when there is no such active person.
    pub async fn impersonate_by_number(&self, whose: duban_core::id::PersonId) -> Result<Caller> {
        let db = self.store().read();
        let account = person::account(db, whose).await?;
        let account = account.filter(|a| a.person.active).ok_or(Error::NotFound)?;
        self.caller(db, account, self.moment()).await
    }

    /// Ends the caller's session.
    pub async fn sign_out(&self, caller: &Caller) -> Result<()> {
        match caller.session {
            Some(id) => self.end_session(caller, id).await,
            None => Ok(()),
        }
    }

    /// The caller's sessions that are not over, the newest first.
    pub async fn sessions(&self, caller: &Caller) -> Result<Vec<Session>> {
        let now = self.moment().now;
        let mut found = session::of_person(self.store().read(), caller.person).await?;
        found.retain(|session| now < session.expires_at && now - session.seen_at < IDLE);
        Ok(found)
    }

    /// Ends one of the caller's own sessions.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not one of theirs.
    pub async fn end_session(&self, caller: &Caller, id: i64) -> Result<()> {
        let tx = self.write().await?;
        if !session::close(&*tx, caller.person, id).await? {
            return Err(Error::NotFound);
        }
        self.record(&*tx, Some(caller), Deed::new("session.close", "session", id))
            .await?;
        Ok(tx.commit().await?)
    }

    /// Changes the caller's own password and ends all their other sessions.
    ///
    /// # Errors
    /// [`Error::Invalid`] with `current_password` or `new_password` when the old one is wrong or the new one weak.
    pub async fn change_password(&self, caller: &Caller, current: &str, new: &str) -> Result<()> {
        let origin = Origin {
            source: caller.source.clone(),
            agent: None,
        };
        match self.check_password(&caller.username, current, &origin).await {
            Err(Error::Unauthenticated(_)) => return Err(Error::invalid("current_password", "password_wrong")),
            other => other?,
        };
        if current == new {
            return Err(Error::invalid("new_password", "password_same"));
        }
        if let Some(reason) = weakness(new, &caller.username) {
            return Err(Error::Invalid(vec![FieldProblem {
                reason,
                ..FieldProblem::new("new_password", "")
            }]));
        }
        let hash = self.passwords().hash(new).await?;
        let tx = self.write().await?;
        let change = AccountChange {
            password: Some((hash, false)),
            ..AccountChange::default()
        };
        person::change(&*tx, caller.person, change).await?;
        session::close_all(&*tx, caller.person, caller.session).await?;
        self.record(
            &*tx,
            Some(caller),
            Deed::new("password.change", "person", caller.person),
        )
        .await?;
        Ok(tx.commit().await?)
    }

    /// Removes what is over: sessions, forgotten failures. For the worker, once in a while.
    pub async fn sweep_sessions(&self) -> Result<()> {
        let now = self.moment().now;
        let tx = self.write().await?;
        session::sweep(&*tx, now, now - IDLE, now - FORGET).await?;
        Ok(tx.commit().await?)
    }
}

/// A sign-in name as it is kept: trimmed, lower case, not endless.
pub(crate) fn normal(username: &str) -> String {
    username.trim().to_lowercase().chars().take(64).collect()
}

/// The count after one more failure, and how long to wait: 30 s after the last free one, doubled by each further
/// failure, at most 15 minutes.
fn one_more(known: Option<&Attempts>, free: u32, now: DateTime<Utc>) -> Attempts {
    let recent = known.filter(|a| now - a.failed_at < FORGET);
    let failures = recent.map_or(0, |a| a.failures).saturating_add(1);
    let wait = failures.checked_sub(free).map(|over| {
        let seconds = 30i64.saturating_mul(1 << over.min(10));
        TimeDelta::seconds(seconds.min(900))
    });
    Attempts {
        failures,
        failed_at: now,
        blocked_until: wait.map(|wait| now + wait),
    }
}

fn whole_seconds(delta: TimeDelta) -> u64 {
    u64::try_from(delta.num_milliseconds().max(0))
        .unwrap_or(0)
        .div_ceil(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_wait_begins_after_the_free_failures_and_doubles_up_to_a_quarter_of_an_hour() {
        let now: DateTime<Utc> = "2026-11-23T00:00:00Z".parse().unwrap();
        let mut known = None;
        let mut waits = Vec::new();
        for _ in 0..12 {
            let next = one_more(known.as_ref(), 5, now);
            waits.push(next.blocked_until.map_or(0, |until| (until - now).num_seconds()));
            known = Some(next);
        }
        assert_eq!(waits, [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]);
        let later = one_more(known.as_ref(), 5, now + TimeDelta::hours(1));
        assert_eq!((later.failures, later.blocked_until), (1, None));
    }
}
