//! The address that stops mails that may be stopped (RFC 8058). The token in it can do this one thing for one person
//! and nothing else; opening the address changes nothing.

use crate::app::App;
use duban_core::id::PersonId;
use duban_service::Result;
use hmac::{Hmac, KeyInit as _, Mac as _};
use subtle::ConstantTimeEq as _;

/// The address for a person's mails.
pub async fn address(app: &App, person: PersonId) -> Result<String> {
    let key = app.service.mute_key().await?;
    Ok(format!(
        "{}/mail/mute/{person}-{}",
        app.config.base_url,
        mark(&key, person)
    ))
}

/// Whose mails a token stops; none when it is not one of ours.
pub async fn person(app: &App, token: &str) -> Result<Option<PersonId>> {
    let Some((id, given)) = token.split_once('-') else {
        return Ok(None);
    };
    let Ok(id) = id.parse() else { return Ok(None) };
    let person = PersonId(id);
    let right = mark(&app.service.mute_key().await?, person);
    let same: bool = right.as_bytes().ct_eq(given.as_bytes()).into();
    Ok((same && !right.is_empty()).then_some(person))
}

fn mark(key: &str, person: PersonId) -> String {
    let mac = Hmac::<sha2::Sha256>::new_from_slice(key.as_bytes());
    let mac = mac.map(|mac| mac.chain_update(format!("mute {person}")).finalize().into_bytes());
    mac.map(|bytes| hex::encode(&bytes[..16])).unwrap_or_default()
}
