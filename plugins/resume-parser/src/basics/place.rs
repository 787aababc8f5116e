//! Places as headers write them: what the grammar knows, and by position what no gazetteer holds.

use mortise_sdk::resume::Location;

use crate::fields::{organisations, places, titles};

/// Reads a place. `trusted` texts stand among contact details, so that two unknown names may be city and region.
pub(crate) fn read(text: &str, trusted: bool) -> Option<(Location, f32)> {
    if let Some(place) = places::parse(text) {
        let sure = place.confidence;
        let location = Location {
            address: place.address,
            postal_code: place.postal_code,
            city: place.city,
            region: place.region,
            country_code: place.country_code,
        };
        let is_something = location != Location::default();
        return is_something.then_some((location, sure));
    }
    if text.chars().count() > 90 || text.contains('@') {
        return None;
    }
    by_position(text, trusted)
}

/// "City, Region, CC", "Street 5, 12345 City, Region".
fn by_position(text: &str, trusted: bool) -> Option<(Location, f32)> {
    let mut location = Location::default();
    let mut parts: Vec<String> = Vec::new();
    for part in text.split([',', '–', '—', '|', '•']).flat_map(|part| part.split(" - ")) {
        let mut part = part.trim();
        // "Chicago (US)".
        if let Some((city, code)) = part.split_once('(')
            && let Some(code) = code.strip_suffix(')').filter(|code| is_code(code))
        {
            location.country_code = Some(code.to_owned());
            part = city.trim();
        }
        if !part.is_empty() {
            parts.push(part.to_owned());
        }
    }
    if parts.is_empty() || parts.len() > 5 {
        return None;
    }
    // "CA US" is a region and a country.
    if let Some(last) = parts.last().cloned()
        && let Some((region, code)) = last.rsplit_once(' ')
        && is_code(code)
        && location.country_code.is_none()
        && !region.chars().any(|c| c.is_ascii_digit())
    {
        parts.pop();
        parts.push(region.to_owned());
        parts.push(code.to_owned());
    }
    if parts.len() > 1
        && let Some(last) = parts.last()
        && location.country_code.is_none()
        && (is_code(last) || places::is_country(last))
    {
        let code = places::parse(last).and_then(|place| place.country_code).unwrap_or_else(|| last.clone());
        location.country_code = Some(code);
        parts.pop();
    }
    let has_country = location.country_code.is_some();
    let rest = parts.join(", ");
    if let Some(place) = places::parse(&rest).filter(|place| place.city.is_some() || place.region.is_some()) {
        let found = Location {
            address: place.address,
            postal_code: place.postal_code,
            city: place.city,
            region: place.region,
            country_code: place.country_code.or(location.country_code),
        };
        return Some((found, place.confidence.max(0.5)));
    }
    let mut has_code = false;
    let mut names = Vec::new();
    for (index, part) in parts.iter().enumerate() {
        let digits = part.chars().filter(char::is_ascii_digit).count();
        match postal(part) {
            Some((code, city)) if index > 0 || digits >= 4 => {
                location.postal_code = Some(code);
                has_code = true;
                names.extend((!city.is_empty()).then_some(city));
            }
            _ if digits > 0 && index == 0 && part.contains(' ') => location.address = Some(part.clone()),
            _ if digits == 0 && is_name(part) => names.push(part.clone()),
            _ => return None,
        }
    }
    let mut names = names.into_iter();
    location.city = names.next();
    location.region = names.next();
    location.city.as_ref()?;
    if names.next().is_some() {
        return None;
    }
    let sure = match (has_country, has_code, location.region.is_some() && trusted) {
        (true, _, _) => 0.6,
        (_, true, _) => 0.55,
        (_, _, true) => 0.42,
        _ => return None,
    };
    Some((location, sure))
}

fn is_code(text: &str) -> bool {
    text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_uppercase())
}

/// "CA 94115 San Francisco" and "94115": the code ends with the last word that holds digits.
fn postal(part: &str) -> Option<(String, String)> {
    let words: Vec<&str> = part.split_whitespace().collect();
    let has_digit = |word: &&str| word.chars().any(|c| c.is_ascii_digit());
    let last = words.iter().rposition(has_digit)?;
    let first = words.iter().position(has_digit)?;
    if last > 2 || first > 1 || first == 1 && words[0].len() > 3 {
        return None;
    }
    let code = words[..=last].join(" ");
    let long = code.chars().filter(char::is_ascii_digit).count() >= 3;
    long.then(|| (code, words[last + 1..].join(" ")))
}

/// A capitalised name of a few words that is neither a title nor an organisation.
fn is_name(text: &str) -> bool {
    let words = text.split_whitespace().count();
    (1..=4).contains(&words)
        && text.chars().next().is_some_and(char::is_uppercase)
        && text.chars().all(|c| c.is_alphabetic() || " .'-’".contains(c))
        && titles::score(text) < 0.5
        && organisations::score(text) < 0.6
}
