//! One request as a page sees it: who is asking, in which language, with which form token. Made once by the gate.

use crate::app::App;
use crate::csrf;
use crate::error::PageError;
use crate::i18n::Locale;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};
use duban_core::org::Role;
use duban_service::Caller;
use serde::Serialize;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::OnceLock;

/// One request.
pub struct Visit {
    /// The running program.
    pub app: App,
    /// The language of the answer.
    pub locale: Locale,
    /// Large print (大字版) was chosen.
    pub large: bool,
    /// The request's number, in the log and on error pages.
    pub request_id: String,
    /// Path and query of the request.
    pub path: String,
    /// `key` when the address says `?done=key`: what the page before has just done.
    pub done: Option<String>,
    /// Where the request came from, if the listener knew.
    pub source: Option<IpAddr>,
    /// What the browser calls itself.
    pub agent: Option<String>,
    /// What the browser's cookie holds: the session's secret, or a guest's.
    pub secret: String,
    /// How many alerts the caller has not seen.
    pub alerts: u64,
    pub(crate) caller: OnceLock<Caller>,
}

/// What the layout shows around every page.
#[derive(Debug, Serialize)]
pub struct Layout<'a> {
    locale: &'static str,
    large: bool,
    csrf: String,
    path: &'a str,
    request_id: &'a str,
    organisation: &'a str,
    demo: bool,
    version: &'static str,
    done: Option<&'a str>,
    person: Option<PersonView<'a>>,
    alerts: u64,
    nav: Vec<NavItem>,
}

#[derive(Debug, Serialize)]
struct PersonView<'a> {
    name: &'a str,
    username: &'a str,
}

#[derive(Debug, Serialize)]
struct NavItem {
    key: &'static str,
    href: &'static str,
    current: bool,
}

#[derive(Serialize)]
struct Root<'a, V> {
    layout: Layout<'a>,
    #[serde(flatten)]
    view: &'a V,
}

/// Roles that work with papers, as opposed to the three administrators.
pub const BUSINESS: &[Role] = &[
    Role::Drafter,
    Role::Deputy,
    Role::Head,
    Role::Cosigner,
    Role::Coordinator,
    Role::Office,
    Role::Leader,
    Role::Inspector,
    Role::Observer,
];

/// Roles that see the whole district.
pub const DISTRICT: &[Role] = &[
    Role::Coordinator,
    Role::Office,
    Role::Leader,
    Role::Inspector,
    Role::Observer,
];

/// The entries of the navigation: text key below `nav.`, address, who sees it. Seeing an entry gives no right.
const NAV: &[(&str, &str, &[Role])] = &[
    ("inbox", "/inbox", BUSINESS),
    ("campaigns", "/campaigns", BUSINESS),
    ("findings", "/findings", BUSINESS),
    ("graph", "/graph", BUSINESS),
    ("notices", "/admin/notices/new", &[Role::Office]),
    (
        "reminders",
        "/admin/reminders",
        &[Role::Office, Role::Coordinator, Role::Sysadmin],
    ),
    ("calendar", "/admin/calendar", &[Role::Office, Role::Sysadmin]),
    ("people", "/admin/people", &[Role::Sysadmin, Role::Secadmin]),
    ("audit", "/audit", &[Role::Auditor]),
];

impl Visit {
    /// The signed-in person, if any.
    pub fn caller(&self) -> Option<&Caller> {
        self.caller.get()
    }

    /// The token that forms carry in the field `csrf`.
    pub fn csrf(&self) -> String {
        csrf::token(&self.secret)
    }

    /// A text of this visit's language.
    pub fn text(&self, key: &str) -> String {
        self.app.texts.plain(self.locale, key)
    }

    /// A text of this visit's language with its places filled.
    pub fn text_with(&self, key: &str, args: &[(&str, &str)]) -> String {
        let args: BTreeMap<_, _> = args.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect();
        self.app.texts.text(self.locale, key, &args)
    }

    /// Renders a page. `view` must be a struct or a map; the layout is added to it under `layout`.
    pub fn page<V: Serialize>(&self, template: &str, view: &V) -> Result<Page, PageError> {
        let root = Root {
            layout: self.layout(),
            view,
        };
        let html = self.app.views.html(template, self.locale, &root)?;
        Ok(Page {
            status: StatusCode::OK,
            html,
        })
    }

    /// Renders part of a page, without a layout, for a script that puts it into the page.
    pub fn fragment<V: Serialize>(&self, template: &str, view: &V) -> Result<Page, PageError> {
        self.page(template, view)
    }

    fn layout(&self) -> Layout<'_> {
        let caller = self.caller();
        let path = self.path.split('?').next().unwrap_or_default();
        let nav = caller.map_or_else(Vec::new, |caller| {
            let seen = NAV.iter().filter(|(_, _, roles)| caller.has_any(roles));
            seen.map(|(key, href, _)| NavItem {
                key,
                href,
                current: path == *href || path.strip_prefix(href).is_some_and(|rest| rest.starts_with('/')),
            })
            .collect()
        });
        let done = self
            .done
            .as_deref()
            .filter(|key| self.app.texts.has(self.locale, &format!("done.{key}")));
        Layout {
            locale: self.locale.tag(),
            large: self.large,
            csrf: self.csrf(),
            path: &self.path,
            request_id: &self.request_id,
            organisation: &self.app.config.organisation,
            demo: self.app.config.demo,
            version: env!("CARGO_PKG_VERSION"),
            done,
            person: caller.map(|caller| PersonView {
                name: &caller.name,
                username: &caller.username,
            }),
            alerts: self.alerts,
            nav,
        }
    }
}

/// A rendered page.
#[derive(Clone, Debug)]
pub struct Page {
    status: StatusCode,
    html: String,
}

impl Page {
    /// The same page with another status, as 422 for a form that comes back.
    #[must_use]
    pub fn with_status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// The same page as the answer to a form that could not be taken (422).
    #[must_use]
    pub fn refused(self) -> Self {
        self.with_status(StatusCode::UNPROCESSABLE_ENTITY)
    }
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        (self.status, Html(self.html)).into_response()
    }
}

/// 303: where a successful form leads. `path` must be a path of this service.
pub fn see_other(path: &str) -> Response {
    let path = local_path(path).unwrap_or("/");
    let location = percent_encoding::utf8_percent_encode(path, UNSAFE).to_string();
    match HeaderValue::from_str(&location) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => PageError::Internal.into_response(),
    }
}

/// 303 to `path` with `?done=key`, so that the next page says what has been done.
pub fn done(path: &str, key: &str) -> Response {
    let (path, fragment) = path
        .split_once('#')
        .map_or((path, ""), |(path, fragment)| (path, fragment));
    let joint = if path.contains('?') { '&' } else { '?' };
    let hash = if fragment.is_empty() { "" } else { "#" };
    see_other(&format!("{path}{joint}done={key}{hash}{fragment}"))
}

/// Characters that do not belong into a `Location` header as they are.
const UNSAFE: &percent_encoding::AsciiSet = &percent_encoding::CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'<')
    .add(b'>')
    .add(b'\\');

/// `path` when it is a path of this service: begins with one slash, and nothing a browser could read as another host.
pub fn local_path(path: &str) -> Option<&str> {
    let rest = path.strip_prefix('/')?;
    let harmless = !rest.starts_with(['/', '\\']) && !path.chars().any(|c| c.is_control() || c == '\\');
    harmless.then_some(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_paths_are_redirected_to() {
        for good in ["/", "/inbox?box=todo", "/documents/7#line-3"] {
            assert_eq!(local_path(good), Some(good));
        }
        for bad in [
            "",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "javascript:x",
            "/a\r\nb: c",
            "/\t/evil",
        ] {
            assert_eq!(local_path(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn done_keeps_query_and_fragment() {
        let location = |path| {
            done(path, "saved").headers()[header::LOCATION]
                .to_str()
                .unwrap()
                .to_owned()
        };
        assert_eq!(location("/a"), "/a?done=saved");
        assert_eq!(location("/a?b=1#c"), "/a?b=1&done=saved#c");
    }
}
