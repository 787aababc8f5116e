//! `mortise audit verify`.

use std::io::Write;

use anyhow::Context;
use serde_json::json;

use super::logging;
use crate::caller::Caller;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::ids::TenantId;
use crate::keys::Keys;
use crate::permissions::Permission;
use crate::resources::audit::seal::{self, Report};
use crate::resources::tenants;

const PAGE: i64 = 500;

/// A line of JSON per tenant; fails when any log is not whole.
pub(super) async fn verify(config: Config, slug: Option<&str>) -> anyhow::Result<()> {
    logging::start(&config, "warn")?;
    let (db, keys) = (Db::open(&config).await?, Keys::open(&config)?);
    db.migrate().await?;
    let mut broken = 0_usize;
    for tenant in chosen(&db, slug).await? {
        let report = check(&db, &keys, tenant).await?;
        broken += usize::from(!report.faults.is_empty());
        let line = json!({
            "tenant_id": tenant, "seals": report.seals, "sealed_entries": report.sealed_entries,
            "unsealed_entries": report.unsealed_entries, "last_root": report.last_root,
            "seals_under_unknown_keys": report.unknown_keys, "faults": report.faults,
        });
        writeln!(std::io::stdout(), "{line}")?;
    }
    db.close().await;
    anyhow::ensure!(
        broken == 0,
        "the audit logs of {broken} tenants were tampered with; `faults` above says how"
    );
    Ok(())
}

async fn chosen(db: &Db, slug: Option<&str>) -> anyhow::Result<Vec<TenantId>> {
    let mut tx = db.read_system().await?;
    if let Some(slug) = slug {
        let tenant = tenants::store::find_by_slug(&mut tx, slug).await?;
        return Ok(vec![tenant.with_context(|| format!("there is no tenant with the slug {slug}"))?]);
    }
    let mut all = Vec::new();
    let mut after = TenantId::from_uuid(uuid::Uuid::nil());
    loop {
        let page = tx.tenants_after(after, PAGE).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = *last;
        all.extend(page);
    }
}

async fn check(db: &Db, keys: &Keys, tenant: TenantId) -> anyhow::Result<Report> {
    let caller = Caller::operator(tenant);
    let mut tx = db.begin(&caller, Permission::AuditLogRead).await?;
    seal::seal(&mut tx, &Clock::system(), keys).await?;
    tx.commit().await?;
    let mut tx = db.read(&caller, Permission::AuditLogRead).await?;
    let report = seal::verify(&mut tx, keys).await?;
    tx.commit().await?;
    Ok(report)
}
