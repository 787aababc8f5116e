//! All SQL about analytics: it only reads. Many timelines come as one row wherever the database has them together, because the
//! drivers take longer over a million rows than the databases over reading them.

use futures::TryStreamExt;
use sqlx::types::{Json, Uuid};
use sqlx::{ColumnIndex, Decode, Row};
use tokio::sync::mpsc::Sender;

use super::frame::{Frame, Wanted};
use super::timeline::StageKind;
use crate::clock::Time;
use crate::db::{Engine, Tx, on, on_connection, sql};
use crate::error::{Error, Result};
use crate::grants::Reach;
use crate::ids::{DepartmentId, JobId, OpeningId, StageId};

/// What figures ask of a job.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct Job {
    pub(super) id: JobId,
    pub(super) title: String,
    pub(super) department_id: Option<DepartmentId>,
    /// The department's name.
    pub(super) department: Option<String>,
    is_evergreen: i64,
}

impl Job {
    pub(super) fn is_evergreen(&self) -> bool {
        self.is_evergreen == 1
    }
}

/// As far as the caller reaches; the one job when it is named.
pub(super) async fn list_jobs(tx: &mut Tx, reach: &Reach, job: Option<JobId>) -> Result<Vec<Job>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select j.id, j.title, j.department_id, d.name as department, j.is_evergreen
            from jobs j left join departments d on d.tenant_id = j.tenant_id and d.id = j.department_id
            where j.tenant_id = $1 and j.deleted_at is null and ($2 = 1 or j.id = $3)
              and ($4 = 1 or j.department_id in (select value::uuid from jsonb_array_elements_text($5))
                          or j.id in (select value::uuid from jsonb_array_elements_text($6)))",
        sqlite: "select j.id, j.title, j.department_id, d.name as department, j.is_evergreen
            from jobs j left join departments d on d.tenant_id = j.tenant_id and d.id = j.department_id
            where j.tenant_id = $1 and j.deleted_at is null and ($2 = 1 or j.id = $3)
              and ($4 = 1 or j.department_id in (select unhex(value) from json_each($5))
                          or j.id in (select unhex(value) from json_each($6)))");
    Ok(on_connection!(tx, |c| sqlx::query_as::<_, Job>(text)
        .bind(tenant)
        .bind(i64::from(job.is_none()))
        .bind(job)
        .bind(reach.is_everywhere())
        .bind(Json(reach.department_digits()))
        .bind(Json(reach.job_digits()))
        .fetch_all(c)
        .await)?)
}

/// A stage of a job, present or past.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct StageRow {
    pub(super) id: StageId,
    pub(super) name: String,
    pub(super) kind: StageKind,
    pub(super) position: i64,
    pub(super) is_live: i64,
}

/// The pipeline in its order, then the stages that are no longer in it.
pub(super) async fn list_stages(tx: &mut Tx, job: JobId) -> Result<Vec<StageRow>> {
    let tenant = tx.tenant();
    Ok(on_connection!(tx, |c| {
        sqlx::query_as::<_, StageRow>(
        "select id, name, kind, position, cast(case when deleted_at is null then 1 else 0 end as bigint) as is_live
         from job_stages where tenant_id = $1 and job_id = $2 order by is_live desc, position, id"
    )
    .bind(tenant)
    .bind(job)
    .fetch_all(c)
    .await
    })?)
}

/// Timelines, one after the other in each text, as they are handed on while the database reads on. Few large texts: a few small
/// ones for each of a million would take longer to make than to read.
#[derive(Debug, Default)]
pub(super) struct Pile {
    /// Whose so many of them are.
    jobs: Vec<(JobId, usize)>,
    steps: String,
    sources: String,
    contacts: Option<String>,
    /// Of their applications, [`DIGITS`] each.
    ids: Option<String>,
    stages: Option<String>,
    count: usize,
}

/// Hexadecimal ones of an id.
const DIGITS: usize = 32;

/// One of them.
pub(super) struct TimelineRow<'a> {
    pub(super) job: JobId,
    pub(super) steps: &'a str,
    pub(super) source: Option<&'a str>,
    pub(super) first_contact: Option<i64>,
    pub(super) application: Option<&'a str>,
    /// The stage of each step.
    pub(super) stages: Option<&'a str>,
}

/// One or many timelines, as the statements say them: between `;`, sources between line breaks, ids with nothing between.
struct Columns<'r> {
    /// The job of all of them, or the jobs one by one: 16 bytes each.
    jobs: &'r [u8],
    steps: &'r str,
    sources: &'r str,
    contacts: Option<&'r str>,
    ids: Option<&'r str>,
    stages: Option<&'r str>,
}

impl<'r> Columns<'r> {
    /// By their places, and without a look at their types: a million times either would take as long as the rest.
    fn of<R: Row>(row: &'r R) -> sqlx::Result<Self>
    where
        usize: ColumnIndex<R>,
        &'r [u8]: Decode<'r, R::Database>,
        &'r str: Decode<'r, R::Database>,
    {
        // Nothing stands for what is not wanted: three columns of nothing make a million rows a sixth slower to read.
        let is_wide = row.len() > 3;
        Ok(Self {
            jobs: row.try_get_unchecked(0)?,
            steps: row.try_get_unchecked(1)?,
            sources: row.try_get_unchecked(2)?,
            contacts: if is_wide { row.try_get_unchecked(3)? } else { None },
            ids: if is_wide { row.try_get_unchecked(4)? } else { None },
            stages: if is_wide { row.try_get_unchecked(5)? } else { None },
        })
    }
}

impl Pile {
    fn add(&mut self, columns: &Columns<'_>) -> Result<()> {
        let count = memchr::memchr_iter(b';', columns.steps.as_bytes()).count() + 1;
        let each = if columns.jobs.len() == size_of::<Uuid>() { count } else { 1 };
        for job in columns.jobs.chunks(size_of::<Uuid>()) {
            let job = Uuid::from_slice(job).map(JobId::from_uuid).map_err(Error::internal)?;
            match self.jobs.last_mut() {
                Some((last, before)) if *last == job => *before += each,
                _ => self.jobs.push((job, each)),
            }
        }
        let is_first = self.count == 0;
        let append = |all: &mut String, between: &str, some: &str| {
            if !is_first {
                all.push_str(between);
            }
            all.push_str(some);
        };
        append(&mut self.steps, ";", columns.steps);
        append(&mut self.sources, "\n", columns.sources);
        let beside = [
            (&mut self.contacts, ";", columns.contacts),
            (&mut self.ids, "", columns.ids),
            (&mut self.stages, ";", columns.stages),
        ];
        for (all, between, some) in beside {
            if let Some(some) = some {
                append(all.get_or_insert_default(), between, some);
            }
        }
        self.count += count;
        Ok(())
    }

    /// # Errors
    /// `Internal`: the texts do not hold as many each.
    pub(super) fn rows(&self) -> Result<impl Iterator<Item = TimelineRow<'_>>> {
        let count = |text: &str, between: u8| memchr::memchr_iter(between, text.as_bytes()).count() + 1;
        let beside = [&self.contacts, &self.stages].into_iter().flatten();
        let counts = beside.map(|text| count(text, b';')).chain([count(&self.sources, b'\n')]);
        let counts = counts.chain(self.ids.as_ref().map(|ids| ids.len() / DIGITS));
        let mut counts = counts.chain([self.jobs.iter().map(|(_, count)| count).sum()]);
        if self.count > 0 && !counts.all(|counted| counted == self.count) {
            return Err(Error::internal("the texts of timelines do not fit together"));
        }
        let jobs = self.jobs.iter().flat_map(|(job, count)| std::iter::repeat_n(*job, *count));
        let mut contacts = self.contacts.as_deref().map(|text| text.split(';'));
        let ids = self.ids.as_deref();
        let mut stages = self.stages.as_deref().map(|text| text.split(';'));
        let texts = self.steps.split(';').zip(self.sources.split('\n'));
        Ok(jobs.zip(texts).enumerate().map(move |(place, (job, (steps, source)))| TimelineRow {
            job,
            steps,
            source: Some(source).filter(|source| !source.is_empty()),
            first_contact: contacts.as_mut().and_then(Iterator::next).and_then(|text| text.parse().ok()),
            application: ids.and_then(|ids| ids.get(place * DIGITS..(place + 1) * DIGITS)),
            stages: stages.as_mut().and_then(Iterator::next),
        }))
    }
}

/// Timelines of a pile, and more where more come at once.
const PILE: usize = 2_000;

macro_rules! by_job {
    () => {
        "select job_id, string_agg(steps, ';') as steps,
                string_agg(coalesce(case when $4 = 1 then first_source else source end, ''), '\n') as sources,
                string_agg(case when $5 = 1 then first_contact end, ';') as contacts,
                string_agg(case when $6 = 1 then hex(application_id) end, '') as ids,
                null as stages
         from application_timelines
         where tenant_id = $1 and ($2 = 1 or job_id in (select unhex(value) from json_each($3)))
         group by job_id"
    };
}

/// Timelines of a tenant for each page of the table, from which on it is quicker to read every page than to look them up.
const DENSE: i64 = 2;

/// Whether the tenant has so many of all timelines. SQLite keeps each tenant's together.
async fn are_dense(tx: &mut Tx) -> Result<bool> {
    if tx.engine() == Engine::Sqlite {
        return Ok(false);
    }
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select count(*) > 0 and count(*) >= (
                select $2 * pg_relation_size('application_timelines') / current_setting('block_size')::bigint)
            from (
                select 1 from application_timelines where tenant_id = $1 limit (
                    select $2 * pg_relation_size('application_timelines') / current_setting('block_size')::bigint)
            ) as first",
        sqlite: "select $1 is null and $2 < 0");
    Ok(on!(tx, |c| sqlx::query_scalar(text).bind(tenant).bind(DENSE).fetch_one(c).await)?)
}

/// Whether PostgreSQL may look up rows by an index, for the rest of the transaction. Where it thinks that the tenant has few
/// timelines, it would do so for every few pages, and each time look at all of them.
async fn allow_indexes(tx: &mut Tx, allowed: bool) -> Result<()> {
    let text = sql!(tx,
        postgres: "select set_config('enable_indexscan', $1, true), set_config('enable_indexonlyscan', $1, true),
            set_config('enable_bitmapscan', $1, true)",
        sqlite: "select $1");
    let word = if allowed { "on" } else { "off" };
    on!(tx, |c| sqlx::query(text).bind(word).execute(c).await.map(drop))?;
    Ok(())
}

/// Hands every application's timeline on; only of these jobs when they are named. Ends early when nobody takes them.
pub(super) async fn each_timeline(
    tx: &mut Tx,
    jobs: Option<Vec<String>>,
    wanted: &Wanted,
    piles: &Sender<Pile>,
) -> Result<()> {
    let by_page = are_dense(tx).await?;
    if by_page {
        allow_indexes(tx, false).await?;
    }
    each_timeline_of(tx, jobs, wanted, piles, by_page).await?;
    if by_page {
        allow_indexes(tx, true).await?;
    }
    Ok(())
}

/// By job on SQLite; on PostgreSQL by page where that is wanted, else one by one.
async fn each_timeline_of(
    tx: &mut Tx,
    jobs: Option<Vec<String>>,
    wanted: &Wanted,
    piles: &Sender<Pile>,
    by_page: bool,
) -> Result<()> {
    let tenant = tx.tenant();
    let text = match (by_page, wanted.first_contact || wanted.id) {
        (true, _) => sql!(tx,
            postgres: "select t.jobs, t.steps, t.sources, t.contacts, encode(t.ids, 'hex') as ids, null::text as stages
                from generate_series(0, pg_relation_size('application_timelines') / current_setting('block_size')::bigint, 16)
                    as pages (first)
                cross join lateral (
                    select string_agg(uuid_send(job_id), '') as jobs, string_agg(steps, ';') as steps,
                           string_agg(coalesce(case when $4 = 1 then first_source else source end, ''), '\n') as sources,
                           string_agg(case when $5 = 1 then first_contact::text end, ';') as contacts,
                           string_agg(case when $6 = 1 then uuid_send(application_id) end, '') as ids
                    from application_timelines
                    where tenant_id = $1
                      and ($2 = 1 or job_id in (select value::uuid from jsonb_array_elements_text($3)))
                      and ctid >= format('(%s,0)', first)::tid and ctid < format('(%s,0)', first + 16)::tid
                ) t
                where t.steps is not null",
            sqlite: by_job!()),
        (false, true) => sql!(tx,
            postgres: "select job_id, steps, coalesce(case when $4 = 1 then first_source else source end, '') as sources,
                    case when $5 = 1 then first_contact::text end as contacts,
                    case when $6 = 1 then encode(uuid_send(application_id), 'hex') end as ids, null::text as stages
                from application_timelines
                where tenant_id = $1 and ($2 = 1 or job_id in (select value::uuid from jsonb_array_elements_text($3)))",
            sqlite: by_job!()),
        (false, false) => sql!(tx,
            postgres: "select job_id, steps, coalesce(case when $4 = 1 then first_source else source end, '') as sources
                from application_timelines
                where tenant_id = $1 and ($2 = 1 or job_id in (select value::uuid from jsonb_array_elements_text($3)))
                  and $5 = 0 and $6 = 0",
            sqlite: by_job!()),
    };
    let mut pile = Pile::default();
    on_connection!(tx, |c| {
        let mut rows = sqlx::query(text)
            .bind(tenant)
            .bind(i64::from(jobs.is_none()))
            .bind(Json(jobs.unwrap_or_default()))
            .bind(i64::from(wanted.first_touch))
            .bind(i64::from(wanted.first_contact))
            .bind(i64::from(wanted.id))
            .fetch(c);
        while let Some(row) = rows.try_next().await? {
            pile.add(&Columns::of(&row)?)?;
            if pile.count >= PILE && piles.send(std::mem::take(&mut pile)).await.is_err() {
                return Ok(());
            }
        }
    });
    // Whoever takes no more knows why.
    let _ = piles.send(pile).await;
    Ok(())
}

/// The same of one job, with the stage of each step.
pub(super) async fn each_timeline_of_job(
    tx: &mut Tx,
    job: JobId,
    first_touch: bool,
    piles: &Sender<Pile>,
) -> Result<()> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select job_id, string_agg(steps, ';') as steps,
                string_agg(coalesce(case when $3 = 1 then first_source else source end, ''), '\n') as sources,
                string_agg(first_contact::text, ';') as contacts, string_agg(encode(uuid_send(application_id), 'hex'), '') as ids,
                string_agg(stages, ';') as stages
            from (
                select t.job_id, t.steps, t.source, t.first_source, t.first_contact, t.application_id,
                       coalesce((select string_agg(encode(uuid_send(c.stage_id), 'hex'), ' ' order by c.occurred_at, c.id)
                                 from application_changes c
                                 where c.tenant_id = t.tenant_id and c.application_id = t.application_id
                                   and c.kind <> 'voided'), '') as stages
                from application_timelines t
                where t.tenant_id = $1 and t.job_id = $2
            ) numbered
            group by job_id",
        sqlite: "select job_id, string_agg(steps, ';') as steps,
                string_agg(coalesce(case when $3 = 1 then first_source else source end, ''), '\n') as sources,
                string_agg(first_contact, ';') as contacts, string_agg(hex(application_id), '') as ids,
                string_agg(stages, ';') as stages
            from (
                select t.job_id, t.steps, t.source, t.first_source, t.first_contact, t.application_id,
                       coalesce((select string_agg(hex(c.stage_id), ' ' order by c.occurred_at, c.id)
                                 from application_changes c
                                 where c.tenant_id = t.tenant_id and c.application_id = t.application_id
                                   and c.kind <> 'voided'), '') as stages
                from application_timelines t
                where t.tenant_id = $1 and t.job_id = $2
            ) numbered
            group by job_id");
    let mut pile = Pile::default();
    on_connection!(tx, |c| {
        let query = sqlx::query(text).bind(tenant).bind(job).bind(i64::from(first_touch));
        if let Some(row) = query.fetch_optional(c).await? {
            pile.add(&Columns::of(&row)?)?;
        }
    });
    let _ = piles.send(pile).await;
    Ok(())
}

/// Where each scored application of the frame's span comes from, and its score in millionths of a point; of these jobs when
/// they are named.
pub(super) async fn list_scores(
    tx: &mut Tx,
    jobs: Option<Vec<String>>,
    first_touch: bool,
    frame: &Frame,
) -> Result<Vec<(Option<String>, i64)>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select case when $2 = 1 then t.first_source else t.source end as source, a.score
            from applications a
            join application_timelines t
              on t.tenant_id = a.tenant_id and t.job_id = a.job_id and t.application_id = a.id
            where a.tenant_id = $1 and a.deleted_at is null and a.score is not null and a.applied_at <= $3
              and (cast($4 as timestamptz) is null or a.applied_at >= $4)
              and (cast($5 as timestamptz) is null or a.applied_at < $5)
              and ($6 = 1 or a.job_id in (select value::uuid from jsonb_array_elements_text($7)))",
        sqlite: "select case when $2 = 1 then t.first_source else t.source end as source, a.score
            from applications a
            join application_timelines t
              on t.tenant_id = a.tenant_id and t.job_id = a.job_id and t.application_id = a.id
            where a.tenant_id = $1 and a.deleted_at is null and a.score is not null and a.applied_at <= $3
              and ($4 is null or a.applied_at >= $4) and ($5 is null or a.applied_at < $5)
              and ($6 = 1 or a.job_id in (select unhex(value) from json_each($7)))");
    let time = |micros: i64| Time::from_timestamp_micros(micros).unwrap_or_default();
    Ok(on_connection!(tx, |c| sqlx::query_as(text)
        .bind(tenant)
        .bind(i64::from(first_touch))
        .bind(time(frame.as_of))
        .bind(frame.window.from.map(time))
        .bind(frame.window.to.map(time))
        .bind(i64::from(jobs.is_none()))
        .bind(Json(jobs.unwrap_or_default()))
        .fetch_all(c)
        .await)?)
}

/// Something that happened to an opening.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct OpeningRow {
    pub(super) job_id: JobId,
    pub(super) opening_id: OpeningId,
    pub(super) kind: String,
    pub(super) occurred_at: Time,
    /// Of the application that filled it.
    pub(super) steps: Option<String>,
}

/// What happened by then, opening by opening.
pub(super) async fn list_opening_changes(
    tx: &mut Tx,
    jobs: Option<Vec<String>>,
    as_of: Time,
) -> Result<Vec<OpeningRow>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres:
            // Looked up one by one: joined, PostgreSQL reads all timelines for the few that end with a hire.
            "select c.job_id, c.opening_id, c.kind, c.occurred_at,
                case when c.kind = 'filled' then (
                    select t.steps from application_timelines t
                    where t.tenant_id = c.tenant_id and t.job_id = c.job_id and t.application_id = c.application_id) end as steps
            from opening_changes c
            where c.tenant_id = $1 and c.occurred_at <= $2
              and ($3 = 1 or c.job_id in (select value::uuid from jsonb_array_elements_text($4)))
            order by c.opening_id, c.occurred_at, c.id",
        sqlite: "select c.job_id, c.opening_id, c.kind, c.occurred_at, t.steps
            from opening_changes c
            left join application_timelines t
              on c.kind = 'filled' and t.tenant_id = c.tenant_id and t.job_id = c.job_id and t.application_id = c.application_id
            where c.tenant_id = $1 and c.occurred_at <= $2
              and ($3 = 1 or c.job_id in (select unhex(value) from json_each($4)))
            order by c.opening_id, c.occurred_at, c.id");
    Ok(on_connection!(tx, |c| sqlx::query_as::<_, OpeningRow>(text)
        .bind(tenant)
        .bind(as_of)
        .bind(i64::from(jobs.is_none()))
        .bind(Json(jobs.unwrap_or_default()))
        .fetch_all(c)
        .await)?)
}

/// A job's status from an instant on.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(super) struct StatusRow {
    pub(super) job_id: JobId,
    pub(super) to_status: String,
    pub(super) occurred_at: Time,
}

/// Every status by then, job by job.
pub(super) async fn list_status_changes(
    tx: &mut Tx,
    jobs: Option<Vec<String>>,
    as_of: Time,
) -> Result<Vec<StatusRow>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select job_id, to_status, occurred_at from job_status_changes
            where tenant_id = $1 and occurred_at <= $2
              and ($3 = 1 or job_id in (select value::uuid from jsonb_array_elements_text($4)))
            order by job_id, occurred_at, id",
        sqlite: "select job_id, to_status, occurred_at from job_status_changes
            where tenant_id = $1 and occurred_at <= $2
              and ($3 = 1 or job_id in (select unhex(value) from json_each($4)))
            order by job_id, occurred_at, id");
    Ok(on_connection!(tx, |c| sqlx::query_as::<_, StatusRow>(text)
        .bind(tenant)
        .bind(as_of)
        .bind(i64::from(jobs.is_none()))
        .bind(Json(jobs.unwrap_or_default()))
        .fetch_all(c)
        .await)?)
}
