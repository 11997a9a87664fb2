//! Soundness, judged three times: by the engine, by a second algorithm written here, and by pm4py.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod blocks;
mod brute;
#[path = "../flows/cast.rs"]
#[allow(dead_code, reason = "the other tests use the rest of it")]
mod cast;
mod conform;
mod exports;
mod judge;
#[path = "../support/proof.rs"]
mod proof;
mod verdicts;
