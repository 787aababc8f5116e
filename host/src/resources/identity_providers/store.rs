//! All SQL about identity providers and who is known to them.

use serde_json::Value;
use sqlx::types::Json;

use super::IdentityProvider;
use crate::clock::Time;
use crate::db::{SystemTx, Tx, on};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::{IdentityProviderId, MemberId, TenantId};

pub(crate) async fn find(tx: &mut Tx, id: IdentityProviderId) -> Result<Option<IdentityProvider>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, IdentityProvider>(
        "select tenant_id, id, name, issuer, audience, jwks_url, algorithms, email_claim, role_claim, role_mappings,
                makes_members, is_enabled, jwks, jwks_fetched_at, jwks_asked_at, jwks_error, created_at, updated_at,
                version
         from identity_providers where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

pub(crate) async fn get(tx: &mut Tx, id: IdentityProviderId) -> Result<IdentityProvider> {
    find(tx, id).await?.ok_or(Error::NotFound { what: "identity provider" })
}

/// Newest first.
pub(crate) async fn list(tx: &mut Tx, position: Position) -> Result<Vec<IdentityProvider>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, IdentityProvider>(
        "select tenant_id, id, name, issuer, audience, jwks_url, algorithms, email_claim, role_claim, role_mappings,
                makes_members, is_enabled, jwks, jwks_fetched_at, jwks_asked_at, jwks_error, created_at, updated_at,
                version
         from identity_providers where tenant_id = $1 and deleted_at is null and id < $2 order by id desc limit $3"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// The enabled provider with this issuer and audience.
pub(crate) async fn find_by_issuer(
    tx: &mut Tx,
    issuer: &str,
    audience: &str,
) -> Result<Option<IdentityProvider>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, IdentityProvider>(
        "select tenant_id, id, name, issuer, audience, jwks_url, algorithms, email_claim, role_claim, role_mappings,
                makes_members, is_enabled, jwks, jwks_fetched_at, jwks_asked_at, jwks_error, created_at, updated_at,
                version
         from identity_providers
         where tenant_id = $1 and issuer = $2 and audience = $3 and is_enabled = 1 and deleted_at is null"
    )
    .bind(tenant)
    .bind(issuer)
    .bind(audience)
    .fetch_optional(c)
    .await
    })?)
}

/// Answers false when the tenant has one with this issuer and audience.
pub(crate) async fn insert(tx: &mut Tx, provider: &IdentityProvider) -> Result<bool> {
    let inserted = on!(tx, |c| {
        sqlx::query(
        "insert into identity_providers
            (tenant_id, id, name, issuer, audience, jwks_url, algorithms, email_claim, role_claim, role_mappings,
             makes_members, is_enabled, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15) on conflict do nothing"
    )
    .bind(provider.tenant_id)
    .bind(provider.id)
    .bind(&provider.name)
    .bind(&provider.issuer)
    .bind(&provider.audience)
    .bind(&provider.jwks_url)
    .bind(&provider.algorithms)
    .bind(&provider.email_claim)
    .bind(&provider.role_claim)
    .bind(&provider.role_mappings)
    .bind(provider.makes_members)
    .bind(provider.is_enabled)
    .bind(provider.created_at)
    .bind(provider.updated_at)
    .bind(provider.version)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(inserted > 0)
}

/// Whether another of the tenant's has this issuer and audience.
pub(crate) async fn is_taken(tx: &mut Tx, provider: &IdentityProvider) -> Result<bool> {
    let tenant = tx.tenant();
    let found: i64 = on!(tx, |c| sqlx::query_scalar(
        "select count(*) from identity_providers
         where tenant_id = $1 and issuer = $2 and audience = $3 and id <> $4 and deleted_at is null"
    )
    .bind(tenant)
    .bind(&provider.issuer)
    .bind(&provider.audience)
    .bind(provider.id)
    .fetch_one(c)
    .await)?;
    Ok(found > 0)
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, provider: &mut IdentityProvider) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update identity_providers
         set name = $4, issuer = $5, audience = $6, jwks_url = $7, algorithms = $8, email_claim = $9, role_claim = $10,
             role_mappings = $11, makes_members = $12, is_enabled = $13, jwks = $14, jwks_fetched_at = $15,
             jwks_error = $16, updated_at = $17, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(provider.id)
    .bind(provider.version)
    .bind(&provider.name)
    .bind(&provider.issuer)
    .bind(&provider.audience)
    .bind(&provider.jwks_url)
    .bind(&provider.algorithms)
    .bind(&provider.email_claim)
    .bind(&provider.role_claim)
    .bind(&provider.role_mappings)
    .bind(provider.makes_members)
    .bind(provider.is_enabled)
    .bind(&provider.jwks)
    .bind(provider.jwks_fetched_at)
    .bind(&provider.jwks_error)
    .bind(provider.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    provider.version += 1;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: IdentityProviderId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update identity_providers set deleted_at = $3, updated_at = $3, version = version + 1
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

/// Notes that the keys are asked for; false when somebody did since `before`.
pub(crate) async fn ask(tx: &mut Tx, id: IdentityProviderId, before: Time, now: Time) -> Result<bool> {
    let tenant = tx.tenant();
    let asked = on!(tx, |c| sqlx::query(
        "update identity_providers set jwks_asked_at = $4
         where tenant_id = $1 and id = $2 and (jwks_asked_at is null or jwks_asked_at < $3)"
    )
    .bind(tenant)
    .bind(id)
    .bind(before)
    .bind(now)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(asked > 0)
}

/// Keeps fetched keys. No change of the provider's version: nobody's edit is at stake.
pub(crate) async fn keep_keys(
    tx: &mut Tx,
    id: IdentityProviderId,
    url: &str,
    keys: &Value,
    now: Time,
) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update identity_providers set jwks = $4, jwks_fetched_at = $5, jwks_error = null
         where tenant_id = $1 and id = $2 and jwks_url = $3"
    )
    .bind(tenant)
    .bind(id)
    .bind(url)
    .bind(Json(keys))
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Notes why keys could not be fetched; those of before go on.
pub(crate) async fn keep_error(tx: &mut Tx, id: IdentityProviderId, url: &str, error: &str) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update identity_providers set jwks_error = $4 where tenant_id = $1 and id = $2 and jwks_url = $3"
    )
    .bind(tenant)
    .bind(id)
    .bind(url)
    .bind(error)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Enabled providers of all tenants whose keys were fetched before, or never.
pub(crate) async fn list_stale(
    tx: &mut SystemTx,
    before: Time,
) -> Result<Vec<(TenantId, IdentityProviderId)>> {
    Ok(on!(tx, |c| sqlx::query_as(
        "select tenant_id, id from identity_providers
         where is_enabled = 1 and deleted_at is null and (jwks_fetched_at is null or jwks_fetched_at < $1)"
    )
    .bind(before)
    .fetch_all(c)
    .await)?)
}

pub(crate) async fn find_member(
    tx: &mut Tx,
    id: IdentityProviderId,
    subject: &str,
) -> Result<Option<MemberId>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select member_id from outside_identities where tenant_id = $1 and provider_id = $2 and subject = $3"
    )
    .bind(tenant)
    .bind(id)
    .bind(subject)
    .fetch_optional(c)
    .await)?)
}

pub(crate) async fn link(
    tx: &mut Tx,
    id: IdentityProviderId,
    subject: &str,
    member: MemberId,
    now: Time,
) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into outside_identities (tenant_id, provider_id, subject, member_id, created_at)
         values ($1, $2, $3, $4, $5)
         on conflict (tenant_id, provider_id, subject) do update set member_id = $4"
    )
    .bind(tenant)
    .bind(id)
    .bind(subject)
    .bind(member)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
