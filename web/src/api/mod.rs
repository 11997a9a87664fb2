//! The JSON API, `/api/v1`: the same use cases as the pages, with the same rules, for programs.
//!
//! A program shows a personal token (`Authorization: Bearer …`); cookies are not looked at, so that no form of another
//! site can use it. Errors are `application/problem+json` (RFC 9457) with the engine's codes. Lists are read page by
//! page: `next` goes into `after`. The description at `/api/openapi.json` is generated from the types here, and a test
//! compares it with the route table.

pub mod batch;
pub mod bearer;
pub mod campaign;
pub mod content;
pub mod document;
pub mod finding;
pub mod graph;
pub mod inbox;
pub mod problem;
pub mod token;

use axum::Json;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use utoipa::OpenApi;
use utoipa::openapi::security::{HttpAuthScheme, HttpBuilder, SecurityScheme};

pub use bearer::Bearer;
pub use problem::{ApiError, Problem};

/// The description of the API.
#[derive(OpenApi)]
#[openapi(
    info(
        title = "Duban API",
        description = "Plans, reports and their way through review, for programs. Every rule of the pages holds here: \
                       what may not be read does not exist (404), what may not be done is refused with its reasons \
                       (403, 422), and a version that is out of date is a conflict (409)."
    ),
    paths(
        token::issue,
        token::me,
        batch::approve,
        campaign::list,
        campaign::show,
        campaign::new_plan,
        document::start,
        document::show,
        document::history,
        document::revision,
        document::put_content,
        document::patch_line,
        document::command,
        finding::list,
        finding::raise,
        finding::dispatch,
        inbox::list,
        graph::ask,
        graph::show,
    ),
    components(schemas(Problem)),
    security(("token" = [])),
    modifiers(&Security),
)]
struct Description;

struct Security;

impl utoipa::Modify for Security {
    fn modify(&self, api: &mut utoipa::openapi::OpenApi) {
        let scheme = HttpBuilder::new()
            .scheme(HttpAuthScheme::Bearer)
            .description(Some(
                "A personal token, from the profile page or from POST /api/v1/tokens.",
            ))
            .build();
        let components = api.components.get_or_insert_default();
        components.add_security_scheme("token", SecurityScheme::Http(scheme));
    }
}

/// The description as a value.
pub fn description() -> utoipa::openapi::OpenApi {
    Description::openapi()
}

/// `GET /api/openapi.json`.
pub async fn openapi() -> Response {
    let mut response = Json(description()).into_response();
    let value = axum::http::HeaderValue::from_static("max-age=300");
    response.headers_mut().insert(header::CACHE_CONTROL, value);
    response
}

/// A page of a list.
#[derive(Debug, serde::Serialize, utoipa::ToSchema)]
pub struct Page<T> {
    /// The rows.
    pub items: Vec<T>,
    /// What to pass as `after` for the next page; absent on the last one.
    pub next: Option<String>,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    #[test]
    fn the_description_names_exactly_the_routes_of_the_table() {
        let description = serde_json::to_value(super::description()).unwrap();
        let mut described = BTreeSet::new();
        for (path, item) in description["paths"].as_object().unwrap() {
            for method in item.as_object().unwrap().keys() {
                described.insert((method.to_uppercase(), path.clone()));
            }
        }
        let table = crate::routes::table();
        let routes: BTreeSet<_> = table
            .iter()
            .filter(|row| row.path.starts_with("/api/v1/"))
            .map(|row| (row.method.to_string(), row.path.to_owned()))
            .collect();
        assert_eq!(described, routes);
        // Nothing is described with a type that is not there.
        let text = description.to_string();
        let schemas = description["components"]["schemas"].as_object().unwrap();
        for name in text
            .split("#/components/schemas/")
            .skip(1)
            .filter_map(|rest| rest.split('"').next())
        {
            assert!(schemas.contains_key(name), "{name}");
        }
    }
}
