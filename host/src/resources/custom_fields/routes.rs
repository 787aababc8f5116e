//! Custom fields' definitions on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{CustomField, Details, Subject, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params, given};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::CustomFieldId;
use crate::permissions::Permission;
use crate::services::Services;
use crate::typed_values::Kind;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, update, delete))
}

/// What else is kept about candidates, jobs or applications.
#[derive(Debug, Serialize, ToSchema)]
pub struct CustomFieldView {
    pub id: CustomFieldId,
    pub subject: Subject,
    /// The name of the value in `custom_fields`.
    #[schema(example = "t_shirt_size")]
    pub key: String,
    /// For people.
    #[schema(example = "T-shirt size")]
    pub label: String,
    #[schema(example = "For the welcome parcel.")]
    pub description: Option<String>,
    pub kind: Kind,
    /// Of `single_select` and `multi_select`.
    #[schema(example = json!(["S", "M", "L"]))]
    pub options: Vec<String>,
    /// Nothing is made, and no custom fields are set, without a value.
    pub is_required: bool,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl CustomFieldView {
    fn of(field: CustomField) -> Self {
        let CustomField {
            id,
            subject,
            key,
            label,
            description,
            kind,
            options,
            is_required,
            created_at,
            updated_at,
            version,
        } = field;
        Self {
            id,
            subject,
            key,
            label,
            description,
            kind,
            options: options.0,
            is_required: is_required == 1,
            created_at,
            updated_at,
            version,
        }
    }
}

/// A new custom field. Subject, key and kind stay as they are made.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCustomField {
    subject: Subject,
    /// The name of the value in `custom_fields`; never another field's, even when this one is deleted.
    #[schema(example = "t_shirt_size", pattern = "^[a-z][a-z0-9_]{0,62}$")]
    key: String,
    #[schema(example = "T-shirt size")]
    label: String,
    #[schema(example = "For the welcome parcel.")]
    description: Option<String>,
    kind: Kind,
    /// 1 to 200 different lines for `single_select` and `multi_select`, none for other kinds.
    #[serde(default)]
    #[schema(example = json!(["S", "M", "L"]))]
    options: Vec<String>,
    #[serde(default)]
    is_required: bool,
}

/// Changes to a custom field; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CustomFieldChanges {
    #[schema(example = "Size of the shirt")]
    label: Option<String>,
    /// `null` clears it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    description: Option<Option<String>>,
    /// All that are there, in any order, and new ones.
    options: Option<Vec<String>>,
    is_required: Option<bool>,
}

/// Which custom fields.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct CustomFieldParams {
    /// Only those of this subject.
    #[param(inline)]
    subject: Option<Subject>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// List custom fields
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/custom-fields", tag = "custom fields", params(CustomFieldParams),
    responses((status = 200, body = Page<CustomFieldView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("custom_field:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<CustomFieldParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<CustomFieldView>> {
    let CustomFieldParams { subject, limit, cursor } = params;
    let list = format!("custom fields of {} about {subject:?}", caller.tenant);
    let position = PageParams { limit, cursor }.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::CustomFieldRead).await?;
    let rows = store::list(&mut tx, subject, position).await?;
    tx.commit().await?;
    let id = |row: &CustomField| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, CustomFieldView::of))
}

/// Make a custom field
///
/// From then on `custom_fields` of its subject takes a value of its kind under its key.
#[utoipa::path(
    post, path = "/v1/custom-fields", tag = "custom fields", request_body = NewCustomField,
    responses(
        (status = 201, description = "Made", body = CustomFieldView),
        (status = 409, description = "`custom_field_key_taken`: the key is another field's, or a deleted one's; \
            `too_many_custom_fields`: a subject has 200 at most"),
    ),
    extensions(("x-permission" = json!("custom_field:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewCustomField>,
) -> Result<(StatusCode, Versioned<CustomFieldView>)> {
    let NewCustomField { subject, key, label, description, kind, options, is_required } = new;
    let identity = actions::Identity { subject, key, kind };
    let details = Details {
        label: Some(label),
        description: Some(description),
        options: Some(options),
        is_required: Some(is_required),
    };
    let field = actions::create(&services, &caller, identity, details).await?;
    Ok((StatusCode::CREATED, Versioned(field.version, CustomFieldView::of(field))))
}

/// Read a custom field
#[utoipa::path(
    get, path = "/v1/custom-fields/{id}", tag = "custom fields", params(("id" = CustomFieldId, Path)),
    responses((status = 200, body = CustomFieldView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("custom_field:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CustomFieldId>,
) -> Result<Versioned<CustomFieldView>> {
    let mut tx = services.db.read(&caller, Permission::CustomFieldRead).await?;
    let field = store::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Versioned(field.version, CustomFieldView::of(field)))
}

/// Change a custom field
///
/// Its label, description, options, and whether it is required; what is there already is not checked again. Options only
/// grow.
#[utoipa::path(
    patch, path = "/v1/custom-fields/{id}", tag = "custom fields", params(("id" = CustomFieldId, Path)),
    request_body = CustomFieldChanges,
    responses(
        (status = 200, body = CustomFieldView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`option_removed`: an option is missing; they only grow"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("custom_field:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CustomFieldId>,
    if_match: IfMatch,
    Json(changes): Json<CustomFieldChanges>,
) -> Result<Versioned<CustomFieldView>> {
    let CustomFieldChanges { label, description, options, is_required } = changes;
    let details = Details { label, description, options, is_required };
    let field = actions::update(&services, &caller, id, &if_match, details).await?;
    Ok(Versioned(field.version, CustomFieldView::of(field)))
}

/// Delete a custom field
///
/// Its values are no longer taken; those that are there stay. Its key is never another field's.
#[utoipa::path(
    delete, path = "/v1/custom-fields/{id}", tag = "custom fields", params(("id" = CustomFieldId, Path)),
    responses((status = 204, description = "Deleted"), (status = 412)),
    extensions(("x-permission" = json!("custom_field:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CustomFieldId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}
