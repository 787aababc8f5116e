//! Signing up on the wire.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::founding::{self, SignUp};
use crate::caller::Origin;
use crate::error::Result;
use crate::http::body::Json;
use crate::http::client::user_agent;
use crate::ids::{MemberId, SessionId, TenantId};
use crate::resources::sessions::actions::{Issued, access_seconds};
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(sign_up))
}

/// A tenant to make, and its first owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTenant {
    #[schema(example = "Acme Ltd")]
    name: String,
    /// Made of the name without one.
    #[schema(example = "acme")]
    slug: Option<String>,
    owner: NewOwner,
}

/// The first owner.
#[derive(Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOwner {
    #[schema(example = "ada@example.com")]
    email: String,
    #[schema(example = "Ada Lovelace")]
    name: Option<String>,
    /// At least 8 characters, and none of those that are tried first.
    #[schema(format = Password, example = "correct horse battery")]
    password: String,
}

/// A new tenant, with its owner signed in.
#[derive(Debug, Serialize, ToSchema)]
pub struct FoundedView {
    pub tenant_id: TenantId,
    /// Names the tenant at sign-in.
    #[schema(example = "acme")]
    pub slug: String,
    pub owner_id: MemberId,
    pub session_id: SessionId,
    /// Send it as `Authorization: Bearer …`.
    #[schema(example = "eyJhbGciOiJFZERTQSJ9.…")]
    pub access_token: String,
    #[schema(example = "Bearer")]
    pub token_type: &'static str,
    /// Seconds the access token is good for.
    #[schema(example = 600)]
    pub expires_in: u64,
    #[schema(example = "mortiserefresh_…")]
    pub refresh_token: String,
}

/// Sign up
///
/// Makes a tenant and its first owner. Off unless the operator sets `signup = "open"`.
#[utoipa::path(
    post, path = "/v1/tenants", tag = "sign-in", request_body = NewTenant,
    responses(
        (status = 201, description = "Made", body = FoundedView),
        (status = 403, description = "`signup_closed`: only the operator makes tenants here"),
        (status = 409, description = "`tenant_slug_taken`: another tenant has the slug"),
    ),
    security(()),
)]
async fn sign_up(
    State(services): State<Services>,
    origin: Origin,
    headers: HeaderMap,
    Json(new): Json<NewTenant>,
) -> Result<(StatusCode, axum::Json<FoundedView>)> {
    let NewTenant { name, slug, owner } = new;
    let user_agent = user_agent(&headers);
    let sign_up = SignUp {
        name,
        slug,
        email: owner.email,
        owner_name: owner.name,
        password: owner.password,
        user_agent,
    };
    let (tenant, owner, issued) = founding::sign_up(&services, origin, sign_up).await?;
    let Issued { session, access_token, refresh_token, .. } = issued;
    let view = FoundedView {
        tenant_id: tenant.id,
        slug: tenant.slug,
        owner_id: owner.id,
        session_id: session,
        access_token,
        token_type: "Bearer",
        expires_in: access_seconds(),
        refresh_token: refresh_token.reveal(),
    };
    Ok((StatusCode::CREATED, axum::Json(view)))
}
