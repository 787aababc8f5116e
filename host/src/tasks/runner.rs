//! Runs tasks on this node until told to stop: claims as many as it has room for, keeps their leases, writes their ends
//! in batches, takes back what dead nodes left, fires schedules. The database's errors never end it.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures::FutureExt;
use tokio::task::{AbortHandle, Id, JoinError, JoinSet};
use tokio::time::{Instant, sleep, sleep_until};
use tokio_util::sync::CancellationToken;

use super::execute::{Turns, Verdict, backoff, execute, refill, settle};
use super::row::{Claimed, Lease, State};
use super::{Queue, Registry, Schedule, fire, queue};
use crate::config::Config;
use crate::error::Result;
use crate::services::Services;

/// The longest wait before the database is tried again.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

/// How long a task that was told to stop may take to reach its next await.
const ABORT: Duration = Duration::from_secs(2);

const GAUGE_EVERY: Duration = Duration::from_secs(15);

#[derive(Clone, Debug)]
pub struct Options {
    /// Tasks under way at once, of each queue that has more than one.
    pub compute: usize,
    pub outbound: usize,
    /// How long a task may go without a heartbeat before another node takes it.
    pub lease: Duration,
    /// How often to look for work that no signal announced, for lost leases and for schedules.
    pub poll: Duration,
    /// How long to wait for tasks under way when told to stop.
    pub grace: Duration,
}

impl Options {
    pub fn of(config: &Config) -> Self {
        Self {
            compute: config.worker_concurrency(),
            outbound: config.outbound_concurrency,
            lease: Duration::from_secs(config.worker_lease_seconds),
            poll: Duration::from_secs(1),
            grace: Duration::from_secs(config.shutdown_grace_seconds),
        }
    }

    fn concurrency(&self, queue: Queue) -> usize {
        match queue {
            Queue::Compute => self.compute,
            Queue::Outbound => self.outbound,
            Queue::Shadow => 1,
        }
    }
}

pub struct Runner {
    services: Services,
    registry: Arc<Registry>,
    schedules: Vec<Schedule>,
    options: Options,
    held: Mutex<HashMap<Id, Held>>,
}

/// A claimed task until its end is written.
struct Held {
    lease: Lease,
    queue: Queue,
    attempt: u32,
    abort: AbortHandle,
    /// By our own clock: after this another node may have it.
    until: Instant,
    state: Progress,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Progress {
    Running,
    Ended,
    Lost,
}

type Joined = std::result::Result<(Id, Verdict), JoinError>;

/// What the working loop alone knows.
#[derive(Default)]
struct Work {
    running: JoinSet<Verdict>,
    turns: Turns,
    /// Queues that had nothing ready, until something says there may be.
    empty: Vec<Queue>,
    /// Ends that are not written yet.
    ended: Vec<(Id, (Lease, Verdict))>,
}

impl Runner {
    pub fn new(
        services: Services,
        registry: Arc<Registry>,
        schedules: Vec<Schedule>,
        options: Options,
    ) -> Self {
        Self { services, registry, schedules, options, held: Mutex::default() }
    }

    /// Runs until stopped; then claims no more, waits for what is under way, and gives back what did not end in time,
    /// as if it had not been tried.
    pub async fn run(self, stop: CancellationToken) {
        let mut work = Work::default();
        tokio::select! {
            () = self.work(&mut work, &stop) => {}
            () = self.keep_leases() => {}
            () = self.maintain(&stop) => {}
        }
        tokio::select! {
            () = self.drain(&mut work) => {}
            () = self.keep_leases() => {}
        }
    }

    async fn work(&self, work: &mut Work, stop: &CancellationToken) {
        let wake = self.services.db.wake();
        let (mut failures, mut looked) = (0_u32, Instant::now());
        while !stop.is_cancelled() {
            while let Some(joined) = work.running.try_join_next_with_id() {
                self.ended(work, joined);
            }
            if wake.woken().now_or_never().is_some() || looked.elapsed() >= self.options.poll {
                work.empty.clear();
                looked = Instant::now();
            }
            let room = self.room(&work.empty);
            match self.turn(work, room).await {
                Ok(claimed) => {
                    failures = 0;
                    if claimed > 0 {
                        // Lets what was claimed run before asking whether there is more.
                        tokio::task::yield_now().await;
                        continue;
                    }
                }
                Err(error) => {
                    failures = failures.saturating_add(1);
                    work.empty.clear();
                    tracing::warn!(%error, failures, "could not reach the queue; trying again");
                    stop.run_until_cancelled(sleep(pause(failures))).await;
                    continue;
                }
            }
            tokio::select! {
                Some(joined) = work.running.join_next_with_id() => self.ended(work, joined),
                () = wake.woken() => work.empty.clear(),
                () = sleep_until(looked + self.options.poll) => {}
                () = stop.cancelled() => {}
            }
        }
    }

    /// Writes the ends and claims into the room there is, in one transaction; how many were claimed.
    async fn turn(&self, work: &mut Work, room: Vec<(Queue, usize)>) -> Result<usize> {
        if work.ended.is_empty() && room.is_empty() {
            return Ok(0);
        }
        let (began, now) = (Instant::now(), self.services.clock.now());
        let mut tx = self.services.db.begin_system().await?;
        let (ids, ends): (Vec<_>, Vec<_>) = std::mem::take(&mut work.ended).into_iter().unzip();
        let claimed = async {
            settle(&mut tx, now, &ends).await?;
            let mut claimed = Vec::new();
            for (queue, room) in room {
                let tasks = work.turns.claim(&mut tx, queue, room, (now, self.options.lease)).await?;
                if tasks.is_empty() {
                    work.empty.push(queue);
                }
                claimed.push((queue, tasks));
            }
            tx.commit().await?;
            Ok(claimed)
        }
        .await;
        match claimed {
            Ok(claimed) => {
                let mut held = self.held();
                for id in ids {
                    held.remove(&id);
                }
                drop(held);
                Ok(claimed.into_iter().map(|(queue, tasks)| self.start(work, queue, tasks, began)).sum())
            }
            Err(error) => {
                work.ended = ids.into_iter().zip(ends).collect();
                Err(error)
            }
        }
    }

    /// The queues with room for more tasks, and for how many. A task whose end is not written has made room.
    fn room(&self, empty: &[Queue]) -> Vec<(Queue, usize)> {
        let held = self.held();
        let under_way =
            |queue| held.values().filter(|h| h.queue == queue && h.state != Progress::Ended).count();
        Queue::EVERY
            .into_iter()
            .filter(|queue| !empty.contains(queue))
            .map(|queue| (queue, self.options.concurrency(queue).saturating_sub(under_way(queue))))
            .filter(|(_, room)| *room > 0)
            .collect()
    }

    fn start(&self, work: &mut Work, queue: Queue, tasks: Vec<Claimed>, began: Instant) -> usize {
        let count = tasks.len();
        for task in tasks {
            let (lease, attempt) = (task.lease(), task.attempt);
            let (services, registry) = (self.services.clone(), self.registry.clone());
            let abort = work.running.spawn(async move { execute(&services, &registry, task).await });
            let until = began + self.options.lease;
            let id = abort.id();
            self.held().insert(id, Held { lease, queue, attempt, abort, until, state: Progress::Running });
        }
        count
    }

    /// Notes how a task ended, unless it is not ours any more.
    fn ended(&self, work: &mut Work, joined: Joined) {
        let id = match &joined {
            Ok((id, _)) => *id,
            Err(error) => error.id(),
        };
        let mut held = self.held();
        let Some(task) = held.get_mut(&id) else { return };
        if task.state == Progress::Lost {
            held.remove(&id);
            return;
        }
        task.state = Progress::Ended;
        let now = self.services.clock.now();
        let verdict = match joined {
            Ok((_, verdict)) => verdict,
            Err(error) if error.is_cancelled() => {
                Verdict::Again { run_at: now, attempt: task.attempt.saturating_sub(1), error: None }
            }
            Err(_) => Verdict::Again {
                run_at: now + backoff(task.attempt),
                attempt: task.attempt,
                error: Some("panicked".into()),
            },
        };
        work.ended.push((id, (task.lease, verdict)));
    }

    /// Extends every lease at a third of its length, and stops the tasks whose lease is lost, or must be
    /// taken for lost because the database has not answered for so long.
    async fn keep_leases(&self) {
        let mut wait = self.options.lease / 3;
        loop {
            sleep(wait).await;
            wait = match self.extend().await {
                Ok(()) => self.options.lease / 3,
                Err(error) => {
                    tracing::warn!(%error, "could not extend leases");
                    self.options.lease / 10
                }
            };
            let now = Instant::now();
            self.lose(|held| held.until <= now);
        }
    }

    async fn extend(&self) -> Result<()> {
        let leases: Vec<Lease> = self.held().values().map(|held| held.lease).collect();
        if leases.is_empty() {
            return Ok(());
        }
        let until = Instant::now() + self.options.lease;
        let mut tx = self.services.db.begin_system().await?;
        let kept = queue::extend(&mut tx, &leases, self.services.clock.now() + self.options.lease).await?;
        tx.commit().await?;
        for held in self.held().values_mut().filter(|held| kept.contains(&held.lease.id)) {
            held.until = until;
        }
        self.lose(|held| leases.contains(&held.lease) && !kept.contains(&held.lease.id));
        Ok(())
    }

    /// Stops the running tasks this is true of.
    fn lose(&self, lost: impl Fn(&Held) -> bool) {
        for held in self.held().values_mut() {
            if held.state == Progress::Running && lost(held) {
                tracing::warn!(task = %held.lease.id, "lost the lease; stopping the task, another node has it");
                held.state = Progress::Lost;
                held.abort.abort();
            }
        }
    }

    /// What any node may do for all: fire schedules, take back lost leases, make due tasks ready.
    async fn maintain(&self, stop: &CancellationToken) {
        let mut gauged: Option<Instant> = None;
        let mut failures = 0_u32;
        loop {
            let wait = match self.maintain_once(&mut gauged).await {
                Ok(()) => {
                    failures = 0;
                    self.options.poll
                }
                Err(error) => {
                    failures = failures.saturating_add(1);
                    tracing::warn!(%error, failures, "could not look after the queue; trying again");
                    pause(failures)
                }
            };
            if stop.run_until_cancelled(sleep(wait)).await.is_none() {
                // The working loop ends by itself and decides when this is over.
                std::future::pending::<()>().await;
            }
        }
    }

    async fn maintain_once(&self, gauged: &mut Option<Instant>) -> Result<()> {
        fire(&self.services, &self.schedules).await?;
        let mut tx = self.services.db.begin_system().await?;
        let ready = refill(&mut tx, self.services.clock.now()).await?;
        tx.commit().await?;
        if ready > 0 {
            self.services.db.wake().wake();
        }
        if gauged.is_none_or(|last| last.elapsed() >= GAUGE_EVERY) {
            *gauged = Some(Instant::now());
            self.gauge().await?;
        }
        Ok(())
    }

    async fn gauge(&self) -> Result<()> {
        let mut tx = self.services.db.read_system().await?;
        let counted = queue::count(&mut tx).await?;
        tx.commit().await?;
        for queue in Queue::EVERY {
            for state in State::EVERY {
                let count =
                    counted.iter().find(|(q, s, _)| q == queue.as_str() && *s == state).map_or(0, |c| c.2);
                metrics::gauge!("tasks", "queue" => queue.as_str(), "state" => state.as_str())
                    .set(count as f64);
            }
        }
        Ok(())
    }

    async fn drain(&self, work: &mut Work) {
        let patience = Instant::now() + self.options.grace;
        while let Ok(Some(joined)) = tokio::time::timeout_at(patience, work.running.join_next_with_id()).await
        {
            self.ended(work, joined);
            if let Err(error) = self.turn(work, Vec::new()).await {
                tracing::warn!(%error, "could not write a task's end; trying again");
            }
        }
        work.running.abort_all();
        let patience = Instant::now() + ABORT;
        while let Ok(Some(joined)) = tokio::time::timeout_at(patience, work.running.join_next_with_id()).await
        {
            self.ended(work, joined);
        }
        for failures in 1..=3 {
            match self.turn(work, Vec::new()).await {
                Ok(_) => return,
                Err(error) => tracing::warn!(%error, "could not give tasks back; their leases will run out"),
            }
            sleep(pause(failures)).await;
        }
    }

    fn held(&self) -> MutexGuard<'_, HashMap<Id, Held>> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn pause(failures: u32) -> Duration {
    (Duration::from_millis(100) * 2_u32.pow(failures.min(6))).min(LONGEST_PAUSE)
}
