//! Time in stage: how long applications stay where they are. Counts visits that began in the span asked for.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::calendar;
use super::frame::{Frame, Wanted, Window};
use super::groups::{GroupBy, Grouping, Groups, Report};
use super::ladder::{Ladder, Rung};
use super::statistics::{Durations, Survival, days, percentile};
use super::time_to_fill::Estimator;
use super::timeline::{Exit, History, StageKind, Visit};
use super::{Excluded, exclude};
use crate::db::Tx;
use crate::error::Result;
use crate::ids::{ApplicationId, JobId};

/// What is one figure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A visit: whoever comes back counts again.
    #[default]
    Visit,
    /// An application, with the sum of its visits.
    Application,
}

/// Which ways out count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Exits {
    /// Whatever ended the visit.
    #[default]
    Any,
    /// A move to a stage further on.
    Advance,
}

/// How it is counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    pub unit: Unit,
    pub exits: Exits,
    pub estimator: Option<Estimator>,
}

/// How long applications stay in the stages; the last one, hired, is none to leave.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimeInStage {
    pub stages: Vec<StageTimes>,
}

/// How long applications stay in one stage.
#[derive(Debug, Serialize, ToSchema)]
pub struct StageTimes {
    #[serde(flatten)]
    pub stage: Rung,
    pub duration: Durations,
    /// `other_exit`: ended otherwise than by the exits asked for.
    #[schema(value_type = BTreeMap<String, u64>, example = json!({ "other_exit": 1 }))]
    pub excluded: Excluded,
    /// How many are there still.
    #[schema(example = 1)]
    pub censored: u64,
    /// With `estimator=km`.
    pub kaplan_meier: Option<Survival>,
    pub ageing: Ageing,
}

/// Applications that have been in the stage for longer than three in four were.
#[derive(Debug, Default, Serialize, ToSchema)]
pub struct Ageing {
    /// Days that three in four stayed at most.
    #[schema(example = 4.25)]
    pub threshold: Option<f64>,
    #[schema(example = 1)]
    pub count: u64,
    /// The twenty that have been there longest.
    pub longest: Vec<AgeingApplication>,
}

/// An application that has been in a stage for long.
#[derive(Debug, Serialize, ToSchema)]
pub struct AgeingApplication {
    pub application_id: ApplicationId,
    pub job_id: JobId,
    #[schema(example = 7.0)]
    pub days: f64,
}

const LONGEST: usize = 20;

#[derive(Clone, Default)]
struct OfStage {
    ended: Vec<i64>,
    open: Vec<i64>,
    /// Those that ended otherwise.
    other: Vec<i64>,
    /// The longest that go on, the shortest of them on top.
    longest: BinaryHeap<Reverse<(i64, JobId, ApplicationId)>>,
}

/// Collects how long visits took.
#[derive(Clone)]
pub struct Tally {
    ladder: Arc<Ladder>,
    stages: Vec<OfStage>,
}

/// What a visit, or all visits of an application, make of one stage.
#[derive(Clone, Copy, Default)]
struct Stay {
    place: usize,
    seconds: i64,
    /// Those that ended by an exit that counts.
    counted: Option<i64>,
    is_open: bool,
}

impl Tally {
    pub fn new(ladder: Arc<Ladder>) -> Self {
        let stages = vec![OfStage::default(); ladder.rungs().len()];
        Self { ladder, stages }
    }

    /// Counts an application's visits that began in the window. `who` tells which application it is.
    pub fn count(
        &mut self,
        rules: Rules,
        window: Window,
        as_of: i64,
        history: &History,
        who: impl Fn() -> Option<(JobId, ApplicationId)>,
    ) {
        let visits = history.visits.iter().filter(|visit| window.contains(visit.entered_at));
        let stays = visits.map(|visit| stay(&self.ladder, rules.exits, as_of, visit));
        match rules.unit {
            Unit::Visit => stays.for_each(|stay| self.stages[stay.place].add(stay, &who)),
            Unit::Application => {
                let mut sums: Vec<Stay> = Vec::new();
                for stay in stays {
                    match sums.iter_mut().find(|sum| sum.place == stay.place) {
                        Some(sum) => sum.join(stay),
                        None => sums.push(stay),
                    }
                }
                sums.into_iter().for_each(|stay| self.stages[stay.place].add(stay, &who));
            }
        }
    }

    pub fn figures(self, rules: Rules) -> TimeInStage {
        let live = self.ladder.live();
        let rungs = self.ladder.rungs().iter().cloned().enumerate().zip(self.stages);
        let told = rungs.filter(|((place, rung), stage)| {
            rung.kind != StageKind::Hired
                && (*place < live || !(stage.ended.is_empty() && stage.open.is_empty()))
        });
        TimeInStage { stages: told.map(|((_, rung), stage)| stage.figures(rung, rules)).collect() }
    }
}

fn stay(ladder: &Ladder, exits: Exits, as_of: i64, visit: &Visit) -> Stay {
    let (until, is_counted) = match visit.left {
        Some((left_at, exit)) => (left_at, exits == Exits::Any || exit == Exit::Advanced),
        None => (as_of, false),
    };
    let seconds = calendar::seconds(visit.entered_at, until);
    let counted = is_counted.then_some(seconds);
    Stay { place: ladder.place(visit.stage), seconds, counted, is_open: visit.left.is_none() }
}

impl Stay {
    fn join(&mut self, other: Stay) {
        self.seconds += other.seconds;
        self.counted = match (self.counted, other.counted) {
            (Some(one), Some(other)) => Some(one + other),
            (one, other) => one.or(other),
        };
        self.is_open |= other.is_open;
    }
}

impl OfStage {
    fn add(&mut self, stay: Stay, who: impl Fn() -> Option<(JobId, ApplicationId)>) {
        match stay {
            Stay { is_open: true, seconds, .. } => {
                self.open.push(seconds);
                self.remember(seconds, who);
            }
            Stay { counted: Some(seconds), .. } => self.ended.push(seconds),
            Stay { seconds, .. } => self.other.push(seconds),
        }
    }

    fn remember(&mut self, seconds: i64, who: impl Fn() -> Option<(JobId, ApplicationId)>) {
        let is_full = self.longest.len() >= LONGEST;
        if is_full && self.longest.peek().is_some_and(|Reverse(shortest)| seconds <= shortest.0) {
            return;
        }
        if let Some((job, application)) = who() {
            self.longest.push(Reverse((seconds, job, application)));
        }
        if self.longest.len() > LONGEST {
            self.longest.pop();
        }
    }

    fn figures(mut self, stage: Rung, rules: Rules) -> StageTimes {
        let mut excluded = Excluded::new();
        self.other.iter().for_each(|_| exclude(&mut excluded, "other_exit"));
        let kaplan_meier = rules.estimator.map(|Estimator::Km| {
            let ended = self.ended.iter().map(|seconds| (*seconds, true));
            let others = self.open.iter().chain(&self.other).map(|seconds| (*seconds, false));
            Survival::of(ended.chain(others).collect())
        });
        self.ended.sort_unstable();
        let threshold = percentile(&self.ended, 0.75);
        let is_ageing = |seconds: i64| threshold.is_some_and(|threshold| seconds as f64 > threshold);
        let longest = self.longest.into_sorted_vec().into_iter().map(|Reverse(one)| one);
        let longest =
            longest.filter(|(seconds, ..)| is_ageing(*seconds)).map(|(seconds, job_id, application_id)| {
                AgeingApplication { application_id, job_id, days: days(seconds as f64) }
            });
        StageTimes {
            stage,
            ageing: Ageing {
                threshold: threshold.map(days),
                count: self.open.iter().filter(|seconds| is_ageing(**seconds)).count() as u64,
                longest: longest.collect(),
            },
            censored: self.open.len() as u64,
            duration: Durations::of(self.ended),
            excluded,
            kaplan_meier,
        }
    }
}

/// # Errors
/// The database's.
pub(super) async fn report(
    tx: &mut Tx,
    frame: &Arc<Frame>,
    rules: Rules,
    group_by: Option<GroupBy>,
) -> Result<Report<TimeInStage>> {
    let grouping = Grouping::new(group_by, frame);
    let ladder = Arc::new(Ladder::of(tx, frame).await?);
    let stages = ladder.stage_ids();
    let wanted = Wanted { id: true, stages, ..Wanted::default() };
    let tallies = (Groups::new(Tally::new(ladder)), grouping);
    let counted = frame.count(tx, wanted, tallies, move |frame, (groups, grouping), subject, history| {
        groups.add(grouping.key(subject, Some(history.started_at)), |tally| {
            let who = || Some((subject.job.id, subject.application()?));
            tally.count(rules, frame.window, frame.as_of, history, who);
        });
    });
    let ((groups, grouping), sources) = counted.await?;
    Ok(groups.report(frame, &grouping, &sources, |tally| tally.figures(rules)))
}
