//! All SQL about contacts.

use sqlx::types::Json;

use super::Contact;
use crate::clock::Time;
use crate::db::{Tx, on, sql};
use crate::error::{Error, Result};
use crate::grants::Reach;
use crate::http::page::Position;
use crate::ids::{ContactId, DepartmentId};

pub(crate) async fn get(tx: &mut Tx, id: ContactId) -> Result<Contact> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| sqlx::query_as::<_, Contact>(
        "select id, department_id, name, email, phone, title, created_at, updated_at, version
         from contacts where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?;
    found.ok_or(Error::NotFound { what: "contact" })
}

/// Newest first, as far as the caller reaches; of one department when it is named.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    department: Option<DepartmentId>,
    position: Position,
) -> Result<Vec<Contact>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id, department_id, name, email, phone, title, created_at, updated_at, version from contacts
            where tenant_id = $1 and deleted_at is null and id < $2
              and ($3 = 1 or department_id in (select value::uuid from jsonb_array_elements_text($4)))
              and ($5 = 1 or department_id = $6)
            order by id desc limit $7",
        sqlite: "select id, department_id, name, email, phone, title, created_at, updated_at, version from contacts
            where tenant_id = $1 and deleted_at is null and id < $2
              and ($3 = 1 or lower(hex(department_id)) in (select value from json_each($4)))
              and ($5 = 1 or department_id = $6)
            order by id desc limit $7");
    Ok(on!(tx, |c| sqlx::query_as::<_, Contact>(text)
        .bind(tenant)
        .bind(position.after)
        .bind(reach.is_everywhere())
        .bind(Json(reach.department_digits()))
        .bind(i64::from(department.is_none()))
        .bind(department)
        .bind(position.fetch())
        .fetch_all(c)
        .await)?)
}

pub(crate) async fn insert(tx: &mut Tx, contact: &Contact) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into contacts
            (tenant_id, id, department_id, name, email, phone, title, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    )
    .bind(tenant)
    .bind(contact.id)
    .bind(contact.department_id)
    .bind(&contact.name)
    .bind(&contact.email)
    .bind(&contact.phone)
    .bind(&contact.title)
    .bind(contact.created_at)
    .bind(contact.updated_at)
    .bind(contact.version)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, contact: &mut Contact) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update contacts
         set department_id = $4, name = $5, email = $6, phone = $7, title = $8, updated_at = $9, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(contact.id)
    .bind(contact.version)
    .bind(contact.department_id)
    .bind(&contact.name)
    .bind(&contact.email)
    .bind(&contact.phone)
    .bind(&contact.title)
    .bind(contact.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    contact.version += 1;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: ContactId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update contacts set deleted_at = $3, updated_at = $3, version = version + 1
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
