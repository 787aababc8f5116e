//! What résumés say, on the wire: in either shape, with what it rests on; and corrections of it.

use axum::extract::State;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{actions, corrections, store};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::http::body::{Id, Json, Params};
use crate::http::etag::{IfMatch, Versioned};
use crate::ids::ResumeId;
use crate::json_resume;
use crate::permissions::Permission;
use crate::services::Services;
use crate::unified_resume::{Evidence, UnifiedResume};

pub(super) fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(unified, correct))
}

/// In which shape, and with what beside it.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct UnifiedParams {
    #[param(inline)]
    #[serde(default)]
    format: Format,
    /// `evidence` adds `evidence`: page, box and confidence of every value that was read, by JSON Pointer; and
    /// `corrected`: the JSON Pointers of what people corrected, of which nothing was read.
    #[param(inline)]
    include: Option<Include>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Format {
    #[default]
    Unified,
    JsonResume,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
enum Include {
    Evidence,
}

/// What a résumé says
///
/// The UnifiedResume of the latest successful reading, with what people corrected on top: every field optional, dates in
/// ISO 8601 of any precision. `format=json-resume` answers the same as a JSON Resume (jsonresume.org).
#[utoipa::path(
    get, path = "/v1/resumes/{id}/unified", tag = "résumés", params(("id" = ResumeId, Path), UnifiedParams),
    responses(
        (status = 200, body = UnifiedResume, headers(("etag" = String, description = "The résumé's version"))),
        (status = 409, description = "`not_read_yet`: wait until the status is `success`; `reading_failed`: it could not be read"),
    ),
    extensions(("x-permission" = json!("resume:read")))
)]
async fn unified(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ResumeId>,
    Params(params): Params<UnifiedParams>,
) -> Result<Versioned<Value>> {
    if params.format == Format::JsonResume && params.include.is_some() {
        let detail = "evidence points into the unified format; leave format or include out";
        return Err(Error::invalid("include", "not_with_this_format", detail));
    }
    let (mut tx, reach) = services.db.read_within(&caller, Permission::ResumeRead).await?;
    let resume = actions::get_within(&mut tx, &reach, id).await?;
    let parse = store::get_parse(&mut tx, resume.reading()?).await?;
    tx.commit().await?;
    let unified = resume.corrected(&parse.unified.map(|unified| unified.0).unwrap_or_default());
    if params.format == Format::JsonResume {
        return Ok(Versioned(resume.version, json_resume::from_unified(&unified)));
    }
    let mut body = serde_json::to_value(unified).map_err(anyhow::Error::new)?;
    if params.include == Some(Include::Evidence) {
        let corrected = corrections::pointers(resume.corrections.as_deref());
        let evidence: Vec<_> = parse.evidence.map(|evidence| evidence.0).unwrap_or_default();
        let read = evidence.into_iter().filter(|item| !corrections::is_corrected(&corrected, &item.pointer));
        body["evidence"] = read.map(evidence_view).collect();
        body["corrected"] = corrected.into();
    }
    Ok(Versioned(resume.version, body))
}

fn evidence_view(evidence: Evidence) -> Value {
    let Evidence { pointer, page, rect, confidence } = evidence;
    // The shortest decimal of the single: 0.9, not 0.8999999761581421.
    let short = |number: f32| number.to_string().parse::<f64>().unwrap_or_default();
    let rect = rect.map(|r| json!([short(r.x), short(r.y), short(r.width), short(r.height)]));
    json!({ "pointer": pointer, "page": page, "box": rect, "confidence": short(confidence) })
}

/// Correct what a résumé says
///
/// A JSON Merge Patch (RFC 7396): what is absent stays, `null` takes away, lists are replaced as a whole. Corrections add
/// up and stay when the résumé is read again; the candidate's profile changes with them, if it is this résumé. Answers
/// what the résumé says from now on. All corrections of a résumé come to 1 MiB at most.
#[utoipa::path(
    patch, path = "/v1/resumes/{id}/unified", tag = "résumés", params(("id" = ResumeId, Path)),
    request_body(
        description = "Part of a UnifiedResume",
        content((UnifiedResume = "application/merge-patch+json"), (UnifiedResume = "application/json")),
    ),
    responses(
        (status = 200, body = UnifiedResume, headers(("etag" = String, description = "The résumé's version"))),
        (status = 409, description = "`not_read_yet`: wait until the status is `success`; `reading_failed`: it could not be read"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("resume:write")))
)]
async fn correct(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ResumeId>,
    if_match: IfMatch,
    Json(patch): Json<Map<String, Value>>,
) -> Result<Versioned<UnifiedResume>> {
    let (resume, corrected) = actions::correct(&services, &caller, id, &if_match, patch).await?;
    Ok(Versioned(resume.version, corrected))
}
