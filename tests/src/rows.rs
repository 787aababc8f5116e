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

    /// The first column of a statement's rows, over all tenants. What it changes stays changed.
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
    let mut rows = Vec::new();
    for tenant in tenants(&mut transaction).await {
        set(&mut transaction, "app.tenant_id", &tenant).await;
        let of_tenant: Vec<String> =
            sqlx::query_scalar(statement()).fetch_all(&mut *transaction).await.expect("the statement runs");
        rows.extend(of_tenant);
    }
    transaction.commit().await.expect("the database answers");
    rows
}

/// Changes rows behind the server's back, tenant by tenant; how many were changed.
///
/// # Errors
/// The database refuses.
///
/// # Panics
/// When the database does not answer.
pub async fn change(url: &str, statement: &str) -> sqlx::Result<u64> {
    let statement = || AssertSqlSafe(statement.to_owned());
    if url.starts_with("sqlite:") {
        let mut connection = SqliteConnection::connect(url).await.expect("the database opens");
        let changed = sqlx::query(statement()).execute(&mut connection).await;
        connection.close().await.expect("the database closes");
        return Ok(changed?.rows_affected());
    }
    let mut connection = PgConnection::connect(url).await.expect("the database answers");
    let mut transaction = connection.begin().await.expect("the database answers");
    let mut changed = 0;
    for tenant in tenants(&mut transaction).await {
        set(&mut transaction, "app.tenant_id", &tenant).await;
        changed += sqlx::query(statement()).execute(&mut *transaction).await?.rows_affected();
    }
    transaction.commit().await?;
    Ok(changed)
}

/// Every tenant's id; names none of them to the transaction.
async fn tenants(connection: &mut PgConnection) -> Vec<String> {
    set(connection, "app.system", "on").await;
    let tenants = sqlx::query_scalar("select id::text from tenants order by id")
        .fetch_all(&mut *connection)
        .await
        .expect("the statement runs");
    set(connection, "app.system", "").await;
    tenants
}

async fn set(connection: &mut PgConnection, name: &str, value: &str) {
    sqlx::query("select set_config($1, $2, true)")
        .bind(name)
        .bind(value)
        .execute(connection)
        .await
        .expect("a setting can be made");
}
