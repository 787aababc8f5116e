//! Files by key, in a folder or in S3-compatible storage. Keys are random and start with the tenant
//! (`t/{tenant}/…`); no name a caller sent ever becomes part of one.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use bytes::Bytes;
use futures::stream::{BoxStream, Stream, StreamExt, TryStreamExt};
use object_store::aws::{AmazonS3Builder, AmazonS3ConfigKey};
use object_store::local::LocalFileSystem;
use object_store::path::Path as Key;
use object_store::prefix::PrefixStore;
use object_store::{ObjectStore, ObjectStoreExt, RetryConfig, WriteMultipart};

use crate::config::Config;
use crate::error::{Error, Result};
use crate::ids::{FileId, TenantId};

/// S3 takes no piece under 5 MiB but the last.
const PIECE_BYTES: usize = 8 << 20;

const PIECES_UNDER_WAY: usize = 2;

#[derive(Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
}

impl Blobs {
    /// Opens the store `blob_url` names, the data folder's `files` without it.
    ///
    /// # Errors
    /// An address of an unknown kind, a folder that cannot be made, S3 settings that do not add up.
    pub fn open(config: &Config) -> anyhow::Result<Self> {
        let store: Arc<dyn ObjectStore> = match config.blob_url.as_deref() {
            None => folder(&config.data_dir.join("files"))?,
            Some(url) => match url.split_once("://") {
                Some(("file", path)) => folder(Path::new(path))?,
                Some(("s3", place)) => s3(place, config)?,
                _ => anyhow::bail!("blob_url must be file:///folder or s3://bucket/prefix, not {url}"),
            },
        };
        Ok(Self { store })
    }

    /// A key nobody can guess, in the tenant's own part of the store.
    pub fn new_key(tenant: TenantId, file: FileId) -> String {
        let secret: u128 = rand::random();
        format!("t/{}/{}-{secret:032x}", tenant.uuid().simple(), file.uuid().simple())
    }

    /// # Errors
    /// `Unavailable`.
    pub async fn put(&self, key: &str, bytes: Bytes) -> Result<()> {
        self.store.put(&Key::from(key), bytes.into()).await?;
        Ok(())
    }

    /// Stores what comes piece by piece, of any size: no more of it is in memory than a few pieces of 8 MiB. Nothing is
    /// stored when a piece fails.
    ///
    /// # Errors
    /// The first of the pieces' own; `Unavailable`.
    pub async fn put_pieces(
        &self,
        key: &str,
        mut pieces: impl Stream<Item = Result<Bytes>> + Unpin,
    ) -> Result<()> {
        let upload = self.store.put_multipart(&Key::from(key)).await?;
        let mut upload = WriteMultipart::new_with_chunk_size(upload, PIECE_BYTES);
        while let Some(piece) = pieces.next().await {
            let piece = match piece {
                Ok(piece) => piece,
                Err(error) => {
                    upload.abort().await?;
                    return Err(error);
                }
            };
            upload.wait_for_capacity(PIECES_UNDER_WAY).await?;
            upload.put(piece);
        }
        upload.finish().await?;
        Ok(())
    }

    /// What is stored, piece by piece.
    ///
    /// # Errors
    /// `NotFound`, `Unavailable`; each piece may be `Unavailable`, too.
    pub async fn get_pieces(&self, key: &str) -> Result<BoxStream<'static, Result<Bytes>>> {
        let found = self.store.get(&Key::from(key)).await?;
        Ok(found.into_stream().map_err(Error::from).boxed())
    }

    /// # Errors
    /// `NotFound`, `Unavailable`.
    pub async fn get(&self, key: &str) -> Result<Bytes> {
        Ok(self.store.get(&Key::from(key)).await?.bytes().await?)
    }

    /// Removes a blob; one that is not there is as good as removed.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn delete(&self, key: &str) -> Result<()> {
        match self.store.delete(&Key::from(key)).await {
            Ok(()) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Answers if the store does: asks for a key that is never there.
    ///
    /// # Errors
    /// `Unavailable`.
    pub async fn ping(&self) -> Result<()> {
        match self.store.head(&Key::from("readiness")).await {
            Ok(_) | Err(object_store::Error::NotFound { .. }) => Ok(()),
            Err(error) => Err(Error::from(error)),
        }
    }
}

fn folder(path: &Path) -> anyhow::Result<Arc<dyn ObjectStore>> {
    std::fs::create_dir_all(path).with_context(|| format!("making the folder {}", path.display()))?;
    let store = LocalFileSystem::new_with_prefix(path)
        .with_context(|| format!("opening the folder {}", path.display()))?
        .with_automatic_cleanup(true)
        .with_fsync(true);
    Ok(Arc::new(store))
}

fn s3(place: &str, config: &Config) -> anyhow::Result<Arc<dyn ObjectStore>> {
    let (bucket, prefix) = place.split_once('/').unwrap_or((place, ""));
    anyhow::ensure!(!bucket.is_empty(), "blob_url names no bucket");
    let settings = [
        (AmazonS3ConfigKey::Endpoint, &config.s3_endpoint),
        (AmazonS3ConfigKey::Region, &config.s3_region),
        (AmazonS3ConfigKey::AccessKeyId, &config.s3_access_key_id),
        (AmazonS3ConfigKey::SecretAccessKey, &config.s3_secret_access_key),
    ];
    let given = settings.into_iter().filter_map(|(key, value)| Some((key, value.as_ref()?)));
    let start = AmazonS3Builder::from_env().with_retry(retries());
    let mut builder = given.fold(start, |builder, (key, value)| builder.with_config(key, value));
    if config.s3_endpoint.as_ref().is_some_and(|endpoint| endpoint.starts_with("http://")) {
        builder = builder.with_allow_http(true);
    }
    let store = builder
        .with_bucket_name(bucket)
        .build()
        .context("opening S3-compatible storage (blob_url, the s3_… settings and the AWS_… variables)")?;
    Ok(if prefix.is_empty() { Arc::new(store) } else { Arc::new(PrefixStore::new(store, Key::from(prefix))) })
}

/// Somebody waits for the answer: storage that is gone for longer is said to be.
fn retries() -> RetryConfig {
    RetryConfig { max_retries: 3, retry_timeout: Duration::from_secs(10), ..RetryConfig::default() }
}
