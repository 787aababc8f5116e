//! All SQL about sessions, refresh tokens, signing keys and failed sign-ins.

use super::signing::SigningKeyRow;
use super::{RefreshToken, Session};
use crate::clock::Time;
use crate::db::{SystemTx, Tx, on};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::{MemberId, RefreshTokenId, SessionId};

pub(crate) async fn insert(tx: &mut Tx, session: &Session) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into sessions
            (tenant_id, id, member_id, user_agent, address, created_at, last_used_at, expires_at, revoked_at,
             revoked_reason)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    )
    .bind(tenant)
    .bind(session.id)
    .bind(session.member_id)
    .bind(&session.user_agent)
    .bind(&session.address)
    .bind(session.created_at)
    .bind(session.last_used_at)
    .bind(session.expires_at)
    .bind(session.revoked_at)
    .bind(&session.revoked_reason)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

pub(crate) async fn find(tx: &mut Tx, id: SessionId) -> Result<Option<Session>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Session>(
        "select id, member_id, user_agent, address, created_at, last_used_at, expires_at, revoked_at, revoked_reason
         from sessions where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

/// A member's sessions that have neither ended nor been revoked, newest first.
pub(crate) async fn list_open(
    tx: &mut Tx,
    member: MemberId,
    now: Time,
    position: Position,
) -> Result<Vec<Session>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Session>(
        "select id, member_id, user_agent, address, created_at, last_used_at, expires_at, revoked_at, revoked_reason
         from sessions
         where tenant_id = $1 and member_id = $2 and revoked_at is null and expires_at > $3 and id < $4
         order by id desc limit $5"
    )
    .bind(tenant)
    .bind(member)
    .bind(now)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

pub(crate) async fn touch(tx: &mut Tx, id: SessionId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query("update sessions set last_used_at = $3 where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Answers false when it had been revoked already.
pub(crate) async fn revoke(tx: &mut Tx, id: SessionId, reason: &str, now: Time) -> Result<bool> {
    let tenant = tx.tenant();
    let revoked = on!(tx, |c| sqlx::query(
        "update sessions set revoked_at = $4, revoked_reason = $3
         where tenant_id = $1 and id = $2 and revoked_at is null"
    )
    .bind(tenant)
    .bind(id)
    .bind(reason)
    .bind(now)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(revoked > 0)
}

/// Revokes a member's open sessions, but for one if it is named; how many.
pub(crate) async fn revoke_all(
    tx: &mut Tx,
    member: MemberId,
    but: Option<SessionId>,
    reason: &str,
    now: Time,
) -> Result<u64> {
    let tenant = tx.tenant();
    let but = but.map_or(uuid::Uuid::nil(), SessionId::uuid);
    Ok(on!(tx, |c| sqlx::query(
        "update sessions set revoked_at = $5, revoked_reason = $4
         where tenant_id = $1 and member_id = $2 and id <> $3 and revoked_at is null"
    )
    .bind(tenant)
    .bind(member)
    .bind(but)
    .bind(reason)
    .bind(now)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?)
}

pub(crate) async fn insert_token(tx: &mut Tx, token: &RefreshToken) -> Result<()> {
    on!(tx, |c| sqlx::query(
        "insert into refresh_tokens (tenant_id, id, session_id, prefix, secret_hash, created_at, spent_at)
         values ($1, $2, $3, $4, $5, $6, $7)"
    )
    .bind(token.tenant_id)
    .bind(token.id)
    .bind(token.session_id)
    .bind(&token.prefix)
    .bind(&token.secret_hash)
    .bind(token.created_at)
    .bind(token.spent_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// The token of this prefix, whichever tenant's: the tenant is what refreshing is about to learn.
pub(crate) async fn find_token(tx: &mut SystemTx, prefix: &str) -> Result<Option<RefreshToken>> {
    Ok(on!(tx, |c| sqlx::query_as::<_, RefreshToken>(
        "select tenant_id, id, session_id, prefix, secret_hash, created_at, spent_at
         from refresh_tokens where prefix = $1"
    )
    .bind(prefix)
    .fetch_optional(c)
    .await)?)
}

/// Answers when it was spent before, if it was: of two who present it at once, one is first.
pub(crate) async fn spend_token(tx: &mut Tx, id: RefreshTokenId, now: Time) -> Result<Option<Time>> {
    let tenant = tx.tenant();
    let spent = on!(tx, |c| sqlx::query(
        "update refresh_tokens set spent_at = $3 where tenant_id = $1 and id = $2 and spent_at is null"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if spent > 0 {
        return Ok(None);
    }
    let before: Option<Option<Time>> = on!(tx, |c| sqlx::query_scalar(
        "select spent_at from refresh_tokens where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?;
    before.flatten().map(Some).ok_or(Error::SignInFailed)
}

/// Tokens of sessions that ended before, whoever's they are.
pub(crate) async fn delete_tokens_before(tx: &mut SystemTx, before: Time) -> Result<u64> {
    Ok(on!(tx, |c| sqlx::query(
        "delete from refresh_tokens where (tenant_id, session_id) in
            (select tenant_id, id from sessions where expires_at < $1)"
    )
    .bind(before)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?)
}

pub(crate) async fn delete_before(tx: &mut SystemTx, before: Time) -> Result<u64> {
    Ok(on!(tx, |c| sqlx::query("delete from sessions where expires_at < $1")
        .bind(before)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}

pub(crate) async fn insert_key(tx: &mut SystemTx, key: &SigningKeyRow) -> Result<()> {
    on!(tx, |c| sqlx::query(
        "insert into signing_keys (id, public_key, private_key, created_at, signs_from, signs_until, ends_at)
         values ($1, $2, $3, $4, $5, $6, $7)"
    )
    .bind(&key.id)
    .bind(&key.public_key)
    .bind(&key.private_key)
    .bind(key.created_at)
    .bind(key.signs_from)
    .bind(key.signs_until)
    .bind(key.ends_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

pub(crate) async fn list_keys(tx: &mut SystemTx) -> Result<Vec<SigningKeyRow>> {
    Ok(on!(tx, |c| sqlx::query_as::<_, SigningKeyRow>(
        "select id, public_key, private_key, created_at, signs_from, signs_until, ends_at
         from signing_keys order by signs_from, id"
    )
    .fetch_all(c)
    .await)?)
}

/// The same key, sealed anew.
pub(crate) async fn update_key(tx: &mut SystemTx, id: &str, private_key: &[u8]) -> Result<()> {
    on!(tx, |c| sqlx::query("update signing_keys set private_key = $2 where id = $1")
        .bind(id)
        .bind(private_key)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

pub(crate) async fn delete_ended_keys(tx: &mut SystemTx, now: Time) -> Result<()> {
    on!(tx, |c| sqlx::query("delete from signing_keys where ends_at < $1")
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

pub(crate) async fn blocked_until(tx: &mut SystemTx, key: &str) -> Result<Option<Time>> {
    let found: Option<Option<Time>> =
        on!(tx, |c| sqlx::query_scalar("select blocked_until from sign_in_failures where key = $1")
            .bind(key)
            .fetch_optional(c)
            .await)?;
    Ok(found.flatten())
}

/// One failure more, or the first when the last was before `since`; how many there are now.
pub(crate) async fn count_failure(tx: &mut SystemTx, key: &str, now: Time, since: Time) -> Result<i64> {
    Ok(on!(tx, |c| {
        sqlx::query_scalar(
        "insert into sign_in_failures (key, failures, blocked_until, updated_at) values ($1, 1, null, $2)
         on conflict (key) do update set
            failures = case when sign_in_failures.updated_at < $3 then 1 else sign_in_failures.failures + 1 end,
            updated_at = $2
         returning failures"
    )
    .bind(key)
    .bind(now)
    .bind(since)
    .fetch_one(c)
    .await
    })?)
}

pub(crate) async fn block(tx: &mut SystemTx, key: &str, until: Time) -> Result<()> {
    on!(tx, |c| sqlx::query("update sign_in_failures set blocked_until = $2 where key = $1")
        .bind(key)
        .bind(until)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

pub(crate) async fn touch_failure(tx: &mut SystemTx, key: &str, now: Time) -> Result<()> {
    on!(tx, |c| sqlx::query("update sign_in_failures set updated_at = $2 where key = $1")
        .bind(key)
        .bind(now)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

pub(crate) async fn forget_failures(tx: &mut SystemTx, key: &str) -> Result<()> {
    on!(tx, |c| sqlx::query("delete from sign_in_failures where key = $1")
        .bind(key)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Takes back one failure, and the wait it has brought about if it is still that one.
pub(crate) async fn take_back_failure(tx: &mut SystemTx, key: &str, wait: Option<Time>) -> Result<()> {
    on!(tx, |c| {
        sqlx::query(
        "update sign_in_failures
         set failures = failures - 1, blocked_until = case when blocked_until = $2 then null else blocked_until end
         where key = $1 and failures > 0"
    )
    .bind(key)
    .bind(wait)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub(crate) async fn delete_failures_before(tx: &mut SystemTx, before: Time) -> Result<u64> {
    Ok(on!(tx, |c| sqlx::query("delete from sign_in_failures where updated_at < $1")
        .bind(before)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}
