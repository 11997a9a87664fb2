//! Soundness, judged three times: by the engine, by a second algorithm written here, and by pm4py.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod blocks;
mod brute;
mod judge;
mod verdicts;
