//! `GET /`: leads everyone to where their work is.

use crate::extract::Visitor;
use crate::visit::{BUSINESS, see_other};
use axum::response::Response;
use duban_core::org::Role;

/// Redirects to the inbox, to an administrator's own page, or to the sign-in.
pub async fn show(visitor: Visitor) -> Response {
    let target = match visitor.caller() {
        None => "/login",
        Some(caller) if caller.has_any(BUSINESS) => "/inbox",
        Some(caller) if caller.has_any(&[Role::Sysadmin, Role::Secadmin]) => "/admin/people",
        Some(caller) if caller.has(Role::Auditor) => "/audit",
        Some(_) => "/help",
    };
    see_other(target)
}
