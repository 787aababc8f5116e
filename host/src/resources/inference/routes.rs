//! Tenants' language models on the wire.

use axum::extract::State;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{Details, Settings, Source, Usage, actions, month, store};
use crate::caller::Caller;
use crate::error::Result;
use crate::http::body::{Json, given};
use crate::http::etag::{IfMatch, Versioned};
use crate::permissions::Permission;
use crate::services::Services;

pub fn router() -> OpenApiRouter<Services> {
    OpenApiRouter::new().routes(routes!(read_inference, set_inference))
}

/// Which language models plugins with a grant may ask, and what was spent.
#[derive(Debug, Serialize, ToSchema)]
pub struct InferenceView {
    /// Whose endpoint is asked.
    pub source: Source,
    /// The tenant's own endpoint; null: the operator's is asked, if there is one.
    #[schema(example = "https://api.openai.com/v1")]
    pub url: Option<String>,
    /// Whether a key is set for it; the key itself is never shown.
    pub has_key: bool,
    /// The models the tenant names.
    #[schema(example = json!(["gpt-4.1-mini"]))]
    pub models: Vec<String>,
    /// That makes vectors of texts at the tenant's own endpoint.
    #[schema(example = "text-embedding-3-small")]
    pub embedding_model: Option<String>,
    /// The tenant's own limit.
    #[schema(example = 2_000_000)]
    pub tokens_per_month: Option<i64>,
    /// The models that may be asked, the one that is asked by default first.
    #[schema(example = json!(["gpt-4.1-mini"]))]
    pub effective_models: Vec<String>,
    /// The least of the tenant's and the operator's limit; null: there is none.
    #[schema(example = 1_000_000)]
    pub effective_tokens_per_month: Option<u64>,
    /// In the present month.
    pub usage: InferenceUsageView,
    /// Null: never set.
    pub updated_at: Option<DateTime<Utc>>,
    /// 0: never set.
    pub version: i64,
}

/// What was spent in a calendar month (UTC).
#[derive(Debug, Serialize, ToSchema)]
pub struct InferenceUsageView {
    #[schema(example = "2026-03")]
    pub month: String,
    /// Questions.
    #[schema(example = 42)]
    pub calls: i64,
    /// Tokens, read and written; while a question is under way, all that it may cost.
    #[schema(example = 61_300)]
    pub tokens: i64,
}

/// Which language models may be asked, whole: what is absent is not said.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewInference {
    /// An endpoint of one's own that speaks as OpenAI's does (`/chat/completions`, `/embeddings` below it): https, and no
    /// private address. Without it the operator's endpoint is asked.
    #[schema(example = "https://api.openai.com/v1")]
    url: Option<String>,
    /// Its credential. Left out it stays as it is as long as the address does; null clears it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<String>, example = "sk-…")]
    key: Option<Option<String>>,
    /// The models that may be asked, the one to ask by default first. At the operator's endpoint: of those that may be asked
    /// there; all without any.
    #[serde(default)]
    #[schema(example = json!(["gpt-4.1-mini"]), max_items = 50)]
    models: Vec<String>,
    /// That makes vectors of texts, at one's own endpoint.
    #[schema(example = "text-embedding-3-small")]
    embedding_model: Option<String>,
    /// Tokens, read and written, that may be spent in a calendar month.
    #[schema(example = 2_000_000, minimum = 1)]
    tokens_per_month: Option<i64>,
}

fn view(services: &Services, settings: Settings, usage: Usage) -> Versioned<InferenceView> {
    let terms = settings.terms(services.inference.as_deref());
    let version = settings.version;
    let view = InferenceView {
        source: terms.source,
        url: settings.url,
        has_key: settings.sealed_key.is_some(),
        models: settings.models.0,
        embedding_model: settings.embedding_model,
        tokens_per_month: settings.tokens_per_month,
        effective_models: terms.models,
        effective_tokens_per_month: terms.tokens_per_month,
        usage: InferenceUsageView {
            month: month(services.clock.now()),
            calls: usage.calls,
            tokens: usage.tokens,
        },
        updated_at: (version > 0).then_some(settings.updated_at),
        version,
    };
    Versioned(version, view)
}

/// Read the language models
///
/// Which endpoint and models plugins may ask that were granted `inference`, and what was spent this month.
#[utoipa::path(
    get, path = "/v1/inference", tag = "plugins",
    responses((status = 200, body = InferenceView, headers(("etag" = String, description = "The version")))),
    extensions(("x-permission" = json!("plugin:read")))
)]
async fn read_inference(
    State(services): State<Services>,
    caller: Caller,
) -> Result<Versioned<InferenceView>> {
    let mut tx = services.db.read(&caller, Permission::PluginRead).await?;
    let now = services.clock.now();
    let settings = actions::get(&mut tx, now).await?;
    let usage = store::usage(&mut tx, &month(now)).await?;
    tx.commit().await?;
    Ok(view(&services, settings, usage))
}

/// Set the language models
///
/// An endpoint of the tenant's own, or less of the operator's: fewer models, fewer tokens. Holds for the next question on. What
/// a plugin asks beyond that is answered `denied`; the prompts and answers themselves are never kept.
#[utoipa::path(
    put, path = "/v1/inference", tag = "plugins", request_body = NewInference,
    responses(
        (status = 200, body = InferenceView, headers(("etag" = String, description = "The version"))),
        (status = 412),
    ),
    extensions(("x-permission" = json!("plugin:write")))
)]
async fn set_inference(
    State(services): State<Services>,
    caller: Caller,
    if_match: IfMatch,
    Json(new): Json<NewInference>,
) -> Result<Versioned<InferenceView>> {
    let NewInference { url, key, models, embedding_model, tokens_per_month } = new;
    let details = Details { url, key, models, embedding_model, tokens_per_month };
    let (settings, usage) = actions::set(&services, &caller, &if_match, details).await?;
    Ok(view(&services, settings, usage))
}
