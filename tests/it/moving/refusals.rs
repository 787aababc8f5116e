//! What is no import is refused at the door; what is over is forgotten.

use std::time::Duration;

use mortise_host::{tasks, worker};
use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{counts, import, ndjson};
use crate::hiring::refused;

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

async fn start() -> (Server, Actor) {
    let server = Server::start_with(|config| config.import_max_bytes = 100_000).await;
    let owner = server.tenant("acme").await;
    (server, owner)
}

#[tokio::test]
async fn a_form_says_what_the_file_is() {
    let (server, owner) = start().await;
    let row = || ndjson(&[json!({ "name": "Ada" })]);
    let faulty = [
        (vec![], "kind", "missing"),
        (vec![("kind", "people")], "kind", "invalid_value"),
        (vec![("kind", "candidates"), ("dry_run", "maybe")], "dry_run", "invalid_value"),
        (vec![("kind", "candidates"), ("on_duplicate", "merge")], "on_duplicate", "invalid_value"),
        (vec![("kind", "jobs"), ("on_duplicate", "update")], "on_duplicate", "not_here"),
        (vec![("kind", "candidates"), ("source", "x")], "source", "not_here"),
        (vec![("kind", "candidates"), ("columns", "{}")], "columns", "not_here"),
        (vec![("kind", "candidates"), ("encoding", "klingon")], "encoding", "unknown_encoding"),
        (vec![("kind", "candidates"), ("color", "red")], "color", "unknown_part"),
        (vec![("kind", "candidates"), ("kind", "jobs")], "kind", "given_twice"),
    ];
    for (parts, pointer, code) in faulty {
        let answer = owner.import("x.ndjson", row(), &parts).await.expect(422);
        assert_eq!(answer.fault(), (pointer.into(), code.into()), "{parts:?}: {answer:?}");
    }
    let columns = [
        ("[]", "invalid_value"),
        ("{\"a\": \"nothing\"}", "unknown_field"),
        ("{\"a\": \"\\u0000\"}", "null_character"),
    ];
    for (columns, code) in columns {
        let parts = [("kind", "candidates"), ("columns", columns)];
        let answer = owner.import("x.csv", "name\nAda\n", &parts).await.expect(422);
        assert_eq!(answer.fault(), ("columns".into(), code.into()));
    }
    let empty = owner.import("x.ndjson", "", &[("kind", "candidates")]).await.expect(422);
    assert_eq!(empty.fault(), ("file".into(), "empty_file".into()));
    for (name, kind) in
        [("x.pdf", "candidates"), ("x.zip", "candidates"), ("x.csv", "resumes"), ("x", "jobs")]
    {
        refused(owner.import(name, row(), &[("kind", kind)]).await, 415, "unsupported_media_type");
    }
    refused(owner.import("x.ndjson", "x".repeat(100_001), &[("kind", "candidates")]).await, 413, "too_large");
    refused(owner.post("/v1/imports", json!({ "kind": "candidates" })).await, 400, "malformed_request");
    assert!(server.run_tasks().await.is_empty());
    assert_eq!(owner.get("/v1/imports").await.expect(200).json()["data"], json!([]));
}

#[tokio::test]
async fn an_import_that_was_sent_twice_with_one_key_is_one() {
    let (server, owner) = start().await;
    let with_key = owner.with_header("idempotency-key", "monday");
    let row = || ndjson(&[json!({ "name": "Ada" })]);

    let first = with_key.import("x.ndjson", row(), &[("kind", "candidates")]).await.expect(202);
    let second = with_key.import("x.ndjson", row(), &[("kind", "candidates")]).await.expect(202);

    assert_eq!(first.json(), second.json());
    server.run_tasks().await;
    assert_eq!(owner.get("/v1/candidates").await.json()["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn an_import_can_be_cancelled_while_it_is_not_over() {
    let (server, owner) = start().await;
    let pending =
        owner.import("x.ndjson", ndjson(&[json!({ "name": "Ada" })]), &[("kind", "candidates")]).await;
    let path = format!("/v1/imports/{}", pending.expect(202).text("id"));

    let cancelled = owner.post(&format!("{path}/cancellation"), json!({})).await.expect(200);
    server.run_tasks().await;

    assert_eq!(cancelled.text("state"), "cancelled");
    assert_eq!(owner.get(&path).await.json(), cancelled.json());
    refused(owner.post(&format!("{path}/cancellation"), json!({})).await, 409, "import_over");
    assert_eq!(owner.get("/v1/candidates").await.json()["data"], json!([]));
    let log = owner.get(&format!("/v1/audit-log?object_id={}", cancelled.text("id"))).await.json();
    let actions: Vec<_> =
        log["data"].as_array().into_iter().flatten().map(|entry| &entry["action"]).collect();
    assert_eq!(actions, ["import.cancelled", "import.created"]);
}

#[tokio::test]
async fn the_file_goes_when_the_import_is_over_and_the_report_a_month_later() {
    let (server, owner) = start().await;
    let done =
        import(&server, &owner, "x.ndjson", ndjson(&[json!({ "name": "Ada" })]), &[("kind", "candidates")])
            .await;
    assert_eq!(counts(&done), ("done", [1, 1, 0, 0, 0]));
    let path = format!("/v1/imports/{}", done["id"].as_str().expect("it has one"));

    run_schedules(&server, Duration::from_secs(2 * 60 * 60)).await;
    assert_eq!(server.texts("select state from files").await, ["removed"]);
    run_schedules(&server, DAY * 29).await;
    owner.get(&path).await.expect(200);
    run_schedules(&server, DAY * 2).await;

    owner.get(&path).await.expect(404);
    owner.get(&format!("{path}/rows")).await.expect(404);
    assert!(server.texts("select outcome from import_rows").await.is_empty());
    assert_eq!(owner.get("/v1/imports").await.json()["data"], Value::Array(Vec::new()));
    assert_eq!(owner.get("/v1/candidates").await.json()["data"].as_array().map(Vec::len), Some(1));
}

/// What becomes due until then.
async fn run_schedules(server: &Server, later: Duration) {
    let schedules = worker::schedules().expect("they are sound");
    for wait in [Duration::ZERO, later] {
        server.clock.advance(wait);
        tasks::fire(server.services(), &schedules).await.expect("the database answers");
    }
    server.run_tasks().await;
}
