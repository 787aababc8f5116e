//! The OpenAPI document: what the resources say of themselves, and what is true of every operation.

use utoipa::openapi::path::Operation;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, InfoBuilder, OpenApi, Ref, RefOr, Response, ResponseBuilder};
use utoipa::{PartialSchema, ToSchema};

use super::problem::{MEDIA_TYPE, Problem};

const SCHEME: &str = "bearer";

/// Adds what is true of every operation: credentials, problem documents, the server's description.
pub fn complete(mut document: OpenApi) -> OpenApi {
    document.info = InfoBuilder::new()
        .title("Mortise")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(include_str!("openapi.md")))
        .license(Some(utoipa::openapi::License::new("Apache-2.0")))
        .build();
    let components = document.components.get_or_insert_default();
    // The problem document, and what it refers to.
    let mut schemas = vec![(Problem::name().into(), Problem::schema())];
    Problem::schemas(&mut schemas);
    components.schemas.extend(schemas);
    components.add_security_scheme(SCHEME, SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)));
    for (path, item) in &mut document.paths.paths {
        let operations = [&mut item.get, &mut item.put, &mut item.post, &mut item.patch, &mut item.delete];
        for operation in operations.into_iter().filter_map(Option::as_mut) {
            finish(path, operation);
        }
    }
    document
}

fn finish(path: &str, operation: &mut Operation) {
    if !path.starts_with("/v1") {
        return;
    }
    operation.security = Some(vec![SecurityRequirement::new(SCHEME, [] as [&str; 0])]);
    let mut add = |status: &str, description: &str| {
        operation.responses.responses.entry(status.into()).or_insert_with(|| RefOr::T(problem(description)));
    };
    add("401", "`unauthenticated`: no valid API key.");
    add("403", "`forbidden`: the key lacks the permission this operation names.");
    if path.contains('{') {
        add("404", "`not_found`: no such thing in this tenant. Another tenant's ids answer the same.");
    }
    add("408", "`timeout`: the request took longer than the server allows.");
    add("422", "`invalid_request`: `errors` names every fault and its place.");
    add("500", "`internal`: a defect of the server, logged under `request_id`.");
    add("503", "`overloaded` or `unavailable`: try again after `Retry-After` seconds.");
    // A status that an operation describes itself is a problem document just as well.
    for (status, response) in &mut operation.responses.responses {
        let is_error = status.starts_with(['4', '5']);
        if let RefOr::T(response) = response
            && is_error
            && response.content.is_empty()
        {
            response.content = problem("").content;
        }
    }
}

fn problem(description: &str) -> Response {
    let content = Content::new(Some(Ref::from_schema_name(Problem::name())));
    ResponseBuilder::new().description(description).content(MEDIA_TYPE, content).build()
}
