//! Applications made over HTTP, each with its history, event, tasks, audit entry and kept answer, as a recruiter's program
//! makes them: 32 connections, every request with an `Idempotency-Key` of its own. By a node that leaves the tasks to others,
//! and by one that scores the applications meanwhile. On SQLite, and on PostgreSQL with `MORTISE_TEST_DATABASE_URL`;
//! `MORTISE_BENCH_APPLICATIONS` for another number. Prints a table.

use std::io::Write;

use anyhow::Context;
use mortise_host::clock::Clock;
use mortise_host::resources::access::founding;
use mortise_host::start::Node;
use mortise_tests::actor::Actor;
use mortise_tests::binary;
use mortise_tests::database::TestDatabase;
use mortise_tests::load::{self, Load};
use mortise_tests::server::config;
use serde_json::{Value, json};

const VARIABLE: &str = "MORTISE_BENCH_APPLICATIONS";
const CONNECTIONS: usize = 32;
const JOBS: usize = 20;

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let count = std::env::var(VARIABLE).ok().map_or(Ok(20_000), |count| count.parse())?;
    let mut out = std::io::stdout();
    for works in [false, true] {
        measure(&mut out, count, works).await?;
    }
    Ok(())
}

async fn measure(out: &mut impl Write, count: usize, works: bool) -> anyhow::Result<()> {
    let database = TestDatabase::new().await;
    let folder = tempfile::tempdir()?;
    let mut settings = config(folder.path(), &database);
    settings.log = "error".into();
    (settings.rate_reads_per_second, settings.rate_writes_per_second) = (0, 0);
    let clock = Clock::system();
    let compiler = Some(binary::mortise());
    let node = Node { config: settings, clock: clock.clone(), serves: true, works, compiler };
    let node = node.start().await?;
    let address = node.address().context("it serves")?;
    let founded = founding::found(&node.services.db, &clock, "bench", "owner@bench.example").await?;
    let key = founded.key.reveal();
    let owner = Actor::new(format!("http://{address}"), Some(key.clone()));
    let mut jobs = Vec::new();
    for number in 0..JOBS {
        let job = json!({ "title": format!("Job {number}") });
        let job = owner.post("/v1/jobs", job).await.expect(201).text("id");
        let status = json!({ "status": "open" });
        owner.put(&format!("/v1/jobs/{job}/status"), status, Some("*")).await.expect(200);
        jobs.push(job);
    }
    let name = if database.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let does = if works { "serves and works" } else { "serves" };
    writeln!(out, "{name}, {count} of each, {CONNECTIONS} connections, the node {does}")?;
    writeln!(out, "{:<24}{:>12}{:>12}{:>12}", "", "per second", "median", "p99")?;

    let mut number = 0;
    let candidates = load::drive(address, CONNECTIONS, || {
        number += 1;
        let email = format!("candidate{number}@example.com");
        let new = json!({ "name": format!("Candidate {number}"), "emails": [email] });
        (number <= count).then(|| post("/v1/candidates", &key, &new, &format!("candidate-{number}")))
    });
    print(out, "POST /v1/candidates", &candidates.await?)?;

    let ids = candidates_of(&owner, count).await?;
    let mut number = 0;
    let applications = load::drive(address, CONNECTIONS, || {
        let candidate = ids.get(number)?;
        number += 1;
        let new =
            json!({ "candidate_id": candidate, "job_id": jobs[number % JOBS], "source": "careers page" });
        Some(post("/v1/applications", &key, &new, &format!("application-{number}")))
    });
    print(out, "POST /v1/applications", &applications.await?)?;
    node.stop().await;
    Ok(())
}

fn post(path: &str, key: &str, body: &Value, idempotency: &str) -> String {
    let body = body.to_string();
    format!(
        "POST {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\nidempotency-key: {idempotency}\r\n\
         content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    )
}

async fn candidates_of(owner: &Actor, count: usize) -> anyhow::Result<Vec<String>> {
    let mut ids = Vec::with_capacity(count);
    let mut path = "/v1/candidates?limit=200".to_owned();
    loop {
        let page = owner.get(&path).await.expect(200).json();
        let data = page["data"].as_array().context("a list has data")?;
        ids.extend(data.iter().filter_map(|one| one["id"].as_str()).map(str::to_owned));
        let Some(cursor) = page["next_cursor"].as_str() else { return Ok(ids) };
        path = format!("/v1/candidates?limit=200&cursor={cursor}");
    }
}

fn print(out: &mut impl Write, what: &str, load: &Load) -> anyhow::Result<()> {
    let milliseconds = |share| format!("{:.1} ms", load.quantile(share).as_secs_f64() * 1e3);
    writeln!(out, "{what:<24}{:>12.0}{:>12}{:>12}", load.rate(), milliseconds(0.5), milliseconds(0.99))?;
    Ok(())
}
