//! Looks into the database, for what the API does not show.

use sqlx::{AssertSqlSafe, Connection, PgConnection, SqliteConnection};

use crate::server::Server;

impl Server {
    /// The types of all events, in the order they were recorded.
    ///
    /// # Panics
    /// When the database fails.
    pub async fn events(&self) -> Vec<String> {
        self.texts("select type from events order by id").await
    }

    /// The first column of a statement's rows, over all tenants.
    ///
    /// # Panics
    /// When the database fails or the column is no text.
    pub async fn texts(&self, statement: &str) -> Vec<String> {
        texts(&self.services().config.database_url(), statement).await
    }
}

/// The same for a database no server of this process has open.
///
/// # Panics
/// When the database fails or the column is no text.
pub async fn texts(url: &str, statement: &str) -> Vec<String> {
    let statement = || AssertSqlSafe(statement.to_owned());
    if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await.expect("the database opens");
        let rows =
            sqlx::query_scalar(statement()).fetch_all(&mut connection).await.expect("the statement runs");
        connection.close().await.expect("the database closes");
        return rows;
    }
    let mut connection = PgConnection::connect(url).await.expect("the database answers");
    let mut transaction = connection.begin().await.expect("the database answers");
    set(&mut transaction, "app.system", "on").await;
    let tenants: Vec<String> = sqlx::query_scalar("select id::text from tenants order by id")
        .fetch_all(&mut *transaction)
        .await
        .expect("the statement runs");
    let mut rows = Vec::new();
    set(&mut transaction, "app.system", "").await;
    for tenant in tenants {
        set(&mut transaction, "app.tenant_id", &tenant).await;
        let of_tenant: Vec<String> =
            sqlx::query_scalar(statement()).fetch_all(&mut *transaction).await.expect("the statement runs");
        rows.extend(of_tenant);
    }
    rows
}

async fn set(connection: &mut PgConnection, name: &str, value: &str) {
    sqlx::query("select set_config($1, $2, true)")
        .bind(name)
        .bind(value)
        .execute(connection)
        .await
        .expect("a setting can be made");
}
