//! SQL about who uses a plugin, and lays settings over its own: it reads what bindings and webhook endpoints say, and changes
//! nothing.

use serde::Deserialize;
use serde_json::{Map, Value};
use sqlx::types::Json;

use crate::db::{Tx, on};
use crate::error::Result;
use crate::ids::{BindingId, JobId, WebhookEndpointId};

/// Settings, and whose they are, by its id on the wire.
pub(crate) struct Overlay {
    pub(crate) user: String,
    pub(crate) config: Map<String, Value>,
}

/// Of a webhook endpoint's transform, as far as it matters here.
#[derive(Deserialize)]
struct Transform {
    plugin: String,
    #[serde(default)]
    config: Map<String, Value>,
}

/// Of the bindings of a plugin that are enabled.
pub(crate) async fn list_of_bindings(tx: &mut Tx, plugin: &str) -> Result<Vec<Overlay>> {
    let tenant = tx.tenant();
    let rows: Vec<(BindingId, Json<Map<String, Value>>)> = on!(tx, |c| sqlx::query_as(
        "select id, config from plugin_bindings
         where tenant_id = $1 and plugin = $2 and is_enabled = 1 and deleted_at is null order by id"
    )
    .bind(tenant)
    .bind(plugin)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(|(id, config)| Overlay { user: id.to_string(), config: config.0 }).collect())
}

/// Where a scoring rule is asked: the job of each of its bindings that are enabled, None for all jobs.
pub(crate) async fn list_jobs_bound(tx: &mut Tx, plugin: &str) -> Result<Vec<Option<JobId>>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select job_id from plugin_bindings
         where tenant_id = $1 and plugin = $2 and is_enabled = 1 and deleted_at is null order by id"
    )
    .bind(tenant)
    .bind(plugin)
    .fetch_all(c)
    .await)?)
}

/// Of the endpoints that are not disabled and have a plugin reshape what they are sent. A tenant has few.
pub(crate) async fn list_of_endpoints(tx: &mut Tx, plugin: &str) -> Result<Vec<Overlay>> {
    let tenant = tx.tenant();
    let rows: Vec<(WebhookEndpointId, Json<Transform>)> = on!(tx, |c| {
        sqlx::query_as(
        "select id, transform from webhook_endpoints
         where tenant_id = $1 and transform is not null and status <> 'disabled' and deleted_at is null order by id"
    )
    .bind(tenant)
    .fetch_all(c)
    .await
    })?;
    let of_plugin = rows.into_iter().filter(|(_, transform)| transform.plugin == plugin);
    Ok(of_plugin
        .map(|(id, transform)| Overlay { user: id.to_string(), config: transform.0.config })
        .collect())
}
