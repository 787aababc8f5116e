//! Writes what is known of a person into a ZIP file, one résumé's file in memory at a time.

use std::fs::File;
use std::io::{Seek, Write};

use bytes::Bytes;
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::{Known, KnownResume};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::permissions::Permission;
use crate::resources::files;
use crate::services::Services;

const ABOUT: &str = "\
What is known of you
====================

candidate.json      you: names, contacts, tags, and the profile made of your latest résumé
duplicates.json     entries that turned out to be you as well
consents.json       what you agreed to and took back, and whether somebody has to keep this
applications.json   what you applied for, what happened when, how you were scored and why, and what you were offered
interviews.json     interviews, and what interviewers thought
notes.json          what was written about you and your applications
emails.json         which e-mails went to you and about you
disclosures.json    which other programs were told of you, of what, and when
resumes/            a folder a résumé: the file you sent, how it was read, and its text

The documents are JSON: any browser opens them. Times are in UTC, money in cents or whatever a currency's smallest unit is.
";

/// The archive as a file without a name: it is gone when it is closed. Answers its length in bytes, too.
///
/// # Errors
/// `Unavailable` when the file store does not answer; `Internal` when there is no room for the archive.
pub(crate) async fn write(services: &Services, caller: &Caller, known: Known) -> Result<(File, u64)> {
    let mut archive = Archive::new().await?;
    archive = archive.add("README.txt".into(), Bytes::from_static(ABOUT.as_bytes())).await?;
    for (name, document) in known.documents {
        archive = archive.add(name.into(), pretty(&document)?).await?;
    }
    for KnownResume { resume, view, text, reading } in known.resumes {
        let folder = format!("resumes/{}", resume.id);
        archive = archive.add(format!("{folder}/resume.json"), pretty(&view)?).await?;
        if let Some(text) = text {
            archive = archive.add(format!("{folder}/text.txt"), text.into()).await?;
        }
        if let Some(reading) = reading {
            archive = archive.add(format!("{folder}/reading.json"), pretty(&reading)?).await?;
        }
        let mut tx = services.db.read(caller, Permission::CandidateExport).await?;
        let file = files::store::get(&mut tx, resume.file_id).await?;
        tx.commit().await?;
        let bytes = services.blobs.get(&file.blob_key).await?;
        archive = archive.add(format!("{folder}/file/{}", resume.file_name), bytes).await?;
    }
    archive.finish().await
}

fn pretty(document: &Value) -> Result<Bytes> {
    Ok(serde_json::to_vec_pretty(document).map_err(anyhow::Error::new)?.into())
}

struct Archive(ZipWriter<File>);

impl Archive {
    async fn new() -> Result<Self> {
        aside(|| Ok(Self(ZipWriter::new(tempfile::tempfile()?)))).await
    }

    async fn add(mut self, name: String, content: Bytes) -> Result<Self> {
        aside(move || {
            let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
            self.0.start_file(name, options)?;
            self.0.write_all(&content)?;
            Ok(self)
        })
        .await
    }

    async fn finish(self) -> Result<(File, u64)> {
        aside(move || {
            let mut file = self.0.finish()?;
            let length = file.stream_position()?;
            file.rewind()?;
            Ok((file, length))
        })
        .await
    }
}

/// On a thread where waiting for a disk holds nobody up.
async fn aside<T: Send + 'static>(work: impl FnOnce() -> anyhow::Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    Ok(done.map_err(|error| Error::internal(format!("writing an archive ended early: {error}")))??)
}
