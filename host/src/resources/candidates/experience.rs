//! How long somebody has worked, derived from the posts of a résumé: months in which there was one, counted once.

use chrono::Datelike;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::clock::Time;
use crate::unified_resume::Work;

/// By years of work: under 1, under 3, under 6, under 10, and from there on.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, sqlx::Type, ToSchema,
)]
#[serde(rename_all = "snake_case")]
#[sqlx(type_name = "text", rename_all = "snake_case")]
#[schema(as = CandidateLevel)]
pub enum Level {
    Entry,
    Junior,
    Mid,
    Senior,
    Lead,
}

impl Level {
    pub fn of(months: i64) -> Self {
        match months {
            ..12 => Level::Entry,
            12..36 => Level::Junior,
            36..72 => Level::Mid,
            72..120 => Level::Senior,
            _ => Level::Lead,
        }
    }
}

/// Months with work until now. Nothing when there are posts and none of them says when it began.
pub fn months(work: &[Work], now: Time) -> Option<i64> {
    let present = month(i64::from(now.year()), i64::from(now.month()));
    let mut periods: Vec<_> = work.iter().filter_map(|post| period(post, present)).collect();
    if periods.is_empty() && !work.is_empty() {
        return None;
    }
    periods.sort_unstable();
    let (mut total, mut counted_to) = (0, i64::MIN);
    for (first, last) in periods {
        let from = first.max(counted_to.saturating_add(1));
        total += (last - from + 1).max(0);
        counted_to = counted_to.max(last);
    }
    Some(total)
}

fn month(year: i64, month: i64) -> i64 {
    year * 12 + month - 1
}

/// First and last month of a post. One without an end that is not current counts for the month in which it began.
fn period(post: &Work, present: i64) -> Option<(i64, i64)> {
    let first = read(post.start_date.as_deref()?)?;
    let last = match post.end_date.as_deref().and_then(read) {
        _ if post.is_current => present,
        // From one year to another: as many years as lie between them, from the middle to the middle.
        Some(end) if end.is_year && first.is_year => end.month - 1,
        Some(end) => end.month,
        None => first.month,
    };
    let last = last.min(present).max(first.month);
    (first.month <= present).then_some((first.month, last))
}

struct Date {
    month: i64,
    is_year: bool,
}

/// `YYYY`, `YYYY-MM` or `YYYY-MM-DD`; a year alone stands for its middle.
fn read(text: &str) -> Option<Date> {
    let mut parts = text.trim().split(['-', 'T']);
    let year = parts.next().filter(|year| year.len() == 4)?.parse().ok().filter(|year| *year >= 1900)?;
    match parts.next() {
        None => Some(Date { month: month(year, 7), is_year: true }),
        Some(text) => {
            let of_year = text.parse().ok().filter(|of_year| (1..=12).contains(of_year))?;
            Some(Date { month: month(year, of_year), is_year: false })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Level, months};
    use crate::unified_resume::Work;

    fn posts(dates: &[(&str, &str)]) -> Vec<Work> {
        let given = |text: &str| (!text.is_empty()).then(|| text.to_owned());
        let post = |(start, end): &(&str, &str)| Work {
            start_date: given(start),
            end_date: given(end).filter(|end| end != "now"),
            is_current: *end == "now",
            ..Work::default()
        };
        dates.iter().map(post).collect()
    }

    fn count(dates: &[(&str, &str)]) -> Option<i64> {
        months(&posts(dates), "2026-03-02T09:00:00Z".parse().expect("it is a time"))
    }

    #[test]
    fn months_with_work_count_once() {
        for (dates, expected) in [
            (&[("2019-01", "2019-03")][..], 3),
            (&[("2019-01-15", "2019-03-01")], 3),
            (&[("2014", "2018")], 48),
            (&[("2018", "2018")], 1),
            (&[("2025-10", "now")], 6),
            (&[("2025-10", "2027-01")], 6),
            (&[("2024", "")], 1),
            (&[("2019-01", "2019-06"), ("2019-04", "2019-12"), ("2019-05", "2019-05")], 12),
            (&[("2021-01", "2021-02"), ("2019-01", "2019-02")], 4),
            (&[("2020-05", "2020-01")], 1),
            (&[("2019-01", "2019-03"), ("soon", "")], 3),
        ] {
            assert_eq!(count(dates), Some(expected), "{dates:?}");
        }
    }

    #[test]
    fn without_dates_nothing_is_known_and_without_posts_there_is_no_work() {
        assert_eq!(count(&[("", ""), ("soon", "2020"), ("2020-13", ""), ("0200", "")]), None);
        assert_eq!(count(&[("2030-01", "now")]), None);
        assert_eq!(count(&[]), Some(0));
    }

    #[test]
    fn levels_begin_at_whole_years() {
        let expected = [
            (0, Level::Entry),
            (11, Level::Entry),
            (12, Level::Junior),
            (36, Level::Mid),
            (72, Level::Senior),
            (119, Level::Senior),
            (120, Level::Lead),
        ];
        for (months, level) in expected {
            assert_eq!(Level::of(months), level, "{months}");
        }
    }
}
