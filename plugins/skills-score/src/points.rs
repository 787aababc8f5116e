//! Hundredths of a point: shared out by weight without a rest, and shown as decimals.

/// Shares a whole by weights: each gets its part rounded down, and the rest goes to the largest remainders, the earlier
/// first.
pub(crate) fn share(whole: u64, weights: &[f64]) -> Vec<u64> {
    let sum: f64 = weights.iter().sum();
    if sum <= 0.0 {
        return vec![0; weights.len()];
    }
    let exact: Vec<f64> = weights.iter().map(|weight| whole as f64 * weight / sum).collect();
    let mut shares: Vec<u64> = exact.iter().map(|part| part.floor() as u64).collect();
    let given: u64 = shares.iter().sum();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    let rest = |index: usize| exact[index] - exact[index].floor();
    order.sort_by(|one, other| rest(*other).total_cmp(&rest(*one)).then(one.cmp(other)));
    let left = usize::try_from(whole.saturating_sub(given)).unwrap_or(0);
    for index in order.into_iter().take(left) {
        shares[index] += 1;
    }
    shares
}

/// So much of it, 0 to 1, to the nearest hundredth.
pub(crate) fn of(whole: u64, degree: f64) -> u64 {
    (whole as f64 * degree.clamp(0.0, 1.0)).round() as u64
}

/// In points.
pub(crate) fn shown(hundredths: u64) -> f64 {
    hundredths as f64 / 100.0
}

#[cfg(test)]
mod tests {
    use super::{of, share};

    #[test]
    fn nothing_is_lost_in_sharing() {
        for weights in [&[1.0, 1.0, 1.0][..], &[60.0, 15.0, 10.0, 10.0, 5.0], &[0.1, 0.7], &[3.0]] {
            assert_eq!(share(10_000, weights).iter().sum::<u64>(), 10_000, "{weights:?}");
        }
        assert_eq!(share(10_000, &[1.0, 1.0, 1.0]), [3_334, 3_333, 3_333]);
        assert_eq!(share(10_000, &[0.0, 0.0]), [0, 0]);
        assert_eq!((of(3_333, 0.5), of(7, 2.0)), (1_667, 7));
    }
}
