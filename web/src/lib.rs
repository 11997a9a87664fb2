//! Pages, JSON API, command line and mail: the only crate that knows HTTP, templates and SMTP.
//!
//! Reading order: [`cli`] and [`config`] say how the program is started, [`serve`] puts it together, [`routes`] is the
//! one table of what it answers, [`pages`] holds one file per page. The rest is what every page leans on:
//! [`visit`] (who is asking, in which language), [`extract`], [`csrf`], [`view`], [`i18n`], [`error`], [`assets`].
//!
//! Deliberately absent: rules (core), transactions (service), tables (store). No text for people stands in this
//! crate's Rust code; it stands in `locales/` and `templates/`.

pub mod answer;
pub mod api;
pub mod app;
pub mod assets;
pub mod breakdown;
pub mod channel;
pub mod cli;
pub mod config;
pub mod csrf;
pub mod error;
pub mod extract;
pub mod gate;
pub mod i18n;
pub mod intake;
pub mod listen;
pub mod mail;
pub mod pages;
pub mod routes;
pub mod schedule;
pub mod serve;
pub mod session;
pub mod tls;
pub mod view;
pub mod visit;
