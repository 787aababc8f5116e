//! Rollouts on the wire.

use axum::extract::State;
use serde::Deserialize;
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Role, actions, share};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json};
use crate::http::etag::{IfMatch, Versioned};
use crate::ids::{PluginId, PluginVersionId};
use crate::resources::plugins::wire::PluginView;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(begin_plugin_shadow, end_plugin_shadow))
        .routes(routes!(begin_plugin_canary, end_plugin_canary))
}

/// The version to be asked beside the one in use.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ShadowVersion {
    version_id: PluginVersionId,
}

/// The version to be asked about a share of what comes.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CanaryVersion {
    version_id: PluginVersionId,
    /// Of a hundred résumés, applications or deliveries, how many meet it: always the same ones, and the same and more when the
    /// share grows.
    #[schema(minimum = 1, maximum = 99, example = 5)]
    share_percent: i64,
}

/// Run a version in the shadow of the one in use
///
/// From now on, on every node: whatever the plugin answers is asked of this version, too, once the answer is kept. What it
/// answers is never used; `GET /v1/plugins/{id}/shadow-runs` says where it differs, how often it fails, and what it costs. Each
/// node asks it in the background, one thing at a time, as a trial is asked (what it keeps is forgotten, `dry_run` is set);
/// what has waited for an hour is left out. Its failures suspend nothing.
///
/// A version is shadow or canary: what it was before ends, and so does what another version was.
#[utoipa::path(
    put, path = "/v1/plugins/{id}/shadow-version", tag = "plugins", params(("id" = PluginId, Path)),
    request_body = ShadowVersion,
    responses(
        (status = 200, description = "Asked beside the version in use", body = PluginView),
        (status = 409, description = "`plugin_not_active`, `version_active`, `plugin_compiling`, `plugin_failed`, \
            `consent_missing`, `config_missing`, `signing_key_revoked`, `settings_refused` by it of a binding or endpoint, or \
            `built_in_plugin`"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("plugin:write")))
)]
async fn begin_plugin_shadow(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<PluginId>,
    if_match: IfMatch,
    Json(shadow): Json<ShadowVersion>,
) -> Result<Versioned<PluginView>> {
    let role = (Role::Shadow, None);
    let (plugin, rollouts) =
        actions::begin(&services, &caller, id, &if_match, shadow.version_id, role).await?;
    Ok(Versioned(plugin.version, PluginView::of(plugin, &rollouts)))
}

/// End a plugin's shadow
///
/// What was compared stays for a month.
#[utoipa::path(
    delete, path = "/v1/plugins/{id}/shadow-version", tag = "plugins", params(("id" = PluginId, Path)),
    responses(
        (status = 200, description = "Nothing is compared any more", body = PluginView),
        (status = 409, description = "`no_shadow_version`, or `built_in_plugin`"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("plugin:write")))
)]
async fn end_plugin_shadow(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<PluginId>,
    if_match: IfMatch,
) -> Result<Versioned<PluginView>> {
    let (plugin, rollouts) = actions::withdraw(&services, &caller, id, &if_match, Role::Shadow).await?;
    Ok(Versioned(plugin.version, PluginView::of(plugin, &rollouts)))
}

/// Ask a version about a share of what comes
///
/// From now on, on every node. Which résumés, applications and deliveries meet it is decided by a hash, so the same one always
/// meets the same version; runs and scores name the version that was asked. Where it has no answer, the version in use is asked
/// as well. Three defects in a row suspend it as they suspend a plugin, and nothing but it: the version in use gets its share
/// meanwhile.
///
/// Activate it (`PUT …/active-version`) to promote it, delete it to withdraw it. Naming it again with another share changes the
/// share and ends a suspension.
#[utoipa::path(
    put, path = "/v1/plugins/{id}/canary-version", tag = "plugins", params(("id" = PluginId, Path)),
    request_body = CanaryVersion,
    responses(
        (status = 200, description = "Asked about its share", body = PluginView),
        (status = 409, description = "`plugin_not_active`, `version_active`, `plugin_compiling`, `plugin_failed`, \
            `consent_missing`, `config_missing`, `signing_key_revoked`, `settings_refused` by it of a binding or endpoint, or \
            `built_in_plugin`"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("plugin:write")))
)]
async fn begin_plugin_canary(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<PluginId>,
    if_match: IfMatch,
    Json(canary): Json<CanaryVersion>,
) -> Result<Versioned<PluginView>> {
    let role = (Role::Canary, Some(share(canary.share_percent)?));
    let (plugin, rollouts) =
        actions::begin(&services, &caller, id, &if_match, canary.version_id, role).await?;
    Ok(Versioned(plugin.version, PluginView::of(plugin, &rollouts)))
}

/// Withdraw a plugin's canary
///
/// The version in use is asked about everything again.
#[utoipa::path(
    delete, path = "/v1/plugins/{id}/canary-version", tag = "plugins", params(("id" = PluginId, Path)),
    responses(
        (status = 200, description = "Withdrawn", body = PluginView),
        (status = 409, description = "`no_canary_version`, or `built_in_plugin`"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("plugin:write")))
)]
async fn end_plugin_canary(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<PluginId>,
    if_match: IfMatch,
) -> Result<Versioned<PluginView>> {
    let (plugin, rollouts) = actions::withdraw(&services, &caller, id, &if_match, Role::Canary).await?;
    Ok(Versioned(plugin.version, PluginView::of(plugin, &rollouts)))
}
