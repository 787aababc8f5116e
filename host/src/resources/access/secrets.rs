//! Changes the secret key: seals with the present one whatever an older one has sealed. May be run again at any time, and
//! beside running nodes that have both keys.

use crate::caller::Caller;
use crate::clock::Clock;
use crate::db::Db;
use crate::error::Result;
use crate::ids::TenantId;
use crate::keys::Keys;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change, seal};
use crate::resources::data_keys;
use crate::resources::sessions::signing;

const PAGE: i64 = 500;

/// How much was sealed anew.
#[derive(Debug, Default)]
pub struct Rotated {
    pub tenants: usize,
    pub data_keys: usize,
    pub signing_keys: usize,
}

/// # Errors
/// The database's, and a secret whose key is not in the ring: then everything before it is done, and nothing is lost.
pub async fn rotate(db: &Db, clock: &Clock, keys: &Keys) -> Result<Rotated> {
    let mut rotated = Rotated { signing_keys: signing::reseal(db, keys).await?, ..Rotated::default() };
    let mut after = TenantId::from_uuid(uuid::Uuid::nil());
    loop {
        let mut tx = db.read_system().await?;
        let tenants = tx.tenants_after(after, PAGE).await?;
        tx.commit().await?;
        for tenant in &tenants {
            rotated.data_keys += rewrap(db, clock, keys, *tenant).await?;
            vouch(db, clock, keys, *tenant).await?;
        }
        rotated.tenants += tenants.len();
        match tenants.last() {
            Some(last) => after = *last,
            None => return Ok(rotated),
        }
    }
}

async fn rewrap(db: &Db, clock: &Clock, keys: &Keys, tenant: TenantId) -> Result<usize> {
    let mut tx = db.begin(&Caller::operator(tenant), Permission::TenantOwn).await?;
    let count = data_keys::actions::rewrap(&mut tx, keys).await?;
    if count > 0 {
        audit::record(&mut tx, clock, "tenant.secrets_rotated", tenant, Change::none());
    }
    tx.commit().await?;
    Ok(count)
}

/// Lets the audit log be verified without the older keys.
async fn vouch(db: &Db, clock: &Clock, keys: &Keys, tenant: TenantId) -> Result<()> {
    let caller = Caller::operator(tenant);
    loop {
        // Checking a long log takes a while: nobody waits for it.
        let mut tx = db.read(&caller, Permission::AuditLogRead).await?;
        let report = seal::verify(&mut tx, keys).await?;
        tx.commit().await?;
        if report.older == 0 {
            return Ok(());
        }
        if let Some(fault) = report.faults.first() {
            tracing::warn!(%tenant, fault, "its audit log is not whole; nothing vouches for it without the older keys");
            return Ok(());
        }
        let mut tx = db.begin(&caller, Permission::AuditLogRead).await?;
        if seal::hand_over(&mut tx, clock, keys, &report).await? {
            return tx.commit().await;
        }
    }
}
