//! The rules of Duban, pure: no I/O, no clock, no randomness, no async, no words for people.
//!
//! Everything that varies (the moment, ids, the organisation, the calendar) comes in as an argument, and what should
//! follow from a decision goes out as a value. The same arguments always give the same answer.
//!
//! In reading order:
//! - [`id`], [`org`] (with [`table`]), [`calendar`], [`clock`]: who and when;
//! - [`reason`]: how "no" is said;
//! - [`document`]: papers, their fields, checks and differences;
//! - [`notice`]: reading the text that everything starts from.
//! - [`graph`]: who waits for whom; [`reminder`]: who is to be reminded, and when; [`picture`]: SVG.
//! - [`workflow`]: definitions of ways, documents on their way, decisions.

pub mod audit;
pub mod calendar;
pub mod clock;
pub mod document;
pub mod graph;
pub mod id;
pub mod notice;
pub mod org;
pub mod picture;
pub mod policy;
pub mod reason;
pub mod reminder;
pub mod succession;
pub mod table;
pub mod workflow;
