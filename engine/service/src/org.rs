//! Units, rosters and people as everybody may see them, and one's own profile.

use crate::audit::Deed;
use crate::error::{Error, Result};
use crate::session::Caller;
use crate::{Service, access};
use duban_core::id::{PersonId, UnitId};
use duban_core::org::{Organisation, Post, Role, Roster, Unit};
use duban_store::person::{Account, AccountChange};
use duban_store::{inbox, instance, person, session, unit};
use std::collections::{BTreeMap, BTreeSet};

/// A person as the administrators' list shows them.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Who.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// The name they sign in with.
    pub username: String,
    /// Where mail goes.
    pub email: Option<String>,
    /// Open account.
    pub active: bool,
    /// Their posts, past and future included, each with the unit's name.
    pub posts: Vec<(Post, String)>,
}

impl Service {
    /// The organisation as it is now: units, people, posts, delegations.
    pub async fn organisation(&self) -> Result<Organisation> {
        Ok(person::organisation(self.store().read()).await?)
    }

    /// All units with their aliases, by number.
    pub async fn units(&self) -> Result<BTreeMap<UnitId, Unit>> {
        Ok(unit::all(self.store().read()).await?)
    }

    /// All rosters by number.
    pub async fn rosters(&self) -> Result<BTreeMap<i64, Roster>> {
        Ok(unit::rosters(self.store().read()).await?)
    }

    /// Up to `limit` people after the number `after` whose name or sign-in name contains `text`. For the system and
    /// the security administrator.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub async fn people(&self, caller: &Caller, text: &str, after: i64, limit: u64) -> Result<Vec<Listed>> {
        if !caller.has_any(&[Role::Sysadmin, Role::Secadmin]) {
            return Err(Error::forbidden("administrators_only"));
        }
        let db = self.store().read();
        let units = unit::all(db).await?;
        let mut found = Vec::new();
        for account in person::search(db, text.trim(), after, limit).await? {
            let posts = person::posts(db, account.person.id).await?;
            let named = |post: Post| {
                let name = units.get(&post.unit).map_or_else(String::new, |unit| unit.name.clone());
                (post, name)
            };
            found.push(Listed {
                id: account.person.id,
                name: account.person.name,
                username: account.username,
                email: account.email,
                active: account.person.active,
                posts: posts.into_iter().map(named).collect(),
            });
        }
        Ok(found)
    }

    /// Who signs in with this name, or is shown by it; for the audit administrator's search.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else.
    pub async fn person_called(&self, caller: &Caller, text: &str) -> Result<Option<PersonId>> {
        if !caller.has(Role::Auditor) {
            return Err(Error::forbidden("auditor_only"));
        }
        let db = self.store().read();
        if let Some(account) = person::by_username(db, &crate::sign_in::normal(text)).await? {
            return Ok(Some(account.person.id));
        }
        let found = person::search(db, text, 0, 50).await?;
        let exact = found.iter().find(|account| account.person.name == text);
        Ok(exact.map(|account| account.person.id))
    }

    /// People to whom the caller might lend a post: active, of the same units, not the caller.
    pub async fn colleagues(&self, caller: &Caller) -> Result<Vec<(PersonId, String)>> {
        let org = self.organisation().await?;
        let day = self.moment().day;
        let units = caller.units();
        let mut found: BTreeMap<PersonId, String> = BTreeMap::new();
        for post in org
            .posts
            .iter()
            .filter(|post| post.holds_on(day) && units.contains(&post.unit))
        {
            let active = org.people.get(&post.person).filter(|person| person.active);
            if let Some(person) = active.filter(|person| person.id != caller.person) {
                found.insert(person.id, person.name.clone());
            }
        }
        Ok(found.into_iter().collect())
    }

    /// The caller's own account.
    pub async fn account(&self, caller: &Caller) -> Result<Account> {
        let found = person::account(self.store().read(), caller.person).await?;
        found.ok_or(Error::NotFound)
    }

    /// Changes the caller's own mail address and language.
    ///
    /// # Errors
    /// [`Error::Invalid`] for `email` or `locale`.
    pub async fn change_profile(&self, caller: &Caller, email: &str, locale: &str) -> Result<()> {
        access::acting(caller)?;
        let email = email.trim();
        if !email.is_empty() && !looks_like_mail(email) {
            return Err(Error::invalid("email", "email_malformed"));
        }
        if !email.is_empty() && !self.may_mail(email) {
            return Err(Error::invalid("email", "email_domain"));
        }
        if !["zh-CN", "en"].contains(&locale) {
            return Err(Error::invalid("locale", "locale_unknown"));
        }
        let tx = self.write().await?;
        let change = AccountChange {
            email: Some((!email.is_empty()).then(|| email.to_owned())),
            locale: Some(locale.to_owned()),
            ..AccountChange::default()
        };
        person::change(&*tx, caller.person, change).await?;
        self.record(&*tx, Some(caller), Deed::new("person.change", "person", caller.person))
            .await?;
        Ok(tx.commit().await?)
    }

    /// Refuses a change that brings an address to which mail may not go.
    pub(crate) fn check_mail(&self, change: &crate::proposal::Change) -> Result<()> {
        use crate::proposal::Change::{AddPerson, ChangePerson};
        let (AddPerson { email, .. } | ChangePerson { email, .. }) = change else {
            return Ok(());
        };
        match email {
            Some(email) if looks_like_mail(email) && !self.may_mail(email) => {
                Err(Error::invalid("email", "email_domain"))
            }
            _ => Ok(()),
        }
    }

    /// Ends every session of a person, and lets them try their password again at once. For the security
    /// administrator.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for everybody else, [`Error::NotFound`].
    pub async fn unlock(&self, caller: &Caller, whose: PersonId) -> Result<()> {
        access::acting(caller)?;
        if !caller.has(Role::Secadmin) {
            return Err(Error::forbidden("secadmin_only"));
        }
        let tx = self.write().await?;
        let account = person::account(&*tx, whose).await?.ok_or(Error::NotFound)?;
        session::close_all(&*tx, whose, None).await?;
        session::clear_attempts(&*tx, &format!("account:{}", account.username)).await?;
        self.record(&*tx, Some(caller), Deed::new("person.unlock", "person", whose))
            .await?;
        Ok(tx.commit().await?)
    }

    /// Looks again who can sit where in the unfinished documents of these units, and in those where nobody could.
    pub(crate) async fn recheck_units(&self, units: &[UnitId]) -> Result<()> {
        let documents: BTreeSet<_> = instance::unfinished_of(self.store().read(), units).await?;
        for id in documents {
            if let Err(error) = self.recheck_one(id).await {
                tracing::error!(document = id.0, %error, "a recheck failed");
            }
        }
        Ok(())
    }

    /// How many copies the caller has not read.
    pub async fn unread_copies(&self, caller: &Caller) -> Result<u64> {
        Ok(inbox::unread(self.store().read(), caller.person).await?)
    }
}

/// One `@` with something on both sides and nothing that a header could break on. The relay is the judge of the rest.
pub(crate) fn looks_like_mail(text: &str) -> bool {
    let parts: Vec<_> = text.split('@').collect();
    text.len() <= 254
        && !text
            .chars()
            .any(|c| c.is_whitespace() || c.is_control() || "<>,;\"()".contains(c))
        && matches!(parts[..], [local, domain] if !local.is_empty() && domain.contains('.') && !domain.starts_with('.'))
}

#[cfg(test)]
mod tests {
    use super::looks_like_mail;

    #[test]
    fn addresses_that_could_break_a_header_are_no_addresses() {
        for good in ["a@b.cn", "zhang.san+duban@office.example.gov.cn"] {
            assert!(looks_like_mail(good), "{good}");
        }
        for bad in [
            "",
            "a",
            "@b.cn",
            "a@",
            "a@b",
            "a@@b.cn",
            "a b@c.cn",
            "a@b.cn\r\nBcc: x@y.cn",
            "<a@b.cn>",
            "a@.cn",
        ] {
            assert!(!looks_like_mail(bad), "{bad}");
        }
    }
}
