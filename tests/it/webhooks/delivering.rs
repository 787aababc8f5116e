//! What goes well: every event reaches who wants it, as it was promised.

use mortise_host::worker;
use mortise_tests::receiver::Receiver;
use serde_json::json;

use super::{MINUTE, Scene, path};

#[tokio::test]
async fn an_event_reaches_whoever_wants_it() {
    let scene = Scene::start().await;
    let all = Receiver::start().await;
    let nothing = Receiver::start().await;
    let made = scene.endpoint(json!({ "headers": { "X-Api-Key": "open-sesame" } })).await;
    scene.endpoint(json!({ "url": all.url(), "event_types": ["*"] })).await;
    scene.endpoint(json!({ "url": nothing.url(), "event_types": ["job.created"] })).await;

    let candidate = scene.happen().await;
    assert!(scene.receiver.received().is_empty(), "nothing leaves the process inside a request");
    assert_eq!(scene.server.run_tasks().await, ["webhooks.deliver", "webhooks.deliver"]);
    let change = json!({ "headline": "Engineer" });
    scene.owner.patch(&format!("/v1/candidates/{candidate}"), change, "*").await.expect(200);
    scene.server.run_tasks().await;

    assert_eq!(scene.receiver.types(), ["candidate.created"]);
    assert_eq!(all.types(), ["candidate.created", "candidate.updated"]);
    assert!(nothing.received().is_empty());
    let received = scene.receiver.received()[0].clone();
    assert_eq!(received.header("x-api-key"), "open-sesame");
    assert_eq!(received.header("content-type"), "application/json");
    let event = scene.owner.get("/v1/events").await.expect(200).json()["data"][0].clone();
    assert_eq!(received.json(), event, "the log and the delivery say the same");
    assert_eq!(received.header("webhook-id"), event["id"].as_str().expect("it is a text"));

    let delivery = scene.deliveries(&made).await[0].clone();
    assert_eq!((delivery["status"].as_str(), delivery["attempts"].as_i64()), (Some("delivered"), Some(1)));
    let attempt = scene.attempts(&delivery).await[0].clone();
    assert_eq!(
        (attempt["outcome"].as_str(), attempt["status_code"].as_i64()),
        (Some("delivered"), Some(204))
    );
    let shown = scene.owner.get(&format!("/v1/deliveries/{}", delivery["id"].as_str().expect("text"))).await;
    assert_eq!(shown.expect(200).json()["body"], event);
    assert!(scene.look(&made).await["health"]["last_success_at"].is_string());
}

#[tokio::test]
async fn a_full_payload_carries_what_the_event_is_about() {
    let scene = Scene::start().await;
    scene.endpoint(json!({ "payload": "full", "event_types": ["*"] })).await;
    let new = json!({ "name": "Ada Lovelace", "emails": ["ada@example.com"] });
    let candidate = scene.owner.post("/v1/candidates", new).await.expect(201).text("id");
    let job = crate::hiring::open_job(&scene.owner, "joiner").await;
    let application = crate::hiring::apply(&scene.owner, &candidate, &job).await;
    scene.server.run_tasks().await;

    let received = scene.receiver.received();
    let about = |kind: &str| {
        let found = received.iter().map(|one| one.json()).find(|body| body["type"] == kind);
        found.unwrap_or_else(|| panic!("no {kind}"))["subject"].clone()
    };
    assert_eq!(
        about("candidate.created"),
        scene.owner.get(&format!("/v1/candidates/{candidate}")).await.json()
    );
    assert_eq!(about("job.created"), scene.owner.get(&format!("/v1/jobs/{job}")).await.json());
    let shown = scene.owner.get(&format!("/v1/applications/{application}")).await.json();
    assert_eq!(about("application.created"), shown);

    // Of what is gone there is nothing to show.
    let gone = scene.happen().await;
    scene.owner.delete(&format!("/v1/candidates/{gone}"), Some("*")).await.expect(204);
    scene.server.run_tasks().await;
    let last = scene.receiver.received().last().expect("it came").json();
    assert_eq!((last["type"].as_str(), last["subject"].is_null()), (Some("candidate.deleted"), true));
}

#[tokio::test]
async fn a_subject_larger_than_anybody_takes_is_left_to_be_fetched() {
    let scene = Scene::start().await;
    scene.endpoint(json!({ "payload": "full", "event_types": ["job.created"] })).await;
    for descriptions in [5, 6] {
        let languages = ["en", "de", "fr", "it", "es", "pt"].into_iter().take(descriptions);
        let descriptions: Vec<_> =
            languages.map(|language| json!({ "language": language, "text": "x".repeat(49_000) })).collect();
        let job = json!({ "title": "Joiner", "descriptions": descriptions });
        scene.owner.post("/v1/jobs", job).await.expect(201);
    }
    scene.server.run_tasks().await;

    let received = scene.receiver.received();
    let [mut whole, mut cut] = [0, 1].map(|index| received[index].json());
    if whole["subject"].is_null() {
        std::mem::swap(&mut whole, &mut cut);
    }
    assert_eq!(whole["subject"]["descriptions"].as_array().map(Vec::len), Some(5));
    assert!(whole.get("subject_omitted").is_none());
    assert_eq!((cut["subject"].is_null(), cut["subject_omitted"].as_str()), (true, Some("too_large")));
    assert!(cut["subject_id"].as_str().is_some_and(|id| id.starts_with("job_")));
}

#[tokio::test]
async fn every_kind_of_subject_is_carried() {
    let scene = Scene::start().await;
    scene.endpoint(json!({ "payload": "full", "event_types": ["*"] })).await;
    let resume =
        scene.owner.upload("ada.txt", mortise_tests::samples::text_resume("Ada", "ada@x.example")).await;
    let resume = resume.expect(202).text("id");
    scene.server.run_tasks().await;
    let job = crate::hiring::open_job(&scene.owner, "joiner").await;
    let candidate = scene.happen().await;
    let application = crate::hiring::apply(&scene.owner, &candidate, &job).await;
    let offer = json!({ "terms": { "title": "Joiner" } });
    let offer = scene.owner.post(&format!("/v1/applications/{application}/offers"), offer).await.expect(201);
    let me = scene.owner.get("/v1/me").await.expect(200).json();
    let interview = json!({
        "kind": "phone", "starts_at": "2026-03-09T10:00:00Z", "duration_minutes": 30,
        "interviewers": [me["member"]["id"]],
    });
    let interviews = format!("/v1/applications/{application}/interviews");
    let interview = scene.owner.post(&interviews, interview).await.expect(201);
    scene.server.run_tasks().await;

    for (kind, shown) in [
        ("resume.parsed", scene.owner.get(&format!("/v1/resumes/{resume}")).await.json()),
        ("offer.created", scene.owner.get(&format!("/v1/offers/{}", offer.text("id"))).await.json()),
        (
            "interview.scheduled",
            scene.owner.get(&format!("/v1/interviews/{}", interview.text("id"))).await.json(),
        ),
    ] {
        let bodies: Vec<_> = scene.receiver.received().iter().map(|one| one.json()).collect();
        let body = bodies.iter().find(|body| body["type"] == kind).unwrap_or_else(|| panic!("no {kind}"));
        assert_eq!(body["subject"], shown, "{kind}");
    }
}

#[tokio::test]
async fn a_test_is_sent_once_and_told_apart() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({ "event_types": ["application.hired"] })).await;
    let paused = json!({ "status": "paused" });
    scene.owner.put(&path(&made, "/status"), paused, Some("*")).await.expect(200);

    let tested = scene.owner.post(&path(&made, "/test"), json!({})).await.expect(202);
    scene.server.run_tasks().await;

    let received = scene.receiver.received()[0].json();
    assert_eq!(
        (received["type"].as_str(), received["is_test"].as_bool()),
        (Some("application.hired"), Some(true))
    );
    let delivery = scene.owner.get(&format!("/v1/deliveries/{}", tested.text("id"))).await.expect(200).json();
    assert_eq!((delivery["status"].as_str(), delivery["is_test"].as_bool()), (Some("delivered"), Some(true)));
    assert!(
        scene.owner.get("/v1/events").await.expect(200).json()["data"].as_array().is_some_and(Vec::is_empty)
    );

    scene.receiver.say(500);
    let failing =
        scene.owner.post(&path(&made, "/test"), json!({ "event_type": "job.created" })).await.expect(202);
    scene.pass(MINUTE).await;
    scene.pass(10 * MINUTE).await;
    assert_eq!(scene.receiver.types(), ["application.hired", "job.created"]);
    let delivery =
        scene.owner.get(&format!("/v1/deliveries/{}", failing.text("id"))).await.expect(200).json();
    assert_eq!((delivery["status"].as_str(), delivery["reason"].as_str()), (Some("failed"), Some("test")));
    assert_eq!(scene.look(&made).await["health"]["failures"], 0, "a test says nothing about how it does");
    scene.owner.post(&path(&made, "/test"), json!({ "event_type": "job.eaten" })).await.expect(422);
}

#[tokio::test]
async fn what_happens_while_an_endpoint_is_paused_is_sent_afterwards() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    let turn = async |status: &str| {
        let wanted = json!({ "status": status, "reason": "The receiver moves." });
        scene.owner.put(&path(&made, "/status"), wanted, Some("*")).await.expect(200).json()
    };
    // On its way when the pause begins.
    scene.happen().await;
    assert_eq!(turn("paused").await["status_reason"], "The receiver moves.");
    for _ in 0..30 {
        scene.happen().await;
    }
    scene.pass(MINUTE).await;
    assert!(scene.receiver.received().is_empty());
    let deliveries = scene.deliveries(&made).await;
    assert!(deliveries.iter().all(|delivery| delivery["status"] == "parked"), "{deliveries:?}");

    assert!(turn("active").await["status_reason"].is_null());
    scene.server.run_tasks().await;

    assert_eq!(scene.receiver.received().len(), 31);
}

#[tokio::test]
async fn what_a_deleted_endpoint_waited_for_is_cancelled() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    scene.happen().await;
    scene.owner.delete(&path(&made, ""), Some("*")).await.expect(204);
    scene.happen().await;
    scene.server.run_tasks().await;

    assert!(scene.receiver.received().is_empty());
    let kept = scene.server.texts("select status || ' ' || reason from webhook_deliveries").await;
    assert_eq!(kept, ["cancelled endpoint_deleted"]);
    let secrets = scene.server.texts("select kind from webhook_secrets").await;
    assert!(secrets.is_empty(), "its secrets go with it");
}

/// What a node that died had begun is begun again by whoever has its lease.
#[tokio::test]
async fn a_delivery_whose_node_died_is_sent_again() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    scene.happen().await;
    let services = scene.server.services();
    let registry = worker::registry();
    // Drops the task while the receiver has it.
    scene.receiver.behave(mortise_tests::receiver::Behaviour::AnswersLater(204));
    let begun = mortise_tests::node::until("it is there", async || {
        (scene.receiver.received().len() == 1).then_some(())
    });
    tokio::select! {
        ran = mortise_host::tasks::run_due(services, &registry) => panic!("{ran:?}"),
        () = begun => {}
    }
    scene.receiver.say(204);

    scene.pass(2 * MINUTE).await;
    scene.pass(MINUTE).await;

    let ids = scene.receiver.ids();
    assert!(ids.len() == 2 && ids[0] == ids[1], "{ids:?}");
    assert_eq!(scene.deliveries(&made).await[0]["status"], "delivered");
}
