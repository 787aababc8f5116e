//! Table of contents of the API: every resource's router, then what is around all of them.

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Json, Router, middleware};
use serde_json::{Value, json};
use utoipa::openapi::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_swagger_ui::{Config as DocsConfig, SwaggerUi};

use crate::error::{Error, Result};
use crate::http::{limits, metrics, openapi};
use crate::resources::access::entrance;
use crate::resources::{
    access, activities, analytics, api_keys, applications, audit, candidates, consents, contacts,
    custom_fields, departments, emails, erasures, events, exports, identity_providers, imports, inference,
    interviews, jobs, members, merges, notes, offers, offices, plugin_bindings, plugin_shadow_runs,
    plugin_trials, plugins, privacy_policies, resumes, roles, saved_searches, scores, search, sessions,
    source_costs, subject_exports, tasks, tenants, tracking_links, trusted_keys, webhooks,
};
use crate::services::Services;

/// Every resource, in the order of `resources/mod.rs`.
fn resources(upload_max_bytes: u64, import_max_bytes: u64) -> OpenApiRouter<Services> {
    OpenApiRouter::new()
        .merge(audit::routes::router())
        .merge(inference::routes::router())
        .merge(tenants::routes::router())
        .merge(roles::routes::router())
        .merge(departments::routes::router())
        .merge(offices::routes::router())
        .merge(contacts::routes::router())
        .merge(emails::routes::router())
        .merge(members::routes::router())
        .merge(sessions::routes::router())
        .merge(identity_providers::routes::router())
        .merge(api_keys::routes::router())
        .merge(access::routes::router())
        .merge(events::routes::router())
        .merge(tasks::routes::router())
        .merge(trusted_keys::routes::router())
        .merge(plugins::routes::router())
        .merge(plugin_shadow_runs::routes::router())
        .merge(custom_fields::routes::router())
        .merge(privacy_policies::routes::router())
        .merge(search::routes::router())
        .merge(candidates::routes::router())
        .merge(consents::routes::router())
        .merge(resumes::routes::router(upload_max_bytes))
        .merge(plugin_trials::routes::router())
        .merge(jobs::routes::router())
        .merge(tracking_links::routes::router())
        .merge(plugin_bindings::routes::router())
        .merge(applications::routes::router(upload_max_bytes))
        .merge(scores::routes::router())
        .merge(interviews::routes::router())
        .merge(offers::routes::router())
        .merge(notes::routes::router())
        .merge(activities::routes::router())
        .merge(merges::routes::router())
        .merge(saved_searches::routes::router())
        .merge(erasures::routes::router())
        .merge(subject_exports::routes::router())
        .merge(source_costs::routes::router())
        .merge(analytics::routes::router())
        .merge(imports::routes::router(import_max_bytes))
        .merge(exports::routes::router())
        .merge(webhooks::routes::router())
}

/// The OpenAPI document.
pub fn document() -> OpenApi {
    let (_, document) = resources(0, 0).split_for_parts();
    complete(document)
}

fn complete(document: OpenApi) -> OpenApi {
    let mut document = openapi::complete(document);
    events::catalogue::describe(&mut document);
    document
}

/// The whole service.
pub fn router(services: Services) -> Router {
    let recorder = metrics::recorder();
    let (api, document) = {
        let config = &services.config;
        resources(config.upload_max_bytes, config.import_max_bytes)
    }
    .split_for_parts();
    let document = complete(document);
    let docs = SwaggerUi::new("/docs")
        .url("/openapi.json", document)
        .config(DocsConfig::default().try_it_out_enabled(true).persist_authorization(true));
    let routes =
        api.layer(axum::extract::DefaultBodyLimit::max(limits::JSON_BYTES))
            .layer(middleware::from_fn_with_state(services.clone(), entrance::enter))
            .route("/.well-known/jwks.json", get(jwks))
            .route("/", get(welcome))
            .route("/healthz", get(|| async { "ok" }))
            .route("/readyz", get(ready))
            .route(
                "/metrics",
                get(move || async move {
                    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], recorder.render())
                }),
            )
            .merge(Router::<Services>::from(docs))
            .fallback(|| async { Error::NotFound { what: "path; see /docs" } })
            .method_not_allowed_fallback(|| async { Error::MethodNotAllowed })
            .with_state(services.clone());
    limits::around(routes, &services)
}

async fn welcome() -> Json<Value> {
    Json(
        json!({ "name": "mortise", "version": env!("CARGO_PKG_VERSION"), "docs": "/docs", "openapi": "/openapi.json" }),
    )
}

/// The keys our access tokens are signed with: for whoever wants to verify them themselves.
async fn jwks(State(services): State<Services>) -> Response {
    let keys = services.access_tokens.jwks(services.clock.now());
    ([(header::CACHE_CONTROL, "public, max-age=300")], Json(keys)).into_response()
}

/// Ready when the database, the file store and the plugins are.
async fn ready(State(services): State<Services>) -> Response {
    let checks = [
        ("database", services.db.ping().await),
        ("files", services.blobs.ping().await),
        ("plugins", services.hooks.ready().await.map_err(|detail| Error::Unavailable { detail })),
    ];
    let is_ready = checks.iter().all(|(_, check)| check.is_ok());
    let report: serde_json::Map<String, Value> =
        checks.into_iter().map(|(name, check)| (name.into(), verdict(check))).collect();
    let status = if is_ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report)).into_response()
}

fn verdict(check: Result<()>) -> Value {
    match check {
        Ok(()) => "ok".into(),
        Err(error) => error.to_string().into(),
    }
}
