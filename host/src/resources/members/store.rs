//! All SQL about members.

use super::Member;
use crate::db::{Tx, on};
use crate::error::Result;

pub(crate) async fn insert(tx: &mut Tx, member: &Member) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into members (tenant_id, id, email, name, role, created_at, updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8)"
    )
    .bind(tenant)
    .bind(member.id)
    .bind(&member.email)
    .bind(&member.name)
    .bind(member.role)
    .bind(member.created_at)
    .bind(member.updated_at)
    .bind(member.version)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
