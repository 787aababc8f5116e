//! A server with two tenants that have one of everything each: what laws about routes are tried on.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mortise_host::config::Signup;
use mortise_host::digest::sha256;
use mortise_host::resources::access::founding::Founded;
use mortise_host::wasm::manifest::{self, Manifest};
use mortise_tests::actor::{Actor, send};
use mortise_tests::guests;
use mortise_tests::rows;
use mortise_tests::samples;
use mortise_tests::server::{PASSWORD, Server};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::operations::{Operation, Subjects};
use crate::hiring::{apply, candidate, lines, move_to, open_job, open_job_with, put, stage};

/// Both tenants, and the document that names every operation.
pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) document: Value,
    pub(crate) acme: Tenant,
    pub(crate) globex: Tenant,
    drawn: AtomicUsize,
}

/// A tenant that has one of everything.
pub(crate) struct Tenant {
    pub(crate) founded: Founded,
    /// Its owner, signed in with a password.
    pub(crate) owner: Actor,
    pub(crate) email: String,
    /// A token of the owner's that has expired.
    pub(crate) expired: String,
    /// Ids of its things, by prefix.
    pub(crate) subjects: Subjects,
}

impl Tenant {
    pub(crate) fn slug(&self) -> &str {
        &self.founded.tenant.slug
    }
}

impl World {
    pub(crate) async fn new() -> Self {
        let server = Server::start_with(|config| {
            config.signup = Signup::Open;
            // Keys of identity providers are asked for here, where nobody answers, and nowhere else.
            config.egress_allow = vec!["127.0.0.1/32".parse().expect("it is a range")];
            // So is whoever is told something: e-mails wait.
            config.smtp_url = Some("smtp://127.0.0.1:9".into());
            config.email_from = Some("jobs@mail.example.com".into());
        })
        .await;
        let mut invited = Vec::new();
        for name in ["acme", "globex"] {
            let founded = server.found(name).await;
            let email = format!("boss@{name}.example");
            let owner = server.member(&server.actor(&founded.key), &email, &[("owner", None)]).await;
            invited.push((founded, email, owner.actor.key().to_owned()));
        }
        // The tokens they came in with expire; the ones below do not.
        server.clock.advance(Duration::from_secs(11 * 60));
        let drawn = AtomicUsize::new(0);
        let mut tenants = Vec::new();
        for (founded, email, expired) in invited {
            let owner = sign_in(&server, &founded.tenant.slug, &email).await;
            let owner = server.nobody().with_key(owner["access_token"].as_str().expect("it is a text"));
            let subjects = Subjects::default();
            let mut tenant = Tenant { founded, owner, email, expired, subjects };
            tenant.subjects = everything(&server, &tenant, &drawn).await;
            tenants.push(tenant);
        }
        // What waits has been tried, so that nothing of it changes by itself.
        server.run_tasks().await;
        let globex = tenants.pop().expect("there are two");
        let acme = tenants.pop().expect("there are two");
        let document = server.nobody().get("/openapi.json").await.expect(200).json();
        Self { server, document, acme, globex, drawn }
    }

    /// Every operation of the document.
    pub(crate) fn operations(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        for (path, item) in self.document["paths"].as_object().expect("the document has paths") {
            assert!(path.starts_with("/v1/"), "{path} is outside /v1");
            for (method, described) in item.as_object().expect("a path holds operations") {
                let method = method.to_uppercase().parse().expect("it is a method");
                operations.push(Operation { method, path: path.clone(), described: described.clone() });
            }
        }
        assert!(operations.len() > 40, "only {} operations", operations.len());
        operations
    }

    /// Every operation that asks for a credential.
    pub(crate) fn guarded(&self) -> Vec<Operation> {
        self.operations().into_iter().filter(|operation| !operation.is_public()).collect()
    }

    /// Each tenant with the one that looks at it from outside.
    pub(crate) fn both_directions(&self) -> [(&Tenant, &Tenant); 2] {
        [(&self.acme, &self.globex), (&self.globex, &self.acme)]
    }

    /// A word nobody has used.
    pub(crate) fn unique(&self) -> String {
        unique(&self.drawn)
    }

    /// The owner; in a session of its own for the operation that ends it.
    pub(crate) async fn owner(&self, tenant: &Tenant, operation: &Operation) -> Actor {
        self.in_session(&tenant.owner, tenant.slug(), &tenant.email, operation).await
    }

    /// The same for any member with [`PASSWORD`].
    pub(crate) async fn in_session(
        &self,
        member: &Actor,
        slug: &str,
        email: &str,
        operation: &Operation,
    ) -> Actor {
        if operation.name() != "DELETE /v1/auth/tokens" {
            return member.clone();
        }
        let tokens = sign_in(&self.server, slug, email).await;
        member.with_key(tokens["access_token"].as_str().expect("it is a text"))
    }

    /// The tenant's things, with a new one where the operation uses it up.
    pub(crate) async fn subjects(&self, tenant: &Tenant, operation: &Operation) -> Subjects {
        let owner = &tenant.owner;
        let made = match operation.name().as_str() {
            "DELETE /v1/roles/{id}" => vec![role(owner, &self.unique()).await],
            "DELETE /v1/departments/{id}" => vec![department(owner, &self.unique(), None).await],
            "DELETE /v1/offices/{id}" => vec![office(owner, &self.unique()).await],
            "DELETE /v1/contacts/{id}" => vec![contact(owner, &self.unique(), None).await],
            "DELETE /v1/identity-providers/{id}" => vec![provider(owner, &self.unique()).await],
            "DELETE /v1/custom-fields/{id}" => vec![custom_field(owner, &self.unique()).await],
            "DELETE /v1/api-keys/{id}" | "POST /v1/api-keys/{id}/rotations" => {
                vec![api_key(owner, &self.unique()).await]
            }
            "DELETE /v1/members/{id}" | "POST /v1/members/{id}/roles" => {
                vec![invited(owner, &self.unique(), &[]).await]
            }
            "DELETE /v1/members/{id}/roles/{assignment_id}" => {
                let role = role(owner, &self.unique()).await;
                let member = invited(owner, &self.unique(), &[json!({ "role_id": role })]).await;
                vec![assignment(owner, &member).await, member]
            }
            "PUT /v1/members/{id}/status" => {
                let email = format!("{}@new.example", self.unique());
                vec![self.server.member(owner, &email, &[]).await.member_id]
            }
            "POST /v1/tasks/{id}/retries" => vec![dead_task(&self.server, owner).await],
            "DELETE /v1/skill-aliases/{id}" => vec![skill_alias(owner, &self.unique()).await],
            "DELETE /v1/jobs/{id}" | "PUT /v1/jobs/{id}/status" => vec![draft(owner, &self.unique()).await],
            "PUT /v1/jobs/{id}/openings/{opening_id}/status" => {
                vec![opening(owner, tenant.subjects.id("job")).await]
            }
            "POST /v1/applications" => vec![open_job(owner, &self.unique()).await],
            "PUT /v1/applications/{id}/stage" => {
                let application = self.application(tenant, tenant.subjects.id("job")).await;
                move_to(owner, &application, "screening").await.expect(200);
                vec![application]
            }
            "DELETE /v1/applications/{id}"
            | "PUT /v1/applications/{id}/rejection"
            | "PUT /v1/applications/{id}/withdrawal" => {
                vec![self.application(tenant, tenant.subjects.id("job")).await]
            }
            "POST /v1/applications/{id}/transfers" => {
                let other = open_job(owner, &self.unique()).await;
                vec![self.application(tenant, &other).await]
            }
            "PUT /v1/applications/{id}/hire" => {
                let job = open_job(owner, &self.unique()).await;
                let application = self.application(tenant, &job).await;
                let openings = owner.get(&format!("/v1/jobs/{job}/openings")).await.expect(200).json();
                vec![application, id(&openings["data"][0]["id"])]
            }
            "POST /v1/applications/{id}/reopenings" | "POST /v1/applications/{id}/corrections" => {
                let application = self.application(tenant, tenant.subjects.id("job")).await;
                put(owner, &application, "rejection", json!({ "reason": "other" })).await.expect(200);
                let rejected = id(&lines(owner, &application).await[1]["id"]);
                vec![application, rejected]
            }
            "PUT /v1/interviews/{id}/cancellation" | "POST /v1/interviews/{id}/evaluations" => {
                vec![interview(owner, tenant.subjects.id("app")).await]
            }
            "POST /v1/applications/{id}/offers" => vec![self.another_application(tenant).await],
            "PUT /v1/offers/{id}/sending" | "PUT /v1/offers/{id}/rescission" => {
                vec![offer(owner, &self.another_application(tenant).await).await]
            }
            "PUT /v1/offers/{id}/acceptance" | "PUT /v1/offers/{id}/decline" => {
                let offer = offer(owner, &self.another_application(tenant).await).await;
                owner.put(&format!("/v1/offers/{offer}/sending"), json!({}), Some("*")).await.expect(200);
                vec![offer]
            }
            "DELETE /v1/webhook-endpoints/{id}" => vec![webhook_endpoint(owner, &self.unique()).await],
            "DELETE /v1/deliveries/{id}/payload" => {
                vec![delivery(owner, tenant.subjects.id("endpoint")).await]
            }
            "DELETE /v1/jobs/{id}/tracking-links/{link_id}" => {
                vec![tracking_link(owner, tenant.subjects.id("job")).await]
            }
            "DELETE /v1/source-costs/{id}" => vec![source_cost(owner, &self.unique()).await],
            "DELETE /v1/notes/{id}" => vec![note(owner, tenant.subjects.id("cand")).await],
            "POST /v1/plugin-bindings" => vec![open_job(owner, &self.unique()).await],
            "DELETE /v1/plugin-bindings/{id}" => {
                let job = open_job(owner, &self.unique()).await;
                vec![binding(owner, Some(&job)).await]
            }
            "POST /v1/scores/{id}/replays" => {
                let skills = json!([{ "name": "Triage" }]);
                let job = open_job_with(owner, json!({ "title": self.unique(), "skills": skills })).await;
                let application = apply(owner, tenant.subjects.id("cand"), &job).await;
                self.server.run_tasks().await;
                vec![score(owner, &application).await]
            }
            "DELETE /v1/trusted-keys/{id}" => vec![trusted_key(owner, &self.unique()).await],
            "DELETE /v1/plugins/{id}" => Vec::from(plugin(&self.server, owner, &self.unique()).await),
            "DELETE /v1/plugins/{id}/active-version" => {
                let made = plugin(&self.server, owner, &self.unique()).await;
                activate(owner, &made).await;
                Vec::from(made)
            }
            "PUT /v1/plugins/{id}/shadow-version" | "PUT /v1/plugins/{id}/canary-version" => {
                Vec::from(plugin_with_next(&self.server, owner, &self.unique()).await)
            }
            "DELETE /v1/plugins/{id}/shadow-version" => {
                let made = plugin_with_next(&self.server, owner, &self.unique()).await;
                let shadow = json!({ "version_id": made[1] });
                let path = format!("/v1/plugins/{}/shadow-version", made[0]);
                owner.put(&path, shadow, Some("*")).await.expect(200);
                Vec::from(made)
            }
            "DELETE /v1/plugins/{id}/canary-version" => {
                let made = plugin_with_next(&self.server, owner, &self.unique()).await;
                let canary = json!({ "version_id": made[1], "share_percent": 5 });
                let path = format!("/v1/plugins/{}/canary-version", made[0]);
                owner.put(&path, canary, Some("*")).await.expect(200);
                Vec::from(made)
            }
            "DELETE /v1/saved-searches/{id}" => vec![saved_search(owner, &self.unique()).await],
            "POST /v1/imports/{id}/cancellation" => vec![import(owner, &self.unique()).await],
            "POST /v1/emails/{id}/resends" => vec![failed_email(&self.server, owner, &self.unique()).await],
            "DELETE /v1/me/sessions/{id}" => {
                vec![id(&sign_in(&self.server, tenant.slug(), &tenant.email).await["session_id"])]
            }
            "DELETE /v1/candidates/{id}" | "DELETE /v1/candidates/{id}/personal-data" => {
                vec![candidate(owner, &self.unique()).await]
            }
            "DELETE /v1/candidates/{id}/hold" => {
                let candidate = candidate(owner, &self.unique()).await;
                hold(owner, &candidate).await;
                vec![candidate]
            }
            "POST /v1/plugins/{id}/versions" => vec![on_offer(owner).await],
            "DELETE /v1/resumes/{id}" => {
                vec![owner.upload("grace.txt", "Grace Hopper").await.expect(202).text("id")]
            }
            _ => Vec::new(),
        };
        let mut subjects = tenant.subjects.clone();
        made.into_iter().for_each(|id| subjects.add(id));
        if operation.name() == "POST /v1/candidates/{id}/merges" {
            subjects.double = candidate(owner, &self.unique()).await;
        }
        subjects
    }

    /// Somebody new applies for the job.
    async fn application(&self, tenant: &Tenant, job: &str) -> String {
        let candidate = candidate(&tenant.owner, &self.unique()).await;
        apply(&tenant.owner, &candidate, job).await
    }

    /// The candidate who is looked at applies for another job.
    async fn another_application(&self, tenant: &Tenant) -> String {
        let job = open_job(&tenant.owner, &self.unique()).await;
        apply(&tenant.owner, tenant.subjects.id("cand"), &job).await
    }

    /// What whoever signs in, goes on or accepts an invitation has to show.
    pub(crate) async fn secrets(&self, tenant: &Tenant, operation: &Operation) -> Value {
        match operation.name().as_str() {
            "POST /v1/auth/tokens/refresh" => sign_in(&self.server, tenant.slug(), &tenant.email).await,
            "POST /v1/auth/invitations" => {
                let email = format!("{}@new.example", self.unique());
                tenant.owner.post("/v1/members", json!({ "email": email })).await.expect(201).json()
            }
            _ => Value::Null,
        }
    }

    /// What a tenant's owner can see. What is taken out shows what lists do, and is itself seen in the audit log.
    pub(crate) async fn everything(&self, tenant: &Tenant) -> BTreeMap<String, Value> {
        let mut seen = BTreeMap::new();
        let is_looking = |operation: &&Operation| {
            let takes_out = operation.path.starts_with("/v1/exports/") || operation.path.ends_with("/export");
            operation.method == Method::GET && !takes_out
        };
        for operation in self.guarded().iter().filter(is_looking) {
            let example = self.example(operation, tenant, &tenant.subjects);
            let answer = send(example.request(&tenant.owner)).await.expect(200);
            let shown = serde_json::from_slice(&answer.body).unwrap_or_else(|_| answer.body.len().into());
            seen.insert(operation.name(), shown);
        }
        seen
    }
}

fn unique(drawn: &AtomicUsize) -> String {
    format!("thing-{}", drawn.fetch_add(1, Ordering::Relaxed))
}

/// What comes with the server for whoever wants it.
async fn on_offer(owner: &Actor) -> String {
    let plugins = owner.get("/v1/plugins?limit=200").await.expect(200).json();
    let mut plugins = plugins["data"].as_array().into_iter().flatten();
    let offer =
        plugins.find(|plugin| plugin["name"] == "mortise/llm-parser").expect("it comes with the server");
    offer["id"].as_str().expect("an id is a text").to_owned()
}

async fn sign_in(server: &Server, slug: &str, email: &str) -> Value {
    let credentials = json!({ "tenant": slug, "email": email, "password": PASSWORD });
    server.nobody().post("/v1/auth/tokens", credentials).await.expect(200).json()
}

async fn everything(server: &Server, tenant: &Tenant, drawn: &AtomicUsize) -> Subjects {
    let owner = &tenant.owner;
    let mut subjects = Subjects::default();
    subjects.add(tenant.founded.tenant.id.to_string());
    subjects.above = department(owner, &unique(drawn), None).await;
    let below = department(owner, &unique(drawn), Some(&subjects.above)).await;
    subjects.add(office(owner, &unique(drawn)).await);
    subjects.add(contact(owner, &unique(drawn), Some(&below)).await);
    subjects.add(role(owner, &unique(drawn)).await);
    subjects.add(provider(owner, &unique(drawn)).await);
    subjects.add(api_key(owner, &unique(drawn)).await);
    subjects.add(custom_field(owner, &unique(drawn)).await);
    let email = format!("viewer@{}.example", tenant.slug());
    let member = server.member(owner, &email, &[("viewer", Some(&below))]).await.member_id;
    subjects.add(assignment(owner, &member).await);
    subjects.add(member);
    subjects.add(below);
    subjects.add(id(&sign_in(server, tenant.slug(), &tenant.email).await["session_id"]));

    // The owner is a candidate, too, but not the one that is looked at.
    let own = resume(server, owner, &tenant.email).await;
    subjects.own_resume = id(&own["id"]);
    let me = owner.get("/v1/me").await.expect(200).json();
    let link = json!({ "member_id": me["member"]["id"] });
    owner.put(&format!("/v1/candidates/{}/member", id(&own["candidate_id"])), link, None).await.expect(204);
    let read = resume(server, owner, "ada@example.com").await;
    for part in [&read["id"], &read["candidate_id"], &read["parse"]["id"]] {
        subjects.add(id(part));
    }
    owner
        .put(
            "/v1/pipeline",
            json!({ "stages": PIPELINE.map(|kind| json!({ "name": kind, "kind": kind })) }),
            Some("*"),
        )
        .await
        .expect(200);
    owner.put("/v1/inference", json!({ "tokens_per_month": 1_000 }), Some("*")).await.expect(200);
    let policy = json!({ "deleted_days": 3_000 });
    owner.put("/v1/privacy-policy", policy, Some("*")).await.expect(200);
    subjects.add(skill_alias(owner, &unique(drawn)).await);
    let job = open_job(owner, &unique(drawn)).await;
    subjects.add(stage(owner, &job, "applied").await);
    subjects.add(opening(owner, &job).await);
    subjects.add(tracking_link(owner, &job).await);
    subjects.add(source_cost(owner, &unique(drawn)).await);
    let application = apply(owner, subjects.id("cand"), &job).await;
    subjects.add(id(&lines(owner, &application).await[0]["id"]));
    let held = interview(owner, &application).await;
    let evaluated = owner.post(&format!("/v1/interviews/{held}/evaluations"), json!({ "rating": 3 })).await;
    subjects.add(evaluated.expect(201).text("id"));
    subjects.add(held);
    subjects.add(offer(owner, &application).await);
    subjects.add(note(owner, subjects.id("cand")).await);
    subjects.add(saved_search(owner, &unique(drawn)).await);
    subjects.add(binding(owner, None).await);
    consent(owner, subjects.id("cand")).await;
    let erased = candidate(owner, &unique(drawn)).await;
    owner.delete(&format!("/v1/candidates/{erased}/personal-data"), Some("*")).await.expect(200);
    hold(owner, subjects.id("cand")).await;
    subjects.add(application);
    subjects.add(job);
    subjects.add(dead_task(server, owner).await);
    subjects.double = candidate(owner, &unique(drawn)).await;
    subjects.add(import(owner, &unique(drawn)).await);
    server.run_tasks().await;
    subjects.add(score(owner, subjects.id("app")).await);
    let template = json!({ "is_enabled": false, "subject": unique(drawn) });
    owner.put("/v1/email-templates/application_received", template, Some("*")).await.expect(200);
    subjects.add(failed_email(server, owner, &unique(drawn)).await);
    let endpoint = webhook_endpoint(owner, &unique(drawn)).await;
    subjects.add(delivery(owner, &endpoint).await);
    let recovery = json!({ "what": "missing", "since": "2026-03-02T09:00:00Z" });
    owner.post(&format!("/v1/webhook-endpoints/{endpoint}/recoveries"), recovery).await.expect(202);
    subjects.add(endpoint);
    // Nobody is there, so all of it has failed once and waits.
    server.run_tasks().await;
    let events = owner.get("/v1/events").await.expect(200).json();
    subjects.add(id(&events["data"][0]["id"]));
    subjects.add(trusted_key(owner, &unique(drawn)).await);
    let made = plugin(server, owner, &unique(drawn)).await;
    let trial = json!({ "resume_ids": [subjects.id("resume")] });
    let trial =
        owner.post(&format!("/v1/plugins/{}/versions/{}/trials", made[0], made[1]), trial).await.expect(202);
    subjects.add(trial.text("id"));
    made.into_iter().for_each(|id| subjects.add(id));
    server.run_tasks().await;
    let log = owner.get("/v1/audit-log").await.expect(200).json();
    subjects.add(id(&log["data"][0]["id"]));
    subjects
}

const PIPELINE: [&str; 5] = ["applied", "screening", "interview", "offer", "hired"];

async fn skill_alias(owner: &Actor, name: &str) -> String {
    owner.post("/v1/skill-aliases", json!({ "alias": name, "skill": "joinery" })).await.expect(201).text("id")
}

/// A key as it is sent.
pub(crate) fn trusted_key_named(name: &str) -> Value {
    json!({ "name": name, "public_key": STANDARD.encode(sha256(name.as_bytes())) })
}

async fn trusted_key(owner: &Actor, name: &str) -> String {
    owner.post("/v1/trusted-keys", trusted_key_named(name)).await.expect(201).text("id")
}

/// A component that reads résumés nobody has, so that having it changes nothing.
pub(crate) fn plugin_named(name: &str) -> Vec<u8> {
    plugin_in_version(name, "1.0.0")
}

fn plugin_in_version(name: &str, version: &str) -> Vec<u8> {
    let toml = format!(
        "id = \"guests/{name}\"\nversion = \"{version}\"\nkind = \"resume-parser\"\ntitle = \"{name}\"\n\
         media_types = [\"application/x-nothing\"]\n\
         [[capabilities]]\nname = \"kv\"\nreason = \"counts what it has read\"\n\
         [config_schema]\ntype = \"object\"\n\
         [config_schema.properties.note]\ntype = \"string\"\n\
         [config_schema.properties.key]\ntype = \"string\"\nx-secret = true\n"
    );
    let manifest = Manifest::from_toml(&toml).expect("it is a manifest");
    manifest::embed(&guests::bare("echo-parser"), &manifest)
}

/// A plugin that is ready, and its version.
async fn plugin(server: &Server, owner: &Actor, name: &str) -> [String; 2] {
    ready_plugin(server, owner, name, plugin_named(name)).await
}

/// The same with another version beside the one in use: that one.
async fn plugin_with_next(server: &Server, owner: &Actor, name: &str) -> [String; 2] {
    activate(owner, &plugin(server, owner, name).await).await;
    ready_plugin(server, owner, name, plugin_in_version(name, "1.1.0")).await
}

async fn ready_plugin(server: &Server, owner: &Actor, name: &str, component: Vec<u8>) -> [String; 2] {
    let component = Part::bytes(component).file_name("plugin.wasm");
    let form = Form::new().text("allow_unsigned", "true").part("component", component);
    let made = send(owner.request(Method::POST, "/v1/plugins").multipart(form)).await.expect(202);
    server.run_tasks().await;
    let made = [made.text("plugin_id"), made.text("id")];
    let version = format!("/v1/plugins/{}/versions/{}", made[0], made[1]);
    let config = json!({ "config": { "note": name, "key": "hush-hush" } });
    owner.put(&format!("{version}/config"), config, Some("*")).await.expect(200);
    owner.put(&format!("{version}/consent"), json!({ "capabilities": [] }), Some("*")).await.expect(200);
    made
}

async fn activate(owner: &Actor, made: &[String; 2]) {
    let [plugin, version] = made;
    let active = json!({ "version_id": version });
    owner.put(&format!("/v1/plugins/{plugin}/active-version"), active, Some("*")).await.expect(200);
}

/// A task that failed for good.
async fn dead_task(server: &Server, owner: &Actor) -> String {
    owner.upload("grace.txt", "Grace Hopper").await.expect(202);
    let died =
        "update tasks set state = 3, finished_at = created_at where state = 0 and kind = 'resumes.read'";
    rows::change(&server.services().config.database_url(), died).await.expect("the database answers");
    let dead = owner.get("/v1/tasks?state=dead").await.expect(200).json();
    id(&dead["data"][0]["id"])
}

async fn consent(owner: &Actor, candidate: &str) {
    let given = json!({ "purpose": "talent_pool", "is_given": true });
    owner.post(&format!("/v1/candidates/{candidate}/consents"), given).await.expect(201);
}

/// Nobody may erase the candidate.
async fn hold(owner: &Actor, candidate: &str) {
    let hold = json!({ "reason": "A dispute" });
    owner.put(&format!("/v1/candidates/{candidate}/hold"), hold, Some("*")).await.expect(200);
}

/// An interview that the owner holds.
async fn interview(owner: &Actor, application: &str) -> String {
    let me = owner.get("/v1/me").await.expect(200).json();
    let new = interview_held_by(&id(&me["member"]["id"]));
    owner.post(&format!("/v1/applications/{application}/interviews"), new).await.expect(201).text("id")
}

/// An interview as it is sent.
pub(crate) fn interview_held_by(member: &str) -> Value {
    json!({
        "kind": "phone", "starts_at": "2026-03-09T10:00:00Z", "duration_minutes": 30, "interviewers": [member],
    })
}

async fn offer(owner: &Actor, application: &str) -> String {
    let new = json!({ "terms": { "title": "Joiner" } });
    owner.post(&format!("/v1/applications/{application}/offers"), new).await.expect(201).text("id")
}

async fn tracking_link(owner: &Actor, job: &str) -> String {
    let link = json!({ "name": "The poster", "source": "fair" });
    owner.post(&format!("/v1/jobs/{job}/tracking-links"), link).await.expect(201).text("id")
}

/// A cost as it is sent.
pub(crate) fn source_cost_named(name: &str) -> Value {
    let cost = json!({ "currency": "EUR", "amount": 1_000 });
    json!({ "source": name, "starts_on": "2026-01-01", "ends_on": "2026-01-31", "cost": cost })
}

async fn source_cost(owner: &Actor, name: &str) -> String {
    owner.post("/v1/source-costs", source_cost_named(name)).await.expect(201).text("id")
}

async fn note(owner: &Actor, candidate: &str) -> String {
    let note = json!({ "candidate_id": candidate, "body": "Called." });
    owner.post("/v1/notes", note).await.expect(201).text("id")
}

async fn saved_search(owner: &Actor, name: &str) -> String {
    let search = json!({ "subject": "candidates", "name": name, "query": { "q": "rust" } });
    owner.post("/v1/saved-searches", search).await.expect(201).text("id")
}

/// The default scoring rule, for a job or for all of them.
async fn binding(owner: &Actor, job: Option<&str>) -> String {
    let new = json!({ "kind": "scoring", "plugin": "mortise/skills-score", "job_id": job });
    owner.post("/v1/plugin-bindings", new).await.expect(201).text("id")
}

/// The first score of an application that was scored.
async fn score(owner: &Actor, application: &str) -> String {
    let scores = owner.get(&format!("/v1/applications/{application}/scores")).await.expect(200).json();
    id(&scores["data"][0]["id"])
}

/// An import of one candidate, which waits.
async fn import(owner: &Actor, name: &str) -> String {
    let row = json!({ "name": name, "emails": [format!("{name}@imported.example")] }).to_string();
    owner.import("candidates.ndjson", row, &[("kind", "candidates")]).await.expect(202).text("id")
}

/// To an address that no server takes.
async fn failed_email(server: &Server, owner: &Actor, name: &str) -> String {
    invited(owner, &format!("{name}<"), &[]).await;
    server.run_tasks().await;
    let failed = owner.get("/v1/emails?state=failed&limit=1").await.expect(200).json();
    id(&failed["data"][0]["id"])
}

async fn draft(owner: &Actor, title: &str) -> String {
    owner.post("/v1/jobs", json!({ "title": title })).await.expect(201).text("id")
}

async fn opening(owner: &Actor, job: &str) -> String {
    let added = owner.post(&format!("/v1/jobs/{job}/openings"), json!({})).await.expect(201).json();
    id(&added["data"][0]["id"])
}

/// Uploads a résumé and has it read.
async fn resume(server: &Server, owner: &Actor, email: &str) -> Value {
    let text = samples::text_resume("Ada Lovelace", email);
    let resume = owner.upload("ada.txt", text).await.expect(202).text("id");
    server.run_tasks().await;
    let read = owner.get(&format!("/v1/resumes/{resume}")).await.expect(200).json();
    assert_eq!(read["status"], "success", "{read:#}");
    read
}

fn id(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("an id is a text, not {value}")).to_owned()
}

async fn role(owner: &Actor, name: &str) -> String {
    let role = json!({ "name": name, "permissions": ["candidate:read"] });
    owner.post("/v1/roles", role).await.expect(201).text("id")
}

async fn department(owner: &Actor, name: &str, parent: Option<&str>) -> String {
    owner.post("/v1/departments", json!({ "name": name, "parent_id": parent })).await.expect(201).text("id")
}

async fn office(owner: &Actor, name: &str) -> String {
    owner.post("/v1/offices", json!({ "name": name })).await.expect(201).text("id")
}

async fn contact(owner: &Actor, name: &str, department: Option<&str>) -> String {
    owner
        .post("/v1/contacts", json!({ "name": name, "department_id": department }))
        .await
        .expect(201)
        .text("id")
}

async fn provider(owner: &Actor, name: &str) -> String {
    owner.post("/v1/identity-providers", provider_named(name, &json!([]))).await.expect(201).text("id")
}

/// A provider as it is sent.
pub(crate) fn provider_named(name: &str, mappings: &Value) -> Value {
    json!({
        "name": name, "issuer": format!("https://{name}.example"), "audience": "mortise",
        "jwks_url": "https://127.0.0.1:9/keys", "role_claim": "groups", "role_mappings": mappings,
    })
}

async fn webhook_endpoint(owner: &Actor, name: &str) -> String {
    owner.post("/v1/webhook-endpoints", webhook_endpoint_named(name)).await.expect(201).text("id")
}

/// A webhook endpoint as it is sent.
pub(crate) fn webhook_endpoint_named(name: &str) -> Value {
    let headers = json!({ "x-name": name });
    json!({ "url": "https://127.0.0.1:9/hooks", "event_types": ["job.created"], "headers": headers })
}

/// An event that never happened, on its way.
async fn delivery(owner: &Actor, endpoint: &str) -> String {
    let path = format!("/v1/webhook-endpoints/{endpoint}/test");
    owner.post(&path, json!({})).await.expect(202).text("id")
}

async fn api_key(owner: &Actor, name: &str) -> String {
    let key = json!({ "name": name, "permissions": ["candidate:read"] });
    owner.post("/v1/api-keys", key).await.expect(201).text("id")
}

async fn custom_field(owner: &Actor, name: &str) -> String {
    owner.post("/v1/custom-fields", custom_field_named(name)).await.expect(201).text("id")
}

/// A custom field as it is sent.
pub(crate) fn custom_field_named(name: &str) -> Value {
    json!({ "subject": "candidate", "key": name.replace('-', "_"), "label": name, "kind": "text" })
}

async fn invited(owner: &Actor, name: &str, roles: &[Value]) -> String {
    let member = json!({ "email": format!("{name}@new.example"), "roles": roles });
    let invited = owner.post("/v1/members", member).await.expect(201).json();
    id(&invited["member"]["id"])
}

async fn assignment(owner: &Actor, member: &str) -> String {
    let held = owner.get(&format!("/v1/members/{member}/roles")).await.expect(200).json();
    id(&held["data"][0]["id"])
}
