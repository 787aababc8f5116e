//! Every write to webhook endpoints.

use std::collections::BTreeMap;

use sqlx::types::Json;

use super::deliveries;
use super::secrets::{self, Secret};
use super::signature::{Key, Kind};
use super::tasks::Release;
use super::{Details, Endpoint, Health, MOST_ENDPOINTS, Status, headers, store, transforms};
use crate::caller::Caller;
use crate::clock::Time;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::Scope;
use crate::http::etag::IfMatch;
use crate::ids::WebhookEndpointId;
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::data_keys;
use crate::resources::events;
use crate::resources::roles::Authority;
use crate::services::Services;
use crate::tasks::{When, enqueue};

/// Whoever has something sent somewhere shows it to whoever is there, so it takes somebody who may see it.
///
/// # Errors
/// `Refusal`.
pub(crate) async fn require_holds(tx: &mut Tx, endpoint: &Endpoint) -> Result<()> {
    Authority::read(tx).await?.hand_on(Scope::Tenant, endpoint.payload.hands_on())
}

/// What only the server knows: whether it may go there, and whether there is such a plugin that
/// takes such settings.
async fn check(
    services: &Services,
    caller: &Caller,
    endpoint: &Endpoint,
    before: Option<&Endpoint>,
) -> Result<()> {
    let checked = services.outbound.check_endpoint(&endpoint.url);
    checked.map_err(|failed| Error::invalid("#/url", failed.code, failed.detail))?;
    match &endpoint.transform {
        // What stays as it was was checked when it was set.
        Some(_) if before.is_some_and(|before| before.transform == endpoint.transform) => Ok(()),
        Some(transform) => transforms::actions::check(services, caller, transform).await,
        None => Ok(()),
    }
}

/// An endpoint just made, and what verifies its deliveries.
pub struct Made {
    pub endpoint: Endpoint,
    pub health: Health,
    pub secret: (Secret, Key),
    pub pair: (Secret, Key),
}

/// # Errors
/// `Invalid`; `Refusal` when its deliveries would show what the caller may not see; `Conflict` when there are too many.
pub async fn create(
    services: &Services,
    caller: &Caller,
    details: Details,
    given: BTreeMap<String, String>,
) -> Result<Made> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let (id, now) = (WebhookEndpointId::new(&services.clock), services.clock.now());
    let mut endpoint = Endpoint::new(id, caller.member(), now);
    endpoint.set(details)?;
    check(services, caller, &endpoint, None).await?;
    // One after the other, so that two do not both become the last one there may be.
    tx.take_turn().await?;
    require_holds(&mut tx, &endpoint).await?;
    if store::count(&mut tx).await? >= MOST_ENDPOINTS {
        let detail = format!("a tenant has {MOST_ENDPOINTS} endpoints at most; delete one first");
        return Err(Error::Conflict { code: "too_many_endpoints", detail });
    }
    seal_headers(&mut tx, services, &mut endpoint, given).await?;
    store::insert(&mut tx, &endpoint).await?;
    let secret = secrets::actions::make(&mut tx, services, id, Kind::V1).await?;
    let pair = secrets::actions::make(&mut tx, services, id, Kind::V1a).await?;
    let health = store::health(&mut tx, id).await?;
    audit::record(&mut tx, &services.clock, "webhook_endpoint.created", id, Change::made(&endpoint));
    tx.commit().await?;
    Ok(Made { endpoint, health, secret, pair })
}

fn place_of(row: &str) -> data_keys::Secret<'_> {
    data_keys::Secret { table: "webhook_endpoints", column: "headers", row }
}

async fn seal_headers(
    tx: &mut Tx,
    services: &Services,
    endpoint: &mut Endpoint,
    given: BTreeMap<String, String>,
) -> Result<()> {
    let given = headers::check(given)?;
    endpoint.header_names = Json(given.keys().cloned().collect());
    endpoint.headers = None;
    if !given.is_empty() {
        let text = serde_json::to_vec(&given).map_err(anyhow::Error::new)?;
        let place = endpoint.id.to_string();
        let sealed =
            data_keys::actions::seal(tx, &services.clock, &services.keys, place_of(&place), &text).await?;
        endpoint.headers = Some(sealed);
    }
    Ok(())
}

/// The headers as they are sent.
///
/// # Errors
/// The database's; `Internal` when what was sealed was altered.
pub(crate) async fn open_headers(
    tx: &mut Tx,
    services: &Services,
    endpoint: &Endpoint,
) -> Result<BTreeMap<String, String>> {
    let Some(sealed) = &endpoint.headers else { return Ok(BTreeMap::new()) };
    let place = endpoint.id.to_string();
    let opened = data_keys::actions::unseal(tx, &services.keys, place_of(&place), sealed).await?;
    Ok(serde_json::from_slice(&opened).map_err(anyhow::Error::new)?)
}

/// # Errors
/// As [`create`]; `NotFound`; `PreconditionFailed`.
pub async fn update(
    services: &Services,
    caller: &Caller,
    id: WebhookEndpointId,
    if_match: &IfMatch,
    details: Details,
    given: Option<BTreeMap<String, String>>,
) -> Result<(Endpoint, Health)> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let before = store::get(&mut tx, id).await?;
    if_match.require(before.version)?;
    require_holds(&mut tx, &before).await?;
    let mut endpoint = before.clone();
    endpoint.set(details)?;
    check(services, caller, &endpoint, Some(&before)).await?;
    require_holds(&mut tx, &endpoint).await?;
    if let Some(given) = given {
        seal_headers(&mut tx, services, &mut endpoint, given).await?;
    }
    endpoint.updated_at = services.clock.now();
    // The health before the endpoint, as whoever ends a delivery does: or two would wait for each other.
    let mut health = store::hold_health(&mut tx, id).await?;
    store::update(&mut tx, &mut endpoint).await?;
    if endpoint.url != before.url {
        // What another address did is not held against this one.
        health.mend();
        store::save_health(&mut tx, id, &health).await?;
    }
    // More may be under way now, or out of order.
    enqueue(&mut tx, &services.clock, &Release { endpoint: id }, When::now()).await?;
    let change = Change::between(&before, &endpoint);
    audit::record(&mut tx, &services.clock, "webhook_endpoint.updated", id, change);
    tx.commit().await?;
    Ok((endpoint, health))
}

/// # Errors
/// `NotFound`; `PreconditionFailed`; `Invalid` reason; `Refusal`.
pub async fn set_status(
    services: &Services,
    caller: &Caller,
    id: WebhookEndpointId,
    if_match: &IfMatch,
    status: Status,
    reason: Option<String>,
) -> Result<(Endpoint, Health)> {
    let reason = crate::fields::optional_line("#/reason", reason, 500)?;
    let now = services.clock.now();
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let before = store::get(&mut tx, id).await?;
    if_match.require(before.version)?;
    require_holds(&mut tx, &before).await?;
    let mut endpoint = before.clone();
    if !endpoint.turn(status, reason, now) {
        let health = store::health(&mut tx, id).await?;
        return Ok((before, health));
    }
    let mut health = store::hold_health(&mut tx, id).await?;
    store::update(&mut tx, &mut endpoint).await?;
    if status == Status::Active {
        health.mend();
        store::save_health(&mut tx, id, &health).await?;
        enqueue(&mut tx, &services.clock, &Release { endpoint: id }, When::now()).await?;
    }
    let change = Change::between(&before, &endpoint);
    audit::record(&mut tx, &services.clock, "webhook_endpoint.status_changed", id, change);
    tx.commit().await?;
    Ok((endpoint, health))
}

/// Sends it nothing more, and tells of it.
///
/// # Errors
/// The database's.
pub(crate) async fn disable(
    tx: &mut Tx,
    services: &Services,
    endpoint: &mut Endpoint,
    reason: &'static str,
    now: Time,
) -> Result<()> {
    let before = endpoint.clone();
    if !endpoint.turn(Status::Disabled, Some(reason.into()), now) {
        return Ok(());
    }
    // The event is told to the other endpoints, which are held for it; two that end at once would wait for each other.
    tx.take_turn().await?;
    store::update(tx, endpoint).await?;
    let change = Change::between(&before, endpoint);
    audit::record(tx, &services.clock, "webhook_endpoint.disabled", endpoint.id, change);
    let payload = serde_json::json!({ "endpoint_id": endpoint.id, "reason": reason });
    events::record(tx, &services.clock, events::Kind::WebhookEndpointDisabled, endpoint.id, payload).await
}

/// # Errors
/// `NotFound`; `PreconditionFailed`.
pub async fn delete(
    services: &Services,
    caller: &Caller,
    id: WebhookEndpointId,
    if_match: &IfMatch,
) -> Result<()> {
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let endpoint = store::get(&mut tx, id).await?;
    if_match.require(endpoint.version)?;
    let now = services.clock.now();
    store::hold_health(&mut tx, id).await?;
    store::delete(&mut tx, id, now).await?;
    deliveries::store::cancel_parked(&mut tx, id, "endpoint_deleted", now).await?;
    audit::record(&mut tx, &services.clock, "webhook_endpoint.deleted", id, Change::gone(&endpoint));
    tx.commit().await
}
