//! Trials on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Report, State as TrialState, Trial, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Ids, Json, Params};
use crate::http::etag::Versioned;
use crate::http::page::{Page, PageParams, list_name};
use crate::ids::{MemberId, PluginId, PluginVersionId, ResumeId, TrialId};
use crate::permissions::Permission;
use crate::resources::plugins;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list_plugin_trials, try_plugin)).routes(routes!(read))
}

/// A version tried on chosen résumés.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrialView {
    pub id: TrialId,
    pub plugin_id: PluginId,
    pub version_id: PluginVersionId,
    pub state: TrialState,
    /// Why there is no report; only in the state `failed`.
    #[schema(example = "plugin_gone")]
    pub error_code: Option<String>,
    /// Only in the state `done`.
    pub report: Option<Report>,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub finished_at: Option<DateTime<Utc>>,
    pub version: i64,
}

impl TrialView {
    fn of(trial: Trial) -> Self {
        let Trial {
            id,
            plugin_id,
            version_id,
            resumes: _,
            state,
            error_code,
            report,
            created_by,
            created_at,
            updated_at,
            finished_at,
            version,
        } = trial;
        let report = report.map(|report| report.0);
        Self {
            id,
            plugin_id,
            version_id,
            state,
            error_code,
            report,
            created_by,
            created_at,
            updated_at,
            finished_at,
            version,
        }
    }
}

/// What to try a version on.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrial {
    #[schema(min_items = 1, max_items = 50)]
    resume_ids: Vec<ResumeId>,
}

/// Try a version
///
/// On résumés you choose, beside the version in use (or, without one, what comes with the server). Nothing is kept but the
/// report: which fields differ, how often it failed, what it cost.
#[utoipa::path(
    post, path = "/v1/plugins/{id}/versions/{version_id}/trials", tag = "plugins",
    params(("id" = PluginId, Path), ("version_id" = PluginVersionId, Path)),
    request_body = NewTrial,
    responses(
        (status = 202, description = "Accepted: waiting for a worker", body = TrialView,
            headers(("location" = String, description = "Where to ask how far it is"))),
        (status = 409, description = "`plugin_not_ready`; `trial_unsupported`: the plugin reads no résumés; `built_in_plugin`"),
    ),
    extensions(("x-permission" = json!("plugin:write")))
)]
async fn try_plugin(
    State(services): State<Services>,
    caller: Caller,
    Ids(id, version): Ids<PluginId, PluginVersionId>,
    Json(new): Json<NewTrial>,
) -> Result<Response> {
    let trial = actions::create(&services, &caller, id, version, new.resume_ids).await?;
    let location = format!("/v1/plugin-trials/{}", trial.id);
    let body = axum::Json(TrialView::of(trial));
    Ok((StatusCode::ACCEPTED, [(header::LOCATION, location)], body).into_response())
}

/// List a version's trials
///
/// Newest first.
#[utoipa::path(
    get, path = "/v1/plugins/{id}/versions/{version_id}/trials", tag = "plugins",
    params(("id" = PluginId, Path), ("version_id" = PluginVersionId, Path), PageParams),
    responses((status = 200, body = Page<TrialView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("plugin:read")))
)]
async fn list_plugin_trials(
    State(services): State<Services>,
    caller: Caller,
    Ids(id, version): Ids<PluginId, PluginVersionId>,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<TrialView>> {
    let list = list_name(caller.tenant, &uri);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    plugins::actions::get(&services, &mut tx, id).await?;
    let version = plugins::actions::get_version(&services, &mut tx, id, version).await?;
    let rows = store::list(&mut tx, version.id, position).await?;
    tx.commit().await?;
    let id = |row: &Trial| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, TrialView::of))
}

/// Read a trial
#[utoipa::path(
    get, path = "/v1/plugin-trials/{id}", tag = "plugins", params(("id" = TrialId, Path)),
    responses((status = 200, body = TrialView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("plugin:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<TrialId>,
) -> Result<Versioned<TrialView>> {
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    let trial = store::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Versioned(trial.version, TrialView::of(trial)))
}
