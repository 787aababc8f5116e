//! Real servers, killed while they work: whatever was accepted is there afterwards and ends, as success or with a reason.

use std::collections::BTreeMap;

use futures::StreamExt;
use futures::stream::FuturesUnordered;
use mortise_host::clock::Clock;
use mortise_host::config::Config;
use mortise_host::db::Db;
use mortise_host::resources::access::founding;
use mortise_tests::actor::Actor;
use mortise_tests::database::TestDatabase;
use mortise_tests::node::{Node, until};
use mortise_tests::{documents, rows, samples, server};
use reqwest::Method;
use reqwest::multipart::{Form, Part};
use tempfile::TempDir;

const UPLOADS: usize = 60;
const KILLS: usize = 6;

/// What servers share, and a tenant in it.
pub(crate) struct Site {
    config: Config,
    pub(crate) key: String,
    _folder: TempDir,
    database: TestDatabase,
}

impl Site {
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let database = TestDatabase::new().await;
        let config = Config { worker_lease_seconds: 3, ..server::config(folder.path(), &database) };
        let db = Db::open(&config).await.expect("the database opens");
        db.migrate().await.expect("it is empty");
        let clock = Clock::system();
        let founded = founding::found(&db, &clock, "acme", "owner@acme.example").await;
        let key = founded.expect("the tenant is new").key.reveal();
        db.close().await;
        Self { config, key, _folder: folder, database }
    }

    pub(crate) async fn start(&self) -> Node {
        Node::start(&self.config).await
    }

    /// How each of these résumés ended.
    async fn ends(&self, node: &Node, accepted: &[String]) -> BTreeMap<String, usize> {
        let actor = node.actor(&self.key);
        let mut ends = BTreeMap::new();
        for id in accepted {
            let end = until("a résumé is read or given up", async || {
                let resume = actor.get(&format!("/v1/resumes/{id}")).await.expect(200).json();
                let status = resume["status"].as_str().expect("a status").to_owned();
                match status.as_str() {
                    "success" => Some(status),
                    "failed" => {
                        Some(resume["error"]["code"].as_str().expect("a failure has a reason").to_owned())
                    }
                    _ => None,
                }
            });
            *ends.entry(end.await).or_default() += 1;
        }
        ends
    }

    /// Every row has what it refers to, and nothing waits or runs any more.
    async fn check(&self) {
        let url = self.config.database_url();
        let lost = [
            (
                "résumés without a file",
                "select r.id from resumes r left join files f on f.tenant_id = r.tenant_id
                and f.id = r.file_id and f.state = 'stored' where f.id is null",
            ),
            (
                "résumés without a reading",
                "select r.id from resumes r left join resume_parses p on
                p.tenant_id = r.tenant_id and p.resume_id = r.id where p.id is null",
            ),
            (
                "readings that never ended",
                "select id from resume_parses where status in ('pending', 'processing')",
            ),
            (
                "read résumés without a candidate",
                "select id from resumes where status = 'success'
                and (candidate_id is null or parse_id is null)",
            ),
            (
                "candidates nobody wrote to",
                "select c.id from candidates c left join resumes r on
                r.tenant_id = c.tenant_id and r.candidate_id = c.id where r.id is null",
            ),
            ("tasks", "select id from tasks where kind = 'resumes.read'"),
            (
                "files without a résumé",
                "select f.id from files f left join resumes r on r.tenant_id = f.tenant_id
                and r.file_id = f.id where f.state = 'stored' and r.id is null",
            ),
        ];
        for (what, statement) in lost {
            let found = rows::texts(&url, &format!("select 'x' from ({statement}) as found")).await;
            assert_eq!(found.len(), 0, "{} {what}", found.len());
        }
    }
}

/// The file of one upload: sound, damaged or scanned, each its own person.
fn file(number: usize) -> (String, Vec<u8>) {
    let names = samples::names();
    match number % 5 {
        0 => ("broken.pdf".into(), b"%PDF-1.7\n%%EOF".to_vec()),
        1 => ("scan.pdf".into(), documents::scanned_pdf()),
        2 => (
            format!("{number}.txt"),
            samples::text_resume("Ada Lovelace", &format!("ada{number}@example.com")),
        ),
        _ => {
            let name = format!("{}.pdf", names[number % names.len()]);
            (name.clone(), samples::read(&name))
        }
    }
}

/// Uploads; the id, if the server lived to accept it.
async fn upload(actor: &Actor, number: usize) -> Option<String> {
    let (name, bytes) = file(number);
    let form = Form::new().part("file", Part::bytes(bytes).file_name(name));
    let answer = actor.request(Method::POST, "/v1/resumes").multipart(form).send().await.ok()?;
    let status = answer.status().as_u16();
    let body: serde_json::Value = answer.json().await.ok()?;
    assert_eq!(status, 202, "{body:#}");
    Some(body["id"].as_str().expect("an id is a text").to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_was_accepted_ends_although_the_server_is_killed() {
    let site = Site::new().await;
    let (mut accepted, mut next) = (Vec::new(), 0);

    for round in 0..KILLS {
        let node = site.start().await;
        let actor = node.actor(&site.key);
        let uploads = (next..next + UPLOADS / KILLS).map(|number| upload(&actor, number));
        next += UPLOADS / KILLS;
        // Killed in the middle of the uploads, or of the work on them: after a random number of answers.
        let patience = rand::random_range(1..=UPLOADS / KILLS);
        let mut uploads: FuturesUnordered<_> = uploads.collect();
        for _ in 0..patience {
            accepted.extend(uploads.next().await.flatten());
        }
        if round % 2 == 0 {
            let last = accepted.last().cloned().expect("the server has answered");
            until("a worker has begun", async || {
                let resume = actor.get(&format!("/v1/resumes/{last}")).await.expect(200).json();
                (resume["status"] != "pending").then_some(())
            })
            .await;
        }
        node.kill();
        while let Some(answered) = uploads.next().await {
            accepted.extend(answered);
        }
    }

    let node = site.start().await;
    let ends = site.ends(&node, &accepted).await;
    assert!(accepted.len() >= KILLS, "{} were accepted", accepted.len());
    for code in ends.keys() {
        assert!(["success", "damaged_pdf", "no_text_layer"].contains(&code.as_str()), "{ends:?}");
    }
    // Those whose answer the client never got are resumes, too.
    let actor = node.actor(&site.key);
    until("nothing is under way", async || {
        let tasks =
            rows::texts(&site.config.database_url(), "select 'x' from tasks where kind = 'resumes.read'")
                .await;
        tasks.is_empty().then_some(())
    })
    .await;
    site.check().await;
    let id = upload(&actor, 2).await.expect("it still works");
    assert_eq!(site.ends(&node, &[id]).await, BTreeMap::from([("success".to_owned(), 1)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_second_node_finishes_what_a_killed_one_began() {
    let site = Site::new().await;
    if !site.database.is_postgres() {
        return;
    }
    let (first, second) = (site.start().await, site.start().await);
    let (to_first, to_second) = (first.actor(&site.key), second.actor(&site.key));

    let mut uploads: FuturesUnordered<_> = (0..UPLOADS)
        .map(|number| upload(if number % 2 == 0 { &to_first } else { &to_second }, number))
        .collect();
    let mut accepted = Vec::new();
    for _ in 0..UPLOADS / 2 {
        accepted.extend(uploads.next().await.flatten());
    }
    first.kill();
    while let Some(answered) = uploads.next().await {
        accepted.extend(answered);
    }

    let ends = site.ends(&second, &accepted).await;
    assert!(accepted.len() >= UPLOADS / 2, "the second node took all of its own: {ends:?}");
    assert!(ends.contains_key("success"), "{ends:?}");
    until("nothing is under way", async || {
        let tasks =
            rows::texts(&site.config.database_url(), "select 'x' from tasks where kind = 'resumes.read'")
                .await;
        tasks.is_empty().then_some(())
    })
    .await;
    site.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_told_to_stop_loses_nothing() {
    let site = Site::new().await;
    let node = site.start().await;
    let actor = node.actor(&site.key);
    let mut accepted = Vec::new();
    for number in 0..10 {
        accepted.extend(upload(&actor, number).await);
    }

    let status = node.terminate().await;

    assert!(status.success(), "{status}");
    let node = site.start().await;
    let ends = site.ends(&node, &accepted).await;
    assert_eq!(ends.values().sum::<usize>(), 10, "{ends:?}");
    site.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn connections_that_the_database_closed_are_made_anew() {
    let site = Site::new().await;
    if !site.database.is_postgres() {
        return;
    }
    let node = site.start().await;
    let owner = node.actor(&site.key);
    // As many connections as there are, all of them used.
    let asked = (0..20).map(|_| owner.get("/v1/candidates"));
    futures::future::join_all(asked).await.into_iter().for_each(|answer| drop(answer.expect(200)));

    let hang_up = "select pg_terminate_backend(pid, 10000)::text from pg_stat_activity
        where datname = current_database() and pid <> pg_backend_pid()";
    assert!(!rows::texts(&site.config.database_url(), hang_up).await.is_empty(), "the server was connected");

    owner.get("/v1/candidates").await.expect(200);
    owner.post("/v1/candidates", serde_json::json!({ "name": "Ada Lovelace" })).await.expect(201);
}

/// PostgreSQL's own daemon may take a minute until it looks.
#[tokio::test(flavor = "multi_thread")]
async fn tables_that_grow_are_analyzed_soon() {
    let site = Site::new().await;
    if !site.database.is_postgres() {
        return;
    }
    let node = site.start().await;
    let owner = node.actor(&site.key);
    let people: Vec<_> =
        (0..700).map(|number| serde_json::json!({ "name": format!("Ada {number}") }).to_string()).collect();
    owner.import("people.ndjson", people.join("\n"), &[("kind", "candidates")]).await.expect(202);

    let url = site.config.database_url();
    let analyzed = "select relname::text from pg_stat_user_tables
        where relname = 'candidates' and last_analyze is not null";
    until("the table is analyzed", async || {
        let found = rows::texts(&url, analyzed).await;
        (!found.is_empty()).then_some(())
    })
    .await;
}
