//! A company that hires: two departments with an open job each, somebody who applied for each, and members who see the one
//! or the other.

use mortise_host::config::Config;
use mortise_tests::actor::{Actor, Answer};
use mortise_tests::server::{Server, SignedIn};
use serde_json::{Value, json};

use super::{apply, candidate, open_job_with};

pub(super) struct Company {
    pub(super) server: Server,
    pub(super) owner: Actor,
    pub(super) engineering: Team,
    pub(super) sales: Team,
}

/// A department, its job, and the application for it.
pub(super) struct Team {
    pub(super) department: String,
    pub(super) job: String,
    pub(super) candidate: String,
    pub(super) application: String,
}

impl Company {
    pub(super) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same on a server with other settings.
    pub(super) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let server = Server::start_with(change).await;
        let owner = server.tenant("acme").await;
        let engineering = team(&owner, "Engineering", "Ada Lovelace").await;
        let sales = team(&owner, "Sales", "Grace Hopper").await;
        Self { server, owner, engineering, sales }
    }

    /// A member with a built-in role for a department, or for the whole tenant.
    pub(super) async fn member(&self, role: &str, department: Option<&str>) -> SignedIn {
        let number = self.owner.get("/v1/members?limit=200").await.expect(200).json();
        let number = number["data"].as_array().map_or(0, Vec::len);
        let email = format!("{role}{number}@acme.example");
        self.server.member(&self.owner, &email, &[(role, department)]).await
    }

    /// The types of the events that begin so, in the order they were recorded.
    pub(super) async fn events(&self, beginning: &str) -> Vec<String> {
        self.server.events().await.into_iter().filter(|kind| kind.starts_with(beginning)).collect()
    }
}

async fn team(owner: &Actor, name: &str, applicant: &str) -> Team {
    let department = owner.post("/v1/departments", json!({ "name": name })).await.expect(201).text("id");
    let job = json!({ "title": format!("Head of {name}"), "department_id": department });
    let job = open_job_with(owner, job).await;
    let candidate = candidate(owner, applicant).await;
    let application = apply(owner, &candidate, &job).await;
    Team { department, job, candidate, application }
}

/// Ends an application.
pub(super) async fn reject(owner: &Actor, application: &str) {
    let reason = json!({ "reason": "not_qualified" });
    owner.put(&format!("/v1/applications/{application}/rejection"), reason, Some("*")).await.expect(200);
}

/// The id of the member behind an actor.
pub(super) async fn member_id(actor: &Actor) -> String {
    let me = actor.get("/v1/me").await.expect(200).json();
    me["member"]["id"].as_str().expect("somebody stands behind it").to_owned()
}

/// The answer, if it is a refusal with this status and code.
#[track_caller]
pub(super) fn refused(answer: Answer, status: u16, code: &str) -> Answer {
    let answer = answer.expect(status);
    assert_eq!(answer.text("code"), code, "{answer:?}");
    answer
}

/// The answer names this one fault, at this place.
#[track_caller]
pub(super) fn faulty(answer: Answer, pointer: &str, code: &str) {
    let answer = refused(answer, 422, "invalid_request");
    assert_eq!(answer.json()["errors"].as_array().map(Vec::len), Some(1), "{answer:?}");
    assert_eq!(answer.fault(), (pointer.into(), code.into()), "{answer:?}");
}

/// What a list holds; it has to fit one page.
pub(super) async fn list(actor: &Actor, path: &str) -> Vec<Value> {
    let page = actor.get(path).await.expect(200).json();
    assert_ne!(page["has_more"], true, "{page:#}");
    page["data"].as_array().expect("a list has data").clone()
}

/// One field of each entry of a list.
pub(super) async fn field(actor: &Actor, path: &str, name: &str) -> Vec<String> {
    let listed = list(actor, path).await;
    let text =
        |item: &Value| item[name].as_str().unwrap_or_else(|| panic!("no {name} in {item:#}")).to_owned();
    listed.iter().map(text).collect()
}
