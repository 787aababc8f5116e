//! `mortise plugin sign` and `verify`.

use std::path::Path;

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::json;

use super::{print, read, refused, signature_of};
use crate::commands::parse::settings;
use crate::components::Examined;
use crate::components::signature::{Signature, Signer};
use crate::config::Config;
use crate::digest::{from_hex, hex};
use crate::hooks::Hooks;
use crate::keys;
use crate::wasm::Plugins;

async fn examine(config: &Config, file: &Path) -> anyhow::Result<Examined> {
    let plugins = Plugins::bare(settings(config)?)?;
    plugins.examine(read(file)?).await.map_err(refused)
}

pub(super) async fn sign(config: &Config, file: &Path, key: &Path, new_key: bool) -> anyhow::Result<()> {
    let examined = examine(config, file).await?;
    if new_key {
        anyhow::ensure!(!key.exists(), "{} is there already; sign without --new-key", key.display());
        let seed: [u8; 32] = rand::random();
        keys::write_private(key, &hex(&seed)).with_context(|| format!("writing {}", key.display()))?;
    }
    let text = std::fs::read_to_string(key).with_context(|| format!("reading {}", key.display()))?;
    let seed = from_hex::<32>(text.trim())
        .with_context(|| format!("{} does not hold 64 hexadecimal digits", key.display()))?;
    let signer = Signer::new(&seed);
    let signature = signer.sign(&examined);
    let out = signature_of(file);
    let text = serde_json::to_string_pretty(&signature)?;
    std::fs::write(&out, format!("{text}\n")).with_context(|| format!("writing {}", out.display()))?;
    print(&json!({
        "file": out.display().to_string(), "key_id": signature.key_id,
        "public_key": STANDARD.encode(signer.public_key()),
    }))
}

pub(super) async fn verify(
    config: &Config,
    file: &Path,
    public_key: &str,
    signature: Option<&Path>,
) -> anyhow::Result<()> {
    let examined = examine(config, file).await?;
    let beside = signature_of(file);
    let signature = Signature::read(&read(signature.unwrap_or(&beside))?).map_err(refused)?;
    let public_key = STANDARD.decode(public_key.trim()).unwrap_or_default();
    let public_key: [u8; 32] = public_key.try_into().map_err(|_| {
        anyhow::anyhow!("the public key is 32 bytes in base64, as `mortise plugin sign` prints it")
    })?;
    signature.matches(&examined).map_err(refused)?;
    signature.verify(&public_key).map_err(refused)?;
    print(&json!({
        "id": signature.id, "version": signature.version, "digest": signature.digest, "key_id": signature.key_id,
        "ok": true,
    }))
}
