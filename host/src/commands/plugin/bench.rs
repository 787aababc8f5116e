//! `mortise plugin bench`: the same call again and again, one at a time, each in a sandbox of its own.

use std::io::IsTerminal;
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use super::run::{micros, open};
use super::{BenchOptions, print};
use crate::config::Config;
use crate::hooks::RunRecord;

/// Calls whose cost does not count: the first ones find cold caches.
const WARM_UP: usize = 3;
/// Of so many calls every figure is kept; more would not change what is printed.
const MOST_CALLS: usize = 1_000_000;

pub(super) async fn bench(config: &Config, options: &BenchOptions) -> anyhow::Result<()> {
    let stand = open(config, &options.call).await?;
    let input = stand.input(&options.call.input).await?;
    let call = async || {
        let (result, record) = stand.call(input.clone()).await;
        let failed = |failure: crate::hooks::Failure| {
            anyhow::anyhow!("the plugin has no answer: {} ({})", failure.message, failure.code)
        };
        result.map(|_| record).map_err(failed)
    };
    for _ in 0..WARM_UP {
        call().await?;
    }
    let lasts = Duration::from_secs(options.seconds.into());
    let bar = progress_bar(lasts);
    let began = Instant::now();
    let mut records = Vec::new();
    while records.is_empty() || (began.elapsed() < lasts && records.len() < MOST_CALLS) {
        records.push(call().await?);
        bar.set_position(micros(began.elapsed()));
    }
    let took = began.elapsed();
    bar.finish_and_clear();
    print(&report(&records, took))
}

fn report(records: &[RunRecord], took: Duration) -> Value {
    let rate = records.len() as f64 / took.as_secs_f64().max(f64::EPSILON);
    json!({
        "calls": records.len(),
        "calls_per_second": (rate * 10.0).round() / 10.0,
        "wall_micros": spread(records.iter().map(|record| micros(record.wall)).collect()),
        "cpu_micros": spread(records.iter().map(|record| micros(record.cpu)).collect()),
        "peak_memory": records.iter().map(|record| record.peak_memory).max(),
        "fuel": records.iter().filter_map(|record| record.fuel).max(),
    })
}

/// The middle, the hundredth from above, and the longest.
fn spread(mut of: Vec<u64>) -> Value {
    of.sort_unstable();
    let at = |share: usize| of.get((of.len() * share).div_ceil(100).saturating_sub(1));
    json!({ "p50": at(50), "p99": at(99), "max": of.last() })
}

fn progress_bar(lasts: Duration) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{wide_bar} {elapsed}").expect("the template is well-formed");
    ProgressBar::new(micros(lasts)).with_style(style)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::spread;

    #[test]
    fn the_middle_and_the_worst_are_of_whole_calls() {
        assert_eq!(spread(vec![7]), json!({ "p50": 7, "p99": 7, "max": 7 }));
        assert_eq!(spread((1..=100).rev().collect()), json!({ "p50": 50, "p99": 99, "max": 100 }));
        assert_eq!(spread((1..=1000).collect()), json!({ "p50": 500, "p99": 990, "max": 1000 }));
    }
}
