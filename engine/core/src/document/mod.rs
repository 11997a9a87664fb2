//! Papers: what they contain, how they are checked, how two revisions differ.

pub mod content;
