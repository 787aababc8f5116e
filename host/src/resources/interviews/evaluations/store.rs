//! All SQL about evaluations.

use super::{Evaluation, Sight};
use crate::db::{Tx, on};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::{EvaluationId, InterviewId};

pub(crate) async fn get(tx: &mut Tx, id: EvaluationId) -> Result<Evaluation> {
    let tenant = tx.tenant();
    let found = on!(tx, |c| {
        sqlx::query_as::<_, Evaluation>(
        "select id, interview_id, member_id, rating, recommendation, attributes, feedback, created_at, updated_at, version
         from evaluations where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?;
    found.ok_or(Error::NotFound { what: "evaluation" })
}

/// Newest first, as far as the caller sees.
pub(crate) async fn list(
    tx: &mut Tx,
    interview: InterviewId,
    sight: Sight,
    position: Position,
) -> Result<Vec<Evaluation>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Evaluation>(
        "select id, interview_id, member_id, rating, recommendation, attributes, feedback, created_at, updated_at, version
         from evaluations
         where tenant_id = $1 and interview_id = $2 and id < $3 and ($4 = 1 or member_id = $5)
         order by id desc limit $6"
    )
    .bind(tenant)
    .bind(interview)
    .bind(position.after)
    .bind(i64::from(sight.everybodys))
    .bind(sight.own)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// Answers false when the member evaluated the interview before.
pub(crate) async fn insert(tx: &mut Tx, evaluation: &Evaluation) -> Result<bool> {
    let tenant = tx.tenant();
    let inserted = on!(tx, |c| sqlx::query(
        "insert into evaluations
            (tenant_id, id, interview_id, member_id, rating, recommendation, attributes, feedback, created_at,
             updated_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing"
    )
    .bind(tenant)
    .bind(evaluation.id)
    .bind(evaluation.interview_id)
    .bind(evaluation.member_id)
    .bind(evaluation.rating)
    .bind(evaluation.recommendation)
    .bind(&evaluation.attributes)
    .bind(&evaluation.feedback)
    .bind(evaluation.created_at)
    .bind(evaluation.updated_at)
    .bind(evaluation.version)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(inserted > 0)
}

/// Saves and counts the version up.
pub(crate) async fn update(tx: &mut Tx, evaluation: &mut Evaluation) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update evaluations
         set rating = $4, recommendation = $5, attributes = $6, feedback = $7, updated_at = $8, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3"
    )
    .bind(tenant)
    .bind(evaluation.id)
    .bind(evaluation.version)
    .bind(evaluation.rating)
    .bind(evaluation.recommendation)
    .bind(&evaluation.attributes)
    .bind(&evaluation.feedback)
    .bind(evaluation.updated_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    evaluation.version += 1;
    Ok(())
}
