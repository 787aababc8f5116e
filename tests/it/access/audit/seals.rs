//! Seals over the audit log: a log nobody touched is whole, and whatever is done to one behind the server's back shows.

use std::process::{Command, Output};
use std::time::Duration;

use mortise_host::caller::Caller;
use mortise_host::clock::Time;
use mortise_host::ids::AuditEntryId;
use mortise_host::keys::Keys;
use mortise_host::permissions::Permission;
use mortise_host::resources::access::founding::Founded;
use mortise_host::resources::access::secrets;
use mortise_host::resources::audit::seal::{self, Report};
use mortise_host::{tasks, worker};
use mortise_tests::actor::Actor;
use mortise_tests::binary;
use mortise_tests::rows;
use mortise_tests::server::{Server, start_of_time};
use serde_json::{Value, json};

use super::{entries, make, text};

const TABLES: [&str; 3] = ["audit_log", "audit_seals", "audit_sealed_entries"];

/// A tenant whose log is under three seals, hours apart, two entries and more each.
struct Sealed {
    server: Server,
    founded: Founded,
    owner: Actor,
    /// The entry on a role that was made before the first seal.
    entry: Value,
}

impl Sealed {
    async fn start() -> Self {
        let server = Server::start().await;
        let founded = server.found("acme").await;
        let owner = server.actor(&founded.key);
        let role = make(&owner, "Sourcer", &["contact:read"]).await;
        for round in 1..=3 {
            make(&owner, &format!("Role {round}"), &[]).await;
            make(&owner, &format!("Another role {round}"), &[]).await;
            seal_all(&server).await;
            server.clock.advance(Duration::from_secs(2 * 60 * 60));
        }
        let entry = entries(&owner, &format!("object_id={role}")).await.remove(0);
        Self { server, founded, owner, entry }
    }

    /// The entry's id, as the database's engine writes it.
    fn entry_literal(&self) -> String {
        literal(&self.server, text(&self.entry["id"]).parse().expect("it is an id"))
    }

    /// Takes the triggers away and does this to exactly one row.
    async fn tamper(&self, statement: &str) {
        disarm(&self.server).await;
        self.change(statement).await;
    }

    async fn change(&self, statement: &str) {
        let changed = rows::change(&self.server.services().config.database_url(), statement).await;
        assert_eq!(changed.expect("the database does it"), 1, "{statement}");
    }

    /// What is wrong with the log.
    async fn faults(&self) -> Vec<String> {
        verify(&self.server, &self.founded).await.faults
    }

    /// Something is wrong, and named so.
    async fn is_found(&self, named: &str) {
        let faults = self.faults().await;
        assert!(faults.iter().any(|fault| fault.contains(named)), "no {named:?} in {faults:#?}");
    }
}

fn literal(server: &Server, id: AuditEntryId) -> String {
    match server.database().is_postgres() {
        true => format!("'{}'::uuid", id.uuid()),
        false => format!("x'{}'", id.uuid().simple()),
    }
}

/// Lets the sealing come up by itself, and run.
async fn seal_all(server: &Server) {
    let schedules = worker::schedules().expect("they are sound");
    // The first time only says when the next is.
    for _ in 0..2 {
        tasks::fire(server.services(), &schedules).await.expect("the database answers");
        server.clock.advance(Duration::from_secs(6 * 60));
    }
    tasks::fire(server.services(), &schedules).await.expect("the database answers");
    let ran = server.run_tasks().await;
    assert!(ran.iter().any(|kind| kind == "audit.seal"), "{ran:?}");
}

async fn verify(server: &Server, founded: &Founded) -> Report {
    verify_with(server, founded, &server.services().keys).await
}

async fn verify_with(server: &Server, founded: &Founded, keys: &Keys) -> Report {
    let services = server.services();
    let caller = Caller::operator(founded.tenant.id);
    let tx = services.db.read(&caller, Permission::AuditLogRead).await;
    let mut tx = tx.expect("the database answers");
    let report = seal::verify(&mut tx, keys).await.expect("the database answers");
    tx.commit().await.expect("the database answers");
    report
}

/// Only a database's owner can do this, and whoever can do that can do anything.
async fn disarm(server: &Server) {
    let url = server.services().config.database_url();
    let statements: Vec<String> = if server.database().is_postgres() {
        TABLES.iter().map(|table| format!("alter table {table} disable trigger user")).collect()
    } else {
        let triggers = "select name from sqlite_master where type = 'trigger' and tbl_name like 'audit_%'";
        server.texts(triggers).await.iter().map(|name| format!("drop trigger {name}")).collect()
    };
    for statement in statements {
        rows::change(&url, &statement).await.expect("the database's owner may");
    }
}

fn program(server: &Server, arguments: &[&str]) -> Output {
    let config = &server.services().config;
    let mut command = Command::new(binary::mortise());
    command.args(arguments).env_clear().env("MORTISE_DATABASE_URL", config.database_url());
    command.env("MORTISE_DATA_DIR", &config.data_dir);
    command.env("MORTISE_SECRET_KEY_FILE", config.secret_key_file.as_ref().expect("tests share a key"));
    command.output().expect("the program starts")
}

#[tokio::test]
async fn a_log_nobody_touched_is_whole() {
    let sealed = Sealed::start().await;
    let entries = entries(&sealed.owner, "").await.len();

    let report = verify(&sealed.server, &sealed.founded).await;

    assert_eq!((report.faults, report.seals, report.unknown_keys), (Vec::new(), 3, 0));
    assert_eq!((report.sealed_entries, report.unsealed_entries), (entries as u64, 0));
    let root = report.last_root.expect("there are seals");

    make(&sealed.owner, "One more", &[]).await;
    let report = verify(&sealed.server, &sealed.founded).await;
    assert_eq!((report.faults, report.unsealed_entries), (Vec::new(), 1));
    seal_all(&sealed.server).await;
    let report = verify(&sealed.server, &sealed.founded).await;
    assert_eq!((report.faults, report.seals, report.unsealed_entries), (Vec::new(), 4, 0));
    assert_ne!(report.last_root.expect("there are seals"), root);
}

#[tokio::test]
async fn an_entry_is_sealed_once_it_has_settled_and_only_once() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let services = server.services();
    let seal = async || {
        let caller = Caller::operator(founded.tenant.id);
        let tx = services.db.begin(&caller, Permission::AuditLogRead).await;
        let mut tx = tx.expect("the database answers");
        let count = seal::seal(&mut tx, &services.clock, &services.keys).await.expect("the database answers");
        tx.commit().await.expect("the database answers");
        count
    };

    assert_eq!(seal().await, 0, "a transaction that began earlier may still be under way");
    server.clock.advance(Duration::from_secs(11));
    let of_founding = seal().await;
    assert!(of_founding > 0);
    make(&owner, "Sourcer", &[]).await;
    assert_eq!(seal().await, 0);
    server.clock.advance(Duration::from_secs(11));
    let (one, other) = tokio::join!(seal(), seal());

    assert_eq!(one + other, 1);
    let report = verify(&server, &founded).await;
    assert_eq!((report.faults, report.seals), (Vec::new(), 2));
}

/// As after a large import: no transaction seals it all, and the next one goes on where the one before ended.
#[tokio::test]
async fn a_log_that_has_grown_long_is_sealed_bit_by_bit() {
    let server = Server::start().await;
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let rows: String = (0..1_100).map(|number| format!("{{\"name\": \"Ada {number}\"}}\n")).collect();
    owner.import("candidates.ndjson", rows, &[("kind", "candidates")]).await.expect(202);
    server.run_tasks().await;
    server.clock.advance(Duration::from_secs(11));

    seal_all(&server).await;

    let report = verify(&server, &founded).await;
    assert_eq!((report.faults, report.seals, report.unsealed_entries), (Vec::new(), 2, 0));
    assert!(report.sealed_entries > 1_100, "{}", report.sealed_entries);
}

#[tokio::test]
async fn every_altered_field_of_an_entry_is_found() {
    let sealed = Sealed::start().await;
    let id = sealed.entry_literal();
    let entry = &sealed.entry;
    let (actor, after) = (text(&entry["actor_id"]), &entry["after"]);
    let (object, request) = (text(&entry["object_id"]), text(&entry["request_id"]));
    // The member's id in the engine's own form is not at hand: it is fetched from where it stays.
    let member = "(select member_id from audit_log where action = 'role.created' and id <> {id} limit 1)";
    let member = member.replace("{id}", &id);
    let earliest = "(select min(occurred_at) from audit_log)";
    let latest = "(select max(occurred_at) from audit_log)";
    disarm(&sealed.server).await;
    assert_eq!(sealed.faults().await, Vec::<String>::new());

    for (altered, restored) in [
        ("action = 'role.deleted'", "action = 'role.created'"),
        ("object_id = 'role_x'", &*format!("object_id = '{object}'")),
        ("actor_kind = 'member'", "actor_kind = 'api_key'"),
        ("actor_id = null", &format!("actor_id = '{actor}'")),
        ("member_id = null", &format!("member_id = {member}")),
        (&format!("on_behalf_of = {member}"), "on_behalf_of = null"),
        ("before = '{\"name\": \"Sourcer\"}'", "before = null"),
        ("after = '{\"name\": \"Sourcer\", \"permissions\": []}'", &format!("after = '{after}'")),
        ("request_id = null", &format!("request_id = '{request}'")),
        ("address = '203.0.113.7'", "address = '127.0.0.1'"),
        (&format!("occurred_at = {latest}"), &format!("occurred_at = {earliest}")),
    ] {
        sealed.change(&format!("update audit_log set {altered} where id = {id}")).await;
        let faults = sealed.faults().await;
        let named = format!("entry {} was altered after it was sealed", text(&entry["id"]));
        assert_eq!(faults, [named], "{altered}");

        sealed.change(&format!("update audit_log set {restored} where id = {id}")).await;
        assert_eq!(sealed.faults().await, Vec::<String>::new(), "{restored}");
    }
}

#[tokio::test]
async fn a_deleted_entry_is_found() {
    let sealed = Sealed::start().await;
    let id = sealed.entry_literal();

    sealed.tamper(&format!("delete from audit_log where id = {id}")).await;
    sealed.is_found(&format!("entry {} of seal 1 is gone", text(&sealed.entry["id"]))).await;

    // Taking it off the seal's list, too, does not help: the root covers the list.
    sealed.change(&format!("delete from audit_sealed_entries where entry_id = {id}")).await;
    sealed.is_found("the root of seal 1 does not cover its entries").await;
}

#[tokio::test]
async fn an_entry_written_afterwards_is_found() {
    let sealed = Sealed::start().await;
    // Dated half an hour before the first seal.
    let back_then: Time = start_of_time() - Duration::from_secs(30 * 60);
    let id = literal(&sealed.server, AuditEntryId::earliest_at(back_then));
    let columns = "object_id, actor_kind, actor_id, member_id, on_behalf_of, before, after, request_id, address, occurred_at";

    let like = format!("from audit_log where id = {}", sealed.entry_literal());
    let forged = format!(
        "insert into audit_log (tenant_id, id, action, {columns}) select tenant_id, {id}, 'role.updated', {columns} {like}"
    );
    sealed.tamper(&forged).await;

    sealed.is_found("1 entries are older than the seals that should list them").await;
    // Nor does the next seal take it in.
    make(&sealed.owner, "One more", &[]).await;
    seal_all(&sealed.server).await;
    sealed.is_found("1 entries are older than the seals that should list them").await;
}

#[tokio::test]
async fn an_altered_list_of_a_seal_is_found() {
    let sealed = Sealed::start().await;
    let first = "where seal_number = 2 and position = 0";
    let other = "(select hash from audit_sealed_entries where seal_number = 2 and position = 1)";

    sealed.tamper(&format!("update audit_sealed_entries set hash = {other} {first}")).await;

    sealed.is_found("the root of seal 2 does not cover its entries").await;
}

#[tokio::test]
async fn every_altered_field_of_a_seal_is_found() {
    for (altered, named) in [
        ("root = signature", "the root of seal 3 does not cover its entries and the seal before it"),
        ("signature = root", "the signature of seal 3 is not this server's"),
        ("entries = entries + 1", "seal 3 was made of"),
        ("key_id = '00000000000000000000000000000000'", "signed under a secret key that is not configured"),
        ("created_at = (select min(created_at) from audit_seals)", "seal 3"),
    ] {
        let sealed = Sealed::start().await;

        sealed.tamper(&format!("update audit_seals set {altered} where number = 3")).await;

        sealed.is_found(named).await;
    }
}

#[tokio::test]
async fn a_deleted_seal_is_found() {
    let sealed = Sealed::start().await;
    disarm(&sealed.server).await;
    let url = sealed.server.services().config.database_url();

    rows::change(&url, "delete from audit_sealed_entries where seal_number = 2").await.expect("it may");
    sealed.change("delete from audit_seals where number = 2").await;
    sealed.is_found("there are seals after 1 that do not follow on it").await;

    // Counting on from the gap does not close it: the seal covers the root of the one that is gone.
    let columns = "entries, root, key_id, signature, created_at";
    let moved =
        format!("insert into audit_seals (tenant_id, number, {columns}) select tenant_id, 2, {columns}");
    sealed.change(&format!("{moved} from audit_seals where number = 3")).await;
    let list = "update audit_sealed_entries set seal_number = 2 where seal_number = 3";
    rows::change(&url, list).await.expect("it may");
    sealed.change("delete from audit_seals where number = 3").await;
    sealed.is_found("the root of seal 2 does not cover its entries and the seal before it").await;
}

#[tokio::test]
async fn a_chain_made_anew_under_another_key_is_found() {
    let sealed = Sealed::start().await;
    disarm(&sealed.server).await;
    let services = sealed.server.services();
    let url = services.config.database_url();
    // Whoever has the database, but not the key, takes an entry out and makes all seals anew.
    sealed.change(&format!("delete from audit_log where id = {}", sealed.entry_literal())).await;
    for table in ["audit_sealed_entries", "audit_seals"] {
        rows::change(&url, &format!("delete from {table}")).await.expect("the database's owner may");
    }
    let caller = Caller::operator(sealed.founded.tenant.id);
    let forger = Keys::parse(&"ab".repeat(32)).expect("it is a key");
    let tx = services.db.begin(&caller, Permission::AuditLogRead).await;
    let mut tx = tx.expect("the database answers");
    seal::seal(&mut tx, &services.clock, &forger).await.expect("the database answers");
    tx.commit().await.expect("the database answers");
    sealed.is_found("no rotation vouches for them").await;

    // The server goes on from there, unsuspecting.
    make(&sealed.owner, "One more", &[]).await;
    seal_all(&sealed.server).await;
    sealed.is_found("no rotation vouches for them").await;
    // Nor does a change of the key make it true.
    let rotated = secrets::rotate(&services.db, &services.clock, &services.keys).await;
    rotated.expect("the database answers");
    sealed.is_found("no rotation vouches for them").await;
}

#[tokio::test]
async fn a_rotation_vouches_for_seals_whose_key_goes() {
    let sealed = Sealed::start().await;
    let services = sealed.server.services();
    let old = std::fs::read_to_string(services.config.secret_key_file.as_ref().expect("tests share a key"));
    let (old, new) = (old.expect("it is there"), "cd".repeat(32));
    let both = Keys::parse(&format!("{new} {old}")).expect("they are keys");
    let alone = Keys::parse(&new).expect("it is a key");
    let report = async |keys: &Keys| verify_with(&sealed.server, &sealed.founded, keys).await;
    assert_eq!((report(&both).await.faults, report(&both).await.older), (Vec::new(), 3));
    assert_eq!(report(&alone).await.faults.len(), 1);

    secrets::rotate(&services.db, &services.clock, &both).await.expect("the database answers");

    let whole = report(&alone).await;
    assert_eq!((whole.faults, whole.seals, whole.unknown_keys, whole.older), (Vec::new(), 4, 3, 0));
    // Once is enough.
    secrets::rotate(&services.db, &services.clock, &both).await.expect("the database answers");
    assert_eq!(report(&alone).await.seals, 4);
    // What was done to the log before the old key went shows all the same.
    let id = sealed.entry_literal();
    sealed.tamper(&format!("update audit_log set address = '203.0.113.7' where id = {id}")).await;
    assert_eq!(report(&alone).await.faults.len(), 1);
}

#[tokio::test]
async fn the_program_verifies_a_log_and_fails_for_one_that_was_touched() {
    let sealed = Sealed::start().await;
    let other = sealed.server.found("other").await;

    let output = program(&sealed.server, &["audit", "verify"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said = String::from_utf8(output.stdout).expect("it prints text");
    let lines: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    assert_eq!(lines.len(), 2, "{said}");
    assert!(lines.iter().all(|line| line["faults"] == json!([]) && line["unsealed_entries"] == 0), "{said}");

    let id = sealed.entry_literal();
    sealed.tamper(&format!("update audit_log set address = '203.0.113.7' where id = {id}")).await;

    let output = program(&sealed.server, &["audit", "verify"]);
    assert_eq!(output.status.code(), Some(1));
    let complaint = String::from_utf8(output.stderr).expect("it says text");
    assert!(complaint.contains("mortise: the audit logs of 1 tenants were tampered with"), "{complaint}");
    let said = String::from_utf8(output.stdout).expect("it prints text");
    let broken = said.lines().find(|line| line.contains(&sealed.founded.tenant.id.to_string()));
    assert!(broken.is_some_and(|line| line.contains(text(&sealed.entry["id"]))), "{said}");
    // Another tenant's log is none the worse for it.
    let output = program(&sealed.server, &["audit", "verify", "--tenant", &other.tenant.slug]);
    assert!(output.status.success());
    let output = program(&sealed.server, &["audit", "verify", "--tenant", "nobody"]);
    let complaint = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && complaint.contains("no tenant with the slug nobody"), "{complaint}");
}

#[tokio::test]
async fn a_log_sealed_by_another_server_is_found_out() {
    let sealed = Sealed::start().await;
    let other = sealed.server.folder().join("other.key");
    std::fs::write(&other, "ab".repeat(32)).expect("there is room for a file");
    let config = &sealed.server.services().config;

    let mut command = Command::new(binary::mortise());
    command.args(["audit", "verify"]).env_clear();
    command.env("MORTISE_DATABASE_URL", config.database_url()).env("MORTISE_SECRET_KEY_FILE", other);
    let output = command.current_dir(sealed.server.folder()).output().expect("the program starts");

    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(!output.status.success(), "{said}");
    assert!(said.contains("signed under a secret key that is not configured"), "{said}");
}
