//! The one write of merges.

use serde_json::json;

use super::{Merge, Moved, store};
use crate::caller::Caller;
use crate::error::{Error, Result};
use crate::ids::CandidateId;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::{candidates, events, resumes, score_requests};
use crate::services::Services;

/// Makes one candidate of two: `id` stays, and takes over what `duplicate` has.
///
/// # Errors
/// `NotFound` where the caller's permission does not reach; `Invalid` when both are the same; `Conflict` when both have
/// what only one may.
pub async fn create(
    services: &Services,
    caller: &Caller,
    id: CandidateId,
    duplicate: CandidateId,
) -> Result<Merge> {
    if id == duplicate {
        let detail = "a candidate is not merged with itself; name the other one";
        return Err(Error::invalid("#/candidate_id", "same_candidate", detail));
    }
    let now = services.clock.now();
    let (mut tx, reach) = services.db.begin_within(caller, Permission::CandidateMerge).await?;
    // What is read below stays as it is until the commit.
    candidates::store::lock(&mut tx, [id, duplicate]).await?;
    let mut survivor = candidates::actions::get_within(&mut tx, &reach, id).await?;
    let other = candidates::actions::get_within(&mut tx, &reach, duplicate).await?;
    store::find_obstacles(&mut tx, duplicate, id).await?.require_none()?;

    let moved = Moved {
        resumes: store::update_resumes(&mut tx, duplicate, id, now).await?,
        applications: store::update_applications(&mut tx, duplicate, id, now).await?,
        notes: store::update_notes(&mut tx, duplicate, id, now).await?,
    };
    store::update_emails(&mut tx, duplicate, id).await?;
    store::update_contacts(&mut tx, duplicate, id).await?;
    store::update_member(&mut tx, duplicate, id).await?;
    survivor.absorb(&other);
    survivor.updated_at = now;
    if let Some((resume, profile)) = resumes::actions::latest_profile(&mut tx, id).await? {
        survivor.take_profile(resume, profile, now);
    }
    candidates::store::update(&mut tx, &mut survivor).await?;
    store::delete_merged(&mut tx, duplicate, id, now).await?;

    let payload =
        json!({ "candidate_id": id, "merged_candidate_id": duplicate, "version": survivor.version });
    events::record(&mut tx, &services.clock, events::Kind::CandidateMerged, id, payload).await?;
    let merged = Change::noted(json!({ "merged_candidate_id": duplicate }));
    audit::record(&mut tx, &services.clock, "candidate.merged", id, merged);
    let gone = Change::noted(json!({ "merged_into": id }));
    audit::record(&mut tx, &services.clock, "candidate.deleted", duplicate, gone);
    candidates::indexing::refresh(&mut tx, duplicate).await?;
    candidates::indexing::refresh(&mut tx, id).await?;
    score_requests::of_candidate(&mut tx, &services.clock, id).await?;
    tx.commit().await?;
    Ok(Merge { candidate_id: id, merged_candidate_id: duplicate, moved })
}
