//! `GET /help`: one page, a section per role, at the same place in every layout.

use crate::error::PageError;
use crate::extract::Visitor;
use crate::visit::Page;
use duban_core::org::Role;
use serde::Serialize;

#[derive(Serialize)]
struct HelpView {
    roles: Vec<RoleHelp>,
}

#[derive(Serialize)]
struct RoleHelp {
    code: &'static str,
    mine: bool,
}

/// Shows the help; the sections of the caller's own roles are marked and come first.
pub async fn show(visitor: Visitor) -> Result<Page, PageError> {
    let mut roles: Vec<_> = Role::ALL
        .iter()
        .map(|role| RoleHelp {
            code: role.code(),
            mine: visitor.caller().is_some_and(|caller| caller.has(*role)),
        })
        .collect();
    roles.sort_by_key(|role| !role.mine);
    visitor.page("pages/help", &HelpView { roles })
}
