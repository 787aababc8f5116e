//! Analytics, on hiring that is told through the API at the instants of the story.

mod asking;
mod corrections;
mod golden;
mod groups;
mod many;
mod offers;
mod properties;
mod stages;
mod timelines;

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use mortise_tests::actor::{Actor, Answer};
use mortise_tests::server::Server;
use serde_json::{Value, json};

/// Hiring as it goes on.
pub(crate) struct Story {
    pub(crate) server: Server,
    pub(crate) owner: Actor,
}

impl Story {
    /// Begins at midnight (UTC) of a date.
    pub(crate) async fn begin(date: &str) -> Self {
        let server = Server::start_at(midnight(date)).await;
        let owner = server.tenant("acme").await;
        Self { server, owner }
    }

    /// Time goes on to midnight of a date.
    pub(crate) fn on(&self, date: &str) {
        let ahead = midnight(date) - self.server.clock.now();
        self.server.clock.advance(ahead.to_std().expect("time goes on"));
    }

    /// Time goes on.
    pub(crate) fn after(&self, time: Duration) {
        self.server.clock.advance(time);
    }

    /// A job with this many openings that takes applications; its id.
    pub(crate) async fn job(&self, title: &str, openings: u32) -> String {
        self.job_with(json!({ "title": title, "openings": openings })).await
    }

    pub(crate) async fn job_with(&self, job: Value) -> String {
        let id = self.owner.post("/v1/jobs", job).await.expect(201).text("id");
        self.set_status(&id, "open").await;
        id
    }

    pub(crate) async fn set_status(&self, job: &str, status: &str) {
        let path = format!("/v1/jobs/{job}/status");
        self.owner.put(&path, json!({ "status": status }), Some("*")).await.expect(200);
    }

    /// A candidate applies for a job; the application's id.
    pub(crate) async fn apply(&self, job: &str, name: &str, source: Option<&str>) -> String {
        let candidate = self.candidate(name, None).await;
        self.apply_as(job, &candidate, source).await
    }

    pub(crate) async fn candidate(&self, name: &str, source: Option<&str>) -> String {
        let new = json!({ "name": name, "emails": [format!("{name}@example.com")], "source": source });
        self.owner.post("/v1/candidates", new).await.expect(201).text("id")
    }

    pub(crate) async fn apply_as(&self, job: &str, candidate: &str, source: Option<&str>) -> String {
        let new = json!({ "job_id": job, "candidate_id": candidate, "source": source });
        self.owner.post("/v1/applications", new).await.expect(201).text("id")
    }

    /// Into the first stage of this kind.
    pub(crate) async fn enter(&self, application: &str, kind: &str) {
        let job = self.owner.get(&format!("/v1/applications/{application}")).await.expect(200).text("job_id");
        let stage = self.stage(&job, kind).await;
        self.put(application, "stage", json!({ "stage_id": stage })).await;
    }

    /// The first stage of this kind of a job.
    pub(crate) async fn stage(&self, job: &str, kind: &str) -> String {
        let stages = self.owner.get(&format!("/v1/jobs/{job}/stages")).await.expect(200).json();
        let mut stages = stages["data"].as_array().into_iter().flatten();
        let stage = stages.find(|stage| stage["kind"] == kind).expect("the job has such a stage");
        stage["id"].as_str().expect("it has an id").to_owned()
    }

    pub(crate) async fn reject(&self, application: &str) {
        self.put(application, "rejection", json!({ "reason": "not_qualified" })).await;
    }

    pub(crate) async fn withdraw(&self, application: &str) {
        self.put(application, "withdrawal", json!({ "reason": "personal" })).await;
    }

    pub(crate) async fn hire(&self, application: &str) {
        self.put(application, "hire", json!({})).await;
    }

    async fn put(&self, application: &str, what: &str, body: Value) -> Answer {
        let path = format!("/v1/applications/{application}/{what}");
        self.owner.put(&path, body, Some("*")).await.expect(200)
    }

    /// `transfers`, `reopenings`, `corrections`.
    pub(crate) async fn post(&self, application: &str, what: &str, body: Value) -> Answer {
        let path = format!("/v1/applications/{application}/{what}");
        let answer = self.owner.with_header("if-match", "*").post(&path, body).await;
        assert!(matches!(answer.status, 200 | 201), "{answer:?}");
        answer
    }

    /// A draft of the application's next offer, good until then; where it is.
    pub(crate) async fn offer(&self, application: &str, until: Option<&str>) -> String {
        let terms = json!({ "title": "Joiner", "compensation": { "period": "year", "currency": "EUR", "amount": 5_000_000 } });
        let new = json!({ "terms": terms, "expires_at": until });
        let path = format!("/v1/applications/{application}/offers");
        format!("/v1/offers/{}", self.owner.post(&path, new).await.expect(201).text("id"))
    }

    /// `sending`, `acceptance`, `decline`, `rescission`.
    pub(crate) async fn answer(&self, offer: &str, step: &str) {
        self.owner.put(&format!("{offer}/{step}"), json!({}), Some("*")).await.expect(200);
    }

    /// Takes back what was last done to an application.
    pub(crate) async fn take_back(&self, application: &str) {
        let history =
            self.owner.get(&format!("/v1/applications/{application}/history")).await.expect(200).json();
        let lines = history["data"].as_array().expect("it is a list");
        let voided: Vec<_> = lines.iter().map(|line| &line["void_of"]).collect();
        let mut standing =
            lines.iter().filter(|line| line["kind"] != "voided" && !voided.contains(&&line["id"]));
        let latest = standing.next_back().expect("something happened")["id"].clone();
        self.post(application, "corrections", json!({ "change_id": latest })).await;
    }

    /// A figure's report: `time-to-fill?as_of=…`.
    pub(crate) async fn read(&self, figure: &str) -> Value {
        read(&self.owner, figure).await
    }

    /// What a report says of everything.
    pub(crate) async fn total(&self, figure: &str) -> Value {
        self.read(figure).await["total"].clone()
    }
}

/// A figure's report, as this actor sees it.
pub(crate) async fn read(actor: &Actor, figure: &str) -> Value {
    actor.get(&format!("/v1/analytics/{figure}")).await.expect(200).json()
}

pub(crate) fn midnight(date: &str) -> DateTime<Utc> {
    let date: NaiveDate = date.parse().expect("it is a date");
    date.and_time(NaiveTime::MIN).and_utc()
}

/// A field of each entry of a list.
pub(crate) fn each(list: &Value, field: &str) -> Vec<Value> {
    list.as_array().expect("it is a list").iter().map(|entry| entry[field].clone()).collect()
}

/// The entry of a list whose field is this.
#[track_caller]
pub(crate) fn one<'a>(list: &'a Value, field: &str, value: impl Into<Value>) -> &'a Value {
    let value = value.into();
    let mut entries = list.as_array().expect("it is a list").iter();
    entries.find(|entry| entry[field] == value).unwrap_or_else(|| panic!("no {field} {value} in {list:#}"))
}

#[track_caller]
pub(crate) fn near(value: &Value, expected: f64) {
    let is_near = value.as_f64().is_some_and(|value| (value - expected).abs() < 0.0005);
    assert!(is_near, "{value} is not {expected}");
}
