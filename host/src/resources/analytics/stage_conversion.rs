//! Stage conversion: of the applications that came in during a span of time, how many got how far, and where the others
//! ended.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::frame::{Frame, Wanted, Window};
use super::groups::{GroupBy, Grouping, Groups, Report};
use super::ladder::{Ladder, Rung};
use super::statistics::ratio;
use super::timeline::{History, Outcome};
use super::{Excluded, exclude};
use crate::db::Tx;
use crate::error::Result;

/// Which applications count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Population {
    /// Those that were hired, rejected or withdrawn: of the others nobody knows how far they will get.
    #[default]
    Concluded,
    /// Also those under way.
    All,
}

/// What it is to reach a stage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Reached {
    /// To have been there or further on: who jumps over a stage has reached it.
    #[default]
    Filled,
    /// To have been there.
    Actual,
}

/// How it is counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    pub population: Population,
    pub reached: Reached,
}

/// How far applications got.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageConversion {
    /// Applications that came in during the span asked for.
    #[schema(example = 6)]
    pub cohort: u64,
    /// Those of them that count.
    #[schema(example = 5)]
    pub counted: u64,
    #[schema(example = 2)]
    pub hired: u64,
    #[schema(example = 2)]
    pub rejected: u64,
    #[schema(example = 1)]
    pub withdrawn: u64,
    pub stages: Vec<StageFigures>,
    /// Who reached the last stage, of who reached the first.
    #[schema(example = 0.4)]
    pub overall: Option<f64>,
    /// `transferred`: went on as an application for another job.
    #[schema(value_type = BTreeMap<String, u64>, example = json!({ "transferred": 1 }))]
    pub excluded: Excluded,
    /// Applications that are still under way; they count only with `population=all`.
    #[schema(example = 1)]
    pub censored: u64,
}

/// One stage, or all stages of a kind.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageFigures {
    #[serde(flatten)]
    pub stage: Rung,
    /// How many reached it.
    #[schema(example = 4)]
    pub reached: u64,
    /// Of those who reached the stage before.
    #[schema(example = 0.8)]
    pub step: Option<f64>,
    /// More than reached the stage before: possible with `reached=actual`.
    pub exceeds_one: bool,
    /// Of those who reached the first stage.
    #[schema(example = 0.8)]
    pub from_first: Option<f64>,
    /// How many of the cohort ended here.
    pub exits: StageExits,
    /// Rejected here, of those who reached it.
    #[schema(example = 0.25)]
    pub reject_rate: Option<f64>,
    /// Withdrew here, of those who reached it.
    #[schema(example = 0.25)]
    pub drop_rate: Option<f64>,
    /// How many of the cohort are there now.
    #[schema(example = 1)]
    pub active: u64,
    pub activity: StageActivity,
}

/// How applications ended.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct StageExits {
    #[schema(example = 0)]
    pub rejected: u64,
    #[schema(example = 1)]
    pub withdrawn: u64,
    #[schema(example = 0)]
    pub transferred: u64,
}

/// What happened during the span asked for, whenever the applications came in.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct StageActivity {
    /// How often the stage was entered.
    #[schema(example = 5)]
    pub entered: u64,
    /// How many of these visits were left for another stage, backwards, too.
    #[schema(example = 3)]
    pub passed: u64,
    #[schema(example = 0.6)]
    pub pass_rate: Option<f64>,
}

#[derive(Clone, Copy, Default)]
struct OfStage {
    reached: u64,
    exits: StageExits,
    active: u64,
    entered: u64,
    passed: u64,
}

/// Counts applications that got how far.
#[derive(Clone)]
pub struct Tally {
    ladder: Arc<Ladder>,
    stages: Vec<OfStage>,
    cohort: u64,
    counted: u64,
    hired: u64,
    rejected: u64,
    withdrawn: u64,
    excluded: Excluded,
    censored: u64,
}

impl Tally {
    pub fn new(ladder: Arc<Ladder>) -> Self {
        let stages = vec![OfStage::default(); ladder.rungs().len()];
        Self {
            ladder,
            stages,
            cohort: 0,
            counted: 0,
            hired: 0,
            rejected: 0,
            withdrawn: 0,
            excluded: Excluded::new(),
            censored: 0,
        }
    }

    /// Counts an application that came in during the span.
    pub fn count(&mut self, rules: Rules, history: &History) {
        let Some(last) = history.visits.last() else { return };
        self.cohort += 1;
        let at_last = &mut self.stages[self.ladder.place(last.stage)];
        match history.outcome {
            Outcome::Active => {
                at_last.active += 1;
                self.censored += 1;
            }
            Outcome::Hired => self.hired += 1,
            Outcome::Rejected => {
                at_last.exits.rejected += 1;
                self.rejected += 1;
            }
            Outcome::Withdrawn => {
                at_last.exits.withdrawn += 1;
                self.withdrawn += 1;
            }
            Outcome::Transferred => {
                at_last.exits.transferred += 1;
                exclude(&mut self.excluded, "transferred");
            }
        }
        let is_counted = match rules.population {
            Population::Concluded => history.is_concluded(),
            Population::All => history.outcome != Outcome::Transferred,
        };
        if !is_counted {
            return;
        }
        self.counted += 1;
        match rules.reached {
            Reached::Filled => {
                let heights = history.visits.iter().map(|visit| self.ladder.height(visit.stage));
                let height = heights.max().unwrap_or_default();
                self.stages.iter_mut().take(height + 1).for_each(|stage| stage.reached += 1);
            }
            Reached::Actual => {
                let mut been = vec![false; self.stages.len()];
                history.visits.iter().for_each(|visit| been[self.ladder.place(visit.stage)] = true);
                let reached = self.stages.iter_mut().zip(been).filter(|(_, been)| *been);
                reached.for_each(|(stage, _)| stage.reached += 1);
            }
        }
    }

    /// Counts what happened to any application during the span.
    pub fn count_activity(&mut self, window: Window, history: &History) {
        for visit in history.visits.iter().filter(|visit| window.contains(visit.entered_at)) {
            let stage = &mut self.stages[self.ladder.place(visit.stage)];
            stage.entered += 1;
            stage.passed += u64::from(visit.left.is_some_and(|(_, exit)| exit.is_move()));
        }
    }

    pub fn figures(self) -> StageConversion {
        let live = self.ladder.live();
        let first = self.stages.first().map_or(0, |stage| stage.reached);
        let last = self.stages[..live].last().map_or(0, |stage| stage.reached);
        let befores = std::iter::once(None).chain(self.stages.iter().map(|stage| Some(stage.reached)));
        let rungs = self.ladder.rungs().iter().cloned();
        let stages = rungs.zip(&self.stages).zip(befores).take(live);
        let stages = stages.map(|((stage, counted), before)| figures_of(stage, counted, before, first));
        StageConversion {
            cohort: self.cohort,
            counted: self.counted,
            hired: self.hired,
            rejected: self.rejected,
            withdrawn: self.withdrawn,
            stages: stages.collect(),
            overall: ratio(last, first),
            excluded: self.excluded,
            censored: self.censored,
        }
    }
}

fn figures_of(stage: Rung, counted: &OfStage, before: Option<u64>, first: u64) -> StageFigures {
    let OfStage { reached, exits, active, entered, passed } = *counted;
    let step = before.and_then(|before| ratio(reached, before));
    StageFigures {
        stage,
        reached,
        step,
        exceeds_one: step.is_some_and(|step| step > 1.0),
        from_first: ratio(reached, first),
        exits,
        reject_rate: ratio(exits.rejected, reached),
        drop_rate: ratio(exits.withdrawn, reached),
        active,
        activity: StageActivity { entered, passed, pass_rate: ratio(passed, entered) },
    }
}

/// # Errors
/// The database's.
pub(super) async fn report(
    tx: &mut Tx,
    frame: &Arc<Frame>,
    rules: Rules,
    group_by: Option<GroupBy>,
) -> Result<Report<StageConversion>> {
    let grouping = Grouping::new(group_by, frame);
    let ladder = Arc::new(Ladder::of(tx, frame).await?);
    let stages = ladder.stage_ids();
    let wanted = Wanted { stages, ..Wanted::default() };
    let tallies = (Groups::new(Tally::new(ladder)), grouping);
    let counted = frame.count(tx, wanted, tallies, move |frame, (groups, grouping), subject, history| {
        groups.add(grouping.key(subject, Some(history.started_at)), |tally| {
            tally.count_activity(frame.window, history);
            if frame.window.contains(history.started_at) {
                tally.count(rules, history);
            }
        });
    });
    let ((groups, grouping), sources) = counted.await?;
    Ok(groups.report(frame, &grouping, &sources, Tally::figures))
}
