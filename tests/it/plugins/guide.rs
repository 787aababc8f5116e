//! `sdk/README.md`, the author's guide: what it shows is what there is. Its code in Rust is compiled as tests of the SDK's own.

use std::path::{Path, PathBuf};

use mortise_host::hooks::Kind;
use mortise_host::wasm::Budgets;

use super::command_line::{Shell, complaint};
use super::component;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(file: &str) -> String {
    std::fs::read_to_string(root().join(file)).expect("it is there")
}

fn guide() -> String {
    read("sdk/README.md")
}

/// The code blocks of one language.
fn blocks(language: &str) -> Vec<String> {
    let guide = guide();
    let opening = format!("```{language}\n");
    let parts = guide.split(&opening).skip(1);
    parts.map(|part| part.split("\n```").next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn the_guide_shows_what_the_templates_hold() {
    let rust = read("sdk/templates/rust/scoring-rule.rs");
    let (_, rust) = rust.split_once("\n\n").expect("it begins with what it is");
    let (rust, _) = rust.split_once("/// `cargo test`").expect("it ends with its tests");
    for (language, template) in [
        ("rust", rust.to_owned()),
        ("js", read("sdk/templates/javascript/scoring-rule.js")),
        ("python", read("sdk/templates/python/scoring-rule.py")),
    ] {
        assert_eq!(blocks(language)[0], template.trim_end(), "{language}");
    }
}

/// The program knows each command with its options.
#[test]
fn every_command_of_the_guide_is_one() {
    let shell = Shell::new();
    let blocks = blocks("sh");
    let lines = blocks.iter().flat_map(|block| block.lines()).filter(|line| line.starts_with("mortise "));
    let mut seen = 0;
    for line in lines {
        let command = line.split(['#', '|']).next().unwrap_or_default();
        let words: Vec<&str> = command.split_whitespace().skip(1).chain(["--help"]).collect();
        let run = shell.program(&words).output().expect("the program starts");
        assert!(run.status.success(), "{line}: {}", String::from_utf8_lossy(&run.stderr));
        seen += 1;
    }
    assert!(seen > 10, "{seen}");
}

#[test]
fn the_limits_of_the_guide_are_those_of_the_server() {
    let guide = guide();
    for kind in [Kind::TextExtractor, Kind::ResumeParser, Kind::ScoringRule, Kind::WebhookTransform] {
        let limits = Budgets::default().of(kind);
        let seconds = |time: std::time::Duration| match time.subsec_millis() {
            0 => format!("{} s", time.as_secs()),
            _ => format!("{} ms", time.as_millis()),
        };
        let bytes = |bytes: u64| match bytes >> 20 {
            0 => format!("{} KiB", bytes >> 10),
            mebibytes => format!("{mebibytes} MiB"),
        };
        let fuel = limits.fuel.map(|fuel| format!(", {} million units of fuel", fuel / 1_000_000));
        let row = format!(
            "| `{}` | {} | {}{} | {} | {} | {} |",
            kind.as_str(),
            seconds(limits.wall),
            seconds(limits.cpu),
            fuel.unwrap_or_default(),
            bytes(limits.memory),
            bytes(limits.input_bytes),
            bytes(limits.result_bytes),
        );
        assert!(guide.contains(&row), "{row}");
    }
}

#[test]
fn every_code_the_guide_explains_is_one_of_the_servers() {
    let guide = guide();
    let (_, section) = guide.split_once("## What a refusal means").expect("there is such a section");
    let (section, _) = section.split_once("\n## ").expect("another one follows");
    let mut sources = String::new();
    gather(&root().join("host/src"), &mut sources);
    let firsts = section.lines().filter_map(|line| line.strip_prefix("| `")?.split(" | ").next());
    let codes: Vec<&str> = firsts
        .flat_map(|cell| cell.split('`'))
        .filter(|word| !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'_'))
        .collect();
    assert!(codes.len() > 40, "{codes:?}");
    for code in codes {
        assert!(sources.contains(&format!("\"{code}\"")), "{code}");
    }
}

fn gather(folder: &Path, into: &mut String) {
    for entry in std::fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            gather(&path, into);
        } else {
            into.push_str(&std::fs::read_to_string(&path).expect("it is text"));
        }
    }
}

#[test]
fn the_mocks_of_the_guide_are_read() {
    let shell = Shell::new();
    let more = "[[capabilities]]\nname = \"http\"\nreason = \"asks\"\nhosts = [\"api.example.com\"]\n\
        [[capabilities]]\nname = \"secrets\"\nreason = \"signs in\"\n\
        [[capabilities]]\nname = \"kv\"\nreason = \"remembers\"\n\
        [[capabilities]]\nname = \"clock\"\nreason = \"tells the time\"\n\
        [config_schema]\ntype = \"object\"\n\
        [config_schema.properties.api_key]\ntype = \"string\"\nx-secret = true\n";
    shell.write("echo.wasm", component("echo-parser", "acme/echo", "1.0.0", more));
    std::fs::create_dir_all(shell.0.path().join("tests/cv")).expect("there is room for a folder");
    shell.write("tests/cv/input.txt", "Ada Lovelace");
    shell.write("tests/cv/mocks.json", &blocks("json")[0]);

    let run = shell.run(&["test", "--plugin", "echo.wasm"]);

    complaint(&run);
    let shown = String::from_utf8_lossy(&run.stdout);
    let unasked = shown.lines().filter(|line| line.contains("the plugin never asked for")).count();
    assert_eq!(unasked, 2, "it asks for nothing: {shown}");
}
