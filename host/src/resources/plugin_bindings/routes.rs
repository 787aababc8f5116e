//! Plugin bindings on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Details, Kind, PluginBinding, actions, from_millionths, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::fields;
use crate::http::body::{Id, Json, Params};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::{BindingId, JobId, MemberId};
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, update, delete))
}

/// A plugin, and what it is asked for.
#[derive(Debug, Serialize, ToSchema)]
pub struct PluginBindingView {
    pub id: BindingId,
    pub kind: Kind,
    #[schema(example = "mortise/skills-score")]
    pub plugin: String,
    /// Null: for every job.
    pub job_id: Option<JobId>,
    /// How much its score counts beside those of the others.
    #[schema(example = 1.0)]
    pub weight: f64,
    /// The plugin does not learn who it is: name, contacts, picture, age, hints of gender and schools are withheld from it.
    pub is_blind: bool,
    pub is_enabled: bool,
    /// The plugin's settings.
    #[schema(example = json!({ "skills": 80, "education": 0 }))]
    pub config: Map<String, Value>,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl PluginBindingView {
    fn of(binding: PluginBinding) -> Self {
        Self {
            id: binding.id,
            kind: binding.kind,
            plugin: binding.plugin,
            job_id: binding.job_id,
            weight: from_millionths(binding.weight),
            is_blind: binding.is_blind == 1,
            is_enabled: binding.is_enabled == 1,
            config: binding.config.0,
            created_by: binding.created_by,
            created_at: binding.created_at,
            updated_at: binding.updated_at,
            version: binding.version,
        }
    }
}

/// A plugin to ask.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPluginBinding {
    kind: Kind,
    /// One that is installed.
    #[schema(example = "mortise/skills-score", max_length = 200)]
    plugin: String,
    /// For every job without one.
    job_id: Option<JobId>,
    /// How much its score counts beside those of the others.
    #[serde(default = "one")]
    #[schema(minimum = 0.000_001, maximum = 1000, default = 1)]
    weight: f64,
    /// Whether name, contacts, picture, age, hints of gender and schools are withheld from it.
    #[serde(default)]
    is_blind: bool,
    #[serde(default = "yes")]
    #[schema(default = true)]
    is_enabled: bool,
    /// The plugin's settings; of at most 64 KiB.
    #[serde(default)]
    config: Map<String, Value>,
}

fn one() -> f64 {
    1.0
}

fn yes() -> bool {
    true
}

/// Changes to a binding; what is absent stays.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PluginBindingChanges {
    #[schema(minimum = 0.000_001, maximum = 1000)]
    weight: Option<f64>,
    is_blind: Option<bool>,
    is_enabled: Option<bool>,
    /// All of them.
    config: Option<Map<String, Value>>,
}

/// List plugin bindings
///
/// Newest first. While a tenant has none at all, `mortise/skills-score` scores every job's applications as if it were bound
/// with weight 1; with any binding only what is bound and enabled does. A job's binding takes the place of the tenant's of the
/// same plugin.
#[utoipa::path(
    get, path = "/v1/plugin-bindings", tag = "scores", params(PageParams),
    responses((status = 200, body = Page<PluginBindingView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("plugin_binding:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<PluginBindingView>> {
    let list = format!("plugin bindings of {}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::PluginBindingRead).await?;
    let rows = store::list(&mut tx, position).await?;
    tx.commit().await?;
    let id = |row: &PluginBinding| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, PluginBindingView::of))
}

/// Bind a plugin
///
/// Active applications are scored by it in the background. One binding a plugin for every job, and one a job. A rule that
/// fails is skipped and marked so; the application goes on, and the others' scores count.
#[utoipa::path(
    post, path = "/v1/plugin-bindings", tag = "scores", request_body = NewPluginBinding,
    responses(
        (status = 201, description = "Made", body = PluginBindingView),
        (status = 404, description = "`not_found`: no such job"),
        (status = 409, description = "`plugin_bound_already`: change that binding"),
    ),
    extensions(("x-permission" = json!("plugin_binding:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewPluginBinding>,
) -> Result<(StatusCode, Versioned<PluginBindingView>)> {
    let NewPluginBinding { kind, plugin, job_id, weight, is_blind, is_enabled, config } = new;
    let plugin = fields::line("#/plugin", &plugin, 200)?;
    let details = Details {
        weight: Some(weight),
        is_blind: Some(is_blind),
        is_enabled: Some(is_enabled),
        config: Some(config),
    };
    let binding = actions::create(&services, &caller, kind, plugin, job_id, details).await?;
    Ok((StatusCode::CREATED, view(binding)))
}

fn view(binding: PluginBinding) -> Versioned<PluginBindingView> {
    Versioned(binding.version, PluginBindingView::of(binding))
}

/// Read a plugin binding
#[utoipa::path(
    get, path = "/v1/plugin-bindings/{id}", tag = "scores", params(("id" = BindingId, Path)),
    responses((status = 200, body = PluginBindingView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("plugin_binding:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<BindingId>,
) -> Result<Versioned<PluginBindingView>> {
    let mut tx = services.db.read(&caller, Permission::PluginBindingRead).await?;
    let binding = store::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(view(binding))
}

/// Change a plugin binding
///
/// Active applications are scored again in the background where this makes a difference.
#[utoipa::path(
    patch, path = "/v1/plugin-bindings/{id}", tag = "scores", params(("id" = BindingId, Path)),
    request_body = PluginBindingChanges,
    responses((status = 200, body = PluginBindingView, headers(("etag" = String, description = "The version"))), (status = 412)),
    extensions(("x-permission" = json!("plugin_binding:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<BindingId>,
    if_match: IfMatch,
    Json(changes): Json<PluginBindingChanges>,
) -> Result<Versioned<PluginBindingView>> {
    let PluginBindingChanges { weight, is_blind, is_enabled, config } = changes;
    let details = Details { weight, is_blind, is_enabled, config };
    Ok(view(actions::update(&services, &caller, id, &if_match, details).await?))
}

/// Delete a plugin binding
///
/// Its scores of active applications go, too, in the background.
#[utoipa::path(
    delete, path = "/v1/plugin-bindings/{id}", tag = "scores", params(("id" = BindingId, Path)),
    responses((status = 204, description = "Deleted"), (status = 412)),
    extensions(("x-permission" = json!("plugin_binding:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<BindingId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}
