//! The SQL of lists of résumés.

use sqlx::types::Json;
use uuid::Uuid;

use super::Filter;
use crate::clock::Time;
use crate::db::{Tx, on, sql};
use crate::error::Result;
use crate::grants::Reach;
use crate::http::page::{Order, Position};
use crate::ids::ParseId;
use crate::resources::resumes::{Parse, Resume};

/// As far as the caller reaches: with a permission for single departments and jobs only those of who applied there.
pub(crate) async fn list(tx: &mut Tx, reach: &Reach, filter: &Filter, order: Order) -> Result<Vec<Resume>> {
    match order {
        Order::Newest(position) => list_newest(tx, reach, filter, position).await,
        Order::Changes(position) => list_changes(tx, reach, filter, position).await,
    }
}

fn any(is_absent: bool) -> i64 {
    i64::from(is_absent)
}

async fn list_newest(tx: &mut Tx, reach: &Reach, filter: &Filter, position: Position) -> Result<Vec<Resume>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id, candidate_id, file_id, file_name, media_type, size, sha256, source, status, error_code, error_detail,
                parse_id, null::jsonb as corrections, created_by, created_at, updated_at, deleted_at, version
            from resumes
            where tenant_id = $1 and id < $2
              and ($3 = 1 or deleted_at is null)
              and ($4 = 1 or candidate_id = $5)
              and ($6 = 1 or status = $7)
              and ($8 = 1 or candidate_id in (
                  select applications.candidate_id
                  from applications join jobs on jobs.tenant_id = $1 and jobs.id = applications.job_id
                  where applications.tenant_id = $1 and applications.deleted_at is null
                    and (jobs.id in (select value::uuid from jsonb_array_elements_text($9))
                         or jobs.department_id in (select value::uuid from jsonb_array_elements_text($10)))))
            order by id desc limit $11",
        sqlite: "select id, candidate_id, file_id, file_name, media_type, size, sha256, source, status, error_code, error_detail,
                parse_id, null as corrections, created_by, created_at, updated_at, deleted_at, version
            from resumes
            where tenant_id = $1 and id < $2
              and ($3 = 1 or deleted_at is null)
              and ($4 = 1 or candidate_id = $5)
              and ($6 = 1 or status = $7)
              and ($8 = 1 or candidate_id in (
                  select applications.candidate_id
                  from applications join jobs on jobs.tenant_id = $1 and jobs.id = applications.job_id
                  where applications.tenant_id = $1 and applications.deleted_at is null
                    and (jobs.id in (select unhex(value) from json_each($9))
                         or jobs.department_id in (select unhex(value) from json_each($10)))))
            order by id desc limit $11");
    Ok(on!(tx, |c| sqlx::query_as::<_, Resume>(text)
        .bind(tenant)
        .bind(position.after)
        .bind(i64::from(filter.include_deleted))
        .bind(any(filter.candidate_id.is_none()))
        .bind(filter.candidate_id)
        .bind(any(filter.status.is_none()))
        .bind(filter.status)
        .bind(reach.is_everywhere())
        .bind(Json(reach.job_digits()))
        .bind(Json(reach.department_digits()))
        .bind(position.fetch())
        .fetch_all(c)
        .await)?)
}

async fn list_changes(
    tx: &mut Tx,
    reach: &Reach,
    filter: &Filter,
    position: Position<(Time, Uuid)>,
) -> Result<Vec<Resume>> {
    let tenant = tx.tenant();
    let text = sql!(tx,
        postgres: "select id, candidate_id, file_id, file_name, media_type, size, sha256, source, status, error_code, error_detail,
                parse_id, null::jsonb as corrections, created_by, created_at, updated_at, deleted_at, version
            from resumes
            where tenant_id = $1 and (updated_at, id) > ($2, $3)
              and ($4 = 1 or deleted_at is null)
              and ($5 = 1 or candidate_id = $6)
              and ($7 = 1 or status = $8)
              and ($9 = 1 or candidate_id in (
                  select applications.candidate_id
                  from applications join jobs on jobs.tenant_id = $1 and jobs.id = applications.job_id
                  where applications.tenant_id = $1 and applications.deleted_at is null
                    and (jobs.id in (select value::uuid from jsonb_array_elements_text($10))
                         or jobs.department_id in (select value::uuid from jsonb_array_elements_text($11)))))
            order by updated_at, id limit $12",
        sqlite: "select id, candidate_id, file_id, file_name, media_type, size, sha256, source, status, error_code, error_detail,
                parse_id, null as corrections, created_by, created_at, updated_at, deleted_at, version
            from resumes
            where tenant_id = $1 and (updated_at, id) > ($2, $3)
              and ($4 = 1 or deleted_at is null)
              and ($5 = 1 or candidate_id = $6)
              and ($7 = 1 or status = $8)
              and ($9 = 1 or candidate_id in (
                  select applications.candidate_id
                  from applications join jobs on jobs.tenant_id = $1 and jobs.id = applications.job_id
                  where applications.tenant_id = $1 and applications.deleted_at is null
                    and (jobs.id in (select unhex(value) from json_each($10))
                         or jobs.department_id in (select unhex(value) from json_each($11)))))
            order by updated_at, id limit $12");
    Ok(on!(tx, |c| sqlx::query_as::<_, Resume>(text)
        .bind(tenant)
        .bind(position.after.0)
        .bind(position.after.1)
        .bind(i64::from(filter.include_deleted))
        .bind(any(filter.candidate_id.is_none()))
        .bind(filter.candidate_id)
        .bind(any(filter.status.is_none()))
        .bind(filter.status)
        .bind(reach.is_everywhere())
        .bind(Json(reach.job_digits()))
        .bind(Json(reach.department_digits()))
        .bind(position.fetch())
        .fetch_all(c)
        .await)?)
}

/// These readings, without what was read.
pub(crate) async fn list_parses(tx: &mut Tx, ids: &[ParseId]) -> Result<Vec<Parse>> {
    let tenant = tx.tenant();
    let digits: Vec<_> = ids.iter().map(|id| id.uuid().simple().to_string()).collect();
    let text = sql!(tx,
        postgres: "select id, resume_id, status, wanted, parser, error_code, error_detail, language,
                null::jsonb as unified, null::jsonb as evidence, warnings, wall_micros, created_at, finished_at
            from resume_parses
            where tenant_id = $1 and id = any (array(select value::uuid from jsonb_array_elements_text($2)))",
        sqlite: "select id, resume_id, status, wanted, parser, error_code, error_detail, language,
                null as unified, null as evidence, warnings, wall_micros, created_at, finished_at
            from resume_parses
            where tenant_id = $1 and id in (select unhex(value) from json_each($2))");
    Ok(on!(tx, |c| sqlx::query_as::<_, Parse>(text).bind(tenant).bind(Json(digits)).fetch_all(c).await)?)
}
