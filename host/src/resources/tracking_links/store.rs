//! All SQL about tracking links and who came by them.

use super::TrackingLink;
use crate::clock::Time;
use crate::db::{Tx, on};
use crate::error::Result;
use crate::ids::{ApplicationId, JobId, TrackingLinkId};

pub(crate) async fn find(tx: &mut Tx, job: JobId, id: TrackingLinkId) -> Result<Option<TrackingLink>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_as::<_, TrackingLink>(
        "select id, job_id, name, source, medium, campaign, created_by, created_at
         from tracking_links where tenant_id = $1 and job_id = $2 and id = $3 and deleted_at is null"
    )
    .bind(tenant)
    .bind(job)
    .bind(id)
    .fetch_optional(c)
    .await)?)
}

/// A link, and what came of it.
#[derive(Clone, Debug, sqlx::FromRow)]
pub(crate) struct Counted {
    #[sqlx(flatten)]
    pub(crate) link: TrackingLink,
    pub(crate) applications: i64,
    pub(crate) hires: i64,
}

/// A job's links, newest first.
pub(crate) async fn list(tx: &mut Tx, job: JobId) -> Result<Vec<Counted>> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| {
        sqlx::query_as::<_, Counted>(
        "select l.id, l.job_id, l.name, l.source, l.medium, l.campaign, l.created_by, l.created_at,
                count(a.id) as applications, count(case when a.outcome = 'hired' then 1 end) as hires
         from tracking_links l
         left join tracking_link_uses u on u.tenant_id = l.tenant_id and u.link_id = l.id
         left join applications a on a.tenant_id = u.tenant_id and a.id = u.application_id and a.deleted_at is null
         where l.tenant_id = $1 and l.job_id = $2 and l.deleted_at is null
         group by l.tenant_id, l.id
         order by l.id desc"
    )
    .bind(tenant)
    .bind(job)
    .fetch_all(c)
    .await
    })?)
}

pub(crate) async fn count(tx: &mut Tx, job: JobId) -> Result<i64> {
    let tenant = tx.tenant();
    Ok(on!(tx, |c| sqlx::query_scalar(
        "select count(*) from tracking_links where tenant_id = $1 and job_id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(job)
    .fetch_one(c)
    .await)?)
}

pub(crate) async fn insert(tx: &mut Tx, link: &TrackingLink) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| {
        sqlx::query(
        "insert into tracking_links (tenant_id, id, job_id, name, source, medium, campaign, created_by, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)"
    )
    .bind(tenant)
    .bind(link.id)
    .bind(link.job_id)
    .bind(&link.name)
    .bind(&link.source)
    .bind(&link.medium)
    .bind(&link.campaign)
    .bind(link.created_by)
    .bind(link.created_at)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub(crate) async fn delete(tx: &mut Tx, id: TrackingLinkId, now: Time) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "update tracking_links set deleted_at = $3 where tenant_id = $1 and id = $2 and deleted_at is null"
    )
    .bind(tenant)
    .bind(id)
    .bind(now)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Somebody came by it.
pub(crate) async fn insert_use(tx: &mut Tx, id: TrackingLinkId, application: ApplicationId) -> Result<()> {
    let tenant = tx.tenant();
    on!(tx, |c| sqlx::query(
        "insert into tracking_link_uses (tenant_id, link_id, application_id) values ($1, $2, $3)
         on conflict do nothing"
    )
    .bind(tenant)
    .bind(id)
    .bind(application)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
