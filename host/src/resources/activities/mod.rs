//! Activities: what happened to a candidate and was written about them, the latest first. Decides what of it somebody sees:
//! of each kind of thing as much as their permission for it reaches.

pub mod routes;
pub(crate) mod store;

use uuid::Uuid;

use crate::caller::Caller;
use crate::clock::Time;
use crate::db::Tx;
use crate::error::Result;
use crate::grants::Reach;
use crate::http::page::Position;
use crate::ids::{ApplicationId, CandidateId};
use crate::permissions::Permission;
use crate::resources::events::Event;
use crate::resources::notes::Note;
use crate::resources::resumes;

/// One of them.
#[derive(Debug)]
pub enum Activity {
    Happened(Event),
    Written(Note),
}

/// Where a feed goes on: before this moment, and among what is of the moment before this id.
pub type Key = (Time, Uuid);

impl Activity {
    pub fn key(&self) -> Key {
        match self {
            Activity::Happened(event) => (event.occurred_at, event.id.uuid()),
            Activity::Written(note) => (note.created_at, note.id.uuid()),
        }
    }
}

/// Everything is before it.
pub fn start() -> Key {
    (Time::from_timestamp(253_402_300_799, 0).unwrap_or(Time::MAX_UTC), Uuid::max())
}

/// A page of a candidate whom the caller may read.
///
/// # Errors
/// The database's.
pub(crate) async fn list(
    tx: &mut Tx,
    caller: &Caller,
    candidate: CandidateId,
    before: Position<Key>,
) -> Result<Vec<Activity>> {
    let mut subjects = vec![candidate.to_string()];
    if reached(tx, caller, Permission::ResumeRead, candidate).await?.is_some() {
        subjects.extend(resumes::store::list_ids_of(tx, candidate).await?.iter().map(ToString::to_string));
    }
    if let Some(applications) = reached(tx, caller, Permission::ApplicationRead, candidate).await? {
        subjects.extend(applications.iter().map(ToString::to_string));
    }
    if let Some(applications) = reached(tx, caller, Permission::InterviewRead, candidate).await? {
        let interviews = store::list_interviews(tx, &applications).await?;
        subjects.extend(interviews.iter().map(ToString::to_string));
    }
    if let Some(applications) = reached(tx, caller, Permission::OfferRead, candidate).await? {
        subjects.extend(store::list_offers(tx, &applications).await?.iter().map(ToString::to_string));
    }
    let events = store::list_events(tx, &subjects, before).await?;
    let mut all: Vec<_> = events.into_iter().map(Activity::Happened).collect();
    if let Some(applications) = reached(tx, caller, Permission::NoteRead, candidate).await? {
        let notes = store::list_notes(tx, candidate, &applications, before).await?;
        all.extend(notes.into_iter().map(Activity::Written));
    }
    all.sort_by_key(|activity| std::cmp::Reverse(activity.key()));
    all.truncate(usize::try_from(before.fetch()).unwrap_or(usize::MAX));
    Ok(all)
}

/// The candidate's applications that the permission reaches; nothing where it does not reach the candidate.
async fn reached(
    tx: &mut Tx,
    caller: &Caller,
    permission: Permission,
    candidate: CandidateId,
) -> Result<Option<Vec<ApplicationId>>> {
    let Ok(reach) = caller.reach(permission) else { return Ok(None) };
    let applications = store::list_applications(tx, &reach, candidate).await?;
    let is_reached = reach == Reach::Everywhere || !applications.is_empty();
    Ok(is_reached.then_some(applications))
}
