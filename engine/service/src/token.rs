//! Personal tokens for the API: named, with an end and a scope, shown once.

use crate::Service;
use crate::audit::Deed;
use crate::error::{Error, Result};
use crate::secret;
use crate::session::{Caller, Scope};
use crate::sign_in::Origin;
use chrono::TimeDelta;
use duban_store::session::Token;
use duban_store::{person, session};

/// The longest life of a token, in days.
pub const LONGEST_DAYS: u32 = 365;
/// How many tokens one person may hold.
const MOST: usize = 20;
/// Every token begins with this, so that a leaked one can be recognised.
const PREFIX: &str = "duban_";

/// A token just made.
#[derive(Clone, Debug)]
pub struct NewToken {
    /// The secret. Shown once, kept nowhere.
    pub secret: String,
    /// What is kept about it.
    pub token: Token,
}

impl Service {
    /// Makes a token for the caller.
    ///
    /// # Errors
    /// [`Error::Invalid`] for an empty name or a life of 0 or more than [`LONGEST_DAYS`] days;
    /// [`Error::Refused`] with `too_many_tokens`.
    pub async fn issue_token(&self, caller: &Caller, name: &str, scope: Scope, days: u32) -> Result<NewToken> {
        let name = name.trim();
        if name.is_empty() || name.chars().count() > 60 {
            return Err(Error::invalid("name", "token_name"));
        }
        if days == 0 || days > LONGEST_DAYS {
            return Err(Error::invalid("days", "token_days"));
        }
        let scope = scope.min(caller.scope);
        let now = self.moment().now;
        let secret = format!("{PREFIX}{}", secret::new());
        let tx = self.write().await?;
        if session::tokens(&*tx, caller.person).await?.len() >= MOST {
            return Err(Error::refused("too_many_tokens"));
        }
        let mut token = Token {
            id: 0,
            person: caller.person,
            name: name.to_owned(),
            scope: scope.code().to_owned(),
            created_at: now,
            expires_at: now + TimeDelta::days(i64::from(days)),
            used_at: None,
        };
        token.id = session::add_token(&*tx, secret::hash(&secret), token.clone()).await?;
        let deed = Deed::new("token.issue", "token", token.id).with("scope", scope.code());
        self.record(&*tx, Some(caller), deed.with("name", name)).await?;
        tx.commit().await?;
        Ok(NewToken { secret, token })
    }

    /// Makes a token for whoever knows name and password: the API's way of signing in.
    ///
    /// # Errors
    /// As [`Service::sign_in`] and [`Service::issue_token`]; `password_change_needed` while the first password has
    /// not been changed.
    pub async fn issue_token_by_password(
        &self,
        (username, password): (&str, &str),
        origin: Origin,
        (name, scope, days): (&str, Scope, u32),
    ) -> Result<NewToken> {
        let account = self.check_password(username, password, &origin).await?;
        if account.must_change_password {
            return Err(Error::forbidden("password_change_needed"));
        }
        let mut caller = self.caller(self.store().read(), account, self.moment()).await?;
        caller.source = origin.source;
        self.issue_token(&caller, name, scope, days).await
    }

    /// The caller's tokens, the newest first, those that ended included.
    pub async fn tokens(&self, caller: &Caller) -> Result<Vec<Token>> {
        Ok(session::tokens(self.store().read(), caller.person).await?)
    }

    /// Takes back one of the caller's own tokens.
    ///
    /// # Errors
    /// [`Error::NotFound`] when it is not one of theirs.
    pub async fn revoke_token(&self, caller: &Caller, id: i64) -> Result<()> {
        let tx = self.write().await?;
        if !session::remove_token(&*tx, caller.person, id).await? {
            return Err(Error::NotFound);
        }
        self.record(&*tx, Some(caller), Deed::new("token.revoke", "token", id))
            .await?;
        Ok(tx.commit().await?)
    }

    /// The caller behind a bearer token; none when there is none such, it ended, or the account is closed.
    pub async fn bearer(&self, secret: &str, source: Option<String>) -> Result<Option<Caller>> {
        let db = self.store().read();
        let at = self.moment();
        let found = session::find_token(db, &secret::hash(secret)).await?;
        let Some(token) = found.filter(|token| at.now < token.expires_at) else {
            return Ok(None);
        };
        let account = person::account(db, token.person).await?;
        let Some(account) = account.filter(|a| a.person.active && !a.must_change_password) else {
            return Ok(None);
        };
        if token.used_at.is_none_or(|used| at.now - used >= TimeDelta::minutes(1)) {
            let tx = self.write().await?;
            session::touch_token(&*tx, token.id, at.now).await?;
            tx.commit().await?;
        }
        let mut caller = self.caller(db, account, at).await?;
        caller.scope = Scope::from_code(&token.scope).unwrap_or(Scope::Read);
        caller.source = source;
        Ok(Some(caller))
    }
}

impl Scope {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Act => "act",
        }
    }

    /// The scope with this code.
    pub fn from_code(code: &str) -> Option<Self> {
        [Self::Read, Self::Act].into_iter().find(|scope| scope.code() == code)
    }
}
