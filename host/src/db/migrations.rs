//! Brings the schema up to date: the same numbers and names in both folders of `migrations/`.

use sqlx::migrate::{MigrateError, Migrator};

use super::{Db, Pools, on};

pub(super) static POSTGRES: Migrator = sqlx::migrate!("../migrations/postgres");
pub(super) static SQLITE: Migrator = sqlx::migrate!("../migrations/sqlite");

impl Db {
    /// Applies what is missing. Nodes that start together take turns.
    ///
    /// # Errors
    /// A migration that fails, or a database that a newer or edited version of Mortise has migrated.
    pub async fn migrate(&self) -> anyhow::Result<()> {
        let done = match &self.pools {
            Pools::Postgres(pool) => POSTGRES.run(pool).await,
            Pools::Sqlite { write, .. } => write.migrate(&SQLITE).await,
        };
        done.map_err(|error| match error {
            MigrateError::VersionMissing(version) => anyhow::anyhow!(
                "the database was migrated by a newer Mortise (migration {version} is not known here); \
                 start that version, or restore the backup made before it"
            ),
            other => anyhow::Error::new(other).context("migrating the database"),
        })
    }

    /// Whether every migration of this version has been applied.
    ///
    /// # Errors
    /// The database does not answer.
    pub async fn is_migrated(&self) -> crate::error::Result<bool> {
        let mut tx = self.read_system().await?;
        let text = "select count(*) from _sqlx_migrations where success";
        let applied: i64 = on!(tx, |c| sqlx::query_scalar(text).fetch_one(c).await)?;
        tx.commit().await?;
        Ok(usize::try_from(applied).is_ok_and(|applied| applied >= POSTGRES.iter().count()))
    }
}
