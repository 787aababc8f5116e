//! What holds of figures whatever happened to the applications.

use std::sync::Arc;

use mortise_host::resources::analytics::frame::Window;
use mortise_host::resources::analytics::ladder::Ladder;
use mortise_host::resources::analytics::stage_conversion::{self, Population, Reached, StageConversion};
use mortise_host::resources::analytics::statistics::{Durations, Interval, Survival, percentile};
use mortise_host::resources::analytics::time_in_stage::{self, TimeInStage, Unit};
use mortise_host::resources::analytics::timeline::{History, Outcome, Timeline};
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::{Strategy, any, prop_oneof, proptest};
use proptest::sample::select;

/// Something that happens: how, to which stage, how long after what was before, and how long after that it is voided.
#[derive(Clone, Debug)]
struct Happening {
    how: char,
    stage: usize,
    after: i64,
    voided_after: Option<i64>,
}

const STAGES: [char; 5] = ['a', 's', 'i', 'o', 'h'];

fn happening() -> impl Strategy<Value = Happening> {
    let how = prop_oneof![5 => select(vec!['m']), 3 => select(vec!['h', 'r', 'w', 't', 'o'])];
    let after = prop_oneof![1 => 0..2_i64, 4 => 0..40_000_000_i64];
    (how, 0..5_usize, after, weighted(0.15, 0..60_000_000_i64)).prop_map(
        |(how, stage, after, voided_after)| {
            let stage = if how == 'h' { 4 } else { stage };
            Happening { how, stage, after, voided_after }
        },
    )
}

/// An application's happenings, in the order of time: the first is that it came in.
fn application() -> impl Strategy<Value = Vec<(i64, Happening)>> {
    (0..50_000_000_i64, vec(happening(), 0..8)).prop_map(|(begins, happenings)| {
        let applied = Happening { how: 'a', stage: 0, after: begins, voided_after: None };
        let mut now = 0;
        let timed = |happening: Happening| {
            now += happening.after;
            (now, happening)
        };
        [applied].into_iter().chain(happenings).map(timed).collect()
    })
}

/// As it is kept.
fn text<'a>(happenings: impl IntoIterator<Item = &'a (i64, Happening)>) -> String {
    let word = |(at, happening): &(i64, Happening)| {
        let Happening { how, stage, voided_after, .. } = happening;
        let voided = voided_after.map(|after| format!("~{}", at + after)).unwrap_or_default();
        format!("{how}{}{stage}:{at}{voided}", STAGES[*stage])
    };
    happenings.into_iter().map(word).collect::<Vec<_>>().join(" ")
}

fn play(text: &str, as_of: i64) -> Option<History> {
    let (mut timeline, mut history) = (Timeline::default(), History::default());
    timeline.read(text).expect("it is a timeline");
    history.play(&timeline, as_of).then_some(history)
}

fn conversion(histories: &[History], population: Population, reached: Reached) -> StageConversion {
    let mut tally = stage_conversion::Tally::new(Arc::new(Ladder::of_kinds()));
    histories
        .iter()
        .for_each(|history| tally.count(stage_conversion::Rules { population, reached }, history));
    tally.figures()
}

fn reached(conversion: &StageConversion) -> Vec<u64> {
    conversion.stages.iter().map(|stage| stage.reached).collect()
}

const LATE: i64 = 1_000_000_000;

proptest! {
    #[test]
    fn with_jumps_filled_in_nobody_gets_further_than_before(
        applications in vec(application(), 1..12), as_of in 0..200_000_000_i64,
    ) {
        let histories: Vec<_> = applications.iter().filter_map(|told| play(&text(told), as_of)).collect();
        for population in [Population::Concluded, Population::All] {
            let filled = conversion(&histories, population, Reached::Filled);
            let actual = conversion(&histories, population, Reached::Actual);

            assert!(reached(&filled).windows(2).all(|pair| pair[0] >= pair[1]), "{filled:?}");
            assert!(filled.stages.iter().all(|stage| !stage.exceeds_one));
            assert_eq!(filled.stages[0].reached, filled.counted);
            let pairs = reached(&actual).into_iter().zip(reached(&filled));
            assert!(pairs.into_iter().all(|(actual, filled)| actual <= filled), "{actual:?} {filled:?}");
            for stage in &actual.stages {
                assert_eq!(stage.exceeds_one, stage.step.is_some_and(|step| step > 1.0));
            }
        }
    }

    #[test]
    fn everybody_is_somewhere(applications in vec(application(), 0..12), as_of in 0..200_000_000_i64) {
        let histories: Vec<_> = applications.iter().filter_map(|told| play(&text(told), as_of)).collect();
        let all = conversion(&histories, Population::All, Reached::Filled);
        let concluded = conversion(&histories, Population::Concluded, Reached::Filled);

        let transferred = all.excluded.get("transferred").copied().unwrap_or_default();
        assert_eq!(all.cohort, histories.len() as u64);
        assert_eq!(all.cohort, all.counted + transferred);
        assert_eq!(all.counted, concluded.counted + concluded.censored);
        assert_eq!(concluded.counted, all.hired + all.rejected + all.withdrawn);
        let ended = |stage: &stage_conversion::StageFigures| {
            stage.exits.rejected + stage.exits.withdrawn + stage.exits.transferred + stage.active
        };
        assert_eq!(all.stages.iter().map(ended).sum::<u64>() + all.hired, all.cohort);
    }

    #[test]
    fn visits_follow_one_another(told in application(), as_of in 0..200_000_000_i64) {
        let Some(history) = play(&text(&told), as_of) else { return Ok(()) };

        for pair in history.visits.windows(2) {
            let (left_at, _) = pair[0].left.expect("whoever enters a stage has left the one before");
            assert!(pair[0].entered_at <= left_at && left_at <= pair[1].entered_at, "{history:?}");
        }
        let last = history.visits.last().expect("something happened");
        let goes_on = matches!(history.outcome, Outcome::Active | Outcome::Hired);
        assert_eq!(last.left.is_none(), goes_on, "{history:?}");
        assert_eq!(history.hired_at.is_some(), history.outcome == Outcome::Hired, "{history:?}");
        assert!(history.started_at <= as_of);
    }

    #[test]
    fn what_comes_later_is_not_known_yet(told in application(), as_of in 0..200_000_000_i64) {
        let until: Vec<_> = told.iter().filter(|(at, _)| *at <= as_of).cloned().collect();
        assert_eq!(format!("{:?}", play(&text(&told), as_of)), format!("{:?}", play(&text(&until), as_of)));
    }

    #[test]
    fn what_was_voided_has_never_been(told in application()) {
        let standing: Vec<_> = told.iter().filter(|(_, happening)| happening.voided_after.is_none()).collect();
        let (with, without) = (play(&text(&told), LATE), play(&text(standing.into_iter()), LATE));
        // That a hire was undone is remembered; nothing else is.
        let plain = |history: Option<History>| history.map(|history| History { undone_hire_at: None, ..history });
        assert_eq!(format!("{:?}", plain(with)), format!("{:?}", plain(without)));
    }

    #[test]
    fn sums_of_applications_are_sums_of_visits(applications in vec(application(), 1..8)) {
        let histories: Vec<_> = applications.iter().filter_map(|told| play(&text(told), LATE)).collect();
        let times = |unit| -> TimeInStage {
            let mut tally = time_in_stage::Tally::new(Arc::new(Ladder::of_kinds()));
            let rules = time_in_stage::Rules { unit, ..time_in_stage::Rules::default() };
            // Who is still there would count in one and not in the other.
            let ended = histories.iter().filter(|history| history.visits.iter().all(|visit| visit.left.is_some()));
            ended.for_each(|history| tally.count(rules, Window::default(), LATE, history, || None));
            tally.figures(rules)
        };
        let total = |times: &TimeInStage| -> f64 {
            times.stages.iter().map(|stage| stage.duration.mean.unwrap_or(0.0) * stage.duration.n as f64).sum()
        };
        let (visits, applications) = (times(Unit::Visit), times(Unit::Application));

        assert!((total(&visits) - total(&applications)).abs() < 1e-6);
        for (visits, applications) in visits.stages.iter().zip(&applications.stages) {
            assert!(applications.duration.n <= visits.duration.n);
            assert_eq!((visits.censored, applications.censored), (0, 0));
        }
    }

    #[test]
    fn a_timeline_that_is_none_is_refused_without_a_panic(text in any::<String>(), word in "[amhrwtodeynx]?[asioh]?-?[0-9]{0,20}!?:?[0-9~]{0,22}") {
        let _ = Timeline::default().read(&text);
        let _ = Timeline::default().read(&word);
    }

    #[test]
    fn percentiles_rise_between_the_least_and_the_most(mut values in vec(0..10_000_000_i64, 1..60), shares in vec(0.0..=1.0_f64, 2)) {
        values.sort_unstable();
        let at = |share| percentile(&values, share).expect("there are values");
        let (low, high) = (shares[0].min(shares[1]), shares[0].max(shares[1]));

        assert!(at(low) <= at(high));
        assert!(at(0.0) == values[0] as f64 && at(1.0) == values[values.len() - 1] as f64);
        let durations = Durations::of(values.clone());
        let ordered = [durations.p25, durations.median, durations.p75, durations.p90].map(|days| days.expect("some"));
        assert!(ordered.is_sorted(), "{durations:?}");
        let mean = values.iter().sum::<i64>() as f64 / values.len() as f64 / 86_400.0;
        assert!((durations.mean.expect("some") - mean).abs() < 1e-9);
    }

    #[test]
    fn a_share_lies_in_its_interval(part in 0..500_u64, more in 0..500_u64) {
        let whole = part + more;
        let Some(interval) = Interval::of(part, whole) else {
            assert_eq!(whole, 0);
            return Ok(());
        };
        let share = part as f64 / whole as f64;
        assert!(0.0 <= interval.low && interval.low <= share && share <= interval.high && interval.high <= 1.0);
        let surer = Interval::of(part * 10, whole * 10).expect("of some");
        assert!(surer.high - surer.low < interval.high - interval.low);
    }

    #[test]
    fn survival_falls_and_is_plain_when_everything_ended(durations in vec((0..1_000_i64, any::<bool>()), 1..40)) {
        let survival = Survival::of(durations.clone());
        assert!(survival.curve.windows(2).all(|pair| pair[0].share >= pair[1].share && pair[0].days < pair[1].days));
        assert!(survival.curve.iter().all(|point| (0.0..=1.0).contains(&point.share)));
        assert_eq!(survival.ended, durations.iter().filter(|(_, ended)| *ended).count());

        let all: Vec<_> = durations.iter().map(|(seconds, _)| (*seconds, true)).collect();
        let mut sorted: Vec<_> = all.iter().map(|(seconds, _)| *seconds).collect();
        sorted.sort_unstable();
        let middle = sorted[(sorted.len() - 1) / 2] as f64 / 86_400.0;
        assert_eq!(Survival::of(all).median, Some(middle), "the lower of the two in the middle");
    }
}
