//! The second fence: PostgreSQL shows no row of another tenant even to a statement that forgot to name one.

use mortise_tests::actor::Actor;
use mortise_tests::samples;
use mortise_tests::server::Server;
use sqlx::{AssertSqlSafe, PgPool};

use super::schema::Schema;

/// Two tenants with a résumé each, and how a careless statement sees the tables.
struct World {
    server: Server,
    pool: PgPool,
    tables: Vec<String>,
}

#[tokio::test]
async fn a_statement_without_the_tenant_sees_only_its_own_rows() {
    let Some(world) = World::of_two_tenants().await else { return };
    let (ada, bob) = (world.tenant_id("ada").await, world.tenant_id("bob").await);

    for table in &world.tables {
        let seen = world.tenants_seen(table, &ada).await;

        assert!(seen.iter().all(|tenant| *tenant == ada), "{table} shows rows of {bob} to {ada}");
    }
    assert_eq!(world.tenants_seen("resumes", &ada).await, [ada], "its own rows are there");
}

#[tokio::test]
async fn a_connection_that_names_no_tenant_sees_nothing() {
    let Some(world) = World::of_two_tenants().await else { return };

    for table in &world.tables {
        assert!(world.tenants_seen(table, "").await.is_empty(), "{table} shows rows to nobody in particular");
    }
}

#[tokio::test]
async fn a_row_cannot_be_written_for_another_tenant() {
    let Some(world) = World::of_two_tenants().await else { return };
    let (ada, bob) = (world.tenant_id("ada").await, world.tenant_id("bob").await);
    let mut transaction = world.pool.begin().await.expect("the database answers");
    name_tenant(&mut transaction, &ada).await;

    let moved =
        sqlx::query("update candidates set tenant_id = $1::uuid").bind(&bob).execute(&mut *transaction).await;

    let error = moved.expect_err("a candidate was given to another tenant").to_string();
    assert!(error.contains("row-level security"), "{error}");
}

#[tokio::test]
async fn the_setting_ends_with_its_transaction() {
    let Some(world) = World::of_two_tenants().await else { return };
    let ada = world.tenant_id("ada").await;
    assert!(!world.tenants_seen("resumes", &ada).await.is_empty());

    let left: Option<String> = sqlx::query_scalar("select current_setting('app.tenant_id', true)")
        .fetch_one(&world.pool)
        .await
        .expect("the database answers");

    assert_eq!(left.unwrap_or_default(), "", "a pooled connection carries a tenant on");
}

impl World {
    async fn of_two_tenants() -> Option<Self> {
        let server = Server::start().await;
        let config = &server.services().config;
        if !config.is_postgres() {
            return None;
        }
        for name in ["ada", "bob"] {
            let tenant: Actor = server.tenant(name).await;
            let text = samples::text_resume("Ada Lovelace", &format!("{name}@example.com"));
            tenant.upload("cv.txt", text).await.expect(202);
        }
        server.run_tasks().await;
        let options = sqlx::postgres::PgPoolOptions::new().max_connections(1);
        let pool = options.connect(&config.database_url()).await.expect("the database answers");
        let tables = Schema::sqlite().await.tenant_tables().await.into_iter().collect();
        Some(Self { server, pool, tables })
    }

    async fn tenant_id(&self, slug: &str) -> String {
        let mut transaction = self.pool.begin().await.expect("the database answers");
        sqlx::query("select set_config('app.system', 'on', true)")
            .execute(&mut *transaction)
            .await
            .expect("a setting can be made");
        sqlx::query_scalar("select id::text from tenants where slug = $1")
            .bind(slug)
            .fetch_one(&mut *transaction)
            .await
            .unwrap_or_else(|error| panic!("{slug} at {}: {error}", self.server.url()))
    }

    /// Whose rows a statement without any condition finds; an empty tenant is none.
    async fn tenants_seen(&self, table: &str, tenant: &str) -> Vec<String> {
        let mut transaction = self.pool.begin().await.expect("the database answers");
        if !tenant.is_empty() {
            name_tenant(&mut transaction, tenant).await;
        }
        let careless = format!("select distinct coalesce(tenant_id::text, 'the system') from {table}");
        sqlx::query_scalar(AssertSqlSafe(careless))
            .fetch_all(&mut *transaction)
            .await
            .expect("the statement runs")
    }
}

async fn name_tenant(connection: &mut sqlx::PgConnection, tenant: &str) {
    sqlx::query("select set_config('app.tenant_id', $1, true)")
        .bind(tenant)
        .execute(connection)
        .await
        .expect("a setting can be made");
}
