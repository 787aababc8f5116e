//! Plugins on the wire.

use axum::extract::{DefaultBodyLimit, OriginalUri, Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use serde_json::{Map, Value};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt};
use utoipa_axum::routes;

use super::fetching::NewPlugin;
use super::form::{self, PluginForm};
use super::wire::{PluginConfigView, PluginConsentView, PluginRunView, PluginVersionView, PluginView};
use super::{
    Plugin, Version, actions, activation, configuration, consent, installation, offers, rollouts, store,
};
use crate::caller::Caller;
use crate::components::{CapabilityName, MAX_COMPONENT_BYTES};
use crate::error::Result;
use crate::hooks::Outcome;
use crate::http::body::{Id, Ids, Json, Params};
use crate::http::etag::{IfMatch, Versioned, tag};
use crate::http::page::{Page, PageParams, list_name};
use crate::ids::{PluginId, PluginVersionId};
use crate::permissions::Permission;
use crate::resources::plugin_runs::{self, Run};
use crate::services::Services;

/// What a form may weigh beside the component.
const FORM_BYTES: usize = 64 << 10;

pub fn router() -> OpenApiRouter<Services> {
    let most = MAX_COMPONENT_BYTES + FORM_BYTES;
    OpenApiRouter::new()
        .routes(routes!(install).layer(DefaultBodyLimit::max(most)))
        .routes(routes!(list))
        .routes(routes!(read, delete))
        .routes(routes!(activate, deactivate))
        .merge(rollouts::routes::router())
        .routes(routes!(list_plugin_versions, install_offer))
        .routes(routes!(read_plugin_version))
        .routes(routes!(read_plugin_consent, consent_to_plugin))
        .routes(routes!(read_plugin_config, configure_plugin))
        .routes(routes!(list_plugin_runs))
}

/// Install a plugin
///
/// Checks the component, keeps it, and answers at once; a worker makes code of it. Ask for the version until its state is
/// `ready`; then consent to what it may do, set it up, and activate it. Nothing of it runs before that.
///
/// The checks, in this order, each with a code of its own in `errors`: size (`too_large`), whether it is a component
/// (`component_is_text`, `component_is_core_module`, `component_precompiled`, `component_not_wasm`), every byte of it
/// (`component_invalid`, `component_too_complex`), its manifest (`manifest_missing`, `manifest_duplicate`,
/// `manifest_too_large`, `manifest_invalid`), the signature (`signature_missing`, `signature_invalid`,
/// `signature_mismatch`, `signing_key_unknown`, `signing_key_revoked`), what it offers and asks for (`export_missing`,
/// `import_unknown`, `import_outside_world`, `import_not_requested`), and whether it fits (`component_needs_too_much`).
///
/// A version is never changed: the same one again is `plugin_version_exists`, unless nothing came of it.
///
/// Fetched from elsewhere, a component may not come at all: `bad_url`, `invalid_reference`, `https_only`, `port_blocked` and
/// `address_blocked` are about where it should come from, there or where that sends us; `unreachable`, `broken_off`,
/// `timeout`, `bad_status`, `bad_answer`, `registry_busy` and `too_many_redirects` about who answers; `not_in_registry` and
/// `registry_denied` say that there is none for this caller; `digest_mismatch`, `wrong_media_type` and `invalid_artifact`
/// that it is not what it should be.
#[utoipa::path(
    post, path = "/v1/plugins", tag = "plugins",
    request_body(content((PluginForm = "multipart/form-data"), (NewPlugin = "application/json"))),
    responses(
        (status = 202, description = "Accepted: kept, and waiting for a worker", body = PluginVersionView,
            headers(("location" = String, description = "Where to ask how far it is"))),
        (status = 400, description = "`malformed_request`: not a form, or it broke off"),
        (status = 409, description = "`plugin_version_exists`; `plugin_kind_changed`: the plugin is of another kind"),
        (status = 413, description = "`too_large`: more than 32 MiB"),
    ),
    extensions(("x-permission" = json!("plugin:write")))
)]
async fn install(State(services): State<Services>, caller: Caller, request: Request) -> Result<Response> {
    // Before the body: nobody sends a file for nothing.
    caller.require(Permission::PluginWrite)?;
    let incoming = form::receive(&services, request).await?;
    let (plugin, version) = installation::install(&services, &caller, incoming).await?;
    Ok(accepted(&plugin, version))
}

fn accepted(plugin: &Plugin, version: Version) -> Response {
    let location = format!("/v1/plugins/{}/versions/{}", plugin.id, version.id);
    let headers = [(header::LOCATION, location)];
    let etag = [(header::ETAG, tag(version.version))];
    let body = axum::Json(PluginVersionView::of(version));
    (StatusCode::ACCEPTED, headers, etag, body).into_response()
}

/// List plugins
///
/// Newest first; those that come with the server are the last.
#[utoipa::path(
    get, path = "/v1/plugins", tag = "plugins", params(PageParams),
    responses((status = 200, body = Page<PluginView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("plugin:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<PluginView>> {
    let list = list_name(caller.tenant, &uri);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    let rows = actions::list(&services, &mut tx, position).await?;
    let rollouts = match (rows.last(), rows.first()) {
        (Some(last), Some(first)) => rollouts::store::list(&mut tx, last.id, first.id).await?,
        _ => Vec::new(),
    };
    tx.commit().await?;
    let view = |row: Plugin| PluginView::of(row, &rollouts);
    Ok(Page::of(rows, position, &services.keys, &list, &uri, |row: &Plugin| row.id.uuid(), view))
}

/// Read a plugin
#[utoipa::path(
    get, path = "/v1/plugins/{id}", tag = "plugins", params(("id" = PluginId, Path)),
    responses((status = 200, body = PluginView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("plugin:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<PluginId>,
) -> Result<Versioned<PluginView>> {
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    let plugin = actions::get(&services, &mut tx, id).await?;
    let rollouts = rollouts::store::list(&mut tx, id, id).await?;
    tx.commit().await?;
    Ok(Versioned(plugin.version, PluginView::of(plugin, &rollouts)))
}

/// Delete a plugin
///
/// With its versions, their settings and what it kept. Deactivate it first.
#[utoipa::path(
    delete, path = "/v1/plugins/{id}", tag = "plugins", params(("id" = PluginId, Path)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "`plugin_active`; `built_in_plugin`: it comes with the server"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("plugin:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<PluginId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The version to use.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ActiveVersion {
    version_id: PluginVersionId,
}

/// Activate a version
///
/// It is used from now on, by every node, wherever the plugin is called next; an older version again is a rollback. Ends a
/// suspension, and what the version was before: a canary is promoted so. What else stands beside the version in use stays.
#[utoipa::path(
    put, path = "/v1/plugins/{id}/active-version", tag = "plugins", params(("id" = PluginId, Path)),
    request_body = ActiveVersion,
    responses(
        (status = 200, description = "In use", body = PluginView),
        (status = 409, description = "`plugin_compiling`, `plugin_failed`, `consent_missing`, `config_missing`, \
            `signing_key_revoked`, `settings_refused` by it of a binding or endpoint, or `built_in_plugin`"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("plugin:write")))
)]
async fn activate(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<PluginId>,
    if_match: IfMatch,
    Json(active): Json<ActiveVersion>,
) -> Result<Versioned<PluginView>> {
    let (plugin, rollouts) =
        activation::activate(&services, &caller, id, &if_match, active.version_id).await?;
    Ok(Versioned(plugin.version, PluginView::of(plugin, &rollouts)))
}

/// Deactivate a plugin
///
/// No version of it is used any more, neither as shadow nor as canary; what it did before stays.
#[utoipa::path(
    delete, path = "/v1/plugins/{id}/active-version", tag = "plugins", params(("id" = PluginId, Path)),
    responses(
        (status = 200, description = "Not in use", body = PluginView),
        (status = 409, description = "`plugin_not_active`, or `built_in_plugin`"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("plugin:write")))
)]
async fn deactivate(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<PluginId>,
    if_match: IfMatch,
) -> Result<Versioned<PluginView>> {
    let (plugin, rollouts) = activation::deactivate(&services, &caller, id, &if_match).await?;
    Ok(Versioned(plugin.version, PluginView::of(plugin, &rollouts)))
}

/// List a plugin's versions
///
/// The one installed last first.
#[utoipa::path(
    get, path = "/v1/plugins/{id}/versions", tag = "plugins", params(("id" = PluginId, Path), PageParams),
    responses((status = 200, body = Page<PluginVersionView>,
        headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("plugin:read")))
)]
async fn list_plugin_versions(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<PluginId>,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<PluginVersionView>> {
    let list = list_name(caller.tenant, &uri);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    actions::get(&services, &mut tx, id).await?;
    let rows = actions::list_versions(&services, &mut tx, id, position).await?;
    tx.commit().await?;
    let id = |row: &Version| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, PluginVersionView::of))
}

/// Install what comes with the server
///
/// For a plugin that comes with the server and asks for capabilities, as `mortise/llm-parser` does: it is nobody's before it
/// is installed. Its version becomes one of the tenant's own, which nobody has to sign, to be consented to, set up, tried
/// and activated as any other. Again when the server brings a newer one.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/versions", tag = "plugins", params(("id" = PluginId, Path)),
    responses(
        (status = 202, description = "Accepted: kept, and waiting for a worker", body = PluginVersionView,
            headers(("location" = String, description = "Where to ask how far it is"))),
        (status = 409, description = "`plugin_not_offered`: it does not come with the server, or is in use without that; \
            `plugin_version_exists`"),
    ),
    extensions(("x-permission" = json!("plugin:write")))
)]
async fn install_offer(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<PluginId>,
) -> Result<Response> {
    let incoming = offers::take(&services, &caller, id).await?;
    let (plugin, version) = installation::install(&services, &caller, incoming).await?;
    Ok(accepted(&plugin, version))
}

/// Read a plugin's version
#[utoipa::path(
    get, path = "/v1/plugins/{id}/versions/{version_id}", tag = "plugins",
    params(("id" = PluginId, Path), ("version_id" = PluginVersionId, Path)),
    responses((status = 200, body = PluginVersionView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("plugin:read")))
)]
async fn read_plugin_version(
    State(services): State<Services>,
    caller: Caller,
    Ids(id, version): Ids<PluginId, PluginVersionId>,
) -> Result<Versioned<PluginVersionView>> {
    let (_, version) = find_version(&services, &caller, id, version).await?;
    Ok(Versioned(version.version, PluginVersionView::of(version)))
}

async fn find_version(
    services: &Services,
    caller: &Caller,
    id: PluginId,
    version: PluginVersionId,
) -> Result<(Plugin, Version)> {
    let mut tx = services.db.read(caller, Permission::PluginRead).await?;
    let plugin = actions::get(services, &mut tx, id).await?;
    let version = actions::get_version(services, &mut tx, id, version).await?;
    tx.commit().await?;
    Ok((plugin, version))
}

/// Read a version's consent
///
/// What it asks for, what it was granted, and where it asks for something else than the version in use.
#[utoipa::path(
    get, path = "/v1/plugins/{id}/versions/{version_id}/consent", tag = "plugins",
    params(("id" = PluginId, Path), ("version_id" = PluginVersionId, Path)),
    responses((status = 200, body = PluginConsentView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("plugin:read")))
)]
async fn read_plugin_consent(
    State(services): State<Services>,
    caller: Caller,
    Ids(id, version): Ids<PluginId, PluginVersionId>,
) -> Result<Versioned<PluginConsentView>> {
    let (plugin, version) = find_version(&services, &caller, id, version).await?;
    show_consent(&services, &caller, plugin.active_version_id, version).await
}

async fn show_consent(
    services: &Services,
    caller: &Caller,
    active: Option<PluginVersionId>,
    version: Version,
) -> Result<Versioned<PluginConsentView>> {
    let active = match active {
        Some(active) if active != version.id => {
            let mut tx = services.db.read(caller, Permission::PluginRead).await?;
            let found = store::find_version(&mut tx, active).await?;
            tx.commit().await?;
            found
        }
        _ => None,
    };
    let in_use = active.as_ref().unwrap_or(&version);
    Ok(Versioned(version.version, PluginConsentView::of(&version, in_use)))
}

/// What a version may do.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPluginConsent {
    /// Of what it asks for; nothing else is granted, and an empty list grants nothing.
    #[schema(example = json!(["http", "secrets"]))]
    capabilities: Vec<CapabilityName>,
}

/// Consent to what a version may do
///
/// Holds at once where the version is in use, for calls under way as well (on other nodes, from their next call on). What is
/// not granted answers the plugin `denied`.
#[utoipa::path(
    put, path = "/v1/plugins/{id}/versions/{version_id}/consent", tag = "plugins",
    params(("id" = PluginId, Path), ("version_id" = PluginVersionId, Path)),
    request_body = NewPluginConsent,
    responses(
        (status = 200, description = "Consented", body = PluginVersionView),
        (status = 409, description = "`built_in_plugin`: it comes with the server"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("plugin:write")))
)]
async fn consent_to_plugin(
    State(services): State<Services>,
    caller: Caller,
    Ids(id, version): Ids<PluginId, PluginVersionId>,
    if_match: IfMatch,
    Json(new): Json<NewPluginConsent>,
) -> Result<Versioned<PluginVersionView>> {
    let version = consent::give(&services, &caller, id, version, &if_match, new.capabilities).await?;
    Ok(Versioned(version.version, PluginVersionView::of(version)))
}

/// Read a version's settings
///
/// Without the secret ones: which of them are set is all that is ever said.
#[utoipa::path(
    get, path = "/v1/plugins/{id}/versions/{version_id}/config", tag = "plugins",
    params(("id" = PluginId, Path), ("version_id" = PluginVersionId, Path)),
    responses((status = 200, body = PluginConfigView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("plugin:read")))
)]
async fn read_plugin_config(
    State(services): State<Services>,
    caller: Caller,
    Ids(id, version): Ids<PluginId, PluginVersionId>,
) -> Result<Versioned<PluginConfigView>> {
    let (_, version) = find_version(&services, &caller, id, version).await?;
    Ok(Versioned(version.version, PluginConfigView::of(version)))
}

/// How a version is to be set up.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPluginConfig {
    /// All settings. A secret one that is left out stays as it is; `null` clears it.
    #[schema(value_type = Object, example = json!({ "language": "en", "api_key": "…" }))]
    config: Map<String, Value>,
}

/// Set a version up
///
/// Checked against its author's JSON Schema. Secret settings are sealed, never shown, and never seen by the plugin: it knows
/// them by their names, and the server sends them with its requests. Holds at once where the version is in use.
#[utoipa::path(
    put, path = "/v1/plugins/{id}/versions/{version_id}/config", tag = "plugins",
    params(("id" = PluginId, Path), ("version_id" = PluginVersionId, Path)),
    request_body = NewPluginConfig,
    responses(
        (status = 200, description = "Set up", body = PluginConfigView),
        (status = 409, description = "`built_in_plugin`: it comes with the server"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("plugin:write")))
)]
async fn configure_plugin(
    State(services): State<Services>,
    caller: Caller,
    Ids(id, version): Ids<PluginId, PluginVersionId>,
    if_match: IfMatch,
    Json(new): Json<NewPluginConfig>,
) -> Result<Versioned<PluginConfigView>> {
    let version = configuration::configure(&services, &caller, id, version, &if_match, new.config).await?;
    Ok(Versioned(version.version, PluginConfigView::of(version)))
}

/// Which of a plugin's runs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct RunParams {
    /// Only those that ended so.
    outcome: Option<Outcome>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// List a plugin's runs
///
/// What every call came to and what it cost, the latest first. Kept for a month.
#[utoipa::path(
    get, path = "/v1/plugins/{id}/runs", tag = "plugins", params(("id" = PluginId, Path), RunParams),
    responses((status = 200, body = Page<PluginRunView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("plugin:read")))
)]
async fn list_plugin_runs(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<PluginId>,
    Params(params): Params<RunParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<PluginRunView>> {
    let list = list_name(caller.tenant, &uri);
    let page = PageParams { limit: params.limit, cursor: params.cursor };
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    let plugin = actions::get(&services, &mut tx, id).await?;
    let rows = plugin_runs::store::list(&mut tx, &plugin.name, params.outcome, position).await?;
    tx.commit().await?;
    let id = |row: &Run| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, PluginRunView::of))
}
