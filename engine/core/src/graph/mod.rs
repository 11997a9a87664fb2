//! The department graph: who leads which task, who supports, and so who waits for whom.
//!
//! [`build`] makes it from the confirmed assignments; [`order`] finds groups that wait on each other and an order;
//! [`blocking`] says what is held up now; [`impact`] what slips when one unit is late; [`partner`] who co-signs whose
//! plan; [`export`] and [`picture`] write it down.

pub mod blocking;
pub mod build;
pub mod export;
pub mod impact;
pub mod order;
pub mod partner;
pub mod picture;

pub use blocking::Blocked;
pub use build::{Assignment, Edge, Graph, Part, Weight};
pub use export::{Exported, Labels};
pub use impact::Slip;
pub use order::{Group, Wait};

#[cfg(test)]
mod tests;
