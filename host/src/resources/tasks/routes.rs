//! Tasks on the wire.

use axum::extract::{OriginalUri, State as Shared};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions;
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::fields;
use crate::http::body::{Id, Params};
use crate::http::page::{Page, PageParams};
use crate::ids::TaskId;
use crate::permissions::Permission;
use crate::services::Services;
use crate::tasks::{self, Record, State};

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list)).routes(routes!(read)).routes(routes!(retry))
}

/// Background work. What is done is not kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct TaskView {
    pub id: TaskId,
    #[schema(example = "resumes.read")]
    pub kind: String,
    /// `compute`, or `outbound` for what waits for other servers.
    #[schema(example = "compute")]
    pub queue: String,
    pub state: TaskState,
    /// When it is, or was, to run next.
    pub run_at: DateTime<Utc>,
    /// Attempts begun.
    #[schema(example = 3)]
    pub attempts: u32,
    #[schema(example = 10)]
    pub max_attempts: u32,
    /// Why the last attempt failed.
    #[schema(example = "503 Service Unavailable")]
    pub last_error: Option<String>,
    pub created_at: DateTime<Utc>,
    /// When it failed for good.
    pub finished_at: Option<DateTime<Utc>>,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TaskState {
    /// Due.
    Ready,
    Running,
    /// Until `run_at`.
    Waiting,
    /// Failed for good.
    Dead,
    /// No longer wanted.
    Cancelled,
}

impl TaskState {
    fn of(state: State) -> Self {
        match state {
            State::Ready => TaskState::Ready,
            State::Running => TaskState::Running,
            State::Waiting => TaskState::Waiting,
            State::Dead => TaskState::Dead,
            State::Cancelled => TaskState::Cancelled,
        }
    }

    fn stored(self) -> State {
        match self {
            TaskState::Ready => State::Ready,
            TaskState::Running => State::Running,
            TaskState::Waiting => State::Waiting,
            TaskState::Dead => State::Dead,
            TaskState::Cancelled => State::Cancelled,
        }
    }
}

impl TaskView {
    fn of(record: Record) -> Self {
        let Record {
            id,
            tenant_id: _,
            queue,
            kind,
            state,
            run_at,
            attempt,
            max_attempts,
            lease_until: _,
            unique_key: _,
            last_error,
            created_at,
            finished_at,
        } = record;
        Self {
            id,
            kind,
            queue,
            state: TaskState::of(state),
            run_at,
            attempts: attempt,
            max_attempts,
            last_error,
            created_at,
            finished_at,
        }
    }
}

/// Which tasks.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct TaskParams {
    /// Only those in this state.
    state: Option<TaskState>,
    /// Only those of this kind.
    #[param(example = "resumes.read")]
    kind: Option<String>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// List background tasks
///
/// Newest first: what waits, runs, or failed for good (`state=dead`).
#[utoipa::path(
    get, path = "/v1/tasks", tag = "tasks", params(TaskParams),
    responses(
        (status = 200, body = Page<TaskView>, headers(("link" = String, description = "`rel=\"next\"`: the next page"))),
    ),
    extensions(("x-permission" = json!("task:read")))
)]
async fn list(
    Shared(services): Shared<Services>,
    caller: Caller,
    Params(params): Params<TaskParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<TaskView>> {
    let TaskParams { state, kind, limit, cursor } = params;
    let kind = fields::optional_line("kind", kind, 100)?;
    let list = format!("tasks of {} in {state:?} of {kind:?}", caller.tenant);
    let position = PageParams { limit, cursor }.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::TaskRead).await?;
    let state = state.map(TaskState::stored);
    let rows = tasks::list(&mut tx, state, kind.as_deref(), position.after, position.fetch()).await?;
    tx.commit().await?;
    Ok(Page::of(rows, position, &services.keys, &list, &uri, |row: &Record| row.id.uuid(), TaskView::of))
}

/// Read a background task
#[utoipa::path(
    get, path = "/v1/tasks/{id}", tag = "tasks", params(("id" = TaskId, Path)),
    responses(
        (status = 200, body = TaskView),
        (status = 404, description = "`not_found`: no such task, or it is done"),
    ),
    extensions(("x-permission" = json!("task:read")))
)]
async fn read(
    Shared(services): Shared<Services>,
    caller: Caller,
    Id(id): Id<TaskId>,
) -> Result<axum::Json<TaskView>> {
    let mut tx = services.db.read(&caller, Permission::TaskRead).await?;
    let record = tasks::find(&mut tx, id).await?.ok_or(Error::NotFound { what: "task" })?;
    tx.commit().await?;
    Ok(axum::Json(TaskView::of(record)))
}

/// Try a background task again
///
/// One that failed for good gets all its attempts again, from now on.
#[utoipa::path(
    post, path = "/v1/tasks/{id}/retries", tag = "tasks", params(("id" = TaskId, Path)),
    responses(
        (status = 202, description = "It will be tried", body = TaskView),
        (status = 404, description = "`not_found`: no such task, or it is done"),
        (status = 409, description = "`task_not_finished`: it waits or runs; `task_pending`: an equal one does"),
    ),
    extensions(("x-permission" = json!("task:write")))
)]
async fn retry(
    Shared(services): Shared<Services>,
    caller: Caller,
    Id(id): Id<TaskId>,
) -> Result<(StatusCode, axum::Json<TaskView>)> {
    let record = actions::retry(&services, &caller, id).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(TaskView::of(record))))
}
