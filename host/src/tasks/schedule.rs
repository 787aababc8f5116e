//! Work that comes back by itself. A schedule's next time is a row; the node that moves it on enqueues in the same
//! transaction, so it fires once over all nodes, and what was missed while all were down fires once, not many times.

use std::str::FromStr;
use std::time::Duration;

use croner::Cron;

use super::row::NewTask;
use super::{Task, When, queue};
use crate::clock::Time;
use crate::error::{Error, Result};
use crate::services::Services;

/// Enqueues a task of the system's own at set times, unless its last one still waits or runs.
pub struct Schedule {
    name: &'static str,
    rhythm: Rhythm,
    task: NewTask,
}

enum Rhythm {
    Every(Duration),
    Cron(Box<Cron>),
}

impl Schedule {
    /// First fires one interval after the first start.
    ///
    /// # Errors
    /// A payload that cannot be written as JSON, an interval of nothing.
    pub fn every<T: Task>(name: &'static str, interval: Duration, task: &T) -> Result<Self> {
        if interval.is_zero() {
            return Err(Error::internal(format!("the schedule {name} has no interval")));
        }
        Ok(Self { name, rhythm: Rhythm::Every(interval), task: NewTask::of(task, When::now().unique(name))? })
    }

    /// By a cron pattern (`30 3 * * *`), in UTC.
    ///
    /// # Errors
    /// A pattern that is none, a payload that cannot be written as JSON.
    pub fn cron<T: Task>(name: &'static str, pattern: &str, task: &T) -> Result<Self> {
        let cron = Cron::from_str(pattern).map_err(|error| {
            Error::from(
                anyhow::Error::new(error).context(format!("reading the pattern of the schedule {name}")),
            )
        })?;
        Ok(Self {
            name,
            rhythm: Rhythm::Cron(Box::new(cron)),
            task: NewTask::of(task, When::now().unique(name))?,
        })
    }

    fn next_after(&self, now: Time) -> Result<Time> {
        match &self.rhythm {
            Rhythm::Every(interval) => Ok(now + *interval),
            Rhythm::Cron(cron) => cron.find_next_occurrence(&now, false).map_err(|error| {
                Error::from(
                    anyhow::Error::new(error).context(format!("the schedule {} never comes", self.name)),
                )
            }),
        }
    }
}

/// Enqueues what is due of these schedules; their names.
///
/// # Errors
/// The database's; then nothing was enqueued.
pub async fn fire(services: &Services, schedules: &[Schedule]) -> Result<Vec<&'static str>> {
    let now = services.clock.now();
    let moves = moves(services, schedules, now).await?;
    if moves.is_empty() {
        return Ok(Vec::new());
    }
    let mut fired = Vec::new();
    let mut tx = services.db.begin_system().await?;
    for (schedule, stored, next) in moves {
        let Some(stored) = stored else {
            queue::insert_schedule(&mut tx, schedule.name, next).await?;
            continue;
        };
        if queue::advance_schedule(&mut tx, schedule.name, stored, next).await? && stored <= now {
            queue::insert(&mut tx, &services.clock, schedule.task.clone()).await?;
            fired.push(schedule.name);
        }
    }
    tx.commit().await?;
    Ok(fired)
}

/// The schedules whose row must change, what it says, and what it shall say. Only reads, as mostly there are none.
async fn moves<'a>(
    services: &Services,
    schedules: &'a [Schedule],
    now: Time,
) -> Result<Vec<(&'a Schedule, Option<Time>, Time)>> {
    let mut tx = services.db.read_system().await?;
    let rows = queue::schedules(&mut tx).await?;
    tx.commit().await?;
    let mut moves = Vec::new();
    for schedule in schedules {
        let stored = rows.iter().find(|(name, _)| name == schedule.name).map(|(_, next_at)| *next_at);
        let next = schedule.next_after(now)?;
        // A row that is further off than the rhythm allows was written by a version with a slower one.
        if stored.is_none_or(|stored| stored <= now || stored > next) {
            moves.push((schedule, stored, next));
        }
    }
    Ok(moves)
}
