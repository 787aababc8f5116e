//! What is refused before a single instruction of it runs, and what the refusal says.

use bytes::Bytes;
use mortise_host::hooks::{Hooks, Kind, Outcome};
use mortise_host::wasm::Refusal;
use mortise_host::wasm::manifest::{self, Manifest};
use mortise_tests::guests;

use super::fixture::{Host, failure, settings};

async fn refusal(component: impl Into<Bytes>) -> Refusal {
    let host = Host::new();
    let refusal = host.plugins.load(component.into()).await.expect_err("it is refused");
    assert!(host.plugins.manifests().is_empty(), "what is refused is not installed");
    refusal
}

async fn code(component: impl Into<Bytes>) -> &'static str {
    refusal(component).await.code
}

#[tokio::test]
async fn text_is_refused() {
    assert_eq!(code("(component)").await, "component_is_text");
    assert_eq!(code("  ;; a comment\n(component)").await, "component_is_text");
}

#[tokio::test]
async fn a_core_module_is_refused() {
    assert_eq!(code(&b"\0asm\x01\0\0\0"[..]).await, "component_is_core_module");
}

#[tokio::test]
async fn machine_code_is_refused() {
    assert_eq!(code(&b"\x7fELF\x02\x01\x01"[..]).await, "component_precompiled");
    // The artifact the server itself made of a sound component.
    let host = Host::new();
    host.install("empty-score", Kind::ScoringRule).await;
    let folders = std::fs::read_dir(settings().cache_dir).unwrap().flatten();
    let artifact =
        folders.flat_map(|folder| std::fs::read_dir(folder.path()).unwrap().flatten()).next().unwrap();
    assert_eq!(code(std::fs::read(artifact.path()).unwrap()).await, "component_precompiled");
}

#[tokio::test]
async fn what_is_no_webassembly_is_refused() {
    assert_eq!(code("").await, "component_not_wasm");
    assert_eq!(code("%PDF-1.7").await, "component_not_wasm");
}

#[tokio::test]
async fn a_truncated_component_is_refused_wherever_it_ends() {
    let whole = guests::guest("empty-score", Kind::ScoringRule);
    for part in 1..20 {
        let end = 8 + (whole.len() - 8) * part / 20;
        assert!(["component_invalid", "manifest_missing"].contains(&code(whole.slice(..end)).await));
    }
}

#[tokio::test]
async fn a_corrupted_component_is_refused_or_harmless() {
    let whole = guests::guest("empty-score", Kind::ScoringRule);
    let host = Host::new();
    let mut refused = 0;
    for part in 0..24 {
        let mut bytes = whole.to_vec();
        let at = 8 + (bytes.len() - 9) * part / 24;
        bytes[at] ^= 0x55;
        match host.plugins.load(bytes.into()).await {
            Err(_) => refused += 1,
            // A changed constant is still a program, and runs within its limits like any other.
            Ok(plugin) => drop(host.score(&plugin, "").await),
        }
    }
    assert!(refused > 0);
    host.still_parses().await;
}

#[tokio::test]
async fn a_component_over_the_size_limit_is_refused_before_it_is_read() {
    let mut settings = settings();
    settings.max_component_bytes = 1_000;
    let host = Host::with(settings);
    let refusal = host.plugins.load(guests::guest("empty-score", Kind::ScoringRule)).await.unwrap_err();
    assert_eq!(refusal.code, "component_too_large");
}

#[tokio::test]
async fn a_hundred_thousand_functions_are_too_many() {
    assert_eq!(code(component_with_functions(100_000)).await, "component_too_complex");
}

#[tokio::test]
async fn a_custom_section_of_megabytes_is_refused() {
    let mut bytes = guests::bare("empty-score");
    bytes.extend_from_slice(&section(0, &[&[4][..], b"junk", &vec![0; 2 << 20]].concat()));
    assert_eq!(code(bytes).await, "component_too_complex");
}

#[tokio::test]
async fn a_component_without_a_manifest_is_refused() {
    let refusal = refusal(guests::bare("empty-score")).await;
    assert_eq!(refusal.code, "manifest_missing");
    assert!(refusal.message.contains("mortise:plugin-manifest"));
}

#[tokio::test]
async fn a_component_with_two_manifests_is_refused() {
    let manifest = guests::manifest("empty-score", Kind::ScoringRule);
    let once = manifest::embed(&guests::bare("empty-score"), &manifest);
    assert_eq!(code(manifest::embed(&once, &manifest)).await, "manifest_duplicate");
}

#[tokio::test]
async fn a_manifest_over_its_limit_is_refused() {
    let mut manifest = guests::manifest("empty-score", Kind::ScoringRule);
    manifest.description = Some("x".repeat(70_000));
    assert_eq!(code(manifest::embed(&guests::bare("empty-score"), &manifest)).await, "manifest_too_large");
}

#[tokio::test]
async fn a_manifest_of_another_kind_than_the_component_is_refused() {
    let manifest = guests::manifest("empty-score", Kind::ResumeParser);
    let refusal = refusal(manifest::embed(&guests::bare("empty-score"), &manifest)).await;
    assert_eq!(refusal.code, "export_missing");
    assert!(refusal.message.contains("mortise:plugin/resume-parsing"), "{}", refusal.message);
}

#[tokio::test]
async fn a_capability_imported_but_not_requested_is_refused_by_name() {
    let refusal = refusal(guests::guest("asks-for-http", Kind::ResumeParser)).await;
    assert_eq!(refusal.code, "import_not_requested");
    assert!(refusal.message.contains("`mortise:plugin/http@0.1.0`"), "{}", refusal.message);
}

#[tokio::test]
async fn a_capability_requested_but_not_granted_answers_denied() {
    let host = Host::new();
    for (guest, capability) in [("asks-for-http", "http"), ("remembers", "kv")] {
        let toml = format!(
            "id = \"guests/{guest}\"\nversion = \"0.1.0\"\nkind = \"resume-parser\"\ntitle = \"x\"\n\
             [[capabilities]]\nname = \"{capability}\"\nreason = \"to see it denied\""
        );
        let manifest = Manifest::from_toml(&toml).unwrap();
        let plugin =
            host.plugins.load(manifest::embed(&guests::bare(guest), &manifest).into()).await.unwrap();
        let failure = failure(host.parse(&plugin, "x").await, Outcome::Error);
        assert!(failure.message.contains("granted") || failure.code.contains("granted"), "{failure:?}");
    }
}

#[tokio::test]
async fn the_same_bytes_are_installed_once() {
    let host = Host::new();
    let first = host.install("echo-parser", Kind::ResumeParser).await;
    assert_eq!(host.install("echo-parser", Kind::ResumeParser).await, first);
    assert_eq!(host.plugins.manifests().len(), 1);
    assert_eq!(host.plugins.parser(host.tenant, Some("guests/echo-parser")), Some(first));
    assert_eq!(host.plugins.ready().await, Ok(()));
}

#[test]
fn manifests_that_say_nonsense_are_refused() {
    let sound = "id = \"a/b\"\nversion = \"1.0.0\"\nkind = \"scoring-rule\"\ntitle = \"t\"\n";
    assert!(Manifest::from_toml(sound).is_ok());
    for (wrong, why) in [
        (sound.replace("a/b", "ab"), "an id without a vendor"),
        (sound.replace("a/b", "A/b"), "capital letters"),
        (sound.replace("a/b", "a/../b"), "a path"),
        (sound.replace("1.0.0", "one"), "no version"),
        (sound.replace("scoring-rule", "virus"), "an unknown kind"),
        (sound.replace("scoring-rule", "text-extractor"), "an extractor of nothing"),
        (format!("{sound}surprise = 1"), "an unknown field"),
        (format!("{sound}manifest_version = 2"), "a newer manifest"),
        (format!("{sound}[[capabilities]]\nname = \"http\"\nreason = \" \""), "no reason"),
        (format!("{sound}[[capabilities]]\nname = \"root\"\nreason = \"r\""), "an unknown capability"),
    ] {
        let refusal = Manifest::from_toml(&wrong).expect_err(why);
        assert_eq!(refusal.code, "manifest_invalid");
    }
}

/// A section of a component: its id, its length, its content.
fn section(id: u8, content: &[u8]) -> Vec<u8> {
    let mut bytes = vec![id];
    length(&mut bytes, content.len());
    bytes.extend_from_slice(content);
    bytes
}

fn length(bytes: &mut Vec<u8>, mut length: usize) {
    while length >= 0x80 {
        bytes.push((length & 0x7f) as u8 | 0x80);
        length >>= 7;
    }
    bytes.push(length as u8);
}

/// One core module in a component, with that many empty functions.
fn component_with_functions(count: usize) -> Vec<u8> {
    let (mut functions, mut code) = (Vec::new(), Vec::new());
    length(&mut functions, count);
    functions.resize(functions.len() + count, 0);
    length(&mut code, count);
    for _ in 0..count {
        code.extend_from_slice(&[2, 0, 0x0b]);
    }
    let mut module = b"\0asm\x01\0\0\0".to_vec();
    module.extend_from_slice(&section(1, &[1, 0x60, 0, 0]));
    module.extend_from_slice(&section(3, &functions));
    module.extend_from_slice(&section(10, &code));
    let mut component = b"\0asm\x0d\0\x01\0".to_vec();
    component.extend_from_slice(&section(1, &module));
    component
}
