//! Every interface of the plugin contract has its file in the host and in the SDK, and a guest or test that uses it.

use std::collections::BTreeSet;

use super::sources;

/// Interfaces of types alone: they are converted beside the exports that carry them.
const TYPES: [&str; 3] = ["types", "text", "resume"];

/// Interfaces whose file has another name: (interface, host, SDK).
const NAMED: [(&str, &str, &str); 8] = [
    ("extraction", "exports/text_extractor.rs", "text.rs"),
    ("resume-parsing", "exports/resume_parser.rs", "resume.rs"),
    ("scoring", "exports/scoring_rule.rs", "scoring.rs"),
    ("transforming", "exports/webhook_transform.rs", "webhook.rs"),
    ("log", "imports/log.rs", "logging.rs"),
    ("types", "failure.rs", "error.rs"),
    ("text", "exports/text.rs", "text.rs"),
    ("resume", "exports/resume.rs", "resume.rs"),
];

#[test]
fn every_interface_has_its_own_file_of_the_contract() {
    let names: BTreeSet<_> = interfaces();
    let files = sources::files(&sources::root().join("wit"), "wit");
    let files: BTreeSet<_> = files
        .iter()
        .map(|file| file.file_stem().expect("it has a name").to_string_lossy().into_owned())
        .collect();

    let expected: BTreeSet<_> = names.into_iter().chain(["worlds".to_owned()]).collect();
    assert_eq!(files, expected, "one file an interface, and the worlds");
}

#[test]
fn every_interface_has_its_file_in_the_host() {
    for interface in &interfaces() {
        let file = sources::root().join("host/src/wasm").join(host_file(interface));
        assert!(file.is_file(), "{interface}: {} is missing", file.display());
    }
}

#[test]
fn every_interface_has_its_file_in_the_sdk() {
    for interface in &interfaces() {
        let named = NAMED.iter().find(|(name, ..)| name == interface);
        let file = named.map_or_else(|| format!("{interface}.rs"), |(_, _, sdk)| (*sdk).to_owned());
        assert!(sources::root().join("sdk/src").join(&file).is_file(), "sdk/src/{file} for {interface}");
    }
}

#[test]
fn every_interface_is_used_by_a_guest_or_a_test() {
    let root = sources::root();
    let used: String = ["tests/guests", "tests/it/wasm", "plugins", "sdk/src/testing"]
        .iter()
        .map(|folder| root.join(folder))
        .filter(|folder| folder.is_dir())
        .flat_map(|folder| sources::files(&folder, "rs"))
        .map(|file| std::fs::read_to_string(file).expect("it is readable"))
        .collect();

    for interface in &interfaces() {
        let words = words(interface);
        assert!(
            words.iter().any(|word| used.contains(word)),
            "nobody uses {interface} ({})",
            words.join(", ")
        );
    }
}

/// What the SDK calls an interface where it is used.
fn words(interface: &str) -> Vec<String> {
    let own: &[&str] = match interface {
        "extraction" => &["TextExtractor"],
        "resume-parsing" => &["ResumeParser"],
        "scoring" => &["ScoringRule"],
        "transforming" => &["WebhookTransform"],
        "log" => &["log::", "logging"],
        "types" => &["PluginError", "mortise_sdk::Error", "Context"],
        "text" => &["ExtractedText", "Span"],
        "resume" => &["UnifiedResume"],
        "document" => &["Document"],
        _ => &[],
    };
    let calls = [format!("{interface}::"), format!("{interface}_")];
    own.iter().map(|word| (*word).to_owned()).chain(calls).collect()
}

fn host_file(interface: &str) -> String {
    let named = NAMED.iter().find(|(name, ..)| *name == interface);
    named.map_or_else(|| format!("imports/{interface}.rs"), |(_, host, _)| (*host).to_owned())
}

/// Every interface some world imports or exports.
fn interfaces() -> BTreeSet<String> {
    let text =
        std::fs::read_to_string(sources::root().join("wit/worlds.wit")).expect("the contract is there");
    let lines = text.lines().map(str::trim);
    let named =
        lines.filter_map(|line| line.strip_prefix("import ").or_else(|| line.strip_prefix("export ")));
    let interfaces: BTreeSet<_> = named.map(|name| name.trim_end_matches(';').to_owned()).collect();
    assert!(TYPES.iter().all(|name| interfaces.contains(*name)), "{interfaces:?}");
    interfaces
}
