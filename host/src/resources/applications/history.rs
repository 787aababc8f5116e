//! What happened to an application: append-only lines, and how it stands by them. A line that another one voids counts as
//! if it had never been.

use std::collections::BTreeSet;

use super::{Application, Outcome, store};
use crate::clock::{Clock, Time};
use crate::db::Tx;
use crate::error::{Error, Result};
use crate::ids::{ApplicationId, ChangeId, JobId, MemberId, StageId};
use crate::resources::jobs::stages::{self, Stage};

/// What can happen.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize, utoipa::ToSchema, sqlx::Type,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = ApplicationChangeKind)]
pub enum Kind {
    /// It began, in this stage.
    Applied,
    /// It entered this stage.
    Moved,
    Rejected,
    Withdrawn,
    Hired,
    Transferred,
    /// After it had ended, it entered this stage again.
    Reopened,
    /// The change named by `void_of` was a mistake.
    Voided,
}

/// One line of an application's history. Stage, its kind and its rank are as they were then.
#[derive(Clone, Debug, sqlx::FromRow)]
pub struct ApplicationChange {
    pub id: ChangeId,
    pub application_id: ApplicationId,
    pub job_id: JobId,
    pub kind: Kind,
    /// The stage it entered, or where it was when it ended.
    pub stage_id: StageId,
    pub stage_kind: stages::Kind,
    pub stage_rank: i64,
    pub reason: Option<String>,
    pub reason_detail: Option<String>,
    pub void_of: Option<ChangeId>,
    pub actor_kind: String,
    pub actor_id: Option<String>,
    pub member_id: Option<MemberId>,
    pub occurred_at: Time,
    pub recorded_at: Time,
}

/// Beside what happened, why.
#[derive(Clone, Debug, Default)]
pub struct Why {
    pub reason: Option<String>,
    pub detail: Option<String>,
    pub void_of: Option<ChangeId>,
}

/// Notes in the name of the transaction's caller what has just happened to the application, in this stage.
pub fn record(tx: &mut Tx, clock: &Clock, application: &Application, kind: Kind, stage: &Stage, why: Why) {
    let caller = tx.caller();
    let change = ApplicationChange {
        id: ChangeId::new(clock),
        application_id: application.id,
        job_id: application.job_id,
        kind,
        stage_id: stage.id,
        stage_kind: stage.kind,
        stage_rank: stage.position,
        reason: why.reason,
        reason_detail: why.detail,
        void_of: why.void_of,
        actor_kind: caller.actor.kind().into(),
        actor_id: caller.actor.id(),
        member_id: caller.member(),
        occurred_at: application.updated_at,
        recorded_at: application.updated_at,
    };
    store::add_change(tx, change);
}

/// The lines that count, in their order: without those that were voided and those that void.
pub fn standing(changes: &[ApplicationChange]) -> Vec<&ApplicationChange> {
    let voided: BTreeSet<ChangeId> = changes.iter().filter_map(|change| change.void_of).collect();
    let counts = |change: &&ApplicationChange| change.kind != Kind::Voided && !voided.contains(&change.id);
    changes.iter().filter(counts).collect()
}

/// How an application stands by its history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub outcome: Outcome,
    pub stage_id: StageId,
    pub stage_since: Time,
    pub reason: Option<String>,
    pub reason_detail: Option<String>,
    pub decided_at: Option<Time>,
}

impl Standing {
    /// # Errors
    /// `Internal`: nothing counts, which cannot be, as its beginning is never voided.
    pub fn of(changes: &[ApplicationChange]) -> Result<Self> {
        let lines = standing(changes);
        let last = lines.last().ok_or_else(|| Error::internal("an application has no history"))?;
        let outcome = match last.kind {
            Kind::Applied | Kind::Moved | Kind::Reopened | Kind::Voided => Outcome::Active,
            Kind::Rejected => Outcome::Rejected,
            Kind::Withdrawn => Outcome::Withdrawn,
            Kind::Hired => Outcome::Hired,
            Kind::Transferred => Outcome::Transferred,
        };
        let enters = |change: &&&ApplicationChange| {
            matches!(change.kind, Kind::Applied | Kind::Moved | Kind::Reopened | Kind::Hired)
        };
        let entered = lines.iter().rev().find(enters).unwrap_or(last);
        let is_over = outcome != Outcome::Active;
        Ok(Self {
            outcome,
            stage_id: last.stage_id,
            stage_since: entered.occurred_at,
            reason: last.reason.clone().filter(|_| is_over),
            reason_detail: last.reason_detail.clone().filter(|_| is_over),
            decided_at: is_over.then_some(last.occurred_at),
        })
    }

    pub fn apply(self, application: &mut Application) {
        let Self { outcome, stage_id, stage_since, reason, reason_detail, decided_at } = self;
        application.outcome = outcome;
        application.stage_id = stage_id;
        application.stage_since = stage_since;
        application.reason = reason;
        application.reason_detail = reason_detail;
        application.decided_at = decided_at;
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{ApplicationChange, Kind, Standing, standing};
    use crate::ids::{ApplicationId, ChangeId, JobId, StageId};
    use crate::resources::applications::Outcome;
    use crate::resources::jobs::stages;

    fn line(number: u128, kind: Kind, stage: u128, void_of: Option<u128>) -> ApplicationChange {
        let at = chrono::DateTime::from_timestamp(i64::try_from(number).expect("it is small"), 0);
        ApplicationChange {
            id: ChangeId::from_uuid(Uuid::from_u128(number)),
            application_id: ApplicationId::from_uuid(Uuid::nil()),
            job_id: JobId::from_uuid(Uuid::nil()),
            kind,
            stage_id: StageId::from_uuid(Uuid::from_u128(stage)),
            stage_kind: stages::Kind::Screening,
            stage_rank: 0,
            reason: None,
            reason_detail: None,
            void_of: void_of.map(|id| ChangeId::from_uuid(Uuid::from_u128(id))),
            actor_kind: "member".into(),
            actor_id: None,
            member_id: None,
            occurred_at: at.expect("it is a time"),
            recorded_at: at.expect("it is a time"),
        }
    }

    #[test]
    fn a_voided_hire_leaves_what_was_before() {
        let history = [
            line(1, Kind::Applied, 1, None),
            line(2, Kind::Moved, 2, None),
            line(3, Kind::Hired, 5, None),
            line(4, Kind::Voided, 2, Some(3)),
        ];

        let stands = Standing::of(&history).expect("it has a history");

        assert_eq!(stands.outcome, Outcome::Active);
        assert_eq!(stands.stage_id, StageId::from_uuid(Uuid::from_u128(2)));
        assert_eq!(stands.stage_since, history[1].occurred_at);
        assert_eq!(stands.decided_at, None);
        assert_eq!(standing(&history).len(), 2);
    }

    #[test]
    fn a_rejection_ends_it_where_it_was() {
        let history = [
            line(1, Kind::Applied, 1, None),
            line(2, Kind::Moved, 2, None),
            line(3, Kind::Rejected, 2, None),
        ];

        let stands = Standing::of(&history).expect("it has a history");

        assert_eq!((stands.outcome, stands.decided_at), (Outcome::Rejected, Some(history[2].occurred_at)));
        assert_eq!(stands.stage_since, history[1].occurred_at);
    }
}
