//! What a question is about: the instant it looks from, the span of time, the jobs in reach. Walks the timelines of their
//! applications.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use chrono_tz::Tz;
use tokio::sync::mpsc::{self, Receiver};

use super::calendar;
use super::groups::Sources;
use super::store::{self, Job, Pile};
use super::timeline::{History, Timeline};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::grants::Scope;
use crate::ids::{ApplicationId, DepartmentId, JobId, StageId};
use crate::permissions::Permission;
use crate::resources::{departments, tenants};
use crate::services::Services;

/// What every question may say.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    pub as_of: Option<String>,
    pub from: Option<String>,
    pub to: Option<String>,
    pub job: Option<JobId>,
    pub department: Option<DepartmentId>,
    pub source: Option<String>,
}

/// From an instant on, before another; without one, as far as there is anything.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Window {
    pub from: Option<i64>,
    pub to: Option<i64>,
}

impl Window {
    pub fn contains(self, at: i64) -> bool {
        self.from.is_none_or(|from| from <= at) && self.begins_before_end(at)
    }

    /// For what goes on: whether it began before the window ends.
    pub fn begins_before_end(self, at: i64) -> bool {
        self.to.is_none_or(|to| at < to)
    }
}

/// Those without a source, in a filter and as a label.
pub const UNATTRIBUTED: &str = "unattributed";

/// What is looked at.
pub struct Frame {
    /// Microseconds since 1970.
    pub as_of: i64,
    pub window: Window,
    pub zone: Tz,
    /// Every job in reach that was asked for.
    pub jobs: BTreeMap<JobId, Job>,
    /// The one job whose own stages are told apart.
    pub job: Option<JobId>,
    /// Only applications of this source.
    pub source: Option<String>,
    /// Whether the jobs are all there are.
    is_whole: bool,
}

impl Frame {
    /// Begins to read, and looks up what the question is about.
    ///
    /// # Errors
    /// `Forbidden` without the permission, `Invalid` instants, `NotFound` when the job or department is not in reach.
    pub async fn open(services: &Services, caller: &Caller, asked: &Asked) -> Result<(Tx, Arc<Self>)> {
        let (mut tx, reach) = services.db.read_within(caller, Permission::AnalyticsRead).await?;
        let tenant = tenants::store::get(&mut tx).await?;
        let zone = tenant.time_zone.parse().unwrap_or(Tz::UTC);
        let window = window(asked, zone)?;
        let as_of = match &asked.as_of {
            Some(text) => calendar::instant("as_of", text, zone)?,
            None => services.clock.now().timestamp_micros(),
        };
        let within = match asked.department {
            Some(department) => {
                if !reach.includes(Scope::Department(department)) {
                    return Err(Error::NotFound { what: "department" });
                }
                departments::store::get(&mut tx, department).await?;
                Some(departments::store::tree(&mut tx).await?.below(department))
            }
            None => None,
        };
        let is_whole = reach.is_everywhere() == 1 && within.is_none() && asked.job.is_none();
        let mut jobs = store::list_jobs(&mut tx, &reach, asked.job).await?;
        if asked.job.is_some() && jobs.is_empty() {
            return Err(Error::NotFound { what: "job" });
        }
        if let Some(within) = within {
            jobs.retain(|job| job.department_id.is_some_and(|department| within.contains(&department)));
        }
        let jobs = jobs.into_iter().map(|job| (job.id, job)).collect();
        let frame =
            Self { as_of, window, zone, jobs, job: asked.job, source: asked.source.clone(), is_whole };
        Ok((tx, Arc::new(frame)))
    }

    /// Whether everything of the tenant is looked at.
    pub(super) fn is_whole(&self) -> bool {
        self.is_whole
    }

    /// Ids of the jobs as 32 hexadecimal digits each; none when they are all there are.
    pub(super) fn job_digits(&self) -> Option<Vec<String>> {
        (!self.is_whole).then(|| self.jobs.keys().map(|id| id.uuid().simple().to_string()).collect())
    }

    /// Counts every application that had come in by then. `wanted` says what else than its history is needed; `count` adds one
    /// to the tallies, on another thread than the one that reads: each takes about as long.
    ///
    /// # Errors
    /// The database's.
    pub(super) async fn count<T: Send + 'static>(
        self: &Arc<Self>,
        tx: &mut Tx,
        wanted: Wanted,
        tallies: T,
        count: impl FnMut(&Frame, &mut T, &Subject<'_>, &History) + Send + 'static,
    ) -> Result<(T, Sources)> {
        let (piles, given) = mpsc::channel(PILES);
        let frame = self.clone();
        let stages = wanted.stages.clone();
        let counted = tokio::task::spawn_blocking(move || frame.count_all(given, &stages, tallies, count));
        match self.job {
            Some(job) => store::each_timeline_of_job(tx, job, wanted.first_touch, &piles).await?,
            None => store::each_timeline(tx, self.job_digits(), &wanted, &piles).await?,
        }
        drop(piles);
        counted.await.map_err(|error| Error::internal(format!("the counting ended early: {error}")))?
    }

    fn count_all<T>(
        &self,
        mut piles: Receiver<Pile>,
        stages: &[StageId],
        mut tallies: T,
        mut count: impl FnMut(&Frame, &mut T, &Subject<'_>, &History),
    ) -> Result<(T, Sources)> {
        let (mut timeline, mut history) = (Timeline::default(), History::default());
        let mut sources = Sources::default();
        let only = self.source.as_deref();
        // Looked up a million times.
        let jobs: HashMap<_, _> = self.jobs.iter().collect();
        while let Some(pile) = piles.blocking_recv() {
            for row in pile.rows()? {
                // A job that is gone takes its applications along.
                let Some(job) = jobs.get(&row.job) else { continue };
                if only.is_some_and(|only| only != row.source.unwrap_or(UNATTRIBUTED)) {
                    continue;
                }
                timeline.read(row.steps)?;
                if let Some(digits) = row.stages {
                    timeline.number_stages(digits.split(' ').map(|digits| number(stages, digits)));
                }
                if history.play(&timeline, self.as_of) {
                    let source = row.source.map(|source| sources.intern(source));
                    let first_contact = row.first_contact;
                    let subject = Subject { job, source, first_contact, application: row.application };
                    count(self, &mut tallies, &subject, &history);
                }
            }
        }
        Ok((tallies, sources))
    }
}

/// Read and not counted yet.
const PILES: usize = 8;

/// What is wanted of an application beside its history.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// The candidate's source instead of the application's.
    pub(super) first_touch: bool,
    pub(super) first_contact: bool,
    pub(super) id: bool,
    /// The stages of the one job, in the order in which they are numbered.
    pub(super) stages: Vec<StageId>,
}

/// The place of a stage among these.
fn number(stages: &[StageId], digits: &str) -> Option<u32> {
    let id = StageId::from_uuid(uuid::Uuid::try_parse(digits).ok()?);
    u32::try_from(stages.iter().position(|stage| *stage == id)?).ok()
}

/// An application, but for its history.
pub(super) struct Subject<'a> {
    pub(super) job: &'a Job,
    /// Interned.
    pub(super) source: Option<u32>,
    /// When its candidate was first heard of.
    pub(super) first_contact: Option<i64>,
    /// Its id, as hexadecimal digits.
    application: Option<&'a str>,
}

impl Subject<'_> {
    pub(super) fn application(&self) -> Option<ApplicationId> {
        Some(ApplicationId::from_uuid(uuid::Uuid::try_parse(self.application?).ok()?))
    }
}

fn window(asked: &Asked, zone: Tz) -> Result<Window> {
    let read = |name: &str, text: &Option<String>| {
        text.as_deref().map(|text| calendar::instant(name, text, zone)).transpose()
    };
    let window = Window { from: read("from", &asked.from)?, to: read("to", &asked.to)? };
    if let (Some(from), Some(to)) = (window.from, window.to)
        && from > to
    {
        return Err(Error::invalid("from", "after_end", "`from` is later than `to`"));
    }
    Ok(window)
}
