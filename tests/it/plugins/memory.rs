//! What hostile plugins take of a real server's memory is given back when their calls end.

use mortise_tests::node::{Node, until};
use serde_json::{Value, json};

use super::{Installed, activate, component, upload};
use crate::reliability::Site;

/// Reads a text file on a server that works by itself; the résumé's last run.
async fn read(node: &Node, site: &Site, installed: &Installed, number: usize) -> Value {
    let actor = node.actor(&site.key);
    let text = format!("Ada Lovelace {number}\nada{number}@example.com");
    let id = actor.upload("cv.txt", text).await.expect(202).text("id");
    until("the résumé is read", async || {
        let resume = actor.get(&format!("/v1/resumes/{id}")).await.expect(200).json();
        assert_ne!(resume["status"], "failed", "{resume:#}");
        (resume["status"] == "success").then_some(())
    })
    .await;
    let runs = actor.get(&format!("{}/runs", installed.plugin())).await.expect(200).json();
    runs["data"][0].clone()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_as_large_after_many_greedy_calls_as_after_a_few() {
    const GREEDY: u64 = 100 << 20;
    let site = Site::new().await;
    let node = site.start().await;
    let actor = node.actor(&site.key);
    let greedy =
        Installed::of(&upload(&actor, component("eats-memory", "acme/eats", "1.0.0", "")).await.expect(202));
    until("it is compiled", async || {
        let version = actor.get(&greedy.path()).await.expect(200).json();
        (version["state"] == "ready").then_some(())
    })
    .await;
    activate(&actor, &greedy).await.expect(200);

    for number in 0..4 {
        let run = read(&node, &site, &greedy, number).await;
        assert_eq!(
            (&run["outcome"], &run["error_code"]),
            (&json!("error"), &json!("memory_refused")),
            "{run:#}"
        );
        assert!(run["peak_memory"].as_u64().is_some_and(|peak| peak > GREEDY), "{run:#}");
    }
    let before = node.resident_bytes();
    for number in 4..16 {
        read(&node, &site, &greedy, number).await;
    }
    let after = node.resident_bytes();

    // A single call that kept its memory would show.
    assert!(after < before + GREEDY, "from {before} to {after} bytes");
}
