//! Every operation of the OpenAPI document, and a valid request of each about one tenant's things.
//! What the document says is read from it; what it does not say stands in [`World::example`], for every operation.

use std::collections::BTreeMap;

use mortise_host::permissions::Permission;
use mortise_tests::actor::Actor;
use mortise_tests::samples;
use mortise_tests::server::PASSWORD;
use reqwest::header::IF_MATCH;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

use super::two_tenants::{
    Tenant, World, custom_field_named, interview_held_by, plugin_named, provider_named, source_cost_named,
    trusted_key_named, webhook_endpoint_named,
};

/// Operations for whoever has no credential yet, and why.
pub(crate) const PUBLIC: [(&str, &str); 6] = [
    ("POST /v1/auth/tokens", "makes a credential of a password"),
    (
        "POST /v1/auth/tokens/refresh",
        "makes a credential of a refresh token, when the one before has expired",
    ),
    ("POST /v1/auth/invitations", "whoever accepts one sets the password they will sign in with"),
    ("POST /v1/tenants", "whoever signs up is in no tenant yet"),
    ("GET /v1/jobs/{id}/json-ld", "an open job is there to be found"),
    ("POST /v1/jobs/{id}/apply", "whoever applies is in no tenant"),
];

/// One operation as the document has it.
#[derive(Clone)]
pub(crate) struct Operation {
    pub(crate) method: Method,
    pub(crate) path: String,
    pub(crate) described: Value,
}

impl Operation {
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    pub(crate) fn permission(&self) -> Option<Permission> {
        self.described["x-permission"].as_str().and_then(Permission::from_word)
    }

    pub(crate) fn is_public(&self) -> bool {
        PUBLIC.iter().any(|(name, _)| *name == self.name())
    }

    pub(crate) fn parameters(&self) -> impl Iterator<Item = &Value> {
        self.described["parameters"].as_array().into_iter().flatten()
    }

    pub(crate) fn query_parameters(&self) -> impl Iterator<Item = &Value> {
        self.parameters().filter(|parameter| parameter["in"] == "query")
    }

    pub(crate) fn needs_version(&self) -> bool {
        self.parameters().any(|parameter| parameter["name"] == "If-Match" && parameter["required"] == true)
    }

    /// The names in its path's braces.
    pub(crate) fn braces(&self) -> Vec<String> {
        let parts = self.path.split('{').skip(1).filter_map(|rest| rest.split_once('}'));
        parts.map(|(name, _)| name.to_owned()).collect()
    }
}

/// Ids of one tenant's things, by prefix.
#[derive(Clone, Default)]
pub(crate) struct Subjects {
    ids: BTreeMap<String, String>,
    /// The department the one among the ids hangs below.
    pub(crate) above: String,
    /// A candidate who is the same person as the one among the ids.
    pub(crate) double: String,
    /// The owner's own résumé, who is not the candidate among the ids.
    pub(crate) own_resume: String,
}

impl Subjects {
    pub(crate) fn add(&mut self, id: String) {
        let prefix = id.rsplit_once('_').expect("an id has a prefix").0.to_owned();
        self.ids.insert(prefix, id);
    }

    pub(crate) fn id(&self, prefix: &str) -> &str {
        self.ids
            .get(prefix)
            .unwrap_or_else(|| panic!("give both tenants a thing whose id begins with {prefix}_"))
    }

    pub(crate) fn every(&self) -> impl Iterator<Item = &str> {
        self.ids.values().chain([&self.above, &self.double, &self.own_resume]).map(String::as_str)
    }
}

/// A valid request.
#[derive(Clone)]
pub(crate) struct Example {
    method: Method,
    /// With braces.
    path: String,
    /// By the name in the braces.
    ids: BTreeMap<String, String>,
    query: Option<(String, String)>,
    body: Body,
    version: Option<String>,
}

#[derive(Clone)]
enum Body {
    None,
    Json(Value),
    /// An upload, with whose it is and what for.
    Form(Option<String>, Option<String>),
    /// The form of a careers page, with an e-mail address.
    Application(String),
    /// A file of one candidate with this e-mail address.
    Import(String),
    /// A component with this name.
    Plugin(String),
}

impl Example {
    pub(crate) fn request(&self, actor: &Actor) -> RequestBuilder {
        let query = self.query.as_ref().map(|(name, value)| format!("?{name}={value}")).unwrap_or_default();
        let mut request = actor.request(self.method.clone(), &format!("{}{query}", self.path()));
        if let Some(version) = &self.version {
            request = request.header(IF_MATCH, version);
        }
        match &self.body {
            Body::None => request,
            Body::Json(body) => request.json(body),
            Body::Application(email) => {
                let form = Form::new().text("name", "Grace Hopper").text("email", email.clone());
                let text = samples::text_resume("Grace Hopper", email);
                request.multipart(form.part("resume", Part::bytes(text).file_name("grace.txt")))
            }
            Body::Import(email) => {
                let row = json!({ "name": "Grace Hopper", "emails": [email] }).to_string();
                let file = Part::bytes(row.into_bytes()).file_name("candidates.ndjson");
                request.multipart(Form::new().text("kind", "candidates").part("file", file))
            }
            Body::Plugin(name) => {
                let component = Part::bytes(plugin_named(name)).file_name("plugin.wasm");
                request.multipart(Form::new().text("allow_unsigned", "true").part("component", component))
            }
            Body::Form(candidate, job) => {
                let text = samples::text_resume("Grace Hopper", "grace@example.com");
                let form = Form::new().part("file", Part::bytes(text).file_name("grace.txt"));
                let with = |form: Form, name: &'static str, id: &Option<String>| match id {
                    Some(id) => form.text(name, id.clone()),
                    None => form,
                };
                request.multipart(with(with(form, "candidate_id", candidate), "job_id", job))
            }
        }
    }

    pub(crate) fn path(&self) -> String {
        let fill = |path: String, (name, id): (&String, &String)| path.replace(&format!("{{{name}}}"), id);
        self.ids.iter().fold(self.path.clone(), fill)
    }

    /// The same about another thing.
    pub(crate) fn with_path_id(&self, name: &str, id: &str) -> Self {
        let mut other = self.clone();
        other.ids.insert(name.to_owned(), id.to_owned());
        other
    }

    pub(crate) fn with_version(&self, version: Option<&str>) -> Self {
        Self { version: version.map(str::to_owned), ..self.clone() }
    }

    pub(crate) fn with_query(&self, name: &str, value: &str) -> Self {
        Self { query: Some((name.to_owned(), value.to_owned())), ..self.clone() }
    }

    /// The same with another id at this JSON Pointer.
    pub(crate) fn with_body_id(&self, pointer: &str, id: &str) -> Self {
        let mut other = self.clone();
        match &mut other.body {
            Body::Json(body) => {
                take_the_other(body, pointer);
                match body.pointer_mut(pointer) {
                    Some(place) => *place = id.into(),
                    None => panic!("the valid body of {} {} leaves {pointer} out", self.method, self.path),
                }
            }
            Body::Form(Some(candidate), _) if pointer == "/candidate_id" => id.clone_into(candidate),
            Body::Form(Some(_), job) if pointer == "/job_id" => *job = Some(id.to_owned()),
            Body::Form(..) | Body::Application(_) | Body::Import(_) | Body::Plugin(_) | Body::None => {
                panic!("{} {} has no {pointer}", self.method, self.path)
            }
        }
        other
    }
}

/// Of what a body names one or the other, a valid one has the first.
const EITHER: [(&str, &str); 6] = [
    ("department_id", "job_id"),
    ("candidate_id", "job_id"),
    ("candidate_id", "application_id"),
    ("resume_ids", "application_ids"),
    ("resume_ids", "event_ids"),
    ("resume_ids", "endpoint_id"),
];

/// Where the pointer is to the other one, that one stands in the place of the first.
fn take_the_other(body: &mut Value, pointer: &str) {
    // Of a list it is the list that is one or the other.
    let pointer = pointer.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end_matches('/');
    let (parent, name) = pointer.rsplit_once('/').expect("a pointer has a slash");
    let Some(Value::Object(parent)) = body.pointer_mut(parent) else { return };
    if parent.contains_key(name) {
        return;
    }
    let mut firsts = EITHER.iter().filter(|(_, other)| *other == name).map(|(first, _)| *first);
    if let Some(value) = firsts.find_map(|first| parent.remove(first)) {
        parent.insert(name.to_owned(), value);
    }
}

/// What stands in braces that take no id: both tenants have one of it.
fn word(parameter: &str) -> &'static str {
    match parameter {
        "kind" => "application_received",
        other => panic!("say what to put for {other}"),
    }
}

impl World {
    /// A valid request of the operation about these things of the tenant's; of whichever version is there.
    pub(crate) fn example(&self, operation: &Operation, tenant: &Tenant, subjects: &Subjects) -> Example {
        self.example_with(operation, tenant, subjects, &Value::Null)
    }

    /// The same, with what only somebody who was told can show.
    pub(crate) fn example_with(
        &self,
        operation: &Operation,
        tenant: &Tenant,
        subjects: &Subjects,
        secrets: &Value,
    ) -> Example {
        let unique = self.unique();
        let body = match operation.name().as_str() {
            "GET /v1/audit-log"
            | "GET /v1/tenant"
            | "GET /v1/permissions"
            | "GET /v1/roles"
            | "GET /v1/roles/{id}"
            | "DELETE /v1/roles/{id}"
            | "GET /v1/departments"
            | "GET /v1/departments/{id}"
            | "DELETE /v1/departments/{id}"
            | "GET /v1/offices"
            | "GET /v1/offices/{id}"
            | "DELETE /v1/offices/{id}"
            | "GET /v1/contacts"
            | "GET /v1/contacts/{id}"
            | "DELETE /v1/contacts/{id}"
            | "GET /v1/members"
            | "GET /v1/members/{id}"
            | "DELETE /v1/members/{id}"
            | "POST /v1/members/{id}/invitations"
            | "GET /v1/members/{id}/roles"
            | "DELETE /v1/members/{id}/roles/{assignment_id}"
            | "GET /v1/members/{id}/sessions"
            | "DELETE /v1/members/{id}/sessions"
            | "GET /v1/me"
            | "GET /v1/me/profile"
            | "GET /v1/me/resumes"
            | "GET /v1/me/resumes/{id}"
            | "GET /v1/me/resumes/{id}/file"
            | "GET /v1/me/sessions"
            | "DELETE /v1/me/sessions/{id}"
            | "DELETE /v1/auth/tokens"
            | "GET /v1/identity-providers"
            | "GET /v1/identity-providers/{id}"
            | "DELETE /v1/identity-providers/{id}"
            | "GET /v1/api-keys"
            | "GET /v1/api-keys/{id}"
            | "DELETE /v1/api-keys/{id}"
            | "GET /v1/custom-fields"
            | "GET /v1/custom-fields/{id}"
            | "DELETE /v1/custom-fields/{id}"
            | "GET /v1/skill-aliases"
            | "DELETE /v1/skill-aliases/{id}"
            | "GET /v1/pipeline"
            | "GET /v1/jobs"
            | "GET /v1/jobs/{id}"
            | "DELETE /v1/jobs/{id}"
            | "GET /v1/jobs/{id}/history"
            | "GET /v1/jobs/{id}/team"
            | "GET /v1/jobs/{id}/json-ld"
            | "GET /v1/jobs/{id}/stages"
            | "GET /v1/jobs/{id}/openings"
            | "GET /v1/jobs/{id}/tracking-links"
            | "DELETE /v1/jobs/{id}/tracking-links/{link_id}"
            | "GET /v1/jobs/{id}/openings/{opening_id}"
            | "GET /v1/jobs/{id}/applications"
            | "GET /v1/candidates/{id}/applications"
            | "GET /v1/me/applications"
            | "GET /v1/applications"
            | "GET /v1/applications/{id}"
            | "GET /v1/applications/{id}/history"
            | "DELETE /v1/applications/{id}"
            | "GET /v1/applications/{id}/interviews"
            | "GET /v1/interviews"
            | "GET /v1/interviews/{id}"
            | "GET /v1/me/interviews"
            | "GET /v1/interviews/{id}/evaluations"
            | "GET /v1/evaluations/{id}"
            | "GET /v1/applications/{id}/offers"
            | "GET /v1/offers/{id}"
            | "PUT /v1/offers/{id}/sending"
            | "PUT /v1/offers/{id}/acceptance"
            | "GET /v1/notes"
            | "GET /v1/notes/{id}"
            | "GET /v1/candidates/{id}/consents"
            | "GET /v1/candidates/{id}/export"
            | "GET /v1/candidates/{id}/hold"
            | "DELETE /v1/candidates/{id}/hold"
            | "DELETE /v1/candidates/{id}/personal-data"
            | "GET /v1/erasures"
            | "GET /v1/erasures/due"
            | "GET /v1/privacy-policy"
            | "GET /v1/inference"
            | "GET /v1/tasks"
            | "GET /v1/tasks/{id}"
            | "POST /v1/tasks/{id}/retries"
            | "DELETE /v1/notes/{id}"
            | "GET /v1/saved-searches"
            | "GET /v1/saved-searches/{id}"
            | "DELETE /v1/saved-searches/{id}"
            | "GET /v1/candidates"
            | "GET /v1/candidates/{id}"
            | "DELETE /v1/candidates/{id}"
            | "GET /v1/candidates/{id}/duplicates"
            | "GET /v1/candidates/{id}/activities"
            | "GET /v1/candidates/{id}/resumes"
            | "DELETE /v1/candidates/{id}/member"
            | "GET /v1/resumes"
            | "GET /v1/resumes/{id}"
            | "DELETE /v1/resumes/{id}"
            | "GET /v1/resumes/{id}/file"
            | "GET /v1/resumes/{id}/unified"
            | "GET /v1/plugin-bindings"
            | "GET /v1/plugin-bindings/{id}"
            | "DELETE /v1/plugin-bindings/{id}"
            | "GET /v1/applications/{id}/scores"
            | "POST /v1/applications/{id}/scores"
            | "POST /v1/jobs/{id}/scores"
            | "POST /v1/scores/{id}/replays"
            | "GET /v1/source-costs"
            | "GET /v1/source-costs/{id}"
            | "DELETE /v1/source-costs/{id}"
            | "GET /v1/analytics/time-to-fill"
            | "GET /v1/analytics/time-to-hire"
            | "GET /v1/analytics/stage-conversion"
            | "GET /v1/analytics/time-in-stage"
            | "GET /v1/analytics/sources"
            | "GET /v1/analytics/offers"
            | "GET /v1/analytics/overview"
            | "GET /v1/email-templates"
            | "GET /v1/email-templates/{kind}"
            | "DELETE /v1/email-templates/{kind}"
            | "GET /v1/emails"
            | "GET /v1/emails/{id}"
            | "POST /v1/emails/{id}/resends"
            | "GET /v1/imports"
            | "GET /v1/imports/{id}"
            | "GET /v1/imports/{id}/rows"
            | "POST /v1/imports/{id}/cancellation"
            | "GET /v1/exports/candidates"
            | "GET /v1/exports/jobs"
            | "GET /v1/exports/applications"
            | "GET /v1/exports/resumes"
            | "GET /v1/exports/interviews"
            | "GET /v1/exports/offers"
            | "GET /v1/exports/notes"
            | "GET /v1/events"
            | "GET /v1/event-types"
            | "GET /v1/webhook-endpoints"
            | "GET /v1/webhook-endpoints/{id}"
            | "DELETE /v1/webhook-endpoints/{id}"
            | "GET /v1/webhook-endpoints/{id}/secrets"
            | "GET /v1/webhook-endpoints/{id}/deliveries"
            | "GET /v1/webhook-endpoints/{id}/recoveries"
            | "GET /v1/deliveries/{id}"
            | "GET /v1/deliveries/{id}/attempts"
            | "POST /v1/deliveries/{id}/resends"
            | "DELETE /v1/deliveries/{id}/payload"
            | "GET /v1/trusted-keys"
            | "GET /v1/trusted-keys/{id}"
            | "DELETE /v1/trusted-keys/{id}"
            | "GET /v1/plugins"
            | "GET /v1/plugins/{id}"
            | "DELETE /v1/plugins/{id}"
            | "DELETE /v1/plugins/{id}/active-version"
            | "DELETE /v1/plugins/{id}/shadow-version"
            | "DELETE /v1/plugins/{id}/canary-version"
            | "GET /v1/plugins/{id}/shadow-runs"
            | "GET /v1/plugins/{id}/shadow-runs/summary"
            | "GET /v1/plugins/{id}/versions"
            | "POST /v1/plugins/{id}/versions"
            | "GET /v1/plugins/{id}/versions/{version_id}"
            | "GET /v1/plugins/{id}/versions/{version_id}/consent"
            | "GET /v1/plugins/{id}/versions/{version_id}/config"
            | "GET /v1/plugins/{id}/versions/{version_id}/trials"
            | "GET /v1/plugins/{id}/runs"
            | "GET /v1/plugin-trials/{id}" => Body::None,

            "POST /v1/webhook-endpoints" => Body::Json(webhook_endpoint_named(&unique)),
            "PATCH /v1/webhook-endpoints/{id}" => Body::Json(json!({ "description": unique })),
            "PUT /v1/webhook-endpoints/{id}/status" => Body::Json(json!({ "status": "paused" })),
            "POST /v1/webhook-endpoints/{id}/secrets" | "POST /v1/webhook-endpoints/{id}/test" => {
                Body::Json(json!({}))
            }
            "POST /v1/webhook-endpoints/{id}/previews" => Body::Json(json!({
                "event_id": subjects.id("event"),
                "transform": { "plugin": "mortise/json-template", "config": { "template": unique } },
            })),
            "POST /v1/webhook-endpoints/{id}/recoveries" => {
                Body::Json(json!({ "what": "failed", "since": "2026-03-02T09:00:00Z" }))
            }
            "POST /v1/trusted-keys" => Body::Json(trusted_key_named(&unique)),
            "POST /v1/plugins" => Body::Plugin(unique),
            "PUT /v1/plugins/{id}/active-version" | "PUT /v1/plugins/{id}/shadow-version" => {
                Body::Json(json!({ "version_id": subjects.id("pluginver") }))
            }
            "PUT /v1/plugins/{id}/canary-version" => {
                Body::Json(json!({ "version_id": subjects.id("pluginver"), "share_percent": 5 }))
            }
            "PUT /v1/plugins/{id}/versions/{version_id}/consent" => {
                Body::Json(json!({ "capabilities": ["kv"] }))
            }
            "PUT /v1/plugins/{id}/versions/{version_id}/config" => {
                Body::Json(json!({ "config": { "note": unique } }))
            }
            "POST /v1/plugins/{id}/versions/{version_id}/trials" => {
                Body::Json(json!({ "resume_ids": [subjects.id("resume")] }))
            }

            "PUT /v1/email-templates/{kind}" => Body::Json(json!({ "is_enabled": true, "subject": unique })),
            "POST /v1/email-templates/{kind}/previews" => Body::Json(json!({ "text": unique })),

            "PATCH /v1/tenant" => Body::Json(json!({ "name": unique })),
            "POST /v1/roles" => Body::Json(json!({ "name": unique, "permissions": ["candidate:read"] })),
            "PATCH /v1/roles/{id}" => Body::Json(json!({ "name": unique })),
            "POST /v1/departments" => Body::Json(json!({ "name": unique, "parent_id": subjects.id("dept") })),
            "PATCH /v1/departments/{id}" => {
                Body::Json(json!({ "name": unique, "parent_id": subjects.above }))
            }
            "POST /v1/offices" => Body::Json(json!({ "name": unique, "address": { "city": unique } })),
            "PATCH /v1/offices/{id}" => Body::Json(json!({ "name": unique })),
            "POST /v1/contacts" => {
                Body::Json(json!({ "name": unique, "department_id": subjects.id("dept") }))
            }
            "PATCH /v1/contacts/{id}" => {
                Body::Json(json!({ "title": unique, "department_id": subjects.above }))
            }
            "POST /v1/members" => {
                let role = json!({ "role_id": subjects.id("role"), "department_id": subjects.id("dept") });
                Body::Json(json!({ "email": format!("{unique}@new.example"), "roles": [role] }))
            }
            "PATCH /v1/members/{id}" | "PATCH /v1/me" => Body::Json(json!({ "name": unique })),
            "PUT /v1/members/{id}/status" => Body::Json(json!({ "status": "disabled" })),
            "POST /v1/members/{id}/roles" => {
                Body::Json(json!({ "role_id": subjects.id("role"), "department_id": subjects.id("dept") }))
            }
            "PUT /v1/me/password" => {
                Body::Json(json!({ "present_password": PASSWORD, "password": PASSWORD }))
            }
            "POST /v1/identity-providers" => {
                let mappings = json!([{ "value": "staff", "role_id": subjects.id("role") }]);
                Body::Json(provider_named(&unique, &mappings))
            }
            "PATCH /v1/identity-providers/{id}" => {
                let mappings = json!([{ "value": "staff", "role_id": subjects.id("role") }]);
                Body::Json(json!({ "name": unique, "role_mappings": mappings }))
            }
            "POST /v1/api-keys" => Body::Json(json!({ "name": unique, "permissions": ["candidate:read"] })),
            "POST /v1/api-keys/{id}/rotations" | "POST /v1/resumes/{id}/parses" | "POST /v1/parses" => {
                Body::Json(json!({}))
            }
            "POST /v1/custom-fields" => Body::Json(custom_field_named(&unique)),
            "PATCH /v1/custom-fields/{id}" => Body::Json(json!({ "label": unique })),
            "POST /v1/resumes" => Body::Form(Some(subjects.id("cand").to_owned()), None),
            "POST /v1/me/resumes" => Body::Form(None, None),
            "POST /v1/imports" => Body::Import(format!("{unique}@new.example")),
            "POST /v1/jobs/{id}/apply" => Body::Application(format!("{unique}@new.example")),
            "POST /v1/candidates" => {
                Body::Json(json!({ "name": unique, "emails": [format!("{unique}@new.example")] }))
            }
            "PATCH /v1/candidates/{id}" | "PATCH /v1/me/profile" => Body::Json(json!({ "headline": unique })),
            "PATCH /v1/resumes/{id}/unified" => Body::Json(json!({ "basics": { "label": unique } })),
            "POST /v1/candidates/{id}/merges" => Body::Json(json!({ "candidate_id": subjects.double })),
            "PUT /v1/candidates/{id}/member" => Body::Json(json!({ "member_id": subjects.id("member") })),

            "POST /v1/skill-aliases" => Body::Json(json!({ "alias": unique, "skill": "joinery" })),
            "PUT /v1/pipeline" => Body::Json(json!({ "stages": [
                { "name": "Applied", "kind": "applied" }, { "name": unique, "kind": "offer" }, { "name": "Hired", "kind": "hired" },
            ] })),
            "POST /v1/jobs" => Body::Json(json!({
                "title": unique, "department_id": subjects.id("dept"), "hiring_manager_id": subjects.id("member"),
                "office_ids": [subjects.id("office")],
            })),
            "PATCH /v1/jobs/{id}" => Body::Json(json!({
                "title": unique, "department_id": subjects.above, "hiring_manager_id": subjects.id("member"),
                "office_ids": [subjects.id("office")],
            })),
            "PUT /v1/jobs/{id}/status" => Body::Json(json!({ "status": "open", "reason": unique })),
            "PUT /v1/jobs/{id}/stages" => Body::Json(json!({ "stages": [
                { "id": subjects.id("stage"), "name": "Applied", "kind": "applied" }, { "name": unique, "kind": "offer" },
                { "name": "Hired", "kind": "hired" },
            ] })),
            "POST /v1/jobs/{id}/tracking-links" => Body::Json(json!({ "name": unique, "source": "fair" })),
            "POST /v1/source-costs" => Body::Json(source_cost_named(&unique)),
            "PATCH /v1/source-costs/{id}" => Body::Json(json!({ "note": unique })),
            "POST /v1/jobs/{id}/openings" => Body::Json(json!({ "openings": 1 })),
            "PUT /v1/jobs/{id}/openings/{opening_id}/status" => Body::Json(json!({ "status": "closed" })),
            "POST /v1/applications" => Body::Json(json!({
                "candidate_id": subjects.id("cand"), "job_id": subjects.id("job"), "resume_id": subjects.id("resume"),
                "credited_to": subjects.id("member"),
            })),
            "PATCH /v1/applications/{id}" => Body::Json(json!({
                "source": unique, "resume_id": subjects.id("resume"), "credited_to": subjects.id("member"),
            })),
            "PUT /v1/applications/{id}/stage" => Body::Json(json!({ "stage_id": subjects.id("stage") })),
            "PUT /v1/applications/{id}/rejection" | "PUT /v1/applications/{id}/withdrawal" => {
                Body::Json(json!({ "reason": "other" }))
            }
            "PUT /v1/applications/{id}/hire" => Body::Json(json!({ "opening_id": subjects.id("opening") })),
            "POST /v1/applications/{id}/transfers" => Body::Json(json!({ "job_id": subjects.id("job") })),
            "POST /v1/applications/{id}/reopenings" => {
                Body::Json(json!({ "stage_id": subjects.id("stage") }))
            }
            "POST /v1/applications/{id}/interviews" => Body::Json(interview_held_by(subjects.id("member"))),
            "PATCH /v1/interviews/{id}" => {
                Body::Json(json!({ "title": unique, "interviewers": [subjects.id("member")] }))
            }
            "PUT /v1/interviews/{id}/cancellation"
            | "PUT /v1/offers/{id}/decline"
            | "PUT /v1/offers/{id}/rescission" => Body::Json(json!({ "reason": unique })),
            "POST /v1/interviews/{id}/evaluations" | "PATCH /v1/evaluations/{id}" => {
                Body::Json(json!({ "rating": 4, "recommendation": "yes" }))
            }
            "POST /v1/applications/{id}/offers" | "PATCH /v1/offers/{id}" => {
                Body::Json(json!({ "terms": { "title": unique } }))
            }
            "POST /v1/candidates/{id}/consents" => {
                Body::Json(json!({ "purpose": "talent_pool", "is_given": true }))
            }
            "PUT /v1/candidates/{id}/hold" => Body::Json(json!({ "reason": unique })),
            "PUT /v1/inference" => Body::Json(json!({ "tokens_per_month": 1_000 })),
            "PUT /v1/privacy-policy" => Body::Json(json!({ "inactive_days": 365 })),
            "POST /v1/notes" => Body::Json(json!({ "candidate_id": subjects.id("cand"), "body": unique })),
            "PATCH /v1/notes/{id}" => Body::Json(json!({ "body": unique })),
            "POST /v1/saved-searches" => {
                Body::Json(json!({ "subject": "jobs", "name": unique, "query": { "status": ["open"] } }))
            }
            "POST /v1/plugin-bindings" => Body::Json(json!({
                "kind": "scoring", "plugin": "mortise/skills-score", "job_id": subjects.id("job"), "weight": 2,
            })),
            "PATCH /v1/plugin-bindings/{id}" => Body::Json(json!({ "is_blind": true })),
            "PATCH /v1/saved-searches/{id}" => Body::Json(json!({ "name": unique })),
            "POST /v1/applications/{id}/corrections" => {
                Body::Json(json!({ "change_id": subjects.id("change") }))
            }

            "POST /v1/auth/tokens" => {
                Body::Json(json!({ "tenant": tenant.slug(), "email": tenant.email, "password": PASSWORD }))
            }
            "POST /v1/auth/tokens/refresh" => {
                Body::Json(json!({ "refresh_token": secrets["refresh_token"] }))
            }
            "POST /v1/auth/invitations" => {
                Body::Json(json!({ "token": secrets["invitation_token"], "password": PASSWORD }))
            }
            "POST /v1/tenants" => {
                let owner = json!({ "email": format!("{unique}@new.example"), "password": PASSWORD });
                Body::Json(json!({ "name": unique, "owner": owner }))
            }
            other => panic!(
                "{other} is new: say here what a valid body is, in World::subjects what it uses up, and give both tenants \
                 whatever it is about"
            ),
        };
        let has_body = !operation.described["requestBody"].is_null();
        assert_eq!(has_body, !matches!(body, Body::None), "{}: is there a body?", operation.name());
        let ids = operation.braces().into_iter().map(|name| {
            let id = match self.prefix(operation, &name) {
                Some(_) if operation.path.starts_with("/v1/me/resumes/") => subjects.own_resume.as_str(),
                Some(prefix) => subjects.id(&prefix),
                None => word(&name),
            };
            (name, id.to_owned())
        });
        Example {
            method: operation.method.clone(),
            path: operation.path.clone(),
            ids: ids.collect(),
            query: None,
            body,
            version: operation.needs_version().then(|| "*".into()),
        }
    }

    /// The same request, of the version its tenant's thing has now.
    pub(crate) async fn present_version(&self, example: &Example, tenant: &Tenant) -> Example {
        if example.version.is_none() {
            return example.clone();
        }
        let path = example.path();
        // What a thing is told stands below it.
        let told = [
            "/status",
            "/stages",
            "/stage",
            "/rejection",
            "/withdrawal",
            "/hire",
            "/transfers",
            "/reopenings",
        ];
        let told = told.into_iter().chain(["/corrections", "/cancellation", "/personal-data"]);
        let told = told.chain(["/sending", "/acceptance", "/decline", "/rescission", "/active-version"]);
        let told = told.chain(["/shadow-version", "/canary-version"]);
        let thing = told.filter_map(|told| path.strip_suffix(told)).next().unwrap_or(&path);
        example.with_version(Some(&tenant.owner.etag(thing).await))
    }

    /// Whose id a parameter of the path is: the beginning of its pattern. None for a word that means the same everywhere.
    pub(crate) fn prefix(&self, operation: &Operation, parameter: &str) -> Option<String> {
        let mut described = operation.parameters().filter(|described| described["name"] == parameter);
        let schema = described.next().map(|described| &described["schema"]);
        let schema = schema.unwrap_or_else(|| panic!("{} does not describe {parameter}", operation.name()));
        let prefix = self.id_prefix(schema);
        let is_word = self.resolved(schema)["enum"].is_array();
        assert!(prefix.is_some() != is_word, "{}: {parameter} has no pattern", operation.name());
        prefix
    }

    /// The prefix of the ids a schema takes, if these are what it takes.
    pub(crate) fn id_prefix(&self, schema: &Value) -> Option<String> {
        let schema = self.resolved(schema);
        let choices = ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|word| schema[word].as_array());
        if let Some(prefix) = choices.flatten().find_map(|choice| self.id_prefix(choice)) {
            return Some(prefix);
        }
        let (prefix, _) = schema["pattern"].as_str()?.strip_prefix('^')?.rsplit_once("_[0-7]")?;
        Some(prefix.to_owned())
    }

    fn resolved<'a>(&'a self, schema: &'a Value) -> &'a Value {
        match schema["$ref"].as_str() {
            Some(reference) => {
                self.document.pointer(reference.trim_start_matches('#')).expect("it refers to something")
            }
            None => schema,
        }
    }

    /// Every place of an operation's body that takes an id, as a JSON Pointer, and whose.
    pub(crate) fn ids_in_body(&self, operation: &Operation) -> Vec<(String, String)> {
        let content = operation.described["requestBody"]["content"].as_object();
        let schemas = content.into_iter().flat_map(serde_json::Map::values).map(|media| &media["schema"]);
        let mut found = Vec::new();
        schemas.for_each(|schema| self.collect_ids("", schema, &mut found));
        found
    }

    fn collect_ids(&self, pointer: &str, schema: &Value, found: &mut Vec<(String, String)>) {
        if let Some(prefix) = self.id_prefix(schema) {
            found.push((pointer.to_owned(), prefix));
            return;
        }
        let schema = self.resolved(schema);
        for word in ["oneOf", "anyOf", "allOf"] {
            let choices = schema[word].as_array().into_iter().flatten();
            choices.for_each(|choice| self.collect_ids(pointer, choice, found));
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            self.collect_ids(&format!("{pointer}/{name}"), property, found);
        }
        if !schema["items"].is_null() {
            self.collect_ids(&format!("{pointer}/0"), &schema["items"], found);
        }
    }
}
