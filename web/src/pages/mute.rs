//! `/mail/mute/{token}`: where the unsubscribe link of a mail leads (RFC 8058). Opening it shows a page and changes
//! nothing; the button on it, or the mail program's own, stops the mails that may be stopped. It needs no sign-in: the
//! token can do this one thing.

use crate::app::App;
use crate::error::PageError;
use crate::extract::Visitor;
use crate::mail::unsubscribe;
use crate::visit::Page;
use axum::extract::{Path, State};
use serde::Serialize;

#[derive(Serialize)]
struct MuteView {
    token: String,
    muted: bool,
}

/// `GET /mail/mute/{token}`. Says nothing about whether the token is one of ours.
pub async fn show(visitor: Visitor, Path(token): Path<String>) -> Result<Page, PageError> {
    visitor.page("pages/mute", &MuteView { token, muted: false })
}

/// `POST /mail/mute/{token}`.
pub async fn mute(State(app): State<App>, visitor: Visitor, Path(token): Path<String>) -> Result<Page, PageError> {
    let whose = unsubscribe::person(&app, &token).await?.ok_or(PageError::SignedOut)?;
    app.service.mute_all(whose).await?;
    visitor.page("pages/mute", &MuteView { token, muted: true })
}
