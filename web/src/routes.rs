//! The one table of what this service answers: method, path, who is admitted, how large a body may be, handler.
//!
//! Who is admitted here is only the door. What a person may do with a paper behind it is decided by the service and the
//! engine; a row never grants what they refuse. A test walks every row with every kind of person.

use crate::app::App;
use crate::error::PageError;
use crate::{api, assets, gate, pages};
use axum::Router;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodFilter, MethodRouter, on};
use duban_core::org::Role;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, Predicate, SizeAbove};

/// Who passes the door of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Everybody, signed in or not.
    Anyone,
    /// Everybody with a session.
    SignedIn,
    /// Everybody with a session who holds a post with one of these roles.
    Roles(&'static [Role]),
    /// The JSON API, and the unsubscribe link of a mail: checks its token itself and takes no cookies, so that forms of other sites cannot use it.
    Token,
}

/// The door of a row.
#[derive(Clone, Copy, Debug)]
pub struct Admission {
    /// Who.
    pub who: Who,
    /// The largest body in bytes.
    pub body_limit: usize,
}

/// One row of the table.
pub struct Row {
    /// The method.
    pub method: Method,
    /// The path, with `{name}` for its variable parts.
    pub path: &'static str,
    /// The door.
    pub admission: Admission,
    handler: MethodRouter<App>,
}

/// Answers from this many bytes on are compressed for whoever takes them so: offices in villages sit behind slow lines.
const COMPRESSED_FROM: u64 = 1024;
/// Forms are small.
const FORM_LIMIT: usize = 256 * 1024;
/// Forms with a notice in them: the pages themselves tell anything above the largest notice kindly, up to here.
const UPLOAD_LIMIT: usize = 8 * 1024 * 1024;

fn row<H, T>(method: Method, filter: MethodFilter, path: &'static str, who: Who, handler: H) -> Row
where
    H: Handler<T, App>,
    T: 'static,
{
    Row {
        method,
        path,
        admission: Admission {
            who,
            body_limit: FORM_LIMIT,
        },
        handler: on(filter, handler),
    }
}

/// A row that reads.
pub fn get<H, T>(path: &'static str, who: Who, handler: H) -> Row
where
    H: Handler<T, App>,
    T: 'static,
{
    row(Method::GET, MethodFilter::GET, path, who, handler)
}

/// A row that changes something.
pub fn post<H, T>(path: &'static str, who: Who, handler: H) -> Row
where
    H: Handler<T, App>,
    T: 'static,
{
    row(Method::POST, MethodFilter::POST, path, who, handler)
}

/// A row that changes part of something (used by scripts).
pub fn patch<H, T>(path: &'static str, who: Who, handler: H) -> Row
where
    H: Handler<T, App>,
    T: 'static,
{
    row(Method::PATCH, MethodFilter::PATCH, path, who, handler)
}

/// A row that replaces something (the API only).
pub fn put<H, T>(path: &'static str, who: Who, handler: H) -> Row
where
    H: Handler<T, App>,
    T: 'static,
{
    row(Method::PUT, MethodFilter::PUT, path, who, handler)
}

impl Row {
    /// The same row for bodies of up to `bytes`.
    #[must_use]
    pub fn body_limit(mut self, bytes: usize) -> Self {
        self.admission.body_limit = bytes;
        self
    }
}

/// The table. Keep it in the order of the paths' first words.
#[rustfmt::skip]
pub fn table() -> Vec<Row> {
    use Who::{Anyone, Roles, SignedIn, Token};
    // Who registers notices; the service says the same.
    const REGISTRARS: Who = Roles(&[Role::Office]);
    vec![
        get("/", Anyone, pages::home::show),
        get("/admin/calendar", Roles(pages::calendar::READERS), pages::calendar::show),
        post("/admin/calendar", Roles(pages::calendar::READERS), pages::calendar::load),
        post("/admin/notices", REGISTRARS, pages::notice::confirm).body_limit(UPLOAD_LIMIT),
        post("/admin/notices/breakdown", REGISTRARS, pages::notice::breakdown).body_limit(UPLOAD_LIMIT),
        get("/admin/notices/new", REGISTRARS, pages::notice::show),
        post("/admin/notices/new", REGISTRARS, pages::notice::read).body_limit(UPLOAD_LIMIT),
        get("/admin/reminders", Roles(pages::reminders::READERS), pages::reminders::show),
        post("/admin/reminders/hours", Roles(pages::reminders::READERS), pages::reminders::change_hours),
        post("/admin/reminders/mails/{id}/retry", Roles(pages::reminders::READERS), pages::reminders::retry),
        get("/admin/reminders/preview", Roles(pages::reminders::READERS), pages::reminders::preview),
        post("/admin/reminders/preview", Roles(pages::reminders::READERS), pages::reminders::send_sample),
        get("/admin/reminders/preview/html", Roles(pages::reminders::READERS), pages::reminders::preview_html),
        get("/admin/reminders/rules/{id}", Roles(pages::reminder_rule::EDITORS), pages::reminder_rule::show),
        post("/admin/reminders/rules/{id}", Roles(pages::reminder_rule::EDITORS), pages::reminder_rule::submit),
        post("/admin/reminders/rules/{id}/pause", Roles(pages::reminders::READERS), pages::reminders::pause),
        post("/admin/reminders/rules/{id}/reset", Roles(pages::reminder_rule::EDITORS), pages::reminder_rule::reset),
        get("/alerts", SignedIn, pages::alerts::show),
        post("/alerts/read", SignedIn, pages::alerts::read),
        get("/alerts/stream", SignedIn, pages::alerts::stream),
        get("/campaigns", SignedIn, pages::campaign::list),
        get("/campaigns/{id}", SignedIn, pages::campaign::show),
        get("/campaigns/{id}/amendment", REGISTRARS, pages::notice::amendment::show),
        post("/campaigns/{id}/amendment", REGISTRARS, pages::notice::amendment::confirm).body_limit(UPLOAD_LIMIT),
        post("/campaigns/{id}/amendment/comparison", REGISTRARS, pages::notice::amendment::compare_again).body_limit(UPLOAD_LIMIT),
        post("/campaigns/{id}/amendment/reading", REGISTRARS, pages::notice::amendment::read).body_limit(UPLOAD_LIMIT),
        post("/campaigns/{id}/urging", SignedIn, pages::urge::campaign),
        get("/campaigns/{id}/versions/{no}", SignedIn, pages::notice::amendment::version),
        get("/admin/people", Roles(&[Role::Sysadmin, Role::Secadmin]), pages::people::show),
        post("/admin/people/proposals", Roles(&[Role::Sysadmin]), pages::people::propose),
        post("/admin/people/proposals/{id}/confirmation", Roles(&[Role::Secadmin]), pages::people::confirm),
        post("/admin/people/proposals/{id}/rejection", Roles(&[Role::Secadmin]), pages::people::reject),
        get("/admin/people/{id}/hand-over", Roles(&[Role::Sysadmin, Role::Secadmin]), pages::hand_over::show),
        post("/admin/people/{id}/hand-over", Roles(&[Role::Sysadmin]), pages::hand_over::propose),
        post("/admin/people/{id}/mail", Roles(&[Role::Sysadmin]), pages::people::trust_address),
        post("/admin/people/{id}/unlock", Roles(&[Role::Secadmin]), pages::people::unlock),
        get("/api/openapi.json", Anyone, api::openapi),
        post("/api/v1/approvals", Token, api::batch::approve),
        get("/api/v1/campaigns", Token, api::campaign::list),
        get("/api/v1/campaigns/{id}", Token, api::campaign::show),
        post("/api/v1/campaigns/{id}/plans", Token, api::campaign::new_plan),
        post("/api/v1/documents", Token, api::document::start),
        get("/api/v1/documents/{id}", Token, api::document::show),
        post("/api/v1/documents/{id}/commands", Token, api::document::command),
        put("/api/v1/documents/{id}/content", Token, api::document::put_content).body_limit(4 * 1024 * 1024),
        get("/api/v1/documents/{id}/history", Token, api::document::history),
        get("/api/v1/documents/{id}/history.xes", Token, api::evidence::history),
        patch("/api/v1/documents/{id}/lines/{line}", Token, api::document::patch_line),
        get("/api/v1/documents/{id}/preview", Token, api::preview::show),
        get("/api/v1/documents/{id}/revisions/{no}", Token, api::document::revision),
        get("/api/v1/findings", Token, api::finding::list),
        post("/api/v1/findings", Token, api::finding::raise),
        post("/api/v1/findings/dispatch", Token, api::finding::dispatch),
        get("/api/v1/graph", Token, api::graph::show),
        get("/api/v1/graph/{question}", Token, api::graph::ask),
        get("/api/v1/inbox", Token, api::inbox::list),
        get("/api/v1/me", Token, api::token::me),
        post("/api/v1/tokens", Token, api::token::issue),
        get("/audit", Roles(&[Role::Auditor]), pages::audit::show),
        post("/audit/export", Roles(&[Role::Auditor]), pages::audit::export),
        post("/documents", Roles(crate::visit::BUSINESS), pages::document::start::start),
        get("/documents/new", Roles(crate::visit::BUSINESS), pages::document::start::show),
        get("/documents/{id}", SignedIn, pages::document::show),
        post("/documents/{id}/abstention", SignedIn, pages::document::acting::abstain),
        post("/documents/{id}/approval", SignedIn, pages::document::acting::approve),
        get("/documents/{id}/check", SignedIn, pages::document::check::show),
        post("/documents/{id}/copies", SignedIn, pages::document::acting::copy),
        post("/documents/{id}/extension", SignedIn, pages::document::acting::ask_extension),
        post("/documents/{id}/extension-grant", SignedIn, pages::document::acting::grant_extension),
        post("/documents/{id}/extension-refusal", SignedIn, pages::document::acting::refuse_extension),
        get("/documents/{id}/head", SignedIn, pages::document::tasks::head),
        post("/documents/{id}/head", SignedIn, pages::document::tasks::save_head),
        get("/documents/{id}/history.xes", SignedIn, pages::evidence::history),
        post("/documents/{id}/lines", SignedIn, pages::document::tasks::add_line),
        get("/documents/{id}/lines/{line}", SignedIn, pages::document::line::show),
        post("/documents/{id}/lines/{line}", SignedIn, pages::document::line::submit),
        post("/documents/{id}/lines/{line}/removal", SignedIn, pages::document::line::remove),
        post("/documents/{id}/loan", SignedIn, pages::document::acting::lend),
        post("/documents/{id}/loan-return", SignedIn, pages::document::acting::give_back),
        post("/documents/{id}/override", SignedIn, pages::document::acting::pass_over),
        post("/documents/{id}/recheck", SignedIn, pages::document::acting::recheck),
        post("/documents/{id}/rejection", SignedIn, pages::document::acting::reject),
        post("/documents/{id}/resumption", SignedIn, pages::document::acting::resume),
        post("/documents/{id}/reminders", SignedIn, pages::urge::paper),
        post("/documents/{id}/return", SignedIn, pages::document::acting::send_back),
        get("/documents/{id}/revisions/{no}", SignedIn, pages::document::revision::show),
        post("/documents/{id}/signer-after", SignedIn, pages::document::acting::add_after),
        post("/documents/{id}/signer-before", SignedIn, pages::document::acting::add_before),
        post("/documents/{id}/signer-beside", SignedIn, pages::document::acting::add_beside),
        post("/documents/{id}/signer-removal", SignedIn, pages::document::acting::remove),
        post("/documents/{id}/submission", SignedIn, pages::document::acting::submit),
        post("/documents/{id}/suspension", SignedIn, pages::document::acting::suspend),
        post("/documents/{id}/taking-back", SignedIn, pages::document::acting::take_back),
        post("/documents/{id}/termination", SignedIn, pages::document::acting::terminate),
        post("/documents/{id}/transfer", SignedIn, pages::document::acting::transfer),
        post("/documents/{id}/urging", SignedIn, pages::document::acting::urge),
        post("/documents/{id}/withdrawal", SignedIn, pages::document::acting::withdraw),
        get("/findings", SignedIn, pages::findings::ledger),
        post("/findings", SignedIn, pages::findings::raise),
        post("/findings/dispatch", SignedIn, pages::findings::dispatch),
        get("/findings/new", SignedIn, pages::findings::new),
        get("/findings/{id}", SignedIn, pages::findings::show),
        get("/graph", SignedIn, pages::graph::show),
        get("/graph/{file}", SignedIn, pages::graph::download),
        get("/healthz", Anyone, gate::healthz),
        get("/help", Anyone, pages::help::show),
        get("/inbox", SignedIn, pages::inbox::show),
        get("/inbox/approvals", SignedIn, pages::batch::confirm),
        post("/inbox/approvals", SignedIn, pages::batch::approve),
        get("/login", Anyone, pages::login::show),
        post("/login", Anyone, pages::login::submit),
        post("/logout", SignedIn, pages::login::leave),
        get("/mail/mute/{token}", Anyone, pages::mute::show),
        // The token in the path is all that counts: mail programs send this without cookies (RFC 8058).
        post("/mail/mute/{token}", Token, pages::mute::mute),
        get("/me", SignedIn, pages::me::show),
        post("/me/loans", SignedIn, pages::me::lend),
        post("/me/loans/{id}/revocation", SignedIn, pages::me::take_back),
        post("/me/profile", SignedIn, pages::me::save_profile),
        post("/me/reminders/{rule}", SignedIn, pages::me::mute),
        post("/me/sessions/{id}/end", SignedIn, pages::me::end_session),
        post("/me/tokens", SignedIn, pages::me::issue_token),
        post("/me/tokens/{id}/revocation", SignedIn, pages::me::revoke_token),
        get("/password", SignedIn, pages::password::show),
        post("/password", SignedIn, pages::password::submit),
        post("/preferences", Anyone, pages::preferences::submit),
        get("/readyz", Anyone, gate::readyz),
        get("/setup", Anyone, pages::setup::show),
        post("/setup", Anyone, pages::setup::submit),
        get("/static/{hash}/{*name}", Anyone, assets::serve),
        get("/tasks/{id}", SignedIn, pages::task::show),
        get("/units/{id}", SignedIn, pages::unit::show),
        get("/workflows", SignedIn, pages::workflows::list),
        get("/workflows/{id}", SignedIn, pages::workflows::show),
        get("/workflows/{id}/difference", SignedIn, pages::difference::show),
        get("/workflows/{id}/files/{format}", SignedIn, pages::evidence::workflow),
        get("/workflows/{id}/migration", Roles(pages::workflows::MANAGERS), pages::migration::show),
        post("/workflows/{id}/migration", Roles(pages::workflows::MANAGERS), pages::migration::apply),
        get("/workflows/{id}/simulation", Roles(pages::simulation::READERS), pages::simulation::show),
        post("/workflows/{id}/{version}/publication", Roles(pages::workflows::MANAGERS), pages::workflows::publish),
        post("/workflows/{id}/{version}/retirement", Roles(pages::workflows::MANAGERS), pages::workflows::retire),
    ]
}

/// Rows that exist under `duban demo` only.
#[rustfmt::skip]
pub fn demo_table() -> Vec<Row> {
    use Who::Anyone;
    vec![
        get("/dev/mail", Anyone, pages::dev_mail::list),
        get("/dev/mail/{id}", Anyone, pages::dev_mail::show),
        get("/dev/mail/{id}/html", Anyone, pages::dev_mail::html),
        get("/dev/styleguide", Anyone, pages::styleguide::show),
    ]
}

/// The router over the table, with the gate around it.
pub fn router(app: &App) -> Router {
    let mut rows = table();
    if app.config.demo {
        rows.extend(demo_table());
    }
    let mut router = Router::new();
    for row in rows {
        let door = axum::middleware::from_fn_with_state((app.clone(), row.admission), gate::admit);
        // The door has measured the body already; the framework's own limit would be a second, smaller one.
        let handler = row.handler.layer(axum::extract::DefaultBodyLimit::disable());
        router = router.route(row.path, handler.layer(door));
    }
    router
        .fallback(|| async { PageError::NotFound })
        .layer(tower_http::catch_panic::CatchPanicLayer::custom(panicked))
        .layer(axum::middleware::from_fn_with_state(app.clone(), gate::around))
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(SizeAbove::new(COMPRESSED_FROM))))
        .with_state(app.clone())
}

/// A handler panicked: the request fails, the process goes on.
fn panicked(what: Box<dyn std::any::Any + Send>) -> axum::response::Response {
    let text = what.downcast_ref::<&str>().map(|text| (*text).to_owned());
    let text = text
        .or_else(|| what.downcast_ref::<String>().cloned())
        .unwrap_or_default();
    axum::response::IntoResponse::into_response(PageError::internal(format!("panic: {text}")))
}
