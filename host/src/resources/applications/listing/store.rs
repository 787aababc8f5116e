//! The SQL of lists of applications.

use sqlx::types::Json;
use uuid::Uuid;

use super::{Filter, Lead};
use crate::clock::Time;
use crate::db::{Tx, on, sql};
use crate::error::Result;
use crate::grants::Reach;
use crate::http::page::Position;
use crate::resources::applications::Application;

/// What every statement of [`list`] begins with, goes on with, and ends with.
macro_rules! listed {
    () => {
        "select a.id, a.candidate_id, a.job_id, a.attempt, a.outcome, a.stage_id, a.source, a.tracking, a.credited_to,
             a.resume_id, a.answers, a.tags, a.custom_fields, a.score, a.reason, a.reason_detail, a.decided_at,
             a.transferred_from, a.transferred_to, a.applied_at, a.stage_since, a.created_by, a.created_at,
             a.updated_at, a.deleted_at, a.version
         from applications a
         join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
         join job_stages s on s.tenant_id = a.tenant_id and s.id = a.stage_id
         where a.tenant_id = $1 and a.deleted_at is null"
    };
}

macro_rules! in_order {
    () => {
        " and a.id < $2 and a.id >= $3"
    };
}

macro_rules! by_score {
    () => {
        " and (a.score, a.id) < ($22, $2) and a.id >= $3"
    };
}

macro_rules! highest_first {
    () => {
        " order by a.score desc, a.id desc limit $21"
    };
}

/// SQLite takes what begins with a plus for nothing an index could find: else it goes along the ids, which are in order, and
/// not along the times, which narrow.
macro_rules! out_of_order {
    () => {
        " and +a.id < $2 and +a.id >= $3"
    };
}

macro_rules! postgres_rest {
    () => {
        " and ($4 = 1 or j.department_id in (select value::uuid from jsonb_array_elements_text($5))
              or j.id in (select value::uuid from jsonb_array_elements_text($6)))
           and (cast($7 as uuid) is null or a.job_id = $7)
           and (cast($8 as uuid) is null or a.candidate_id = $8)
           and (cast($9 as uuid) is null or a.stage_id = $9)
           and (cast($10 as text) is null or s.kind = $10)
           and (cast($11 as text) is null or a.outcome = $11)
           and (cast($12 as text) is null or a.source = $12)
           and (cast($13 as uuid) is null or a.credited_to = $13)
           and (cast($14 as text) is null or a.tags @> to_jsonb($14))
           and (cast($15 as timestamptz) is null or a.applied_at >= $15)
           and (cast($16 as timestamptz) is null or a.applied_at < $16)
           and (cast($17 as timestamptz) is null or a.created_at > $17)
           and (cast($18 as bigint) is null or a.score >= $18)
           and (cast($19 as bigint) is null or a.score <= $19)
           and ($20 = 0 or a.score is null)"
    };
}

macro_rules! sqlite_rest {
    () => {
        " and ($4 = 1 or lower(hex(j.department_id)) in (select value from json_each($5))
              or lower(hex(j.id)) in (select value from json_each($6)))
           and ($7 is null or a.job_id = $7)
           and ($8 is null or a.candidate_id = $8)
           and ($9 is null or a.stage_id = $9)
           and ($10 is null or s.kind = $10)
           and ($11 is null or a.outcome = $11)
           and ($12 is null or a.source = $12)
           and ($13 is null or a.credited_to = $13)
           and ($14 is null or $14 in (select value from json_each(a.tags)))
           and ($15 is null or a.applied_at >= $15)
           and ($16 is null or a.applied_at < $16)
           and ($17 is null or a.created_at > $17)
           and ($18 is null or a.score >= $18)
           and ($19 is null or a.score <= $19)
           and ($20 = 0 or a.score is null)"
    };
}

macro_rules! newest_first {
    () => {
        " order by a.id desc limit $21"
    };
}

/// Newest first, as far as the caller reaches.
pub(crate) async fn list(
    tx: &mut Tx,
    reach: &Reach,
    filter: &Filter,
    position: Position,
) -> Result<Vec<Application>> {
    let tenant = tx.tenant();
    let text = match filter.lead() {
        Lead::Candidate => sql!(tx,
            postgres: concat!(listed!(), in_order!(), " and a.candidate_id = $8", postgres_rest!(), newest_first!()),
            sqlite: concat!(listed!(), in_order!(), " and a.candidate_id = $8", sqlite_rest!(), newest_first!())),
        Lead::Stage => sql!(tx,
            postgres: concat!(listed!(), in_order!(), " and a.stage_id = $9", postgres_rest!(), newest_first!()),
            sqlite: concat!(listed!(), in_order!(), " and a.stage_id = $9", sqlite_rest!(), newest_first!())),
        Lead::Job => sql!(tx,
            postgres: concat!(listed!(), in_order!(), " and a.job_id = $7", postgres_rest!(), newest_first!()),
            sqlite: concat!(listed!(), in_order!(), " and a.job_id = $7", sqlite_rest!(), newest_first!())),
        Lead::CreditedTo => sql!(tx,
            postgres: concat!(listed!(), in_order!(), " and a.credited_to = $13", postgres_rest!(), newest_first!()),
            sqlite: concat!(listed!(), in_order!(), " and a.credited_to = $13", sqlite_rest!(), newest_first!())),
        Lead::Source => sql!(tx,
            postgres: concat!(listed!(), in_order!(), " and a.source = $12", postgres_rest!(), newest_first!()),
            sqlite: concat!(listed!(), in_order!(), " and a.source = $12", sqlite_rest!(), newest_first!())),
        Lead::Applied => sql!(tx,
            postgres: concat!(listed!(), in_order!(), " and a.applied_at >= $15 and a.applied_at < $16", postgres_rest!(), newest_first!()),
            sqlite: concat!(listed!(), out_of_order!(), " and a.applied_at >= $15 and a.applied_at < $16", sqlite_rest!(), newest_first!())),
        Lead::Score => sql!(tx,
            postgres: concat!(listed!(), in_order!(), " and a.score >= coalesce($18, 0) and a.score <= coalesce($19, 100000000)", postgres_rest!(), newest_first!()),
            sqlite: concat!(listed!(), out_of_order!(), " and a.score >= coalesce($18, 0) and a.score <= coalesce($19, 100000000)", sqlite_rest!(), newest_first!())),
        Lead::Outcome => sql!(tx,
            postgres: concat!(listed!(), in_order!(), " and a.outcome = $11", postgres_rest!(), newest_first!()),
            sqlite: concat!(listed!(), in_order!(), " and a.outcome = $11", sqlite_rest!(), newest_first!())),
        Lead::Newest => sql!(tx,
            postgres: concat!(listed!(), in_order!(), postgres_rest!(), newest_first!()),
            sqlite: concat!(listed!(), in_order!(), sqlite_rest!(), newest_first!())),
    };
    Ok(on!(tx, |c| sqlx::query_as::<_, Application>(text)
        .bind(tenant)
        .bind(position.after)
        .bind(filter.first())
        .bind(reach.is_everywhere())
        .bind(Json(reach.department_digits()))
        .bind(Json(reach.job_digits()))
        .bind(filter.job)
        .bind(filter.candidate)
        .bind(filter.stage)
        .bind(filter.stage_kind)
        .bind(filter.outcome)
        .bind(&filter.source)
        .bind(filter.credited_to)
        .bind(&filter.tag)
        .bind(filter.applied_after)
        .bind(filter.applied_before)
        .bind(filter.created_after)
        .bind(filter.min_score)
        .bind(filter.max_score)
        .bind(i64::from(filter.is_unscored))
        .bind(position.fetch())
        .fetch_all(c)
        .await)?)
}

/// Before all scores.
pub(crate) const HIGHEST: (i64, Uuid) = (i64::MAX, Uuid::max());

/// The score of those that have none, which come last.
pub(crate) const NONE: i64 = -1;

/// The highest score first, of equal ones the newest; those without one last.
pub(crate) async fn list_by_score(
    tx: &mut Tx,
    reach: &Reach,
    filter: &Filter,
    position: Position<(i64, Uuid)>,
) -> Result<Vec<Application>> {
    let (after, id) = position.after;
    let is_among_scored = after != NONE;
    let mut rows = if is_among_scored { list_scored(tx, reach, filter, position).await? } else { Vec::new() };
    let left = position.limit.saturating_sub(u32::try_from(rows.len()).unwrap_or(u32::MAX));
    let is_whole = i64::try_from(rows.len()).is_ok_and(|found| found >= position.fetch());
    if is_whole || filter.min_score.is_some() || filter.max_score.is_some() {
        return Ok(rows);
    }
    let unscored = Filter { is_unscored: true, ..filter.clone() };
    let newest = if is_among_scored { Uuid::max() } else { id };
    rows.extend(list(tx, reach, &unscored, Position { after: newest, limit: left }).await?);
    Ok(rows)
}

async fn list_scored(
    tx: &mut Tx,
    reach: &Reach,
    filter: &Filter,
    position: Position<(i64, Uuid)>,
) -> Result<Vec<Application>> {
    let tenant = tx.tenant();
    let text = match filter.job {
        Some(_) => sql!(tx,
            postgres: concat!(listed!(), by_score!(), " and a.job_id = $7", postgres_rest!(), highest_first!()),
            sqlite: concat!(listed!(), by_score!(), " and a.job_id = $7", sqlite_rest!(), highest_first!())),
        None => sql!(tx,
            postgres: concat!(listed!(), by_score!(), postgres_rest!(), highest_first!()),
            sqlite: concat!(listed!(), by_score!(), sqlite_rest!(), highest_first!())),
    };
    Ok(on!(tx, |c| sqlx::query_as::<_, Application>(text)
        .bind(tenant)
        .bind(position.after.1)
        .bind(filter.first())
        .bind(reach.is_everywhere())
        .bind(Json(reach.department_digits()))
        .bind(Json(reach.job_digits()))
        .bind(filter.job)
        .bind(filter.candidate)
        .bind(filter.stage)
        .bind(filter.stage_kind)
        .bind(filter.outcome)
        .bind(&filter.source)
        .bind(filter.credited_to)
        .bind(&filter.tag)
        .bind(filter.applied_after)
        .bind(filter.applied_before)
        .bind(filter.created_after)
        .bind(filter.min_score)
        .bind(filter.max_score)
        .bind(i64::from(filter.is_unscored))
        .bind(position.fetch())
        .bind(position.after.0)
        .fetch_all(c)
        .await)?)
}

/// In the order of their changes, with those that were deleted if they are asked for.
pub(crate) async fn list_changed(
    tx: &mut Tx,
    reach: &Reach,
    filter: &Filter,
    with_deleted: bool,
    since: Position<(Time, Uuid)>,
) -> Result<Vec<Application>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select a.id, a.candidate_id, a.job_id, a.attempt, a.outcome, a.stage_id, a.source, a.tracking,
                a.credited_to, a.resume_id, a.answers, a.tags, a.custom_fields, a.score, a.reason, a.reason_detail,
                a.decided_at, a.transferred_from, a.transferred_to, a.applied_at, a.stage_since, a.created_by,
                a.created_at, a.updated_at, a.deleted_at, a.version
            from applications a
            join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
            join job_stages s on s.tenant_id = a.tenant_id and s.id = a.stage_id
            where a.tenant_id = $1 and (a.updated_at, a.id) > ($2, $3) and ($4 = 1 or a.deleted_at is null)
              and ($5 = 1 or j.department_id in (select value::uuid from jsonb_array_elements_text($6))
                   or j.id in (select value::uuid from jsonb_array_elements_text($7)))
              and (cast($8 as uuid) is null or a.job_id = $8)
              and (cast($9 as uuid) is null or a.candidate_id = $9)
              and (cast($10 as uuid) is null or a.stage_id = $10)
              and (cast($11 as text) is null or s.kind = $11)
              and (cast($12 as text) is null or a.outcome = $12)
              and (cast($13 as text) is null or a.source = $13)
              and (cast($14 as uuid) is null or a.credited_to = $14)
              and (cast($15 as text) is null or a.tags @> to_jsonb($15))
              and (cast($16 as timestamptz) is null or a.applied_at >= $16)
              and (cast($17 as timestamptz) is null or a.applied_at < $17)
              and (cast($18 as timestamptz) is null or a.created_at > $18)
              and (cast($19 as bigint) is null or a.score >= $19)
              and (cast($20 as bigint) is null or a.score <= $20)
            order by a.updated_at, a.id limit $21",
        sqlite: "select a.id, a.candidate_id, a.job_id, a.attempt, a.outcome, a.stage_id, a.source, a.tracking,
                a.credited_to, a.resume_id, a.answers, a.tags, a.custom_fields, a.score, a.reason, a.reason_detail,
                a.decided_at, a.transferred_from, a.transferred_to, a.applied_at, a.stage_since, a.created_by,
                a.created_at, a.updated_at, a.deleted_at, a.version
            from applications a
            join jobs j on j.tenant_id = a.tenant_id and j.id = a.job_id
            join job_stages s on s.tenant_id = a.tenant_id and s.id = a.stage_id
            where a.tenant_id = $1 and (a.updated_at, a.id) > ($2, $3) and ($4 = 1 or a.deleted_at is null)
              and ($5 = 1 or lower(hex(j.department_id)) in (select value from json_each($6))
                   or lower(hex(j.id)) in (select value from json_each($7)))
              and ($8 is null or a.job_id = $8)
              and ($9 is null or a.candidate_id = $9)
              and ($10 is null or a.stage_id = $10)
              and ($11 is null or s.kind = $11)
              and ($12 is null or a.outcome = $12)
              and ($13 is null or a.source = $13)
              and ($14 is null or a.credited_to = $14)
              and ($15 is null or $15 in (select value from json_each(a.tags)))
              and ($16 is null or a.applied_at >= $16)
              and ($17 is null or a.applied_at < $17)
              and ($18 is null or a.created_at > $18)
              and ($19 is null or a.score >= $19)
              and ($20 is null or a.score <= $20)
            order by a.updated_at, a.id limit $21");
    Ok(on!(tx, |c| sqlx::query_as::<_, Application>(text)
        .bind(tenant)
        .bind(since.after.0)
        .bind(since.after.1)
        .bind(i64::from(with_deleted))
        .bind(reach.is_everywhere())
        .bind(Json(reach.department_digits()))
        .bind(Json(reach.job_digits()))
        .bind(filter.job)
        .bind(filter.candidate)
        .bind(filter.stage)
        .bind(filter.stage_kind)
        .bind(filter.outcome)
        .bind(&filter.source)
        .bind(filter.credited_to)
        .bind(&filter.tag)
        .bind(filter.applied_after)
        .bind(filter.applied_before)
        .bind(filter.created_after)
        .bind(filter.min_score)
        .bind(filter.max_score)
        .bind(since.fetch())
        .fetch_all(c)
        .await)?)
}
