//! What may stand in the fields of a request: lines of text, e-mail addresses, web addresses. Each fault names its place.

use chrono::Datelike;

use crate::clock::Time;
use crate::error::{Error, Result};

/// One line of 1 to `most` characters, without blanks around it.
///
/// # Errors
/// `Invalid` at the pointer.
pub fn line(pointer: &str, text: &str, most: usize) -> Result<String> {
    let text = text.trim();
    let fits = !text.is_empty() && text.chars().count() <= most && !text.chars().any(char::is_control);
    if fits {
        Ok(text.into())
    } else {
        Err(Error::invalid(pointer, "invalid_text", format!("one line of 1 to {most} characters")))
    }
}

/// The word a value of an enumeration is sent with; empty when it is sent as something else.
pub fn word(value: impl serde::Serialize) -> String {
    let value = serde_json::to_value(value).unwrap_or_default();
    value.as_str().unwrap_or_default().to_owned()
}

/// As [`line()`]; a text of nothing but blanks is none.
///
/// # Errors
/// `Invalid` at the pointer.
pub fn optional_line(pointer: &str, text: Option<String>, most: usize) -> Result<Option<String>> {
    text.filter(|text| !text.trim().is_empty()).map(|text| line(pointer, &text, most)).transpose()
}

/// Text of several lines.
///
/// # Errors
/// `Invalid` at the pointer.
pub fn optional_text(pointer: &str, text: Option<String>, most: usize) -> Result<Option<String>> {
    let Some(text) = text.filter(|text| !text.trim().is_empty()) else { return Ok(None) };
    let is_bad = |c: char| c.is_control() && !matches!(c, '\n' | '\r' | '\t');
    if text.chars().count() > most || text.chars().any(is_bad) {
        return Err(Error::invalid(pointer, "invalid_text", format!("text of at most {most} characters")));
    }
    Ok(Some(text.trim().into()))
}

/// # Errors
/// `Invalid` at the pointer.
pub fn email(pointer: &str, text: &str) -> Result<String> {
    let detail = "an e-mail address looks like ada@example.com";
    normalise_email(text).ok_or_else(|| Error::invalid(pointer, "invalid_email", detail))
}

/// An address as it is compared: trimmed, lower case. Nothing when it is not an address.
pub fn normalise_email(text: &str) -> Option<String> {
    let email = text.trim().to_lowercase();
    let (local, domain) = email.rsplit_once('@')?;
    let plain = email.len() <= 254 && !email.chars().any(|c| c.is_whitespace() || c.is_control());
    let has_dot = domain.split('.').count() > 1 && domain.split('.').all(|label| !label.is_empty());
    (plain && !local.is_empty() && has_dot).then_some(email)
}

/// A name that programs use: lower-case letters, digits and underscores, a letter first, at most 63 characters.
///
/// # Errors
/// `Invalid` at the pointer.
pub fn key(pointer: &str, text: &str) -> Result<String> {
    let begins = text.starts_with(|c: char| c.is_ascii_lowercase());
    let fits = text.len() <= 63 && text.chars().all(|c| matches!(c, 'a'..='z' | '0'..='9' | '_'));
    let detail = "1 to 63 lower-case letters, digits and underscores, a letter first";
    (begins && fits).then(|| text.to_owned()).ok_or_else(|| Error::invalid(pointer, "invalid_key", detail))
}

const MAX_TAGS: usize = 100;
const LONGEST_TAG: usize = 100;

/// Tags, each once whatever its case, as it was written first; at most 100 of at most 100 characters.
///
/// # Errors
/// `Invalid`, naming the tag.
pub fn tags(pointer: &str, given: Vec<String>) -> Result<Vec<String>> {
    if given.len() > MAX_TAGS {
        return Err(Error::invalid(pointer, "too_many", format!("at most {MAX_TAGS} tags")));
    }
    let mut seen = std::collections::BTreeSet::new();
    let mut tags = Vec::new();
    for (index, tag) in given.into_iter().enumerate() {
        let tag = line(&format!("{pointer}/{index}"), &tag, LONGEST_TAG)?;
        if seen.insert(tag.to_lowercase()) {
            tags.push(tag);
        }
    }
    Ok(tags)
}

/// A day of the calendar as `YYYY-MM-DD`.
///
/// # Errors
/// `Invalid` at the pointer.
pub fn date(pointer: &str, text: &str) -> Result<String> {
    let day = chrono::NaiveDate::parse_from_str(text, "%Y-%m-%d").ok();
    // What reads more leniently than it is written is no date, and so is the year 0.
    let day = day.map(|day| day.to_string()).filter(|day| day == text && day.as_str() >= "0001");
    day.ok_or_else(|| Error::invalid(pointer, "invalid_date", "a day that exists, as 2026-03-31"))
}

/// An http or https address of at most 2,000 characters.
///
/// # Errors
/// `Invalid` at the pointer.
pub fn optional_url(pointer: &str, text: Option<String>) -> Result<Option<String>> {
    let Some(text) = optional_line(pointer, text, 2_000)? else { return Ok(None) };
    let parsed =
        url::Url::parse(&text).ok().filter(|url| matches!(url.scheme(), "http" | "https") && url.has_host());
    let detail = "a web address looks like https://example.com/jobs";
    parsed.map(|_| Some(text)).ok_or_else(|| Error::invalid(pointer, "invalid_url", detail))
}

/// An instant as both databases keep it: of the years 1 to 9999, to the microsecond.
///
/// # Errors
/// `Invalid` at the pointer.
pub fn instant(pointer: &str, time: Time) -> Result<Time> {
    let is_kept = (1..=9_999).contains(&time.year());
    let kept = Time::from_timestamp_micros(time.timestamp_micros()).filter(|_| is_kept);
    kept.ok_or_else(|| Error::invalid(pointer, "out_of_range", "a time of the years 1 to 9999"))
}

/// A country by its code.
///
/// # Errors
/// `Invalid` at the pointer.
pub fn optional_country(pointer: &str, code: Option<String>) -> Result<Option<String>> {
    let Some(code) = optional_line(pointer, code, 200)? else { return Ok(None) };
    let is_code = code.len() == 2 && code.chars().all(|c| c.is_ascii_uppercase());
    let detail = "two capital letters of ISO 3166-1, for instance DE";
    if is_code { Ok(Some(code)) } else { Err(Error::invalid(pointer, "invalid_country", detail)) }
}

/// The codes of ISO 4217 that people are paid in.
const CURRENCIES: &str = "\
    AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD \
    CAD CDF CHF CLF CLP CNY COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP \
    GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD \
    KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK \
    NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD \
    SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF \
    XCD XCG XOF XPF YER ZAR ZMW ZWG";

/// # Errors
/// `Invalid` at the pointer.
pub fn require_currency(pointer: &str, code: &str) -> Result<()> {
    let is_known = CURRENCIES.split(' ').any(|known| known == code);
    let detail = "three capital letters of ISO 4217, for instance EUR";
    is_known.then_some(()).ok_or_else(|| Error::invalid(pointer, "invalid_currency", detail))
}

#[cfg(test)]
mod tests {
    use super::{date, instant, line, normalise_email, optional_url, require_currency};

    #[test]
    fn lines_are_trimmed_and_bounded() {
        assert_eq!(line("#/name", "  Ada  ", 5).expect("it fits"), "Ada");
        for bad in ["", "  ", "Ada\nLovelace", "Ada\u{0}", "Augusta"] {
            assert!(line("#/name", bad, 6).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn addresses_are_compared_in_lower_case() {
        assert_eq!(normalise_email(" Ada@Example.COM ").as_deref(), Some("ada@example.com"));
        for bad in ["ada", "ada@", "@example.com", "ada@example", "a da@example.com", "ada@example..com"] {
            assert_eq!(normalise_email(bad), None, "{bad}");
        }
        assert!(optional_url("#/url", Some("javascript:alert(1)".into())).is_err());
        assert!(optional_url("#/url", Some("https://example.com".into())).expect("it is one").is_some());
    }

    #[test]
    fn dates_are_days_that_exist() {
        assert_eq!(date("#/on", "2028-02-29").expect("it is a leap year"), "2028-02-29");
        for bad in [
            "2026-02-29",
            "2026-3-01",
            "2026-13-01",
            " 2026-03-01",
            "+2026-03-01",
            "0000-01-01",
            "12026-01-01",
            "",
        ] {
            assert!(date("#/on", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn instants_are_kept_to_the_microsecond() {
        let kept = instant("#/at", "2026-03-02T10:00:00.123456789+01:00".parse().expect("it is a time"));
        assert_eq!(kept.expect("it is kept").to_rfc3339(), "2026-03-02T09:00:00.123456+00:00");
        for bad in ["0000-12-31T23:59:59Z", "+10000-01-01T00:00:00Z"] {
            assert!(instant("#/at", bad.parse().expect("it is a time")).is_err(), "{bad}");
        }
    }

    #[test]
    fn currencies_are_those_there_are() {
        for good in ["AED", "EUR", "JPY", "ZWG"] {
            assert!(require_currency("#/currency", good).is_ok(), "{good}");
        }
        for bad in ["", "E", "eur", "EUR ", "EUR USD", "XXX", "EURO", "ABC"] {
            assert!(require_currency("#/currency", bad).is_err(), "{bad:?}");
        }
    }
}
