//! Signing in and out on the wire, and one's sessions.

use axum::extract::{OriginalUri, State};
use axum::http::{HeaderMap, StatusCode};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions::{self, Issued, SignIn};
use super::{Session, store};
use crate::caller::{Actor, Caller, Origin};
use crate::error::Result;
use crate::http::body::{Id, Json, Params};
use crate::http::client::user_agent;
use crate::http::page::{Page, PageParams};
use crate::ids::{MemberId, SessionId, TenantId};
use crate::permissions::Permission;
use crate::resources::members;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(sign_in, sign_out))
        .routes(routes!(refresh))
        .routes(routes!(accept_invitation))
        .routes(routes!(change_password))
        .routes(routes!(list_own))
        .routes(routes!(revoke_own))
        .routes(routes!(list_of_member, revoke_all))
}

/// Who signs in.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Credentials {
    /// The tenant's slug.
    #[schema(example = "acme")]
    tenant: String,
    #[schema(example = "ada@example.com")]
    email: String,
    #[schema(format = Password, example = "correct horse battery")]
    password: String,
}

/// A refresh token.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RefreshRequest {
    #[schema(example = "mortiserefresh_…")]
    refresh_token: String,
}

/// An invitation, and what its member chooses.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    #[schema(example = "mortiseinvite_…")]
    token: String,
    /// At least 8 characters, and none of those that are tried first.
    #[schema(format = Password, example = "correct horse battery")]
    password: String,
    /// Replaces the name the inviter gave.
    #[schema(example = "Ada Lovelace")]
    name: Option<String>,
}

/// A new password in place of the present one.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PasswordChange {
    #[schema(format = Password, example = "wrong pony charger")]
    present_password: String,
    #[schema(format = Password, example = "correct horse battery")]
    password: String,
}

/// Tokens of a session.
#[derive(Debug, Serialize, ToSchema)]
pub struct TokensView {
    /// Send it as `Authorization: Bearer …`.
    #[schema(example = "eyJhbGciOiJFZERTQSJ9.…")]
    pub access_token: String,
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds the access token is good for.
    #[schema(example = 600)]
    pub expires_in: u64,
    /// For new tokens when these have expired. Good once; using it again ends the session.
    #[schema(example = "mortiserefresh_…")]
    pub refresh_token: String,
    /// When the session ends, however often it is refreshed.
    pub refresh_expires_at: DateTime<Utc>,
    pub tenant_id: TenantId,
    pub member_id: MemberId,
    pub session_id: SessionId,
}

impl TokensView {
    pub(crate) fn of(issued: Issued) -> Self {
        let Issued { tenant, member, session, access_token, refresh_token, refresh_expires_at } = issued;
        Self {
            access_token,
            token_type: "Bearer",
            expires_in: actions::access_seconds(),
            refresh_token: refresh_token.reveal(),
            refresh_expires_at,
            tenant_id: tenant,
            member_id: member,
            session_id: session,
        }
    }
}

/// A sign-in that is still good.
#[derive(Debug, Serialize, ToSchema)]
pub struct SessionView {
    pub id: SessionId,
    #[schema(example = "curl/8.5.0")]
    pub user_agent: Option<String>,
    #[schema(example = "203.0.113.7")]
    pub address: Option<String>,
    /// Whether it is the session of this request.
    pub is_current: bool,
    pub created_at: DateTime<Utc>,
    pub last_used_at: DateTime<Utc>,
    pub expires_at: DateTime<Utc>,
}

impl SessionView {
    fn of(caller: &Caller, session: Session) -> Self {
        let current = match caller.actor {
            Actor::Member { session, .. } => session,
            _ => None,
        };
        let Session { id, user_agent, address, created_at, last_used_at, expires_at, .. } = session;
        Self {
            id,
            user_agent,
            address,
            is_current: current == Some(id),
            created_at,
            last_used_at,
            expires_at,
        }
    }
}

/// Sign in
///
/// With a member's password. Unknown tenants, unknown members and wrong passwords answer alike; every failure makes the
/// next one wait longer.
#[utoipa::path(
    post, path = "/v1/auth/tokens", tag = "sign-in", request_body = Credentials,
    responses(
        (status = 200, body = TokensView),
        (status = 401, description = "`sign_in_failed`: tenant, e-mail address or password is wrong"),
    ),
    security(()),
)]
async fn sign_in(
    State(services): State<Services>,
    origin: Origin,
    headers: HeaderMap,
    Json(credentials): Json<Credentials>,
) -> Result<axum::Json<TokensView>> {
    let Credentials { tenant, email, password } = credentials;
    let sign_in = SignIn { tenant, email, password, user_agent: user_agent(&headers) };
    Ok(axum::Json(TokensView::of(actions::sign_in(&services, origin, sign_in).await?)))
}

/// Sign out
///
/// Ends the session of the access token; on every node within 5 seconds.
#[utoipa::path(
    delete, path = "/v1/auth/tokens", tag = "sign-in",
    responses(
        (status = 204, description = "Signed out"),
        (status = 409, description = "`no_session`: the credential is an API key or another server's token"),
    ),
    extensions(("x-permission" = json!("me:write")))
)]
async fn sign_out(State(services): State<Services>, caller: Caller) -> Result<StatusCode> {
    caller.reach(Permission::MeWrite)?;
    actions::sign_out(&services, &caller).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Refresh the tokens
///
/// Each refresh token is good once. One that was used before ends its session, because somebody else may have it; within
/// ten seconds it may be repeated, for an answer that was lost.
#[utoipa::path(
    post, path = "/v1/auth/tokens/refresh", tag = "sign-in", request_body = RefreshRequest,
    responses(
        (status = 200, body = TokensView),
        (status = 401, description = "`sign_in_failed`: the token or its session has ended"),
    ),
    security(()),
)]
async fn refresh(
    State(services): State<Services>,
    origin: Origin,
    Json(request): Json<RefreshRequest>,
) -> Result<axum::Json<TokensView>> {
    Ok(axum::Json(TokensView::of(actions::refresh(&services, origin, &request.refresh_token).await?)))
}

/// Accept an invitation
///
/// Sets the password and signs in.
#[utoipa::path(
    post, path = "/v1/auth/invitations", tag = "sign-in", request_body = Acceptance,
    responses((status = 200, body = TokensView)),
    security(()),
)]
async fn accept_invitation(
    State(services): State<Services>,
    origin: Origin,
    headers: HeaderMap,
    Json(acceptance): Json<Acceptance>,
) -> Result<axum::Json<TokensView>> {
    let Acceptance { token, password, name } = acceptance;
    let issued =
        actions::accept_invitation(&services, origin, &token, password, name, user_agent(&headers)).await?;
    Ok(axum::Json(TokensView::of(issued)))
}

/// Change one's own password
///
/// One's other sessions end.
#[utoipa::path(
    put, path = "/v1/me/password", tag = "me", request_body = PasswordChange,
    responses((status = 204, description = "Changed")),
    extensions(("x-permission" = json!("me:write")))
)]
async fn change_password(
    State(services): State<Services>,
    caller: Caller,
    Json(change): Json<PasswordChange>,
) -> Result<StatusCode> {
    let PasswordChange { present_password, password } = change;
    actions::change_password(&services, &caller, present_password, password).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List one's own sessions
#[utoipa::path(
    get, path = "/v1/me/sessions", tag = "me", params(PageParams),
    responses((status = 200, body = Page<SessionView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("me:read")))
)]
async fn list_own(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<SessionView>> {
    let member = members::actions::oneself(&caller)?;
    let list = format!("sessions of {member} in {}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let (mut tx, _) = services.db.read_within(&caller, Permission::MeRead).await?;
    let rows = store::list_open(&mut tx, member, services.clock.now(), position).await?;
    tx.commit().await?;
    let id = |row: &Session| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, |row| SessionView::of(&caller, row)))
}

/// End one of one's own sessions
#[utoipa::path(
    delete, path = "/v1/me/sessions/{id}", tag = "me", params(("id" = SessionId, Path)),
    responses((status = 204, description = "Ended")),
    extensions(("x-permission" = json!("me:write")))
)]
async fn revoke_own(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<SessionId>,
) -> Result<StatusCode> {
    actions::revoke_own(&services, &caller, id, "revoked").await?;
    Ok(StatusCode::NO_CONTENT)
}

/// List a member's sessions
#[utoipa::path(
    get, path = "/v1/members/{id}/sessions", tag = "members", params(("id" = MemberId, Path), PageParams),
    responses((status = 200, body = Page<SessionView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("session:read")))
)]
async fn list_of_member(
    State(services): State<Services>,
    caller: Caller,
    Id(member): Id<MemberId>,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<SessionView>> {
    let list = format!("sessions of {member} in {}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::SessionRead).await?;
    members::store::get(&mut tx, member).await?;
    let rows = store::list_open(&mut tx, member, services.clock.now(), position).await?;
    tx.commit().await?;
    let id = |row: &Session| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, |row| SessionView::of(&caller, row)))
}

/// End all sessions of a member
///
/// Their API keys go on; disable the member to stop these, too.
#[utoipa::path(
    delete, path = "/v1/members/{id}/sessions", tag = "members", params(("id" = MemberId, Path)),
    responses((status = 204, description = "Ended")),
    extensions(("x-permission" = json!("session:write")))
)]
async fn revoke_all(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<MemberId>,
) -> Result<StatusCode> {
    actions::revoke_all(&services, &caller, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
