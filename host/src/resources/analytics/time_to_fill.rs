//! Time to fill: from the moment an opening opens until somebody is hired for it. One figure an opening, not one a job.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::frame::{Frame, Window};
use super::groups::{GroupBy, Grouping, Groups, Report, Sources};
use super::statistics::{Durations, Survival};
use super::store::{self, OpeningRow};
use super::timeline::{HireEnd, History, Timeline};
use super::{Excluded, calendar, exclude};
use crate::clock::Time;
use crate::db::Tx;
use crate::error::Result;
use crate::ids::JobId;

/// Where the time begins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Basis {
    /// When it was opened last, after it had been closed.
    #[default]
    CurrentOpen,
    /// When it was first opened, whatever came between.
    FirstOpen,
}

/// Where the time ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// When the offer was accepted; without an accepted offer, when the application was moved to hired.
    #[default]
    OfferAccepted,
    /// When the application was moved to hired.
    Hired,
}

/// Estimators beside the plain figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Estimator {
    /// Kaplan–Meier: what has not ended yet counts as long as it was seen.
    Km,
}

/// How it is counted.
#[derive(Clone, Copy, Debug, Default)]
pub struct Rules {
    pub basis: Basis,
    pub end: End,
    pub estimator: Option<Estimator>,
    pub include_evergreen: bool,
}

/// How long openings took to fill.
#[derive(Debug, Serialize, ToSchema)]
pub struct TimeToFill {
    pub gross: Durations,
    /// Without the time during which the job was paused.
    pub net: Durations,
    pub end_source: EndSource,
    /// `closed_unfilled`, `unhired`: the hire was undone, `invalid_order`: filled before it was opened, `evergreen`.
    #[schema(value_type = BTreeMap<String, u64>, example = json!({ "closed_unfilled": 1 }))]
    pub excluded: Excluded,
    /// Openings that are still open.
    #[schema(example = 1)]
    pub censored: u64,
    /// How long these have been open.
    pub open: OpenFor,
    /// With `estimator=km`.
    pub kaplan_meier: Option<FillSurvival>,
}

/// What ends were dated by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct EndSource {
    #[schema(example = 1)]
    pub offer_accepted: u64,
    #[schema(example = 1)]
    pub hired: u64,
}

impl EndSource {
    pub(super) fn count(&mut self, end: HireEnd) {
        match end {
            HireEnd::OfferAccepted => self.offer_accepted += 1,
            HireEnd::Hired => self.hired += 1,
        }
    }
}

/// How long openings have been open.
#[derive(Debug, Serialize, ToSchema)]
pub struct OpenFor {
    pub gross: Durations,
    pub net: Durations,
}

/// Estimates over filled, open and closed openings: those that were not filled count as long as they were open.
#[derive(Debug, Serialize, ToSchema)]
pub struct FillSurvival {
    pub gross: Survival,
    pub net: Survival,
}

/// Something that happened to an opening.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OpeningChange {
    Opened,
    /// With the moment that counts for the hire, and what that is dated by.
    Filled(i64, HireEnd),
    Released,
    Closed,
}

/// How an opening stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Never opened.
    Planned,
    Open,
    Filled(i64, HireEnd),
    /// Closed with nobody hired.
    Closed(i64),
}

/// What became of an opening.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Life {
    pub opened_at: Option<i64>,
    pub standing: Standing,
    /// When fills were made that were undone.
    pub undone: Vec<i64>,
}

impl Life {
    /// `changes` in their order. A release gives the opening back to the time it was opened in, unless it is opened anew.
    pub fn of(changes: &[(i64, OpeningChange)], basis: Basis) -> Self {
        let mut life = Self { opened_at: None, standing: Standing::Planned, undone: Vec::new() };
        let mut is_released = false;
        for (at, change) in changes {
            match (change, life.standing) {
                (OpeningChange::Opened, Standing::Filled(..)) => {}
                (OpeningChange::Opened, Standing::Open) if !is_released => {}
                (OpeningChange::Opened, _) => {
                    if basis == Basis::CurrentOpen || life.opened_at.is_none() {
                        life.opened_at = Some(*at);
                    }
                    (life.standing, is_released) = (Standing::Open, false);
                }
                (OpeningChange::Filled(filled_at, end), _) => {
                    life.standing = Standing::Filled(*filled_at, *end);
                }
                (OpeningChange::Released, Standing::Filled(filled_at, _)) => {
                    life.undone.push(filled_at);
                    (life.standing, is_released) = (Standing::Open, true);
                }
                (OpeningChange::Released, _) | (OpeningChange::Closed, Standing::Filled(..)) => {}
                (OpeningChange::Closed, _) => life.standing = Standing::Closed(*at),
            }
        }
        life
    }
}

/// When a job was paused, in order.
pub type Pauses = Vec<(i64, i64)>;

/// Seconds from one instant to another, but for those in pauses.
pub fn net_seconds(from: i64, to: i64, pauses: &[(i64, i64)]) -> i64 {
    let overlap = |(begin, end): &(i64, i64)| (to.min(*end) - from.max(*begin)).max(0);
    let paused: i64 = pauses.iter().map(overlap).sum();
    calendar::seconds(from, to - paused)
}

#[derive(Clone, Default)]
pub(super) struct Tally {
    gross: Vec<i64>,
    net: Vec<i64>,
    open_gross: Vec<i64>,
    open_net: Vec<i64>,
    closed: Vec<(i64, i64)>,
    end_source: EndSource,
    excluded: Excluded,
}

/// Which life, of which job, and how it is looked at.
struct Opening<'a> {
    life: &'a Life,
    pauses: &'a [(i64, i64)],
    window: Window,
    as_of: i64,
}

impl Opening<'_> {
    fn lasted(&self, to: i64) -> Option<(i64, i64)> {
        let from = self.life.opened_at.filter(|from| *from <= to)?;
        Some((calendar::seconds(from, to), net_seconds(from, to, self.pauses)))
    }

    /// What its month goes by; what is still open is in none.
    fn ended_at(&self) -> Option<i64> {
        match self.life.standing {
            Standing::Filled(at, _) | Standing::Closed(at) => Some(at),
            Standing::Open | Standing::Planned => None,
        }
    }

    fn count(&self, tally: &mut Tally) {
        match self.life.standing {
            Standing::Filled(at, end) if self.window.contains(at) => match self.lasted(at) {
                Some((gross, net)) => {
                    tally.gross.push(gross);
                    tally.net.push(net);
                    tally.end_source.count(end);
                }
                None => exclude(&mut tally.excluded, "invalid_order"),
            },
            Standing::Closed(at) if self.window.contains(at) => {
                exclude(&mut tally.excluded, "closed_unfilled");
                tally.closed.extend(self.lasted(at));
            }
            Standing::Open if self.life.opened_at.is_none_or(|at| self.window.begins_before_end(at)) => {
                if let Some((gross, net)) = self.lasted(self.as_of) {
                    tally.open_gross.push(gross);
                    tally.open_net.push(net);
                }
            }
            _ => {}
        }
    }
}

impl Tally {
    pub(super) fn figures(self, rules: Rules) -> TimeToFill {
        let survival = |ended: &[i64], open: &[i64], closed: &mut dyn Iterator<Item = i64>| {
            let ended = ended.iter().map(|seconds| (*seconds, true));
            let open = open.iter().map(|seconds| (*seconds, false));
            Survival::of(ended.chain(open).chain(closed.map(|seconds| (seconds, false))).collect())
        };
        let kaplan_meier = rules.estimator.map(|Estimator::Km| FillSurvival {
            gross: survival(&self.gross, &self.open_gross, &mut self.closed.iter().map(|closed| closed.0)),
            net: survival(&self.net, &self.open_net, &mut self.closed.iter().map(|closed| closed.1)),
        });
        TimeToFill {
            gross: Durations::of(self.gross),
            net: Durations::of(self.net),
            end_source: self.end_source,
            excluded: self.excluded,
            censored: self.open_gross.len() as u64,
            open: OpenFor { gross: Durations::of(self.open_gross), net: Durations::of(self.open_net) },
            kaplan_meier,
        }
    }
}

/// # Errors
/// The database's.
pub(super) async fn report(
    tx: &mut Tx,
    frame: &Frame,
    rules: Rules,
    group_by: Option<GroupBy>,
) -> Result<Report<TimeToFill>> {
    let grouping = Grouping::new(group_by, frame);
    let groups = tally(tx, frame, rules, &grouping).await?;
    Ok(groups.report(frame, &grouping, &Sources::default(), |tally| tally.figures(rules)))
}

pub(super) async fn tally(
    tx: &mut Tx,
    frame: &Frame,
    rules: Rules,
    grouping: &Grouping,
) -> Result<Groups<Tally>> {
    let as_of = Time::from_timestamp_micros(frame.as_of).unwrap_or_default();
    let rows = store::list_opening_changes(tx, frame.job_digits(), as_of).await?;
    let pauses = pauses(tx, frame, as_of).await?;
    let mut groups = Groups::new(Tally::default());
    let mut changes = Vec::new();
    for rows in rows.chunk_by(|a, b| a.opening_id == b.opening_id) {
        let Some(job) = frame.jobs.get(&rows[0].job_id) else { continue };
        read_changes(rows, frame.as_of, rules.end, &mut changes)?;
        let life = Life::of(&changes, rules.basis);
        let pauses = pauses.get(&job.id).map(Vec::as_slice).unwrap_or_default();
        let opening = Opening { life: &life, pauses, window: frame.window, as_of: frame.as_of };
        if job.is_evergreen() && !rules.include_evergreen && life.standing != Standing::Planned {
            let key = grouping.key_of(job, None, opening.ended_at());
            groups.add(key, |tally| exclude(&mut tally.excluded, "evergreen"));
            continue;
        }
        for undone in life.undone.iter().filter(|at| frame.window.contains(**at)) {
            let key = grouping.key_of(job, None, Some(*undone));
            groups.add(key, |tally| exclude(&mut tally.excluded, "unhired"));
        }
        groups.add(grouping.key_of(job, None, opening.ended_at()), |tally| opening.count(tally));
    }
    Ok(groups)
}

/// What the rows of one opening say.
fn read_changes(
    rows: &[OpeningRow],
    as_of: i64,
    end: End,
    changes: &mut Vec<(i64, OpeningChange)>,
) -> Result<()> {
    changes.clear();
    let (mut timeline, mut history) = (Timeline::default(), History::default());
    for row in rows {
        let at = row.occurred_at.timestamp_micros();
        let change = match row.kind.as_str() {
            "opened" => OpeningChange::Opened,
            "filled" => {
                timeline.read(row.steps.as_deref().unwrap_or_default())?;
                history.play(&timeline, as_of);
                let (filled_at, end) =
                    history.hire(end == End::OfferAccepted).unwrap_or((at, HireEnd::Hired));
                OpeningChange::Filled(filled_at, end)
            }
            "released" => OpeningChange::Released,
            _ => OpeningChange::Closed,
        };
        changes.push((at, change));
    }
    Ok(())
}

/// When each job was paused until then.
async fn pauses(tx: &mut Tx, frame: &Frame, as_of: Time) -> Result<HashMap<JobId, Pauses>> {
    let rows = store::list_status_changes(tx, frame.job_digits(), as_of).await?;
    let mut pauses: HashMap<JobId, Pauses> = HashMap::new();
    for rows in rows.chunk_by(|a, b| a.job_id == b.job_id) {
        let ends = rows[1..].iter().map(|row| row.occurred_at.timestamp_micros()).chain([frame.as_of]);
        for (row, end) in rows.iter().zip(ends).filter(|(row, _)| row.to_status == "paused") {
            pauses.entry(row.job_id).or_default().push((row.occurred_at.timestamp_micros(), end));
        }
    }
    Ok(pauses)
}

#[cfg(test)]
mod tests {
    use super::{Basis, HireEnd, Life, OpeningChange, Standing, net_seconds};

    const OPENED: OpeningChange = OpeningChange::Opened;
    const RELEASED: OpeningChange = OpeningChange::Released;
    const CLOSED: OpeningChange = OpeningChange::Closed;

    const fn filled(at: i64) -> OpeningChange {
        OpeningChange::Filled(at, HireEnd::Hired)
    }

    #[test]
    fn an_opening_that_is_opened_again_begins_anew() {
        let changes = [(1, OPENED), (5, CLOSED), (9, OPENED), (12, filled(12))];
        let life = Life::of(&changes, Basis::CurrentOpen);
        assert_eq!((life.opened_at, life.standing), (Some(9), Standing::Filled(12, HireEnd::Hired)));
        assert_eq!(Life::of(&changes, Basis::FirstOpen).opened_at, Some(1));
    }

    #[test]
    fn a_hire_that_is_undone_gives_the_opening_back() {
        let changes = [(1, OPENED), (5, filled(4)), (7, RELEASED), (9, filled(9))];
        for (until, opened_at, standing, undone) in [
            (2, Some(1), Standing::Filled(4, HireEnd::Hired), vec![]),
            (3, Some(1), Standing::Open, vec![4]),
            (4, Some(1), Standing::Filled(9, HireEnd::Hired), vec![4]),
        ] {
            let life = Life::of(&changes[..until], Basis::CurrentOpen);
            assert_eq!(life, Life { opened_at, standing, undone });
        }
        let anew = Life::of(&[(1, OPENED), (5, filled(5)), (7, RELEASED), (8, OPENED)], Basis::CurrentOpen);
        assert_eq!(anew.opened_at, Some(8));
    }

    #[test]
    fn what_makes_no_sense_changes_nothing() {
        let changes = [(1, OPENED), (2, OPENED), (3, RELEASED), (5, filled(5)), (6, OPENED), (7, CLOSED)];
        let life = Life::of(&changes, Basis::CurrentOpen);
        assert_eq!((life.opened_at, life.standing), (Some(1), Standing::Filled(5, HireEnd::Hired)));
        assert_eq!(Life::of(&[], Basis::CurrentOpen).standing, Standing::Planned);
        assert_eq!(Life::of(&[(3, CLOSED)], Basis::CurrentOpen).standing, Standing::Closed(3));
    }

    #[test]
    fn pauses_are_taken_off_as_far_as_they_overlap() {
        const S: i64 = 1_000_000;
        let pauses = [(0, 5 * S), (10 * S, 20 * S), (90 * S, 200 * S)];
        assert_eq!(net_seconds(2 * S, 100 * S, &pauses), 98 - 3 - 10 - 10);
        assert_eq!(net_seconds(12 * S, 15 * S, &pauses), 0);
        assert_eq!(net_seconds(30 * S, 40 * S, &[]), 10);
    }
}
