//! Every write a person makes to candidates.

use serde_json::{Map, Value, json};
use sqlx::types::Json;

use super::{Candidate, Contact, ContactKind, Details, Dossier, Field, indexing, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::Reach;
use crate::http::etag::IfMatch;
use crate::ids::{CandidateId, MemberId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::custom_fields::{self, Subject};
use crate::resources::{events, members};
use crate::services::Services;

/// The candidate, if the caller's permission reaches them: for single departments and jobs only who applied there.
///
/// # Errors
/// `NotFound`.
pub async fn get_within(tx: &mut Tx, reach: &Reach, id: CandidateId) -> Result<Candidate> {
    let candidate = store::get(tx, id).await?;
    require_within(tx, reach, id).await?;
    Ok(candidate)
}

async fn require_within(tx: &mut Tx, reach: &Reach, id: CandidateId) -> Result<()> {
    let is_within = *reach == Reach::Everywhere || store::is_within(tx, reach, id).await?;
    is_within.then_some(()).ok_or(Error::NotFound { what: "candidate" })
}

/// The same with every way to reach them.
///
/// # Errors
/// `NotFound`; `Moved` when the candidate was merged into one that the caller can see.
pub async fn read_within(tx: &mut Tx, reach: &Reach, id: CandidateId) -> Result<Dossier> {
    match get_within(tx, reach, id).await {
        Ok(candidate) => open(tx, candidate).await,
        Err(Error::NotFound { what }) => {
            let missing = Error::NotFound { what };
            let survivor = store::find_survivor(tx, id).await?.ok_or(missing)?;
            get_within(tx, reach, survivor).await?;
            Err(Error::Moved { to: format!("/v1/candidates/{survivor}") })
        }
        Err(other) => Err(other),
    }
}

/// # Errors
/// The database's.
pub async fn open(tx: &mut Tx, candidate: Candidate) -> Result<Dossier> {
    let contacts = store::list_contacts(tx, candidate.id).await?;
    Ok(Dossier { candidate, contacts })
}

/// Keeps a candidate from being deleted or merged until the transaction ends: for whatever is added to one.
///
/// # Errors
/// `NotFound` when they are gone already.
pub async fn hold(tx: &mut Tx, id: CandidateId) -> Result<()> {
    let held = store::lock(tx, [id, id]).await?;
    if held.is_empty() { Err(Error::NotFound { what: "candidate" }) } else { Ok(()) }
}

/// The same, if the caller's permission reaches so far.
///
/// # Errors
/// `NotFound`.
pub async fn hold_within(tx: &mut Tx, reach: &Reach, id: CandidateId) -> Result<()> {
    require_within(tx, reach, id).await?;
    hold(tx, id).await
}

/// Custom fields of a change: what is absent stays, null takes one away; without a map, all of them.
pub type CustomFields = Option<Map<String, Value>>;

/// # Errors
/// `Forbidden`; `Invalid`; `Conflict` when an e-mail address is another candidate's.
pub async fn create(
    services: &Services,
    caller: &Caller,
    details: Details,
    custom_fields: Map<String, Value>,
) -> Result<Dossier> {
    let id = CandidateId::new(&services.clock);
    let candidate = Candidate::new(id, None, caller.member(), services.clock.now());
    let mut dossier = Dossier { candidate, contacts: Vec::new() };
    dossier.set(details)?;
    dossier.require_somebody()?;
    let mut tx = services.db.begin(caller, Permission::CandidateWrite).await?;
    let checked = custom_fields::actions::checked(&mut tx, Subject::Candidate, custom_fields).await?;
    dossier.candidate.custom_fields = Some(Json(checked));
    insert(&mut tx, services, &dossier).await?;
    tx.commit().await?;
    Ok(dossier)
}

/// The candidate with this e-mail address as they are, else a new one of these details; inside a larger change.
///
/// # Errors
/// `Invalid`; `Conflict` when somebody makes the same candidate at the same moment.
pub async fn find_or_create(
    tx: &mut Tx,
    services: &Services,
    email: &str,
    details: Details,
) -> Result<CandidateId> {
    if let Some(known) = store::find_by_email(tx, &[email]).await? {
        hold(tx, known).await?;
        return Ok(known);
    }
    let id = CandidateId::new(&services.clock);
    let created_by = tx.caller().member();
    let candidate = Candidate::new(id, None, created_by, services.clock.now());
    let mut dossier = Dossier { candidate, contacts: Vec::new() };
    dossier.set(details)?;
    // Their own name they know better than whoever reads their résumé; the rest it may add to.
    for field in [Field::Headline, Field::Location, Field::Emails, Field::Phones, Field::Links] {
        dossier.candidate.mark(field, false);
    }
    insert(tx, services, &dossier).await?;
    Ok(id)
}

async fn insert(tx: &mut Tx, services: &Services, dossier: &Dossier) -> Result<()> {
    let id = dossier.candidate.id;
    store::insert(tx, &dossier.candidate).await?;
    save_contacts(tx, &[], dossier).await?;
    let payload = json!({ "candidate_id": id, "version": dossier.candidate.version });
    events::record(tx, &services.clock, events::Kind::CandidateCreated, id, payload).await?;
    audit::record(tx, &services.clock, "candidate.created", id, Change::made(dossier));
    indexing::refresh(tx, id).await
}

/// # Errors
/// `NotFound`; `PreconditionFailed`; `Invalid`; `Conflict` when an e-mail address is another candidate's.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: CandidateId,
    if_match: &IfMatch,
    details: Details,
    custom_fields: Option<CustomFields>,
) -> Result<Dossier> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::CandidateWrite).await?;
    let candidate = get_within(&mut tx, &reach, id).await?;
    if_match.require(candidate.version)?;
    let custom_fields = match custom_fields {
        Some(change) => Some(changed_fields(&mut tx, &candidate, change).await?),
        None => None,
    };
    let dossier = change(services, &mut tx, candidate, details, custom_fields).await?;
    tx.commit().await?;
    Ok(dossier)
}

/// A member changes the candidate they are.
///
/// # Errors
/// As [`update`]; `NotFound` when the member is no candidate.
pub async fn update_own(
    services: &Services,
    caller: &Caller,
    if_match: &IfMatch,
    details: Details,
) -> Result<Dossier> {
    let (mut tx, _) = services.db.begin_within(caller, Permission::MeWrite).await?;
    let id = oneself(&mut tx).await?;
    let candidate = store::get(&mut tx, id).await?;
    if_match.require(candidate.version)?;
    let dossier = change(services, &mut tx, candidate, details, None).await?;
    tx.commit().await?;
    Ok(dossier)
}

async fn change(
    services: &Services,
    tx: &mut Tx,
    candidate: Candidate,
    details: Details,
    custom_fields: Option<Map<String, Value>>,
) -> Result<Dossier> {
    let before = open(tx, candidate).await?;
    let mut dossier = before.clone();
    dossier.set(details)?;
    if let Some(fields) = custom_fields {
        dossier.candidate.custom_fields = Some(Json(fields));
    }
    save(services, tx, &before, &mut dossier).await?;
    Ok(dossier)
}

/// Makes of the candidate as they were what they are to be.
///
/// # Errors
/// `Conflict` when an e-mail address is another candidate's, or somebody else changed them meanwhile.
pub(super) async fn save(
    services: &Services,
    tx: &mut Tx,
    before: &Dossier,
    dossier: &mut Dossier,
) -> Result<()> {
    dossier.candidate.updated_at = services.clock.now();
    store::update(tx, &mut dossier.candidate).await?;
    save_contacts(tx, &before.contacts, dossier).await?;
    let id = dossier.candidate.id;
    let payload = json!({ "candidate_id": id, "version": dossier.candidate.version });
    events::record(tx, &services.clock, events::Kind::CandidateUpdated, id, payload).await?;
    let change = Change::between(before, dossier);
    audit::record(tx, &services.clock, "candidate.updated", id, change);
    indexing::refresh(tx, id).await
}

/// Values of fields that were deleted meanwhile stay where they are, and nobody can fix them: they are not looked at.
pub(super) async fn changed_fields(
    tx: &mut Tx,
    candidate: &Candidate,
    change: CustomFields,
) -> Result<Map<String, Value>> {
    let known = custom_fields::store::list_all(tx, Subject::Candidate).await?;
    let present = candidate.custom_fields.as_ref().map(|fields| fields.0.clone()).unwrap_or_default();
    let is_known = |key: &String| known.iter().any(|field| field.key == *key);
    let (mut live, kept): (Map<_, _>, Map<_, _>) = present.into_iter().partition(|(key, _)| is_known(key));
    match change {
        Some(change) => live.extend(change),
        None => live.clear(),
    }
    let mut fields = custom_fields::actions::checked(tx, Subject::Candidate, live).await?;
    fields.extend(kept);
    Ok(fields)
}

/// Writes down in what the contacts differ from those there are.
async fn save_contacts(tx: &mut Tx, before: &[Contact], dossier: &Dossier) -> Result<()> {
    let id = dossier.candidate.id;
    for kind in [ContactKind::Email, ContactKind::Phone, ContactKind::Link] {
        let old: Vec<_> = before.iter().filter(|contact| contact.kind == kind).collect();
        let new: Vec<_> = dossier.contacts_of(kind).collect();
        if old == new {
            continue;
        }
        for contact in old {
            store::delete_contact(tx, id, contact).await?;
        }
        for (position, contact) in (0..).zip(new) {
            if !store::insert_contact(tx, id, contact, position).await? {
                return Err(taken(tx, contact).await?);
            }
        }
    }
    Ok(())
}

/// The e-mail address is another candidate's, who is named only to those who can see them.
async fn taken(tx: &mut Tx, contact: &Contact) -> Result<Error> {
    let holder = store::find_by_email(tx, &[&contact.key]).await?;
    let visible = match (holder, tx.caller().reach(Permission::CandidateRead)) {
        (Some(holder), Ok(reach)) => match get_within(tx, &reach, holder).await {
            Ok(candidate) => Some(candidate.id),
            Err(Error::NotFound { .. }) => None,
            Err(other) => return Err(other),
        },
        _ => None,
    };
    let detail = match visible {
        Some(id) => format!("the e-mail address {} is that of the candidate {id}", contact.value),
        None => format!("the e-mail address {} is another candidate's", contact.value),
    };
    Ok(Error::Conflict { code: "candidate_exists", detail })
}

/// # Errors
/// `NotFound`; `PreconditionFailed`; `Conflict` while the candidate is in the running for a job.
pub async fn delete(services: &Services, caller: &Caller, id: CandidateId, if_match: &IfMatch) -> Result<()> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::CandidateDelete).await?;
    hold(&mut tx, id).await?;
    let candidate = get_within(&mut tx, &reach, id).await?;
    if_match.require(candidate.version)?;
    if store::count_active_applications(&mut tx, id).await? > 0 {
        let detail = "the candidate has active applications; reject or withdraw them first".into();
        return Err(Error::Conflict { code: "candidate_has_applications", detail });
    }
    let dossier = open(&mut tx, candidate).await?;
    store::delete(&mut tx, &dossier.candidate, services.clock.now()).await?;
    let payload = json!({ "candidate_id": id });
    events::record(&mut tx, &services.clock, events::Kind::CandidateDeleted, id, payload).await?;
    audit::record(&mut tx, &services.clock, "candidate.deleted", id, Change::gone(&dossier));
    indexing::refresh(&mut tx, id).await?;
    tx.commit().await
}

/// Says which member a candidate is: that member sees the candidate's record as their own from now on.
///
/// # Errors
/// `NotFound`; `Conflict` when either is linked already.
pub async fn link(services: &Services, caller: &Caller, id: CandidateId, member: MemberId) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::CandidateLink).await?;
    hold(&mut tx, id).await?;
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
    audit::record(&mut tx, &services.clock, "candidate.linked", id, what);
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
        audit::record(&mut tx, &services.clock, "candidate.unlinked", id, what);
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
