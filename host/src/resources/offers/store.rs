//! All SQL about offers.

use super::Offer;
use crate::db::{Tx, on};
use crate::error::{Error, Result};
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
