//! What every request passes: outside, [`around`] (number, host, headers, error pages, time taken); at each row of the
//! route table, [`admit`] (size, forgery, who may come in).
//!
//! A page behind the gate can rely on it: a caller that the row does not admit never reaches the handler, and neither
//! does a changing request whose form token is wrong.

use crate::app::App;
use crate::error::PageError;
use crate::extract::Visitor;
use crate::i18n::Locale;
use crate::routes::{Admission, Who};
use crate::session;
use crate::visit::{Visit, see_other};
use crate::{csrf, visit};
use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{ConnectInfo, FromRequest, FromRequestParts, Multipart, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use std::net::{IpAddr, SocketAddr};
use std::pin::Pin;
use std::sync::atomic::Ordering;
use std::sync::{Arc, OnceLock};
use std::time::Instant;

const CSP: &str = "default-src 'self'; frame-ancestors 'none'; base-uri 'none'; form-action 'self'; object-src 'none'";

/// Everything outside the route table: gives the request its number, refuses foreign hosts, finds out who is asking,
/// turns errors into pages, and sets the security headers of every answer.
pub async fn around(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let started = Instant::now();
    let request_id = uuid::Uuid::now_v7().simple().to_string();
    let path = request.uri().path().to_owned();
    let method = request.method().clone();
    let machine = is_for_machines(&path);
    let known_host = has_known_host(&app, request.headers()) || path == "/healthz" || path == "/readyz";
    let asked = Asked {
        headers: request.headers().clone(),
        uri: request.uri().clone(),
        source: source(&app, &request),
    };
    let visit = match make_visit(&app, asked, &request_id, machine).await {
        Ok(visit) => visit,
        Err(error) => {
            let mut response = error.into_response();
            set_headers(&app, &mut response, &request_id, true);
            return response;
        }
    };
    let (visit, fresh_guest) = visit;
    request.extensions_mut().insert(Arc::clone(&visit));
    let mut response = if known_host {
        next.run(request).await
    } else {
        PageError::Misdirected.into_response()
    };
    if path.starts_with("/api/") {
        response = crate::api::problem::body(&visit, response);
    }
    if !machine {
        let changing = method != Method::GET && method != Method::HEAD;
        response = error_page(&visit, response, changing);
        if fresh_guest && is_html(&response) {
            let https = app.config.https();
            if let Some(cookie) = session::set_secret(session::guest_name(https), &visit.secret, https) {
                response.headers_mut().append(header::SET_COOKIE, cookie);
            }
        }
    }
    let keep = response.headers().contains_key(header::CACHE_CONTROL);
    set_headers(&app, &mut response, &request_id, !keep);
    let took = started.elapsed();
    if let Ok(value) = HeaderValue::from_str(&format!("app;dur={:.1}", took.as_secs_f64() * 1000.0)) {
        response.headers_mut().insert("server-timing", value);
    }
    let status = response.status().as_u16();
    let ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
    tracing::info!(%request_id, %method, path, status, ms, "{method} {path} answered {status} in {ms} ms");
    response
}

/// Addresses whose answers are never pages.
fn is_for_machines(path: &str) -> bool {
    path.starts_with("/static/") || path.starts_with("/api/") || path == "/healthz" || path == "/readyz"
}

fn is_html(response: &Response) -> bool {
    let kind = response
        .headers()
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("text/html"))
}

fn has_known_host(app: &App, headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok());
    host.is_some_and(|host| app.config.hosts.iter().any(|known| known.eq_ignore_ascii_case(host)))
}

/// Where the request came from: the peer, or what a listed proxy says about it.
fn source(app: &App, request: &Request) -> Option<IpAddr> {
    let peer = request
        .extensions()
        .get::<ConnectInfo<SocketAddr>>()
        .map(|info| info.0.ip())?;
    if !app.config.proxies.contains(&peer) {
        return Some(peer);
    }
    let forwarded = request
        .headers()
        .get("x-forwarded-for")
        .and_then(|value| value.to_str().ok());
    // The last entry is the one that our own proxy has added; those before it are the sender's word.
    forwarded
        .and_then(|list| list.rsplit(',').next()?.trim().parse().ok())
        .or(Some(peer))
}

/// What is known of a request before anything is read from it.
struct Asked {
    headers: HeaderMap,
    uri: Uri,
    source: Option<IpAddr>,
}

/// Finds out who is asking. The second value says that a guest's secret was made just now.
async fn make_visit(app: &App, asked: Asked, request_id: &str, machine: bool) -> Result<(Arc<Visit>, bool), PageError> {
    let Asked { headers, uri, source } = asked;
    let headers = &headers;
    let https = app.config.https();
    let caller = OnceLock::new();
    let mut secret = None;
    if let (false, Some(token)) = (machine, session::cookie(headers, session::session_name(https)))
        && let Some(found) = crate::pages::login::caller(app, &token, source).await?
    {
        secret = Some(token);
        let _ = caller.set(found);
    }
    let (secret, fresh) = match secret.or_else(|| session::cookie(headers, session::guest_name(https))) {
        Some(secret) => (secret, false),
        None => (session::fresh_secret(), true),
    };
    let chosen = session::cookie(headers, session::LOCALE).and_then(|tag| Locale::from_tag(&tag));
    let own = caller.get().and_then(|caller| Locale::from_tag(&caller.locale));
    let accepted = headers
        .get(header::ACCEPT_LANGUAGE)
        .and_then(|value| value.to_str().ok());
    let locale = chosen
        .or(own)
        .or_else(|| accepted.and_then(Locale::negotiate))
        .unwrap_or(app.config.locale);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    let query = uri.query().unwrap_or_default();
    let alerts = match caller.get() {
        Some(caller) => app.service.unread_alerts(caller.person).await?,
        None => 0,
    };
    let visit = Visit {
        app: app.clone(),
        alerts,
        locale,
        large: session::cookie(headers, session::LARGE).is_some_and(|value| value == "1"),
        request_id: request_id.to_owned(),
        path: path.to_owned(),
        done: query
            .split('&')
            .find_map(|pair| pair.strip_prefix("done=").map(str::to_owned)),
        source,
        agent: headers
            .get(header::USER_AGENT)
            .and_then(|agent| agent.to_str().ok())
            .map(str::to_owned),
        secret,
        caller,
    };
    Ok((Arc::new(visit), fresh))
}

/// Renders the page of an error that a handler, an extractor or the router has answered with.
fn error_page(visit: &Visit, mut response: Response, changing: bool) -> Response {
    let status = response.status();
    let error = response.extensions_mut().remove::<PageError>();
    let bare = (status.is_client_error() || status.is_server_error()) && !is_html(&response);
    let Some(error) = error.or_else(|| bare.then(|| PageError::from_status(status))) else {
        return response;
    };
    if let PageError::TooMany { retry_after } = &error {
        response
            .headers_mut()
            .insert(header::RETRY_AFTER, HeaderValue::from(*retry_after));
    }
    let rendered = visit.page("pages/error", &error.view(changing));
    match rendered {
        Ok(page) => {
            let mut page = page.with_status(error.status()).into_response();
            for (name, value) in response.headers() {
                if name != header::CONTENT_TYPE && name != header::CONTENT_LENGTH {
                    page.headers_mut().append(name, value.clone());
                }
            }
            page
        }
        Err(_) => error.status().into_response(),
    }
}

fn set_headers(app: &App, response: &mut Response, request_id: &str, no_store: bool) {
    let headers = response.headers_mut();
    let mut set = |name: &'static str, value: &'static str| {
        let name = HeaderName::from_static(name);
        if !headers.contains_key(&name) {
            headers.insert(name, HeaderValue::from_static(value));
        }
    };
    set("content-security-policy", CSP);
    set("x-content-type-options", "nosniff");
    set("referrer-policy", "same-origin");
    set("cross-origin-opener-policy", "same-origin");
    set("cross-origin-resource-policy", "same-origin");
    set("permissions-policy", "camera=(), microphone=(), geolocation=()");
    if app.config.https() {
        set("strict-transport-security", "max-age=31536000");
    }
    if no_store {
        set("cache-control", "no-store");
    }
    if let Ok(value) = HeaderValue::from_str(request_id) {
        headers.insert("x-request-id", value);
    }
}

/// At one row of the route table: size of the body, forgery, who may come in.
pub async fn admit(State((app, admission)): State<(App, Admission)>, request: Request, next: Next) -> Response {
    match check(&app, admission, request).await {
        Ok(request) => next.run(request).await,
        Err(response) => *response,
    }
}

async fn check(app: &App, admission: Admission, request: Request) -> Result<Request, Box<Response>> {
    let refuse = |error: PageError| Box::new(error.into_response());
    let (mut parts, body) = request.into_parts();
    let Visitor(visit) = Visitor::from_request_parts(&mut parts, &()).await.map_err(refuse)?;
    let safe = parts.method == Method::GET || parts.method == Method::HEAD;
    // Who, before anything is read: a stranger's body is not worth reading.
    match admission.who {
        Who::Anyone | Who::Token => {}
        Who::SignedIn | Who::Roles(_) => {
            let Some(caller) = visit.caller() else {
                if !safe {
                    return Err(refuse(PageError::SignedOut));
                }
                let next = percent_encoding::utf8_percent_encode(&visit.path, percent_encoding::NON_ALPHANUMERIC);
                return Err(Box::new(see_other(&format!("/login?next={next}"))));
            };
            if caller.must_change_password && !matches!(parts.uri.path(), "/password" | "/logout" | "/preferences") {
                return Err(Box::new(visit::see_other("/password")));
            }
            if let Who::Roles(roles) = admission.who
                && !caller.has_any(roles)
            {
                return Err(refuse(PageError::Forbidden(vec![duban_core::reason::Reason::new(
                    "role_missing",
                )])));
            }
        }
    }
    if safe {
        return Ok(Request::from_parts(parts, body));
    }
    let bytes = measured(body, admission.body_limit).await;
    let bytes = bytes.ok_or_else(|| refuse(PageError::TooLarge))?;
    if !matches!(admission.who, Who::Token) {
        let host = parts
            .headers
            .get(header::HOST)
            .and_then(|host| host.to_str().ok())
            .unwrap_or_default();
        let scheme = if app.config.https() { "https" } else { "http" };
        let forged = csrf::is_foreign(&parts.headers, &format!("{scheme}://{host}"))
            || !carries_token(&parts.headers, &bytes, &visit.secret).await;
        if forged {
            return Err(refuse(PageError::Forged));
        }
    }
    Ok(Request::from_parts(parts, Body::from(bytes)))
}

/// How much of a body that is too large is still taken off the line, so that its sender reads the answer instead of a
/// broken connection.
const DRAIN: usize = 32 * 1024 * 1024;

/// The whole body, or none when it is larger than `limit` or breaks off. Never keeps more than `limit`.
async fn measured(mut body: Body, limit: usize) -> Option<Bytes> {
    let mut kept = Vec::new();
    let mut seen = 0_usize;
    while let Some(frame) = std::future::poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        let Ok(data) = frame.ok()?.into_data() else { continue };
        seen = seen.saturating_add(data.len());
        if seen <= limit {
            kept.extend_from_slice(&data);
        } else {
            kept = Vec::new();
            if seen > limit.max(DRAIN) {
                return None;
            }
        }
    }
    (seen <= limit).then(|| kept.into())
}

/// True when the request carries the form token in the header that scripts set, in a field of a form, or in a field of
/// a form with files.
async fn carries_token(headers: &HeaderMap, body: &Bytes, secret: &str) -> bool {
    if let Some(given) = headers.get(csrf::HEADER).and_then(|value| value.to_str().ok()) {
        return csrf::matches(secret, given);
    }
    let kind = headers
        .get(header::CONTENT_TYPE)
        .and_then(|kind| kind.to_str().ok())
        .unwrap_or_default();
    if kind.starts_with("application/x-www-form-urlencoded") {
        // The token is hexadecimal, so it stands in the body as it is.
        return body
            .split(|byte| *byte == b'&')
            .filter_map(|pair| pair.strip_prefix(b"csrf="))
            .any(|given| std::str::from_utf8(given).is_ok_and(|given| csrf::matches(secret, given)));
    }
    if kind.starts_with("multipart/form-data") {
        let mut copy = Request::new(Body::from(body.clone()));
        // The row's own limit has been kept; the framework's is another, smaller one.
        axum::extract::DefaultBodyLimit::disable().apply(&mut copy);
        if let Some(kind) = headers.get(header::CONTENT_TYPE) {
            copy.headers_mut().insert(header::CONTENT_TYPE, kind.clone());
        }
        let Ok(mut multipart) = Multipart::from_request(copy, &()).await else {
            return false;
        };
        while let Ok(Some(field)) = multipart.next_field().await {
            if field.name() == Some(csrf::FIELD) {
                return field
                    .text()
                    .await
                    .is_ok_and(|given| csrf::matches(secret, given.trim()));
            }
        }
    }
    false
}

/// `GET /healthz`: the process answers.
pub async fn healthz() -> &'static str {
    "ok\n"
}

/// `GET /readyz`: the database answers, too, and a demo has been filled.
pub async fn readyz(State(app): State<App>) -> Response {
    if !app.ready.load(Ordering::Acquire) {
        (StatusCode::SERVICE_UNAVAILABLE, "preparing\n").into_response()
    } else if app.service.store().is_alive().await {
        "ok\n".into_response()
    } else {
        (StatusCode::SERVICE_UNAVAILABLE, "database\n").into_response()
    }
}
