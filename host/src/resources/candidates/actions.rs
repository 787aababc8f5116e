//! Every write to candidates.

use serde_json::json;

use super::{Candidate, Contact, ContactKind, contacts, store};
use crate::caller::Caller;
use crate::clock::Clock;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::Reach;
use crate::ids::{CandidateId, MemberId, ResumeId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::{events, members};
use crate::services::Services;
use crate::unified_resume::UnifiedResume;

/// The candidate, if the permission reaches one of their applications' jobs.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn get_within(tx: &mut Tx, reach: &Reach, id: CandidateId) -> Result<Candidate> {
    let candidate = store::get(tx, id).await?;
    let is_visible = matches!(reach, Reach::Everywhere) || store::is_within(tx, reach, id).await?;
    is_visible.then_some(candidate).ok_or(Error::NotFound { what: "candidate" })
}

/// Says which member a candidate is: that member sees the candidate's record as their own from now on.
///
/// # Errors
/// `NotFound`; `Conflict` when either is linked already.
pub async fn link(services: &Services, caller: &Caller, id: CandidateId, member: MemberId) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::CandidateLink).await?;
    store::get(&mut tx, id).await?;
    members::store::get(&mut tx, member).await?;
    if store::find_member(&mut tx, id).await? == Some(member) {
        return Ok(());
    }
    if !store::link(&mut tx, id, member, services.clock.now()).await? {
        let detail =
            "the candidate is another member already, or the member another candidate; unlink that one first";
        return Err(Error::Conflict { code: "linked_already", detail: detail.into() });
    }
    let what = Change::noted(json!({ "member_id": member }));
    audit::record(&mut tx, &services.clock, "candidate.linked", id, what).await?;
    tx.commit().await
}

/// # Errors
/// `NotFound` candidate.
pub async fn unlink(services: &Services, caller: &Caller, id: CandidateId) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::CandidateLink).await?;
    store::get(&mut tx, id).await?;
    if let Some(member) = store::find_member(&mut tx, id).await? {
        store::unlink(&mut tx, id).await?;
        let what = Change::noted(json!({ "member_id": member }));
        audit::record(&mut tx, &services.clock, "candidate.unlinked", id, what).await?;
    }
    tx.commit().await
}

/// The candidate the caller is.
///
/// # Errors
/// `NotFound` when no candidate is linked to the member.
pub async fn oneself(tx: &mut Tx) -> Result<CandidateId> {
    let member = members::actions::oneself(tx.caller())?;
    store::find_by_member(tx, member).await?.ok_or(Error::NotFound { what: "candidate linked to you" })
}

/// Whose résumé was read, as far as the upload said.
pub struct Owner {
    pub candidate: Option<CandidateId>,
    pub source: Option<String>,
    pub created_by: Option<MemberId>,
}

/// Gives a résumé's content to its candidate, inside a larger change: the named one, else the one with the same
/// e-mail address, else a new one.
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
    let found = contacts(&profile);
    let known = match owner.candidate {
        Some(id) => Some(id),
        None => store::find_by_email(tx, &store::email_keys(&found)).await?,
    };
    let now = clock.now();
    let (candidate, kind) = match known {
        Some(id) => {
            let mut candidate = store::get(tx, id).await?;
            candidate.take_profile(resume, profile, now);
            store::update(tx, &mut candidate).await?;
            (candidate, events::Kind::CandidateUpdated)
        }
        None => {
            let mut candidate = Candidate::new(CandidateId::new(clock), owner.source, owner.created_by, now);
            candidate.take_profile(resume, profile, now);
            store::insert(tx, &candidate).await?;
            (candidate, events::Kind::CandidateCreated)
        }
    };
    let refused = add_contacts(tx, candidate.id, &found).await?;
    if kind == events::Kind::CandidateCreated && refused {
        // Another transaction made this person between our look and our write.
        let detail = "another résumé of the same person arrived at the same moment".into();
        return Err(Error::Conflict { code: "candidate_made_meanwhile", detail });
    }
    let payload = json!({ "candidate_id": candidate.id, "resume_id": resume, "version": candidate.version });
    events::record(tx, clock, kind, candidate.id, payload).await?;
    let action = match kind {
        events::Kind::CandidateCreated => "candidate.created",
        _ => "candidate.updated",
    };
    audit::record(tx, clock, action, candidate.id, Change::noted(json!({ "resume_id": resume }))).await?;
    Ok(candidate.id)
}

/// Answers whether an e-mail address turned out to be another candidate's.
async fn add_contacts(tx: &mut Tx, id: CandidateId, found: &[Contact]) -> Result<bool> {
    let mut refused = false;
    for (position, contact) in (0..).zip(found) {
        let added = store::insert_contact(tx, id, contact, position).await?;
        refused |= !added && contact.kind == ContactKind::Email;
    }
    Ok(refused)
}
