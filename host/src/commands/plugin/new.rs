//! `mortise plugin new`: a plugin that works, in at most five files, with a golden case. The files are in `sdk/templates`.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde_json::json;

use super::languages::{self, Language};
use super::{NewOptions, print};
use crate::hooks::Kind;

/// Where this program's own source lay when it was built.
const OWN_SDK: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../sdk");

macro_rules! template {
    ($file:literal) => {
        include_str!(concat!("../../../../sdk/templates/", $file))
    };
}

type File = (&'static str, &'static str);

/// The same for every kind: what the language's tool chain wants to be told.
fn tools(language: Language) -> File {
    match language {
        Language::Rust => ("Cargo.toml", template!("rust/Cargo.toml")),
        Language::JavaScript => ("package.json", template!("javascript/package.json")),
        Language::Python => ("requirements.txt", template!("python/requirements.txt")),
    }
}

/// Nothing where the language's tool chain cannot make a plugin of the kind.
fn source(kind: Kind, language: Language) -> Option<File> {
    let text = match (kind, language) {
        (Kind::TextExtractor, Language::Rust) => template!("rust/text-extractor.rs"),
        (Kind::TextExtractor | Kind::ResumeParser, Language::JavaScript) => return None,
        (Kind::TextExtractor, Language::Python) => template!("python/text-extractor.py"),
        (Kind::ResumeParser, Language::Rust) => template!("rust/resume-parser.rs"),
        (Kind::ResumeParser, Language::Python) => template!("python/resume-parser.py"),
        (Kind::ScoringRule, Language::Rust) => template!("rust/scoring-rule.rs"),
        (Kind::ScoringRule, Language::JavaScript) => template!("javascript/scoring-rule.js"),
        (Kind::ScoringRule, Language::Python) => template!("python/scoring-rule.py"),
        (Kind::WebhookTransform, Language::Rust) => template!("rust/webhook-transform.rs"),
        (Kind::WebhookTransform, Language::JavaScript) => template!("javascript/webhook-transform.js"),
        (Kind::WebhookTransform, Language::Python) => template!("python/webhook-transform.py"),
    };
    let file = match language {
        Language::Rust => "src/lib.rs",
        Language::JavaScript => "plugin.js",
        Language::Python => "plugin.py",
    };
    Some((file, text))
}

/// The same in every language: the manifest and the golden case. But only Rust has an SDK that lays text out.
fn rest(kind: Kind, language: Language) -> [File; 3] {
    match kind {
        Kind::TextExtractor => [
            ("mortise-plugin.toml", template!("text-extractor/mortise-plugin.toml")),
            ("tests/example/input.md", template!("text-extractor/input.md")),
            match language {
                Language::Rust => {
                    ("tests/example/expected.json", template!("text-extractor/expected-of-flow.json"))
                }
                _ => ("tests/example/expected.json", template!("text-extractor/expected.json")),
            },
        ],
        Kind::ResumeParser => [
            ("mortise-plugin.toml", template!("resume-parser/mortise-plugin.toml")),
            ("tests/example/input.md", template!("resume-parser/input.md")),
            ("tests/example/expected.json", template!("resume-parser/expected.json")),
        ],
        Kind::ScoringRule => [
            ("mortise-plugin.toml", template!("scoring-rule/mortise-plugin.toml")),
            ("tests/example/input.json", template!("scoring-rule/input.json")),
            ("tests/example/expected.json", template!("scoring-rule/expected.json")),
        ],
        Kind::WebhookTransform => [
            ("mortise-plugin.toml", template!("webhook-transform/mortise-plugin.toml")),
            ("tests/example/input.json", template!("webhook-transform/input.json")),
            ("tests/example/expected.json", template!("webhook-transform/expected.json")),
        ],
    }
}

pub(super) fn new(options: &NewOptions) -> anyhow::Result<()> {
    let name = options.folder.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    for word in [name, options.vendor.as_str()] {
        anyhow::ensure!(
            is_word(word),
            "`{word}` is no name for a plugin: lower-case letters, digits and hyphens, the first a letter, at most 64"
        );
    }
    let folder = &options.folder;
    let is_empty = std::fs::read_dir(folder).map_or(true, |mut entries| entries.next().is_none());
    anyhow::ensure!(is_empty, "{} is there already, and something in it", folder.display());
    let sdk = match options.lang {
        Language::Rust => sdk(options.sdk.as_deref())?,
        Language::JavaScript | Language::Python => String::new(),
    };
    let source = source(options.kind, options.lang).context(languages::NO_DOCUMENTS)?;
    let files = [tools(options.lang), source];
    let files = files.into_iter().chain(rest(options.kind, options.lang));
    let mut written = Vec::new();
    for (file, text) in files {
        let text =
            text.replace("{{name}}", name).replace("{{vendor}}", &options.vendor).replace("{{sdk}}", &sdk);
        let path = folder.join(file);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).with_context(|| format!("making the folder {}", parent.display()))?;
        std::fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        written.push(path.display().to_string());
    }
    let mut next = vec![format!("cd {}", folder.display())];
    next.extend(installing(options.lang).iter().map(|step| (*step).to_owned()));
    next.push("mortise plugin test".into());
    print(&json!({ "files": written, "next": next }))
}

/// How a language's tool chain is made ready.
fn installing(language: Language) -> &'static [&'static str] {
    match language {
        Language::Rust => &["rustup target add wasm32-wasip2"],
        Language::JavaScript => &["npm install"],
        Language::Python => &["python3 -m venv .venv", ".venv/bin/pip install -r requirements.txt"],
    }
}

fn is_word(word: &str) -> bool {
    let of_word = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    word.starts_with(|first: char| first.is_ascii_lowercase())
        && word.len() <= 64
        && word.bytes().all(of_word)
}

/// Where cargo finds `mortise-sdk`, which no registry has: in a folder, or in a repository that holds Mortise's source.
fn sdk(given: Option<&str>) -> anyhow::Result<String> {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    if let Some(repository) = given.filter(|given| given.contains("://")) {
        return Ok(format!("{{ git = {} }}", quoted(repository)));
    }
    let folder = PathBuf::from(given.unwrap_or(OWN_SDK));
    let is_sdk = |folder: &Path| {
        let manifest = std::fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default();
        manifest.lines().any(|line| line.trim() == "name = \"mortise-sdk\"")
    };
    anyhow::ensure!(
        is_sdk(&folder),
        "{} is not Mortise's folder `sdk`; name it by --sdk DIR, or the git repository of Mortise's source by --sdk URL",
        folder.display()
    );
    let folder = folder.canonicalize().with_context(|| format!("reading the folder {}", folder.display()))?;
    let folder = folder.to_str().with_context(|| format!("{} is no text", folder.display()))?;
    Ok(format!("{{ path = {} }}", quoted(folder)))
}

#[cfg(test)]
mod tests {
    use clap::ValueEnum;

    use super::{Language, is_word, rest, sdk, source, tools};
    use crate::components::Manifest;
    use crate::hooks::Kind;

    const KINDS: [Kind; 4] =
        [Kind::TextExtractor, Kind::ResumeParser, Kind::ScoringRule, Kind::WebhookTransform];

    #[test]
    fn every_template_is_of_its_kind_and_has_no_more_than_five_files() {
        for kind in KINDS {
            for language in Language::value_variants() {
                let Some(source) = source(kind, *language) else {
                    assert_eq!(*language, Language::JavaScript);
                    continue;
                };
                let mut files = vec![tools(*language), source];
                files.extend(rest(kind, *language));
                assert!(files.len() <= 5);
                let (_, manifest) =
                    files.iter().find(|(file, _)| *file == "mortise-plugin.toml").expect("there");
                let manifest = manifest.replace("{{vendor}}", "acme").replace("{{name}}", "first");
                let manifest = Manifest::from_toml(&manifest).expect("it is a manifest");
                assert_eq!((manifest.kind, manifest.id.as_str()), (kind, "acme/first"));
            }
        }
    }

    #[test]
    fn names_are_those_that_manifests_and_cargo_take() {
        for (word, is_one) in
            [("cv-2", true), ("2-cv", false), ("-cv", false), ("Cv", false), ("", false), ("c_v", false)]
        {
            assert_eq!(is_word(word), is_one, "{word}");
        }
    }

    #[test]
    fn the_sdk_is_a_folder_or_a_repository() {
        assert!(sdk(None).expect("this source has one").starts_with("{ path = \""));
        assert_eq!(
            sdk(Some("https://git.example.com/mortise.git")).expect("an address is believed"),
            "{ git = \"https://git.example.com/mortise.git\" }"
        );
        let error = sdk(Some("/")).expect_err("there is no SDK").to_string();
        assert!(error.contains("--sdk DIR"), "{error}");
    }
}
