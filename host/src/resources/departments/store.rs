//! All SQL about departments.

use sqlx::types::Json;

use super::{Department, Tree};
use crate::clock::Time;
use crate::db::{Tx, on, sql};
use crate::error::{Error, Result};
use crate::grants::Reach;
use crate::http::page::Position;
use crate::ids::DepartmentId;

pub(crate) async fn find(tx: &mut Tx, id: DepartmentId) -> Result<Option<Department>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Department>(
        "select id, parent_id, name, created_at, updated_at, version
         from departments where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?)
}

pub(crate) async fn get(tx: &mut Tx, id: DepartmentId) -> Result<Department> {
    find(tx, id).await?.ok_or(Error::NotFound { what: "department" })
}

/// Newest first, as far as the caller reaches.
pub(crate) async fn list(tx: &mut Tx, reach: &Reach, position: Position) -> Result<Vec<Department>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id, parent_id, name, created_at, updated_at, version from departments
            where tenant_id = $1 and deleted_at is null and id < $2
              and ($3 = 1 or id in (select value::uuid from jsonb_array_elements_text($4)))
            order by id desc limit $5",
        sqlite: "select id, parent_id, name, created_at, updated_at, version from departments
            where tenant_id = $1 and deleted_at is null and id < $2
              and ($3 = 1 or lower(hex(id)) in (select value from json_each($4)))
            order by id desc limit $5");
    Ok(on!(tx, |c| sqlx::query_as::<_, Department>(text)
        .bind(tenant)
        .bind(position.after)
        .bind(reach.is_everywhere())
        .bind(Json(reach.department_digits()))
        .bind(position.fetch())
        .fetch_all(c)
        .await)?)
}

pub(crate) async fn tree(tx: &mut Tx) -> Result<Tree> {
    let tenant = tx.tenant();
    let links: Vec<(DepartmentId, Option<DepartmentId>)> = on!(tx, |c| sqlx::query_as(
        "select id, parent_id from departments where tenant_id = $1 and deleted_at is null"
    )
    .bind(tenant)
    .fetch_all(c)
    .await)?;
    Ok(Tree::new(links))
}

pub(crate) async fn insert(tx: &mut Tx, department: &Department) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into departments (tenant_id, id, parent_id, name, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7)"
    )
    .bind(tenant)
    .bind(department.id)
    .bind(department.parent_id)
    .bind(&department.name)
    .bind(department.created_at)
    .bind(department.updated_at)
    .bind(department.version)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, department: &mut Department) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| sqlx::query(
        "update departments set parent_id = $4, name = $5, updated_at = $6, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(department.id)
    .bind(department.version)
    .bind(department.parent_id)
    .bind(&department.name)
    .bind(department.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Err(Error::changed());
    }
    department.version += 1;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: DepartmentId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update departments set deleted_at = $3, updated_at = $3, version = version + 1
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

/// What still hangs on a department: other departments, jobs, contacts, roles given for it.
pub(crate) async fn count_dependents(tx: &mut Tx, id: DepartmentId) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_scalar(
        "select (select count(*) from departments where tenant_id = $1 and parent_id = $2 and deleted_at is null)
              + (select count(*) from jobs where tenant_id = $1 and department_id = $2 and deleted_at is null)
              + (select count(*) from contacts where tenant_id = $1 and department_id = $2 and deleted_at is null)
              + (select count(*) from role_assignments where tenant_id = $1 and department_id = $2)"
    )
    .bind(tenant)
    .bind(id)
    .fetch_one(c)
    .await
    })?)
}
