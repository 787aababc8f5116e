//! `mortise tenant create` and `mortise member create`.

use std::io::Write;

use serde_json::json;

use super::logging;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::resources::access::founding;

pub(super) async fn create(config: Config, name: &str, owner: &str) -> anyhow::Result<()> {
    logging::start(&config, "warn")?;
    let db = Db::open(&config).await?;
    db.migrate().await?;
    let founded = founding::found(&db, &Clock::system(), name, owner).await?;
    db.close().await;
    let report = json!({
        "tenant_id": founded.tenant.id,
        "slug": founded.tenant.slug,
        "owner_id": founded.owner.id,
        "api_key": founded.key.reveal(),
    });
    writeln!(std::io::stdout(), "{report:#}")?;
    Ok(())
}

pub(super) async fn add_owner(config: Config, slug: &str, email: &str) -> anyhow::Result<()> {
    logging::start(&config, "warn")?;
    let db = Db::open(&config).await?;
    db.migrate().await?;
    let (tenant, owner, key) = founding::add_owner(&db, &Clock::system(), slug, email).await?;
    db.close().await;
    let report = json!({ "tenant_id": tenant, "member_id": owner.id, "api_key": key.reveal() });
    writeln!(std::io::stdout(), "{report:#}")?;
    Ok(())
}
