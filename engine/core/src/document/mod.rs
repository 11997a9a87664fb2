//! Papers: what they contain, how they are checked, how two revisions differ.
//!
//! - [`content`]: the values as typed;
//! - [`field`]: the one list of document types and their fields; forms, details and lists render from it;
//! - [`annual_plan`], [`rectification`]: the two types, and how each opens prefilled;
//! - [`finding`]: what an inspector found, and the completion rate;
//! - [`validate`]: every field by its specification;
//! - [`coverage`]: does the paper answer everything that was asked of the unit;
//! - [`edit`]: what one save may change;
//! - [`difference`], [`revision`]: what changed between two revisions, and the hash of one;
//! - [`trail`]: what people read of a document's events.

pub mod amended;
pub mod annual_plan;
pub mod content;
pub mod coverage;
pub mod difference;
pub mod edit;
pub mod field;
pub mod finding;
mod limits;
pub mod rectification;
pub mod revision;
pub mod trail;
pub mod validate;
