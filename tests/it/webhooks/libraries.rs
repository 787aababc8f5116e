//! What receivers use: the published libraries of Standard Webhooks take our deliveries, and nothing else.

use mortise_host::clock::Clock;
use mortise_tests::receiver::Received;
use serde_json::json;
use standardwebhooks::Webhook;

use super::{MINUTE, Scene, path};

pub(super) fn headers(received: &Received) -> axum::http::HeaderMap {
    let mut headers = axum::http::HeaderMap::new();
    for name in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
        headers.insert(name, received.header(name).parse().expect("it is a header"));
    }
    headers
}

fn verifies(secret: &str, received: &Received) -> bool {
    let webhook = Webhook::new(secret).expect("it is a secret");
    webhook.verify(&received.body, &headers(received)).is_ok()
}

#[tokio::test]
async fn the_published_library_takes_every_delivery() {
    // The library looks at the real time.
    let scene = Scene::start_at(Clock::system().now(), |_| {}).await;
    let made = scene.endpoint(json!({ "event_types": ["*"], "payload": "full" })).await;
    let secret = made.text("secret");
    scene.receiver.say(500);
    scene.owner.post("/v1/candidates", json!({ "name": "Zoë Nuñez 李" })).await.expect(201);
    scene.owner.post(&path(&made, "/test"), json!({})).await.expect(202);
    scene.server.run_tasks().await;
    scene.receiver.say(204);
    scene.owner.post(&path(&made, "/secrets"), json!({ "overlap_seconds": 3600 })).await.expect(201);
    scene.pass(MINUTE).await;

    let received = scene.receiver.received();
    assert_eq!(received.len(), 3);
    for one in &received {
        assert!(verifies(&secret, one), "{one:?}");
        let mut other = one.clone();
        other.headers.insert("webhook-id".into(), "event_2".into());
        assert!(!verifies(&secret, &other));
    }
    let other = scene.endpoint(json!({})).await.text("secret");
    assert!(!verifies(&other, &received[0]));
}
