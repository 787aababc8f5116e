//! All SQL about trials.

use sqlx::types::Json;

use super::{Report, Trial};
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::{Error, Result};
use crate::http::page::Position;
use crate::ids::{CandidateId, PluginVersionId, TrialId};

pub(crate) async fn insert(tx: &mut Tx, trial: &Trial) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into plugin_trials
            (tenant_id, id, plugin_id, version_id, resumes, subjects, state, error_code, report, created_by, created_at,
             updated_at, finished_at, version)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)"
    )
    .bind(tenant)
    .bind(trial.id)
    .bind(trial.plugin_id)
    .bind(trial.version_id)
    .bind(&trial.resumes)
    .bind(&trial.subjects)
    .bind(trial.state)
    .bind(&trial.error_code)
    .bind(&trial.report)
    .bind(trial.created_by)
    .bind(trial.created_at)
    .bind(trial.updated_at)
    .bind(trial.finished_at)
    .bind(trial.version)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub(crate) async fn find(tx: &mut Tx, id: TrialId) -> Result<Option<Trial>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Trial>(
        "select id, plugin_id, version_id, resumes, subjects, state, error_code, report, created_by, created_at, updated_at,
                finished_at, version
         from plugin_trials where tenant_id = $1 and id = $2"
    )
    .bind(tenant)
    .bind(id)
    .fetch_optional(c)
    .await
    })?)
}

pub(crate) async fn get(tx: &mut Tx, id: TrialId) -> Result<Trial> {
    find(tx, id).await?.ok_or(Error::NotFound { what: "trial" })
}

/// A version's, newest first.
pub(crate) async fn list(tx: &mut Tx, version: PluginVersionId, position: Position) -> Result<Vec<Trial>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Trial>(
        "select id, plugin_id, version_id, resumes, subjects, state, error_code, report, created_by, created_at, updated_at,
                finished_at, version
         from plugin_trials where tenant_id = $1 and version_id = $2 and id < $3 order by id desc limit $4"
    )
    .bind(tenant)
    .bind(version)
    .bind(position.after)
    .bind(position.fetch())
    .fetch_all(c)
    .await
    })?)
}

/// Saves and counts the version up; `Conflict` when somebody else did so first.
pub(crate) async fn update(tx: &mut Tx, trial: &mut Trial) -> Result<()> {
    let tenant = tx.tenant();
    let changed = on!(tx, |c| {
        sqlx::query(
        "update plugin_trials
         set state = $4, error_code = $5, report = $6, updated_at = $7, finished_at = $8, version = version + 1
         where tenant_id = $1 and id = $2 and version = $3"
    )
    .bind(tenant)
    .bind(trial.id)
    .bind(trial.version)
    .bind(trial.state)
    .bind(&trial.error_code)
    .bind(&trial.report)
    .bind(trial.updated_at)
    .bind(trial.finished_at)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    if changed == 0 {
        return Err(Error::changed());
    }
    trial.version += 1;
    Ok(())
}

/// The reports in which an id stands.
pub(crate) async fn list_reports(tx: &mut Tx, subject: &str) -> Result<Vec<(TrialId, Json<Report>)>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as(
        "select id, report from plugin_trials
         where tenant_id = $1 and report is not null and cast(report as text) like '%' || cast($2 as text) || '%'"
    )
    .bind(tenant)
    .bind(subject)
    .fetch_all(c)
    .await
    })?)
}

/// What is forgotten is no change that anybody has made, so the version stays.
pub(crate) async fn update_report(tx: &mut Tx, id: TrialId, report: &Json<Report>) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query("update plugin_trials set report = $3 where tenant_id = $1 and id = $2")
        .bind(tenant)
        .bind(id)
        .bind(report)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Whoever was erased, or something of them, at this time or later. Erasing comes after trials, so it is asked here.
pub(crate) async fn list_erased(tx: &mut Tx, since: Time) -> Result<Vec<CandidateId>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select distinct candidate_id from erasures where tenant_id = $1 and created_at >= $2"
    )
    .bind(tenant)
    .bind(since)
    .fetch_all(c)
    .await)?)
}

/// Holds trials that are under way until the transaction ends: no report is kept meanwhile.
pub(crate) async fn hold_unfinished(tx: &mut Tx) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update plugin_trials set version = version where tenant_id = $1 and finished_at is null"
    )
    .bind(tenant)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
