//! What goes wrong at the receiver: tried again as promised, never twice as something else, given up at the end.

use mortise_tests::receiver::{Behaviour, Receiver};
use serde_json::{Value, json};

use super::{DAY, HOUR, MINUTE, SECOND, Scene, path};

#[tokio::test]
async fn a_delivery_is_tried_ten_times_and_stays_the_same() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    scene.receiver.say(400);
    scene.happen().await;
    scene.server.run_tasks().await;
    assert_eq!(scene.receiver.received().len(), 1);

    // Each delay and a fifth, which is the most it can be, and nothing before four fifths.
    let delays =
        [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];
    for (index, delay) in delays.into_iter().enumerate() {
        scene.pass(delay.mul_f64(0.79)).await;
        assert_eq!(scene.receiver.received().len(), index + 1, "too early after {delay:?}");
        let pending = scene.deliveries(&made).await[0].clone();
        assert_eq!(
            (pending["status"].as_str(), pending["attempts"].as_u64()),
            (Some("pending"), Some(index as u64 + 1))
        );
        assert!(pending["next_attempt_at"].is_string());
        scene.pass(delay.mul_f64(0.42)).await;
        assert_eq!(scene.receiver.received().len(), index + 2, "not after {delay:?}");
    }
    scene.pass(2 * DAY).await;

    let received = scene.receiver.received();
    assert_eq!(received.len(), 10);
    assert!(received.iter().all(|one| one.body == received[0].body), "the same to the byte");
    assert!(scene.receiver.ids().iter().all(|id| *id == scene.receiver.ids()[0]));
    let delivery = scene.deliveries(&made).await[0].clone();
    assert_eq!(
        (delivery["status"].as_str(), delivery["reason"].as_str()),
        (Some("failed"), Some("exhausted"))
    );
    let attempts = scene.attempts(&delivery).await;
    let numbers: Vec<_> = attempts.iter().filter_map(|attempt| attempt["number"].as_u64()).collect();
    assert_eq!(numbers, (1..=10).collect::<Vec<_>>());
    assert!(
        attempts.iter().all(|attempt| attempt["outcome"] == "bad_status" && attempt["status_code"] == 400)
    );
}

#[tokio::test]
async fn a_delivery_arrives_once_the_receiver_is_well() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    scene.receiver.behave(Behaviour::Answers(500, Vec::new(), "sorry\0\u{fffd}".into()));
    scene.happen().await;
    scene.server.run_tasks().await;
    scene.receiver.say(204);
    scene.pass(6 * SECOND).await;
    scene.pass(DAY).await;

    assert_eq!(scene.receiver.received().len(), 2);
    let delivery = scene.deliveries(&made).await[0].clone();
    assert_eq!(delivery["status"], "delivered");
    let attempts = scene.attempts(&delivery).await;
    assert_eq!(attempts[0]["response"], "sorry\u{fffd}\u{fffd}");
    assert_eq!(attempts[1]["outcome"], "delivered");
    assert_eq!(scene.look(&made).await["health"]["failures"], 0);
}

#[tokio::test]
async fn a_receiver_that_says_when_to_come_back_is_believed() {
    let scene = Scene::start().await;
    scene.endpoint(json!({})).await;
    let later = vec![("retry-after", "7200".to_owned())];
    scene.receiver.behave(Behaviour::Answers(503, later, String::new()));
    scene.happen().await;
    scene.server.run_tasks().await;
    scene.receiver.say(204);

    scene.pass(2 * HOUR - MINUTE).await;
    assert_eq!(scene.receiver.received().len(), 1);
    scene.pass(2 * MINUTE).await;
    assert_eq!(scene.receiver.received().len(), 2);
}

#[tokio::test]
async fn an_endpoint_that_is_gone_is_disabled_and_that_is_told() {
    let scene = Scene::start().await;
    let other = Receiver::start().await;
    let made = scene.endpoint(json!({})).await;
    scene.endpoint(json!({ "url": other.url(), "event_types": ["webhook_endpoint.disabled"] })).await;
    scene.receiver.say(410);
    scene.happen().await;
    scene.happen().await;
    scene.server.run_tasks().await;
    scene.happen().await;
    scene.pass(DAY).await;

    assert_eq!(scene.receiver.received().len(), 1, "nobody is there");
    let now = scene.look(&made).await;
    assert_eq!((now["status"].as_str(), now["status_reason"].as_str()), (Some("disabled"), Some("gone")));
    let told = other.received()[0].json();
    assert_eq!(told["data"], json!({ "endpoint_id": now["id"], "reason": "gone" }));
    let deliveries = scene.deliveries(&made).await;
    let became: Vec<_> = deliveries.iter().map(|d| (d["status"].as_str(), d["reason"].as_str())).collect();
    assert_eq!(became, [(Some("failed"), Some("gone")), (Some("cancelled"), Some("endpoint_disabled"))]);
    let refused = scene.owner.post(&path(&made, "/test"), json!({})).await.expect(409);
    assert_eq!(refused.text("code"), "endpoint_disabled");
}

#[tokio::test]
async fn an_endpoint_is_disabled_after_five_days_of_nothing_but_failures() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    scene.receiver.say(404);
    let day = async || {
        scene.happen().await;
        scene.pass(DAY - HOUR).await;
        scene.pass(HOUR).await;
        scene.look(&made).await
    };
    for _ in 0..4 {
        assert_eq!(day().await["status"], "active");
    }
    // One that arrives begins the count anew.
    scene.receiver.say(204);
    assert_eq!(day().await["health"]["failing_since"], Value::Null);
    scene.receiver.say(404);
    for _ in 0..5 {
        assert_eq!(day().await["status"], "active");
    }
    let now = day().await;
    assert_eq!((now["status"].as_str(), now["status_reason"].as_str()), (Some("disabled"), Some("failing")));
    assert_eq!(
        scene.server.events().await.iter().filter(|kind| *kind == "webhook_endpoint.disabled").count(),
        1
    );
    let log = scene.owner.get("/v1/audit-log?action=webhook_endpoint.disabled").await.expect(200).json();
    assert_eq!(log["data"][0]["after"]["status"], "disabled");

    // It can be made active again, and is well then.
    scene.receiver.say(204);
    scene.owner.put(&path(&made, "/status"), json!({ "status": "active" }), Some("*")).await.expect(200);
    let arrived = scene.receiver.received().len();
    assert_eq!(day().await["health"]["failures"], 0);
    assert!(scene.receiver.received().len() > arrived);
}

#[tokio::test]
async fn a_dead_endpoint_rests_and_one_delivery_tries_whether_it_is_well() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    scene.receiver.say(500);
    for _ in 0..12 {
        scene.happen().await;
    }
    scene.server.run_tasks().await;
    assert_eq!(scene.receiver.received().len(), 5, "after five failures nobody else has to try");
    assert!(scene.look(&made).await["health"]["resting_until"].is_string());

    scene.pass(MINUTE).await;
    assert_eq!(scene.receiver.received().len(), 6, "one tries");
    scene.receiver.say(204);
    scene.pass(5 * MINUTE).await;

    assert!(scene.look(&made).await["health"]["resting_until"].is_null());
    scene.pass(HOUR).await;
    scene.pass(HOUR).await;
    let deliveries = scene.deliveries(&made).await;
    assert!(deliveries.iter().all(|delivery| delivery["status"] == "delivered"), "{deliveries:#?}");
    let ids: std::collections::BTreeSet<_> = scene.receiver.ids().into_iter().collect();
    assert_eq!(ids.len(), 12);
}
