//! One row read over HTTP, with credential, permission, tenant and limits looked at, beside a bare axum route that runs the
//! same prepared query: 32 connections kept alive, on SQLite, and on PostgreSQL with `MORTISE_TEST_DATABASE_URL`. Rounds
//! take turns, so that both see the same machine. Prints a table.

use std::io::Write;
use std::net::SocketAddr;
use std::str::FromStr;
use std::time::{Duration, Instant};

use anyhow::Context;
use axum::Router;
use axum::extract::{Path, State};
use axum::routing::get;
use mortise_host::clock::Clock;
use mortise_host::ids::{ContactId, TenantId};
use mortise_host::resources::access::founding;
use mortise_host::start::Node;
use mortise_tests::binary;
use mortise_tests::database::TestDatabase;
use mortise_tests::load;
use mortise_tests::server::config;
use serde_json::{Value, json};
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};
use sqlx::{PgPool, SqlitePool};
use tokio::net::TcpListener;

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_secs(2);

#[tokio::main]
async fn main() -> anyhow::Result<()> {
    let mut out = std::io::stdout();
    writeln!(out, "one contact by id, {CONNECTIONS} connections, requests/s (median of {ROUNDS} rounds)")?;
    writeln!(out, "{:<12}{:>12}{:>14}{:>9}{:>10}", "database", "mortise", "bare route", "ratio", "goal")?;
    let database = TestDatabase::new().await;
    let name = if database.is_postgres() { "PostgreSQL" } else { "SQLite" };
    let (ours, bare) = measure(&database).await?;
    let ratio = ours / bare * 100.0;
    writeln!(out, "{name:<12}{ours:>12.0}{bare:>14.0}{ratio:>8.0}%{:>10}", "≥ 70 %")?;
    Ok(())
}

async fn measure(database: &TestDatabase) -> anyhow::Result<(f64, f64)> {
    let folder = tempfile::tempdir()?;
    let mut config = config(folder.path(), database);
    config.log = "error".into();
    let clock = Clock::system();
    let compiler = Some(binary::mortise());
    let node = Node { config, clock: clock.clone(), serves: true, works: false, compiler }.start().await?;
    let address = node.address().context("it serves")?;
    let founded = founding::found(&node.services.db, &clock, "bench", "owner@bench.example").await?;
    let key = founded.key.reveal();
    let client = reqwest::Client::builder().no_proxy().build()?;
    let body = json!({ "name": "Grace Hopper", "email": "grace@example.com", "title": "Rear admiral" });
    let made: Value = client
        .post(format!("http://{address}/v1/contacts"))
        .bearer_auth(&key)
        .json(&body)
        .send()
        .await?
        .json()
        .await?;
    let id = made["id"].as_str().context("it was made")?.to_owned();
    let url = database.url(folder.path()).context("there is a database")?;
    let bare = serve_bare(&url, founded.tenant.id).await?;

    let ours =
        format!("GET /v1/contacts/{id} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {key}\r\n\r\n");
    let theirs = format!("GET /{id} HTTP/1.1\r\nhost: bench\r\n\r\n");
    let (mut of_ours, mut of_bare) = (Vec::new(), Vec::new());
    for round in 0..=ROUNDS {
        let rates = (rate(address, &ours).await?, rate(bare, &theirs).await?);
        // The first warms both.
        if round > 0 {
            of_ours.push(rates.0);
            of_bare.push(rates.1);
        }
    }
    node.stop().await;
    Ok((median(of_ours), median(of_bare)))
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates[rates.len() / 2]
}

#[derive(Clone)]
struct Bare {
    pool: Pool,
    tenant: TenantId,
}

#[derive(Clone)]
enum Pool {
    Sqlite(SqlitePool),
    Postgres(PgPool),
}

type Row = (ContactId, String, Option<String>, Option<String>, Option<String>, i64);

const QUERY: &str = "select id, name, email, phone, title, version from contacts
    where tenant_id = $1 and id = $2 and deleted_at is null";

#[expect(clippy::disallowed_methods, reason = "the server that ours is measured beside")]
async fn serve_bare(url: &str, tenant: TenantId) -> anyhow::Result<SocketAddr> {
    let pool = if url.starts_with("sqlite:") {
        let options = SqliteConnectOptions::from_str(url)?.read_only(true);
        Pool::Sqlite(SqlitePoolOptions::new().max_connections(6).connect_with(options).await?)
    } else {
        Pool::Postgres(PgPoolOptions::new().max_connections(6).connect(url).await?)
    };
    let app = Router::new().route("/{id}", get(read)).with_state(Bare { pool, tenant });
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    tokio::spawn(async move { axum::serve(listener, app).await });
    Ok(address)
}

async fn read(State(bare): State<Bare>, Path(id): Path<String>) -> axum::Json<Value> {
    let id: ContactId = id.parse().expect("the benchmark asks for what it made");
    let row = match &bare.pool {
        Pool::Sqlite(pool) => {
            sqlx::query_as::<_, Row>(QUERY).bind(bare.tenant).bind(id).fetch_one(pool).await
        }
        // Row-level security binds this role, too: it has to name the tenant.
        Pool::Postgres(pool) => {
            let mut transaction = pool.begin().await.expect("the database answers");
            sqlx::query("select set_config('app.tenant_id', $1, true)")
                .bind(bare.tenant.uuid().to_string())
                .execute(&mut *transaction)
                .await
                .expect("the database answers");
            let row =
                sqlx::query_as::<_, Row>(QUERY).bind(bare.tenant).bind(id).fetch_one(&mut *transaction).await;
            transaction.commit().await.expect("the database answers");
            row
        }
    };
    let (id, name, email, phone, title, version) = row.expect("the benchmark asks for what it made");
    axum::Json(
        json!({ "id": id, "name": name, "email": email, "phone": phone, "title": title, "version": version }),
    )
}

/// Requests a second over all connections.
async fn rate(address: SocketAddr, request: &str) -> anyhow::Result<f64> {
    let until = Instant::now() + ROUND;
    let next = || (Instant::now() < until).then(|| request.to_owned());
    Ok(load::drive(address, CONNECTIONS, next).await?.rate())
}
