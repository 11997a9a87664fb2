//! A notice as a file.
