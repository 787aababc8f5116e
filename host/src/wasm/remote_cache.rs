//! Hands compiled components from node to node through the file store, each behind its MAC. It is a convenience: what is not
//! there, cannot be had or does not prove to be ours is compiled, as if there were no other node.

use std::path::Path;
use std::time::Duration;

use bytes::Bytes;
use futures::{Stream, StreamExt, TryStreamExt, stream};
use tokio::fs::File;
use tokio::io::AsyncWriteExt;
use tokio_util::io::ReaderStream;

use super::artifacts::{Artifacts, Draft, Key};
use super::compile::MAX_ARTIFACT;
use crate::blobs::Blobs;
use crate::error::{Error, Result};

/// Compiling is hardly ever slower.
const PATIENCE: Duration = Duration::from_secs(30);

const MAC_BYTES: usize = 32;

const PIECE_BYTES: usize = 1 << 20;

pub(crate) struct RemoteCache {
    blobs: Blobs,
}

impl RemoteCache {
    pub(crate) fn new(blobs: Blobs) -> Self {
        Self { blobs }
    }

    fn place(artifacts: &Artifacts, key: Key) -> String {
        format!("plugin-artifacts/{}", artifacts.public_name(key))
    }

    /// What is said to be the artifact of this key, and the MAC it is said to have. Nobody has looked whether that is so.
    pub(crate) async fn take(&self, artifacts: &Artifacts, key: Key) -> Option<(Draft, [u8; MAC_BYTES])> {
        let place = Self::place(artifacts, key);
        let work = async {
            let pieces = self.blobs.get_pieces(&place).await?;
            let draft = artifacts.draft(key)?;
            let mac = receive(pieces, draft.path()).await?;
            Ok::<_, Error>((draft, mac))
        };
        match tokio::time::timeout(PATIENCE, work).await {
            Ok(Ok(taken)) => Some(taken),
            Ok(Err(Error::NotFound { .. })) => None,
            Ok(Err(error)) => {
                tracing::warn!(place, %error, "a compiled plugin cannot be had from the file store");
                None
            }
            Err(_) => {
                tracing::warn!(place, "the file store takes too long to hand a compiled plugin over");
                None
            }
        }
    }

    /// Lets other nodes have an artifact that was made here.
    pub(crate) async fn offer(&self, artifacts: &Artifacts, key: Key, mac: &[u8; MAC_BYTES]) {
        let (place, path) = (Self::place(artifacts, key), artifacts.path_of(key, mac));
        let work = async { self.blobs.put_pieces(&place, send(&path, mac).await?).await };
        let failed = match tokio::time::timeout(PATIENCE, work).await {
            Ok(Ok(())) => return,
            Ok(Err(error)) => error.to_string(),
            Err(_) => "it takes too long".to_owned(),
        };
        tracing::warn!(
            place,
            error = failed,
            "a compiled plugin cannot be handed on; other nodes compile it, too"
        );
    }
}

/// The MAC comes first, all that follows is written to the file.
async fn receive(
    mut pieces: impl Stream<Item = Result<Bytes>> + Unpin,
    path: &Path,
) -> Result<[u8; MAC_BYTES]> {
    let (mut mac, mut known, mut written) = ([0; MAC_BYTES], 0, 0);
    let mut file = File::options().write(true).truncate(true).open(path).await.map_err(anyhow::Error::new)?;
    while let Some(mut piece) = pieces.next().await.transpose()? {
        let of_mac = piece.split_to(piece.len().min(MAC_BYTES - known));
        mac[known..known + of_mac.len()].copy_from_slice(&of_mac);
        known += of_mac.len();
        written += piece.len() as u64;
        if written > MAX_ARTIFACT {
            return Err(Error::internal("it is larger than any compiled plugin"));
        }
        file.write_all(&piece).await.map_err(anyhow::Error::new)?;
    }
    if known < MAC_BYTES {
        return Err(Error::internal("it is too short to be a compiled plugin"));
    }
    file.flush().await.map_err(anyhow::Error::new)?;
    Ok(mac)
}

async fn send(path: &Path, mac: &[u8; MAC_BYTES]) -> Result<impl Stream<Item = Result<Bytes>> + Unpin> {
    let file = File::open(path).await.map_err(anyhow::Error::new)?;
    let content = ReaderStream::with_capacity(file, PIECE_BYTES);
    let content = content.map_err(|error| Error::Internal(anyhow::Error::new(error)));
    let mac = Bytes::copy_from_slice(mac);
    Ok(stream::once(std::future::ready(Ok(mac))).chain(content))
}
