//! All SQL about roles, who has them, and what that grants.

use sqlx::types::Json;

use super::{Assignment, Place, Role, permissions_of, scope};
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::{Error, Result};
use crate::grants::{Grants, Scope};
use crate::http::page::Position;
use crate::ids::{AssignmentId, DepartmentId, JobId, MemberId, RoleId};
use crate::permissions::Permissions;

pub(crate) async fn get(tx: &mut Tx, id: RoleId) -> Result<Role> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| sqlx::query_as::<_, Role>(
        "select id, name, built_in, permissions, created_at, updated_at, version
         from roles where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?;
    found.ok_or(Error::NotFound { what: "role" })
}

/// Newest first.
pub(crate) async fn list(tx: &mut Tx, position: Position) -> Result<Vec<Role>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Role>(
        "select id, name, built_in, permissions, created_at, updated_at, version
         from roles where tenant_id = $1 and deleted_at is null and id < $2 order by id desc limit $3"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await)?)
}

pub(crate) async fn find_built_in(tx: &mut Tx, word: &str) -> Result<Option<Role>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Role>(
        "select id, name, built_in, permissions, created_at, updated_at, version
         from roles where tenant_id = $1 and built_in = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(word)
    .fetch_optional(c)
    .await)?)
}

/// Answers false when another role has the name.
pub(crate) async fn insert(tx: &mut Tx, role: &Role) -> Result<bool> {
    let tenant = tx.tenant();
    let inserted = on!(tx, |c| sqlx::query(
        "insert into roles (tenant_id, id, name, built_in, permissions, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing"
    )
    .bind(tenant)
    .bind(role.id)
    .bind(&role.name)
    .bind(&role.built_in)
    .bind(&role.permissions)
    .bind(role.created_at)
    .bind(role.updated_at)
    .bind(role.version)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(inserted > 0)
}

/// Whether another role has the name.
pub(crate) async fn is_taken(tx: &mut Tx, name: &str, but: RoleId) -> Result<bool> {
    let tenant = tx.tenant();
    let found: i64 = on!(tx, |c| {
        sqlx::query_scalar(
        "select count(*) from roles where tenant_id = $1 and name = $2 and id <> $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(name)
    .bind(but)
    .fetch_one(c)
    .await
    })?;
    Ok(found > 0)
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, role: &mut Role) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| sqlx::query(
        "update roles set name = $4, permissions = $5, updated_at = $6, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(role.id)
    .bind(role.version)
    .bind(&role.name)
    .bind(&role.permissions)
    .bind(role.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Err(Error::changed());
    }
    role.version += 1;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: RoleId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update roles set deleted_at = $3, updated_at = $3, version = version + 1
         where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Members who have the role anywhere.
pub(crate) async fn list_holders(tx: &mut Tx, id: RoleId) -> Result<Vec<MemberId>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select distinct member_id from role_assignments where tenant_id = $1 and role_id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_all(c)
    .await)?)
}

/// Active members with this built-in role for the whole tenant, but this one.
pub(crate) async fn count_others_with(tx: &mut Tx, built_in: &str, but: MemberId) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select count(distinct a.member_id)
         from role_assignments a
         join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id
         join members m on m.tenant_id = a.tenant_id and m.id = a.member_id
         where a.tenant_id = $1 and r.built_in = $2 and a.department_id is null and a.job_id is null
           and a.member_id <> $3
           and m.status = 'active'"
    )
    .bind(tenant)
    .bind(built_in)
    .bind(but)
    .fetch_one(c)
    .await)?)
}

/// Answers false when the member has the role there already.
pub(crate) async fn assign(tx: &mut Tx, assignment: &Assignment) -> Result<bool> {
    let tenant = tx.tenant();
    let inserted = on!(tx, |c| {
        sqlx::query(
            "insert into role_assignments
            (tenant_id, id, member_id, role_id, department_id, job_id, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        )
        .bind(tenant)
        .bind(assignment.id)
        .bind(assignment.member_id)
        .bind(assignment.role_id)
        .bind(assignment.department_id)
        .bind(assignment.job_id)
        .bind(assignment.created_by)
        .bind(assignment.created_at)
        .execute(c)
        .await
        .map(|done| done.rows_affected())
    })?;
    Ok(inserted > 0)
}

pub(crate) async fn get_assignment(tx: &mut Tx, member: MemberId, id: AssignmentId) -> Result<Assignment> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| {
        sqlx::query_as::<_, Assignment>(
        "select a.id, a.member_id, a.role_id, a.department_id, a.job_id, j.department_id as job_department_id,
                a.created_by, a.created_at
         from role_assignments a
         left join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
         where a.tenant_id = $1 and a.member_id = $2 and a.id = $3"
    )
    .bind(tenant)
    .bind(member)
    .bind(id)
    .fetch_optional(c)
    .await
    })?;
    found.ok_or(Error::NotFound { what: "role of this member" })
}

/// An assignment and the role it gives.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Held {
    pub(crate) id: AssignmentId,
    pub(crate) role_id: RoleId,
    pub(crate) role_name: String,
    pub(crate) built_in: Option<String>,
    pub(crate) department_id: Option<DepartmentId>,
    pub(crate) job_id: Option<JobId>,
    pub(crate) job_department_id: Option<DepartmentId>,
    pub(crate) created_by: Option<MemberId>,
    pub(crate) created_at: Time,
}

impl Held {
    pub(crate) fn scope(&self) -> Scope {
        scope(self.department_id, self.job_id, self.job_department_id)
    }
}

/// Oldest first. A member has a handful.
pub(crate) async fn list_held(tx: &mut Tx, member: MemberId) -> Result<Vec<Held>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Held>(
        "select a.id, a.role_id, r.name as role_name, r.built_in, a.department_id, a.job_id,
                j.department_id as job_department_id, a.created_by, a.created_at
         from role_assignments a
         join roles r on r.tenant_id = a.tenant_id and r.id = a.role_id
         left join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
         where a.tenant_id = $1 and a.member_id = $2
         order by a.id"
    )
    .bind(tenant)
    .bind(member)
    .fetch_all(c)
    .await)?)
}

pub(crate) async fn unassign(tx: &mut Tx, id: AssignmentId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query("delete from role_assignments where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// A role and where it holds: in a department, or for a job of that department.
#[derive(sqlx::FromRow)]
struct GrantRow {
    department_id: Option<DepartmentId>,
    job_id: Option<JobId>,
    built_in: Option<String>,
    permissions: Json<Vec<String>>,
}

fn permissions(row: &GrantRow) -> Permissions {
    permissions_of(row.built_in.as_deref(), &row.permissions.0)
}

/// Where a role would hold.
pub(crate) async fn scope_of(tx: &mut Tx, place: Place) -> Result<Scope> {
    let tenant = tx.tenant();
    match place {
        Place::Tenant => Ok(Scope::Tenant),
        Place::Department(id) => {
            let found: Option<DepartmentId> = on!(tx, |c| {
                sqlx::query_scalar(
                    "select id from departments where tenant_id = $1 and id = $2 and deleted_at is null",
                )
                .bind(tenant)
                .bind(id)
                .fetch_optional(c)
                .await
            })?;
            found.map(Scope::Department).ok_or(Error::NotFound { what: "department" })
        }
        Place::Job(id) => {
            let found: Option<Option<DepartmentId>> = on!(tx, |c| {
                sqlx::query_scalar(
                    "select department_id from jobs where tenant_id = $1 and id = $2 and deleted_at is null",
                )
                .bind(tenant)
                .bind(id)
                .fetch_optional(c)
                .await
            })?;
            found.map(|department| Scope::Job(id, department)).ok_or(Error::NotFound { what: "job" })
        }
    }
}

/// All a member may do: the union of their roles, each in its department and all below. Who is not active may nothing.
pub(crate) async fn grants_of(tx: &mut Tx, member: MemberId) -> Result<Grants> {
    let tenant = tx.tenant();
    // `union` ends even if the departments ran in a circle.
    let rows: Vec<GrantRow> = on!(tx, |c| {
        sqlx::query_as(
        "with recursive reached (role_id, department_id, job_id) as (
             select a.role_id, coalesce(a.department_id, j.department_id), a.job_id
             from role_assignments a
             join members m on m.tenant_id = a.tenant_id and m.id = a.member_id
             left join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id and j.deleted_at is null
             where a.tenant_id = $1 and a.member_id = $2 and m.status = 'active'
               and (a.job_id is null or j.id is not null)
             union
             select reached.role_id, d.id, reached.job_id
             from reached
             join departments d on d.tenant_id = $1 and d.parent_id = reached.department_id and d.deleted_at is null
             where reached.job_id is null
         )
         select reached.department_id, reached.job_id, r.built_in, r.permissions
         from reached
         join roles r on r.tenant_id = $1 and r.id = reached.role_id and r.deleted_at is null"
    )
    .bind(tenant)
    .bind(member)
    .fetch_all(c)
    .await
    })?;
    let mut grants = Grants::default();
    rows.iter().for_each(|row| {
        let place = scope(row.department_id, row.job_id, row.department_id);
        grants.add(place, permissions(row));
    });
    Ok(grants)
}

/// All that anybody may do in a department by a role given for it or for one above it.
pub(crate) async fn permissions_given_at(tx: &mut Tx, department: DepartmentId) -> Result<Permissions> {
    let tenant = tx.tenant();
    let rows: Vec<GrantRow> = on!(tx, |c| {
        sqlx::query_as(
        "with recursive above (id, parent_id) as (
             select id, parent_id from departments where tenant_id = $1 and id = $2
             union
             select d.id, d.parent_id from above join departments d on d.tenant_id = $1 and d.id = above.parent_id
         )
         select distinct a.department_id, a.job_id, r.built_in, r.permissions
         from above
         join role_assignments a on a.tenant_id = $1 and a.department_id = above.id
         join roles r on r.tenant_id = $1 and r.id = a.role_id and r.deleted_at is null"
    )
    .bind(tenant)
    .bind(department)
    .fetch_all(c)
    .await
    })?;
    Ok(rows.iter().map(permissions).fold(Permissions::NONE, Permissions::or))
}
