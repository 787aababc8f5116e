//! The OpenAPI document: what the resources say of themselves, and what is true of every operation.

mod examples;

use utoipa::openapi::path::{Operation, ParameterBuilder, ParameterIn};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityRequirement, SecurityScheme};
use utoipa::openapi::{Content, InfoBuilder, OpenApi, Ref, RefOr, Required, Response, ResponseBuilder};
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
        let operations = [
            ("get", &mut item.get),
            ("put", &mut item.put),
            ("post", &mut item.post),
            ("patch", &mut item.patch),
            ("delete", &mut item.delete),
        ];
        for (method, operation) in operations {
            if let Some(operation) = operation {
                finish(path, method, operation);
            }
        }
    }
    examples::add(&mut document);
    document
}

fn finish(path: &str, method: &str, operation: &mut Operation) {
    if !path.starts_with("/v1") {
        return;
    }
    operation.operation_id = Some(operation_id(path, method));
    let is_public = operation.security.is_some();
    if !is_public {
        operation.security = Some(vec![SecurityRequirement::new(SCHEME, [] as [&str; 0])]);
    }
    let operation_has_body = operation.request_body.is_some();
    let changes_a_version = operation.responses.responses.contains_key("412");
    let mut add = |status: &str, description: &str| {
        let response = operation.responses.responses.entry(status.into());
        let response = response.or_insert_with(|| RefOr::T(problem(description)));
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = description.into();
        }
    };
    if !is_public {
        add("401", "`unauthenticated`: no valid credential.");
        add(
            "403",
            "`forbidden`: the credential lacks the permission this operation names, or `escalation` and the like.",
        );
    }
    if path.contains('{') {
        add("404", "`not_found`: no such thing in this tenant. Another tenant's ids answer the same.");
    }
    if operation_has_body {
        add("400", "`malformed_request`: the body is not what its media type says.");
    }
    add("408", "`timeout`: the request took longer than the server allows.");
    if changes_a_version {
        add("412", "`version_conflict`: somebody changed it meanwhile; read it again.");
        add("428", "`precondition_required`: send the version you read as `If-Match`.");
    }
    add("422", "`invalid_request`: `errors` names every fault and its place.");
    add("429", "`too_many_requests`: try again after `Retry-After` seconds.");
    add("500", "`internal`: a defect of the server, logged under `request_id`.");
    add("503", "`overloaded` or `unavailable`: try again after `Retry-After` seconds.");
    if changes_a_version {
        let what = "The version you read, from its `ETag`; `*` for whichever is there.";
        add_header(operation, "If-Match", Required::True, what);
    }
    if method == "post" && !is_public {
        let what = "Any text of your own, new for each change: the same request sent again answers what the first did, \
                    for 24 hours, and changes nothing.";
        add_header(operation, "Idempotency-Key", Required::False, what);
    }
    // A status that an operation describes itself is a problem document just as well. What nothing more is to be said of has
    // a description all the same: a document without is none.
    for (status, response) in &mut operation.responses.responses {
        let is_error = status.starts_with(['4', '5']);
        if let RefOr::T(response) = response
            && response.description.is_empty()
        {
            response.description = "What was asked for".into();
        }
        if let RefOr::T(response) = response
            && is_error
            && response.content.is_empty()
        {
            response.content = problem("").content;
        }
    }
}

/// One of its own for every operation, as client generators make a function of each: `put_jobs_id_status`.
fn operation_id(path: &str, method: &str) -> String {
    let parts =
        path.split(|c: char| !c.is_ascii_alphanumeric()).filter(|part| !part.is_empty() && *part != "v1");
    std::iter::once(method).chain(parts).collect::<Vec<_>>().join("_")
}

fn add_header(operation: &mut Operation, name: &str, required: Required, description: &str) {
    let parameter = ParameterBuilder::new()
        .name(name)
        .parameter_in(ParameterIn::Header)
        .required(required)
        .description(Some(description))
        .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
        .build();
    operation.parameters.get_or_insert_default().push(RefOr::T(parameter));
}

fn problem(description: &str) -> Response {
    let content = Content::new(Some(Ref::from_schema_name(Problem::name())));
    ResponseBuilder::new().description(description).content(MEDIA_TYPE, content).build()
}
