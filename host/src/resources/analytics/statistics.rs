//! The arithmetic behind the figures: percentiles, shares with their uncertainty, and medians of what has not ended yet.
//! Takes whole seconds, answers days.

use serde::Serialize;
use utoipa::ToSchema;

const SECONDS_A_DAY: f64 = 86_400.0;

/// How long something took, in days of 86,400 seconds; `null` where there is nothing to say it of.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Durations {
    /// How many there are.
    #[schema(example = 2)]
    pub n: usize,
    #[schema(example = 32.5)]
    pub mean: Option<f64>,
    #[schema(example = 32.5)]
    pub median: Option<f64>,
    /// Percentiles interpolate linearly (R-7, as `percentile_cont` does).
    #[schema(example = 28.75)]
    pub p25: Option<f64>,
    #[schema(example = 36.25)]
    pub p75: Option<f64>,
    #[schema(example = 38.5)]
    pub p90: Option<f64>,
    pub rounded: RoundedDurations,
}

/// The same, rounded to one decimal.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct RoundedDurations {
    #[schema(example = 32.5)]
    pub mean: Option<f64>,
    #[schema(example = 32.5)]
    pub median: Option<f64>,
    #[schema(example = 28.8)]
    pub p25: Option<f64>,
    #[schema(example = 36.3)]
    pub p75: Option<f64>,
    #[schema(example = 38.5)]
    pub p90: Option<f64>,
}

impl Durations {
    pub fn of(mut seconds: Vec<i64>) -> Self {
        seconds.sort_unstable();
        let total: i128 = seconds.iter().map(|seconds| i128::from(*seconds)).sum();
        let mean = ratio_of(total as f64, seconds.len() as f64).map(days);
        let at = |share| percentile(&seconds, share).map(days);
        let (median, p25, p75, p90) = (at(0.5), at(0.25), at(0.75), at(0.9));
        let rounded = RoundedDurations {
            mean: mean.map(rounded),
            median: median.map(rounded),
            p25: p25.map(rounded),
            p75: p75.map(rounded),
            p90: p90.map(rounded),
        };
        Self { n: seconds.len(), mean, median, p25, p75, p90, rounded }
    }
}

/// Seconds as days.
pub fn days(seconds: f64) -> f64 {
    seconds / SECONDS_A_DAY
}

/// To one decimal.
pub fn rounded(days: f64) -> f64 {
    (days * 10.0).round() / 10.0
}

/// The R-7 percentile of sorted values: at `share` of the way from the first to the last, between two values in proportion.
pub fn percentile(sorted: &[i64], share: f64) -> Option<f64> {
    let place = share * sorted.len().checked_sub(1)? as f64;
    let below = place.floor();
    let low = *sorted.get(below as usize)? as f64;
    let high = sorted.get(below as usize + 1).map_or(low, |high| *high as f64);
    Some(low + (place - below) * (high - low))
}

/// A share; nothing of nothing is nothing.
pub fn ratio(part: u64, whole: u64) -> Option<f64> {
    ratio_of(part as f64, whole as f64)
}

fn ratio_of(part: f64, whole: f64) -> Option<f64> {
    (whole > 0.0).then(|| part / whole)
}

/// Where a share may truly lie, with 95 % confidence, by Wilson's score.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct Interval {
    #[schema(example = 0.0615)]
    pub low: f64,
    #[schema(example = 0.7923)]
    pub high: f64,
}

impl Interval {
    pub fn of(part: u64, whole: u64) -> Option<Self> {
        const Z: f64 = 1.959_963_984_540_054;
        let share = ratio(part, whole)?;
        let n = whole as f64;
        let scale = 1.0 + Z * Z / n;
        let middle = (share + Z * Z / (2.0 * n)) / scale;
        let reach = Z / scale * (share * (1.0 - share) / n + Z * Z / (4.0 * n * n)).sqrt();
        // At none and at all the formula ends exactly there; the machine's arithmetic nearly.
        let low = if part == 0 { 0.0 } else { (middle - reach).max(0.0) };
        let high = if part >= whole { 1.0 } else { (middle + reach).min(1.0) };
        Some(Self { low, high })
    }
}

/// What the Kaplan–Meier estimator makes of durations of which some have not ended yet.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Survival {
    /// How many there are, ended or not.
    #[schema(example = 5)]
    pub n: usize,
    /// How many have ended.
    #[schema(example = 4)]
    pub ended: usize,
    /// Days after which at most half go on; `null` while more than half do at the end.
    #[schema(example = 4.0)]
    pub median: Option<f64>,
    #[schema(example = 4.0)]
    pub median_rounded: Option<f64>,
    /// The share that goes on after so many days; at most a hundred points of it.
    pub curve: Vec<SurvivalPoint>,
}

/// A step of a survival curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, ToSchema)]
pub struct SurvivalPoint {
    #[schema(example = 4.0)]
    pub days: f64,
    #[schema(example = 0.4)]
    pub share: f64,
}

/// The machine's product of shares may miss a half by a hair.
const HALF: f64 = 0.5 + 1e-9;

/// Most points of a curve that are told.
const POINTS: usize = 100;

impl Survival {
    /// Of durations in seconds, each with whether it has ended.
    pub fn of(mut durations: Vec<(i64, bool)>) -> Self {
        // Who leaves at the very moment something ends was still there for it.
        durations.sort_unstable_by_key(|(seconds, ended)| (*seconds, !ended));
        let mut steps = Vec::new();
        let mut share = 1.0;
        let mut at_risk = durations.len();
        for same in durations.chunk_by(|a, b| a.0 == b.0) {
            let ended = same.iter().filter(|(_, ended)| *ended).count();
            if ended > 0 {
                share *= 1.0 - ended as f64 / at_risk as f64;
                steps.push((same[0].0, share));
            }
            at_risk -= same.len();
        }
        let median = steps.iter().find(|(_, share)| *share <= HALF).map(|(seconds, _)| days(*seconds as f64));
        let point = |(seconds, share): (i64, f64)| SurvivalPoint { days: days(seconds as f64), share };
        Self {
            n: durations.len(),
            ended: durations.iter().filter(|(_, ended)| *ended).count(),
            median,
            median_rounded: median.map(rounded),
            curve: thinned(steps).into_iter().map(point).collect(),
        }
    }
}

/// Of a long curve the steps at which it has come down by another hundredth.
fn thinned(steps: Vec<(i64, f64)>) -> Vec<(i64, f64)> {
    if steps.len() <= POINTS {
        return steps;
    }
    let mut left = POINTS as f64;
    let mut falls = |(_, share): &(i64, f64)| {
        let level = (share * POINTS as f64).floor();
        let is_lower = level < left;
        left = left.min(level);
        is_lower
    };
    steps.into_iter().filter(|step| falls(step)).collect()
}

#[cfg(test)]
mod tests {
    use super::{Durations, Interval, Survival, percentile};

    const DAY: i64 = 86_400;

    #[test]
    fn percentiles_interpolate_between_the_two_nearest() {
        let sorted = [1, 2, 3, 4];
        for (share, value) in [(0.0, 1.0), (0.25, 1.75), (0.5, 2.5), (0.75, 3.25), (0.9, 3.7), (1.0, 4.0)] {
            let found = percentile(&sorted, share).expect("there are values");
            assert!((found - value).abs() < 1e-9, "{share}: {found}");
        }
        assert_eq!(percentile(&[], 0.5), None);
        assert_eq!(percentile(&[7], 0.9), Some(7.0));
    }

    #[test]
    fn durations_are_days_also_rounded() {
        let duration = Durations::of(vec![40 * DAY, 25 * DAY + DAY / 4]);
        assert_eq!((duration.n, duration.mean, duration.median), (2, Some(32.625), Some(32.625)));
        assert_eq!(duration.rounded.mean, Some(32.6));
        assert_eq!(Durations::of(Vec::new()), Durations::default());
    }

    #[test]
    fn the_interval_of_a_share_is_wilsons() {
        let interval = Interval::of(1, 3).expect("of three");
        assert!(
            (interval.low - 0.061_49).abs() < 1e-5 && (interval.high - 0.792_34).abs() < 1e-5,
            "{interval:?}"
        );
        assert_eq!(Interval::of(0, 5).map(|interval| interval.low), Some(0.0));
        assert_eq!(Interval::of(5, 5).map(|interval| interval.high), Some(1.0));
        assert_eq!(Interval::of(0, 0), None);
    }

    #[test]
    fn what_goes_on_counts_as_long_as_it_was_seen() {
        let survival = Survival::of(vec![
            (3 * DAY, true),
            (4 * DAY, true),
            (5 * DAY, true),
            (2 * DAY, true),
            (7 * DAY, false),
        ]);
        let curve: Vec<_> =
            survival.curve.iter().map(|point| (point.days, (point.share * 10.0).round())).collect();
        assert_eq!(curve, [(2.0, 8.0), (3.0, 6.0), (4.0, 4.0), (5.0, 2.0)]);
        assert_eq!((survival.n, survival.ended, survival.median), (5, 4, Some(4.0)));
        assert_eq!(Survival::of(vec![(DAY, false), (2 * DAY, true), (3 * DAY, false)]).median, Some(2.0));
        assert_eq!(Survival::of(vec![(DAY, true), (2 * DAY, false), (3 * DAY, false)]).median, None);
    }

    #[test]
    fn a_long_curve_is_thinned() {
        let survival = Survival::of((1..=10_000).map(|seconds| (seconds, true)).collect());
        assert_eq!(survival.median, Some(5_000.0 / 86_400.0));
        assert!((90..=101).contains(&survival.curve.len()), "{}", survival.curve.len());
    }
}
