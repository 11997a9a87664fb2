//! Random secrets and the hashes under which they are kept.

use sha2::{Digest, Sha256};

/// 256 bits from the system's generator, in hexadecimal.
pub fn new() -> String {
    hex::encode(rand::random::<[u8; 32]>())
}

/// The hash under which a secret of [`new`] is kept. Plain SHA-256 is enough for 256 random bits.
pub fn hash(secret: &str) -> String {
    hex::encode(Sha256::digest(secret.as_bytes()))
}
