//! Analytics on the wire: every figure is read, none is written.

mod params;

use axum::Json;
use axum::extract::State;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use self::params::{
    OffersParams, OverviewParams, SourcesParams, StageConversionParams, TimeInStageParams, TimeToFillParams,
    TimeToHireParams,
};
use super::frame::Frame;
use super::groups::Report;
use super::offers::{self, OfferAcceptance};
use super::overview::{self, Overview};
use super::sources::{self, SourceEffectiveness};
use super::stage_conversion::{self, StageConversion};
use super::time_in_stage::{self, TimeInStage};
use super::time_to_fill::{self, TimeToFill};
use super::time_to_hire::{self, TimeToHire};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::Params;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(read_time_to_fill))
        .routes(routes!(read_time_to_hire))
        .routes(routes!(read_stage_conversion))
        .routes(routes!(read_time_in_stage))
        .routes(routes!(read_sources))
        .routes(routes!(read_offers))
        .routes(routes!(read_overview))
}

/// Read the time to fill
///
/// From the opening of an opening until somebody was hired for it: gross, and net of the time its job was paused. Openings
/// filled in the span `from` … `to` count, each for itself. Those still open are `censored`; those closed with nobody hired
/// are `excluded`.
#[utoipa::path(
    get, path = "/v1/analytics/time-to-fill", tag = "analytics", params(TimeToFillParams),
    responses(
        (status = 200, body = Report<TimeToFill>),
        (status = 404, description = "`not_found`: no such job or department, or it is out of reach"),
    ),
    extensions(("x-permission" = json!("analytics:read")))
)]
async fn read_time_to_fill(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<TimeToFillParams>,
) -> Result<Json<Report<TimeToFill>>> {
    let (mut tx, frame) = Frame::open(&services, &caller, &params.asked(None)).await?;
    let report = time_to_fill::report(&mut tx, &frame, params.rules(), params.groups()).await?;
    tx.commit().await?;
    Ok(Json(report))
}

/// Read the time to hire
///
/// From applying until being hired: every application that was hired in the span `from` … `to` counts. A hire that was
/// undone does not; one that was made again afterwards counts from then.
#[utoipa::path(
    get, path = "/v1/analytics/time-to-hire", tag = "analytics", params(TimeToHireParams),
    responses(
        (status = 200, body = Report<TimeToHire>),
        (status = 404, description = "`not_found`: no such job or department, or it is out of reach"),
    ),
    extensions(("x-permission" = json!("analytics:read")))
)]
async fn read_time_to_hire(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<TimeToHireParams>,
) -> Result<Json<Report<TimeToHire>>> {
    let (mut tx, frame) = Frame::open(&services, &caller, &params.asked(params.source.clone())).await?;
    let report = time_to_hire::report(&mut tx, &frame, params.rules(), params.group_by).await?;
    tx.commit().await?;
    Ok(Json(report))
}

/// Read stage conversion
///
/// Of the applications that came in during the span `from` … `to`: how many got how far, by kind of stage, or by the job's
/// own stages with `job_id`. With `reached=filled` whoever jumps over a stage has reached it, so no step exceeds 1.
#[utoipa::path(
    get, path = "/v1/analytics/stage-conversion", tag = "analytics", params(StageConversionParams),
    responses(
        (status = 200, body = Report<StageConversion>),
        (status = 404, description = "`not_found`: no such job or department, or it is out of reach"),
    ),
    extensions(("x-permission" = json!("analytics:read")))
)]
async fn read_stage_conversion(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<StageConversionParams>,
) -> Result<Json<Report<StageConversion>>> {
    let (mut tx, frame) = Frame::open(&services, &caller, &params.asked(params.source.clone())).await?;
    let report = stage_conversion::report(&mut tx, &frame, params.rules(), params.group_by).await?;
    tx.commit().await?;
    Ok(Json(report))
}

/// Read the time in stage
///
/// How long applications stay in each kind of stage, or in each of the job's own stages with `job_id`: visits that began in
/// the span `from` … `to`. Whoever is there still is `censored`; `ageing` names those who have been for longer than three in
/// four were.
#[utoipa::path(
    get, path = "/v1/analytics/time-in-stage", tag = "analytics", params(TimeInStageParams),
    responses(
        (status = 200, body = Report<TimeInStage>),
        (status = 404, description = "`not_found`: no such job or department, or it is out of reach"),
    ),
    extensions(("x-permission" = json!("analytics:read")))
)]
async fn read_time_in_stage(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<TimeInStageParams>,
) -> Result<Json<Report<TimeInStage>>> {
    let (mut tx, frame) = Frame::open(&services, &caller, &params.asked(params.source.clone())).await?;
    let report = time_in_stage::report(&mut tx, &frame, params.rules(), params.group_by).await?;
    tx.commit().await?;
    Ok(Json(report))
}

/// Read where hires come from
///
/// Of the applications that came in during the span `from` … `to`, by source: how many were concluded, interviewed, offered
/// and hired, how long it took, and what it cost. Those without a source are `unattributed`, never left out.
#[utoipa::path(
    get, path = "/v1/analytics/sources", tag = "analytics", params(SourcesParams),
    responses(
        (status = 200, body = Report<SourceEffectiveness>),
        (status = 403, description = "`forbidden`, or `not_readable`: `scores=true` needs `score:read` as well"),
        (status = 404, description = "`not_found`: no such job or department, or it is out of reach"),
    ),
    extensions(("x-permission" = json!("analytics:read")))
)]
async fn read_sources(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<SourcesParams>,
) -> Result<Json<Report<SourceEffectiveness>>> {
    let (mut tx, frame) = Frame::open(&services, &caller, &params.asked(params.source.clone())).await?;
    let report = sources::report(&mut tx, &caller, &frame, params.rules(), params.groups()).await?;
    tx.commit().await?;
    Ok(Json(report))
}

/// Read what became of offers
///
/// Of the offers sent in the span `from` … `to`: accepted, of those accepted or declined. Pending, expired, rescinded and
/// superseded ones are told apart; only the last version of an offer counts.
#[utoipa::path(
    get, path = "/v1/analytics/offers", tag = "analytics", params(OffersParams),
    responses(
        (status = 200, body = Report<OfferAcceptance>),
        (status = 404, description = "`not_found`: no such job or department, or it is out of reach"),
    ),
    extensions(("x-permission" = json!("analytics:read")))
)]
async fn read_offers(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<OffersParams>,
) -> Result<Json<Report<OfferAcceptance>>> {
    let (mut tx, frame) = Frame::open(&services, &caller, &params.asked(params.source.clone())).await?;
    let report = offers::report(&mut tx, &frame, params.group_by).await?;
    tx.commit().await?;
    Ok(Json(report))
}

/// Read the overview
///
/// How many jobs and applications stand where, and the figures of the other operations, each without further parameters.
#[utoipa::path(
    get, path = "/v1/analytics/overview", tag = "analytics", params(OverviewParams),
    responses(
        (status = 200, body = Report<Overview>),
        (status = 404, description = "`not_found`: no such job or department, or it is out of reach"),
    ),
    extensions(("x-permission" = json!("analytics:read")))
)]
async fn read_overview(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<OverviewParams>,
) -> Result<Json<Report<Overview>>> {
    let (mut tx, frame) = Frame::open(&services, &caller, &params.asked(None)).await?;
    let report = overview::report(&mut tx, &frame).await?;
    tx.commit().await?;
    Ok(Json(report))
}
