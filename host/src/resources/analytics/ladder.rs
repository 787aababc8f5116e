//! The stages that figures are told of: kinds of stage across jobs, a job's own where one job is looked at.

use serde::Serialize;
use utoipa::ToSchema;

use super::frame::Frame;
use super::store::{self, StageRow};
use super::timeline::{STAGE_KINDS, Stage, StageKind};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::StageId;

/// A stage, or all stages of a kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Rung {
    pub kind: StageKind,
    /// Where one job is looked at.
    pub stage_id: Option<StageId>,
    #[schema(example = "Interview")]
    pub name: Option<String>,
}

/// Rungs from the first to the last; below them, those that were taken out of the pipeline.
#[derive(Clone, Debug)]
pub struct Ladder {
    rungs: Vec<Rung>,
    /// How many are in the pipeline.
    live: usize,
    /// Where these stood, by their ranks.
    positions: Vec<u32>,
    is_of_one_job: bool,
}

impl Ladder {
    pub fn of_kinds() -> Self {
        let rungs = STAGE_KINDS.map(|kind| Rung { kind, stage_id: None, name: None }).to_vec();
        Self { live: rungs.len(), rungs, positions: Vec::new(), is_of_one_job: false }
    }

    /// # Errors
    /// The database's.
    pub(super) async fn of(tx: &mut Tx, frame: &Frame) -> Result<Self> {
        match frame.job {
            Some(job) => Ok(Self::of_job(store::list_stages(tx, job).await?)),
            None => Ok(Self::of_kinds()),
        }
    }

    fn of_job(stages: Vec<StageRow>) -> Self {
        let live = stages.iter().filter(|stage| stage.is_live == 1).count();
        let positions = stages[..live].iter().map(|stage| u32::try_from(stage.position).unwrap_or_default());
        let positions = positions.collect();
        let rung =
            |stage: StageRow| Rung { kind: stage.kind, stage_id: Some(stage.id), name: Some(stage.name) };
        Self { rungs: stages.into_iter().map(rung).collect(), live, positions, is_of_one_job: true }
    }

    /// The stages in the order in which applications' steps number them.
    pub(super) fn stage_ids(&self) -> Vec<StageId> {
        self.rungs.iter().filter_map(|rung| rung.stage_id).collect()
    }

    /// Those of the pipeline, then those that were taken out of it.
    pub fn rungs(&self) -> &[Rung] {
        &self.rungs
    }

    /// How many are in the pipeline.
    pub fn live(&self) -> usize {
        self.live
    }

    /// Which one a stage is.
    pub fn place(&self, stage: Stage) -> usize {
        let numbered = stage.number.map(|number| number as usize).filter(|number| *number < self.rungs.len());
        match numbered {
            Some(number) => number,
            None if self.is_of_one_job => self.height_of_rank(stage.rank),
            None => stage.kind as usize,
        }
    }

    /// How far up a stage is: the last of the pipeline that it reaches.
    pub fn height(&self, stage: Stage) -> usize {
        let place = self.place(stage);
        if place < self.live { place } else { self.height_of_rank(stage.rank) }
    }

    fn height_of_rank(&self, rank: u32) -> usize {
        self.positions.partition_point(|position| *position <= rank).saturating_sub(1)
    }
}

#[cfg(test)]
mod tests {
    use super::{Ladder, StageRow};
    use crate::clock::{Clock, Time};
    use crate::ids::StageId;
    use crate::resources::analytics::timeline::{Stage, StageKind};

    #[test]
    fn a_stage_that_was_taken_out_reaches_what_stood_before_it() {
        let clock = Clock::manual(Time::default());
        let stage = |kind: StageKind, position, is_live| StageRow {
            id: StageId::new(&clock),
            name: format!("{kind:?}"),
            kind,
            position,
            is_live,
        };
        let ladder = Ladder::of_job(vec![
            stage(StageKind::Applied, 0, 1),
            stage(StageKind::Interview, 1, 1),
            stage(StageKind::Hired, 2, 1),
            stage(StageKind::Screening, 1, 0),
        ]);
        let gone = Stage { kind: StageKind::Screening, rank: 1, number: Some(3) };
        let hired = Stage { kind: StageKind::Hired, rank: 4, number: Some(2) };

        assert_eq!((ladder.live(), ladder.rungs().len()), (3, 4));
        assert_eq!((ladder.place(gone), ladder.height(gone)), (3, 1));
        assert_eq!((ladder.place(hired), ladder.height(hired)), (2, 2));
    }

    #[test]
    fn across_jobs_kinds_are_the_rungs() {
        let ladder = Ladder::of_kinds();
        let stage = Stage { kind: StageKind::Offer, rank: 7, number: None };
        assert_eq!((ladder.place(stage), ladder.height(stage), ladder.live()), (3, 3, 5));
    }
}
