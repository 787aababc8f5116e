//! What happened to a job's status, by whom and why: append-only.

use super::{Job, Status, store};
use crate::clock::{Clock, Time};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{ChangeId, JobId, MemberId};

/// One line of a job's history.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct StatusChange {
    pub id: ChangeId,
    pub job_id: JobId,
    pub from_status: Option<Status>,
    pub to_status: Status,
    pub reason: Option<String>,
    pub actor_kind: String,
    pub actor_id: Option<String>,
    pub member_id: Option<MemberId>,
    pub occurred_at: Time,
}

/// Notes that the job has its status now, in the name of the transaction's caller.
///
/// # Errors
/// The database's.
pub async fn record(
    tx: &mut Tx,
    clock: &Clock,
    job: &Job,
    from: Option<Status>,
    reason: Option<String>,
) -> Result<()> {
    let caller = tx.caller();
    let change = StatusChange {
        id: ChangeId::new(clock),
        job_id: job.id,
        from_status: from,
        to_status: job.status,
        reason,
        actor_kind: caller.actor.kind().into(),
        actor_id: caller.actor.id(),
        member_id: caller.member(),
        occurred_at: job.updated_at,
    };
    store::insert_change(tx, &change).await
}
