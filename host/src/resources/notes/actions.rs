//! Every write to notes.

use super::{Details, Note, Subject, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::Result;
use crate::grants::Reach;
use crate::http::etag::IfMatch;
use crate::ids::NoteId;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::{applications, candidates, jobs};
use crate::services::Services;

/// Whether the permission reaches what notes are about.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn require_within(tx: &mut Tx, reach: &Reach, subjects: &[Subject]) -> Result<()> {
    for subject in subjects {
        match *subject {
            Subject::Candidate(id) => candidates::actions::get_within(tx, reach, id).await.map(drop)?,
            Subject::Job(id) => jobs::actions::get_within(tx, reach, id).await.map(drop)?,
            Subject::Application(id) => applications::actions::get_within(tx, reach, id).await.map(drop)?,
        }
    }
    Ok(())
}

/// The note, if the permission reaches what it is about and it is not another's private one.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn get_within(tx: &mut Tx, reach: &Reach, id: NoteId) -> Result<Note> {
    let note = store::get(tx, id).await?;
    note.require_visible(tx.caller().member())?;
    let within = require_within(tx, reach, &note.subjects()).await;
    within.map_err(|error| error.missing_as("note"))?;
    Ok(note)
}

/// # Errors
/// `NotFound` when the caller sees no such thing; `Invalid`, also when several are named.
pub async fn create(
    services: &Services,
    caller: &Caller,
    named: &[Subject],
    details: Details,
) -> Result<Note> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::NoteWrite).await?;
    require_within(&mut tx, &reach, named).await?;
    let subject = Subject::only("#", named)?;
    if let Subject::Candidate(id) = subject {
        candidates::actions::hold(&mut tx, id).await?;
    }
    let now = services.clock.now();
    let (candidate_id, job_id, application_id) = subject.ids();
    let mut note = Note {
        id: NoteId::new(&services.clock),
        candidate_id,
        job_id,
        application_id,
        body: String::new(),
        is_private: 0,
        created_by: caller.member(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    note.set(details)?;
    store::insert(&mut tx, &note).await?;
    audit::record(&mut tx, &services.clock, "note.created", note.id, Change::made(&note));
    tx.commit().await?;
    Ok(note)
}

/// # Errors
/// `NotFound`; `Refusal` when it is another's; `PreconditionFailed`; `Invalid`.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: NoteId,
    if_match: &IfMatch,
    details: Details,
) -> Result<Note> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::NoteWrite).await?;
    let before = get_within(&mut tx, &reach, id).await?;
    before.require_own(caller.member())?;
    if_match.require(before.version)?;
    let mut note = before.clone();
    note.set(details)?;
    note.updated_at = services.clock.now();
    store::update(&mut tx, &mut note).await?;
    audit::record(&mut tx, &services.clock, "note.updated", id, Change::between(&before, &note));
    tx.commit().await?;
    Ok(note)
}

/// # Errors
/// `NotFound`; `Refusal` when it is another's; `PreconditionFailed`.
pub async fn delete(services: &Services, caller: &Caller, id: NoteId, if_match: &IfMatch) -> Result<()> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::NoteWrite).await?;
    let note = get_within(&mut tx, &reach, id).await?;
    note.require_own(caller.member())?;
    if_match.require(note.version)?;
    store::delete(&mut tx, id, services.clock.now()).await?;
    audit::record(&mut tx, &services.clock, "note.deleted", id, Change::gone(&note));
    tx.commit().await
}
