//! The department graph: who leads which task, who supports, and so who waits for whom.
//!
//! [`build`] makes it from the confirmed assignments, [`dated`] as they fall on the units of a date; [`order`] finds
//! groups that wait on each other and an order; [`blocking`] and [`now`] say what is held up now and whose next act
//! frees most; [`course`], [`impact`] and [`critical`] reckon with the clocks: what slips when one unit is late, and
//! which plans decide the last day; [`bridge`] and [`check`] look at the assignments themselves; [`partner`] says who
//! co-signs whose plan; [`around`] and [`parties`] prepare views; [`export`] and [`picture`] write them down.

pub mod around;
mod bits;
pub mod blocking;
pub mod bridge;
pub mod build;
pub mod check;
pub mod course;
pub mod critical;
pub mod dated;
pub mod export;
pub mod impact;
pub mod now;
pub mod order;
pub mod parties;
pub mod partner;
pub mod picture;

pub use around::Around;
pub use blocking::Blocked;
pub use bridge::Bridge;
pub use build::{Assignment, Edge, Graph, Part, Weight};
pub use check::OddLead;
pub use course::{Course, Leg, Today};
pub use critical::{Critical, Step};
pub use dated::Lineage;
pub use export::{Exported, Labels};
pub use impact::Slip;
pub use now::{Freeing, Now, Turn, WaitNow};
pub use order::{Group, Wait};
pub use parties::{Parties, Party};

#[cfg(test)]
mod tests;
