//! Forgery protection for forms: a token derived from the browser's secret cookie, and a look at where a request says
//! it comes from.
//!
//! The token is a digest of the session's secret (or, before sign-in, of a random guest secret), so it is bound to the
//! session, survives a restart, is good on every node and cannot be turned back into the secret. Pages are compressed, so
//! the token is masked anew for each of them: its length in a compressed page tells nothing (the BREACH attack, 2013).

use axum::http::{HeaderMap, header};
use rand::Rng;
use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;

/// The form field that carries the token.
pub const FIELD: &str = "csrf";
/// The header that carries the token when a script sends the request.
pub const HEADER: &str = "x-csrf-token";

/// Bytes of the digest that count.
const LENGTH: usize = 16;

fn digest(secret: &str) -> [u8; LENGTH] {
    let mut hash = Sha256::new();
    hash.update(b"duban form token\0");
    hash.update(secret.as_bytes());
    let whole: [u8; 32] = hash.finalize().into();
    std::array::from_fn(|at| whole[at])
}

/// A token that forms of the holder of `secret` carry: a random mask, then the digest under it. Another one each time.
pub fn token(secret: &str) -> String {
    let mut mask = [0; LENGTH];
    rand::rng().fill_bytes(&mut mask);
    let digest = digest(secret);
    let masked: [u8; LENGTH] = std::array::from_fn(|at| mask[at] ^ digest[at]);
    hex::encode(mask) + &hex::encode(masked)
}

/// True when `given` is a token for `secret`, compared in constant time.
pub fn matches(secret: &str, given: &str) -> bool {
    let mut bytes = [0; 2 * LENGTH];
    if hex::decode_to_slice(given, &mut bytes).is_err() {
        return false;
    }
    let (mask, masked) = bytes.split_at(LENGTH);
    let found: [u8; LENGTH] = std::array::from_fn(|at| mask[at] ^ masked[at]);
    digest(secret).ct_eq(&found).into()
}

/// True when the headers say that the request was made by a page of another site. `own_origin` is the address of this
/// service, `scheme://host[:port]`. Headers that are absent (old browsers, command-line tools) say nothing; the token
/// still has to be right.
pub fn is_foreign(headers: &HeaderMap, own_origin: &str) -> bool {
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
    if let Some(site) = text(header::HeaderName::from_static("sec-fetch-site"))
        && !matches!(site, "same-origin" | "none")
    {
        return true;
    }
    match text(header::ORIGIN) {
        // A browser that hides the origin says "null"; we never send pages that would make it do so.
        Some(origin) => !origin.eq_ignore_ascii_case(own_origin),
        None => headers.contains_key(header::ORIGIN),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::HeaderValue;

    #[test]
    fn a_token_fits_its_own_secret_only() {
        let mine = token("a");
        assert!(matches("a", &mine));
        assert!(!matches("b", &mine));
        assert!(!matches("a", "") && !matches("a", &mine[2..]) && !matches("a", &"0".repeat(mine.len())));
        let another = token("a");
        assert!(matches("a", &another));
        let differing = mine.chars().zip(another.chars()).filter(|(a, b)| a != b).count();
        assert!(differing > 32, "{mine} {another}: masked anew, from end to end");
    }

    #[test]
    fn other_sites_are_foreign_and_silence_is_not() {
        let own = "http://127.0.0.1:8080";
        let with = |name: &'static str, value: &'static str| {
            let mut headers = HeaderMap::new();
            headers.insert(name, HeaderValue::from_static(value));
            headers
        };
        assert!(!is_foreign(&HeaderMap::new(), own));
        assert!(!is_foreign(&with("origin", "http://127.0.0.1:8080"), own));
        assert!(is_foreign(&with("origin", "http://evil.example"), own));
        assert!(is_foreign(&with("origin", "null"), own));
        assert!(is_foreign(&with("sec-fetch-site", "cross-site"), own));
        assert!(is_foreign(&with("sec-fetch-site", "same-site"), own));
        assert!(!is_foreign(&with("sec-fetch-site", "same-origin"), own));
    }
}
