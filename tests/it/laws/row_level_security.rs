//! The second fence: PostgreSQL shows no row of another tenant even to a statement that forgot to name one.

use mortise_host::caller::Caller;
use mortise_host::permissions::Permission;
use mortise_host::resources::audit::seal;
use mortise_tests::rows;
use serde_json::json;
use sqlx::{AssertSqlSafe, PgConnection, PgPool};

use super::schema::{Schema, UNFENCED};
use super::two_tenants::{Tenant, World as TwoTenants};

/// Two tenants with a row in every table each, and how a careless statement sees the tables.
struct World {
    both: TwoTenants,
    pool: PgPool,
    tables: Vec<String>,
}

/// What takes a server of somebody else's to make, or a plugin that keeps something, or somebody who comes by a link.
const BY_HAND: [&str; 7] = [
    "insert into outside_identities select m.tenant_id, p.id, 'subject', m.id, m.created_at
     from members m, identity_providers p limit 1",
    "insert into plugin_values (tenant_id, plugin_id, key, value, updated_at)
     select tenant_id, id, 'seen', '1'::bytea, created_at from plugins limit 1",
    "insert into inference_usages (tenant_id, month, calls, tokens, updated_at)
     select id, '2026-03', 1, 100, created_at from tenants limit 1",
    "insert into plugin_rollouts (tenant_id, plugin_id, role, version_id, strikes, created_at)
     select tenant_id, plugin_id, 'shadow', id, 0, created_at from plugin_versions limit 1",
    "insert into plugin_shadow_runs
         (tenant_id, id, plugin_id, version_id, subject_id, outcome, differences, wall_micros, cpu_micros, peak_memory,
          host_calls, baseline_release, baseline_wall_micros, baseline_cpu_micros, baseline_peak_memory, created_at)
     select tenant_id, id, plugin_id, id, 'res', 'same', '[]', 1, 1, 1, 0, '1.0.0', 1, 1, 1, created_at
     from plugin_versions limit 1",
    "insert into tracking_link_uses (tenant_id, link_id, application_id)
     select l.tenant_id, l.id, a.id from tracking_links l, applications a limit 1",
    "insert into resume_jobs (tenant_id, resume_id, job_id)
     select r.tenant_id, r.id, j.id from resumes r, jobs j limit 1",
];

#[tokio::test]
async fn a_statement_without_the_tenant_sees_only_its_own_rows() {
    let Some(world) = World::of_two_tenants().await else { return };

    for table in &world.tables {
        for tenant in [&world.both.acme, &world.both.globex] {
            let own = id(tenant);
            assert_eq!(world.tenants_seen(table, &own).await, [own], "{table}: its own rows, and no others");
        }
    }
}

/// The condition of the host's statements, `tenant_id = $1`, is what a careless one leaves out.
#[tokio::test]
async fn a_statement_without_the_tenant_changes_only_its_own_rows() {
    let Some(world) = World::of_two_tenants().await else { return };
    let own = id(&world.both.acme);

    let is_append_only = |table: &&String| table.starts_with("audit_") || table.ends_with("_changes");
    for table in world.tables.iter().filter(|table| !is_append_only(table)) {
        let careful = format!("update {table} set tenant_id = tenant_id where tenant_id = '{own}'");
        let careless = format!("update {table} set tenant_id = tenant_id");

        let meant = world.changed(&careful, &own).await;

        assert!(meant > 0, "{table} is empty, and so proves nothing");
        assert_eq!(world.changed(&careless, &own).await, meant, "{table}");
    }
}

/// What there is to be seen without the fence: else the laws above would hold of empty tables, too.
#[tokio::test]
async fn without_the_fence_the_other_tenants_rows_would_be_seen() {
    let Some(world) = World::of_two_tenants().await else { return };
    let own = id(&world.both.acme);

    for table in &world.tables {
        let mut transaction = world.pool.begin().await.expect("the database answers");
        // Rolled back with the transaction.
        let open = format!("alter table {table} no force row level security, disable row level security");
        sqlx::query(AssertSqlSafe(open)).execute(&mut *transaction).await.expect("the owner may");
        let seen = tenants_seen(&mut transaction, table, &own).await;
        assert!(seen.len() >= 2, "{table}: {seen:?}");
    }
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
    let (ada, bob) = (id(&world.both.acme), id(&world.both.globex));
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
    let ada = id(&world.both.acme);
    assert!(!world.tenants_seen("resumes", &ada).await.is_empty());

    let left: Option<String> = sqlx::query_scalar("select current_setting('app.tenant_id', true)")
        .fetch_one(&world.pool)
        .await
        .expect("the database answers");

    assert_eq!(left.unwrap_or_default(), "", "a pooled connection carries a tenant on");
}

/// The index of candidates has no fence but this: whatever a statement forgets, a lexeme of one tenant finds no other's.
#[tokio::test]
async fn no_two_tenants_share_a_lexeme() {
    let Some(world) = World::of_two_tenants().await else { return };
    let lexemes = async |tenant: &Tenant| -> Vec<String> {
        let text = format!(
            "select distinct unnest(tsvector_to_array(lexemes)) from {UNFENCED} where tenant_id = '{}'",
            id(tenant)
        );
        sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(&world.pool).await.expect("the database answers")
    };
    let (acme, globex) = (lexemes(&world.both.acme).await, lexemes(&world.both.globex).await);

    assert!(acme.len() > 20 && globex.len() > 20, "{} and {}", acme.len(), globex.len());
    assert!(acme.iter().all(|lexeme| !globex.contains(lexeme)), "both have one");
}

/// As the database has it.
fn id(tenant: &Tenant) -> String {
    tenant.founded.tenant.id.uuid().to_string()
}

impl World {
    async fn of_two_tenants() -> Option<Self> {
        if !mortise_tests::database::TestDatabase::new().await.is_postgres() {
            return None;
        }
        let both = TwoTenants::new().await;
        let services = both.server.services();
        for tenant in [&both.acme, &both.globex] {
            // Keeps an answer, sealed with a key of the tenant's own.
            let once = tenant.owner.with_header("idempotency-key", "1");
            once.post("/v1/departments", json!({ "name": both.unique() })).await.expect(201);
            // Waits for somebody who is not there.
            let resume = tenant.subjects.id("resume");
            tenant.owner.post(&format!("/v1/resumes/{resume}/parses"), json!({})).await.expect(202);
        }
        both.server.clock.advance(std::time::Duration::from_secs(60 * 60));
        for tenant in [&both.acme, &both.globex] {
            let operator = Caller::operator(tenant.founded.tenant.id);
            let mut tx = services.db.begin(&operator, Permission::AuditLogRead).await.expect("it answers");
            seal::seal(&mut tx, &services.clock, &services.keys).await.expect("the log can be sealed");
            tx.commit().await.expect("it answers");
        }
        let url = services.config.database_url();
        for statement in BY_HAND {
            rows::change(&url, statement).await.expect("the statement runs");
        }
        let options = sqlx::postgres::PgPoolOptions::new().max_connections(1);
        let pool = options.connect(&url).await.expect("the database answers");
        let tables = Schema::sqlite().await.tenant_tables().await.into_iter();
        let tables = tables.filter(|table| table != UNFENCED).collect();
        Some(Self { both, pool, tables })
    }

    /// Whose rows a statement without any condition finds; an empty tenant is none.
    async fn tenants_seen(&self, table: &str, tenant: &str) -> Vec<String> {
        let mut transaction = self.pool.begin().await.expect("the database answers");
        tenants_seen(&mut transaction, table, tenant).await
    }

    /// How many rows a statement would change; none stays changed.
    async fn changed(&self, statement: &str, tenant: &str) -> u64 {
        let mut transaction = self.pool.begin().await.expect("the database answers");
        name_tenant(&mut transaction, tenant).await;
        let done = sqlx::query(AssertSqlSafe(statement.to_owned())).execute(&mut *transaction).await;
        done.unwrap_or_else(|error| panic!("{statement}: {error}")).rows_affected()
    }
}

async fn tenants_seen(connection: &mut PgConnection, table: &str, tenant: &str) -> Vec<String> {
    if !tenant.is_empty() {
        name_tenant(connection, tenant).await;
    }
    let careless = format!("select distinct coalesce(tenant_id::text, 'the system') from {table}");
    sqlx::query_scalar(AssertSqlSafe(careless)).fetch_all(connection).await.expect("the statement runs")
}

async fn name_tenant(connection: &mut PgConnection, tenant: &str) {
    sqlx::query("select set_config('app.tenant_id', $1, true)")
        .bind(tenant)
        .execute(connection)
        .await
        .expect("a setting can be made");
}
