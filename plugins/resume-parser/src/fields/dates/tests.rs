use super::find_ranges;

#[track_caller]
fn span(text: &str, start: &str, end: &str) {
    let found = find_ranges(text);
    let one = found.first().unwrap_or_else(|| panic!("nothing in {text:?}"));
    let shape = (
        one.start.as_deref().unwrap_or(""),
        if one.is_current { "now" } else { one.end.as_deref().unwrap_or("") },
    );
    assert_eq!((shape, found.len()), ((start, end), 1), "{text:?}: {found:?}");
}

#[test]
fn reads_numeric_dates() {
    for text in
        ["06/2019", "6/2019", "2019/06", "2019-06", "06.2019", "06 / 2019", "06-2019", "2019.06", "(06/2019)"]
    {
        span(text, "2019-06", "");
    }
    span("01.06.2019", "2019-06-01", "");
    span("1/6/2019", "2019-06-01", "");
    span("12/31/2019", "2019-12-31", "");
    span("9/1/2021", "2021-09-01", "");
    span("05/04/2021", "2021-04-05", "");
    span("01/06/2019 - 03/15/2020", "2019-01-06", "2020-03-15");
    span("2019-06-30", "2019-06-30", "");
    span("2019", "2019", "");
}

#[test]
fn reads_month_names_in_seven_languages() {
    for text in [
        "June 2019",
        "Jun '19",
        "Jun. 2019",
        "Juni 2019",
        "juin 2019",
        "junio de 2019",
        "giugno 2019",
        "Juni, 2019",
        "junho de 2019",
        "JUNE 2019",
        "Jun-2019",
        "Jun/19",
        "June, 2019",
        "2019 June",
        "junio del 2019",
        "Juni2019",
    ] {
        span(text, "2019-06", "");
    }
    span("März 2020", "2020-03", "");
    span("août 2020", "2020-08", "");
    span("févr. 2020", "2020-02", "");
    span("dic. 2020", "2020-12", "");
    span("mrt. 2020", "2020-03", "");
    span("set/2020", "2020-09", "");
    span("12th of June 2019", "2019-06-12", "");
    span("June 12, 2019", "2019-06-12", "");
    span("1er juin 2019", "2019-06-01", "");
    span("1. Juni 2019", "2019-06-01", "");
    span("1 de junio de 2019", "2019-06-01", "");
}

#[test]
fn reads_seasons_quarters_and_terms() {
    span("Summer 2018", "2018-06", "");
    span("Spring 2020 – Fall 2021", "2020-03", "2021-09");
    span("Q3 2019", "2019-07", "");
    span("WS 2018/19", "2018-10", "");
    span("H2 2020 - Q1 2021", "2020-07", "2021-01");
}

#[test]
fn reads_spans_with_every_dash_and_word() {
    for dash in [
        "-", "–", "—", " – ", " - ", " to ", " bis ", " à ", " a ", " al ", " hasta ", " tot ", " t/m ",
        " until ", " − ", " ‑ ", " → ",
    ] {
        span(&format!("2018{dash}2020"), "2018", "2020");
        span(&format!("06/2018{dash}01/2020"), "2018-06", "2020-01");
        span(&format!("June 2018{dash}Jan. 2020"), "2018-06", "2020-01");
    }
    span("Sept. 2018 – Jan. 2020", "2018-09", "2020-01");
    span("von 06/2018 bis 01/2020", "2018-06", "2020-01");
    span("de junio de 2018 a enero de 2020", "2018-06", "2020-01");
    span("dal 2018 al 2020", "2018", "2020");
    span("2019-21", "2019", "2021");
    span("2019/20", "2019", "2020");
    span("2010–12", "2010", "2012");
    span("Jan – Mar 2019", "2019-01", "2019-03");
    span("Nov. - Feb. 2019", "2018-11", "2019-02");
    span("05 – 08/2019", "2019-05", "2019-08");
    span("06/18 - 08/20", "2018-06", "2020-08");
    span("'18 – '20", "2018", "2020");
    span("2021 – 2019", "2019", "2021");
    span("01.02.2018 - 31.03.2019", "2018-02-01", "2019-03-31");
    span("June 2018\u{2013}\nJuly 2019", "2018-06", "2019-07");
}

#[test]
fn reads_open_spans() {
    for open in [
        "2019 – heute",
        "2019 - Present",
        "2019 – actualidad",
        "2019 – aujourd'hui",
        "2019 – aujourd’hui",
        "2019 - oggi",
        "2019 – heden",
        "2019 – atual",
        "2019 - ongoing",
        "2019 to date",
        "2019 – today",
        "seit 2019",
        "since 2019",
        "depuis 2019",
        "desde 2019",
        "dal 2019",
        "sinds 2019",
        "2019 bis dato",
        "2019 –",
        "(2019 – )",
        "2019 – la actualidad",
        "2019 à ce jour",
        "2019 - now",
        "2019–present",
        "2019 – en cours",
        "2019 bis jetzt",
        "desde 2019 hasta la actualidad",
        "2019 tot heden",
        "2019 – o momento",
        "ab 2019",
        "2019-Present",
        "2019 - current",
        "2019 – ad oggi",
        "2019 (current)",
    ] {
        span(open, "2019", "now");
    }
    span("Mai 2015 – heute (9 Jahre 2 Monate)", "2015-05", "now");
    span("06/19 - present", "2019-06", "now");
    span("Seit März 2019", "2019-03", "now");
}

#[test]
fn reads_ends_without_a_start() {
    span("bis 2019", "", "2019");
    span("until June 2019", "", "2019-06");
    span("Expected May 2025", "", "2025-05");
    span("Class of 2015", "", "2015");
    span("Expected graduation: June 2026", "", "2026-06");
    span("voraussichtlich 09/2026", "", "2026-09");
}

#[test]
fn leaves_other_numbers_alone() {
    for text in [
        "2,000 customers",
        "+49 30 2019 4455",
        "555-2019",
        "(555) 201-2019",
        "$2000",
        "2000€",
        "2019 employees",
        "1990s",
        "ISO 9001:2015",
        "Windows 2003",
        "ES2015",
        "CVE-2019-1234",
        "80331 München",
        "COVID-19",
        "3.8/4.0",
        "A4 2000+",
        "2000.50",
        "https://x.org/blog/2019",
        "12345678",
        "20190601",
        "1030 Wien",
        "over 1,950 tests",
        "Office 2016",
        "24/7",
        "50/50",
        "3/4",
        "may 10 people",
        "2036",
        "10 to 20",
        "v2.2019x",
    ] {
        assert_eq!(find_ranges(text), [], "{text:?}");
    }
}

#[test]
fn covers_the_words_of_the_range_and_no_more() {
    let cut =
        |text: &str| find_ranges(text).into_iter().map(|r| text[r.bytes].to_owned()).collect::<Vec<_>>();
    assert_eq!(cut("Engineer, seit März 2019 | Bonn"), ["seit März 2019"]);
    assert_eq!(cut("Acme (Jan 2019 – Present · 4 yrs 2 mos)"), ["Jan 2019 – Present · 4 yrs 2 mos"]);
    assert_eq!(cut("Jan 2019 – Mar 2020 (1 year 3 months), Rome"), ["Jan 2019 – Mar 2020 (1 year 3 months)"]);
    assert_eq!(cut("2010 – 2012 Acme, 2013 – 2015 Initech"), ["2010 – 2012", "2013 – 2015"]);
}

#[test]
fn two_dates_side_by_side_are_two() {
    assert_eq!(find_ranges("2015, 2017").len(), 2);
}

#[test]
fn survives_any_text() {
    let odd = [
        "2019\u{301}",
        "９９９９",
        "２０１９",
        "٢٠١٩",
        "2019-",
        "-2019",
        "'",
        "'19",
        "99999999999999999999",
        "Q",
        "Q3",
        "1/1/1/1/2019",
        "é2019é",
        "29.02.2019",
        "00/2019",
        "31/31/2019",
        "- – 2019 – -",
        "((((",
    ];
    for text in odd {
        let _ = find_ranges(text);
    }
    assert_eq!(find_ranges("２０１９")[0].start.as_deref(), Some("2019"));
}
