//! DKIM (RFC 6376): a signature over the headers that matter and the body, `rsa-sha256`, relaxed/relaxed.

use crate::config::Dkim;
use chrono::{DateTime, Utc};
use ring::rand::SystemRandom;
use ring::rsa::KeyPair;
use ring::signature::RSA_PKCS1_SHA256;
use rustls::pki_types::PrivateKeyDer;
use rustls::pki_types::pem::PemObject as _;
use sha2::{Digest as _, Sha256};
use std::fmt;
use std::fmt::Write as _;

/// What is signed where it is present. `From` must be.
const SIGNED: [&str; 13] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "In-Reply-To",
    "References",
    "MIME-Version",
    "Content-Type",
    "Content-Transfer-Encoding",
    "Auto-Submitted",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
];

/// A private RSA key.
pub struct Key(KeyPair);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key")
    }
}

impl Key {
    /// Reads an RSA key of at least 2048 bits in PEM (PKCS #8 or PKCS #1).
    ///
    /// # Errors
    /// What is wrong with it, without the key.
    pub fn from_pem(pem: &[u8]) -> Result<Self, String> {
        let pair = match PrivateKeyDer::from_pem_slice(pem).map_err(|_| "holds no private key in PEM".to_owned())? {
            PrivateKeyDer::Pkcs8(der) => KeyPair::from_pkcs8(der.secret_pkcs8_der()),
            PrivateKeyDer::Pkcs1(der) => KeyPair::from_der(der.secret_pkcs1_der()),
            _ => return Err("is no RSA key".to_owned()),
        };
        pair.map(Self)
            .map_err(|e| format!("cannot be used as an RSA key of 2048 bits or more: {e}"))
    }

    fn sign(&self, text: &[u8]) -> Result<String, String> {
        let mut signature = vec![0; self.0.public().modulus_len()];
        self.0
            .sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), text, &mut signature)
            .map_err(|_| "the signing key refused".to_owned())?;
        Ok(base64(&signature))
    }
}

/// The `DKIM-Signature` header of a message, with its line end.
///
/// # Errors
/// What the key said.
pub fn header(dkim: &Dkim, message: &[u8], now: DateTime<Utc>) -> Result<String, String> {
    let text = String::from_utf8_lossy(message);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let fields = fields(head);
    let mut names = Vec::new();
    let mut signed = String::new();
    for name in SIGNED {
        if let Some((_, value)) = fields.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
            names.push(name);
            let _ = write!(signed, "{}:{}\r\n", name.to_lowercase(), relaxed(value));
        }
    }
    let hash = base64(&Sha256::digest(relaxed_body(body).as_bytes()));
    let tags = format!(
        "v=1; a=rsa-sha256; c=relaxed/relaxed; d={}; s={}; t={};\r\n h={};\r\n bh={hash};\r\n b=",
        dkim.domain,
        dkim.selector,
        now.timestamp(),
        names.join(":"),
    );
    let _ = write!(signed, "dkim-signature:{}", relaxed(&tags));
    let signature = dkim.key.sign(signed.as_bytes())?;
    let mut header = format!("DKIM-Signature: {tags}");
    for (index, chunk) in signature.as_bytes().chunks(70).enumerate() {
        if index > 0 {
            header.push_str("\r\n ");
        }
        header.push_str(&String::from_utf8_lossy(chunk));
    }
    header.push_str("\r\n");
    Ok(header)
}

/// Names and values of a head, folded lines kept as they are.
fn fields(head: &str) -> Vec<(String, String)> {
    let mut fields: Vec<(String, String)> = Vec::new();
    for line in head.split("\r\n") {
        match (line.starts_with([' ', '\t']), fields.last_mut(), line.split_once(':')) {
            (true, Some((_, value)), _) => {
                value.push_str("\r\n");
                value.push_str(line);
            }
            (false, _, Some((name, value))) => fields.push((name.trim().to_owned(), value.to_owned())),
            _ => {}
        }
    }
    fields
}

/// A header value with every run of white space as one space, and none at its ends.
fn relaxed(value: &str) -> String {
    value.split_ascii_whitespace().collect::<Vec<_>>().join(" ")
}

/// A body with white space inside lines as one space, none at their ends, and no empty lines at its end.
fn relaxed_body(body: &str) -> String {
    let lines = body.split("\r\n").map(|line| {
        let mut out = String::with_capacity(line.len());
        let mut blank = false;
        for c in line.chars() {
            if c == ' ' || c == '\t' {
                blank = true;
            } else {
                if blank {
                    out.push(' ');
                    blank = false;
                }
                out.push(c);
            }
        }
        out
    });
    let mut lines: Vec<String> = lines.collect();
    while lines.last().is_some_and(String::is_empty) {
        lines.pop();
    }
    lines.iter().fold(String::new(), |body, line| body + line + "\r\n")
}

/// Base 64 with padding.
pub fn base64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}
