//! What was sent and answered is kept no longer than it has to be.

use mortise_tests::receiver::Behaviour;
use serde_json::json;

use super::{DAY, Scene, path};
use crate::privacy::exports::document;

#[tokio::test]
async fn what_was_sent_is_forgotten_after_ninety_days() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    scene.happen().await;
    scene.pass(super::MINUTE).await;
    scene.server.clock.advance(60 * DAY);
    scene.happen().await;
    scene.pass(super::MINUTE).await;

    scene.pass(31 * DAY).await;

    let left = scene.deliveries(&made).await;
    assert_eq!(left.len(), 1);
    assert_eq!(scene.attempts(&left[0]).await.len(), 1);
    assert_eq!(scene.server.texts("select outcome from webhook_attempts").await.len(), 1);
    scene.pass(60 * DAY).await;
    assert!(scene.deliveries(&made).await.is_empty());
    assert!(scene.server.texts("select outcome from webhook_attempts").await.is_empty());
    assert_eq!(
        scene.owner.get("/v1/events").await.expect(200).json()["data"].as_array().map(Vec::len),
        Some(2)
    );
}

#[tokio::test]
async fn what_was_sent_is_forgotten_at_once_when_that_is_wanted() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({ "payload": "full" })).await;
    scene.receiver.behave(Behaviour::Answers(200, Vec::new(), "Hello Ada Lovelace".into()));
    scene.happen().await;
    scene.server.run_tasks().await;
    let delivery = scene.deliveries(&made).await[0].clone();
    let place = format!("/v1/deliveries/{}", delivery["id"].as_str().expect("text"));
    assert!(personal(&scene).await.contains("Lovelace"));

    scene.owner.delete(&format!("{place}/payload"), None).await.expect(204);

    assert!(!personal(&scene).await.contains("Lovelace"));
    let shown = scene.owner.get(&place).await.expect(200).json();
    assert_eq!((shown["is_expunged"].as_bool(), shown["body"].is_null()), (Some(true), true));
    assert_eq!(shown["status"], "delivered", "that it was sent stays");
    let refused = scene.owner.post(&format!("{place}/resends"), json!({})).await.expect(409);
    assert_eq!(refused.text("code"), "delivery_expunged");

    // What is on its way is not sent any more.
    scene.happen().await;
    let waiting = scene.deliveries(&made).await[1]["id"].as_str().expect("text").to_owned();
    scene.owner.delete(&format!("/v1/deliveries/{waiting}/payload"), None).await.expect(204);
    scene.server.run_tasks().await;
    assert_eq!(scene.receiver.received().len(), 1);
}

/// Everything that may be a person's of what is kept.
async fn personal(scene: &Scene) -> String {
    let mut kept = scene.server.texts("select body from webhook_deliveries where body is not null").await;
    kept.extend(scene.server.texts("select response from webhook_attempts where response is not null").await);
    kept.join("\n")
}

#[tokio::test]
async fn a_person_is_erased_from_what_was_sent_and_from_what_is_on_its_way() {
    let scene = Scene::start().await;
    let owner = scene.server.actor(&scene.server.found("globex").await.key);
    let endpoint = json!({ "url": scene.receiver.url(), "event_types": ["*"], "payload": "full" });
    owner.post("/v1/webhook-endpoints", endpoint).await.expect(201);
    scene.receiver.behave(Behaviour::Answers(200, Vec::new(), "Hello Ada Lovelace".into()));
    let ada = super::happen(&owner).await;
    scene.server.run_tasks().await;
    scene.receiver.say(204);
    let grace = owner.post("/v1/candidates", json!({ "name": "Grace Hopper" })).await.expect(201);
    let job = crate::hiring::open_job(&owner, "joiner").await;
    crate::hiring::apply(&owner, &ada, &job).await;
    scene.server.run_tasks().await;
    scene.receiver.behave(Behaviour::Answers(400, Vec::new(), "Hello Ada Lovelace".into()));
    owner.patch(&format!("/v1/candidates/{ada}"), json!({ "headline": "Countess" }), "*").await.expect(200);
    scene.server.run_tasks().await;

    let place = format!("/v1/candidates/{ada}/personal-data?part=identity&part=details");
    owner.delete(&place, Some("*")).await.expect(200);

    let kept = personal(&scene).await;
    assert!(!kept.contains("Ada") && !kept.contains("Countess"), "{kept}");
    assert!(kept.contains("Grace Hopper"), "others' stays: {}", grace.text("id"));
    // What is on its way is told as it is now.
    scene.receiver.say(204);
    scene.pass(super::MINUTE).await;
    let told: Vec<_> = scene.receiver.received().iter().map(|one| one.json()).collect();
    for kind in ["candidate.updated", "candidate.erased"] {
        let last = told.iter().rfind(|event| event["type"] == kind).expect("it came");
        assert!(!last.to_string().contains("Ada"), "{last}");
    }
}

#[tokio::test]
async fn a_person_is_told_whom_they_were_told_to() {
    let scene = Scene::start().await;
    let url = format!("{}?token=hush", scene.receiver.url());
    scene.endpoint(json!({ "url": url })).await;
    let ada = scene.happen().await;
    let known = async || {
        let answer = scene.owner.get(&format!("/v1/candidates/{ada}/export")).await.expect(200);
        document(&answer, "disclosures.json")
    };
    assert_eq!(known().await, json!([]), "nothing has been delivered");
    scene.server.run_tasks().await;

    let told = known().await;

    assert_eq!(told[0]["recipient"], "127.0.0.1");
    assert_eq!(
        (told[0]["about"].as_str(), told[0]["delivered_at"].is_string()),
        (Some("candidate.created"), true)
    );
    assert!(!told.to_string().contains("hush"), "an address may hold a password");
}

#[tokio::test]
async fn deliveries_are_listed_by_status_and_type() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({ "event_types": ["candidate.created", "job.created"] })).await;
    scene.happen().await;
    scene.server.run_tasks().await;
    scene.owner.post("/v1/jobs", json!({ "title": "Joiner" })).await.expect(201);
    let count = async |query: &str| {
        let list = scene.owner.get(&path(&made, &format!("/deliveries?{query}"))).await.expect(200).json();
        list["data"].as_array().map_or(0, Vec::len)
    };

    assert_eq!(count("").await, 2);
    assert_eq!(count("status=delivered").await, 1);
    assert_eq!(count("status=pending&event_type=job.created").await, 1);
    assert_eq!(count("status=delivered&event_type=job.created").await, 0);
    let first = scene.owner.get(&path(&made, "/deliveries?limit=1")).await.expect(200).json();
    let cursor = first["next_cursor"].as_str().expect("there is more").to_owned();
    assert_eq!(count(&format!("limit=1&cursor={cursor}")).await, 1);
    scene.owner.get(&path(&made, &format!("/deliveries?status=delivered&cursor={cursor}"))).await.expect(422);
    scene.owner.get(&path(&made, "/deliveries?status=lost")).await.expect(422);
}
