//! The audit trail as values: what a record says, the bytes that are hashed, and how a chain is checked.
//!
//! Each record's hash is SHA-256 over the hash of the record before it, a line feed, and the record's canonical
//! text. The canonical text is stored as hashed, so that a check never depends on writing JSON again the same way.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;

/// The hash before the first record.
pub const GENESIS: &str = "0000000000000000000000000000000000000000000000000000000000000000";

/// What happened, as the trail keeps it. The order of the members is the order of the canonical text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// Its number in the chain, from 1 without gaps.
    pub seq: i64,
    /// When (UTC).
    pub at: DateTime<Utc>,
    /// Who did it; nobody for the program itself.
    pub person: Option<i64>,
    /// Their name at that time, so that the trail can be read without the database.
    pub name: Option<String>,
    /// For whom they acted, when on a delegation.
    pub on_behalf_of: Option<i64>,
    /// Where the request came from.
    pub source: Option<String>,
    /// What was done, as in `document.approve`.
    pub verb: String,
    /// The kind of thing it was done to.
    pub object_kind: String,
    /// Which one.
    pub object_id: String,
    /// Anything more, as texts.
    pub detail: BTreeMap<String, String>,
}

impl Record {
    /// The text that is hashed and stored.
    pub fn canonical(&self) -> String {
        serde_json::to_string(self).unwrap_or_default()
    }
}

/// The hash of a record whose canonical text is `canonical`, after the record with the hash `previous`. Lower-case hex.
pub fn chain_hash(previous: &str, canonical: &str) -> String {
    let mut digest = Sha256::new();
    digest.update(previous.as_bytes());
    digest.update(b"\n");
    digest.update(canonical.as_bytes());
    hex::encode(digest.finalize())
}

/// One link as exported, one a line: enough to check the chain with no database.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Its number.
    pub seq: i64,
    /// The text that was hashed.
    pub canonical: String,
    /// The hash of the record before it.
    pub prev_hash: String,
    /// Its own hash.
    pub hash: String,
}

/// What is wrong with a chain, and where.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "fault", rename_all = "snake_case")]
pub enum ChainFault {
    /// Records are missing before this one, or their order was changed.
    #[error("record {found} where {expected} was expected")]
    Gap {
        /// The number that should follow.
        expected: i64,
        /// The number that does.
        found: i64,
    },
    /// The record does not follow the one before it.
    #[error("record {seq} does not follow the one before it")]
    Unchained {
        /// Its number.
        seq: i64,
    },
    /// The record's text is not what was hashed.
    #[error("record {seq} was altered")]
    Altered {
        /// Its number.
        seq: i64,
    },
    /// The last record is not the one that the head names: the tail was cut off.
    #[error("the chain ends at record {found}, its head says {expected}")]
    Cut {
        /// The number that the head names.
        expected: i64,
        /// The number of the last record found.
        found: i64,
    },
}

/// Checks links one after the other; keeps the number and hash of the last good one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Verifier {
    /// The number of the last record that was good.
    pub seq: i64,
    /// Its hash.
    pub hash: String,
}

impl Default for Verifier {
    fn default() -> Self {
        Self {
            seq: 0,
            hash: GENESIS.to_owned(),
        }
    }
}

impl Verifier {
    /// Takes the next link.
    ///
    /// # Errors
    /// The fault; the verifier then still stands at the last good record.
    pub fn take(&mut self, link: &Link) -> Result<(), ChainFault> {
        let seq = link.seq;
        if seq != self.seq + 1 {
            return Err(ChainFault::Gap {
                expected: self.seq + 1,
                found: seq,
            });
        }
        if link.prev_hash != self.hash {
            return Err(ChainFault::Unchained { seq });
        }
        let numbered = serde_json::from_str::<Record>(&link.canonical).is_ok_and(|record| record.seq == seq);
        if !numbered || chain_hash(&link.prev_hash, &link.canonical) != link.hash {
            return Err(ChainFault::Altered { seq });
        }
        self.seq = seq;
        self.hash.clone_from(&link.hash);
        Ok(())
    }

    /// Says whether the chain ends where its head says.
    ///
    /// # Errors
    /// [`ChainFault::Cut`] or [`ChainFault::Altered`].
    pub fn finish(&self, head_seq: i64, head_hash: &str) -> Result<(), ChainFault> {
        if self.seq != head_seq {
            return Err(ChainFault::Cut {
                expected: head_seq,
                found: self.seq,
            });
        }
        if self.hash != head_hash {
            return Err(ChainFault::Altered { seq: head_seq });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn chain(n: i64) -> Vec<Link> {
        let mut previous = GENESIS.to_owned();
        (1..=n)
            .map(|seq| {
                let record = Record {
                    seq,
                    at: DateTime::from_timestamp(1_760_000_000 + seq, 0).unwrap(),
                    person: Some(7),
                    name: Some("张三".to_owned()),
                    on_behalf_of: None,
                    source: None,
                    verb: "document.approve".to_owned(),
                    object_kind: "document".to_owned(),
                    object_id: seq.to_string(),
                    detail: BTreeMap::new(),
                };
                let canonical = record.canonical();
                let hash = chain_hash(&previous, &canonical);
                let prev_hash = std::mem::replace(&mut previous, hash.clone());
                Link {
                    seq,
                    canonical,
                    prev_hash,
                    hash,
                }
            })
            .collect()
    }

    fn check(links: &[Link], head: &Link) -> Result<(), ChainFault> {
        let mut verifier = Verifier::default();
        links.iter().try_for_each(|link| verifier.take(link))?;
        verifier.finish(head.seq, &head.hash)
    }

    #[test]
    fn an_untouched_chain_is_good() {
        let links = chain(5);
        assert_eq!(check(&links, &links[4]), Ok(()));
    }

    #[test]
    fn edits_deletions_insertions_swaps_and_cuts_are_found() {
        let good = chain(5);
        let head = good[4].clone();
        let mut edited = good.clone();
        edited[2].canonical = edited[2].canonical.replace("张三", "李四");
        assert_eq!(check(&edited, &head), Err(ChainFault::Altered { seq: 3 }));
        let mut rehashed = edited.clone();
        rehashed[2].hash = chain_hash(&rehashed[2].prev_hash, &rehashed[2].canonical);
        assert_eq!(check(&rehashed, &head), Err(ChainFault::Unchained { seq: 4 }));
        let mut deleted = good.clone();
        deleted.remove(1);
        assert_eq!(check(&deleted, &head), Err(ChainFault::Gap { expected: 2, found: 3 }));
        let mut inserted = good.clone();
        inserted.insert(1, good[3].clone());
        assert!(check(&inserted, &head).is_err());
        let mut swapped = good.clone();
        swapped.swap(1, 2);
        assert!(check(&swapped, &head).is_err());
        assert_eq!(check(&good[..4], &head), Err(ChainFault::Cut { expected: 5, found: 4 }));
        let mut rewritten = good.clone();
        rewritten[4].canonical = rewritten[4].canonical.replace("approve", "return");
        rewritten[4].hash = chain_hash(&rewritten[4].prev_hash, &rewritten[4].canonical);
        assert_eq!(check(&rewritten, &head), Err(ChainFault::Altered { seq: 5 }));
    }
}
