//! Privacy policies on the wire.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Policy, Terms, actions};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::Json;
use crate::http::etag::{IfMatch, Versioned};
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(read, set))
}

/// How long people are kept, and what applicants agree to.
#[derive(Debug, Serialize, ToSchema)]
pub struct PrivacyPolicyView {
    /// After how many days without an application, a decision on one or a new résumé a candidate is erased; null: never.
    #[schema(example = 365)]
    pub inactive_days: Option<i64>,
    /// After how many days a deleted candidate is erased; null: never.
    #[schema(example = 30)]
    pub deleted_days: Option<i64>,
    /// Who was hired is not erased for being inactive.
    pub keeps_hired: bool,
    /// Whoever agreed to this purpose is not erased for being inactive while the consent holds.
    #[schema(example = "talent_pool")]
    pub kept_by_consent: Option<String>,
    /// The purposes that whoever applies by the public form has to agree to.
    #[schema(example = json!(["processing"]))]
    pub required_consents: Vec<String>,
    /// Null: never set.
    pub updated_at: Option<DateTime<Utc>>,
    /// 0: never set.
    pub version: i64,
}

impl PrivacyPolicyView {
    fn of(policy: Policy) -> Self {
        let Policy {
            inactive_days,
            deleted_days,
            keeps_hired,
            kept_by_consent,
            required_consents,
            updated_at,
            version,
        } = policy;
        Self {
            inactive_days,
            deleted_days,
            keeps_hired: keeps_hired == 1,
            kept_by_consent,
            required_consents: required_consents.0.into_iter().collect(),
            updated_at: (version > 0).then_some(updated_at),
            version,
        }
    }
}

/// A policy, whole: what is absent is not asked for.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewPrivacyPolicy {
    #[schema(example = 365, minimum = 30, maximum = 3653)]
    inactive_days: Option<i64>,
    #[schema(example = 30, minimum = 1, maximum = 3653)]
    deleted_days: Option<i64>,
    /// True without it.
    keeps_hired: Option<bool>,
    #[schema(example = "talent_pool", pattern = "^[a-z][a-z0-9_]{0,62}$")]
    kept_by_consent: Option<String>,
    #[serde(default)]
    #[schema(example = json!(["processing"]), max_items = 20)]
    required_consents: Vec<String>,
}

/// Read the privacy policy
///
/// Without one nobody is erased by itself, and applicants are asked for no consent.
#[utoipa::path(
    get, path = "/v1/privacy-policy", tag = "privacy",
    responses((status = 200, body = PrivacyPolicyView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("privacy_policy:read")))
)]
async fn read(State(services): State<Services>, caller: Caller) -> Result<Versioned<PrivacyPolicyView>> {
    let mut tx = services.db.read(&caller, Permission::PrivacyPolicyRead).await?;
    let policy = actions::get(&mut tx, services.clock.now()).await?;
    tx.commit().await?;
    Ok(Versioned(policy.version, PrivacyPolicyView::of(policy)))
}

/// Set the privacy policy
///
/// Every night whoever has been kept long enough is erased for good, except who is held or in the running for a job;
/// `GET /v1/erasures/due` says who would be.
#[utoipa::path(
    put, path = "/v1/privacy-policy", tag = "privacy", request_body = NewPrivacyPolicy,
    responses(
        (status = 200, body = PrivacyPolicyView, headers(("etag" = String, description = "The version"))),
        (status = 412),
    ),
    extensions(("x-permission" = json!("privacy_policy:write")))
)]
async fn set(
    State(services): State<Services>,
    caller: Caller,
    if_match: IfMatch,
    Json(new): Json<NewPrivacyPolicy>,
) -> Result<Versioned<PrivacyPolicyView>> {
    let NewPrivacyPolicy { inactive_days, deleted_days, keeps_hired, kept_by_consent, required_consents } =
        new;
    let keeps_hired = keeps_hired.unwrap_or(true);
    let terms = Terms { inactive_days, deleted_days, keeps_hired, kept_by_consent, required_consents };
    let policy = actions::set(&services, &caller, &if_match, terms).await?;
    Ok(Versioned(policy.version, PrivacyPolicyView::of(policy)))
}
