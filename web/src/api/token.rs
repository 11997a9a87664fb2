//! Signing in, and who one is.

use super::bearer::{Bearer, Body, origin};
use super::problem::{ApiError, Problem};
use crate::extract::Visitor;
use axum::Json;
use axum::http::StatusCode;
use duban_service::session::Scope;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Name and password, for a token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRequest {
    username: String,
    password: String,
    /// What the token is for, as the profile page lists it.
    name: String,
    /// What it may be used for.
    #[serde(default)]
    scope: TokenScope,
    /// Its life in days, 1 to 365.
    #[serde(default = "one_day")]
    days: u32,
}

fn one_day() -> u32 {
    1
}

/// What a token may be used for.
#[derive(Clone, Copy, Debug, Default, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TokenScope {
    /// Reading.
    #[default]
    Read,
    /// Reading and acting.
    Act,
}

impl From<TokenScope> for Scope {
    fn from(scope: TokenScope) -> Self {
        match scope {
            TokenScope::Read => Self::Read,
            TokenScope::Act => Self::Act,
        }
    }
}

/// A token just made.
#[derive(Serialize, ToSchema)]
pub struct TokenMade {
    /// Its number.
    id: i64,
    /// The secret for `Authorization: Bearer`. Shown this once.
    token: String,
    /// `read` or `act`.
    scope: String,
    /// When it ends (UTC).
    expires_at: chrono::DateTime<chrono::Utc>,
}

/// Makes a personal token for whoever knows name and password. Failures are throttled as on the sign-in page.
#[utoipa::path(post, path = "/api/v1/tokens", tag = "sign-in", request_body = TokenRequest, security(()),
    responses((status = 201, body = TokenMade), (status = 401, body = Problem), (status = 422, body = Problem),
        (status = 429, body = Problem)))]
pub async fn issue(
    Visitor(visit): Visitor,
    Body(asked): Body<TokenRequest>,
) -> Result<(StatusCode, Json<TokenMade>), ApiError> {
    let service = &visit.app.service;
    let made = service
        .issue_token_by_password(
            (&asked.username, &asked.password),
            origin(&visit),
            (&asked.name, asked.scope.into(), asked.days),
        )
        .await?;
    let made = TokenMade {
        id: made.token.id,
        token: made.secret,
        scope: made.token.scope,
        expires_at: made.token.expires_at,
    };
    Ok((StatusCode::CREATED, Json(made)))
}

/// Who a token belongs to.
#[derive(Serialize, ToSchema)]
pub struct Me {
    /// Their number.
    id: i64,
    /// Their name.
    name: String,
    /// The name they sign in with.
    username: String,
    /// `read` or `act`.
    scope: String,
    /// The posts they hold today, then those lent to them.
    posts: Vec<PostBody>,
}

/// A post.
#[derive(Serialize, ToSchema)]
pub struct PostBody {
    /// The unit.
    unit: i64,
    /// Its name.
    unit_name: String,
    /// The role.
    role: &'static str,
    /// Who lent it, when it is lent.
    lent_by: Option<String>,
}

/// The person behind the token and their posts.
#[utoipa::path(get, path = "/api/v1/me", tag = "sign-in",
    responses((status = 200, body = Me), (status = 401, body = Problem)))]
pub async fn me(bearer: Bearer) -> Result<Json<Me>, ApiError> {
    let units = bearer.app().service.units().await?;
    let caller = &bearer.caller;
    let own = caller.posts.iter().map(|post| (post, None));
    let lent = caller.lent.iter().map(|lent| (&lent.post, Some(lent.lender.clone())));
    let posts = own.chain(lent).map(|(post, lent_by)| PostBody {
        unit: post.unit.0,
        unit_name: units.get(&post.unit).map_or_else(String::new, |unit| unit.name.clone()),
        role: post.role.code(),
        lent_by,
    });
    Ok(Json(Me {
        id: caller.person.0,
        name: caller.name.clone(),
        username: caller.username.clone(),
        scope: caller.scope.code().to_owned(),
        posts: posts.collect(),
    }))
}
