//! Interviews on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::{StatusCode, Uri};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;
use uuid::Uuid;

use super::store::{Filter, Own};
use super::wire::InterviewView;
use super::{Details, Interview, Kind, Status, actions, evaluations, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::fields;
use crate::http::body::{Id, Json, Params, given};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams, list_name};
use crate::ids::{ApplicationId, CandidateId, InterviewId, JobId, MemberId};
use crate::permissions::Permission;
use crate::resources::{applications, candidates, members};
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list_of_application, create))
        .routes(routes!(list))
        .routes(routes!(read, update))
        .routes(routes!(cancel))
        .routes(routes!(list_own))
        .merge(evaluations::routes::router())
}

/// An interview one takes part in.
#[derive(Debug, Serialize, ToSchema)]
pub struct OwnInterviewView {
    pub id: InterviewId,
    pub application_id: ApplicationId,
    pub candidate_id: CandidateId,
    pub job_id: JobId,
    #[schema(example = "Joiner")]
    pub job_title: String,
    /// What one is in it.
    pub role: InterviewRole,
    pub kind: Kind,
    #[schema(example = "Technical interview")]
    pub title: Option<String>,
    pub starts_at: DateTime<Utc>,
    #[schema(example = 45)]
    pub duration_minutes: i64,
    #[schema(example = "Room 3")]
    pub place: Option<String>,
    /// For interviewers only.
    pub note: Option<String>,
    pub status: Status,
    pub interviewers: Vec<MemberId>,
    pub updated_at: DateTime<Utc>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum InterviewRole {
    Interviewer,
    Candidate,
}

impl OwnInterviewView {
    /// Whoever is the candidate sees no notes, even as an interviewer.
    fn of(own: Own, candidate: Option<CandidateId>) -> Self {
        let Own { interview, candidate_id, job_id, job_title } = own;
        let is_candidate = candidate == Some(candidate_id);
        let role = if is_candidate { InterviewRole::Candidate } else { InterviewRole::Interviewer };
        Self {
            id: interview.id,
            application_id: interview.application_id,
            candidate_id,
            job_id,
            job_title,
            role,
            kind: interview.kind,
            title: interview.title,
            starts_at: interview.starts_at,
            duration_minutes: interview.duration_minutes,
            place: interview.place,
            note: interview.note.filter(|_| role == InterviewRole::Interviewer),
            status: interview.status,
            interviewers: interview.interviewers,
            updated_at: interview.updated_at,
        }
    }
}

/// An interview to schedule.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInterview {
    kind: Kind,
    #[schema(example = "Technical interview")]
    title: Option<String>,
    starts_at: DateTime<Utc>,
    #[schema(example = 45, minimum = 1, maximum = 1440)]
    duration_minutes: i64,
    /// A room, an address, a number to call or a link.
    #[schema(example = "Room 3")]
    place: Option<String>,
    /// For the interviewers; never shown to the candidate.
    note: Option<String>,
    /// Active members, each once.
    #[schema(min_items = 1, max_items = 50)]
    interviewers: Vec<MemberId>,
}

impl NewInterview {
    fn details(self) -> Details {
        Details {
            kind: Some(self.kind),
            title: Some(self.title),
            starts_at: Some(self.starts_at),
            duration_minutes: Some(self.duration_minutes),
            place: Some(self.place),
            note: Some(self.note),
            interviewers: Some(self.interviewers),
        }
    }
}

/// Changes to an interview; what is absent stays, `null` clears.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InterviewChanges {
    kind: Option<Kind>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "Second talk")]
    title: Option<Option<String>>,
    /// Another time is the event `interview.rescheduled` and counts.
    starts_at: Option<DateTime<Utc>>,
    #[schema(example = 60, minimum = 1, maximum = 1440)]
    duration_minutes: Option<i64>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    place: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    note: Option<Option<String>>,
    /// All who hold it from now on.
    #[schema(min_items = 1, max_items = 50)]
    interviewers: Option<Vec<MemberId>>,
}

impl InterviewChanges {
    fn details(self) -> Details {
        let Self { kind, title, starts_at, duration_minutes, place, note, interviewers } = self;
        Details { kind, title, starts_at, duration_minutes, place, note, interviewers }
    }
}

/// Why an interview does not take place.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InterviewCancellation {
    #[schema(example = "The interviewer is ill.")]
    reason: Option<String>,
}

/// Which interviews.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct InterviewParams {
    application_id: Option<ApplicationId>,
    /// Held by this member.
    member_id: Option<MemberId>,
    #[param(inline)]
    status: Option<Status>,
    /// Beginning at this time or later.
    from: Option<DateTime<Utc>>,
    /// Beginning before this time.
    to: Option<DateTime<Utc>>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// Which of one's own interviews.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct OwnInterviewParams {
    /// Beginning at this time or later.
    from: Option<DateTime<Utc>>,
    /// Beginning before this time.
    to: Option<DateTime<Utc>>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// Before every interview there may be: the first second of the year 1.
const BEGINNING: (DateTime<Utc>, Uuid) =
    (DateTime::from_timestamp(-62_135_596_800, 0).expect("it is a time"), Uuid::nil());

fn bound(name: &str, time: Option<DateTime<Utc>>) -> Result<Option<DateTime<Utc>>> {
    time.map(|time| fields::instant(name, time)).transpose()
}

async fn list_with(
    services: &Services,
    caller: &Caller,
    filter: Filter,
    page: PageParams,
    uri: &Uri,
) -> Result<Page<InterviewView>> {
    let list = list_name(caller.tenant, uri);
    let position = page.position_from(&services.keys, &list, BEGINNING)?;
    let (mut tx, reach) = services.db.read_within(caller, Permission::InterviewRead).await?;
    if let Some(application) = filter.application {
        applications::actions::get_within(&mut tx, &reach, application).await?;
    }
    let rows = store::list(&mut tx, &reach, filter, position).await?;
    tx.commit().await?;
    let key = |row: &Interview| (row.starts_at, row.id.uuid());
    Ok(Page::of(rows, position, &services.keys, &list, uri, key, InterviewView::of))
}

/// List interviews
///
/// In the order in which they begin, as far as your roles for departments and jobs reach.
#[utoipa::path(
    get, path = "/v1/interviews", tag = "interviews", params(InterviewParams),
    responses(
        (status = 200, body = Page<InterviewView>, headers(("link" = String, description = "`rel=\"next\"`: the next page"))),
        (status = 404, description = "`not_found`: no such application"),
    ),
    extensions(("x-permission" = json!("interview:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<InterviewParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<InterviewView>> {
    let InterviewParams { application_id, member_id, status, from, to, limit, cursor } = params;
    let (from, to) = (bound("from", from)?, bound("to", to)?);
    let filter = Filter { application: application_id, interviewer: member_id, status, from, to };
    list_with(&services, &caller, filter, PageParams { limit, cursor }, &uri).await
}

/// List an application's interviews
///
/// In the order in which they begin.
#[utoipa::path(
    get, path = "/v1/applications/{id}/interviews", tag = "interviews",
    params(("id" = ApplicationId, Path), PageParams),
    responses((status = 200, body = Page<InterviewView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("interview:read")))
)]
async fn list_of_application(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<InterviewView>> {
    let filter = Filter { application: Some(id), ..Filter::default() };
    list_with(&services, &caller, filter, page, &uri).await
}

/// List one's own interviews
///
/// In the order in which they begin: those one holds, and for a member who is a candidate those of the own applications,
/// without what interviewers note for each other.
#[utoipa::path(
    get, path = "/v1/me/interviews", tag = "me", params(OwnInterviewParams),
    responses((status = 200, body = Page<OwnInterviewView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("me:read")))
)]
async fn list_own(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<OwnInterviewParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<OwnInterviewView>> {
    let OwnInterviewParams { from, to, limit, cursor } = params;
    let (from, to) = (bound("from", from)?, bound("to", to)?);
    let (mut tx, _) = services.db.read_within(&caller, Permission::MeRead).await?;
    let member = members::actions::oneself(&caller)?;
    let list = format!("{} of {member}", list_name(caller.tenant, &uri));
    let position = PageParams { limit, cursor }.position_from(&services.keys, &list, BEGINNING)?;
    let candidate = candidates::store::find_by_member(&mut tx, member).await?;
    let rows = store::list_own(&mut tx, member, candidate, from, to, position).await?;
    tx.commit().await?;
    let key = |row: &Own| (row.interview.starts_at, row.interview.id.uuid());
    let view = |row| OwnInterviewView::of(row, candidate);
    Ok(Page::of(rows, position, &services.keys, &list, &uri, key, view))
}

/// Schedule an interview
#[utoipa::path(
    post, path = "/v1/applications/{id}/interviews", tag = "interviews", params(("id" = ApplicationId, Path)),
    request_body = NewInterview,
    responses(
        (status = 201, description = "Scheduled", body = InterviewView),
        (status = 404, description = "`not_found`: no such application, or no such interviewer"),
        (status = 409, description = "`application_not_active`: the application has ended"),
    ),
    extensions(("x-permission" = json!("interview:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<ApplicationId>,
    Json(new): Json<NewInterview>,
) -> Result<(StatusCode, Versioned<InterviewView>)> {
    let interview = actions::create(&services, &caller, id, new.details()).await?;
    Ok((StatusCode::CREATED, Versioned(interview.version, InterviewView::of(interview))))
}

/// Read an interview
#[utoipa::path(
    get, path = "/v1/interviews/{id}", tag = "interviews", params(("id" = InterviewId, Path)),
    responses((status = 200, body = InterviewView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("interview:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<InterviewId>,
) -> Result<Versioned<InterviewView>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::InterviewRead).await?;
    let (interview, _) = actions::get_within(&mut tx, &reach, id).await?;
    tx.commit().await?;
    Ok(Versioned(interview.version, InterviewView::of(interview)))
}

/// Change or reschedule an interview
#[utoipa::path(
    patch, path = "/v1/interviews/{id}", tag = "interviews", params(("id" = InterviewId, Path)),
    request_body = InterviewChanges,
    responses(
        (status = 200, body = InterviewView, headers(("etag" = String, description = "The version"))),
        (status = 404, description = "`not_found`: no such interview, or no such interviewer"),
        (status = 409, description = "`interview_cancelled`: it is cancelled for good"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("interview:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<InterviewId>,
    if_match: IfMatch,
    Json(changes): Json<InterviewChanges>,
) -> Result<Versioned<InterviewView>> {
    let interview = actions::update(&services, &caller, id, &if_match, changes.details()).await?;
    Ok(Versioned(interview.version, InterviewView::of(interview)))
}

/// Cancel an interview
///
/// For good: schedule another one in its place.
#[utoipa::path(
    put, path = "/v1/interviews/{id}/cancellation", tag = "interviews", params(("id" = InterviewId, Path)),
    request_body = InterviewCancellation,
    responses(
        (status = 200, body = InterviewView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`interview_cancelled`: it is cancelled already"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("interview:write")))
)]
async fn cancel(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<InterviewId>,
    if_match: IfMatch,
    Json(cancellation): Json<InterviewCancellation>,
) -> Result<Versioned<InterviewView>> {
    let interview = actions::cancel(&services, &caller, id, &if_match, cancellation.reason).await?;
    Ok(Versioned(interview.version, InterviewView::of(interview)))
}
