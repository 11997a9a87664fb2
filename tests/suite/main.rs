//! One program for all tests that play against whole parts: the store on real databases, the service, the binary.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

mod access;
mod acts;
mod ahead;
mod amendment;
mod api;
mod audit;
mod axe;
mod bars;
mod batch;
mod calendar;
mod calm;
mod campaign;
mod clocks;
mod crash;
mod delegation;
mod delivery;
mod finding;
mod graph;
mod hand_over;
mod harness;
mod headers;
mod import;
mod journeys;
mod liveness;
mod mail;
mod merger;
mod migration;
mod new_unit;
mod notices;
mod papers;
mod parallel_work;
mod races;
mod schema;
mod service;
mod simulation;
mod tidy;
mod year_of_mail;
