//! Openings on the wire.

use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Opening, Status, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Ids, Json};
use crate::http::etag::{IfMatch, Versioned};
use crate::ids::{ApplicationId, JobId, MemberId, OpeningId};
use crate::permissions::Permission;
use crate::resources::jobs;
use crate::services::Services;

pub(crate) fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read)).routes(routes!(set_status))
}

/// One head to be hired.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpeningView {
    pub id: OpeningId,
    pub job_id: JobId,
    pub status: Status,
    /// Since when somebody is sought.
    pub opened_at: Option<DateTime<Utc>>,
    pub filled_at: Option<DateTime<Utc>>,
    /// When it was given up.
    pub closed_at: Option<DateTime<Utc>>,
    pub close_reason: Option<String>,
    /// Whoever was hired for it.
    pub application_id: Option<ApplicationId>,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl OpeningView {
    fn of(opening: Opening) -> Self {
        let status = opening.status();
        let Opening {
            id,
            job_id,
            opened_at,
            filled_at,
            closed_at,
            close_reason,
            application_id,
            created_by,
            created_at,
            updated_at,
            version,
        } = opening;
        Self {
            id,
            job_id,
            status,
            opened_at,
            filled_at,
            closed_at,
            close_reason,
            application_id,
            created_by,
            created_at,
            updated_at,
            version,
        }
    }
}

/// A job's openings.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpeningList {
    pub data: Vec<OpeningView>,
}

impl OpeningList {
    fn of(openings: Vec<Opening>) -> Self {
        Self { data: openings.into_iter().map(OpeningView::of).collect() }
    }
}

/// Openings to add.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewOpenings {
    /// How many.
    #[serde(default = "one")]
    #[schema(minimum = 0, maximum = 1000, default = 1, example = 2)]
    openings: u32,
}

fn one() -> u32 {
    1
}

/// What an opening is to become.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct OpeningStatusChange {
    status: WantedOpeningStatus,
    #[schema(example = "Budget was cut")]
    reason: Option<String>,
}

/// What an opening can be told to become; it is filled by a hire.
#[derive(Clone, Copy, Debug, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WantedOpeningStatus {
    Open,
    Closed,
}

/// List a job's openings
///
/// Oldest first.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/openings", tag = "jobs", params(("id" = JobId, Path)),
    responses((status = 200, body = OpeningList)),
    extensions(("x-permission" = json!("job:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<JobId>,
) -> Result<axum::Json<OpeningList>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::JobRead).await?;
    jobs::actions::get_within(&mut tx, &reach, id).await?;
    let openings = store::list(&mut tx, id).await?;
    tx.commit().await?;
    Ok(axum::Json(OpeningList::of(openings)))
}

/// Add openings to a job
///
/// Open at once where the job is open or paused; else planned, and open when it is.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/openings", tag = "jobs", params(("id" = JobId, Path)), request_body = NewOpenings,
    responses((status = 201, description = "Added", body = OpeningList)),
    extensions(("x-permission" = json!("job:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<JobId>,
    Json(new): Json<NewOpenings>,
) -> Result<(StatusCode, axum::Json<OpeningList>)> {
    let openings = actions::create(&services, &caller, id, new.openings).await?;
    Ok((StatusCode::CREATED, axum::Json(OpeningList::of(openings))))
}

/// Read an opening
#[utoipa::path(
    get, path = "/v1/jobs/{id}/openings/{opening_id}", tag = "jobs",
    params(("id" = JobId, Path), ("opening_id" = OpeningId, Path)),
    responses((status = 200, body = OpeningView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("job:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Ids(job, id): Ids<JobId, OpeningId>,
) -> Result<Versioned<OpeningView>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::JobRead).await?;
    jobs::actions::get_within(&mut tx, &reach, job).await?;
    let opening = store::get(&mut tx, job, id).await?;
    tx.commit().await?;
    Ok(Versioned(opening.version, OpeningView::of(opening)))
}

/// Close an opening, or open it again
///
/// A closed one that is opened again begins a new period: how long it takes to fill counts from then.
#[utoipa::path(
    put, path = "/v1/jobs/{id}/openings/{opening_id}/status", tag = "jobs",
    params(("id" = JobId, Path), ("opening_id" = OpeningId, Path)), request_body = OpeningStatusChange,
    responses(
        (status = 200, body = OpeningView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`opening_status_transition`: it is filled, it is so already, or its job is not open"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("job:write")))
)]
async fn set_status(
    State(services): State<Services>,
    caller: Caller,
    Ids(job, id): Ids<JobId, OpeningId>,
    if_match: IfMatch,
    Json(change): Json<OpeningStatusChange>,
) -> Result<Versioned<OpeningView>> {
    let wanted = match change.status {
        WantedOpeningStatus::Open => actions::Wanted::Open,
        WantedOpeningStatus::Closed => actions::Wanted::Closed,
    };
    let opening =
        actions::set_status(&services, &caller, (job, id), &if_match, wanted, change.reason).await?;
    Ok(Versioned(opening.version, OpeningView::of(opening)))
}
