//! Instants as callers write them, and the months of a tenant's time zone. Instants are microseconds since 1970, as the
//! history keeps them.

use chrono::{DateTime, Months, NaiveDate, NaiveTime, SecondsFormat, TimeDelta, TimeZone, Utc};
use chrono_tz::Tz;

use crate::error::{Error, Result};

const MICROS_A_SECOND: i64 = 1_000_000;

/// An RFC 3339 instant, or a date: then the moment the day begins in the zone.
///
/// # Errors
/// `Invalid`, naming the parameter.
pub fn instant(parameter: &str, text: &str, zone: Tz) -> Result<i64> {
    // A `+` that was not escaped in the query arrives as a blank.
    let exact = DateTime::parse_from_rfc3339(&text.replace(' ', "+")).map(|time| time.to_utc());
    let time = match exact {
        Ok(time) => Some(time),
        Err(_) => text.parse::<NaiveDate>().ok().and_then(|date| beginning(date, zone)),
    };
    let detail = "an instant like 2026-03-01T00:00:00Z, or a date like 2026-03-01";
    time.map(|time| time.timestamp_micros())
        .ok_or_else(|| Error::invalid(parameter, "invalid_instant", detail))
}

/// The moments a span of days begins and is over in the zone; the last day is in it. Nothing of what are no days.
pub fn span(first: &str, last: &str, zone: Tz) -> Option<(i64, i64)> {
    let first: NaiveDate = first.parse().ok()?;
    let after: NaiveDate = last.parse::<NaiveDate>().ok()?.succ_opt()?;
    Some((beginning(first, zone)?.timestamp_micros(), beginning(after, zone)?.timestamp_micros()))
}

/// The same of a month as it is written, `2026-03`.
pub fn span_of_month(month: &str, zone: Tz) -> Option<(i64, i64)> {
    let first: NaiveDate = format!("{month}-01").parse().ok()?;
    let after = first.checked_add_months(Months::new(1))?;
    Some((beginning(first, zone)?.timestamp_micros(), beginning(after, zone)?.timestamp_micros()))
}

/// As it is answered.
pub fn text(micros: i64) -> Option<String> {
    Some(DateTime::from_timestamp_micros(micros)?.to_rfc3339_opts(SecondsFormat::AutoSi, true))
}

/// Whole seconds from one instant to another.
pub fn seconds(from: i64, to: i64) -> i64 {
    to.saturating_sub(from).div_euclid(MICROS_A_SECOND)
}

/// The first moment of a day. Where clocks skip midnight, or the whole day, it is the first one after that.
fn beginning(date: NaiveDate, zone: Tz) -> Option<DateTime<Utc>> {
    const STEP: TimeDelta = TimeDelta::minutes(15);
    const SKIPPED_AT_MOST: i32 = 2 * 24 * 4;
    let midnight = date.and_time(NaiveTime::MIN);
    (0..SKIPPED_AT_MOST).find_map(|step| {
        let local = midnight.checked_add_signed(STEP * step)?;
        zone.from_local_datetime(&local).earliest().map(|time| time.to_utc())
    })
}

/// Months in a zone, from 1970 on: which one an instant is in.
pub struct Calendar {
    /// Where each begins, in order.
    beginnings: Vec<i64>,
}

/// A month: how many after January 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Month(u32);

const FIRST_YEAR: i32 = 1970;
const MONTHS: u32 = 200 * 12;

impl Calendar {
    pub fn new(zone: Tz) -> Self {
        let first = NaiveDate::from_ymd_opt(FIRST_YEAR, 1, 1).expect("it is a date");
        let month = |count| beginning(first.checked_add_months(Months::new(count))?, zone);
        let beginnings = (0..MONTHS).filter_map(month).map(|time| time.timestamp_micros());
        Self { beginnings: beginnings.collect() }
    }

    /// What is before the first one is in it, what is after the last one in that.
    pub fn month(&self, micros: i64) -> Month {
        let after = self.beginnings.partition_point(|beginning| *beginning <= micros);
        Month(u32::try_from(after.saturating_sub(1)).unwrap_or(MONTHS))
    }
}

impl std::fmt::Display for Month {
    /// `2026-03`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let year = FIRST_YEAR + i32::try_from(self.0 / 12).unwrap_or_default();
        write!(f, "{year:04}-{:02}", self.0 % 12 + 1)
    }
}

#[cfg(test)]
mod tests {
    use chrono_tz::Tz;

    use super::{Calendar, instant, seconds, span, span_of_month, text};

    fn zone(name: &str) -> Tz {
        name.parse().expect("it is a zone")
    }

    #[test]
    fn a_date_begins_at_its_midnight() {
        for (zone_name, date, begins) in [
            ("UTC", "2026-03-01", "2026-03-01T00:00:00Z"),
            ("Europe/Berlin", "2026-03-01", "2026-02-28T23:00:00Z"),
            ("Europe/Berlin", "2026-07-01", "2026-06-30T22:00:00Z"),
            // Clocks went from 23:59 to 01:00.
            ("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z"),
            // There was no such day on Samoa.
            ("Pacific/Apia", "2011-12-30", "2011-12-30T10:00:00Z"),
            // Midnight came twice.
            ("America/Havana", "2023-11-05", "2023-11-05T04:00:00Z"),
        ] {
            let begin = instant("from", date, zone(zone_name)).expect("it is a date");
            assert_eq!(text(begin).as_deref(), Some(begins), "{date} in {zone_name}");
        }
    }

    #[test]
    fn instants_name_their_offset() {
        let utc = instant("as_of", "2026-03-01T12:00:00.25Z", Tz::UTC).expect("it is an instant");
        for same in ["2026-03-01T13:00:00.250+01:00", "2026-03-01T13:00:00.250 01:00"] {
            assert_eq!(instant("as_of", same, Tz::UTC).expect("it is an instant"), utc);
        }
        for bad in ["", "yesterday", "2026-02-30", "2026-03-01T12:00:00", "1772323200", "2026-3-1x"] {
            assert!(instant("as_of", bad, Tz::UTC).is_err(), "{bad}");
        }
    }

    #[test]
    fn months_are_the_zones_own() {
        let at = |text: &str| instant("as_of", text, Tz::UTC).expect("it is an instant");
        let (berlin, utc) = (Calendar::new(zone("Europe/Berlin")), Calendar::new(Tz::UTC));
        assert_eq!(berlin.month(at("2026-02-28T23:00:00Z")).to_string(), "2026-03");
        assert_eq!(utc.month(at("2026-02-28T23:59:59.999999Z")).to_string(), "2026-02");
        assert_eq!(utc.month(at("1999-12-31T23:59:59Z")).to_string(), "1999-12");
        assert_eq!(utc.month(-1).to_string(), "1970-01");
    }

    #[test]
    fn a_span_of_days_is_over_when_its_last_day_is() {
        let at = |text: &str| instant("as_of", text, Tz::UTC).expect("it is an instant");
        let berlin = zone("Europe/Berlin");
        let march = (at("2026-02-28T23:00:00Z"), at("2026-03-31T22:00:00Z"));
        assert_eq!(span("2026-03-01", "2026-03-31", berlin), Some(march));
        assert_eq!(span_of_month("2026-03", berlin), Some(march));
        assert_eq!(
            span_of_month("2025-12", Tz::UTC),
            Some((at("2025-12-01T00:00:00Z"), at("2026-01-01T00:00:00Z")))
        );
        assert_eq!(span("2026-02-30", "2026-03-01", berlin), None);
        assert_eq!(span_of_month("2026-13", berlin), None);
    }

    #[test]
    fn seconds_are_whole() {
        assert_eq!(seconds(0, 1_999_999), 1);
        assert_eq!(seconds(500_000, 86_400_400_000), 86_399);
    }
}
