//! The audit log on the wire: read, never written.

use axum::extract::{OriginalUri, State};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::{IntoParams, ToSchema};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Entry, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::Params;
use crate::http::page::{Page, PageParams};
use crate::ids::{AuditEntryId, MemberId};
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(list))
}

/// One thing that was done.
#[derive(Debug, Serialize, ToSchema)]
pub struct AuditEntryView {
    pub id: AuditEntryId,
    #[schema(example = "role.updated")]
    pub action: String,
    /// To what it was done.
    #[schema(example = "role_01k7z1v5jafz8rk3m2w9y6t4qd")]
    pub object_id: String,
    /// `member`, `api_key`, `task` or `operator`.
    #[schema(example = "api_key")]
    pub actor_kind: String,
    #[schema(example = "key_01k7z1v5jafz8rk3m2w9y6t4qd")]
    pub actor_id: Option<String>,
    /// The member behind a session or key.
    pub member_id: Option<MemberId>,
    /// The member a key acted for.
    pub on_behalf_of: Option<MemberId>,
    /// The fields that changed, as they were; what is a person's data reads `***`.
    pub before: Option<Value>,
    /// The same, as they became.
    pub after: Option<Value>,
    /// The request, as in `x-request-id`.
    #[schema(example = "req_01k7z1v5jafz8rk3m2w9y6t4qd")]
    pub request_id: Option<String>,
    #[schema(example = "203.0.113.7")]
    pub address: Option<String>,
    pub occurred_at: DateTime<Utc>,
}

impl AuditEntryView {
    fn of(entry: Entry) -> Self {
        let Entry {
            tenant_id: _,
            id,
            action,
            object_id,
            actor_kind,
            actor_id,
            member_id,
            on_behalf_of,
            before,
            after,
            request_id,
            address,
            occurred_at,
        } = entry;
        let (before, after) = (before.map(|json| json.0), after.map(|json| json.0));
        Self {
            id,
            action,
            object_id,
            actor_kind,
            actor_id,
            member_id,
            on_behalf_of,
            before,
            after,
            request_id,
            address,
            occurred_at,
        }
    }
}

/// Which entries.
#[derive(Debug, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct AuditParams {
    /// Only this action, for instance `role.updated`.
    action: Option<String>,
    /// Only what was done to this object.
    object_id: Option<String>,
    /// Only what this member, key or task did.
    actor_id: Option<String>,
    /// Only what this member did, by session or key, or what was done for them.
    member_id: Option<MemberId>,
    /// From this instant on.
    since: Option<DateTime<Utc>>,
    /// Before this instant.
    until: Option<DateTime<Utc>>,
    /// Entries a page.
    #[param(minimum = 1, maximum = 200, default = 50)]
    limit: Option<u32>,
    /// `next_cursor` of the page before; nothing for the first.
    cursor: Option<String>,
}

/// Read the audit log
///
/// Newest first. Entries are written in the transaction of the change itself, cannot be changed, and are sealed in
/// signed batches: `mortise audit verify` finds what was tampered with.
#[utoipa::path(
    get, path = "/v1/audit-log", tag = "audit log", params(AuditParams),
    responses((status = 200, body = Page<AuditEntryView>, headers(("link" = String, description = "`rel=\"next\"`: the next page")))),
    extensions(("x-permission" = json!("audit_log:read")))
)]
async fn list(
    State(services): State<Services>,
    caller: Caller,
    Params(params): Params<AuditParams>,
    OriginalUri(uri): OriginalUri,
) -> Result<Page<AuditEntryView>> {
    let AuditParams { action, object_id, actor_id, member_id, since, until, limit, cursor } = params;
    let filter = store::Filter { action, object_id, actor_id, member_id, since, until };
    let list = format!("audit log of {} with {filter:?}", caller.tenant);
    let position = PageParams { limit, cursor }.position(&services.keys, &list)?;
    let mut tx = services.db.read(&caller, Permission::AuditLogRead).await?;
    let rows = store::list(&mut tx, &filter, position).await?;
    tx.commit().await?;
    let id = |row: &Entry| row.id.uuid();
    Ok(Page::of(rows, position, &services.keys, &list, &uri, id, AuditEntryView::of))
}
