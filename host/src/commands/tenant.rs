//! `mortise tenant create`.

use std::io::Write;

use serde_json::json;

use super::logging;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::resources::api_keys;

pub(super) async fn create(config: Config, name: &str, owner: &str) -> anyhow::Result<()> {
    logging::start(&config, "warn")?;
    let db = Db::open(&config).await?;
    db.migrate().await?;
    let founded = api_keys::actions::found_tenant(&db, &Clock::system(), name, owner).await?;
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
