//! One reading, from blob to UnifiedResume. Changes nothing but the kept text and the run records.

use std::sync::Arc;
use std::time::Duration;

use super::actions::{self, Reading};
use super::{Defect, Parse, Resume, store};
use crate::caller::Caller;
use crate::error::Error;
use crate::hooks::{Call, Document, Failure, Outcome, PluginRef, Ran};
use crate::ids::RunId;
use crate::null_characters::DropNulls;
use crate::permissions::Permission;
use crate::resources::files;
use crate::services::Services;
use crate::text::ExtractedText;

/// Why there is no result.
pub enum Unread {
    /// The file or a plugin is at fault; it would be so next time.
    Defect(Defect),
    /// No sandbox was free; not an attempt.
    Busy(Duration),
    /// We are at fault; try again.
    Error(Error),
}

impl From<Error> for Unread {
    fn from(error: Error) -> Self {
        Unread::Error(error)
    }
}

/// How long a reading waits when every sandbox is taken.
const BUSY: Duration = Duration::from_secs(2);

/// Opens the file with the extractor for its kind (unless that very extractor has done so before) and has the parser
/// read the text.
///
/// # Errors
/// See [`Unread`].
pub async fn read(
    services: &Services,
    caller: &Caller,
    resume: &Resume,
    parse: &Parse,
) -> Result<Reading, Unread> {
    let document = load(services, caller, resume).await?;
    let (text, extraction) = text(services, caller, resume, &document).await?;

    let parser = services.hooks.parser(caller.tenant, parse.wanted.as_deref()).ok_or_else(|| {
        let detail = "The résumé parser that was asked for is no longer installed.".into();
        Unread::Defect(Defect { code: "no_parser".into(), detail })
    })?;
    let (run, call) = begin_call(services, caller);
    let mut ran = services.hooks.parse(&parser, call, document, text).await;
    ran.drop_nulls();
    actions::record_run(services, caller, resume.id, run, &ran).await?;
    let wall = extraction + ran.record.wall;
    let read = accept(ran)?;
    Ok(Reading { parser, read, wall })
}

async fn load(services: &Services, caller: &Caller, resume: &Resume) -> Result<Document, Unread> {
    let mut tx = services.db.read(caller, Permission::ResumeParse).await?;
    let file = files::store::get(&mut tx, resume.file_id).await?;
    tx.commit().await?;
    let bytes = services.blobs.get(&file.blob_key).await?;
    Ok(Document {
        media_type: resume.media_type.clone(),
        file_name: resume.file_name.clone(),
        sha256: resume.sha256.clone(),
        bytes,
    })
}

/// The text and the time it took to get it.
async fn text(
    services: &Services,
    caller: &Caller,
    resume: &Resume,
    document: &Document,
) -> Result<(Arc<ExtractedText>, Duration), Unread> {
    let extractor = services.hooks.extractor(caller.tenant, &resume.media_type).ok_or_else(|| {
        let detail = format!("No installed plugin reads {}.", resume.media_type);
        Unread::Defect(Defect { code: "no_extractor".into(), detail })
    })?;
    if let Some(text) = kept_text(services, caller, resume, &extractor).await? {
        return Ok((Arc::new(text), Duration::ZERO));
    }
    let (run, call) = begin_call(services, caller);
    let mut ran = services.hooks.extract(&extractor, call, document.clone()).await;
    ran.drop_nulls();
    actions::record_run(services, caller, resume.id, run, &ran).await?;
    let wall = ran.record.wall;
    let text = Arc::new(accept(ran)?);
    actions::keep_text(services, caller, resume.id, &extractor, &text).await?;
    Ok((text, wall))
}

async fn kept_text(
    services: &Services,
    caller: &Caller,
    resume: &Resume,
    extractor: &PluginRef,
) -> Result<Option<ExtractedText>, Unread> {
    let mut tx = services.db.read(caller, Permission::ResumeParse).await?;
    let kept = store::find_text(&mut tx, resume.id).await?;
    tx.commit().await?;
    // What an older version wrote and this one cannot read is as good as not there.
    let same = kept.filter(|kept| kept.extractor.0 == *extractor);
    Ok(same.and_then(|kept| serde_json::from_str(&kept.layout).ok()))
}

fn begin_call(services: &Services, caller: &Caller) -> (RunId, Call) {
    let run = RunId::new(&services.clock);
    (run, Call { tenant: caller.tenant, invocation: run.uuid(), dry_run: false })
}

fn accept<T>(ran: Ran<T>) -> Result<T, Unread> {
    let plugin = ran.record.plugin.id;
    ran.result.map_err(|Failure { outcome, code, message, retryable }| match outcome {
        Outcome::Refused if retryable => Unread::Busy(BUSY),
        _ if retryable => Unread::Error(Error::Refused { plugin, code, reason: message }),
        _ => Unread::Defect(Defect { code, detail: message }),
    })
}
