//! Every operation of the OpenAPI document turns away nobodies, keys without its permission and other tenants, and
//! answers what the document says.

use std::collections::BTreeMap;

use mortise_host::caller::{Permission, Permissions};
use mortise_host::resources::api_keys::Token;
use mortise_tests::actor::{Actor, Answer, send};
use mortise_tests::samples;
use mortise_tests::server::Server;
use reqwest::multipart::{Form, Part};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};

/// One operation as the document has it.
struct Operation {
    method: Method,
    path: String,
    described: Value,
}

impl Operation {
    fn name(&self) -> String {
        format!("{} {}", self.method, self.path)
    }

    fn permission(&self) -> Option<Permission> {
        let word = self.described["x-permission"].as_str()?;
        Permission::EVERY.iter().copied().find(|permission| permission.as_str() == word)
    }
}

/// A server with a tenant that has one of everything, and a tenant that has nothing.
struct World {
    server: Server,
    owner: Actor,
    stranger: Actor,
    document: Value,
    /// Ids of the owner's things, by prefix.
    ids: BTreeMap<String, String>,
    founded: mortise_host::resources::api_keys::actions::Founded,
}

/// How an operation without an id in its path could touch what is another tenant's.
enum Reach {
    /// It answers what is there, so it must answer nothing.
    Lists,
    /// It takes an id in its body, so there must be no such thing.
    NamesInBody,
}

#[tokio::test]
async fn every_operation_turns_nobody_away() {
    let world = World::new().await;

    for operation in world.operations() {
        for (who, actor) in world.impostors() {
            let answer = send(world.request(&operation, &actor)).await;

            assert_eq!(answer.status, 401, "{} {who}: {answer:?}", operation.name());
            assert_eq!(answer.text("code"), "unauthenticated");
            assert_eq!(
                answer.header("www-authenticate"),
                Some("Bearer realm=\"mortise\""),
                "{}",
                operation.name()
            );
        }
    }
}

#[tokio::test]
async fn every_operation_needs_the_permission_it_names() {
    let world = World::new().await;

    for operation in world.operations() {
        let needed =
            operation.permission().unwrap_or_else(|| panic!("{} names no permission", operation.name()));
        let without = world.server.restricted(&world.founded, Permissions::ALL.without(needed)).await;
        let refused = send(world.request(&operation, &without)).await;

        assert_eq!(refused.status, 403, "{} without {}: {refused:?}", operation.name(), needed.as_str());
        assert_eq!(refused.text("code"), "forbidden");
        assert!(refused.text("detail").contains(needed.as_str()), "{refused:?}");

        let with = world.server.restricted(&world.founded, Permissions::NONE.with(needed)).await;
        let answer = send(world.request(&operation, &with)).await;

        assert_ne!(answer.status, 403, "{} with {} alone: {answer:?}", operation.name(), needed.as_str());
    }
}

#[tokio::test]
async fn every_operation_hides_what_is_another_tenants() {
    let world = World::new().await;

    for operation in world.operations() {
        let answer = send(world.request(&operation, &world.stranger)).await;

        let expected = match reach(&operation) {
            Some(Reach::Lists) => 200,
            Some(Reach::NamesInBody) | None => 404,
        };
        assert_eq!(answer.status, expected, "{} as another tenant: {answer:?}", operation.name());
        let body = String::from_utf8_lossy(&answer.body);
        for id in world.ids.values() {
            assert!(!body.contains(id.as_str()), "{} shows {id} to another tenant: {body}", operation.name());
        }
        let headers = format!("{:?}", answer.headers);
        assert!(
            !world.ids.values().any(|id| headers.contains(id.as_str())),
            "{}: {headers}",
            operation.name()
        );
    }
}

#[tokio::test]
async fn what_another_tenant_tried_changes_nothing() {
    let world = World::new().await;
    let before = world.everything().await;

    for operation in world.operations() {
        send(world.request(&operation, &world.stranger)).await;
    }
    world.server.run_tasks().await;

    assert_eq!(world.everything().await, before);
}

#[tokio::test]
async fn every_operation_is_described() {
    let world = World::new().await;

    for operation in world.operations() {
        let Operation { described, .. } = &operation;
        let name = operation.name();
        assert!(
            described["summary"].as_str().is_some_and(|summary| summary.len() > 3),
            "{name} has no summary"
        );
        assert!(described["operationId"].is_string(), "{name} has no operationId");
        assert_eq!(described["tags"].as_array().map(Vec::len), Some(1), "{name} has one tag");
        assert!(
            operation.permission().is_some(),
            "{name} names no permission of this server in x-permission"
        );
        assert!(!described["security"].as_array().is_none_or(Vec::is_empty), "{name} asks for no credential");
        let responses = described["responses"].as_object().expect("every operation has responses");
        let (status, success) = responses
            .iter()
            .find(|(status, _)| status.starts_with('2'))
            .unwrap_or_else(|| panic!("{name}: no 2xx"));
        let content =
            success["content"].as_object().unwrap_or_else(|| panic!("{name} {status} has no content"));
        assert!(content.values().all(|media| media["schema"].is_object()), "{name} {status} has no schema");
        for status in ["401", "403", "500", "503"] {
            assert!(responses.contains_key(status), "{name} does not describe {status}");
        }
        for parameter in in_braces(&operation.path) {
            let parameters = described["parameters"].as_array().expect("a path with braces has parameters");
            let is_there = parameters.iter().any(|p| p["in"] == "path" && p["name"] == parameter);
            assert!(is_there, "{name} does not describe {parameter}");
        }
    }
}

#[tokio::test]
async fn every_answer_is_what_the_document_says() {
    let world = World::new().await;

    for operation in world.operations() {
        let answers = [
            send(world.request(&operation, &world.owner)).await,
            send(world.request(&operation, &world.stranger)).await,
            send(world.request(&operation, &world.server.nobody())).await,
        ];

        assert!((200..300).contains(&answers[0].status), "{}: {:?}", operation.name(), answers[0]);
        for answer in answers {
            world.check(&operation, &answer);
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

fn reach(operation: &Operation) -> Option<Reach> {
    if operation.path.contains('{') {
        return None;
    }
    match operation.name().as_str() {
        "GET /v1/candidates" => Some(Reach::Lists),
        "POST /v1/resumes" => Some(Reach::NamesInBody),
        other => panic!("{other} is new: say how it could reach what is another tenant's"),
    }
}

impl World {
    async fn new() -> Self {
        let server = Server::start().await;
        let founded = server.found("acme").await;
        let owner = server.actor(&founded.key);
        let stranger = server.tenant("stranger").await;
        let text = samples::text_resume("Ada Lovelace", "ada@example.com");
        let resume = owner.upload("ada.txt", text).await.expect(202).text("id");
        server.run_tasks().await;
        let read = owner.get(&format!("/v1/resumes/{resume}")).await.expect(200).json();
        assert_eq!(read["status"], "success", "{read:#}");
        let ids = [&read["id"], &read["candidate_id"], &read["parse"]["id"]];
        let ids = ids.map(|id| id.as_str().expect("an id is a text").to_owned());
        let by_prefix = |id: String| (id.rsplit_once('_').expect("an id has a prefix").0.to_owned(), id);
        let ids = ids.into_iter().map(by_prefix).collect();
        let document = server.nobody().get("/openapi.json").await.expect(200).json();
        Self { server, owner, stranger, document, ids, founded }
    }

    fn operations(&self) -> Vec<Operation> {
        let mut operations = Vec::new();
        for (path, item) in self.document["paths"].as_object().expect("the document has paths") {
            assert!(path.starts_with("/v1/"), "{path} is outside /v1");
            for (method, described) in item.as_object().expect("a path holds operations") {
                let method = method.to_uppercase().parse().expect("it is a method");
                operations.push(Operation { method, path: path.clone(), described: described.clone() });
            }
        }
        assert!(operations.len() > 5, "only {} operations", operations.len());
        operations
    }

    /// Whoever must not get in.
    fn impostors(&self) -> [(&'static str, Actor); 5] {
        let key = self.owner.key();
        let (rest, last) = key.split_at(key.len() - 1);
        let mistyped = format!("{rest}{}", if last == "x" { "y" } else { "x" });
        let nobody = self.server.nobody();
        [
            ("without a key", nobody.clone()),
            ("with a mistyped key", nobody.with_key(mistyped)),
            ("with a key that was never issued", nobody.with_key(Token::draw().reveal())),
            ("with something else", nobody.with_key("mortise_")),
            ("with an empty key", nobody.with_key("")),
        ]
    }

    /// A valid request of the operation, about the owner's things.
    fn request(&self, operation: &Operation, actor: &Actor) -> RequestBuilder {
        let mut path = operation.path.clone();
        for parameter in in_braces(&operation.path) {
            let id = self.id_for(operation, &parameter);
            path = path.replace(&format!("{{{parameter}}}"), id);
        }
        let request = actor.request(operation.method.clone(), &path);
        if operation.described["requestBody"].is_null() {
            return request;
        }
        match operation.name().as_str() {
            "POST /v1/resumes" => request.multipart(self.upload()),
            "POST /v1/resumes/{id}/parses" => request.json(&json!({})),
            other => panic!("{other} is new: say what a valid body is"),
        }
    }

    fn upload(&self) -> Form {
        let file =
            Part::bytes(samples::text_resume("Grace Hopper", "grace@example.com")).file_name("grace.txt");
        Form::new().part("file", file).text("candidate_id", self.ids["cand"].clone())
    }

    /// The parameter's pattern says whose id it is.
    fn id_for(&self, operation: &Operation, parameter: &str) -> &str {
        let described = operation.described["parameters"].as_array().into_iter().flatten();
        let mut schema = described.filter(|p| p["name"] == parameter).map(|p| &p["schema"]);
        let schema =
            schema.next().unwrap_or_else(|| panic!("{} does not describe {parameter}", operation.name()));
        let schema = match schema["$ref"].as_str() {
            Some(reference) => {
                self.document.pointer(reference.trim_start_matches('#')).expect("it refers to something")
            }
            None => schema,
        };
        let pattern =
            schema["pattern"].as_str().unwrap_or_else(|| panic!("{parameter} has no pattern: {schema}"));
        let prefix = pattern.trim_start_matches('^').split('_').next().unwrap_or_default();
        let id = self.ids.get(prefix);
        id.unwrap_or_else(|| panic!("{}: give the tenant a thing with the prefix {prefix}", operation.name()))
    }

    /// The answer has a documented status, and its body the documented shape.
    fn check(&self, operation: &Operation, answer: &Answer) {
        let place = format!("{} {}", operation.name(), answer.status);
        let described = &operation.described["responses"][answer.status.to_string()];
        assert!(described.is_object(), "{place} is not described: {answer:?}");
        let media_type = answer.header("content-type").expect("an answer says what it is");
        let content = described["content"].as_object().expect("an answer has a body");
        let Some(media) = content.get(media_type) else {
            assert!(content.contains_key("application/octet-stream"), "{place} answers {media_type}");
            return;
        };
        let body = answer.json();
        let schema = json!({ "allOf": [media["schema"]], "components": self.document["components"] });
        let validator = jsonschema::validator_for(&schema).unwrap_or_else(|error| panic!("{place}: {error}"));
        let faults: Vec<_> =
            validator.iter_errors(&body).map(|e| format!("{}: {e}", e.instance_path())).collect();
        assert!(faults.is_empty(), "{place} is not what the document says:\n{}\n{body:#}", faults.join("\n"));
    }

    /// What the owner can see.
    async fn everything(&self) -> Vec<Value> {
        let mut seen = Vec::new();
        for operation in self.operations().iter().filter(|operation| operation.method == Method::GET) {
            let answer = send(self.request(operation, &self.owner)).await;
            seen.push(serde_json::from_slice(&answer.body).unwrap_or_else(|_| answer.body.len().into()));
        }
        seen
    }
}

fn in_braces(path: &str) -> Vec<String> {
    path.split('{').skip(1).filter_map(|rest| rest.split_once('}')).map(|(name, _)| name.to_owned()).collect()
}
