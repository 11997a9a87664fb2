//! The first administrators: set up once, by whoever can read the server's own output.

use crate::audit::Deed;
use crate::error::{Error, FieldProblem, Result};
use crate::password::{first_password, weakness};
use crate::sign_in::normal;
use crate::{Service, secret};
use duban_core::org::{Role, UnitKind};
use duban_store::person::{self, NewPerson};
use duban_store::setting;
use duban_store::unit::{self, NewUnit};
use serde_json::json;

const KEY: &str = "setup_token";

/// What the first page asks for.
#[derive(Clone, Debug, Default)]
pub struct Setup {
    /// The unit that runs the program; the administrators belong to it.
    pub unit: String,
    /// Sign-in name, shown name of the system administrator, who sets this up.
    pub sysadmin: (String, String),
    /// Their password.
    pub password: String,
    /// Sign-in name, shown name of the security administrator.
    pub secadmin: (String, String),
    /// Sign-in name, shown name of the audit administrator.
    pub auditor: (String, String),
}

impl Service {
    /// A one-time token for the first page while nobody has an account; none afterwards. Each call makes the token
    /// before it worthless.
    pub async fn setup_token(&self) -> Result<Option<String>> {
        let tx = self.write().await?;
        if !person::nobody(&*tx).await? {
            return Ok(None);
        }
        let token = secret::new();
        setting::set(&*tx, KEY, json!(secret::hash(&token))).await?;
        tx.commit().await?;
        Ok(Some(token))
    }

    /// True while nobody has an account.
    pub async fn needs_setup(&self) -> Result<bool> {
        Ok(person::nobody(self.store().read()).await?)
    }

    /// Makes the three administrators (三员): none of them can work alone, so all three are needed from the start.
    /// Gives the first passwords of the security and the audit administrator, to be handed over and changed at once.
    ///
    /// # Errors
    /// [`Error::Forbidden`] with `setup_token` when the token is not the one; [`Error::Invalid`].
    pub async fn set_up(&self, token: &str, setup: &Setup) -> Result<[String; 2]> {
        let mut problems = Vec::new();
        let mut names: Vec<String> = Vec::new();
        let people = [&setup.sysadmin, &setup.secadmin, &setup.auditor];
        for (field, (username, name)) in ["sysadmin", "secadmin", "auditor"].iter().zip(people) {
            let username = normal(username);
            if username.is_empty() || name.trim().is_empty() {
                problems.push(FieldProblem::new(field, "required"));
            } else if names.contains(&username) {
                problems.push(FieldProblem::new(field, "username_taken"));
            }
            names.push(username);
        }
        if setup.unit.trim().is_empty() {
            problems.push(FieldProblem::new("unit", "required"));
        }
        if let Some(reason) = weakness(&setup.password, &names[0]) {
            problems.push(FieldProblem {
                reason,
                ..FieldProblem::new("password", "")
            });
        }
        if !problems.is_empty() {
            return Err(Error::Invalid(problems));
        }
        let handed_over = [first_password(), first_password()];
        let mut hashes = Vec::new();
        for password in [&setup.password, &handed_over[0], &handed_over[1]] {
            hashes.push(self.passwords().hash(password).await?);
        }
        let at = self.moment();
        let tx = self.write().await?;
        let kept = setting::get(&*tx, KEY).await?;
        if !person::nobody(&*tx).await? || kept != Some(json!(secret::hash(token))) {
            return Err(Error::forbidden("setup_token"));
        }
        let home = NewUnit {
            name: setup.unit.trim().to_owned(),
            kind: UnitKind::Government,
            aliases: Vec::new(),
            valid_from: at.day,
            valid_until: None,
        };
        let home = unit::add(&*tx, &home).await?;
        let roles = [Role::Sysadmin, Role::Secadmin, Role::Auditor];
        for (index, ((role, hash), username)) in roles.into_iter().zip(hashes).zip(names).enumerate() {
            let new = NewPerson {
                username,
                name: people[index].1.trim().to_owned(),
                email: None,
                locale: "zh-CN".to_owned(),
                password_hash: Some(hash),
                must_change_password: index > 0,
            };
            let id = person::add(&*tx, new, at.now).await?;
            person::add_post(&*tx, id, home, role, (at.day, None)).await?;
        }
        setting::remove(&*tx, KEY).await?;
        self.record(&*tx, None, Deed::new("setup", "unit", home)).await?;
        tx.commit().await?;
        Ok(handed_over)
    }
}
