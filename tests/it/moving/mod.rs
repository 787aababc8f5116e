//! Moving in and out: files that are imported, and everything exported again.

mod archives;
mod exports;
mod imports;
mod interrupted;
mod refusals;
mod tables;

use std::time::Duration;

use mortise_tests::actor::Actor;
use mortise_tests::server::Server;
use serde_json::{Value, json};

/// Rows as NDJSON.
pub(crate) fn ndjson(rows: &[Value]) -> String {
    rows.iter().map(|row| format!("{row}\n")).collect()
}

/// Begins an import and lets it end; the import as it is then.
pub(crate) async fn import(
    server: &Server,
    actor: &Actor,
    file_name: &str,
    file: impl Into<Vec<u8>>,
    parts: &[(&str, &str)],
) -> Value {
    let id = actor.import(file_name, file, parts).await.expect(202).text("id");
    loop {
        server.run_tasks().await;
        let import = actor.get(&format!("/v1/imports/{id}")).await.expect(200).json();
        if !import["finished_at"].is_null() {
            return import;
        }
        // On a slow machine others have a turn in between.
        server.clock.advance(Duration::from_secs(1));
    }
}

/// The rows of an import's report.
pub(crate) async fn report(actor: &Actor, import: &Value, query: &str) -> Vec<Value> {
    let id = import["id"].as_str().expect("an import has an id");
    let page = actor.get(&format!("/v1/imports/{id}/rows{query}")).await.expect(200).json();
    assert_eq!(page["has_more"], json!(false), "{page:#}");
    page["data"].as_array().expect("a list has data").clone()
}

/// Line, pointer and code of everything that is wrong with the rows of an import.
pub(crate) async fn faults(actor: &Actor, import: &Value) -> Vec<(i64, String, String)> {
    let mut faults = Vec::new();
    for row in report(actor, import, "?outcome=failed&limit=200").await {
        let line = row["line"].as_i64().or(row["number"].as_i64()).expect("a row has a place");
        for fault in row["errors"].as_array().expect("a row has a list of faults") {
            let text = |name: &str| fault[name].as_str().expect("it is a text").to_owned();
            faults.push((line, text("pointer"), text("code")));
        }
    }
    faults
}

/// State and counts: total, created, updated, skipped, failed.
pub(crate) fn counts(import: &Value) -> (&str, [i64; 5]) {
    let rows = &import["rows"];
    let count = |name: &str| rows[name].as_i64().unwrap_or(-1);
    assert!(import["state"] != "done" || rows["read"] == rows["total"], "{import:#}");
    let counts = ["total", "created", "updated", "skipped", "failed"].map(count);
    (import["state"].as_str().expect("an import has a state"), counts)
}

pub(crate) fn wrong(faults: &[(i64, &str, &str)]) -> Vec<(i64, String, String)> {
    faults.iter().map(|(line, place, code)| (*line, (*place).into(), (*code).into())).collect()
}
