//! One file per page: its form, what its template sees, and its handlers together.
//!
//! A handler unpacks the request, makes one call to the service, and shows one view. A form that was taken redirects
//! (303); one that was not comes back with status 422, everything typed still there and a summary on top.

pub mod alerts;
pub mod audit;
pub mod batch;
pub mod calendar;
pub mod campaign;
pub mod dev_mail;
pub mod document;
pub mod evidence;
pub mod findings;
pub mod graph;
pub mod hand_over;
pub mod help;
pub mod home;
pub mod inbox;
pub mod login;
pub mod me;
pub mod mute;
pub mod notice;
pub mod password;
pub mod people;
pub mod preferences;
pub mod reminder_rule;
pub mod reminders;
pub mod setup;
pub mod simulation;
pub mod styleguide;
pub mod task;
pub mod unit;
pub mod urge;
pub mod workflows;
