//! Both engines' migrations have the same numbers and names, and make the same schema; every table of tenants' rows is
//! fenced.

use std::collections::BTreeSet;

use super::schema::{Schema, UNFENCED};
use super::sources;

/// Tables whose key does not begin with the tenant, and why.
const OTHER_KEY: [(&str, &str); 1] =
    [("tasks", "the system's own tasks have no tenant; owner_id stands for both")];

#[test]
fn both_folders_hold_the_same_numbers_and_names() {
    let [postgres, sqlite] = ["postgres", "sqlite"].map(|engine| {
        let folder = sources::root().join("migrations").join(engine);
        let names = sources::files(&folder, "sql").into_iter();
        names.map(|path| path.file_name().expect("a file has a name").to_owned()).collect::<BTreeSet<_>>()
    });

    assert!(!sqlite.is_empty());
    assert_eq!(postgres, sqlite);
    let numbers: Vec<_> = sqlite.iter().map(|name| name.to_string_lossy()[..4].parse::<usize>()).collect();
    let expected: Vec<_> = (1..=numbers.len()).map(Ok).collect();
    assert_eq!(numbers, expected, "numbers count up from 0001 without a gap");
}

#[tokio::test]
async fn both_engines_end_with_the_same_schema() {
    let Some(postgres) = Schema::postgres().await else { return skipped() };
    let (postgres, sqlite) = (postgres.tables().await, Schema::sqlite().await.tables().await);

    assert_eq!(postgres.keys().collect::<Vec<_>>(), sqlite.keys().collect::<Vec<_>>());
    for (name, table) in &postgres {
        assert_eq!(*table, sqlite[name], "{name}: PostgreSQL on the left, SQLite on the right");
    }
}

#[tokio::test]
async fn every_row_of_a_tenant_is_keyed_by_its_tenant() {
    let tables = Schema::sqlite().await.tables().await;
    let of_tenants: BTreeSet<_> = tables
        .iter()
        .filter(|(_, t)| t.columns.contains_key("tenant_id"))
        .map(|(name, _)| name.as_str())
        .collect();

    for (name, table) in tables.iter().filter(|(name, _)| of_tenants.contains(name.as_str())) {
        if !OTHER_KEY.iter().any(|(exempt, _)| exempt == name) {
            assert_eq!(table.primary_key.first().map(String::as_str), Some("tenant_id"), "the key of {name}");
            assert!(!table.columns["tenant_id"].nullable, "{name}.tenant_id may be null");
        }
        let to_tenants: (_, _, _) =
            (vec!["tenant_id".to_owned()], "tenants".to_owned(), vec!["id".to_owned()]);
        assert!(table.foreign_keys.contains(&to_tenants), "{name} does not refer to tenants");
        for (columns, other, _) in &table.foreign_keys {
            let inside = columns.first().is_some_and(|column| column == "tenant_id");
            assert!(inside, "{name} {columns:?} refers to {other} without the tenant, so to anybody's rows");
        }
    }
}

#[tokio::test]
async fn no_column_has_a_default() {
    for schema in Schema::every().await {
        for (name, table) in schema.tables().await {
            for (column, described) in table.columns {
                assert_eq!(described.default, None, "{name}.{column} on {:?}", schema.engine());
            }
        }
    }
}

#[tokio::test]
async fn every_table_of_tenants_rows_has_forced_row_level_security() {
    let Some(schema) = Schema::postgres().await else { return skipped() };
    let mut tables = schema.tenant_tables().await;
    tables.insert("tenants".into());
    assert!(tables.remove(UNFENCED), "{UNFENCED} is gone");

    for table in tables {
        let (enabled, forced): (bool, bool) = sqlx::query_as(
            "select relrowsecurity, relforcerowsecurity from pg_class where oid = $1::regclass",
        )
        .bind(&table)
        .fetch_one(schema.pool())
        .await
        .expect("the catalogue answers");
        let policies: Vec<(String, String, Option<String>, Option<String>)> = sqlx::query_as(
            "select permissive, cmd, qual, with_check from pg_policies where tablename = $1 and schemaname = current_schema()",
        )
        .bind(&table)
        .fetch_all(schema.pool())
        .await
        .expect("the catalogue answers");

        assert!(enabled && forced, "{table} is not forced: alter table {table} force row level security");
        let [(_, command, using, check)] = &policies[..] else {
            panic!("{table} has {} policies", policies.len())
        };
        assert_eq!(command, "ALL", "the policy of {table}");
        assert_eq!(using, check, "the policy of {table} lets in what it does not show");
        assert!(using.as_deref().is_some_and(|using| using.contains("app.tenant_id")), "{table}: {using:?}");
    }
}

#[tokio::test]
async fn migrating_twice_changes_nothing() {
    for schema in Schema::every().await {
        let before = schema.tables().await;
        schema.migrate_again().await;
        assert_eq!(schema.tables().await, before);
    }
}

/// Said where a test needs PostgreSQL and there is none.
fn skipped() {
    #[expect(clippy::print_stderr, reason = "whoever runs the tests should know")]
    {
        eprintln!("skipped: MORTISE_TEST_DATABASE_URL names no PostgreSQL");
    }
}
