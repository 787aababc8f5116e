//! The table of tasks: every statement about it. A claim writes a fresh token into the row, and whoever writes the row
//! later must still hold that token; so a node that was cut off cannot undo what another has done since.
//! Leases are compared by the nodes' clocks, which must agree to within a part of the lease.

use sqlx::types::Json;
use uuid::Uuid;

use super::row::{self, Claimed, Lease, NewTask, Record, Row, State};
use super::{Queue, When};
use crate::clock::{Clock, Time};
use crate::db::{Inner, SystemTx, Tx, on_connection, sql};
use crate::error::Result;
use crate::ids::{TaskId, TenantId};

/// What is kept of an error.
const LAST_ERROR_BYTES: usize = 2048;

/// What the statements need of either kind of transaction.
pub trait Handle: Send {
    fn view(&mut self) -> View<'_>;
    fn wake_on_commit(&mut self);
}

pub struct View<'a> {
    pub(crate) inner: &'a mut Inner,
    tenant: Option<TenantId>,
}

impl Handle for Tx {
    fn view(&mut self) -> View<'_> {
        let tenant = Some(self.tenant());
        View { inner: &mut self.inner, tenant }
    }

    fn wake_on_commit(&mut self) {
        Tx::wake_on_commit(self);
    }
}

impl Handle for SystemTx {
    fn view(&mut self) -> View<'_> {
        View { inner: &mut self.inner, tenant: None }
    }

    fn wake_on_commit(&mut self) {
        SystemTx::wake_on_commit(self);
    }
}

/// The task's id, or nothing when an equal one is there.
pub(super) async fn insert(tx: &mut impl Handle, clock: &Clock, task: NewTask) -> Result<Option<TaskId>> {
    Ok(insert_all(tx, clock, vec![task]).await?.pop())
}

/// The same with the rest of what a tenant's transaction adds, where nobody asks whether it was there already.
pub(super) fn add(tx: &mut Tx, clock: &Clock, task: NewTask) {
    let (id, now, tenant) = (TaskId::new(clock), clock.now(), Some(tx.tenant()));
    let When { run_at, priority, unique_key } = task.when;
    let run_at = run_at.unwrap_or(now);
    let state = State::until(run_at, now);
    tx.insert_later(
        "insert into tasks (id, tenant_id, owner_id, queue, kind, payload, state, priority, run_at, attempt,
             max_attempts, unique_key, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 0, $10, $11, $12)
         on conflict do nothing",
    )
    .bind(id)
    .bind(tenant)
    .bind(row::owner(tenant))
    .bind(task.queue.as_str())
    .bind(task.kind)
    .bind(Json(task.payload))
    .bind(state as i64)
    .bind(priority as i64)
    .bind(run_at)
    .bind(i64::from(task.max_attempts))
    .bind(unique_key)
    .bind(now);
    if state == State::Ready {
        tx.wake_on_commit();
    }
}

/// For many, in one statement.
pub(super) async fn insert_all(
    tx: &mut impl Handle,
    clock: &Clock,
    tasks: Vec<NewTask>,
) -> Result<Vec<TaskId>> {
    if tasks.is_empty() {
        return Ok(Vec::new());
    }
    let now = clock.now();
    let rows: Vec<_> = tasks.into_iter().map(|task| Row::of(task, clock, now)).collect();
    let mut view = tx.view();
    let text = sql!(view,
        postgres: "insert into tasks (id, tenant_id, owner_id, queue, kind, payload, state, priority, run_at, attempt,
                max_attempts, unique_key, created_at)
            select id, $2, $3, queue, kind, payload, state, priority, run_at, 0, max_attempts, unique_key, $4
            from jsonb_to_recordset($1) as new (id uuid, queue text, kind text, payload jsonb, state bigint,
                priority bigint, run_at timestamptz, max_attempts bigint, unique_key text)
            on conflict do nothing returning id",
        sqlite: "insert into tasks (id, tenant_id, owner_id, queue, kind, payload, state, priority, run_at, attempt,
                max_attempts, unique_key, created_at)
            select unhex(value ->> 'id'), $2, $3, value ->> 'queue', value ->> 'kind', value -> 'payload',
                value ->> 'state', value ->> 'priority', value ->> 'run_at', 0, value ->> 'max_attempts',
                value ->> 'unique_key', $4
            from json_each($1) where true
            on conflict do nothing returning id");
    let inserted: Vec<TaskId> = on_connection!(view, |c| sqlx::query_scalar(text)
        .bind(Json(&rows))
        .bind(view.tenant)
        .bind(row::owner(view.tenant))
        .bind(now)
        .fetch_all(c)
        .await?);
    if !inserted.is_empty() {
        tx.wake_on_commit();
    }
    Ok(inserted)
}

/// Makes due tasks ready; how many.
pub(super) async fn promote(tx: &mut SystemTx, now: Time) -> Result<u64> {
    let text = sql!(tx,
        postgres: "with due as materialized (
                select id from tasks where state = 2 and run_at <= $1 order by run_at limit $2
                for update skip locked)
            update tasks set state = 0 from due where tasks.id = due.id",
        sqlite: "update tasks set state = 0 where id in (
                select id from tasks where state = 2 and run_at <= $1 order by run_at limit $2)");
    let limit = 1000_i64;
    Ok(on_connection!(tx, |c| sqlx::query(text).bind(now).bind(limit).execute(c).await?.rows_affected()))
}

/// Claims at most `room` ready tasks, as many of each owner, and counts the attempt. Owners take turns: those after the
/// one served last come first. Steps from owner to owner through the index, so a long queue of one costs the others
/// nothing. Rows another node is claiming are passed over.
pub(super) async fn claim(
    tx: &mut SystemTx,
    (queue, last): (Queue, Uuid),
    room: usize,
    token: Uuid,
    lease_until: Time,
) -> Result<Vec<Claimed>> {
    // PostgreSQL: picked in a common table expression, because a plan may run a subquery with a limit more than once.
    // SQLite: the table function stands in for the lateral join it does not have.
    let text = sql!(tx,
        postgres: "with recursive
            ahead (owner_id, place) as (
                select (select owner_id from tasks where state = 0 and queue = $1 and owner_id > $2
                    order by owner_id limit 1), 1
                union all
                select (select tasks.owner_id from tasks
                    where state = 0 and queue = $1 and tasks.owner_id > ahead.owner_id
                    order by tasks.owner_id limit 1), place + 1
                from ahead where ahead.owner_id is not null and place < $3),
            behind (owner_id, place) as (
                select (select owner_id from tasks where state = 0 and queue = $1 and owner_id <= $2
                    order by owner_id limit 1), 1
                union all
                select (select tasks.owner_id from tasks
                    where state = 0 and queue = $1 and tasks.owner_id > behind.owner_id and tasks.owner_id <= $2
                    order by tasks.owner_id limit 1), place + 1
                from behind where behind.owner_id is not null and place < $3),
            owners as materialized (
                select owner_id from (select owner_id from ahead union all select owner_id from behind) as waiting
                where owner_id is not null limit $3),
            picked as materialized (
                select due.id from owners cross join lateral (
                    select id from tasks where state = 0 and queue = $1 and tasks.owner_id = owners.owner_id
                    order by priority, run_at, id limit $3 / (select count(*) from owners)
                    for update skip locked) as due)
            update tasks set state = 1, attempt = attempt + 1, lease_token = $4, lease_until = $5
            from picked where tasks.id = picked.id
            returning tasks.id, tenant_id, kind, payload, attempt, max_attempts, lease_token, last_error,
                priority, run_at",
        sqlite: "with recursive
            ahead (owner_id, place) as (
                select (select owner_id from tasks where state = 0 and queue = $1 and owner_id > $2
                    order by owner_id limit 1), 1
                union all
                select (select tasks.owner_id from tasks
                    where state = 0 and queue = $1 and tasks.owner_id > ahead.owner_id
                    order by tasks.owner_id limit 1), place + 1
                from ahead where ahead.owner_id is not null and place < $3),
            behind (owner_id, place) as (
                select (select owner_id from tasks where state = 0 and queue = $1 and owner_id <= $2
                    order by owner_id limit 1), 1
                union all
                select (select tasks.owner_id from tasks
                    where state = 0 and queue = $1 and tasks.owner_id > behind.owner_id and tasks.owner_id <= $2
                    order by tasks.owner_id limit 1), place + 1
                from behind where behind.owner_id is not null and place < $3),
            owners as materialized (
                select owner_id from (select owner_id from ahead union all select owner_id from behind) as waiting
                where owner_id is not null limit $3)
            update tasks set state = 1, attempt = attempt + 1, lease_token = $4, lease_until = $5
            where rowid in (
                select due.value from owners, json_each((
                    select json_group_array(line) from (
                        select rowid as line from tasks
                        where state = 0 and queue = $1 and tasks.owner_id = owners.owner_id
                        order by priority, run_at, id limit $3 / (select count(*) from owners)))) as due)
            returning id, tenant_id, kind, payload, attempt, max_attempts, lease_token, last_error,
                priority, run_at");
    let mut claimed: Vec<Claimed> = on_connection!(tx, |c| sqlx::query_as(text)
        .bind(queue.as_str())
        .bind(last)
        .bind(i64::try_from(room).unwrap_or(i64::MAX))
        .bind(token)
        .bind(lease_until)
        .fetch_all(c)
        .await?);
    claimed.sort_by_key(|task| (task.priority, task.run_at, task.id));
    Ok(claimed)
}

/// Done tasks leave the table at once: it stays small, deleting costs no more than marking, and what a task did is
/// told by what it wrote. How many leases still held.
pub(super) async fn delete_done(tx: &mut SystemTx, leases: &[Lease]) -> Result<u64> {
    let text = sql!(tx,
        postgres: "delete from tasks using jsonb_to_recordset($1) as done (id uuid, token uuid)
            where tasks.id = done.id and tasks.lease_token = done.token",
        sqlite: "delete from tasks where (id, lease_token) in (
            select unhex(value ->> 'id'), unhex(value ->> 'token') from json_each($1))");
    Ok(on_connection!(tx, |c| sqlx::query(text).bind(Json(leases)).execute(c).await?.rows_affected()))
}

/// Gives a claimed task back, to be run at `run_at`; false when the lease was lost. Without an error the last one stays.
pub(super) async fn put_back(
    tx: &mut SystemTx,
    lease: Lease,
    (run_at, now): (Time, Time),
    attempt: u32,
    error: Option<&str>,
) -> Result<bool> {
    Ok(on_connection!(tx, |c| sqlx::query(
        "update tasks set state = $3, run_at = $4, attempt = $5, last_error = coalesce($6, last_error),
             lease_token = null, lease_until = null
         where id = $1 and lease_token = $2"
    )
    .bind(lease.id)
    .bind(lease.token)
    .bind(State::until(run_at, now) as i64)
    .bind(run_at)
    .bind(i64::from(attempt))
    .bind(error.map(shorten))
    .execute(c)
    .await?
    .rows_affected()
        > 0))
}

/// Ends a claimed task that did not do its work; false when the lease was lost.
pub(super) async fn finish(
    tx: &mut SystemTx,
    lease: Lease,
    state: State,
    now: Time,
    error: &str,
) -> Result<bool> {
    Ok(on_connection!(tx, |c| {
        sqlx::query(
        "update tasks set state = $3, finished_at = $4, last_error = $5, lease_token = null, lease_until = null
         where id = $1 and lease_token = $2"
    )
    .bind(lease.id)
    .bind(lease.token)
    .bind(state as i64)
    .bind(now)
    .bind(shorten(error))
    .execute(c)
    .await?
    .rows_affected()
        > 0
    }))
}

/// Extends all leases at once; the ids of those still held.
pub(super) async fn extend(tx: &mut SystemTx, leases: &[Lease], lease_until: Time) -> Result<Vec<TaskId>> {
    let text = sql!(tx,
        postgres: "update tasks set lease_until = $2 from jsonb_to_recordset($1) as held (id uuid, token uuid)
            where tasks.id = held.id and tasks.lease_token = held.token returning tasks.id",
        sqlite: "update tasks set lease_until = $2 where (id, lease_token) in (
            select unhex(value ->> 'id'), unhex(value ->> 'token') from json_each($1)) returning id");
    Ok(on_connection!(tx, |c| sqlx::query_scalar(text)
        .bind(Json(leases))
        .bind(lease_until)
        .fetch_all(c)
        .await?))
}

/// Leases that ran out, with the attempts begun and allowed.
pub(super) async fn expired(tx: &mut SystemTx, now: Time) -> Result<Vec<(Lease, u32, u32)>> {
    let text = sql!(tx,
        postgres: "select id, lease_token, attempt, max_attempts from tasks where state = 1 and lease_until < $1
            order by lease_until limit $2 for update skip locked",
        sqlite: "select id, lease_token, attempt, max_attempts from tasks where state = 1 and lease_until < $1
            order by lease_until limit $2");
    let limit = 500_i64;
    let rows: Vec<(TaskId, Uuid, i64, i64)> =
        on_connection!(tx, |c| sqlx::query_as(text).bind(now).bind(limit).fetch_all(c).await?);
    let count = |stored: i64| u32::try_from(stored).unwrap_or(u32::MAX);
    Ok(rows
        .into_iter()
        .map(|(id, token, attempt, of)| (Lease { id, token }, count(attempt), count(of)))
        .collect())
}

pub(super) async fn find(tx: &mut impl Handle, id: TaskId) -> Result<Option<Record>> {
    let mut view = tx.view();
    Ok(on_connection!(view, |c| {
        sqlx::query_as(
        "select id, tenant_id, queue, kind, state, run_at, attempt, max_attempts, lease_until, unique_key, last_error, created_at,
             finished_at
         from tasks where id = $1 and owner_id = coalesce($2, owner_id)"
    )
    .bind(id)
    .bind(view.tenant)
    .fetch_optional(c)
    .await?
    }))
}

/// `state >= 3` as well, which is what the index says.
pub(super) async fn list_dead(tx: &mut impl Handle, limit: u32) -> Result<Vec<Record>> {
    let mut view = tx.view();
    Ok(on_connection!(view, |c| {
        sqlx::query_as(
        "select id, tenant_id, queue, kind, state, run_at, attempt, max_attempts, lease_until, unique_key, last_error, created_at,
             finished_at
         from tasks where state >= 3 and state = 3 and owner_id = coalesce($1, owner_id)
         order by finished_at desc, id limit $2"
    )
    .bind(view.tenant)
    .bind(i64::from(limit))
    .fetch_all(c)
    .await?
    }))
}

/// In a state and of a kind, or of all, by descending id.
pub(super) async fn list(
    tx: &mut impl Handle,
    state: Option<State>,
    kind: Option<&str>,
    before: Uuid,
    limit: i64,
) -> Result<Vec<Record>> {
    let mut view = tx.view();
    Ok(on_connection!(view, |c| {
        sqlx::query_as(
        "select id, tenant_id, queue, kind, state, run_at, attempt, max_attempts, lease_until, unique_key, last_error, created_at,
             finished_at
         from tasks
         where owner_id = coalesce($1, owner_id) and state = coalesce($2, state) and kind = coalesce($3, kind) and id < $4
         order by id desc limit $5"
    )
    .bind(view.tenant)
    .bind(state.map(|state| state as i64))
    .bind(kind)
    .bind(before)
    .bind(limit)
    .fetch_all(c)
    .await?
    }))
}

/// Makes a finished task ready again, unless an equal one waits or runs.
pub(super) async fn revive(tx: &mut impl Handle, clock: &Clock, id: TaskId) -> Result<bool> {
    let mut view = tx.view();
    let revived = on_connection!(view, |c| sqlx::query(
        "update tasks set state = 0, run_at = $3, attempt = 0, finished_at = null
         where id = $1 and owner_id = coalesce($2, owner_id) and state >= 3
             and not exists (select 1 from tasks as other
                 where other.owner_id = tasks.owner_id and other.kind = tasks.kind
                     and other.unique_key = tasks.unique_key and other.state < 3)"
    )
    .bind(id)
    .bind(view.tenant)
    .bind(clock.now())
    .execute(c)
    .await?
    .rows_affected())
        > 0;
    if revived {
        tx.wake_on_commit();
    }
    Ok(revived)
}

/// Deletes a batch of what finished so before then; how many.
pub(super) async fn delete_finished(tx: &mut SystemTx, state: State, before: Time) -> Result<u64> {
    let batch = 1000_i64;
    Ok(on_connection!(tx, |c| {
        sqlx::query(
        "delete from tasks where id in (
             select id from tasks where state >= 3 and state = $1 and finished_at < $2 order by finished_at limit $3)"
    )
    .bind(state as i64)
    .bind(before)
    .bind(batch)
    .execute(c)
    .await?
    .rows_affected()
    }))
}

/// How many tasks of each queue are in each state.
pub(super) async fn count(tx: &mut SystemTx) -> Result<Vec<(String, State, i64)>> {
    let rows: Vec<(String, i64, i64)> = on_connection!(tx, |c| sqlx::query_as(
        "select queue, state, count(*) from tasks group by queue, state"
    )
    .fetch_all(c)
    .await?);
    Ok(rows
        .into_iter()
        .filter_map(|(queue, state, count)| Some((queue, State::try_from(state).ok()?, count)))
        .collect())
}

pub(super) async fn schedules(tx: &mut SystemTx) -> Result<Vec<(String, Time)>> {
    Ok(on_connection!(tx, |c| sqlx::query_as("select name, next_at from schedules").fetch_all(c).await?))
}

/// Makes a schedule's row; another node may have been faster.
pub(super) async fn insert_schedule(tx: &mut SystemTx, name: &str, next_at: Time) -> Result<()> {
    on_connection!(tx, |c| sqlx::query(
        "insert into schedules (name, next_at) values ($1, $2) on conflict do nothing"
    )
    .bind(name)
    .bind(next_at)
    .execute(c)
    .await?
    .rows_affected());
    Ok(())
}

/// Moves a schedule on; false when another node has.
pub(super) async fn advance_schedule(tx: &mut SystemTx, name: &str, from: Time, to: Time) -> Result<bool> {
    Ok(on_connection!(tx, |c| sqlx::query(
        "update schedules set next_at = $3 where name = $1 and next_at = $2"
    )
    .bind(name)
    .bind(from)
    .bind(to)
    .execute(c)
    .await?
    .rows_affected()
        > 0))
}

fn shorten(text: &str) -> &str {
    &text[..text.floor_char_boundary(LAST_ERROR_BYTES)]
}
