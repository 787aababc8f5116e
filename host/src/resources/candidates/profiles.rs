//! What readings of résumés do to candidates, inside the change that made the reading: whose it is, and which one counts.

use serde_json::json;

use super::{Candidate, Contact, ContactKind, Field, contact, indexing, store};
use crate::clock::Clock;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{CandidateId, MemberId, ResumeId};
use crate::resources::audit::{self, Change};
use crate::resources::events;
use crate::unified_resume::UnifiedResume;

/// Whose résumé was read, as far as the upload said.
pub struct Owner {
    pub candidate: Option<CandidateId>,
    pub source: Option<String>,
    pub created_by: Option<MemberId>,
}

/// Gives a résumé's content to its candidate: the named one, else the one with the same e-mail address, else a new one.
///
/// # Errors
/// `NotFound` when the named candidate is gone; `Conflict` when two résumés of one person arrive at the same moment:
/// then the whole change is to be tried again.
pub async fn take_resume(
    tx: &mut Tx,
    clock: &Clock,
    owner: Owner,
    resume: ResumeId,
    profile: UnifiedResume,
) -> Result<CandidateId> {
    let found = contact::of_resume(&profile);
    let known = match owner.candidate {
        Some(id) => Some(id),
        None => store::find_by_email(tx, &store::email_keys(&found)).await?,
    };
    if let Some(id) = known {
        set(tx, clock, id, Some((resume, profile))).await?;
        return Ok(id);
    }
    let now = clock.now();
    let mut candidate = Candidate::new(CandidateId::new(clock), owner.source, owner.created_by, now);
    candidate.take_profile(resume, profile, now);
    store::insert(tx, &candidate).await?;
    for (position, contact) in (0..).zip(&found) {
        let added = store::insert_contact(tx, candidate.id, contact, position).await?;
        if !added && contact.kind == ContactKind::Email {
            // Another transaction made this person between our look and our write.
            let detail = "another résumé of the same person arrived at the same moment".into();
            return Err(Error::Conflict { code: "candidate_made_meanwhile", detail });
        }
    }
    announce(tx, clock, events::Kind::CandidateCreated, "candidate.created", &candidate).await?;
    Ok(candidate.id)
}

/// Makes this reading the candidate's profile, or leaves them without one.
///
/// # Errors
/// `NotFound`; `Conflict` when the candidate was changed at the same moment.
pub async fn set(
    tx: &mut Tx,
    clock: &Clock,
    id: CandidateId,
    reading: Option<(ResumeId, UnifiedResume)>,
) -> Result<()> {
    let now = clock.now();
    let mut candidate = store::get(tx, id).await?;
    match reading {
        Some((resume, profile)) => {
            let misread = misread(&candidate, resume, &profile);
            let found = contact::of_resume(&profile);
            candidate.take_profile(resume, profile, now);
            take_contacts(tx, &candidate, &misread, found).await?;
        }
        None => candidate.lose_profile(now),
    }
    store::update(tx, &mut candidate).await?;
    announce(tx, clock, events::Kind::CandidateUpdated, "candidate.updated", &candidate).await
}

/// What the same résumé was thought to name before it was read again or corrected.
fn misread(candidate: &Candidate, resume: ResumeId, profile: &UnifiedResume) -> Vec<Contact> {
    let before = candidate.profile.as_ref().filter(|_| candidate.profile_resume_id == Some(resume));
    let found = contact::of_resume(profile);
    let mut before = before.map(|profile| contact::of_resume(profile)).unwrap_or_default();
    before.retain(|old| !found.iter().any(|new| (new.kind, &new.key) == (old.kind, &old.key)));
    before
}

/// Kinds of contact that a person decided on stay as they are; so does an e-mail address that is another candidate's.
async fn take_contacts(
    tx: &mut Tx,
    candidate: &Candidate,
    misread: &[Contact],
    found: Vec<Contact>,
) -> Result<()> {
    let is_open = |contact: &&Contact| !candidate.is_edited(Field::of(contact.kind));
    for contact in misread.iter().filter(is_open) {
        store::delete_contact(tx, candidate.id, contact).await?;
    }
    let known = store::list_contacts(tx, candidate.id).await?.len();
    for (position, contact) in (i64::try_from(known).unwrap_or(i64::MAX)..).zip(found.iter().filter(is_open))
    {
        store::insert_contact(tx, candidate.id, contact, position).await?;
    }
    Ok(())
}

async fn announce(
    tx: &mut Tx,
    clock: &Clock,
    kind: events::Kind,
    action: &'static str,
    candidate: &Candidate,
) -> Result<()> {
    let Candidate { id, version, profile_resume_id: resume, .. } = candidate;
    let payload = json!({ "candidate_id": id, "resume_id": resume, "version": version });
    events::record(tx, clock, kind, *id, payload).await?;
    audit::record(tx, clock, action, *id, Change::noted(json!({ "resume_id": resume })));
    indexing::refresh(tx, *id).await
}
