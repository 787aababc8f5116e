//! All SQL about custom fields' definitions.

use super::{CustomField, Subject};
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::CustomFieldId;

pub(crate) async fn get(tx: &mut Tx, id: CustomFieldId) -> Result<CustomField> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| {
        sqlx::query_as::<_, CustomField>(
        "select id, subject, key, label, description, kind, options, is_required, created_at, updated_at, version
         from custom_fields where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?;
    found.ok_or(Error::NotFound { what: "custom field" })
}

/// Newest first; of one subject when it is named.
pub(crate) async fn list(
    tx: &mut Tx,
    subject: Option<Subject>,
    position: Position,
) -> Result<Vec<CustomField>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, CustomField>(
        "select id, subject, key, label, description, kind, options, is_required, created_at, updated_at, version
         from custom_fields
         where tenant_id = $1 and deleted_at is null and id < $2 and ($3 = 1 or subject = $4)
         order by id desc limit $5"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(i64::from(subject.is_none()))
    .bind(subject)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// Every one of a subject, by key.
pub(crate) async fn list_all(tx: &mut Tx, subject: Subject) -> Result<Vec<CustomField>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, CustomField>(
        "select id, subject, key, label, description, kind, options, is_required, created_at, updated_at, version
         from custom_fields where tenant_id = $1 and subject = $2 and deleted_at is null order by key"
    )
    .bind(tenant)
    .bind(subject)
    .fetch_all(c)
    .await
    })?)
}

pub(crate) async fn count(tx: &mut Tx, subject: Subject) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select count(*) from custom_fields where tenant_id = $1 and subject = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(subject)
    .fetch_one(c)
    .await)?)
}

/// Answers false when the key is or was another field's.
pub(crate) async fn insert(tx: &mut Tx, field: &CustomField) -> Result<bool> {
    let tenant = tx.tenant();
    let inserted = on!(tx, |c| {
        sqlx::query(
        "insert into custom_fields
            (tenant_id, id, subject, key, label, description, kind, options, is_required, created_at, updated_at,
             version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12) on conflict do nothing"
    )
    .bind(tenant)
    .bind(field.id)
    .bind(field.subject)
    .bind(&field.key)
    .bind(&field.label)
    .bind(&field.description)
    .bind(field.kind)
    .bind(&field.options)
    .bind(field.is_required)
    .bind(field.created_at)
    .bind(field.updated_at)
    .bind(field.version)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(inserted > 0)
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, field: &mut CustomField) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update custom_fields
         set label = $4, description = $5, options = $6, is_required = $7, updated_at = $8, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(field.id)
    .bind(field.version)
    .bind(&field.label)
    .bind(&field.description)
    .bind(&field.options)
    .bind(field.is_required)
    .bind(field.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    field.version += 1;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: CustomFieldId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update custom_fields set deleted_at = $3, updated_at = $3, version = version + 1
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
