//! The harness: a running world to play in, and the people who play in it.
//!
//! - [`world`]: the real binary on a free port, in a folder of its own, with a clock that is moved by hand;
//! - [`visitor`]: a person at a browser without scripts, over plain HTTP: signs in, reads, fills in forms;
//! - [`api`]: a program at the JSON API;
//! - [`browser`]: a real Chromium, with or without scripts;
//! - [`district`]: a small district behind the service alone, without pages;
//! - [`office`]: LibreOffice, which makes documents of text;
//! - [`node`]: the server as in production, one of several, on a machine whose clock is set from outside;
//! - [`network`]: a network of a test's own, and its packet filter;
//! - [`cable`]: a connection that can be pulled out;
//! - [`postgres`]: a PostgreSQL server of the test's own;
//! - [`postfix`]: a Postfix with greylisting of the test's own;
//! - [`smtp`]: an SMTP server of the test's own, with faults on demand;
//! - [`proof`]: how many times a bar is tried.
//!
//! Setup goes through the same doors as people use; a test reads what a person would read.

#![expect(clippy::expect_used, reason = "a harness fails the test that uses it by panicking")]

pub mod api;
pub mod browser;
pub mod cable;
pub mod certificate;
pub mod district;
pub mod network;
pub mod node;
pub mod office;
pub mod postfix;
pub mod postgres;
pub mod proof;
pub mod smtp;
pub mod visitor;
pub mod world;
