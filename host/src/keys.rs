//! The server's secret key and what is derived from it. Made in the data folder at first start, readable by
//! its owner alone; nothing derived from it leaves the process in the clear.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use anyhow::Context;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::config::Config;

/// What a derived key is for; keys of different purposes have nothing to do with each other.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// Signs list cursors.
    Cursor,
    /// Signs compiled plugins in the cache.
    PluginArtifact,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Purpose::Cursor => b"cursor",
            Purpose::PluginArtifact => b"plugin-artifact",
        }
    }
}

#[derive(Clone)]
pub struct Keys {
    master: [u8; 32],
}

impl Keys {
    /// Reads the configured key file; with the embedded default makes one where there is none.
    ///
    /// # Errors
    /// The file cannot be read or made, holds something else than 64 hexadecimal digits, or is open to others.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let path = match &config.secret_key_file {
            Some(path) => path.clone(),
            None => make_default(config)?,
        };
        let text = std::fs::read_to_string(&path)
            .with_context(|| format!("reading the secret key file {}", path.display()))?;
        let mode = std::fs::metadata(&path)?.permissions().mode();
        if mode & 0o077 != 0 {
            tracing::warn!(file = %path.display(), "others may read the secret key file; chmod 600 keeps it to its owner");
        }
        let master = from_hex(text.trim()).with_context(|| {
            format!("{} must hold 64 hexadecimal digits, as `openssl rand -hex 32` prints", path.display())
        })?;
        Ok(Self { master })
    }

    /// HMAC-SHA256 over the parts, each preceded by its length, under the purpose's own key.
    pub fn mac(&self, purpose: Purpose, parts: &[&[u8]]) -> [u8; 32] {
        let mut mac =
            Hmac::<Sha256>::new_from_slice(&self.derive(purpose)).expect("HMAC takes keys of any length");
        for part in parts {
            mac.update(&(part.len() as u64).to_le_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }

    /// The purpose's own key.
    pub fn derive(&self, purpose: Purpose) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.master).expect("HMAC takes keys of any length");
        mac.update(purpose.label());
        mac.finalize().into_bytes().into()
    }
}

fn make_default(config: &Config) -> anyhow::Result<PathBuf> {
    let path = config.data_dir.join("secret.key");
    if path.exists() {
        return Ok(path);
    }
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("making the data folder {}", config.data_dir.display()))?;
    let key: [u8; 32] = rand::random();
    let digits: String = key.iter().map(|byte| format!("{byte:02x}")).collect();
    // Written beside and renamed, so that a crash or a second process never leaves half a key.
    let draft = config.data_dir.join(format!("secret.key.{}", std::process::id()));
    write_private(&draft, &digits).with_context(|| format!("writing {}", draft.display()))?;
    let linked = std::fs::hard_link(&draft, &path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(path),
    }
}

fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    let mut key = [0; 32];
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    for (index, byte) in key.iter_mut().enumerate() {
        *byte = u8::from_str_radix(&text[index * 2..index * 2 + 2], 16).ok()?;
    }
    Some(key)
}
