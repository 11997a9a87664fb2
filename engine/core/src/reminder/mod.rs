//! Reminders: rules as values, and who is due to be reminded of what.
//!
//! [`rule`] says what a rule is; [`due`] applies rules to open clocks at one moment; [`hours`] says when mail may leave. Nothing here sends anything,
//! and nothing outside decides whether somebody is to be reminded.

pub mod due;
pub mod hours;
pub mod rule;

pub use due::{Occurrence, OpenClock, Situation, due, next_runs, skipped, still_due};
pub use hours::Hours;
pub use rule::{CatchUp, Delivery, Recipient, Rule, Rung, Step, Watch};
