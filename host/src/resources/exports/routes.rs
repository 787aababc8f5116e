//! Exports on the wire.

use axum::Extension;
use axum::extract::State;
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Deserialize;
use utoipa::IntoParams;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::places::Places;
use super::{Asked, nouns, stream};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::Params;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(candidates))
        .routes(routes!(jobs))
        .routes(routes!(applications))
        .routes(routes!(resumes))
        .routes(routes!(interviews))
        .routes(routes!(offers))
        .routes(routes!(notes))
        .layer(Extension(Places::default()))
}

/// What to export of a kind.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct ExportParams {
    /// Changed later than this. Ask the next time from a minute before the last `updated_at` you saw, as changes of the same
    /// moment may become visible one after the other.
    updated_after: Option<DateTime<Utc>>,
    /// Also what was deleted, with `deleted_at`.
    #[serde(default)]
    #[param(default = false)]
    include_deleted: bool,
}

/// What to export of a kind of which nothing is known once it was deleted.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct PresentExportParams {
    /// Changed later than this. Ask the next time from a minute before the last `updated_at` you saw, as changes of the same
    /// moment may become visible one after the other.
    updated_after: Option<DateTime<Utc>>,
}

impl ExportParams {
    fn asked(&self) -> Asked {
        Asked { updated_after: self.updated_after, include_deleted: self.include_deleted }
    }
}

impl PresentExportParams {
    fn asked(&self) -> Asked {
        Asked { updated_after: self.updated_after, include_deleted: false }
    }
}

/// Export candidates
///
/// All that you may read, a JSON object a line, each as `GET /v1/candidates/{id}` answers it, in the order of their changes; what
/// changes meanwhile comes again. Profiles and all. `POST /v1/imports` takes them as they are. Takes as long as you read, an hour at most, three at once a tenant.
/// What fails on the way breaks the connection off, so an export is whole when the answer ended without an error. The audit
/// log has who exported what.
#[utoipa::path(
    get, path = "/v1/exports/candidates", tag = "exports", params(ExportParams),
    responses(
        (status = 200, description = "Lines, each one of `x-lines` as JSON", body = String, content_type = "application/x-ndjson"),
        (status = 403, description = "`forbidden`, or `not_readable`: this needs `candidate:read` as well"),
    ),
    extensions(
        ("x-permission" = json!("export:read")),
        ("x-lines" = json!({ "$ref": "#/components/schemas/CandidateView" })),
    )
)]
async fn candidates(
    State(services): State<Services>,
    Extension(places): Extension<Places>,
    caller: Caller,
    Params(params): Params<ExportParams>,
) -> Result<Response> {
    let place = places.take(caller.tenant)?;
    stream::answer::<nouns::Candidates>(services, caller, params.asked(), place).await
}

/// Export jobs
///
/// All that you may read, a JSON object a line, each as `GET /v1/jobs/{id}` answers it, in the order of their changes; what
/// changes meanwhile comes again. Takes as long as you read, an hour at most, three at once a tenant.
/// What fails on the way breaks the connection off, so an export is whole when the answer ended without an error. The audit
/// log has who exported what.
#[utoipa::path(
    get, path = "/v1/exports/jobs", tag = "exports", params(ExportParams),
    responses(
        (status = 200, description = "Lines, each one of `x-lines` as JSON", body = String, content_type = "application/x-ndjson"),
        (status = 403, description = "`forbidden`, or `not_readable`: this needs `job:read` as well"),
    ),
    extensions(
        ("x-permission" = json!("export:read")),
        ("x-lines" = json!({ "$ref": "#/components/schemas/JobView" })),
    )
)]
async fn jobs(
    State(services): State<Services>,
    Extension(places): Extension<Places>,
    caller: Caller,
    Params(params): Params<ExportParams>,
) -> Result<Response> {
    let place = places.take(caller.tenant)?;
    stream::answer::<nouns::Jobs>(services, caller, params.asked(), place).await
}

/// Export applications
///
/// All that you may read, a JSON object a line, each as `GET /v1/applications/{id}` answers it, in the order of their changes; what
/// changes meanwhile comes again. Takes as long as you read, an hour at most, three at once a tenant.
/// What fails on the way breaks the connection off, so an export is whole when the answer ended without an error. The audit
/// log has who exported what.
#[utoipa::path(
    get, path = "/v1/exports/applications", tag = "exports", params(ExportParams),
    responses(
        (status = 200, description = "Lines, each one of `x-lines` as JSON", body = String, content_type = "application/x-ndjson"),
        (status = 403, description = "`forbidden`, or `not_readable`: this needs `application:read` as well"),
    ),
    extensions(
        ("x-permission" = json!("export:read")),
        ("x-lines" = json!({ "$ref": "#/components/schemas/ApplicationView" })),
    )
)]
async fn applications(
    State(services): State<Services>,
    Extension(places): Extension<Places>,
    caller: Caller,
    Params(params): Params<ExportParams>,
) -> Result<Response> {
    let place = places.take(caller.tenant)?;
    stream::answer::<nouns::Applications>(services, caller, params.asked(), place).await
}

/// Export résumés
///
/// All that you may read, a JSON object a line, each as `GET /v1/resumes/{id}` answers it, in the order of their changes; what
/// changes meanwhile comes again. Without files and what was read from them, which have addresses of their own. Takes as long as you read, an hour at most, three at once a tenant.
/// What fails on the way breaks the connection off, so an export is whole when the answer ended without an error. The audit
/// log has who exported what.
#[utoipa::path(
    get, path = "/v1/exports/resumes", tag = "exports", params(ExportParams),
    responses(
        (status = 200, description = "Lines, each one of `x-lines` as JSON", body = String, content_type = "application/x-ndjson"),
        (status = 403, description = "`forbidden`, or `not_readable`: this needs `resume:read` as well"),
    ),
    extensions(
        ("x-permission" = json!("export:read")),
        ("x-lines" = json!({ "$ref": "#/components/schemas/ResumeView" })),
    )
)]
async fn resumes(
    State(services): State<Services>,
    Extension(places): Extension<Places>,
    caller: Caller,
    Params(params): Params<ExportParams>,
) -> Result<Response> {
    let place = places.take(caller.tenant)?;
    stream::answer::<nouns::Resumes>(services, caller, params.asked(), place).await
}

/// Export interviews
///
/// All that you may read, a JSON object a line, each as `GET /v1/interviews/{id}` answers it, in the order of their changes; what
/// changes meanwhile comes again. Takes as long as you read, an hour at most, three at once a tenant.
/// What fails on the way breaks the connection off, so an export is whole when the answer ended without an error. The audit
/// log has who exported what.
#[utoipa::path(
    get, path = "/v1/exports/interviews", tag = "exports", params(PresentExportParams),
    responses(
        (status = 200, description = "Lines, each one of `x-lines` as JSON", body = String, content_type = "application/x-ndjson"),
        (status = 403, description = "`forbidden`, or `not_readable`: this needs `interview:read` as well"),
    ),
    extensions(
        ("x-permission" = json!("export:read")),
        ("x-lines" = json!({ "$ref": "#/components/schemas/InterviewView" })),
    )
)]
async fn interviews(
    State(services): State<Services>,
    Extension(places): Extension<Places>,
    caller: Caller,
    Params(params): Params<PresentExportParams>,
) -> Result<Response> {
    let place = places.take(caller.tenant)?;
    stream::answer::<nouns::Interviews>(services, caller, params.asked(), place).await
}

/// Export offers
///
/// All that you may read, a JSON object a line, each as `GET /v1/offers/{id}` answers it, in the order of their changes; what
/// changes meanwhile comes again. Every version of each. Takes as long as you read, an hour at most, three at once a tenant.
/// What fails on the way breaks the connection off, so an export is whole when the answer ended without an error. The audit
/// log has who exported what.
#[utoipa::path(
    get, path = "/v1/exports/offers", tag = "exports", params(PresentExportParams),
    responses(
        (status = 200, description = "Lines, each one of `x-lines` as JSON", body = String, content_type = "application/x-ndjson"),
        (status = 403, description = "`forbidden`, or `not_readable`: this needs `offer:read` as well"),
    ),
    extensions(
        ("x-permission" = json!("export:read")),
        ("x-lines" = json!({ "$ref": "#/components/schemas/OfferView" })),
    )
)]
async fn offers(
    State(services): State<Services>,
    Extension(places): Extension<Places>,
    caller: Caller,
    Params(params): Params<PresentExportParams>,
) -> Result<Response> {
    let place = places.take(caller.tenant)?;
    stream::answer::<nouns::Offers>(services, caller, params.asked(), place).await
}

/// Export notes
///
/// All that you may read, a JSON object a line, each as `GET /v1/notes/{id}` answers it, in the order of their changes; what
/// changes meanwhile comes again. Others' private notes are not among them. Takes as long as you read, an hour at most, three at once a tenant.
/// What fails on the way breaks the connection off, so an export is whole when the answer ended without an error. The audit
/// log has who exported what.
#[utoipa::path(
    get, path = "/v1/exports/notes", tag = "exports", params(PresentExportParams),
    responses(
        (status = 200, description = "Lines, each one of `x-lines` as JSON", body = String, content_type = "application/x-ndjson"),
        (status = 403, description = "`forbidden`, or `not_readable`: this needs `note:read` as well"),
    ),
    extensions(
        ("x-permission" = json!("export:read")),
        ("x-lines" = json!({ "$ref": "#/components/schemas/NoteView" })),
    )
)]
async fn notes(
    State(services): State<Services>,
    Extension(places): Extension<Places>,
    caller: Caller,
    Params(params): Params<PresentExportParams>,
) -> Result<Response> {
    let place = places.take(caller.tenant)?;
    stream::answer::<nouns::Notes>(services, caller, params.asked(), place).await
}
