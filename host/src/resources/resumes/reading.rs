//! One reading, from blob to UnifiedResume. Changes nothing but the kept text and the run records.

use std::sync::Arc;
use std::time::Duration;

use super::actions::{self, Reading};
use super::{Defect, Parse, Resume, store};
use crate::caller::Caller;
use crate::error::Error;
use crate::hooks::{Call, Document, Failure, Kind, Outcome, PluginRef, Ran};
use crate::ids::{ResumeId, RunId};
use crate::null_characters::DropNulls;
use crate::permissions::Permission;
use crate::resources::files;
use crate::resources::plugins::rollouts::Beside;
use crate::resources::plugins::using;
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
/// read the text. The tenant's own plugins come first; where one fails, the next is asked.
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
    let (text, mut wall) = text(services, caller, resume, &document).await?;

    let wanted = parse.wanted.as_deref();
    let subject = resume.id.to_string();
    let chain = using::chain(services, caller, Kind::ResumeParser, &subject, |manifest| match wanted {
        Some(wanted) => manifest.id == wanted,
        None => manifest.takes(&resume.media_type),
    });
    let chain = chain.await?;
    // Whoever asks for one parser gets that one or nothing.
    let last = services.hooks.parser(caller.tenant, wanted).filter(|_| wanted.is_none() || chain.is_empty());
    let mut parsers = links(chain, last).peekable();
    let mut failed = Unread::Defect(Defect {
        code: "no_parser".into(),
        detail: "The résumé parser that was asked for is no longer installed, or is suspended.".into(),
    });
    while let Some(link) = parsers.next() {
        link.prepare(services, caller).await?;
        let (run, call) = begin_call(services, caller);
        let parser = link.plugin();
        let mut ran = services.hooks.parse(parser, call, document.clone(), text.clone()).await;
        ran.drop_nulls();
        actions::record_run(services, caller, resume.id, run, &ran).await?;
        link.settle(services, caller, &ran).await?;
        wall += ran.record.wall;
        match accept(ran) {
            Ok(read) => {
                let beside = link.beside(services, run);
                return Ok(Reading { parser: parser.clone(), read, wall, beside });
            }
            Err(why) if why.is_final(parsers.peek().is_none()) => return Err(why),
            Err(why) => failed = why,
        }
    }
    Err(failed)
}

/// A plugin to ask, and after it the next one if it fails.
enum Link {
    Own(Box<using::Handle>),
    /// Comes with the server.
    BuiltIn(PluginRef),
}

/// The tenant's own, then the one that comes with the server.
fn links(own: Vec<using::Handle>, last: Option<PluginRef>) -> impl Iterator<Item = Link> {
    own.into_iter().map(|handle| Link::Own(Box::new(handle))).chain(last.map(Link::BuiltIn))
}

impl Link {
    fn plugin(&self) -> &PluginRef {
        match self {
            Link::Own(handle) => &handle.plugin,
            Link::BuiltIn(plugin) => plugin,
        }
    }

    /// Who is asked the same once this one's answer is kept.
    fn beside(&self, services: &Services, run: RunId) -> Option<Beside> {
        match self {
            Link::Own(handle) => handle.beside(services, run),
            Link::BuiltIn(_) => None,
        }
    }

    async fn prepare(&self, services: &Services, caller: &Caller) -> Result<(), Unread> {
        match self {
            Link::Own(handle) => Ok(using::prepare(services, caller, handle).await?),
            Link::BuiltIn(_) => Ok(()),
        }
    }

    async fn settle<T>(&self, services: &Services, caller: &Caller, ran: &Ran<T>) -> Result<(), Unread> {
        match self {
            Link::Own(handle) => Ok(using::settle(services, caller, handle, ran).await?),
            Link::BuiltIn(_) => Ok(()),
        }
    }
}

impl Unread {
    /// Whether no other plugin is asked after this.
    fn is_final(&self, is_last: bool) -> bool {
        is_last || matches!(self, Unread::Busy(_))
    }
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

/// A résumé's file, and its text as it was read last; nothing while there is no text.
///
/// # Errors
/// `NotFound` when the résumé is gone; `Unavailable`.
pub async fn material(
    services: &Services,
    caller: &Caller,
    id: ResumeId,
) -> Result<Option<(Document, ExtractedText)>, Error> {
    let mut tx = services.db.read(caller, Permission::ResumeParse).await?;
    let resume = store::get(&mut tx, id).await?;
    let kept = store::find_text(&mut tx, id).await?;
    tx.commit().await?;
    let Some(text) = kept.and_then(|kept| serde_json::from_str(&kept.layout).ok()) else { return Ok(None) };
    match load(services, caller, &resume).await {
        Ok(document) => Ok(Some((document, text))),
        Err(Unread::Error(error)) => Err(error),
        Err(Unread::Defect(_) | Unread::Busy(_)) => Ok(None),
    }
}

/// The text and the time it took to get it.
async fn text(
    services: &Services,
    caller: &Caller,
    resume: &Resume,
    document: &Document,
) -> Result<(Arc<ExtractedText>, Duration), Unread> {
    let subject = resume.id.to_string();
    let chain = using::chain(services, caller, Kind::TextExtractor, &subject, |manifest| {
        manifest.takes(&resume.media_type)
    });
    let last = services.hooks.extractor(caller.tenant, &resume.media_type);
    let mut extractors = links(chain.await?, last).peekable();
    let mut failed = Unread::Defect(Defect {
        code: "no_extractor".into(),
        detail: format!("No installed plugin reads {}.", resume.media_type),
    });
    let mut wall = Duration::ZERO;
    while let Some(link) = extractors.next() {
        let extractor = link.plugin();
        if let Some(text) = kept_text(services, caller, resume, extractor).await? {
            return Ok((Arc::new(text), wall));
        }
        link.prepare(services, caller).await?;
        let (run, call) = begin_call(services, caller);
        let mut ran = services.hooks.extract(extractor, call, document.clone()).await;
        ran.drop_nulls();
        actions::record_run(services, caller, resume.id, run, &ran).await?;
        link.settle(services, caller, &ran).await?;
        wall += ran.record.wall;
        match accept(ran) {
            Ok(text) => {
                let text = Arc::new(text);
                let beside = link.beside(services, run);
                actions::keep_text(services, caller, resume.id, extractor, &text, beside).await?;
                return Ok((text, wall));
            }
            Err(why) if why.is_final(extractors.peek().is_none()) => return Err(why),
            Err(why) => failed = why,
        }
    }
    Err(failed)
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
