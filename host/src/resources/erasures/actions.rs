//! The one write of erasures.

use serde_json::json;
use sqlx::types::Json;

use super::{Cause, Due, Erasure, Part, Parts, Person, require_free, store, together};
use crate::caller::Caller;
use crate::clock::Time;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::Reach;
use crate::http::etag::IfMatch;
use crate::http::page::Position;
use crate::ids::{CandidateId, ErasureId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::{candidates, emails, events, files, plugin_trials, privacy_policies, webhooks};
use crate::services::Services;

/// A candidate, also a deleted one: those nobody reaches but by a permission for the whole tenant.
///
/// # Errors
/// `NotFound`; `Moved` to the same place (`personal-data`) of the one the candidate was merged into.
pub(crate) async fn get_within(tx: &mut Tx, reach: &Reach, id: CandidateId, place: &str) -> Result<Person> {
    let missing = Error::NotFound { what: "candidate" };
    let person = store::lock(tx, id).await?.ok_or(missing)?;
    if person.deleted_at.is_none() {
        candidates::actions::get_within(tx, reach, id).await?;
    } else if *reach != Reach::Everywhere {
        return Err(Error::NotFound { what: "candidate" });
    }
    match person.merged_into {
        Some(survivor) => Err(Error::Moved { to: format!("/v1/candidates/{survivor}/{place}") }),
        None => Ok(person),
    }
}

/// Erases what is named of a person, for good; nothing named is everything, and the candidate is deleted.
///
/// # Errors
/// `NotFound`; `Moved`; `PreconditionFailed`; `Conflict` while the candidate is held, or all is to go and they are in the
/// running for a job.
pub async fn create(
    services: &Services,
    caller: &Caller,
    id: CandidateId,
    if_match: &IfMatch,
    named: &[Part],
) -> Result<Erasure> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::ErasureWrite).await?;
    let person = get_within(&mut tx, &reach, id, "personal-data").await?;
    if_match.require(person.version)?;
    let erasure = erase(&mut tx, services, id, together(named), Cause::Request).await?;
    tx.commit().await?;
    Ok(erasure)
}

/// Erases by the tenant's policy somebody who was due a moment ago; `None` when they are not any more.
///
/// # Errors
/// The database's.
pub(crate) async fn expire(services: &Services, caller: &Caller, due: Due) -> Result<Option<Erasure>> {
    let now = services.clock.now();
    let mut tx = services.db.begin(caller, Permission::ErasureWrite).await?;
    if store::lock(&mut tx, due.candidate_id).await?.is_none() {
        return Ok(None);
    }
    // What came in since they were found counts.
    let policy = privacy_policies::actions::get(&mut tx, now).await?;
    let still = store::find_due(&mut tx, &policy, now, due.candidate_id).await?;
    let Some(Due { cause, .. }) = still else { return Ok(None) };
    let erasure = erase(&mut tx, services, due.candidate_id, together(&[]), cause).await?;
    tx.commit().await?;
    Ok(Some(erasure))
}

/// Who would be erased if the policy were carried out at that instant, those last made first.
///
/// # Errors
/// The database's.
pub(crate) async fn list_due(tx: &mut Tx, now: Time, at: Time, position: Position) -> Result<Vec<Due>> {
    let policy = privacy_policies::actions::get(tx, now).await?;
    store::list_due(tx, &policy, at, position).await
}

async fn erase(
    tx: &mut Tx,
    services: &Services,
    id: CandidateId,
    parts: Parts,
    cause: Cause,
) -> Result<Erasure> {
    let now = services.clock.now();
    let is_complete = parts.len() == Part::EVERY.len();
    require_free(store::find_hold(tx, id).await?.as_ref(), now)?;
    if is_complete && candidates::store::count_active_applications(tx, id).await? > 0 {
        let detail = "the candidate has active applications; reject or withdraw them first".into();
        return Err(Error::Conflict { code: "candidate_has_applications", detail });
    }
    for part in &parts {
        erase_part(tx, services, id, *part).await?;
    }
    // What others were told of the person is of every part, and so is what plugins on trial called its fields.
    webhooks::deliveries::actions::erase_candidate(tx, id).await?;
    plugin_trials::actions::erase_candidate(tx, id).await?;
    store::touch(tx, id, is_complete, now).await?;
    if is_complete {
        store::forget_person(tx, id).await?;
    }
    candidates::indexing::refresh(tx, id).await?;
    let erasure = Erasure {
        id: ErasureId::new(&services.clock),
        candidate_id: id,
        parts: Json(parts),
        is_complete: i64::from(is_complete),
        cause,
        created_by: tx.caller().member(),
        created_at: now,
    };
    store::insert(tx, &erasure).await?;
    let payload = json!({ "candidate_id": id, "parts": erasure.parts, "is_complete": is_complete });
    events::record(tx, &services.clock, events::Kind::CandidateErased, id, payload.clone()).await?;
    audit::record(tx, &services.clock, "candidate.erased", id, Change::noted(payload));
    Ok(erasure)
}

async fn erase_part(tx: &mut Tx, services: &Services, id: CandidateId, part: Part) -> Result<()> {
    let now = services.clock.now();
    match part {
        Part::Identity => store::erase_identity(tx, id).await,
        Part::Contacts => {
            emails::actions::erase(tx, id).await?;
            store::erase_contacts(tx, id).await
        }
        Part::Details => {
            store::erase_scores(tx, id).await?;
            store::erase_details(tx, id).await
        }
        Part::Resumes => {
            for file in store::list_files(tx, id).await? {
                files::actions::release(tx, services, file).await?;
            }
            store::erase_scores(tx, id).await?;
            store::erase_resumes(tx, id, now).await
        }
        Part::Applications => {
            store::erase_scores(tx, id).await?;
            store::erase_applications(tx, id, now).await
        }
        Part::Interviews => store::erase_interviews(tx, id, now).await,
        Part::Offers => store::erase_offers(tx, id, now).await,
        Part::Notes => store::erase_notes(tx, id, now).await,
    }
}
