//! `/mail/mute/{token}`: where the unsubscribe link of a mail leads (RFC 8058). Opening it shows a page and changes
//! nothing; its form, or the mail program's own button, stops the mails that may be stopped. It needs no sign-in: the
//! token can do this one thing.
//!
//! Programs that look at links for safety's sake send the forms they find, as they find them. So the field that RFC 8058
//! asks for is a box on our form that a person ticks; a form that comes without it changes nothing.

use crate::app::App;
use crate::error::PageError;
use crate::extract::Visitor;
use crate::mail::unsubscribe;
use crate::visit::Page;
use axum::body::Bytes;
use axum::extract::{Path, State};
use serde::Serialize;

#[derive(Serialize)]
struct MuteView {
    token: String,
    muted: bool,
    /// True when the form came without its box ticked.
    unticked: bool,
}

/// `GET /mail/mute/{token}`. Says nothing about whether the token is one of ours.
pub async fn show(visitor: Visitor, Path(token): Path<String>) -> Result<Page, PageError> {
    let view = MuteView {
        token,
        muted: false,
        unticked: false,
    };
    visitor.page("pages/mute", &view)
}

/// `POST /mail/mute/{token}`.
pub async fn mute(
    State(app): State<App>,
    visitor: Visitor,
    Path(token): Path<String>,
    body: Bytes,
) -> Result<Page, PageError> {
    let whose = unsubscribe::person(&app, &token).await?.ok_or(PageError::SignedOut)?;
    let ticked = says_one_click(&body);
    if ticked {
        app.service.mute_all(whose).await?;
    }
    let view = MuteView {
        token,
        muted: ticked,
        unticked: !ticked,
    };
    let page = visitor.page("pages/mute", &view)?;
    Ok(if ticked { page } else { page.refused() })
}

/// Whether a body carries `List-Unsubscribe=One-Click`. RFC 8058 lets mail programs choose either form of a body, and
/// there is only this one field to look for.
fn says_one_click(body: &[u8]) -> bool {
    let body = String::from_utf8_lossy(body);
    body.contains("List-Unsubscribe=One-Click")
        || body
            .split_once("name=\"List-Unsubscribe\"")
            .is_some_and(|(_, rest)| rest.trim_start().starts_with("One-Click"))
}

#[cfg(test)]
mod tests {
    use super::says_one_click;

    #[test]
    fn both_kinds_of_body_are_understood_and_an_unticked_form_says_nothing() {
        assert!(says_one_click(b"List-Unsubscribe=One-Click"));
        assert!(says_one_click(b"csrf=1&List-Unsubscribe=One-Click"));
        let parts = "--B\r\nContent-Disposition: form-data; name=\"List-Unsubscribe\"\r\n\r\nOne-Click\r\n--B--\r\n";
        assert!(says_one_click(parts.as_bytes()));
        assert!(!says_one_click(b""));
        assert!(!says_one_click(b"csrf=0123"));
    }
}
