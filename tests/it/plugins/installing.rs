//! Installing: every check in its order, with what to do about it; where the bytes go; what is not repeated.

use mortise_host::config::Config;
use mortise_host::digest::sha256_hex;
use mortise_host::hooks::Kind;
use mortise_host::wasm::manifest;
use mortise_tests::guests;
use mortise_tests::outside::Outside;
use mortise_tests::server::Server;
use reqwest::multipart::{Form, Part};
use serde_json::{Value, json};

use super::{component, embedded, install, post_form, upload};

fn echo(version: &str) -> Vec<u8> {
    component("echo-parser", "acme/echo", version, "")
}

#[tokio::test]
async fn an_upload_is_kept_and_compiled_in_the_background() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let bytes = echo("1.0.0");
    let digest = sha256_hex(&bytes);

    let answer = upload(&owner, bytes).await.expect(202);

    assert_eq!(answer.text("state"), "compiling");
    assert_eq!(answer.text("release"), "1.0.0");
    assert_eq!(answer.text("digest"), digest);
    assert_eq!(answer.json()["manifest"]["id"], "acme/echo");
    let location = answer.header("location").expect("it says where to ask").to_owned();
    assert_eq!(owner.get(&location).await.expect(200).json(), answer.json());
    assert!(server.run_tasks().await.contains(&"plugins.compile".to_owned()));
    assert_eq!(owner.get(&location).await.expect(200).text("state"), "ready");
    let events = server.events().await;
    assert_eq!(events.iter().filter(|event| *event == "plugin.installed").count(), 1, "{events:?}");
    // The file lies in the tenant's own part of the store.
    let keys =
        server.texts("select f.blob_key from files f join plugin_versions v on v.file_id = f.id").await;
    let tenant = server.texts("select slug from tenants").await;
    assert_eq!((keys.len(), tenant.len()), (1, 1));
    assert!(keys[0].starts_with("t/"), "{keys:?}");
}

#[tokio::test]
async fn each_refusal_names_its_check_and_says_what_to_do() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let bare = guests::bare("empty-score");
    let mut broken = echo("1.0.0");
    let end = broken.len() / 2;
    broken.truncate(end);
    let mut twice = echo("1.0.0");
    let toml = "id = \"acme/echo\"\nversion = \"1.0.0\"\nkind = \"resume-parser\"\ntitle = \"x\"";
    let again = manifest::Manifest::from_toml(toml).unwrap();
    twice = manifest::embed(&twice, &again);
    let own = embedded("echo-parser", &toml.replace("acme/", "mortise/"));
    let wrong_kind = embedded("empty-score", toml);
    let unasked = component("asks-for-http", "acme/asks", "1.0.0", "");
    let foreign = {
        let toml = "id = \"acme/x\"\nversion = \"1.0.0\"\nkind = \"text-extractor\"\ntitle = \"x\"\nmedia_types = [\"a/b\"]";
        embedded("echo-parser", toml)
    };

    for (bytes, code, says) in [
        (b"(component)".to_vec(), "component_is_text", "binary"),
        (b"\0asm\x01\0\0\0".to_vec(), "component_is_core_module", "wasm32-wasip2"),
        (b"\x7fELF\x02\x01\x01".to_vec(), "component_precompiled", "compiled from"),
        (b"%PDF-1.7".to_vec(), "component_not_wasm", "WebAssembly"),
        (Vec::new(), "component_not_wasm", "WebAssembly"),
        (broken, "component_invalid", ""),
        (bare, "manifest_missing", "mortise plugin build"),
        (twice, "manifest_duplicate", "build it again"),
        (own, "vendor_reserved", "an id of your own"),
        (wrong_kind, "export_missing", "mortise:plugin/resume-parsing"),
        (foreign, "export_missing", "mortise:plugin/extraction"),
        (unasked, "import_not_requested", "`mortise:plugin/http@0.1.0`"),
    ] {
        let answer = upload(&owner, bytes).await.expect(422);

        assert_eq!(answer.fault(), ("component".into(), code.into()), "{answer:?}");
        let detail = answer.json()["errors"][0]["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(says), "{code}: {detail}");
    }
    let plugins = owner.get("/v1/plugins").await.expect(200).json();
    let installed = plugins["data"].as_array().unwrap().iter().filter(|one| one["origin"] == "installed");
    assert_eq!(installed.count(), 0, "what is refused is not there");
    assert!(server.texts("select blob_key from files").await.is_empty(), "nor are its bytes");
}

#[tokio::test]
async fn more_than_thirty_two_mebibytes_are_too_many() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let mut bytes = echo("1.0.0");
    bytes.resize((32 << 20) + 1, 0);

    let answer = upload(&owner, bytes).await;

    assert_eq!((answer.status, answer.text("code")), (413, "too_large".into()));
}

#[tokio::test]
async fn what_starts_too_large_for_its_limit_is_refused_before_it_is_compiled() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let tight = component("starts-large", "acme/tight", "1.0.0", "[limits]\nmemory_mib = 1\n");

    let answer = upload(&owner, tight).await.expect(422);

    assert_eq!(answer.fault().1, "component_needs_too_much", "{answer:?}");
}

#[tokio::test]
async fn forms_that_are_none_are_refused_part_by_part() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let part = || Part::bytes(echo("1.0.0")).file_name("plugin.wasm");

    for (form, pointer, code) in [
        (Form::new().text("allow_unsigned", "true"), "component", "missing"),
        (Form::new().part("component", part()).part("component", part()), "component", "given_twice"),
        (Form::new().part("component", part()).text("surprise", "1"), "surprise", "unknown_part"),
        (
            Form::new().part("component", part()).text("allow_unsigned", "perhaps"),
            "allow_unsigned",
            "invalid_value",
        ),
        (Form::new().part("component", part()).text("signature", "{}"), "signature", "signature_invalid"),
        (Form::new().part("component", part()), "signature", "signature_missing"),
    ] {
        let answer = post_form(&owner, form).await.expect(422);
        assert_eq!(answer.fault(), (pointer.into(), code.into()), "{answer:?}");
    }
}

#[tokio::test]
async fn a_version_is_never_changed() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    install(&server, &owner, echo("1.0.0")).await;

    let same = upload(&owner, echo("1.0.0")).await.expect(409);
    let other = component("echo-parser", "acme/echo", "1.0.0", "licence = \"MIT\"\n");
    let other = upload(&owner, other).await.expect(409);
    let kind = "id = \"acme/echo\"\nversion = \"2.0.0\"\nkind = \"scoring-rule\"\ntitle = \"x\"";
    let kind = upload(&owner, embedded("empty-score", kind)).await.expect(409);

    assert_eq!(same.text("code"), "plugin_version_exists");
    assert!(other.text("detail").contains("count the version up"), "{other:?}");
    assert_eq!(kind.text("code"), "plugin_kind_changed");
    let next = install(&server, &owner, echo("1.1.0")).await;
    let versions = owner.get(&format!("{}/versions", next.plugin())).await.expect(200).json();
    let releases: Vec<&str> =
        versions["data"].as_array().unwrap().iter().map(|one| one["release"].as_str().unwrap()).collect();
    assert_eq!(releases, ["1.1.0", "1.0.0"]);
}

#[tokio::test]
async fn an_unsigned_plugin_leaves_an_entry_of_its_own() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;

    upload(&owner, echo("1.0.0")).await.expect(202);

    let log = owner.get("/v1/audit-log").await.expect(200).json();
    let entries: Vec<&Value> = log["data"].as_array().unwrap().iter().collect();
    let of = |action: &str| entries.iter().find(|entry| entry["action"] == action).copied();
    assert!(of("plugin.unsigned_allowed").is_some(), "{log:#}");
    let installed = of("plugin.installed").expect("installing is audited");
    assert_eq!(installed["after"]["plugin"], "acme/echo");
    assert!(installed["after"]["digest"].is_string(), "{installed:#}");
}

#[tokio::test]
async fn only_whoever_may_change_plugins_installs_one() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let recruiter = server.member(&owner, "rec@acme.example", &[("recruiter", None)]).await.actor;

    let answer = upload(&recruiter, echo("1.0.0")).await.expect(403);

    assert!(answer.text("detail").contains("plugin:write"), "{answer:?}");
}

fn lets_out(config: &mut Config) {
    config.egress_allow = vec!["127.0.0.0/8".parse().expect("it is a range")];
    config.egress_allow_http = true;
}

#[tokio::test]
async fn a_plugin_is_fetched_by_address_and_digest() {
    let server = Server::start_with(lets_out).await;
    let owner = server.tenant("acme").await;
    let bytes = echo("1.0.0");
    let outside = Outside::start(&Value::Null).await;
    outside.say_bytes(200, bytes.clone());
    let url = outside.url();
    let from = |sha256: &str| json!({ "url": url, "sha256": sha256, "allow_unsigned": true });

    let wrong = owner.post("/v1/plugins", from(&"0".repeat(64))).await.expect(422);
    assert_eq!(wrong.fault(), ("#/sha256".into(), "digest_mismatch".into()));
    let none = owner.post("/v1/plugins", from("abc")).await.expect(422);
    assert_eq!(none.fault(), ("#/sha256".into(), "invalid_digest".into()));
    let right = owner.post("/v1/plugins", from(&sha256_hex(&bytes))).await.expect(202);

    assert_eq!(right.text("source"), url);
    server.run_tasks().await;
    let version = format!("/v1/plugins/{}/versions/{}", right.text("plugin_id"), right.text("id"));
    assert_eq!(owner.get(&version).await.expect(200).text("state"), "ready");
    outside.say(500, &Value::Null);
    let failed = owner.post("/v1/plugins", from(&sha256_hex(&bytes))).await.expect(422);
    assert_eq!(failed.fault(), ("#/url".into(), "bad_status".into()));
}

#[tokio::test]
async fn a_private_address_is_not_asked() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let sha256 = "0".repeat(64);

    for (url, code) in [
        ("https://127.0.0.1/plugin.wasm", "address_blocked"),
        ("https://169.254.169.254/latest", "address_blocked"),
        ("http://plugins.example.com/plugin.wasm", "https_only"),
        ("plugin.wasm", "bad_url"),
    ] {
        let answer =
            owner.post("/v1/plugins", json!({ "url": url, "sha256": sha256, "allow_unsigned": true })).await;
        assert_eq!(answer.expect(422).fault(), ("#/url".into(), code.into()), "{url}");
    }
}

#[tokio::test]
async fn a_plugin_that_does_not_compile_says_why_and_makes_room() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let answer = upload(&owner, echo("1.0.0")).await.expect(202);
    let path = answer.header("location").unwrap().to_owned();
    // As if the compiler had given up.
    let url = server.services().config.database_url();
    let failed =
        "update plugin_versions set state = 'failed', error_code = 'compile_failed', error_detail = 'no'";
    mortise_tests::rows::change(&url, failed).await.unwrap();

    let version = owner.get(&path).await.expect(200).json();
    assert_eq!(version["error"], json!({ "code": "compile_failed", "detail": "no" }));
    let again = install(&server, &owner, echo("1.0.0")).await;

    assert_ne!(again.path(), path);
    owner.get(&path).await.expect(404);
}

#[tokio::test]
async fn a_manifest_of_every_kind_is_taken() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    for (guest, kind) in [
        ("empty-score", Kind::ScoringRule),
        ("echo-transform", Kind::WebhookTransform),
        ("shouts", Kind::TextExtractor),
    ] {
        install(&server, &owner, guests::guest(guest, kind).to_vec()).await;
    }
}
