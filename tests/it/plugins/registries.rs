//! Registries that do not say the truth, do not say anything, or want to know who asks: what an install makes of them.

use mortise_host::components::MAX_COMPONENT_BYTES;
use mortise_host::components::signature::{Signature, Signer};
use mortise_host::config::Config;
use mortise_host::digest::sha256_hex;
use mortise_tests::actor::{Actor, Answer};
use mortise_tests::false_registry::{Artifact, FalseRegistry, Says, problem};
use mortise_tests::receiver::Behaviour;
use mortise_tests::server::Server;
use serde_json::{Value, json};

use super::{Installed, component};
use crate::webhooks::Tls;

const INDEX: &str = "application/vnd.oci.image.index.v1+json";

fn echo() -> Artifact {
    Artifact::of(component("echo-parser", "acme/echo", "1.0.0", ""))
}

fn lets_out(config: &mut Config) {
    config.egress_allow = vec!["127.0.0.0/8".parse().expect("it is a range")];
    config.egress_allow_http = true;
}

/// A server that may ask what is on this machine, and whoever installs there.
struct Scene {
    server: Server,
    owner: Actor,
    registry: FalseRegistry,
}

impl Scene {
    async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        let server = Server::start_with(|config| {
            lets_out(config);
            change(config);
        })
        .await;
        let owner = server.tenant("acme").await;
        Self { server, owner, registry: FalseRegistry::start().await }
    }

    /// What is under a tag or digest, signed or not.
    async fn install(&self, suffix: &str) -> Answer {
        self.install_with(suffix, json!({ "allow_unsigned": true })).await
    }

    async fn install_with(&self, suffix: &str, more: Value) -> Answer {
        let mut new = json!({ "url": self.registry.reference(suffix), "plain_http": true });
        new.as_object_mut().expect("it is one").extend(more.as_object().expect("it is one").clone());
        self.owner.post("/v1/plugins", new).await
    }

    /// Refused at the reference, by this code; the sentence.
    async fn refused(&self, suffix: &str, code: &str) -> String {
        let answer = self.install(suffix).await.expect(422);
        assert_eq!(answer.fault(), ("#/url".into(), code.into()), "{answer:?}");
        answer.json()["errors"][0]["detail"].as_str().expect("it says why").to_owned()
    }

    /// Nothing came of anything.
    async fn nothing_is_kept(&self) {
        assert!(self.server.texts("select blob_key from files").await.is_empty());
        assert!(self.server.texts("select release from plugin_versions").await.is_empty());
    }
}

#[tokio::test]
async fn a_plugin_is_fetched_by_tag_or_digest_and_names_both() {
    let scene = Scene::start().await;
    let artifact = echo();
    scene.registry.keep("1.0.0", &artifact);

    let installed = scene.install(":1.0.0").await.expect(202);

    let pinned = format!("@{}", artifact.digest());
    assert_eq!(installed.text("source"), scene.registry.reference(&format!(":1.0.0{pinned}")));
    assert_eq!(installed.text("digest"), sha256_hex(&artifact.component));
    scene.server.run_tasks().await;
    let path = Installed::of(&installed).path();
    assert_eq!(scene.owner.get(&path).await.expect(200).text("state"), "ready");
    let globex = scene.server.tenant("globex").await;
    let new = json!({
        "url": scene.registry.reference(&pinned), "plain_http": true, "allow_unsigned": true,
        "sha256": sha256_hex(&artifact.component),
    });
    let by_digest = globex.post("/v1/plugins", new.clone()).await.expect(202);
    assert_eq!(by_digest.text("source"), scene.registry.reference(&pinned));
    let mut other = new;
    other["sha256"] = json!("0".repeat(64));
    let other = globex.post("/v1/plugins", other).await.expect(422);
    assert_eq!(other.fault(), ("#/sha256".into(), "digest_mismatch".into()));
}

#[tokio::test]
async fn references_that_are_none_are_refused_before_anybody_is_asked() {
    let scene = Scene::start().await;
    for suffix in ["", ":", ":a b", "@sha256:abc", "@md5:00", "/../x:1", "?x=:1"] {
        scene.refused(suffix, "invalid_reference").await;
    }
    let post = async |new: Value| scene.owner.post("/v1/plugins", new).await.expect(422).fault();
    let url = "https://plugins.example.com/echo.wasm";

    let bare = post(json!({ "url": url, "allow_unsigned": true })).await;
    assert_eq!(bare, ("#/sha256".into(), "missing".into()));
    let sha256 = "0".repeat(64);
    let credentials = json!({ "username": "ada", "password": "x" });
    let known = post(json!({ "url": url, "sha256": sha256, "credentials": credentials })).await;
    assert_eq!(known, ("#/credentials".into(), "registry_only".into()));
    let plain = post(json!({ "url": url, "sha256": sha256, "plain_http": true })).await;
    assert_eq!(plain, ("#/plain_http".into(), "registry_only".into()));
    assert!(scene.registry.asked().is_empty());
}

#[tokio::test]
async fn no_private_registry_is_asked_and_none_without_tls() {
    let server = Server::start().await;
    let owner = server.tenant("acme").await;
    let registry = FalseRegistry::start().await;
    registry.keep("1.0.0", &echo());
    let post = async |new: Value| owner.post("/v1/plugins", new).await.expect(422).fault();

    for host in ["127.0.0.1:5000", "169.254.169.254", "10.0.0.7:443", "[::1]:5000", "2130706433"] {
        let asked = post(json!({ "url": format!("oci://{host}/acme/echo:1"), "allow_unsigned": true })).await;
        assert_eq!(asked, ("#/url".into(), "address_blocked".into()), "{host}");
    }
    let plain = json!({ "url": registry.reference(":1.0.0"), "plain_http": true, "allow_unsigned": true });
    assert_eq!(post(plain).await, ("#/plain_http".into(), "https_only".into()));
    assert!(registry.asked().is_empty());
}

#[tokio::test]
async fn without_being_told_to_no_registry_is_asked_without_tls() {
    let scene = Scene::start().await;
    scene.registry.keep("1.0.0", &echo());

    let answer = scene.install_with(":1.0.0", json!({ "plain_http": false, "allow_unsigned": true })).await;

    assert_eq!(answer.expect(422).fault(), ("#/url".into(), "unreachable".into()));
    assert!(scene.registry.asked().is_empty());
}

#[tokio::test]
async fn what_is_not_what_it_was_called_is_not_taken() {
    let scene = Scene::start().await;
    let (registry, artifact) = (&scene.registry, echo());
    let other = Artifact::of(component("echo-parser", "acme/echo", "6.6.6", ""));
    let wasm = |bytes: Vec<u8>| Says::This(200, Vec::new(), bytes);

    // Another component where this one should be; one byte of it; less of it; more of it.
    registry.keep("1.0.0", &artifact);
    let mut damaged = artifact.component.clone();
    damaged[100] ^= 1;
    let longer = [artifact.component.clone(), vec![0]].concat();
    let shorter = artifact.component[..artifact.component.len() - 1].to_vec();
    for bytes in [other.component.clone(), damaged, shorter, longer, Vec::new()] {
        registry.say(&artifact.blob(), wasm(bytes));
        assert!(scene.refused(":1.0.0", "digest_mismatch").await.contains("component"));
    }
    // A size that is not the component's.
    let small = echo().with("/layers/0/size", json!(10));
    registry.keep("small", &small);
    scene.refused(":small", "digest_mismatch").await;
    let large = echo().with("/layers/0/size", json!(artifact.component.len() + 1));
    registry.keep("large", &large);
    scene.refused(":large", "digest_mismatch").await;
    // Another manifest than was asked for, and one that is called otherwise.
    registry.keep("1.0.0", &artifact);
    let manifest = other.manifest.to_string().into_bytes();
    registry.say(&format!("manifests/{}", artifact.digest()), wasm(manifest.clone()));
    let pinned = format!("@{}", artifact.digest());
    assert!(scene.refused(&pinned, "digest_mismatch").await.contains("manifest"));
    let called = vec![("docker-content-digest", artifact.digest())];
    registry.say("manifests/called", Says::This(200, called, manifest));
    scene.refused(":called", "digest_mismatch").await;

    scene.nothing_is_kept().await;
}

#[tokio::test]
async fn what_is_no_plugin_says_what_it_is() {
    let scene = Scene::start().await;
    let two = json!([echo().manifest["layers"][0], echo().manifest["layers"][0]]);
    for (pointer, value, code, says) in [
        ("/mediaType", json!(INDEX), "wrong_media_type", INDEX),
        (
            "/mediaType",
            json!("application/vnd.docker.distribution.manifest.v2+json"),
            "wrong_media_type",
            "docker",
        ),
        (
            "/config/mediaType",
            json!("application/vnd.oci.image.config.v1+json"),
            "wrong_media_type",
            "config",
        ),
        (
            "/layers/0/mediaType",
            json!("application/vnd.oci.image.layer.v1.tar+gzip"),
            "wrong_media_type",
            "layer",
        ),
        ("/layers", json!([]), "invalid_artifact", "0 layers"),
        ("/layers", two, "invalid_artifact", "2 layers"),
        ("/layers/0/digest", json!("sha512:00"), "invalid_artifact", "SHA-256"),
        ("/layers/0/digest", json!("../../../v2/other/blobs/x"), "invalid_artifact", "SHA-256"),
        ("/layers/0/size", json!(-1), "invalid_artifact", "-1"),
        ("/config", json!(null), "invalid_artifact", ""),
    ] {
        scene.registry.keep("1.0.0", &echo().with(pointer, value));
        let detail = scene.refused(":1.0.0", code).await;
        assert!(detail.contains(says) && detail.contains("mortise plugin push"), "{pointer}: {detail}");
    }
    let html = Says::This(200, vec![("content-type", "text/html".into())], b"<html>".to_vec());
    scene.registry.say("manifests/1.0.0", html);
    scene.refused(":1.0.0", "invalid_artifact").await;
    // In the layout, and still no component: the checks of every upload follow.
    scene.registry.keep("1.0.0", &Artifact::of(b"%PDF-1.7".to_vec()));
    scene.refused(":1.0.0", "component_not_wasm").await;
    scene.nothing_is_kept().await;
}

#[tokio::test]
async fn what_is_too_large_is_not_read_to_its_end() {
    let scene = Scene::start().await;
    let too_large = async |what: &str| {
        let answer = scene.install(":1.0.0").await;
        assert_eq!((answer.status, answer.text("code")), (413, "too_large".into()), "{what}: {answer:?}");
    };
    scene.registry.keep("1.0.0", &echo().with("/layers/0/size", json!(MAX_COMPONENT_BYTES + 1)));
    too_large("a layer that says so").await;
    let asked = scene.registry.asked();
    assert!(asked.iter().all(|asked| !asked.what.contains("/blobs/")), "{asked:?}");
    scene.registry.say("manifests/1.0.0", Says::Everything);
    too_large("a manifest without an end").await;
    scene.registry.keep("1.0.0", &echo());
    scene.registry.say(&echo().blob(), Says::Everything);
    assert!(scene.refused(":1.0.0", "digest_mismatch").await.contains("more than"));
    scene.nothing_is_kept().await;
}

#[tokio::test]
async fn nobody_is_waited_for_longer_than_the_operator_says() {
    let scene = Scene::start_with(|config| config.registry_timeout_seconds = 1).await;
    scene.registry.keep("1.0.0", &echo());
    for (place, says) in [
        (echo().blob(), Says::Nothing),
        (echo().blob(), Says::Half(echo().component[..100].to_vec())),
        ("manifests/1.0.0".to_owned(), Says::Nothing),
        ("manifests/1.0.0".to_owned(), Says::Half(b"{".to_vec())),
    ] {
        scene.registry.say(&place, says);
        let detail = scene.refused(":1.0.0", "timeout").await;
        assert!(detail.contains("registry_timeout_seconds"), "{detail}");
    }
    scene.nothing_is_kept().await;
}

#[tokio::test]
async fn a_registry_that_has_nothing_for_us_is_understood() {
    let scene = Scene::start().await;
    for (status, code, says) in [
        (404, "not_in_registry", "acme/echo:1.0.0"),
        (429, "registry_busy", "later"),
        (500, "bad_status", "500 (UNKNOWN)"),
        (204, "bad_status", "204"),
    ] {
        let body = if status == 204 { Vec::new() } else { problem("UNKNOWN") };
        scene.registry.say("manifests/1.0.0", Says::This(status, Vec::new(), body));
        let detail = scene.refused(":1.0.0", code).await;
        assert!(detail.contains(says), "{detail}");
    }
    for status in [401, 403] {
        scene.registry.say("manifests/1.0.0", Says::This(status, Vec::new(), problem("DENIED")));
        let answer = scene.install(":1.0.0").await.expect(422);
        assert_eq!(answer.fault(), ("#/credentials".into(), "registry_denied".into()));
    }
    scene.registry.keep("1.0.0", &echo());
    scene.registry.say(&echo().blob(), Says::This(404, Vec::new(), problem("BLOB_UNKNOWN")));
    scene.refused(":1.0.0", "not_in_registry").await;
}

fn sends_to(url: &str) -> Says {
    Says::This(307, vec![("location", url.to_owned())], Vec::new())
}

#[tokio::test]
async fn a_blob_is_followed_to_where_it_is_kept_without_saying_who_asks() {
    let scene = Scene::start().await;
    let storage = FalseRegistry::start_at("127.0.0.2").await;
    let artifact = echo();
    scene.registry.keep("1.0.0", &artifact);
    scene.registry.lock("Basic YWRhOnNlY3JldA==", "Basic realm=\"tests\"");
    scene.registry.say(&artifact.blob(), sends_to(&format!("{}/kept/here?signature=abc", storage.url())));
    storage.say_at("/kept/here", Says::This(200, Vec::new(), artifact.component.clone()));

    let credentials = json!({ "username": "ada", "password": "secret" });
    let more = json!({ "credentials": credentials, "allow_unsigned": true });
    scene.install_with(":1.0.0", more).await.expect(202);

    let (kept, asked) = (storage.asked(), scene.registry.asked());
    assert_eq!(kept.len(), 1);
    assert_eq!((kept[0].what.as_str(), &kept[0].authorization), ("GET /kept/here?signature=abc", &None));
    assert_eq!(asked[0].authorization, None, "it is said when it is asked for");
    assert!(asked[1..].iter().all(|asked| asked.authorization.is_some()), "{asked:?}");
}

#[tokio::test]
async fn redirects_lead_nowhere_private_and_not_in_circles() {
    let scene = Scene::start().await;
    scene.registry.keep("1.0.0", &echo());
    let blob = echo().blob();
    for (to, code) in [
        ("http://169.254.169.254/latest/meta-data", "address_blocked"),
        ("http://10.0.0.7/blob", "address_blocked"),
        ("http://[fe80::1]/blob", "address_blocked"),
        ("https://192.168.0.1/blob", "address_blocked"),
        ("ftp://127.0.0.1/blob", "https_only"),
        ("file:///etc/passwd", "https_only"),
        ("http://ada:secret@127.0.0.1/blob", "bad_url"),
        ("http://", "bad_answer"),
    ] {
        scene.registry.say(&blob, sends_to(to));
        scene.refused(":1.0.0", code).await;
        scene.registry.say("manifests/away", sends_to(to));
        scene.refused(":away", code).await;
    }
    scene.registry.say(&blob, Says::This(302, Vec::new(), Vec::new()));
    scene.refused(":1.0.0", "bad_answer").await;
    let round = format!("/v2/{}/{blob}", FalseRegistry::REPOSITORY);
    scene.registry.say(&blob, sends_to(&round));
    let before = scene.registry.asked().len();
    scene.refused(":1.0.0", "too_many_redirects").await;
    assert_eq!(scene.registry.asked().len() - before, 1 + 4, "the manifest, the blob, and three times more");
    scene.nothing_is_kept().await;
}

#[tokio::test]
async fn whoever_is_asked_by_tls_sends_nobody_where_there_is_none() {
    let tls = Tls::start("localhost").await;
    let folder = tempfile::tempdir().expect("there is room for a folder");
    let file = folder.path().join("authority.pem");
    std::fs::write(&file, &tls.authority).expect("there is room for a file");
    let scene = Scene::start_with(|config| {
        config.egress_allow.push("::1/128".parse().expect("it is a range"));
        config.egress_ca_file = Some(file);
    })
    .await;
    let elsewhere = FalseRegistry::start().await;
    let host = tls.receiver.url_at("localhost");
    let host = host.trim_start_matches("https://").trim_end_matches("/hooks").to_owned();
    let fault = async || {
        let new = json!({ "url": format!("oci://{host}/acme/echo:1"), "allow_unsigned": true });
        scene.owner.post("/v1/plugins", new).await.expect(422).fault().1
    };

    let answers =
        |status, name, value: String| Behaviour::Answers(status, vec![(name, value)], String::new());
    tls.receiver.behave(answers(404, "x-said", "nothing".into()));
    assert_eq!(fault().await, "not_in_registry", "the certificate is believed");
    tls.receiver.behave(answers(307, "location", format!("{}/blob", elsewhere.url())));
    assert_eq!(fault().await, "https_only");
    let realm = format!("Bearer realm=\"{}/token\"", elsewhere.url());
    tls.receiver.behave(answers(401, "www-authenticate", realm));
    assert_eq!(fault().await, "https_only");

    assert!(elsewhere.asked().is_empty());
}

#[tokio::test]
async fn a_password_goes_to_the_sign_in_server_and_its_token_to_the_registry() {
    let scene = Scene::start().await;
    let realm = FalseRegistry::start_at("127.0.0.3").await;
    scene.registry.keep("1.0.0", &echo());
    let scope = "repository:acme/echo:pull";
    let challenge = format!(
        "Bearer realm=\"{}/token?account=x\",service=\"registry.example.com\",scope=\"{scope}\"",
        realm.url()
    );
    scene.registry.lock("Bearer abc.def", &challenge);
    let given = json!({ "token": "abc.def" }).to_string().into_bytes();
    realm.say_at("/token", Says::This(200, Vec::new(), given));

    scene.install(":1.0.0").await.expect(202);
    let asked = realm.asked();
    let what = "GET /token?account=x&service=registry.example.com&scope=repository%3Aacme%2Fecho%3Apull";
    assert_eq!((asked.len(), asked[0].what.as_str(), &asked[0].authorization), (1, what, &None));

    let globex = scene.server.tenant("globex").await;
    let new = json!({
        "url": scene.registry.reference(":1.0.0"), "plain_http": true, "allow_unsigned": true,
        "credentials": { "username": "ada", "password": "secret" },
    });
    globex.post("/v1/plugins", new).await.expect(202);
    assert_eq!(realm.asked()[1].authorization.as_deref(), Some("Basic YWRhOnNlY3JldA=="));
    let told: Vec<_> = scene.registry.asked().into_iter().filter_map(|asked| asked.authorization).collect();
    assert!(!told.is_empty() && told.iter().all(|told| told == "Bearer abc.def"), "{told:?}");
}

#[tokio::test]
async fn a_sign_in_server_is_not_believed_either() {
    let scene = Scene::start().await;
    scene.registry.keep("1.0.0", &echo());
    let realm = FalseRegistry::start().await;
    let bearer = |realm: &str| format!("Bearer realm=\"{realm}\",service=\"x\"");
    for (challenge, code) in [
        (bearer("http://169.254.169.254/token"), "address_blocked"),
        (bearer("https://10.0.0.7/token"), "address_blocked"),
        (bearer("file:///etc/passwd"), "https_only"),
        (bearer("http://"), "bad_answer"),
    ] {
        scene.registry.lock("Bearer never", &challenge);
        scene.refused(":1.0.0", code).await;
    }
    scene.registry.lock("Bearer never", &bearer(&format!("{}/token", realm.url())));
    let json = |body: Value| Says::This(200, Vec::new(), body.to_string().into());
    for (says, code) in [
        (Says::This(200, Vec::new(), b"<html>".to_vec()), "bad_answer"),
        (json(json!({ "token": "" })), "bad_answer"),
        (json(json!({ "token": "two\r\nlines: x" })), "bad_answer"),
        (json(json!({ "expires_in": 60 })), "bad_answer"),
        (sends_to("http://127.0.0.1/elsewhere"), "bad_status"),
        (Says::Everything, "too_large"),
        (Says::This(500, Vec::new(), Vec::new()), "bad_status"),
    ] {
        realm.say_at("/token", says);
        let answer = scene.install(":1.0.0").await;
        let (_, fault) = answer.fault();
        assert!(fault == code || answer.text("code") == code, "{code}: {answer:?}");
    }
    // It gives out what the registry does not take, or nothing to this user.
    for says in [json(json!({ "access_token": "wrong" })), Says::This(401, Vec::new(), Vec::new())] {
        realm.say_at("/token", says);
        let answer = scene.install(":1.0.0").await.expect(422);
        assert_eq!(answer.fault(), ("#/credentials".into(), "registry_denied".into()));
    }
    scene.nothing_is_kept().await;
}

async fn signed(server: &Server, artifact: Artifact, change: impl FnOnce(&mut Signature)) -> Artifact {
    let examined = server.services().hooks.examine(artifact.component.clone().into()).await;
    let mut signature = Signer::new(&[7; 32]).sign(&examined.expect("it is sound"));
    change(&mut signature);
    let text = serde_json::to_string(&signature).expect("it is plain data");
    artifact.with("/annotations", json!({ "mortise.plugin.signature": text }))
}

#[tokio::test]
async fn a_signature_in_a_registry_counts_as_much_as_an_uploaded_one() {
    use base64::Engine as _;
    let scene = Scene::start().await;
    let (server, registry) = (&scene.server, &scene.registry);
    let signer = Signer::new(&[7; 32]);
    let public_key = base64::engine::general_purpose::STANDARD.encode(signer.public_key());
    let key = json!({ "name": "Acme's key", "public_key": public_key });
    registry.keep("none", &echo());
    registry.keep("sound", &signed(server, echo(), |_| {}).await);
    registry.keep("altered", &signed(server, echo(), |signature| signature.signature = "AAAA".into()).await);
    registry.keep("other", &signed(server, echo(), |signature| signature.version = "2.0.0".into()).await);
    let text = echo().with("/annotations", json!({ "mortise.plugin.signature": "no JSON" }));
    registry.keep("text", &text);
    let fault = async |tag: &str, more: Value| scene.install_with(tag, more).await.expect(422).fault().1;

    assert_eq!(fault(":none", json!({})).await, "signature_missing");
    assert_eq!(fault(":sound", json!({})).await, "signing_key_unknown");
    let key = scene.owner.post("/v1/trusted-keys", key).await.expect(201).text("id");
    // Whoever says that nobody need have signed it does not say that anybody may have.
    for tag in [":altered", ":text"] {
        assert_eq!(fault(tag, json!({ "allow_unsigned": true })).await, "signature_invalid", "{tag}");
    }
    assert_eq!(fault(":other", json!({})).await, "signature_mismatch");
    scene.nothing_is_kept().await;

    let installed = scene.install_with(":sound", json!({})).await.expect(202);
    assert_eq!(installed.text("signed_by"), key);
}
