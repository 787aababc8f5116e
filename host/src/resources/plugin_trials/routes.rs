//! Trials on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Chosen, Report, State as TrialState, Subjects, Trial, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Ids, Json, Params};
use crate::http::etag::Versioned;
use crate::http::page::{Page, PageParams, list_name};
use crate::ids::{
    ApplicationId, EventId, MemberId, PluginId, PluginVersionId, ResumeId, TrialId, WebhookEndpointId,
};
use crate::permissions::Permission;
use crate::resources::plugins;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list_plugin_trials, try_plugin)).routes(routes!(read))
}

/// A version tried on chosen résumés, applications or events.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrialView {
    pub id: TrialId,
    pub plugin_id: PluginId,
    pub version_id: PluginVersionId,
    /// As whose events; null where it was none's, and where it is no transform that is tried.
    pub endpoint_id: Option<WebhookEndpointId>,
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
    fn of(trial: Trial, sees_scores: bool) -> Self {
        let Trial {
            id,
            plugin_id,
            version_id,
            resumes: _,
            subjects,
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
        let report = report.map(|report| if sees_scores { report } else { report.without_values() });
        let endpoint_id = match subjects.as_deref() {
            Some(Subjects::Events { endpoint, .. }) => *endpoint,
            Some(Subjects::Applications(_)) | None => None,
        };
        Self {
            id,
            plugin_id,
            version_id,
            endpoint_id,
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

/// Whether numbers that say how well somebody fits are shown: reports are for who looks after plugins.
fn sees_scores(caller: &Caller) -> bool {
    caller.require(Permission::ScoreRead).is_ok()
}

/// What to try a version on: the one list its kind of plugin is given things of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({ "application_ids": ["app_01k7z1v5jafz8rk3m2w9y6t4qd"] }))]
pub struct NewTrial {
    /// For a parser or a text extractor; each once.
    #[serde(default)]
    #[schema(value_type = Vec<ResumeId>, min_items = 1, max_items = 50)]
    resume_ids: Option<Vec<ResumeId>>,
    /// For a scoring rule; each once. One is asked as its job's binding of the plugin says, also one that is switched off.
    #[serde(default)]
    #[schema(value_type = Vec<ApplicationId>, min_items = 1, max_items = 50)]
    application_ids: Option<Vec<ApplicationId>>,
    /// For a webhook transform; each once.
    #[serde(default)]
    #[schema(value_type = Vec<EventId>, min_items = 1, max_items = 50)]
    event_ids: Option<Vec<EventId>>,
    /// With `event_ids`: events as this webhook endpoint is sent them, with its settings where the plugin is its transform.
    /// Without one: thin payloads.
    endpoint_id: Option<WebhookEndpointId>,
}

/// Try a version
///
/// On what you choose, beside the version in use (or, without one, what comes with the server): a parser or a text extractor
/// on résumés, a scoring rule on applications, a webhook transform on events. A transform is compared with the event as it is
/// where no version is in use, a scoring rule with nothing. Nothing is kept or sent but the report: which fields differ, how
/// often it failed, what it cost, and what a rule scores. What you may not read is not there to be chosen (`resume:read`,
/// `application:read`, `event:read`, `webhook:read`).
#[utoipa::path(
    post, path = "/v1/plugins/{id}/versions/{version_id}/trials", tag = "plugins",
    params(("id" = PluginId, Path), ("version_id" = PluginVersionId, Path)),
    request_body = NewTrial,
    responses(
        (status = 202, description = "Accepted: waiting for a worker", body = TrialView,
            headers(("location" = String, description = "Where to ask how far it is"))),
        (status = 409, description = "`plugin_not_ready`; `built_in_plugin`"),
        (status = 422, description = "`invalid_request`: `trial_unsupported` (a plugin of its kind is not tried on that), `missing`, `out_of_range`, `duplicate`"),
    ),
    extensions(("x-permission" = json!("plugin:write")))
)]
async fn try_plugin(
    State(services): State<Services>,
    caller: Caller,
    Ids(id, version): Ids<PluginId, PluginVersionId>,
    Json(new): Json<NewTrial>,
) -> Result<Response> {
    let chosen = Chosen {
        resumes: new.resume_ids,
        applications: new.application_ids,
        events: new.event_ids,
        endpoint: new.endpoint_id,
    };
    let trial = actions::create(&services, &caller, id, version, chosen).await?;
    let location = format!("/v1/plugin-trials/{}", trial.id);
    let body = axum::Json(TrialView::of(trial, sees_scores(&caller)));
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
    let view = |trial| TrialView::of(trial, sees_scores(&caller));
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, view))
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
    Ok(Versioned(trial.version, TrialView::of(trial, sees_scores(&caller))))
}
