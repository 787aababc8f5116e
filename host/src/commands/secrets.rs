//! `mortise secrets rotate`.

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use serde_json::json;

use super::logging;
use crate::clock::Clock;
use crate::config::Config;
use crate::db::Db;
use crate::keys::{self, Keys};
use crate::resources::access::secrets;

/// Seals everything with the first key, so that the others can be taken out of the ring.
pub(super) async fn rotate(config: Config, new: bool) -> anyhow::Result<()> {
    logging::start(&config, "warn")?;
    if new {
        anyhow::ensure!(
            config.secret_key.is_none(),
            "the keys come from MORTISE_SECRET_KEY: put the new one first there, then rotate without --new"
        );
        // Makes the embedded default's file where there is none yet.
        Keys::open(&config)?;
        let default = config.data_dir.join("secret.key");
        put_first(config.secret_key_file.as_deref().unwrap_or(&default), &keys::draw())?;
    }
    let db = Db::open(&config).await?;
    db.migrate().await?;
    let rotated = secrets::rotate(&db, &Clock::system(), &Keys::open(&config)?).await?;
    db.close().await;
    let report = json!({
        "tenants": rotated.tenants, "data_keys": rotated.data_keys, "signing_keys": rotated.signing_keys,
    });
    writeln!(std::io::stdout(), "{report:#}")?;
    Ok(())
}

/// Written beside and renamed: a crash leaves the old ring or the new one.
fn put_first(path: &Path, key: &str) -> anyhow::Result<()> {
    let ring = std::fs::read_to_string(path).with_context(|| format!("reading {}", path.display()))?;
    let draft = path.with_extension("key.new");
    keys::write_private(&draft, &format!("{key}\n{}", ring.trim_end()))
        .with_context(|| format!("writing {}", draft.display()))?;
    std::fs::rename(&draft, path).with_context(|| format!("replacing {}", path.display()))
}
