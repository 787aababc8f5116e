//! A real server for one test: its own database and folder, a clock that moves when told, tasks run by hand.

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use mortise_host::caller::Caller;
use mortise_host::clock::Clock;
use mortise_host::config::Config;
use mortise_host::permissions::{Permission, Permissions};
use mortise_host::resources::access::founding::{self, Founded};
use mortise_host::resources::api_keys::{self, actions::NewKey};
use mortise_host::services::{Parts, Services};
use mortise_host::start::{Node, Running};
use mortise_host::tasks;
use mortise_host::token::Token;
use mortise_host::worker;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::actor::Actor;
use crate::binary;
use crate::database::TestDatabase;

pub struct Server {
    pub clock: Clock,
    node: Running,
    database: TestDatabase,
    folder: TempDir,
}

/// A member who came in by an invitation and a password, with the session this opened.
pub struct SignedIn {
    /// Speaks with the access token.
    pub actor: Actor,
    pub member_id: String,
    pub session_id: String,
    pub email: String,
    pub password: String,
    pub refresh_token: String,
}

/// What members choose who have no wishes of their own.
pub const PASSWORD: &str = "correct horse battery";

/// Where every test's clock starts.
pub fn start_of_time() -> DateTime<Utc> {
    "2026-03-02T09:00:00Z".parse().expect("it is a time")
}

impl Server {
    /// Starts a server whose background work runs when [`Server::run_tasks`] is called.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    /// The same with other settings.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::begin(start_of_time(), change).await
    }

    /// The same at another time.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn start_at(time: DateTime<Utc>) -> Self {
        Self::begin(time, |_| {}).await
    }

    /// The same at another time and with other settings.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn begin(time: DateTime<Utc>, change: impl FnOnce(&mut Config)) -> Self {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let database = TestDatabase::new().await;
        let mut config = config(folder.path(), &database);
        change(&mut config);
        let clock = Clock::manual(time);
        let node = Node {
            config,
            clock: clock.clone(),
            serves: true,
            works: false,
            compiler: Some(binary::mortise()),
        };
        let node = node.start().await.expect("the server starts");
        Self { clock, node, database, folder }
    }

    pub fn services(&self) -> &Services {
        &self.node.services
    }

    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    pub fn database(&self) -> &TestDatabase {
        &self.database
    }

    /// `http://127.0.0.1:…`
    pub fn url(&self) -> String {
        format!("http://{}", self.node.address().expect("it serves"))
    }

    /// Makes a tenant and answers its owner.
    ///
    /// # Panics
    /// When the name is taken.
    pub async fn tenant(&self, name: &str) -> Actor {
        self.actor(&self.found(name).await.key)
    }

    /// Makes a tenant.
    ///
    /// # Panics
    /// When the name is taken.
    pub async fn found(&self, name: &str) -> Founded {
        let Parts { db, clock, .. } = &**self.services();
        let owner = format!("owner@{name}.example");
        founding::found(db, clock, name, &owner).await.expect("the tenant is new")
    }

    /// The owner of a tenant, with another key that may do only this.
    ///
    /// # Panics
    /// When the database fails.
    pub async fn restricted(&self, founded: &Founded, permissions: Permissions) -> Actor {
        let Parts { db, clock, .. } = &**self.services();
        let operator = Caller::operator(founded.tenant.id);
        let mut tx = db.begin(&operator, Permission::TenantOwn).await.expect("the database answers");
        let new = NewKey { name: "restricted".into(), permissions, expires_at: None };
        let made = api_keys::actions::insert(&mut tx, clock, founded.owner.id, new).await;
        tx.commit().await.expect("the database answers");
        self.actor(&made.expect("the owner may make keys").1)
    }

    /// Invites somebody with these roles (the built-in word, and the department it is for), who accepts.
    ///
    /// # Panics
    /// When the owner may not invite them so.
    pub async fn member(&self, owner: &Actor, email: &str, roles: &[(&str, Option<&str>)]) -> SignedIn {
        let mut wanted = Vec::new();
        for (built_in, department) in roles {
            wanted.push(json!({ "role_id": owner.role_id(built_in).await, "department_id": department }));
        }
        let invitation =
            owner.post("/v1/members", json!({ "email": email, "roles": wanted })).await.expect(201);
        self.accept(&invitation.text("invitation_token"), email).await
    }

    /// Accepts an invitation to this address with [`PASSWORD`].
    ///
    /// # Panics
    /// When the invitation is not open.
    pub async fn accept(&self, invitation: &str, email: &str) -> SignedIn {
        let acceptance: Value = json!({ "token": invitation, "password": PASSWORD });
        let tokens = self.nobody().post("/v1/auth/invitations", acceptance).await.expect(200);
        SignedIn {
            actor: self.nobody().with_key(tokens.text("access_token")),
            member_id: tokens.text("member_id"),
            session_id: tokens.text("session_id"),
            email: email.into(),
            password: PASSWORD.into(),
            refresh_token: tokens.text("refresh_token"),
        }
    }

    /// Whoever holds this key.
    pub fn actor(&self, key: &Token) -> Actor {
        Actor::new(self.url(), Some(key.reveal()))
    }

    /// Somebody without a key.
    pub fn nobody(&self) -> Actor {
        Actor::new(self.url(), None)
    }

    /// Runs background work until none is due; answers the kinds that ran, in order.
    ///
    /// # Panics
    /// When the database fails.
    pub async fn run_tasks(&self) -> Vec<String> {
        let registry = Arc::new(worker::registry());
        let ran = tasks::run_due(self.services(), &registry).await.expect("the queue works");
        ran.into_iter().map(Into::into).collect()
    }

    /// Moves the clock and lets what has become due run.
    pub async fn advance(&self, by: Duration) -> Vec<String> {
        self.clock.advance(by);
        self.run_tasks().await
    }

    /// Moves the clock, lets every schedule fire that has become due, and what it begins run.
    ///
    /// # Panics
    /// When the database fails.
    pub async fn sleep_over(&self, by: Duration) -> Vec<String> {
        let schedules = worker::schedules().expect("their patterns are read at every start");
        // The first time a schedule is seen, its next time is noted.
        tasks::fire(self.services(), &schedules).await.expect("the queue works");
        self.clock.advance(by);
        tasks::fire(self.services(), &schedules).await.expect("the queue works");
        self.run_tasks().await
    }

    /// Another node on the same database and files, which remembers nothing of what this one has seen.
    ///
    /// # Panics
    /// When it does not start.
    pub async fn another_node(&self) -> Running {
        let node = Node {
            config: (*self.services().config).clone(),
            clock: self.clock.clone(),
            serves: false,
            works: false,
            compiler: Some(binary::mortise()),
        };
        node.start().await.expect("the node starts")
    }

    pub async fn stop(self) {
        self.node.stop().await;
    }
}

/// Settings of a server under test: a free port, the shared plugin cache and its key.
///
/// # Panics
/// When the shared folder cannot be made.
pub fn config(folder: &std::path::Path, database: &TestDatabase) -> Config {
    let cache = binary::plugin_cache();
    std::fs::create_dir_all(&cache).expect("there is room for a folder");
    let shared = Config { data_dir: cache.clone(), ..Config::default() };
    mortise_host::keys::Keys::open(&shared).expect("the shared key can be made");
    Config {
        listen: "127.0.0.1:0".parse().expect("it is an address"),
        data_dir: folder.to_path_buf(),
        database_url: database.url(folder),
        database_connections: 6,
        secret_key_file: Some(cache.join("secret.key")),
        plugin_cache_dir: Some(cache),
        // Tests ask as fast as they can; those about rates set their own.
        rate_reads_per_second: 0,
        rate_writes_per_second: 0,
        rate_anonymous_per_minute: 0,
        ..Config::default()
    }
}
