//! Jobs on the wire.

use axum::extract::{OriginalUri, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::content::{
    Compensation, Description, EmploymentType, InterviewStep, JobLevel, JobLocation, JobSkill, Question,
};
use super::history::StatusChange;
use super::listing::JobParams;
use super::wire::{JobView, NewJob};
use super::{Details, Job, Status, actions, openings, public, stages, store};
use crate::caller::{Caller, Origin};
use crate::error::Result;
use crate::http::body::{Id, Json, Params, given};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Order, Page, PageParams, list_name};
use crate::ids::{AssignmentId, ChangeId, DepartmentId, JobId, MemberId, OfficeId, RoleId};
use crate::permissions::Permission;
use crate::resources::departments;
use crate::resources::search::skills;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(set_status))
        .routes(routes!(history))
        .routes(routes!(team))
        .routes(routes!(posting))
        .merge(stages::routes::router())
        .merge(openings::routes::router())
}

/// Changes to a job; what is absent stays, `null` clears, lists are replaced.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobChanges {
    #[schema(example = "Senior joiner")]
    title: Option<String>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    reference: Option<Option<String>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<DepartmentId>)]
    department_id: Option<Option<DepartmentId>>,
    /// All of them.
    office_ids: Option<Vec<OfficeId>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<EmploymentType>)]
    employment_type: Option<Option<EmploymentType>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<JobLevel>)]
    experience_level: Option<Option<JobLevel>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<JobLocation>)]
    location: Option<Option<JobLocation>>,
    descriptions: Option<Vec<Description>>,
    responsibilities: Option<Vec<String>>,
    skills: Option<Vec<JobSkill>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<Compensation>)]
    compensation: Option<Option<Compensation>>,
    interview_process: Option<Vec<InterviewStep>>,
    questions: Option<Vec<Question>>,
    tags: Option<Vec<String>>,
    custom_fields: Option<Map<String, Value>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<MemberId>)]
    hiring_manager_id: Option<Option<MemberId>>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>)]
    apply_url: Option<Option<String>>,
    is_evergreen: Option<bool>,
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<DateTime<Utc>>)]
    closes_at: Option<Option<DateTime<Utc>>>,
}

impl JobChanges {
    fn details(self) -> Details {
        Details {
            reference: self.reference,
            title: self.title,
            department: self.department_id,
            offices: self.office_ids,
            employment_type: self.employment_type,
            experience_level: self.experience_level,
            location: self.location,
            descriptions: self.descriptions,
            responsibilities: self.responsibilities,
            skills: self.skills,
            compensation: self.compensation,
            interview_process: self.interview_process,
            questions: self.questions,
            tags: self.tags,
            custom_fields: self.custom_fields,
            hiring_manager: self.hiring_manager_id,
            apply_url: self.apply_url,
            is_evergreen: self.is_evergreen,
            closes_at: self.closes_at,
        }
    }
}

/// What a job is to become, and why.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct JobStatusWanted {
    status: Status,
    #[schema(example = "Budget is approved")]
    reason: Option<String>,
}

/// One line of a job's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobStatusChangeView {
    pub id: ChangeId,
    /// `null`: the job was made.
    pub from_status: Option<Status>,
    pub to_status: Status,
    pub reason: Option<String>,
    /// `member`, `api_key`, `task` or `operator`.
    #[schema(example = "member")]
    pub actor_kind: String,
    pub actor_id: Option<String>,
    /// The member whose doing it was.
    pub member_id: Option<MemberId>,
    pub occurred_at: DateTime<Utc>,
}

impl JobStatusChangeView {
    fn of(change: StatusChange) -> Self {
        let StatusChange {
            id,
            job_id: _,
            from_status,
            to_status,
            reason,
            actor_kind,
            actor_id,
            member_id,
            occurred_at,
        } = change;
        Self { id, from_status, to_status, reason, actor_kind, actor_id, member_id, occurred_at }
    }
}

/// A job's history.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobHistory {
    pub data: Vec<JobStatusChangeView>,
}

/// Somebody with a role for the job.
#[derive(Debug, Serialize, ToSchema)]
pub struct TeamMemberView {
    pub member_id: MemberId,
    #[schema(example = "Ada Lovelace")]
    pub name: Option<String>,
    #[schema(example = "ada@example.com")]
    pub email: String,
    pub role_id: RoleId,
    #[schema(example = "Interviewer")]
    pub role_name: String,
    /// To take the role away again.
    pub assignment_id: AssignmentId,
}

/// A job's hiring team.
#[derive(Debug, Serialize, ToSchema)]
pub struct Team {
    pub hiring_manager_id: Option<MemberId>,
    pub data: Vec<TeamMemberView>,
}

impl TeamMemberView {
    fn of(member: store::TeamMember) -> Self {
        let store::TeamMember { member_id, name, email, role_id, role_name, assignment_id } = member;
        Self { member_id, name, email, role_id, role_name, assignment_id }
    }
}

/// List jobs
///
/// Newest first; with `updated_after` in the order of their changes. All of them, or as far as your roles for departments and
/// single jobs reach.
#[utoipa::path(
    get, path = "/v1/jobs", tag = "jobs", params(JobParams),
    responses((status = 200, body = Page<JobView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("job:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<JobParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<JobView>> {
    let list = list_name(caller.tenant, &uri);
    let page = PageParams { limit: params.limit, cursor: params.cursor.clone() };
    let order = page.order(&services.keys, &list, params.updated_after)?;
    let mut filter = params.filter()?;
    let (mut tx, reach) = services.db.read_within(&caller, Permission::JobRead).await?;
    if let Some(department) = params.department_id {
        filter.departments = Some(departments::store::tree(&mut tx).await?.below(department));
    }
    for skill in &params.skill {
        filter.require_skill(&skills::names(&mut tx, skill).await?);
    }
    let rows = match order {
        Order::Newest(position) => store::list(&mut tx, &reach, &filter, position).await?,
        Order::Changes(since) => {
            store::list_changed(&mut tx, &reach, &filter, params.include_deleted, since).await?
        }
    };
    tx.commit().await?;
    let key = |row: &Job| (row.updated_at, row.id.uuid());
    Ok(Page::in_order(rows, order, &services.keys, &list, &uri, key, JobView::of))
}

/// Make a job
///
/// A draft, with the stages of the tenant's pipeline and as many openings as people are sought. Open it with
/// `PUT /v1/jobs/{id}/status`.
#[utoipa::path(
    post, path = "/v1/jobs", tag = "jobs", request_body = NewJob,
    responses(
        (status = 201, description = "Made", body = JobView),
        (status = 404, description = "`not_found`: no such department, office or member"),
        (status = 409, description = "`job_reference_taken`: another job has the reference"),
    ),
    extensions(("x-permission" = json!("job:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewJob>,
) -> Result<(StatusCode, Versioned<JobView>)> {
    let (details, openings) = new.parts();
    let job = actions::create(&services, &caller, details, openings).await?;
    Ok((StatusCode::CREATED, Versioned(job.version, JobView::of(job))))
}

/// Read a job
#[utoipa::path(
    get, path = "/v1/jobs/{id}", tag = "jobs", params(("id" = JobId, Path)),
    responses((status = 200, body = JobView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("job:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<JobId>,
) -> Result<Versioned<JobView>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::JobRead).await?;
    let job = actions::get_within(&mut tx, &reach, id).await?;
    tx.commit().await?;
    Ok(Versioned(job.version, JobView::of(job)))
}

/// Change a job
///
/// All but its status, stages and openings, which have paths of their own. Whoever has a role for the department it moves to
/// has it for the job from then on.
#[utoipa::path(
    patch, path = "/v1/jobs/{id}", tag = "jobs", params(("id" = JobId, Path)), request_body = JobChanges,
    responses(
        (status = 200, body = JobView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`job_reference_taken`: another job has the reference"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("job:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<JobId>,
    if_match: IfMatch,
    Json(changes): Json<JobChanges>,
) -> Result<Versioned<JobView>> {
    let job = actions::update(&services, &caller, id, &if_match, changes.details()).await?;
    Ok(Versioned(job.version, JobView::of(job)))
}

/// Delete a job
///
/// One nobody has applied for. Others are closed.
#[utoipa::path(
    delete, path = "/v1/jobs/{id}", tag = "jobs", params(("id" = JobId, Path)),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "`job_has_applications`: close it instead"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("job:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<JobId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::delete(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Open, pause, fill or close a job
///
/// `draft` → `open`, `closed`; `open` and `paused` → each other, `filled`, `closed`; `filled` and `closed` → `open`. Opening it
/// opens what was planned, closing it closes what is not filled. It becomes `filled` by itself with the hire that fills the
/// last opening.
#[utoipa::path(
    put, path = "/v1/jobs/{id}/status", tag = "jobs", params(("id" = JobId, Path)), request_body = JobStatusWanted,
    responses(
        (status = 200, body = JobView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`job_status_transition`: the detail says what may follow; `no_opening`: nobody is sought; \
            `openings_left`: somebody still is"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("job:write")))
)]
async fn set_status(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<JobId>,
    if_match: IfMatch,
    Json(wanted): Json<JobStatusWanted>,
) -> Result<Versioned<JobView>> {
    let job = actions::set_status(&services, &caller, id, &if_match, wanted.status, wanted.reason).await?;
    Ok(Versioned(job.version, JobView::of(job)))
}

/// Read a job's history
///
/// Every change of its status, oldest first: when, by whom, why. Nothing of it can be changed.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/history", tag = "jobs", params(("id" = JobId, Path)),
    responses((status = 200, body = JobHistory)),
    extensions(("x-permission" = json!("job:read")))
)]
async fn history(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<JobId>,
) -> Result<axum::Json<JobHistory>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::JobRead).await?;
    actions::get_within(&mut tx, &reach, id).await?;
    let changes = store::list_changes(&mut tx, id).await?;
    tx.commit().await?;
    Ok(axum::Json(JobHistory { data: changes.into_iter().map(JobStatusChangeView::of).collect() }))
}

/// Read a job's hiring team
///
/// Its hiring manager, and whoever has a role for this job alone. Give one with `POST /v1/members/{id}/roles`.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/team", tag = "jobs", params(("id" = JobId, Path)),
    responses((status = 200, body = Team)),
    extensions(("x-permission" = json!("job:read")))
)]
async fn team(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<JobId>,
) -> Result<axum::Json<Team>> {
    let (mut tx, reach) = services.db.read_within(&caller, Permission::JobRead).await?;
    let job = actions::get_within(&mut tx, &reach, id).await?;
    let members = store::list_team(&mut tx, id).await?;
    tx.commit().await?;
    let data = members.into_iter().map(TeamMemberView::of).collect();
    Ok(axum::Json(Team { hiring_manager_id: job.hiring_manager_id, data }))
}

/// Read an open job as a posting
///
/// For anybody, without a credential: schema.org's JobPosting as JSON-LD. A job that is not open is not there.
#[utoipa::path(
    get, path = "/v1/jobs/{id}/json-ld", tag = "public", params(("id" = JobId, Path)), security(()),
    responses((
        status = 200, body = Value, content_type = "application/ld+json",
        example = json!({
            "@context": "https://schema.org/", "@type": "JobPosting", "title": "Joiner",
            "description": "<p>You design joints that hold.</p>", "datePosted": "2026-03-02",
            "hiringOrganization": { "@type": "Organization", "name": "Acme" },
        }),
    )),
)]
async fn posting(State(services): State<Services>, origin: Origin, Id(id): Id<JobId>) -> Result<Response> {
    let posting = public::posting(&services, origin, id).await?;
    Ok(([(header::CONTENT_TYPE, "application/ld+json")], posting.to_string()).into_response())
}
