//! One program for all tests that play against whole parts: the store on real databases, the service, the binary.

mod access;
mod api;
mod axe;
mod campaign;
mod crash;
mod finding;
mod harness;
mod headers;
mod journeys;
mod mail;
mod notices;
mod papers;
mod schema;
mod service;
mod tidy;
