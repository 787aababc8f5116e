//! Contacts on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Contact, Details, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params, given};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::{ContactId, DepartmentId};
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, update, delete))
}

/// Somebody to call about a department, or about the whole tenant.
#[derive(Debug, Serialize, ToSchema)]
pub struct ContactView {
    pub id: ContactId,
    /// `null`: of the tenant as a whole.
    pub department_id: Option<DepartmentId>,
    #[schema(example = "Grace Hopper")]
    pub name: String,
    #[schema(example = "grace@example.com")]
    pub email: Option<String>,
    #[schema(example = "+1 202-555-0143")]
    pub phone: Option<String>,
    #[schema(example = "Head of Engineering")]
    pub title: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl ContactView {
    fn of(contact: Contact) -> Self {
        let Contact { id, department_id, name, email, phone, title, created_at, updated_at, version } =
            contact;
        Self { id, department_id, name, email, phone, title, created_at, updated_at, version }
    }
}

/// A new contact.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewContact {
    #[schema(example = "Grace Hopper")]
    name: String,
    #[schema(example = "grace@example.com")]
    email: Option<String>,
    #[schema(example = "+1 202-555-0143")]
    phone: Option<String>,
    #[schema(example = "Head of Engineering")]
    title: Option<String>,
    /// Of the tenant as a whole without one.
    department_id: Option<DepartmentId>,
}

/// Changes to a contact; what is absent stays, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactChanges {
    #[schema(example = "Grace Hopper")]
    name: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "grace@example.com")]
    email: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    phone: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    title: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<DepartmentId>)]
    department_id: Option<Option<DepartmentId>>,
}

/// Which contacts.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ContactParams {
    /// Only those of this department.
    department_id: Option<DepartmentId>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// List contacts
///
/// Newest first: all of them, or with a role for single departments those of these and the ones below.
#[utoipa::path(
    get, path = "/v1/contacts", tag = "contacts", params(ContactParams),
    responses((status = 200, body = Page<ContactView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("contact:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<ContactParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<ContactView>> {
    let ContactParams { department_id, limit, cursor } = params;
    let list = format!("contacts of {} in {department_id:?}", caller.tenant);
    let position = PageParams { limit, cursor }.position(&services.keys, &list)?;
    let (mut tx, reach) = services.db.read_within(&caller, Permission::ContactRead).await?;
    let rows = store::list(&mut tx, &reach, department_id, position).await?;
    tx.commit().await?;
    let id = |row: &Contact| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, ContactView::of))
}

/// Make a contact
#[utoipa::path(
    post, path = "/v1/contacts", tag = "contacts", request_body = NewContact,
    responses(
        (status = 201, description = "Made", body = ContactView),
        (status = 404, description = "`not_found`: no such department"),
    ),
    extensions(("x-permission" = json!("contact:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewContact>,
) -> Result<(StatusCode, Versioned<ContactView>)> {
    let NewContact { name, email, phone, title, department_id } = new;
    let details = Details { name: Some(name), email: Some(email), phone: Some(phone), title: Some(title) };
    let contact = actions::create(&services, &caller, department_id, details).await?;
    Ok((StatusCode::CREATED, Versioned(contact.version, ContactView::of(contact))))
}

/// Read a contact
#[utoipa::path(
    get, path = "/v1/contacts/{id}", tag = "contacts", params(("id" = ContactId, Path)),
    responses((status = 200, body = ContactView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("contact:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ContactId>,
) -> Result<Versioned<ContactView>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::ContactRead).await?;
    let contact = actions::get_within(&mut tx, &reach, id).await?;
    tx.commit().await?;
    Ok(Versioned(contact.version, ContactView::of(contact)))
}

/// Change a contact
#[utoipa::path(
    patch, path = "/v1/contacts/{id}", tag = "contacts", params(("id" = ContactId, Path)),
    request_body = ContactChanges,
    responses((status = 200, body = ContactView, headers(("etag" = String, description = "The version"))), (status = 412)),
    extensions(("x-permission" = json!("contact:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ContactId>,
    if_match: IfMatch,
    Json(changes): Json<ContactChanges>,
) -> Result<Versioned<ContactView>> {
    let ContactChanges { name, email, phone, title, department_id } = changes;
    let details = Details { name, email, phone, title };
    let contact = actions::update(&services, &caller, id, &if_match, department_id, details).await?;
    Ok(Versioned(contact.version, ContactView::of(contact)))
}

/// Delete a contact
#[utoipa::path(
    delete, path = "/v1/contacts/{id}", tag = "contacts", params(("id" = ContactId, Path)),
    responses((status = 204, description = "Deleted"), (status = 412)),
    extensions(("x-permission" = json!("contact:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ContactId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}
