//! Where hires come from: of the applications that came in during a span of time, by source, how many were hired, how sure
//! that share is, and how long it took.

use std::collections::HashMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::costs::{self, CostFigure};
use super::frame::{Frame, UNATTRIBUTED, Wanted};
use super::groups::{GroupBy, Grouping, Groups, Report, Sources};
use super::quality::{self, SourceScore};
use super::statistics::{Durations, Interval, ratio};
use super::timeline::{History, Outcome, StageKind};
use super::{Excluded, exclude, time_to_hire};
use crate::caller::Caller;
use crate::db::Tx;
use crate::error::Result;

/// Whose source counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Attribution {
    /// The application's own: what led to it in the end.
    #[default]
    Application,
    /// The candidate's: what first led to them.
    FirstTouch,
}

/// How it is counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    pub attribution: Attribution,
    pub min_n: u64,
    pub with_scores: bool,
}

/// Where hires come from.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceEffectiveness {
    #[schema(example = 6)]
    pub applications: u64,
    #[schema(example = 2)]
    pub hires: u64,
    /// Most hires first, then most applications; last those that cost something and nobody came from.
    pub sources: Vec<SourceFigures>,
    /// `transferred`: went on as an application for another job; these are no one's success nor failure.
    #[schema(value_type = BTreeMap<String, u64>, example = json!({ "transferred": 1 }))]
    pub excluded: Excluded,
    /// Applications that are still under way.
    #[schema(example = 1)]
    pub censored: u64,
}

/// One source.
#[derive(Debug, Serialize, ToSchema)]
pub struct SourceFigures {
    /// `null`: none was noted.
    #[schema(example = "LinkedIn")]
    pub source: Option<String>,
    /// The source, or `unattributed`.
    #[schema(example = "LinkedIn")]
    pub label: String,
    #[schema(example = 3)]
    pub applications: u64,
    /// Hired, rejected or withdrawn.
    #[schema(example = 3)]
    pub concluded: u64,
    /// Concluded ones that got as far as an interview, or further.
    #[schema(example = 1)]
    pub reached_interview: u64,
    #[schema(example = 0.333)]
    pub interview_rate: Option<f64>,
    /// To whom an offer was sent, or who were in a stage for offers.
    #[schema(example = 1)]
    pub offers: u64,
    #[schema(example = 1)]
    pub hires: u64,
    /// Of the concluded ones.
    #[schema(example = 0.333)]
    pub hire_rate: Option<f64>,
    /// Where the true rate is likely to lie (95 %).
    pub hire_rate_interval: Option<Interval>,
    /// Of all hires.
    #[schema(example = 0.5)]
    pub share_of_hires: Option<f64>,
    /// Fewer than `min_n` are concluded, so rates say nothing and are left out.
    pub suppressed: bool,
    /// From applying to being hired.
    pub time_to_hire: Durations,
    /// Still under way.
    #[schema(example = 0)]
    pub censored: u64,
    /// By `/v1/source-costs`, as far as their days lie in the span asked for and have passed: currency by currency. Empty in
    /// figures of single jobs or departments, which costs are not told apart by.
    pub costs: Vec<CostFigure>,
    /// How well they fit, by the scores their applications have now: with `scores=true`, of everything, where any are scored.
    pub score: Option<SourceScore>,
}

#[derive(Clone, Default)]
struct OfSource {
    applications: u64,
    concluded: u64,
    reached_interview: u64,
    offers: u64,
    hires: u64,
    censored: u64,
    to_hire: Vec<i64>,
}

#[derive(Clone, Default)]
struct Tally {
    by_source: HashMap<Option<u32>, OfSource>,
    excluded: Excluded,
}

impl Tally {
    fn count(&mut self, source: Option<u32>, history: &History) {
        let of_source = self.by_source.entry(source).or_default();
        of_source.applications += 1;
        let furthest = history.visits.iter().map(|visit| visit.stage.kind).max();
        let is_interviewed = furthest.is_some_and(|kind| kind >= StageKind::Interview);
        let is_concluded = history.is_concluded();
        of_source.concluded += u64::from(is_concluded);
        of_source.reached_interview += u64::from(is_concluded && is_interviewed);
        let in_offer = history.visits.iter().any(|visit| visit.stage.kind == StageKind::Offer);
        of_source.offers += u64::from(in_offer || history.was_offered);
        of_source.censored += u64::from(history.outcome == Outcome::Active);
        if let Some((hired_at, _)) = history.hire(true) {
            of_source.hires += 1;
            match time_to_hire::seconds_to_hire(time_to_hire::Rules::default(), history, None, hired_at) {
                Ok(seconds) => of_source.to_hire.push(seconds),
                Err(reason) => exclude(&mut self.excluded, reason),
            }
        }
        if history.outcome == Outcome::Transferred {
            exclude(&mut self.excluded, "transferred");
        }
    }

    fn figures(self, rules: Rules, names: &Sources) -> SourceEffectiveness {
        let total = |of: fn(&OfSource) -> u64| self.by_source.values().map(of).sum::<u64>();
        let (applications, hires) = (total(|one| one.applications), total(|one| one.hires));
        let censored = total(|one| one.censored);
        let figures = |(source, counted): (Option<u32>, OfSource)| {
            counted.figures(source.and_then(|source| names.text(source)), hires, rules.min_n)
        };
        let mut sources: Vec<_> = self.by_source.into_iter().map(figures).collect();
        sources.sort_by(|a, b| {
            (b.hires, b.applications).cmp(&(a.hires, a.applications)).then_with(|| a.label.cmp(&b.label))
        });
        SourceEffectiveness { applications, hires, sources, excluded: self.excluded, censored }
    }
}

impl OfSource {
    fn figures(self, source: Option<&str>, all_hires: u64, min_n: u64) -> SourceFigures {
        let suppressed = self.concluded < min_n;
        let shown = |rate: Option<f64>| rate.filter(|_| !suppressed);
        SourceFigures {
            source: source.map(str::to_owned),
            label: source.unwrap_or(UNATTRIBUTED).to_owned(),
            applications: self.applications,
            concluded: self.concluded,
            reached_interview: self.reached_interview,
            interview_rate: shown(ratio(self.reached_interview, self.concluded)),
            offers: self.offers,
            hires: self.hires,
            hire_rate: shown(ratio(self.hires, self.concluded)),
            hire_rate_interval: Interval::of(self.hires, self.concluded).filter(|_| !suppressed),
            share_of_hires: shown(ratio(self.hires, all_hires)),
            suppressed,
            time_to_hire: Durations::of(self.to_hire),
            censored: self.censored,
            costs: Vec::new(),
            score: None,
        }
    }
}

impl SourceFigures {
    /// Of a source that nobody came from.
    pub(super) fn of_nobody(source: &str) -> Self {
        OfSource::default().figures(Some(source), 0, 0)
    }
}

/// # Errors
/// `Refusal` of scores without the permission to read them.
pub(super) async fn report(
    tx: &mut Tx,
    caller: &Caller,
    frame: &Arc<Frame>,
    rules: Rules,
    group_by: Option<GroupBy>,
) -> Result<Report<SourceEffectiveness>> {
    let grouping = Grouping::new(group_by, frame);
    let first_touch = rules.attribution == Attribution::FirstTouch;
    let wanted = Wanted { first_touch, ..Wanted::default() };
    let tallies = (Groups::new(Tally::default()), grouping);
    let counted = frame.count(tx, wanted, tallies, |frame, (groups, grouping), subject, history| {
        if frame.window.contains(history.started_at) {
            let key = grouping.key(subject, Some(history.started_at));
            groups.add(key, |tally| tally.count(subject.source, history));
        }
    });
    let ((groups, grouping), names) = counted.await?;
    let mut report = groups.report(frame, &grouping, &names, |tally| tally.figures(rules, &names));
    costs::add(tx, frame, &mut report).await?;
    if rules.with_scores {
        quality::add(tx, caller, frame, first_touch, &mut report).await?;
    }
    Ok(report)
}
