//! Every write to offers.

use serde_json::json;
use sqlx::types::Json;

use super::{Details, Offer, Status, Terms, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::Reach;
use crate::http::etag::IfMatch;
use crate::ids::{ApplicationId, OfferId};
use crate::permissions::Permission;
use crate::resources::applications::{self, Application, Outcome};
use crate::resources::audit::{self, Change};
use crate::resources::events::{self, Kind};
use crate::services::Services;

/// The offer and its application, if the permission reaches the job.
///
/// # Errors
/// `NotFound`.
pub(crate) async fn get_within(tx: &mut Tx, reach: &Reach, id: OfferId) -> Result<(Offer, Application)> {
    let offer = store::get(tx, id).await?;
    let application = applications::actions::get_within(tx, reach, offer.application_id).await;
    let application = application.map_err(|error| error.missing_as("offer"))?;
    Ok((offer, application))
}

fn require_active(application: &Application) -> Result<()> {
    if application.outcome == Outcome::Active {
        return Ok(());
    }
    let outcome = application.outcome.as_str();
    let detail = format!("the application is {outcome}; only an active one is made an offer");
    Err(Error::Conflict { code: "application_not_active", detail })
}

/// A draft of the next version; it takes the place of one that was not answered.
///
/// # Errors
/// `NotFound`; `Invalid`; `Conflict` when the application is not active, or has accepted one.
pub async fn create(
    services: &Services,
    caller: &Caller,
    application: ApplicationId,
    terms: Terms,
    details: Details,
) -> Result<Offer> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::OfferWrite).await?;
    let application = applications::actions::get_within(&mut tx, &reach, application).await?;
    let now = services.clock.now();
    let mut offer = Offer {
        id: OfferId::new(&services.clock),
        application_id: application.id,
        number: 1,
        status: Status::Draft,
        terms: Json(terms.checked()?),
        starts_on: None,
        expires_at: None,
        reason: None,
        sent_at: None,
        decided_at: None,
        created_by: caller.member(),
        created_at: now,
        updated_at: now,
        version: 1,
    };
    offer.set(details, now)?;
    require_active(&application)?;
    let mut superseded = None;
    if let Some(latest) = store::find_latest(&mut tx, application.id).await? {
        offer.number = latest.number + 1;
        if latest.gives_way(now)? {
            superseded = Some(latest.id);
            supersede(&mut tx, services, latest).await?;
        }
    }
    if !store::insert(&mut tx, &offer).await? {
        return Err(Error::changed());
    }
    audit::record(&mut tx, &services.clock, "offer.created", offer.id, Change::made(&offer));
    let mut payload = payload(&offer, &application);
    payload["supersedes"] = json!(superseded);
    events::record(&mut tx, &services.clock, Kind::OfferCreated, offer.id, payload).await?;
    tx.commit().await?;
    Ok(offer)
}

/// The next version's event tells of it.
async fn supersede(tx: &mut Tx, services: &Services, before: Offer) -> Result<()> {
    let mut offer = before.clone();
    offer.status = Status::Superseded;
    offer.updated_at = services.clock.now();
    store::update(tx, &mut offer).await?;
    let change = Change::between(&before, &offer);
    audit::record(tx, &services.clock, "offer.superseded", offer.id, change);
    Ok(())
}

/// # Errors
/// `NotFound`; `PreconditionFailed`; `Invalid`; `Conflict` when it is not a draft, or the application not active.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: OfferId,
    if_match: &IfMatch,
    details: Details,
) -> Result<Offer> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::OfferWrite).await?;
    let (before, application) = get_within(&mut tx, &reach, id).await?;
    if_match.require(before.version)?;
    let now = services.clock.now();
    let mut offer = before.clone();
    offer.set(details, now)?;
    require_active(&application)?;
    offer.updated_at = now;
    store::update(&mut tx, &mut offer).await?;
    let change = Change::between(&before, &offer);
    audit::record(&mut tx, &services.clock, "offer.updated", id, change);
    let payload = payload(&offer, &application);
    events::record(&mut tx, &services.clock, Kind::OfferUpdated, id, payload).await?;
    tx.commit().await?;
    Ok(offer)
}

/// What becomes of an offer.
#[derive(Debug)]
pub enum Step {
    Send,
    Accept,
    Decline(Option<String>),
    Rescind(Option<String>),
}

impl Step {
    /// To which status it leads, and by which names the audit log and events know it.
    fn names(&self) -> (Status, &'static str, Kind) {
        match self {
            Step::Send => (Status::Sent, "offer.sent", Kind::OfferSent),
            Step::Accept => (Status::Accepted, "offer.accepted", Kind::OfferAccepted),
            Step::Decline(_) => (Status::Declined, "offer.declined", Kind::OfferDeclined),
            Step::Rescind(_) => (Status::Rescinded, "offer.rescinded", Kind::OfferRescinded),
        }
    }

    /// An offer that was declined or rescinded may be noted so whatever became of the application.
    ///
    /// # Errors
    /// `Conflict`.
    fn require_outcome(&self, application: &Application) -> Result<()> {
        match self {
            Step::Accept if application.outcome == Outcome::Hired => Ok(()),
            Step::Send | Step::Accept => require_active(application),
            Step::Decline(_) | Step::Rescind(_) => Ok(()),
        }
    }

    fn reason(self) -> Option<String> {
        match self {
            Step::Send | Step::Accept => None,
            Step::Decline(reason) | Step::Rescind(reason) => reason,
        }
    }
}

/// # Errors
/// `NotFound`; `PreconditionFailed`; `Invalid` reason; `Conflict` when this may not follow, naming what may, or the
/// application has ended.
pub async fn take(
    services: &Services,
    caller: &Caller,
    id: OfferId,
    if_match: &IfMatch,
    step: Step,
) -> Result<Offer> {
    let (mut tx, reach) = services.db.begin_within(caller, Permission::OfferWrite).await?;
    let (before, application) = get_within(&mut tx, &reach, id).await?;
    if_match.require(before.version)?;
    let (status, action, kind) = step.names();
    let outcome = step.require_outcome(&application);
    let mut offer = before.clone();
    offer.turn(status, step.reason(), services.clock.now())?;
    outcome?;
    store::update(&mut tx, &mut offer).await?;
    audit::record(&mut tx, &services.clock, action, id, Change::between(&before, &offer));
    let payload = payload(&offer, &application);
    events::record(&mut tx, &services.clock, kind, id, payload).await?;
    tx.commit().await?;
    Ok(offer)
}

fn payload(offer: &Offer, application: &Application) -> serde_json::Value {
    json!({
        "offer_id": offer.id, "application_id": application.id, "candidate_id": application.candidate_id,
        "job_id": application.job_id, "number": offer.number, "status": offer.status, "version": offer.version,
    })
}
