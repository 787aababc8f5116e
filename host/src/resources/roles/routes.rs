//! Roles and permissions on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Role, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::RoleId;
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(permissions))
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
}

/// One thing that may be done.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionView {
    #[schema(example = "candidate:read")]
    pub permission: &'static str,
    #[schema(example = "Read candidates.")]
    pub description: &'static str,
}

/// Every permission there is.
#[derive(Debug, Serialize, ToSchema)]
pub struct PermissionList {
    pub data: Vec<PermissionView>,
}

/// A named set of permissions.
#[derive(Debug, Serialize, ToSchema)]
pub struct RoleView {
    pub id: RoleId,
    #[schema(example = "Sourcer")]
    pub name: String,
    /// The word of a built-in role, which stays as it is.
    #[schema(example = "recruiter")]
    pub built_in: Option<String>,
    #[schema(example = json!(["candidate:read", "resume:create"]))]
    pub permissions: Vec<&'static str>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl RoleView {
    fn of(role: Role) -> Self {
        let permissions = role.permissions().words();
        let Role { id, name, built_in, permissions: _, created_at, updated_at, version } = role;
        Self { id, name, built_in, permissions, created_at, updated_at, version }
    }
}

/// A new role.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRole {
    #[schema(example = "Sourcer")]
    name: String,
    #[schema(example = json!(["candidate:read", "resume:create"]))]
    permissions: Vec<String>,
}

/// Changes to a role; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RoleChanges {
    #[schema(example = "Sourcer")]
    name: Option<String>,
    #[schema(example = json!(["candidate:read"]))]
    permissions: Option<Vec<String>>,
}

/// List permissions
///
/// The closed set of what may be done, with a sentence each.
#[utoipa::path(
    get, path = "/v1/permissions", tag = "roles",
    responses((status = 200, body = PermissionList)),
    extensions(("x-permission" = json!("role:read")))
)]
async fn permissions(caller: Caller) -> Result<axum::Json<PermissionList>> {
    caller.require(Permission::RoleRead)?;
    let view = |permission: &Permission| PermissionView {
        permission: permission.as_str(),
        description: permission.description(),
    };
    Ok(axum::Json(PermissionList { data: Permission::EVERY.iter().map(view).collect() }))
}

/// List roles
///
/// Newest first; the built-in ones are the oldest.
#[utoipa::path(
    get, path = "/v1/roles", tag = "roles", params(PageParams),
    responses((status = 200, body = Page<RoleView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("role:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<RoleView>> {
    let list = format!("roles of {}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::RoleRead).await?;
    let rows = store::list(&mut tx, position).await?;
    tx.commit().await?;
    Ok(Page::of(rows, position, &services.keys, &list, &uri, |row: &Role| row.id.uuid(), RoleView::of))
}

/// Make a role
///
/// Of permissions that you hold for the whole tenant yourself.
#[utoipa::path(
    post, path = "/v1/roles", tag = "roles", request_body = NewRole,
    responses(
        (status = 201, description = "Made", body = RoleView),
        (status = 409, description = "`role_name_taken`: another role has the name"),
    ),
    extensions(("x-permission" = json!("role:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewRole>,
) -> Result<(StatusCode, Versioned<RoleView>)> {
    let role = actions::create(&services, &caller, &new.name, &new.permissions).await?;
    Ok((StatusCode::CREATED, Versioned(role.version, RoleView::of(role))))
}

/// Read a role
#[utoipa::path(
    get, path = "/v1/roles/{id}", tag = "roles", params(("id" = RoleId, Path)),
    responses((status = 200, body = RoleView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("role:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<RoleId>,
) -> Result<Versioned<RoleView>> {
    let mut tx = services.db.read(&caller, Permission::RoleRead).await?;
    let role = store::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Versioned(role.version, RoleView::of(role)))
}

/// Change a role
///
/// Takes effect for everybody who has it, on every node within 5 seconds. You must hold all it holds, before and after,
/// and no less than anybody who has it.
#[utoipa::path(
    patch, path = "/v1/roles/{id}", tag = "roles", params(("id" = RoleId, Path)), request_body = RoleChanges,
    responses(
        (status = 200, body = RoleView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`role_is_built_in`, or `role_name_taken`"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("role:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<RoleId>,
    if_match: IfMatch,
    Json(changes): Json<RoleChanges>,
) -> Result<Versioned<RoleView>> {
    let RoleChanges { name, permissions } = changes;
    let role =
        actions::update(&services, &caller, id, &if_match, name.as_deref(), permissions.as_deref()).await?;
    Ok(Versioned(role.version, RoleView::of(role)))
}

/// Delete a role
///
/// One that nobody has any more.
#[utoipa::path(
    delete, path = "/v1/roles/{id}", tag = "roles", params(("id" = RoleId, Path)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "`role_is_built_in`, or `role_in_use`: members have it"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("role:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<RoleId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}
