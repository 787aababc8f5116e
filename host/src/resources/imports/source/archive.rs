//! A ZIP of files: each entry is a row. The archive lies in a file without a name while it is read; names of entries are
//! never names of files here.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};

use bytes::Bytes;
use futures::StreamExt;
use futures::stream::BoxStream;
use tokio::io::AsyncWriteExt;
use zip::ZipArchive;

use super::{Content, Row};
use crate::error::{Error, Result};
use crate::resources::imports::faults::RowFault;
use crate::services::Services;

/// Entries of one archive.
pub const MOST_ENTRIES: usize = 10_000;

/// What all entries may come to, as the archive says; of each the server takes no more than of an upload.
const MOST_EXPANDED: u64 = 4 << 30;

/// The end of an archive: its mark, and where the number of entries stands behind it.
const END: [u8; 4] = *b"PK\x05\x06";
const END_BYTES: usize = 22;
const LONGEST_COMMENT: u64 = u16::MAX as u64;

pub struct Archive {
    /// Taken out while somebody reads it on another thread.
    archive: Option<ZipArchive<File>>,
    /// Which entries are files.
    files: Vec<usize>,
    next: usize,
    longest: u64,
}

/// One entry, out of its wrapping.
pub struct Entry {
    /// As it stands in the archive: any path.
    pub name: String,
    pub bytes: Bytes,
}

impl Archive {
    /// # Errors
    /// `Invalid` when it is no archive, or has too much in it; the file store's.
    pub async fn open(services: &Services, mut pieces: BoxStream<'static, Result<Bytes>>) -> Result<Self> {
        let file = tempfile::tempfile().map_err(anyhow::Error::new)?;
        let mut file = tokio::fs::File::from_std(file);
        while let Some(piece) = pieces.next().await {
            file.write_all(&piece?).await.map_err(anyhow::Error::new)?;
        }
        file.flush().await.map_err(anyhow::Error::new)?;
        let file = file.into_std().await;
        let longest = services.config.upload_max_bytes;
        let opened = tokio::task::spawn_blocking(move || open(file)).await;
        let (archive, files) = opened.map_err(anyhow::Error::new)??;
        Ok(Self { archive: Some(archive), files, next: 0, longest })
    }

    pub fn next_file(&mut self) -> Option<Row> {
        let index = *self.files.get(self.next)?;
        self.next += 1;
        let number = i64::try_from(self.next).unwrap_or(i64::MAX);
        Some(Row { number, line: None, content: Content::Entry(index) })
    }

    /// Takes an entry out.
    ///
    /// # Errors
    /// What is wrong with the entry, inside; `Internal` when the thread that reads it ends early.
    pub async fn entry(&mut self, index: usize) -> Result<std::result::Result<Entry, RowFault>> {
        let mut archive =
            self.archive.take().ok_or_else(|| Error::internal("an archive is read by one at a time"))?;
        let longest = self.longest;
        let read = tokio::task::spawn_blocking(move || {
            let entry = read(&mut archive, index, longest);
            (archive, entry)
        });
        let (archive, entry) = read.await.map_err(anyhow::Error::new)?;
        self.archive = Some(archive);
        Ok(entry)
    }
}

fn open(mut file: File) -> Result<(ZipArchive<File>, Vec<usize>)> {
    refuse_crowds(&mut file)?;
    let none = |_| RowFault::new("file", "unreadable_file", "the file is no ZIP archive, or it is damaged");
    let mut archive = ZipArchive::new(file).map_err(none)?;
    let mut files = Vec::new();
    let mut expanded = 0_u64;
    for index in 0..archive.len() {
        let entry = archive.by_index_raw(index).map_err(none)?;
        if !entry.is_dir() {
            expanded = expanded.saturating_add(entry.size());
            files.push(index);
        }
    }
    if expanded > MOST_EXPANDED {
        let detail = "the files in the archive come to more than 4 GiB; send several";
        return Err(RowFault::new("file", "expands_too_much", detail).into());
    }
    Ok((archive, files))
}

/// Whoever opens an archive reads all it says of its entries, so it is asked first how many there are. Something that only
/// looks like the end of one counts, too: nobody writes that by accident.
fn refuse_crowds(file: &mut File) -> Result<()> {
    let broken = |error: std::io::Error| Error::from(anyhow::Error::new(error));
    let size = file.seek(SeekFrom::End(0)).map_err(broken)?;
    file.seek(SeekFrom::Start(size.saturating_sub(LONGEST_COMMENT + END_BYTES as u64))).map_err(broken)?;
    let mut tail = Vec::new();
    file.read_to_end(&mut tail).map_err(broken)?;
    file.seek(SeekFrom::Start(0)).map_err(broken)?;
    let crowded = memchr::memmem::find_iter(&tail, &END).any(|at| {
        let count = tail.get(at + 10..at + 12).map(|bytes| u16::from_le_bytes([bytes[0], bytes[1]]));
        count.is_some_and(|count| usize::from(count) > MOST_ENTRIES)
    });
    if crowded {
        let detail = format!("an archive holds {MOST_ENTRIES} files at most; send several");
        return Err(RowFault::new("file", "too_many_entries", detail).into());
    }
    Ok(())
}

fn read(archive: &mut ZipArchive<File>, index: usize, longest: u64) -> std::result::Result<Entry, RowFault> {
    let damaged =
        |_: &dyn std::error::Error| RowFault::of_row("damaged_entry", "the entry cannot be unpacked");
    let is_encrypted = archive.by_index_raw(index).map_err(|error| damaged(&error))?.encrypted();
    if is_encrypted {
        return Err(RowFault::of_row("encrypted", "the entry needs a password; send it without one"));
    }
    let entry = archive.by_index(index).map_err(|error| damaged(&error))?;
    let name = String::from_utf8_lossy(entry.name_raw()).into_owned();
    let mut bytes = Vec::new();
    entry.take(longest + 1).read_to_end(&mut bytes).map_err(|error| damaged(&error))?;
    if bytes.len() as u64 > longest {
        return Err(RowFault::of_row("too_large", format!("a file has {longest} bytes at most")));
    }
    Ok(Entry { name, bytes: bytes.into() })
}
