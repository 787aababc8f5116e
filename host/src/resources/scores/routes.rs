//! Scores on the wire.

use axum::extract::State;
use axum::http::StatusCode;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::wire::{ApplicationScores, ReplayView, ScoringBegun};
use super::{actions, replays, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::Id;
use crate::ids::{ApplicationId, JobId, ScoreId};
use crate::permissions::Permission;
use crate::resources::applications;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list_of_application, score_application))
        .routes(routes!(score_job))
        .routes(routes!(replay))
}

/// Read an application's scores
///
/// The latest by every rule that is asked about its job, with what each point is for and where in the résumé it was read. A
/// rule that gave no score says why, and does not count.
#[utoipa::path(
    get, path = "/v1/applications/{id}/scores", tag = "scores", params(("id" = ApplicationId, Path)),
    responses((status = 200, body = ApplicationScores)),
    extensions(("x-permission" = json!("score:read")))
)]
async fn list_of_application(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
) -> Result<axum::Json<ApplicationScores>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::ScoreRead).await?;
    applications::actions::get_within(&mut tx, &reach, id).await?;
    let scores = store::list(&mut tx, id).await?;
    tx.commit().await?;
    Ok(axum::Json(ApplicationScores::of(scores)))
}

/// Score an application again
///
/// In the background, by every rule that is asked about its job, whether or not anything has changed. New applications are
/// scored by themselves, and active ones again when their résumé, their job or the rules change.
#[utoipa::path(
    post, path = "/v1/applications/{id}/scores", tag = "scores", params(("id" = ApplicationId, Path)),
    responses(
        (status = 202, description = "It will be scored", body = ScoringBegun),
        (status = 409, description = "`candidate_gone`: the candidate was deleted"),
    ),
    extensions(("x-permission" = json!("score:write")))
)]
async fn score_application(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
) -> Result<(StatusCode, axum::Json<ScoringBegun>)> {
    let task_id = actions::score_again(&services, &caller, id).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(ScoringBegun { task_id, applications: 1 })))
}

/// Score a job's applications again
///
/// All that are active, in the background and in batches.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/scores", tag = "scores", params(("id" = JobId, Path)),
    responses((status = 202, description = "They will be scored", body = ScoringBegun)),
    extensions(("x-permission" = json!("score:write")))
)]
async fn score_job(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<JobId>,
) -> Result<(StatusCode, axum::Json<ScoringBegun>)> {
    let (task_id, applications) = actions::score_job_again(&services, &caller, id).await?;
    Ok((StatusCode::ACCEPTED, axum::Json(ScoringBegun { task_id, applications })))
}

/// Replay a score
///
/// Asks the same version of the rule with the same settings about the same input once more, and says whether it answers the
/// same, byte for byte. Nothing of the score is changed.
#[utoipa::path(
    post, path = "/v1/scores/{id}/replays", tag = "scores", params(("id" = ScoreId, Path)),
    responses(
        (status = 200, body = ReplayView),
        (status = 409, description = "`not_scored`; `input_erased`: what it was given is gone; `input_changed`: it would be given \
            something else now, the detail names both hashes; `plugin_gone`: that version is no longer installed"),
    ),
    extensions(("x-permission" = json!("score:write")))
)]
async fn replay(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ScoreId>,
) -> Result<axum::Json<ReplayView>> {
    Ok(axum::Json(ReplayView::of(replays::replay(&services, &caller, id).await?)))
}
