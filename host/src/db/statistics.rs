//! What PostgreSQL knows of the tables when it plans. A prepared statement keeps the plan it was given, and one that was made for
//! an empty table reads the whole of a full one; it is planned anew when the table has been analyzed. PostgreSQL's own daemon
//! looks once a minute, in which a new installation, or an import, grows from nothing to a hundred thousand rows.

use std::time::Duration;

use sqlx::{AssertSqlSafe, Connection, Executor, PgConnection, PgPool};
use tokio_util::sync::CancellationToken;

/// How often a node looks for tables that have grown.
const LOOK: Duration = Duration::from_secs(2);

/// A table of no more rows than these is read in no time, whatever the plan.
const SMALLEST: i64 = 500;

/// Rows of the largest table that is looked after here: the plans of a larger one are those of a large one already, and the
/// daemon comes in time.
const LARGEST: i64 = 100_000;

/// A sample of 300 times so many rows, a tenth of the usual one: it is taken often, and only has to tell a few rows from many.
const SAMPLE: &str = "set local default_statistics_target = 10";

/// Any number that nobody else uses: one node of all looks at a time.
const LOCK: i64 = 0x6d6f_7274_6973_6501;

/// Looks until stopped.
#[expect(clippy::disallowed_methods, reason = "it lives as long as the pool, outside any request or task")]
pub(super) fn keep(pool: PgPool, stop: CancellationToken) {
    tokio::spawn(async move {
        stop.run_until_cancelled(async {
            loop {
                tokio::time::sleep(LOOK).await;
                if let Err(error) = look(&pool).await {
                    tracing::debug!(%error, "the tables' statistics were not brought up to date");
                }
            }
        })
        .await;
    });
}

/// Analyzes what has grown to twice what it was, as long as it is small. That rows were only changed is no reason: every
/// statement about the table is planned anew afterwards, on every connection.
async fn look(pool: &PgPool) -> sqlx::Result<()> {
    let mut connection = pool.acquire().await?;
    let tables: Vec<String> = sqlx::query_scalar(
        "select quote_ident(known.schemaname) || '.' || quote_ident(known.relname)
         from pg_stat_user_tables known join pg_class on pg_class.oid = known.relid
         where known.schemaname = current_schema() and known.n_live_tup > $1 and known.n_live_tup > 2 * pg_class.reltuples
           and (known.n_live_tup <= $2 or pg_class.reltuples < 0)",
    )
    .bind(SMALLEST)
    .bind(LARGEST)
    .fetch_all(&mut *connection)
    .await?;
    if tables.is_empty() {
        return Ok(());
    }
    let mut turn = connection.begin().await?;
    let is_ours: bool =
        sqlx::query_scalar("select pg_try_advisory_xact_lock($1)").bind(LOCK).fetch_one(&mut *turn).await?;
    if is_ours {
        analyze(&mut turn, &tables).await?;
    }
    turn.commit().await
}

async fn analyze(connection: &mut PgConnection, tables: &[String]) -> sqlx::Result<()> {
    connection.execute(SAMPLE).await?;
    for table in tables {
        connection.execute(AssertSqlSafe(format!("analyze {table}"))).await?;
    }
    Ok(())
}
