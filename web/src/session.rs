//! The cookies: the session's secret, the guest's secret (for the forms before sign-in), and two preferences.
//!
//! Over HTTPS the secrets carry the `__Host-` prefix, which binds them to this host and to encrypted connections.

use axum::http::{HeaderMap, HeaderValue, header};
use rand::Rng;

/// The longest a browser keeps the session cookie, in seconds (the server ends sessions earlier).
const SESSION_SECONDS: u32 = 12 * 60 * 60;
/// How long preferences are kept, in seconds.
const PREFERENCE_SECONDS: u32 = 365 * 24 * 60 * 60;

/// Cookie that keeps the chosen language.
pub const LOCALE: &str = "duban_locale";
/// Cookie that keeps the choice of large print (大字版).
pub const LARGE: &str = "duban_large";

/// The name of the session cookie.
pub fn session_name(https: bool) -> &'static str {
    if https { "__Host-duban" } else { "duban" }
}

/// The name of the guest cookie.
pub fn guest_name(https: bool) -> &'static str {
    if https { "__Host-duban_guest" } else { "duban_guest" }
}

/// The value of a cookie in the request.
pub fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// 256 random bits as text, for a guest secret.
pub fn fresh_secret() -> String {
    let mut bytes = [0_u8; 32];
    rand::rng().fill_bytes(&mut bytes);
    hex::encode(bytes)
}

/// `Set-Cookie` for a secret: sent only to this site, never shown to scripts.
pub fn set_secret(name: &str, value: &str, https: bool) -> Option<HeaderValue> {
    let secure = if https { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{name}={value}; Path=/; Max-Age={SESSION_SECONDS}; HttpOnly; SameSite=Lax{secure}"
    ))
    .ok()
}

/// `Set-Cookie` for a preference.
pub fn set_preference(name: &str, value: &str, https: bool) -> Option<HeaderValue> {
    let secure = if https { "; Secure" } else { "" };
    HeaderValue::from_str(&format!(
        "{name}={value}; Path=/; Max-Age={PREFERENCE_SECONDS}; HttpOnly; SameSite=Lax{secure}"
    ))
    .ok()
}

/// `Set-Cookie` that removes a cookie.
pub fn remove(name: &str, https: bool) -> Option<HeaderValue> {
    let secure = if https { "; Secure" } else { "" };
    HeaderValue::from_str(&format!("{name}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{secure}")).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_among_others() {
        let mut headers = HeaderMap::new();
        headers.insert(header::COOKIE, HeaderValue::from_static("a=1; duban=xyz; b=2"));
        assert_eq!(cookie(&headers, "duban").as_deref(), Some("xyz"));
        assert_eq!(cookie(&headers, "dub"), None);
    }

    #[test]
    fn secrets_are_long_and_differ() {
        assert_eq!(fresh_secret().len(), 64);
        assert_ne!(fresh_secret(), fresh_secret());
    }

    #[test]
    fn a_secret_cookie_is_closed_to_scripts() {
        let text = set_secret(session_name(true), "x", true).unwrap();
        let text = text.to_str().unwrap();
        for part in ["__Host-duban=x", "HttpOnly", "SameSite=Lax", "Secure", "Path=/"] {
            assert!(text.contains(part), "{text}");
        }
    }
}
