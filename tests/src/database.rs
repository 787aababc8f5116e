//! A database of one test's own: a file in its folder, or on PostgreSQL (`MORTISE_TEST_DATABASE_URL`, whose role may
//! make databases) one with a random name, dropped with the guard.

use std::path::Path;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

const VARIABLE: &str = "MORTISE_TEST_DATABASE_URL";

pub struct TestDatabase {
    postgres: Option<Made>,
}

struct Made {
    admin: String,
    url: String,
    name: String,
}

impl TestDatabase {
    /// An empty database; nodes that share it share the guard.
    ///
    /// # Panics
    /// When PostgreSQL is asked for and does not make one.
    pub async fn new() -> Self {
        let Ok(admin) = std::env::var(VARIABLE) else {
            return Self { postgres: None };
        };
        let name = format!("mortise_test_{:016x}", rand::random::<u64>());
        let url = with_database(&admin, &name);
        run(&admin, format!("create database {name}")).await.expect("PostgreSQL makes a database");
        Self { postgres: Some(Made { admin, url, name }) }
    }

    /// What `database_url` is set to for a node whose SQLite file, if it has one, lies in this folder.
    pub fn url(&self, folder: &Path) -> Option<String> {
        Some(match &self.postgres {
            Some(made) => made.url.clone(),
            None => format!("sqlite:{}", folder.join("mortise.db").display()),
        })
    }

    pub fn is_postgres(&self) -> bool {
        self.postgres.is_some()
    }
}

impl Drop for TestDatabase {
    /// A thread of its own, because the test's runtime may be the one that is dropping.
    fn drop(&mut self) {
        let Some(Made { admin, name, .. }) = self.postgres.take() else { return };
        let dropped = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(drop_database(&admin, &name)).map_err(std::io::Error::other)
        });
        let dropped = dropped.join().expect("dropping a database does not panic");
        if !std::thread::panicking() {
            dropped.expect("a test's database can be dropped");
        }
    }
}

/// The server's own housekeeping in the database refuses to be ended by a plain role, but does not take long.
async fn drop_database(admin: &str, name: &str) -> sqlx::Result<()> {
    let mut tries = 0;
    loop {
        match run(admin, format!("drop database if exists {name} with (force)")).await {
            Err(_) if tries < 50 => tries += 1,
            ended => return ended,
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
    }
}

async fn run(url: &str, statement: String) -> sqlx::Result<()> {
    let mut connection = PgConnection::connect(url).await?;
    sqlx::raw_sql(AssertSqlSafe(statement)).execute(&mut connection).await?;
    connection.close().await
}

/// The same server and role, another database.
fn with_database(url: &str, name: &str) -> String {
    let (address, parameters) = url.split_once('?').map_or((url, ""), |(address, rest)| (address, rest));
    let from = address.find("://").map_or(0, |scheme| scheme + 3);
    let server = address[from..].find('/').map_or(address, |path| &address[..from + path]);
    let separator = if parameters.is_empty() { "" } else { "?" };
    format!("{server}/{name}{separator}{parameters}")
}
