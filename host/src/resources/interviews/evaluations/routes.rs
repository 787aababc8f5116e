//! Evaluations on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::actions::hidden;
use super::{Attribute, Details, Evaluation, Recommendation, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Json, Params, given};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::{EvaluationId, InterviewId, MemberId};
use crate::permissions::Permission;
use crate::resources::interviews;
use crate::services::Services;

pub(crate) fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(read, update))
}

/// What an interviewer thinks of a candidate.
#[derive(Debug, Serialize, ToSchema)]
pub struct EvaluationView {
    pub id: EvaluationId,
    pub interview_id: InterviewId,
    /// Whose it is.
    pub member_id: MemberId,
    /// 1 to 5.
    #[schema(example = 4)]
    pub rating: Option<i64>,
    pub recommendation: Option<Recommendation>,
    pub attributes: Vec<Attribute>,
    pub feedback: Option<String>,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl EvaluationView {
    fn of(evaluation: Evaluation) -> Self {
        let Evaluation {
            id,
            interview_id,
            member_id,
            rating,
            recommendation,
            attributes,
            feedback,
            created_at,
            updated_at,
            version,
        } = evaluation;
        Self {
            id,
            interview_id,
            member_id,
            rating,
            recommendation,
            attributes: attributes.0,
            feedback,
            created_at,
            updated_at,
            version,
        }
    }
}

/// What you think of a candidate; at least one of these.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewEvaluation {
    #[schema(example = 4, minimum = 1, maximum = 5)]
    rating: Option<i64>,
    recommendation: Option<Recommendation>,
    #[serde(default)]
    attributes: Vec<Attribute>,
    #[schema(example = "Knows the trade; would work with her tomorrow.")]
    feedback: Option<String>,
}

/// Changes to an evaluation; what is absent stays, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EvaluationChanges {
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<i64>, example = 5, minimum = 1, maximum = 5)]
    rating: Option<Option<i64>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Recommendation>)]
    recommendation: Option<Option<Recommendation>>,
    /// All of them.
    attributes: Option<Vec<Attribute>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    feedback: Option<Option<String>>,
}

/// List an interview's evaluations
///
/// Newest first: everybody's with `evaluation:read`, your own with `evaluation:write`, otherwise none.
#[utoipa::path(
    get, path = "/v1/interviews/{id}/evaluations", tag = "interviews",
    params(("id" = InterviewId, Path), PageParams),
    responses((status = 200, body = Page<EvaluationView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("interview:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<InterviewId>,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<EvaluationView>> {
    let list = format!("evaluations of {id} in {}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let (mut tx, reach) = services.db.read_within(&caller, Permission::InterviewRead).await?;
    let (interview, application) = interviews::actions::get_within(&mut tx, &reach, id).await?;
    let sight = actions::sight(&mut tx, &application).await?;
    let rows = store::list(&mut tx, interview.id, sight, position).await?;
    tx.commit().await?;
    let id = |row: &Evaluation| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, EvaluationView::of))
}

/// Evaluate an interview
///
/// By one of its interviewers, once.
#[utoipa::path(
    post, path = "/v1/interviews/{id}/evaluations", tag = "interviews",
    params(("id" = InterviewId, Path)),
    request_body = NewEvaluation,
    responses(
        (status = 201, description = "Made", body = EvaluationView),
        (status = 403, description = "`forbidden`, or `not_an_interviewer`: the interview is held by others"),
        (status = 409, description = "`evaluated_already`: change your evaluation instead; \
            `interview_cancelled`: it did not take place"),
    ),
    extensions(("x-permission" = json!("evaluation:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<InterviewId>,
    Json(new): Json<NewEvaluation>,
) -> Result<(StatusCode, Versioned<EvaluationView>)> {
    let NewEvaluation { rating, recommendation, attributes, feedback } = new;
    let details = Details {
        rating: Some(rating),
        recommendation: Some(recommendation),
        attributes: Some(attributes),
        feedback: Some(feedback),
    };
    let evaluation = actions::create(&services, &caller, id, details).await?;
    Ok((StatusCode::CREATED, Versioned(evaluation.version, EvaluationView::of(evaluation))))
}

/// Read an evaluation
///
/// Anybody's with `evaluation:read`, your own with `evaluation:write`.
#[utoipa::path(
    get, path = "/v1/evaluations/{id}", tag = "interviews",
    params(("id" = EvaluationId, Path)),
    responses((status = 200, body = EvaluationView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("interview:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<EvaluationId>,
) -> Result<Versioned<EvaluationView>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::InterviewRead).await?;
    let evaluation = store::get(&mut tx, id).await?;
    let found = interviews::actions::get_within(&mut tx, &reach, evaluation.interview_id).await;
    let (_, application) = found.map_err(hidden)?;
    actions::sight(&mut tx, &application).await?.require(&evaluation)?;
    tx.commit().await?;
    Ok(Versioned(evaluation.version, EvaluationView::of(evaluation)))
}

/// Change one's own evaluation
#[utoipa::path(
    patch, path = "/v1/evaluations/{id}", tag = "interviews",
    params(("id" = EvaluationId, Path)),
    request_body = EvaluationChanges,
    responses(
        (status = 200, body = EvaluationView, headers(("etag" = String, description = "The version"))),
        (status = 403, description = "`forbidden`, or `not_your_evaluation`: whoever made it changes it"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("evaluation:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<EvaluationId>,
    if_match: IfMatch,
    Json(changes): Json<EvaluationChanges>,
) -> Result<Versioned<EvaluationView>> {
    let EvaluationChanges { rating, recommendation, attributes, feedback } = changes;
    let details = Details { rating, recommendation, attributes, feedback };
    let evaluation = actions::update(&services, &caller, id, &if_match, details).await?;
    Ok(Versioned(evaluation.version, EvaluationView::of(evaluation)))
}
