//! What did not arrive is sent again: one, those that failed, and those that were never sent.

use serde_json::{Value, json};

use super::{DAY, HOUR, MINUTE, Scene, path};

#[tokio::test]
async fn one_delivery_is_sent_again_whatever_became_of_it() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    scene.happen().await;
    scene.server.run_tasks().await;
    let delivery = scene.deliveries(&made).await[0].clone();
    let place = format!("/v1/deliveries/{}", delivery["id"].as_str().expect("text"));

    let again = scene.owner.post(&format!("{place}/resends"), json!({})).await.expect(202).json();
    assert_eq!((again["status"].as_str(), again["attempts"].as_i64()), (Some("pending"), Some(0)));
    scene.server.run_tasks().await;

    let received = scene.receiver.received();
    assert_eq!(received.len(), 2);
    assert_eq!(
        (&received[0].body, received[0].header("webhook-id")),
        (&received[1].body, received[1].header("webhook-id"))
    );
    let causes: Vec<_> = scene.attempts(&delivery).await.iter().map(|one| one["cause"].clone()).collect();
    assert_eq!(causes, ["event", "resend"]);

    // It has all its attempts again.
    scene.receiver.say(400);
    scene.owner.post(&format!("{place}/resends"), json!({})).await.expect(202);
    scene.server.run_tasks().await;
    scene.receiver.say(204);
    scene.pass(MINUTE).await;
    assert_eq!(scene.owner.get(&place).await.expect(200).json()["status"], "delivered");
    scene
        .owner
        .post("/v1/deliveries/delivery_01k7z1v5jafz8rk3m2w9y6t4qd/resends", json!({}))
        .await
        .expect(404);
}

/// The task of before finds that it is not the last one any more.
#[tokio::test]
async fn a_delivery_that_is_sent_again_while_it_waits_goes_out_once() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    scene.happen().await;
    let delivery = scene.deliveries(&made).await[0]["id"].as_str().expect("text").to_owned();
    for _ in 0..3 {
        scene.owner.post(&format!("/v1/deliveries/{delivery}/resends"), json!({})).await.expect(202);
    }

    scene.server.run_tasks().await;
    scene.pass(DAY).await;

    assert_eq!(scene.receiver.received().len(), 1);
}

#[tokio::test]
async fn what_failed_since_a_time_is_sent_again() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    scene.happen().await;
    scene.server.run_tasks().await;
    scene.server.clock.advance(MINUTE);
    scene.receiver.say(410);
    for _ in 0..120 {
        scene.happen().await;
    }
    scene.server.run_tasks().await;
    let deliveries = scene.deliveries(&made).await;
    assert!(deliveries[1..].iter().all(|one| one["status"] != "delivered"), "{deliveries:#?}");
    let begin = async |body: Value| scene.owner.post(&path(&made, "/recoveries"), body).await;
    let failed = json!({ "what": "failed", "since": "2026-03-02T09:00:30Z" });
    assert_eq!(begin(failed.clone()).await.expect(409).text("code"), "endpoint_disabled");

    scene.receiver.say(204);
    scene.owner.put(&path(&made, "/status"), json!({ "status": "active" }), Some("*")).await.expect(200);
    assert_eq!(begin(failed).await.expect(202).text("status"), "running");
    let second = json!({ "what": "failed", "since": "2026-03-02T00:00:00Z" });
    assert_eq!(begin(second).await.expect(409).text("code"), "recovery_running");
    scene.pass(MINUTE).await;

    let recovery = scene.owner.get(&path(&made, "/recoveries")).await.expect(200).json()["data"][0].clone();
    assert_eq!((recovery["status"].as_str(), recovery["found"].as_i64()), (Some("done"), Some(120)));
    let deliveries = scene.deliveries(&made).await;
    assert!(deliveries.iter().all(|one| one["status"] == "delivered"), "{deliveries:#?}");
    let ids: std::collections::BTreeSet<_> = scene.receiver.ids().into_iter().collect();
    assert_eq!(ids.len(), 121);
    assert_eq!(scene.receiver.received().len(), 122, "the first was not sent again, and one had been tried");
}

#[tokio::test]
async fn what_was_never_sent_is_sent() {
    let scene = Scene::start().await;
    scene.happen().await;
    let made = scene.endpoint(json!({})).await;
    scene.happen().await;
    scene.server.run_tasks().await;
    let turn = async |status: &str| {
        scene.owner.put(&path(&made, "/status"), json!({ "status": status }), Some("*")).await.expect(200);
    };
    turn("disabled").await;
    scene.server.clock.advance(HOUR);
    scene.happen().await;
    scene.owner.post("/v1/jobs", json!({ "title": "Joiner" })).await.expect(201);
    scene.server.clock.advance(HOUR);
    turn("active").await;
    scene.server.run_tasks().await;
    assert_eq!(scene.receiver.received().len(), 1);

    let missing = json!({ "what": "missing", "since": "2026-03-02T09:30:00Z" });
    scene.owner.post(&path(&made, "/recoveries"), missing).await.expect(202);
    scene.server.run_tasks().await;
    assert_eq!(scene.receiver.types(), ["candidate.created", "candidate.created"]);
    let everything = json!({ "what": "missing", "since": "2026-01-01T00:00:00Z" });
    scene.owner.post(&path(&made, "/recoveries"), everything).await.expect(202);
    scene.server.run_tasks().await;

    let ids: std::collections::BTreeSet<_> = scene.receiver.ids().into_iter().collect();
    assert_eq!((scene.receiver.received().len(), ids.len()), (3, 3), "none twice");
    let causes: Vec<_> = scene.deliveries(&made).await.iter().map(|one| one["cause"].clone()).collect();
    assert_eq!(causes, ["event", "recovery", "recovery"]);
}

/// What happened until then, and nothing of what happened later.
#[tokio::test]
async fn a_recovery_ends_where_it_was_told_to() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    let told = async || {
        let sent: Vec<_> = scene.deliveries(&made).await;
        let sent = sent.iter().filter(|one| one["status"] == "delivered");
        sent.map(|one| one["event_id"].as_str().expect("text").to_owned()).collect::<Vec<_>>()
    };
    let turn = async |status: &str| {
        scene.owner.put(&path(&made, "/status"), json!({ "status": status }), Some("*")).await.expect(200);
    };
    let recover = async |what: &str, since: &str, until: &str| {
        let body = json!({ "what": what, "since": since, "until": until });
        let begun = scene.owner.post(&path(&made, "/recoveries"), body).await.expect(202).json();
        scene.server.run_tasks().await;
        let all = scene.owner.get(&path(&made, "/recoveries")).await.expect(200).json();
        let done = all["data"].as_array().expect("a list").iter().find(|one| one["id"] == begun["id"]);
        let done = done.expect("it is there").clone();
        assert_eq!((&done["status"], &done["until"]), (&json!("done"), &json!(until)));
        done["found"].as_i64()
    };
    // At 9:00 and 10:00 nobody took it, at 11:00 and 12:00 nobody was to be told.
    scene.receiver.say(410);
    scene.happen().await;
    scene.server.clock.advance(HOUR);
    scene.happen().await;
    scene.server.run_tasks().await;
    for _ in 0..2 {
        scene.server.clock.advance(HOUR);
        scene.happen().await;
    }
    scene.server.clock.advance(HOUR);
    scene.receiver.say(204);
    turn("active").await;
    assert!(told().await.is_empty());
    let events = scene.owner.get("/v1/events?type=candidate.created").await.expect(200).json();
    let events: Vec<_> =
        events["data"].as_array().expect("a list").iter().map(|one| one["id"].clone()).collect();
    assert_eq!(events.len(), 4);

    let failed = recover("failed", "2026-03-02T08:00:00Z", "2026-03-02T09:30:00Z").await;
    assert_eq!((failed, json!(told().await)), (Some(1), json!([events[0]])));
    let missing = recover("missing", "2026-03-02T08:00:00Z", "2026-03-02T11:30:00Z").await;
    assert_eq!((missing, json!(told().await)), (Some(1), json!([events[0], events[2]])));
    let nothing = recover("missing", "2026-03-02T11:30:00Z", "2026-03-02T11:45:00Z").await;
    assert_eq!((nothing, told().await.len()), (Some(0), 2));
    let rest = recover("missing", "2026-03-02T11:30:00Z", "2026-03-02T12:30:00Z").await;
    assert_eq!((rest, json!(told().await)), (Some(1), json!([events[0], events[2], events[3]])));
}

#[tokio::test]
async fn a_recovery_of_no_time_is_refused() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    for body in [
        json!({ "what": "failed", "since": "2026-03-02T09:00:00Z" }),
        json!({ "what": "failed", "since": "2026-03-01T09:00:00Z", "until": "2026-02-01T09:00:00Z" }),
        json!({ "what": "failed", "since": "+10000-01-01T00:00:00Z" }),
        json!({ "what": "everything", "since": "2026-03-01T09:00:00Z" }),
        json!({ "what": "failed" }),
    ] {
        scene.owner.post(&path(&made, "/recoveries"), body.clone()).await.expect(422);
    }
}
