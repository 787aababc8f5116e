//! Transforms reshape events.

use mortise_host::hooks::{Kind, Outcome};
use mortise_host::transforming::{Decision, OutgoingEvent};
use serde_json::json;

use super::fixture::Host;

#[tokio::test]
async fn a_transform_delivers_what_it_makes_of_the_payload() {
    let host = Host::new();
    let echo = host.install("echo-transform", Kind::WebhookTransform).await;
    let event = OutgoingEvent {
        id: "event_1".into(),
        kind: "resume.parsed".into(),
        occurred_at: "2026-01-01T00:00:00Z".into(),
        payload: json!({"name": "Ada"}),
    };
    let ran = host.plugins.transform_plainly(&echo, host.call(), event).await;
    assert_eq!(ran.record.outcome, Outcome::Ok, "{:?}", ran.result);
    let Ok(Decision::Deliver(deliveries)) = ran.result else { panic!("it was dropped") };
    assert_eq!(deliveries.len(), 1);
    let body: serde_json::Value = serde_json::from_slice(&deliveries[0].body).unwrap();
    assert_eq!(body, json!({"name": "Ada"}));
}
