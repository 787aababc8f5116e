//! Every operation of the OpenAPI document turns away nobodies, credentials without its permission and other tenants,
//! and answers what the document says.

use std::collections::HashMap;
use std::{fmt, mem};

use mortise_host::permissions::{Permission, Permissions};
use mortise_tests::actor::{Actor, Answer, send};
use serde_json::json;

use super::forged;
use super::operations::{Example, Operation, PUBLIC};
use super::two_tenants::{Tenant, World};

#[tokio::test]
async fn every_operation_turns_nobody_away() {
    let world = World::new().await;
    let acme = &world.acme;
    let key = acme.founded.key.reveal();
    let bad = forged::every(&world.server, &key, acme.owner.key(), &acme.expired).await;
    let nobody = world.server.nobody();
    let mut impostors: Vec<_> = bad.into_iter().map(|(what, bad)| (what, nobody.with_key(bad))).collect();
    impostors.push(("no credential at all".into(), nobody));

    for operation in world.guarded() {
        let example = world.example(&operation, acme, &acme.subjects);
        for (what, impostor) in &impostors {
            let answer = send(example.request(impostor)).await;

            let place = format!("{} with {what}", operation.name());
            assert_eq!(answer.status, 401, "{place}: {answer:?}");
            assert_eq!(answer.text("code"), "unauthenticated", "{place}");
            assert_eq!(answer.header("www-authenticate"), Some("Bearer realm=\"mortise\""), "{place}");
        }
    }
}

/// What a forgery is made of is not what it fails by.
#[tokio::test]
async fn a_forgery_without_a_fault_gets_in() {
    let world = World::new().await;
    let token = forged::faultless(&world.server, world.acme.owner.key()).await;

    world.server.nobody().with_key(token).get("/v1/me").await.expect(200);
}

#[tokio::test]
async fn public_operations_are_few_and_take_nobody() {
    let world = World::new().await;
    let operations = world.operations();
    let public: Vec<_> = operations.iter().filter(|operation| operation.is_public()).collect();
    assert_eq!(public.len(), PUBLIC.len(), "an operation of the list is gone");

    for operation in public {
        let nobody = world.server.nobody();
        for somebody in [nobody.clone(), nobody.with_key("mortise_")] {
            let secrets = world.secrets(&world.acme, operation).await;
            let example = world.example_with(operation, &world.acme, &world.acme.subjects, &secrets);
            let answer = send(example.request(&somebody)).await;

            assert!((200..300).contains(&answer.status), "{}: {answer:?}", operation.name());
        }
    }
}

#[tokio::test]
async fn every_operation_needs_the_permission_it_names() {
    let world = World::new().await;
    let acme = &world.acme;
    let member = Member::of(&world).await;

    for operation in world.guarded() {
        let name = operation.name();
        let needed = operation.permission().unwrap_or_else(|| panic!("{name} names no permission"));
        let word = needed.as_str();
        let standing = world.example(&operation, acme, &acme.subjects);
        let standing = world.present_version(&standing, acme).await;

        let everything_else = Permissions::ALL.without(needed);
        for (who, actor) in member.and_key(&world, &operation, everything_else).await {
            let answer = send(standing.request(&actor)).await;

            assert_eq!(answer.status, 403, "{name} as {who} without {word}: {answer:?}");
            assert_eq!(answer.text("code"), "forbidden", "{name} as {who}");
            assert!(answer.text("detail").contains(word), "{name} as {who}: {answer:?}");
        }

        for (who, actor) in member.and_key(&world, &operation, Permissions::of(&[needed])).await {
            let subjects = world.subjects(acme, &operation).await;
            let example = world.example(&operation, acme, &subjects);
            let answer = send(world.present_version(&example, acme).await.request(&actor)).await;

            let is_forbidden = answer.status == 403 && answer.text("code") == "forbidden";
            assert!(!is_forbidden, "{name} as {who} with {word} alone: {answer:?}");
        }
    }
}

#[tokio::test]
async fn every_operation_hides_what_is_another_tenants() {
    let world = World::new().await;
    let mut tried = HashMap::new();

    for (tenant, stranger) in world.both_directions() {
        for operation in world.guarded() {
            for (what, example) in attempts(&world, &operation, stranger, tenant).await {
                let actor = world.owner(stranger, &operation).await;
                let answer = send(example.request(&actor)).await;

                let place = format!("{} with {what}", operation.name());
                match what {
                    Attempt::PathId(_) | Attempt::BodyId(_) => {
                        assert_eq!(answer.status, 404, "{place}: {answer:?}");
                        assert_eq!(answer.text("code"), "not_found", "{place}");
                    }
                    Attempt::QueryId(_) => {
                        assert!([200, 404].contains(&answer.status), "{place}: {answer:?}");
                    }
                    Attempt::Cursor => assert_eq!(answer.status, 422, "{place}: {answer:?}"),
                    Attempt::OwnThings => {
                        assert!((200..300).contains(&answer.status), "{place}: {answer:?}");
                    }
                }
                shows_nothing_of(tenant, &answer, &place);
                *tried.entry(mem::discriminant(&what)).or_insert(0) += 1;
            }
        }
    }
    assert!(
        tried.len() == 5 && tried.values().all(|count| *count >= 10),
        "not every way was tried: {tried:?}"
    );
}

#[tokio::test]
async fn what_another_tenant_tried_changes_nothing() {
    let world = World::new().await;

    for (tenant, stranger) in world.both_directions() {
        let before = world.everything(tenant).await;
        for operation in world.guarded() {
            for (_, example) in attempts(&world, &operation, stranger, tenant).await {
                let actor = world.owner(stranger, &operation).await;
                send(example.request(&actor)).await;
            }
        }
        world.server.run_tasks().await;

        let after = world.everything(tenant).await;
        for (name, seen) in &before {
            assert_eq!(
                after[name],
                *seen,
                "{name} as {} after what {} tried",
                tenant.slug(),
                stranger.slug()
            );
        }
    }
}

#[tokio::test]
async fn every_operation_is_described() {
    let world = World::new().await;
    let mut names = std::collections::BTreeSet::new();

    for operation in world.operations() {
        let Operation { described, .. } = &operation;
        let name = operation.name();
        assert!(
            described["summary"].as_str().is_some_and(|summary| summary.len() > 3),
            "{name} has no summary"
        );
        let id = described["operationId"].as_str().unwrap_or_else(|| panic!("{name} has no operationId"));
        assert!(names.insert(id.to_owned()), "{name} is not the only {id}");
        assert_eq!(described["tags"].as_array().map(Vec::len), Some(1), "{name} has one tag");
        let responses = described["responses"].as_object().expect("every operation has responses");
        let mut always = vec!["422", "429", "500", "503"];
        if operation.is_public() {
            assert_eq!(described["security"], json!([{}]), "{name} is public and says otherwise");
            assert!(described["x-permission"].is_null(), "{name} is public and names a permission");
        } else {
            assert!(operation.permission().is_some(), "{name} names no permission in x-permission");
            assert_eq!(described["security"], json!([{ "bearer": [] }]), "{name} asks for no credential");
            always.extend(["401", "403"]);
        }
        if operation.needs_version() {
            always.extend(["412", "428"]);
        }
        for status in always {
            assert!(responses.contains_key(status), "{name} does not describe {status}");
        }
        let (status, success) = responses
            .iter()
            .find(|(status, _)| status.starts_with('2'))
            .unwrap_or_else(|| panic!("{name}: no 2xx"));
        let media: Vec<_> =
            success["content"].as_object().into_iter().flat_map(|content| content.values()).collect();
        assert_eq!(media.is_empty(), status == "204", "{name} {status}: is there a body?");
        assert!(media.iter().all(|media| media["schema"].is_object()), "{name} {status} has no schema");
        for parameter in operation.braces() {
            let is_there = operation.parameters().any(|p| p["in"] == "path" && p["name"] == parameter);
            assert!(is_there, "{name} does not describe {parameter}");
        }
    }
}

#[tokio::test]
async fn every_answer_is_what_the_document_says() {
    let world = World::new().await;

    for operation in world.operations() {
        let subjects = world.subjects(&world.acme, &operation).await;
        let secrets = world.secrets(&world.acme, &operation).await;
        let example = world.example_with(&operation, &world.acme, &subjects, &secrets);
        let versioned = world.present_version(&example, &world.acme).await;
        let owner = world.owner(&world.acme, &operation).await;
        let stranger = world.owner(&world.globex, &operation).await;
        let mut answers = Vec::new();
        if operation.needs_version() {
            for (version, expected) in [(Some("\"0\""), 412), (None, 428)] {
                let answer = send(example.with_version(version).request(&owner)).await;
                assert_eq!(answer.status, expected, "{}: {answer:?}", operation.name());
                answers.push(answer);
            }
        }
        let answer = send(versioned.request(&owner)).await;
        assert!((200..300).contains(&answer.status), "{}: {answer:?}", operation.name());
        answers.push(answer);
        answers.push(send(example.request(&stranger)).await);
        answers.push(send(example.request(&world.server.nobody())).await);
        for answer in &answers {
            check(&world, &operation, answer);
        }
        world.server.run_tasks().await;
    }
}

#[tokio::test]
async fn the_document_describes_every_route() {
    let world = World::new().await;
    let written: Vec<_> = world.operations().iter().map(Operation::name).collect();

    let routes = super::sources::read("host/src/resources");
    let declared: usize = routes.iter().map(|source| source.text.matches("#[utoipa::path(").count()).sum();

    assert_eq!(written.len(), declared, "{written:?}");
    let hidden: Vec<_> = routes.iter().filter(|s| s.text.contains(".route(")).map(|s| &s.path).collect();
    assert!(hidden.is_empty(), "routes that the document does not know: {hidden:?}");
}

/// A member whose one role holds what the law is about just now.
struct Member {
    actor: Actor,
    email: String,
    role: String,
}

impl Member {
    async fn of(world: &World) -> Self {
        let owner = &world.acme.owner;
        let role = json!({ "name": world.unique(), "permissions": ["me:read"] });
        let role = owner.post("/v1/roles", role).await.expect(201).text("id");
        let email = format!("{}@new.example", world.unique());
        let member = json!({ "email": email, "roles": [{ "role_id": role }] });
        let invitation = owner.post("/v1/members", member).await.expect(201).text("invitation_token");
        let actor = world.server.accept(&invitation, &email).await.actor;
        Self { actor, email, role }
    }

    /// Two who may do just this: the member by their role, and a key of the owner's.
    async fn and_key(
        &self,
        world: &World,
        operation: &Operation,
        permissions: Permissions,
    ) -> [(&'static str, Actor); 2] {
        let acme = &world.acme;
        // No role but the owners' own holds that one, and no operation asks for it.
        let held = json!({ "permissions": permissions.without(Permission::TenantOwn).words() });
        acme.owner.patch(&format!("/v1/roles/{}", self.role), held, "*").await.expect(200);
        let member = world.in_session(&self.actor, acme.slug(), &self.email, operation).await;
        let key = world.server.restricted(&acme.founded, permissions).await;
        [("a member", member), ("an API key", key)]
    }
}

/// How a stranger might come at what is another tenant's.
enum Attempt {
    /// Its id in these braces of the path, beside the stranger's own.
    PathId(String),
    /// In this parameter of the query.
    QueryId(String),
    /// At this place of the body, beside what is valid.
    BodyId(String),
    /// The cursor of a list of its own.
    Cursor,
    /// Naming nothing at all.
    OwnThings,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Attempt::PathId(name) => write!(f, "the tenant's {name} in its path"),
            Attempt::QueryId(name) => write!(f, "the tenant's id as {name}"),
            Attempt::BodyId(pointer) => write!(f, "the tenant's id at {pointer}"),
            Attempt::Cursor => f.write_str("the tenant's cursor"),
            Attempt::OwnThings => f.write_str("nothing but its own"),
        }
    }
}

/// Every way the document leaves a stranger to name what is the tenant's.
async fn attempts(
    world: &World,
    operation: &Operation,
    stranger: &Tenant,
    tenant: &Tenant,
) -> Vec<(Attempt, Example)> {
    let subjects = world.subjects(stranger, operation).await;
    let own = || world.example(operation, stranger, &subjects);
    let mut attempts = Vec::new();
    let named = operation.braces().into_iter().map(|name| (world.prefix(operation, &name), name));
    let braces: Vec<_> = named.filter_map(|(prefix, name)| Some((name, prefix?))).collect();
    for (name, prefix) in &braces {
        let id = tenant.subjects.id(prefix);
        attempts.push((Attempt::PathId(name.clone()), own().with_path_id(name, id)));
    }
    match braces.len() {
        0 => attempts.push((Attempt::OwnThings, own())),
        1 => {}
        _ => {
            let all = world.example(operation, tenant, &tenant.subjects);
            let names: Vec<_> = braces.iter().map(|(name, _)| name.as_str()).collect();
            attempts.push((Attempt::PathId(names.join(" and ")), all));
        }
    }
    for (pointer, prefix) in world.ids_in_body(operation) {
        let example = own().with_body_id(&pointer, tenant.subjects.id(&prefix));
        attempts.push((Attempt::BodyId(pointer), example));
    }
    for parameter in operation.query_parameters() {
        let name = parameter["name"].as_str().expect("a parameter has a name");
        let ids: Vec<_> = match world.id_prefix(&parameter["schema"]) {
            Some(prefix) => vec![tenant.subjects.id(&prefix)],
            // One that takes ids of several kinds has no pattern.
            None if name.ends_with("_id") => tenant.subjects.every().collect(),
            None => Vec::new(),
        };
        let named = ids.into_iter().map(|id| (Attempt::QueryId(name.to_owned()), own().with_query(name, id)));
        attempts.extend(named);
        if name == "cursor" {
            let first = world.example(operation, tenant, &tenant.subjects).with_query("limit", "1");
            let first = send(first.request(&tenant.owner)).await.expect(200).json();
            if let Some(cursor) = first["next_cursor"].as_str() {
                attempts.push((Attempt::Cursor, own().with_query(name, cursor)));
            }
        }
    }
    attempts
}

fn shows_nothing_of(tenant: &Tenant, answer: &Answer, place: &str) {
    let shown = format!("{:?} {}", answer.headers, String::from_utf8_lossy(&answer.body));
    for secret in tenant.subjects.every().chain([tenant.email.as_str()]) {
        assert!(!shown.contains(secret), "{place} shows {secret} to another tenant: {shown}");
    }
}

/// The answer has a documented status, and its body the documented shape.
fn check(world: &World, operation: &Operation, answer: &Answer) {
    let place = format!("{} {}", operation.name(), answer.status);
    let described = &operation.described["responses"][answer.status.to_string()];
    assert!(described.is_object(), "{place} is not described: {answer:?}");
    let Some(content) = described["content"].as_object() else {
        assert!(answer.body.is_empty(), "{place} has a body that is not described: {answer:?}");
        return;
    };
    let media_type = answer.header("content-type").expect("an answer says what it is");
    let Some(media) = content.get(media_type) else {
        panic!("{place} answers {media_type}, which is not described")
    };
    if operation.path.ends_with("/file") && answer.status == 200 {
        return;
    }
    if media_type == "application/zip" {
        assert!(answer.body.starts_with(b"PK"), "{place} is no archive");
        return;
    }
    let bodies = match media_type {
        "application/x-ndjson" => answer.lines(),
        _ => vec![answer.json()],
    };
    let described = match media_type {
        "application/x-ndjson" => &operation.described["x-lines"],
        _ => &media["schema"],
    };
    assert!(described.is_object(), "{place} has no schema");
    let schema = json!({ "allOf": [described], "components": world.document["components"] });
    let validator = jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{place}: {error}"));
    for body in bodies {
        let faults: Vec<_> =
            validator.iter_errors(&body).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{place} is not what the document says:\n{}\n{body:#}", faults.join("\n"));
    }
}

/// Everything that happens while every operation is called is of a type that is described, and holds what it says.
#[tokio::test]
async fn every_event_is_what_its_type_says() {
    let world = World::new().await;
    let owner = &world.acme.owner;
    for operation in world.operations() {
        let subjects = world.subjects(&world.acme, &operation).await;
        let secrets = world.secrets(&world.acme, &operation).await;
        let example = world.example_with(&operation, &world.acme, &subjects, &secrets);
        let versioned = world.present_version(&example, &world.acme).await;
        send(versioned.request(&world.owner(&world.acme, &operation).await)).await;
    }
    world.server.run_tasks().await;
    let types = owner.get("/v1/event-types").await.expect(200).json()["data"].clone();

    let (mut happened, mut after) = (std::collections::BTreeSet::new(), String::new());
    loop {
        let part = owner.get(&format!("/v1/events?limit=200{after}")).await.expect(200).json();
        for event in part["data"].as_array().expect("it is a list") {
            let mut types = types.as_array().into_iter().flatten();
            let described = types.find(|described| described["type"] == event["type"]);
            let described = described.unwrap_or_else(|| panic!("{event:#} is of no type that is described"));
            let faults = crate::webhooks::event_faults(described, &event["data"]);
            assert!(faults.is_empty(), "{event:#}: {faults:?}");
            happened.insert(event["type"].to_string());
        }
        after = format!("&after={}", part["next_cursor"].as_str().expect("it is a text"));
        if part["has_more"] == false {
            break;
        }
    }
    assert!(happened.len() > 20, "too little happened to prove much: {happened:?}");
}
