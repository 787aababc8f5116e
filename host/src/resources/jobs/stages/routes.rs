//! Stages on the wire.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Kind, Pipeline, PipelineStage, Stage, Wanted, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json};
use crate::http::etag::{IfMatch, Versioned};
use crate::ids::{JobId, StageId};
use crate::permissions::Permission;
use crate::resources::jobs;
use crate::services::Services;

pub(crate) fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(read_pipeline, set_pipeline)).routes(routes!(list, set))
}

/// A stage of a job.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageView {
    pub id: StageId,
    #[schema(example = "Phone screen")]
    pub name: String,
    pub kind: Kind,
    /// From 0.
    pub position: i64,
    pub created_at: DateTime<Utc>,
}

impl StageView {
    pub(crate) fn of(stage: Stage) -> Self {
        let Stage { id, job_id: _, name, kind, position, created_at } = stage;
        Self { id, name, kind, position, created_at }
    }
}

/// A job's pipeline.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageList {
    pub data: Vec<StageView>,
}

impl StageList {
    fn of(stages: Vec<Stage>) -> Self {
        Self { data: stages.into_iter().map(StageView::of).collect() }
    }
}

/// The stages new jobs begin with.
#[derive(Debug, Serialize, ToSchema)]
pub struct PipelineView {
    pub stages: Vec<PipelineStage>,
    /// 0: the usual ones, never changed.
    pub version: i64,
}

impl PipelineView {
    fn of(pipeline: Pipeline) -> Self {
        Self { stages: pipeline.stages.0, version: pipeline.version }
    }
}

/// The stages new jobs are to begin with: one `applied` first, then any `screening`, `interview` and `offer` in this order,
/// one `hired` last.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPipeline {
    #[schema(example = json!([
        { "name": "Applied", "kind": "applied" }, { "name": "Phone screen", "kind": "screening" },
        { "name": "Offer", "kind": "offer" }, { "name": "Hired", "kind": "hired" },
    ]))]
    stages: Vec<PipelineStage>,
}

/// A stage as it is to be.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedStage {
    /// A stage that is there; a new one without.
    #[serde(default)]
    id: Option<StageId>,
    #[schema(example = "Phone screen")]
    name: String,
    kind: Kind,
}

/// All stages of a job, in their order.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WantedStages {
    #[schema(example = json!([
        { "name": "Applied", "kind": "applied" }, { "name": "Talk", "kind": "interview" }, { "name": "Hired", "kind": "hired" },
    ]))]
    stages: Vec<WantedStage>,
}

/// Read the tenant's pipeline
///
/// The stages that a new job is given; each job may change its own afterwards.
#[utoipa::path(
    get, path = "/v1/pipeline", tag = "jobs",
    responses((status = 200, body = PipelineView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("job:read")))
)]
async fn read_pipeline(State(services): State<Services>, caller: Caller) -> Result<Versioned<PipelineView>> {
    let (mut tx, _) = services.db.read_within(&caller, Permission::JobRead).await?;
    let pipeline = actions::pipeline(&mut tx, services.clock.now()).await?;
    tx.commit().await?;
    Ok(Versioned(pipeline.version, PipelineView::of(pipeline)))
}

/// Set the tenant's pipeline
///
/// Jobs that are there keep theirs.
#[utoipa::path(
    put, path = "/v1/pipeline", tag = "jobs", request_body = NewPipeline,
    responses((status = 200, body = PipelineView, headers(("etag" = String, description = "The version"))), (status = 412)),
    extensions(("x-permission" = json!("pipeline:write")))
)]
async fn set_pipeline(
    State(services): State<Services>,
    caller: Caller,
    if_match: IfMatch,
    Json(new): Json<NewPipeline>,
) -> Result<Versioned<PipelineView>> {
    let pipeline = actions::set_pipeline(&services, &caller, &if_match, new.stages).await?;
    Ok(Versioned(pipeline.version, PipelineView::of(pipeline)))
}

/// List a job's stages
///
/// In their order, from applied to hired.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/stages", tag = "jobs", params(("id" = JobId, Path)),
    responses((status = 200, body = StageList, headers(("etag" = String, description = "The job's version")))),
    extensions(("x-permission" = json!("job:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<JobId>,
) -> Result<Versioned<StageList>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::JobRead).await?;
    let job = jobs::actions::get_within(&mut tx, &reach, id).await?;
    let stages = store::list(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Versioned(job.version, StageList::of(stages)))
}

/// Set a job's stages
///
/// All of them, in their order. Those with an id stay, with a new name or place if you like, but of the same kind; those
/// without are new; those you leave out go, if no active application is in them.
#[utoipa::path(
    put, path = "/v1/jobs/{id}/stages", tag = "jobs", params(("id" = JobId, Path)), request_body = WantedStages,
    responses(
        (status = 200, body = StageList, headers(("etag" = String, description = "The job's version"))),
        (status = 409, description = "`stage_not_empty`: applications are in a stage that would go"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("job:write")))
)]
async fn set(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<JobId>,
    if_match: IfMatch,
    Json(wanted): Json<WantedStages>,
) -> Result<Versioned<StageList>> {
    let wanted = wanted.stages.into_iter().map(|WantedStage { id, name, kind }| Wanted { id, name, kind });
    let (job, stages) = actions::set(&services, &caller, id, &if_match, wanted.collect()).await?;
    Ok(Versioned(job.version, StageList::of(stages)))
}
