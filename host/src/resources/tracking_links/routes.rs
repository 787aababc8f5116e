//! Tracking links on the wire.

use axum::extract::State;
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::store::Counted;
use super::{Details, actions, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Id, Ids, Json};
use crate::ids::{JobId, MemberId, TrackingLinkId};
use crate::permissions::Permission;
use crate::resources::jobs::{self, Job};
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list, create)).routes(routes!(delete))
}

/// A way to a job's form that says where whoever takes it comes from.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrackingLinkView {
    /// Sent as `link` with the form of `POST /v1/jobs/{id}/apply`.
    pub id: TrackingLinkId,
    #[schema(example = "Fair in May, the poster")]
    pub name: String,
    /// What applications by this link have as their source.
    #[schema(example = "Fair")]
    pub source: String,
    #[schema(example = "poster")]
    pub utm_medium: Option<String>,
    #[schema(example = "may")]
    pub utm_campaign: Option<String>,
    /// The job's `apply_url` with the link in its query, for your page to send along; `null` while the job has none.
    #[schema(example = "https://careers.acme.example/jobs/12?link=link_01k7z1v5jafz8rk3m2w9y6t4qd")]
    pub url: Option<String>,
    /// Applications that came in by it.
    #[schema(example = 12)]
    pub applications: i64,
    /// Of these, those that are hired.
    #[schema(example = 1)]
    pub hires: i64,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
}

impl TrackingLinkView {
    fn of(counted: Counted, job: &Job) -> Self {
        let Counted { link, applications, hires } = counted;
        let url = link.url(job);
        Self {
            id: link.id,
            name: link.name,
            source: link.source,
            utm_medium: link.medium,
            utm_campaign: link.campaign,
            url,
            applications,
            hires,
            created_by: link.created_by,
            created_at: link.created_at,
        }
    }
}

/// A job's tracking links.
#[derive(Debug, Serialize, ToSchema)]
pub struct TrackingLinkList {
    pub data: Vec<TrackingLinkView>,
}

/// A new tracking link.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTrackingLink {
    /// For people.
    #[schema(example = "Fair in May, the poster")]
    name: String,
    #[schema(example = "Fair")]
    source: String,
    /// What applications have as `utm_medium` whose form says nothing else.
    #[schema(example = "poster")]
    utm_medium: Option<String>,
    /// What applications have as `utm_campaign` whose form says nothing else.
    #[schema(example = "may")]
    utm_campaign: Option<String>,
}

/// List a job's tracking links
///
/// Newest first, each with how many applied by it and how many of them were hired. The sources they carry are told apart by
/// `GET /v1/analytics/sources`.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/tracking-links", tag = "jobs", params(("id" = JobId, Path)),
    responses((status = 200, body = TrackingLinkList)),
    extensions(("x-permission" = json!("job:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<JobId>,
) -> Result<axum::Json<TrackingLinkList>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::JobRead).await?;
    let job = jobs::actions::get_within(&mut tx, &reach, id).await?;
    let links = store::list(&mut tx, id).await?;
    tx.commit().await?;
    let data = links.into_iter().map(|link| TrackingLinkView::of(link, &job)).collect();
    Ok(axum::Json(TrackingLinkList { data }))
}

/// Make a tracking link
///
/// Publish its `url`, and have the page behind it send `link` with the form: the application then has the link's source.
#[utoipa::path(
    post, path = "/v1/jobs/{id}/tracking-links", tag = "jobs", params(("id" = JobId, Path)),
    request_body = NewTrackingLink,
    responses(
        (status = 201, description = "Made", body = TrackingLinkView),
        (status = 409, description = "`too_many_tracking_links`: a job has 200 at most"),
    ),
    extensions(("x-permission" = json!("job:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<JobId>,
    Json(new): Json<NewTrackingLink>,
) -> Result<(StatusCode, axum::Json<TrackingLinkView>)> {
    let NewTrackingLink { name, source, utm_medium: medium, utm_campaign: campaign } = new;
    let details = Details { name, source, medium, campaign };
    let (link, job) = actions::create(&services, &caller, id, details).await?;
    let counted = Counted { link, applications: 0, hires: 0 };
    Ok((StatusCode::CREATED, axum::Json(TrackingLinkView::of(counted, &job))))
}

/// Delete a tracking link
///
/// Whoever applies by it afterwards comes from wherever the form says. Who came before keeps the source.
#[utoipa::path(
    delete, path = "/v1/jobs/{id}/tracking-links/{link_id}", tag = "jobs",
    params(("id" = JobId, Path), ("link_id" = TrackingLinkId, Path)),
    responses((status = 204, description = "Deleted")),
    extensions(("x-permission" = json!("job:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Ids(job, id): Ids<JobId, TrackingLinkId>,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, job, id).await?;
    Ok(StatusCode::NO_CONTENT)
}
