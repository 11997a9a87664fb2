//! Definitions and histories for other tools, one file for each format.

pub mod pnml;
pub mod xes;
mod xml;
