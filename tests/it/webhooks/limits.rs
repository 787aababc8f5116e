//! Limits that a tenant sets for an endpoint hold, whoever works and however much waits.

use std::sync::Arc;

use mortise_host::tasks::{Options, Runner};
use mortise_host::worker;
use mortise_tests::node::until;
use mortise_tests::receiver::{Behaviour, Receiver};
use serde_json::json;
use tokio_util::sync::CancellationToken;

use super::{MINUTE, Scene, path};

/// Two nodes work until this is over.
async fn while_two_work<T>(scene: &Scene, doing: impl Future<Output = T>) -> T {
    let stop = CancellationToken::new();
    let runner = || {
        let services = scene.server.services();
        let options = Options::of(&services.config);
        Runner::new(services.clone(), Arc::new(worker::registry()), Vec::new(), options).run(stop.clone())
    };
    let done = async {
        let done = doing.await;
        stop.cancel();
        done
    };
    tokio::join!(runner(), runner(), done).2
}

#[tokio::test]
async fn no_more_are_under_way_at_once_than_the_endpoint_wants() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({ "max_in_flight": 2 })).await;
    scene.receiver.behave(Behaviour::AnswersLater(204));
    for _ in 0..10 {
        scene.happen().await;
    }

    while_two_work(&scene, async {
        until("two are under way", async || (scene.receiver.under_way() == 2).then_some(())).await;
        until("the others wait", async || {
            let deliveries = scene.deliveries(&made).await;
            let parked = deliveries.iter().filter(|delivery| delivery["status"] == "parked").count();
            (parked == 8).then_some(())
        })
        .await;
        scene.receiver.go_on(10);
        until("all have arrived", async || {
            let deliveries = scene.deliveries(&made).await;
            deliveries.iter().all(|delivery| delivery["status"] == "delivered").then_some(())
        })
        .await;
    })
    .await;

    assert_eq!(scene.receiver.most_at_once(), 2);
    assert_eq!(scene.receiver.received().len(), 10);
}

/// The clock stands still, so only so many have their turn as a worker waits for.
#[tokio::test]
async fn no_more_are_sent_in_a_second_than_the_endpoint_wants() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({ "rate_per_second": 4 })).await;
    for _ in 0..12 {
        scene.happen().await;
    }

    scene.server.run_tasks().await;

    // At once, and four in the second after it.
    assert_eq!(scene.receiver.received().len(), 5);
    let parked = scene.deliveries(&made).await.iter().filter(|one| one["status"] == "parked").count();
    assert_eq!(parked, 7);
    scene.pass(MINUTE).await;
    scene.pass(MINUTE).await;
    scene.pass(MINUTE).await;
    assert_eq!(scene.receiver.received().len(), 12);
}

#[tokio::test]
async fn events_about_one_thing_arrive_one_after_the_other_where_that_is_wanted() {
    let scene = Scene::start().await;
    let types = json!(["candidate.created", "candidate.updated"]);
    scene.endpoint(json!({ "is_ordered": true, "event_types": types })).await;
    scene.receiver.say(400);
    let ada = scene.happen().await;
    for headline in ["One", "Two"] {
        let change = json!({ "headline": headline });
        scene.owner.patch(&format!("/v1/candidates/{ada}"), change, "*").await.expect(200);
    }
    scene.server.run_tasks().await;
    assert_eq!(scene.receiver.types(), ["candidate.created"], "the others wait for it");

    // Somebody else's need not wait.
    scene.receiver.say(204);
    let grace = scene.happen().await;
    scene.server.run_tasks().await;
    let subjects = || -> Vec<_> {
        let all = scene.receiver.received();
        all.iter().map(|one| one.json()["subject_id"].as_str().unwrap_or_default().to_owned()).collect()
    };
    assert_eq!(subjects(), [ada.clone(), grace.clone()]);
    scene.pass(MINUTE).await;

    assert_eq!(subjects(), [ada.clone(), grace, ada.clone(), ada.clone(), ada]);
    let ids = scene.receiver.ids();
    let of_ada = [&ids[2], &ids[3], &ids[4]];
    assert!(of_ada.is_sorted(), "in the order in which they happened: {ids:?}");
}

/// Many that hang take no worker from others.
#[tokio::test]
async fn a_receiver_that_hangs_holds_up_nobody_else() {
    let scene = Scene::start_with(|config| config.webhook_timeout_seconds = 5).await;
    let hanging = Receiver::start_with(Behaviour::SaysNothing).await;
    let stuck = scene.endpoint(json!({ "url": hanging.url() })).await;
    for _ in 0..100 {
        scene.happen().await;
    }
    let made = scene.endpoint(json!({ "event_types": ["candidate.deleted"] })).await;
    let gone = scene.happen().await;
    scene.owner.delete(&format!("/v1/candidates/{gone}"), Some("*")).await.expect(204);

    while_two_work(&scene, async {
        until("the other one has its event", async || {
            let deliveries = scene.deliveries(&made).await;
            (deliveries[0]["status"] == "delivered").then_some(())
        })
        .await;
        // Nothing that hangs is waited for any longer.
        scene.owner.delete(&path(&stuck, ""), Some("*")).await.expect(204);
        hanging.say(204);
    })
    .await;

    // And those that were just given up.
    assert!(hanging.most_at_once() <= 40, "{}", hanging.most_at_once());
}

/// Found out once, it is not found out again for everything that happens.
#[tokio::test]
async fn what_happens_while_an_endpoint_rests_waits_without_a_task() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({})).await;
    let version = scene.look(&made).await["version"].clone();
    let is_told = |ran: &[String]| ran.iter().any(|kind| kind == "webhooks.deliver");
    scene.receiver.say(500);
    for _ in 0..6 {
        scene.happen().await;
    }
    assert!(is_told(&scene.server.run_tasks().await), "five fail, and the sixth finds out");
    for _ in 0..3 {
        scene.happen().await;
    }
    assert!(!is_told(&scene.server.run_tasks().await));
    let statuses: Vec<_> =
        scene.deliveries(&made).await.iter().skip(5).map(|one| one["status"].clone()).collect();
    assert_eq!(statuses, ["parked"; 4]);

    scene.receiver.say(204);
    for _ in 0..3 {
        scene.pass(5 * MINUTE).await;
    }
    let arrived = scene.receiver.received().len();
    assert_eq!(arrived, 5 + 9, "five tried in vain, and all nine");

    // It is as any other again, also to whoever changes it.
    scene.happen().await;
    assert!(is_told(&scene.server.run_tasks().await));
    assert_eq!(scene.receiver.received().len(), arrived + 1);
    assert_eq!(scene.look(&made).await["version"], version);
}

/// Whoever says that it has caught up and whoever puts another one on its way to wait may do so at the same moment.
#[tokio::test]
async fn nothing_is_left_waiting_by_an_endpoint_that_catches_up() {
    let scene = Scene::start().await;
    let made = scene.endpoint(json!({ "max_in_flight": 1 })).await;
    while_two_work(&scene, async {
        for round in 1..=10 {
            scene.receiver.behave(Behaviour::AnswersLater(204));
            // Long after the last answer, as the clock says.
            scene.server.clock.advance(MINUTE);
            scene.happen().await;
            until("one is under way", async || (scene.receiver.under_way() == 1).then_some(())).await;
            scene.happen().await;
            until("another waits for it", async || {
                let deliveries = scene.deliveries(&made).await;
                deliveries.iter().any(|delivery| delivery["status"] == "parked").then_some(())
            })
            .await;
            let some = async || {
                for _ in 0..4 {
                    scene.happen().await;
                }
            };
            scene.receiver.say(204);
            tokio::join!(async { scene.receiver.go_on(1) }, some(), some());
            until("all have arrived", async || {
                let deliveries = scene.deliveries(&made).await;
                let all_are = deliveries.iter().all(|delivery| delivery["status"] == "delivered");
                (all_are && deliveries.len() == 10 * round).then_some(())
            })
            .await;
        }
    })
    .await;
    assert_eq!(scene.receiver.received().len(), 100);
}
