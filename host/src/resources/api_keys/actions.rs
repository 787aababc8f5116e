//! Makes API keys, and the first one: a tenant with its owner.

use super::{ApiKey, Token, store};
use crate::caller::Permissions;
use crate::clock::Clock;
use crate::db::{Db, Tx};
use crate::error::Result;
use crate::ids::{ApiKeyId, MemberId, TenantId};
use crate::resources::members::{self, Member, Role};
use crate::resources::tenants::{self, Tenant};

/// A new tenant, its owner and the owner's key, to be shown once.
pub struct Founded {
    pub tenant: Tenant,
    pub owner: Member,
    pub key: Token,
}

/// Makes a tenant, its first owner and a key, all or nothing.
///
/// # Errors
/// `Invalid` name or address; `Conflict` when the name is taken.
pub async fn found_tenant(db: &Db, clock: &Clock, name: &str, owner: &str) -> Result<Founded> {
    let now = clock.now();
    let owner = Member::new(MemberId::new(clock), owner, Role::Owner, now)?;
    let mut tx = db.begin_system().await?;
    let tenant = tenants::actions::create(&mut tx, TenantId::new(clock), name, now).await?;
    let mut tx = tx.into_tenant(tenant.id).await?;
    members::store::insert(&mut tx, &owner).await?;
    let key = create(&mut tx, clock, &owner, "first key", Permissions::ALL).await?;
    tx.commit().await?;
    Ok(Founded { tenant, owner, key })
}

/// Makes a key inside a larger change, and answers it to be shown once. It may do what is asked for as far as its
/// member may.
///
/// # Errors
/// Those of the database.
pub async fn create(
    tx: &mut Tx,
    clock: &Clock,
    member: &Member,
    name: &str,
    permissions: Permissions,
) -> Result<Token> {
    let permissions = permissions.and(member.role.permissions());
    let token = Token::draw();
    let key = ApiKey {
        tenant_id: tx.tenant(),
        id: ApiKeyId::new(clock),
        member_id: member.id,
        name: name.into(),
        prefix: token.prefix().into(),
        secret_hash: token.hash().to_vec(),
        permissions: sqlx::types::Json(permissions.words().into_iter().map(Into::into).collect()),
        created_at: clock.now(),
        expires_at: None,
        revoked_at: None,
        version: 1,
    };
    store::insert(tx, &key).await?;
    Ok(token)
}
