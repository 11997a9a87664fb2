//! The rules of Duban, pure: no I/O, no clock, no randomness, no async, no words for people.
//!
//! Everything that varies (the moment, ids, the organisation, the calendar) comes in as an argument, and what should
//! follow from a decision goes out as a value. The same arguments always give the same answer.
//!
//! In reading order:
//! - [`id`], [`org`], [`calendar`]: who and when;
//! - [`reason`]: how "no" is said;
//! - [`document`]: papers, their fields, checks and differences.

pub mod calendar;
pub mod document;
pub mod id;
pub mod org;
pub mod reason;
