//! Offices on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Address, Details, Office, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::OfficeId;
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, update, delete))
}

/// A place where people work. Jobs refer to it, and their postings show its address.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfficeView {
    pub id: OfficeId,
    #[schema(example = "Berlin")]
    pub name: String,
    pub address: Address,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl OfficeView {
    fn of(office: Office) -> Self {
        let Office { id, name, address, created_at, updated_at, version } = office;
        Self { id, name, address: address.0, created_at, updated_at, version }
    }
}

/// A new office.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOffice {
    #[schema(example = "Berlin")]
    name: String,
    #[serde(default)]
    address: Address,
}

/// Changes to an office; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OfficeChanges {
    #[schema(example = "Berlin Mitte")]
    name: Option<String>,
    /// All of it.
    address: Option<Address>,
}

/// List offices
///
/// Newest first: all of them, wherever your roles are for.
#[utoipa::path(
    get, path = "/v1/offices", tag = "offices", params(PageParams),
    responses((status = 200, body = Page<OfficeView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("office:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<OfficeView>> {
    let list = format!("offices of {}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let (mut tx, _) = services.db.read_within(&caller, Permission::OfficeRead).await?;
    let rows = store::list(&mut tx, position).await?;
    tx.commit().await?;
    let id = |row: &Office| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, OfficeView::of))
}

/// Make an office
#[utoipa::path(
    post, path = "/v1/offices", tag = "offices", request_body = NewOffice,
    responses((status = 201, description = "Made", body = OfficeView)),
    extensions(("x-permission" = json!("office:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewOffice>,
) -> Result<(StatusCode, Versioned<OfficeView>)> {
    let details = Details { name: Some(new.name), address: Some(new.address) };
    let office = actions::create(&services, &caller, details).await?;
    Ok((StatusCode::CREATED, Versioned(office.version, OfficeView::of(office))))
}

/// Read an office
#[utoipa::path(
    get, path = "/v1/offices/{id}", tag = "offices", params(("id" = OfficeId, Path)),
    responses((status = 200, body = OfficeView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("office:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<OfficeId>,
) -> Result<Versioned<OfficeView>> {
    let (mut tx, _) = services.db.read_within(&caller, Permission::OfficeRead).await?;
    let office = store::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Versioned(office.version, OfficeView::of(office)))
}

/// Change an office
#[utoipa::path(
    patch, path = "/v1/offices/{id}", tag = "offices", params(("id" = OfficeId, Path)),
    request_body = OfficeChanges,
    responses((status = 200, body = OfficeView, headers(("etag" = String, description = "The version"))), (status = 412)),
    extensions(("x-permission" = json!("office:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<OfficeId>,
    if_match: IfMatch,
    Json(changes): Json<OfficeChanges>,
) -> Result<Versioned<OfficeView>> {
    let details = Details { name: changes.name, address: changes.address };
    let office = actions::update(&services, &caller, id, &if_match, details).await?;
    Ok(Versioned(office.version, OfficeView::of(office)))
}

/// Delete an office
#[utoipa::path(
    delete, path = "/v1/offices/{id}", tag = "offices", params(("id" = OfficeId, Path)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "`office_in_use`: jobs refer to it"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("office:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<OfficeId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}
