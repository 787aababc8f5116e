//! Imports whose task runs twice, or whose server is killed: every row is made once.

use mortise_host::caller::Caller;
use mortise_host::clock::Clock;
use mortise_host::config::Config;
use mortise_host::db::Db;
use mortise_host::permissions::Permission;
use mortise_host::resources::access::founding;
use mortise_host::resources::imports::tasks::RunImport;
use mortise_host::tasks::{self, When};
use mortise_tests::database::TestDatabase;
use mortise_tests::node::{Node, until};
use mortise_tests::server::{self, Server};
use serde_json::{Value, json};

use super::{counts, ndjson};

fn people(count: usize) -> String {
    let row = |number| json!({ "name": format!("Somebody {number}"), "emails": [format!("p{number}@example.com")] });
    ndjson(&(0..count).map(row).collect::<Vec<_>>())
}

#[tokio::test]
async fn a_task_that_runs_twice_makes_every_row_once() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let accepted = owner.import("people.ndjson", people(700), &[("kind", "candidates")]).await.expect(202);
    let id = accepted.text("id");
    let system = Caller::operator(founded.tenant.id);
    let mut tx = server.services().db.begin(&system, Permission::ImportWrite).await.expect("it answers");
    let again = RunImport { import: id.parse().expect("it is an id") };
    tasks::enqueue(&mut tx, &server.clock, &again, When::now()).await.expect("it answers");
    tx.commit().await.expect("it answers");

    assert_eq!(server.run_tasks().await, ["imports.run", "imports.run"]);

    let done = owner.get(&format!("/v1/imports/{id}")).await.expect(200).json();
    assert_eq!(counts(&done), ("done", [700, 700, 0, 0, 0]));
    assert_eq!(server.texts("select name from candidates").await.len(), 700);
}

/// What the rows of a file have become is written in the transaction that makes them, so a server that is killed between two
/// of them goes on where it was.
#[tokio::test]
async fn a_server_that_is_killed_goes_on_where_it_was() {
    const ROWS: usize = 6_000;
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let database = TestDatabase::new().await;
    let config = Config { worker_lease_seconds: 3, ..server::config(folder.path(), &database) };
    let db = Db::open(&config).await.expect("the database opens");
    db.migrate().await.expect("it is empty");
    let founded = founding::found(&db, &Clock::system(), "acme", "owner@acme.example").await;
    let key = founded.expect("the tenant is new").key.reveal();
    db.close().await;

    let mut node = Node::start(&config).await;
    let accepted = node.actor(&key).import("people.ndjson", people(ROWS), &[("kind", "candidates")]).await;
    let path = format!("/v1/imports/{}", accepted.expect(202).text("id"));
    let mut read = 0;
    for _ in 0..2 {
        let actor = node.actor(&key);
        read = until("some rows are made", async || {
            let rows = actor.get(&path).await.expect(200).json()["rows"]["read"].as_i64().expect("a number");
            (rows > read).then_some(rows)
        })
        .await;
        node.kill();
        node = Node::start(&config).await;
    }
    let actor = node.actor(&key);
    let done: Value = until("the import is over", async || {
        let import = actor.get(&path).await.expect(200).json();
        (import["finished_at"] != Value::Null).then_some(import)
    })
    .await;

    let rows = i64::try_from(ROWS).expect("it fits");
    assert_eq!(counts(&done), ("done", [rows, rows, 0, 0, 0]));
    let lines = actor.get("/v1/exports/candidates").await.expect(200).lines();
    assert_eq!(lines.len(), ROWS);
    let found = actor.get("/v1/candidates?q=somebody&facets=source&limit=1").await.expect(200).json();
    assert_eq!(found["has_more"], json!(true));
}
