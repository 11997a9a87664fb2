//! The shipped definitions, played: every move, every command in every state, and random sequences.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod acts;
mod branches;
mod cast;
mod extension;
mod mistakes;
mod moves;
#[path = "../support/proof.rs"]
#[allow(dead_code, reason = "the other tests use the rest of it")]
mod proof;
mod properties;
mod random;
mod records;
mod returns;
mod rules;
mod seats;
mod signatures;
mod simulation;
mod table;
mod versions;
mod votes;
mod ways;
mod written;
