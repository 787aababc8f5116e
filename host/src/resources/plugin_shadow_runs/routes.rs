//! Shadow runs on the wire.

use axum::extract::{OriginalUri, State};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Outcome, ShadowRun, Summary, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Params};
use crate::http::page::{Page, PageParams, list_name};
use crate::ids::{PluginId, PluginVersionId, ShadowRunId};
use crate::permissions::Permission;
use crate::resources::plugins;
use crate::resources::plugins::comparison::FieldDifference;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list_plugin_shadow_runs))
        .routes(routes!(summarise_plugin_shadow_runs))
}

/// What calls cost.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShadowCost {
    /// From call to answer, in microseconds.
    #[schema(example = 184_000)]
    pub wall_micros: i64,
    /// On a core, in microseconds.
    #[schema(example = 171_000)]
    pub cpu_micros: i64,
    /// Bytes, of the call that needed most.
    #[schema(example = 2424832)]
    pub peak_memory: i64,
}

/// What a shadow answered beside an answer that was kept. Kept for a month.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShadowRunView {
    pub id: ShadowRunId,
    pub version_id: PluginVersionId,
    /// On what both worked.
    #[schema(example = "resume_01k7z1v5jafz8rk3m2w9y6t4qd")]
    pub subject_id: String,
    pub outcome: Outcome,
    /// Why there was no answer; only in the outcome `failed`.
    #[schema(example = "plugin_timeout")]
    pub error_code: Option<String>,
    /// Where the answers differ, never what they say; nothing once the person is erased.
    pub differences: Vec<FieldDifference>,
    pub cost: ShadowCost,
    /// Instructions, for plugins that are metered.
    pub fuel: Option<i64>,
    #[schema(example = 4)]
    pub host_calls: i64,
    /// The author's version whose answer was kept.
    #[schema(example = "1.2.0")]
    pub baseline_release: String,
    /// Of the answer that was kept.
    pub baseline_cost: ShadowCost,
    pub baseline_fuel: Option<i64>,
    pub created_at: DateTime<Utc>,
}

impl ShadowRunView {
    fn of(run: ShadowRun) -> Self {
        Self {
            id: run.id,
            version_id: run.version_id,
            subject_id: run.subject_id,
            outcome: run.outcome,
            error_code: run.error_code,
            differences: run.differences.0,
            cost: ShadowCost {
                wall_micros: run.wall_micros,
                cpu_micros: run.cpu_micros,
                peak_memory: run.peak_memory,
            },
            fuel: run.fuel,
            host_calls: run.host_calls,
            baseline_release: run.baseline_release,
            baseline_cost: ShadowCost {
                wall_micros: run.baseline_wall_micros,
                cpu_micros: run.baseline_cpu_micros,
                peak_memory: run.baseline_peak_memory,
            },
            baseline_fuel: run.baseline_fuel,
            created_at: run.created_at,
        }
    }
}

/// What became of a version in the shadow, over the last month.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShadowSummaryView {
    pub version_id: PluginVersionId,
    /// The author's version.
    #[schema(example = "1.3.0")]
    pub release: String,
    /// Answers that were compared: `same`, `different` and `failed` together.
    #[schema(example = 200)]
    pub compared: i64,
    #[schema(example = 180)]
    pub same: i64,
    #[schema(example = 18)]
    pub different: i64,
    /// Where it had no answer.
    #[schema(example = 2)]
    pub failed: i64,
    /// Of all its calls together.
    pub cost: ShadowCost,
    /// Of the answers that were kept, together.
    pub baseline_cost: ShadowCost,
    pub first_at: DateTime<Utc>,
    pub last_at: DateTime<Utc>,
}

impl ShadowSummaryView {
    fn of(summary: Summary) -> Self {
        Self {
            version_id: summary.version_id,
            release: summary.release,
            compared: summary.compared,
            same: summary.same,
            different: summary.different,
            failed: summary.failed,
            cost: ShadowCost {
                wall_micros: summary.wall_micros,
                cpu_micros: summary.cpu_micros,
                peak_memory: summary.peak_memory,
            },
            baseline_cost: ShadowCost {
                wall_micros: summary.baseline_wall_micros,
                cpu_micros: summary.baseline_cpu_micros,
                peak_memory: summary.baseline_peak_memory,
            },
            first_at: summary.first_at,
            last_at: summary.last_at,
        }
    }
}

/// What became of each version in the shadow.
#[derive(Debug, Serialize, ToSchema)]
pub struct ShadowSummaries {
    pub data: Vec<ShadowSummaryView>,
}

/// Which of a plugin's shadow runs.
#[derive(Debug, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ShadowRunParams {
    /// Only of this version.
    version_id: Option<PluginVersionId>,
    /// Only those that ended so.
    outcome: Option<Outcome>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// List a plugin's shadow runs
///
/// Where a version in the shadow answered something else than what was kept, and what both cost; the latest first. Kept for a
/// month, and without a word of what the answers say.
#[utoipa::path(
    get, path = "/v1/plugins/{id}/shadow-runs", tag = "plugins", params(("id" = PluginId, Path), ShadowRunParams),
    responses((status = 200, body = Page<ShadowRunView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("plugin:read")))
)]
async fn list_plugin_shadow_runs(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<PluginId>,
    Params(params): Params<ShadowRunParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<ShadowRunView>> {
    let ShadowRunParams { version_id, outcome, limit, cursor } = params;
    let list = list_name(caller.tenant, &uri);
    let position = PageParams { limit, cursor }.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    plugins::actions::get(&services, &mut tx, id).await?;
    let rows = store::list(&mut tx, id, version_id, outcome, position).await?;
    tx.commit().await?;
    let id = |row: &ShadowRun| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, ShadowRunView::of))
}

/// Summarise a plugin's shadow runs
///
/// How often each version answered the same, something else, or nothing, and what it cost beside the answers that were kept;
/// over the last month, the version installed last first.
#[utoipa::path(
    get, path = "/v1/plugins/{id}/shadow-runs/summary", tag = "plugins", params(("id" = PluginId, Path)),
    responses((status = 200, body = ShadowSummaries)),
    extensions(("x-permission" = json!("plugin:read")))
)]
async fn summarise_plugin_shadow_runs(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<PluginId>,
) -> Result<axum::Json<ShadowSummaries>> {
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    plugins::actions::get(&services, &mut tx, id).await?;
    let summaries = store::summarise(&mut tx, id).await?;
    tx.commit().await?;
    Ok(axum::Json(ShadowSummaries { data: summaries.into_iter().map(ShadowSummaryView::of).collect() }))
}
