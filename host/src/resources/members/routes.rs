//! Members on the wire, and everybody's own record.

use axum::extract::{OriginalUri, State};
use axum::http::StatusCode;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::invitations::Issued;
use super::{Member, Status, actions, store};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::grants::{Grants, Scope};
use crate::http::body::{Id, Ids, Json, Params, given};
use crate::http::etag::{IfMatch, Versioned};
use crate::http::page::{Page, PageParams};
use crate::ids::{AssignmentId, DepartmentId, JobId, MemberId, RoleId, TenantId};
use crate::permissions::{Permission, Permissions};
use crate::resources::roles::{self, Assignment};
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .routes(routes!(list, create))
        .routes(routes!(read, update, delete))
        .routes(routes!(set_status))
        .routes(routes!(invite_again))
        .routes(routes!(list_roles, give_role))
        .routes(routes!(take_role))
        .routes(routes!(read_oneself, update_oneself))
}

/// A person who works in the tenant, or an integration that has a record of its own.
#[derive(Debug, Serialize, ToSchema)]
pub struct MemberView {
    pub id: MemberId,
    #[schema(example = "ada@example.com")]
    pub email: String,
    #[schema(example = "Ada Lovelace")]
    pub name: Option<String>,
    pub status: Status,
    pub created_at: DateTime<Utc>,
    pub updated_at: DateTime<Utc>,
    pub version: i64,
}

impl MemberView {
    pub(crate) fn of(member: Member) -> Self {
        let Member { id, email, name, status, password_hash: _, created_at, updated_at, version } = member;
        Self { id, email, name, status, created_at, updated_at, version }
    }
}

/// A role to give.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAssignment {
    role_id: RoleId,
    /// The department it is for, with all below.
    department_id: Option<DepartmentId>,
    /// The job it is for. With neither it is for the whole tenant.
    job_id: Option<JobId>,
}

impl NewAssignment {
    fn wanted(self) -> Result<roles::actions::Wanted> {
        let place = roles::Place::read(self.department_id, self.job_id)?;
        Ok(roles::actions::Wanted { role: self.role_id, place })
    }
}

/// Somebody to invite.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMember {
    #[schema(example = "ada@example.com")]
    email: String,
    #[schema(example = "Ada Lovelace")]
    name: Option<String>,
    /// What they will be; you must hold all of it yourself.
    #[serde(default)]
    roles: Vec<NewAssignment>,
}

/// A member and their invitation.
#[derive(Debug, Serialize, ToSchema)]
pub struct InvitedView {
    pub member: MemberView,
    /// Hand it to them: whoever has it can set the password, with `POST /v1/auth/invitations`. Shown this once.
    #[schema(example = "mortiseinvite_…")]
    pub invitation_token: String,
    pub expires_at: DateTime<Utc>,
}

impl InvitedView {
    fn of((member, issued): (Member, Issued)) -> Self {
        let Issued { token, expires_at } = issued;
        Self { member: MemberView::of(member), invitation_token: token.reveal(), expires_at }
    }
}

/// Changes to a member.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberChanges {
    /// `null` clears it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "Ada King")]
    name: Option<Option<String>>,
}

impl MemberChanges {
    fn name(self) -> Result<Option<String>> {
        self.name.ok_or_else(|| Error::invalid("#/name", "missing", "say what the name is to be"))
    }
}

/// Whether a member may act.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MemberStatus {
    status: EnabledStatus,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
enum EnabledStatus {
    Active,
    Disabled,
}

/// A role a member has, and where.
#[derive(Debug, Serialize, ToSchema)]
pub struct AssignmentView {
    pub id: AssignmentId,
    pub role_id: RoleId,
    /// For this department and all below.
    pub department_id: Option<DepartmentId>,
    /// For this job. With neither: for the whole tenant.
    pub job_id: Option<JobId>,
    /// Who gave it.
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
}

impl AssignmentView {
    fn of(assignment: Assignment) -> Self {
        let Assignment {
            id,
            member_id: _,
            role_id,
            department_id,
            job_id,
            job_department_id: _,
            created_by,
            created_at,
        } = assignment;
        Self { id, role_id, department_id, job_id, created_by, created_at }
    }
}

/// The roles of a member.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldList {
    pub data: Vec<HeldView>,
}

/// A role a member has, by name.
#[derive(Debug, Serialize, ToSchema)]
pub struct HeldView {
    pub id: AssignmentId,
    pub role_id: RoleId,
    #[schema(example = "Recruiter")]
    pub role_name: String,
    pub department_id: Option<DepartmentId>,
    pub job_id: Option<JobId>,
    pub created_by: Option<MemberId>,
    pub created_at: DateTime<Utc>,
}

impl HeldView {
    fn of(held: roles::store::Held) -> Self {
        let roles::store::Held {
            id,
            role_id,
            role_name,
            built_in: _,
            department_id,
            job_id,
            job_department_id: _,
            created_by,
            created_at,
        } = held;
        Self { id, role_id, role_name, department_id, job_id, created_by, created_at }
    }
}

/// One's own record, and what one may do.
#[derive(Debug, Serialize, ToSchema)]
pub struct OneselfView {
    pub tenant_id: TenantId,
    pub member: MemberView,
    pub roles: Vec<HeldView>,
    /// What the credential of this request allows in the whole tenant.
    #[schema(example = json!(["candidate:read"]))]
    pub permissions: Vec<&'static str>,
    /// What it allows in single departments beyond that.
    pub department_permissions: Vec<DepartmentPermissions>,
    /// What it allows for single jobs, beyond what it allows in the whole tenant.
    pub job_permissions: Vec<JobPermissions>,
}

/// What is allowed for one job.
#[derive(Debug, Serialize, ToSchema)]
pub struct JobPermissions {
    pub job_id: JobId,
    #[schema(example = json!(["application:read"]))]
    pub permissions: Vec<&'static str>,
}

/// What is allowed in one department.
#[derive(Debug, Serialize, ToSchema)]
pub struct DepartmentPermissions {
    pub department_id: DepartmentId,
    #[schema(example = json!(["contact:write"]))]
    pub permissions: Vec<&'static str>,
}

/// List members
///
/// Newest first, without those who were removed.
#[utoipa::path(
    get, path = "/v1/members", tag = "members", params(PageParams),
    responses((status = 200, body = Page<MemberView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("member:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(page): Params<PageParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<MemberView>> {
    let list = format!("members of {}", caller.tenant);
    let position = page.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::MemberRead).await?;
    let rows = store::list(&mut tx, position).await?;
    tx.commit().await?;
    Ok(Page::of(rows, position, &services.keys, &list, &uri, |row: &Member| row.id.uuid(), MemberView::of))
}

/// Invite a member
///
/// Answers a token for them to set a password with; hand it over yourself. You cannot give roles that hold more than you.
#[utoipa::path(
    post, path = "/v1/members", tag = "members", request_body = NewMember,
    responses(
        (status = 201, description = "Invited", body = InvitedView),
        (status = 404, description = "`not_found`: no such role or department"),
        (status = 409, description = "`member_exists`: a member has this address"),
    ),
    extensions(("x-permission" = json!("member:write")))
)]
async fn create(
    State(services): State<Services>,
    caller: Caller,
    Json(new): Json<NewMember>,
) -> Result<(StatusCode, axum::Json<InvitedView>)> {
    let NewMember { email, name, roles } = new;
    let wanted = |(index, role): (usize, NewAssignment)| {
        role.wanted().map_err(|error| error.below(&format!("#/roles/{index}")))
    };
    let roles = roles.into_iter().enumerate().map(wanted).collect::<Result<_>>()?;
    let invited = actions::invite(&services, &caller, actions::NewMember { email, name, roles }).await?;
    Ok((StatusCode::CREATED, axum::Json(InvitedView::of(invited))))
}

/// Read a member
#[utoipa::path(
    get, path = "/v1/members/{id}", tag = "members", params(("id" = MemberId, Path)),
    responses((status = 200, body = MemberView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("member:read")))
)]
async fn read(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<MemberId>,
) -> Result<Versioned<MemberView>> {
    let mut tx = services.db.read(&caller, Permission::MemberRead).await?;
    let member = store::get(&mut tx, id).await?;
    tx.commit().await?;
    Ok(Versioned(member.version, MemberView::of(member)))
}

/// Change a member
#[utoipa::path(
    patch, path = "/v1/members/{id}", tag = "members", params(("id" = MemberId, Path)), request_body = MemberChanges,
    responses((status = 200, body = MemberView, headers(("etag" = String, description = "The version"))), (status = 412)),
    extensions(("x-permission" = json!("member:write")))
)]
async fn update(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<MemberId>,
    if_match: IfMatch,
    Json(changes): Json<MemberChanges>,
) -> Result<Versioned<MemberView>> {
    let member = actions::rename(&services, &caller, id, &if_match, changes.name()?).await?;
    Ok(Versioned(member.version, MemberView::of(member)))
}

/// Remove a member
///
/// For good: their sessions and keys end, what they did stays theirs. The last owner cannot be removed.
#[utoipa::path(
    delete, path = "/v1/members/{id}", tag = "members", params(("id" = MemberId, Path)),
    responses(
        (status = 204, description = "Removed"),
        (status = 409, description = "`last_owner`: a tenant needs an active owner"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("member:write")))
)]
async fn delete(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<MemberId>,
    if_match: IfMatch,
) -> Result<StatusCode> {
    actions::remove(&services, &caller, id, &if_match).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Disable or enable a member
///
/// A disabled member cannot act, nor can their keys; on every node within 5 seconds.
#[utoipa::path(
    put, path = "/v1/members/{id}/status", tag = "members", params(("id" = MemberId, Path)), request_body = MemberStatus,
    responses(
        (status = 200, body = MemberView, headers(("etag" = String, description = "The version"))),
        (status = 409, description = "`last_owner`, or `member_not_accepted`: the invitation is still open"),
        (status = 412),
    ),
    extensions(("x-permission" = json!("member:write")))
)]
async fn set_status(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<MemberId>,
    if_match: IfMatch,
    Json(wanted): Json<MemberStatus>,
) -> Result<Versioned<MemberView>> {
    let enabled = wanted.status == EnabledStatus::Active;
    let member = actions::set_enabled(&services, &caller, id, &if_match, enabled).await?;
    Ok(Versioned(member.version, MemberView::of(member)))
}

/// Invite a member again
///
/// A new token in place of the one before; also for a member who forgot the password. Their sessions end when it is used.
#[utoipa::path(
    post, path = "/v1/members/{id}/invitations", tag = "members", params(("id" = MemberId, Path)),
    responses(
        (status = 201, description = "Invited", body = InvitedView),
        (status = 409, description = "`member_disabled`: enable them first"),
    ),
    extensions(("x-permission" = json!("member:write")))
)]
async fn invite_again(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<MemberId>,
) -> Result<(StatusCode, axum::Json<InvitedView>)> {
    let invited = actions::invite_again(&services, &caller, id).await?;
    Ok((StatusCode::CREATED, axum::Json(InvitedView::of(invited))))
}

/// List a member's roles
#[utoipa::path(
    get, path = "/v1/members/{id}/roles", tag = "members", params(("id" = MemberId, Path)),
    responses((status = 200, body = HeldList)),
    extensions(("x-permission" = json!("member:read")))
)]
async fn list_roles(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<MemberId>,
) -> Result<axum::Json<HeldList>> {
    let mut tx = services.db.read(&caller, Permission::MemberRead).await?;
    store::get(&mut tx, id).await?;
    let held = roles::store::list_held(&mut tx, id).await?;
    tx.commit().await?;
    Ok(axum::Json(HeldList { data: held.into_iter().map(HeldView::of).collect() }))
}

/// Give a member a role
///
/// For the whole tenant, for one department and all below, or for one job. You cannot give what you do not hold there yourself.
#[utoipa::path(
    post, path = "/v1/members/{id}/roles", tag = "members", params(("id" = MemberId, Path)), request_body = NewAssignment,
    responses(
        (status = 201, description = "Given", body = AssignmentView),
        (status = 409, description = "`role_given_already`"),
    ),
    extensions(("x-permission" = json!("member:write")))
)]
async fn give_role(
    State(services): State<Services>,
    caller: Caller,
    Id(id): Id<MemberId>,
    Json(new): Json<NewAssignment>,
) -> Result<(StatusCode, axum::Json<AssignmentView>)> {
    let assignment = actions::give_role(&services, &caller, id, new.wanted()?).await?;
    Ok((StatusCode::CREATED, axum::Json(AssignmentView::of(assignment))))
}

/// Take a role from a member
#[utoipa::path(
    delete, path = "/v1/members/{id}/roles/{assignment_id}", tag = "members",
    params(("id" = MemberId, Path), ("assignment_id" = AssignmentId, Path)),
    responses(
        (status = 204, description = "Taken"),
        (status = 409, description = "`last_owner`: a tenant needs an active owner"),
    ),
    extensions(("x-permission" = json!("member:write")))
)]
async fn take_role(
    State(services): State<Services>,
    caller: Caller,
    Ids(member, id): Ids<MemberId, AssignmentId>,
) -> Result<StatusCode> {
    roles::actions::unassign(&services, &caller, member, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

/// Read one's own record
///
/// Who the credential is, and what it allows.
#[utoipa::path(
    get, path = "/v1/me", tag = "me",
    responses((status = 200, body = OneselfView, headers(("etag" = String, description = "The member's version")))),
    extensions(("x-permission" = json!("me:read")))
)]
async fn read_oneself(State(services): State<Services>, caller: Caller) -> Result<Versioned<OneselfView>> {
    let (mut tx, _) = services.db.read_within(&caller, Permission::MeRead).await?;
    let member = store::get(&mut tx, actions::oneself(&caller)?).await?;
    let held = roles::store::list_held(&mut tx, member.id).await?;
    tx.commit().await?;
    let view = OneselfView {
        tenant_id: caller.tenant,
        roles: held.into_iter().map(HeldView::of).collect(),
        permissions: caller.grants.everywhere().words(),
        department_permissions: department_permissions(&caller.grants),
        job_permissions: job_permissions(&caller.grants),
        member: MemberView::of(member),
    };
    Ok(Versioned(view.member.version, view))
}

/// Every scope but the tenant, with what holds there and not in the whole tenant.
fn beyond_everywhere(grants: &Grants) -> impl Iterator<Item = (Scope, Permissions)> {
    let elsewhere = grants.everywhere().complement();
    let beyond = grants.scopes().map(move |(scope, held)| (scope, held.and(elsewhere)));
    beyond.filter(|(_, held)| !held.is_empty())
}

fn department_permissions(grants: &Grants) -> Vec<DepartmentPermissions> {
    let of_one = |(scope, held): (Scope, Permissions)| match scope {
        Scope::Department(department_id) => {
            Some(DepartmentPermissions { department_id, permissions: held.words() })
        }
        Scope::Tenant | Scope::Job(..) => None,
    };
    beyond_everywhere(grants).filter_map(of_one).collect()
}

fn job_permissions(grants: &Grants) -> Vec<JobPermissions> {
    let of_one = |(scope, held): (Scope, Permissions)| match scope {
        Scope::Job(job_id, _) => Some(JobPermissions { job_id, permissions: held.words() }),
        Scope::Tenant | Scope::Department(_) => None,
    };
    beyond_everywhere(grants).filter_map(of_one).collect()
}

/// Change one's own record
#[utoipa::path(
    patch, path = "/v1/me", tag = "me", request_body = MemberChanges,
    responses((status = 200, body = MemberView, headers(("etag" = String, description = "The version"))), (status = 412)),
    extensions(("x-permission" = json!("me:write")))
)]
async fn update_oneself(
    State(services): State<Services>,
    caller: Caller,
    if_match: IfMatch,
    Json(changes): Json<MemberChanges>,
) -> Result<Versioned<MemberView>> {
    let member = actions::rename_oneself(&services, &caller, &if_match, changes.name()?).await?;
    Ok(Versioned(member.version, MemberView::of(member)))
}
