//! How well applications fit: rules, what they answer, and what becomes of it.

mod bindings;
mod blind;
mod defaults;
mod hostile;
mod lists;
mod privacy;
mod replays;
mod rescoring;
mod visibility;

use mortise_tests::actor::Actor;
use mortise_tests::samples;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use crate::hiring::{open_job_with, word};

/// What the sample résumé is good for.
fn nurse() -> Value {
    json!({
        "title": "Nurse", "experience_level": "senior", "location": { "workplace": "on_site", "city": "Denver", "country": "US" },
        "skills": [
            { "name": "Triage", "weight": 10 }, { "name": "Phlebotomy", "weight": 5 },
            { "name": "Radiology", "weight": 5, "importance": "nice" },
        ],
    })
}

async fn nurse_job(owner: &Actor) -> String {
    open_job_with(owner, nurse()).await
}

/// Somebody whose résumé was read; their id and the résumé's.
pub(crate) async fn read_candidate(server: &Server, owner: &Actor, name: &str) -> (String, String) {
    let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
    let file = samples::text_resume(name, &email);
    let resume = owner.upload("cv.txt", file).await.expect(202).text("id");
    server.run_tasks().await;
    let read = owner.get(&format!("/v1/resumes/{resume}")).await.expect(200).json();
    assert_eq!(read["status"], "success", "{read:#}");
    (word(&read["candidate_id"]), resume)
}

/// A tenant with a job for a nurse, and somebody who applied and was scored.
struct Hospital {
    server: Server,
    owner: Actor,
    job: String,
    candidate: String,
    resume: String,
    application: String,
}

impl Hospital {
    async fn start() -> Self {
        let server = Server::start().await;
        let owner = server.tenant("acme").await;
        let job = nurse_job(&owner).await;
        let (candidate, resume) = read_candidate(&server, &owner, "Ada Lovelace").await;
        let application = crate::hiring::apply(&owner, &candidate, &job).await;
        server.run_tasks().await;
        Self { server, owner, job, candidate, resume, application }
    }

    async fn scores(&self) -> Value {
        scores(&self.owner, &self.application).await
    }

    /// The one there is.
    async fn only(&self) -> Value {
        let scores = self.scores().await;
        assert_eq!(scores["data"].as_array().map(Vec::len), Some(1), "{scores:#}");
        scores["data"][0].clone()
    }

    /// As the application's view has it.
    async fn score(&self) -> Value {
        self.owner.get(&format!("/v1/applications/{}", self.application)).await.expect(200).json()["score"]
            .clone()
    }

    async fn bind(&self, plugin: &str, more: Value) -> String {
        bind(&self.owner, plugin, more).await
    }
}

async fn scores(owner: &Actor, application: &str) -> Value {
    owner.get(&format!("/v1/applications/{application}/scores")).await.expect(200).json()
}

const SKILLS: &str = "mortise/skills-score";

/// Binds a rule; the binding's id.
async fn bind(owner: &Actor, plugin: &str, more: Value) -> String {
    let mut new = json!({ "kind": "scoring", "plugin": plugin });
    new.as_object_mut().expect("it is one").extend(more.as_object().expect("it is one").clone());
    owner.post("/v1/plugin-bindings", new).await.expect(201).text("id")
}

/// The score of a rule among others.
fn by(scores: &Value, plugin: &str) -> Value {
    let mut data = scores["data"].as_array().into_iter().flatten();
    let found = data.find(|score| score["plugin"]["id"] == plugin);
    found.unwrap_or_else(|| panic!("no score by {plugin} in {scores:#}")).clone()
}

fn number(value: &Value) -> f64 {
    value.as_f64().unwrap_or_else(|| panic!("{value} is no number"))
}

/// The reasons add up to the score.
#[track_caller]
fn sums(score: &Value) {
    let reasons = score["contributions"].as_array().expect("it is a list");
    let sum: f64 = reasons.iter().map(|reason| number(&reason["value"])).sum();
    assert!(!reasons.is_empty() && (sum - number(&score["value"])).abs() < 1e-6, "{score:#}");
}
