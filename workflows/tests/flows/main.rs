//! The shipped definitions, played: every move, every command in every state, and random sequences.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod cast;
mod mistakes;
mod moves;
mod properties;
mod rules;
mod simulation;
mod table;
