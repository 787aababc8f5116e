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

/// Looked at and neither compiled nor run, so that every place can be.
#[tokio::test]
async fn a_component_cut_or_changed_anywhere_is_looked_at_without_harm() {
    let whole = guests::guest("empty-score", Kind::ScoringRule);
    let host = Host::new();
    const PLACES: usize = 300;
    let mut codes = std::collections::BTreeSet::new();
    for place in 0..PLACES {
        let at = whole.len() * place / PLACES;
        codes.insert(host.plugins.examine(whole.slice(..at)).await.expect_err("its end is missing").code);
        for change in [0x01, 0x80, 0xff] {
            let mut bytes = whole.to_vec();
            bytes[at] ^= change;
            if let Ok(examined) = host.plugins.examine(bytes.into()).await {
                // Sound all the same, or refused by what it wants.
                let _ = host.plugins.admit(&examined);
            }
        }
    }
    for code in codes {
        assert!(["component_not_wasm", "component_invalid", "manifest_missing"].contains(&code), "{code}");
    }
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

/// Lists of lists of lists: as types they are sound, and as deep as nobody's stack.
#[tokio::test]
async fn types_nested_without_end_are_refused_or_fail_to_compile() {
    let host = Host::new();
    for depth in [50, 1_000, 100_000] {
        let bytes = component_exporting(depth, |types, index| {
            types.push(0x70);
            match index {
                0 => types.push(0x7d),
                index => signed(types, index - 1),
            }
        });
        let refusal = host.plugins.load(bytes.into()).await.expect_err("it does not score");
        let expected = ["component_invalid", "component_too_complex", "compile_failed", "contract_mismatch"];
        assert!(expected.contains(&refusal.code), "{depth}: {refusal}");
    }
    host.still_parses().await;
}

/// Each a pair of the one before: a few hundred bytes that stand for more than there is memory in the world.
#[tokio::test]
async fn types_that_double_are_refused() {
    let bytes = component_exporting(64, |types, index| {
        types.extend_from_slice(&[0x6f, 2]);
        for _ in 0..2 {
            match index {
                0 => types.push(0x7d),
                index => signed(types, index - 1),
            }
        }
    });
    let refusal = refusal(bytes).await;
    assert_eq!(refusal.code, "component_invalid");
    assert!(refusal.message.contains("size"), "{refusal}");
}

#[tokio::test]
async fn components_within_components_without_end_are_refused() {
    let mut inner = b"\0asm\x0d\0\x01\0".to_vec();
    for _ in 0..2_000 {
        inner = [b"\0asm\x0d\0\x01\0".as_slice(), &section(4, &inner)].concat();
    }
    assert!(["component_invalid", "manifest_missing"].contains(&code(inner).await));
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

/// What is new in it is not known here, and not what is wrong with it.
#[tokio::test]
async fn a_manifest_of_a_newer_version_is_refused_as_such() {
    let mut newer = guests::manifest("empty-score", Kind::ScoringRule);
    newer.manifest_version = 2;
    let simple = manifest::embed(&guests::bare("empty-score"), &newer);
    let json =
        br#"{"manifest_version":2,"id":"guests/empty-score","novelty":{"deep":[1]},"kind":"something new"}"#;
    let name = b"mortise:plugin-manifest";
    let content = [&[u8::try_from(name.len()).unwrap()][..], name, json].concat();
    let novel = [guests::bare("empty-score"), section(0, &content)].concat();
    for bytes in [simple, novel] {
        let refusal = refusal(bytes).await;
        assert_eq!(refusal.code, "manifest_invalid");
        assert!(refusal.message.contains("manifest_version is 2"), "{refusal}");
        assert!(refusal.message.contains("update the server"), "{refusal}");
    }
    let toml = "manifest_version = 3\nnovelty = true";
    assert!(Manifest::from_toml(toml).unwrap_err().message.contains("manifest_version is 3"));
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
    let parser = sound.replace("scoring-rule", "resume-parser");
    let clock = "[[capabilities]]\nname = \"clock\"\nreason = \"r\"\n";
    assert!(Manifest::from_toml(sound).is_ok());
    assert!(Manifest::from_toml(&format!("{parser}{clock}")).is_ok());
    for (wrong, why) in [
        (sound.replace("a/b", "ab"), "an id without a vendor"),
        (sound.replace("a/b", "A/b"), "capital letters"),
        (sound.replace("a/b", "a/../b"), "a path"),
        (sound.replace("1.0.0", "one"), "no version"),
        (sound.replace("scoring-rule", "virus"), "an unknown kind"),
        (sound.replace("scoring-rule", "text-extractor"), "an extractor of nothing"),
        (format!("{sound}surprise = 1"), "an unknown field"),
        (format!("{sound}manifest_version = 2"), "a newer manifest"),
        (format!("{parser}[[capabilities]]\nname = \"http\"\nreason = \" \""), "no reason"),
        (format!("{sound}[[capabilities]]\nname = \"root\"\nreason = \"r\""), "an unknown capability"),
        (format!("{sound}{clock}"), "a rule that would know the time"),
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

/// A number of 33 bits with a sign, as types refer to one another.
fn signed(bytes: &mut Vec<u8>, mut value: usize) {
    while value >= 0x40 {
        bytes.push((value & 0x7f) as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

/// A component with so many types, that exports the last of them in the place of what scores. `write` writes the one at
/// this place.
fn component_exporting(count: usize, mut write: impl FnMut(&mut Vec<u8>, usize)) -> Vec<u8> {
    let mut types = Vec::new();
    length(&mut types, count);
    for index in 0..count {
        write(&mut types, index);
    }
    // An instance with the type as its only export, and that instance exported.
    let mut instance = vec![1, 1, 1, 0, 1, b't', 3];
    length(&mut instance, count - 1);
    let name = b"mortise:plugin/scoring@0.1.0";
    let export = [&[1, 0, u8::try_from(name.len()).expect("it is short")][..], name, &[5, 0, 0]].concat();
    let mut component = b"\0asm\x0d\0\x01\0".to_vec();
    component.extend_from_slice(&section(7, &types));
    component.extend_from_slice(&section(5, &instance));
    component.extend_from_slice(&section(11, &export));
    manifest::embed(&component, &guests::manifest("empty-score", Kind::ScoringRule))
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
