use super::{find_trailing, parse};

/// City, region, country, postal code and address, in this order.
#[track_caller]
fn reads(text: &str, expected: [&str; 5]) {
    let place = parse(text).unwrap_or_else(|| panic!("nothing in {text:?}"));
    let value = |v: &Option<String>| v.clone().unwrap_or_default();
    let shape =
        [&place.city, &place.region, &place.country_code, &place.postal_code, &place.address].map(value);
    assert_eq!(shape, expected.map(str::to_owned), "{text:?}: {place:?}");
}

#[test]
fn reads_cities_with_regions_and_countries() {
    reads("Denver, CO", ["Denver", "CO", "", "", ""]);
    reads("Boston, MA 02118", ["Boston", "MA", "", "02118", ""]);
    reads("Smallville, KS", ["Smallville", "KS", "", "", ""]);
    reads("Paris, France", ["Paris", "", "FR", "", ""]);
    reads("Utrecht, NL", ["Utrecht", "", "NL", "", ""]);
    reads("Berlin, DE", ["Berlin", "", "DE", "", ""]);
    reads("Berlin", ["Berlin", "", "", "", ""]);
    reads("San Francisco, California, USA", ["San Francisco", "California", "US", "", ""]);
    reads("Toronto, ON, Canada", ["Toronto", "ON", "CA", "", ""]);
    reads("Toronto, CA", ["Toronto", "", "CA", "", ""]);
    reads("Köln, Nordrhein-Westfalen", ["Köln", "Nordrhein-Westfalen", "", "", ""]);
    reads("Perth, WA", ["Perth", "WA", "", "", ""]);
    reads("Musterstadt, Deutschland", ["Musterstadt", "", "DE", "", ""]);
    reads("London, UK", ["London", "", "GB", "", ""]);
    reads("São Paulo - SP, Brasil", ["São Paulo", "SP", "BR", "", ""]);
    reads("Denver CO", ["Denver", "CO", "", "", ""]);
    reads("Singapore", ["Singapore", "", "SG", "", ""]);
    reads("Location: Atlanta, Georgia", ["Atlanta", "Georgia", "", "", ""]);
    reads("New York, NY", ["New York", "NY", "", "", ""]);
    reads("Den Haag (NL)", ["Den Haag", "", "NL", "", ""]);
    reads("Germany", ["", "", "DE", "", ""]);
}

#[test]
fn reads_postal_codes_and_streets() {
    reads("80331 München", ["München", "", "", "80331", ""]);
    reads("Hauptstraße 5, 80331 München", ["München", "", "", "80331", "Hauptstraße 5"]);
    reads("12 Main St, Apt 4, Denver, CO 80202", ["Denver", "CO", "", "80202", "12 Main St, Apt 4"]);
    reads("14 rue des Lilas, 75011 Paris, France", ["Paris", "", "FR", "75011", "14 rue des Lilas"]);
    reads("Dorpsstraat 1, 1234 AB Voorbeeld", ["Voorbeeld", "", "", "1234 AB", "Dorpsstraat 1"]);
    reads("10 Downing Street, London SW1A 2AA", ["London", "", "", "SW1A 2AA", "10 Downing Street"]);
    reads("Calle Mayor 3, 28013 Madrid", ["Madrid", "", "", "28013", "Calle Mayor 3"]);
    reads("CH-8001 Zürich", ["Zürich", "", "", "CH-8001", ""]);
    reads("Via Roma 10 - 20121 Milano (MI)", ["Milano", "MI", "", "20121", "Via Roma 10"]);
    reads("Am Anger 4 | 99084 Erfurt", ["Erfurt", "", "", "99084", "Am Anger 4"]);
}

#[test]
fn reads_remote() {
    let place = parse("Remote").expect("is a place of work");
    assert!(place.remote && place.city.is_none());
    let place = parse("Berlin (Remote)").expect("is a city");
    assert!(place.remote && place.city.as_deref() == Some("Berlin"));
}

#[test]
fn guesses_the_country_without_claiming_it() {
    let place = parse("Denver, CO").expect("is a place");
    assert_eq!((place.country_code, place.country_guess.as_deref()), (None, Some("US")));
}

#[test]
fn finds_a_place_at_the_end_of_a_line() {
    let text = "Acme Corp., Denver, CO";
    let place = find_trailing(text).expect("ends in a place");
    assert_eq!((&text[place.bytes], place.city.as_deref()), ("Denver, CO", Some("Denver")));
    let text = "Globex GmbH, Berlin";
    assert_eq!(&text[find_trailing(text).expect("ends in a city").bytes], "Berlin");
    assert_eq!(parse("Acme Corp., Denver, CO"), None);
}

#[test]
fn other_lines_are_no_places() {
    for text in [
        "Senior Engineer",
        "Java, Python",
        "jane@example.org",
        "2019 – 2020",
        "",
        "CO",
        "Acme GmbH",
        "led teams in many countries",
        "IN",
        "reading",
    ] {
        assert_eq!(parse(text), None, "{text:?}");
    }
}

#[test]
fn survives_any_text() {
    for text in [
        "é",
        ",,,,",
        "é, CO",
        "12345",
        "\u{301}, DE",
        "CO 80202",
        "- - -",
        "日本, JP",
        "(",
        "Ort:",
        "St., St., St.",
    ] {
        let _ = (parse(text), find_trailing(text));
    }
}
