//! What the tables know: countries, regions and cities, and the codes that
//! mean a state here and a country there.

use std::sync::LazyLock;

use super::super::fold::fold;
use super::super::table::Table;

static COUNTRIES: LazyLock<Table> =
    LazyLock::new(|| Table::parse(include_str!("../../../data/countries.txt")));
static CITIES: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("../../../data/cities.txt")));
static REGIONS: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table::empty();
    for (group, phrase) in super::super::table::phrases(REGION_DATA).filter(|(g, _)| !g.ends_with('+')) {
        table.insert(group, phrase);
    }
    table
});

const REGION_DATA: &str = include_str!("../../../data/regions.txt");

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
    COUNTRIES.keys().map(|(_, code)| code).find(|code| *code == text)
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
    let key = bare.to_ascii_lowercase();
    let groups = super::super::table::phrases(REGION_DATA)
        .filter(|(group, phrase)| group.ends_with('+') && *phrase == key);
    groups.map(|(group, _)| group.trim_end_matches('+')).collect()
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

#[cfg(test)]
mod tests {
    use super::super::super::table::tests::assert_well_formed;

    #[test]
    fn the_gazetteers_are_folded() {
        assert_well_formed(include_str!("../../../data/countries.txt"));
        assert_well_formed(include_str!("../../../data/cities.txt"));
        assert_well_formed(include_str!("../../../data/regions.txt"));
    }
}
