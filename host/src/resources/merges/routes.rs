//! Merges on the wire.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Merge, Moved, actions};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json};
use crate::ids::CandidateId;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(create))
}

/// Who turned out to be the same person.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMerge {
    /// The duplicate: it goes, and leads to the candidate in the path.
    candidate_id: CandidateId,
}

/// Two candidates that became one.
#[derive(Debug, Serialize, ToSchema)]
pub struct MergeView {
    /// Who stays.
    pub candidate_id: CandidateId,
    /// Who is gone, and leads there.
    pub merged_candidate_id: CandidateId,
    /// How many résumés the one that stays took over, deleted ones included.
    #[schema(example = 2)]
    pub moved_resumes: u64,
    #[schema(example = 1)]
    pub moved_applications: u64,
    #[schema(example = 0)]
    pub moved_notes: u64,
}

impl MergeView {
    fn of(merge: Merge) -> Self {
        let Merge { candidate_id, merged_candidate_id, moved } = merge;
        let Moved { resumes, applications, notes } = moved;
        Self {
            candidate_id,
            merged_candidate_id,
            moved_resumes: resumes,
            moved_applications: applications,
            moved_notes: notes,
        }
    }
}

/// Merge a duplicate into a candidate
///
/// The candidate in the path stays. It takes over the duplicate's contacts, résumés, applications, notes and tags, the
/// member it is, and whatever fields it has not itself; its profile is the résumé of both that was read last. The
/// duplicate is deleted, and its id leads to the one that stays. There is no way back.
#[utoipa::path(
    post, path = "/v1/candidates/{id}/merges", tag = "candidates", params(("id" = CandidateId, Path)),
    request_body = NewMerge,
    responses(
        (status = 201, description = "Merged", body = MergeView,
            headers(("location" = String, description = "The candidate that stays"))),
        (status = 409, description = "`both_in_the_running`: both have an active application for the same job; \
            `both_are_members`: each is another member"),
    ),
    extensions(("x-permission" = json!("candidate:merge")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
    Json(new): Json<NewMerge>,
) -> Result<Response> {
    let merge = actions::create(&services, &caller, id, new.candidate_id).await?;
    let location = format!("/v1/candidates/{id}");
    Ok((StatusCode::CREATED, [(header::LOCATION, location)], axum::Json(MergeView::of(merge)))
        .into_response())
}
