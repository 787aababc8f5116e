//! Makes and replaces what deliveries are signed with.

use std::time::Duration;

use serde_json::json;

use super::{Secret, store};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{WebhookEndpointId, WebhookSecretId};
use crate::permissions::Permission;
use crate::resources::audit::{self, Change};
use crate::resources::data_keys;
use crate::resources::webhooks::signature::{Key, Kind};
use crate::resources::webhooks::{self, actions::require_holds};
use crate::services::Services;

const LONGEST_OVERLAP: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// Several of a kind sign only while a receiver changes over.
const MOST: usize = 10;

/// # Errors
/// The database's.
pub(crate) async fn make(
    tx: &mut Tx,
    services: &Services,
    endpoint: WebhookEndpointId,
    kind: Kind,
) -> Result<(Secret, Key)> {
    let key = Key::draw(kind);
    let id = WebhookSecretId::new(&services.clock);
    let place = id.to_string();
    let sealed = data_keys::actions::seal(tx, &services.clock, &services.keys, place_of(&place), key.bytes());
    let secret = Secret {
        id,
        endpoint_id: endpoint,
        kind,
        sealed: sealed.await?,
        public_key: key.public(),
        created_at: services.clock.now(),
        expires_at: None,
    };
    store::insert(tx, &secret).await?;
    Ok((secret, key))
}

/// Everything the endpoint's deliveries are signed with now.
///
/// # Errors
/// The database's; `Internal` when what was sealed was altered.
pub(crate) async fn keys(tx: &mut Tx, services: &Services, endpoint: WebhookEndpointId) -> Result<Vec<Key>> {
    let mut keys = Vec::new();
    let ring = data_keys::actions::ring(tx, &services.keys).await?;
    for secret in store::list(tx, endpoint, services.clock.now()).await? {
        let opened = ring.unseal(place_of(&secret.id.to_string()), &secret.sealed)?;
        let key = Key::from_bytes(secret.kind, &opened);
        keys.push(key.ok_or_else(|| Error::internal("a webhook's secret has 32 bytes"))?);
    }
    Ok(keys)
}

fn place_of(row: &str) -> data_keys::Secret<'_> {
    data_keys::Secret { table: "webhook_secrets", column: "sealed", row }
}

/// A new secret of this kind; those before go on signing for the overlap.
///
/// # Errors
/// `NotFound`; `Invalid` overlap; `Refusal`; `Conflict` when too many sign already.
pub async fn rotate(
    services: &Services,
    caller: &Caller,
    id: WebhookEndpointId,
    kind: Kind,
    overlap: Duration,
) -> Result<(Secret, Key)> {
    if overlap > LONGEST_OVERLAP {
        return Err(Error::invalid("#/overlap_seconds", "out_of_range", "the overlap is at most seven days"));
    }
    let now = services.clock.now();
    let mut tx = services.db.begin(caller, Permission::WebhookWrite).await?;
    let endpoint = webhooks::store::get(&mut tx, id).await?;
    require_holds(&mut tx, &endpoint).await?;
    store::delete_expired(&mut tx, id, now).await?;
    let before = store::list(&mut tx, id, now).await?;
    if before.len() >= MOST {
        let detail = format!("{MOST} secrets sign already; wait until the first ones have ended");
        return Err(Error::Conflict { code: "too_many_secrets", detail });
    }
    let ends = now + overlap;
    for secret in before.iter().filter(|secret| secret.kind == kind) {
        if secret.expires_at.is_none_or(|expiry| expiry > ends) {
            store::update_expiry(&mut tx, secret.id, ends).await?;
        }
    }
    let made = make(&mut tx, services, id, kind).await?;
    let what = json!({ "secret_id": made.0.id, "kind": kind, "others_end_at": ends });
    audit::record(&mut tx, &services.clock, "webhook_endpoint.secret_rotated", id, Change::noted(what));
    tx.commit().await?;
    Ok(made)
}
