//! The overview: what stands where, and the most asked-for figures, in one answer.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::frame::{Frame, Subject, Wanted};
use super::groups::{Grouping, Groups, Report};
use super::ladder::Ladder;
use super::offers::OfferAcceptance;
use super::stage_conversion::{self, StageConversion};
use super::time_to_fill::{self, TimeToFill};
use super::time_to_hire::{self, TimeToHire};
use super::timeline::{History, Outcome};
use super::{offers, store};
use crate::clock::Time;
use crate::db::Tx;
use crate::error::Result;

/// The most asked-for figures, each as its own operation answers it without further parameters.
#[derive(Debug, Serialize, ToSchema)]
pub struct Overview {
    /// How many jobs stood where.
    #[schema(example = json!({ "open": 3, "paused": 1 }))]
    pub jobs: BTreeMap<String, u64>,
    pub applications: ApplicationCounts,
    pub time_to_fill: TimeToFill,
    pub time_to_hire: TimeToHire,
    pub stage_conversion: StageConversion,
    pub offers: OfferAcceptance,
}

/// Applications of the span asked for, and how they stood.
#[derive(Clone, Copy, Debug, Default, Serialize, ToSchema)]
pub struct ApplicationCounts {
    /// How many came in during the span.
    #[schema(example = 6)]
    pub received: u64,
    /// Of these, how many are under way.
    #[schema(example = 1)]
    pub active: u64,
    #[schema(example = 2)]
    pub hired: u64,
    #[schema(example = 2)]
    pub rejected: u64,
    #[schema(example = 1)]
    pub withdrawn: u64,
    #[schema(example = 0)]
    pub transferred: u64,
}

impl ApplicationCounts {
    fn count(&mut self, outcome: Outcome) {
        self.received += 1;
        *match outcome {
            Outcome::Active => &mut self.active,
            Outcome::Hired => &mut self.hired,
            Outcome::Rejected => &mut self.rejected,
            Outcome::Withdrawn => &mut self.withdrawn,
            Outcome::Transferred => &mut self.transferred,
        } += 1;
    }
}

/// What is counted in one walk.
struct Tallies {
    grouping: Grouping,
    hires: Groups<time_to_hire::Tally>,
    offers: Groups<offers::Tally>,
    conversion: stage_conversion::Tally,
    applications: ApplicationCounts,
}

impl Tallies {
    fn count(&mut self, frame: &Frame, subject: &Subject<'_>, history: &History) {
        let (to_hire, to_convert) = (time_to_hire::Rules::default(), stage_conversion::Rules::default());
        time_to_hire::count(&mut self.hires, &self.grouping, frame, to_hire, subject, history);
        offers::count(&mut self.offers, &self.grouping, frame, subject, history);
        self.conversion.count_activity(frame.window, history);
        if frame.window.contains(history.started_at) {
            self.conversion.count(to_convert, history);
            self.applications.count(history.outcome);
        }
    }
}

/// # Errors
/// The database's.
pub(super) async fn report(tx: &mut Tx, frame: &Arc<Frame>) -> Result<Report<Overview>> {
    let ladder = Arc::new(Ladder::of(tx, frame).await?);
    let wanted = Wanted { stages: ladder.stage_ids(), ..Wanted::default() };
    let tallies = Tallies {
        grouping: Grouping::new(None, frame),
        hires: Groups::new(time_to_hire::Tally::default()),
        offers: Groups::new(offers::Tally::default()),
        conversion: stage_conversion::Tally::new(ladder),
        applications: ApplicationCounts::default(),
    };
    let counted = frame.count(tx, wanted, tallies, |frame, tallies, subject, history| {
        tallies.count(frame, subject, history);
    });
    let (Tallies { grouping, hires, offers, conversion, applications }, _) = counted.await?;
    let to_fill = time_to_fill::Rules::default();
    let fills = time_to_fill::tally(tx, frame, to_fill, &grouping).await?;
    let overview = Overview {
        jobs: jobs(tx, frame).await?,
        applications,
        time_to_fill: fills.into_total().figures(to_fill),
        time_to_hire: hires.into_total().figures(),
        stage_conversion: conversion.figures(),
        offers: offers.into_total().figures(),
    };
    Ok(Report::of(frame, overview, None, Vec::new()))
}

/// How many jobs stood where.
async fn jobs(tx: &mut Tx, frame: &Frame) -> Result<BTreeMap<String, u64>> {
    let as_of = Time::from_timestamp_micros(frame.as_of).unwrap_or_default();
    let rows = store::list_status_changes(tx, frame.job_digits(), as_of).await?;
    let last: HashMap<_, _> = rows.into_iter().map(|row| (row.job_id, row.to_status)).collect();
    let mut counts = BTreeMap::new();
    for (_, status) in last.into_iter().filter(|(job, _)| frame.jobs.contains_key(job)) {
        *counts.entry(status).or_default() += 1;
    }
    Ok(counts)
}
