//! Turns the word lists of `data/` into sorted tables in the program, so that
//! a plugin, which lives for one call, has nothing to load.

use std::collections::BTreeMap;
use std::env;
use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

/// Which phrases of a file make a table.
enum Pick {
    /// Those of every group but these.
    Except(&'static [&'static str]),
    /// Those of one group.
    Only(&'static str),
    /// Those of groups whose name ends so.
    Ending(char),
    /// The names of the groups themselves, in lower case.
    Names,
}

const DUTIES: &[&str] = &["present", "since", "from", "until", "to", "unit", "counted", "numbered"];
const AROUND: &[&str] = &["designation", "before", "after", "honours", "grade"];

/// The name of each table, its file, its phrases, and whether the phrases lose
/// their spaces, so that "B. Sc." finds "bsc".
const TABLES: &[(&str, &str, Pick, bool)] = &[
    ("HEADINGS", "headings", Pick::Except(&[]), false),
    ("CALENDAR", "dates", Pick::Except(DUTIES), false),
    ("PRESENT", "dates", Pick::Only("present"), false),
    ("SINCE", "dates", Pick::Only("since"), false),
    ("FROM", "dates", Pick::Only("from"), false),
    ("UNTIL", "dates", Pick::Only("until"), false),
    ("TO", "dates", Pick::Only("to"), false),
    ("UNIT", "dates", Pick::Only("unit"), false),
    ("COUNTED", "dates", Pick::Only("counted"), false),
    ("NUMBERED", "dates", Pick::Only("numbered"), false),
    ("TITLE_HEADS", "titles", Pick::Only("head"), false),
    ("TITLE_LEVELS", "titles", Pick::Only("level"), false),
    ("TITLE_FIELDS", "titles", Pick::Only("field"), false),
    ("NO_TITLES", "titles", Pick::Only("never"), false),
    ("LEGAL_FORMS", "organisations", Pick::Only("suffix"), false),
    ("NAME_WORDS", "organisations", Pick::Only("word"), false),
    ("WEAK_NAME_WORDS", "organisations", Pick::Only("weak"), false),
    ("SCHOOLS", "organisations", Pick::Only("school"), false),
    ("FACULTIES", "organisations", Pick::Only("faculty"), false),
    ("DEGREES", "degrees", Pick::Except(AROUND), true),
    ("DESIGNATIONS", "degrees", Pick::Only("designation"), false),
    ("BEFORE_DEGREE", "degrees", Pick::Only("before"), false),
    ("AFTER_DEGREE", "degrees", Pick::Only("after"), true),
    ("HONOURS", "degrees", Pick::Only("honours"), false),
    ("GRADES", "degrees", Pick::Only("grade"), false),
    ("COUNTRIES", "countries", Pick::Except(&[]), false),
    ("COUNTRY_CODES", "countries", Pick::Names, false),
    ("CITIES", "cities", Pick::Except(&[]), false),
    ("REGIONS", "regions", Pick::Except(&["US+", "CA+", "AU+", "DE+", "CH+", "IT+", "BR+"]), false),
    ("REGION_CODES", "regions", Pick::Ending('+'), false),
    ("LANGUAGES", "languages", Pick::Except(&["fluency", "qualifier"]), false),
    ("FLUENCY", "languages", Pick::Only("fluency"), false),
    ("FLUENCY_QUALIFIERS", "languages", Pick::Only("qualifier"), false),
];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let data = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?).join("data");
    writeln!(
        std::io::stdout(),
        "cargo::rerun-if-changed={}\ncargo::rerun-if-changed=build.rs",
        data.display()
    )?;
    let mut files: BTreeMap<&str, String> = BTreeMap::new();
    let mut out = String::new();
    for (name, file, pick, compact) in TABLES {
        let text = match files.get(file) {
            Some(text) => text,
            None => {
                let text = fs::read_to_string(data.join(file).with_extension("txt"))?;
                files.entry(file).or_insert(text)
            }
        };
        write_table(&mut out, name, &entries(text, pick, *compact), *compact)?;
    }
    fs::write(PathBuf::from(env::var("OUT_DIR")?).join("lexicons.rs"), out)?;
    Ok(())
}

/// Lines of `@group`, then lines of phrases with commas between; `#` remarks.
fn phrases(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let mut group = "";
    let lines = text.lines().filter(|line| !line.starts_with('#'));
    lines.flat_map(move |line| {
        let names = line.strip_prefix('@').map(str::trim);
        group = names.unwrap_or(group);
        let group = group;
        let phrases = if names.is_some() { "" } else { line };
        phrases
            .split(',')
            .map(str::trim)
            .filter(|phrase| !phrase.is_empty())
            .map(move |phrase| (group, phrase))
    })
}

/// The phrases of a table with their groups, sorted by phrase; of equal ones
/// the first in the file comes first.
fn entries(text: &str, pick: &Pick, compact: bool) -> Vec<(String, String)> {
    let mut out: Vec<(String, String)> = Vec::new();
    for (group, phrase) in phrases(text) {
        let (key, value) = match pick {
            Pick::Except(groups) if !groups.contains(&group) => (phrase.to_owned(), group),
            Pick::Only(only) if *only == group => (phrase.to_owned(), group),
            Pick::Ending(end) if group.ends_with(*end) => (phrase.to_owned(), group.trim_end_matches(*end)),
            Pick::Names => (group.to_ascii_lowercase(), group),
            _ => continue,
        };
        let key = if compact { key.replace(' ', "") } else { key };
        if !out.iter().any(|(k, v)| *k == key && v == value) {
            out.push((key, value.to_owned()));
        }
    }
    out.sort_by(|a, b| a.0.cmp(&b.0));
    out
}

fn write_table(
    out: &mut String,
    name: &str,
    entries: &[(String, String)],
    compact: bool,
) -> std::fmt::Result {
    let spaces = entries.iter().map(|(key, _)| key.bytes().filter(|b| *b == b' ').count()).max().unwrap_or(0);
    // Without spaces the words of a phrase cannot be counted any more.
    let longest = if compact { 8 } else { spaces + 1 };
    writeln!(out, "pub(crate) static {name}: Table = Table::new(&[")?;
    for (key, value) in entries {
        writeln!(out, "({key:?}, {value:?}),")?;
    }
    writeln!(out, "], {longest}, {compact});")
}
