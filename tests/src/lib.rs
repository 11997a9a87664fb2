//! The harness.

pub mod postgres;
