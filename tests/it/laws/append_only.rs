//! What the audit log says, and the seals over it, is never changed nor deleted, not even by the database's owner.

use std::time::Duration;

use mortise_host::caller::Caller;
use mortise_host::permissions::Permission;
use mortise_host::resources::audit::seal;
use mortise_tests::rows;
use mortise_tests::server::Server;

const TABLES: [&str; 3] = ["audit_log", "audit_seals", "audit_sealed_entries"];

#[tokio::test]
async fn audit_tables_refuse_update_and_delete() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let services = server.services();
    // An entry is sealed once nothing older can come in after it.
    server.clock.advance(Duration::from_secs(60 * 60));
    let operator = Caller::operator(founded.tenant.id);
    let mut tx = services.db.begin(&operator, Permission::AuditLogRead).await.unwrap();
    let sealed = seal::seal(&mut tx, &services.clock, &services.keys).await.unwrap();
    tx.commit().await.unwrap();
    assert!(sealed > 0, "there is something to change");
    let url = services.config.database_url();

    for table in TABLES {
        let count = async || server.texts(&format!("select count(*) || '' from {table}")).await;
        let before = count().await;
        assert_ne!(before, ["0"], "{table} is empty, and so proves nothing");
        for statement in [format!("update {table} set tenant_id = tenant_id"), format!("delete from {table}")]
        {
            let error = rows::change(&url, &statement).await.unwrap_err();

            let said = error.to_string();
            assert!(said.contains(&format!("{table} is append-only")), "{statement}: {said}");
        }
        assert_eq!(count().await, before, "{table}");
    }
}

/// SQLite writes a row over another's place by deleting that one, and tells no trigger of it.
#[tokio::test]
async fn an_audit_row_is_not_written_over() {
    let server = Server::start().await;
    server.found("acme").await;
    let columns = "object_id, actor_kind, actor_id, member_id, on_behalf_of, before, after, request_id, address, occurred_at";
    let select = format!("select tenant_id, id, 'nothing.happened', {columns} from audit_log where true");
    let into = format!("into audit_log (tenant_id, id, action, {columns}) {select}");
    let statement = match server.database().is_postgres() {
        true => format!("insert {into} on conflict (tenant_id, id) do update set action = excluded.action"),
        false => format!("insert or replace {into}"),
    };

    let error = rows::change(&server.services().config.database_url(), &statement).await.unwrap_err();

    assert!(error.to_string().contains("audit_log is append-only"), "{error}");
    assert!(!server.texts("select action from audit_log").await.contains(&"nothing.happened".to_owned()));
}
