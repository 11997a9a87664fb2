//! The shipped definitions, played: every move, every command in every state, and random sequences.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod acts;
mod branches;
mod cast;
mod extension;
mod mistakes;
mod moves;
mod properties;
mod random;
mod rules;
mod signatures;
mod simulation;
mod table;
mod versions;
mod votes;
mod written;
