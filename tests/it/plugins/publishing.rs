//! From an author's folder through a real registry into a server, signature and all.

use mortise_tests::false_registry::{FalseRegistry, Says};
use mortise_tests::registry::Registry;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::command_line::{Shell, complaint, printed};
use super::{Installed, component};

fn echo(version: &str) -> Vec<u8> {
    component("echo-parser", "acme/echo", version, "licence = \"MIT\"\ndescription = \"Says it again.\"\n")
}

/// A server that may ask a registry on this machine.
async fn server() -> Server {
    Server::start_with(|config| {
        config.egress_allow = vec!["127.0.0.0/8".parse().expect("it is a range")];
        config.egress_allow_http = true;
    })
    .await
}

fn publish(shell: &Shell, reference: &str, version: &str) -> Value {
    shell.write("echo.wasm", echo(version));
    printed(&shell.run(&["push", reference, "echo.wasm", "--plain-http"]))
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_signed_and_pushed_is_installed_as_its_signers() {
    let (registry, server, shell) = (Registry::start().await, server().await, Shell::new());
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    shell.write("echo.wasm", echo("1.2.0"));
    let signed = printed(&shell.run(&["sign", "echo.wasm", "--key", "acme.key", "--new-key"]));
    let key = json!({ "name": "ours", "public_key": signed["public_key"] });
    let key = owner.post("/v1/trusted-keys", key).await.expect(201).text("id");
    let place = format!("oci://{}/acme/echo", registry.host());

    let pushed = printed(&shell.run(&["push", &place, "echo.wasm", "--plain-http"]));
    let url = server.url();
    let tagged = format!("{place}:1.2.0");
    let mut install = shell.command(&["install", &tagged, "--plain-http", "--server", &url, "--no-wait"]);
    let installed = printed(&install.env("MORTISE_API_KEY", founded.key.reveal()).output().unwrap());

    assert_eq!(pushed["reference"], format!("{tagged}@{}", pushed["digest"].as_str().unwrap()));
    assert_eq!((&pushed["signed_by"], &pushed["version"]), (&signed["key_id"], &json!("1.2.0")));
    assert_eq!((&installed["signed_by"], &installed["source"]), (&json!(key), &pushed["reference"]));
    assert_eq!(installed["digest"], pushed["component"]);
    server.run_tasks().await;
    let path = format!("/v1/plugins/{}/versions/{}", word(&installed, "plugin_id"), word(&installed, "id"));
    assert_eq!(owner.get(&path).await.expect(200).text("state"), "ready");
    let log = owner.get("/v1/audit-log").await.expect(200).json();
    let entries = log["data"].as_array().unwrap();
    let noted = entries.iter().find(|entry| entry["action"] == "plugin.installed").expect("it is audited");
    assert_eq!(noted["after"]["source"], pushed["reference"], "{noted:#}");
    assert!(!entries.iter().any(|entry| entry["action"] == "plugin.unsigned_allowed"), "{log:#}");
}

fn word(value: &Value, name: &str) -> String {
    value[name].as_str().expect("it is a text").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_that_is_moved_later_changes_nothing() {
    let (registry, server, shell) = (Registry::start().await, server().await, Shell::new());
    let owner = server.tenant("acme").await;
    let place = format!("oci://{}/acme/echo:stable", registry.host());
    let from = |url: &str| json!({ "url": url, "plain_http": true, "allow_unsigned": true });
    let first = publish(&shell, &place, "1.0.0");

    let installed = owner.post("/v1/plugins", from(&place)).await.expect(202);
    let moved = publish(&shell, &place, "2.0.0");
    // Compiled only now, and still what was there before.
    server.run_tasks().await;
    let version = owner.get(&Installed::of(&installed).path()).await.expect(200).json();

    assert_ne!(first["digest"], moved["digest"]);
    assert_eq!((&version["state"], &version["release"]), (&json!("ready"), &json!("1.0.0")));
    assert_eq!((&version["digest"], &version["source"]), (&first["component"], &first["reference"]));
    let later = owner.post("/v1/plugins", from(&place)).await.expect(202);
    assert_eq!(later.text("release"), "2.0.0");
    let globex = server.tenant("globex").await;
    let pinned = format!("oci://{}/acme/echo@{}", registry.host(), word(&first, "digest"));
    let pinned = globex.post("/v1/plugins", from(&pinned)).await.expect(202);
    assert_eq!((pinned.text("release"), pinned.text("digest")), ("1.0.0".into(), word(&first, "component")));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_file_makes_the_same_artifact() {
    let (registry, shell) = (Registry::start().await, Shell::new());
    let place = format!("oci://{}/acme/echo", registry.host());

    let pushed = publish(&shell, &place, "1.0.0+build.7");
    let again = publish(&shell, &format!("{place}:again"), "1.0.0+build.7");

    assert_eq!(pushed["digest"], again["digest"]);
    assert!(word(&pushed, "reference").contains(":1.0.0_build.7@"), "{pushed:#}");
    let url = format!("http://{}/v2/acme/echo/manifests/again", registry.host());
    let kind = "application/vnd.oci.image.manifest.v1+json";
    let manifest = reqwest::Client::builder().no_proxy().build().unwrap();
    let manifest = manifest.get(url).header("accept", kind).send().await.unwrap();
    let manifest: Value = manifest.json().await.unwrap();
    let about = &manifest["annotations"];
    assert_eq!(about["org.opencontainers.image.version"], "1.0.0+build.7");
    assert_eq!(about["org.opencontainers.image.licenses"], "MIT");
    assert_eq!(manifest["config"]["mediaType"], "application/vnd.wasm.config.v0+json");
    assert_eq!(manifest["layers"][0]["mediaType"], "application/wasm");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_registry_with_a_lock_wants_a_password() {
    let (registry, server, shell) = (Registry::start_locked().await, server().await, Shell::new());
    let founded = server.found("acme").await;
    let owner = server.actor(&founded.key);
    let place = format!("oci://{}/acme/echo:1", registry.host());
    shell.write("echo.wasm", echo("1.0.0"));
    let push =
        |more: &[&str]| shell.command(&[&["push", &place, "echo.wasm", "--plain-http"], more].concat());
    let known = ["--username", Registry::USERNAME];

    assert!(
        complaint(&shell.run(&["push", &place, "echo.wasm", "--plain-http"])).contains("(registry_denied)")
    );
    assert!(complaint(&push(&known).output().unwrap()).contains("MORTISE_REGISTRY_PASSWORD"));
    let wrong = push(&known).env("MORTISE_REGISTRY_PASSWORD", "guessed").output().unwrap();
    assert!(complaint(&wrong).contains("(registry_denied)"));
    let password = shell.write("password", format!("{}\n", Registry::PASSWORD));
    let mut by_pipe = push(&["--username", Registry::USERNAME, "--password-stdin"]);
    let pushed = printed(&by_pipe.stdin(std::fs::File::open(password).unwrap()).output().unwrap());
    let url = server.url();
    let arguments = ["install", &place, "--plain-http", "--server", &url, "--no-wait", "--allow-unsigned"];
    let mut install = shell.command(&arguments);
    install.env("MORTISE_API_KEY", founded.key.reveal());
    assert!(complaint(&install.output().unwrap()).contains("(registry_denied)"));
    install.env("MORTISE_REGISTRY_USERNAME", Registry::USERNAME);
    install.env("MORTISE_REGISTRY_PASSWORD", Registry::PASSWORD);

    let installed = printed(&install.output().unwrap());
    assert_eq!(installed["source"], pushed["reference"]);
    let log = owner.get("/v1/audit-log").await.expect(200).json();
    for shown in [&installed, &log] {
        assert!(!shown.to_string().contains(Registry::PASSWORD), "{shown:#}");
    }
}

#[test]
fn what_cannot_be_pushed_is_not() {
    let shell = Shell::new();
    shell.write("echo.wasm", echo("1.0.0"));
    shell.write("asks.wasm", component("asks-for-http", "acme/asks", "1.0.0", ""));
    shell.write("other.sig", "{}");
    let push = |arguments: &[&str]| complaint(&shell.run(&[&["push"], arguments].concat()));
    let place = "oci://localhost:1/acme/echo:1";

    assert!(push(&["registry.example.com/acme/echo", "echo.wasm"]).contains("(invalid_reference)"));
    let far = push(&["oci://registry.example.com/acme/echo", "echo.wasm", "--plain-http"]);
    assert!(far.contains("not on this machine"), "{far}");
    assert!(push(&[place, "asks.wasm"]).contains("(import_not_requested)"));
    assert!(push(&[place, "missing.wasm"]).contains("missing.wasm"));
    assert!(push(&[place, "echo.wasm", "--signature", "other.sig"]).contains("(signature_invalid)"));
    assert!(push(&[place, "echo.wasm", "--plain-http"]).contains("(unreachable)"));
    let digest = format!("oci://localhost:1/acme/echo@sha256:{}", "0".repeat(64));
    assert!(push(&[&digest, "echo.wasm"]).contains("under a tag"));
    let file =
        complaint(&shell.run(&["install", "echo.wasm", "--plain-http", "--api-key", "mortise_nobody"]));
    assert!(file.contains("is a file"), "{file}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_token_to_push_goes_to_the_registry_and_not_to_where_it_keeps_things() {
    let [registry, realm, storage] = [
        FalseRegistry::start().await,
        FalseRegistry::start_at("127.0.0.2").await,
        FalseRegistry::start_at("127.0.0.3").await,
    ];
    let answers = |status: u16, headers| Says::This(status, headers, Vec::new());
    registry.lock("Bearer abc", &format!("Bearer realm=\"{}/token\"", realm.url()));
    realm.say_at("/token", Says::This(200, Vec::new(), br#"{"token": "abc"}"#.to_vec()));
    let place = format!("{}/upload?state=1", storage.url());
    registry.say("blobs/uploads/", answers(202, vec![("location", place)]));
    storage.say_at("/upload", answers(201, Vec::new()));
    registry.say("manifests/1.0.0", answers(201, Vec::new()));
    let shell = Shell::new();
    shell.write("echo.wasm", echo("1.0.0"));

    let mut push = shell.command(&["push", &registry.reference(""), "echo.wasm", "--plain-http"]);
    push.env("MORTISE_REGISTRY_USERNAME", "ada").env("MORTISE_REGISTRY_PASSWORD", "secret");
    printed(&push.output().unwrap());

    let asked = realm.asked();
    assert_eq!(asked.len(), 1, "{asked:?}");
    assert_eq!(asked[0].what, "GET /token?scope=repository%3Aacme%2Fecho%3Apull%2Cpush");
    assert_eq!(asked[0].authorization.as_deref(), Some("Basic YWRhOnNlY3JldA=="));
    let kept = storage.asked();
    assert_eq!(kept.len(), 2, "component and config: {kept:?}");
    for kept in kept {
        let is_there = kept.what.starts_with("PUT /upload?state=1&digest=sha256%3A");
        assert!(is_there && kept.authorization.is_none(), "{kept:?}");
    }
    let told: Vec<_> = registry.asked().into_iter().map(|asked| asked.authorization).collect();
    let token = Some("Bearer abc".to_owned());
    assert_eq!(told, [None, token.clone(), token.clone(), token], "the first time it is not known yet");
}
