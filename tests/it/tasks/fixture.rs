//! Nodes on one database, and a task that does what its test says and tells what happened to it.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use mortise_host::access_token::AccessTokens;
use mortise_host::blobs::Blobs;
use mortise_host::caller::{Caller, KnownCallers};
use mortise_host::clock::Clock;
use mortise_host::components::Manifest;
use mortise_host::config::Config;
use mortise_host::db::{Db, SystemTx, Tx};
use mortise_host::error::{Error, Result};
use mortise_host::hooks::{Call, Document, Hooks, Kind, PluginRef, Ran};
use mortise_host::ids::{TaskId, TenantId};
use mortise_host::keys::Keys;
use mortise_host::outbound::Outbound;
use mortise_host::permissions::Permission;
use mortise_host::rate_limits::RateLimits;
use mortise_host::resources::access::founding;
use mortise_host::scoring::{Score, ScoringInput, Settings};
use mortise_host::services::{Memory, Parts, Services};
use mortise_host::tasks::{self, Attempt, Options, Record, Registry, Runner, Stop, Task, When};
use mortise_host::text::ExtractedText;
use mortise_host::transforming::{Decision, OutgoingEvent};
use mortise_host::unified_resume::ReadResume;
use mortise_tests::database::TestDatabase;
use mortise_tests::server::start_of_time;
use serde::{Deserialize, Serialize};
use tempfile::TempDir;
use tokio::sync::Semaphore;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// A database that nodes share, and a clock that stands still.
pub(super) struct Cluster {
    pub(super) clock: Clock,
    pub(super) probe: Arc<Probe>,
    pub(super) tenant: TenantId,
    folder: TempDir,
    // After everything that may still use it.
    database: TestDatabase,
}

impl Cluster {
    /// A migrated database with one tenant, and its first node.
    pub(super) async fn start() -> (Self, Services) {
        let folder = tempfile::tempdir().expect("there is room for a folder");
        let database = TestDatabase::new().await;
        let clock = Clock::manual(start_of_time());
        let tenant = TenantId::new(&clock);
        let mut cluster = Self { clock, probe: Probe::new(), tenant, folder, database };
        let node = cluster.node().await;
        node.db.migrate().await.expect("the database is new");
        cluster.tenant = cluster.new_tenant(&node, "acme").await;
        (cluster, node)
    }

    pub(super) async fn new_tenant(&self, node: &Services, name: &str) -> TenantId {
        let founded = founding::found(&node.db, &node.clock, name, &format!("owner@{name}.example")).await;
        founded.expect("the tenant is new").tenant.id
    }

    /// Another process would share no more than this does: the database.
    pub(super) async fn node(&self) -> Services {
        let config = Config {
            data_dir: self.folder.path().to_path_buf(),
            database_url: self.database.url(self.folder.path()),
            database_connections: 4,
            ..Config::default()
        };
        Services::new(Parts {
            clock: self.clock.clone(),
            db: Db::open(&config).await.expect("the database answers"),
            blobs: Blobs::open(&config).expect("there is a folder"),
            hooks: Arc::new(NoPlugins),
            keys: Keys::open(&config).expect("a key can be made"),
            known_callers: KnownCallers::default(),
            access_tokens: AccessTokens::new(&config.token_issuer),
            rate_limits: RateLimits::open(&config).expect("there is no broker"),
            outbound: Outbound::new(&config).expect("its settings are the defaults"),
            inference: None,
            mailer: None,
            memory: Memory::default(),
            config: Arc::new(config),
        })
    }

    pub(super) fn is_postgres(&self) -> bool {
        self.database.is_postgres()
    }

    pub(super) async fn begin(&self, node: &Services) -> Tx {
        begin(node, self.tenant).await
    }

    /// Enqueues for the cluster's tenant and commits.
    pub(super) async fn enqueue(&self, node: &Services, name: &str, steps: &[Step], when: When) -> TaskId {
        self.enqueue_for(node, self.tenant, name, steps, when).await
    }

    pub(super) async fn enqueue_for(
        &self,
        node: &Services,
        tenant: TenantId,
        name: &str,
        steps: &[Step],
        when: When,
    ) -> TaskId {
        let mut tx = begin(node, tenant).await;
        let id = tasks::enqueue(&mut tx, &self.clock, &self.act(name, steps), when)
            .await
            .expect("the database answers");
        tx.commit().await.expect("the database answers");
        id.expect("it is not unique, or the first")
    }

    /// A task that takes these steps, one each run, the last one again and again.
    pub(super) fn act(&self, name: &str, steps: &[Step]) -> Act {
        Act { probe: self.probe.id, name: name.into(), steps: steps.to_vec() }
    }

    pub(super) async fn find(&self, node: &Services, id: TaskId) -> Option<Record> {
        let mut tx = system(node).await;
        tasks::find(&mut tx, id).await.expect("the database answers")
    }
}

pub(super) async fn begin(node: &Services, tenant: TenantId) -> Tx {
    node.db.begin(&Caller::operator(tenant), Permission::TenantOwn).await.expect("the database answers")
}

pub(super) async fn system(node: &Services) -> SystemTx {
    node.db.read_system().await.expect("the database answers")
}

pub(super) fn registry() -> Registry {
    Registry::new().with::<Act>()
}

pub(super) async fn run_due(node: &Services) -> usize {
    tasks::run_due(node, &registry()).await.expect("the database answers").len()
}

/// Nothing happens by itself within a test: no poll, no heartbeat.
pub(super) fn options() -> Options {
    let hour = Duration::from_secs(60 * 60);
    Options { compute: 4, outbound: 4, lease: hour, poll: hour, grace: hour }
}

/// A runner of its own task.
pub(super) struct Running {
    stop: CancellationToken,
    runner: JoinHandle<()>,
}

impl Running {
    pub(super) fn start(node: &Services, options: Options) -> Self {
        let stop = CancellationToken::new();
        let runner = Runner::new(node.clone(), Arc::new(registry()), Vec::new(), options);
        #[expect(clippy::disallowed_methods, reason = "the test waits for it, or kills it")]
        let runner = tokio::spawn(runner.run(stop.clone()));
        Self { stop, runner }
    }

    pub(super) async fn stop(self) {
        self.stop.cancel();
        self.runner.await.expect("it ends by itself");
    }

    /// As if the process were gone.
    pub(super) async fn kill(self) {
        self.runner.abort();
        assert!(self.runner.await.is_err(), "it was killed");
    }
}

/// What one run of the task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Step {
    Succeed,
    Fail,
    Panic,
    Cancel,
    Bury,
    /// Minutes.
    Snooze(u64),
    /// Until the gate is opened.
    Wait,
}

#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Act {
    probe: u64,
    name: String,
    steps: Vec<Step>,
}

pub(super) const MAX_ATTEMPTS: u32 = 4;

impl Task for Act {
    const KIND: &'static str = "test.act";
    const MAX_ATTEMPTS: u32 = MAX_ATTEMPTS;
    const TIMEOUT: Duration = Duration::from_secs(60 * 60);

    async fn run(self, _: &Services, attempt: Attempt) -> Result<(), Stop> {
        let probe = Probe::find(self.probe);
        let run = probe.began(&self.name, attempt);
        match self.steps.get(run).or(self.steps.last()) {
            None | Some(Step::Succeed) => Ok(()),
            Some(Step::Fail) => {
                Err(Error::Unavailable { detail: "Ada Lovelace did not answer".into() }.into())
            }
            Some(Step::Panic) => panic!("a panic the test asked for"),
            Some(Step::Cancel) => Err(Stop::Cancel("nobody wants it".into())),
            Some(Step::Bury) => Err(Stop::Bury("it cannot be".into())),
            Some(Step::Snooze(minutes)) => Err(Stop::Snooze(Duration::from_secs(minutes * 60))),
            Some(Step::Wait) => {
                let _dropped = Dropped(probe.clone());
                probe.gate.acquire().await.expect("it is never closed").forget();
                Ok(())
            }
        }
    }

    async fn buried(self, _: &Services, _: Attempt, last_error: &str) -> Result<()> {
        let probe = Probe::find(self.probe);
        probe.burials.lock().expect("nobody panics while holding it").push(last_error.to_owned());
        match probe.failing_burials.fetch_update(Ordering::SeqCst, Ordering::SeqCst, |n| n.checked_sub(1)) {
            Ok(_) => Err(Error::Unavailable { detail: "not now".into() }),
            Err(_) => Ok(()),
        }
    }
}

/// Where a test sees what its tasks did.
pub(super) struct Probe {
    id: u64,
    runs: Mutex<Vec<(String, Attempt)>>,
    began: Semaphore,
    pub(super) gate: Semaphore,
    /// Waits that ended, one way or the other.
    dropped: Semaphore,
    pub(super) burials: Mutex<Vec<String>>,
    pub(super) failing_burials: AtomicU64,
}

struct Dropped(Arc<Probe>);

impl Drop for Dropped {
    fn drop(&mut self) {
        self.0.dropped.add_permits(1);
    }
}

static PROBES: LazyLock<Mutex<HashMap<u64, Arc<Probe>>>> = LazyLock::new(Mutex::default);

impl Probe {
    fn new() -> Arc<Self> {
        let mut probes = PROBES.lock().expect("nobody panics while holding it");
        let probe = Arc::new(Self {
            id: probes.len() as u64,
            runs: Mutex::default(),
            began: Semaphore::new(0),
            gate: Semaphore::new(0),
            dropped: Semaphore::new(0),
            burials: Mutex::default(),
            failing_burials: AtomicU64::new(0),
        });
        probes.insert(probe.id, probe.clone());
        probe
    }

    fn find(id: u64) -> Arc<Self> {
        PROBES.lock().expect("nobody panics while holding it")[&id].clone()
    }

    fn began(&self, name: &str, attempt: Attempt) -> usize {
        let mut runs = self.runs.lock().expect("nobody panics while holding it");
        let before = runs.iter().filter(|(other, _)| other == name).count();
        runs.push((name.to_owned(), attempt));
        self.began.add_permits(1);
        before
    }

    /// Waits until this many more runs have begun.
    pub(super) async fn wait_for_runs(&self, count: u32) {
        self.began.acquire_many(count).await.expect("it is never closed").forget();
    }

    /// Waits until one more waiting run has ended.
    pub(super) async fn wait_for_drop(&self) {
        self.dropped.acquire().await.expect("it is never closed").forget();
    }

    /// Names of the tasks that ran, in order.
    pub(super) fn names(&self) -> Vec<String> {
        self.runs
            .lock()
            .expect("nobody panics while holding it")
            .iter()
            .map(|(name, _)| name.clone())
            .collect()
    }

    /// Numbers of the attempts, in order.
    pub(super) fn attempts(&self) -> Vec<u32> {
        self.runs
            .lock()
            .expect("nobody panics while holding it")
            .iter()
            .map(|(_, attempt)| attempt.number)
            .collect()
    }

    pub(super) fn last_attempt(&self) -> Attempt {
        self.runs.lock().expect("nobody panics while holding it").last().expect("it ran").1
    }
}

struct NoPlugins;

#[async_trait]
impl Hooks for NoPlugins {
    async fn ready(&self) -> Result<(), String> {
        Ok(())
    }

    fn extractor(&self, _: TenantId, _: &str) -> Option<PluginRef> {
        None
    }

    fn parser(&self, _: TenantId, _: Option<&str>) -> Option<PluginRef> {
        None
    }

    fn named(&self, _: Kind, _: &str) -> Option<(PluginRef, Manifest)> {
        None
    }

    fn media_types(&self) -> Vec<String> {
        Vec::new()
    }

    async fn extract(&self, _: &PluginRef, _: Call, _: Document) -> Ran<ExtractedText> {
        unreachable!("there is no plugin to name")
    }

    async fn parse(&self, _: &PluginRef, _: Call, _: Document, _: Arc<ExtractedText>) -> Ran<ReadResume> {
        unreachable!("there is no plugin to name")
    }

    async fn transform(&self, _: &PluginRef, _: Call, _: Arc<Settings>, _: OutgoingEvent) -> Ran<Decision> {
        unreachable!("there is no plugin to name")
    }

    async fn score_all(
        &self,
        _: &PluginRef,
        _: Call,
        _: Arc<Settings>,
        _: Vec<ScoringInput>,
    ) -> Vec<Ran<Score>> {
        unreachable!("there is no plugin to name")
    }
}
