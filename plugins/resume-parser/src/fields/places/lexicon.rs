//! What the tables know: countries, regions and cities, and the codes that
//! mean a state here and a country there.

use super::super::fold::fold;
use super::super::lexicons::{CITIES, COUNTRIES, COUNTRY_CODES, REGION_CODES, REGIONS};

/// Codes that are likelier a country than a state where the city is unknown.
const COUNTRY_FIRST: [&str; 3] = ["de", "nl", "be"];

/// The code of a country written in full or as a well-known abbreviation.
pub(super) fn country(text: &str) -> Option<&'static str> {
    let key = fold(text);
    let code = COUNTRIES.get(&key)?;
    // "us" and "in" are words: two letters need capitals.
    let short = key.len() <= 3 && text.chars().any(char::is_lowercase);
    if short && text.to_lowercase() == text { None } else { Some(code) }
}

/// The country of a two-letter ISO code in capitals.
pub(super) fn iso(text: &str) -> Option<&'static str> {
    let text = text.trim_matches(['(', ')', '.']);
    if text == "UK" {
        return Some("GB");
    }
    if text.bytes().any(|b| b.is_ascii_lowercase()) {
        None
    } else {
        COUNTRY_CODES.get(&text.to_ascii_lowercase())
    }
}

pub(super) fn city(text: &str) -> Option<&'static str> {
    CITIES.get(&fold(text))
}

pub(super) fn region(text: &str) -> Option<&'static str> {
    REGIONS.get(&fold(text))
}

/// The countries that have a region of this code, which needs capitals.
pub(super) fn region_code(text: &str) -> Vec<&'static str> {
    let bare = text.replace('.', "");
    if !(2..=3).contains(&bare.len()) || !bare.bytes().all(|b| b.is_ascii_uppercase()) {
        return Vec::new();
    }
    REGION_CODES.all(&bare.to_ascii_lowercase()).collect()
}

/// What a code behind a city means.
pub(super) enum Code {
    Region(&'static str),
    Country(&'static str),
}

/// Reads "CO" in "Denver, CO" and "NL" in "Utrecht, NL" by the city's country.
pub(super) fn code(text: &str, city: Option<&'static str>) -> Option<Code> {
    let regions = region_code(text);
    let country = iso(text);
    if let Some(home) = city {
        if country == Some(home) {
            return Some(Code::Country(home));
        }
        if regions.contains(&home) {
            return Some(Code::Region(home));
        }
    }
    let lower = text.to_ascii_lowercase();
    match (regions.first(), country) {
        (Some(region), None) => Some(Code::Region(region)),
        (Some(region), Some(_))
            if matches!(*region, "US" | "AU") && !COUNTRY_FIRST.contains(&lower.as_str()) =>
        {
            Some(Code::Region(region))
        }
        (_, Some(country)) => Some(Code::Country(country)),
        (None, None) => None,
    }
}
