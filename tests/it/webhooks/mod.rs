//! Events and webhooks: what happened is read as a log, and told to whoever wants to know, at least once.

mod delivering;
mod endpoints;
mod failing;
mod hostile;
mod killed;
mod libraries;
mod limits;
mod log;
mod privacy;
mod recoveries;
mod secrets;
mod transforms;

pub(crate) use hostile::Tls;
pub(crate) use log::faults as event_faults;

use std::time::Duration;

use mortise_host::clock::Time;
use mortise_host::config::Config;
use mortise_host::worker;
use mortise_tests::actor::{Actor, Answer};
use mortise_tests::receiver::Receiver;
use mortise_tests::server::{Server, start_of_time};
use serde_json::{Map, Value, json};

/// Lets the server send to this machine.
fn sends_to_this_machine(config: &mut Config) {
    config.egress_allow = vec!["127.0.0.0/8".parse().expect("it is a range")];
    config.webhooks_allow_http = true;
}

/// A tenant whose events somebody listens to.
struct Scene {
    server: Server,
    owner: Actor,
    receiver: Receiver,
}

impl Scene {
    async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_at(start_of_time(), change).await
    }

    async fn start_at(time: Time, change: impl FnOnce(&mut Config)) -> Self {
        let server = Server::begin(time, |config| {
            sends_to_this_machine(config);
            change(config);
        })
        .await;
        let owner = server.tenant("acme").await;
        // From now on schedules come round.
        let schedules = worker::schedules().expect("they are sound");
        mortise_host::tasks::fire(server.services(), &schedules).await.expect("the queue works");
        Self { server, owner, receiver: Receiver::start().await }
    }

    /// An endpoint for what happens to candidates at the receiver, with changes.
    async fn endpoint(&self, changes: Value) -> Answer {
        let sound = json!({ "url": self.receiver.url(), "event_types": ["candidate.created"] });
        self.owner.post("/v1/webhook-endpoints", with(&sound, changes)).await.expect(201)
    }

    /// The endpoint as it is now.
    async fn look(&self, endpoint: &Answer) -> Value {
        self.owner.get(&path(endpoint, "")).await.expect(200).json()
    }

    /// A candidate comes in; their id.
    async fn happen(&self) -> String {
        happen(&self.owner).await
    }

    /// The endpoint's deliveries, oldest first.
    async fn deliveries(&self, endpoint: &Answer) -> Vec<Value> {
        let list = self.owner.get(&path(endpoint, "/deliveries?limit=200")).await.expect(200).json();
        let mut deliveries = list["data"].as_array().cloned().unwrap_or_default();
        deliveries.reverse();
        deliveries
    }

    /// The attempts of a delivery, oldest first.
    async fn attempts(&self, delivery: &Value) -> Vec<Value> {
        let path =
            format!("/v1/deliveries/{}/attempts?limit=200", delivery["id"].as_str().unwrap_or_default());
        let list = self.owner.get(&path).await.expect(200).json();
        let mut attempts = list["data"].as_array().cloned().unwrap_or_default();
        attempts.reverse();
        attempts
    }

    /// Moves the clock, fires what is due by then, and lets it run.
    async fn pass(&self, time: Duration) -> Vec<String> {
        self.server.clock.advance(time);
        let schedules = worker::schedules().expect("they are sound");
        mortise_host::tasks::fire(self.server.services(), &schedules).await.expect("the queue works");
        self.server.run_tasks().await
    }
}

async fn happen(owner: &Actor) -> String {
    owner.post("/v1/candidates", json!({ "name": "Ada Lovelace" })).await.expect(201).text("id")
}

/// Below an endpoint.
fn path(endpoint: &Answer, rest: &str) -> String {
    format!("/v1/webhook-endpoints/{}{rest}", endpoint.text("id"))
}

fn with(sound: &Value, changes: Value) -> Value {
    let mut all: Map<String, Value> = sound.as_object().cloned().unwrap_or_default();
    all.extend(changes.as_object().cloned().unwrap_or_default());
    Value::Object(all)
}

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
const HOUR: Duration = Duration::from_secs(60 * 60);
const DAY: Duration = Duration::from_secs(24 * 60 * 60);
