//! All SQL about offers.

use sqlx::types::Json;
use uuid::Uuid;

use super::Offer;
use crate::clock::Time;
use crate::db::{Tx, on, sql};
use crate::error::{Error, Result};
use crate::grants::Reach;
use crate::http::page::Position;
use crate::ids::{ApplicationId, OfferId};

pub(crate) async fn get(tx: &mut Tx, id: OfferId) -> Result<Offer> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| {
        sqlx::query_as::<_, Offer>(
        "select id, application_id, number, status, terms, starts_on, expires_at, reason, sent_at, decided_at, created_by,
                created_at, updated_at, version
         from offers where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?;
    found.ok_or(Error::NotFound { what: "offer" })
}

/// The last version.
pub(crate) async fn find_latest(tx: &mut Tx, application: ApplicationId) -> Result<Option<Offer>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Offer>(
        "select id, application_id, number, status, terms, starts_on, expires_at, reason, sent_at, decided_at, created_by,
                created_at, updated_at, version
         from offers where tenant_id = $1 and application_id = $2 order by number desc limit 1"
    )
    .bind(tenant)
    .bind(application)
    .fetch_optional(c)
    .await
    })?)
}

/// The last version first.
pub(crate) async fn list(tx: &mut Tx, application: ApplicationId, position: Position) -> Result<Vec<Offer>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Offer>(
        "select id, application_id, number, status, terms, starts_on, expires_at, reason, sent_at, decided_at, created_by,
                created_at, updated_at, version
         from offers where tenant_id = $1 and application_id = $2 and id < $3 order by id desc limit $4"
    )
    .bind(tenant)
    .bind(application)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// In the order of their changes, as far as the caller reaches.
pub(crate) async fn list_changed(
    tx: &mut Tx,
    reach: &Reach,
    since: Position<(Time, Uuid)>,
) -> Result<Vec<Offer>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select o.id, o.application_id, o.number, o.status, o.terms, o.starts_on, o.expires_at, o.reason, o.sent_at,
                o.decided_at, o.created_by, o.created_at, o.updated_at, o.version
            from offers o
            join applications a on a.tenant_id = o.tenant_id and a.id = o.application_id
            join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
            where o.tenant_id = $1 and a.deleted_at is null and (o.updated_at, o.id) > ($2, $3)
              and ($4 = 1 or j.department_id in (select value::uuid from jsonb_array_elements_text($5))
                   or j.id in (select value::uuid from jsonb_array_elements_text($6)))
            order by o.updated_at, o.id limit $7",
        sqlite: "select o.id, o.application_id, o.number, o.status, o.terms, o.starts_on, o.expires_at, o.reason, o.sent_at,
                o.decided_at, o.created_by, o.created_at, o.updated_at, o.version
            from offers o
            join applications a on a.tenant_id = o.tenant_id and a.id = o.application_id
            join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
            where o.tenant_id = $1 and a.deleted_at is null and (o.updated_at, o.id) > ($2, $3)
              and ($4 = 1 or lower(hex(j.department_id)) in (select value from json_each($5))
                   or lower(hex(j.id)) in (select value from json_each($6)))
            order by o.updated_at, o.id limit $7");
    Ok(on!(tx, |c| sqlx::query_as::<_, Offer>(text)
        .bind(tenant)
        .bind(since.after.0)
        .bind(since.after.1)
        .bind(reach.is_everywhere())
        .bind(Json(reach.department_digits()))
        .bind(Json(reach.job_digits()))
        .bind(since.fetch())
        .fetch_all(c)
        .await)?)
}

/// Answers false when the number is another version's.
pub(crate) async fn insert(tx: &mut Tx, offer: &Offer) -> Result<bool> {
    let tenant = tx.tenant();
    let inserted = on!(tx, |c| {
        sqlx::query(
        "insert into offers
            (tenant_id, id, application_id, number, status, terms, starts_on, expires_at, reason, sent_at, decided_at,
             created_by, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict do nothing"
    )
    .bind(tenant)
    .bind(offer.id)
    .bind(offer.application_id)
    .bind(offer.number)
    .bind(offer.status)
    .bind(&offer.terms)
    .bind(&offer.starts_on)
    .bind(offer.expires_at)
    .bind(&offer.reason)
    .bind(offer.sent_at)
    .bind(offer.decided_at)
    .bind(offer.created_by)
    .bind(offer.created_at)
    .bind(offer.updated_at)
    .bind(offer.version)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(inserted > 0)
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, offer: &mut Offer) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update offers
         set status = $4, terms = $5, starts_on = $6, expires_at = $7, reason = $8, sent_at = $9, decided_at = $10,
             updated_at = $11, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3"
    )
    .bind(tenant)
    .bind(offer.id)
    .bind(offer.version)
    .bind(offer.status)
    .bind(&offer.terms)
    .bind(&offer.starts_on)
    .bind(offer.expires_at)
    .bind(&offer.reason)
    .bind(offer.sent_at)
    .bind(offer.decided_at)
    .bind(offer.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    offer.version += 1;
    Ok(())
}
