//! Every write to résumés.

use bytes::Bytes;
use serde_json::{Map, Value, json};
use sqlx::types::Json;

use super::shadows::ShadowReading;
use super::tasks::ReadResume as ReadResumeTask;
use super::{Defect, Parse, Resume, Status, corrections, file_name, media, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::Reach;
use crate::hooks::{Kind, PluginRef, Ran, RunRecord};
use crate::http::etag::IfMatch;
use crate::ids::{CandidateId, JobId, ParseId, ResumeId, RunId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::plugins::rollouts::Beside;
use crate::resources::plugins::using;
use crate::resources::{application_requests, candidates, events, files, plugin_runs, score_requests};
use crate::services::Services;
use crate::tasks::{self, Priority, When};
use crate::text::ExtractedText;
use crate::unified_resume::{ReadResume, UnifiedResume};

/// A file a caller sent.
pub struct Upload {
    /// As sent: any path.
    pub file_name: String,
    pub bytes: Bytes,
    pub candidate: Option<CandidateId>,
    /// Whoever it is of applies for it.
    pub job: Option<JobId>,
    pub source: Option<String>,
}

/// The résumé, if the caller's permission reaches it: for single departments and jobs only of who applied there, so none
/// that has no candidate yet.
///
/// # Errors
/// `NotFound`.
pub async fn get_within(tx: &mut Tx, reach: &Reach, id: ResumeId) -> Result<Resume> {
    let resume = store::get(tx, id).await?;
    let is_within = match (reach, resume.candidate_id) {
        (Reach::Everywhere, _) => true,
        (Reach::Within(..), Some(candidate)) => candidates::store::is_within(tx, reach, candidate).await?,
        (Reach::Within(..), None) => false,
    };
    if is_within { Ok(resume) } else { Err(Error::NotFound { what: "résumé" }) }
}

/// One of the caller's own, who is a candidate.
///
/// # Errors
/// `NotFound`.
pub async fn get_own(tx: &mut Tx, id: ResumeId) -> Result<Resume> {
    let own = candidates::actions::oneself(tx).await?;
    let resume = store::get(tx, id).await?;
    let is_own = resume.candidate_id == Some(own);
    is_own.then_some(resume).ok_or(Error::NotFound { what: "résumé" })
}

/// Stores a résumé and has it read in the background.
///
/// # Errors
/// `Invalid` and `UnsupportedMedia` for files we cannot read; `NotFound` for a candidate of somebody else.
pub async fn create(services: &Services, caller: &Caller, upload: Upload) -> Result<Resume> {
    caller.require(Permission::ResumeCreate)?;
    store_upload(services, caller, Permission::ResumeCreate, upload).await
}

/// The same for a candidate's own résumé.
///
/// # Errors
/// As [`create`]; `NotFound` when the caller is no candidate.
pub async fn create_own(services: &Services, caller: &Caller, upload: Upload) -> Result<Resume> {
    let (mut tx, _) = services.db.read_within(caller, Permission::MeWrite).await?;
    let own = candidates::actions::oneself(&mut tx).await?;
    tx.commit().await?;
    store_upload(services, caller, Permission::MeWrite, Upload { candidate: Some(own), job: None, ..upload })
        .await
}

/// The permission was asked for where it has to hold.
async fn store_upload(
    services: &Services,
    caller: &Caller,
    permission: Permission,
    upload: Upload,
) -> Result<Resume> {
    let Upload { file_name, bytes, candidate, job, source } = upload;
    if candidate.is_some() || job.is_some() {
        // Asked before the file is stored, and again when it is.
        let (mut tx, _) = services.db.read_within(caller, permission).await?;
        if let Some(candidate) = candidate {
            candidates::store::get(&mut tx, candidate).await?;
        }
        if let Some(job) = job {
            application_requests::require(&mut tx, job).await?;
        }
        tx.commit().await?;
    }
    let received = receive(services, caller, permission, &file_name, bytes).await?;
    let (mut tx, _) = services.db.begin_within(caller, permission).await?;
    if let Some(candidate) = candidate {
        candidates::actions::hold(&mut tx, candidate).await?;
    }
    let resume = add(&mut tx, services, received, candidate, source, Priority::High).await?;
    if let Some(job) = job {
        application_requests::of_upload(&mut tx, &services.clock, resume.id, job, candidate).await?;
    }
    tx.commit().await?;
    Ok(resume)
}

/// A file that is a résumé by its kind, stored; [`add`] makes one of it, else it is swept away.
pub(crate) struct Received {
    file: files::File,
    name: String,
    media_type: &'static str,
}

/// Stores a résumé's file before the change that it belongs to.
///
/// # Errors
/// `Invalid` and `UnsupportedMedia` for files we cannot read; `Unavailable`.
pub(crate) async fn receive(
    services: &Services,
    caller: &Caller,
    permission: Permission,
    sent_name: &str,
    bytes: Bytes,
) -> Result<Received> {
    let name = file_name(sent_name);
    let readable = using::media_types(services, caller).await?;
    let media_type = media::determine(&name, &bytes, &readable)?;
    let file = files::actions::receive(services, &caller.preparing(), permission, bytes).await?;
    Ok(Received { file, name, media_type })
}

/// Makes a résumé of a file inside a larger change, and has it read, as soon as somebody waits for it.
///
/// # Errors
/// `Conflict` when the file was swept away meanwhile.
pub(crate) async fn add(
    tx: &mut Tx,
    services: &Services,
    received: Received,
    candidate: Option<CandidateId>,
    source: Option<String>,
    priority: Priority,
) -> Result<Resume> {
    let Received { file, name, media_type } = received;
    files::actions::keep(tx, services, &file).await?;
    let now = services.clock.now();
    let resume = Resume {
        id: ResumeId::new(&services.clock),
        candidate_id: candidate,
        file_id: file.id,
        file_name: name,
        media_type: media_type.into(),
        size: file.size,
        sha256: file.sha256.unwrap_or_default(),
        source,
        status: Status::Pending,
        error_code: None,
        error_detail: None,
        parse_id: None,
        corrections: None,
        created_by: tx.caller().member(),
        created_at: now,
        updated_at: now,
        deleted_at: None,
        version: 1,
    };
    store::insert(tx, &resume).await?;
    let payload = json!({ "resume_id": resume.id, "candidate_id": resume.candidate_id });
    events::record(tx, &services.clock, events::Kind::ResumeReceived, resume.id, payload).await?;
    let what = json!({ "candidate_id": resume.candidate_id, "sha256": resume.sha256, "size": resume.size });
    audit::record(tx, &services.clock, "resume.received", resume.id, Change::noted(what));
    enqueue_reading(tx, services, resume.id, None, priority).await?;
    Ok(resume)
}

/// Has a résumé read again, by the named parser or the tenant's own.
///
/// # Errors
/// `NotFound`; `Conflict` while it is being read; `Invalid` when no such parser is installed.
pub async fn read_again(
    services: &Services,
    caller: &Caller,
    id: ResumeId,
    parser: Option<String>,
) -> Result<Resume> {
    caller.reach(Permission::ResumeParse)?;
    require_parser(services, caller, parser.as_deref()).await?;
    let (mut tx, reach) = services.db.begin_within(caller, Permission::ResumeParse).await?;
    let resume = get_within(&mut tx, &reach, id).await?;
    let what = Change::noted(json!({ "parser": parser }));
    let resume = begin_again(&mut tx, services, resume, parser, Priority::High).await?;
    audit::record(&mut tx, &services.clock, "resume.read_again", id, what);
    tx.commit().await?;
    Ok(resume)
}

/// # Errors
/// `Invalid` when no such parser is installed.
pub(crate) async fn require_parser(services: &Services, caller: &Caller, parser: Option<&str>) -> Result<()> {
    let is_known = match parser {
        Some(parser) => using::is_known(services, caller, parser, Kind::ResumeParser).await?,
        None => services.hooks.parser(caller.tenant, None).is_some(),
    };
    if !is_known {
        let detail = "no résumé parser of this id is in use, for instance mortise/resume-parser; of one that is \
                      installed, activate a version first";
        return Err(Error::invalid("#/parser", "unknown_parser", detail));
    }
    Ok(())
}

/// # Errors
/// `Conflict` while it is being read.
pub(crate) async fn begin_again(
    tx: &mut Tx,
    services: &Services,
    mut resume: Resume,
    parser: Option<String>,
    priority: Priority,
) -> Result<Resume> {
    resume.begin_reading(services.clock.now())?;
    store::update(tx, &mut resume).await?;
    enqueue_reading(tx, services, resume.id, parser, priority).await?;
    Ok(resume)
}

/// Corrects what was read: a JSON Merge Patch over it, which stays when the résumé is read again. The candidate's profile
/// changes with it, if it is this résumé.
///
/// # Errors
/// `NotFound`; `PreconditionFailed`; `Conflict` before the résumé was read; `Invalid` when no UnifiedResume comes of it.
pub async fn correct(
    services: &Services,
    caller: &Caller,
    id: ResumeId,
    if_match: &IfMatch,
    patch: Map<String, Value>,
) -> Result<(Resume, UnifiedResume)> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::ResumeWrite).await?;
    let mut resume = get_within(&mut tx, &reach, id).await?;
    if_match.require(resume.version)?;
    let parse = store::get_parse(&mut tx, resume.reading()?).await?;
    let reading = parse.unified.map(|unified| unified.0).unwrap_or_default();
    let changed = corrections::pointers(Some(&Value::Object(patch.clone())));
    let before = resume.corrections.take().map(|corrections| corrections.0);
    let (all, corrected) = corrections::added(before, &reading, patch)?;
    resume.corrections = Some(Json(all));
    resume.updated_at = services.clock.now();
    store::update(&mut tx, &mut resume).await?;
    if let Some(candidate) = whose_profile(&mut tx, &resume).await? {
        let profile = Some((id, corrected.clone()));
        candidates::profiles::set(&mut tx, &services.clock, candidate, profile).await?;
    }
    let payload = json!({ "resume_id": id, "candidate_id": resume.candidate_id, "version": resume.version });
    events::record(&mut tx, &services.clock, events::Kind::ResumeCorrected, id, payload).await?;
    let what = Change::noted(json!({ "corrected": changed }));
    audit::record(&mut tx, &services.clock, "resume.corrected", id, what);
    if let Some(candidate) = resume.candidate_id {
        score_requests::of_candidate(&mut tx, &services.clock, candidate).await?;
    }
    tx.commit().await?;
    Ok((resume, corrected))
}

/// The candidate whose profile this résumé is.
async fn whose_profile(tx: &mut Tx, resume: &Resume) -> Result<Option<CandidateId>> {
    let Some(candidate) = resume.candidate_id else { return Ok(None) };
    let candidate = candidates::store::get(tx, candidate).await?;
    Ok(Some(candidate.id).filter(|_| candidate.profile_resume_id == Some(resume.id)))
}

/// Of all a candidate's résumés what was read last, as people corrected it.
///
/// # Errors
/// The database's.
pub async fn latest_profile(
    tx: &mut Tx,
    candidate: CandidateId,
) -> Result<Option<(ResumeId, UnifiedResume)>> {
    let latest = store::find_latest_of(tx, candidate).await?;
    Ok(latest.map(|store::Counting { resume_id, corrections, unified }| {
        let reading = unified.map(|unified| unified.0).unwrap_or_default();
        (resume_id, corrections::applied(corrections.as_deref(), &reading))
    }))
}

/// Deletes a résumé with its file and all that was read from it. The candidate's profile is then what was read before.
///
/// # Errors
/// `NotFound`; `PreconditionFailed`.
pub async fn delete(services: &Services, caller: &Caller, id: ResumeId, if_match: &IfMatch) -> Result<()> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::ResumeWrite).await?;
    let resume = get_within(&mut tx, &reach, id).await?;
    if_match.require(resume.version)?;
    store::delete(&mut tx, &resume, services.clock.now()).await?;
    files::actions::release(&mut tx, services, resume.file_id).await?;
    if let Some(candidate) = whose_profile(&mut tx, &resume).await? {
        let latest = latest_profile(&mut tx, candidate).await?;
        candidates::profiles::set(&mut tx, &services.clock, candidate, latest).await?;
    }
    let payload = json!({ "resume_id": id, "candidate_id": resume.candidate_id });
    events::record(&mut tx, &services.clock, events::Kind::ResumeDeleted, id, payload).await?;
    let what = Change::noted(json!({ "candidate_id": resume.candidate_id, "sha256": resume.sha256 }));
    audit::record(&mut tx, &services.clock, "resume.deleted", id, what);
    if let Some(candidate) = resume.candidate_id {
        score_requests::of_candidate(&mut tx, &services.clock, candidate).await?;
    }
    tx.commit().await
}

async fn enqueue_reading(
    tx: &mut Tx,
    services: &Services,
    resume: ResumeId,
    wanted: Option<String>,
    priority: Priority,
) -> Result<()> {
    let now = services.clock.now();
    let parse = Parse::new(ParseId::new(&services.clock), resume, wanted, now);
    store::insert_parse(tx, &parse).await?;
    let task = ReadResumeTask { resume, parse: parse.id };
    tasks::add(tx, &services.clock, &task, When::now().priority(priority))
}

/// A worker has taken the résumé. `None` when this reading has been finished before: tasks may run twice.
///
/// # Errors
/// The database's.
pub async fn begin(
    services: &Services,
    caller: &Caller,
    id: ResumeId,
    parse: ParseId,
) -> Result<Option<(Resume, Parse)>> {
    let mut tx = services.db.begin(caller, Permission::ResumeParse).await?;
    let (Some(mut resume), Some(mut parse)) =
        (store::find(&mut tx, id).await?, store::find_parse(&mut tx, parse).await?)
    else {
        return Ok(None);
    };
    if parse.is_finished() {
        return Ok(None);
    }
    resume.processing(services.clock.now());
    parse.status = Status::Processing;
    store::update(&mut tx, &mut resume).await?;
    store::update_parse(&mut tx, &parse).await?;
    tx.commit().await?;
    Ok(Some((resume, parse)))
}

/// Remembers a call of a plugin, whatever came of it.
///
/// # Errors
/// The database's.
pub async fn record_run<T>(
    services: &Services,
    caller: &Caller,
    resume: ResumeId,
    run: RunId,
    ran: &Ran<T>,
) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::ResumeParse).await?;
    // Of somebody who was erased meanwhile nothing is kept that a plugin wrote down.
    let is_there = store::find(&mut tx, resume).await?.is_some();
    let record = RunRecord {
        log_tail: if is_there { ran.record.log_tail.clone() } else { Vec::new() },
        ..ran.record.clone()
    };
    let code = ran.result.as_ref().err().map(|failure| failure.code.as_str());
    plugin_runs::store::insert(&mut tx, run, &resume.to_string(), &record, code, services.clock.now())
        .await?;
    tx.commit().await
}

/// Keeps what the extractor read.
///
/// # Errors
/// The database's.
pub async fn keep_text(
    services: &Services,
    caller: &Caller,
    resume: ResumeId,
    extractor: &PluginRef,
    text: &ExtractedText,
    beside: Option<Beside>,
) -> Result<()> {
    let layout = serde_json::to_string(text).map_err(anyhow::Error::new)?;
    let mut tx = services.db.begin(caller, Permission::ResumeParse).await?;
    // Nothing is kept of a résumé that was deleted while it was read.
    if store::find(&mut tx, resume).await?.is_none() {
        return Ok(());
    }
    let new = store::NewText {
        resume,
        extractor,
        pages: i64::try_from(text.pages.len()).unwrap_or(i64::MAX),
        language: text.language.as_deref(),
        text: &text.plain(),
        layout: &layout,
        now: services.clock.now(),
    };
    store::insert_text(&mut tx, new).await?;
    enqueue_shadow(&mut tx, services, (resume, None), beside)?;
    tx.commit().await
}

/// What a reading brought, and by whom.
pub struct Reading {
    pub parser: PluginRef,
    pub read: ReadResume,
    /// Time in the plugins.
    pub wall: std::time::Duration,
    /// Who is asked the same now.
    pub beside: Option<Beside>,
}

/// The reading succeeded: its result counts, and the candidate gets it.
///
/// # Errors
/// `Conflict` when two résumés of one new person finish at the same moment: try again.
pub async fn succeed(
    services: &Services,
    caller: &Caller,
    id: ResumeId,
    parse: ParseId,
    reading: Reading,
) -> Result<()> {
    let now = services.clock.now();
    let mut tx = services.db.begin(caller, Permission::ResumeParse).await?;
    let (Some(mut resume), Some(mut parse)) =
        (store::find(&mut tx, id).await?, store::find_parse(&mut tx, parse).await?)
    else {
        return Ok(());
    };
    if parse.is_finished() {
        return Ok(());
    }
    let profile = resume.corrected(&reading.read.resume);
    parse.status = Status::Success;
    parse.parser = Some(Json(reading.parser));
    parse.language = reading.read.language;
    parse.unified = Some(Json(reading.read.resume));
    parse.evidence = Some(Json(reading.read.evidence));
    parse.warnings = Some(Json(reading.read.warnings));
    parse.wall_micros = i64::try_from(reading.wall.as_micros()).ok();
    parse.finished_at = Some(now);
    store::update_parse(&mut tx, &parse).await?;
    let owner = candidates::profiles::Owner {
        candidate: resume.candidate_id,
        source: resume.source.clone(),
        created_by: resume.created_by,
    };
    let candidate = candidates::profiles::take_resume(&mut tx, &services.clock, owner, id, profile).await?;
    if resume.candidate_id.is_none() {
        application_requests::of_candidate(&mut tx, &services.clock, id).await?;
    }
    resume.succeed(parse.id, candidate, now);
    store::update(&mut tx, &mut resume).await?;
    let payload = json!({ "resume_id": id, "candidate_id": candidate, "parse_id": parse.id });
    events::record(&mut tx, &services.clock, events::Kind::ResumeParsed, id, payload).await?;
    score_requests::of_candidate(&mut tx, &services.clock, candidate).await?;
    enqueue_shadow(&mut tx, services, (id, Some(parse.id)), reading.beside)?;
    tx.commit().await
}

/// What is kept is compared in a task of its own, which nobody waits for.
fn enqueue_shadow(
    tx: &mut Tx,
    services: &Services,
    (resume, parse): (ResumeId, Option<ParseId>),
    beside: Option<Beside>,
) -> Result<()> {
    let Some(beside) = beside else { return Ok(()) };
    let task = ShadowReading { resume, parse, beside };
    tasks::add(tx, &services.clock, &task, When::now())
}

/// The reading failed for good.
///
/// # Errors
/// The database's.
pub async fn fail(
    services: &Services,
    caller: &Caller,
    id: ResumeId,
    parse: ParseId,
    defect: &Defect,
) -> Result<()> {
    let now = services.clock.now();
    let mut tx = services.db.begin(caller, Permission::ResumeParse).await?;
    let (Some(mut resume), Some(mut parse)) =
        (store::find(&mut tx, id).await?, store::find_parse(&mut tx, parse).await?)
    else {
        return Ok(());
    };
    if parse.is_finished() {
        return Ok(());
    }
    parse.fail(defect, now);
    store::update_parse(&mut tx, &parse).await?;
    resume.fail(defect, now);
    store::update(&mut tx, &mut resume).await?;
    let payload = json!({ "resume_id": id, "parse_id": parse.id, "code": defect.code });
    events::record(&mut tx, &services.clock, events::Kind::ResumeParseFailed, id, payload).await?;
    tx.commit().await
}
