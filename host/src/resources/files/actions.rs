//! Brings blobs in, and out again.

use std::time::Duration;

use bytes::Bytes;
use futures::stream::{Stream, StreamExt};
use sha2::{Digest, Sha256};

use super::{File, State, store};
use crate::blobs::Blobs;
use crate::caller::Caller;
use crate::db::Tx;
use crate::digest::{hex, sha256_hex};
use crate::error::{Error, Result};
use crate::ids::FileId;
use crate::permissions::Permission;
use crate::services::Services;

/// An upload that has not become a resource by now never will, and whoever was reading a file has read it.
const UNFINISHED_FOR: Duration = Duration::from_secs(60 * 60);

const SWEPT_AT_ONCE: i64 = 200;

/// Stores a blob nothing refers to yet. [`keep`] it in the change that does, or it is swept away.
///
/// # Errors
/// `Forbidden`; `Unavailable` when the database or the file store does not answer.
pub async fn receive(
    services: &Services,
    caller: &Caller,
    permission: Permission,
    bytes: Bytes,
) -> Result<File> {
    let now = services.clock.now();
    let id = FileId::new(&services.clock);
    let file = File {
        tenant_id: caller.tenant,
        id,
        blob_key: Blobs::new_key(caller.tenant, id),
        state: State::Receiving,
        size: i64::try_from(bytes.len()).unwrap_or(i64::MAX),
        sha256: Some(sha256_hex(&bytes)),
        created_at: now,
        updated_at: now,
    };
    let (mut tx, _) = services.db.begin_within(caller, permission).await?;
    store::insert(&mut tx, &file).await?;
    tx.commit().await?;
    services.blobs.put(&file.blob_key, bytes).await?;
    Ok(file)
}

/// The same for what comes piece by piece and may be larger than memory.
///
/// # Errors
/// As [`receive`]; `TooLarge` beyond `most` bytes; the first of the pieces' own.
pub async fn receive_pieces(
    services: &Services,
    caller: &Caller,
    permission: Permission,
    pieces: impl Stream<Item = Result<Bytes>> + Unpin,
    most: u64,
) -> Result<File> {
    let now = services.clock.now();
    let id = FileId::new(&services.clock);
    let mut file = File {
        tenant_id: caller.tenant,
        id,
        blob_key: Blobs::new_key(caller.tenant, id),
        state: State::Receiving,
        size: 0,
        sha256: None,
        created_at: now,
        updated_at: now,
    };
    let (mut tx, _) = services.db.begin_within(caller, permission).await?;
    store::insert(&mut tx, &file).await?;
    tx.commit().await?;
    let (mut size, mut digest) = (0_u64, Sha256::new());
    let measured = pieces.map(|piece| {
        let piece = piece?;
        size += piece.len() as u64;
        if size > most {
            let detail = format!("the file is larger than the {most} bytes this server takes");
            return Err(Error::TooLarge { detail });
        }
        digest.update(&piece);
        Ok(piece)
    });
    services.blobs.put_pieces(&file.blob_key, measured).await?;
    file.size = i64::try_from(size).unwrap_or(i64::MAX);
    file.sha256 = Some(hex(&digest.finalize()));
    file.updated_at = services.clock.now();
    let (mut tx, _) = services.db.begin_within(caller, permission).await?;
    store::measure(&mut tx, &file).await?;
    tx.commit().await?;
    Ok(file)
}

/// Something refers to the file from now on.
///
/// # Errors
/// `Conflict` when it has been swept away.
pub async fn keep(tx: &mut Tx, services: &Services, file: &File) -> Result<()> {
    store::update_state(tx, file.id, State::Receiving, State::Stored, services.clock.now()).await
}

/// Nobody needs the blob any more; the sweeper removes it.
///
/// # Errors
/// The database's.
pub async fn release(tx: &mut Tx, services: &Services, id: FileId) -> Result<()> {
    store::release(tx, id, services.clock.now()).await
}

/// Removes blobs and rows of uploads that never became anything, and the blobs nobody needs any more; answers how many.
///
/// # Errors
/// `Unavailable`.
pub async fn sweep(services: &Services) -> Result<usize> {
    let now = services.clock.now();
    let before = now - UNFINISHED_FOR;
    let mut tx = services.db.begin_system().await?;
    let mut unneeded = Vec::new();
    for file in store::list_unneeded(&mut tx, before, SWEPT_AT_ONCE).await? {
        if file.state == State::Released || store::abandon(&mut tx, &file, before, now).await? {
            unneeded.push(file);
        }
    }
    tx.commit().await?;
    // The row goes last: while it is there, a blob is never forgotten.
    for file in &unneeded {
        services.blobs.delete(&file.blob_key).await?;
        let mut tx = services.db.begin_system().await?;
        match file.state {
            State::Released => store::remove(&mut tx, file, now).await?,
            _ => store::delete(&mut tx, file).await?,
        }
        tx.commit().await?;
    }
    Ok(unneeded.len())
}
