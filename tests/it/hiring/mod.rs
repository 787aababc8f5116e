//! Jobs, and the candidates who apply for them.

mod activities;
mod application_filters;
mod applications;
mod applying;
mod company;
mod corrections;
mod emails;
mod evaluations;
mod interviews;
mod job_search;
mod jobs;
mod notes;
mod odd_questions;
mod offers;
mod offices;
mod openings;
mod saved_searches;
mod search;
mod stages;
mod tracking_links;
mod uploads_for_jobs;
mod visibility;

use mortise_tests::actor::{Actor, Answer};
use serde_json::{Value, json};

/// A job that takes applications; its id.
pub(crate) async fn open_job(actor: &Actor, title: &str) -> String {
    open_job_with(actor, json!({ "title": title })).await
}

/// The same of whatever else is said of it.
pub(crate) async fn open_job_with(actor: &Actor, job: Value) -> String {
    let id = actor.post("/v1/jobs", job).await.expect(201).text("id");
    set_status(actor, &id, "open").await.expect(200);
    id
}

pub(crate) async fn set_status(actor: &Actor, job: &str, status: &str) -> Answer {
    actor.put(&format!("/v1/jobs/{job}/status"), json!({ "status": status }), Some("*")).await
}

/// A candidate of this name; the id.
pub(crate) async fn candidate(actor: &Actor, name: &str) -> String {
    let email = format!("{}@example.com", name.to_lowercase().replace(' ', "."));
    let new = json!({ "name": name, "emails": [email] });
    actor.post("/v1/candidates", new).await.expect(201).text("id")
}

/// The candidate applies for the job; the application's id.
pub(crate) async fn apply(actor: &Actor, candidate: &str, job: &str) -> String {
    let new = json!({ "candidate_id": candidate, "job_id": job });
    actor.post("/v1/applications", new).await.expect(201).text("id")
}

/// The first stage of this kind of the job.
pub(crate) async fn stage(actor: &Actor, job: &str, kind: &str) -> String {
    let stages = actor.get(&format!("/v1/jobs/{job}/stages")).await.expect(200).json();
    let mut stages = stages["data"].as_array().into_iter().flatten();
    let stage = stages.find(|stage| stage["kind"] == kind).expect("the job has such a stage");
    stage["id"].as_str().expect("it has an id").to_owned()
}

/// Does something with an application, whichever version is there: `stage`, `rejection`, `hire` …
pub(crate) async fn put(actor: &Actor, application: &str, what: &str, body: Value) -> Answer {
    actor.put(&format!("/v1/applications/{application}/{what}"), body, Some("*")).await
}

/// The same for what makes something: `transfers`, `reopenings`, `corrections`.
pub(crate) async fn post(actor: &Actor, application: &str, what: &str, body: Value) -> Answer {
    let path = format!("/v1/applications/{application}/{what}");
    actor.with_header("if-match", "*").post(&path, body).await
}

/// Into the job's first stage of this kind.
pub(crate) async fn move_to(actor: &Actor, application: &str, kind: &str) -> Answer {
    let job = actor.get(&format!("/v1/applications/{application}")).await.expect(200).text("job_id");
    let stage = stage(actor, &job, kind).await;
    put(actor, application, "stage", json!({ "stage_id": stage })).await
}

/// The kinds of an application's history, oldest first.
pub(crate) async fn history(actor: &Actor, application: &str) -> Vec<String> {
    lines(actor, application).await.iter().map(|line| word(&line["kind"])).collect()
}

pub(crate) async fn lines(actor: &Actor, application: &str) -> Vec<Value> {
    let history = actor.get(&format!("/v1/applications/{application}/history")).await.expect(200).json();
    history["data"].as_array().expect("it is a list").clone()
}

pub(crate) fn word(value: &Value) -> String {
    value.as_str().unwrap_or_else(|| panic!("{value} is no text")).to_owned()
}

/// The values of one field over a list.
pub(crate) async fn listed(actor: &Actor, path: &str, field: &str) -> Vec<String> {
    let page = actor.get(path).await.expect(200).json();
    page["data"].as_array().expect("it is a list").iter().map(|item| word(&item[field])).collect()
}

/// A problem document with this status and code; its detail.
#[track_caller]
pub(crate) fn refused(answer: Answer, status: u16, code: &str) -> String {
    let problem = answer.expect(status).json();
    assert_eq!(problem["code"], code, "{problem:#}");
    word(&problem["detail"])
}
