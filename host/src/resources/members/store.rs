//! All SQL about members and their invitations.

use super::invitations::Invitation;
use super::{Member, Status};
use crate::clock::Time;
use crate::db::{SystemTx, Tx, on};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::{InvitationId, MemberId, TenantId};

/// Also one that was removed: who did something stays known.
pub(crate) async fn find(tx: &mut Tx, id: MemberId) -> Result<Option<Member>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Member>(
        "select id, email, name, status, password_hash, created_at, updated_at, version
         from members where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await)?)
}

/// One that was not removed.
pub(crate) async fn get(tx: &mut Tx, id: MemberId) -> Result<Member> {
    let found = find(tx, id).await?.filter(|member| member.status != Status::Removed);
    found.ok_or(Error::NotFound { what: "member" })
}

pub(crate) async fn find_by_email(tx: &mut Tx, email: &str) -> Result<Option<Member>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Member>(
        "select id, email, name, status, password_hash, created_at, updated_at, version
         from members where tenant_id = $1 and email = $2 and status <> 'removed'"
    )
    .bind(tenant)
    .bind(email)
    .fetch_optional(c)
    .await)?)
}

/// Newest first, without the removed.
pub(crate) async fn list(tx: &mut Tx, position: Position) -> Result<Vec<Member>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, Member>(
        "select id, email, name, status, password_hash, created_at, updated_at, version
         from members where tenant_id = $1 and status <> 'removed' and id < $2 order by id desc limit $3"
    )
    .bind(tenant)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await)?)
}

/// Answers false when another member has the address.
pub(crate) async fn insert(tx: &mut Tx, member: &Member) -> Result<bool> {
    let tenant = tx.tenant();
    let inserted = on!(tx, |c| {
        sqlx::query(
        "insert into members (tenant_id, id, email, name, status, password_hash, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing"
    )
    .bind(tenant)
    .bind(member.id)
    .bind(&member.email)
    .bind(&member.name)
    .bind(member.status)
    .bind(&member.password_hash)
    .bind(member.created_at)
    .bind(member.updated_at)
    .bind(member.version)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(inserted > 0)
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, member: &mut Member) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| sqlx::query(
        "update members set email = $4, name = $5, status = $6, password_hash = $7, updated_at = $8,
             version = version + 1
         where tenant_id = $1 and id = $2 and version = $3"
    )
    .bind(tenant)
    .bind(member.id)
    .bind(member.version)
    .bind(&member.email)
    .bind(&member.name)
    .bind(member.status)
    .bind(&member.password_hash)
    .bind(member.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    if changed == 0 {
        return Err(Error::changed());
    }
    member.version += 1;
    Ok(())
}

pub(crate) async fn insert_invitation(tx: &mut Tx, invitation: &Invitation) -> Result<()> {
    on!(tx, |c| sqlx::query(
        "insert into invitations
            (tenant_id, id, member_id, prefix, secret_hash, created_by, created_at, expires_at, ended_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    )
    .bind(invitation.tenant_id)
    .bind(invitation.id)
    .bind(invitation.member_id)
    .bind(&invitation.prefix)
    .bind(&invitation.secret_hash)
    .bind(invitation.created_by)
    .bind(invitation.created_at)
    .bind(invitation.expires_at)
    .bind(invitation.ended_at)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// The invitation of this prefix, whichever tenant's: the tenant is what accepting it is about to learn.
pub(crate) async fn find_invitation(tx: &mut SystemTx, prefix: &str) -> Result<Option<Invitation>> {
    Ok(on!(tx, |c| sqlx::query_as::<_, Invitation>(
        "select tenant_id, id, member_id, prefix, secret_hash, created_by, created_at, expires_at, ended_at
         from invitations where prefix = $1"
    )
    .bind(prefix)
    .fetch_optional(c)
    .await)?)
}

/// Ends one invitation; false when it had ended already.
pub(crate) async fn end_invitation(tx: &mut Tx, id: InvitationId, now: Time) -> Result<bool> {
    let tenant = tx.tenant();
    let ended = on!(tx, |c| sqlx::query(
        "update invitations set ended_at = $3 where tenant_id = $1 and id = $2 and ended_at is null"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(ended > 0)
}

/// Ends all open invitations of a member.
pub(crate) async fn end_invitations(tx: &mut Tx, member: MemberId, now: Time) -> Result<()> {
    let tenant: TenantId = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update invitations set ended_at = $3 where tenant_id = $1 and member_id = $2 and ended_at is null"
    )
    .bind(tenant)
    .bind(member)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
