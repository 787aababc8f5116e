//! Which applications a list holds, and by which index they are found.

pub(crate) mod store;

use serde::Deserialize;
use utoipa::ToSchema;

use crate::clock::Time;
use crate::ids::{ApplicationId, CandidateId, JobId, MemberId, StageId};
use crate::resources::applications::Outcome;
use crate::resources::jobs::stages::Kind as StageKind;

/// What a list is narrowed to; what is absent does not matter.
#[derive(Clone, Debug, Default)]
pub(crate) struct Filter {
    pub(crate) job: Option<JobId>,
    pub(crate) candidate: Option<CandidateId>,
    pub(crate) stage: Option<StageId>,
    pub(crate) stage_kind: Option<StageKind>,
    pub(crate) outcome: Option<Outcome>,
    pub(crate) source: Option<String>,
    pub(crate) credited_to: Option<MemberId>,
    /// One of the tags, as it is written.
    pub(crate) tag: Option<String>,
    pub(crate) applied_after: Option<Time>,
    pub(crate) applied_before: Option<Time>,
    pub(crate) created_after: Option<Time>,
    /// In millionths of a point.
    pub(crate) min_score: Option<i64>,
    pub(crate) max_score: Option<i64>,
    /// Only those without a score.
    pub(crate) is_unscored: bool,
}

/// Another order than newest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
#[schema(as = ApplicationSort)]
pub(crate) enum Sort {
    /// The highest first, of equal ones the newest; those without a score last.
    Score,
}

/// What narrows a list most: its index is gone along, and the rest asked of what stands there. Named in the statement, as
/// SQLite plans before it knows what is absent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lead {
    Candidate,
    Stage,
    Job,
    CreditedTo,
    Source,
    /// A few points at most: what it finds is put in order.
    Score,
    /// A few weeks at most: what it finds is put in order.
    Applied,
    Outcome,
    /// Newest first, until there are enough.
    Newest,
}

const FEW_WEEKS: chrono::Duration = chrono::Duration::days(31);
const FEW_POINTS: i64 = 10_000_000;
const ALL_POINTS: i64 = 100_000_000;

impl Filter {
    pub(crate) fn lead(&self) -> Lead {
        let days = self.applied_after.zip(self.applied_before).map(|(after, before)| before - after);
        let points = self.max_score.unwrap_or(ALL_POINTS) - self.min_score.unwrap_or(0);
        let leads = [
            (self.candidate.is_some(), Lead::Candidate),
            (self.stage.is_some(), Lead::Stage),
            (self.job.is_some(), Lead::Job),
            (self.credited_to.is_some(), Lead::CreditedTo),
            (days.is_some_and(|days| days <= FEW_WEEKS), Lead::Applied),
            (points <= FEW_POINTS, Lead::Score),
            (self.source.is_some(), Lead::Source),
            (self.outcome.is_some(), Lead::Outcome),
        ];
        leads.into_iter().find(|(is_given, _)| *is_given).map_or(Lead::Newest, |(_, lead)| lead)
    }

    /// None that was made after `created_after` has an id before this one.
    pub(crate) fn first(&self) -> ApplicationId {
        match self.created_after {
            Some(time) => ApplicationId::earliest_at(time),
            None => ApplicationId::from_uuid(uuid::Uuid::nil()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Filter, Lead};
    use crate::resources::applications::Outcome;

    #[test]
    fn the_narrowest_filter_leads() {
        let day = |day: u32| format!("2026-03-{day:02}T00:00:00Z").parse().ok();
        let rejected = Filter { outcome: Some(Outcome::Rejected), ..Filter::default() };
        assert_eq!(rejected.lead(), Lead::Outcome);
        assert_eq!(Filter { source: Some("x".into()), ..rejected.clone() }.lead(), Lead::Source);
        let days = Filter { applied_after: day(1), applied_before: day(8), ..rejected.clone() };
        assert_eq!(days.lead(), Lead::Applied);
        assert_eq!(Filter { applied_before: None, ..days.clone() }.lead(), Lead::Outcome);
        assert_eq!(
            Filter { applied_after: "2025-03-01T00:00:00Z".parse().ok(), ..days }.lead(),
            Lead::Outcome
        );
        assert_eq!(Filter { tag: Some("x".into()), ..Filter::default() }.lead(), Lead::Newest);
        let good = Filter { min_score: Some(95_000_000), ..Filter::default() };
        assert_eq!(good.lead(), Lead::Score);
        assert_eq!(Filter { min_score: Some(50_000_000), ..good.clone() }.lead(), Lead::Newest);
        assert_eq!(
            Filter { min_score: Some(50_000_000), max_score: Some(55_000_000), ..good }.lead(),
            Lead::Score
        );
    }
}
