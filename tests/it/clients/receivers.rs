//! The libraries that receivers verify webhooks with take ours, and nothing that was changed on the way.

use std::io::Write;
use std::process::{Command, Stdio};

use mortise_host::config::Config;
use mortise_tests::node::until;
use mortise_tests::receiver::{Received, Receiver};
use serde_json::json;

use super::{Site, installed, installed_for_node, scripts};

const SIGNED: [&str; 3] = ["webhook-id", "webhook-timestamp", "webhook-signature"];

fn line(secret: &str, received: &Received, body: &str) -> String {
    let headers = SIGNED.map(|name| (name.to_owned(), json!(received.header(name))));
    let headers = serde_json::Map::from_iter(headers);
    format!("{}\n", json!({ "secret": secret, "headers": headers, "body": body }))
}

/// What a script says of each line.
fn verdicts(command: &mut Command, lines: &str) -> Vec<String> {
    let mut script =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
    let mut input = script.stdin.take().expect("it is piped");
    input.write_all(lines.as_bytes()).expect("it listens");
    drop(input);
    let done = script.wait_with_output().expect("it ends");
    assert!(done.status.success(), "{command:?}: {}", done.status);
    String::from_utf8_lossy(&done.stdout).lines().map(str::to_owned).collect()
}

async fn came(receiver: &Receiver, count: usize) {
    until("the deliveries came", async || (receiver.received().len() >= count).then_some(())).await;
}

#[tokio::test]
async fn published_libraries_of_python_and_javascript_take_every_delivery() {
    let receiver = Receiver::start().await;
    let site = Site::start_with(|config: &mut Config| {
        config.egress_allow = vec!["127.0.0.0/8".parse().expect("it is a range")];
        config.webhooks_allow_http = true;
    })
    .await;
    let owner = site.node.actor(&site.key);
    let endpoint = json!({ "url": receiver.url(), "event_types": ["*"], "payload": "full" });
    let made = owner.post("/v1/webhook-endpoints", endpoint).await.expect(201);
    owner
        .post("/v1/candidates", json!({ "name": "Zoë Nuñez 李", "headline": "\"</script>\u{2028}" }))
        .await
        .expect(201);
    owner.post(&format!("/v1/webhook-endpoints/{}/test", made.text("id")), json!({})).await.expect(202);
    let rotated = format!("/v1/webhook-endpoints/{}/secrets", made.text("id"));
    came(&receiver, 2).await;
    // While both secrets sign, either is enough.
    let next = owner.post(&rotated, json!({ "overlap_seconds": 3600 })).await.expect(201).text("secret");
    owner.post("/v1/candidates", json!({ "name": "Ada Lovelace" })).await.expect(201);
    came(&receiver, 3).await;

    let (mut lines, mut expected) = (String::new(), Vec::new());
    for (index, one) in receiver.received().into_iter().enumerate() {
        let body = String::from_utf8(one.body.clone()).expect("JSON is UTF-8");
        lines += &line(&made.text("secret"), &one, &body);
        lines += &line(&made.text("secret"), &one, &format!("{body} "));
        lines += &line(&next, &one, &body);
        expected.extend(["taken", "refused", if index == 2 { "taken" } else { "refused" }]);
    }
    assert_eq!(expected.len(), 9);
    assert_eq!(expected.iter().filter(|one| **one == "taken").count(), 4);
    let mut python = Command::new(installed("python"));
    assert_eq!(verdicts(python.arg(scripts().join("verify.py")), &lines), expected);
    let mut node = Command::new("node");
    node.arg(scripts().join("verify.cjs")).env("NODE_PATH", installed_for_node());
    assert_eq!(verdicts(&mut node, &lines), expected);
}
