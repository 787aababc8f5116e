//! Departments on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Department, actions, store};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::grants::Scope;
use crate::http::body::{Id, Json, Params, given};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::DepartmentId;
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, update, delete))
}

/// A department.
#[derive(Debug, Serialize, ToSchema)]
pub struct DepartmentView {
    pub id: DepartmentId,
    #[schema(example = "Engineering")]
    pub name: String,
    /// The department it is part of.
    pub parent_id: Option<DepartmentId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl DepartmentView {
    fn of(department: Department) -> Self {
        let Department { id, parent_id, name, created_at, updated_at, version } = department;
        Self { id, name, parent_id, created_at, updated_at, version }
    }
}

/// A new department.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewDepartment {
    #[schema(example = "Engineering")]
    name: String,
    /// The department it is part of; at the top of the tree without one.
    parent_id: Option<DepartmentId>,
}

/// Changes to a department; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DepartmentChanges {
    #[schema(example = "Research")]
    name: Option<String>,
    /// `null` moves it to the top of the tree.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<DepartmentId>)]
    parent_id: Option<Option<DepartmentId>>,
}

/// List departments
///
/// Newest first: all of them, or with a role for single departments these and the ones below.
#[utoipa::path(
    get, path = "/v1/departments", tag = "departments", params(PageParams),
    responses((status = 200, body = Page<DepartmentView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("department:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<DepartmentView>> {
    let list = format!("departments of {}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let (mut tx, reach) = services.db.read_within(&caller, Permission::DepartmentRead).await?;
    let rows = store::list(&mut tx, &reach, position).await?;
    tx.commit().await?;
    let id = |row: &Department| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, DepartmentView::of))
}

/// Make a department
#[utoipa::path(
    post, path = "/v1/departments", tag = "departments", request_body = NewDepartment,
    responses(
        (status = 201, description = "Made", body = DepartmentView),
        (status = 404, description = "`not_found`: no such parent"),
    ),
    extensions(("x-permission" = json!("department:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewDepartment>,
) -> Result<(StatusCode, Versioned<DepartmentView>)> {
    let department = actions::create(&services, &caller, &new.name, new.parent_id).await?;
    Ok((StatusCode::CREATED, Versioned(department.version, DepartmentView::of(department))))
}

/// Read a department
#[utoipa::path(
    get, path = "/v1/departments/{id}", tag = "departments", params(("id" = DepartmentId, Path)),
    responses((status = 200, body = DepartmentView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("department:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<DepartmentId>,
) -> Result<Versioned<DepartmentView>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::DepartmentRead).await?;
    if !reach.includes(Scope::Department(id)) {
        return Err(Error::NotFound { what: "department" });
    }
    let department = store::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Versioned(department.version, DepartmentView::of(department)))
}

/// Change a department
///
/// Its name, or where it hangs. Who has a role for a department has it for those below, too.
#[utoipa::path(
    patch, path = "/v1/departments/{id}", tag = "departments", params(("id" = DepartmentId, Path)),
    request_body = DepartmentChanges,
    responses((status = 200, body = DepartmentView, headers(("etag" = String, description = "The version"))), (status = 412)),
    extensions(("x-permission" = json!("department:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<DepartmentId>,
    if_match: IfMatch,
    Json(changes): Json<DepartmentChanges>,
) -> Result<Versioned<DepartmentView>> {
    let changes = actions::Changes { name: changes.name, parent: changes.parent_id };
    let department = actions::update(&services, &caller, id, &if_match, changes).await?;
    Ok(Versioned(department.version, DepartmentView::of(department)))
}

/// Delete a department
#[utoipa::path(
    delete, path = "/v1/departments/{id}", tag = "departments", params(("id" = DepartmentId, Path)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "`department_in_use`: departments, jobs, contacts or roles still belong to it"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("department:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<DepartmentId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}
