//! The server's secret keys and what is derived from them. The first one seals and signs, those after it only open what
//! was sealed before a rotation. Made in the data folder at first start, readable by its owner alone; nothing derived
//! from a key leaves the process in the clear.

use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::config::Config;
use crate::digest::{from_hex, hex, sha256};
use crate::sealed::{self, KeyId, Place};

/// What a derived key is for; keys of different purposes have nothing to do with each other.
#[derive(Clone, Copy, Debug)]
pub enum Purpose {
    /// Signs list cursors.
    Cursor,
    /// Signs compiled plugins in the cache.
    PluginArtifact,
    /// Wraps tenants' data keys and seals the server's own secrets.
    KeyWrap,
    /// Seed of the Ed25519 key that signs the audit log's seals.
    AuditSeal,
    /// Names accounts and addresses in the table of failed sign-ins.
    SignInFailure,
}

impl Purpose {
    fn label(self) -> &'static [u8] {
        match self {
            Purpose::Cursor => b"cursor",
            Purpose::PluginArtifact => b"plugin-artifact",
            Purpose::KeyWrap => b"key-wrap",
            Purpose::AuditSeal => b"audit-seal",
            Purpose::SignInFailure => b"sign-in-failure",
        }
    }
}

#[derive(Clone)]
pub struct Keys {
    /// The first is the present one.
    ring: Arc<[Master]>,
}

struct Master {
    id: KeyId,
    bytes: [u8; 32],
}

impl Master {
    fn new(bytes: [u8; 32]) -> Self {
        let digest = sha256(&[&b"mortise key id"[..], &bytes].concat());
        let id = *digest.first_chunk().expect("a digest has 32 bytes");
        Self { id, bytes }
    }

    fn derive(&self, purpose: Purpose) -> [u8; 32] {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.bytes).expect("HMAC takes keys of any length");
        mac.update(purpose.label());
        mac.finalize().into_bytes().into()
    }
}

impl Keys {
    /// Reads the configured keys; with the embedded default makes one where there is none.
    ///
    /// # Errors
    /// The file cannot be read or made, holds something else than keys of 64 hexadecimal digits, or is open to others.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        if let Some(keys) = &config.secret_key {
            return Self::parse(keys).context("reading secret_key (MORTISE_SECRET_KEY)");
        }
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
        Self::parse(&text).with_context(|| format!("reading the secret key file {}", path.display()))
    }

    /// Keys of 64 hexadecimal digits, separated by commas or blanks, the present one first.
    ///
    /// # Errors
    /// No key, or something that is none.
    pub fn parse(text: &str) -> anyhow::Result<Self> {
        let words = text.split(|c: char| c == ',' || c.is_whitespace()).filter(|word| !word.is_empty());
        let keys: Option<Vec<_>> = words.map(|word| from_hex(word).map(Master::new)).collect();
        let ring = keys.filter(|keys| !keys.is_empty());
        let ring = ring.context("a secret key is 64 hexadecimal digits, as `openssl rand -hex 32` prints")?;
        Ok(Self { ring: ring.into() })
    }

    fn present(&self) -> &Master {
        self.ring.first().expect("a ring has at least one key")
    }

    /// Names the present key.
    pub fn id(&self) -> KeyId {
        self.present().id
    }

    /// Seals a secret of the server's own, or a data key, with the present key.
    pub fn seal(&self, place: Place<'_>, secret: &[u8]) -> Vec<u8> {
        let key = self.present();
        sealed::seal(&key.derive(Purpose::KeyWrap), &key.id, place, secret)
    }

    /// Opens what any key of the ring has sealed.
    ///
    /// # Errors
    /// The key is not in the ring any more, or the secret does not belong in this place.
    pub fn unseal(&self, place: Place<'_>, secret: &[u8]) -> anyhow::Result<Vec<u8>> {
        let id = sealed::key_id(secret).context("it is not a sealed secret")?;
        let key = self.ring.iter().find(|key| key.id == id).with_context(|| {
            format!("{} was sealed with the secret key {}, which is not configured", place.table, hex(&id))
        })?;
        sealed::open(&key.derive(Purpose::KeyWrap), place, secret)
            .with_context(|| format!("a sealed secret of {} was altered or moved", place.table))
    }

    /// The purpose's key under a named key of the ring.
    pub fn derive_under(&self, id: &KeyId, purpose: Purpose) -> Option<[u8; 32]> {
        self.ring.iter().find(|key| key.id == *id).map(|key| key.derive(purpose))
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
        self.present().derive(purpose)
    }
}

/// A new key, to be put first in the ring.
pub fn draw() -> String {
    hex(&rand::random::<[u8; 32]>())
}

fn make_default(config: &Config) -> anyhow::Result<PathBuf> {
    let path = config.data_dir.join("secret.key");
    if path.exists() {
        return Ok(path);
    }
    std::fs::create_dir_all(&config.data_dir)
        .with_context(|| format!("making the data folder {}", config.data_dir.display()))?;
    let digits = draw();
    // Written beside and linked, so that a crash or somebody who starts at the same time never leaves half a key.
    let draft = config.data_dir.join(format!("secret.key.{:016x}", rand::random::<u64>()));
    write_private(&draft, &digits).with_context(|| format!("writing {}", draft.display()))?;
    let linked = std::fs::hard_link(&draft, &path);
    std::fs::remove_file(&draft)?;
    match linked {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => Err(error.into()),
        _ => Ok(path),
    }
}

/// Readable by its owner alone.
///
/// # Errors
/// The file cannot be written.
pub fn write_private(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file =
        std::fs::OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path)?;
    writeln!(file, "{text}")?;
    file.sync_all()
}
