//! A migrated, empty database of either engine, and what its catalogue says of it, in the same words for both.

use std::collections::{BTreeMap, BTreeSet};

use mortise_host::config::Config;
use mortise_host::db::{Db, Engine};
use mortise_tests::database::TestDatabase;
use sqlx::postgres::PgPoolOptions;
use sqlx::sqlite::SqlitePoolOptions;
use sqlx::{AssertSqlSafe, Executor, PgPool, SqlSafeStr, SqlitePool};
use tempfile::TempDir;

/// Name, columns, and whether it is unique, the primary key, and on plain columns; its predicate.
type PostgresIndex = (String, Vec<String>, bool, bool, bool, Option<String>);

/// A database, for as long as this is there.
pub(crate) struct Schema {
    pools: Pools,
    config: Config,
    _folder: TempDir,
    _database: Option<TestDatabase>,
}

enum Pools {
    Postgres(PgPool),
    Sqlite(SqlitePool),
}

/// What one table is.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Table {
    pub(crate) columns: BTreeMap<String, Column>,
    pub(crate) primary_key: Vec<String>,
    /// Columns, and the condition of a partial one.
    pub(crate) unique: BTreeSet<(Vec<String>, String)>,
    /// Name, columns, condition.
    pub(crate) indexes: BTreeSet<(String, Vec<String>, String)>,
    /// Columns, table, its columns.
    pub(crate) foreign_keys: BTreeSet<(Vec<String>, String, Vec<String>)>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    /// As SQLite calls it; see the table in `migrations/README.md`.
    pub(crate) kind: String,
    pub(crate) nullable: bool,
    pub(crate) default: Option<String>,
}

/// PostgreSQL's kinds and SQLite's.
const KINDS: [(&str, &str); 6] = [
    ("uuid", "blob"),
    ("text", "text"),
    ("timestamp with time zone", "text"),
    ("bigint", "integer"),
    ("bytea", "blob"),
    ("jsonb", "text"),
];

/// What SQLite keeps in a table of FTS5.
const ONLY_POSTGRES: (&str, &str) = ("candidate_search", "lexemes");

/// Without row-level security: its fence is that no two tenants share a lexeme.
pub(crate) const UNFENCED: &str = "candidate_search";

impl Schema {
    /// SQLite, and PostgreSQL where the tests have one.
    pub(crate) async fn every() -> Vec<Self> {
        let mut every = vec![Self::sqlite().await];
        every.extend(Self::postgres().await);
        every
    }

    pub(crate) async fn sqlite() -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let config = Config { data_dir: folder.path().into(), ..Config::default() };
        migrate(&config).await;
        let url = config.database_url();
        let pool = SqlitePoolOptions::new().max_connections(1).connect(&url).await.expect("it was migrated");
        Self { pools: Pools::Sqlite(pool), config, _folder: folder, _database: None }
    }

    /// None without `MORTISE_TEST_DATABASE_URL`.
    pub(crate) async fn postgres() -> Option<Self> {
        let database = TestDatabase::new().await;
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let config = mortise_tests::server::config(folder.path(), &database);
        if !config.is_postgres() {
            return None;
        }
        migrate(&config).await;
        let url = config.database_url();
        let pool = PgPoolOptions::new().max_connections(1).connect(&url).await.expect("it was migrated");
        Some(Self { pools: Pools::Postgres(pool), config, _folder: folder, _database: Some(database) })
    }

    pub(crate) fn engine(&self) -> Engine {
        match self.pools {
            Pools::Postgres(_) => Engine::Postgres,
            Pools::Sqlite(_) => Engine::Sqlite,
        }
    }

    /// PostgreSQL's connections, by the plain role the host uses.
    pub(crate) fn pool(&self) -> &PgPool {
        match &self.pools {
            Pools::Postgres(pool) => pool,
            Pools::Sqlite(_) => panic!("this is SQLite"),
        }
    }

    /// Has the engine read a statement without running it.
    pub(crate) async fn prepare(&self, sql: &str) -> Result<(), sqlx::Error> {
        let sql = AssertSqlSafe(sql.to_owned()).into_sql_str();
        match &self.pools {
            Pools::Postgres(pool) => pool.prepare(sql).await.map(drop),
            Pools::Sqlite(pool) => pool.prepare(sql).await.map(drop),
        }
    }

    /// As a second start does.
    pub(crate) async fn migrate_again(&self) {
        migrate(&self.config).await;
    }

    /// Tables that hold rows of tenants.
    pub(crate) async fn tenant_tables(&self) -> BTreeSet<String> {
        let tables = self.tables().await;
        tables
            .into_iter()
            .filter(|(_, table)| table.columns.contains_key("tenant_id"))
            .map(|(name, _)| name)
            .collect()
    }

    /// Every table but the migrations' own.
    pub(crate) async fn tables(&self) -> BTreeMap<String, Table> {
        match &self.pools {
            Pools::Postgres(pool) => postgres_tables(pool).await,
            Pools::Sqlite(pool) => sqlite_tables(pool).await,
        }
    }
}

async fn migrate(config: &Config) {
    let db = Db::open(config).await.expect("the database opens");
    db.migrate().await.expect("the migrations run on an empty database");
    assert!(db.is_migrated().await.expect("it answers"));
    db.close().await;
}

async fn sqlite_tables(pool: &SqlitePool) -> BTreeMap<String, Table> {
    let names: Vec<(String, bool)> = sqlx::query_as(
        "select name, strict from pragma_table_list where schema = 'main' and type = 'table'
         and name not like 'sqlite\\_%' escape '\\' and name not like '\\_sqlx%' escape '\\'",
    )
    .fetch_all(pool)
    .await
    .expect("the catalogue answers");
    let mut tables = BTreeMap::new();
    for (name, strict) in names {
        assert!(strict, "the SQLite table {name} is not STRICT");
        let table = sqlite_table(pool, &name).await;
        tables.insert(name, table);
    }
    tables
}

async fn sqlite_table(pool: &SqlitePool, name: &str) -> Table {
    let mut table = Table::default();
    let columns: Vec<(String, String, bool, Option<String>, i64)> = sqlx::query_as(
        "select name, lower(type), \"notnull\", dflt_value, pk from pragma_table_info($1) order by pk",
    )
    .bind(name)
    .fetch_all(pool)
    .await
    .expect("the catalogue answers");
    for (column, kind, not_null, default, place) in columns {
        if place > 0 {
            table.primary_key.push(column.clone());
        }
        table.columns.insert(column, Column { kind, nullable: !not_null, default });
    }
    let indexes: Vec<(String, bool, String, Option<String>)> = sqlx::query_as(
        "select list.name, list.\"unique\", list.origin, master.sql from pragma_index_list($1) as list
         left join sqlite_master as master on master.name = list.name",
    )
    .bind(name)
    .fetch_all(pool)
    .await
    .expect("the catalogue answers");
    for (index, unique, origin, sql) in indexes {
        let columns = sqlx::query_scalar("select name from pragma_index_info($1) order by seqno")
            .bind(&index)
            .fetch_all(pool)
            .await
            .expect("the catalogue answers");
        let condition =
            sql.as_deref().and_then(|sql| sql.split_once(" where ")).map_or("", |(_, condition)| condition);
        table.add_index(index, columns, unique, origin == "c", origin == "pk", condition);
    }
    let keys: Vec<(i64, String, String, String)> = sqlx::query_as(
        "select id, \"table\", \"from\", \"to\" from pragma_foreign_key_list($1) order by id, seq",
    )
    .bind(name)
    .fetch_all(pool)
    .await
    .expect("the catalogue answers");
    let mut by_id: BTreeMap<i64, (Vec<String>, String, Vec<String>)> = BTreeMap::new();
    for (id, to, from_column, to_column) in keys {
        let key = by_id.entry(id).or_insert_with(|| (Vec::new(), to, Vec::new()));
        key.0.push(from_column);
        key.2.push(to_column);
    }
    table.foreign_keys = by_id.into_values().collect();
    table
}

async fn postgres_tables(pool: &PgPool) -> BTreeMap<String, Table> {
    let names: Vec<String> = sqlx::query_scalar(
        "select relname::text from pg_class where relnamespace = current_schema()::regnamespace and relkind = 'r'
         and relname not like '\\_sqlx%'",
    )
    .fetch_all(pool)
    .await
    .expect("the catalogue answers");
    let mut tables = BTreeMap::new();
    for name in names {
        let table = postgres_table(pool, &name).await;
        tables.insert(name, table);
    }
    tables
}

async fn postgres_table(pool: &PgPool, name: &str) -> Table {
    let mut table = Table::default();
    let columns: Vec<(String, String, bool, Option<String>)> = sqlx::query_as(
        "select attname::text, format_type(atttypid, atttypmod), attnotnull, pg_get_expr(adbin, adrelid)
         from pg_attribute left join pg_attrdef on adrelid = attrelid and adnum = attnum
         where attrelid = $1::regclass and attnum > 0 and not attisdropped",
    )
    .bind(name)
    .fetch_all(pool)
    .await
    .expect("the catalogue answers");
    for (column, kind, not_null, default) in columns {
        if (name, column.as_str()) == ONLY_POSTGRES {
            continue;
        }
        let known = KINDS.iter().find(|(postgres, _)| *postgres == kind);
        let (_, kind) =
            known.unwrap_or_else(|| panic!("{name}.{column}: migrations/README.md does not know {kind}"));
        table.columns.insert(column, Column { kind: (*kind).into(), nullable: !not_null, default });
    }
    let indexes: Vec<PostgresIndex> = sqlx::query_as(
        "select c.relname::text,
                array(select attname::text from unnest(i.indkey::int2[]) with ordinality as k (number, place)
                      join pg_attribute on attrelid = i.indrelid and attnum = k.number order by k.place),
                i.indisunique, i.indisprimary,
                not exists (select 1 from pg_constraint where conindid = i.indexrelid),
                pg_get_expr(i.indpred, i.indrelid)
         from pg_index i join pg_class c on c.oid = i.indexrelid where i.indrelid = $1::regclass",
    )
    .bind(name)
    .fetch_all(pool)
    .await
    .expect("the catalogue answers");
    for (index, columns, unique, primary, created, condition) in indexes {
        if columns.iter().any(|column| (name, column.as_str()) == ONLY_POSTGRES) {
            continue;
        }
        if primary {
            table.primary_key.clone_from(&columns);
        }
        table.add_index(index, columns, unique, created, primary, condition.as_deref().unwrap_or_default());
    }
    let keys: Vec<(Vec<String>, String, Vec<String>)> = sqlx::query_as(
        "select array(select attname::text from unnest(conkey) with ordinality as k (number, place)
                      join pg_attribute on attrelid = conrelid and attnum = k.number order by k.place),
                confrelid::regclass::text,
                array(select attname::text from unnest(confkey) with ordinality as k (number, place)
                      join pg_attribute on attrelid = confrelid and attnum = k.number order by k.place)
         from pg_constraint where conrelid = $1::regclass and contype = 'f'",
    )
    .bind(name)
    .fetch_all(pool)
    .await
    .expect("the catalogue answers");
    table.foreign_keys = keys.into_iter().collect();
    table
}

impl Table {
    /// Constraints have no name of their own here: the engines make different ones.
    fn add_index(
        &mut self,
        name: String,
        columns: Vec<String>,
        unique: bool,
        created: bool,
        primary: bool,
        condition: &str,
    ) {
        let condition = plain(condition);
        if unique && !primary {
            self.unique.insert((columns.clone(), condition.clone()));
        }
        if created {
            self.indexes.insert((name, columns, condition));
        }
    }
}

/// A condition without what PostgreSQL adds when it writes it back: brackets, casts, capitals.
fn plain(condition: &str) -> String {
    let text = condition.to_lowercase().replace(['(', ')', '"'], " ");
    let words = text.split_whitespace().map(|word| word.split_once("::").map_or(word, |(value, _)| value));
    words.collect::<Vec<_>>().join(" ")
}
