//! Passwords: the rule for new ones, and Argon2id on a bounded number of threads (signing in is the heaviest page).

use crate::error::{Error, Result};
use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use duban_core::reason::Reason;
use std::sync::{Arc, OnceLock};
use tokio::sync::Semaphore;

/// How many passwords are hashed at the same time (19 MiB and some 20 ms of a core each).
const AT_ONCE: usize = 2;
/// How many may wait for their turn before the next one is sent away.
const WAITING: usize = 64;
/// Shortest new password, in characters.
pub const SHORTEST: usize = 10;
/// Longest password, in bytes: more is not hashed.
const LONGEST: usize = 512;

/// Hashes and checks passwords, a few at a time.
#[derive(Clone)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Default for Passwords {
    fn default() -> Self {
        Self {
            turns: Arc::new(Semaphore::new(AT_ONCE)),
            queue: Arc::new(Semaphore::new(AT_ONCE + WAITING)),
        }
    }
}

impl Passwords {
    /// The PHC string of a password.
    ///
    /// # Errors
    /// [`Error::TooMany`] when too many are waiting.
    pub async fn hash(&self, password: &str) -> Result<String> {
        let password = password.to_owned();
        self.in_turn(move || hash_now(&password)).await?
    }

    /// True when `password` belongs to `hash`. Without a hash it takes as long and is false, so that an answer's
    /// time does not tell whether an account exists.
    ///
    /// # Errors
    /// [`Error::TooMany`] when too many are waiting.
    pub async fn verify(&self, password: &str, hash: Option<String>) -> Result<bool> {
        if password.len() > LONGEST {
            return Ok(false);
        }
        let password = password.to_owned();
        self.in_turn(move || match hash {
            Some(hash) => matches(&password, &hash),
            None => {
                static NOBODY: OnceLock<String> = OnceLock::new();
                let hash = NOBODY.get_or_init(|| hash_now("nobody's password").unwrap_or_default());
                matches(&password, hash);
                false
            }
        })
        .await
    }

    async fn in_turn<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let _place = self
            .queue
            .try_acquire()
            .map_err(|_| Error::TooMany { retry_after: 1 })?;
        let _turn = self.turns.acquire().await.map_err(Error::internal)?;
        tokio::task::spawn_blocking(work).await.map_err(Error::internal)
    }
}

fn hash_now(password: &str) -> Result<String> {
    let hash = Argon2::default()
        .hash_password(password.as_bytes())
        .map_err(Error::internal)?;
    Ok(hash.to_string())
}

fn matches(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| Argon2::default().verify_password(password.as_bytes(), &hash).is_ok())
}

/// Why `password` may not be the new password of the account `username`; none when it may. The rule is the
/// composition rule of GB/T 22239-2019 8.1.4.1 a): length, and three of the four kinds of characters.
pub fn weakness(password: &str, username: &str) -> Option<Reason> {
    if password.chars().count() < SHORTEST {
        return Some(Reason::new("password_short").with("min", SHORTEST));
    }
    if password.len() > LONGEST {
        return Some(Reason::new("password_long").with("max", LONGEST));
    }
    let kinds = [
        password.chars().any(char::is_lowercase),
        password.chars().any(char::is_uppercase),
        password.chars().any(char::is_numeric),
        password.chars().any(|c| !c.is_alphanumeric()),
    ];
    if kinds.into_iter().filter(|present| *present).count() < 3 {
        return Some(Reason::new("password_simple"));
    }
    if !username.is_empty() && password.to_lowercase().contains(&username.to_lowercase()) {
        return Some(Reason::new("password_has_username"));
    }
    None
}

/// A password for handing over once: four groups of four, without letters that look alike.
pub fn first_password() -> String {
    const LETTERS: &[u8] = b"abcdefghjkmnpqrstuvwxyz";
    const DIGITS: &[u8] = b"23456789";
    let bytes: [u8; 16] = rand::random();
    let pick = |set: &[u8], byte: u8| char::from(set[usize::from(byte) % set.len()]);
    let mut text = String::new();
    for (group, chunk) in bytes.chunks(4).enumerate() {
        if group > 0 {
            text.push('-');
        }
        for (place, byte) in chunk.iter().enumerate() {
            text.push(match place {
                0 => pick(LETTERS, *byte).to_ascii_uppercase(),
                3 => pick(DIGITS, *byte),
                _ => pick(LETTERS, *byte),
            });
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_named() {
        let code = |password: &str| weakness(password, "zhangsan").map(|r| r.code);
        assert_eq!(code("Ab1-").as_deref(), Some("password_short"));
        assert_eq!(code("aaaaaaaaaaaa").as_deref(), Some("password_simple"));
        assert_eq!(code("Zhangsan-2026").as_deref(), Some("password_has_username"));
        assert_eq!(code(&"Aa1".repeat(200)).as_deref(), Some("password_long"));
        assert_eq!(code("Correct-horse-9"), None);
        assert_eq!(code(&first_password()), None);
    }

    #[tokio::test]
    async fn a_hash_knows_its_password_and_no_other() {
        let passwords = Passwords::default();
        let hash = passwords.hash("Correct-horse-9").await.unwrap();
        assert!(hash.starts_with("$argon2id$"), "{hash}");
        assert!(passwords.verify("Correct-horse-9", Some(hash.clone())).await.unwrap());
        assert!(!passwords.verify("correct-horse-9", Some(hash)).await.unwrap());
        assert!(!passwords.verify("nobody's password", None).await.unwrap());
    }
}
