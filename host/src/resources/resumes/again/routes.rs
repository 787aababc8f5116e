//! Reading many again, on the wire.

use axum::extract::State;
use axum::http::StatusCode;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Which, actions};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::Json;
use crate::ids::TaskId;
use crate::services::Services;

pub(crate) fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(read_all_again))
}

/// Which résumés to read again, and by what.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ParsesWanted {
    which: Which,
    /// A parser by its id; the tenant's own without one.
    #[schema(example = "mortise/resume-parser")]
    parser: Option<String>,
}

/// Readings that will begin.
#[derive(Debug, Serialize, ToSchema)]
pub struct ParsesBegun {
    /// The task that begins them, as long as it has not: `GET /v1/tasks/{id}`.
    pub task_id: TaskId,
}

/// Parse all résumés again
///
/// Or those that could not be read. It goes on in the background, behind whatever else is to be read; the results so far stay
/// until the new readings succeed, and corrections stay over them.
#[utoipa::path(
    post, path = "/v1/parses", tag = "résumés", request_body = ParsesWanted,
    responses((status = 202, description = "Accepted", body = ParsesBegun)),
    extensions(("x-permission" = json!("resume:parse")))
)]
async fn read_all_again(
    State(services): State<Services>,
    caller: Caller,
    Json(wanted): Json<ParsesWanted>,
) -> Result<(StatusCode, axum::Json<ParsesBegun>)> {
    let task_id = actions::begin(&services, &caller, wanted.which, wanted.parser).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(ParsesBegun { task_id })))
}
