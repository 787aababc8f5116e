//! What sources cost, in the figures about them. A cost is spread evenly over its span, and counts as far as that lies within
//! the span asked for and in the past: whoever pays for a year has paid a twelfth of it after a month.

use std::collections::BTreeMap;

use serde::Serialize;
use utoipa::ToSchema;

use super::calendar;
use super::frame::Frame;
use super::groups::{GroupBy, Report};
use super::sources::{SourceEffectiveness, SourceFigures};
use crate::db::Tx;
use crate::error::Result;
use crate::resources::source_costs::{self, SourceCost};

/// What a source cost, in one currency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct CostFigure {
    /// ISO 4217.
    #[schema(example = "EUR", pattern = "^[A-Z]{3}$")]
    pub currency: String,
    /// In the currency's minor unit.
    #[schema(example = 120_000)]
    pub cost: i64,
    /// The cost by the hires: `null` of nobody.
    #[schema(example = 60_000)]
    pub cost_per_hire: Option<i64>,
}

/// Adds costs to the figures of everything, and to those of each month. Costs are the tenant's as a whole: figures of single
/// jobs or departments have none.
///
/// # Errors
/// The database's.
pub(super) async fn add(tx: &mut Tx, frame: &Frame, report: &mut Report<SourceEffectiveness>) -> Result<()> {
    if !frame.is_whole() {
        return Ok(());
    }
    let wanted = |cost: &SourceCost| frame.source.as_ref().is_none_or(|source| *source == cost.source);
    let costs: Vec<_> = source_costs::store::list_all(tx).await?.into_iter().filter(wanted).collect();
    let from = frame.window.from.unwrap_or(i64::MIN);
    let to = frame.window.to.map_or(frame.as_of, |to| to.min(frame.as_of));
    spread(frame, &costs, (from, to), &mut report.total);
    if report.group_by != Some(GroupBy::Month) {
        return Ok(());
    }
    for group in &mut report.groups {
        let month = group.key.as_deref().and_then(|month| calendar::span_of_month(month, frame.zone));
        if let Some((begins, ends)) = month {
            spread(frame, &costs, (begins.max(from), ends.min(to)), &mut group.figures);
        }
    }
    Ok(())
}

fn spread(frame: &Frame, costs: &[SourceCost], span: (i64, i64), figures: &mut SourceEffectiveness) {
    let mut by_source: BTreeMap<&str, BTreeMap<&str, f64>> = BTreeMap::new();
    for cost in costs {
        let Some(own) = calendar::span(&cost.starts_on, &cost.ends_on, frame.zone) else { continue };
        let share = share(own, span);
        if share > 0.0 {
            let sums = by_source.entry(&cost.source).or_default();
            #[expect(clippy::cast_precision_loss, reason = "a cost is far below 2^53")]
            let amount = cost.amount as f64 * share;
            *sums.entry(&cost.currency).or_default() += amount;
        }
    }
    for (source, sums) in by_source {
        let place = figures.sources.iter().position(|known| known.source.as_deref() == Some(source));
        let place = place.unwrap_or_else(|| {
            // Nobody came, and it cost all the same.
            figures.sources.push(SourceFigures::of_nobody(source));
            figures.sources.len() - 1
        });
        let known = &mut figures.sources[place];
        known.costs = sums.into_iter().map(|(currency, sum)| figure(currency, sum, known.hires)).collect();
    }
}

fn figure(currency: &str, sum: f64, hires: u64) -> CostFigure {
    #[expect(clippy::cast_precision_loss, reason = "nobody hires 2^53 people")]
    let per_hire = (hires > 0).then(|| whole(sum / hires as f64));
    CostFigure { currency: currency.into(), cost: whole(sum), cost_per_hire: per_hire }
}

#[expect(clippy::cast_possible_truncation, reason = "10,000 costs of 10^12 at most fit")]
fn whole(sum: f64) -> i64 {
    sum.round() as i64
}

/// How much of a span lies in another.
#[expect(
    clippy::cast_precision_loss,
    reason = "microseconds of some centuries, of which a few do not matter"
)]
fn share((begins, ends): (i64, i64), (from, to): (i64, i64)) -> f64 {
    let within = ends.min(to).saturating_sub(begins.max(from)).max(0);
    let all = ends.saturating_sub(begins).max(1);
    within as f64 / all as f64
}

#[cfg(test)]
mod tests {
    use super::{figure, share};

    #[test]
    fn a_cost_counts_as_far_as_its_span_lies_within() {
        for (span, expected) in [
            ((0, 100), 1.0),
            ((i64::MIN, 50), 0.5),
            ((25, 50), 0.25),
            ((-10, 0), 0.0),
            ((100, i64::MAX), 0.0),
            ((60, 40), 0.0),
        ] {
            assert!((share((0, 100), span) - expected).abs() < 1e-9, "{span:?}");
        }
    }

    #[test]
    fn the_cost_of_nobody_hired_is_no_number() {
        let (some, none) = (figure("EUR", 1_000.4, 3), figure("EUR", 1_000.4, 0));
        assert_eq!((some.cost, some.cost_per_hire), (1_000, Some(333)));
        assert_eq!((none.cost, none.cost_per_hire), (1_000, None));
    }
}
