//! Offers: how many are accepted, of those that were answered. Only the last version of an offer counts, in the span of
//! time it was sent in.

use std::sync::Arc;

use serde::Serialize;
use utoipa::ToSchema;

use super::frame::{Frame, Subject, Wanted};
use super::groups::{GroupBy, Grouping, Groups, Report};
use super::statistics::{Durations, Interval, ratio};
use super::timeline::{History, OfferEnd, OfferVersion};
use super::{Excluded, calendar, exclude};
use crate::db::Tx;
use crate::error::Result;

/// What became of offers.
#[derive(Debug, Serialize, ToSchema)]
pub struct OfferAcceptance {
    /// Offers sent in the span asked for, each in its last version.
    #[schema(example = 9)]
    pub sent: u64,
    #[schema(example = 6)]
    pub accepted: u64,
    #[schema(example = 2)]
    pub declined: u64,
    /// Sent and not answered yet.
    #[schema(example = 1)]
    pub pending: u64,
    #[schema(example = 0)]
    pub expired: u64,
    #[schema(example = 0)]
    pub rescinded: u64,
    /// Earlier versions of these offers.
    #[schema(example = 3)]
    pub superseded: u64,
    /// Made in the span asked for and not sent yet.
    #[schema(example = 1)]
    pub drafts: u64,
    /// Accepted, of those accepted or declined.
    #[schema(example = 0.75)]
    pub acceptance_rate: Option<f64>,
    /// Where the true rate is likely to lie (95 %).
    pub acceptance_rate_interval: Option<Interval>,
    /// From sending an offer until it was accepted or declined.
    pub time_to_decision: Durations,
    /// Not in the rate: `expired`, `rescinded`, `superseded`, `draft`; `discarded`: rescinded before it was sent.
    #[schema(value_type = BTreeMap<String, u64>, example = json!({ "superseded": 3 }))]
    pub excluded: Excluded,
    /// As `pending`.
    #[schema(example = 1)]
    pub censored: u64,
}

#[derive(Clone, Default)]
pub(super) struct Tally {
    accepted: u64,
    declined: u64,
    pending: u64,
    expired: u64,
    rescinded: u64,
    superseded: u64,
    drafts: u64,
    to_decision: Vec<i64>,
    excluded: Excluded,
}

impl Tally {
    fn count(&mut self, offer: OfferVersion) {
        match (offer.sent_at, offer.ended) {
            (Some(sent), Some((end, at))) => {
                self.count_end(end);
                if matches!(end, OfferEnd::Accepted | OfferEnd::Declined) {
                    self.to_decision.push(calendar::seconds(sent, at));
                }
            }
            (Some(_), None) => self.pending += 1,
            (None, Some((OfferEnd::Rescinded | OfferEnd::Expired, _))) => {
                exclude(&mut self.excluded, "discarded")
            }
            (None, Some((end, _))) => self.count_end(end),
            (None, None) => {
                self.drafts += 1;
                exclude(&mut self.excluded, "draft");
            }
        }
        self.superseded += offer.superseded;
        (0..offer.superseded).for_each(|_| exclude(&mut self.excluded, "superseded"));
    }

    fn count_end(&mut self, end: OfferEnd) {
        match end {
            OfferEnd::Accepted => self.accepted += 1,
            OfferEnd::Declined => self.declined += 1,
            OfferEnd::Expired => {
                self.expired += 1;
                exclude(&mut self.excluded, "expired");
            }
            OfferEnd::Rescinded => {
                self.rescinded += 1;
                exclude(&mut self.excluded, "rescinded");
            }
        }
    }

    pub(super) fn figures(self) -> OfferAcceptance {
        let Self { accepted, declined, pending, expired, rescinded, superseded, drafts, .. } = self;
        OfferAcceptance {
            sent: accepted + declined + pending + expired + rescinded,
            accepted,
            declined,
            pending,
            expired,
            rescinded,
            superseded,
            drafts,
            acceptance_rate: ratio(accepted, accepted + declined),
            acceptance_rate_interval: Interval::of(accepted, accepted + declined),
            time_to_decision: Durations::of(self.to_decision),
            excluded: self.excluded,
            censored: pending,
        }
    }
}

/// Counts the offer of one application, if it has any.
pub(super) fn count(
    groups: &mut Groups<Tally>,
    grouping: &Grouping,
    frame: &Frame,
    subject: &Subject<'_>,
    history: &History,
) {
    let Some(offer) = history.offer else { return };
    // One that nobody has sent goes by when it was made.
    let at = offer.sent_at.unwrap_or(offer.made_at);
    if frame.window.contains(at) {
        groups.add(grouping.key(subject, Some(at)), |tally| tally.count(offer));
    }
}

/// # Errors
/// The database's.
pub(super) async fn report(
    tx: &mut Tx,
    frame: &Arc<Frame>,
    group_by: Option<GroupBy>,
) -> Result<Report<OfferAcceptance>> {
    let grouping = Grouping::new(group_by, frame);
    let tallies = (Groups::new(Tally::default()), grouping);
    let counted =
        frame.count(tx, Wanted::default(), tallies, |frame, (groups, grouping), subject, history| {
            count(groups, grouping, frame, subject, history);
        });
    let ((groups, grouping), sources) = counted.await?;
    Ok(groups.report(frame, &grouping, &sources, Tally::figures))
}
