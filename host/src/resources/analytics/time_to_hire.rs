//! Time to hire: from the moment somebody applies until they are hired. One figure an application.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::frame::{Frame, Subject, Wanted};
use super::groups::{GroupBy, Grouping, Groups, Report};
use super::statistics::Durations;
use super::time_to_fill::{End, EndSource};
use super::timeline::{History, Outcome};
use super::{Excluded, calendar, exclude};
use crate::db::Tx;
use crate::error::Result;

/// Where the time begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Start {
    /// When the application came in.
    #[default]
    Applied,
    /// When the candidate was first heard of, if that was before.
    FirstContact,
}

/// How it is counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    pub start: Start,
    pub end: End,
    pub restart_on_reopen: bool,
}

impl Rules {
    pub(super) fn started_at(self, history: &History, first_contact: Option<i64>) -> i64 {
        let reopened_at = history.reopened_at.filter(|_| self.restart_on_reopen);
        let started_at = reopened_at.unwrap_or(history.started_at);
        match (self.start, first_contact) {
            (Start::FirstContact, Some(first_contact)) => started_at.min(first_contact),
            _ => started_at,
        }
    }
}

/// How long it took to hire.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimeToHire {
    pub time_to_hire: Durations,
    pub end_source: EndSource,
    /// From applying until the last offer was accepted or declined, for offers decided in the span asked for.
    pub days_to_offer: Durations,
    /// From applying until a signed-in person first did something, where that was in the span asked for.
    pub time_to_first_touch: Durations,
    /// `unhired`: the hire was undone, `invalid_order`: hired before the time began.
    #[schema(value_type = BTreeMap<String, u64>, example = json!({ "unhired": 1 }))]
    pub excluded: Excluded,
    /// Applications that are still under way.
    #[schema(example = 1)]
    pub censored: u64,
}

#[derive(Clone, Default)]
pub(super) struct Tally {
    hires: Vec<i64>,
    end_source: EndSource,
    to_offer: Vec<i64>,
    to_touch: Vec<i64>,
    excluded: Excluded,
    censored: u64,
}

impl Tally {
    pub(super) fn figures(self) -> TimeToHire {
        TimeToHire {
            time_to_hire: Durations::of(self.hires),
            end_source: self.end_source,
            days_to_offer: Durations::of(self.to_offer),
            time_to_first_touch: Durations::of(self.to_touch),
            excluded: self.excluded,
            censored: self.censored,
        }
    }
}

/// Seconds until the hire, or why there are none to count.
pub(super) fn seconds_to_hire(
    rules: Rules,
    history: &History,
    first_contact: Option<i64>,
    hired_at: i64,
) -> Result<i64, &'static str> {
    let started_at = rules.started_at(history, first_contact);
    if started_at <= hired_at { Ok(calendar::seconds(started_at, hired_at)) } else { Err("invalid_order") }
}

/// Counts one application, each of its figures in the month that it ended in.
pub(super) fn count(
    groups: &mut Groups<Tally>,
    grouping: &Grouping,
    frame: &Frame,
    rules: Rules,
    subject: &Subject<'_>,
    history: &History,
) {
    let window = frame.window;
    if let Some((at, end)) = history.hire(rules.end == End::OfferAccepted) {
        if window.contains(at) {
            let seconds = seconds_to_hire(rules, history, subject.first_contact, at);
            groups.add(grouping.key(subject, Some(at)), |tally| match seconds {
                Ok(seconds) => {
                    tally.hires.push(seconds);
                    tally.end_source.count(end);
                }
                Err(reason) => exclude(&mut tally.excluded, reason),
            });
        }
    } else if let Some(at) = history.undone_hire_at.filter(|at| window.contains(*at)) {
        groups.add(grouping.key(subject, Some(at)), |tally| exclude(&mut tally.excluded, "unhired"));
    }
    if let Some(at) = history.answered_at().filter(|at| window.contains(*at) && history.started_at <= *at) {
        let seconds = calendar::seconds(history.started_at, at);
        groups.add(grouping.key(subject, Some(at)), |tally| tally.to_offer.push(seconds));
    }
    if let Some(at) = history.touched_at.filter(|at| window.contains(*at)) {
        let seconds = calendar::seconds(history.started_at, at);
        groups.add(grouping.key(subject, Some(at)), |tally| tally.to_touch.push(seconds));
    }
    if history.outcome == Outcome::Active && window.begins_before_end(history.started_at) {
        groups.add(grouping.key(subject, None), |tally| tally.censored += 1);
    }
}

/// # Errors
/// The database's.
pub(super) async fn report(
    tx: &mut Tx,
    frame: &Arc<Frame>,
    rules: Rules,
    group_by: Option<GroupBy>,
) -> Result<Report<TimeToHire>> {
    let grouping = Grouping::new(group_by, frame);
    let wanted = Wanted { first_contact: rules.start == Start::FirstContact, ..Wanted::default() };
    let tallies = (Groups::new(Tally::default()), grouping);
    let counted = frame.count(tx, wanted, tallies, move |frame, (groups, grouping), subject, history| {
        count(groups, grouping, frame, rules, subject, history);
    });
    let ((groups, grouping), sources) = counted.await?;
    Ok(groups.report(frame, &grouping, &sources, Tally::figures))
}
