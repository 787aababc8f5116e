//! Compiled components on disk. An artifact is machine code: its name is an HMAC over its key and every byte,
//! checked before a single one is mapped. What fails the check is deleted and compiled again.

use std::fs::{self, File, OpenOptions, Permissions};
use std::io::Read;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use anyhow::Context;
use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use wasmtime::Engine;
use wasmtime::component::Component;

use crate::digest::{from_hex, hex};

/// Drafts this process began.
static DRAFTS: AtomicU64 = AtomicU64::new(0);

const SUFFIX: &str = "cwasm";

/// Says which component, compiled by which compiler, checked by which checks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Key([u8; 32]);

impl Key {
    pub(crate) fn new(component_digest: &str, compatibility: &[u8; 32]) -> Self {
        let mut hash = Sha256::new();
        hash.update(b"mortise artifact 1\0");
        hash.update(component_digest);
        hash.update(compatibility);
        Self(hash.finalize().into())
    }
}

/// A folder per key; in it, files named after their own HMAC. Two processes that compile the same component
/// put two sound files there, or one and the same.
pub(crate) struct Artifacts {
    folder: PathBuf,
    secret: [u8; 32],
}

impl Artifacts {
    pub(crate) fn open(folder: &Path, secret: [u8; 32]) -> anyhow::Result<Self> {
        create_private(folder)?;
        Ok(Self { folder: folder.to_owned(), secret })
    }

    /// The component, if a sound artifact of it is there and fits the engine.
    pub(crate) fn load(&self, engine: &Engine, key: Key) -> Option<Component> {
        let Ok(entries) = fs::read_dir(self.folder_of(key)) else { return None };
        for path in entries.flatten().map(|entry| entry.path()) {
            if path.extension().is_none_or(|extension| extension != SUFFIX) {
                continue;
            }
            match self.map(engine, key, &path) {
                Ok(component) => return Some(component),
                Err(error) => {
                    tracing::warn!(
                        path = %path.display(),
                        error = format!("{error:#}"),
                        "a compiled plugin is damaged or not ours; it is deleted and compiled again"
                    );
                    // Another process may have been faster.
                    let _ = fs::remove_file(&path);
                }
            }
        }
        None
    }

    #[expect(
        unsafe_code,
        reason = "machine code is mapped: ours, as its HMAC has just shown, in a folder only we may write to"
    )]
    fn map(&self, engine: &Engine, key: Key, path: &Path) -> anyhow::Result<Component> {
        let claimed = path.file_stem().and_then(|stem| stem.to_str()).and_then(from_hex::<32>);
        let claimed = claimed.context("its name is not a MAC")?;
        let mac = self.mac(key, &mut File::open(path)?)?;
        mac.verify_slice(&claimed).map_err(|_| anyhow::anyhow!("its MAC does not match"))?;
        // SAFETY: the bytes were written by our compiler (their MAC needs our secret) and are never changed:
        // artifacts are only ever created under a new name, or deleted.
        Ok(unsafe { Component::deserialize_file(engine, path) }?)
    }

    /// A name for a compiler to write to, in the folder the artifact will be in.
    pub(crate) fn draft(&self, key: Key) -> anyhow::Result<Draft> {
        let folder = self.folder_of(key);
        create_private(&folder)?;
        let number = DRAFTS.fetch_add(1, Ordering::Relaxed);
        let path = folder.join(format!("{}-{number}.draft", std::process::id()));
        // One of the same name was left behind by a process that died.
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&path)?;
        Ok(Draft { path })
    }

    /// Makes a finished draft an artifact, all at once; answers its MAC.
    pub(crate) fn keep(&self, key: Key, draft: &Draft) -> anyhow::Result<[u8; 32]> {
        let mut file = File::open(&draft.path)?;
        let mac = self.mac(key, &mut file)?.finalize().into_bytes().into();
        self.put_in_place(key, draft, &file, &mac)?;
        Ok(mac)
    }

    /// The same with what another node has made, if it bears our MAC.
    pub(crate) fn keep_foreign(&self, key: Key, draft: &Draft, claimed: &[u8; 32]) -> anyhow::Result<()> {
        let mut file = File::open(&draft.path)?;
        let mac = self.mac(key, &mut file)?;
        mac.verify_slice(claimed).map_err(|_| anyhow::anyhow!("its MAC does not match"))?;
        self.put_in_place(key, draft, &file, claimed)
    }

    fn put_in_place(&self, key: Key, draft: &Draft, file: &File, mac: &[u8; 32]) -> anyhow::Result<()> {
        file.sync_all()?;
        fs::rename(&draft.path, self.path_of(key, mac))?;
        Ok(())
    }

    pub(crate) fn path_of(&self, key: Key, mac: &[u8; 32]) -> PathBuf {
        self.folder_of(key).join(format!("{}.{SUFFIX}", hex(mac)))
    }

    /// What an artifact is called where others may look: nodes with another secret call theirs otherwise.
    pub(crate) fn public_name(&self, key: Key) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes keys of any length");
        mac.update(b"mortise artifact's name\0");
        mac.update(&key.0);
        hex(&mac.finalize().into_bytes())
    }

    fn mac(&self, key: Key, file: &mut File) -> anyhow::Result<Hmac<Sha256>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.secret).expect("HMAC takes keys of any length");
        mac.update(&key.0);
        let mut buffer = vec![0; 128 << 10];
        loop {
            match file.read(&mut buffer)? {
                0 => return Ok(mac),
                read => mac.update(&buffer[..read]),
            }
        }
    }

    fn folder_of(&self, key: Key) -> PathBuf {
        self.folder.join(hex(&key.0))
    }
}

/// A file being written by a compiler; gone when it is not kept.
pub(crate) struct Draft {
    path: PathBuf,
}

impl Draft {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for Draft {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

fn create_private(folder: &Path) -> anyhow::Result<()> {
    let existed = folder.is_dir();
    fs::create_dir_all(folder).with_context(|| format!("cannot create the folder {}", folder.display()))?;
    if !existed {
        fs::set_permissions(folder, Permissions::from_mode(0o700))
            .with_context(|| format!("cannot keep others out of {}", folder.display()))?;
    }
    Ok(())
}
