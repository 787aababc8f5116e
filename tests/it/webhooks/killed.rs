//! A server that is killed while it tells: everything it acknowledged is told, by itself or by the one that comes after.

use std::collections::BTreeSet;

use mortise_host::clock::Clock;
use mortise_host::config::Config;
use mortise_host::db::Db;
use mortise_host::resources::access::founding;
use mortise_tests::actor::Actor;
use mortise_tests::database::TestDatabase;
use mortise_tests::node::{Node, until};
use mortise_tests::receiver::Receiver;
use mortise_tests::server;
use reqwest::Method;
use serde_json::json;

use super::sends_to_this_machine;

/// How often it is killed, and within how many events each time; more of both with `MORTISE_TEST_KILLS=100x200`.
const KILLS: (usize, usize) = (5, 30);

fn kills() -> (usize, usize) {
    let Ok(wanted) = std::env::var("MORTISE_TEST_KILLS") else { return KILLS };
    let read = |(kills, each): (&str, &str)| Some((kills.parse().ok()?, each.parse().ok()?));
    wanted.split_once('x').and_then(read).expect("MORTISE_TEST_KILLS is kills x events, for instance 100x200")
}

/// The id of a new candidate, if the server lived to make one.
async fn happen(actor: &Actor) -> Option<String> {
    let new = json!({ "name": "Ada Lovelace" });
    let answer = actor.request(Method::POST, "/v1/candidates").json(&new).send().await.ok()?;
    let status = answer.status().as_u16();
    let body: serde_json::Value = answer.json().await.ok()?;
    assert_eq!(status, 201, "{body:#}");
    Some(body["id"].as_str().expect("an id is a text").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_acknowledged_is_told_although_the_server_is_killed() {
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let database = TestDatabase::new().await;
    let mut config = Config { worker_lease_seconds: 3, ..server::config(folder.path(), &database) };
    sends_to_this_machine(&mut config);
    let db = Db::open(&config).await.expect("the database opens");
    db.migrate().await.expect("it is empty");
    let founded = founding::found(&db, &Clock::system(), "acme", "owner@acme.example").await;
    let key = founded.expect("the tenant is new").key.reveal();
    db.close().await;
    let receiver = Receiver::start().await;
    let mut acknowledged = BTreeSet::new();

    let (kills, each) = kills();
    for round in 0..kills {
        let node = Node::start(&config).await;
        let actor = node.actor(&key);
        if round == 0 {
            let endpoint = json!({ "url": receiver.url(), "event_types": ["candidate.created"] });
            actor.post("/v1/webhook-endpoints", endpoint).await.expect(201);
        }
        // Killed in the middle: after a random number of answers, while others are on their way.
        let patience = rand::random_range(1..each);
        for _ in 0..patience {
            acknowledged.extend(happen(&actor).await);
        }
        let others = futures::future::join_all((0..5).map(|_| happen(&actor)));
        let (others, ()) = tokio::join!(others, async { node.kill() });
        acknowledged.extend(others.into_iter().flatten());
    }

    let node = Node::start(&config).await;
    let told = || -> BTreeSet<String> {
        let all = receiver.received();
        all.iter().map(|one| one.json()["subject_id"].as_str().unwrap_or_default().to_owned()).collect()
    };
    until("everything is told", async || acknowledged.is_subset(&told()).then_some(())).await;
    let actor = node.actor(&key);
    until("nothing is on its way", async || {
        let list = actor.get("/v1/webhook-endpoints").await.expect(200).json();
        let id = list["data"][0]["id"].as_str().expect("it is there").to_owned();
        let path = format!("/v1/webhook-endpoints/{id}/deliveries?limit=1&status=");
        let mut left = 0;
        for status in ["pending", "parked"] {
            let page = actor.get(&format!("{path}{status}")).await.expect(200).json();
            left += page["data"].as_array().map_or(0, Vec::len);
        }
        (left == 0).then_some(())
    })
    .await;
    // Also what nobody was told of as made, because the server died before it could say so.
    let ids: BTreeSet<_> =
        receiver.received().iter().map(|one| one.header("webhook-id").to_owned()).collect();
    let mut cursor = String::new();
    loop {
        let part = actor
            .get(&format!("/v1/events?type=candidate.created&limit=200{cursor}"))
            .await
            .expect(200)
            .json();
        for event in part["data"].as_array().into_iter().flatten() {
            assert!(event["id"].as_str().is_some_and(|id| ids.contains(id)), "{event} was not told");
        }
        if part["has_more"] == false {
            break;
        }
        cursor = format!("&after={}", part["next_cursor"].as_str().expect("it is a text"));
    }
    assert!(acknowledged.len() >= kills, "too few were acknowledged to prove much");
}
