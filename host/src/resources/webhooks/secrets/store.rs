//! All SQL about the secrets of webhook endpoints.

use super::Secret;
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::Result;
use crate::ids::{WebhookEndpointId, WebhookSecretId};

/// Those that sign now, newest first.
pub(crate) async fn list(tx: &mut Tx, endpoint: WebhookEndpointId, now: Time) -> Result<Vec<Secret>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Secret>(
        "select id, endpoint_id, kind, sealed, public_key, created_at, expires_at from webhook_secrets
         where tenant_id = $1 and endpoint_id = $2 and (expires_at is null or expires_at > $3) order by id desc"
    )
    .bind(tenant)
    .bind(endpoint)
    .bind(now)
    .fetch_all(c)
    .await
    })?)
}

pub(crate) async fn insert(tx: &mut Tx, secret: &Secret) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into webhook_secrets (tenant_id, id, endpoint_id, kind, sealed, public_key, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)"
    )
    .bind(tenant)
    .bind(secret.id)
    .bind(secret.endpoint_id)
    .bind(secret.kind)
    .bind(&secret.sealed)
    .bind(secret.public_key.as_deref())
    .bind(secret.created_at)
    .bind(secret.expires_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub(crate) async fn update_expiry(tx: &mut Tx, id: WebhookSecretId, expires_at: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query("update webhook_secrets set expires_at = $3 where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .bind(expires_at)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Those whose time is over sign nothing any more.
pub(crate) async fn delete_expired(tx: &mut Tx, endpoint: WebhookEndpointId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "delete from webhook_secrets where tenant_id = $1 and endpoint_id = $2 and expires_at <= $3"
    )
    .bind(tenant)
    .bind(endpoint)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
