//! Subject exports on the wire.

use axum::body::Body;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use tokio_util::io::ReaderStream;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{actions, archive};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::Id;
use crate::ids::CandidateId;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(export))
}

/// Hand over what is known of a person
///
/// One ZIP archive with everything: the candidate and whoever was merged into them, consents, applications with their history
/// and scores, interviews with evaluations, offers, notes (private ones, too), and each résumé with its file, its text and
/// what was read from it. A deleted candidate can be exported until they are erased. That it was asked for stands in the audit
/// log.
#[utoipa::path(
    get, path = "/v1/candidates/{id}/export", tag = "privacy", params(("id" = CandidateId, Path)),
    responses(
        (status = 200, description = "The archive", body = Vec<u8>, content_type = "application/zip",
            headers(("content-disposition" = String, description = "`attachment`, with the archive's name"))),
        (status = 308, description = "`moved`: the candidate was merged into another",
            headers(("location" = String, description = "That one's export"))),
    ),
    extensions(("x-permission" = json!("candidate:export")))
)]
async fn export(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<CandidateId>,
) -> Result<Response> {
    let known = actions::gather(&services, &caller, id).await?;
    let (file, length) = archive::write(&services, &caller, known).await?;
    let headers = [
        (header::CONTENT_TYPE, "application/zip".to_owned()),
        (header::CONTENT_LENGTH, length.to_string()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"{id}.zip\"")),
    ];
    let body = Body::from_stream(ReaderStream::new(tokio::fs::File::from_std(file)));
    Ok((headers, body).into_response())
}
