//! Definition and reminder files in, core values out.
//!
//! - [`format`]: the file format of workflow definitions, with line numbers for every problem;
//! - `form`: the part of that format that describes a form of its own;
//! - [`registry`]: the definitions this program ships with, and those of a folder;
//! - [`diagram`]: pictures of definitions;
//! - [`difference`]: what changed between two versions;
//! - [`export`]: definitions and histories for other tools;
//! - [`reminders`]: reminder rules.

pub mod diagram;
pub mod difference;
pub mod export;
mod form;
pub mod format;
pub mod registry;
pub mod reminders;

pub use format::{Located, Source, read};
pub use registry::{LoadError, Registry, check};
