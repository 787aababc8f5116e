//! Plugins that reshape what an endpoint is sent: before it is signed, once, and however they fail nothing is lost.

use std::collections::BTreeSet;

use mortise_tests::actor::Answer;
use mortise_tests::receiver::Received;
use serde_json::{Value, json};
use standardwebhooks::Webhook;

use super::{MINUTE, SECOND, Scene, libraries, path};

/// An endpoint whose events go through a template.
async fn templated(scene: &Scene, config: Value, changes: Value) -> Answer {
    let transform = json!({ "plugin": "mortise/json-template", "config": config });
    scene.endpoint(super::with(&json!({ "transform": transform }), changes)).await
}

fn bodies(scene: &Scene) -> Vec<Value> {
    scene.receiver.received().iter().map(Received::json).collect()
}

#[tokio::test]
async fn what_comes_out_is_what_is_signed_and_sent() {
    let scene = Scene::start_at(mortise_host::clock::Clock::system().now(), |_| {}).await;
    let template =
        json!({ "text": "{{/type}}", "who": "{{/data/candidate_id}}", "version": "{{/data/version}}" });
    let config = json!({ "template": template, "headers": { "X-Kind": "{{/type}}" } });
    let made = templated(&scene, config, json!({ "headers": { "x-own": "1" } })).await;
    let ada = scene.happen().await;

    let ran = scene.server.run_tasks().await;

    assert_eq!(ran, ["webhooks.deliver"]);
    let received = scene.receiver.received().remove(0);
    assert_eq!(received.json(), json!({ "text": "candidate.created", "who": ada, "version": 1 }));
    assert_eq!((received.header("x-kind"), received.header("x-own")), ("candidate.created", "1"));
    assert_eq!(received.header("content-type"), "application/json");
    let webhook = Webhook::new(&made.text("secret")).expect("it is a secret");
    webhook.verify(&received.body, &libraries::headers(&received)).expect("it is signed as it was sent");
    let delivery = scene.deliveries(&made).await.remove(0);
    let shown = format!("/v1/deliveries/{}", delivery["id"].as_str().expect("text"));
    let shown = scene.owner.get(&shown).await.expect(200).json();
    assert_eq!(shown["requests"][0]["body"]["who"], ada);
    assert_eq!(shown["body"]["type"], "candidate.created", "and what it was made of");
    assert_eq!(received.header("webhook-id"), shown["event_id"].as_str().expect("text"));
    let runs = "select kind || ' ' || outcome from plugin_runs";
    assert_eq!(scene.server.texts(runs).await, ["webhook-transform ok"]);
    assert_eq!(scene.look(&made).await["transform"]["plugin"], "mortise/json-template");
}

#[tokio::test]
async fn an_event_is_split_and_goes_on_where_it_failed() {
    let scene = Scene::start().await;
    let template = json!({ "tag": "{{/item}}" });
    let config = json!({ "each": "/subject/tags", "template": template });
    let made = templated(&scene, config, json!({ "payload": "full" })).await;
    let tagged = json!({ "name": "Ada", "tags": ["a", "b", "c"] });
    scene.owner.post("/v1/candidates", tagged.clone()).await.expect(201);
    scene.receiver.say_each(&[204, 500]);
    scene.server.run_tasks().await;
    assert_eq!(bodies(&scene).len(), 2, "the second failed, the third was not tried");

    scene.receiver.say(204);
    scene.pass(MINUTE).await;

    let tags: Vec<_> = bodies(&scene).iter().map(|body| body["tag"].clone()).collect();
    assert_eq!(tags, ["a", "b", "b", "c"], "what arrived is not sent again");
    let ids: Vec<_> =
        scene.receiver.received().iter().map(|one| one.header("webhook-id").to_owned()).collect();
    let delivery = scene.deliveries(&made).await.remove(0);
    let event = delivery["event_id"].as_str().expect("text");
    assert_eq!(ids, [format!("{event}-1"), format!("{event}-2"), format!("{event}-2"), format!("{event}-3")]);
    assert_eq!((delivery["status"].as_str(), delivery["attempts"].as_i64()), (Some("delivered"), Some(2)));
    // Sent again it is all of it.
    let resends = format!("/v1/deliveries/{}/resends", delivery["id"].as_str().expect("text"));
    scene.owner.post(&resends, json!({})).await.expect(202);
    scene.server.run_tasks().await;
    assert_eq!(bodies(&scene).len(), 7);
    let distinct: BTreeSet<_> =
        scene.receiver.received().iter().map(|one| one.header("webhook-id").to_owned()).collect();
    assert_eq!(distinct.len(), 3);
}

#[tokio::test]
async fn what_is_not_wanted_is_dropped_and_said_to_be() {
    let scene = Scene::start().await;
    let made =
        templated(&scene, json!({ "only_if": { "/data/version": 2 } }), json!({ "is_ordered": true })).await;
    scene.happen().await;

    scene.server.run_tasks().await;

    assert!(scene.receiver.received().is_empty());
    let delivery = scene.deliveries(&made).await.remove(0);
    assert_eq!(
        (delivery["status"].as_str(), delivery["reason"].as_str()),
        (Some("dropped"), Some("/data/version is not 2"))
    );
    assert!(delivery["finished_at"].is_string());
    assert!(scene.attempts(&delivery).await.is_empty());
    let dropped = scene.owner.get(&path(&made, "/deliveries?status=dropped")).await.expect(200).json();
    assert_eq!(dropped["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn what_is_personal_stays_here() {
    let scene = Scene::start().await;
    let config = json!({ "remove": ["/subject/name", "/subject/given_name", "/subject/family_name", "/subject/emails"] });
    templated(&scene, config, json!({ "payload": "full" })).await;
    let ada = json!({ "name": "Ada Lovelace", "emails": ["ada@example.com"], "headline": "Countess" });
    scene.owner.post("/v1/candidates", ada).await.expect(201);
    scene.server.run_tasks().await;

    let sent = bodies(&scene)[0].to_string();
    assert!(sent.contains("Countess") && !sent.contains("Lovelace") && !sent.contains("ada@"), "{sent}");
}

#[tokio::test]
async fn a_transform_that_fails_loses_nothing() {
    let scene = Scene::start().await;
    let broken = json!({ "template": "{{data}}" });
    let made = templated(&scene, broken.clone(), json!({})).await;
    let raw = json!({ "plugin": "mortise/json-template", "config": broken, "on_failure": "send_raw" });
    let fallen_back = scene.endpoint(json!({ "transform": raw })).await;
    let ada = scene.happen().await;
    scene.server.run_tasks().await;

    // One is tried again, and nothing of that is the receiver's fault.
    let delivery = scene.deliveries(&made).await.remove(0);
    assert_eq!((delivery["status"].as_str(), delivery["attempts"].as_i64()), (Some("pending"), Some(1)));
    let attempt = scene.attempts(&delivery).await.remove(0);
    assert_eq!(attempt["outcome"], "transform_failed");
    assert!(attempt["detail"].as_str().is_some_and(|text| text.contains("bad_pointer")), "{attempt}");
    assert_eq!(scene.look(&made).await["health"]["failures"], 0);
    // The other one was sent as it is, and says why.
    let received = scene.receiver.received();
    assert_eq!(received.len(), 1);
    assert_eq!(received[0].json()["data"]["candidate_id"], ada);
    let delivery = scene.deliveries(&fallen_back).await.remove(0);
    let attempt = scene.attempts(&delivery).await.remove(0);
    assert_eq!(attempt["outcome"], "delivered");
    assert!(attempt["detail"].as_str().is_some_and(|text| text.contains("sent as it is")), "{attempt}");

    // Mended, the event that waited arrives.
    let mended = json!({ "transform": { "plugin": "mortise/json-template", "config": { "template": "{{/subject_id}}" } } });
    scene.owner.patch(&path(&made, ""), mended, "*").await.expect(200);
    scene.pass(MINUTE).await;
    assert_eq!(scene.receiver.received().last().map(Received::json), Some(json!(ada)));
    let outcomes = scene.server.texts("select outcome from plugin_runs order by id").await;
    assert_eq!(outcomes, ["error", "error", "ok"]);
}

#[tokio::test]
async fn the_parts_of_an_event_are_paced_as_events_are() {
    let scene = Scene::start().await;
    let config = json!({ "each": "/subject/tags", "template": "{{/item}}" });
    let made = templated(&scene, config, json!({ "payload": "full", "rate_per_second": 20 })).await;
    let tagged = json!({ "name": "Ada", "tags": ["a", "b", "c", "d"] });
    scene.owner.post("/v1/candidates", tagged.clone()).await.expect(201);
    scene.server.run_tasks().await;
    assert_eq!(bodies(&scene).len(), 4);

    // Each took a place: the next event waits until all of them have had their time.
    let at = "select coalesce(cast(next_send_at as text), '') from webhook_states";
    let next = scene.server.texts(at).await.remove(0);
    assert!(next.contains("09:00:00.2"), "{next}");
    scene.server.clock.advance(SECOND);
    scene.owner.post("/v1/candidates", tagged).await.expect(201);
    scene.server.run_tasks().await;
    assert_eq!(scene.deliveries(&made).await.len(), 2);
    assert_eq!(bodies(&scene).len(), 8);
}

#[tokio::test]
async fn people_read_in_their_channel_what_happened() {
    let scene = Scene::start().await;
    let config =
        json!({ "link": "https://hr.example.com/{id}", "only": ["candidate.created", "application.hired"] });
    let slack = json!({ "plugin": "mortise/slack-message", "config": config });
    scene.endpoint(json!({ "event_types": ["*"], "payload": "full", "transform": slack })).await;
    let ada = scene.happen().await;
    let job = crate::hiring::open_job(&scene.owner, "joiner").await;
    let application = crate::hiring::apply(&scene.owner, &ada, &job).await;
    scene.owner.put(&format!("/v1/applications/{application}/hire"), json!({}), Some("*")).await.expect(200);
    scene.server.run_tasks().await;

    let said: Vec<_> = bodies(&scene).iter().map(|body| body["blocks"][0]["text"]["text"].clone()).collect();
    let link = |id: &str| format!("<https://hr.example.com/{id}|Open>");
    let expected = [
        format!("*Ada Lovelace* is a new candidate. {}", link(&ada)),
        format!(":tada: A candidate was hired. {}", link(&application)),
    ];
    assert_eq!(
        said.iter().map(|text| text.as_str().unwrap_or_default().to_owned()).collect::<BTreeSet<_>>(),
        expected.into()
    );
}

#[tokio::test]
async fn what_would_be_sent_can_be_looked_at() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({ "payload": "full" })).await;
    let ada = scene.happen().await;
    let event = scene.deliveries(&made).await[0]["event_id"].clone();
    let previews = path(&made, "/previews");
    let look = async |wanted: Value| scene.owner.post(&previews, wanted).await;
    let template =
        |template: Value| json!({ "plugin": "mortise/json-template", "config": { "template": template } });

    let past = json!({ "event_id": event, "transform": template(json!({ "name": "{{/subject/name}}" })) });
    let preview = look(past).await.expect(200).json();
    assert_eq!(preview["outcome"], "deliver");
    assert_eq!(preview["requests"][0]["body"], json!({ "name": "Ada Lovelace" }));
    let example = json!({ "event_type": "offer.sent", "transform": template(json!("{{/data/status}}")) });
    assert_eq!(look(example).await.expect(200).json()["requests"][0]["body"], "sent");
    let broken = json!({ "event_type": "offer.sent", "transform": template(json!("{{")) });
    let failed = look(broken).await.expect(200).json();
    assert_eq!(failed["outcome"], "fail");
    assert!(failed["reason"].as_str().is_some_and(|text| text.starts_with("open_placeholder")), "{failed}");
    let ours = json!({ "plugin": "mortise/json-template", "config": { "headers": { "Webhook-Id": "1" } } });
    let refused = look(json!({ "event_type": "offer.sent", "transform": ours })).await.expect(200).json();
    assert_eq!(refused["outcome"], "fail", "the signature's headers are ours");

    for (wanted, pointer) in [
        (json!({ "event_id": event }), "#/transform"),
        (json!({ "transform": template(json!(1)) }), "#/event_id"),
        (json!({ "event_type": "job.eaten" }), "#/event_type"),
        (json!({ "event_type": "offer.sent", "transform": { "plugin": "acme/none" } }), "#/transform/plugin"),
        (
            json!({ "event_type": "offer.sent", "transform": { "plugin": "mortise/plain-text" } }),
            "#/transform/plugin",
        ),
    ] {
        let answer = look(wanted.clone()).await.expect(422);
        assert_eq!(answer.fault().0, pointer, "{wanted}");
    }
    let large = json!({ "transform": template(json!("x".repeat(70_000))) });
    let answer = scene.owner.patch(&path(&made, ""), large, "*").await.expect(422);
    assert_eq!(answer.fault().0, "#/transform/config");
    // Nobody was sent anything, and nothing was written down.
    scene.server.run_tasks().await;
    assert_eq!(bodies(&scene).len(), 1);
    assert_eq!(bodies(&scene)[0]["data"]["candidate_id"], ada);
    assert!(scene.server.texts("select outcome from plugin_runs").await.is_empty());
    // Another tenant has none of it.
    let other = scene.server.tenant("globex").await;
    let wanted = json!({ "event_id": event, "transform": template(json!(1)) });
    other.post(&previews, wanted).await.expect(404);
}

#[tokio::test]
async fn of_somebody_who_is_erased_nothing_is_left_of_what_was_made() {
    let scene = Scene::start().await;
    let config = json!({ "template": { "named": "{{/subject/name}}" } });
    let made = templated(&scene, config, json!({ "payload": "full" })).await;
    let ada = scene.happen().await;
    scene.server.run_tasks().await;
    assert_eq!(bodies(&scene)[0]["named"], "Ada Lovelace");
    let kept =
        async || scene.server.texts("select coalesce(cast(parts as text), '') from webhook_deliveries").await;
    assert!(!kept().await[0].is_empty());

    scene.owner.delete(&format!("/v1/candidates/{ada}/personal-data"), Some("*")).await.expect(200);

    assert!(kept().await.iter().all(String::is_empty), "{:?}", kept().await);
    assert_eq!(scene.deliveries(&made).await[0]["is_expunged"], true);
}
